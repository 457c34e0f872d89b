//! Views of one object in each place.

use dirsim_forest::ForestObject;
use dirsim_model::attribute::well_known;
use dirsim_model::{AttributeId, Entry, Schema, Side};
use dirsim_store::{StoreResult, Tables, rows};
use dirsim_sync::cs::{Anchor, connector_of};
use dirsim_sync::images;
use dirsim_sync::mv::{self, MvObject};
use dirsim_sync::rule_book::RuleBook;
use dirsim_sync::{CsObject, connector, lookup};
use dirsim_tenant::object::State;
use dirsim_tenant::{TenantObject, TenantType};
use serde_json::{Value, json};

use super::{View, entry, value};
use crate::find;

/// Shows a forest object.
pub fn forest_object(
    tables: &dyn Tables,
    schema: &Schema,
    id: u64,
    object: &ForestObject,
) -> StoreResult<View> {
    let mut view = View::new();
    view.insert("dn".into(), json!(dirsim_forest::lookup::dn(tables, id)?.to_string()));
    view.insert("class".into(), json!(schema.class_name(object.class)));
    view.extend(entry(schema, Side::Forest, &object.entry));
    for attribute in [well_known::MEMBER, well_known::MANAGER, well_known::MEMBER_OF] {
        let names = dirsim_forest::view::attribute(tables, schema, id, attribute)?;
        if !names.is_empty() {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            view.insert(schema.name(attribute).to_owned(), json!(names));
        }
    }
    if let Some(deletion) = &object.deleted {
        view.insert("deleted".into(), json!(deletion.at.to_string()));
    }
    Ok(view)
}

/// Shows a tenant object with the names of Microsoft Graph.
pub fn tenant_object(
    tables: &dyn Tables,
    schema: &Schema,
    number: u64,
    object: &TenantObject,
) -> StoreResult<View> {
    let graph = object.graph(schema);
    let mut view = View::new();
    // Identity first; the rest follows in the order of the schema.
    for name in ["id", "userPrincipalName", "displayName", "mail", "proxyAddresses"] {
        let shown = schema.attribute(name).map(|id| one(schema, &graph, id)).unwrap_or_default();
        view.insert(name.to_owned(), shown);
    }
    for name in ["onPremisesSyncEnabled", "onPremisesImmutableId"] {
        let shown = schema.attribute(name).map(|id| one(schema, &graph, id)).unwrap_or_default();
        view.insert(name.to_owned(), shown);
    }
    for (name, shown) in entry(schema, Side::Tenant, &graph) {
        view.entry(name).or_insert(shown);
    }
    view.insert("type".into(), json!(object.kind.name()));
    if !object.roles.is_empty() {
        view.insert("roles".into(), json!(object.roles));
    }
    if !object.eligible_roles.is_empty() {
        view.insert("eligibleRoles".into(), json!(object.eligible_roles));
    }
    view.insert("licenses".into(), json!(object.licenses));
    let links = dirsim_tenant::lookup::links(tables, number, None)?;
    let mut members = Vec::new();
    for (attribute, to) in links {
        // The bin keeps references; nobody sees them until the object is back (ET-170, ET-222).
        let target = dirsim_tenant::lookup::object(tables, to)?;
        let Some(target) = target.filter(TenantObject::is_active) else { continue };
        let name = name_of(&target);
        if attribute == well_known::MEMBER {
            members.push(name);
        } else {
            view.insert(schema.name(attribute).to_owned(), json!(name));
        }
    }
    if object.kind == dirsim_tenant::TenantType::Group {
        members.sort();
        view.insert("members".into(), json!(members));
    }
    let errors: Vec<Value> = object
        .conflicts
        .iter()
        .map(|conflict| {
            json!({
                "category": "PropertyConflict",
                "propertyCausingError": conflict.property.name(),
                "value": conflict.value,
                "occurredDateTime": conflict.since.to_string(),
            })
        })
        .collect();
    view.insert("onPremisesProvisioningErrors".into(), json!(errors));
    if !object.service_errors.is_empty() {
        let shown = |error: &dirsim_tenant::object::ServiceError| {
            json!({
                "createdDateTime": error.created.to_string(),
                "isResolved": error.resolved,
                "serviceInstance": error.instance,
            })
        };
        let errors: Vec<Value> = object.service_errors.iter().map(shown).collect();
        view.insert("serviceProvisioningErrors".into(), json!(errors));
    }
    if object.kind == dirsim_tenant::TenantType::User {
        let outcome = dirsim_tenant::password::outcome(tables, schema, object)?;
        view.insert("signIn".into(), json!(outcome.name()));
    }
    view.insert("matched".into(), json!(matched(tables, object)?));
    if let State::Deleted(at) = object.state {
        view.insert("deletedDateTime".into(), json!(at.to_string()));
    }
    Ok(view)
}

/// Returns how the sync client's first row found the object; nothing for an object that it never
/// took over or made.
fn matched(tables: &dyn Tables, object: &TenantObject) -> StoreResult<Option<String>> {
    let mut answers = Vec::new();
    for cs in find::cs_by_anchor(tables, &Anchor::Cloud(object.cloud_anchor()))? {
        answers.extend(lookup::answers(tables, cs)?.answers);
    }
    Ok(answers.iter().rev().find_map(|answer| {
        use dirsim_tenant::{MatchKind as M, Verdict};
        let applied = matches!(answer.verdict, Verdict::Success(_));
        match answer.matched {
            M::Hard if applied => Some("hard"),
            M::SoftSmtp if applied => Some("soft-smtp"),
            M::SoftUpn if applied => Some("soft-upn"),
            M::SoftDevice if applied => Some("soft-device"),
            M::None if applied => Some("none"),
            _ => None,
        }
        .map(str::to_owned)
    }))
}

/// Returns the name by which people know a tenant object.
pub fn name_of(object: &TenantObject) -> String {
    object
        .upn
        .as_deref()
        .or(object.mail.as_deref())
        .map(str::to_owned)
        .or_else(|| object.profile.text(well_known::DISPLAY_NAME).map(str::to_owned))
        .unwrap_or_else(|| object.cloud_anchor().to_string())
}

/// Shows a metaverse object: its values by precedence, and what is joined to it.
pub fn mv_object(
    tables: &dyn Tables,
    schema: &Schema,
    id: u64,
    object: &MvObject,
) -> StoreResult<View> {
    let book = RuleBook::read(tables)?;
    let mut view = View::new();
    view.insert("id".into(), json!(mv::guid(id).to_string()));
    view.insert("type".into(), json!(schema.class_name(object.class)));
    view.extend(entry(schema, Side::Metaverse, &object.to_entry(&book)));
    for attribute in [well_known::MEMBER, well_known::MANAGER, well_known::MANAGED_BY] {
        let mut names = Vec::new();
        for to in mv::targets(tables, &book, id, object, attribute)? {
            let display = mv::get(tables, to)?.and_then(|target| {
                let resolved = target.get(&book, well_known::DISPLAY_NAME);
                resolved.values().text().map(str::to_owned)
            });
            names.push(display.unwrap_or_else(|| mv::guid(to).to_string()));
        }
        if !names.is_empty() {
            names.sort();
            view.insert(schema.name(attribute).to_owned(), json!(names));
        }
    }
    let mut links = Vec::new();
    for cs in &object.links {
        links.push(lookup::connector_name(tables, *cs)?);
    }
    view.insert("connectors".into(), json!(links));
    Ok(view)
}

/// Shows a connector space object: its state, and the image with everything that waits for export.
pub fn cs_object(
    tables: &dyn Tables,
    schema: &Schema,
    id: u64,
    object: &CsObject,
) -> StoreResult<View> {
    let connector = connector::get(tables, connector_of(id))?;
    let forest = connector.as_ref().is_some_and(connector::Connector::is_forest);
    let side = if forest { Side::Forest } else { Side::Entra };
    let mut view = View::new();
    view.insert("connector".into(), json!(connector.map(|connector| connector.name)));
    view.insert("dn".into(), json!(lookup::dn(tables, id)?));
    view.insert("class".into(), json!(schema.class_name(object.class)));
    view.insert("joined".into(), json!(object.mv != 0));
    view.insert("pendingImport".into(), json!(object.import));
    view.insert("pendingExport".into(), json!(object.export));
    view.insert("awaitingConfirmation".into(), json!(!object.unconfirmed.is_empty()));
    let error = |record: &Option<Box<dirsim_sync::cs::ErrorRecord>>| {
        json!(record.as_ref().map(|record| &record.error_type))
    };
    view.insert("importError".into(), error(&object.import_error));
    view.insert("exportError".into(), error(&object.export_error));
    let image: Entry = object.view(images::View::Unapplied).to_entry();
    for (name, shown) in entry(schema, side, &image) {
        view.entry(name).or_insert(shown);
    }
    Ok(view)
}

/// Finds and shows an object of the tenant by identity or display name.
///
/// Active objects of the wanted kind come first; the recycle bin is not searched.
pub fn find_tenant_object(
    tables: &dyn Tables,
    schema: &Schema,
    kind: TenantType,
    identity: &str,
) -> StoreResult<Option<View>> {
    let fits = |object: &TenantObject| object.kind == kind && object.is_active();
    if let Some(number) = dirsim_tenant::lookup::by_identity(tables, identity)?
        && let Some(object) = dirsim_tenant::lookup::object(tables, number)?
        && fits(&object)
    {
        return tenant_object(tables, schema, number, &object).map(Some);
    }
    for number in dirsim_tenant::lookup::by_address(tables, identity)? {
        if let Some(object) = dirsim_tenant::lookup::object(tables, number)?
            && fits(&object)
        {
            return tenant_object(tables, schema, number, &object).map(Some);
        }
    }
    let mut after = None;
    loop {
        let page = dirsim_tenant::lookup::objects_after(tables, after, 1000)?;
        let Some((last, _)) = page.last() else { return Ok(None) };
        after = Some(*last);
        for (number, object) in &page {
            let display = object.profile.text(well_known::DISPLAY_NAME).unwrap_or_default();
            if fits(object) && display.eq_ignore_ascii_case(identity) {
                return tenant_object(tables, schema, *number, object).map(Some);
            }
        }
    }
}

/// Finds and shows an object of a forest; a name may leave out the domain when there is one forest.
pub fn find_forest_object(
    tables: &dyn Tables,
    schema: &Schema,
    identity: &str,
) -> StoreResult<Option<View>> {
    use dirsim_forest::lookup;
    let mut id = lookup::by_identity(tables, identity)?;
    if id.is_none() {
        id = lookup::by_upn(tables, identity)?;
    }
    if id.is_none() && identity.contains('=') {
        for (_, domain) in lookup::domains(tables)? {
            if let Ok(dn) = format!("{identity},{}", domain.naming_context()).parse() {
                id = id.or(lookup::by_dn(tables, &dn)?);
            }
        }
    }
    let Some(id) = id else { return Ok(None) };
    let object: ForestObject = rows::expect(tables, id)?;
    forest_object(tables, schema, id, &object).map(Some)
}

/// Finds and shows a metaverse object by the identity of anything joined to it.
pub fn find_mv_object(
    tables: &dyn Tables,
    schema: &Schema,
    identity: &str,
) -> StoreResult<Option<View>> {
    for found in find::find(tables, identity)? {
        if let Some(id) = found.mv
            && let Some(object) = mv::get(tables, id)?
        {
            return mv_object(tables, schema, id, &object).map(Some);
        }
    }
    Ok(None)
}

/// Finds and shows an object of one connector space, by its own identity or that of anything
/// joined to it.
pub fn find_cs_object(
    tables: &dyn Tables,
    schema: &Schema,
    connector: &str,
    identity: &str,
) -> StoreResult<Option<View>> {
    let Some(connector) = connector::find(tables, connector)? else { return Ok(None) };
    let mut id = lookup::by_identity(tables, connector.id, identity)?;
    if id.is_none() {
        let found = find::find(tables, identity)?;
        let all = found.iter().flat_map(|found| found.cs.iter().copied());
        id = all.into_iter().find(|cs| connector_of(*cs) == connector.id);
    }
    let Some(id) = id else { return Ok(None) };
    let object: CsObject = rows::expect(tables, id)?;
    if object.is_placeholder() {
        return Ok(None);
    }
    cs_object(tables, schema, id, &object).map(Some)
}

fn one(schema: &Schema, entry: &Entry, attribute: AttributeId) -> Value {
    let values = entry.get(attribute);
    let syntax = schema.syntax(Side::Tenant, attribute);
    let mut shown = values.iter().map(|v| value(syntax, &v.to_owned()));
    let many = schema
        .definition(Side::Tenant, attribute)
        .map_or(values.len() > 1, |definition| definition.multi_valued);
    if many { Value::Array(shown.collect()) } else { shown.next().unwrap_or_default() }
}
