//! The published vectors of all functions and operators, run when they lie beside the project.

use std::fmt::Write as _;
use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use dirsim_model::{Timestamp, Value};
use serde_json::{Map, Value as Json};

use crate::Outcome;
use crate::testing::{Evaluated, Object};

#[test]
#[expect(clippy::disallowed_methods, reason = "the vectors are no part of the project")]
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn every_vector_gives_what_it_expects() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/function-vectors.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("SKIPPED: no vectors at {}", path.display());
        return;
    };
    let vectors: Vec<Json> = serde_json::from_str(&text).unwrap();
    let mut wrong = String::new();
    for vector in &vectors {
        if let Err(found) = run(vector) {
            let field = |name: &str| vector.get(name).map(Json::to_string).unwrap_or_default();
            let _ = writeln!(
                wrong,
                "{} {}\n  found    {found}\n  expected {}",
                field("id"),
                field("expression"),
                field("expect")
            );
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    println!("{} vectors", vectors.len());
}

/// Runs one vector; `Err` is what was found instead.
fn run(vector: &Json) -> Result<(), String> {
    let text = |name: &str| vector.get(name).and_then(Json::as_str).unwrap_or_default();
    let map = |name: &str| vector.get(name).and_then(Json::as_object).cloned().unwrap_or_default();
    let mut given = map("attributes");
    given.extend(map("params").into_iter().map(|(name, value)| (format!("%{name}"), value)));
    given.extend(
        map("imported").into_iter().map(|(name, value)| (format!("imported {name}"), value)),
    );
    let mut object = Object::from_json(&Json::Object(given).to_string());
    if let Some(now) = vector.get("now").and_then(Json::as_str) {
        object.now = now.parse().unwrap();
    }
    let expected = vector.get("expect").unwrap();
    match object.evaluate(text("expression")) {
        Ok(result) if agrees(&object, &result, expected) => Ok(()),
        Ok(result) => Err(object.print(&result)),
        Err((code, message)) => {
            let wanted = |name: &str| expected.get(name).and_then(Json::as_str);
            let same = wanted("error") == Some(code)
                && wanted("message").is_none_or(|wanted| wanted == message);
            if same { Ok(()) } else { Err(format!("{code}: {message}")) }
        }
    }
}

fn agrees(object: &Object, result: &Evaluated, expected: &Json) -> bool {
    match (&result.outcome, expected) {
        (Outcome::Null, Json::Null) => true,
        (Outcome::IgnoreThisFlow, Json::Object(map)) => literal(map) == Some("IgnoreThisFlow"),
        (Outcome::AuthoritativeNull, Json::Object(map)) => {
            literal(map) == Some("AuthoritativeNull")
        }
        (Outcome::Values(values), Json::Array(expected)) => {
            result.list
                && values.len() == expected.len()
                && values.iter().zip(expected).all(|(value, json)| same(object, value, json))
        }
        (Outcome::Values(values), json) => {
            !result.list && matches!(values.as_slice(), [value] if same(object, value, json))
        }
        _ => false,
    }
}

fn literal(map: &Map<String, Json>) -> Option<&str> {
    map.get("$literal").and_then(Json::as_str)
}

fn same(object: &Object, value: &Value, expected: &Json) -> bool {
    let inner = |name: &str| expected.get(name).and_then(Json::as_str);
    if let Some(base64) = inner("$bin") {
        return *value == Value::bytes(BASE64_STANDARD.decode(base64).unwrap());
    }
    if let Some(time) = inner("$dt") {
        return *value == Value::Time(time.parse::<Timestamp>().unwrap());
    }
    if let Some(dn) = inner("$ref") {
        return match value {
            Value::Reference(id) => object.dn(*id) == Some(dn),
            other => *other == Value::text(dn),
        };
    }
    // The only pattern is that of a GUID.
    if inner("pattern").is_some() {
        let Value::Text(text) = value else { return false };
        return text.parse::<dirsim_model::Guid>().is_ok_and(|guid| guid.to_string() == **text);
    }
    if let (Some(range), Value::Integer(number)) = (expected.get("range"), value) {
        let bound = |at: usize| range.get(at).and_then(Json::as_i64).unwrap();
        return (bound(0)..=bound(1)).contains(number);
    }
    match (value, expected) {
        (Value::Text(text), Json::String(expected)) => **text == **expected,
        (Value::Integer(number), Json::Number(expected)) => Some(*number) == expected.as_i64(),
        (Value::Boolean(truth), Json::Bool(expected)) => truth == expected,
        _ => false,
    }
}
