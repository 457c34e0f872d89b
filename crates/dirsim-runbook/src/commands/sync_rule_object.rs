//! Sync rules as objects of a script, and back (SE section 15, CE-070).

use dirsim_model::Guid;
use dirsim_rules::{
    ClauseDefinition, CriterionDefinition, Direction, FlowDefinition, FlowKind, LinkType,
    MergeType, RuleDefinition,
};

use crate::value::{Object, PsValue, duration_text, parse_duration};

/// The namespace of the objects.
macro_rules! model {
    ($name:literal) => {
        concat!("Microsoft.IdentityManagement.PowerShell.ObjectModel.", $name)
    };
}

/// The type of a rule.
pub(super) const RULE: &str = model!("SynchronizationRule");
/// The type of a clause of a scoping filter.
pub(super) const SCOPE_CONDITION: &str = model!("ScopeCondition");
/// The type of a criterion of a join group.
pub(super) const JOIN_CONDITION: &str = model!("JoinCondition");
const SCOPE_GROUP: &str = model!("ScopeConditionGroup");
const JOIN_GROUP: &str = model!("JoinConditionGroup");
const MAPPING: &str = model!("AttributeFlowMapping");

/// A rule as a script hands it over.
pub(super) struct Given {
    /// The rule.
    pub(super) rule: RuleDefinition,
    /// The rule that it goes after; nil for none (SR-007).
    pub(super) after: Guid,
    /// The rule that it goes before; nil for none (SR-007).
    pub(super) before: Guid,
}

/// Returns a rule as an object.
pub(super) fn show(rule: &RuleDefinition) -> Object {
    let scope: Vec<Object> = rule.scope.iter().map(|group| scope_group(group)).collect();
    let join: Vec<Object> = rule.join.iter().map(|group| join_group(group)).collect();
    let flows: Vec<Object> = rule.flows.iter().map(mapping).collect();
    Object::new(RULE)
        .with("Name", rule.name.clone())
        .with("Identifier", rule.id)
        .with("Version", i64::from(rule.version))
        .with("Description", rule.description.clone())
        .with("Direction", rule.direction.name())
        .with("Connector", rule.connector)
        .with("SourceObjectType", rule.source_class())
        .with("TargetObjectType", rule.target_class())
        .with("LinkType", rule.link.name())
        .with("Precedence", i64::from(rule.precedence))
        .with("PrecedenceAfter", Guid::NIL)
        .with("PrecedenceBefore", Guid::NIL)
        .with("Disabled", rule.disabled)
        .with("ImmutableTag", rule.tag.clone())
        .with("IsStandardRule", rule.is_standard())
        .with("EnablePasswordSync", rule.password_sync)
        .with("SoftDeleteExpiryInterval", duration_text(rule.soft_delete_expiry_ms))
        .with("ScopeFilter", scope)
        .with("JoinFilter", join)
        .with("AttributeFlowMappings", flows)
}

/// Returns a rule with the rules between which it asks to go.
pub(super) fn with_place(mut rule: Object, after: Guid, before: Guid) -> Object {
    put(&mut rule, "PrecedenceAfter", after.into());
    put(&mut rule, "PrecedenceBefore", before.into());
    rule
}

/// Sets a property that the object has.
pub(super) fn put(object: &mut Object, name: &str, value: PsValue) {
    if let Some((_, slot)) = object.properties.iter_mut().find(|(known, _)| known == name) {
        *slot = value;
    }
}

/// Returns a group of a scoping filter.
pub(super) fn scope_group(clauses: &[ClauseDefinition]) -> Object {
    let conditions: Vec<Object> = clauses.iter().map(scope_condition).collect();
    Object::new(SCOPE_GROUP).with("ScopeConditionList", conditions)
}

/// Returns a group of join criteria.
pub(super) fn join_group(criteria: &[CriterionDefinition]) -> Object {
    let conditions: Vec<Object> = criteria.iter().map(join_condition).collect();
    Object::new(JOIN_GROUP).with("JoinConditionList", conditions)
}

/// Returns a clause of a scoping filter.
pub(super) fn scope_condition(clause: &ClauseDefinition) -> Object {
    Object::new(SCOPE_CONDITION)
        .with("Attribute", clause.attribute.clone())
        .with("ComparisonValue", clause.value.clone())
        .with("ComparisonOperator", clause.operator.clone())
}

/// Returns a criterion of a join group.
pub(super) fn join_condition(criterion: &CriterionDefinition) -> Object {
    Object::new(JOIN_CONDITION)
        .with("CSAttribute", criterion.cs_attribute.clone())
        .with("MVAttribute", criterion.mv_attribute.clone())
        .with("CaseSensitive", criterion.case_sensitive)
}

/// Returns a transformation.
pub(super) fn mapping(flow: &FlowDefinition) -> Object {
    let source = match flow.kind {
        FlowKind::Direct | FlowKind::Constant => vec![flow.source.clone()],
        // The stored list follows from the expression (SR-086).
        FlowKind::Expression => dirsim_rules::attribute_names(&flow.source),
    };
    let expression = match flow.kind {
        FlowKind::Expression => PsValue::from(flow.source.clone()),
        _ => PsValue::Null,
    };
    Object::new(MAPPING)
        .with("Source", source)
        .with("Destination", flow.target.clone())
        .with("FlowType", flow.kind.name())
        .with("ExecuteOnce", flow.apply_once)
        .with("Expression", expression)
        .with("ValueMergeType", flow.merge.name())
}

/// Reads a link type in any letter case.
pub(super) fn link_type(text: &str) -> Option<LinkType> {
    LinkType::ALL.into_iter().find(|link| link.name().eq_ignore_ascii_case(text))
}

/// Reads a merge type in any letter case.
pub(super) fn merge_type(text: &str) -> Option<MergeType> {
    MergeType::ALL.into_iter().find(|merge| merge.name().eq_ignore_ascii_case(text))
}

/// Reads a flow type in any letter case.
pub(super) fn flow_kind(text: &str) -> Option<FlowKind> {
    FlowKind::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(text))
}

/// Takes the object out of a list of one, as `-OutVariable` fills it.
fn one(value: &PsValue) -> &PsValue {
    match value {
        PsValue::List(items) if items.len() == 1 => items.first().unwrap_or(value),
        other => other,
    }
}

/// Returns a property of an object or a key of a hashtable; `None` for `$null`.
pub(super) fn property<'a>(value: &'a PsValue, name: &str) -> Option<&'a PsValue> {
    let found = match one(value) {
        PsValue::Object(object) => object.get(name),
        PsValue::Table(pairs) => {
            pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        }
        _ => None,
    };
    found.filter(|value| !matches!(value, PsValue::Null))
}

/// Returns the identifier of a rule.
pub(super) fn identifier(value: &PsValue) -> Option<Guid> {
    property(value, "Identifier")?.to_text().parse().ok()
}

/// Reads a rule. `connector` finds a connector by name or identifier. The error is a sentence.
pub(super) fn read(
    value: &PsValue,
    connector: impl Fn(&str) -> Option<Guid>,
) -> Result<Given, String> {
    if !matches!(one(value), PsValue::Object(_) | PsValue::Table(_)) {
        return Err(format!(
            "-SynchronizationRule takes a rule as New-ADSyncRule and Get-ADSyncRule return it, not '{}'.",
            value.to_text()
        ));
    }
    let text = |name: &str| property(value, name).map(PsValue::to_text).unwrap_or_default();
    let needed = |name: &str| {
        let found = text(name);
        if found.is_empty() { Err(format!("The rule has no {name}.")) } else { Ok(found) }
    };
    let truth = |name: &str| matches!(property(value, name), Some(PsValue::Boolean(true)));
    let guid = |name: &str| text(name).parse().unwrap_or(Guid::NIL);
    let direction = needed("Direction")?;
    let direction = [Direction::Inbound, Direction::Outbound]
        .into_iter()
        .find(|known| known.name().eq_ignore_ascii_case(&direction))
        .ok_or_else(|| format!("'{direction}' is no direction: Inbound or Outbound."))?;
    let (source, target) = (needed("SourceObjectType")?, needed("TargetObjectType")?);
    let (cs_class, mv_class) = match direction {
        Direction::Inbound => (source, target),
        Direction::Outbound => (target, source),
    };
    let named = needed("Connector")?;
    let link = match text("LinkType") {
        empty if empty.is_empty() => LinkType::default(),
        word => link_type(&word).ok_or_else(|| format!("'{word}' is no link type."))?,
    };
    let precedence = text("Precedence");
    let rule = RuleDefinition {
        id: guid("Identifier"),
        name: needed("Name")?,
        description: text("Description"),
        tag: text("ImmutableTag"),
        version: 1,
        direction,
        connector: connector(&named)
            .or_else(|| named.parse().ok())
            .ok_or_else(|| format!("There is no connector '{named}'."))?,
        cs_class,
        mv_class,
        link,
        precedence: if precedence.is_empty() {
            0
        } else {
            precedence
                .trim()
                .parse()
                .map_err(|_| format!("The precedence '{precedence}' is no whole number."))?
        },
        disabled: truth("Disabled"),
        password_sync: truth("EnablePasswordSync"),
        soft_delete_expiry_ms: soft_delete(property(value, "SoftDeleteExpiryInterval"))?,
        scope: groups(value, "ScopeFilter", "ScopeConditionList", clause)?,
        join: groups(value, "JoinFilter", "JoinConditionList", criterion)?,
        flows: property(value, "AttributeFlowMappings")
            .map(PsValue::each)
            .unwrap_or_default()
            .into_iter()
            .map(flow)
            .collect::<Result<_, _>>()?,
    };
    Ok(Given { rule, after: guid("PrecedenceAfter"), before: guid("PrecedenceBefore") })
}

fn soft_delete(value: Option<&PsValue>) -> Result<i64, String> {
    match value {
        None | Some(PsValue::Integer(0)) => Ok(0),
        Some(PsValue::Duration(ms)) => Ok(*ms),
        Some(other) => {
            let text = other.to_text();
            if text.trim() == "0" {
                return Ok(0);
            }
            let span = parse_duration(&text).filter(|ms| *ms >= 0 && text.contains(':'));
            span.ok_or_else(|| format!("'{text}' is no interval of the form d.hh:mm:ss."))
        }
    }
}

/// Reads the groups of a filter: group objects, or lists of conditions.
fn groups<T>(
    rule: &PsValue,
    filter: &str,
    list: &str,
    read: fn(&PsValue) -> Result<T, String>,
) -> Result<Vec<Vec<T>>, String> {
    let Some(value) = property(rule, filter) else { return Ok(Vec::new()) };
    value
        .each()
        .into_iter()
        .map(|group| {
            let conditions = property(group, list).unwrap_or(group);
            conditions.each().into_iter().map(read).collect()
        })
        .collect()
}

/// Reads a clause.
pub(super) fn clause(value: &PsValue) -> Result<ClauseDefinition, String> {
    let text = |name: &str| property(value, name).map(PsValue::to_text);
    let operator = text("ComparisonOperator").or(text("Operator"));
    match (text("Attribute"), operator) {
        (Some(attribute), Some(operator)) => Ok(ClauseDefinition {
            attribute,
            operator: operator.to_uppercase(),
            value: text("ComparisonValue").or(text("Value")).unwrap_or_default(),
        }),
        _ => Err(format!(
            "'{}' is no scope condition: it needs Attribute, ComparisonValue and ComparisonOperator.",
            value.to_text()
        )),
    }
}

/// Reads a join criterion.
pub(super) fn criterion(value: &PsValue) -> Result<CriterionDefinition, String> {
    let text = |name: &str| property(value, name).map(PsValue::to_text);
    match (text("CSAttribute"), text("MVAttribute")) {
        (Some(cs_attribute), Some(mv_attribute)) => Ok(CriterionDefinition {
            cs_attribute,
            mv_attribute,
            case_sensitive: matches!(
                property(value, "CaseSensitive"),
                Some(PsValue::Boolean(true))
            ),
        }),
        _ => Err(format!(
            "'{}' is no join condition: it needs CSAttribute and MVAttribute.",
            value.to_text()
        )),
    }
}

/// Reads a transformation.
pub(super) fn flow(value: &PsValue) -> Result<FlowDefinition, String> {
    let text = |name: &str| property(value, name).map(PsValue::to_text);
    let target =
        text("Destination").ok_or_else(|| "A transformation has no Destination.".to_owned())?;
    let word = text("FlowType").unwrap_or_else(|| "Direct".to_owned());
    let kind = flow_kind(&word)
        .ok_or_else(|| format!("'{word}' is no flow type: Direct, Constant or Expression."))?;
    let sources: Vec<String> = property(value, "Source")
        .map(|list| list.each().into_iter().map(PsValue::to_text).collect())
        .unwrap_or_default();
    let source = match (kind, text("Expression"), sources.as_slice()) {
        (FlowKind::Expression, Some(expression), _) => expression,
        (FlowKind::Expression, None, _) => {
            return Err(format!("The transformation of '{target}' needs an Expression."));
        }
        (FlowKind::Direct | FlowKind::Constant, _, [only]) => only.clone(),
        (FlowKind::Constant, _, []) => String::new(),
        (_, _, several) => {
            return Err(format!(
                "The {} transformation of '{target}' takes one Source, not {}.",
                kind.name(),
                several.len()
            ));
        }
    };
    let merge = match text("ValueMergeType") {
        None => MergeType::Update,
        Some(word) => merge_type(&word).ok_or_else(|| format!("'{word}' is no merge type."))?,
    };
    let apply_once = matches!(property(value, "ExecuteOnce"), Some(PsValue::Boolean(true)));
    Ok(FlowDefinition { target, kind, source, merge, apply_once })
}
