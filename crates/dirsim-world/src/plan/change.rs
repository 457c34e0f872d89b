//! What a cycle writes to a directory, attribute by attribute, each with the rule that supplied it.

use std::collections::BTreeMap;

use dirsim_forest::ForestObject;
use dirsim_model::{Guid, Schema, Side, attribute::well_known as a};
use dirsim_rules::RuleSet;
use dirsim_store::{StoreResult, Tables};
use dirsim_sync::cs::Anchor;
use dirsim_sync::{Context, preview};
use dirsim_tenant::catalogue::catalogue;
use dirsim_tenant::{TenantObject, lookup};
use serde::Serialize;
use serde_json::{Value, json};

use super::{PlanItem, PlanOutcome};
use crate::view::{self, View, name_of};

/// One attribute that the cycle changes in a connected directory.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The attribute as the directory names it.
    pub attribute: String,
    /// The directory: `tenant`, or `forest contoso.com`.
    pub system: String,
    /// The value before: null for none, a list where there are several. Of references those that
    /// go.
    pub before: Value,
    /// The value after: null for none, a list where there are several. Of references those that
    /// come.
    pub after: Value,
    /// The synchronization rule that supplied the value; for values that the tenant sets itself the
    /// rule of the specification.
    pub rule: String,
    /// The precedence of the synchronization rule, lower wins; `None` where none supplied the value.
    pub precedence: Option<u32>,
}

/// For which objects of a plan changes are told, attribute by attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// For those that deserve a look.
    Noteworthy,
    /// For all.
    All,
}

/// Values that change with every row and tell nothing.
const SILENT: [&str; 4] =
    ["id", "createdDateTime", "onPremisesLastSyncDateTime", "onPremisesProvisioningErrors"];

/// Which object a side of the comparison is read from.
#[derive(Debug, Clone, PartialEq)]
enum Target {
    Tenant(Guid),
    Forest(Guid),
}

/// An object as it is after the cycle, to be compared with what it was before.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct After {
    target: Target,
    system: String,
    values: View,
    references: BTreeMap<String, Vec<String>>,
    /// The rule that supplied each attribute of the directory: name and precedence.
    suppliers: BTreeMap<String, (String, u32)>,
}

/// Reads an exported object after its run, and which rules supplied its values.
pub(super) fn after(
    tables: &dyn Tables,
    schema: &Schema,
    rules: &RuleSet,
    now: dirsim_model::Timestamp,
    item: &PlanItem,
) -> StoreResult<Option<After>> {
    if matches!(
        item.outcome,
        PlanOutcome::NoChange
            | PlanOutcome::Refused
            | PlanOutcome::SyncError
            | PlanOutcome::WriteBackRefused
    ) {
        return Ok(None);
    }
    let Some(object) = dirsim_sync::cs::get(tables, item.cs)? else { return Ok(None) };
    let (target, side) = match (&item.cloud, &object.anchor) {
        (Some(_), _) if item.outcome != PlanOutcome::WriteBack => {
            let cloud = item.cloud.as_deref().and_then(|text| text.split_once('_'));
            let Some(id) = cloud.and_then(|(_, id)| id.parse().ok()) else { return Ok(None) };
            (Target::Tenant(id), Side::Tenant)
        }
        (_, Some(Anchor::Object(guid))) => (Target::Forest(*guid), Side::Forest),
        _ => return Ok(None),
    };
    let Some((values, references)) = read(tables, schema, &target)? else { return Ok(None) };
    let context = Context::new(tables, schema, rules, now, 0)?;
    let mut suppliers = BTreeMap::new();
    if object.mv != 0
        && let Some(Ok((_, winners))) =
            preview::outbound_winners(&context, tables, item.cs, &object)?
    {
        for (attribute, ix) in winners {
            let rule = rules.rule(ix);
            let supplier = (rule.name.clone(), rule.precedence);
            suppliers.insert(schema.name(attribute).to_owned(), supplier);
        }
    }
    let system = match side {
        Side::Forest => format!("forest {}", item.connector),
        _ => "tenant".to_owned(),
    };
    Ok(Some(After { target, system, values, references, suppliers }))
}

/// Compares an object after the cycle with the same before it.
pub(super) fn changes(
    before: &dyn Tables,
    schema: &Schema,
    after: &After,
) -> StoreResult<Vec<Change>> {
    let (values, references) = read(before, schema, &after.target)?.unwrap_or_default();
    let supplier = |attribute: &str| {
        let row = schema
            .attribute(attribute)
            .and_then(|id| match after.target {
                Target::Tenant(_) => catalogue().fed_by(schema, id),
                Target::Forest(_) => Some(id),
            })
            .map_or(attribute, |id| schema.name(id));
        let found = after.suppliers.get(row);
        match found {
            Some((name, precedence)) => (name.clone(), Some(*precedence)),
            None => (by_itself(attribute).to_owned(), None),
        }
    };
    let mut changes = Vec::new();
    let mut names: Vec<&String> = values.keys().chain(after.values.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let at = |view: &View| view.get(name).cloned().unwrap_or_default();
        let (old, new) = (at(&values), at(&after.values));
        if old == new || SILENT.contains(&name.as_str()) {
            continue;
        }
        let (rule, precedence) = supplier(name);
        changes.push(Change {
            attribute: name.clone(),
            system: after.system.clone(),
            before: old,
            after: new,
            rule,
            precedence,
        });
    }
    let mut names: Vec<&String> = references.keys().chain(after.references.keys()).collect();
    names.sort();
    names.dedup();
    let none = Vec::new();
    for name in names {
        let (old, new) =
            (references.get(name).unwrap_or(&none), after.references.get(name).unwrap_or(&none));
        let only = |these: &[String], others: &[String]| -> Value {
            let found: Vec<&String> = these.iter().filter(|one| !others.contains(one)).collect();
            if found.is_empty() { Value::Null } else { json!(found) }
        };
        let (gone, come) = (only(old, new), only(new, old));
        if gone.is_null() && come.is_null() {
            continue;
        }
        let (rule, precedence) = supplier(name);
        changes.push(Change {
            attribute: name.clone(),
            system: after.system.clone(),
            before: gone,
            after: come,
            rule,
            precedence,
        });
    }
    Ok(changes)
}

/// Names the rule of the specification by which the tenant sets a value itself.
fn by_itself(attribute: &str) -> &'static str {
    match attribute {
        "onPremisesSyncEnabled" => "ET-013",
        "userPrincipalName" => "ET-096",
        "mail" | "proxyAddresses" => "ET-110",
        "mailNickname" => "ET-097",
        "deletedDateTime" => "ET-170",
        "mailEnabled" => "ET-220",
        "securityEnabled" => "ET-227",
        "passwordPolicies" => "ET-244",
        "isCloudManaged" => "ET-208",
        _ => "ET-060",
    }
}

type Read = Option<(View, BTreeMap<String, Vec<String>>)>;

fn read(tables: &dyn Tables, schema: &Schema, target: &Target) -> StoreResult<Read> {
    let mut references: BTreeMap<String, Vec<String>> = BTreeMap::new();
    match target {
        Target::Tenant(id) => {
            let Some(number) = lookup::by_id(tables, *id)? else { return Ok(None) };
            let Some(object) = lookup::object(tables, number)? else { return Ok(None) };
            for (attribute, to) in lookup::links(tables, number, None)? {
                let Some(to) = lookup::object(tables, to)?.filter(TenantObject::is_active) else {
                    continue;
                };
                let name = match attribute {
                    a::MEMBER => "members",
                    other => schema.name(other),
                };
                references.entry(name.to_owned()).or_default().push(name_of(&to));
            }
            Ok(Some((view::entry(schema, Side::Tenant, &object.graph(schema)), references)))
        }
        Target::Forest(guid) => {
            let Some(number) = dirsim_forest::lookup::by_guid(tables, *guid)? else {
                return Ok(None);
            };
            let object: Option<ForestObject> = dirsim_forest::lookup::object(tables, number)?;
            let Some(object) = object else { return Ok(None) };
            Ok(Some((view::entry(schema, Side::Forest, &object.entry), references)))
        }
    }
}
