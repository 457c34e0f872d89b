//! Reads a scenario file.

use serde_saphyr::Error;

use crate::data::{Place, count};
use crate::file::Scenario;
use crate::problem::Problem;

/// Parses the text of a scenario file; `file` is its name for messages.
pub fn parse(file: &str, text: &str) -> Result<Scenario, Vec<Problem>> {
    serde_saphyr::from_str(text).map_err(|error| vec![problem(file, text, &error)])
}

fn problem(file: &str, text: &str, error: &Error) -> Problem {
    let location = error.location();
    let at = location.map_or(Place { line: 1, column: 1, ..Place::default() }, |location| Place {
        line: count(location.line()),
        column: count(location.column()),
        ..Place::default()
    });
    let plain = error.without_snippet().to_string();
    // The reader writes the place behind or in front of the reason; dirsim shows it on its own line.
    let reason = plain
        .lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches("error: ")
        .split(" at line ")
        .next()
        .unwrap_or_default();
    let reason = strip_place(reason).to_owned();
    let problem = Problem::new(file, text, at, reason.clone());
    match unknown_field(&reason) {
        Some((name, valid)) => problem.with_nearest(name, valid),
        None => problem,
    }
}

/// Removes a leading `line 13 column 7: `.
fn strip_place(reason: &str) -> &str {
    match reason.strip_prefix("line ").and_then(|rest| rest.split_once(": ")) {
        Some((place, rest)) if place.contains("column") => rest,
        _ => reason,
    }
}

/// Returns the name and the valid names of an "unknown field" message.
fn unknown_field(reason: &str) -> Option<(&str, Vec<&str>)> {
    let rest = reason.strip_prefix("unknown field `")?;
    let (name, rest) = rest.split_once('`')?;
    let valid = rest.split_once("expected")?.1;
    Some((name, valid.split([',', ' ', '`']).filter(|word| word.len() > 2).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    /// The only place in these tests that calls the reader; problems come back as the user sees
    /// them.
    fn parse_text(text: &str) -> String {
        match parse("story.yaml", text) {
            Ok(scenario) => format!("{scenario:#?}").lines().count().to_string(),
            Err(problems) => {
                problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
            }
        }
    }

    #[test]
    fn an_unknown_key_is_named_with_the_nearest_valid_one() {
        assert_snapshot!(parse_text("name: A\ngiven:\n  tennant: {}\nsteps: []\n"), @"
        error: unknown field `tennant`, expected one of tenant, forests, server, files, servers, faults
          --> story.yaml:3:3
          |
        3 |   tennant: {}
          |   ^
           = help: did you mean `tenant`?
        ");
    }

    #[test]
    fn a_wrong_type_is_shown_at_its_place() {
        assert_snapshot!(parse_text("name: A\nsteps:\n  - do: [1]\n"), @r"
        error: expected string scalar
          --> story.yaml:3:9
          |
        3 |   - do: [1]
          |         ^
        ");
    }

    #[test]
    fn a_missing_key_is_named() {
        assert_snapshot!(parse_text("name: A\n"), @r"
        error: missing field `steps`
          --> story.yaml:1:1
          |
        1 | name: A
          | ^
        ");
    }

    #[test]
    fn broken_yaml_is_shown_at_its_place() {
        assert_snapshot!(parse_text("name: \"A\nsteps: []\n"), @r"
        error: invalid indentation in multiline quoted scalar
          --> story.yaml:2:1
          |
        2 | steps: []
          | ^
        ");
    }

    #[test]
    fn values_know_their_bytes() {
        let text =
            "name: A\nsteps:\n  - do: Get-Date\n    expect:\n      counts: {tenantUsers: 12}\n";
        let scenario = parse("story.yaml", text).unwrap();
        let counts = scenario.steps[0].expect.clone().unwrap().counts.unwrap();
        let at = counts.get("tenantusers").unwrap().at;
        assert_eq!(&text[at.start.unwrap()..at.end.unwrap()], "12");
        assert_eq!((at.line, at.column), (5, 29));
    }
}
