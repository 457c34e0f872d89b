//! Properties and methods of hashtables.

use std::rc::Rc;

use crate::live::{Live, LiveObject, Table};
use crate::operators::compare;
use crate::stop::{Run, Stop};

/// The names of the methods, in lower case.
pub(super) const METHODS: &[&str] = &[
    "add",
    "remove",
    "clear",
    "contains",
    "containskey",
    "containsvalue",
    "clone",
    "item",
    "getenumerator",
    "trygetvalue",
    "insert",
];

/// Returns a key as a property; keys win over the properties that every hashtable has.
pub(super) fn property(table: &Table, name: &str) -> Option<Live> {
    table.get_text(name).or_else(|| match name.to_ascii_lowercase().as_str() {
        "count" | "length" => Some(Live::count(table.len())),
        "keys" => Some(Live::array(table.keys())),
        "values" => Some(Live::array(table.values())),
        "isreadonly" | "isfixedsize" => Some(Live::Bool(false)),
        _ => None,
    })
}

/// Returns the pairs of a hashtable as objects with a key and a value.
pub(crate) fn entries(table: &Table) -> Vec<Live> {
    table
        .pairs()
        .into_iter()
        .map(|(key, value)| {
            Live::Object(Rc::new(
                LiveObject::new("System.Collections.DictionaryEntry")
                    .with("Name", key.clone())
                    .with("Key", key)
                    .with("Value", value),
            ))
        })
        .collect()
}

/// Calls a method; `None` when there is none of this name.
pub(super) fn call(table: &Rc<Table>, name: &str, arguments: &[Live]) -> Option<Run<Live>> {
    let first = arguments.first().cloned().unwrap_or(Live::Null);
    let second = arguments.get(1).cloned().unwrap_or(Live::Null);
    Some(Ok(match name {
        "add" => {
            if table.get(&first).is_some() {
                return Some(Err(Stop::error(
                    "System.Management.Automation.MethodInvocationException",
                    "ArgumentException",
                    format!(
                        "Exception calling \"Add\" with \"2\" argument(s): \"Item has already been added. Key in dictionary: '{0}'  Key being added: '{0}'\"",
                        first.to_text()
                    ),
                )));
            }
            table.set(first, second);
            Live::Nothing
        }
        "insert" => {
            let key = second;
            let value = arguments.get(2).cloned().unwrap_or(Live::Null);
            let at =
                super::whole_of(arguments, 0).and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
            let mut pairs = table.pairs();
            pairs.insert(at.min(pairs.len()), (key, value));
            table.clear();
            for (key, value) in pairs {
                table.set(key, value);
            }
            Live::Nothing
        }
        "remove" => {
            table.remove(&first);
            Live::Nothing
        }
        "clear" => {
            table.clear();
            Live::Nothing
        }
        "contains" | "containskey" => Live::Bool(table.get(&first).is_some()),
        "containsvalue" => {
            Live::Bool(table.values().iter().any(|value| compare::equal(value, &first, true)))
        }
        "clone" => Live::Table(Rc::new(table.copy())),
        "item" => table.get(&first).unwrap_or(Live::Null),
        "getenumerator" => Live::array(entries(table)),
        _ => return None,
    }))
}
