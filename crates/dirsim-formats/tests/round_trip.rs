//! Law: what is written reads back as the same objects.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use dirsim_forest::NewObject;
use dirsim_formats::graph::GraphOptions;
use dirsim_formats::graph::write::{PageWriter, write_domains, write_features, write_roles};
use dirsim_formats::ldif::LdifOptions;
use dirsim_formats::ldif::write::{COLUMNS, LdifWriter, RecordForm};
use dirsim_formats::{SourceFile, read_forest, read_tenant};
use dirsim_model::dn::Rdn;
use dirsim_model::schema::class;
use dirsim_model::{AttributeId, Dn, Guid, Schema, Sid, Side, Syntax, Timestamp, Value};
use dirsim_tenant::{NewDomain, NewTenant, NewTenantObject, TenantType};
use proptest::prelude::*;

/// A small schema with an attribute of every syntax, and one that no side knows.
fn schema() -> Schema {
    let attributes = "attributes: {text: text, texts: text*, number: integer, truth: boolean, octets: bytes*, guid: guid, sid: sid, instant: time, manager: reference, member: reference*, userPrincipalName: text}";
    let mut schema =
        Schema::from_files(&[(Side::Forest, attributes), (Side::Tenant, attributes)]).unwrap();
    schema.intern("unlisted").unwrap();
    schema
}

fn guid() -> impl Strategy<Value = Guid> {
    any::<[u8; 16]>().prop_map(Guid::from_bytes)
}

fn sid() -> impl Strategy<Value = Sid> {
    proptest::collection::vec(any::<u32>(), 1..6).prop_map(|parts| {
        let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
        format!("S-1-5-{}", parts.join("-")).parse().unwrap()
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{1,90}",
        "\\PC{1,40}",
        Just(" leading and trailing ".to_owned()),
        Just("two\r\nlines".to_owned()),
        Just(": colon".to_owned()),
        Just("<angle".to_owned()),
        Just("#hash".to_owned()),
    ]
}

/// An attribute with its values.
type Attribute = (AttributeId, Vec<Value>);

/// Values of one syntax; the texts of `words`, as some words have a meaning of their own.
fn values(
    syntax: Syntax,
    many: bool,
    words: BoxedStrategy<String>,
) -> impl Strategy<Value = Vec<Value>> {
    let one = match syntax {
        Syntax::Text | Syntax::Reference => words.prop_map(Value::from).boxed(),
        Syntax::Integer => any::<i64>().prop_map(Value::Integer).boxed(),
        Syntax::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
        Syntax::Bytes => {
            proptest::collection::vec(any::<u8>(), 1..120).prop_map(Value::bytes).boxed()
        }
        Syntax::Guid => guid().prop_map(|guid| Value::bytes(*guid.as_bytes())).boxed(),
        Syntax::Sid => sid().prop_map(|sid| Value::bytes(sid.as_bytes())).boxed(),
        // Generalized time has whole seconds and years of four digits.
        Syntax::Time => (-60_000_000_000i64..250_000_000_000)
            .prop_map(|seconds| Value::Time(Timestamp(seconds * 1000)))
            .boxed(),
    };
    proptest::collection::vec(one, 1..if many { 4 } else { 2 })
}

fn attributes(
    side: Side,
    words: BoxedStrategy<String>,
) -> impl Strategy<Value = Vec<(AttributeId, Vec<Value>)>> {
    let schema = schema();
    let mut options: Vec<BoxedStrategy<Option<Attribute>>> = schema
        .attributes_of(side)
        .filter(|(id, d)| d.syntax != Syntax::Reference && schema.name(*id) != "userPrincipalName")
        .map(|(id, d)| {
            let values = values(d.syntax, d.multi_valued, words.clone());
            proptest::option::of(values.prop_map(move |values| (id, values))).boxed()
        })
        .collect();
    let unlisted = schema.attribute("unlisted").unwrap();
    let texts = values(Syntax::Text, true, words);
    options.push(proptest::option::of(texts.prop_map(move |v| (unlisted, v))).boxed());
    options.prop_map(|all| {
        let mut all: Vec<_> = all.into_iter().flatten().collect();
        all.sort_by_key(|(id, _)| *id);
        all
    })
}

fn dn() -> impl Strategy<Value = Dn> {
    // The parser reads names as people write them, and drops NUL and lone quotes of no escape.
    proptest::collection::vec("[ -~äöüßéł日]{1,20}", 1..4).prop_map(|names| {
        let root: Dn = "DC=contoso,DC=com".parse().unwrap();
        names.into_iter().fold(root, |dn, name| dn.child(Rdn::new("CN", name)))
    })
}

fn forest_objects() -> impl Strategy<Value = Vec<NewObject>> {
    let schema = schema();
    let (manager, member) =
        (schema.attribute("manager").unwrap(), schema.attribute("member").unwrap());
    let classes = prop_oneof![
        Just(class::USER),
        Just(class::INET_ORG_PERSON),
        Just(class::COMPUTER),
        Just(class::GROUP),
        Just(class::CONTACT),
        Just(class::ORGANIZATIONAL_UNIT),
        Just(class::CONTAINER),
        Just(class::DOMAIN),
        Just(class::FOREIGN_SECURITY_PRINCIPAL),
        Just(class::MSDS_DEVICE),
    ];
    let references = (
        proptest::option::of(dn().prop_map(move |dn| (manager, vec![dn]))),
        proptest::option::of(proptest::collection::vec(dn(), 1..5).prop_map(move |m| (member, m))),
    );
    let object = (
        dn(),
        classes,
        proptest::option::of(guid()),
        proptest::option::of(sid()),
        attributes(Side::Forest, text().boxed()),
        references,
    )
        .prop_map(|(dn, class, guid, sid, attributes, (manager, member))| {
            let mut references: Vec<_> = manager.into_iter().chain(member).collect();
            references.sort_by_key(|(id, _)| *id);
            NewObject { dn, class, guid, sid, attributes, references }
        });
    proptest::collection::vec(object, 1..6).prop_map(|mut objects| {
        // Objects of one forest share no identity.
        for at in 1..objects.len() {
            let (before, rest) = objects.split_at_mut(at);
            let object = &mut rest[0];
            if before.iter().any(|o| o.dn.key() == object.dn.key()) {
                object.dn = object.dn.child(Rdn::new("OU", format!("{at}")));
            }
            object.guid = object.guid.filter(|guid| before.iter().all(|o| o.guid != Some(*guid)));
            object.sid =
                object.sid.take().filter(|sid| before.iter().all(|o| o.sid.as_ref() != Some(sid)));
        }
        objects
    })
}

fn tenant_objects() -> impl Strategy<Value = Vec<NewTenantObject>> {
    let schema = schema();
    let (manager, member, upn) = (
        schema.attribute("manager").unwrap(),
        schema.attribute("member").unwrap(),
        schema.attribute("userPrincipalName").unwrap(),
    );
    let id = || guid().prop_map(|guid| guid.to_string());
    // Texts like `SMTP:a smtp:b` or `@{…}` are traces of damage, which the reader mends or drops.
    let words = "[a-zA-Zäöü \"\\\\\n\u{1}日,]{1,40}".boxed();
    let object = (
        0usize..4,
        guid(),
        attributes(Side::Tenant, words),
        proptest::option::of(id()),
        proptest::collection::vec(id(), 0..4),
        proptest::option::of(0i64..2_000_000_000),
        any::<bool>(),
    )
        .prop_map(move |(kind, id, mut attributes, boss, members, deleted, admin)| {
            let kind =
                [TenantType::User, TenantType::Group, TenantType::Contact, TenantType::Device]
                    [kind];
            let user = kind == TenantType::User;
            let mut references = Vec::new();
            if user {
                attributes.push((upn, vec![format!("{}@contoso.com", id.simple()).into()]));
                references.extend(boss.map(|boss| (manager, vec![boss])));
            }
            if kind == TenantType::Group && !members.is_empty() {
                references.push((member, members));
            }
            attributes.sort_by_key(|(id, _)| *id);
            NewTenantObject {
                kind,
                id: Some(id),
                attributes,
                roles: if user && admin {
                    vec!["User Administrator".to_owned()]
                } else {
                    Vec::new()
                },
                eligible_roles: Vec::new(),
                references,
                deleted: deleted.map(|seconds| Timestamp(seconds * 1000)),
            }
        });
    proptest::collection::vec(object, 1..6).prop_map(|mut objects| {
        objects.sort_by_key(|object| object.id);
        objects.dedup_by_key(|object| object.id);
        objects
    })
}

proptest! {
    #[test]
    fn forest_objects_survive_ldif(objects in forest_objects(), content in any::<bool>()) {
        let mut schema = schema();
        let form = if content { RecordForm::Content } else { RecordForm::Add };
        let mut writer = LdifWriter::new(Vec::new(), form);
        writer.comment("written by a test").unwrap();
        for object in &objects {
            writer.object(&schema, object).unwrap();
        }
        let bytes = writer.finish().unwrap();
        for line in bytes.split(|byte| *byte == b'\n') {
            prop_assert!(line.len() <= COLUMNS + 1);
        }
        let file = SourceFile { name: "ad.ldf", bytes: &bytes };
        let loaded = read_forest(&[file], &mut schema, &LdifOptions::default());
        let loaded = loaded.map_err(|errors| TestCaseError::fail(errors.to_string()))?;
        prop_assert_eq!(loaded.objects, objects);
    }

    #[test]
    fn tenant_objects_survive_graph_json(objects in tenant_objects()) {
        let mut schema = schema();
        let mut writer = PageWriter::new(Vec::new(), "directoryObjects").unwrap();
        for object in &objects {
            writer.object(&schema, object).unwrap();
        }
        let page = writer.finish(None).unwrap();
        let mut roles = Vec::new();
        write_roles(&mut roles, objects.iter()).unwrap();
        let files = [
            SourceFile { name: "page.json", bytes: &page },
            SourceFile { name: "roles.json", bytes: &roles },
        ];
        let loaded = read_tenant(&files, &mut schema, &GraphOptions::default());
        let loaded = loaded.map_err(|errors| TestCaseError::fail(errors.to_string()))?;
        prop_assert_eq!(loaded.objects, objects);
    }
}

#[test]
fn a_tenant_survives_its_files() {
    let tenant = NewTenant {
        initial_domain: "contoso.onmicrosoft.com".to_owned(),
        domains: vec![
            NewDomain { name: "contoso.com".to_owned(), verified: true, federated: true },
            NewDomain { name: "fabrikam.com".to_owned(), verified: false, federated: false },
        ],
        features: vec![("blockSoftMatch".to_owned(), true), ("softMatchOnUpn".to_owned(), false)],
        preset: "new-tenant".to_owned(),
        as_of: None,
        next_placeholder_digits: Vec::new(),
    };
    let (mut domains, mut features) = (Vec::new(), Vec::new());
    write_domains(&mut domains, &tenant).unwrap();
    write_features(&mut features, &tenant).unwrap();
    let files = [
        SourceFile { name: "domains.json", bytes: &domains },
        SourceFile { name: "features.json", bytes: &features },
    ];
    let loaded = read_tenant(&files, &mut schema(), &GraphOptions::default()).unwrap();
    assert_eq!(loaded.new, tenant);
}
