//! Parts of a sync rule: transformations, scope groups and join groups (CE-070). They change the
//! object that they are given and return it; the server learns of it from `Add-ADSyncRule`.

use dirsim_rules::{ClauseDefinition, CriterionDefinition, FlowDefinition, FlowKind, Operator};

use super::sync_rule_object as object;
use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::{Object, PsValue};

/// `Add-ADSyncAttributeFlowMapping`.
pub(super) static ADD_FLOW: CommandSpec = CommandSpec {
    name: "Add-ADSyncAttributeFlowMapping",
    aliases: &[],
    module: "ADSync",
    summary: "Adds a transformation to a sync rule",
    example: "Add-ADSyncAttributeFlowMapping -SynchronizationRule @{Name='Interns'} -Source True -Destination cloudFiltered -FlowType Constant -ValueMergeType Update",
    parameters: &[
        P::new("SynchronizationRule", K::Any).at(0).piped().required(),
        P::texts("Source"),
        P::text("Destination").required(),
        P::new("FlowType", K::Choice(&["Direct", "Constant", "Expression"])).required(),
        P::new(
            "ValueMergeType",
            K::Choice(&["Update", "Replace", "Merge", "MergeCaseInsensitive"]),
        ),
        P::text("Expression"),
        P::switch("ExecuteOnce"),
    ],
    sets: &[],
    run: add_flow,
};

/// `Remove-ADSyncAttributeFlowMapping`.
pub(super) static REMOVE_FLOW: CommandSpec = CommandSpec {
    name: "Remove-ADSyncAttributeFlowMapping",
    aliases: &[],
    module: "ADSync",
    summary: "Takes the transformation of one attribute out of a sync rule",
    example: "Remove-ADSyncAttributeFlowMapping -SynchronizationRule @{Name='Interns'} -Destination cloudFiltered",
    parameters: &[
        P::new("SynchronizationRule", K::Any).at(0).piped().required(),
        P::text("Destination").required(),
    ],
    sets: &[],
    run: remove_flow,
};

/// `New-ADSyncScopeConditionObject`.
pub(super) static NEW_SCOPE: CommandSpec = CommandSpec {
    name: "New-ADSyncScopeConditionObject",
    aliases: &[],
    module: "ADSync",
    summary: "Makes a clause of a scoping filter",
    example: "New-ADSyncScopeConditionObject -Attribute department -ComparisonValue Interns -ComparisonOperator EQUAL",
    parameters: &[
        P::text("Attribute").at(0).required(),
        P::text("ComparisonValue").at(1),
        P::text("ComparisonOperator").at(2).required(),
    ],
    sets: &[],
    run: new_scope,
};

/// `New-ADSyncJoinConditionObject`.
pub(super) static NEW_JOIN: CommandSpec = CommandSpec {
    name: "New-ADSyncJoinConditionObject",
    aliases: &[],
    module: "ADSync",
    summary: "Makes a criterion of a join group",
    example: "New-ADSyncJoinConditionObject -CSAttribute employeeID -MVAttribute employeeID -CaseSensitive $true",
    parameters: &[
        P::text("CSAttribute").at(0).required(),
        P::text("MVAttribute").at(1).required(),
        P::boolean("CaseSensitive").at(2),
    ],
    sets: &[],
    run: |_, bound| {
        let criterion = CriterionDefinition {
            cs_attribute: bound.required("CSAttribute").to_owned(),
            mv_attribute: bound.required("MVAttribute").to_owned(),
            case_sensitive: bound.switch("CaseSensitive"),
        };
        Ok(vec![object::join_condition(&criterion)])
    },
};

/// `Add-ADSyncScopeConditionGroup`.
pub(super) static ADD_SCOPE: CommandSpec = CommandSpec {
    name: "Add-ADSyncScopeConditionGroup",
    aliases: &[],
    module: "ADSync",
    summary: "Adds a group of clauses to the scoping filter of a sync rule",
    example: "Add-ADSyncScopeConditionGroup -SynchronizationRule @{Name='Interns'} -ScopeConditions @(@{Attribute='department'; ComparisonOperator='EQUAL'; ComparisonValue='Interns'})",
    parameters: &[
        P::new("SynchronizationRule", K::Any).at(0).piped().required(),
        P::new("ScopeConditions", K::Any).at(1).required(),
    ],
    sets: &[],
    run: |_, bound| {
        let group = conditions(bound, "ScopeConditions", object::clause)?;
        extend(bound, "ScopeFilter", object::scope_group(&group))
    },
};

/// `Add-ADSyncJoinConditionGroup`.
pub(super) static ADD_JOIN: CommandSpec = CommandSpec {
    name: "Add-ADSyncJoinConditionGroup",
    aliases: &[],
    module: "ADSync",
    summary: "Adds a group of criteria to the join rules of a sync rule",
    example: "Add-ADSyncJoinConditionGroup -SynchronizationRule @{Name='Interns'} -JoinConditions @(@{CSAttribute='employeeID'; MVAttribute='employeeID'})",
    parameters: &[
        P::new("SynchronizationRule", K::Any).at(0).piped().required(),
        P::new("JoinConditions", K::Any).at(1).required(),
    ],
    sets: &[],
    run: |_, bound| {
        let group = conditions(bound, "JoinConditions", object::criterion)?;
        extend(bound, "JoinFilter", object::join_group(&group))
    },
};

fn refused(bound: &Bound, message: String) -> CommandError {
    server_refused(bound, "SynchronizationRule", "SR-001", message)
}

/// Returns the rule object that was given; a hashtable becomes one.
fn rule(bound: &Bound) -> Result<Object, CommandError> {
    let mut value = bound.get("SynchronizationRule").unwrap_or(&PsValue::Null);
    if let PsValue::List(items) = value
        && let [only] = items.as_slice()
    {
        value = only;
    }
    match value {
        PsValue::Object(rule) => Ok((**rule).clone()),
        PsValue::Table(pairs) => Ok(Object { type_name: object::RULE, properties: pairs.clone() }),
        other => Err(refused(
            bound,
            format!(
                "-SynchronizationRule takes a rule as New-ADSyncRule returns it, not '{}'.",
                other.to_text()
            ),
        )),
    }
}

fn conditions<T>(
    bound: &Bound,
    name: &str,
    read: fn(&PsValue) -> Result<T, String>,
) -> Result<Vec<T>, CommandError> {
    let value = bound.get(name).unwrap_or(&PsValue::Null);
    let mut found = Vec::new();
    for item in value.each() {
        // `@($condition0)` without `[0]` is a list in a list.
        for condition in item.each() {
            found.push(read(condition).map_err(|message| refused(bound, message))?);
        }
    }
    if found.is_empty() {
        return Err(refused(bound, format!("-{name} is empty; a group needs a condition.")));
    }
    Ok(found)
}

/// Adds an item to a list of the rule.
fn extend(bound: &Bound, list: &str, item: Object) -> Result<Vec<Object>, CommandError> {
    let mut rule = rule(bound)?;
    let mut items: Vec<PsValue> =
        rule.get(list).map(|value| value.each().into_iter().cloned().collect()).unwrap_or_default();
    items.push(item.into());
    replace(&mut rule, list, items);
    Ok(vec![rule])
}

fn replace(rule: &mut Object, list: &str, items: Vec<PsValue>) {
    let known = rule.properties.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(list));
    match known {
        Some((_, value)) => *value = PsValue::List(items),
        None => rule.properties.push((list.to_owned(), PsValue::List(items))),
    }
}

fn add_flow(_: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let target = bound.required("Destination").to_owned();
    let kind = bound.text("FlowType").and_then(object::flow_kind).unwrap_or(FlowKind::Direct);
    let sources = bound.texts("Source");
    let source = match (kind, bound.text("Expression"), sources.as_slice()) {
        (FlowKind::Expression, Some(text), _) => text.to_owned(),
        (FlowKind::Expression, None, _) => {
            let message = format!("The expression flow of '{target}' needs -Expression.");
            return Err(refused(bound, message));
        }
        (_, Some(_), _) => {
            let message = "-Expression goes with -FlowType Expression only.".to_owned();
            return Err(refused(bound, message));
        }
        (_, None, [only]) => (*only).to_owned(),
        (_, None, several) => {
            let message = format!(
                "A {} flow takes exactly one -Source; {} are given for '{target}'.",
                kind.name(),
                several.len()
            );
            return Err(refused(bound, message));
        }
    };
    let merge = bound.text("ValueMergeType").and_then(object::merge_type).unwrap_or_default();
    let apply_once = bound.switch("ExecuteOnce");
    let flow = FlowDefinition { target, kind, source, merge, apply_once };
    extend(bound, "AttributeFlowMappings", object::mapping(&flow))
}

fn remove_flow(_: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let target = bound.required("Destination");
    let mut rule = rule(bound)?;
    let mut items: Vec<PsValue> = rule
        .get("AttributeFlowMappings")
        .map(|value| value.each().into_iter().cloned().collect())
        .unwrap_or_default();
    let before = items.len();
    items.retain(|item| {
        let written = object::property(item, "Destination").map(PsValue::to_text);
        !written.is_some_and(|written| written.eq_ignore_ascii_case(target))
    });
    if items.len() == before {
        return Err(refused(bound, format!("The rule has no transformation of '{target}'.")));
    }
    replace(&mut rule, "AttributeFlowMappings", items);
    Ok(vec![rule])
}

fn new_scope(_: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let operator = bound.required("ComparisonOperator");
    if Operator::parse(operator).is_none() {
        let known: Vec<&str> = Operator::ALL.iter().map(|(_, name)| *name).collect();
        let message =
            format!("'{operator}' is no comparison operator. There are: {}.", known.join(", "));
        return Err(server_refused(bound, operator, "SR-032", message));
    }
    let clause = ClauseDefinition {
        attribute: bound.required("Attribute").to_owned(),
        operator: operator.to_uppercase(),
        value: bound.required("ComparisonValue").to_owned(),
    };
    Ok(vec![object::scope_condition(&clause)])
}
