//! Any text as a scenario file: read or refused with located problems, never a panic; its givens
//! become inputs or problems; accepting leaves a text.
#![no_main]

use dirsim_scenario::compare::compare;
use dirsim_scenario::{Data, Located, Problem, accept, givens, parse};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fn show(problems: &[Problem]) {
    assert!(!problems.is_empty());
    for problem in problems {
        assert!(!problem.to_string().is_empty());
    }
}

fuzz_target!(|text: &str| {
    let scenario = match parse("story.yaml", text) {
        Ok(scenario) => scenario,
        Err(problems) => return show(&problems),
    };
    // A repeated object is what it is once, only slower.
    let objects = scenario.given.forests.iter().flat_map(|forest| &forest.objects);
    let repeated = objects.filter_map(|object| match object.get("repeat")?.value {
        Data::Integer(count) => Some(count.max(0)),
        _ => None,
    });
    if repeated.fold(0i64, i64::saturating_add) > 1_000 {
        return;
    }
    // What the files beside a scenario may hold is the matter of other targets.
    let read = |name: &str| match name {
        "ad.ldf" => Ok(include_bytes!("../seeds/ldif/add.ldf").to_vec()),
        "tenant.json" => Ok(include_bytes!("../seeds/graph_json/users.json").to_vec()),
        _ => Err("no such file".to_owned()),
    };
    match givens::start(&scenario, "story.yaml", text, &read) {
        Ok(start) => assert!(!start.inputs.is_empty()),
        Err(problems) => show(&problems),
    }

    // Nothing is as expected: whatever differs is written anew.
    let found = json!({
        "city": "Bergen", "adds": -1, "members": ["x: y", ""], "on": true,
        "inner": {"title": null, "list": [{"a": 1}, {}]},
    });
    let mut differences = Vec::new();
    for expect in scenario.steps.iter().filter_map(|step| step.expect.as_ref()) {
        let records = [&expect.forest, &expect.metaverse, &expect.connector_spaces, &expect.counts];
        let tenant = expect.tenant.iter().flat_map(|it| [&it.users, &it.groups, &it.contacts]);
        for (_, expected) in records.into_iter().flatten().chain(tenant).flat_map(|it| &it.0) {
            compare(expected, &found, &mut Vec::new(), &mut differences);
        }
        let lists = [&expect.runs, &expect.quarantine, &expect.notes, &expect.recycle_bin];
        for list in lists.into_iter().flatten() {
            let items = list.value.iter();
            let items = items.map(|it| Located { value: Data::Map(it.value.clone()), at: it.at });
            let expected = Located { value: Data::List(items.collect()), at: list.at };
            compare(&expected, &json!([found, {}]), &mut Vec::new(), &mut differences);
        }
    }
    let (accepted, left) = accept(text, &differences);
    assert!(left <= differences.len());
    assert!(!differences.is_empty() || accepted == text);
});
