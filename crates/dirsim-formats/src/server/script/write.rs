//! Rules become a script, byte for byte as the rule editor writes it (CE-070 to CE-072, CE-076).

use std::fmt::Write as _;

use crate::server::metaverse::duration_ms;
use crate::server::rule::{
    ExportedFlow, ExportedRule, FlowSource, direction_name, link_name, merge_name,
};

/// How lines end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LineEnd {
    /// One character, as the editor writes it.
    #[default]
    Lf,
    /// Carriage return and line feed.
    CrLf,
}

/// How a script is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// How lines end; line ends inside of an expression stay as they are.
    pub line_end: LineEnd,
    /// Writes the source lists that the server kept, not those that the expressions read (SR-086).
    pub stored_sources: bool,
}

/// Namespace of the conditions.
const NAMESPACE: &str = "Microsoft.IdentityManagement.PowerShell.ObjectModel";

/// Writes rules in the order of their precedence.
pub fn write(rules: &[ExportedRule], options: WriteOptions) -> String {
    let mut order: Vec<&ExportedRule> = rules.iter().collect();
    order.sort_by_key(|rule| rule.precedence);
    let end = match options.line_end {
        LineEnd::Lf => "\n",
        LineEnd::CrLf => "\r\n",
    };
    let mut writer = Writer { text: String::new(), end, stored: options.stored_sources };
    for rule in order {
        writer.rule(rule);
    }
    writer.text
}

struct Writer {
    text: String,
    end: &'static str,
    stored: bool,
}

/// Returns a text in single quotes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn list(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("@({})", quoted.join(","))
}

impl Writer {
    /// Writes a statement; a switch has an empty value.
    fn statement(&mut self, command: &str, parameters: &[(&str, String)]) {
        let end = self.end;
        let _ = write!(self.text, "{command}  `{end}");
        for (at, (name, value)) in parameters.iter().enumerate() {
            let more = if at + 1 < parameters.len() { " `" } else { "" };
            let _ = write!(self.text, "-{name} {value}{more}{end}");
        }
        let _ = write!(self.text, "{end}{end}");
    }

    fn rule(&mut self, rule: &ExportedRule) {
        let expiry = match duration_ms(&rule.soft_delete_expiry) {
            Some(ms) => (ms / 1_000).to_string(),
            None => rule.soft_delete_expiry.clone(),
        };
        let mut parameters = vec![
            ("Name", quoted(&rule.name)),
            ("Identifier", quoted(&rule.id.to_string())),
            ("Description", quoted(&rule.description)),
            ("Direction", quoted(direction_name(rule.direction))),
            ("Precedence", rule.precedence.to_string()),
            ("PrecedenceAfter", quoted(&rule.precedence_after.to_string())),
            ("PrecedenceBefore", quoted(&rule.precedence_before.to_string())),
            ("SourceObjectType", quoted(&rule.source_type)),
            ("TargetObjectType", quoted(&rule.target_type)),
            ("Connector", quoted(&rule.connector.to_string())),
            ("LinkType", quoted(link_name(rule.link))),
            ("SoftDeleteExpiryInterval", expiry),
            ("ImmutableTag", quoted(&rule.tag)),
        ];
        for (name, on) in [("Disabled", rule.disabled), ("EnablePasswordSync", rule.password_sync)]
        {
            if on {
                parameters.push((name, String::new()));
            }
        }
        parameters.push(("OutVariable", "syncRule".to_owned()));
        self.statement("New-ADSyncRule", &parameters);
        for flow in &rule.flows {
            self.flow(flow);
        }
        for group in &rule.scope {
            let conditions: Vec<String> = group
                .iter()
                .map(|clause| {
                    [&clause.attribute, &clause.value, &clause.operator]
                        .map(|t| quoted(t))
                        .join(",")
                })
                .collect();
            self.group("Scope", &conditions);
        }
        for group in &rule.join {
            let conditions: Vec<String> = group
                .iter()
                .map(|criterion| {
                    let flag = if criterion.case_sensitive { "$true" } else { "$false" };
                    let (cs, mv) = (&criterion.cs_attribute, &criterion.mv_attribute);
                    format!("{},{},{flag}", quoted(cs), quoted(mv))
                })
                .collect();
            self.group("Join", &conditions);
        }
        let itself = ("SynchronizationRule", "$syncRule[0]".to_owned());
        self.statement("Add-ADSyncRule", &[itself]);
        self.statement("Get-ADSyncRule", &[("Identifier", quoted(&rule.id.to_string()))]);
    }

    fn flow(&mut self, flow: &ExportedFlow) {
        let mut parameters = vec![("SynchronizationRule", "$syncRule[0]".to_owned())];
        let sources = match &flow.source {
            FlowSource::Constant(text) => vec![text.clone()],
            _ => flow.sources(self.stored),
        };
        if !sources.is_empty() {
            parameters.push(("Source", list(&sources)));
        }
        parameters.push(("Destination", quoted(&flow.target)));
        let kind = match &flow.source {
            FlowSource::Direct(_) => "Direct",
            FlowSource::Constant(_) => "Constant",
            FlowSource::Expression(_) => "Expression",
        };
        parameters.push(("FlowType", quoted(kind)));
        parameters.push(("ValueMergeType", quoted(merge_name(flow.merge))));
        if let FlowSource::Expression(text) = &flow.source {
            parameters.push(("Expression", quoted(text)));
        }
        if flow.once {
            parameters.push(("ExecuteOnce", String::new()));
        }
        parameters.push(("OutVariable", "syncRule".to_owned()));
        self.statement("Add-ADSyncAttributeFlowMapping", &parameters);
    }

    fn group(&mut self, kind: &str, conditions: &[String]) {
        for (at, arguments) in conditions.iter().enumerate() {
            self.statement(
                "New-Object",
                &[
                    ("TypeName", quoted(&format!("{NAMESPACE}.{kind}Condition"))),
                    ("ArgumentList", arguments.clone()),
                    ("OutVariable", format!("condition{at}")),
                ],
            );
        }
        let all: Vec<String> =
            (0..conditions.len()).map(|at| format!("$condition{at}[0]")).collect();
        let list = format!("@({})", all.join(","));
        let name = if kind == "Scope" { "ScopeConditions" } else { "JoinConditions" };
        self.statement(
            &format!("Add-ADSync{kind}ConditionGroup"),
            &[
                ("SynchronizationRule", "$syncRule[0]".to_owned()),
                (name, list),
                ("OutVariable", "syncRule".to_owned()),
            ],
        );
    }
}
