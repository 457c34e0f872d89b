//! Groups (ET-220 to ET-229).

use dirsim_store::rows;
use dirsim_tenant::TenantType::{Contact, Group};
use dirsim_tenant::{Operation, ReferenceTarget, ReferenceWrite, TenantEdit, TenantOption, lookup};

use crate::stage::{Stage, anchor, card, outcome};

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

/// ET-220: when a group is mail enabled.
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

/// ET-221: member changes.
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

/// ET-222: references wait for the end of the run.
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

/// ET-223: how large a synchronized group may be, by the version of the interface. The limits are
/// data; the border is tried with a group that has as many members as fit but one.
#[test]
fn et_223_the_size_of_a_group() {
    let limits = &dirsim_tenant::catalogue::catalogue().limits;
    assert_eq!((limits.group_members, limits.group_members_v1), (250_000, 50_000));
    for (version, most) in [(1, limits.group_members_v1), (2, limits.group_members)] {
        let mut stage = Stage::new();
        stage.edit(TenantEdit::SetOption(TenantOption::ApiVersion(version)));
        stage.add_kind(Group, "A1", "name=G");
        for key in ["A2", "A3"] {
            stage.add_kind(Contact, key, "name=C");
        }
        let number = lookup::by_anchor(&stage.tables, &anchor("A1")).unwrap().unwrap();
        // Members by the hundred thousand would make the test slow; the count stands for them.
        let mut group = stage.get("A1");
        group.member_count = most - 1;
        rows::put(&mut stage.tables, number, &group).unwrap();
        let send = |stage: &mut Stage, key: &str| {
            let mut row = stage.row(Operation::Set, Group, "A1", "title=");
            row.references = vec![ReferenceWrite {
                attribute: stage.schema.attribute("member").unwrap(),
                target: ReferenceTarget::SourceAnchor(anchor(key)),
                present: true,
            }];
            dirsim_tenant::export(&mut stage.tables, &stage.schema, &row, stage.now).unwrap()
        };
        assert_eq!(outcome(&send(&mut stage, "A2")), "Updated Anchor", "version {version}");
        assert_eq!(outcome(&send(&mut stage, "A3")), "LargeObject member", "version {version}");
        assert_eq!(stage.get("A1").member_count, most, "membership unchanged");
    }
}

/// ET-224: licences of a group reach its direct user members and nobody in a group inside; groups
/// cannot be members of Microsoft 365 groups.
#[test]
fn et_224_licences_through_groups() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=u@contoso.com; proxy=SMTP:u@contoso.com");
    stage.add("A2", "upn=v@contoso.com");
    stage.add_kind(Group, "A3", "name=G");
    stage.add_kind(Group, "A4", "name=H");
    stage.members("A3", "+A4 +A2");
    stage.members("A4", "+A1");
    let g = stage.get("A3").id;
    let license = |assigned| TenantEdit::SetLicense { target: g, sku: "E5".into(), assigned };
    stage.edit(license(true));
    let skus = |stage: &Stage, key: &str| -> Vec<String> {
        stage.get(key).skus().map(str::to_owned).collect()
    };
    assert_eq!(skus(&stage, "A2"), ["E5"]);
    assert!(skus(&stage, "A1").is_empty(), "a member of a group inside");
    assert_eq!(
        card(&stage.get("A2")),
        "v@contoso.com true [SMTP:v@contoso.com; smtp:v@contoso.onmicrosoft.com]",
        "the mailbox makes addresses (ET-110)"
    );
    stage.members("A3", "+A1");
    assert_eq!(skus(&stage, "A1"), ["E5"], "a new member");
    stage.members("A3", "-A1");
    assert!(skus(&stage, "A1").is_empty());
    stage.edit(license(false));
    assert!(skus(&stage, "A2").is_empty());

    let unified = stage.cloud(Group, "name=Team; groupTypes=Unified; mailEnabled=true");
    let member = stage.get("A4").id;
    let add = TenantEdit::SetMember { group: unified, member, present: true };
    assert!(stage.edit(add).starts_with("400"));
}

/// ET-228, ET-047: roles through groups: only a cloud group that was made role-assignable holds
/// one, and its members are protected like holders.
#[test]
fn et_228_role_assignable_groups() {
    let role = |target, assigned| TenantEdit::SetRole {
        target,
        role: "Helpdesk Administrator".to_owned(),
        assigned,
        eligible: false,
    };
    let mut stage = Stage::new();
    stage.add_kind(Group, "A1", "name=G; securityEnabled=true");
    let synced = stage.get("A1").id;
    assert!(stage.patch(synced, "isAssignableToRole=true").starts_with("400"));
    assert!(stage.edit(role(synced, true)).starts_with("400"));
    let plain = stage.cloud(Group, "name=Plain; securityEnabled=true");
    assert!(stage.edit(role(plain, true)).starts_with("400"));
    let admins = stage.cloud(Group, "name=Admins; securityEnabled=true; isAssignableToRole=true");
    assert_eq!(stage.edit(role(admins, true)), "ok");

    let ops = stage.user("upn=ops@contoso.com");
    let member = |present| TenantEdit::SetMember { group: admins, member: ops, present };
    stage.edit(member(true));
    let duplicate = stage.add("A2", "upn=ops@contoso.com");
    assert_eq!(outcome(&duplicate), "Created None, quarantined ops@contoso.com");
    stage.edit(member(false));
    assert_eq!(outcome(&stage.add("A3", "upn=ops@contoso.com")), "Updated SoftUpn");

    // ET-050 looks at the group, too.
    let root = stage.user("upn=root@contoso.com; anchor=A4");
    stage.edit(TenantEdit::SetMember { group: admins, member: root, present: true });
    assert_eq!(outcome(&stage.add("A4", "upn=root@contoso.com")), "InvalidHardMatch -");
}

/// ET-229, ET-120: Microsoft 365 groups are offered to the client while writeback is on.
#[test]
fn et_229_writeback_offers_microsoft_365_groups() {
    let mut stage = Stage::new();
    let team = stage.cloud(Group, "name=Team1; groupTypes=Unified; mailEnabled=true");
    stage.cloud(Group, "name=Plain; securityEnabled=true");
    let offered = |stage: &Stage| -> Vec<(String, bool)> {
        let rows = dirsim_tenant::read::complete(&stage.tables, &stage.schema, None, 99).unwrap();
        rows.into_iter()
            .map(|(_, row)| (row.cloud_anchor.to_string(), row.source_anchor.is_none()))
            .collect()
    };
    assert!(offered(&stage).is_empty());
    stage.feature("unifiedGroupWriteback", true);
    assert_eq!(offered(&stage), [(format!("Group_{team}"), true)]);
    let later = stage.described(Group, "name=Team2; groupTypes=Unified; mailEnabled=true");
    stage.edit(TenantEdit::Create(Box::new(later)));
    assert_eq!(offered(&stage).len(), 2);
    stage.feature("unifiedGroupWriteback", false);
    assert!(offered(&stage).is_empty());
}
