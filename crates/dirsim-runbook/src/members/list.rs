//! Properties and methods of arrays, lists, sets and string builders.

use std::rc::Rc;

use super::{no_method, text_of, whole_of};
use crate::live::{Live, Seq, SeqKind};
use crate::operators::compare;
use crate::session::Session;
use crate::stop::{Run, Stop};

/// The names of the methods, in lower case.
pub(super) const METHODS: &[&str] = &[
    "add",
    "addrange",
    "remove",
    "removeat",
    "removerange",
    "insert",
    "clear",
    "contains",
    "indexof",
    "sort",
    "reverse",
    "toarray",
    "append",
    "appendline",
    "appendformat",
    "clone",
    "getvalue",
    "setvalue",
    "getlength",
    "getupperbound",
    "enqueue",
    "dequeue",
    "push",
    "pop",
    "peek",
    "removeall",
    "exists",
    "find",
    "findall",
    "unionwith",
    "exceptwith",
    "intersectwith",
    "issubsetof",
    "setequals",
    "trimtosize",
    "getrange",
    "copyto",
    "getenumerator",
];

/// Returns a property of the list itself.
pub(super) fn property(seq: &Seq, lower: &str) -> Option<Live> {
    match (seq.kind, lower) {
        (SeqKind::Builder, "length") => {
            Some(Live::count(seq.items.borrow().first().map_or(0, |t| t.to_text().chars().count())))
        }
        (_, "count" | "length" | "longlength") => Some(Live::count(seq.len())),
        (_, "rank") => Some(Live::Int(1)),
        (_, "isfixedsize") => Some(Live::Bool(!seq.grows())),
        (_, "isreadonly") => Some(Live::Bool(false)),
        (_, "syncroot") => None,
        _ => None,
    }
}

fn fixed_size() -> Stop {
    Stop::error(
        "System.Management.Automation.MethodInvocationException",
        "NotSupportedException",
        "Exception calling \"Add\" with \"1\" argument(s): \"Collection was of a fixed size.\"",
    )
}

fn out_of_range(method: &str) -> Stop {
    Stop::method(
        method,
        "Index was out of range. Must be non-negative and less than the size of the collection. (Parameter 'index')",
    )
}

/// Calls a method.
#[expect(clippy::needless_pass_by_value, reason = "a call hands its arguments over")]
pub(super) fn call(
    session: &mut Session<'_>,
    seq: &Rc<Seq>,
    name: &str,
    arguments: Vec<Live>,
) -> Run<Live> {
    let first = || arguments.first().cloned().unwrap_or(Live::Null);
    session.state.budget.charge(32)?;
    if seq.kind == SeqKind::Builder {
        return builder(session, seq, name, &arguments);
    }
    match name {
        "add" | "enqueue" | "push" => {
            if !seq.grows() {
                return Err(fixed_size());
            }
            if matches!(seq.kind, SeqKind::Set | SeqKind::FoldedSet) {
                let case = seq.kind == SeqKind::Set;
                let known =
                    seq.items.borrow().iter().any(|item| compare::equal(item, &first(), case));
                if !known {
                    seq.items.borrow_mut().push(first());
                }
                return Ok(Live::Bool(!known));
            }
            let value = if name == "push" {
                seq.items.borrow_mut().insert(0, first());
                return Ok(Live::Nothing);
            } else {
                first()
            };
            seq.items.borrow_mut().push(value);
            Ok(match seq.kind {
                SeqKind::ArrayList => Live::count(seq.len() - 1),
                _ => Live::Nothing,
            })
        }
        "addrange" | "unionwith" => {
            if !seq.grows() {
                return Err(fixed_size());
            }
            let more = first().into_items();
            session.state.budget.charge(more.len() * crate::limits::ITEM_BYTES)?;
            for item in more {
                let case = seq.kind == SeqKind::Set;
                let known = matches!(seq.kind, SeqKind::Set | SeqKind::FoldedSet)
                    && seq.items.borrow().iter().any(|other| compare::equal(other, &item, case));
                if !known {
                    seq.items.borrow_mut().push(item);
                }
            }
            Ok(Live::Nothing)
        }
        "remove" => {
            if !seq.grows() {
                return Err(fixed_size());
            }
            let at =
                seq.items.borrow().iter().position(|item| compare::equal(item, &first(), true));
            if let Some(at) = at {
                seq.items.borrow_mut().remove(at);
            }
            Ok(if seq.kind == SeqKind::ArrayList {
                Live::Nothing
            } else {
                Live::Bool(at.is_some())
            })
        }
        "exceptwith" => {
            let others = first().into_items();
            seq.items
                .borrow_mut()
                .retain(|item| !others.iter().any(|other| compare::equal(item, other, true)));
            Ok(Live::Nothing)
        }
        "intersectwith" => {
            let others = first().into_items();
            seq.items
                .borrow_mut()
                .retain(|item| others.iter().any(|other| compare::equal(item, other, true)));
            Ok(Live::Nothing)
        }
        "removeat" | "dequeue" | "pop" => {
            if !seq.grows() {
                return Err(fixed_size());
            }
            let at = if name == "removeat" { whole_of(&arguments, 0) } else { Some(0) };
            let at = at.and_then(|at| usize::try_from(at).ok()).filter(|at| *at < seq.len());
            let Some(at) = at else { return Err(out_of_range("RemoveAt")) };
            let taken = seq.items.borrow_mut().remove(at);
            Ok(if name == "removeat" { Live::Nothing } else { taken })
        }
        "peek" => seq.items.borrow().first().cloned().ok_or_else(|| out_of_range("Peek")),
        "removerange" | "getrange" => {
            let from = whole_of(&arguments, 0).and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
            let count = whole_of(&arguments, 1).and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
            if from.saturating_add(count) > seq.len() {
                return Err(out_of_range("RemoveRange"));
            }
            if name == "getrange" {
                let items = seq.items.borrow().iter().skip(from).take(count).cloned().collect();
                return Ok(Live::Seq(Rc::new(Seq::new(seq.kind, items))));
            }
            seq.items.borrow_mut().drain(from..from + count);
            Ok(Live::Nothing)
        }
        "insert" => {
            let at = whole_of(&arguments, 0)
                .and_then(|n| usize::try_from(n).ok())
                .filter(|n| *n <= seq.len());
            let Some(at) = at else { return Err(out_of_range("Insert")) };
            seq.items.borrow_mut().insert(at, arguments.get(1).cloned().unwrap_or(Live::Null));
            Ok(Live::Nothing)
        }
        "clear" => {
            if seq.grows() {
                seq.items.borrow_mut().clear();
            } else {
                seq.items.borrow_mut().fill(Live::Null);
            }
            Ok(Live::Nothing)
        }
        "contains" => Ok(Live::Bool(
            seq.items.borrow().iter().any(|item| compare::equal(item, &first(), true)),
        )),
        "indexof" => {
            let at =
                seq.items.borrow().iter().position(|item| compare::equal(item, &first(), true));
            Ok(Live::Int(at.and_then(|at| i32::try_from(at).ok()).unwrap_or(-1)))
        }
        "sort" => {
            let mut items = seq.items.borrow().clone();
            items.sort_by(|a, b| compare::order(a, b, true).unwrap_or(std::cmp::Ordering::Equal));
            *seq.items.borrow_mut() = items;
            Ok(Live::Nothing)
        }
        "reverse" => {
            seq.items.borrow_mut().reverse();
            Ok(Live::Nothing)
        }
        "toarray" | "clone" => {
            let items = seq.items.borrow().clone();
            session.state.budget.charge(items.len() * crate::limits::ITEM_BYTES)?;
            let kind = match (name, seq.kind) {
                (
                    "toarray",
                    SeqKind::Set | SeqKind::FoldedSet | SeqKind::ArrayList | SeqKind::List,
                ) => SeqKind::Array,
                (_, kind) => kind,
            };
            Ok(Live::Seq(Rc::new(Seq::new(kind, items))))
        }
        "getenumerator" => Ok(Live::array(seq.items.borrow().clone())),
        "getvalue" => session.index(&Live::Seq(Rc::clone(seq)), &first()),
        "setvalue" => {
            let at = whole_of(&arguments, 1).and_then(|n| usize::try_from(n).ok());
            match at.and_then(|at| seq.items.borrow_mut().get_mut(at).map(|place| *place = first()))
            {
                Some(()) => Ok(Live::Nothing),
                None => Err(out_of_range("SetValue")),
            }
        }
        "getlength" => Ok(Live::count(seq.len())),
        "getupperbound" => Ok(Live::whole(i64::try_from(seq.len()).unwrap_or(0) - 1)),
        "removeall" | "exists" | "find" | "findall" => {
            let Live::Block(closure) = first() else {
                return Err(no_method(&Live::Seq(Rc::clone(seq)), name));
            };
            let mut matching = Vec::new();
            let mut rest = Vec::new();
            for item in seq.items.borrow().clone() {
                session.state.budget.step()?;
                let values = session.capture(|session| {
                    session.invoke_block(
                        &closure,
                        crate::interpret::Argument::values(vec![item.clone()]),
                        None,
                        true,
                    )
                })?;
                if Live::of_many(values).truth() { matching.push(item) } else { rest.push(item) }
            }
            Ok(match name {
                "removeall" => {
                    *seq.items.borrow_mut() = rest;
                    Live::count(matching.len())
                }
                "exists" => Live::Bool(!matching.is_empty()),
                "find" => matching.into_iter().next().unwrap_or(Live::Null),
                _ => Live::array(matching),
            })
        }
        "trimtosize" | "copyto" => Ok(Live::Nothing),
        "issubsetof" | "setequals" => {
            let others = first().into_items();
            let items = seq.items.borrow();
            let within = items
                .iter()
                .all(|item| others.iter().any(|other| compare::equal(item, other, true)));
            Ok(Live::Bool(within && (name == "issubsetof" || items.len() == others.len())))
        }
        // A method that the items have is called on each.
        _ => {
            let items = seq.items.borrow().clone();
            if items.is_empty() || matches!(items.first(), Some(Live::Seq(_))) {
                return Err(no_method(&Live::Seq(Rc::clone(seq)), name));
            }
            let mut values = Vec::with_capacity(items.len());
            for item in items {
                session.state.budget.step()?;
                match session.call_method(&item, name, arguments.clone())? {
                    Live::Nothing => {}
                    value => values.push(value),
                }
            }
            Ok(Live::of_many(values))
        }
    }
}

fn builder(session: &mut Session<'_>, seq: &Rc<Seq>, name: &str, arguments: &[Live]) -> Run<Live> {
    let mut text = seq.items.borrow().first().map_or_else(String::new, Live::to_text);
    match name {
        "append" => text.push_str(&text_of(arguments, 0)),
        "appendline" => {
            text.push_str(&text_of(arguments, 0));
            text.push_str("\r\n");
        }
        "appendformat" => {
            let values: Vec<Live> = arguments.iter().skip(1).cloned().collect();
            text.push_str(&crate::operators::format::format(&text_of(arguments, 0), &values)?);
        }
        "clear" => text.clear(),
        "replace" => text = text.replace(&text_of(arguments, 0), &text_of(arguments, 1)),
        _ => return Err(no_method(&Live::Seq(Rc::clone(seq)), name)),
    }
    session.state.budget.charge(text.len())?;
    *seq.items.borrow_mut() = vec![Live::text(text)];
    Ok(Live::Seq(Rc::clone(seq)))
}
