//! Holds what happened against what a scenario expects.
//!
//! A map names only what matters; a list of maps is exact in length and order; a list of scalars is
//! exact but in any order, because the values of an attribute have none.

use dirsim_model::nearest;
use serde_json::{Map, Value};

use crate::data::{Data, Located, Place, Record};

/// An expectation that does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The way to the value: `expect.tenant.users.ann@contoso.com.city`.
    pub path: Vec<String>,
    /// Where the expectation stands.
    pub at: Place,
    /// What was expected, as YAML writes it.
    pub expected: String,
    /// What was found.
    pub found: Value,
    /// The nearest valid name, when the path itself is wrong.
    pub nearest: Option<String>,
}

/// Compares one value; differences go to `differences`.
pub fn compare(
    expected: &Located<Data>,
    found: &Value,
    path: &mut Vec<String>,
    differences: &mut Vec<Difference>,
) {
    match (&expected.value, found) {
        (Data::Map(record), Value::Object(object)) => {
            compare_record(record, object, path, differences);
        }
        (Data::List(items), Value::Array(values)) if items.iter().all(is_scalar) => {
            let mut wanted: Vec<String> =
                items.iter().filter_map(|item| item.value.scalar()).collect();
            let mut present: Vec<String> = values.iter().map(plain).collect();
            wanted.sort();
            present.sort();
            if wanted != present {
                differences.push(difference(expected, found, path));
            }
        }
        (Data::List(items), Value::Array(values)) => {
            if items.len() != values.len() {
                differences.push(difference(expected, found, path));
                return;
            }
            for (index, (item, value)) in items.iter().zip(values).enumerate() {
                path.push(index.to_string());
                compare(item, value, path, differences);
                path.pop();
            }
        }
        (Data::Null, Value::Null) => {}
        // One value may be written without brackets.
        (scalar, Value::Array(values)) if values.len() == 1 && scalar.scalar().is_some() => {
            if scalar.scalar() != values.first().map(plain) {
                differences.push(difference(expected, found, path));
            }
        }
        (scalar, _) => {
            let same = scalar.scalar().is_some_and(|text| {
                !matches!(found, Value::Null | Value::Array(_) | Value::Object(_))
                    && text == plain(found)
            });
            if !same {
                differences.push(difference(expected, found, path));
            }
        }
    }
}

/// Compares the names of a record with those of an object, without case.
pub fn compare_record(
    record: &Record,
    object: &Map<String, Value>,
    path: &mut Vec<String>,
    differences: &mut Vec<Difference>,
) {
    for (name, expected) in &record.0 {
        let found = object.iter().find(|(key, _)| key.eq_ignore_ascii_case(&name.value));
        path.push(name.value.clone());
        match found {
            Some((_, value)) => compare(expected, value, path, differences),
            None if expected.value == Data::Null => {}
            None => {
                let mut difference = difference(expected, &Value::Null, path);
                difference.nearest =
                    nearest(&name.value, object.keys().map(String::as_str)).map(str::to_owned);
                differences.push(difference);
            }
        }
        path.pop();
    }
}

fn difference(expected: &Located<Data>, found: &Value, path: &[String]) -> Difference {
    Difference {
        path: path.to_vec(),
        at: expected.at,
        expected: yaml(&to_json(&expected.value)),
        found: found.clone(),
        nearest: None,
    }
}

fn is_scalar(item: &Located<Data>) -> bool {
    item.value.scalar().is_some()
}

/// Returns a scalar as text without quotes.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Returns what a scenario wrote as JSON.
pub fn to_json(data: &Data) -> Value {
    match data {
        Data::Null => Value::Null,
        Data::Boolean(truth) => Value::Bool(*truth),
        Data::Integer(number) => Value::from(*number),
        Data::Text(text) => Value::String(text.clone()),
        Data::List(items) => items.iter().map(|item| to_json(&item.value)).collect(),
        Data::Map(record) => Value::Object(
            record
                .0
                .iter()
                .map(|(name, value)| (name.value.clone(), to_json(&value.value)))
                .collect(),
        ),
    }
}

/// Writes a value as one line of YAML.
pub fn yaml(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => yaml_text(text),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(yaml).collect::<Vec<_>>().join(", "))
        }
        Value::Object(object) => {
            let pairs: Vec<String> =
                object.iter().map(|(key, v)| format!("{}: {}", yaml_text(key), yaml(v))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

/// Writes text, quoted only where YAML would read something else.
fn yaml_text(text: &str) -> String {
    let first = text.chars().next();
    let risky_start =
        first.is_none_or(|c| !(c.is_alphanumeric() || c == '/' || c == '_' || c == '('));
    let word = text.to_ascii_lowercase();
    let other_type =
        matches!(&*word, "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "~")
            || (first.is_some_and(|c| c.is_ascii_digit())
                && text.chars().all(|c| c.is_ascii_digit() || ".-+_:TZeExX".contains(c)));
    let risky_inside = text.contains(": ")
        || text.contains(" #")
        || text.ends_with(':')
        || text.ends_with(' ')
        || text.chars().any(|c| ",[]{}\"\\".contains(c) || c.is_control());
    if risky_start || other_type || risky_inside {
        // A JSON string is a YAML string.
        Value::from(text).to_string()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Compares YAML with JSON; each difference is one line.
    fn differences(expected: &str, found: &Value) -> Vec<String> {
        let expected: Located<Data> = serde_saphyr::from_str(expected).unwrap();
        let mut differences = Vec::new();
        compare(&expected, found, &mut Vec::new(), &mut differences);
        differences
            .iter()
            .map(|d| format!("{}: {} is {}", d.path.join("."), d.expected, yaml(&d.found)))
            .collect()
    }

    #[test]
    fn a_map_names_only_what_matters() {
        let found = json!({"city": "Oslo", "title": "CEO", "onPremisesSyncEnabled": true});
        assert!(differences("{CITY: Oslo, onPremisesSyncEnabled: true}", &found).is_empty());
        assert_eq!(differences("{city: Bergen}", &found), ["city: Bergen is Oslo"]);
        assert_eq!(differences("{title: null}", &found), ["title: null is CEO"]);
        assert!(differences("{surname: null}", &found).is_empty());
    }

    #[test]
    fn values_of_an_attribute_have_no_order_but_runs_have() {
        let addresses = json!(["SMTP:a@x.com", "smtp:b@x.com"]);
        assert!(differences("[\"smtp:b@x.com\", \"SMTP:a@x.com\"]", &addresses).is_empty());
        assert_eq!(differences("[\"smtp:b@x.com\"]", &addresses).len(), 1);
        let runs = json!([{"profile": "Export", "adds": 1}, {"profile": "Import", "adds": 0}]);
        assert_eq!(differences("[{adds: 1}]", &runs).len(), 1, "exact in length");
        assert_eq!(differences("[{adds: 1}, {adds: 2}]", &runs), ["1.adds: 2 is 0"]);
    }

    #[test]
    fn text_is_quoted_only_where_it_must_be() {
        for text in
            ["SMTP:ann@contoso.com", "2026-01-05T08:00:00Z", "a, b", "true", "12", "", "ä: ö"]
        {
            let back: Data = serde_saphyr::from_str(&yaml_text(text)).unwrap();
            assert_eq!(back, Data::Text(text.to_owned()), "{}", yaml_text(text));
        }
        assert_eq!(yaml_text("ann@contoso.com"), "ann@contoso.com");
    }
}
