//! `Compare-Object`: what two lists have in common and what only one has.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::pipe::{columns, keys};
use crate::bind::Bound;
use crate::error::CommandError;
use crate::live::{Live, LiveObject};
use crate::session::Session;
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::stop::Run;
use crate::value::Object;

type Done = Result<Vec<Object>, CommandError>;

/// `Compare-Object`.
pub(super) static COMPARE: CommandSpec = CommandSpec {
    name: "Compare-Object",
    aliases: &["compare", "diff"],
    module: "Microsoft.PowerShell.Utility",
    summary: "Shows what only one of two lists holds",
    example: "Compare-Object @('a','b') @('b','c')",
    parameters: &[
        P::new("ReferenceObject", K::Any).at(0).required(),
        P::new("DifferenceObject", K::Any).at(1),
        P::new("Property", K::Any).at(2),
        P::switch("IncludeEqual"),
        P::switch("ExcludeDifferent"),
        P::switch("PassThru"),
        P::switch("CaseSensitive"),
        P::integer("SyncWindow").ignored(),
        P::new("InputObject", K::Any).collecting(),
    ],
    sets: &[],
    run: compare_object,
};

fn compare_object(session: &mut Session<'_>, bound: &Bound) -> Done {
    let list =
        |name: &str| bound.live(name).map_or_else(Vec::new, |value| value.clone().into_items());
    let reference = list("ReferenceObject");
    let difference = if bound.has("DifferenceObject") {
        list("DifferenceObject")
    } else {
        bound.input().to_vec()
    };
    let columns = columns(bound.live("Property"))?;
    let case = bound.switch("CaseSensitive");
    let text = |session: &mut Session<'_>, item: &Live| -> Run<String> {
        let keys: Vec<String> = keys(session, &columns, item)?.iter().map(Live::to_text).collect();
        let text = keys.join("\u{1}");
        Ok(if case { text } else { text.to_lowercase() })
    };
    let mut left: Vec<(String, Live)> = Vec::new();
    for item in reference {
        left.push((text(session, &item)?, item));
    }
    let mut right: Vec<Option<(String, Live)>> = Vec::new();
    for item in difference {
        right.push(Some((text(session, &item)?, item)));
    }
    let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, entry) in right.iter().enumerate().rev() {
        if let Some((key, _)) = entry {
            places.entry(key.clone()).or_default().push(at);
        }
    }
    let (mut equal, mut only_left) = (Vec::new(), Vec::new());
    for (key, item) in left {
        match places.get_mut(&key).and_then(Vec::pop) {
            Some(at) => {
                if let Some(place) = right.get_mut(at) {
                    *place = None;
                }
                equal.push(item);
            }
            None => only_left.push(item),
        }
    }
    let only_right: Vec<Live> = right.into_iter().flatten().map(|(_, item)| item).collect();
    let mut results = Vec::new();
    if bound.switch("IncludeEqual") || bound.switch("ExcludeDifferent") {
        results.extend(equal.into_iter().map(|item| (item, "==")));
    }
    if !bound.switch("ExcludeDifferent") {
        results.extend(only_right.into_iter().map(|item| (item, "=>")));
        results.extend(only_left.into_iter().map(|item| (item, "<=")));
    }
    for (item, side) in results {
        if bound.switch("PassThru") {
            session.emit(item);
            continue;
        }
        let result = LiveObject::custom();
        if columns.is_empty() {
            result.put("InputObject", item);
        } else {
            for column in &columns {
                let value = column.of(session, &item)?;
                result.put(&column.name, value);
            }
        }
        result.put("SideIndicator", Live::text(side));
        session.emit(Live::Object(Rc::new(result)));
    }
    Ok(Vec::new())
}
