//! One record to one object of the tenant.

use std::collections::BTreeMap;
use std::sync::Arc;

use dirsim_model::attribute::well_known;
use dirsim_model::{AttributeId, Guid, Schema, Side, Syntax, Value};
use dirsim_tenant::{NewTenantObject, TenantType};

use super::json::{Json, Node};
use super::tenant::{Aspect, lower_first, members_of};
use super::typed::{self, Typed};
use super::{Reader, text_of};
use crate::convert;
use crate::error::{Place, line_and_column};
use crate::lint::LintCode;

/// What the property names met so far mean.
#[derive(Debug, Default)]
pub(super) struct Properties(BTreeMap<Box<str>, Property>);

/// What a property is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Property {
    /// The object id.
    Id,
    /// Says something about the answer, not about the object.
    Annotation,
    /// The link to more values of a list.
    NextLink,
    /// The time of deletion.
    Deleted,
    /// The licences, one text per SKU id.
    Licenses,
    /// extensionAttribute1 to 15 in an object of their own.
    Extensions,
    /// What the PowerShell module has no property for.
    Additional,
    /// References to other objects.
    References(AttributeId),
    /// Anything else; its attribute once it had a value.
    Plain(Option<(AttributeId, Option<Syntax>)>),
}

impl Properties {
    fn get(&mut self, name: &str) -> Property {
        if let Some(property) = self.0.get(name) {
            return *property;
        }
        let property = Property::of(name);
        self.0.insert(name.into(), property);
        property
    }

    /// Returns the attribute of a plain property that has a value; adds it to the schema when it
    /// is new.
    fn attribute(
        &mut self,
        name: &str,
        schema: &mut Schema,
    ) -> Result<(AttributeId, Option<Syntax>), String> {
        if let Some(Property::Plain(Some(known))) = self.0.get(name) {
            return Ok(*known);
        }
        let attribute = match schema.attribute(name) {
            Some(attribute) => attribute,
            None => schema.intern(&lower_first(name)).map_err(|error| error.to_string())?,
        };
        let syntax = schema.definition(Side::Tenant, attribute).map(|d| d.syntax);
        self.0.insert(name.into(), Property::Plain(Some((attribute, syntax))));
        Ok((attribute, syntax))
    }
}

impl Property {
    fn of(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "id" => Self::Id,
            "deleteddatetime" => Self::Deleted,
            "assignedlicenses" => Self::Licenses,
            "onpremisesextensionattributes" => Self::Extensions,
            "additionalproperties" => Self::Additional,
            "members" => Self::References(well_known::MEMBER),
            "manager" => Self::References(well_known::MANAGER),
            lower if lower.ends_with("@odata.nextlink") => Self::NextLink,
            // Annotations, and the bookkeeping of the module's objects.
            lower if lower.contains('@') || lower == "backingstore" => Self::Annotation,
            _ => Self::Plain(None),
        }
    }
}

/// Where a record stands, for messages.
struct Source<'t> {
    file: Arc<str>,
    line: u32,
    text: &'t str,
}

impl Reader<'_> {
    /// Reads an object of the tenant.
    pub(super) fn object(&mut self, kind: TenantType, node: &Node<'_>, line: u32, text: &str) {
        let source = Source { file: self.problems.file(), line, text };
        let mut object = NewTenantObject {
            kind,
            id: None,
            attributes: Vec::new(),
            roles: Vec::new(),
            eligible_roles: Vec::new(),
            references: Vec::new(),
            deleted: None,
        };
        self.members(node, &mut object, &source);
        // Attributes in one order whatever the order of properties, so that equal objects are equal.
        object.attributes.sort_by_key(|(attribute, _)| *attribute);
        object.references.sort_by_key(|(attribute, _)| *attribute);
        if object.deleted.is_some() {
            self.facts.spoken_of.insert(Aspect::Deleted);
        }
        if kind == TenantType::User {
            self.user(node, &mut object, line);
        }
        self.places.push(Place { file: source.file, line });
        self.objects.push(object);
    }

    fn user(&mut self, node: &Node<'_>, object: &mut NewTenantObject, line: u32) {
        let upn = text_of(object, well_known::USER_PRINCIPAL_NAME).map(str::to_owned);
        let Some(upn) = upn else {
            let reason = "the user has no userPrincipalName";
            self.problems.note(line, 1, reason, "ask for userPrincipalName when exporting");
            return;
        };
        if object.deleted.is_none() {
            self.note_asked(node, line);
            self.facts.upn(&upn);
        } else if let Some(id) = object.id
            && let Some(before) = strip_prefix_ignoring_case(&upn, &id.simple())
            && before.find('@').is_some_and(|at| at > 0)
        {
            // In the recycle bin the UPN carries the id in front (ET-174).
            let value = vec![Value::text(before)];
            for (attribute, values) in &mut object.attributes {
                if *attribute == well_known::USER_PRINCIPAL_NAME {
                    values.clone_from(&value);
                }
            }
        }
    }

    fn members(&mut self, node: &Node<'_>, object: &mut NewTenantObject, source: &Source<'_>) {
        let Json::Object(members) = &node.value else { return };
        for (name, member) in members {
            match self.properties.get(name) {
                Property::Annotation => {}
                _ if member.value == Json::Null => {}
                Property::NextLink => {
                    self.tally.count(
                        LintCode::GraphTruncated,
                        &source.file,
                        source.line,
                        name.split('@').next(),
                        || "a list inside an object goes on at its nextLink; ask for it on its own, to the end".to_owned(),
                    );
                }
                Property::Id => match member.as_text().and_then(|id| id.parse::<Guid>().ok()) {
                    Some(id) => object.id = Some(id),
                    None if typed::is_empty(member) => {}
                    None => self.wrong(
                        member,
                        source,
                        name,
                        "the id is not a GUID",
                        "an object id looks like 00112233-4455-6677-8899-aabbccddeeff",
                    ),
                },
                Property::Deleted => match typed::values(member, Some(Syntax::Time)) {
                    Typed::Values(values) => {
                        if let Some(Value::Time(time)) = values.first() {
                            object.deleted = Some(*time);
                        }
                    }
                    _ => self.wrong(
                        member,
                        source,
                        name,
                        "the time of deletion is no time",
                        "it looks like 2026-03-01T09:30:00Z",
                    ),
                },
                Property::Licenses => self.licenses(name, member, object, source),
                Property::Extensions | Property::Additional => {
                    if member.as_text().is_some() {
                        self.collapsed(name, source);
                    }
                    self.members(member, object, source);
                }
                Property::References(attribute) => {
                    let targets = members_of(member);
                    if !targets.is_empty() {
                        object.references.retain(|(id, _)| *id != attribute);
                        object.references.push((attribute, targets));
                    }
                }
                Property::Plain(_) => self.plain(name, member, object, source),
            }
        }
    }

    fn licenses(
        &mut self,
        name: &str,
        member: &Node<'_>,
        object: &mut NewTenantObject,
        source: &Source<'_>,
    ) {
        if member.as_text().is_some() {
            self.collapsed(name, source);
            return;
        }
        let skus: Vec<Value> = member
            .elements()
            .iter()
            .filter_map(|element| element.as_text().or_else(|| element.text("skuId")))
            .map(|sku| Value::text(sku.to_lowercase()))
            .collect();
        if !skus.is_empty() {
            self.put(name, skus, object, source, member);
        }
    }

    fn plain(
        &mut self,
        name: &str,
        member: &Node<'_>,
        object: &mut NewTenantObject,
        source: &Source<'_>,
    ) {
        let syntax = match self.properties.get(name) {
            Property::Plain(Some((_, syntax))) => syntax,
            _ => self
                .schema
                .attribute(name)
                .and_then(|id| self.schema.definition(Side::Tenant, id))
                .map(|definition| definition.syntax),
        };
        if syntax == Some(Syntax::Reference) {
            let targets = members_of(member);
            if let (false, Some(attribute)) = (targets.is_empty(), self.schema.attribute(name)) {
                object.references.retain(|(id, _)| *id != attribute);
                object.references.push((attribute, targets));
            }
            return;
        }
        let (file, line) = (&source.file, source.line);
        match typed::values(member, syntax) {
            Typed::Values(values) if values.is_empty() => {}
            Typed::Values(values) => self.put(name, values, object, source, member),
            Typed::Joined(values) => {
                self.collapsed(name, source);
                self.put(name, values, object, source, member);
            }
            Typed::Collapsed => self.collapsed(name, source),
            Typed::Nested => {
                let name = lower_first(name);
                self.tally.count(LintCode::GraphIgnoredProperty, file, line, Some(&name), || {
                    "nested properties that dirsim does not keep were left out".to_owned()
                });
            }
            Typed::LocalDate => {
                let name = lower_first(name);
                self.tally.count(LintCode::DateCulture, file, line, Some(&name), || {
                    "dates in local spelling were left out, as day and month cannot be told apart; write ISO 8601".to_owned()
                });
            }
            Typed::Wrong(text, help) => {
                self.wrong(member, source, name, &format!("`{text}` does not fit"), help);
            }
        }
    }

    fn put(
        &mut self,
        name: &str,
        values: Vec<Value>,
        object: &mut NewTenantObject,
        source: &Source<'_>,
        member: &Node<'_>,
    ) {
        match self.properties.attribute(name, self.schema) {
            Ok((attribute, syntax)) => {
                if syntax.is_none() {
                    let name = self.schema.name(attribute);
                    let (file, line) = (&source.file, source.line);
                    self.tally.count(
                        LintCode::GraphUnknownProperty,
                        file,
                        line,
                        Some(name),
                        || {
                            "properties that the schema does not list are kept as they are"
                                .to_owned()
                        },
                    );
                }
                self.note_newest(name, &values);
                // A property may stand on the object and among its additional properties.
                match object.attributes.iter_mut().find(|(id, _)| *id == attribute) {
                    Some((_, known)) => *known = values,
                    None => object.attributes.push((attribute, values)),
                }
            }
            Err(reason) => {
                self.wrong(member, source, name, &reason, "export fewer properties with $select");
            }
        }
    }

    fn note_newest(&mut self, name: &str, values: &[Value]) {
        if !name.eq_ignore_ascii_case("onPremisesLastSyncDateTime") {
            return;
        }
        let time = match values.first() {
            Some(Value::Time(time)) => Some(*time),
            Some(Value::Text(text)) => convert::date(text),
            _ => None,
        };
        self.newest = self.newest.max(time);
    }

    fn collapsed(&mut self, name: &str, source: &Source<'_>) {
        let name = lower_first(name);
        self.tally.count(LintCode::JsonDepth, &source.file, source.line, Some(&name), || {
            "the depth of ConvertTo-Json turned values into text: joined addresses are split again, all else is left out; write with -Depth 4".to_owned()
        });
    }

    fn wrong(
        &mut self,
        node: &Node<'_>,
        source: &Source<'_>,
        name: &str,
        reason: &str,
        help: &'static str,
    ) {
        let (line, column) = line_and_column(source.text, node.at);
        self.problems.note(line, column, format!("`{name}`: {reason}"), help);
    }
}

fn strip_prefix_ignoring_case<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| text.get(prefix.len()..)).flatten()
}
