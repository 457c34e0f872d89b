//! Connector space and metaverse objects as the `ADSync` module shows them (section 15,
//! `interfaces.md` 8.2).

use std::collections::BTreeSet;

use dirsim_model::{AttributeId, Guid, Side, Syntax, Value, typed};
use dirsim_sync::cs::{self, CsObject, ErrorRecord, ExportOp, Flags, ImportOp};
use dirsim_sync::images::View;
use dirsim_sync::mv::{self, MvObject};
use dirsim_sync::rule_book::RuleBook;
use dirsim_sync::{connector, cs_links, lookup};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::value::{Object, PsValue};

use super::sync_connector;

/// Objects shown when `-MaxResultCount` says nothing.
const RESULTS_MAX: usize = 100;

/// `Get-ADSyncCSObject`.
pub(super) static CS: CommandSpec = CommandSpec {
    name: "Get-ADSyncCSObject",
    aliases: &[],
    module: "ADSync",
    summary: "Shows objects of a connector space",
    example: "Get-ADSyncCSObject -ConnectorName contoso.com -DistinguishedName 'CN=Ann Lee,OU=Staff,DC=contoso,DC=com'",
    parameters: &[
        P::new("Identifier", K::Guid).at(0),
        P::text("ConnectorName"),
        P::new("ConnectorIdentifier", K::Guid),
        P::text("DistinguishedName"),
        P::switch("SkipDNValidation").ignored(),
        P::switch("Transient"),
        P::integer("StartIndex"),
        P::integer("MaxResultCount"),
    ],
    sets: &[ParameterSet {
        names: &["Identifier", "ConnectorName", "ConnectorIdentifier"],
        required: true,
    }],
    run: cs_objects,
};

/// `Get-ADSyncMVObject`.
pub(super) static MV: CommandSpec = CommandSpec {
    name: "Get-ADSyncMVObject",
    aliases: &[],
    module: "ADSync",
    summary: "Shows a metaverse object: values, and the rule and object behind each",
    example: "Get-ADSyncMVObject -Identifier 00112233-4455-6677-8899-aabbccddeeff",
    parameters: &[P::new("Identifier", K::Guid).at(0).required()],
    sets: &[],
    run: mv_object,
};

fn not_found(bound: &Bound, identity: &str) -> CommandError {
    let message = format!("The object '{identity}' was not found.");
    server_refused(bound, identity, "SE-014", message)
}

fn cs_objects(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let tables = session.tables();
    if let Some(text) = bound.text("Identifier") {
        let id = text.parse::<Guid>().ok().and_then(cs::number);
        let found = id.map(|id| Ok::<_, CommandError>((id, cs::get(tables, id)?))).transpose()?;
        return match found {
            Some((id, Some(object))) => Ok(vec![show_cs(session, id, &object)?]),
            _ => Err(not_found(bound, text)),
        };
    }
    let connector = sync_connector::named(session, bound)?;
    if let Some(name) = bound.text("DistinguishedName") {
        let id = lookup::by_identity(tables, connector.id, name)?
            .ok_or_else(|| not_found(bound, name))?;
        let object = cs::get(tables, id)?.ok_or_else(|| not_found(bound, name))?;
        return Ok(vec![show_cs(session, id, &object)?]);
    }
    let number = |name: &str| bound.integer(name).and_then(|number| usize::try_from(number).ok());
    let mut skip = number("StartIndex").unwrap_or(0);
    let limit = number("MaxResultCount").unwrap_or(RESULTS_MAX);
    let (mut shown, mut last) = (Vec::new(), None);
    while shown.len() < limit {
        let batch = lookup::objects(tables, connector.id, last, 1_000)?;
        let Some((end, _)) = batch.last() else { break };
        last = Some(*end);
        for (id, object) in batch {
            let wanted = !object.is_placeholder()
                && (!bound.switch("Transient") || object.flags.has(Flags::TRANSIENT));
            if !wanted || shown.len() == limit {
                continue;
            }
            if skip > 0 {
                skip -= 1;
                continue;
            }
            shown.push(show_cs(session, id, &object)?);
        }
    }
    Ok(shown)
}

/// Returns the word that the module uses for a pending change.
pub(super) const fn import_word(operation: ImportOp) -> &'static str {
    match operation {
        ImportOp::None => "None",
        ImportOp::Add => "Add",
        ImportOp::Update => "Update",
        ImportOp::Delete => "Delete",
        ImportOp::DeleteAdd => "DeleteAdd",
    }
}

/// Returns the word that the module uses for a pending export.
pub(super) const fn export_word(operation: ExportOp) -> &'static str {
    match operation {
        ExportOp::None => "None",
        ExportOp::Add => "Add",
        ExportOp::Update => "Update",
        ExportOp::Delete => "Delete",
    }
}

fn show_error(error: Option<&ErrorRecord>) -> PsValue {
    error.map_or(PsValue::Null, |error| {
        Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.SyncError")
            .with("ErrorType", error.error_type.clone())
            .with("ErrorCode", error.code.clone())
            .with("AlgorithmStep", error.step.clone())
            .with("Rule", error.rule.clone())
            .with("Details", error.text.clone())
            .with("FirstOccurred", error.first)
            .with("DateOccurred", error.last)
            .with("RetryCount", u64::from(error.retries))
            .into()
    })
}

fn show_cs(session: &Session<'_>, id: u64, object: &CsObject) -> Result<Object, CommandError> {
    let (tables, schema) = (session.tables(), session.schema());
    let connector = connector::get(tables, cs::connector_of(id))?;
    let is_forest = connector.as_ref().is_some_and(connector::Connector::is_forest);
    let side = if is_forest { Side::Forest } else { Side::Entra };
    let view = object.view(View::Unapplied).to_entry();
    let mut attributes: Vec<PsValue> = view
        .iter()
        .map(|(attribute, values)| {
            show_attribute(session, side, attribute, &values.to_vec(), Vec::new()).into()
        })
        .collect();
    let links = cs_links::targets(tables, id, None, View::Unapplied)?;
    let names: BTreeSet<AttributeId> = links.iter().map(|(attribute, _)| *attribute).collect();
    for attribute in names {
        let mut targets = Vec::new();
        for (_, to) in links.iter().filter(|(known, _)| *known == attribute) {
            targets.push(Value::from(lookup::dn(tables, *to)?));
        }
        attributes.push(show_attribute(session, side, attribute, &targets, Vec::new()).into());
    }
    let book = RuleBook::read(tables)?;
    let lineage: Vec<PsValue> = lineage_rules(session, id, object)?
        .into_iter()
        .map(|rule| {
            Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.CsLineage")
                .with("SyncRuleInternalId", book.card(rule).map(|card| card.id))
                .with("SyncRuleName", book.name(rule))
                .with("Operation", "Applied")
                .into()
        })
        .collect();
    let partition = connector.as_ref().and_then(|connector| {
        connector.partitions.iter().find(|partition| partition.domain == object.partition)
    });
    let error = object.import_error.as_deref();
    let export_error = object.export_error.as_deref();
    let class = if object.is_placeholder() { "" } else { schema.class_name(object.class) };
    let mv_id = (object.mv != 0).then(|| mv::guid(object.mv));
    Ok(Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.CsObject")
        .with("ObjectId", cs::guid(id))
        .with("ConnectorId", connector.as_ref().map(|connector| connector.guid))
        .with("ConnectorName", connector.as_ref().map(|connector| connector.name.clone()))
        .with("ConnectorType", if is_forest { "AD" } else { "Extensible2" })
        .with("PartitionId", partition.map(|partition| partition.name.clone()))
        .with("DistinguishedName", lookup::dn(tables, id)?)
        .with("AnchorValue", object.anchor.map(|anchor| anchor.to_string()))
        .with("ObjectType", class)
        .with("IsTransient", object.flags.has(Flags::TRANSIENT))
        .with("IsPlaceHolder", object.is_placeholder())
        .with("IsConnector", object.mv != 0)
        .with("ConnectedMVObjectId", mv_id)
        .with("ImportOperation", import_word(object.import))
        .with("ExportOperation", export_word(object.export))
        .with("HasSyncError", error.is_some())
        .with("SynchronizationError", show_error(error))
        .with("HasExportError", export_error.is_some())
        .with("ExportError", show_error(export_error))
        .with("Lineage", PsValue::List(lineage))
        .with("Attributes", PsValue::List(attributes))
        .with("SerializedXml", dirsim_world::csexport::element(tables, schema, id, object)?))
}

/// Returns the rules that applied to an object: outbound ones, and inbound ones from its part of
/// the metaverse object.
fn lineage_rules(
    session: &Session<'_>,
    id: u64,
    object: &CsObject,
) -> Result<Vec<dirsim_sync::rule_book::RuleNumber>, CommandError> {
    let mut rules = object.outbound_rules.clone();
    if let Some(mv) = mv::get(session.tables(), object.mv)? {
        rules.extend(mv.part(id).into_iter().flat_map(|part| part.rules.iter().copied()));
    }
    rules.dedup();
    Ok(rules)
}

fn show_attribute(
    session: &Session<'_>,
    side: Side,
    attribute: AttributeId,
    values: &[Value],
    more: Vec<(&str, PsValue)>,
) -> Object {
    let schema = session.schema();
    let syntax = schema.syntax(side, attribute);
    let kind = match syntax {
        Syntax::Text => "String",
        Syntax::Integer => "Number",
        Syntax::Boolean => "Boolean",
        Syntax::Bytes | Syntax::Guid | Syntax::Sid => "Binary",
        Syntax::Time => "DateTime",
        Syntax::Reference => "Reference",
    };
    let shown: Vec<String> = values.iter().map(|value| typed::display(syntax, value)).collect();
    let mut object = Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.Attribute")
        .with("Name", schema.name(attribute))
        .with("Type", kind)
        .with("IsMultiValued", schema.is_multi_valued(side, attribute));
    for (name, value) in more {
        object = object.with(name, value);
    }
    object.with("Values", shown)
}

fn mv_object(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let text = bound.required("Identifier");
    let id =
        text.parse::<Guid>().ok().and_then(mv::number).ok_or_else(|| not_found(bound, text))?;
    let object = mv::get(session.tables(), id)?.ok_or_else(|| not_found(bound, text))?;
    Ok(vec![show_mv(session, id, &object)?])
}

fn show_mv(session: &Session<'_>, id: u64, object: &MvObject) -> Result<Object, CommandError> {
    let (tables, schema) = (session.tables(), session.schema());
    let book = RuleBook::read(tables)?;
    let mut attributes: Vec<PsValue> = Vec::new();
    for attribute in object.attributes() {
        let values = object.get(&book, attribute).values().to_vec();
        let mut more = Vec::new();
        if let Some(lineage) = object.lineage(&book, attribute) {
            more.push(("ConnectorName", lookup::connector_name(tables, lineage.cs)?.into()));
            more.push(("SyncRuleName", book.name(lineage.rule).into()));
            more.push(("LineageId", cs::guid(lineage.cs).into()));
            more.push(("LastModificationTime", lineage.at.into()));
        }
        attributes.push(show_attribute(session, Side::Metaverse, attribute, &values, more).into());
    }
    let references: BTreeSet<AttributeId> =
        object.parts.iter().flat_map(|part| part.references.iter().copied()).collect();
    for attribute in references {
        let targets = mv::targets(tables, &book, id, object, attribute)?;
        let values: Vec<Value> =
            targets.into_iter().map(|to| Value::from(mv::guid(to).to_string())).collect();
        attributes
            .push(show_attribute(session, Side::Metaverse, attribute, &values, Vec::new()).into());
    }
    let mut lineage: Vec<PsValue> = Vec::new();
    for (cs_id, part) in object.links.iter().zip(&object.parts) {
        let rules: Vec<&str> = part.rules.iter().map(|rule| book.name(*rule)).collect();
        lineage.push(
            Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.MvLineage")
                .with("ConnectorName", lookup::connector_name(tables, *cs_id)?)
                .with("ConnectedCsObjectDN", lookup::dn(tables, *cs_id)?)
                .with("ConnectedCsObjectId", cs::guid(*cs_id))
                .with("SyncRules", rules)
                .into(),
        );
    }
    Ok(Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.MvObject")
        .with("ObjectId", mv::guid(id))
        .with("ObjectType", schema.class_name(object.class))
        .with("Attributes", PsValue::List(attributes))
        .with("Lineage", PsValue::List(lineage))
        .with("SerializedXml", dirsim_world::csexport::mv_element(tables, schema, id, object)?))
}
