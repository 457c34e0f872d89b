//! Objects to pages of Microsoft Graph.

use std::collections::BTreeMap;
use std::io::{self, Write};

use dirsim_model::attribute::well_known;
use dirsim_model::{AttributeId, Guid, Schema, Sid, Side, Syntax, Value};
use dirsim_tenant::{NewTenant, NewTenantObject, TenantType};

use super::ON_PREMISES;
use super::json::push_text;

/// Writes objects as one page, `{"value": [...]}`, one object per line.
#[derive(Debug)]
pub struct PageWriter<W> {
    out: W,
    line: String,
    empty: bool,
}

impl<W: Write> PageWriter<W> {
    /// Starts a page; `entity_set` is `users`, `groups`, `contacts`, `devices` or
    /// `directory/deletedItems/microsoft.graph.user`.
    pub fn new(mut out: W, entity_set: &str) -> io::Result<Self> {
        let mut head = String::from("{\"@odata.context\":");
        push_text(&mut head, &format!("https://graph.microsoft.com/v1.0/$metadata#{entity_set}"));
        head.push_str(",\"value\":[");
        out.write_all(head.as_bytes())?;
        Ok(Self { out, line: String::new(), empty: true })
    }

    /// Writes one object. Roles are not among its properties: see [`write_roles`].
    pub fn object(&mut self, schema: &Schema, object: &NewTenantObject) -> io::Result<()> {
        self.line.clear();
        self.line.push_str(if self.empty { "\n{" } else { ",\n{" });
        self.empty = false;
        push_key(&mut self.line, "@odata.type");
        push_text(&mut self.line, &format!("#microsoft.graph.{}", graph_type(object.kind)));
        if let Some(id) = object.id {
            self.line.push(',');
            push_key(&mut self.line, "id");
            push_text(&mut self.line, &id.to_string());
        }
        let mut extensions = Vec::new();
        for (attribute, values) in &object.attributes {
            let name = schema.name(*attribute);
            if is_extension(name) {
                extensions.push((name, values));
                continue;
            }
            self.line.push(',');
            push_key(&mut self.line, name);
            if let (true, [Value::Text(upn)]) = (shows_id(object, *attribute), values.as_slice()) {
                let id = object.id.map(|id| id.simple()).unwrap_or_default();
                push_text(&mut self.line, &format!("{id}{upn}"));
                continue;
            }
            let definition = schema.definition(Side::Tenant, *attribute);
            let syntax = definition.map(|definition| definition.syntax);
            if name.eq_ignore_ascii_case("assignedLicenses") {
                self.line.push('[');
                for (at, sku) in values.iter().enumerate() {
                    self.line.push_str(if at == 0 { "{\"skuId\":" } else { ",{\"skuId\":" });
                    push_value(&mut self.line, sku, syntax);
                    self.line.push_str(",\"disabledPlans\":[]}");
                }
                self.line.push(']');
            } else {
                let many = definition.is_some_and(|definition| definition.multi_valued)
                    || LISTS.iter().any(|list| list.eq_ignore_ascii_case(name));
                push_values(&mut self.line, values, many, syntax);
            }
        }
        if !extensions.is_empty() {
            self.line.push_str(",\"onPremisesExtensionAttributes\":{");
            for (at, (name, values)) in extensions.into_iter().enumerate() {
                if at > 0 {
                    self.line.push(',');
                }
                push_key(&mut self.line, name);
                push_values(&mut self.line, values, false, Some(Syntax::Text));
            }
            self.line.push('}');
        }
        if object.kind == TenantType::User {
            // As Graph does with $select: what is not there is null, and so known not to be there.
            for name in ON_PREMISES {
                let has = |(attribute, _): &(_, _)| schema.name(*attribute) == name;
                if !object.attributes.iter().any(has) {
                    self.line.push(',');
                    push_key(&mut self.line, name);
                    self.line.push_str("null");
                }
            }
        }
        for (attribute, targets) in &object.references {
            self.references(schema.name(*attribute), *attribute == well_known::MEMBER, targets);
        }
        if let Some(deleted) = object.deleted {
            self.line.push(',');
            push_key(&mut self.line, "deletedDateTime");
            push_text(&mut self.line, &deleted.to_string());
        }
        self.line.push('}');
        self.out.write_all(self.line.as_bytes())
    }

    fn references(&mut self, name: &str, members: bool, targets: &[String]) {
        self.line.push(',');
        push_key(&mut self.line, if members { "members" } else { name });
        if members {
            self.line.push('[');
        }
        for (at, target) in targets.iter().enumerate() {
            self.line.push_str(if at == 0 { "{\"id\":" } else { ",{\"id\":" });
            push_text(&mut self.line, target);
            self.line.push('}');
        }
        if members {
            self.line.push(']');
        }
    }

    /// Ends the page, with the link to the next one when there is one, and gives the sink back.
    pub fn finish(mut self, next_link: Option<&str>) -> io::Result<W> {
        let mut tail = String::from("\n]");
        if let Some(link) = next_link {
            tail.push(',');
            push_key(&mut tail, "@odata.nextLink");
            push_text(&mut tail, link);
        }
        tail.push_str("}\n");
        self.out.write_all(tail.as_bytes())?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Writes the directory roles of some objects with their members, as `GET
/// /directoryRoles?$expand=members` answers.
pub fn write_roles<'o>(
    mut out: impl Write,
    objects: impl Iterator<Item = &'o NewTenantObject>,
) -> io::Result<()> {
    let mut holders: BTreeMap<&str, Vec<Guid>> = BTreeMap::new();
    for object in objects {
        for role in &object.roles {
            holders.entry(role).or_default().extend(object.id);
        }
    }
    let mut text = String::from(
        "{\"@odata.context\":\"https://graph.microsoft.com/v1.0/$metadata#directoryRoles\",\"value\":[",
    );
    for (at, (role, ids)) in holders.into_iter().enumerate() {
        text.push_str(if at == 0 { "\n{" } else { ",\n{" });
        push_key(&mut text, "displayName");
        push_text(&mut text, role);
        text.push_str(",\"members\":[");
        for (at, id) in ids.into_iter().enumerate() {
            text.push_str(if at == 0 { "{\"id\":" } else { ",{\"id\":" });
            push_text(&mut text, &id.to_string());
            text.push('}');
        }
        text.push_str("]}");
    }
    text.push_str("\n]}\n");
    out.write_all(text.as_bytes())
}

/// Writes the domains of a tenant as `GET /domains` answers, the initial one first.
pub fn write_domains(mut out: impl Write, tenant: &NewTenant) -> io::Result<()> {
    let mut text = String::from(
        "{\"@odata.context\":\"https://graph.microsoft.com/v1.0/$metadata#domains\",\"value\":[",
    );
    let initial = (&tenant.initial_domain, true, false, true);
    let others = tenant.domains.iter().map(|d| (&d.name, d.verified, d.federated, false));
    for (at, (name, verified, federated, initial)) in
        std::iter::once(initial).chain(others).enumerate()
    {
        text.push_str(if at == 0 { "\n{" } else { ",\n{" });
        push_key(&mut text, "id");
        push_text(&mut text, name);
        for (key, truth) in [("isInitial", initial), ("isVerified", verified)] {
            text.push(',');
            push_key(&mut text, key);
            text.push_str(if truth { "true" } else { "false" });
        }
        text.push(',');
        push_key(&mut text, "authenticationType");
        push_text(&mut text, if federated { "Federated" } else { "Managed" });
        text.push('}');
    }
    text.push_str("\n]}\n");
    out.write_all(text.as_bytes())
}

/// Writes the feature flags of a tenant as `GET /directory/onPremisesSynchronization` answers.
pub fn write_features(mut out: impl Write, tenant: &NewTenant) -> io::Result<()> {
    let mut text = String::from("{\"configuration\":{},\"features\":{");
    for (at, (name, enabled)) in tenant.features.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        push_key(&mut text, &format!("{name}Enabled"));
        text.push_str(if *enabled { "true" } else { "false" });
    }
    text.push_str("}}\n");
    out.write_all(text.as_bytes())
}

/// Properties that Graph writes as lists even when the schema does not know them.
const LISTS: [&str; 5] =
    ["proxyAddresses", "otherMails", "businessPhones", "groupTypes", "imAddresses"];

/// Whether Graph shows the id in front of the value: in the UPN of a deleted user (ET-174).
fn shows_id(object: &NewTenantObject, attribute: AttributeId) -> bool {
    attribute == well_known::USER_PRINCIPAL_NAME
        && object.kind == TenantType::User
        && object.deleted.is_some()
}

const fn graph_type(kind: TenantType) -> &'static str {
    match kind {
        TenantType::User => "user",
        TenantType::Group => "group",
        TenantType::Contact => "orgContact",
        TenantType::Device => "device",
    }
}

fn is_extension(name: &str) -> bool {
    name.get(..18).is_some_and(|head| head.eq_ignore_ascii_case("extensionAttribute"))
}

fn push_key(line: &mut String, name: &str) {
    push_text(line, name);
    line.push(':');
}

fn push_values(line: &mut String, values: &[Value], many: bool, syntax: Option<Syntax>) {
    if let ([one], false) = (values, many) {
        push_value(line, one, syntax);
        return;
    }
    line.push('[');
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        push_value(line, value, syntax);
    }
    line.push(']');
}

fn push_value(line: &mut String, value: &Value, syntax: Option<Syntax>) {
    match value {
        Value::Integer(number) => line.push_str(&number.to_string()),
        Value::Boolean(truth) => line.push_str(if *truth { "true" } else { "false" }),
        Value::Bytes(bytes) => {
            let guid = Guid::from_slice(bytes).filter(|_| syntax == Some(Syntax::Guid));
            let sid = Sid::from_slice(bytes).filter(|_| syntax == Some(Syntax::Sid));
            match (guid, sid) {
                (Some(guid), _) => push_text(line, &guid.to_string()),
                (_, Some(sid)) => push_text(line, &sid.to_string()),
                _ => push_text(line, &value.as_ref().display()),
            }
        }
        Value::Text(_) | Value::Time(_) | Value::Reference(_) => {
            push_text(line, &value.as_ref().display());
        }
    }
}
