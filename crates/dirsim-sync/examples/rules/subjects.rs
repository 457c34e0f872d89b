//! The typical user, and the person made of it, read as the engine reads them: values in one
//! [`Entry`], the name and references beside it.

use std::borrow::Cow;
use std::error::Error;

use dirsim_model::attribute::well_known;
use dirsim_model::{
    AttributeId, AttributeSet, AttributeTable, Entry, EntryBuilder, Schema, Sid, Side, Syntax,
    Timestamp, Value, Values,
};
use dirsim_rules::Subject;

use crate::Resolution;

/// The user: somebody with a mailbox, who sits in an office and has a manager.
const USER: &[(&str, &str)] = &[
    ("c", "NO"),
    ("cn", "Ann Lee"),
    ("co", "Norway"),
    ("company", "Contoso"),
    ("countryCode", "578"),
    ("department", "Research and Development"),
    ("displayName", "Ann Lee"),
    ("givenName", "Ann"),
    ("l", "Oslo"),
    ("mail", "ann.lee@contoso.com"),
    ("mailNickname", "ann.lee"),
    ("mobile", "+47 22 33 44 56"),
    ("msExchMailboxGuid", "99999999-8888-7777-6666-555555555555"),
    ("msExchRecipientTypeDetails", "1"),
    ("objectGUID", "03020100-0504-0706-0809-0a0b0c0d0e0f"),
    ("objectSid", "S-1-5-21-1004336348-1177238915-682003330-1104"),
    ("proxyAddresses", "SMTP:ann.lee@contoso.com"),
    ("proxyAddresses", "smtp:a.lee@contoso.com"),
    ("pwdLastSet", "133485408000000000"),
    ("sAMAccountName", "ann"),
    ("sn", "Lee"),
    ("telephoneNumber", "+47 22 33 44 55"),
    ("title", "Engineer"),
    ("userAccountControl", "512"),
    ("userPrincipalName", "ann.lee@contoso.com"),
];

/// A connector space object of the forest.
pub(crate) struct User<'a> {
    schema: &'a Schema,
    name: [Value; 1],
    manager: [Value; 1],
    image: Entry,
}

/// A metaverse object with one part.
pub(crate) struct Person<'a> {
    schema: &'a Schema,
    manager: [Value; 1],
    values: Entry,
}

impl<'a> User<'a> {
    pub(crate) fn typical(schema: &'a Schema) -> Result<Self, Box<dyn Error>> {
        let mut image = EntryBuilder::new();
        for (name, text) in USER {
            let id = schema.attribute(name).ok_or_else(|| format!("no attribute {name}"))?;
            image.push(id, value(schema.syntax(Side::Forest, id), text)?);
        }
        Ok(Self {
            schema,
            name: ["CN=Ann Lee,OU=Staff,OU=Oslo,DC=contoso,DC=com".into()],
            manager: [Value::Reference(1)],
            image: image.build(),
        })
    }

    /// The number of filled attributes, the manager among them.
    pub(crate) fn len(&self) -> usize {
        self.image.len() + 1
    }

    fn get(&self, attribute: AttributeId) -> Values<'_> {
        if attribute == well_known::DN {
            return Values::Slice(&self.name);
        }
        if self.schema.is_reference(Side::Forest, attribute) {
            let found = attribute == well_known::MANAGER;
            return if found { Values::Slice(&self.manager) } else { Values::NONE };
        }
        self.image.get(attribute)
    }
}

impl<'a> Person<'a> {
    pub(crate) fn of(schema: &'a Schema, contributed: &Resolution) -> Self {
        Self { schema, manager: [Value::Reference(1)], values: crate::entry(contributed) }
    }

    fn get(&self, attribute: AttributeId) -> Values<'_> {
        if self.schema.is_reference(Side::Metaverse, attribute) {
            let found = attribute == well_known::MANAGER;
            return if found { Values::Slice(&self.manager) } else { Values::NONE };
        }
        self.values.get(attribute)
    }
}

fn value(syntax: Syntax, text: &str) -> Result<Value, Box<dyn Error>> {
    Ok(match syntax {
        Syntax::Integer => Value::Integer(text.parse()?),
        Syntax::Guid | Syntax::Bytes => {
            Value::bytes(text.parse::<dirsim_model::Guid>()?.as_bytes().as_slice())
        }
        Syntax::Sid => Value::bytes(text.parse::<Sid>()?.as_bytes()),
        _ => text.into(),
    })
}

fn now() -> Timestamp {
    Timestamp(1_772_355_600_000)
}

impl Subject for User<'_> {
    fn present(&self) -> Option<AttributeSet> {
        let mut all: AttributeSet = self.image.attributes().collect();
        all.extend([well_known::DN, well_known::MANAGER]);
        Some(all)
    }

    fn tabulate<'t>(&'t self, table: &mut AttributeTable<'t>) -> bool {
        table.add(well_known::DN, Values::Slice(&self.name));
        table.add(well_known::MANAGER, Values::Slice(&self.manager));
        table.extend(self.image.iter());
        true
    }

    fn staged(&self, attribute: AttributeId) -> Values<'_> {
        self.get(attribute)
    }

    fn expected(&self, attribute: AttributeId) -> Values<'_> {
        self.get(attribute)
    }

    fn parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        if name.eq_ignore_ascii_case("Domain.FQDN") {
            Some(Cow::Borrowed("contoso.com"))
        } else if name.eq_ignore_ascii_case("Domain.Netbios") {
            Some(Cow::Borrowed("CONTOSO"))
        } else {
            None
        }
    }

    fn is_member_of(&self, _group_dn: &str) -> bool {
        false
    }

    fn now(&self) -> Timestamp {
        now()
    }

    fn random(&self) -> u64 {
        7
    }
}

impl Subject for Person<'_> {
    fn present(&self) -> Option<AttributeSet> {
        let mut all: AttributeSet = self.values.attributes().collect();
        all.insert(well_known::MANAGER);
        Some(all)
    }

    fn tabulate<'t>(&'t self, table: &mut AttributeTable<'t>) -> bool {
        table.add(well_known::MANAGER, Values::Slice(&self.manager));
        table.extend(self.values.iter());
        true
    }

    fn staged(&self, attribute: AttributeId) -> Values<'_> {
        self.get(attribute)
    }

    fn expected(&self, attribute: AttributeId) -> Values<'_> {
        self.get(attribute)
    }

    fn parameter(&self, _name: &str) -> Option<Cow<'_, str>> {
        None
    }

    fn is_member_of(&self, _group_dn: &str) -> bool {
        false
    }

    fn now(&self) -> Timestamp {
        now()
    }

    fn random(&self) -> u64 {
        7
    }
}
