//! Worked examples of the specification with the values that it gives, where the tests of a rule use
//! others: sections 8 to 12.

use bytes::Bytes;
use dirsim_model::Timestamp;
use dirsim_store::{Links, Table, rows};
use dirsim_tenant::TenantType::{Group, User};
use dirsim_tenant::{
    HashRow, Operation, ReferenceTarget, ReferenceWrite, TenantEdit, TenantEvent, TenantOption,
    lookup, receive_hash,
};

use crate::stage::{Stage, anchor, at, outcome};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn restore(stage: &mut Stage, key: &str) -> String {
    let target = stage.get(key).id;
    stage.edit(TenantEdit::Restore {
        target,
        new_user_principal_name: None,
        auto_reconcile_proxy_conflict: false,
    })
}

fn hash(stage: &mut Stage, key: &str, changed: Timestamp) -> String {
    let row = HashRow { source_anchor: anchor(key), changed, must_change: false };
    outcome(&receive_hash(&mut stage.tables, &stage.schema, &row, stage.now).unwrap())
}

/// ET-174: Eva's name in the bin, and the new Eva.
#[test]
fn et_174_eva_in_the_bin() {
    let mut stage = Stage::new();
    let mut new = stage.described(User, "upn=eva@contoso.com; anchor=A1; flag=true");
    new.id = Some("a98368aa-f0cb-41b5-a7c6-10f18c6c837d".parse().unwrap());
    dirsim_tenant::load(&mut stage.tables, &stage.schema, &[new], stage.now).unwrap().unwrap();
    stage.delete("A1");
    let shown = "a98368aaf0cb41b5a7c610f18c6c837deva@contoso.com";
    assert_eq!(stage.get("A1").shown_upn().unwrap(), shown);
    let again = stage.described(User, "upn=eva@contoso.com");
    assert_eq!(stage.edit(TenantEdit::Create(Box::new(again))), "ok");
}

/// ET-177: after the purge the anchor is free for a row and for Kim.
#[test]
fn et_177_the_anchor_of_a_purged_user() {
    for by_row in [true, false] {
        let mut stage = Stage::new();
        stage.add("A1", "upn=bob@contoso.com");
        let target = stage.get("A1").id;
        stage.delete("A1");
        assert_eq!(stage.edit(TenantEdit::Purge { target }), "ok");
        if by_row {
            assert_eq!(outcome(&stage.add("A1", "upn=bob@contoso.com")), "Created None");
            assert_ne!(stage.get("A1").id, target);
        } else {
            let kim = stage.user("upn=kim@contoso.com");
            assert_eq!(stage.patch(kim, "anchor=A1"), "ok");
        }
    }
}

/// ET-181: the restored Eva meets Eva2.
#[test]
fn et_181_eva_meets_eva2() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=eva@contoso.com");
    stage.delete("A1");
    stage.user("upn=eva@contoso.com");
    let answer = stage.add("A1", "upn=eva@contoso.com");
    assert_eq!(outcome(&answer), "Restored Hard, quarantined eva@contoso.com");
    assert_eq!(stage.get("A1").upn.as_deref(), Some("eva1234@contoso.onmicrosoft.com"));
}

/// ET-202: the days of the example, the end of the pending state, and turning on that takes an hour.
#[test]
fn et_202_off_in_april() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=j@contoso.com; sam=jdoe; sid=S1; title=Clerk");
    let user = stage.get("A1").id;
    let state = |stage: &Stage| lookup::settings(&stage.tables).unwrap().sync_state.name();
    let turn = |enabled| TenantEdit::SetDirSyncEnabled { enabled };
    stage.run_to(time("2026-04-01T08:00:00Z"));
    assert_eq!(stage.edit(turn(false)), "ok");
    assert_eq!(state(&stage), "PendingDisabled");
    stage.run_to(time("2026-04-03T08:00:00Z"));
    assert!(stage.edit(turn(true)).starts_with("400"));
    stage.run_to(time("2026-04-04T07:59:59Z"));
    assert_eq!(state(&stage), "PendingDisabled");
    assert_eq!(stage.profile(user, "onPremisesSamAccountName"), "jdoe");
    stage.run_to(time("2026-04-04T08:00:00Z"));
    assert_eq!(state(&stage), "Disabled");
    // ET-203: {true, A1, SAM jdoe} became {null, A1, SAM null}.
    let off = stage.of(user);
    assert_eq!((off.sync_enabled, off.anchor), (None, Some(anchor("A1"))));
    assert_eq!(stage.profile(user, "onPremisesSamAccountName"), "");
    assert_eq!(stage.patch(user, "title=X"), "ok");

    let hour = dirsim_model::time::HOUR_MS;
    stage.edit(TenantEdit::SetOption(TenantOption::TurnOn(hour)));
    assert_eq!(stage.edit(turn(true)), "ok");
    assert_eq!(state(&stage), "PendingEnabled");
    let row = "upn=j@contoso.com; title=Clerk";
    assert_eq!(outcome(&stage.add("A1", row)), "DirSyncNotEnabled -");
    assert!(stage.edit(turn(false)).starts_with("400"), "neither can be cancelled");
    let events = stage.run_to(time("2026-04-04T09:00:00Z"));
    assert!(matches!(&events[..], [TenantEvent::TurnedOn { .. }]), "{events:?}");
    assert_eq!(state(&stage), "Enabled");
    // ET-204: the first row matches by anchor and overwrites the edit of the gap.
    assert_eq!(outcome(&stage.add("A1", row)), "Updated Hard");
    assert_eq!(stage.profile(user, "jobTitle"), "Clerk");
}

/// ET-209, ET-210: a roll-back at 09:00, an edit at 09:10, the row of 09:30; and a native user.
#[test]
fn et_210_a_roll_back_in_half_an_hour() {
    let mut stage = Stage::new();
    let native = stage.user("upn=n@contoso.com");
    assert_eq!((stage.of(native).cloud_managed, stage.of(native).sync_enabled), (false, None));
    stage.add("A1", "upn=ann@contoso.com; title=Clerk");
    let target = stage.get("A1").id;
    let hand = |managed| TenantEdit::SetCloudManaged { target, managed };
    assert_eq!(stage.edit(hand(true)), "ok");
    assert_eq!(stage.edit(hand(false)), "ok");
    stage.run_to(at("01 09:10"));
    assert_eq!(stage.patch(target, "title=X"), "ok");
    assert_eq!((stage.of(target).cloud_managed, stage.of(target).sync_enabled), (false, None));
    stage.run_to(at("01 09:30"));
    assert_eq!(outcome(&stage.add("A1", "upn=ann@contoso.com; title=Clerk")), "Updated Hard");
    assert_eq!(stage.of(target).sync_enabled, Some(true));
    assert_eq!(stage.profile(target, "jobTitle"), "Clerk");
}

/// ET-208: the group `TestF1` keeps its name when the forest renames it.
#[test]
fn et_208_test_f1() {
    let mut stage = Stage::new();
    stage.add_kind(Group, "A1", "name=TestF1; securityEnabled=true");
    let target = stage.get("A1").id;
    assert_eq!(stage.edit(TenantEdit::SetCloudManaged { target, managed: true }), "ok");
    let answer = stage.set_kind(Group, "A1", "name=TestF1.1");
    assert_eq!(outcome(&answer), "Ignored Anchor");
    assert_eq!(stage.profile(target, "displayName"), "TestF1");
}

/// ET-211: Bob left the scope and was restored; what that makes of him, and what makes him native.
#[test]
fn et_211_bob_stays_in_the_cloud() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=bob@contoso.com; sam=bob");
    let bob = stage.get("A1").id;
    stage.delete("A1");
    assert_eq!(restore(&mut stage, "A1"), "ok");
    assert_eq!(stage.of(bob).sync_enabled, Some(false));
    assert_eq!(stage.patch(bob, "title=T"), "ok");
    assert!(stage.patch(bob, "sam=").starts_with("400"));
    stage.edit(TenantEdit::SetDirSyncEnabled { enabled: false });
    stage.run_to(at("05 09:00"));
    assert_eq!(stage.of(bob).sync_enabled, None);
    assert_eq!(stage.patch(bob, "sam=robert"), "ok");
}

/// ET-221: G={u1}; add u1, add u2, remove u9: G={u1, u2}.
#[test]
fn et_221_no_ops_are_silent() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=u1@contoso.com");
    stage.add("A2", "upn=u2@contoso.com");
    stage.add("A9", "upn=u9@contoso.com");
    stage.add_kind(Group, "AA", "name=G");
    stage.members("AA", "+A1");
    let answer = stage.members("AA", "+A1 +A2 -A9");
    assert_eq!(outcome(&answer), "Updated Anchor");
    assert_eq!(stage.get("AA").member_count, 2);
}

/// ET-223: as many members as fit and one more, with a link for every member: 250,000, and 50,000 for
/// the first version of the interface.
#[test]
fn et_223_members_up_to_the_border() {
    const MEMBERS: Links = Links { forward: Table::TenantLink, backward: Table::TenantBackLink };
    for (version, most) in [(1, 50_000u32), (2, 250_000)] {
        let mut stage = Stage::new();
        stage.edit(TenantEdit::SetOption(TenantOption::ApiVersion(version)));
        stage.add_kind(Group, "A1", "name=G");
        stage.add("A2", "upn=last@contoso.com");
        stage.add("A3", "upn=over@contoso.com");
        let member = stage.schema.attribute("member").unwrap();
        let number = lookup::by_anchor(&stage.tables, &anchor("A1")).unwrap().unwrap();
        // Making as many people would take minutes; who they are does not matter.
        for person in 0..u64::from(most) - 1 {
            let to = 1_000_000 + person;
            MEMBERS.put(&mut stage.tables, number, member, to, Bytes::new()).unwrap();
        }
        let mut group = stage.get("A1");
        group.member_count = most - 1;
        rows::put(&mut stage.tables, number, &group).unwrap();
        let members = |stage: &Stage| lookup::links(&stage.tables, number, None).unwrap().len();
        let send = |stage: &mut Stage, key: &str| {
            let mut row = stage.row(Operation::Set, Group, "A1", "");
            row.references = vec![ReferenceWrite {
                attribute: member,
                target: ReferenceTarget::SourceAnchor(anchor(key)),
                present: true,
            }];
            let answer =
                dirsim_tenant::export(&mut stage.tables, &stage.schema, &row, stage.now).unwrap();
            outcome(&answer)
        };
        assert_eq!(send(&mut stage, "A2"), "Updated Anchor", "version {version}");
        assert_eq!(members(&stage), most as usize);
        assert_eq!(send(&mut stage, "A3"), "LargeObject member", "version {version}");
        assert_eq!(members(&stage), most as usize, "membership unchanged");
    }
}

/// ET-244: the flag at 09:00, the new password at 10:00.
#[test]
fn et_244_the_flag_and_the_next_password() {
    let mut stage = Stage::new();
    stage.feature("passwordSync", true);
    stage.add("A1", "upn=ann@contoso.com");
    assert_eq!(hash(&mut stage, "A1", at("01 08:00")), "Updated Anchor");
    let ann = stage.get("A1").id;
    stage.feature("cloudPasswordPolicyForPasswordSyncedUsers", true);
    assert_eq!(stage.profile(ann, "passwordPolicies"), "DisablePasswordExpiration");
    stage.run_to(at("01 10:02"));
    hash(&mut stage, "A1", at("01 10:00"));
    assert_eq!(stage.profile(ann, "passwordPolicies"), "");
}

/// ET-243: what the tenant asks of a password of its own, and hashes are never asked.
#[test]
fn et_243_complexity_is_for_cloud_passwords() {
    for (password, complies) in [
        ("abc", false),
        ("abcdefgh", false),
        ("Abcdefg1", true),
        ("Abcde1!", false),
        ("abcdef1!", true),
        ("ABCDEFGH1", false),
    ] {
        assert_eq!(dirsim_tenant::password::complies(password), complies, "{password}");
    }
    assert!(dirsim_tenant::password::complies(&"aB1".repeat(85)));
    assert!(!dirsim_tenant::password::complies(&"aB1".repeat(86)), "258 characters");
}

/// ET-260: the turn-off completes before the sweep of the same instant.
#[test]
fn et_260_turn_off_before_the_sweep() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=u@contoso.com");
    stage.add("A2", "upn=u@contoso.com");
    stage.run_to(at("02 08:00"));
    stage.edit(TenantEdit::SetDirSyncEnabled { enabled: false });
    stage.run_to(at("05 07:30"));
    let target = stage.get("A1").id;
    stage.edit(TenantEdit::Delete { target });
    let events = stage.run_to(at("05 08:00"));
    assert!(matches!(&events[..], [TenantEvent::TurnedOff { .. }]), "{events:?}");
    assert_eq!(stage.get("A2").upn.as_deref(), Some("u1234@contoso.onmicrosoft.com"));
}

/// ET-262: a row on the hour is seen by the sweep of that hour, one a second later is not.
#[test]
fn et_262_on_the_hour_and_a_second_later() {
    for (when, repaired) in [("2026-03-01T11:00:00Z", "11:00"), ("2026-03-01T11:00:01Z", "12:00")] {
        let mut stage = Stage::new();
        stage.add("A1", "upn=u@contoso.com");
        stage.add("A2", "upn=u@contoso.com");
        // A row is processed before the jobs of its instant.
        stage.run_to(time(when));
        let row = stage.row(Operation::Set, User, "A1", "upn=a@contoso.com");
        dirsim_tenant::export(&mut stage.tables, &stage.schema, &row, stage.now).unwrap();
        let events = stage.run_to(at("01 12:00"));
        let [TenantEvent::Repaired { at: done, .. }] = &events[..] else { panic!("{events:?}") };
        assert_eq!(*done, at(&format!("01 {repaired}")), "{when}");
    }
}
