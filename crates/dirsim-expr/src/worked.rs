//! The worked examples of the specification, all of them, as one table: `worked.jsonl`. A line is
//! the expression, what is given, and the result; `now` among what is given is the clock.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json};

use crate::testing::{Object, eval_object};

/// Sections 2 to 9: each line gives what it says.
#[test]
fn every_worked_example_gives_its_result() {
    let (mut wrong, mut count, mut heading) = (String::new(), 0, "");
    for line in include_str!("worked.jsonl").lines() {
        if let Some(text) = line.strip_prefix("# ") {
            heading = text;
            continue;
        }
        let (expression, mut given, expected): (String, Map<String, Json>, String) =
            serde_json::from_str(line).expect(line);
        let now = given.remove("now");
        let mut object = Object::from_json(&Json::Object(given.clone()).to_string());
        if let Some(now) = now.as_ref().and_then(Json::as_str) {
            object.now = now.parse().unwrap();
        }
        let found = eval_object(&object, &expression);
        // A reference that an expression makes is text until the engine finds its object (SR-083).
        if found != expected && format!("ref {found}") != expected {
            let given = Json::Object(given);
            let _ = writeln!(
                wrong,
                "{heading}: {expression}\n  given    {given}\n  found    {found}\n  expected {expected}"
            );
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(count > 400, "{count} examples");
}

/// EX-017: in an example an array is a list, also one of a single value; everything else is single.
#[test]
fn an_array_is_a_list_and_anything_else_is_single() {
    let eval = |given: &str, expression: &str| crate::testing::eval(expression, given);
    assert_eq!(eval(r#"{"m": ["a"]}"#, "[m]"), r#"{"a"}"#);
    assert_eq!(eval(r#"{"m": "a"}"#, "[m]"), r#""a""#);
    assert_eq!(eval(r#"{"m": ["a"]}"#, "Count([m])"), "1");
    assert_eq!(eval(r#"{"m": "a"}"#, "Count([m])"), "⚠ type-mismatch");
}
