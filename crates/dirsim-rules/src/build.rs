//! Rule files become rules: read, place, instantiate per connector, compile, check.

mod check;
mod compile;
mod edit;
mod flows;
mod lint;

use dirsim_model::Schema;
use serde_saphyr::{Location, Spanned};

use crate::definition::RuleEdit;
use crate::format::{self, RuleText};
use crate::options::{
    AnchorMode, ConnectorInfo, ConnectorKind, RuleFile, RuleOptions, UserMatching,
};
use crate::problem::{RuleProblem, Severity};
use crate::rule::Rule;
use crate::set::parameters::Parameters;
use dirsim_model::nearest;

/// The number of the first standard rule (SR-006).
const STANDARD_FROM: u32 = 100;

/// What a build gives when nothing is wrong.
pub(crate) struct Built {
    /// The rules by precedence.
    pub(crate) rules: Vec<Rule>,
    /// What the author should look at.
    pub(crate) warnings: Vec<RuleProblem>,
}

/// A rule as written, with where it stands.
pub(crate) struct Template {
    /// The file.
    pub(crate) file: String,
    /// The line of the rule.
    pub(crate) line: u32,
    /// Where it goes among all rules.
    pub(crate) place: Place,
    /// The text.
    pub(crate) text: RuleText,
}

/// Where a rule goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// At this precedence.
    Exact(u32),
    /// Among the standard rules, in this order.
    Order(u32),
}

/// Collects problems with where they are.
#[derive(Default)]
pub(crate) struct Problems(Vec<RuleProblem>);

/// Where a problem is.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    /// The file.
    pub(crate) file: &'a str,
    /// The rule.
    pub(crate) rule: &'a str,
    /// The place in the file.
    pub(crate) line: u32,
    /// The column.
    pub(crate) column: u32,
}

impl<'a> At<'a> {
    /// Returns the same rule at another place of its file.
    pub(crate) fn moved(self, to: &Location) -> Self {
        Self { line: format::number(to.line()), column: format::number(to.column()), ..self }
    }

    /// Returns the place of a whole rule.
    pub(crate) fn rule(template: &'a Template) -> Self {
        Self { file: &template.file, rule: &template.text.name, line: template.line, column: 0 }
    }
}

impl Problems {
    /// Notes a problem.
    pub(crate) fn add(
        &mut self,
        severity: Severity,
        code: &'static str,
        at: At<'_>,
        text: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.0.push(RuleProblem {
            file: at.file.to_owned(),
            line: at.line,
            column: at.column,
            severity,
            code,
            rule: at.rule.to_owned(),
            text: text.into(),
            help: help.into(),
            part: String::new(),
        });
    }

    /// Says which part of the text at its place the last problem is about.
    pub(crate) fn part(&mut self, part: &str) {
        if let Some(last) = self.0.last_mut() {
            part.clone_into(&mut last.part);
        }
    }

    /// Notes an error.
    pub(crate) fn error(
        &mut self,
        code: &'static str,
        at: At<'_>,
        text: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(Severity::Error, code, at, text, help);
    }

    /// Notes a warning.
    pub(crate) fn warning(
        &mut self,
        code: &'static str,
        at: At<'_>,
        text: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(Severity::Warning, code, at, text, help);
    }

    /// Sorts, and drops what copies of one rule for several connectors said again.
    fn finish(mut self) -> Vec<RuleProblem> {
        self.0.sort();
        self.0.dedup();
        self.0
    }
}

/// Builds the rules of a set; `Err` is everything that is wrong.
pub(crate) fn build(
    files: &[RuleFile],
    connectors: &[ConnectorInfo],
    options: &RuleOptions,
    edits: &[RuleEdit],
    schema: &mut Schema,
) -> Result<Built, Vec<RuleProblem>> {
    let mut problems = Problems::default();
    let templates = read(files, &mut problems);
    let mut compiler = compile::Compiler { schema, options, templates: &templates, problems };
    let mut rules = compiler.all(connectors);
    lint::mark_modified(&mut rules, files, connectors, &compiler);
    let delivered = lint::Delivered::of(&rules);
    compiler.edit(&mut rules, edits, connectors);
    let mut problems = compiler.problems;
    check::all(&mut rules, schema, &mut problems);
    lint::all(&rules, &delivered, schema, &mut problems);

    let problems = problems.finish();
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(problems);
    }
    Ok(Built { rules, warnings: problems })
}

/// Reads all files and gives each rule its place.
fn read(files: &[RuleFile], problems: &mut Problems) -> Vec<Template> {
    let mut templates = Vec::new();
    for file in files {
        let rules = match format::read(file) {
            Ok(rules) => rules,
            Err(problem) => {
                problems.0.push(*problem);
                continue;
            }
        };
        let mut before: Option<u32> = None;
        for Spanned { value: text, referenced, .. } in rules {
            let line = format::number(referenced.line());
            let place = match (&text.precedence, &text.order, before) {
                (Some(precedence), None, _) => Some(Place::Exact(precedence.value)),
                (None, Some(order), _) => Some(Place::Order(order.value)),
                (None, None, Some(order)) => Some(Place::Order(order)),
                _ => None,
            };
            before = if let Some(Place::Order(order)) = place { Some(order) } else { None };
            let place = place.unwrap_or_else(|| {
                let at = At { file: &file.path, rule: &text.name, line, column: 0 };
                problems.error(
                    "missing-precedence",
                    at,
                    "the rule needs either `precedence` or `order`",
                    "custom rules use precedence 0 to 99; smaller numbers win",
                );
                Place::Exact(0)
            });
            templates.push(Template { file: file.path.clone(), line, place, text });
        }
    }
    templates
}

/// The options that a rule or variant may depend on.
const OPTIONS: &[&str] = &[
    "consistencyGuid",
    "objectGuid",
    "groupConsistencyGuid",
    "groupObjectGuid",
    "matchMail",
    "matchSid",
    "matchAccountName",
    "exchange",
    "lync",
    "exchangeHybrid",
    "deviceJoin",
    "windowsHello",
];

/// Whether an option of `when` is on.
pub(crate) fn option_is_on(
    when: &Spanned<String>,
    options: &RuleOptions,
    at: At<'_>,
    problems: &mut Problems,
) -> bool {
    let group_guid =
        options.anchor_mode == AnchorMode::ConsistencyGuid && options.group_consistency_guid;
    match when.value.as_str() {
        "consistencyGuid" => options.anchor_mode == AnchorMode::ConsistencyGuid,
        "objectGuid" => options.anchor_mode == AnchorMode::ObjectGuid,
        "groupConsistencyGuid" => group_guid,
        "groupObjectGuid" => !group_guid,
        "matchMail" => options.user_matching == UserMatching::Mail,
        "matchSid" => options.user_matching == UserMatching::Sid,
        "matchAccountName" => options.user_matching == UserMatching::AccountName,
        "exchange" => options.exchange,
        "lync" => options.lync,
        "exchangeHybrid" => options.exchange_hybrid,
        "deviceJoin" => options.device_join,
        "windowsHello" => options.windows_hello,
        unknown => {
            let help = nearest(unknown, OPTIONS.iter().copied()).map_or_else(
                || format!("one of {}", OPTIONS.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            let text = format!("unknown option `{unknown}`");
            problems.error("unknown-option", at.moved(&when.referenced), text, help);
            false
        }
    }
}

impl compile::Compiler<'_> {
    /// Compiles every rule of the files for each connector it stands for, sorted by precedence,
    /// with its identity (SR-008).
    fn all(&mut self, connectors: &[ConnectorInfo]) -> Vec<Rule> {
        let templates = self.templates;
        let mut standard: Vec<&Template> = Vec::new();
        let mut exact: Vec<(u32, &Template)> = Vec::new();
        for template in templates {
            if !self.is_on(
                template.text.when.as_ref(),
                template.text.since.as_ref(),
                At::rule(template),
            ) {
                continue;
            }
            match template.place {
                Place::Exact(precedence) => exact.push((precedence, template)),
                Place::Order(_) => standard.push(template),
            }
        }
        // The order of files and rules decides among rules of one number: the sort is stable.
        standard.sort_by_key(|template| template.place);

        let mut rules: Vec<Rule> = Vec::new();
        for (precedence, template) in exact {
            for (precedence, connector) in (precedence..).zip(self.connectors(template, connectors))
            {
                rules.extend(self.rule(template, connector, precedence));
            }
        }
        let mut next = STANDARD_FROM;
        for template in standard {
            for connector in self.connectors(template, connectors) {
                rules.extend(self.rule(template, connector, next));
                next += 1;
            }
        }
        rules.sort_by_key(|rule| rule.precedence);
        check::identify(&mut rules, connectors);
        rules
    }

    /// Returns the connectors that a rule is copied for, in the order of their creation (SR-008).
    fn connectors<'c>(
        &mut self,
        template: &Template,
        connectors: &'c [ConnectorInfo],
    ) -> Vec<&'c ConnectorInfo> {
        let wanted = &template.text.connector;
        let of_kind = |kind| connectors.iter().filter(|c| c.kind == kind).collect();
        match wanted.value.as_str() {
            "forest" => of_kind(ConnectorKind::Forest),
            "entra" => of_kind(ConnectorKind::Entra),
            name => {
                let guid = name.parse().ok();
                let named: Vec<_> = connectors
                    .iter()
                    .filter(|c| c.name.eq_ignore_ascii_case(name) || Some(c.guid) == guid)
                    .collect();
                if named.is_empty() {
                    let known = connectors.iter().map(|c| c.name.as_str());
                    let help = nearest(name, known.clone()).map_or_else(
                        || {
                            let known: Vec<&str> = known.collect();
                            format!("use `forest`, `entra` or one of {}", known.join(", "))
                        },
                        |near| format!("did you mean `{near}`?"),
                    );
                    self.problems.error(
                        "unknown-connector",
                        At::rule(template).moved(&wanted.referenced),
                        format!("no connector is called `{name}`"),
                        help,
                    );
                }
                named
            }
        }
    }

    /// Returns the parameters of a connector.
    fn parameters(&self, connector: &ConnectorInfo) -> Parameters {
        Parameters::of(connector, self.options)
    }
}
