//! One expression or one flow tried on one object, with everything in between.

use dirsim_expr::{CompileContext, ExprError, ExprWarning, Trace, attribute_names, compile};
use dirsim_model::{AttributeId, Side};

use super::RuleSet;
use crate::flow::{Outcome, ask};
use crate::options::ConnectorKind;
use crate::rule::{Direction, RuleIx};
use crate::scope::Clause;
use crate::subject::Subject;

/// An expression tried on an object.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The expression in its canonical form.
    pub canonical: String,
    /// What is suspicious about it.
    pub warnings: Vec<ExprWarning>,
    /// What every part gave.
    pub trace: Trace,
}

/// A flow of a rule tried on an object.
#[derive(Debug, Clone)]
pub struct FlowTrial {
    /// The expression; a direct flow is one of a single attribute, a constant has none.
    pub expression: Option<String>,
    /// What the flow contributes, converted to the type of its target (SR-084).
    pub outcome: Outcome,
    /// Each group of the scoping filter with each clause, and whether it holds; empty when the rule
    /// takes everything.
    pub scope: Vec<Vec<(String, bool)>>,
    /// Whether the rule is in scope.
    pub in_scope: bool,
}

impl RuleSet {
    /// Tries an expression on an object, as a rule of this connector and direction would evaluate
    /// it; the error is everything that is wrong with the text.
    pub fn try_expression(
        &self,
        connector: u32,
        direction: Direction,
        text: &str,
        subject: &dyn Subject,
    ) -> Result<Trial, Vec<ExprError>> {
        let info = self.connectors.iter().find(|info| info.id == connector);
        let kind = info.map_or(ConnectorKind::Forest, |info| info.kind);
        let side = match (direction, kind) {
            (Direction::Outbound, _) => Side::Metaverse,
            (Direction::Inbound, ConnectorKind::Forest) => Side::Forest,
            (Direction::Inbound, ConnectorKind::Entra) => Side::Entra,
        };
        let mut schema = self.schema.clone();
        for name in attribute_names(text) {
            // Too many names are the schema's problem when a rule is loaded; here they read as absent.
            let _ = schema.intern(&name);
        }
        let asked = self.asked(connector, subject, false);
        let known = |name: &str| asked.parameters.knows(name, kind, direction);
        let expression =
            compile(text, &CompileContext { schema: &schema, side, parameters: &known })?;
        Ok(Trial {
            canonical: expression.to_string(),
            warnings: expression.warnings().to_vec(),
            trace: expression.trace(&asked),
        })
    }

    /// Tries the flow by which a rule writes an attribute; `None` when it writes none such.
    pub fn try_flow(
        &self,
        rule: RuleIx,
        target: AttributeId,
        subject: &dyn Subject,
        created: bool,
    ) -> Option<FlowTrial> {
        let found = self.rule(rule);
        let flow = self.flow(rule, target)?;
        let asked = self.asked(found.connector, subject, created);
        let told = |clause: &Clause| {
            let name = self.schema.name(clause.attribute);
            let text = format!("{name} {} {}", clause.operator, clause.text);
            (text.trim_end().to_owned(), clause.holds(subject))
        };
        Some(FlowTrial {
            expression: (!flow.text.starts_with('"')).then(|| flow.text.clone()),
            outcome: ask(flow, rule, &asked).into_outcome(),
            scope: found
                .scope
                .iter()
                .map(|group| group.clauses.iter().map(told).collect())
                .collect(),
            in_scope: crate::scope::holds(&found.scope, subject),
        })
    }
}
