//! What a takeover writes, keeps and loses (ET-060 to ET-066).

use dirsim_tenant::TenantType::Group;
use dirsim_tenant::lookup;

use crate::stage::{Stage, anchor, outcome};

/// ET-060, ET-061, ET-064: present values overwrite, absent ones stay, the cloud's own stays.
#[test]
fn et_061_the_row_overwrites_what_it_carries() {
    let mut stage = Stage::new();
    let id = stage.user("upn=ann@contoso.com; title=CFO; department=Board; sku=E5");
    let answer = stage.add("A1", "upn=ann@contoso.com; title=CEO; sam=ann; oid=1");
    assert_eq!(outcome(&answer), "Updated SoftUpn");
    let after = stage.of(id);
    assert_eq!((after.sync_enabled, after.anchor), (Some(true), Some(anchor("A1"))));
    assert_eq!((after.last_sync, &*after.licenses[0]), (Some(stage.now), "E5"));
    assert_eq!(after.object_identifier, Some(crate::stage::guid('1')));
    assert_eq!(stage.profile(id, "jobTitle"), "CEO");
    assert_eq!(stage.profile(id, "department"), "Board");
    assert_eq!(stage.profile(id, "onPremisesSamAccountName"), "ann");
    let title = answer.overwritten.iter().find(|lost| lost.attribute == "jobTitle").unwrap();
    assert_eq!((title.before.len(), title.after[0].to_string()), (1, "CEO".to_owned()));
    // A later row that deletes the attribute clears it.
    assert_eq!(outcome(&stage.set("A1", "department=")), "Updated Anchor");
    assert_eq!(stage.profile(id, "department"), "");
    assert!(stage.set("A1", "title=Chair").overwritten.is_empty());
}

/// ET-062: addresses are replaced.
#[test]
fn et_062_addresses_are_replaced() {
    let mut stage = Stage::new();
    stage.user(
        "upn=kim@contoso.com; nick=kim; proxy=SMTP:kim@contoso.com,smtp:k@contoso.com,smtp:kim@contoso.onmicrosoft.com",
    );
    let answer = stage.add("A1", "upn=kim@contoso.com; proxy=SMTP:kim@contoso.com");
    assert_eq!(
        stage.get("A1").addresses.join("; "),
        "SMTP:kim@contoso.com; smtp:kim@contoso.onmicrosoft.com"
    );
    let note = answer.notes.iter().find(|note| note.code == "DATA-LOSS").unwrap();
    assert!(note.text.contains("smtp:k@contoso.com"), "{}", note.text);
}

/// ET-062: a row without addresses keeps those of the cloud.
#[test]
fn et_062_a_row_without_addresses_keeps_those_of_the_cloud() {
    let mut stage = Stage::new();
    let before = "SMTP:kim@contoso.com,smtp:k@contoso.com";
    let id = stage.user(&format!("upn=kim@contoso.com; proxy={before}"));
    stage.add("A1", "upn=kim@contoso.com");
    assert_eq!(stage.of(id).addresses.join(","), before);
    // A later calculation keeps them as well.
    stage.set("A1", "upn=kim2@contoso.com");
    assert_eq!(stage.of(id).addresses.join(","), before);
    stage.set("A1", "proxy=SMTP:kim2@contoso.com");
    assert_eq!(stage.of(id).addresses.join(","), "SMTP:kim2@contoso.com");
}

/// ET-064: a group takeover replaces the members.
#[test]
fn et_064_a_group_takeover_replaces_the_members() {
    let mut stage = Stage::new();
    let sales = stage.cloud(Group, "name=Sales; proxy=SMTP:sales@contoso.com; mailEnabled=true");
    let old = stage.user("upn=old@contoso.com");
    stage.edit(dirsim_tenant::TenantEdit::SetMember { group: sales, member: old, present: true });
    stage.add("A2", "upn=new@contoso.com");
    stage.add_kind(Group, "A1", "name=Sales; proxy=SMTP:sales@contoso.com");
    stage.members("A1", "+A2");
    let number = lookup::by_id(&stage.tables, sales).unwrap().unwrap();
    let members = lookup::links(&stage.tables, number, None).unwrap();
    assert_eq!(members.len(), 1);
    let member = lookup::object(&stage.tables, members[0].1).unwrap().unwrap();
    assert_eq!(member.anchor, Some(anchor("A2")));
}

/// ET-065: a taken over object is read only.
#[test]
fn et_065_a_taken_over_object_is_read_only() {
    let mut stage = Stage::new();
    let id = stage.user("upn=ann@contoso.com");
    assert_eq!(stage.patch(id, "department=Sales"), "ok");
    stage.add("A1", "upn=ann@contoso.com");
    // ET-020
    assert_eq!(
        stage.patch(id, "department=HR"),
        "400 Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration."
    );
    assert_eq!(stage.patch(id, "usageLocation=DE"), "ok");
    stage.set("A1", "department=HR");
    assert_eq!(stage.profile(id, "department"), "HR");
}

/// ET-066: a soft match leaves a hard link.
#[test]
fn et_066_a_soft_match_leaves_a_hard_link() {
    let mut stage = Stage::new();
    let id = stage.user("upn=ann@contoso.com");
    stage.add("A1", "upn=ann@contoso.com");
    stage.delete("A1");
    assert_eq!(outcome(&stage.add("A1", "upn=renamed@contoso.com")), "Restored Hard");
    assert_eq!(stage.get("A1").id, id);
}
