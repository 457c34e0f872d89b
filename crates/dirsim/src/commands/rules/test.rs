//! `dirsim rules test`: one expression or one transformation on one object.

use anstyle::{AnsiColor, Reset, Style};
use dirsim_rules::{
    Direction, ExprError, ExpressionOutcome, Outcome, RuleSet, Trace, TracePart, Trial,
};
use dirsim_world::World;
use dirsim_world::rule_trial::{self, Target};

use crate::cli::{RuleDirection, RulesTest};
use crate::failure::Failure;

/// Tries an expression or a transformation.
pub(crate) fn test(arguments: &RulesTest) -> Result<(), Failure> {
    let loaded = super::load(&arguments.source)?;
    let Some(world) = &loaded.world else {
        return Err(Failure::usage("a test needs an object: name a workspace with -w"));
    };
    if let Some(text) = &arguments.expression {
        let direction = match arguments.direction {
            RuleDirection::Inbound => Direction::Inbound,
            RuleDirection::Outbound => Direction::Outbound,
        };
        let target = target(world, &arguments.object, direction, None)?;
        println!("{} of {}", source_words(&loaded.rules, &target), target.name);
        return expression(world, &loaded.rules, &target, text);
    }
    let (Some(name), Some(attribute)) = (&arguments.rule, &arguments.attribute) else {
        return Err(Failure::usage(
            "say what to test: --expression TEXT, or --rule NAME with --attribute NAME",
        ));
    };
    for ix in super::show::find(&loaded, name)? {
        let rule = loaded.rules.rule(ix);
        let target = match target(world, &arguments.object, rule.direction, Some(rule.connector)) {
            Ok(target) => target,
            Err(failure)
                if loaded.rules.rules().iter().filter(|r| r.name == rule.name).count() == 1 =>
            {
                return Err(failure);
            }
            // A copy of the rule for another forest, which does not hold the object.
            Err(_) => continue,
        };
        println!("{} of {}", source_words(&loaded.rules, &target), target.name);
        let flow = rule_trial::flow(
            world.tables(),
            world.schema(),
            &loaded.rules,
            &target,
            ix,
            attribute,
        )?;
        let Some(flow) = flow.flatten() else {
            let targets: Vec<&str> =
                rule.flows.iter().map(|flow| loaded.rules.schema().name(flow.target)).collect();
            return Err(Failure::usage(format!(
                "`{}` writes no `{attribute}`; it writes {}",
                rule.name,
                if targets.is_empty() { "nothing".to_owned() } else { targets.join(", ") }
            )));
        };
        let state = if flow.in_scope { "in scope" } else { "not in scope" };
        println!("rule {} `{}` is {state}", rule.precedence, rule.name);
        for (number, group) in flow.scope.iter().enumerate() {
            for (clause, holds) in group {
                let mark = if *holds { "✓" } else { "✗" };
                println!("  {mark} group {}: {clause}", number + 1);
            }
        }
        if let Some(text) = &flow.expression {
            println!();
            expression(world, &loaded.rules, &target, text)?;
        }
        println!("\ncontributes to {attribute}: {}", contribution(&flow.outcome));
    }
    Ok(())
}

fn target(
    world: &World,
    identity: &str,
    direction: Direction,
    connector: Option<u32>,
) -> Result<Target, Failure> {
    rule_trial::target(world.tables(), identity, direction, connector)?.ok_or_else(|| {
        let place = match direction {
            Direction::Inbound => "in the connector space",
            Direction::Outbound => "in the metaverse",
        };
        Failure::unreadable([format!(
            "nothing called `{identity}` is {place}; run an import, or list objects with `dirsim \
             show connector-space`"
        )])
    })
}

fn source_words(rules: &RuleSet, target: &Target) -> String {
    let connector = rules.connectors().iter().find(|known| known.id == target.connector);
    let name = connector.map_or("?", |known| known.name.as_str());
    match target.direction {
        Direction::Inbound => format!("connector space {name}: staged image"),
        Direction::Outbound => format!("metaverse, for rules to {name}: object"),
    }
}

fn expression(world: &World, rules: &RuleSet, target: &Target, text: &str) -> Result<(), Failure> {
    let tried = rule_trial::expression(world.tables(), world.schema(), rules, target, text)?;
    let trial = match tried {
        None => return Err(Failure::internal("the object is gone".to_owned())),
        Some(Err(errors)) => return Err(wrong(text, &errors)),
        Some(Ok(trial)) => trial,
    };
    for warning in &trial.warnings {
        anstream::println!("warning: {}", warning.message);
    }
    tree(text, &trial);
    Ok(())
}

/// Everything that is wrong with an expression, each with its place underlined.
fn wrong(text: &str, errors: &[ExprError]) -> Failure {
    Failure::syntax(errors.iter().map(|error| {
        let start = error.at.start as usize;
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = text.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let column = before.get(line_start..).unwrap_or_default().chars().count();
        let length = error.at.of(text).lines().next().map_or(1, |part| part.chars().count().max(1));
        let help = error.help.as_ref().map_or_else(String::new, |help| format!("; {help}"));
        format!(
            "{}: {}{help}\n  | {line}\n  | {}{}",
            error.code.as_str(),
            error.message,
            " ".repeat(column),
            "^".repeat(length)
        )
    }))
}

/// Prints every part with its place, value and type.
fn tree(text: &str, trial: &Trial) {
    let mut lines = Vec::new();
    part(text, &trial.trace.root, "", "", &mut lines);
    let width = lines.iter().map(|line| line.0.chars().count()).max().unwrap_or(0);
    let (dim, red) = (Style::new().dimmed(), AnsiColor::Red.on_default());
    for (shown, place, value, bad) in &lines {
        let style = if *bad { red } else { Style::new() };
        anstream::println!("{shown:<width$}  {style}{value}{Reset}  {dim}{place}{Reset}");
    }
    anstream::println!("\nresult: {}", outcome(&trial.trace));
}

/// Cuts a text that is too long for its column; the place says where the rest stands.
fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room - 1).collect();
    format!("{}…", kept.trim_end())
}

type Line = (String, String, String, bool);

/// Most characters that the tree itself takes of a line.
const SHOWN_MAX: usize = 44;

fn part(text: &str, part: &TracePart, lead: &str, below: &str, lines: &mut Vec<Line>) {
    const RESULTS_MAX: usize = 4;
    let source: String = part.at.of(text).split_whitespace().collect::<Vec<_>>().join(" ");
    let mut values: Vec<String> = part
        .results
        .iter()
        .take(RESULTS_MAX)
        .map(|result| match &result.value {
            Ok(value) => format!("{value}  ({})", result.kind),
            Err(error) => format!("⚠ {}: {}", error.code.as_str(), error.message),
        })
        .collect();
    if part.results.len() > RESULTS_MAX {
        values.push(format!("… {} more", part.results.len() - RESULTS_MAX));
    }
    let bad = part.results.iter().any(|result| result.value.is_err());
    let value = if values.is_empty() { "not needed".to_owned() } else { values.join("; ") };
    let place = format!("{}..{}", part.at.start, part.at.end);
    let room = SHOWN_MAX.saturating_sub(lead.chars().count()).max(12);
    lines.push((format!("{lead}{}", cut(&source, room)), place, value, bad));
    let last = part.parts.len().saturating_sub(1);
    for (at, inner) in part.parts.iter().enumerate() {
        let (mark, rest) = if at == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        self::part(text, inner, &format!("{below}{mark}"), &format!("{below}{rest}"), lines);
    }
}

fn outcome(trace: &Trace) -> String {
    match &trace.outcome {
        Err(error) => format!("⚠ {}: {}", error.code.as_str(), error.message),
        Ok(ExpressionOutcome::Null) => "NULL".to_owned(),
        Ok(ExpressionOutcome::AuthoritativeNull) => "AuthoritativeNull".to_owned(),
        Ok(ExpressionOutcome::IgnoreThisFlow) => "IgnoreThisFlow".to_owned(),
        Ok(ExpressionOutcome::Values(values)) => {
            values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ")
        }
    }
}

fn contribution(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Null => "NULL: the next rule is asked".to_owned(),
        Outcome::AuthoritativeNull => {
            "AuthoritativeNull: no value, nobody else is asked".to_owned()
        }
        Outcome::IgnoreThisFlow => {
            "IgnoreThisFlow: the next rule is asked; if nobody answers, the value stays".to_owned()
        }
        Outcome::Values(values) => {
            values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ")
        }
        Outcome::Failed(failure) => format!("⚠ {failure}"),
    }
}
