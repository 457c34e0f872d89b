//! Scope, joins, flows and precedence over maps of texts, as the specification reads.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// An object: attribute names with their values as text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plain {
    pub(crate) attributes: BTreeMap<&'static str, Vec<String>>,
    /// The groups that it is a direct member of.
    pub(crate) groups: Vec<&'static str>,
}

impl Plain {
    fn values(&self, name: &str) -> &[String] {
        self.attributes.get(name).map_or(&[], Vec::as_slice)
    }

    /// The object as `name: value` lines.
    pub(crate) fn lines(&self) -> String {
        let mut lines = String::new();
        for (name, values) in &self.attributes {
            for value in values {
                writeln!(lines, "{name}: {value}").unwrap();
            }
        }
        lines
    }
}

/// Where the value of a flow comes from.
#[derive(Debug, Clone)]
pub(crate) enum From {
    Direct(&'static str),
    Constant(&'static str),
    Null,
    AuthoritativeNull,
    Ignore,
    /// `Trim([a])`
    Trim(&'static str),
    /// `[a] & "-" & [b]`
    Joined(&'static str, &'static str),
    /// `IIF([a] = "text", IgnoreThisFlow, UCase([b]))`
    IgnoreWhen(&'static str, &'static str, &'static str),
    /// `IIF(IsPresent([a]), [b], AuthoritativeNull)`
    OnlyWith(&'static str, &'static str),
    /// `IIF([a] = "text", Error("no"), [b])`
    ErrorWhen(&'static str, &'static str, &'static str),
    /// `Split([a] & ";b;C", ";")`
    Split(&'static str),
    /// `ImportedValue("a")`
    Imported(&'static str),
    /// `ValueCount("a")`
    Count(&'static str),
    /// `LCase(Left([a], 1)) & Right([b], 1)`
    Ends(&'static str, &'static str),
    /// `RemoveDuplicates(Trim([a]))` of an attribute with several values
    Distinct(&'static str),
    /// `IIF(InStr([a], "text") > 0 && Len([b]) <> 1, PCase([a]), Replace([b], "b", "cc"))`
    Found(&'static str, &'static str, &'static str),
}

#[derive(Debug, Clone)]
pub(crate) struct Flow {
    pub(crate) target: &'static str,
    pub(crate) from: From,
    pub(crate) merge: &'static str,
    pub(crate) once: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) precedence: u32,
    pub(crate) link: &'static str,
    pub(crate) disabled: bool,
    pub(crate) scope: Vec<Vec<(&'static str, &'static str, String)>>,
    pub(crate) join: Vec<Vec<(&'static str, &'static str)>>,
    pub(crate) flows: Vec<Flow>,
}

#[derive(Debug, Clone)]
pub(crate) struct Set(pub(crate) Vec<Rule>);

/// What becomes of the target attributes, or the code of the failure.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Values(BTreeMap<String, String>),
    Failed(String),
}

/// What one flow says (SR-089).
enum Says {
    Values(Vec<String>),
    Null,
    AuthoritativeNull,
    Ignore,
    Failed(&'static str),
}

/// Attributes that hold numbers.
const NUMBERS: &[&str] = &["countryCode", "userAccountControl"];
/// Targets that hold several values.
const MULTI: &[&str] = &["otherTelephone", "otherMobile"];

impl Set {
    /// The set as a rule file.
    pub(crate) fn text(&self) -> String {
        let mut text = String::from("rules:\n");
        for rule in &self.0 {
            write!(
                text,
                "  - name: {}\n    connector: contoso.com\n    from: user\n    to: metaverse person\n    link: {}\n    precedence: {}\n    disabled: {}\n",
                rule.name, rule.link, rule.precedence, rule.disabled
            )
            .unwrap();
            if !rule.scope.is_empty() {
                text.push_str("    scope:\n");
                for group in &rule.scope {
                    let clauses: Vec<String> = group
                        .iter()
                        .map(|(a, op, v)| format!("'{}'", format!("{a} {op} {v}").trim()))
                        .collect();
                    writeln!(text, "      - [{}]", clauses.join(", ")).unwrap();
                }
            }
            if !rule.join.is_empty() {
                text.push_str("    join:\n");
                for group in &rule.join {
                    let criteria: Vec<String> =
                        group.iter().map(|(a, b)| format!("{a} = {b}")).collect();
                    writeln!(text, "      - [{}]", criteria.join(", ")).unwrap();
                }
            }
            if rule.flows.is_empty() {
                continue;
            }
            text.push_str("    flows:\n");
            let (constants, others): (Vec<&Flow>, Vec<&Flow>) =
                rule.flows.iter().partition(|flow| matches!(flow.from, From::Constant(_)));
            for (key, flows) in [("constants", constants), ("expressions", others)] {
                if !flows.is_empty() {
                    writeln!(text, "      {key}:").unwrap();
                }
                for flow in flows {
                    writeln!(text, "        {}: '{}'", flow.target, flow.from.text()).unwrap();
                }
            }
            let merges: Vec<String> = rule
                .flows
                .iter()
                .filter(|flow| flow.merge != "Update")
                .map(|flow| format!("{}: {}", flow.target, flow.merge))
                .collect();
            if !merges.is_empty() {
                writeln!(text, "      merge: {{{}}}", merges.join(", ")).unwrap();
            }
            let once: Vec<&str> =
                rule.flows.iter().filter(|flow| flow.once).map(|flow| flow.target).collect();
            if !once.is_empty() {
                writeln!(text, "      once: [{}]", once.join(", ")).unwrap();
            }
        }
        text
    }

    /// SR-091: enabled rules that write one attribute agree on the kind of merge.
    pub(crate) fn has_merge_conflict(&self) -> bool {
        let kind =
            |merge: &str| if merge == "Replace" { "Update".to_owned() } else { merge.to_owned() };
        let mut kinds: BTreeMap<&str, String> = BTreeMap::new();
        for flow in self.0.iter().filter(|rule| !rule.disabled).flat_map(|rule| &rule.flows) {
            let known = kinds.entry(flow.target).or_insert_with(|| kind(flow.merge));
            if *known != kind(flow.merge) {
                return true;
            }
        }
        false
    }

    /// SR-030: enabled rules one of whose groups holds, by precedence.
    pub(crate) fn in_scope(&self, object: &Plain) -> Vec<&Rule> {
        let mut rules: Vec<&Rule> = self
            .0
            .iter()
            .filter(|rule| !rule.disabled)
            .filter(|rule| {
                rule.scope.is_empty()
                    || rule.scope.iter().any(|group| {
                        group
                            .iter()
                            .all(|(name, operator, operand)| holds(object, name, operator, operand))
                    })
            })
            .collect();
        rules.sort_by_key(|rule| rule.precedence);
        rules
    }

    /// SR-054: identical criteria count as one; different ones are an error.
    pub(crate) fn join(&self, rules: &[&Rule]) -> String {
        let mut criteria: Option<&Vec<Vec<(&str, &str)>>> = None;
        let mut provision = false;
        for rule in rules {
            provision |= rule.link == "provision";
            if rule.join.is_empty() {
                continue;
            }
            match criteria {
                None => criteria = Some(&rule.join),
                Some(known) if *known == rule.join => {}
                Some(_) => return "different-join-criteria".to_owned(),
            }
        }
        match (criteria, provision) {
            (None, false) => "nothing".to_owned(),
            (found, _) => format!("{} groups, provision {provision}", found.map_or(0, Vec::len)),
        }
    }

    /// SR-100: every target by number of the attribute, the first failure that is reached ends it.
    pub(crate) fn resolve(&self, rules: &[&Rule], object: &Plain, created: bool) -> Answer {
        let flowing: Vec<&&Rule> =
            rules.iter().filter(|rule| rule.link != "join-no-flow").collect();
        let mut targets: Vec<&str> =
            flowing.iter().flat_map(|rule| &rule.flows).map(|flow| flow.target).collect();
        targets.sort_unstable();
        targets.dedup();
        let mut values = BTreeMap::new();
        let mut failures = Vec::new();
        for target in targets {
            let flows: Vec<(&str, &Flow)> = flowing
                .iter()
                .flat_map(|rule| rule.flows.iter().map(|flow| (rule.name.as_str(), flow)))
                .filter(|(_, flow)| flow.target == target)
                .collect();
            match resolve(&flows, object, created) {
                Ok(shown) => {
                    values.insert(target.to_owned(), shown);
                }
                Err(code) => failures.push(code),
            }
        }
        // One failure ends everything; which one comes first is the business of the engine.
        match failures.first() {
            Some(code) => {
                assert!(
                    failures.iter().all(|other| other == code),
                    "the random flows have one error each"
                );
                Answer::Failed((*code).to_owned())
            }
            None => Answer::Values(values),
        }
    }
}

fn resolve(flows: &[(&str, &Flow)], object: &Plain, created: bool) -> Result<String, &'static str> {
    let merge = flows[0].1.merge;
    let unites = merge == "Merge" || merge == "MergeCaseInsensitive";
    let mut united: Vec<String> = Vec::new();
    let mut winner = None;
    let mut silent = false;
    for (rule, flow) in flows {
        let says = if flow.once && !created { Says::Ignore } else { flow.says(object) };
        match says {
            Says::Failed(code) => return Err(code),
            Says::Ignore => {}
            Says::Null => silent = true,
            Says::AuthoritativeNull => {
                silent = true;
                break;
            }
            Says::Values(values) if unites => {
                winner.get_or_insert(*rule);
                for value in values {
                    let known = |other: &String| {
                        *other == value
                            || merge == "MergeCaseInsensitive"
                                && other.to_lowercase() == value.to_lowercase()
                    };
                    if !united.iter().any(known) {
                        united.push(value);
                    }
                }
            }
            Says::Values(values) => return Ok(format!("{} from {rule}", values.join("|"))),
        }
    }
    Ok(match winner {
        Some(rule) => format!("{} from {rule}", united.join("|")),
        None if silent => "none".to_owned(),
        None => "kept".to_owned(),
    })
}

impl From {
    fn text(&self) -> String {
        match self {
            Self::Direct(a) => format!("[{a}]"),
            Self::Constant(text) => (*text).to_owned(),
            Self::Null => "NULL".to_owned(),
            Self::AuthoritativeNull => "AuthoritativeNull".to_owned(),
            Self::Ignore => "IgnoreThisFlow".to_owned(),
            Self::Trim(a) => format!("Trim([{a}])"),
            Self::Joined(a, b) => format!("[{a}] & \"-\" & [{b}]"),
            Self::IgnoreWhen(a, text, b) => {
                format!("IIF([{a}] = \"{text}\", IgnoreThisFlow, UCase([{b}]))")
            }
            Self::OnlyWith(a, b) => format!("IIF(IsPresent([{a}]), [{b}], AuthoritativeNull)"),
            Self::ErrorWhen(a, text, b) => format!("IIF([{a}] = \"{text}\", Error(\"no\"), [{b}])"),
            Self::Split(a) => format!("Split([{a}] & \";b;C\", \";\")"),
            Self::Imported(a) => format!("ImportedValue(\"{a}\")"),
            Self::Count(a) => format!("ValueCount(\"{a}\")"),
            Self::Ends(a, b) => format!("LCase(Left([{a}], 1)) & Right([{b}], 1)"),
            Self::Distinct(a) => format!("RemoveDuplicates(Trim([{a}]))"),
            Self::Found(a, text, b) => format!(
                "IIF(InStr([{a}], \"{text}\") > 0 && Len([{b}]) <> 1, UCase([{a}]), Replace([{b}], \"b\", \"cc\"))"
            ),
        }
    }
}

impl Flow {
    fn says(&self, object: &Plain) -> Says {
        let one = |name: &str| object.values(name).first().cloned();
        // `=` on texts compares with case (EX-022); NULL equals no text.
        let equals = |name: &str, text: &str| one(name).is_some_and(|value| value == text);
        let values = |values: Vec<String>| {
            let values: Vec<String> =
                values.into_iter().filter(|value| !value.is_empty()).collect();
            match values.len() {
                0 => Says::Null,
                1 => Says::Values(values),
                _ if MULTI.contains(&self.target) => Says::Values(values),
                _ => Says::Failed("flow-multi-values-to-single-value"),
            }
        };
        let optional = |value: Option<String>| values(value.into_iter().collect());
        match &self.from {
            From::Direct(a) => values(object.values(a).to_vec()),
            From::Constant(text) => values(vec![(*text).to_owned()]),
            From::Null => Says::Null,
            From::AuthoritativeNull => Says::AuthoritativeNull,
            From::Ignore => Says::Ignore,
            From::Trim(a) => {
                values(object.values(a).iter().map(|value| value.trim().to_owned()).collect())
            }
            From::Joined(a, b) => values(vec![format!(
                "{}-{}",
                one(a).unwrap_or_default(),
                one(b).unwrap_or_default()
            )]),
            From::IgnoreWhen(a, text, _) if equals(a, text) => Says::Ignore,
            From::IgnoreWhen(_, _, b) => optional(one(b).map(|value| value.to_uppercase())),
            From::OnlyWith(a, b) if one(a).is_some() => optional(one(b)),
            From::OnlyWith(..) => Says::AuthoritativeNull,
            From::ErrorWhen(a, text, _) if equals(a, text) => {
                Says::Failed("sync-rule-error-function-triggered")
            }
            From::ErrorWhen(_, _, b) => optional(one(b)),
            From::Imported(a) => values(object.values(a).to_vec()),
            From::Count(a) => values(vec![object.values(a).len().to_string()]),
            From::Ends(a, b) => {
                let (a, b) = (one(a).unwrap_or_default(), one(b).unwrap_or_default());
                let first: String = a.to_lowercase().chars().take(1).collect();
                values(vec![
                    first + b.chars().next_back().map(String::from).as_deref().unwrap_or(""),
                ])
            }
            From::Distinct(a) => {
                let mut kept: Vec<String> = Vec::new();
                for value in object.values(a) {
                    if !kept.iter().any(|known| known.to_lowercase() == value.to_lowercase()) {
                        kept.push(value.clone());
                    }
                }
                values(kept)
            }
            From::Found(a, text, b) => {
                let (left, right) = (one(a), one(b));
                let found = left.as_deref().is_some_and(|left| left.contains(text));
                // The length of nothing is 0.
                let length = right.as_deref().map_or(0, |right| right.chars().count());
                if found && length != 1 {
                    optional(left.map(|left| left.to_uppercase()))
                } else {
                    optional(right.map(|right| right.replace('b', "cc")))
                }
            }
            From::Split(a) => {
                let text = format!("{};b;C", one(a).unwrap_or_default());
                values(text.split(';').map(str::to_owned).collect())
            }
        }
    }
}

/// SR-032, with values as text; numbers compare as numbers (SR-034).
fn holds(object: &Plain, name: &str, operator: &str, operand: &str) -> bool {
    let values = object.values(name);
    let fold = |text: &str| text.to_lowercase();
    let number = |text: &str| text.parse::<i64>().unwrap();
    let only = if let [value] = values { Some(value.as_str()) } else { None };
    let is_number = NUMBERS.contains(&name);
    let order = || {
        only.map(|value| {
            if is_number {
                number(value).cmp(&number(operand))
            } else {
                fold(value).cmp(&fold(operand))
            }
        })
    };
    let some = |test: &dyn Fn(&str) -> bool| values.iter().any(|value| test(&fold(value)));
    let positive = match operator.strip_prefix("NOT") {
        Some(rest) => return !holds(object, name, rest, operand),
        None => operator,
    };
    match positive {
        "EQUAL" => order().is_some_and(std::cmp::Ordering::is_eq),
        "LESSTHAN" => order().is_some_and(std::cmp::Ordering::is_lt),
        "LESSTHAN_OR_EQUAL" => order().is_some_and(std::cmp::Ordering::is_le),
        "GREATERTHAN" => order().is_some_and(std::cmp::Ordering::is_gt),
        "GREATERTHAN_OR_EQUAL" => order().is_some_and(std::cmp::Ordering::is_ge),
        "CONTAINS" => some(&|value| value.contains(&fold(operand))),
        "STARTSWITH" => some(&|value| value.starts_with(&fold(operand))),
        "ENDSWITH" => some(&|value| value.ends_with(&fold(operand))),
        "ISMEMBEROF" => object.groups.contains(&operand),
        "ISNOTMEMBEROF" => !object.groups.contains(&operand),
        "ISNULL" => values.is_empty(),
        "ISNOTNULL" => !values.is_empty(),
        "ISIN" => some(&|value| operand.split(';').any(|element| fold(element) == value)),
        "ISNOTIN" => !some(&|value| operand.split(';').any(|element| fold(element) == value)),
        "ISBITSET" => only.is_some_and(|value| number(value) & number(operand) == number(operand)),
        "ISBITNOTSET" => {
            !only.is_some_and(|value| number(value) & number(operand) == number(operand))
        }
        other => panic!("{other}"),
    }
}
