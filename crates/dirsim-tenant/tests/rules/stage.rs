//! The one way in which these tests speak to the tenant: short texts in, short texts out.

use dirsim_model::{AttributeId, Guid, Schema, Side, SourceAnchor, Timestamp, Value};
use dirsim_store::MemoryTables;
use dirsim_tenant::{
    Answer, CloudAnchor, ExportRow, NewDomain, NewTenant, NewTenantObject, Operation,
    ReferenceTarget, ReferenceWrite, TenantEdit, TenantEvent, TenantObject, TenantType, Verdict,
    invariants, lookup, settings,
};

/// A tenant in memory and a clock.
pub(crate) struct Stage {
    pub(crate) tables: MemoryTables,
    pub(crate) schema: Schema,
    pub(crate) now: Timestamp,
}

/// Returns an anchor: `A1` is the GUID of ones, `AA` that of tens, as in ET-014.
pub(crate) fn anchor(name: &str) -> SourceAnchor {
    match name.strip_prefix('A') {
        Some(digit) if digit.len() == 1 => {
            let text = "dddddddd-dddd-dddd-dddd-dddddddddddd".replace('d', digit);
            SourceAnchor::from_guid(text.parse().unwrap())
        }
        _ => SourceAnchor::new(name),
    }
}

/// Returns a GUID of one repeated hex digit.
pub(crate) fn guid(digit: char) -> Guid {
    "dddddddd-dddd-dddd-dddd-dddddddddddd".replace('d', &digit.to_string()).parse().unwrap()
}

/// Returns an instant of 2026-03: `01 09:00`.
pub(crate) fn at(text: &str) -> Timestamp {
    let (day, time) = text.split_once(' ').unwrap();
    format!("2026-03-{day}T{time}:00Z").parse().unwrap()
}

impl Stage {
    /// The example tenant of the specification (0.3) on 2026-03-01 at 09:00.
    pub(crate) fn new() -> Self {
        Self::with("new-tenant", None, &[])
    }

    /// The example tenant with a preset, a profile and switches.
    pub(crate) fn with(preset: &str, profile: Option<&str>, switches: &[(&str, bool)]) -> Self {
        let domain = |name: &str, verified, federated| NewDomain {
            name: name.to_owned(),
            verified,
            federated,
        };
        let new = NewTenant {
            initial_domain: "contoso.onmicrosoft.com".to_owned(),
            domains: vec![
                domain("contoso.com", true, false),
                domain("fabrikam.com", true, true),
                domain("wingtip.com", true, true),
                domain("contoso.local", false, false),
            ],
            features: switches.iter().map(|(name, on)| ((*name).to_owned(), *on)).collect(),
            preset: preset.to_owned(),
            as_of: profile.map(|name| dirsim_model::service_changes().date(name).unwrap()),
            next_placeholder_digits: vec![1234, 5678],
        };
        let mut stage =
            Self { tables: MemoryTables::new(), schema: Schema::built_in(), now: at("01 09:00") };
        for name in ["msExchRemoteRecipientType", "extension_1_costCenter", "noSuchAttribute"] {
            stage.schema.intern(name).unwrap();
        }
        for name in ["title", "company", "mobile", "onPremisesSamAccountName", "department"] {
            let id = stage.schema.intern(name).unwrap();
            let syntax = dirsim_model::schema::AttributeDefinition {
                syntax: dirsim_model::Syntax::Text,
                multi_valued: false,
            };
            if stage.schema.definition(Side::Entra, id).is_none() {
                stage.schema.define(Side::Entra, id, syntax);
            }
        }
        dirsim_tenant::create(&mut stage.tables, &new, 7, stage.now).unwrap().unwrap();
        stage
    }

    fn id(&mut self, short: &str, graph: bool) -> AttributeId {
        let name = match short {
            "upn" => "userPrincipalName",
            "proxy" => "proxyAddresses",
            "name" => "displayName",
            "oid" => "onPremisesObjectIdentifier",
            "sam" => "onPremisesSamAccountName",
            "sid" if graph => "onPremisesSecurityIdentifier",
            "sid" => "onPremiseSecurityIdentifier",
            "nick" if graph => "mailNickname",
            "nick" => "alias",
            "anchor" => "onPremisesImmutableId",
            "flag" => "onPremisesSyncEnabled",
            "sku" => "assignedLicenses",
            "title" if graph => "jobTitle",
            "mobile" if graph => "mobilePhone",
            other => other,
        };
        self.schema.intern(name).unwrap()
    }

    /// Reads `upn=ann@contoso.com; proxy=SMTP:a@contoso.com,smtp:b@contoso.com; title=`.
    pub(crate) fn values(&mut self, text: &str, graph: bool) -> Vec<(AttributeId, Vec<Value>)> {
        let mut found = Vec::new();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, list) = part.split_once('=').unwrap();
            let values = list
                .split(',')
                .map(str::trim)
                .filter(|value| !value.is_empty())
                .map(|value| match (name, value) {
                    ("anchor", value) => Value::text(anchor(value).as_str()),
                    ("sid", value) if !value.contains('-') => {
                        Value::text(format!("S-1-5-21-1-2-3-{}", &value[1..]))
                    }
                    ("oid", value) => Value::bytes(*guid(value.parse().unwrap()).as_bytes()),
                    (_, "true") => Value::Boolean(true),
                    (_, "false") => Value::Boolean(false),
                    (_, value) => Value::text(value),
                })
                .collect();
            found.push((self.id(name, graph), values));
        }
        found.sort_by_key(|(id, _)| *id);
        found
    }

    /// Describes an object of the cloud: `upn=…; roles` are named behind a bar.
    pub(crate) fn described(&mut self, kind: TenantType, text: &str) -> NewTenantObject {
        let (text, roles) = text.split_once('|').unwrap_or((text, ""));
        let (roles, eligible): (Vec<&str>, Vec<&str>) = roles
            .split(',')
            .map(str::trim)
            .filter(|role| !role.is_empty())
            .partition(|role| !role.starts_with("eligible "));
        NewTenantObject {
            kind,
            id: None,
            attributes: self.values(text, true),
            roles: roles.into_iter().map(str::to_owned).collect(),
            eligible_roles: eligible.into_iter().map(|role| role[9..].to_owned()).collect(),
            references: Vec::new(),
            deleted: None,
        }
    }

    /// Loads one object that is there before anything happens.
    pub(crate) fn cloud(&mut self, kind: TenantType, text: &str) -> Guid {
        let mut new = self.described(kind, text);
        let id: Guid =
            format!("{:032x}", lookup::objects_after(&self.tables, None, 9999).unwrap().len() + 1)
                .parse()
                .unwrap();
        new.id = Some(id);
        dirsim_tenant::load(&mut self.tables, &self.schema, &[new], self.now).unwrap().unwrap();
        id
    }

    /// Loads a user.
    pub(crate) fn user(&mut self, text: &str) -> Guid {
        self.cloud(TenantType::User, text)
    }

    /// Builds a row.
    pub(crate) fn row(
        &mut self,
        operation: Operation,
        kind: TenantType,
        key: &str,
        text: &str,
    ) -> ExportRow {
        let cloud: Option<CloudAnchor> = key.parse().ok();
        ExportRow {
            operation,
            object_type: kind,
            source_anchor: (cloud.is_none() && !key.is_empty()).then(|| anchor(key)),
            cloud_anchor: cloud,
            complete: operation == Operation::Add,
            attributes: self.values(text, false),
            references: Vec::new(),
        }
    }

    /// Sends a row.
    pub(crate) fn send(&mut self, row: &ExportRow) -> Answer {
        let answer = dirsim_tenant::export(&mut self.tables, &self.schema, row, self.now).unwrap();
        assert!(!answer.checks.is_empty(), "an answer gives its reasons");
        self.lawful();
        answer
    }

    /// Sends an Add of a user.
    pub(crate) fn add(&mut self, key: &str, text: &str) -> Answer {
        self.add_kind(TenantType::User, key, text)
    }

    /// Sends an Add.
    pub(crate) fn add_kind(&mut self, kind: TenantType, key: &str, text: &str) -> Answer {
        let row = self.row(Operation::Add, kind, key, text);
        self.send(&row)
    }

    /// Sends a partial Set of a user.
    pub(crate) fn set(&mut self, key: &str, text: &str) -> Answer {
        self.set_kind(TenantType::User, key, text)
    }

    /// Sends a partial Set.
    pub(crate) fn set_kind(&mut self, kind: TenantType, key: &str, text: &str) -> Answer {
        let row = self.row(Operation::Set, kind, key, text);
        self.send(&row)
    }

    /// Sends a Delete of a user.
    pub(crate) fn delete(&mut self, key: &str) -> Answer {
        let row = self.row(Operation::Delete, TenantType::User, key, "");
        self.send(&row)
    }

    /// Sends member changes of a group: `+A1 -A2`.
    pub(crate) fn members(&mut self, group: &str, changes: &str) -> Answer {
        let mut row = self.row(Operation::Set, TenantType::Group, group, "");
        let member = self.schema.attribute("member").unwrap();
        row.references = changes
            .split_whitespace()
            .map(|change| ReferenceWrite {
                attribute: member,
                target: ReferenceTarget::SourceAnchor(anchor(&change[1..])),
                present: change.starts_with('+'),
            })
            .collect();
        self.send(&row)
    }

    /// Carries out a command; the result is `ok` or the refusal's text.
    pub(crate) fn edit(&mut self, edit: TenantEdit) -> String {
        let done = dirsim_tenant::edit(&mut self.tables, &self.schema, &edit, self.now).unwrap();
        self.lawful();
        match done {
            Ok(_) => "ok".to_owned(),
            Err(refusal) => format!("{} {}", refusal.status, refusal.message),
        }
    }

    /// Patches properties of Graph.
    pub(crate) fn patch(&mut self, target: Guid, text: &str) -> String {
        let changes = self.values(text, true);
        self.edit(TenantEdit::Update { target, changes })
    }

    /// Sets a feature.
    pub(crate) fn feature(&mut self, name: &str, enabled: bool) -> String {
        self.edit(TenantEdit::SetFeature { name: name.to_owned(), enabled })
    }

    /// Moves the clock and runs the jobs.
    pub(crate) fn run_to(&mut self, until: Timestamp) -> Vec<TenantEvent> {
        let events = dirsim_tenant::run_due(&mut self.tables, &self.schema, until).unwrap();
        self.now = until;
        self.lawful();
        events
    }

    /// Returns the object that a text names.
    pub(crate) fn get(&self, identity: &str) -> TenantObject {
        let number = if identity.starts_with('A') && identity.len() == 2 {
            lookup::by_anchor(&self.tables, &anchor(identity)).unwrap()
        } else {
            lookup::by_identity(&self.tables, identity).unwrap()
        };
        let number = number.unwrap_or_else(|| panic!("nobody is {identity}"));
        lookup::object(&self.tables, number).unwrap().unwrap()
    }

    /// Returns the object with an id.
    pub(crate) fn of(&self, id: Guid) -> TenantObject {
        self.get(&id.to_string())
    }

    /// Returns a profile value by its Graph name.
    pub(crate) fn profile(&self, id: Guid, name: &str) -> String {
        let attribute = self.schema.attribute(name).unwrap();
        let object = self.of(id);
        let values = object.graph(&self.schema).get(attribute).to_vec();
        values.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }

    /// Returns the number of active objects of a type.
    pub(crate) fn count(&self, kind: TenantType) -> usize {
        lookup::objects_after(&self.tables, None, usize::MAX)
            .unwrap()
            .iter()
            .filter(|(_, object)| object.kind == kind && object.is_active())
            .count()
    }

    /// Checks the laws of the tenant.
    pub(crate) fn lawful(&self) {
        let jobs = settings::settings(&self.tables).unwrap();
        let until = lookup::jobs_done_until(&self.tables).unwrap();
        let broken = invariants::violations(&self.tables, until.min(self.now)).unwrap();
        assert!(broken.is_empty(), "{broken:#?} with {jobs:?}");
    }
}

/// Returns the UPN, the flag and the addresses of an object.
pub(crate) fn card(object: &TenantObject) -> String {
    let flag = match object.sync_enabled {
        None => "null",
        Some(true) => "true",
        Some(false) => "false",
    };
    format!("{} {flag} [{}]", object.upn.as_deref().unwrap_or("-"), object.addresses.join("; "))
}

/// Returns what became of a row: `Updated soft-upn`, `InvalidSoftMatch ProxyAddresses` …
pub(crate) fn outcome(answer: &Answer) -> String {
    let mut text = match &answer.verdict {
        Verdict::Success(applied) => format!("{applied:?} {:?}", answer.matched),
        Verdict::Failure(refusal) => {
            assert!(refusal.text.starts_with(&refusal.name), "the name comes first (D8)");
            format!("{} {}", refusal.name, refusal.attribute.as_deref().unwrap_or("-"))
        }
    };
    for held in &answer.quarantined {
        text = format!("{text}, quarantined {}", held.value);
    }
    text
}
