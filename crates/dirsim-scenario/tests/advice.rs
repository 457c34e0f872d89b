//! What `explain` advises is true: the cmdlets it prints, typed into the shell, lead to what it says.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "these tests read the scenario library, which must be readable"
)]

use std::path::{Path, PathBuf};

use dirsim_runbook::Session;
use dirsim_scenario::givens;
use dirsim_world::remedy::{Advice, remedies};
use dirsim_world::{World, explain};

/// Worlds with more on-premises objects than this are left to the simulation.
const OBJECTS_MAX: usize = 12;

fn library() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut files = Vec::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Plays the first step of a scenario, in which most stories go wrong; `None` when the world is large.
fn first_step(path: &Path) -> Option<World> {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.display().to_string();
    let folder = path.parent().unwrap().to_owned();
    let read = move |file: &str| std::fs::read(folder.join(file)).map_err(|e| e.to_string());
    let scenario = dirsim_scenario::parse(&name, &text).unwrap();
    // A world whose givens lie in a folder of files is left to the tests of the reader.
    let start = givens::start(&scenario, &name, &text, &read).ok()?;
    let mut world = World::in_memory(start.setup).unwrap();
    for input in start.inputs {
        world.step(input).unwrap();
    }
    if accounts(&world).len() > OBJECTS_MAX {
        return None;
    }
    let act = scenario.steps.first()?.act.clone()?;
    let script = dirsim_runbook::check(&act.value, &name).unwrap();
    dirsim_runbook::run(&script, &mut Session::new(&mut world));
    Some(world)
}

/// Returns the GUIDs of all objects of the forests.
fn accounts(world: &World) -> Vec<String> {
    let page = dirsim_store::rows::after::<dirsim_forest::ForestObject>(
        world.tables(),
        None,
        OBJECTS_MAX * 4,
    );
    let live = page.unwrap().into_iter().filter(|(_, object)| {
        object.deleted.is_none()
            && object.entry.text(dirsim_model::attribute::well_known::SAM_ACCOUNT_NAME).is_some()
    });
    live.map(|(_, object)| object.guid.to_string()).collect()
}

/// Makes the same world once more from its journal.
fn again(world: &World) -> World {
    let dirsim_world::Input::Setup(setup) = world.input(1).unwrap() else { unreachable!() };
    let mut copy = World::in_memory(*setup).unwrap();
    for step in 2..=world.head() {
        copy.step(world.input(step).unwrap()).unwrap();
    }
    assert_eq!(copy.digest(), world.digest());
    copy
}

/// Types the cmdlets of every remedy into a copy of the world and looks at the result.
fn check(world: &World, identity: &str, advice: &Advice, file: &str) {
    for remedy in &advice.remedies {
        let mut copy = again(world);
        let lines = remedy.cmdlets.join("\n");
        let script = match dirsim_runbook::check(&lines, file) {
            Ok(script) => script,
            Err(errors) => panic!("{file}: {lines}\n{errors:?}"),
        };
        let outcome = dirsim_runbook::run(&script, &mut Session::new(&mut copy));
        assert!(outcome.failed.is_none(), "{file}: refused\n{lines}\n{:?}", outcome.failed);
        let stories = explain::explain(copy.tables(), copy.schema(), identity).unwrap();
        let export = stories.iter().find_map(|story| story.exports.first());
        let export = export.unwrap_or_else(|| panic!("{file}: nothing was exported\n{lines}"));
        assert!(export.refusal.is_none(), "{file}: {:?}\n{lines}", export.refusal);
        assert_eq!(export.outcome, remedy.outcome, "{file}\n{lines}");
        assert!(export.quarantined.is_empty(), "{file}: {:?}\n{lines}", export.quarantined);
        if !remedy.afterwards.is_empty() {
            let lines = remedy.afterwards.join("\n");
            assert!(dirsim_runbook::check(&lines, file).is_ok(), "{file}: {lines}");
        }
    }
}

/// Every remedy of every small world of the library holds when it is typed (ET-034 to ET-051, ET-176).
#[test]
fn remedies_hold_when_they_are_typed() {
    let (mut asked, mut told) = (0, 0);
    for path in library() {
        let Some(mut world) = first_step(&path) else { continue };
        let before = world.digest();
        for identity in accounts(&world) {
            let Some(advice) = remedies(&mut world, &identity).unwrap() else { continue };
            assert_eq!(world.digest(), before, "a try changes nothing");
            asked += 1;
            told += advice.remedies.len();
            check(&world, &identity, &advice, &path.display().to_string());
        }
    }
    assert!(asked > 10 && told > 15, "{asked} questions, {told} remedies");
}
