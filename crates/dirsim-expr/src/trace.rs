//! What every part of an expression gave for one object, for whoever tests a rule.

use crate::environment::Environment;
use crate::error::{EvalError, Span};
use crate::evaluate::{Evaluator, Failed, given};
use crate::expression::{Expression, Outcome};
use crate::tree::{Kind, Node};
use crate::value::Val;

/// One part of an expression with what it gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracePart {
    /// Where it stands in the text.
    pub at: Span,
    /// Each result in the order in which they came: none when the part was not needed, several when
    /// it was asked for every element of a list.
    pub results: Vec<TraceResult>,
    /// The parts inside, in the order of the text; literals are left out.
    pub parts: Vec<TracePart>,
}

/// What one part gave once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceResult {
    /// The type, as messages name it: `text`, `a number`, `a list of 3`.
    pub kind: String,
    /// The value as people read it, or why there is none.
    pub value: Result<String, EvalError>,
}

/// What an evaluation with every part gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The result of the whole.
    pub outcome: Result<Outcome, EvalError>,
    /// The whole with its parts.
    pub root: TracePart,
}

/// Results as they come, each with the address of its node.
pub(crate) type Record = Vec<(usize, TraceResult)>;

impl TraceResult {
    pub(crate) fn of(result: &Result<Val<'_>, Failed>) -> Self {
        match result {
            Ok(value) => Self { kind: value.kind_name(), value: Ok(value.display()) },
            Err(failed) => Self { kind: "an error".to_owned(), value: Err((**failed).clone()) },
        }
    }
}

/// Returns what a node is recognized by during one evaluation.
pub(crate) fn address(node: &Node) -> usize {
    std::ptr::from_ref(node).addr()
}

impl Expression {
    /// Evaluates the expression for one object and tells what every part gave.
    pub fn trace(&self, env: &dyn Environment) -> Trace {
        let (result, record) = Evaluator::recording(env, self.tree());
        let root = part(self.tree(), &record);
        Trace { outcome: result.map(|value| given(value).into()).map_err(|failed| *failed), root }
    }
}

fn part(node: &Node, record: &Record) -> TracePart {
    let own = address(node);
    let results =
        record.iter().filter(|(at, _)| *at == own).map(|(_, result)| result.clone()).collect();
    let parts = children(node)
        .into_iter()
        .filter(|child| is_worth_telling(child))
        .map(|child| (child, part(child, record)))
        // Where a function names its variable, there is nothing to tell.
        .filter(|(child, part)| {
            !(matches!(child.kind, Kind::Variable { .. }) && part.results.is_empty())
        });
    TracePart { at: node.at, results, parts: parts.map(|(_, part)| part).collect() }
}

fn children(node: &Node) -> Vec<&Node> {
    match &node.kind {
        Kind::Negate(operand) => vec![operand],
        Kind::Chain { first, rest, .. } => {
            std::iter::once(&**first).chain(rest.iter().map(|(_, operand)| operand)).collect()
        }
        Kind::Call(_, arguments) => arguments.iter().collect(),
        _ => Vec::new(),
    }
}

/// A literal is its own value.
const fn is_worth_telling(node: &Node) -> bool {
    matches!(
        node.kind,
        Kind::Attribute(_)
            | Kind::Parameter(_)
            | Kind::Variable { .. }
            | Kind::Negate(_)
            | Kind::Chain { .. }
            | Kind::Call(..)
    )
}

#[cfg(test)]
mod tests {
    use crate::testing::traced;

    /// EX-047: what was not needed says so; what is asked per element tells every result.
    #[test]
    fn every_part_tells_what_it_gave() {
        let given = r#"{"m":["SMTP:a@x","x500:/o=a"],"cn":"Ann"}"#;
        insta::assert_snapshot!(traced("IIF(IsPresent([cn]), UCase([cn]), [sn])", given), @r#"
        IIF(IsPresent([cn]), UCase([cn]), [sn]) → "ANN" (text)
          IsPresent([cn]) → True (a boolean)
            [cn] → "Ann" (text)
          UCase([cn]) → "ANN" (text)
            [cn] → "Ann" (text)
          [sn] → not needed
        "#);
        insta::assert_snapshot!(traced(r#"Where($item, [m], Left($item, 5) = "SMTP:")"#, given), @r#"
        Where($item, [m], Left($item, 5) = "SMTP:") → {"SMTP:a@x"} (a list of 1)
          [m] → {"SMTP:a@x", "x500:/o=a"} (a list of 2)
          Left($item, 5) = "SMTP:" → True (a boolean); False (a boolean)
            Left($item, 5) → "SMTP:" (text); "x500:" (text)
              $item → "SMTP:a@x" (text); "x500:/o=a" (text)
        "#);
        insta::assert_snapshot!(traced(r#"[cn] & Left([cn], CNum("x"))"#, given), @r#"
        [cn] & Left([cn], CNum("x")) → ⚠ invalid-value: `x` is no number
          [cn] → "Ann" (text)
          Left([cn], CNum("x")) → ⚠ invalid-value: `x` is no number
            [cn] → "Ann" (text)
            CNum("x") → ⚠ invalid-value: `x` is no number
        "#);
    }
}
