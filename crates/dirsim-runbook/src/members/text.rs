//! Methods of `[string]`.

use std::rc::Rc;

use super::{no_method, text_of, whole_of};
use crate::live::{Live, Seq, SeqKind};
use crate::operators::compare::same_text;
use crate::session::Session;
use crate::stop::{Run, Stop};

/// The names of the methods, in lower case.
pub(super) const METHODS: &[&str] = &[
    "contains",
    "startswith",
    "endswith",
    "indexof",
    "lastindexof",
    "replace",
    "substring",
    "tolower",
    "toupper",
    "tolowerinvariant",
    "toupperinvariant",
    "trim",
    "trimstart",
    "trimend",
    "split",
    "padleft",
    "padright",
    "insert",
    "remove",
    "tochararray",
    "isnullorempty",
    "indexofany",
    "normalize",
    "getenumerator",
    "toint32",
    "isdigit",
];

fn out_of_range(method: &str, what: &str) -> Stop {
    Stop::error(
        "System.Management.Automation.MethodInvocationException",
        "ArgumentOutOfRangeException",
        format!("Exception calling \"{method}\" with \"2\" argument(s): \"{what}\""),
    )
}

/// Calls a method.
pub(super) fn call(
    session: &mut Session<'_>,
    text: &str,
    name: &str,
    arguments: &[Live],
) -> Run<Live> {
    let first = text_of(arguments, 0);
    let fold = arguments.iter().skip(1).any(|a| a.to_text().to_lowercase().contains("ignorecase"));
    let folded = |value: &str| if fold { value.to_lowercase() } else { value.to_owned() };
    let chars = || -> Vec<char> { text.chars().collect() };
    session.state.budget.charge(text.len())?;
    Ok(match name {
        "contains" => Live::Bool(folded(text).contains(&folded(&first))),
        "startswith" => Live::Bool(folded(text).starts_with(&folded(&first))),
        "endswith" => Live::Bool(folded(text).ends_with(&folded(&first))),
        "indexof" => {
            let from = whole_of(arguments, 1).filter(|_| !fold).unwrap_or(0);
            let from = usize::try_from(from).map_err(|_| out_of_range("IndexOf", "Index was out of range. Must be non-negative and less than or equal to the size of the collection."))?;
            let start = text.char_indices().nth(from).map_or(text.len(), |(at, _)| at);
            let rest = text.get(start..).unwrap_or_default();
            let found = folded(rest).find(&folded(&first));
            Live::Int(found.map_or(-1, |at| {
                i32::try_from(rest.get(..at).map_or(0, |before| before.chars().count()) + from)
                    .unwrap_or(-1)
            }))
        }
        "lastindexof" => Live::Int(folded(text).rfind(&folded(&first)).map_or(-1, |at| {
            i32::try_from(text.get(..at).map_or(0, |before| before.chars().count())).unwrap_or(-1)
        })),
        "indexofany" => {
            let wanted: Vec<char> = arguments.first().map_or_else(Vec::new, |list| {
                list.clone()
                    .into_arguments()
                    .iter()
                    .filter_map(|c| c.to_text().chars().next())
                    .collect()
            });
            Live::Int(
                chars()
                    .iter()
                    .position(|c| wanted.contains(c))
                    .and_then(|at| i32::try_from(at).ok())
                    .unwrap_or(-1),
            )
        }
        "replace" => {
            if first.is_empty() {
                return Err(out_of_range(
                    "Replace",
                    "String cannot be of zero length. (Parameter 'oldValue')",
                ));
            }
            let with = text_of(arguments, 1);
            let count = text.matches(&first).count();
            session.state.budget.charge(count.saturating_mul(with.len()))?;
            Live::text(text.replace(&first, &with))
        }
        "substring" => {
            let all = chars();
            let from = whole_of(arguments, 0)
                .and_then(|n| usize::try_from(n).ok())
                .filter(|n| *n <= all.len());
            let from = from.ok_or_else(|| {
                out_of_range(
                    "Substring",
                    "startIndex cannot be larger than length of string. (Parameter 'startIndex')",
                )
            })?;
            let length = match arguments.get(1) {
                Some(_) => whole_of(arguments, 1).and_then(|n| usize::try_from(n).ok()).filter(|n| from + n <= all.len())
                    .ok_or_else(|| out_of_range("Substring", "Index and length must refer to a location within the string. (Parameter 'length')"))?,
                None => all.len() - from,
            };
            Live::text(all.iter().skip(from).take(length).collect::<String>())
        }
        "tolower" | "tolowerinvariant" => Live::text(text.to_lowercase()),
        "toupper" | "toupperinvariant" => Live::text(text.to_uppercase()),
        "trim" | "trimstart" | "trimend" => {
            let set: Vec<char> = arguments
                .iter()
                .flat_map(|a| a.clone().into_arguments())
                .flat_map(|a| a.to_text().chars().collect::<Vec<_>>())
                .collect();
            let strips =
                |c: char| if set.is_empty() { c.is_whitespace() } else { set.contains(&c) };
            Live::text(match name {
                "trim" => text.trim_matches(strips),
                "trimstart" => text.trim_start_matches(strips),
                _ => text.trim_end_matches(strips),
            })
        }
        "split" => split(text, arguments),
        "padleft" | "padright" => {
            let width =
                whole_of(arguments, 0).and_then(|n| usize::try_from(n).ok()).ok_or_else(|| {
                    out_of_range(
                        "PadLeft",
                        "Non-negative number required. (Parameter 'totalWidth')",
                    )
                })?;
            let fill = text_of(arguments, 1).chars().next().unwrap_or(' ');
            let missing = width.saturating_sub(text.chars().count());
            session.state.budget.charge(missing.saturating_mul(4))?;
            let fill: String = std::iter::repeat_n(fill, missing).collect();
            Live::text(if name == "padleft" {
                format!("{fill}{text}")
            } else {
                format!("{text}{fill}")
            })
        }
        "insert" => {
            let all = chars();
            let at = whole_of(arguments, 0)
                .and_then(|n| usize::try_from(n).ok())
                .filter(|n| *n <= all.len());
            let at = at.ok_or_else(|| out_of_range("Insert", "Specified argument was out of the range of valid values. (Parameter 'startIndex')"))?;
            let head: String = all.iter().take(at).collect();
            let tail: String = all.iter().skip(at).collect();
            Live::text(format!("{head}{}{tail}", text_of(arguments, 1)))
        }
        "remove" => {
            let all = chars();
            let at = whole_of(arguments, 0)
                .and_then(|n| usize::try_from(n).ok())
                .filter(|n| *n <= all.len());
            let at = at.ok_or_else(|| {
                out_of_range(
                    "Remove",
                    "startIndex must be less than length of string. (Parameter 'startIndex')",
                )
            })?;
            let count = match arguments.get(1) {
                Some(_) => whole_of(arguments, 1).and_then(|n| usize::try_from(n).ok()).filter(|n| at + n <= all.len())
                    .ok_or_else(|| out_of_range("Remove", "Index and count must refer to a location within the string. (Parameter 'count')"))?,
                None => all.len() - at,
            };
            let kept = all.iter().take(at).chain(all.iter().skip(at + count));
            Live::text(kept.collect::<String>())
        }
        "tochararray" => {
            session.state.budget.charge(text.len() * crate::limits::ITEM_BYTES)?;
            Live::Seq(Rc::new(Seq::new(SeqKind::Chars, text.chars().map(Live::Char).collect())))
        }
        "getenumerator" => Live::array(text.chars().map(Live::Char).collect()),
        "normalize" => Live::text(text),
        "getbytes" => Live::bytes(text.as_bytes()),
        _ => return Err(no_method(&Live::text(text), name)),
    })
}

/// Splits at characters, or at texts: a list of texts, or a text when options say so.
fn split(text: &str, arguments: &[Live]) -> Live {
    let mut separators: Vec<String> = match arguments.first() {
        None => Vec::new(),
        Some(Live::Seq(seq)) => seq.items.borrow().iter().map(Live::to_text).collect(),
        // Windows PowerShell takes each character of a text as a separator.
        Some(other) => other.to_text().chars().map(String::from).collect(),
    };
    separators.retain(|separator| !separator.is_empty());
    let mut most = None;
    let mut drop_empty = false;
    for argument in arguments.iter().skip(1) {
        match argument {
            Live::Int(number) => most = usize::try_from(*number).ok(),
            other => drop_empty |= same_text(&other.to_text(), "RemoveEmptyEntries", false),
        }
    }
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        if most.is_some_and(|most| parts.len() + 1 >= most) {
            break;
        }
        let found = if separators.is_empty() {
            rest.char_indices().find(|(_, c)| c.is_whitespace()).map(|(at, c)| (at, c.len_utf8()))
        } else {
            separators
                .iter()
                .filter_map(|separator| {
                    rest.find(separator.as_str()).map(|at| (at, separator.len()))
                })
                .min_by_key(|(at, length)| (*at, std::cmp::Reverse(*length)))
        };
        let Some((at, length)) = found else { break };
        parts.push(rest.get(..at).unwrap_or_default());
        rest = rest.get(at + length..).unwrap_or_default();
    }
    parts.push(rest);
    let parts = parts.into_iter().filter(|part| !drop_empty || !part.is_empty());
    Live::Seq(Rc::new(Seq::new(SeqKind::Texts, parts.map(Live::text).collect())))
}
