//! Random objects, rows and edits over small sets of values.

use dirsim_model::{AttributeId, Dice, Guid, Schema, SourceAnchor, Timestamp, Value};
use dirsim_tenant::{CloudAnchor, ExportRow, NewTenantObject, Operation, TenantEdit, TenantType};

use crate::decide::World;

pub(crate) const INITIAL: &str = "contoso.onmicrosoft.com";
const SUFFIXES: [&str; 6] =
    ["contoso.com", "contoso.com", "fabrikam.com", "wingtip.com", "contoso.local", INITIAL];
const NAMES: [&str; 3] = ["ann", "bo", "cy"];

/// A row as the naive implementation reads it: `None` is not named, `Some(None)` or an empty list
/// removes.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) operation: Operation,
    pub(crate) kind: TenantType,
    pub(crate) anchor: Option<String>,
    pub(crate) cloud: Option<Guid>,
    pub(crate) complete: bool,
    pub(crate) upn: Option<Option<String>>,
    pub(crate) mail: Option<Option<String>>,
    pub(crate) nickname: Option<Option<String>>,
    pub(crate) addresses: Option<Vec<String>>,
    pub(crate) sid: Option<String>,
    pub(crate) identifier: Option<Guid>,
    pub(crate) title: Option<Option<String>>,
}

/// A source of random things.
pub(crate) struct Random {
    dice: Dice,
}

pub(crate) fn anchor(number: u64) -> String {
    SourceAnchor::from_guid(guid(number)).to_string()
}

pub(crate) fn guid(number: u64) -> Guid {
    format!("{number:08x}-1111-1111-1111-111111111111").parse().unwrap()
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self { dice: Dice::new(seed.wrapping_mul(0x9E37_79B9) ^ 0xA5A5) }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.dice.below(bound)
    }

    pub(crate) fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[usize::try_from(self.below(list.len() as u64)).unwrap()]
    }

    fn upn(&mut self) -> String {
        if self.one_in(40) {
            return format!("{}+x@contoso.com", self.pick(&NAMES));
        }
        if self.one_in(20) {
            return format!("{} {}@contoso.com", self.pick(&NAMES), self.pick(&NAMES));
        }
        format!("{}@{}", self.pick(&NAMES), self.pick(&SUFFIXES))
    }

    fn address(&mut self) -> String {
        let prefix = self.pick(&["SMTP", "SMTP", "smtp", "smtp", "smtp", "SIP", "X500", "MSMAIL"]);
        match prefix {
            "X500" => format!("X500:/o=contoso/cn={}", self.pick(&NAMES)),
            "SIP" if !self.one_in(3) => self.address(),
            _ if self.one_in(15) => format!("{prefix}: {}@contoso.com", self.pick(&NAMES)),
            _ => format!("{prefix}:{}@{}", self.pick(&NAMES), self.pick(&SUFFIXES)),
        }
    }

    fn addresses(&mut self) -> Vec<String> {
        (0..self.below(4)).map(|_| self.address()).collect()
    }

    fn kind(&mut self) -> TenantType {
        match self.below(6) {
            0 => TenantType::Group,
            1 => TenantType::Contact,
            _ => TenantType::User,
        }
    }

    /// An object that is there before the first row.
    pub(crate) fn cloud_object(&mut self, schema: &Schema, now: Timestamp) -> NewTenantObject {
        let kind = self.kind();
        let id = |name: &str| schema.attribute(name).unwrap();
        let mut attributes: Vec<(AttributeId, Vec<Value>)> = Vec::new();
        let mut put = |name: &str, values: Vec<Value>| attributes.push((id(name), values));
        if kind == TenantType::User {
            let suffix = self.pick(&["contoso.com", "contoso.com", "fabrikam.com", INITIAL]);
            let upn = format!("{}@{suffix}", self.pick(&NAMES));
            put("userPrincipalName", vec![Value::text(upn)]);
            if self.one_in(4) {
                put("assignedLicenses", vec![Value::text("E3")]);
            }
            if self.one_in(10) {
                put("userType", vec![Value::text("Guest")]);
            }
        }
        let mut addresses: Vec<Value> = Vec::new();
        for number in 0..self.below(3) {
            let prefix = if number == 0 { "SMTP" } else { "smtp" };
            let suffix = self.pick(&["contoso.com", "contoso.com", INITIAL]);
            let text = format!("{prefix}:{}@{suffix}", self.pick(&NAMES));
            let bare = |value: &Value| value.to_string().to_lowercase();
            if !addresses.iter().any(|known| bare(known) == text.to_lowercase()) {
                addresses.push(Value::text(text));
            }
        }
        put("proxyAddresses", addresses);
        if self.one_in(2) {
            put("jobTitle", vec![Value::text("Cloud")]);
        }
        if kind == TenantType::Group && self.one_in(4) {
            put("groupTypes", vec![Value::text("Unified")]);
            put("mailEnabled", vec![Value::Boolean(true)]);
        } else if self.one_in(2) {
            let flag = self.pick(&["", "", "true", "true", "false"]);
            if !flag.is_empty() {
                put("onPremisesSyncEnabled", vec![Value::Boolean(flag == "true")]);
            }
            if !flag.is_empty() || kind == TenantType::User {
                put("onPremisesImmutableId", vec![Value::text(anchor(self.below(6)))]);
            }
            if flag == "true" {
                put("onPremisesSecurityIdentifier", vec![Value::text(self.sid())]);
                if kind == TenantType::User {
                    let id = guid(self.below(3)).to_string();
                    put("onPremisesObjectIdentifier", vec![Value::text(id)]);
                }
            } else if flag.is_empty() && self.one_in(4) {
                put("isCloudManaged", vec![Value::Boolean(true)]);
            }
        }
        let privileged = ["Global Administrator", "Reports Reader"];
        let user = kind == TenantType::User;
        let mut role = |chance: u64| -> Vec<String> {
            if user && self.one_in(chance) {
                vec![self.pick(&privileged).to_owned()]
            } else {
                Vec::new()
            }
        };
        let (roles, eligible_roles) = (role(6), role(8));
        let deleted = (user && self.one_in(5)).then_some(now);
        NewTenantObject {
            kind,
            id: None,
            attributes,
            roles,
            eligible_roles,
            references: Vec::new(),
            deleted,
        }
    }

    fn sid(&mut self) -> String {
        format!("S-1-5-21-1-2-3-{}", 1000 + self.below(5))
    }

    /// A row; most name their object by its anchor, some by its cloud anchor.
    pub(crate) fn row(&mut self, world: &World) -> Row {
        let operation = match self.below(10) {
            0..=4 => Operation::Add,
            5 | 6 => Operation::Delete,
            _ => Operation::Set,
        };
        let mut kind = self.kind();
        let number = self.below(6);
        let mut anchor = Some(anchor(number));
        // Rows are mostly about an object of the type that holds the anchor.
        if let Some(holder) = world.holder(anchor.as_deref().unwrap_or_default())
            && !self.one_in(10)
        {
            kind = holder.kind;
        }
        let mut cloud = None;
        if operation != Operation::Add && self.one_in(3) && !world.objects.is_empty() {
            let at = usize::try_from(self.below(world.objects.len() as u64)).unwrap();
            let object = &world.objects[at];
            cloud = Some(object.id);
            kind = if self.one_in(10) { kind } else { object.kind };
            if self.one_in(2) {
                anchor = None;
            } else if !self.one_in(4) {
                anchor.clone_from(&object.anchor);
            }
        }
        let complete =
            operation == Operation::Add || (operation == Operation::Set && self.one_in(3));
        let some = |random: &mut Self, chance: u64| complete || random.one_in(chance);
        let mut row = Row {
            operation,
            kind,
            anchor,
            cloud,
            complete,
            upn: None,
            mail: None,
            nickname: None,
            addresses: None,
            sid: None,
            identifier: None,
            title: None,
        };
        if operation == Operation::Delete {
            row.complete = false;
            return row;
        }
        if kind == TenantType::User && some(self, 3) {
            row.upn = Some(Some(self.upn()));
        }
        if self.one_in(4) {
            let mail = format!("{}@{}", self.pick(&NAMES), self.pick(&SUFFIXES));
            row.mail = Some((complete || !self.one_in(3)).then_some(mail));
        }
        if self.one_in(4) {
            let name = self.pick(&["ann", "bo", "x y", "dot."]).to_owned();
            row.nickname = Some((complete || !self.one_in(3)).then_some(name));
        }
        if some(self, 2) {
            let list = self.addresses();
            row.addresses = Some(list).filter(|list| !list.is_empty() || !complete);
        }
        if kind != TenantType::Contact && some(self, 6) && !self.one_in(4) {
            row.sid = Some(self.sid());
        }
        if kind == TenantType::User && some(self, 4) && !self.one_in(4) {
            // Mostly the account that belongs to the anchor.
            let own = if self.one_in(4) { self.below(3) } else { number % 3 };
            row.identifier = Some(guid(own));
        }
        if self.one_in(3) {
            row.title = Some((complete || !self.one_in(3)).then(|| "Title".to_owned()));
        }
        row
    }

    /// A command of an administrator: a deletion, or emptying the recycle bin.
    pub(crate) fn edit(&mut self, world: &World) -> Option<TenantEdit> {
        let at = usize::try_from(self.below(world.objects.len() as u64)).unwrap();
        let target = world.objects.get(at)?.id;
        Some(if self.one_in(2) {
            TenantEdit::Delete { target }
        } else {
            TenantEdit::Purge { target }
        })
    }
}

impl Row {
    /// Writes the row as the sync client sends it.
    pub(crate) fn to_row(&self, schema: &Schema) -> ExportRow {
        let mut attributes: Vec<(AttributeId, Vec<Value>)> = Vec::new();
        let mut put = |name: &str, values: Vec<Value>| {
            attributes.push((schema.attribute(name).unwrap(), values));
        };
        let one = |value: &Option<String>| value.iter().map(|text| Value::text(&**text)).collect();
        for (name, value) in [
            ("userPrincipalName", &self.upn),
            ("mail", &self.mail),
            ("alias", &self.nickname),
            ("title", &self.title),
        ] {
            if let Some(value) = value {
                put(name, one(value));
            }
        }
        if let Some(list) = &self.addresses {
            put("proxyAddresses", list.iter().map(|text| Value::text(&**text)).collect());
        }
        if self.sid.is_some() {
            put("onPremiseSecurityIdentifier", one(&self.sid));
        }
        if let Some(id) = self.identifier {
            put("onPremisesObjectIdentifier", vec![Value::text(id.to_string())]);
        }
        attributes.sort_by_key(|(id, _)| *id);
        ExportRow {
            operation: self.operation,
            object_type: self.kind,
            source_anchor: self.anchor.as_deref().map(SourceAnchor::new),
            cloud_anchor: self.cloud.map(|id| CloudAnchor { kind: self.kind, id }),
            complete: self.complete,
            attributes,
            references: Vec::new(),
        }
    }
}
