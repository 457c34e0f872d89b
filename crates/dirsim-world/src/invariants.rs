//! What must hold in every world after every step (SE-354 to SE-378), for tests and simulations;
//! no other surface asks, so a world pays nothing for it.
//!
//! [`Watch::after`] looks at the world and at what the step changed. [`Watch::probe`] asks what
//! another run would do, on a copy that is thrown away: the laws about a second run.

mod order;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use dirsim_forest::{ForestEdit, ForestObject};
use dirsim_model::Timestamp;
use dirsim_model::schema::class;
use dirsim_store::{Digest, MemoryTables, Table, Tables, rows};
use dirsim_sync::fault::Kind;
use dirsim_sync::invariants::{self, Violation};
use dirsim_sync::{
    Context, Counter, Flags, ImportOp, Profile, RuleBook, RunRecord, StepResult, View, connector,
    cs, cs_links, fault, lookup, mv, servers,
};
use dirsim_tenant::TenantEdit;

use crate::error::WorldError;
use crate::event::{Event, Stepped};
use crate::input::{Input, ServerEdit, ServersEdit};
use crate::world::{CLOCK, OnServer, World};

/// Remembers the world before a step, to see what the step changed.
#[derive(Default)]
pub struct Watch {
    before: Option<MemoryTables>,
    /// Connectors whose deltas have not told everything since their last full import: containers
    /// were renamed or moved (SE-122, SE-123), rights were missing (SE-076), or the tenant let all
    /// of its objects go (ET-203).
    /// Each server has deltas of its own, so they are named with the server.
    blind: BTreeSet<(u8, u32)>,
    /// Whether synchronization was turned off in the tenant, so that imports of it see nothing.
    off: bool,
    /// Whether a change of a container is on its way between domain controllers.
    arriving: bool,
}

impl Watch {
    /// Starts without a memory; the first step is judged by its end alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Remembers the world as it is now, to judge the next step by what it changes.
    pub fn remember(&mut self, world: &World) -> Result<(), WorldError> {
        self.before = Some(copy(world.workspace().tables())?);
        Ok(())
    }

    /// Forgets what the world looked like, after a journey through time.
    pub fn forget(&mut self) {
        self.before = None;
    }

    /// Checks a world after a step.
    pub fn after(
        &mut self,
        world: &mut World,
        input: &Input,
        stepped: &Stepped,
    ) -> Result<Vec<Violation>, WorldError> {
        self.note(world.tables(), input, stepped)?;
        let now = world.now()?;
        let mut found = Vec::new();
        for known in servers::all(world.tables())? {
            let rules = world.rules_of(known.number)?;
            let tables = world.on_server(known.number);
            let context = Context::new(&tables, world.schema(), &rules, now, 0)?;
            found.extend(invariants::check(&context, &tables)?);
            if let Some(before) = &self.before
                && known.number == world.server()
                && let Some(run) = only_run(stepped)
            {
                let before = OnServer::new(before, known.number);
                found.extend(invariants::after_run(&context, &before, &tables, run)?);
                directories(&before, &tables, run, &mut found)?;
            }
        }
        let tables = world.workspace().tables();
        for text in dirsim_tenant::invariants::violations(tables, now)? {
            found.push(Violation { rule: "tenant", text });
        }
        if let Some(before) = &self.before
            && stepped.refusal.is_some()
            && let Some(table) = difference(before, tables)?
        {
            let text = format!("a refusal left a trace in table {table}");
            found.push(Violation { rule: "refusal", text });
        }
        if world.digest() != Digest::of(tables)? {
            let text = "the digest is not that of the records".to_owned();
            found.push(Violation { rule: "digest", text });
        }
        self.before = Some(copy(tables)?);
        Ok(found)
    }

    /// Notes what deltas do not tell, until a full import does. [`Watch::after`] does so itself; a
    /// step that is not checked must be noted all the same.
    pub fn note(
        &mut self,
        tables: &dyn Tables,
        input: &Input,
        stepped: &Stepped,
    ) -> Result<(), WorldError> {
        if stepped.refusal.is_some() {
            return Ok(());
        }
        if let Input::Tenant(TenantEdit::SetDirSyncEnabled { enabled }) = input {
            self.off = !enabled;
        }
        let moves = match input {
            Input::Forest(edit) | Input::ForestOn { edit, .. } => moves_container(tables, edit)?,
            _ => false,
        };
        // On a controller that lags the change waits until the clock brings it.
        self.arriving |= moves && matches!(input, Input::ForestOn { .. });
        let arrives = self.arriving && matches!(input, Input::AdvanceClock(_));
        if arrives && dirsim_forest::controller::next_arrival(tables)?.is_none() {
            self.arriving = false;
        }
        let forests = match input {
            Input::Tenant(TenantEdit::SetDirSyncEnabled { .. }) => Some(false),
            _ => (moves || arrives).then_some(true),
        };
        let server = servers::in_use(tables)?;
        if let Input::Server(ServerEdit::RemoveCsObject(id)) = input {
            // What support took out comes back with a full import only (SE-008).
            self.blind.insert((server, cs::connector_of(*id)));
        }
        let all = servers::all(tables)?;
        if let Some(forests) = forests {
            for one in connector::all(tables)?.iter().filter(|one| one.is_forest() == forests) {
                self.blind.extend(all.iter().map(|known| (known.number, one.id)));
            }
        }
        if let Input::Servers(ServersEdit::Add { .. }) = input
            && let Some(added) = all.iter().map(|known| known.number).max()
        {
            // An image knows what its original knew.
            let known: Vec<_> =
                self.blind.iter().filter(|(of, _)| *of == server).copied().collect();
            self.blind.extend(known.into_iter().map(|(_, connector)| (added, connector)));
        }
        for event in &stepped.events {
            if let Event::Run(run) = event
                && run.profile == Profile::FullImport
                && run.result.is_complete()
                // Without any row nothing is obsoleted (SE-110), whatever worse result the run has.
                && run.steps.iter().any(|step| !step.counters.is_empty())
            {
                let entra = connector::get(tables, run.connector)?.is_none_or(|c| !c.is_forest());
                if !(entra && self.off) {
                    self.blind.remove(&(server, run.connector));
                }
            }
        }
        // What the account could not read came neither as a value nor as a deletion, and when the
        // right comes back no change says so (SE-076).
        let hidden = fault::all(tables)?
            .iter()
            .any(|fault| matches!(fault.kind, Kind::AclAttribute | Kind::AclContainer));
        for event in &stepped.events {
            if let Event::Run(run) = event
                && run.profile.is_import()
                && hidden
            {
                self.blind.insert((server, run.connector));
            }
        }
        Ok(())
    }

    /// Asks what would happen if the runs of a step came again (SE-361 to SE-364), or in another
    /// order (SE-365).
    pub fn probe(
        &self,
        world: &mut World,
        stepped: &Stepped,
    ) -> Result<Vec<Violation>, WorldError> {
        let mut found = Vec::new();
        if !fault::all(world.tables())?.is_empty() {
            return Ok(found);
        }
        if let Some(run) = only_run(stepped).filter(|run| run.result == StepResult::Success) {
            let blind = self.blind.contains(&(world.server(), run.connector));
            // A write that waits for replication is known to one controller alone, so two imports
            // may speak with directories that differ (SE-036, SE-073); it is a change of its own as
            // soon as it arrives.
            let waits = connector::get(world.tables(), run.connector)?
                .is_some_and(|one| one.is_forest())
                && dirsim_forest::controller::next_arrival(world.tables())?.is_some();
            let told = run.profile == Profile::FullImport || !blind && !waits;
            if run.profile.is_import() && told {
                second_import(world, run, &mut found)?;
                order::of_forests(world, run, &mut found)?;
            } else if run.profile.is_synchronization() && is_settled(world.tables())? {
                second_synchronization(world, run, &mut found)?;
            }
        }
        Ok(found)
    }
}

/// Returns the run of a step that did one and nothing else; the clock may start whole cycles.
fn only_run(stepped: &Stepped) -> Option<&RunRecord> {
    let mut runs = stepped.events.iter().filter_map(|event| match event {
        Event::Run(run) => Some(&**run),
        _ => None,
    });
    runs.next().filter(|_| runs.next().is_none())
}

/// Returns whether an edit gives a container another name or place.
fn moves_container(tables: &dyn Tables, edit: &ForestEdit) -> Result<bool, WorldError> {
    match edit {
        ForestEdit::Rename { target, .. }
        | ForestEdit::Move { target, .. }
        | ForestEdit::Restore { target, .. } => is_container(tables, *target),
        _ => Ok(false),
    }
}

/// Returns whether an object of a forest is a container that filters may name.
fn is_container(tables: &dyn Tables, target: dirsim_model::Guid) -> Result<bool, WorldError> {
    let Some(id) = dirsim_forest::lookup::by_guid(tables, target)? else { return Ok(false) };
    let object: Option<ForestObject> = rows::get(tables, id)?;
    Ok(object.is_some_and(|object| object.class == class::ORGANIZATIONAL_UNIT))
}

/// SE-005, SE-343: only an export writes to a connected directory. While a run takes time, writes
/// arrive from other controllers (SE-036) and the tenant goes on, so nothing is asked of a step in
/// which the clock moved.
fn directories(
    before: &dyn Tables,
    after: &dyn Tables,
    run: &RunRecord,
    found: &mut Vec<Violation>,
) -> Result<(), WorldError> {
    let clock = |tables: &dyn Tables| rows::meta::<Timestamp>(tables, CLOCK);
    if run.profile == Profile::Export || clock(before)? != clock(after)? {
        return Ok(());
    }
    for table in [Table::ForestObject, Table::ForestLink, Table::TenantObject, Table::TenantLink] {
        if rows_of(before, table)? != rows_of(after, table)? {
            let text = format!("{} changed table {}", run.profile, table.name());
            found.push(Violation { rule: "SE-005", text });
        }
    }
    Ok(())
}

/// Returns whether nothing waits to be synchronized and nothing failed, so that a second
/// synchronization has nothing to find (SE-363, SE-364).
fn is_settled(tables: &dyn Tables) -> Result<bool, WorldError> {
    let numbers = dirsim_sync::statistics::all(tables)?;
    let quiet = numbers.values().all(|numbers| {
        numbers.import_add + numbers.import_update + numbers.import_delete + numbers.import_errors
            == 0
    });
    let unchanged = connector::all(tables)?.iter().all(|connector| !connector.rules_changed);
    Ok(quiet && unchanged)
}

/// SE-361: a full import straight after an import changes nothing; after a full one it counts so.
/// SE-362: a delta import left nothing for a full one, the filter being the same.
fn second_import(
    world: &mut World,
    run: &RunRecord,
    found: &mut Vec<Violation>,
) -> Result<(), WorldError> {
    let full = run.profile == Profile::FullImport;
    let stale = connector::get(world.tables(), run.connector)?
        .is_none_or(|connector| connector.changed_since_full_import);
    if stale || knows_less(world.tables(), run.connector)? {
        return Ok(());
    }
    let input = Input::Run { connector: run.connector_name.clone(), profile: Profile::FullImport };
    let texts = world.rehearse(|copy| {
        let before = staged(copy.tables(), run.connector)?;
        let stepped = copy.step(&input, &mut |_| ())?;
        let after = staged(copy.tables(), run.connector)?;
        let mut texts = Vec::new();
        for event in &stepped.events {
            if let Event::Run(again) = event
                && full
            {
                let quiet = [Counter::StageNoChange, Counter::FilteredObjects];
                texts.extend(loud(again, &quiet));
            }
        }
        texts.extend(differences(&before, &after));
        Ok(texts)
    })?;
    let rule = if full { "SE-361" } else { "SE-362" };
    found.extend(texts.into_iter().map(|text| Violation {
        rule,
        text: format!("a full import after a {} on {}: {text}", run.profile, run.connector_name),
    }));
    Ok(())
}

/// Returns whether the controller that answered does not know what another one told before: a delta
/// cannot tell that, a full import takes it back (SE-072, SE-073).
fn knows_less(tables: &dyn Tables, connector: u32) -> Result<bool, WorldError> {
    let Some(found) = connector::get(tables, connector)? else { return Ok(false) };
    for partition in found.partitions.iter().filter(|_| found.is_forest()) {
        if dirsim_forest::controller::waits_elsewhere(tables, &partition.controller)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// SE-363, SE-364: neither a delta nor a full synchronization changes anything after one.
fn second_synchronization(
    world: &mut World,
    run: &RunRecord,
    found: &mut Vec<Violation>,
) -> Result<(), WorldError> {
    for (profile, rule) in
        [(Profile::DeltaSynchronization, "SE-363"), (Profile::FullSynchronization, "SE-364")]
    {
        let input = Input::Run { connector: run.connector_name.clone(), profile };
        let texts = world.rehearse(|copy| {
            let before = synchronized(copy.tables())?;
            copy.step(&input, &mut |_| ())?;
            Ok(differences(&before, &synchronized(copy.tables())?))
        })?;
        found.extend(texts.into_iter().map(|text| Violation {
            rule,
            text: format!("a {profile} after a {} on {}: {text}", run.profile, run.connector_name),
        }));
    }
    Ok(())
}

/// What is compared, object by object.
type Facts = BTreeMap<String, String>;

/// Describes what imports stage: name, operation and I of every object.
fn staged(tables: &dyn Tables, connector: u32) -> Result<Facts, WorldError> {
    let mut facts = Facts::new();
    for (id, object) in lookup::objects(tables, connector, None, usize::MAX)? {
        if object.is_placeholder() {
            continue;
        }
        let mut links = cs_links::targets(tables, id, None, View::Imported)?;
        // The holder of a reference to something that is gone is not reported (SE-050): it keeps the
        // reference until the deletion is synchronized (SE-106).
        let mut gone = Vec::new();
        for (_, to) in &links {
            if let Some(head) = cs::head(tables, *to)?
                && (head.import == ImportOp::Delete || head.flags.has(Flags::PH_DELETE))
            {
                gone.push(*to);
            }
        }
        links.retain(|(_, to)| !gone.contains(to));
        // H is the same before and after, so an equal I means an equal operation.
        let live = object.import != ImportOp::Delete;
        let image = live.then(|| object.image());
        let text = format!("{:?} {image:?} {links:?}", object.class);
        facts.insert(format!("{id} {}", lookup::dn(tables, id)?), text);
    }
    Ok(facts)
}

/// Describes what synchronizations decide: the metaverse and what waits for export.
fn synchronized(tables: &dyn Tables) -> Result<Facts, WorldError> {
    let mut facts = Facts::new();
    for connector in connector::all(tables)? {
        for (id, object) in lookup::objects(tables, connector.id, None, usize::MAX)? {
            if object.is_placeholder() {
                continue;
            }
            let links = cs_links::targets(tables, id, None, View::Unapplied)?;
            let text = format!(
                "export {:?} UA {:?} link {} wanted {links:?}",
                object.export, object.unapplied, object.mv
            );
            facts.insert(format!("{id} {}", lookup::dn(tables, id)?), text);
        }
    }
    let book = RuleBook::read(tables)?;
    for (id, object) in rows::after::<mv::MvObject>(tables, None, usize::MAX)? {
        // What loses to others may be old: an object is visited when it changes (SE-140).
        let (values, links) = (object.to_entry(&book), mv::LINKS.from(tables, id, None)?);
        let targets: Vec<_> = links.iter().map(|link| (link.attribute, link.to)).collect();
        facts.insert(
            format!("metaverse {id}"),
            format!("{:?} {values:?} {targets:?}", object.links),
        );
    }
    Ok(facts)
}

/// Says which facts differ, a few of them.
fn differences(before: &Facts, after: &Facts) -> Vec<String> {
    let mut texts = Vec::new();
    for (name, text) in before {
        match after.get(name) {
            None => texts.push(format!("{name} is gone")),
            Some(other) if other != text => texts.push(format!("{name}: {}", narrow(text, other))),
            Some(_) => {}
        }
    }
    let new = after.keys().filter(|name| !before.contains_key(*name));
    texts.extend(new.map(|name| format!("{name} is new")));
    texts.truncate(5);
    texts
}

/// Shows where two texts differ.
fn narrow(left: &str, right: &str) -> String {
    let start = left.chars().zip(right.chars()).take_while(|(a, b)| a == b).count();
    let cut =
        |text: &str| text.chars().skip(start.saturating_sub(40)).take(160).collect::<String>();
    format!("…{}… became …{}…", cut(left), cut(right))
}

/// Returns the counters of a run that are neither zero nor allowed.
pub fn loud(run: &RunRecord, allowed: &[Counter]) -> Vec<String> {
    let mut found = Vec::new();
    for step in &run.steps {
        for (counter, number) in step.counters.iter().chain(step.outbound.values().flatten()) {
            if *number > 0 && !allowed.contains(counter) {
                found.push(format!("{counter} {number}"));
            }
        }
    }
    found
}

fn rows_of(tables: &dyn Tables, table: Table) -> Result<Vec<(Bytes, Bytes)>, WorldError> {
    Ok(tables.scan(table, &[], None, usize::MAX)?)
}

/// Copies all records; they are shared, not duplicated.
fn copy(tables: &dyn Tables) -> Result<MemoryTables, WorldError> {
    let mut all = MemoryTables::new();
    for table in Table::ALL {
        for (key, value) in rows_of(tables, *table)? {
            all.put(*table, &key, value)?;
        }
    }
    Ok(all)
}

/// Names a table in which two states differ.
pub fn difference(
    left: &dyn Tables,
    right: &dyn Tables,
) -> Result<Option<&'static str>, WorldError> {
    for table in Table::ALL {
        if rows_of(left, *table)? != rows_of(right, *table)? {
            return Ok(Some(table.name()));
        }
    }
    Ok(None)
}
