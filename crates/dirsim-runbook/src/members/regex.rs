//! Methods of `[regex]` and the matches they return.

use std::rc::Rc;

use fancy_regex::Captures;

use super::{no_method, text_of, whole_of};
use crate::live::{Live, LiveObject, Seq, SeqKind, Table, TableKind};
use crate::operators::regex::{self, Pattern};
use crate::session::Session;
use crate::stop::Run;

/// The names of the methods, in lower case.
pub(super) const METHODS: &[&str] = &["match", "matches", "ismatch", "replace", "split", "escape"];

/// Returns a match as scripts see it.
pub(crate) fn match_object(pattern: &Pattern, found: &Captures<'_, str>) -> Live {
    let groups = Table::new(TableKind::Ordered);
    for (number, name) in pattern.names().into_iter().enumerate() {
        let group = found.get(number);
        let value = LiveObject::new("System.Text.RegularExpressions.Group")
            .with("Success", group.is_some())
            .with("Value", group.map_or("", |group| group.as_str()))
            .with("Index", Live::count(group.map_or(0, |group| group.start())))
            .with("Length", Live::count(group.map_or(0, |group| group.as_str().chars().count())))
            .with("Name", name.clone().unwrap_or_else(|| number.to_string()));
        let key = name.map_or_else(|| Live::text(number.to_string()), Live::from);
        groups.set(key, Live::Object(Rc::new(value)));
    }
    let whole = found.get(0);
    Live::Object(Rc::new(
        LiveObject::new("System.Text.RegularExpressions.Match")
            .with("Groups", Live::Table(Rc::new(groups)))
            .with("Success", true)
            .with("Index", Live::count(whole.map_or(0, |whole| whole.start())))
            .with("Length", Live::count(whole.map_or(0, |whole| whole.as_str().chars().count())))
            .with("Value", whole.map_or("", |whole| whole.as_str())),
    ))
}

fn no_match() -> Live {
    Live::Object(Rc::new(
        LiveObject::new("System.Text.RegularExpressions.Match")
            .with("Groups", Live::Table(Rc::new(Table::new(TableKind::Ordered))))
            .with("Success", false)
            .with("Index", Live::Int(0))
            .with("Length", Live::Int(0))
            .with("Value", ""),
    ))
}

/// Calls a method of a pattern; letter case matters unless the pattern says otherwise.
pub(super) fn call(
    session: &mut Session<'_>,
    pattern_text: &str,
    name: &str,
    arguments: &[Live],
) -> Run<Live> {
    let text = text_of(arguments, 0);
    let options =
        arguments.iter().skip(1).map(|argument| argument.to_text().to_lowercase()).find(|text| {
            text.contains("ignorecase") || text.contains("multiline") || text.contains("singleline")
        });
    let mut letters = String::new();
    for (word, letter) in [("ignorecase", 'i'), ("multiline", 'm'), ("singleline", 's')] {
        if options.as_ref().is_some_and(|options| options.contains(word)) {
            letters.push(letter);
        }
    }
    let pattern = regex::compile_with(pattern_text, &letters)?;
    session.state.budget.charge(text.len())?;
    Ok(match name {
        "ismatch" => Live::Bool(pattern.is_match(&text)?),
        "match" => match pattern.first(&text)? {
            Some(found) => match_object(&pattern, &found),
            None => no_match(),
        },
        "matches" => {
            let all = pattern.all(&text)?;
            session.state.budget.charge(all.len() * 256)?;
            Live::array(all.iter().map(|found| match_object(&pattern, found)).collect())
        }
        "replace" => {
            if let Some(Live::Block(closure)) = arguments.get(1) {
                let mut out = String::new();
                let mut from = 0;
                for found in pattern.all(&text)? {
                    let Some(whole) = found.get(0) else { continue };
                    out.push_str(text.get(from..whole.start()).unwrap_or_default());
                    let value = match_object(&pattern, &found);
                    let values = session.capture(|session| {
                        session.invoke_block(
                            closure,
                            crate::interpret::Argument::values(vec![value]),
                            None,
                            true,
                        )
                    })?;
                    out.push_str(&Live::of_many(values).to_text());
                    from = whole.end();
                }
                out.push_str(text.get(from..).unwrap_or_default());
                return Ok(Live::text(out));
            }
            let most =
                whole_of(arguments, 2).and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
            Live::text(pattern.replace(&text, &text_of(arguments, 1), most)?)
        }
        "split" => {
            let parts =
                crate::operators::split_text(&text, pattern_text, 0, !letters.contains('i'))?;
            Live::Seq(Rc::new(Seq::new(
                SeqKind::Texts,
                parts.into_iter().map(Live::from).collect(),
            )))
        }
        "tostring" => Live::text(pattern_text),
        _ => return Err(no_method(&Live::text(pattern_text), name)),
    })
}
