//! Plays a scenario in a fresh world and holds what happened against what it expects.

use dirsim_model::AsOf;
use dirsim_runbook::files::MemoryFiles;
use dirsim_runbook::{CommandError, ErrorAction, Output, RunOutcome, Session, State};
use dirsim_world::plan::PlanItem;
use dirsim_world::{Event, World, WorldError, view};
use serde_json::{Map, Value, json};

use crate::compare::{Difference, compare, compare_record};
use crate::data::{Data, Located, Place, Record};
use crate::file::{Expect, Scenario, Step};
use crate::givens::{self, ReadFile};
use crate::problem::Problem;
use crate::script;

/// A scenario that was played.
#[derive(Debug)]
pub struct Played {
    /// Its name.
    pub name: String,
    /// Its steps up to the end, or up to the one that failed.
    pub steps: Vec<PlayedStep>,
}

/// A step that was played.
#[derive(Debug)]
pub struct PlayedStep {
    /// The prose of the step.
    pub about: String,
    /// The cmdlets as written.
    pub act: String,
    /// What they printed.
    pub outputs: Vec<Output>,
    /// What happened in the world.
    pub events: Vec<Event>,
    /// What each export did to each object.
    pub items: Vec<PlanItem>,
    /// The text with which the simulated product refused the last cmdlet.
    pub refused: Option<String>,
    /// Expectations that do not hold.
    pub differences: Vec<Difference>,
    /// Why the world is as it is, for the first differences.
    pub why: Vec<String>,
}

impl Played {
    /// Returns whether every expectation held.
    pub fn passed(&self) -> bool {
        self.steps.iter().all(|step| step.differences.is_empty())
    }

    /// Returns the differences of all steps.
    pub fn differences(&self) -> Vec<Difference> {
        self.steps.iter().flat_map(|step| step.differences.iter().cloned()).collect()
    }
}

/// Plays a scenario; `text` is the file it was parsed from, `read` reads files beside it.
///
/// Mistakes in the file, the cmdlets included, are found before anything is played.
pub fn play(
    scenario: &Scenario,
    file: &str,
    text: &str,
    read: &ReadFile<'_>,
) -> Result<Played, Vec<Problem>> {
    play_watched(scenario, None, file, text, read, &mut |_, _| Ok(()))
}

/// Plays a scenario, for other dated service changes than it names when there are any, and shows the
/// world after every step to `watch`.
pub(crate) fn play_watched(
    scenario: &Scenario,
    as_of: Option<&AsOf>,
    file: &str,
    text: &str,
    read: &ReadFile<'_>,
    watch: &mut dyn FnMut(&World, &PlayedStep) -> Result<(), WorldError>,
) -> Result<Played, Vec<Problem>> {
    let mut problems = Vec::new();
    let scripts = script::prepare(scenario, file, text, read).unwrap_or_else(|found| {
        problems.extend(found);
        Vec::new()
    });
    let mut files =
        script::given_files(&scenario.given.files, file, text).unwrap_or_else(|found| {
            problems.extend(found);
            MemoryFiles::default()
        });
    let start = match givens::start_as_of(scenario, as_of, file, text, read) {
        Ok(start) => start,
        Err(found) => {
            problems.extend(found);
            return Err(problems);
        }
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    let nowhere = Place { line: 1, column: 1, ..Place::default() };
    let fault = |error: WorldError| vec![Problem::new(file, text, nowhere, error.to_string())];
    let mut world = World::in_memory(start.setup).map_err(fault)?;
    for input in start.inputs {
        let label = input.label();
        let stepped = world.step(input).map_err(fault)?;
        if let Some(refusal) = stepped.refusal {
            let reason = format!("the givens are refused: {label}: {}", refusal.message());
            return Err(vec![Problem::new(file, text, nowhere, reason)]);
        }
        // A reference that leads nowhere is a typing mistake here, not a partial export.
        for event in stepped.events {
            if let Event::Note(note) = event {
                problems.push(Problem::new(file, text, nowhere, note.text));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
    }
    let mut played = Played { name: scenario.name.clone(), steps: Vec::new() };
    // Variables last over the steps. A refusal ends the commands of a step unless they say otherwise:
    // a story that went on after one would tell something nobody planned. A runbook runs as it would.
    let mut state = State::default();
    for (step, prepared) in scenario.steps.iter().zip(&scripts) {
        let action = if prepared.is_runbook { ErrorAction::Continue } else { ErrorAction::Stop };
        state.set_error_action(action);
        for answer in &step.answers {
            state.answer(answer);
        }
        let mut session =
            Session::resume(&mut world, std::mem::take(&mut state)).with_files(&mut files);
        let outcome = dirsim_runbook::run(&prepared.script, &mut session);
        state = session.into_state();
        let (mut done, go_on) =
            play_step(&mut world, step, &prepared.shown, outcome).map_err(fault)?;
        if let Some(expect) = step.expect.as_ref().filter(|_| go_on) {
            script::compare(expect, &done.outputs, &mut files, &mut done.differences);
        }
        watch(&world, &done).map_err(fault)?;
        played.steps.push(done);
        if !go_on {
            break;
        }
    }
    Ok(played)
}

fn play_step(
    world: &mut World,
    step: &Step,
    shown: &str,
    outcome: RunOutcome,
) -> Result<(PlayedStep, bool), WorldError> {
    let expect = step.expect.clone().unwrap_or_default();
    let mut differences = Vec::new();
    let refused = match outcome.failed {
        None => None,
        Some(failure) => match failure.error {
            CommandError::Refused(record) => Some(record.message),
            CommandError::World(error) => return Err(error),
            CommandError::Stop(stop) => Some(CommandError::Stop(stop).to_string()),
        },
    };
    let as_expected =
        compare_refusal(expect.refused.as_ref(), refused.as_deref(), step, &mut differences);
    let mut why = Vec::new();
    if as_expected {
        observe(world, &expect, &outcome.events, &mut differences)?;
        why = explain(world, &differences);
    }
    let mut items = Vec::new();
    for event in &outcome.events {
        if let Event::Run(run) = event {
            items.extend(dirsim_world::plan::items(world.tables(), run)?);
        }
    }
    let done = PlayedStep {
        about: step.about.clone(),
        act: shown.to_owned(),
        outputs: outcome.outputs,
        events: outcome.events,
        items,
        refused,
        differences,
        why,
    };
    Ok((done, as_expected))
}

/// Compares how the last cmdlet ended; returns whether the story can go on.
fn compare_refusal(
    expected: Option<&Located<String>>,
    refused: Option<&str>,
    step: &Step,
    differences: &mut Vec<Difference>,
) -> bool {
    let holds = match (expected, refused) {
        (None, None) => true,
        (Some(part), Some(text)) => text.to_lowercase().contains(&part.value.to_lowercase()),
        _ => false,
    };
    if !holds {
        differences.push(Difference {
            path: vec!["refused".to_owned()],
            at: expected.map_or(step.act().1, |part| Place { start: None, ..part.at }),
            expected: expected.map_or_else(|| "null".to_owned(), |part| part.value.clone()),
            found: json!(refused),
            nearest: None,
        });
    }
    holds
}

/// Holds the world against the expectations of a step.
fn observe(
    world: &World,
    expect: &Expect,
    events: &[Event],
    differences: &mut Vec<Difference>,
) -> Result<(), WorldError> {
    let (tables, schema) = (world.tables(), world.schema());
    if let Some(expected) = &expect.runs {
        let runs = events.iter().filter_map(|event| match event {
            Event::Run(run) => Some(view::run(tables, run)),
            _ => None,
        });
        let runs = runs.collect::<Result<Vec<_>, _>>()?;
        compare_runs(expected, &runs, differences);
    }
    if let Some(expected) = &expect.export_errors {
        compare_list("exportErrors", expected, &view::export_errors(tables, schema)?, differences);
    }
    if let Some(expected) = &expect.sync_errors {
        compare_list("syncErrors", expected, &view::sync_errors(tables, schema)?, differences);
    }
    if let Some(expected) = &expect.quarantine {
        compare_list("quarantine", expected, &view::quarantine(tables)?, differences);
    }
    if let Some(expected) = &expect.recycle_bin {
        compare_list("recycleBin", expected, &view::recycle_bin(tables, schema)?, differences);
    }
    if let Some(expected) = &expect.notes {
        compare_list("notes", expected, &view::notes(tables, events)?, differences);
    }
    if let Some(tenant) = &expect.tenant {
        for (name, records, kind) in [
            ("users", &tenant.users, dirsim_tenant::TenantType::User),
            ("groups", &tenant.groups, dirsim_tenant::TenantType::Group),
            ("contacts", &tenant.contacts, dirsim_tenant::TenantType::Contact),
        ] {
            compare_objects(&["tenant", name], records, differences, |identity| {
                Ok(view::find_tenant_object(tables, schema, kind, identity)?)
            })?;
        }
    }
    if let Some(records) = &expect.forest {
        compare_objects(&["forest"], records, differences, |identity| {
            Ok(view::find_forest_object(tables, schema, identity)?)
        })?;
    }
    if let Some(records) = &expect.metaverse {
        compare_objects(&["metaverse"], records, differences, |identity| {
            Ok(view::find_mv_object(tables, schema, identity)?)
        })?;
    }
    if let Some(connectors) = &expect.connector_spaces {
        for (connector, data) in &connectors.0 {
            let Data::Map(records) = &data.value else { continue };
            let path = ["connectorSpaces", &connector.value];
            compare_objects(&path, records, differences, |identity| {
                Ok(view::find_cs_object(tables, schema, &connector.value, identity)?)
            })?;
        }
    }
    if let Some(expected) = &expect.counts {
        let counts = view::counts(tables)?;
        compare_record(expected, &counts, &mut path(&["counts"]), differences);
    }
    Ok(())
}

fn path(parts: &[&str]) -> Vec<String> {
    std::iter::once("expect").chain(parts.iter().copied()).map(str::to_owned).collect()
}

/// Compares a list that is exact in length. What is found is cut down to the names that the
/// expectation uses, so that a rewritten one stays as short as its author wanted it.
fn compare_list(
    name: &str,
    expected: &Located<Vec<Located<Record>>>,
    found: &[view::View],
    differences: &mut Vec<Difference>,
) {
    let mut names: Vec<&str> = Vec::new();
    for (key, _) in expected.value.iter().flat_map(|item| &item.value.0) {
        if !names.iter().any(|name| name.eq_ignore_ascii_case(&key.value)) {
            names.push(&key.value);
        }
    }
    let items: Vec<Located<Data>> = expected
        .value
        .iter()
        .map(|item| Located { value: Data::Map(item.value.clone()), at: item.at })
        .collect();
    if items.len() == found.len() {
        for (index, (item, object)) in items.iter().zip(found).enumerate() {
            let mut path = path(&[name, &index.to_string()]);
            compare(item, &Value::Object(object.clone()), &mut path, differences);
        }
        return;
    }
    let short = found.iter().map(|object| shorten(object, &names)).collect();
    differences.push(Difference {
        path: path(&[name]),
        at: expected.at,
        expected: format!("{} entries", items.len()),
        found: Value::Array(short),
        nearest: None,
    });
}

/// Compares runs. An entry names a run by connector and profile; entries stand in the order of the
/// runs, and a run that is named with both is named as often as it ran. Runs that no entry names do
/// not matter.
fn compare_runs(
    expected: &Located<Vec<Located<Record>>>,
    found: &[view::View],
    differences: &mut Vec<Difference>,
) {
    let matches = |entry: &Record, run: &view::View| {
        ["connector", "profile"].iter().all(|key| {
            let wanted = entry.get(key).and_then(|value| value.value.scalar());
            let present = run.get(*key).and_then(Value::as_str).unwrap_or_default();
            wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(present))
        })
    };
    let mut chosen = Vec::new();
    let mut rest = found.iter();
    for entry in &expected.value {
        match rest.find(|run| matches(&entry.value, run)) {
            Some(run) => chosen.push(run.clone()),
            None => break,
        }
    }
    let named_too_seldom = expected.value.iter().any(|entry| {
        let whole = entry.value.get("connector").is_some() && entry.value.get("profile").is_some();
        let ran = found.iter().filter(|run| matches(&entry.value, run)).count();
        let named = chosen.iter().filter(|run| matches(&entry.value, run)).count();
        whole && ran != named
    });
    let none_ran = expected.value.is_empty() && !found.is_empty();
    if chosen.len() < expected.value.len() || named_too_seldom || none_ran {
        // The list does not fit the runs at all: show those that it speaks of, or all.
        let spoken_of: Vec<view::View> = found
            .iter()
            .filter(|run| expected.value.iter().any(|entry| matches(&entry.value, run)))
            .cloned()
            .collect();
        compare_list(
            "runs",
            expected,
            if spoken_of.is_empty() { found } else { &spoken_of },
            differences,
        );
    } else {
        compare_list("runs", expected, &chosen, differences);
    }
}

/// Keeps the named values, in the order of the names; the telling ones when none is named.
fn shorten(object: &view::View, names: &[&str]) -> Value {
    const TELLING: &[&str] = &[
        "connector",
        "profile",
        "result",
        "adds",
        "updates",
        "deletes",
        "errors",
        "object",
        "type",
        "property",
        "value",
        "userPrincipalName",
        "code",
    ];
    let names = if names.is_empty() { TELLING } else { names };
    let mut short = Map::new();
    for name in names {
        if let Some((key, value)) = object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)) {
            short.insert(key.clone(), value.clone());
        }
    }
    Value::Object(short)
}

/// Compares objects by identity; an object that is expected to be absent is written as null.
fn compare_objects(
    parts: &[&str],
    records: &Record,
    differences: &mut Vec<Difference>,
    find: impl Fn(&str) -> Result<Option<view::View>, WorldError>,
) -> Result<(), WorldError> {
    for (identity, expected) in &records.0 {
        let found = find(&identity.value)?.map_or(Value::Null, Value::Object);
        let mut path = path(parts);
        path.push(identity.value.clone());
        compare(expected, &found, &mut path, differences);
    }
    Ok(())
}

/// Explains why the world is as it is, for the objects of the first differences.
fn explain(world: &World, differences: &[Difference]) -> Vec<String> {
    const OBJECTS_MAX: usize = 2;
    let mut identities: Vec<&str> = Vec::new();
    for difference in differences {
        let mut parts = difference.path.iter().map(String::as_str).skip(1);
        let identity = match parts.next() {
            Some("tenant" | "connectorSpaces") => parts.nth(1),
            Some("metaverse" | "forest") => parts.next(),
            _ => None,
        };
        if let Some(identity) = identity.filter(|identity| !identities.contains(identity)) {
            identities.push(identity);
        }
    }
    identities
        .into_iter()
        .take(OBJECTS_MAX)
        .filter_map(|identity| dirsim_world::explain::short(world, identity).ok().flatten())
        .collect()
}
