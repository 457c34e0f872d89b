//! `-split`, `-join` and `-replace`.

use super::number;
use super::regex;
use crate::limits::Budget;
use crate::live::{Live, Seq, SeqKind};
use crate::stop::Run;

/// Joins the texts of a list.
pub(crate) fn join(list: &Live, separator: &str, budget: &mut Budget) -> Run<String> {
    let parts: Vec<String> = list.clone().into_items().iter().map(Live::to_text).collect();
    let text = parts.join(separator);
    budget.charge(text.len())?;
    Ok(text)
}

pub(super) fn replace(left: &Live, right: &Live, case: bool, budget: &mut Budget) -> Run<Live> {
    let arguments = right.clone().into_arguments();
    let pattern = regex::compile(&arguments.first().map_or_else(String::new, Live::to_text), case)?;
    let replacement = arguments.get(1).map_or_else(String::new, Live::to_text);
    let mut one = |value: &Live| -> Run<Live> {
        let text = pattern.replace(&value.to_text(), &replacement, usize::MAX)?;
        budget.charge(text.len())?;
        Ok(Live::text(text))
    };
    match left {
        Live::Seq(seq) if seq.kind != SeqKind::Builder => {
            let items = seq.items.borrow().clone();
            items.iter().map(&mut one).collect::<Run<Vec<_>>>().map(Live::array)
        }
        other => one(other),
    }
}

pub(super) fn split_space(value: &Live, budget: &mut Budget) -> Run<Live> {
    let mut parts = Vec::new();
    for item in value.clone().into_arguments() {
        let text = item.to_text();
        budget.charge(text.len() * 2)?;
        parts.extend(text.split_whitespace().map(Live::text));
    }
    Ok(texts(parts))
}

pub(super) fn split(left: &Live, right: &Live, case: bool, budget: &mut Budget) -> Run<Live> {
    let arguments = right.clone().into_arguments();
    let pattern = arguments.first().map_or_else(String::new, Live::to_text);
    let most =
        arguments.get(1).and_then(number::number).and_then(number::Number::rounded).unwrap_or(0);
    let simple = arguments
        .get(2)
        .is_some_and(|options| options.to_text().to_lowercase().contains("simplematch"));
    let pattern = if simple { regex::escape(&pattern) } else { pattern };
    let mut parts = Vec::new();
    for item in left.clone().into_arguments() {
        let text = item.to_text();
        budget.charge(text.len() * 2)?;
        parts.extend(split_text(&text, &pattern, most, case)?.into_iter().map(Live::text));
    }
    Ok(texts(parts))
}

/// Splits a text at the matches of a pattern; what groups took stays. A limit below zero counts
/// from the end.
pub(crate) fn split_text(text: &str, pattern: &str, most: i64, case: bool) -> Run<Vec<String>> {
    let pattern = regex::compile(pattern, case)?;
    let mut pieces: Vec<(Vec<String>, usize, usize)> = Vec::new();
    for found in pattern.all(text)? {
        let Some(whole) = found.get(0) else { continue };
        // An empty match splits between characters, not at both ends.
        if whole.start() == whole.end() && (whole.start() == 0 || whole.end() == text.len()) {
            if pattern.is_match("")? {
                pieces.push((Vec::new(), whole.start(), whole.end()));
            }
            continue;
        }
        let groups = (1..found.len())
            .filter_map(|number| found.get(number).map(|group| group.as_str().to_owned()))
            .collect();
        pieces.push((groups, whole.start(), whole.end()));
    }
    let cuts = usize::try_from(most.unsigned_abs()).unwrap_or(usize::MAX);
    if most > 0 {
        pieces.truncate(cuts - 1);
    } else if most < 0 && pieces.len() >= cuts {
        pieces.drain(..pieces.len() - (cuts - 1));
    }
    let mut parts = Vec::new();
    let mut from = 0;
    for (groups, start, end) in pieces {
        parts.push(text.get(from..start).unwrap_or_default().to_owned());
        parts.extend(groups);
        from = end;
    }
    parts.push(text.get(from..).unwrap_or_default().to_owned());
    Ok(parts)
}

fn texts(parts: Vec<Live>) -> Live {
    Live::Seq(std::rc::Rc::new(Seq::new(SeqKind::Texts, parts)))
}
