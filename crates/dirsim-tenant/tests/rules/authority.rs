//! Source of authority and turning synchronization off (ET-202 to ET-210).

use dirsim_tenant::TenantEdit;
use dirsim_tenant::TenantType::Group;

use crate::stage::{Stage, at, outcome};

fn hand_over(stage: &mut Stage, key: &str, managed: bool) -> String {
    let target = stage.get(key).id;
    stage.edit(TenantEdit::SetCloudManaged { target, managed })
}

/// ET-208, ET-209, ET-210, appendix C item 12: the flag table.
#[test]
fn et_209_the_flag_table() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com; title=Clerk");
    let id = stage.get("A1").id;
    let flags = |stage: &Stage| (stage.of(id).cloud_managed, stage.of(id).sync_enabled);
    assert_eq!(flags(&stage), (false, Some(true)));
    assert_eq!(hand_over(&mut stage, "A1", true), "ok");
    assert_eq!(flags(&stage), (true, None));
    assert_eq!(stage.patch(id, "title=X"), "ok");
    assert_eq!(outcome(&stage.set("A1", "title=Y")), "Ignored Anchor");
    assert_eq!(outcome(&stage.delete("A1")), "DeletingCloudOnlyObjectNotAllowed -");
    assert_eq!(stage.profile(id, "jobTitle"), "X");
    assert_eq!(hand_over(&mut stage, "A1", false), "ok");
    assert_eq!(flags(&stage), (false, None));
    // Not blocked by ET-045.
    stage.feature("blockCloudObjectTakeoverThroughHardMatch", true);
    assert_eq!(outcome(&stage.add("A1", "upn=ann@contoso.com; title=Clerk")), "Updated Hard");
    assert_eq!(
        (flags(&stage), stage.profile(id, "jobTitle")),
        ((false, Some(true)), "Clerk".into())
    );
}

/// ET-208: who can be converted.
#[test]
fn et_208_who_can_be_converted() {
    let mut stage = Stage::new();
    stage.user("upn=c@contoso.com; anchor=A1");
    stage.add("A2", "upn=f@fabrikam.com");
    stage.add_kind(Group, "A3", "name=G; securityEnabled=true");
    assert!(hand_over(&mut stage, "A1", true).starts_with("400"));
    assert!(hand_over(&mut stage, "A2", true).starts_with("400"));
    assert_eq!(hand_over(&mut stage, "A3", true), "ok");
    let mut old = Stage::with("new-tenant", Some("p2025"), &[]);
    old.add("A1", "upn=a@contoso.com");
    assert!(hand_over(&mut old, "A1", true).starts_with("400"));
}

/// ET-202, ET-203, ET-204, appendix C item 11.
#[test]
fn et_202_to_204_turning_synchronization_off_and_on() {
    for blocked in [false, true] {
        let mut stage = Stage::new();
        stage.add("A1", "upn=ann@contoso.com; sam=ann; sid=S1; oid=1; title=Clerk");
        let id = stage.get("A1").id;
        let turn = |enabled| TenantEdit::SetDirSyncEnabled { enabled };
        assert_eq!(stage.edit(turn(false)), "ok");
        assert_eq!(outcome(&stage.set("A1", "title=x")), "DirSyncNotEnabled -");
        assert!(stage.edit(turn(true)).starts_with("400"));
        stage.run_to(at("03 09:00"));
        assert!(stage.edit(turn(true)).starts_with("400"));
        assert_eq!(stage.of(id).sync_enabled, Some(true));
        assert_eq!(stage.run_to(at("04 09:00")).len(), 1);
        let ann = stage.of(id);
        assert_eq!((ann.sync_enabled, ann.anchor.is_some(), ann.sid.is_some()), (None, true, true));
        assert_eq!(stage.profile(id, "onPremisesSamAccountName"), "");
        assert_eq!(stage.patch(id, "title=X"), "ok");
        assert!(stage.patch(id, "extensionAttribute1=x").starts_with("400"));
        assert_eq!(stage.edit(turn(true)), "ok");
        stage.feature("blockCloudObjectTakeoverThroughHardMatch", blocked);
        let answer = stage.add("A1", "upn=ann@contoso.com; title=Clerk; sid=S1; oid=1");
        let expected = if blocked { "InvalidHardMatch -" } else { "Updated Hard" };
        assert_eq!(outcome(&answer), expected);
        assert_eq!(stage.profile(id, "jobTitle"), if blocked { "X" } else { "Clerk" });
    }
}

/// ET-207: mobile numbers edited in the cloud.
#[test]
fn et_207_mobile_overrides() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com; mobile=111");
    let id = stage.get("A1").id;
    assert_eq!(stage.patch(id, "mobile=222"), "ok");
    assert_eq!(outcome(&stage.set("A1", "mobile=333")), "Updated Anchor");
    assert_eq!(stage.profile(id, "mobilePhone"), "222");
    stage.feature("bypassDirSyncOverrides", true);
    stage.set("A1", "mobile=333");
    assert_eq!(stage.profile(id, "mobilePhone"), "333");
}
