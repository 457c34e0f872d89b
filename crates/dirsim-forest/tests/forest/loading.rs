//! Filling a forest in bulk.

use dirsim_forest::{load, lookup};
use dirsim_model::schema::class;

use crate::lab::{Lab, dn, refused};

/// Missing containers are made, whatever the order; given identifiers and times are kept.
#[test]
fn an_export_is_loaded_as_it_is() {
    let mut lab = Lab::empty(true);
    let guid = "44444444-dddd-4ddd-8ddd-000000000001";
    let attributes = [
        ("whenCreated", "20200102030405.0Z"),
        ("whenChanged", "20210102030405.0Z"),
        ("objectSid", "S-1-5-21-1000-2000-3000-5000"),
        ("sAMAccountName", "eve"),
        ("uSNChanged", "77"),
    ];
    let objects = [
        lab.object("CN=Eve,OU=Deep,OU=Top", class::USER, Some(guid.into()), &attributes, &[]),
        lab.object(
            "CN=Team,OU=Top",
            class::GROUP,
            None,
            &[],
            &[("member", &["CN=Eve,OU=Deep,OU=Top"])],
        ),
        lab.object("OU=Top", class::ORGANIZATIONAL_UNIT, None, &[("description", "first")], &[]),
    ];
    lab.load(&objects).unwrap();
    let eve = lab.get("CN=Eve,OU=Deep,OU=Top");
    assert_eq!(eve.guid.to_string(), guid);
    assert_eq!(lookup::sid(&eve).unwrap().rid(), Some(5000));
    assert_eq!(eve.created, "2020-01-02T03:04:05Z".parse().unwrap());
    assert_eq!(eve.changed, "2021-01-02T03:04:05Z".parse().unwrap());
    assert_eq!(lab.get("OU=Deep,OU=Top").class, class::ORGANIZATIONAL_UNIT);
    assert_eq!(lab.show("OU=Top", "description"), ["first"]);
    assert_eq!(lab.show("CN=Eve,OU=Deep,OU=Top", "memberOf"), ["CN=Team,OU=Top"]);
    let team = lookup::sid(&lab.get("CN=Team,OU=Top")).unwrap();
    assert_eq!(team.rid(), Some(5001), "behind the highest loaded one");
}

/// The defaults of new principals (SE-044, SE-045, SE-052).
#[test]
fn what_an_export_leaves_open_is_filled_in() {
    let mut lab = Lab::empty(true);
    let objects = [
        lab.object("CN=A user with a long name,OU=X", class::USER, None, &[], &[]),
        lab.object("CN=A user with a long name too,OU=X", class::USER, None, &[], &[]),
        lab.object("CN=PC1,OU=X", class::COMPUTER, None, &[], &[]),
        lab.object("CN=All: staff,OU=X", class::GROUP, None, &[], &[]),
    ];
    lab.load(&objects).unwrap();
    let user = "CN=A user with a long name,OU=X";
    assert_eq!(lab.show(user, "sAMAccountName"), ["A user with a long n"]);
    assert_eq!(lab.show(user, "userAccountControl"), ["512"]);
    assert_eq!(lab.show(user, "primaryGroupID"), ["513"]);
    let lineage = ["top", "person", "organizationalPerson", "user"];
    assert_eq!(lab.show(user, "objectClass"), lineage);
    let other = lab.show("CN=A user with a long name too,OU=X", "sAMAccountName");
    assert!(other[0].starts_with('$'), "{other:?}");
    assert_eq!(lab.show("CN=PC1,OU=X", "sAMAccountName"), ["PC1$"]);
    assert_eq!(lab.show("CN=All: staff,OU=X", "sAMAccountName"), ["All staff"]);
    assert_eq!(lab.show("CN=All: staff,OU=X", "groupType"), ["-2147483646"]);
}

/// Duplicates name both objects (SE-041), in one batch and against the forest.
#[test]
fn duplicates_are_refused() {
    let sid = "S-1-5-21-1000-2000-3000-4000";
    let guid = "44444444-dddd-4ddd-8ddd-000000000001";
    for (attribute, value, text) in [
        ("objectGUID", guid, "objectGUID"),
        ("objectSid", sid, "objectSid"),
        ("sAMAccountName", "same", "The specified account already exists"),
        ("userPrincipalName", "same@contoso.com", "not unique forest-wide"),
    ] {
        let objects = |lab: &Lab| {
            ["CN=One,OU=X", "CN=Two,OU=Y"].map(|name| {
                let attributes = [("sAMAccountName", name), (attribute, value)];
                lab.object(name, class::USER, None, &attributes, &[])
            })
        };
        let mut lab = Lab::empty(true);
        let before = lab.tables.clone();
        let refusal = lab.load(&objects(&lab)).unwrap_err();
        for part in [text, "CN=One,OU=X,DC=contoso,DC=com", "CN=Two,OU=Y,DC=contoso,DC=com"] {
            assert!(refusal.message.contains(part), "{}", refusal.message);
        }
        lab.tables = before;
        let [one, two] = objects(&lab);
        lab.load(std::slice::from_ref(&one)).unwrap();
        refused(lab.load(&[two]), text);
        refused(lab.load(&[one]), "name that is already in use");
    }
    let mut lab = Lab::empty(true);
    let same = ["CN=Ann,OU=X", "cn=ann,ou=x"];
    let same = same.map(|name| lab.object(name, class::CONTACT, None, &[], &[]));
    refused(lab.load(&same), "name that is already in use");
}

/// Objects of every new domain give way to the loaded ones, by name, by SID and by account name.
#[test]
fn built_in_objects_are_replaced() {
    let mut lab = Lab::empty(true);
    let root_guid = "55555555-eeee-4eee-8eee-000000000001";
    let sid = "S-1-5-21-7-7-7";
    let member: (&str, &[&str]) = ("member", &["CN=Chef,CN=Users"]);
    let objects = [
        lab.object(
            "DC=contoso,DC=com",
            class::DOMAIN,
            Some(root_guid.into()),
            &[("objectSid", sid)],
            &[],
        ),
        lab.object("CN=Users", class::CONTAINER, None, &[("description", "ours")], &[]),
        lab.object(
            "CN=Domänen-Benutzer,CN=Users",
            class::GROUP,
            None,
            &[("objectSid", "S-1-5-21-7-7-7-513"), ("sAMAccountName", "Domänen-Benutzer")],
            &[],
        ),
        lab.object(
            "CN=Chef,CN=Users",
            class::USER,
            None,
            &[("sAMAccountName", "administrator")],
            &[],
        ),
        lab.object("CN=Domain Admins,CN=Users", class::GROUP, None, &[], &[member]),
    ];
    let before = lab.complete().len();
    lab.load(&objects).unwrap();
    assert_eq!(lab.complete().len(), before, "nothing stands twice");
    assert_eq!(lab.guid_of("DC=contoso,DC=com").to_string(), root_guid);
    assert_eq!(lab.show("CN=Users", "description"), ["ours"]);
    for (name, rid) in [
        ("CN=Domänen-Benutzer,CN=Users", 513),
        ("CN=Chef,CN=Users", 500),
        ("CN=Domain Admins,CN=Users", 512),
        ("CN=krbtgt,CN=Users", 502),
    ] {
        let found = lookup::sid(&lab.get(name)).unwrap();
        assert_eq!(found.to_string(), format!("{sid}-{rid}"), "{name}");
    }
    assert_eq!(lab.show("CN=Domain Admins,CN=Users", "member"), ["CN=Chef,CN=Users"]);
    assert_eq!(lookup::by_dn(&lab.tables, &dn("CN=Domain Users,CN=Users")).unwrap(), None);
}

/// An export with deleted objects has a recycle bin with them in it.
#[test]
fn deleted_objects_are_loaded_as_such() {
    let mut lab = Lab::empty(true);
    let name = r"CN=Eve\0ADEL:66666666-ffff-4fff-8fff-000000000001,CN=Deleted Objects";
    let attributes = [
        ("isDeleted", "TRUE"),
        ("lastKnownParent", "OU=X,DC=contoso,DC=com"),
        ("userPrincipalName", "eve@contoso.com"),
        ("whenChanged", "20260101000000.0Z"),
    ];
    let gone = Some("66666666-ffff-4fff-8fff-000000000001".to_owned());
    let objects = [
        lab.object(name, class::USER, gone, &attributes, &[]),
        lab.object("OU=X", class::ORGANIZATIONAL_UNIT, None, &[], &[]),
        lab.object("CN=Deleted Objects", class::CONTAINER, None, &[("isDeleted", "TRUE")], &[]),
    ];
    lab.load(&objects).unwrap();
    assert!(lab.get("CN=Deleted Objects").deleted.is_none());
    let guid = lab.guid_of(name);
    assert_eq!(lookup::by_upn(&lab.tables, "eve@contoso.com").unwrap(), None);
    lab.restore(guid).unwrap();
    assert_eq!(lab.show("CN=Eve,OU=X", "userPrincipalName"), ["eve@contoso.com"]);
}

/// References must lead somewhere; whoever loads a partial export asks first.
#[test]
fn references_to_nowhere_are_named() {
    let mut lab = Lab::new(true);
    let reference: (&str, &[&str]) = ("manager", &["CN=No One,OU=Corp"]);
    let objects = [lab.object("CN=Eve,OU=Corp", class::USER, None, &[], &[reference])];
    let lost = load::unresolved(&lab.tables, &lab.schema, &objects).unwrap();
    assert_eq!(lost, [(0, lab.id("manager"), dn("CN=No One,OU=Corp"))]);
    refused(lab.load(&objects), "Cannot find an object with identity: 'CN=No One");
    let stranger = lab.object("CN=Eve,OU=X,DC=else,DC=com", class::USER, None, &[], &[]);
    refused(lab.load(&[stranger]), "following partition(s)");
    let stranger = lab.object("CN=Eve,DC=sub,DC=contoso,DC=com", class::USER, None, &[], &[]);
    refused(lab.load(&[stranger]), "following partition(s)");
    refused(lab.load_into("nowhere.com", &[]), "Cannot find a forest");
}

/// Loaded objects belong to the change log like created ones.
#[test]
fn a_later_load_is_seen_by_a_delta() {
    let mut lab = Lab::new(true);
    let cookie = lab.usn();
    let team: (&str, &[&str]) = ("member", &["CN=Ada Bell,OU=Corp", "CN=Eve,OU=Corp"]);
    let objects = [
        lab.object("CN=Team,OU=Corp", class::GROUP, None, &[], &[team]),
        lab.object("CN=Eve,OU=Corp", class::USER, None, &[], &[]),
    ];
    lab.load(&objects).unwrap();
    let expected = ["new CN=Team,OU=Corp member+Ada Bell member+Eve", "new CN=Eve,OU=Corp"];
    assert_eq!(lab.changes(cookie), expected);
}
