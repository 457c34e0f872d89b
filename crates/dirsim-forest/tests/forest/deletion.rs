//! Delete, restore, garbage collection (SE 2.6).

use dirsim_forest::{ForestEdit, ForestRefusal, lookup};
use dirsim_model::schema::class;

use crate::lab::{Lab, dn, refused};

const ADA: &str = "CN=Ada Bell,OU=Corp";
const BEN: &str = "CN=Ben Cole,OU=Corp";

fn restore_to(
    lab: &mut Lab,
    name: &str,
    parent: Option<&str>,
    leaf: Option<&str>,
) -> Result<u64, ForestRefusal> {
    let target = lab.guid_of(name);
    let parent = parent.map(dn);
    lab.edit(&ForestEdit::Restore { target, parent, name: leaf.map(str::to_owned) })
}

/// Deletes Ada and returns her name in the recycle bin.
fn bury(lab: &mut Lab) -> String {
    let name = format!("CN=Ada Bell\\0ADEL:{},CN=Deleted Objects", lab.guid_of(ADA));
    lab.set(ADA, "department", &["IT"]).unwrap();
    lab.delete(ADA).unwrap();
    name
}

/// SE-058: what a tombstone keeps and what it loses.
#[test]
fn without_recycle_bin_attributes_are_stripped() {
    let mut lab = Lab::new(false);
    let (id, guid) = (lab.at(ADA), lab.guid_of(ADA));
    let sid = lookup::sid(&lab.get(ADA));
    let name = bury(&mut lab);
    assert_eq!(lab.at(&name), id);
    let tomb = lab.get(&name);
    assert_eq!((tomb.guid, lookup::sid(&tomb)), (guid, sid));
    let mangled = format!("Ada Bell\nDEL:{guid}");
    for (attribute, expected) in [
        ("isDeleted", "True"),
        ("lastKnownParent", "OU=Corp"),
        ("sAMAccountName", "ada"),
        ("userAccountControl", "512"),
        ("name", &mangled),
        ("cn", &mangled),
    ] {
        assert_eq!(lab.show(&name, attribute), [expected], "{attribute}");
    }
    for lost in ["department", "userPrincipalName", "primaryGroupID", "isRecycled"] {
        assert!(lab.show(&name, lost).is_empty(), "{lost}");
    }
    assert_eq!(lab.show(&name, "objectClass").last().map(String::as_str), Some("user"));
    assert_eq!(lookup::deleted(&lab.tables, lab.domain).unwrap(), [id]);
    assert_eq!(lookup::by_sam(&lab.tables, lab.domain, "ada").unwrap(), None);
}

/// SE-059: the recycle bin keeps attributes and the old leaf.
#[test]
fn the_recycle_bin_keeps_attributes() {
    let mut lab = Lab::new(true);
    lab.set(ADA, "objectCategory", &["CN=Person"]).unwrap();
    let name = bury(&mut lab);
    for (attribute, expected) in [
        ("department", "IT"),
        ("userPrincipalName", "ada@contoso.com"),
        ("msDS-LastKnownRDN", "Ada Bell"),
        ("lastKnownParent", "OU=Corp"),
    ] {
        assert_eq!(lab.show(&name, attribute), [expected], "{attribute}");
    }
    assert!(lab.show(&name, "objectCategory").is_empty());
}

/// SE-062: everything is back, the identity included.
#[test]
fn a_restored_object_is_the_old_one() {
    let mut lab = Lab::new(true);
    let before = lab.get(ADA);
    let name = bury(&mut lab);
    restore_to(&mut lab, &name, None, None).unwrap();
    let after = lab.get(ADA);
    assert_eq!((after.guid, lookup::sid(&after)), (before.guid, lookup::sid(&before)));
    assert_eq!(lab.show(ADA, "department"), ["IT"]);
    assert_eq!(lab.show(ADA, "cn"), ["Ada Bell"]);
    assert!(lab.show(ADA, "isDeleted").is_empty());
    assert_eq!(lookup::by_upn(&lab.tables, "ada@contoso.com").unwrap(), Some(lab.at(ADA)));
}

/// SE-062: why a restore fails, and the ways around.
#[test]
fn a_restore_needs_its_container_and_its_names() {
    let mut lab = Lab::new(true);
    let name = bury(&mut lab);
    let eve = [("sAMAccountName", "eve")];
    lab.create(lab.object(ADA, class::USER, None, &eve, &[])).unwrap();
    refused(restore_to(&mut lab, &name, None, None), "name that is already in use");
    lab.set(ADA, "userPrincipalName", &["ada@contoso.com"]).unwrap();
    refused(restore_to(&mut lab, &name, None, Some("Ada Old")), "not unique forest-wide");
    lab.set(ADA, "userPrincipalName", &[]).unwrap();
    lab.delete_tree("OU=Corp").unwrap();
    refused(restore_to(&mut lab, &name, None, None), "uninstantiated or deleted");
    refused(restore_to(&mut lab, &name, Some("OU=Gone"), None), "uninstantiated or deleted");
    restore_to(&mut lab, &name, Some("OU=NoSync"), Some("Ada Old")).unwrap();
    assert_eq!(lab.show("CN=Ada Old,OU=NoSync", "cn"), ["Ada Old"]);
    let live = lab.guid_of("CN=Ada Old,OU=NoSync");
    refused(lab.restore(live), "Cannot find an object with identity");
}

/// SE-063: reanimation of a tombstone.
#[test]
fn a_reanimated_account_is_empty_and_disabled() {
    let mut lab = Lab::new(false);
    let (guid, sid) = (lab.guid_of(ADA), lookup::sid(&lab.get(ADA)));
    let name = bury(&mut lab);
    let cookie = lab.usn();
    restore_to(&mut lab, &name, None, None).unwrap();
    let back = lab.get(ADA);
    assert_eq!((back.guid, lookup::sid(&back)), (guid, sid));
    assert_eq!(lab.show(ADA, "userAccountControl"), ["514"]);
    assert!(lab.show(ADA, "userPrincipalName").is_empty());
    assert!(lab.changes(cookie)[0].contains("userAccountControl=514"));
}

/// SE-063, SE-068: deletion and reanimation between two reads report what was stripped.
#[test]
fn a_reanimated_account_reports_what_it_lost() {
    let mut lab = Lab::new(false);
    let cookie = lab.usn();
    let ben = lab.guid_of(BEN);
    lab.delete(BEN).unwrap();
    lab.restore(ben).unwrap();
    let rows = lab.changes(cookie);
    assert_eq!(rows.len(), 1);
    assert!(rows[0].contains("manager-Ada Bell"), "{}", rows[0]);
}

/// SE-064: the same person created anew is another object.
#[test]
fn a_new_object_is_not_the_old_one() {
    let mut lab = Lab::new(true);
    let before = lab.get(ADA);
    bury(&mut lab);
    lab.create(lab.object(ADA, class::USER, None, &[("sAMAccountName", "ada")], &[])).unwrap();
    assert_ne!(lab.guid_of(ADA), before.guid);
    assert_ne!(lookup::sid(&lab.get(ADA)), lookup::sid(&before));
}

/// SE-065: children one by one, deepest first, each with its own change number.
#[test]
fn a_subtree_is_deleted_from_below() {
    let mut lab = Lab::new(true);
    lab.create(lab.object("OU=Sub,OU=Corp", class::ORGANIZATIONAL_UNIT, None, &[], &[])).unwrap();
    lab.create(lab.object("CN=Deep,OU=Sub,OU=Corp", class::CONTACT, None, &[], &[])).unwrap();
    let usn = lab.usn();
    lab.delete_tree("OU=Corp").unwrap();
    assert_eq!(lab.usn(), usn + 8);
    let rows = lab.changes(usn);
    assert_eq!(rows.len(), 8);
    let leaf = |row: &str| row.split("\\0A").next().unwrap().to_owned();
    assert_eq!(leaf(&rows[0]), "deleted CN=Deep");
    assert_eq!(leaf(&rows[7]), "deleted OU=Corp");
}

/// SE-060, SE-061 with the recycle bin: recycled after one lifetime, gone after two.
#[test]
fn the_collector_recycles_and_removes() {
    let mut lab = Lab::new(true);
    let name = bury(&mut lab);
    let guid = lab.guid_of(&name);
    assert_eq!(lab.days(179), 0);
    assert_eq!(lab.days(2), 1);
    assert_eq!(lab.show(&name, "isRecycled"), ["True"]);
    assert!(lab.show(&name, "department").is_empty());
    refused(lab.restore(guid), "Illegal modify operation");
    assert_eq!(lab.days(181), 1);
    refused(lab.restore(guid), "Cannot find an object with identity");
    assert!(!lab.rows(0).iter().any(|row| row.guid == guid), "SE-061: its history is gone");
}

/// SE-061 without: a tombstone is gone after one lifetime. The clock may jump.
#[test]
fn a_long_jump_of_the_clock_does_it_all() {
    for (recycle_bin, days) in [(false, 181), (true, 362)] {
        let mut lab = Lab::new(recycle_bin);
        bury(&mut lab);
        lab.days(days);
        assert!(lookup::deleted(&lab.tables, lab.domain).unwrap().is_empty());
    }
}

/// SE-060: a second deletion empties the recycle bin; a tombstone from before it was on is lost.
#[test]
fn some_deleted_objects_cannot_come_back() {
    let mut lab = Lab::new(true);
    let name = bury(&mut lab);
    lab.delete(&name).unwrap();
    let guid = lab.guid_of(&name);
    refused(lab.restore(guid), "Illegal modify operation");
    let mut lab = Lab::new(false);
    let name = bury(&mut lab);
    lab.edit(&ForestEdit::EnableRecycleBin { forest: "contoso.com".into() }).unwrap();
    let guid = lab.guid_of(&name);
    refused(lab.restore(guid), "Illegal modify operation");
}
