//! Rewrites the expectations that differ and leaves every other byte alone.

use serde_json::Value;

use crate::compare::{Difference, yaml};

/// Returns the text with every differing expectation replaced by what was found.
///
/// Differences whose place is unknown (a value behind an alias) or whose name does not exist are
/// left for the author; their number is returned too.
pub fn accept(text: &str, differences: &[Difference]) -> (String, usize) {
    let mut edits = Vec::new();
    let mut left = 0;
    for difference in differences {
        match edit(text, difference) {
            Some(edit) if difference.nearest.is_none() => edits.push(edit),
            _ => left += 1,
        }
    }
    edits.sort_by_key(|edit| edit.0);
    // An outer value replaces the ones inside it.
    let mut done = 0;
    edits.retain(|(start, end, _)| {
        let keep = *start >= done;
        if keep {
            done = *end;
        }
        keep
    });
    let mut out = text.to_owned();
    for (start, end, replacement) in edits.into_iter().rev() {
        out.replace_range(start..end, &replacement);
    }
    (out, left)
}

/// Returns the bytes to replace and the new text.
fn edit(text: &str, difference: &Difference) -> Option<(usize, usize, String)> {
    let start = difference.at.start?;
    let end = extent(text, start, difference.at.end?)?;
    if !text.get(start..end)?.contains('\n') {
        return Some((start, end, yaml(&difference.found)));
    }
    let replacement = match &difference.found {
        Value::Array(items) if !items.is_empty() => items
            .iter()
            .map(|item| format!("- {}", yaml(item)))
            .collect::<Vec<_>>()
            .join(&format!("\n{}", " ".repeat(column(text, start)))),
        other => yaml(other),
    };
    Some((start, end, replacement))
}

/// Returns the end of the value that begins at `start`; the reader marks the end of scalars only.
fn extent(text: &str, start: usize, marked: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    if rest.starts_with(['[', '{']) {
        return Some(start + brackets(rest)?);
    }
    if marked > start && !rest.starts_with("- ") {
        return Some(marked);
    }
    // A block goes on as long as lines are indented at least as deep as its first one.
    let indent = column(text, start);
    let mut end = start;
    for (number, line) in rest.split_inclusive('\n').enumerate() {
        let depth = line.len() - line.trim_start_matches(' ').len();
        if number > 0 && !line.trim().is_empty() && depth < indent {
            break;
        }
        end += line.len();
    }
    Some(start + text.get(start..end)?.trim_end().len())
}

/// Returns the length of a flow list or map, brackets in quoted text left aside.
fn brackets(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0usize, None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some('"'), '\\') => escaped = true,
            (Some(open), _) => quote = Some(open).filter(|open| *open != c),
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            (None, _) => {}
        }
    }
    None
}

/// Returns how far the line before `at` is indented up to there, in bytes.
fn column(text: &str, at: usize) -> usize {
    at - text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::compare;
    use crate::data::{Data, Located};
    use serde_json::json;

    fn accepted(text: &str, found: &Value) -> String {
        let expected: Located<Data> = serde_saphyr::from_str(text).unwrap();
        let mut differences = Vec::new();
        compare(&expected, found, &mut Vec::new(), &mut differences);
        accept(text, &differences).0
    }

    #[test]
    fn only_what_differs_is_rewritten() {
        let text = "# why\nann:\n  city:   Oslo   # here\n  title: CEO\n";
        let found = json!({"ann": {"city": "Bergen", "title": "CEO"}});
        assert_eq!(
            accepted(text, &found),
            "# why\nann:\n  city:   Bergen   # here\n  title: CEO\n"
        );
    }

    #[test]
    fn a_list_of_another_length_is_written_anew() {
        let text = "runs:\n  - {profile: Export, adds: 1}\n  - {profile: X}\ncounts: 1\n";
        let found = json!({"runs": [{"profile": "Export", "adds": 2}], "counts": 1});
        assert_eq!(accepted(text, &found), "runs:\n  - {profile: Export, adds: 2}\ncounts: 1\n");
        let flow = "{a: [x, y], b: 1}\n";
        assert_eq!(accepted(flow, &json!({"a": ["z"], "b": 2})), "{a: [z], b: 2}\n");
    }
}
