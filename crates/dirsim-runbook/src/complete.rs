//! What can stand at a place of a command line, for interactive shells.

use crate::commands::{self, COMMANDS};
use crate::spec::{COMMON, ParameterKind};

/// One way to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The text to put in place of the word at the cursor.
    pub text: String,
    /// What it means, in one line.
    pub help: String,
}

/// The ways to go on at the end of `line`, and how many bytes of it they replace.
pub fn complete(line: &str) -> (usize, Vec<Completion>) {
    let statement = line.rsplit(['\n', ';', '|']).next().unwrap_or_default();
    let statement = statement.trim_start();
    let word_start = statement.rfind([' ', '\t']).map_or(0, |at| at + 1);
    let (before, word) = statement.split_at(word_start);
    let words: Vec<&str> = before.split_whitespace().collect();
    let found = match words.split_first() {
        None => command_names(word),
        Some((name, rest)) => parameters(name, rest, word),
    };
    (word.len(), found)
}

fn begins(name: &str, start: &str) -> bool {
    name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

fn command_names(word: &str) -> Vec<Completion> {
    COMMANDS
        .iter()
        .filter(|command| begins(command.name, word))
        .map(|command| Completion {
            text: command.name.to_owned(),
            help: command.summary.to_owned(),
        })
        .collect()
}

fn parameters(command: &str, rest: &[&str], word: &str) -> Vec<Completion> {
    let Some(command) = commands::find(command) else { return Vec::new() };
    let all = || command.parameters.iter().chain(COMMON);
    if let Some(start) = word.strip_prefix('-') {
        return all()
            .filter(|parameter| !parameter.ignored && begins(parameter.name, start))
            .map(|parameter| Completion {
                text: format!("-{}", parameter.name),
                help: parameter.kind.name().to_owned(),
            })
            .collect();
    }
    let last = rest.last().and_then(|last| last.strip_prefix('-'));
    let words: &[&str] = match last
        .and_then(|last| all().find(|parameter| parameter.name.eq_ignore_ascii_case(last)))
    {
        Some(parameter) => match parameter.kind {
            ParameterKind::Choice(words) => words,
            ParameterKind::Boolean => &["$true", "$false"],
            _ => &[],
        },
        None => &[],
    };
    words
        .iter()
        .filter(|choice| begins(choice, word))
        .map(|choice| Completion { text: (*choice).to_owned(), help: String::new() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        complete(line).1.into_iter().map(|completion| completion.text).collect()
    }

    #[test]
    fn names_parameters_and_words_complete() {
        assert_eq!(texts("Get-Date; start-adsyncs"), ["Start-ADSyncSyncCycle"]);
        assert_eq!(texts("Start-ADSyncSyncCycle -Pol"), ["-PolicyType"]);
        assert_eq!(texts("Start-ADSyncSyncCycle -PolicyType D"), ["Delta"]);
        assert_eq!(complete("start-adsync").0, 12);
    }
}
