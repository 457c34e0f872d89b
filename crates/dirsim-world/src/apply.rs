//! Applies one input to the tables: the only place where a world changes.

mod clock;
mod configuration;
mod environment;
mod identity;
mod pilot;
mod service;
mod single;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dirsim_forest::NewObject;
use dirsim_model::{AttributeId, Dice, Dn, Schema, Timestamp};
use dirsim_rules::RuleSet;
use dirsim_store::{Tables, rows};
use dirsim_sync::{
    Connector, Engine, Profile, Progress, ServerTables, connector, cycle, server, servers,
};
use dirsim_tenant::answer::Note;

pub use configuration::answers;
pub(crate) use configuration::apply_definitions;

use crate::error::WorldError;
use crate::event::{Event, Refusal};
use crate::input::{Input, ServerEdit, Setup, Source};
use crate::rules;
use crate::stamping;
use crate::world::{CLOCK, NAMES, SETUP, SOURCES};

/// The whole world, for inputs that are about more than one server.
pub(crate) struct Stage<'a> {
    pub(crate) tables: &'a mut dyn Tables,
    pub(crate) schema: &'a mut Schema,
    /// The compiled rules by server, for inputs that run something.
    pub(crate) rules: &'a Rules,
    /// The number of the step that the input becomes.
    pub(crate) step: u64,
}

/// Compiled rules by the number of their server.
pub(crate) type Rules = BTreeMap<u8, Arc<RuleSet>>;

impl Stage<'_> {
    pub(crate) fn now(&self) -> Result<Timestamp, WorldError> {
        Ok(rows::meta(self.tables, CLOCK)?.unwrap_or_default())
    }

    /// Returns the seed of this step: the seed of the world mixed with the number of the step.
    pub(crate) fn seed(&self) -> Result<u64, WorldError> {
        let seed = rows::meta::<Setup>(self.tables, SETUP)?.map_or(0, |setup| setup.seed);
        Ok(Dice::new(seed ^ self.step.wrapping_mul(0x9E37_79B9_7F4A_7C15)).next())
    }
}

/// What an input works on: the world as the server in use sees it.
struct Scene<'a> {
    tables: &'a mut dyn Tables,
    schema: &'a mut Schema,
    rules: Option<Arc<RuleSet>>,
    now: Timestamp,
    seed: u64,
    /// The number of the server.
    server: u8,
}

/// What an input did.
#[derive(Default)]
pub(crate) struct Effect {
    pub(crate) events: Vec<Event>,
    pub(crate) refusal: Option<Refusal>,
    /// Whether connectors or rule files changed, so that rules must be compiled anew.
    pub(crate) rules_stale: bool,
}

impl Scene<'_> {
    /// Returns the engine of the server.
    fn engine(&mut self) -> Engine<'_> {
        Engine {
            tables: self.tables,
            schema: self.schema,
            rules: self.rules.as_ref().expect("inputs that run are given rules"),
            now: self.now,
            seed: self.seed,
            server: self.server,
        }
    }
}

impl Effect {
    fn events(events: Vec<Event>) -> Self {
        Self { events, ..Self::default() }
    }

    fn refused(refusal: Refusal) -> Self {
        Self { refusal: Some(refusal), ..Self::default() }
    }

    fn stale(mut self) -> Self {
        self.rules_stale = true;
        self
    }
}

/// Applies an input.
pub(crate) fn apply(
    stage: &mut Stage<'_>,
    input: &Input,
    progress: &mut dyn FnMut(Progress),
) -> Result<Effect, WorldError> {
    match input {
        Input::AdvanceClock(to) => return clock::advance(stage, *to, progress),
        Input::Fault(edit) => return environment::faults(stage, edit),
        Input::Servers(edit) => return environment::servers(stage, edit),
        Input::ForestOn { controller, edit } => {
            return environment::edit_on(stage, controller, edit);
        }
        Input::Controllers { domain, controllers } => {
            return environment::set_controllers(stage, domain, controllers);
        }
        _ => {}
    }
    let (now, seed) = (stage.now()?, stage.seed()?);
    let server = servers::in_use(stage.tables)?;
    let rules = stage.rules.get(&server).cloned();
    let mut tables = ServerTables::new(stage.tables, server);
    let schema = &mut *stage.schema;
    let mut scene = Scene { tables: &mut tables, schema, rules, now, seed, server };
    let mut effect = apply_on_server(&mut scene, input, progress)?;
    clock::follow_runs(stage, &mut effect.events)?;
    Ok(effect)
}

/// Applies an input to the server in use and what it is connected to.
fn apply_on_server(
    scene: &mut Scene<'_>,
    input: &Input,
    progress: &mut dyn FnMut(Progress),
) -> Result<Effect, WorldError> {
    match input {
        Input::AdvanceClock(_)
        | Input::Fault(_)
        | Input::Servers(_)
        | Input::ForestOn { .. }
        | Input::Controllers { .. } => {
            unreachable!("inputs about more than one server are applied before")
        }
        Input::Setup(setup) => {
            rows::put_meta(scene.tables, SETUP, &**setup)?;
            rows::put_meta(scene.tables, CLOCK, &setup.clock)?;
            server::create(scene.tables, setup.clock)?;
            Ok(Effect::default())
        }
        Input::AddNames(names) => add_names(scene, names),
        Input::Sources(sources) => {
            let mut known: Vec<Source> = rows::meta(scene.tables, SOURCES)?.unwrap_or_default();
            known.extend(sources.iter().cloned());
            rows::put_meta(scene.tables, SOURCES, &known)?;
            Ok(Effect::default())
        }
        Input::LoadForest { forest, objects } => {
            let mut dice = Dice::new(scene.seed);
            let made =
                dirsim_forest::create(scene.tables, scene.schema, forest, &mut dice, scene.now)?;
            let domains = match made {
                Ok(domains) => domains,
                Err(refusal) => return Ok(Effect::refused(Refusal::Forest(refusal))),
            };
            load_forest(scene, &forest.name, objects, &domains, &mut dice)
        }
        Input::LoadTenant { tenant, objects } => {
            if let Some(entra) = entra_connector(scene.tables)? {
                return Err(WorldError::AlreadyLoaded(format!("the tenant of `{}`", entra.name)));
            }
            let made = dirsim_tenant::create(scene.tables, tenant, scene.seed, scene.now)?;
            if let Err(refusal) = made {
                return Ok(Effect::refused(Refusal::Tenant(refusal)));
            }
            let loaded = dirsim_tenant::load(scene.tables, scene.schema, objects, scene.now)?;
            if let Err(refusal) = loaded {
                return Ok(Effect::refused(Refusal::Tenant(refusal)));
            }
            let mut dice = Dice::new(scene.seed);
            connector::add_entra(scene.tables, &tenant.initial_domain, &mut dice, scene.now)?;
            Ok(Effect::default().stale())
        }
        Input::Forest(edit) => {
            let mut dice = Dice::new(scene.seed);
            let edited =
                dirsim_forest::edit(scene.tables, scene.schema, edit, &mut dice, scene.now)?;
            match edited {
                Ok(0) => Ok(Effect::default()),
                Ok(id) => {
                    let object = rows::expect::<dirsim_forest::ForestObject>(scene.tables, id)?;
                    Ok(Effect::events(vec![Event::Touched(object.guid)]))
                }
                Err(refusal) => Ok(Effect::refused(Refusal::Forest(refusal))),
            }
        }
        Input::Tenant(edit) => {
            match dirsim_tenant::edit(scene.tables, scene.schema, edit, scene.now)? {
                Ok(id) => {
                    let mut events: Vec<Event> = id.into_iter().map(Event::Touched).collect();
                    let note = stamping::note(scene.tables, scene.schema, edit)?;
                    events.extend(note.map(Event::Note));
                    Ok(Effect::events(events))
                }
                Err(refusal) => Ok(Effect::refused(Refusal::Tenant(refusal))),
            }
        }
        Input::Server(edit) => server_edit(scene, edit),
        Input::StartCycle(policy) => {
            require_connectors(scene.tables)?;
            if let Some(refusal) = service::is_down(scene)? {
                return Ok(Effect::refused(refusal));
            }
            match cycle::start(scene.tables, *policy, scene.now)? {
                Ok(()) => Ok(Effect::default()),
                Err(message) => Ok(Effect::refused(Refusal::Server {
                    message: message.to_owned(),
                    rule: "SE-251",
                })),
            }
        }
        Input::RunNext => {
            let (connector, profile) = cycle::next(scene.tables)?.ok_or(WorldError::NoCycle)?;
            let mut events = vec![run(scene, connector, profile, progress)?];
            if cycle::finish_run(scene.tables, scene.now)? {
                events.push(Event::CycleEnded);
            }
            Ok(Effect::events(events))
        }
        Input::StopCycle => {
            cycle::stop(scene.tables, scene.now)?;
            Ok(Effect::default())
        }
        Input::Run { connector, profile } => {
            let connector = find_connector(scene.tables, connector)?;
            if let Some(refusal) = service::is_down(scene)? {
                return Ok(Effect::refused(refusal));
            }
            if let Some(busy) = cycle::busy(scene.tables, connector.id, *profile)? {
                let message = format!(
                    "busy: {busy} is in progress; cannot start a new run till this one completes"
                );
                return Ok(Effect::refused(Refusal::Server { message, rule: "SE-235" }));
            }
            let event = run(scene, connector.id, *profile, progress)?;
            Ok(Effect::events(vec![event]))
        }
        Input::DefineAttributes(attributes) => configuration::define(scene, attributes),
    }
}

/// Loads objects and makes the connector. References that lead out of the export are dropped with a
/// note each: an export of a part of a forest has them.
fn load_forest(
    scene: &mut Scene<'_>,
    forest: &str,
    objects: &[NewObject],
    domains: &[u64],
    dice: &mut Dice,
) -> Result<Effect, WorldError> {
    let (tables, schema) = (&mut *scene.tables, &*scene.schema);
    let lost = dirsim_forest::load::unresolved(tables, schema, objects)?;
    let kept: Vec<NewObject>;
    let objects = if lost.is_empty() {
        objects
    } else {
        let gone: BTreeSet<(usize, AttributeId, &Dn)> =
            lost.iter().map(|(at, attribute, dn)| (*at, *attribute, dn)).collect();
        kept = objects
            .iter()
            .enumerate()
            .map(|(at, object)| {
                let mut object = object.clone();
                for (attribute, targets) in &mut object.references {
                    targets.retain(|dn| !gone.contains(&(at, *attribute, dn)));
                }
                object
            })
            .collect();
        &kept
    };
    if let Err(refusal) = dirsim_forest::load(tables, schema, forest, objects, dice, scene.now)? {
        return Ok(Effect::refused(Refusal::Forest(refusal)));
    }
    let ran = connector::all(tables)?.iter().any(|known| known.runs > 0);
    if ran && let Some(refusal) = identity::check_forest(tables, domains)? {
        return Ok(Effect::refused(refusal));
    }
    let added = connector::add_forest(tables, forest, domains, dice, scene.now)?;
    if ran {
        // A forest that joins later needs full runs once, and whoever adds it asks for them (SE 6.3).
        connector::set_override(tables, added, Some(true), Some(true))?;
    }
    let notes = lost.iter().map(|(at, attribute, target)| {
        let holder = objects.get(*at).map(|object| object.dn.to_string()).unwrap_or_default();
        Event::Note(Note {
            code: "UNRESOLVED-REF".to_owned(),
            text: format!(
                "`{}` of {holder} names {target}, which the export does not hold; left out",
                schema.name(*attribute)
            ),
            rule: "SE-104".to_owned(),
        })
    });
    Ok(Effect::events(notes.collect()).stale())
}

fn add_names(scene: &mut Scene<'_>, names: &[String]) -> Result<Effect, WorldError> {
    let mut known: Vec<String> = rows::meta(scene.tables, NAMES)?.unwrap_or_default();
    for name in names {
        if scene.schema.attribute(name).is_none() {
            scene.schema.intern(name)?;
            known.push(name.clone());
        }
    }
    rows::put_meta(scene.tables, NAMES, &known)?;
    Ok(Effect::default().stale())
}

fn server_edit(scene: &mut Scene<'_>, edit: &ServerEdit) -> Result<Effect, WorldError> {
    let tables = &mut *scene.tables;
    match edit {
        ServerEdit::Scheduler { sync_cycle_enabled, customized_interval_ms, next_policy } => {
            let mut settings = server::settings(tables)?;
            if let Some(enabled) = sync_cycle_enabled {
                settings.sync_cycle_enabled = *enabled;
            }
            if let Some(interval) = customized_interval_ms {
                settings.customized_interval_ms = Some(*interval);
            }
            if let Some(policy) = next_policy {
                settings.next_policy = *policy;
            }
            server::put_settings(tables, &settings)?;
            dirsim_sync::event_log::scheduler(tables, scene.now, "settings were changed")?;
        }
        ServerEdit::DeletionThreshold { enabled, count } => {
            let mut settings = server::settings(tables)?;
            settings.deletion_prevention = *enabled;
            if let Some(count) = count {
                settings.deletions_max = *count;
            }
            server::put_settings(tables, &settings)?;
        }
        ServerEdit::StagingMode(on) => {
            let mut settings = server::settings(tables)?;
            settings.staging_mode = *on;
            server::put_settings(tables, &settings)?;
        }
        ServerEdit::ContainerFilter { connector: name, include, exclude } => {
            let connector = find_connector(tables, name)?;
            connector::set_container_filter(tables, connector.id, include, exclude)?;
        }
        ServerEdit::ConnectorOverride { connector: name, full_import, full_sync } => {
            let connector = find_connector(tables, name)?;
            connector::set_override(tables, connector.id, *full_import, *full_sync)?;
        }
        ServerEdit::RuleFiles(files) => {
            return Ok(Effect::events(rules::replace(tables, scene.schema, files)?).stale());
        }
        ServerEdit::EditRule(edit) => {
            return Ok(match rules::edit(tables, scene.schema, edit)? {
                Ok(events) => Effect::events(events).stale(),
                Err(refusal) => Effect::refused(refusal),
            });
        }
        ServerEdit::Configuration(wanted) => return configuration::take(scene, wanted),
        other => return service::edit(scene, other),
    }
    Ok(Effect::default())
}

fn run(
    scene: &mut Scene<'_>,
    connector: u32,
    profile: Profile,
    progress: &mut dyn FnMut(Progress),
) -> Result<Event, WorldError> {
    let mut engine = scene.engine();
    Ok(Event::Run(Box::new(engine.run(connector, profile, progress)?)))
}

fn find_connector(tables: &dyn Tables, name: &str) -> Result<Connector, WorldError> {
    let all = connector::all(tables)?;
    let known = all.iter().map(|connector| connector.name.clone()).collect();
    all.into_iter()
        .find(|connector| connector.name.eq_ignore_ascii_case(name))
        .ok_or_else(|| WorldError::UnknownConnector { name: name.to_owned(), known })
}

fn entra_connector(tables: &dyn Tables) -> Result<Option<Connector>, WorldError> {
    Ok(connector::all(tables)?.into_iter().find(|connector| !connector.is_forest()))
}

fn require_connectors(tables: &dyn Tables) -> Result<(), WorldError> {
    let all = connector::all(tables)?;
    if !all.iter().any(Connector::is_forest) {
        return Err(WorldError::NothingLoaded("forest"));
    }
    if all.iter().all(Connector::is_forest) {
        return Err(WorldError::NothingLoaded("tenant"));
    }
    Ok(())
}
