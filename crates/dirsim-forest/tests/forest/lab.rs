//! LAB-1 (SE 0.3) and the only place in these tests that calls the crate.

use std::fmt::Write as _;

use dirsim_forest::{
    AttributeEdit, EditOperation, FeedRow, ForestEdit, ForestObject, ForestRefusal, NewForest,
    NewObject, create, edit, load, lookup, maintain, read, view,
};
use dirsim_model::schema::class;
use dirsim_model::time::DAY_MS;
use dirsim_model::{AttributeId, ClassId, Dice, Dn, Guid, Schema, Timestamp, Value};
use dirsim_store::MemoryTables;

pub(crate) struct Lab {
    pub(crate) tables: MemoryTables,
    pub(crate) schema: Schema,
    pub(crate) dice: Dice,
    pub(crate) now: Timestamp,
    /// The number of DC=contoso,DC=com.
    pub(crate) domain: u64,
}

pub(crate) fn guid(text: &str) -> Guid {
    text.parse().unwrap()
}

pub(crate) fn new_forest(name: &str, recycle_bin: bool) -> NewForest {
    NewForest {
        name: name.into(),
        netbios: None,
        sid: None,
        recycle_bin,
        tombstone_lifetime_days: 180,
        upn_suffixes: Vec::new(),
        child_domains: Vec::new(),
    }
}

impl Lab {
    /// A forest without objects of anybody.
    pub(crate) fn empty(recycle_bin: bool) -> Self {
        let mut lab = Self {
            tables: MemoryTables::new(),
            schema: Schema::built_in(),
            dice: Dice::new(1),
            now: "2026-01-05T08:00:00Z".parse().unwrap(),
            domain: 0,
        };
        let new = NewForest {
            sid: Some("S-1-5-21-1000-2000-3000".parse().unwrap()),
            child_domains: vec!["child.contoso.com".into()],
            ..new_forest("contoso.com", recycle_bin)
        };
        let made = create(&mut lab.tables, &lab.schema, &new, &mut lab.dice, lab.now);
        lab.domain = made.unwrap().unwrap()[0];
        lab
    }

    /// LAB-1.
    pub(crate) fn new(recycle_bin: bool) -> Self {
        let mut lab = Self::empty(recycle_bin);
        let user = |n: u8| Some(format!("11111111-aaaa-4aaa-8aaa-{n:012}"));
        let objects = vec![
            lab.object("OU=Corp", class::ORGANIZATIONAL_UNIT, None, &[], &[]),
            lab.object("OU=NoSync", class::ORGANIZATIONAL_UNIT, None, &[], &[]),
            lab.object(
                "CN=Ada Bell,OU=Corp",
                class::USER,
                user(1),
                &[
                    ("sAMAccountName", "ada"),
                    ("userPrincipalName", "ada@contoso.com"),
                    ("objectSid", "S-1-5-21-1000-2000-3000-1101"),
                ],
                &[],
            ),
            lab.object(
                "CN=Ben Cole,OU=Corp",
                class::USER,
                user(2),
                &[("sAMAccountName", "ben"), ("objectSid", "S-1-5-21-1000-2000-3000-1102")],
                &[("manager", &["CN=Ada Bell,OU=Corp"])],
            ),
            lab.object(
                "CN=Cy Dunn,OU=Corp",
                class::USER,
                user(3),
                &[
                    ("sAMAccountName", "cy"),
                    ("userAccountControl", "514"),
                    ("objectSid", "S-1-5-21-1000-2000-3000-1103"),
                ],
                &[],
            ),
            lab.object(
                "CN=Sales,OU=Corp",
                class::GROUP,
                Some("22222222-bbbb-4bbb-8bbb-000000000001".into()),
                &[("sAMAccountName", "Sales"), ("groupType", "-2147483646")],
                &[("member", &["CN=Ada Bell,OU=Corp", "CN=Ben Cole,OU=Corp"])],
            ),
            lab.object(
                "CN=Ext One,OU=Corp",
                class::CONTACT,
                Some("33333333-cccc-4ccc-8ccc-000000000001".into()),
                &[("mail", "ext1@fabrikam.com"), ("proxyAddresses", "SMTP:ext1@fabrikam.com")],
                &[],
            ),
            lab.object("CN=Di Eck,OU=NoSync", class::USER, user(4), &[], &[]),
        ];
        lab.load(&objects).unwrap();
        lab
    }

    /// An object below DC=contoso,DC=com unless the name says otherwise.
    pub(crate) fn object(
        &self,
        name: &str,
        class: ClassId,
        guid_text: Option<String>,
        attributes: &[(&str, &str)],
        references: &[(&str, &[&str])],
    ) -> NewObject {
        NewObject {
            dn: dn(name),
            class,
            guid: guid_text.map(|text| guid(&text)),
            sid: None,
            attributes: attributes
                .iter()
                .map(|(name, value)| (self.id(name), vec![Value::from(*value)]))
                .collect(),
            references: references
                .iter()
                .map(|(name, to)| (self.id(name), to.iter().map(|to| dn(to)).collect()))
                .collect(),
        }
    }

    pub(crate) fn id(&self, attribute: &str) -> AttributeId {
        self.schema.attribute(attribute).unwrap()
    }

    pub(crate) fn load(&mut self, objects: &[NewObject]) -> Result<(), ForestRefusal> {
        self.load_into("contoso.com", objects)
    }

    pub(crate) fn load_into(
        &mut self,
        forest: &str,
        objects: &[NewObject],
    ) -> Result<(), ForestRefusal> {
        let Self { tables, schema, dice, now, .. } = self;
        load(tables, schema, forest, objects, dice, *now).unwrap()
    }

    pub(crate) fn edit(&mut self, change: &ForestEdit) -> Result<u64, ForestRefusal> {
        self.now = self.now + 1000;
        let Self { tables, schema, dice, now, .. } = self;
        edit(tables, schema, change, dice, *now).unwrap()
    }

    pub(crate) fn create(&mut self, new: NewObject) -> Result<u64, ForestRefusal> {
        self.edit(&ForestEdit::Create(Box::new(new)))
    }

    /// The number of the object at a name.
    pub(crate) fn at(&self, name: &str) -> u64 {
        lookup::by_dn(&self.tables, &dn(name)).unwrap().unwrap_or_else(|| panic!("no {name}"))
    }

    pub(crate) fn get(&self, name: &str) -> ForestObject {
        lookup::object(&self.tables, self.at(name)).unwrap().unwrap()
    }

    pub(crate) fn guid_of(&self, name: &str) -> Guid {
        self.get(name).guid
    }

    pub(crate) fn modify(
        &mut self,
        name: &str,
        operation: EditOperation,
        attribute: &str,
        values: &[&str],
    ) -> Result<u64, ForestRefusal> {
        let change = AttributeEdit {
            attribute: self.id(attribute),
            operation,
            values: values.iter().map(|value| Value::from(*value)).collect(),
        };
        let target = self.guid_of(name);
        self.edit(&ForestEdit::Modify { target, changes: vec![change] })
    }

    pub(crate) fn set(
        &mut self,
        name: &str,
        attribute: &str,
        values: &[&str],
    ) -> Result<u64, ForestRefusal> {
        self.modify(name, EditOperation::Replace, attribute, values)
    }

    pub(crate) fn add(&mut self, group: &str, member: &str) -> Result<u64, ForestRefusal> {
        self.modify(group, EditOperation::Add, "member", &[member])
    }

    pub(crate) fn remove(&mut self, group: &str, member: &str) -> Result<u64, ForestRefusal> {
        self.modify(group, EditOperation::Remove, "member", &[member])
    }

    pub(crate) fn mv(&mut self, name: &str, parent: &str) -> Result<u64, ForestRefusal> {
        let target = self.guid_of(name);
        self.edit(&ForestEdit::Move { target, parent: dn(parent) })
    }

    pub(crate) fn rename(&mut self, name: &str, to: &str) -> Result<u64, ForestRefusal> {
        let target = self.guid_of(name);
        self.edit(&ForestEdit::Rename { target, name: to.into() })
    }

    pub(crate) fn delete(&mut self, name: &str) -> Result<u64, ForestRefusal> {
        let target = self.guid_of(name);
        self.edit(&ForestEdit::Delete { target, recursive: false })
    }

    pub(crate) fn delete_tree(&mut self, name: &str) -> Result<u64, ForestRefusal> {
        let target = self.guid_of(name);
        self.edit(&ForestEdit::Delete { target, recursive: true })
    }

    pub(crate) fn restore(&mut self, target: Guid) -> Result<u64, ForestRefusal> {
        self.edit(&ForestEdit::Restore { target, parent: None, name: None })
    }

    /// Advances the clock by days and lets the collector run.
    pub(crate) fn days(&mut self, days: i64) -> u64 {
        self.now = self.now + days * DAY_MS;
        maintain(&mut self.tables, &self.schema, self.now).unwrap()
    }

    pub(crate) fn usn(&self) -> u64 {
        read::highest_usn(&self.tables, self.domain).unwrap()
    }

    pub(crate) fn rows(&self, since: u64) -> Vec<FeedRow> {
        read::changes(&self.tables, &self.schema, self.domain, since, None).unwrap()
    }

    /// What a delta read since `since` says, a line per row.
    pub(crate) fn changes(&self, since: u64) -> Vec<String> {
        self.rows(since).iter().map(|row| self.line(row)).collect()
    }

    pub(crate) fn line(&self, row: &FeedRow) -> String {
        let name = row.dn.to_string().replace(",DC=contoso,DC=com", "");
        if row.deleted {
            return format!("deleted {name}");
        }
        let mut line = if row.complete { format!("new {name}") } else { name };
        for attribute in &row.changed {
            let values = row.entry.get(*attribute).to_vec();
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            let _ = write!(line, " {}={}", self.schema.name(*attribute), values.join("|"));
        }
        for link in &row.links {
            let sign = if link.present { '+' } else { '-' };
            let target = lookup::object(&self.tables, link.target).unwrap().unwrap();
            assert_eq!(target.guid, link.guid);
            let attribute = self.schema.name(link.attribute);
            let _ = write!(line, " {attribute}{sign}{}", target.rdn.value);
        }
        line
    }

    /// The values of an attribute as people read them.
    pub(crate) fn show(&self, name: &str, attribute: &str) -> Vec<String> {
        self.show_id(self.at(name), attribute)
    }

    pub(crate) fn show_id(&self, id: u64, attribute: &str) -> Vec<String> {
        let values = view::attribute(&self.tables, &self.schema, id, self.id(attribute)).unwrap();
        values.iter().map(|v| v.to_string().replace(",DC=contoso,DC=com", "")).collect()
    }

    pub(crate) fn complete(&self) -> Vec<FeedRow> {
        read::complete(&self.tables, &self.schema, self.domain, None, usize::MAX, None).unwrap()
    }
}

/// A name below DC=contoso,DC=com unless it names a domain itself.
pub(crate) fn dn(name: &str) -> Dn {
    if name.contains("DC=") {
        name.parse().unwrap()
    } else {
        format!("{name},DC=contoso,DC=com").parse().unwrap()
    }
}

/// Asserts that the directory refused with a text that people search for.
#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(answer: Result<T, ForestRefusal>, text: &str) {
    let message = answer.expect_err("the directory accepts what it should refuse").message;
    assert!(message.contains(text), "{message}");
}
