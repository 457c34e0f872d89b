//! What can stand at a place of a command line, for interactive shells.

use crate::commands::{self, COMMANDS};
use crate::spec::{COMMON, CommandSpec, Parameter, ParameterKind};

/// One way to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The text to put in place of the word at the cursor.
    pub text: String,
    /// What it means, in one line.
    pub help: String,
}

/// What a shell knows beside the cmdlets.
pub trait Surroundings {
    /// Returns names of objects that begin with `start`, and what they are: account names, UPNs,
    /// distinguished names, connectors.
    fn identities(&self, start: &str) -> Vec<(String, String)>;

    /// Returns the names of variables, without the dollar sign.
    fn variables(&self) -> Vec<String>;

    /// Returns the names of functions that the session knows.
    fn functions(&self) -> Vec<String>;
}

/// Surroundings without names: nothing but the cmdlets.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nothing;

impl Surroundings for Nothing {
    fn identities(&self, _: &str) -> Vec<(String, String)> {
        Vec::new()
    }

    fn variables(&self) -> Vec<String> {
        Vec::new()
    }

    fn functions(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Parameters whose values name objects.
const IDENTITIES: &[&str] = &[
    "Identity",
    "UserPrincipalName",
    "UserId",
    "GroupId",
    "ObjectId",
    "DirectoryObjectId",
    "PrincipalId",
    "Members",
    "MemberOf",
    "Manager",
    "SearchBase",
    "TargetPath",
    "Path",
    "DistinguishedName",
    "ConnectorName",
    "Mailbox",
];

/// Returns the ways to go on at the end of `line`, and how many bytes of it they replace.
pub fn complete(line: &str, surroundings: &dyn Surroundings) -> (usize, Vec<Completion>) {
    let (words, word) = words(line);
    let found = if let Some(start) = word.strip_prefix('$') {
        variables(start, surroundings)
    } else {
        match words.split_first() {
            None => command_names(word, surroundings),
            Some((name, rest)) => arguments(name, rest, word, surroundings),
        }
    };
    (word.len(), found)
}

/// Returns the words of the last command of a line, and the word at its end.
fn words(line: &str) -> (Vec<&str>, &str) {
    let (mut done, mut start, mut quote) = (Vec::new(), 0, None);
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            // A sign of equality begins a command behind a variable; else it stands in a name.
            (None, '=') => {
                let first = done
                    .first()
                    .copied()
                    .unwrap_or_else(|| line.get(start..at).unwrap_or_default());
                if first.starts_with('$') {
                    done.clear();
                    start = at + 1;
                }
            }
            (None, '|' | ';' | '{' | '(' | '\n') => {
                done.clear();
                start = at + c.len_utf8();
            }
            // The values of a list belong to one parameter.
            (None, ',') => start = at + 1,
            (None, c) if c.is_whitespace() => {
                let word = line.get(start..at).unwrap_or_default();
                if !word.is_empty() {
                    done.push(word);
                }
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    (done, line.get(start..).unwrap_or_default())
}

fn begins(name: &str, start: &str) -> bool {
    name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

fn variables(start: &str, surroundings: &dyn Surroundings) -> Vec<Completion> {
    let names = surroundings.variables().into_iter().filter(|name| begins(name, start));
    names.map(|name| Completion { text: format!("${name}"), help: "variable".to_owned() }).collect()
}

fn command_names(word: &str, surroundings: &dyn Surroundings) -> Vec<Completion> {
    let functions = surroundings.functions().into_iter().filter(|name| begins(name, word));
    let functions = functions.map(|text| Completion { text, help: "function".to_owned() });
    let commands = COMMANDS.iter().filter(|command| begins(command.name, word));
    let commands = commands.map(|command| Completion {
        text: command.name.to_owned(),
        help: command.summary.to_owned(),
    });
    functions.chain(commands).collect()
}

fn arguments(
    command: &str,
    rest: &[&str],
    word: &str,
    surroundings: &dyn Surroundings,
) -> Vec<Completion> {
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
    let Some(parameter) = parameter_at(command, rest) else { return Vec::new() };
    let words: &[&str] = match parameter.kind {
        ParameterKind::Choice(words) => words,
        ParameterKind::Boolean => &["$true", "$false"],
        _ => &[],
    };
    let choices = words.iter().filter(|choice| begins(choice, word));
    let mut found: Vec<Completion> = choices
        .map(|choice| Completion { text: (*choice).to_owned(), help: String::new() })
        .collect();
    if IDENTITIES.contains(&parameter.name) {
        let start = word.trim_start_matches(['\'', '"']);
        for (name, help) in surroundings.identities(start) {
            found.push(Completion { text: quoted(&name), help });
        }
    }
    found
}

/// Returns the parameter that a value behind these words belongs to.
fn parameter_at(command: &'static CommandSpec, rest: &[&str]) -> Option<&'static Parameter> {
    let named = |name: &str| {
        command
            .parameters
            .iter()
            .chain(COMMON)
            .find(|parameter| parameter.name.eq_ignore_ascii_case(name))
    };
    if let Some(name) = rest.last().and_then(|last| last.strip_prefix('-'))
        && let Some(parameter) = named(name)
        && !matches!(parameter.kind, ParameterKind::Switch)
    {
        return Some(parameter);
    }
    // Values without a name in front: how many of them are there already?
    let mut place = 0;
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        match word.strip_prefix('-').and_then(named) {
            Some(parameter) if !matches!(parameter.kind, ParameterKind::Switch) => {
                words.next();
            }
            Some(_) => {}
            None => place += 1,
        }
    }
    command.parameters.iter().find(|parameter| parameter.position == Some(place))
}

/// Returns a name as it must be written behind a parameter.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "@._-\\:".contains(c);
    if !name.is_empty() && name.chars().all(plain) {
        return name.to_owned();
    }
    format!("'{}'", name.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Lab;

    impl Surroundings for Lab {
        fn identities(&self, start: &str) -> Vec<(String, String)> {
            ["ann@contoso.com", "CN=Ann Lee,OU=Staff,DC=contoso,DC=com"]
                .iter()
                .filter(|name| begins(name, start))
                .map(|name| ((*name).to_owned(), "user".to_owned()))
                .collect()
        }

        fn variables(&self) -> Vec<String> {
            vec!["users".to_owned()]
        }

        fn functions(&self) -> Vec<String> {
            vec!["Get-Report".to_owned()]
        }
    }

    fn texts(line: &str) -> Vec<String> {
        complete(line, &Lab).1.into_iter().map(|completion| completion.text).collect()
    }

    #[test]
    fn names_parameters_and_words_complete() {
        assert_eq!(texts("Get-Date; start-adsyncs"), ["Start-ADSyncSyncCycle"]);
        assert_eq!(texts("Start-ADSyncSyncCycle -Pol"), ["-PolicyType"]);
        assert_eq!(texts("Start-ADSyncSyncCycle -PolicyType D"), ["Delta"]);
        assert_eq!(complete("start-adsync", &Lab).0, 12);
        assert_eq!(texts("$x = Get-Repo"), ["Get-Report"]);
        assert_eq!(texts("foreach ($u in $us"), ["$users"]);
    }

    #[test]
    fn identities_complete_where_they_can_stand() {
        let name = "'CN=Ann Lee,OU=Staff,DC=contoso,DC=com'";
        assert_eq!(texts("Get-ADUser an"), ["ann@contoso.com"]);
        assert_eq!(texts("Set-ADUser -City Oslo -Identity CN=A"), [name]);
        assert_eq!(texts("Add-ADGroupMember Staff -Members 'CN=Ann L"), [name]);
        assert_eq!(complete("Get-ADUser 'CN=Ann L", &Lab).0, 9);
        assert!(texts("Set-ADUser ann -City an").is_empty());
    }
}
