//! A script becomes rules (CE-073).

use std::collections::BTreeMap;

use dirsim_model::Guid;
use dirsim_rules::{Direction, Operator};

use super::lex::{Kind, Statement, statements};
use super::parse::{Command, Misread, Value, command};
use crate::SourceFile;
use crate::encoding::{TextEncoding, decode};
use crate::server::config::Limits;
use crate::server::finding::{Findings, Level};
use crate::server::rule::{
    ExportedClause, ExportedCriterion, ExportedFlow, ExportedRule, FlowSource, LINK_TYPES,
    MERGE_TYPES, link_type, merge_type,
};

/// What a script holds.
#[derive(Debug, Clone, Default)]
pub struct ScriptExport {
    /// The rules that are saved, in the order of the script.
    pub rules: Vec<ExportedRule>,
    /// What was found on the way.
    pub findings: Findings,
}

/// The commands of a rule script, with their parameters in the order in which they are written.
pub(super) const NEW_RULE: (&str, &[&str]) = (
    "New-ADSyncRule",
    &[
        "Name",
        "Identifier",
        "Description",
        "Direction",
        "Precedence",
        "PrecedenceAfter",
        "PrecedenceBefore",
        "SourceObjectType",
        "TargetObjectType",
        "Connector",
        "LinkType",
        "SoftDeleteExpiryInterval",
        "ImmutableTag",
        "Disabled",
        "EnablePasswordSync",
        "OutVariable",
    ],
);
const FLOW: (&str, &[&str]) = (
    "Add-ADSyncAttributeFlowMapping",
    &[
        "SynchronizationRule",
        "Source",
        "Destination",
        "FlowType",
        "ValueMergeType",
        "Expression",
        "ExecuteOnce",
        "OutVariable",
    ],
);
const OBJECT: (&str, &[&str]) = ("New-Object", &["TypeName", "ArgumentList", "OutVariable"]);
const SCOPE: (&str, &[&str]) =
    ("Add-ADSyncScopeConditionGroup", &["SynchronizationRule", "ScopeConditions", "OutVariable"]);
const JOIN: (&str, &[&str]) =
    ("Add-ADSyncJoinConditionGroup", &["SynchronizationRule", "JoinConditions", "OutVariable"]);
const SAVE: (&str, &[&str]) = ("Add-ADSyncRule", &["SynchronizationRule"]);
const GET: (&str, &[&str]) = ("Get-ADSyncRule", &["Identifier"]);
const COMMANDS: [(&str, &[&str]); 7] = [NEW_RULE, FLOW, OBJECT, SCOPE, JOIN, SAVE, GET];

/// Reads a rule script.
pub fn read(file: &SourceFile<'_>) -> ScriptExport {
    let mut reader = Reader {
        file: file.name,
        export: ScriptExport::default(),
        drafts: Vec::new(),
        variables: BTreeMap::new(),
    };
    let limits = Limits::shipped();
    if file.bytes.len() > limits.script_bytes {
        let text = format!("the script has {} bytes", file.bytes.len());
        reader.note(Level::Error, "not-well-formed", 1, 0, text, "is it the right file?");
        return reader.export;
    }
    match decode(file.bytes, TextEncoding::Detect) {
        Ok(text) => reader.script(&text),
        Err(error) => {
            reader.note(Level::Error, "not-well-formed", error.line, 0, error.reason, &error.help);
        }
    }
    reader.export
}

/// A rule that is being put together.
struct Draft {
    rule: ExportedRule,
    /// Whether everything that was said about it was understood.
    ok: bool,
    saved: bool,
}

/// What a variable holds.
#[derive(Clone)]
enum Object {
    Rule(usize),
    Clause(ExportedClause),
    Criterion(ExportedCriterion),
}

struct Reader<'a> {
    file: &'a str,
    export: ScriptExport,
    drafts: Vec<Draft>,
    variables: BTreeMap<String, Object>,
}

impl Reader<'_> {
    fn note(
        &mut self,
        level: Level,
        code: &'static str,
        line: u32,
        column: u32,
        text: impl Into<String>,
        help: &str,
    ) {
        let mut text = text.into();
        if column > 0 {
            text = format!("column {column}: {text}");
        }
        self.export.findings.add(level, code, self.file, line, "", text, help);
    }

    fn script(&mut self, text: &str) {
        let statements = match statements(text) {
            Ok(statements) => statements,
            Err(open) => {
                let text = format!("the {} that begins here has no end", open.what);
                let help = "close it; nothing behind it can be read";
                self.note(Level::Error, "not-well-formed", open.line, open.column, text, help);
                return;
            }
        };
        for statement in &statements {
            self.statement(statement);
        }
        for at in 0..self.drafts.len() {
            let Some(draft) = self.drafts.get(at).filter(|draft| draft.ok && !draft.saved) else {
                continue;
            };
            let (line, name) = (draft.rule.line, draft.rule.name.clone());
            let text = format!("the rule `{name}` is never saved");
            let help = "add `Add-ADSyncRule -SynchronizationRule $syncRule[0]` behind its parts";
            self.note(Level::Warning, "rule-not-saved", line, 0, text, help);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        let is_known =
            |word: &str| COMMANDS.iter().any(|(name, _)| name.eq_ignore_ascii_case(word));
        let (line, column) = statement.tokens.first().map_or((0, 0), |t| (t.line, t.column));
        let first = match statement.tokens.first().map(|token| &token.kind) {
            Some(Kind::Word(word)) => word.as_str(),
            _ => "",
        };
        if !is_known(first) {
            let inside = statement.tokens.iter().find_map(|token| match &token.kind {
                Kind::Word(word) if is_known(word) => Some(word.clone()),
                _ => None,
            });
            match inside {
                Some(word) if !word.eq_ignore_ascii_case("New-Object") => {
                    let text = format!("`{word}` stands inside of another statement");
                    let help = "write it as a statement of its own, with -OutVariable";
                    self.misread(&Misread { text, help: help.into(), line, column });
                }
                _ => {
                    let shown = if first.is_empty() {
                        "a statement".to_owned()
                    } else {
                        format!("`{first}`")
                    };
                    let text = format!("{shown} that belongs to no rule; it was not run");
                    let level = Level::Information;
                    self.note(level, "script-statement-ignored", line, column, text, "");
                }
            }
            return;
        }
        let read = command(statement).and_then(|command| {
            if let Some(line) = command.lost_backtick {
                let text = "a backtick at the end of the line before got lost";
                let help = "the shell would end the statement there; put a ` at its end";
                self.note(Level::Warning, "missing-line-continuation", line, 0, text, help);
            }
            let known = COMMANDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(&command.name));
            command.check(known.map_or(&[], |(_, parameters)| parameters))?;
            self.run(&command)
        });
        if let Err(misread) = read {
            let begins = first.eq_ignore_ascii_case(NEW_RULE.0);
            if begins {
                // What follows belongs to a rule that nobody understood.
                self.drafts.push(Draft {
                    rule: nameless(self.file, line),
                    ok: false,
                    saved: false,
                });
                self.variables.insert("syncrule".into(), Object::Rule(self.drafts.len() - 1));
            }
            self.misread(&misread);
        }
    }

    /// Tells what was not understood; the rule that is being put together is not loaded.
    fn misread(&mut self, misread: &Misread) {
        let mut text = misread.text.clone();
        if let Some(draft) = self.drafts.last_mut().filter(|draft| !draft.saved) {
            draft.ok = false;
            if !draft.rule.name.is_empty() {
                text = format!("{text} (rule `{}`)", draft.rule.name);
            }
        }
        let (line, column) = (misread.line, misread.column);
        self.note(Level::Error, "script-not-understood", line, column, text, &misread.help);
    }

    fn run(&mut self, command: &Command) -> Result<(), Misread> {
        let is = |known: (&str, &[&str])| command.name.eq_ignore_ascii_case(known.0);
        if is(NEW_RULE) {
            let rule = new_rule(self.file, command)?;
            self.expiry(&rule);
            self.drafts.push(Draft { rule, ok: true, saved: false });
            self.set(command, Object::Rule(self.drafts.len() - 1))
        } else if is(OBJECT) {
            let object = condition(command)?;
            if let Some(object) = object {
                return self.set(command, object);
            }
            let text = "`New-Object` makes something that belongs to no rule";
            let (line, column) = (command.line, command.column);
            let level = Level::Information;
            self.note(level, "script-statement-ignored", line, column, text, "");
            Ok(())
        } else if is(FLOW) {
            let at = self.rule(command)?;
            let flow = self.flow(command)?;
            self.draft(at).flows.push(flow);
            self.set(command, Object::Rule(at))
        } else if is(SCOPE) || is(JOIN) {
            self.group(command, is(SCOPE))
        } else if is(SAVE) {
            let at = self.rule(command)?;
            self.save(at, command.line);
            Ok(())
        } else {
            Ok(())
        }
    }

    fn expiry(&mut self, rule: &ExportedRule) {
        if rule.soft_delete_expiry.parse::<u32>().is_ok() {
            let text = format!(
                "the unit of SoftDeleteExpiryInterval {} is not known (rule `{}`)",
                rule.soft_delete_expiry, rule.name
            );
            self.note(Level::Information, "not-simulated", rule.line, 0, text, "");
        }
    }

    fn set(&mut self, command: &Command, object: Object) -> Result<(), Misread> {
        if let Some(name) = command.out_variable()? {
            self.variables.insert(name, object);
        }
        Ok(())
    }

    /// Returns the rule that a statement is about.
    fn rule(&self, command: &Command) -> Result<usize, Misread> {
        let references = command.references("SynchronizationRule")?;
        let [name] = &*references else {
            return Err(command.misread("`-SynchronizationRule` takes one variable".into(), ""));
        };
        match self.variables.get(name) {
            Some(Object::Rule(at)) => Ok(*at),
            Some(_) => Err(command.misread(format!("`${name}` holds a condition, no rule"), "")),
            None => Err(command.misread(
                format!("no statement before this one made `${name}`"),
                "begin with New-ADSyncRule … -OutVariable syncRule",
            )),
        }
    }

    fn draft(&mut self, at: usize) -> &mut ExportedRule {
        &mut self.drafts.get_mut(at).expect("a variable holds the number of a draft").rule
    }

    fn flow(&mut self, command: &Command) -> Result<ExportedFlow, Misread> {
        let target = command.needed("Destination")?;
        let sources = command.list("Source")?;
        let expression = command.text("Expression")?;
        let kind = command.needed("FlowType")?;
        let named = sources.clone().unwrap_or_default();
        let source = match (kind.to_ascii_lowercase().as_str(), expression) {
            ("expression", Some(text)) if !text.trim().is_empty() => FlowSource::Expression(text),
            ("expression", _) => {
                return Err(command.misread(
                    format!("the flow for `{target}` is an expression without text"),
                    "write it behind -Expression",
                ));
            }
            ("direct", None) => {
                let Some(first) = named.first() else {
                    return Err(command.misread(
                        format!("the flow for `{target}` has no source"),
                        "name it with -Source",
                    ));
                };
                if named.len() > 1 {
                    let text = format!(
                        "the flow for `{target}` names {} source attributes; `{first}` counts",
                        named.len()
                    );
                    let code = "extra-source-attribute";
                    self.note(Level::Warning, code, command.line, command.column, text, "");
                }
                FlowSource::Direct(first.clone())
            }
            ("constant", None) if named.len() <= 1 => {
                let text = named.first().map_or("", |text| text.trim()).to_owned();
                if text.is_empty() {
                    let what = format!("the flow for `{target}` is a constant without text");
                    let help = "nothing flows";
                    let code = "empty-constant";
                    self.note(Level::Warning, code, command.line, command.column, what, help);
                }
                FlowSource::Constant(text)
            }
            ("constant", None) => {
                return Err(
                    command.misread(format!("the constant for `{target}` has several texts"), "")
                );
            }
            ("direct" | "constant", Some(_)) => {
                return Err(command.misread(
                    format!("the flow for `{target}` is `{kind}` and has an expression"),
                    "write -FlowType 'Expression'",
                ));
            }
            _ => {
                return Err(command.misread(
                    format!("`-FlowType` is `{kind}`"),
                    "one of Direct, Constant, Expression",
                ));
            }
        };
        let merge = match command.text("ValueMergeType")? {
            None => dirsim_rules::MergeType::Update,
            Some(text) => merge_type(&text).ok_or_else(|| {
                let known: Vec<&str> = MERGE_TYPES.iter().map(|(name, _)| *name).collect();
                command.misread(
                    format!("`-ValueMergeType` is `{text}`"),
                    format!("one of {}", known.join(", ")),
                )
            })?,
        };
        let is_expression = matches!(source, FlowSource::Expression(_));
        Ok(ExportedFlow {
            line: command.line,
            target,
            source,
            stored_sources: sources.filter(|_| is_expression),
            merge,
            once: command.switch("ExecuteOnce")?,
        })
    }

    fn group(&mut self, command: &Command, scope: bool) -> Result<(), Misread> {
        let at = self.rule(command)?;
        let names = command.references(if scope { "ScopeConditions" } else { "JoinConditions" })?;
        let (mut clauses, mut criteria) = (Vec::new(), Vec::new());
        for name in &names {
            match self.variables.get(name) {
                Some(Object::Clause(clause)) if scope => clauses.push(clause.clone()),
                Some(Object::Criterion(criterion)) if !scope => criteria.push(criterion.clone()),
                Some(_) => {
                    let wanted = if scope { "ScopeCondition" } else { "JoinCondition" };
                    return Err(command.misread(format!("`${name}` holds no {wanted}"), ""));
                }
                None => {
                    return Err(command.misread(
                        format!("no statement before this one made `${name}`"),
                        "make it with New-Object … -OutVariable",
                    ));
                }
            }
        }
        if names.is_empty() {
            let text = "a group without conditions";
            let help = "the group is left out";
            self.note(Level::Warning, "empty-group", command.line, command.column, text, help);
        } else if scope {
            self.draft(at).scope.push(clauses);
        } else {
            self.draft(at).join.push(criteria);
        }
        self.set(command, Object::Rule(at))
    }

    fn save(&mut self, at: usize, line: u32) {
        let Some(draft) = self.drafts.get_mut(at) else { return };
        draft.saved = true;
        if !draft.ok {
            return;
        }
        let rule = draft.rule.clone();
        let limit = Limits::shipped().rules;
        if self.export.rules.len() >= limit {
            let text = format!("more than {limit} rules");
            self.note(Level::Error, "not-well-formed", line, 0, text, "is it the right file?");
            return;
        }
        if let Some(known) = self.export.rules.iter_mut().find(|known| known.id == rule.id) {
            let text = format!("the rule `{}` takes the place of `{}`", rule.name, known.name);
            *known = rule;
            self.note(Level::Information, "rule-replaced", line, 0, text, "");
        } else {
            self.export.rules.push(rule);
        }
    }
}

/// A rule whose first statement was not understood.
fn nameless(file: &str, line: u32) -> ExportedRule {
    ExportedRule {
        file: file.to_owned(),
        line,
        id: Guid::NIL,
        internal_id: Guid::NIL,
        version: 1,
        name: String::new(),
        description: String::new(),
        tag: String::new(),
        direction: Direction::Inbound,
        disabled: false,
        connector: Guid::NIL,
        source_type: String::new(),
        target_type: String::new(),
        link: dirsim_rules::LinkType::Join,
        precedence: 0,
        precedence_after: Guid::NIL,
        precedence_before: Guid::NIL,
        soft_delete_expiry: "00:00:00".to_owned(),
        password_sync: false,
        flows: Vec::new(),
        join: Vec::new(),
        scope: Vec::new(),
    }
}

fn guid(command: &Command, name: &str) -> Result<Option<Guid>, Misread> {
    match command.text(name)? {
        None => Ok(None),
        Some(text) if text.trim().is_empty() => Ok(None),
        Some(text) => text
            .parse()
            .map(Some)
            .map_err(|_| command.misread(format!("`-{name}` is `{text}`, no GUID"), "")),
    }
}

fn new_rule(file: &str, command: &Command) -> Result<ExportedRule, Misread> {
    let name = command.needed("Name")?;
    let connector = guid(command, "Connector")?
        .ok_or_else(|| command.misread("`-Connector` is missing".into(), "name its GUID"))?;
    let direction = match command.needed("Direction")?.to_ascii_lowercase().as_str() {
        "inbound" => Direction::Inbound,
        "outbound" => Direction::Outbound,
        other => {
            return Err(
                command.misread(format!("`-Direction` is `{other}`"), "one of Inbound, Outbound")
            );
        }
    };
    let link_text = command.needed("LinkType")?;
    let link = link_type(&link_text).ok_or_else(|| {
        let known: Vec<&str> = LINK_TYPES.iter().map(|(name, _)| *name).collect();
        let help = format!("one of {}", known.join(", "));
        command.misread(format!("`-LinkType` is `{link_text}`"), help)
    })?;
    let precedence = command.number("Precedence")?.ok_or_else(|| {
        command.misread("`-Precedence` is missing".into(), "custom rules use 0 to 99")
    })?;
    let id = guid(command, "Identifier")?.filter(|id| *id != Guid::NIL).unwrap_or_else(|| {
        let mut bytes = name.clone().into_bytes();
        bytes.extend_from_slice(connector.as_bytes());
        Guid::from_bytes(xxhash_rust::xxh3::xxh3_128(&bytes).to_le_bytes())
    });
    Ok(ExportedRule {
        id,
        description: command.text("Description")?.unwrap_or_default(),
        tag: command.text("ImmutableTag")?.unwrap_or_default(),
        direction,
        disabled: command.switch("Disabled")?,
        connector,
        source_type: command.needed("SourceObjectType")?,
        target_type: command.needed("TargetObjectType")?,
        link,
        precedence,
        precedence_after: guid(command, "PrecedenceAfter")?.unwrap_or(Guid::NIL),
        precedence_before: guid(command, "PrecedenceBefore")?.unwrap_or(Guid::NIL),
        soft_delete_expiry: match command.number("SoftDeleteExpiryInterval")? {
            None | Some(0) => "00:00:00".to_owned(),
            Some(number) => number.to_string(),
        },
        password_sync: command.switch("EnablePasswordSync")?,
        name,
        ..nameless(file, command.line)
    })
}

/// Reads a condition; `None` for an object of another type.
fn condition(command: &Command) -> Result<Option<Object>, Misread> {
    let kind = command.needed("TypeName")?;
    let arguments = command.parameter("ArgumentList").map_or(&[][..], |found| &found.values);
    let text = |at: usize| match arguments.get(at) {
        Some(Value::Text(text)) => Ok(text.clone()),
        Some(Value::Reference(_) | Value::Computed(_)) => Err(command.misread(
            "`-ArgumentList` is worked out by the shell".into(),
            "fill in its values: dirsim runs no script",
        )),
        _ => Err(command.misread(format!("argument {} of the condition is no text", at + 1), "")),
    };
    let class = kind.rsplit('.').next().unwrap_or(&kind);
    if class.eq_ignore_ascii_case("ScopeCondition") {
        if arguments.len() != 3 {
            return Err(command.misread(
                format!("a ScopeCondition has 3 arguments, not {}", arguments.len()),
                "attribute, value, operator",
            ));
        }
        let operator = text(2)?;
        if Operator::parse(&operator).is_none() {
            let known = Operator::ALL.iter().map(|(_, name)| *name);
            let help = dirsim_model::nearest(&operator, known)
                .map_or_else(String::new, |near| format!("did you mean `{near}`?"));
            return Err(command.misread(format!("no operator is called `{operator}`"), help));
        }
        return Ok(Some(Object::Clause(ExportedClause {
            line: command.line,
            attribute: text(0)?,
            operator,
            value: text(1)?,
        })));
    }
    if !class.eq_ignore_ascii_case("JoinCondition") {
        return Ok(None);
    }
    let case_sensitive = match arguments {
        [_, _] => false,
        [_, _, Value::Boolean(flag)] => *flag,
        _ => {
            return Err(command.misread(
                "a JoinCondition has 2 attributes, and $true or $false behind them".into(),
                "",
            ));
        }
    };
    Ok(Some(Object::Criterion(ExportedCriterion {
        line: command.line,
        cs_attribute: text(0)?,
        mv_attribute: text(1)?,
        case_sensitive,
    })))
}
