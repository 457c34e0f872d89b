//! # `RemoveDuplicates`
//!
//! `RemoveDuplicates(mv list): mv`
//!
//! Keeps the first of equal elements, in their order.
//!
//! Text is compared without case, references as DNs, others by value. NULL stays NULL; a single value is `type-mismatch`.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `RemoveDuplicates([m])` | `m = {"a", "b", "a"}` | `{"a", "b"}` |
//! | `RemoveDuplicates(Trim([m]))` | `m = {"a ", "a", "b"}` | `{"a", "b"}` |
//! | `RemoveDuplicates([m])` | `m = {"SMTP:a", "smtp:a"}` | `{"SMTP:a"}` |
//! | `RemoveDuplicates([m])` |  | `NULL` |
//! | `RemoveDuplicates([m])` | `m = {1, 2, 1}` | `{1, 2}` |
//! | `RemoveDuplicates(CRef([m]))` | `m = {"CN=a, DC=b", "cn=A,dc=B"}` | `{"CN=a, DC=b"}` |

use std::collections::BTreeSet;

use dirsim_model::{ValueRef, Values};

use super::{Call, Definition, Parameter};
use crate::call::{Fault, VISIT, WholeArgs};
use crate::case::fold;
use crate::operators::dn_key;
use crate::value::{Item, Val};

pub(super) const DEFINITION: Definition = Definition::new(
    "RemoveDuplicates(mv list): mv",
    1,
    &[Parameter::Value],
    Call::Whole(remove_duplicates),
);

fn remove_duplicates<'a>(args: &WholeArgs<'_, 'a>) -> Result<Val<'a>, Fault> {
    let list = args.list(0)?;
    if list.places() <= SHORT {
        return match list {
            // A stored list without duplicates stays what it is.
            Val::Many(values) if all_differ(*values) => {
                args.context.spend(list.places() * VISIT)?;
                Ok(Val::Many(*values))
            }
            _ => remove_from_short(args, list),
        };
    }
    let mut seen = BTreeSet::new();
    let mut kept = Vec::new();
    for item in list.items() {
        args.context.spend(VISIT + item.size())?;
        if seen.insert(key(&item)) {
            kept.push(Some(item.into_owned()));
        }
    }
    Ok(Val::list(kept))
}

/// Up to so many elements are compared with each other.
const SHORT: usize = 4;

fn remove_from_short<'a>(args: &WholeArgs<'_, 'a>, list: &Val<'a>) -> Result<Val<'a>, Fault> {
    let mut kept: Vec<Option<Item<'a>>> = Vec::with_capacity(SHORT);
    for item in list.items() {
        args.context.spend(VISIT + item.size())?;
        if !kept.iter().flatten().any(|known| are_equal(known, &item)) {
            kept.push(Some(item.into_owned()));
        }
    }
    Ok(Val::list(kept))
}

/// Whether a few texts surely differ from each other.
fn all_differ(values: Values<'_>) -> bool {
    values.iter().enumerate().all(|(at, value)| {
        value.as_text().is_some_and(|text| {
            let same = |other: ValueRef<'_>| {
                other.as_text().is_some_and(|other| other.eq_ignore_ascii_case(text))
            };
            text.is_ascii() && !values.iter().take(at).any(same)
        })
    })
}

fn are_equal(one: &Item<'_>, other: &Item<'_>) -> bool {
    match (one, other) {
        (Item::Text(one), Item::Text(other)) if one.is_ascii() && other.is_ascii() => {
            one.eq_ignore_ascii_case(other)
        }
        _ => key(one) == key(other),
    }
}

/// Returns what two equal elements have in common: their type and the bytes to compare.
fn key(item: &Item<'_>) -> (u8, Vec<u8>) {
    match item {
        Item::Text(text) => (0, fold(text).into_owned().into_bytes()),
        Item::Number(number) => (1, number.to_be_bytes().to_vec()),
        Item::Boolean(truth) => (2, vec![u8::from(*truth)]),
        Item::Binary(bytes) => (3, bytes.to_vec()),
        Item::Date(date) => (4, date.timestamp().0.to_be_bytes().to_vec()),
        Item::Reference(id) => (5, id.to_be_bytes().to_vec()),
        Item::Dn(dn) => (6, dn_key(dn).into_bytes()),
        Item::Option(option) => (7, option.as_str().into()),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.6
    #[test]
    fn examples() {
        check(&[
            ("RemoveDuplicates([m])", r#"{"m":["a","b","a"]}"#, r#"{"a", "b"}"#),
            ("RemoveDuplicates(Trim([m]))", r#"{"m":["a ","a","b"]}"#, r#"{"a", "b"}"#),
            ("RemoveDuplicates([m])", r#"{"m":["SMTP:a","smtp:a"]}"#, r#"{"SMTP:a"}"#),
            ("RemoveDuplicates([m])", "", "NULL"),
            ("RemoveDuplicates([m])", r#"{"m":[1,2,1]}"#, "{1, 2}"),
            (
                "RemoveDuplicates(CRef([m]))",
                r#"{"m":["CN=a, DC=b","cn=A,dc=B"]}"#,
                r#"{"CN=a, DC=b"}"#,
            ),
            (r#"RemoveDuplicates("a")"#, "", "⚠ type-mismatch"),
        ]);
    }
}
