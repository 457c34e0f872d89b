//! Section 11: passwords as state, and who gets in.

use dirsim_model::Timestamp;
use dirsim_tenant::{Answer, HashRow, TenantEdit, TenantType, password, receive_hash};

use crate::stage::{Stage, anchor, at, outcome};

/// The example tenant with password hash synchronization on.
fn stage() -> Stage {
    let mut stage = Stage::new();
    stage.feature("passwordSync", true);
    stage
}

fn hash(stage: &mut Stage, key: &str, changed: Timestamp, must_change: bool) -> Answer {
    let row = HashRow { source_anchor: anchor(key), changed, must_change };
    let answer = receive_hash(&mut stage.tables, &stage.schema, &row, stage.now).unwrap();
    assert!(!answer.checks.is_empty() || answer.refusal().is_some());
    stage.lawful();
    answer
}

fn sign_in(stage: &Stage, name: &str) -> &'static str {
    password::sign_in(&stage.tables, &stage.schema, name).unwrap().name()
}

/// ET-240, ET-120: the flag and the state of the tenant are the gate, and users only have
/// passwords.
#[test]
fn et_240_the_gate_of_the_channel() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com");
    let now = stage.now;
    assert_eq!(outcome(&hash(&mut stage, "A1", now, false)), "PasswordSyncNotEnabled -");
    stage.feature("passwordSync", true);
    assert_eq!(outcome(&hash(&mut stage, "A1", now, false)), "Updated Anchor");
    stage.feature("passwordSync", false);
    assert_eq!(outcome(&hash(&mut stage, "A1", now, false)), "PasswordSyncNotEnabled -");
    stage.feature("passwordSync", true);
    stage.add_kind(TenantType::Group, "A2", "name=G");
    assert_eq!(outcome(&hash(&mut stage, "A2", now, false)), "ObjectTypeMismatch -");
    stage.edit(TenantEdit::SetDirSyncEnabled { enabled: false });
    assert_eq!(outcome(&hash(&mut stage, "A1", now, false)), "DirSyncNotEnabled -");
}

/// ET-063, ET-241: a match leaves the password alone, the first hash replaces it; a reset in the
/// cloud holds until the next change on-premises.
#[test]
fn et_241_a_hash_replaces_whatever_is_there() {
    let mut stage = stage();
    let eva = stage.user("upn=eva@contoso.com");
    stage.add("A1", "upn=eva@contoso.com");
    let cloud = stage.of(eva).credential.unwrap();
    assert!(!cloud.synced, "the match did not touch it");
    assert_eq!(sign_in(&stage, "eva@contoso.com"), "allowed");

    stage.now = at("01 09:02");
    hash(&mut stage, "A1", at("01 09:01"), false);
    let synced = stage.of(eva).credential.unwrap();
    assert!(synced.synced);
    assert_eq!(synced.changed, at("01 09:01"));
    assert_eq!(stage.profile(eva, "lastPasswordChangeDateTime"), "2026-03-01T09:01:00Z");

    assert_eq!(stage.patch(eva, "forceChangePasswordNextSignIn=true"), "ok");
    assert!(!stage.of(eva).credential.unwrap().synced, "reset in the cloud");
    assert_eq!(sign_in(&stage, "eva@contoso.com"), "change-password");
    hash(&mut stage, "A1", at("01 09:30"), false);
    assert!(stage.of(eva).credential.unwrap().synced);
    assert_eq!(sign_in(&stage, "eva@contoso.com"), "allowed");
}

/// ET-242: a new user has no password until its first hash row.
#[test]
fn et_242_new_users_wait_for_their_first_hash() {
    let mut stage = stage();
    stage.add("A1", "upn=ann@contoso.com");
    assert_eq!(sign_in(&stage, "ann@contoso.com"), "no-password");
    hash(&mut stage, "A1", at("01 08:00"), false);
    assert_eq!(sign_in(&stage, "ann@contoso.com"), "allowed");
}

/// ET-243, ET-246: nothing about complexity or expiry on-premises travels, so neither can refuse a
/// row or keep anybody out: an account long expired there signs in here.
#[test]
fn et_243_and_246_what_does_not_travel() {
    let mut stage = stage();
    stage.add("A1", "upn=ann@contoso.com; accountExpires=132539328000000000");
    let old: Timestamp = "2009-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(outcome(&hash(&mut stage, "A1", old, false)), "Updated Anchor");
    stage.run_to(at("20 09:00"));
    assert_eq!(sign_in(&stage, "ann@contoso.com"), "allowed");
}

/// ET-244: whose password expires by the policy of the cloud, flag off and on.
#[test]
fn et_244_the_expiry_policy() {
    let mut stage = stage();
    stage.add("A1", "upn=ann@contoso.com");
    stage.add("A2", "upn=bo@contoso.com");
    let (ann, bo) = (stage.get("A1").id, stage.get("A2").id);
    assert_eq!(stage.profile(ann, "passwordPolicies"), "");
    hash(&mut stage, "A1", at("01 08:00"), false);
    hash(&mut stage, "A2", at("01 08:00"), false);
    assert_eq!(stage.profile(ann, "passwordPolicies"), "DisablePasswordExpiration");
    stage.patch(ann, "passwordPolicies=DisablePasswordExpiration\u{2c}DisableStrongPassword");
    stage.feature("cloudPasswordPolicyForPasswordSyncedUsers", true);
    assert_eq!(stage.profile(bo, "passwordPolicies"), "DisablePasswordExpiration", "as before");
    hash(&mut stage, "A1", at("01 10:00"), false);
    assert!(!stage.profile(ann, "passwordPolicies").contains("DisablePasswordExpiration"));
    assert_eq!(stage.profile(bo, "passwordPolicies"), "DisablePasswordExpiration");
    stage.add("A3", "upn=cy@contoso.com");
    hash(&mut stage, "A3", at("01 10:00"), false);
    let cy = stage.get("A3").id;
    assert_eq!(stage.profile(cy, "passwordPolicies"), "", "new users get none");
}

/// ET-245: temporary passwords of new and of known users.
#[test]
fn et_245_temporary_passwords() {
    for (force, known) in [(false, "temporary-password"), (true, "change-password")] {
        let mut stage = stage();
        stage.feature("userForcePasswordChangeOnLogon", force);
        stage.add("A1", "upn=ann@contoso.com");
        hash(&mut stage, "A1", at("01 08:00"), true);
        assert_eq!(sign_in(&stage, "ann@contoso.com"), "change-password", "new, flag {force}");
        hash(&mut stage, "A1", at("01 09:00"), false);
        assert_eq!(sign_in(&stage, "ann@contoso.com"), "allowed");
        hash(&mut stage, "A1", at("01 10:00"), true);
        assert_eq!(sign_in(&stage, "ann@contoso.com"), known, "known, flag {force}");
    }
}

/// ET-247: cloud-only targets are refused, unknown anchors fail and are tried again.
#[test]
fn et_247_cloud_only_and_unknown_targets() {
    let mut stage = stage();
    stage.user("upn=eva@contoso.com; anchor=A2");
    stage.add("A1", "upn=bob@contoso.com");
    stage.delete("A1");
    let bob = stage.get("A1").id;
    assert_eq!(outcome(&hash(&mut stage, "A1", at("01 08:00"), false)), "ObjectNotFound -");
    stage.edit(TenantEdit::Restore {
        target: bob,
        new_user_principal_name: None,
        auto_reconcile_proxy_conflict: false,
    });
    for key in ["A1", "A2"] {
        let answer = hash(&mut stage, key, at("01 08:00"), false);
        assert_eq!(outcome(&answer), "CloudOnlyCredentialUpdateNotAllowed -", "{key}");
    }
    let unknown = hash(&mut stage, "A7", at("01 08:00"), false);
    assert_eq!(outcome(&unknown), "ObjectNotFound -");
    assert!(!unknown.refusal().unwrap().retry_in_run, "the next tick sends it again");
}

/// ET-020: the password of a federated user is not in the cloud.
#[test]
fn et_020_no_reset_in_a_federated_domain() {
    let mut stage = stage();
    let bob = stage.user("upn=bob@fabrikam.com; anchor=A1");
    assert!(stage.patch(bob, "forceChangePasswordNextSignIn=true").starts_with("400"));
    let ann = stage.user("upn=ann@contoso.com");
    assert_eq!(stage.patch(ann, "forceChangePasswordNextSignIn=true"), "ok");
}

/// ET-251, ET-250: what decides a sign-in, line by line; a quarantined user signs in with the
/// placeholder.
#[test]
fn et_251_the_outcome_of_a_sign_in() {
    let mut stage = stage();
    stage.user("upn=john@contoso.com");
    stage.add("A1", "upn=john@contoso.com; proxy=SMTP:j@contoso.com");
    stage.add("A2", "upn=john@contoso.com; accountEnabled=true");
    hash(&mut stage, "A2", at("01 08:00"), false);
    assert_eq!(sign_in(&stage, "john1234@contoso.onmicrosoft.com"), "allowed");
    assert_eq!(sign_in(&stage, "john@contoso.com"), "allowed", "the other John");

    assert_eq!(sign_in(&stage, "nobody@contoso.com"), "unknown-user");
    stage.user("upn=fed@fabrikam.com; anchor=A9");
    assert_eq!(sign_in(&stage, "fed@fabrikam.com"), "federation-server");
    let john = stage.get("A2").id;
    assert_eq!(stage.patch(john, "accountEnabled=false"), "ok", "a block in the cloud is accepted");
    assert_eq!(sign_in(&stage, "john1234@contoso.onmicrosoft.com"), "disabled");
    stage.set("A2", "accountEnabled=true");
    assert_eq!(
        sign_in(&stage, "john1234@contoso.onmicrosoft.com"),
        "allowed",
        "and undone by sync"
    );
    stage.feature("passThroughAuthentication", true);
    assert_eq!(sign_in(&stage, "john1234@contoso.onmicrosoft.com"), "active-directory");
    stage.delete("A2");
    assert_eq!(sign_in(&stage, "john1234@contoso.onmicrosoft.com"), "unknown-user");
}
