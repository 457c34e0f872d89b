//! Matching of new objects (ET-030 to ET-056).

use crate::stage::{Stage, anchor, card, outcome};
use dirsim_tenant::TenantType::{Contact, Device, Group, User};
use dirsim_tenant::{Operation, TenantEdit};

/// One world with one cloud object, one row: what happens.
fn meet(switches: &[(&str, bool)], cloud: &str, key: &str, row: &str) -> String {
    let mut stage = Stage::with("new-tenant", None, switches);
    for object in cloud.split('/').map(str::trim).filter(|object| !object.is_empty()) {
        stage.user(object);
    }
    outcome(&stage.add(key, row))
}

/// ET-030: a synced object never matches again.
#[test]
fn et_030_a_synced_object_never_matches_again() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com; proxy=SMTP:ann@contoso.com");
    let bo = stage.user("upn=bo@contoso.com; proxy=SMTP:bo@contoso.com");
    let answer = stage.set("A1", "proxy=SMTP:bo@contoso.com,smtp:ann@contoso.com");
    assert_eq!(outcome(&answer), "Updated Anchor, quarantined SMTP:bo@contoso.com");
    assert_eq!(card(&stage.of(bo)), "bo@contoso.com null [SMTP:bo@contoso.com]");
}

/// ET-031, ET-034, ET-040, ET-047, ET-050, ET-056: one cloud user, one row.
#[test]
fn et_031_to_056_one_cloud_user_meets_one_row() {
    let jane = "upn=jane@contoso.com; anchor=A1";
    let eva = "upn=eva@contoso.com";
    let admin = "upn=root@contoso.com | Global Administrator";
    for (switches, cloud, key, row, expected) in [
        // ET-031: the UPN need not agree.
        (&[][..], jane, "A1", "upn=jane.doe@contoso.com", "Updated Hard"),
        // ET-040
        (&[], eva, "A1", "upn=Eva@contoso.com", "Updated SoftUpn"),
        (
            &[("softMatchOnUpn", false)],
            eva,
            "A1",
            "upn=eva@contoso.com",
            "Created None, quarantined eva@contoso.com",
        ),
        // ET-040 compares the UPN that the tenant would give.
        (&[], "upn=lee@contoso.onmicrosoft.com", "A1", "upn=lee@contoso.local", "Updated SoftUpn"),
        // ET-038: another immutableId.
        (
            &[],
            "upn=eva@contoso.com; anchor=A2",
            "A1",
            "upn=eva@contoso.com",
            "Created None, quarantined eva@contoso.com",
        ),
        // ET-039: a secondary address never matches.
        (
            &[],
            "upn=bo@contoso.com; proxy=SMTP:bo@contoso.com",
            "A1",
            "upn=b@contoso.com; proxy=smtp:bo@contoso.com",
            "Created None, quarantined smtp:bo@contoso.com",
        ),
        (
            &[],
            "upn=x@contoso.com; proxy=SMTP:bo@contoso.com",
            "A1",
            "upn=b@contoso.com; mail=Bo@contoso.com",
            "Updated SoftSmtp",
        ),
        // ET-042 row 2 and 3, resilient and not.
        (
            &[],
            "upn=ann@contoso.com; proxy=SMTP:ann@contoso.com; anchor=A1; flag=true; sid=S1",
            "A2",
            "upn=ann2@contoso.com; proxy=SMTP:ann@contoso.com; sid=S2",
            "AttributeValueMustBeUnique ProxyAddresses",
        ),
        (
            &[],
            "upn=ann@contoso.com; proxy=SMTP:ann@contoso.com; anchor=A1; flag=true; sid=S1",
            "A2",
            "upn=ann@contoso.com; proxy=SMTP:ann@contoso.com; sid=S1",
            "AttributeValueMustBeUnique OnPremiseSecurityIdentifier",
        ),
        // ET-043, ET-047: a role blocks soft match, eligibility does not.
        (&[], admin, "A1", "upn=root@contoso.com", "Created None, quarantined root@contoso.com"),
        (
            &[],
            "upn=ops@contoso.com | eligible Helpdesk Administrator",
            "A1",
            "upn=ops@contoso.com",
            "Updated SoftUpn",
        ),
        // ET-046
        (
            &[("blockSoftMatch", true)],
            eva,
            "A1",
            "upn=eva@contoso.com",
            "Created None, quarantined eva@contoso.com",
        ),
        // ET-050
        (
            &[],
            "upn=root@contoso.com; anchor=A1 | Global Administrator",
            "A1",
            "upn=root@contoso.com",
            "InvalidHardMatch -",
        ),
        (
            &[],
            "upn=root@contoso.com; anchor=A1 | eligible Global Administrator",
            "A1",
            "upn=root@contoso.com",
            "InvalidHardMatch -",
        ),
        (
            &[("hard-match-privileged-role", false)],
            "upn=root@contoso.com; anchor=A1 | Global Administrator",
            "A1",
            "upn=root@contoso.com",
            "Updated Hard",
        ),
        // ET-045
        (
            &[("blockCloudObjectTakeoverThroughHardMatch", true)],
            jane,
            "A1",
            "upn=jane@contoso.com",
            "InvalidHardMatch -",
        ),
        // ET-052
        (
            &[],
            "upn=q@contoso.com; anchor=A1; flag=true; sid=S1",
            "A2",
            "upn=p@contoso.com; mail=p@contoso.com; sid=S1",
            "AttributeValueMustBeUnique OnPremiseSecurityIdentifier",
        ),
        // ET-055
        (&[], eva, "A1", "upn=new@contoso.com", "Created None"),
        // ET-056
        (
            &[],
            "upn=ann_partner#EXT#@contoso.onmicrosoft.com; proxy=SMTP:ann@partner.com; userType=Guest",
            "A1",
            "upn=ann@contoso.com; proxy=SMTP:ann@partner.com",
            "Created None, quarantined SMTP:ann@partner.com",
        ),
    ] {
        assert_eq!(meet(switches, cloud, key, row), expected, "{cloud} meets {key} {row}");
    }
}

/// ET-042 and ET-043 without resiliency.
#[test]
fn et_042_without_resiliency_a_soft_hit_is_an_invalid_soft_match() {
    let off =
        [("quarantineUponUpnConflict", false), ("quarantineUponProxyAddressesConflict", false)];
    let ann =
        "upn=ann@contoso.com; proxy=SMTP:ann@contoso.com,smtp:a@contoso.com; anchor=A1; flag=true";
    for (cloud, row, expected) in [
        (ann, "upn=x@contoso.com; proxy=SMTP:ann@contoso.com", "InvalidSoftMatch ProxyAddresses"),
        (ann, "upn=ann@contoso.com", "InvalidSoftMatch UserPrincipalName"),
        (
            ann,
            "upn=x@contoso.com; proxy=SMTP:x@contoso.com,smtp:a@contoso.com",
            "AttributeValueMustBeUnique ProxyAddresses",
        ),
        (
            "upn=root@contoso.com | User Administrator",
            "upn=root@contoso.com",
            "InvalidSoftMatch UserPrincipalName",
        ),
    ] {
        assert_eq!(meet(&off, cloud, "A2", row), expected, "{row}");
    }
    let mut stage = Stage::with("new-tenant", None, &off);
    stage.user("upn=root@contoso.com | User Administrator");
    let answer = stage.add("A1", "upn=root@contoso.com");
    assert_eq!(answer.refusal().unwrap().category, "Existing Admin Role Conflict");
}

/// ET-032: an add of a synced anchor is an update.
#[test]
fn et_032_an_add_of_a_synced_anchor_is_an_update() {
    for (profile, expected) in [
        ("p2025", "Updated Anchor"),
        ("p2026", "AttributeUpdateNotAllowed OnPremisesObjectIdentifier"),
    ] {
        let mut stage = Stage::with("new-tenant", Some(profile), &[]);
        stage.add("A1", "upn=ann@contoso.com; oid=1; name=Ann");
        assert_eq!(outcome(&stage.add("A1", "upn=ann@contoso.com; oid=1")), "Updated Anchor");
        assert_eq!(outcome(&stage.add("A1", "upn=ann@contoso.com; oid=2")), expected);
    }
}

/// ET-035, ET-173: from the recycle bin within thirty days.
#[test]
fn et_035_a_hard_match_restores_from_the_recycle_bin() {
    for (day, expected) in [("20 09:00", "Restored Hard"), ("31 09:00", "Created None")] {
        let mut stage = Stage::new();
        stage.add("A1", "upn=bob@contoso.com; title=Clerk");
        let id = stage.get("A1").id;
        assert_eq!(outcome(&stage.delete("A1")), "SoftDeleted Anchor");
        stage.now = crate::stage::at(day);
        let answer = stage.add("A1", "upn=bob@contoso.com");
        assert_eq!(outcome(&answer), expected);
        assert_eq!(stage.get("A1").id == id, expected.starts_with("Restored"));
    }
    let mut stage = Stage::new();
    stage.add("A1", "upn=bob@contoso.com");
    stage.delete("A1");
    stage.feature("blockCloudObjectTakeoverThroughHardMatch", true);
    assert_eq!(outcome(&stage.add("A1", "upn=bob@contoso.com")), "InvalidHardMatch -");
    assert!(!stage.get("A1").is_active());
}

/// ET-036: groups match by anchor only while they are there.
#[test]
fn et_036_groups_match_by_anchor_only_while_they_are_there() {
    let mut stage = Stage::new();
    stage.add_kind(Group, "A1", "name=G; securityEnabled=true");
    let id = stage.get("A1").id;
    let again = stage.add_kind(Group, "A1", "name=G; securityEnabled=true");
    assert_eq!((outcome(&again).as_str(), stage.get("A1").id), ("Updated Anchor", id));
    let row = stage.row(dirsim_tenant::Operation::Delete, Group, "A1", "");
    assert_eq!(outcome(&stage.send(&row)), "HardDeleted Anchor");
    assert_eq!(outcome(&stage.add_kind(Group, "A1", "name=G")), "Created None");
    assert_ne!(stage.get("A1").id, id);
}

/// ET-037: another type holds the anchor.
#[test]
fn et_037_another_type_holds_the_anchor() {
    let mut stage = Stage::new();
    stage.add_kind(Contact, "A1", "name=C; proxy=SMTP:c@contoso.com");
    assert_eq!(outcome(&stage.add("A1", "upn=c@contoso.com")), "ObjectTypeMismatch -");
}

/// ET-039: groups and contacts match on their primary address.
#[test]
fn et_039_groups_and_contacts_match_on_their_primary_address() {
    let mut stage = Stage::new();
    let sales = stage.cloud(Group, "name=Sales; proxy=SMTP:sales@contoso.com; mailEnabled=true");
    let answer = stage.add_kind(Group, "A1", "name=Sales; proxy=SMTP:sales@contoso.com");
    assert_eq!(outcome(&answer), "Updated SoftSmtp");
    assert_eq!(stage.get("A1").id, sales);
    let team = "name=Team; proxy=SMTP:team@contoso.com; groupTypes=Unified; mailEnabled=true";
    stage.cloud(Group, team);
    let answer = stage.add_kind(Group, "A2", "name=Team; proxy=SMTP:team@contoso.com");
    assert_eq!(outcome(&answer), "Created None, quarantined SMTP:team@contoso.com");
    stage.cloud(Contact, "name=C; proxy=SMTP:c@partner.com");
    let answer = stage.add_kind(Contact, "A3", "name=C; proxy=SMTP:C@partner.com");
    assert_eq!(outcome(&answer), "Updated SoftSmtp");
}

/// ET-041: smtp and upn point at different users.
#[test]
fn et_041_smtp_and_upn_point_at_different_users() {
    for (resilient, expected) in [
        (true, "Updated SoftSmtp, quarantined kim@contoso.com"),
        (false, "AttributeValueMustBeUnique UserPrincipalName"),
    ] {
        let mut stage =
            Stage::with("new-tenant", None, &[("quarantineUponUpnConflict", resilient)]);
        let b = stage.user("upn=kim.old@contoso.com; proxy=SMTP:kim@contoso.com");
        let a = stage.user("upn=kim@contoso.com");
        let answer = stage.add("A1", "upn=kim@contoso.com; proxy=SMTP:kim@contoso.com");
        assert_eq!(outcome(&answer), expected);
        assert_eq!(stage.of(b).anchor == Some(anchor("A1")), resilient);
        assert_eq!(stage.of(b).upn.as_deref(), Some("kim.old@contoso.com"));
        assert_eq!(card(&stage.of(a)), "kim@contoso.com null []");
    }
    // An ineligible hit on the address ends the search.
    let row = "upn=kim@contoso.com; proxy=SMTP:kim@contoso.com";
    let cloud = "upn=b@contoso.com; proxy=SMTP:kim@contoso.com; anchor=A9 / upn=kim@contoso.com";
    assert_eq!(meet(&[], cloud, "A1", row), "AttributeValueMustBeUnique ProxyAddresses");
}

/// ET-044 and ET-079 row 1.
#[test]
fn et_044_a_user_meets_the_address_of_a_group() {
    let mut stage = Stage::new();
    stage.cloud(Group, "name=Tax; proxy=SMTP:tax@contoso.com; mailEnabled=true");
    stage.add_kind(Group, "A5", "name=Joe; proxy=SMTP:Joe@contoso.com; securityEnabled=true");
    for (row, expected) in [
        ("upn=t@contoso.com; proxy=SMTP:tax@contoso.com", "ObjectTypeMismatch ProxyAddresses"),
        (
            "upn=Joe@contoso.com; proxy=smtp:Joe@contoso.com",
            "AttributeValueMustBeUnique ProxyAddresses",
        ),
    ] {
        for _cycle in 0..2 {
            assert_eq!(outcome(&stage.add("A1", row)), expected);
        }
    }
    assert_eq!(stage.count(User), 0);
}

/// ET-048: devices match by device id.
#[test]
fn et_048_devices_match_by_device_id() {
    let mut stage = Stage::new();
    let text = "name=PC1; deviceId=00112233-4455-6677-8899-aabbccddeeff";
    let id = stage.cloud(Device, text);
    let key = "MyIRAFVEd2aImaq7zN3u/w==";
    stage.feature("blockSoftMatch", true);
    assert_eq!(outcome(&stage.add_kind(Device, key, text)), "InvalidSoftMatch DeviceId");
    stage.feature("blockSoftMatch", false);
    assert_eq!(outcome(&stage.add_kind(Device, key, text)), "Updated SoftDevice");
    assert_eq!(stage.of(id).anchor.unwrap().as_str(), key);
    // ET-012: without a deviceId the anchor tells it.
    let key = "ERERESIiMzNERFVVVVVVVQ==";
    let answer = stage.add_kind(Device, key, "name=PC2");
    assert_eq!(answer.object.unwrap().to_string(), format!("Device_{}", answer.object.unwrap().id));
    assert_eq!(
        stage.get(key).device_id.unwrap().to_string(),
        "11111111-2222-3333-4444-555555555555"
    );
}

/// ET-051: forest move with a new objectGUID, and both ways out.
#[test]
fn et_051_the_object_identifier_cannot_be_remapped() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com; oid=1");
    let id = stage.get("A1").id;
    let moved = "upn=ann@contoso.com; oid=2; title=CEO";
    let refused = "AttributeUpdateNotAllowed OnPremisesObjectIdentifier";
    assert_eq!(outcome(&stage.add("A1", moved)), refused);
    assert_eq!(outcome(&stage.set("A1", "oid=2; title=CEO")), refused);
    assert_eq!(stage.profile(id, "jobTitle"), "");
    // ET-196: only to null.
    assert!(stage.patch(id, "oid=3").starts_with("400"));
    assert_eq!(stage.patch(id, "oid="), "ok");
    assert_eq!(outcome(&stage.add("A1", moved)), "Updated Anchor");
    assert_eq!(stage.of(id).object_identifier, Some(crate::stage::guid('2')));
    stage.feature("allowOnPremUpdateOfOnPremisesObjectIdentifier", true);
    assert_eq!(outcome(&stage.set("A1", "oid=3")), "Updated Anchor");
    // Leaving and re-entering scope keeps the identifier.
    stage.feature("allowOnPremUpdateOfOnPremisesObjectIdentifier", false);
    stage.delete("A1");
    assert_eq!(outcome(&stage.add("A1", "upn=ann@contoso.com; oid=3")), "Restored Hard");
}

/// ET-053: security groups are never soft matched.
#[test]
fn et_053_security_groups_are_never_soft_matched() {
    let mut stage = Stage::new();
    stage.cloud(Group, "name=HR; securityEnabled=true");
    let answer = stage.add_kind(Group, "A1", "name=HR; securityEnabled=true");
    assert_eq!(outcome(&answer), "Created None");
    assert_eq!(stage.count(Group), 2);
}

/// ET-054: the first of two rows wins.
#[test]
fn et_054_the_first_of_two_rows_wins() {
    let mut stage = Stage::new();
    stage.user("upn=eva@contoso.com");
    assert_eq!(outcome(&stage.add("A1", "upn=eva@contoso.com")), "Updated SoftUpn");
    let second = stage.add("A2", "upn=eva@contoso.com");
    assert_eq!(outcome(&second), "Created None, quarantined eva@contoso.com");
    assert_eq!(stage.get("A2").upn.as_deref(), Some("eva1234@contoso.onmicrosoft.com"));
}

/// ET-017, ET-005: anchors do not change and compare with case.
#[test]
fn et_017_a_stamped_anchor_stays() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com");
    let mut row = stage.row(dirsim_tenant::Operation::Set, User, "A2", "title=CEO");
    row.cloud_anchor = Some(stage.get("A1").cloud_anchor());
    assert_eq!(outcome(&stage.send(&row)), "InvalidHardMatch -");
    stage.add("JohnDoe", "upn=john@contoso.com");
    assert_eq!(outcome(&stage.add("johndoe", "upn=other@contoso.com")), "Created None");
}

/// ET-039: a row is matched by its SMTP value as it is sent, also when that value has a reserved
/// suffix and is dropped from the addresses later (ET-110).
#[test]
fn et_039_the_address_is_compared_as_it_is_sent() {
    let mut stage = Stage::new();
    let kim = stage.user("upn=kim@contoso.com; proxy=SMTP:kim@contoso.onmicrosoft.com");
    let row = "upn=kim.ray@contoso.com; proxy=SMTP:kim@contoso.onmicrosoft.com";
    assert_eq!(outcome(&stage.add("A1", row)), "Updated SoftSmtp");
    assert_eq!(stage.of(kim).addresses, [Box::from("SMTP:kim@contoso.onmicrosoft.com")]);
}

/// ET-044: the primary address decides before a secondary one that stands first.
#[test]
fn et_044_the_primary_address_decides_first() {
    let mut stage = Stage::new();
    stage.cloud(Group, "name=G; mailEnabled=true; proxy=SMTP:tax@contoso.com,smtp:old@contoso.com");
    let row = "upn=t@contoso.com; proxy=smtp:old@contoso.com,SMTP:tax@contoso.com";
    assert_eq!(outcome(&stage.add("A1", row)), "ObjectTypeMismatch ProxyAddresses");
    let row = "upn=t@contoso.com; proxy=smtp:old@contoso.com,SMTP:t@contoso.com";
    assert_eq!(outcome(&stage.add("A1", row)), "AttributeValueMustBeUnique ProxyAddresses");
}

/// ET-056: the account of the sync service is not taken over, by anchor neither.
#[test]
fn et_056_the_account_of_the_sync_service() {
    let mut stage = Stage::new();
    stage.user("upn=Sync_SRV1_0123456789ab@contoso.onmicrosoft.com; anchor=A1");
    let answer = stage.add("A1", "upn=x@contoso.com");
    assert_eq!(outcome(&answer), "InvalidHardMatch -");
    assert_eq!(answer.refusal().unwrap().rule, "ET-056");
}

/// ET-070: a row that names a cloud user cannot give it an anchor that another object holds.
#[test]
fn et_070_an_anchor_belongs_to_one_object() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com");
    let eva = stage.user("upn=eva@contoso.com");
    let mut row = stage.row(Operation::Set, User, &format!("User_{eva}"), "title=T");
    row.source_anchor = Some(crate::stage::anchor("A1"));
    assert_eq!(outcome(&stage.send(&row)), "InvalidHardMatch -");
    row.source_anchor = Some(crate::stage::anchor("A2"));
    assert_eq!(outcome(&stage.send(&row)), "Updated Hard");
}

/// ET-050, ET-210: after a roll-back the hard match block does not count, a privileged role does.
#[test]
fn et_210_what_a_roll_back_is_exempt_from() {
    for (role, expected) in [(false, "Updated Hard"), (true, "InvalidHardMatch -")] {
        let mut stage = Stage::new();
        stage.add("A1", "upn=ann@contoso.com");
        let target = stage.get("A1").id;
        stage.edit(TenantEdit::SetCloudManaged { target, managed: true });
        stage.edit(TenantEdit::SetCloudManaged { target, managed: false });
        stage.feature("blockCloudObjectTakeoverThroughHardMatch", true);
        stage.edit(TenantEdit::SetRole {
            target,
            role: "Global Administrator".to_owned(),
            assigned: role,
            eligible: false,
        });
        assert_eq!(outcome(&stage.set("A1", "title=T")), expected, "role {role}");
    }
}
