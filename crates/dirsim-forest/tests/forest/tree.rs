//! Structure and identity (SE 2.1, 2.5), and the searches that read it.

use dirsim_forest::EditOperation::{Add, Remove};
use dirsim_forest::{AttributeEdit, ForestEdit, ForestObject, ObjectHead, create, lookup, search};
use dirsim_model::Value;
use dirsim_model::schema::class;
use dirsim_store::{Tables, rows};

use crate::lab::{Lab, dn, new_forest, refused};

const ADA: &str = "CN=Ada Bell,OU=Corp";
const BEN: &str = "CN=Ben Cole,OU=Corp";

/// SE-035: one naming context per domain; SE-042: built-in objects are marked.
#[test]
fn a_forest_has_its_domains() {
    let mut lab = Lab::empty(true);
    let domains = lookup::domains(&lab.tables).unwrap();
    let names: Vec<&str> = domains.iter().map(|(_, domain)| &*domain.fqdn).collect();
    assert_eq!(names, ["contoso.com", "child.contoso.com"]);
    assert_eq!(domains[1].1.forest, "contoso.com");
    assert_eq!(domains[0].1.netbios, "CONTOSO");
    assert_eq!(lab.show("CN=Domain Users,CN=Users", "isCriticalSystemObject"), ["True"]);
    let child = lab.get("CN=Domain Users,CN=Users,DC=child,DC=contoso,DC=com");
    assert_eq!(lookup::sid(&child).unwrap().rid(), Some(513));
    let again = new_forest("CONTOSO.com", true);
    let again = create(&mut lab.tables, &lab.schema, &again, &mut lab.dice, lab.now).unwrap();
    refused(again, "is there already");
    refused(lab.delete("CN=Domain Users,CN=Users"), "on built-in accounts");
    refused(lab.rename("CN=Users", "People"), "unwilling");
}

/// SE-002: the same seed makes the same forest.
#[test]
fn the_same_seed_makes_the_same_forest() {
    let (a, b) = (Lab::new(true), Lab::new(true));
    for table in dirsim_store::Table::ALL {
        let all = |lab: &Lab| lab.tables.scan(*table, &[], None, usize::MAX).unwrap();
        assert_eq!(all(&a), all(&b));
    }
}

/// The head of an object is the beginning of its record.
#[test]
fn a_head_is_read_from_the_record_of_its_object() {
    let mut lab = Lab::new(true);
    lab.delete(ADA).unwrap();
    for (id, object) in rows::after::<ForestObject>(&lab.tables, None, usize::MAX).unwrap() {
        let ForestObject { domain, parent, rdn, class, guid, deleted, .. } = object;
        let head = ObjectHead { domain, parent, rdn, class, guid, deleted };
        assert_eq!(lookup::head(&lab.tables, id).unwrap(), Some(head));
    }
}

/// SE-037: the GUID stays, wherever the object goes. SE-038: the SID belongs to the domain.
#[test]
fn identity_survives_moves() {
    let mut lab = Lab::new(true);
    let (guid, old_sid) = (lab.guid_of(ADA), lookup::sid(&lab.get(ADA)).unwrap());
    lab.rename(ADA, "Ada Cole").unwrap();
    lab.mv("CN=Ada Cole,OU=Corp", "OU=NoSync").unwrap();
    let moved = lab.get("CN=Ada Cole,OU=NoSync");
    assert_eq!((moved.guid, lookup::sid(&moved).as_ref()), (guid, Some(&old_sid)));
    lab.mv("CN=Ada Cole,OU=NoSync", "CN=Users,DC=child,DC=contoso,DC=com").unwrap();
    let away = lab.get("CN=Ada Cole,CN=Users,DC=child,DC=contoso,DC=com");
    assert_eq!(away.guid, guid);
    assert_ne!(lookup::sid(&away), Some(old_sid.clone()));
    let history = away.entry.get(lab.id("sIDHistory")).to_vec();
    assert_eq!(history, [Value::bytes(old_sid.as_bytes())]);
    assert_eq!(lab.show(BEN, "manager"), ["CN=Ada Cole,CN=Users,DC=child"]);
}

/// SE-038: SIDs count up and are not reused.
#[test]
fn relative_identifiers_are_not_reused() {
    let mut lab = Lab::new(true);
    let eve = || ("CN=Eve,OU=Corp", class::USER);
    lab.create(lab.object(eve().0, eve().1, None, &[], &[])).unwrap();
    let first = lookup::sid(&lab.get("CN=Eve,OU=Corp")).unwrap().rid().unwrap();
    lab.delete("CN=Eve,OU=Corp").unwrap();
    lab.create(lab.object(eve().0, eve().1, None, &[], &[])).unwrap();
    let second = lookup::sid(&lab.get("CN=Eve,OU=Corp")).unwrap().rid().unwrap();
    assert!(first > 1103, "RIDs that were loaded are taken");
    assert_eq!(second, first + 1);
}

/// SE-040: names compare without case and insignificant spaces; the leaf follows the class.
#[test]
fn names_follow_the_rules() {
    let mut lab = Lab::new(true);
    let found = lookup::by_dn(&lab.tables, &dn("cn=ada bell , ou=CORP,DC=contoso,DC=com"));
    assert_eq!(found.unwrap(), Some(lab.at(ADA)));
    let bad = |lab: &Lab, name: &str, class| lab.object(name, class, None, &[], &[]);
    let long = format!("CN={},OU=Corp", "x".repeat(65));
    refused(lab.create(bad(&lab, &long, class::CONTACT)), "The object name has bad syntax");
    refused(lab.create(bad(&lab, "OU=Eve,OU=Corp", class::CONTACT)), "bad syntax");
    refused(lab.create(bad(&lab, "CN=New", class::ORGANIZATIONAL_UNIT)), "bad syntax");
    refused(lab.rename(ADA, ""), "bad syntax");
    lab.create(bad(&lab, r"CN=Eck\, Di,OU=Corp", class::CONTACT)).unwrap();
    assert_eq!(lab.show(r"CN=Eck\, Di,OU=Corp", "cn"), ["Eck, Di"]);
    lab.rename(ADA, "ADA BELL").unwrap();
    assert_eq!(lab.show(ADA, "dn"), ["CN=ADA BELL,OU=Corp"]);
}

/// SE-041: what the directory refuses, and what it lets pass.
#[test]
fn the_directory_keeps_names_unique() {
    let mut lab = Lab::new(true);
    let user = |lab: &Lab, name: &str, attributes: &[(&str, &str)]| {
        lab.object(name, class::USER, None, attributes, &[])
    };
    refused(lab.create(user(&lab, "CN=ada BELL,OU=Corp", &[])), "name that is already in use");
    refused(
        lab.create(user(&lab, "CN=Eve,OU=Corp", &[("sAMAccountName", "ADA")])),
        "The specified account already exists",
    );
    refused(
        lab.create(user(&lab, "CN=Eve,OU=Corp", &[("userPrincipalName", "Ada@contoso.com")])),
        "UPN value provided for addition/modification is not unique forest-wide",
    );
    refused(lab.create(user(&lab, "CN=Eve,OU=Nowhere", &[])), "Directory object not found");
    refused(lab.create(user(&lab, "CN=Eve,DC=other,DC=com", &[])), "following partition(s)");
    refused(lab.create(user(&lab, &format!("CN=Eve,{ADA}"), &[])), "possible superiors");
    refused(lab.delete("OU=Corp"), "only on a leaf object");
    refused(lab.set(BEN, "userPrincipalName", &["ADA@contoso.com"]), "not unique forest-wide");
    refused(lab.set(BEN, "sAMAccountName", &["ada"]), "The specified account already exists");
    refused(lab.set(BEN, "mail", &["a@b.com", "c@b.com"]), "can have only one value");
    // The account name is taken in its domain only; a UPN in the whole forest.
    let child = "CN=Ada,CN=Users,DC=child,DC=contoso,DC=com";
    refused(lab.create(user(&lab, child, &[("userPrincipalName", "ada@contoso.com")])), "8648");
    lab.create(user(&lab, child, &[("sAMAccountName", "ada")])).unwrap();
    // Addresses and the anchor are not kept unique.
    for name in [ADA, BEN] {
        lab.set(name, "mail", &["same@contoso.com"]).unwrap();
        lab.set(name, "proxyAddresses", &["SMTP:same@contoso.com"]).unwrap();
        let change = AttributeEdit {
            attribute: lab.id("mS-DS-ConsistencyGuid"),
            operation: Add,
            values: vec![Value::bytes([7; 16])],
        };
        let target = lab.guid_of(name);
        lab.edit(&ForestEdit::Modify { target, changes: vec![change] }).unwrap();
    }
    let holders = lookup::by_address(&lab.tables, "Same@contoso.com").unwrap();
    assert_eq!(holders, [lab.at(ADA), lab.at(BEN)]);
}

/// A refusal leaves no trace, even when it comes late in the edit.
#[test]
fn a_refusal_leaves_no_trace() {
    let mut lab = Lab::new(true);
    let (before, dice) = (lab.tables.clone(), lab.dice.clone());
    let changes = [("department", "IT"), ("manager", "nobody")].map(|(name, value)| {
        AttributeEdit { attribute: lab.id(name), operation: Add, values: vec![value.into()] }
    });
    let target = lab.guid_of(BEN);
    refused(lab.edit(&ForestEdit::Modify { target, changes: changes.into() }), "Cannot find");
    let tree = lab.guid_of("CN=Users");
    refused(lab.edit(&ForestEdit::Delete { target: tree, recursive: true }), "built-in");
    let bad = lab.object("CN=Eve,OU=Corp", class::USER, None, &[], &[("manager", &["CN=No One"])]);
    refused(lab.create(bad), "Cannot find an object with identity: 'CN=No One");
    for table in dirsim_store::Table::ALL {
        let all = |t: &dyn Tables| t.scan(*table, &[], None, usize::MAX).unwrap();
        assert_eq!(all(&lab.tables), all(&before));
    }
    assert_eq!(lab.dice, dice);
}

/// The error texts of the module that values can cause (interfaces 5.1).
#[test]
fn values_are_checked() {
    let mut lab = Lab::new(true);
    refused(lab.set(ADA, "objectGUID", &["x"]), "owned by the system");
    refused(lab.set(ADA, "objectSid", &["x"]), "owned by the system");
    refused(lab.set(ADA, "whenChanged", &["x"]), "owned by the system");
    refused(lab.set(ADA, "cn", &["x"]), "RDN attribute");
    refused(lab.set(ADA, "cloudAnchor", &["x"]), "attribute or value does not exist");
    refused(lab.modify(ADA, Remove, "title", &["x"]), "attribute or value does not exist");
    refused(lab.set(ADA, "department", &[&"x".repeat(65)]), "acceptable range of values");
    refused(lab.set(ADA, "sAMAccountName", &["a-name-of-twenty-one-c"]), "acceptable range");
    refused(lab.set(ADA, "userAccountControl", &["many"]), "attribute syntax specified");
    refused(lab.set(ADA, "sAMAccountName", &[]), "Illegal modify operation");
}

/// SE-054 to SE-056: change numbers per write and per attribute; SE-055: each domain counts alone.
#[test]
fn writes_are_numbered() {
    let mut lab = Lab::new(true);
    let (usn, before) = (lab.usn(), lab.get(ADA));
    lab.set(ADA, "department", &["IT"]).unwrap();
    let after = lab.get(ADA);
    assert_eq!((lab.usn(), after.usn_changed), (usn + 1, usn + 1));
    assert_eq!(after.usn_created, before.usn_created);
    assert_eq!(after.attribute_usns, [(lab.id("department"), usn + 1)]);
    assert_eq!(after.changed, lab.now);
    assert_eq!(after.created, before.created);
    assert_eq!(lab.show(ADA, "uSNChanged"), [(usn + 1).to_string()]);
    lab.set(ADA, "department", &["IT"]).unwrap();
    lab.set(ADA, "title", &[]).unwrap();
    lab.mv(ADA, "OU=Corp").unwrap();
    lab.rename(ADA, "Ada Bell").unwrap();
    lab.set("CN=Sales,OU=Corp", "member", &["ada", "ben"]).unwrap();
    assert_eq!(lab.usn(), usn + 1, "SE-056");
    let child = lab.object("CN=X,CN=Users,DC=child,DC=contoso,DC=com", class::USER, None, &[], &[]);
    lab.create(child).unwrap();
    assert_eq!(lab.usn(), usn + 1, "SE-055");
}

/// SE-057: containers carry what is below them; nothing goes below itself.
#[test]
fn a_container_moves_with_what_it_holds() {
    let mut lab = Lab::new(true);
    lab.create(lab.object("OU=Sub,OU=Corp", class::ORGANIZATIONAL_UNIT, None, &[], &[])).unwrap();
    refused(lab.mv("OU=Corp", "OU=Sub,OU=Corp"), "cannot move below itself");
    refused(lab.mv("OU=Corp", "CN=Users,DC=child,DC=contoso,DC=com"), "only on a leaf object");
    refused(lab.mv(ADA, "OU=Nowhere"), "Directory object not found");
    lab.create(lab.object("CN=Ada Bell,OU=NoSync", class::CONTACT, None, &[], &[])).unwrap();
    refused(lab.mv(ADA, "OU=NoSync"), "name that is already in use");
    lab.mv("OU=Sub,OU=Corp", "OU=NoSync").unwrap();
    lab.at("OU=Sub,OU=NoSync");
}

/// Several primaries: adding a second upper-case address leaves the first (interfaces 5.1).
#[test]
fn adding_a_primary_address_leaves_the_older_one() {
    let mut lab = Lab::new(true);
    let (one, two) = ("SMTP:a@contoso.com", "SMTP:b@contoso.com");
    lab.set(ADA, "proxyAddresses", &[one]).unwrap();
    lab.modify(ADA, Add, "proxyAddresses", &[two]).unwrap();
    assert_eq!(lab.show(ADA, "proxyAddresses"), [one, two]);
    lab.modify(ADA, Remove, "proxyAddresses", &["smtp:A@contoso.com"]).unwrap();
    assert_eq!(lab.show(ADA, "proxyAddresses"), [two]);
}

/// `-Identity` is DN, GUID, SID or account name, and never a UPN (interfaces 5.1).
#[test]
fn identities_are_found() {
    let lab = Lab::new(true);
    let guid = lab.guid_of(ADA);
    let id = Some(lab.at(ADA));
    let find = |text: &str| lookup::by_identity(&lab.tables, text).unwrap();
    for text in ["ADA", "contoso\\ada", "S-1-5-21-1000-2000-3000-1101", &dn(ADA).to_string()] {
        assert_eq!(find(text), id, "{text}");
    }
    assert_eq!(find(&format!("{{{guid}}}")), id);
    assert_eq!(find("ada@contoso.com"), None);
    assert_eq!(lookup::by_upn(&lab.tables, "ADA@contoso.com").unwrap(), id);
}

/// The settings of a forest.
#[test]
fn a_forest_has_settings() {
    let mut lab = Lab::new(false);
    let suffixes = |add: &[&str], remove: &[&str]| ForestEdit::UpnSuffixes {
        forest: "contoso.com".into(),
        add: add.iter().map(ToString::to_string).collect(),
        remove: remove.iter().map(ToString::to_string).collect(),
    };
    lab.edit(&suffixes(&["a.com", "b.com"], &[])).unwrap();
    lab.edit(&suffixes(&["B.com"], &["A.com"])).unwrap();
    lab.edit(&ForestEdit::EnableRecycleBin { forest: "contoso.com".into() }).unwrap();
    let root = &lookup::domains(&lab.tables).unwrap()[0].1;
    assert_eq!((root.upn_suffixes.as_slice(), root.recycle_bin), (&["b.com".to_owned()][..], true));
    refused(lab.edit(&ForestEdit::EnableRecycleBin { forest: "x".into() }), "Cannot find a forest");
}

/// Searches by scope, with and without deleted objects, in pieces.
#[test]
fn searches_walk_a_scope() {
    let mut lab = Lab::new(true);
    lab.delete("CN=Di Eck,OU=NoSync").unwrap();
    let find = |base: &str, scope, deleted| -> Vec<String> {
        let found = search::numbers(&lab.tables, &dn(base), scope, deleted).unwrap().unwrap();
        let name = |id| lookup::head(&lab.tables, id).unwrap().unwrap().rdn.to_string();
        found.into_iter().map(name).collect()
    };
    assert_eq!(find("OU=Corp", search::Scope::Base, false), ["OU=Corp"]);
    assert_eq!(find("OU=NoSync", search::Scope::Subtree, true), ["OU=NoSync"]);
    assert_eq!(find("OU=Corp", search::Scope::OneLevel, false).len(), 5);
    assert!(find("DC=contoso,DC=com", search::Scope::OneLevel, false).contains(&"OU=Corp".into()));
    for deleted in [false, true] {
        let base = dn("DC=contoso,DC=com");
        let scope = search::Scope::Subtree;
        let numbers = search::numbers(&lab.tables, &base, scope, deleted).unwrap().unwrap();
        let mut read = Vec::new();
        loop {
            let after = read.last().map(|(id, _): &(u64, ForestObject)| *id);
            let piece = search::subtree(&lab.tables, &base, scope, deleted, after, 4).unwrap();
            let piece = piece.unwrap();
            if piece.is_empty() {
                break;
            }
            read.extend(piece);
        }
        assert_eq!(read.iter().map(|(id, _)| *id).collect::<Vec<_>>(), numbers);
        let gone = read.iter().filter(|(_, object)| object.deleted.is_some()).count();
        assert_eq!(gone, usize::from(deleted));
    }
    let nowhere = search::numbers(&lab.tables, &dn("OU=No"), search::Scope::Base, true);
    assert_eq!(nowhere.unwrap(), None);
}
