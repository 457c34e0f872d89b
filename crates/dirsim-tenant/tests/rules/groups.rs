//! Groups (ET-220 to ET-227).

use dirsim_tenant::TenantType::Group;
use dirsim_tenant::{Operation, lookup};

use crate::stage::{Stage, outcome};

fn members(stage: &Stage, key: &str) -> Vec<String> {
    let object = stage.get(key);
    let number = lookup::by_id(&stage.tables, object.id).unwrap().unwrap();
    let mut names: Vec<String> = lookup::links(&stage.tables, number, None)
        .unwrap()
        .iter()
        .map(|(_, to)| lookup::object(&stage.tables, *to).unwrap().unwrap())
        .filter_map(|member| member.upn.map(|upn| upn.to_string()))
        .collect();
    names.sort();
    names
}

#[test]
fn et_220_when_a_group_is_mail_enabled() {
    for (text, enabled) in [
        ("proxy=X500:/o=contoso/cn=g", false),
        ("proxy=X500:/o=contoso/cn=g,smtp:g@contoso.com", true),
        ("mail=g@contoso.com", true),
        ("proxy=X500:/o=g; mail=g@contoso.com", false),
        ("", false),
    ] {
        let mut stage = Stage::new();
        stage.add_kind(Group, "A1", &format!("name=G; securityEnabled=true; {text}"));
        assert_eq!(stage.get("A1").mail_enabled, enabled, "{text}");
    }
}

#[test]
fn et_221_member_changes() {
    let mut stage = Stage::new();
    for n in 1..4 {
        stage.add(&format!("A{n}"), &format!("upn=u{n}@contoso.com"));
    }
    stage.add_kind(Group, "AA", "name=G; securityEnabled=true");
    stage.members("AA", "+A1");
    assert_eq!(outcome(&stage.members("AA", "+A1 +A2 -A3 -A9")), "Updated Anchor");
    assert_eq!(members(&stage, "AA"), ["u1@contoso.com", "u2@contoso.com"]);
    assert_eq!(stage.get("AA").member_count, 2);
    stage.members("AA", "-A1");
    assert_eq!(members(&stage, "AA"), ["u2@contoso.com"]);
}

#[test]
fn et_222_references_wait_for_the_end_of_the_run() {
    let mut stage = Stage::new();
    stage.add_kind(Group, "AA", "name=G; securityEnabled=true");
    stage.members("AA", "+A1 +A2");
    stage.add("A1", "upn=u1@contoso.com");
    let notes = dirsim_tenant::finish_export(&mut stage.tables, &stage.schema, stage.now).unwrap();
    assert_eq!(members(&stage, "AA"), ["u1@contoso.com"]);
    assert_eq!((notes.len(), notes[0].code.as_str()), (1, "UNRESOLVED-REF"));
    let again = dirsim_tenant::finish_export(&mut stage.tables, &stage.schema, stage.now).unwrap();
    assert!(again.is_empty());
    // Memberships of the recycle bin come back (ET-170).
    stage.delete("A1");
    stage.add("A1", "upn=u1@contoso.com");
    assert_eq!(members(&stage, "AA"), ["u1@contoso.com"]);
    stage.lawful();
}

/// ET-224: cycles are allowed.
#[test]
fn et_224_nested_groups() {
    let mut stage = Stage::new();
    stage.add_kind(Group, "AA", "name=G; securityEnabled=true");
    stage.add_kind(Group, "AB", "name=H; securityEnabled=true");
    assert_eq!(outcome(&stage.members("AA", "+AB")), "Updated Anchor");
    assert_eq!(outcome(&stage.members("AB", "+AA")), "Updated Anchor");
    let row = stage.row(Operation::Delete, Group, "AB", "");
    stage.send(&row);
    assert_eq!(stage.get("AA").member_count, 0);
}

/// ET-227: the kind follows the row.
#[test]
fn et_227_the_kind_follows_ad() {
    let mut stage = Stage::new();
    stage.add_kind(Group, "A1", "name=D; proxy=SMTP:d@contoso.com; securityEnabled=false");
    let id = stage.get("A1").id;
    stage.set_kind(Group, "A1", "securityEnabled=true");
    let group = stage.get("A1");
    assert_eq!((group.id, group.security_enabled, group.mail_enabled), (id, true, true));
}
