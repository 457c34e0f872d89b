//! Section 1: rows, types of objects, their attributes and identities.

use dirsim_model::Side;
use dirsim_tenant::TenantType::{Contact, Device, Group, User};
use dirsim_tenant::{AppliedAs, MatchKind, Operation, TenantType, Verdict, lookup};

use crate::stage::{Stage, anchor, guid, outcome};

/// ET-002: one row, one answer: what was asked, what was done, how the object was found. A complete
/// Set of something that is not there is an Add; a partial one is not.
#[test]
fn et_002_one_row_one_result() {
    let mut stage = Stage::new();
    let eva = stage.user("upn=eva@contoso.com");
    let answer = stage.add("A1", "upn=Eva@contoso.com");
    assert_eq!(answer.verdict, Verdict::Success(AppliedAs::Updated));
    assert_eq!(answer.matched, MatchKind::SoftUpn);
    assert_eq!(answer.object.unwrap().to_string(), format!("User_{eva}"));
    assert_eq!(answer.at, stage.now);

    let mut row = stage.row(Operation::Set, User, "A2", "upn=bo@contoso.com");
    assert_eq!(outcome(&stage.send(&row)), "ObjectNotFound -");
    row.complete = true;
    assert_eq!(outcome(&stage.send(&row)), "Created None");
    let kinds = [
        (stage.delete("A2"), "SoftDeleted Anchor"),
        (stage.add("A2", "upn=bo@contoso.com"), "Restored Hard"),
        (stage.set("A2", "title=T"), "Updated Anchor"),
        (stage.delete("A9"), "NoChange None"),
        (stage.add_kind(Contact, "A3", "proxy=SMTP:c@contoso.com"), "Created None"),
    ];
    for (answer, expected) in kinds {
        assert_eq!(outcome(&answer), expected);
    }
    let row = stage.row(Operation::Delete, Contact, "A3", "");
    assert_eq!(outcome(&stage.send(&row)), "HardDeleted Anchor");
}

/// ET-015, ET-177: a Delete means the object that its cloud anchor names, not a successor that
/// holds the same anchor now.
#[test]
fn et_015_a_delete_does_not_reach_a_successor() {
    let mut stage = Stage::new();
    stage.add_kind(Contact, "A1", "proxy=SMTP:c@contoso.com");
    let first = stage.get("A1").cloud_anchor();
    let row = stage.row(Operation::Delete, Contact, "A1", "");
    stage.send(&row);
    stage.add_kind(Contact, "A1", "proxy=SMTP:c@contoso.com");
    let mut row = stage.row(Operation::Delete, Contact, "A1", "");
    row.cloud_anchor = Some(first);
    assert_eq!(outcome(&stage.send(&row)), "NoChange None");
    assert_eq!(stage.count(Contact), 1);
}

/// ET-010: every attribute of the table is known to the tenant.
#[test]
fn et_010_the_attributes_of_a_user() {
    let stage = Stage::new();
    for name in "id userPrincipalName mailNickname displayName givenName surname jobTitle \
        department companyName officeLocation streetAddress city state postalCode country \
        businessPhones faxNumber employeeId preferredLanguage mail proxyAddresses otherMails \
        imAddresses mobilePhone alternateMobilePhones accountEnabled usageLocation \
        assignedLicenses userType onPremisesSyncEnabled onPremisesImmutableId \
        onPremisesSecurityIdentifier onPremisesObjectIdentifier onPremisesSamAccountName \
        onPremisesDistinguishedName onPremisesDomainName onPremisesUserPrincipalName \
        onPremisesNetBiosName onPremisesLastSyncDateTime extensionAttribute1 extensionAttribute15 \
        isCloudManaged passwordPolicies forceChangePasswordNextSignIn lastPasswordChangeDateTime \
        deletedDateTime userCertificate userSMIMECertificate thumbnailPhoto"
        .split_whitespace()
    {
        let known = stage.schema.attribute(name);
        let defined = known.is_some_and(|id| stage.schema.definition(Side::Tenant, id).is_some());
        assert!(defined, "{name}");
    }
}

/// ET-010, ET-013, ET-060: what a row stamps, and when it was last synchronized.
#[test]
fn et_010_what_a_row_stamps() {
    let mut stage = Stage::new();
    stage.add(
        "A1",
        "upn=ann@contoso.com; sam=ann; sid=S4; oid=1; dnsDomainName=contoso.com; \
         netBiosName=CONTOSO; onPremisesDistinguishedName=CN\u{3d}Ann",
    );
    let ann = stage.get("A1");
    assert_eq!((ann.sync_enabled, ann.last_sync), (Some(true), Some(stage.now)));
    assert_eq!(ann.sid.as_ref().unwrap().to_string(), "S-1-5-21-1-2-3-4");
    assert_eq!(ann.object_identifier, Some(guid('1')));
    for (name, value) in [
        ("onPremisesSamAccountName", "ann"),
        ("onPremisesDomainName", "contoso.com"),
        ("onPremisesNetBiosName", "CONTOSO"),
        ("userType", "Member"),
        ("onPremisesSyncEnabled", "true"),
        ("isCloudManaged", "false"),
    ] {
        assert_eq!(stage.profile(ann.id, name).to_lowercase(), value.to_lowercase(), "{name}");
    }
    stage.now = stage.now + 60_000;
    stage.set("A1", "title=T");
    assert_eq!(stage.get("A1").last_sync, Some(stage.now));
}

/// ET-011: the kinds of synchronized groups; a group has no UPN.
#[test]
fn et_011_the_kinds_of_groups() {
    for (row, mail_enabled, security_enabled) in [
        ("name=Sec; securityEnabled=true", false, true),
        ("name=Mesg; securityEnabled=true; mail=tax@contoso.com", true, true),
        ("name=Dist; securityEnabled=false; proxy=SMTP:d@contoso.com", true, false),
    ] {
        let mut stage = Stage::new();
        let answer = stage.add_kind(Group, "A1", &format!("{row}; upn=g@contoso.com"));
        assert!(answer.notes.iter().any(|note| note.text.contains("userPrincipalName")), "ET-162");
        let group = stage.get("A1");
        assert_eq!((group.mail_enabled, group.security_enabled), (mail_enabled, security_enabled));
        assert!(group.group_types.is_empty() && group.upn.is_none());
    }
    // A security group with mail only is a mail-enabled one, and mail is its primary address.
    let mut stage = Stage::new();
    stage.add_kind(Group, "A1", "name=Tax; securityEnabled=true; mail=tax@contoso.com");
    assert_eq!(&*stage.get("A1").addresses[0], "SMTP:tax@contoso.com");
}

/// ET-012: contacts have no UPN and no recycle bin; the id of a device is that of its computer.
#[test]
fn et_012_contacts_and_devices() {
    let mut stage = Stage::new();
    stage.add_kind(Contact, "A1", "name=C; proxy=SMTP:c@contoso.com; upn=c@contoso.com");
    assert_eq!(stage.get("A1").upn, None);
    let row = stage.row(Operation::Delete, Contact, "A1", "");
    stage.send(&row);
    assert!(lookup::recycle_bin(&stage.tables).unwrap().is_empty());

    let id = "00112233-4455-6677-8899-aabbccddeeff".parse().unwrap();
    let key = dirsim_model::SourceAnchor::from_guid(id);
    assert_eq!(key.as_str(), "MyIRAFVEd2aImaq7zN3u/w==");
    let mut row = stage.row(Operation::Add, Device, "", "name=PC1");
    row.source_anchor = Some(key);
    let answer = stage.send(&row);
    assert!(answer.object.unwrap().to_string().starts_with("Device_"));
    let number = lookup::by_device(&stage.tables, id).unwrap().unwrap();
    assert_eq!(lookup::object(&stage.tables, number).unwrap().unwrap().device_id, Some(id));
}

/// ET-013: the way of the flag: out of scope, restored, back in scope.
#[test]
fn et_013_the_flag_has_three_values() {
    let mut stage = Stage::new();
    let cloud = stage.user("upn=eva@contoso.com");
    assert_eq!(stage.of(cloud).sync_enabled, None);
    stage.add("A1", "upn=bob@contoso.com");
    let bob = stage.get("A1").id;
    assert_eq!(stage.of(bob).sync_enabled, Some(true));
    stage.delete("A1");
    assert_eq!(stage.of(bob).sync_enabled, Some(false));
    stage.edit(dirsim_tenant::TenantEdit::Restore {
        target: bob,
        new_user_principal_name: None,
        auto_reconcile_proxy_conflict: false,
    });
    assert_eq!(stage.of(bob).sync_enabled, Some(false), "stays after a restore");
    stage.add("A1", "upn=bob@contoso.com");
    assert_eq!(stage.of(bob).sync_enabled, Some(true));
}

/// ET-014, ET-016: an anchor that cannot be decoded is accepted, kept and matched as it is.
#[test]
fn et_014_an_anchor_is_an_opaque_text() {
    let mut stage = Stage::new();
    let seed = "xMf1FXx9RIcbcAbDlqeOA==";
    let user = stage.user("upn=john@contoso.com; anchor=xMf1FXx9RIcbcAbDlqeOA==");
    assert_eq!(outcome(&stage.add(seed, "upn=j@contoso.com")), "Updated Hard");
    assert_eq!(stage.of(user).anchor.unwrap().as_str(), seed);
    assert!(anchor(seed).decode().is_err());
}

/// ET-018: a SID is taken in S-form and as base64 of its bytes, and shown in S-form.
#[test]
fn et_018_both_forms_of_a_sid() {
    let mut stage = Stage::new();
    let text = "S-1-5-21-1111111111-2222222222-3333333333-1104";
    stage.add("A1", &format!("upn=a@contoso.com; sid={text}"));
    let mut row = stage.row(Operation::Add, User, "A2", "upn=b@contoso.com");
    let sid = stage.schema.attribute("onPremiseSecurityIdentifier").unwrap();
    let base64 = dirsim_model::Value::text("AQUAAAAAAAUVAAAAxzU6Qo5rdIRVoa7GUAQAAA==");
    row.attributes.push((sid, vec![base64]));
    row.attributes.sort_by_key(|(id, _)| *id);
    let answer = stage.send(&row);
    assert_eq!(outcome(&answer), "AttributeValueMustBeUnique OnPremiseSecurityIdentifier");
    let ann = stage.get("A1").id;
    assert_eq!(stage.profile(ann, "onPremisesSecurityIdentifier"), text);
}

/// ET-019: the first row stamps the identifier, clearing it lets the next row stamp a new one.
#[test]
fn et_019_the_object_identifier() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com; oid=1");
    let ann = stage.get("A1").id;
    assert_eq!(stage.of(ann).object_identifier, Some(guid('1')));
    assert_eq!(outcome(&stage.set("A1", "oid=1; title=T")), "Updated Anchor");
    assert_eq!(stage.patch(ann, "oid="), "ok");
    assert_eq!(stage.of(ann).object_identifier, None);
    stage.set("A1", "oid=2");
    assert_eq!(stage.of(ann).object_identifier, Some(guid('2')));
}

/// ET-020: what an administrator may and may not change of a synchronized user.
#[test]
fn et_020_cloud_callers_and_synced_objects() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com; title=T; oid=1");
    let ann = stage.get("A1").id;
    for (change, allowed) in [
        ("name=X", false),
        ("title=X", false),
        ("upn=x@contoso.com", false),
        ("proxy=SMTP:x@contoso.com", false),
        ("nick=x", false),
        ("extensionAttribute1=x", false),
        ("usageLocation=DE", true),
        ("passwordPolicies=DisablePasswordExpiration", true),
        ("forceChangePasswordNextSignIn=true", true),
        ("mobilePhone=1", true),
        ("alternateMobilePhones=1", true),
        ("accountEnabled=false", true),
        ("oid=", true),
    ] {
        let said = stage.patch(ann, change);
        assert_eq!(said == "ok", allowed, "{change}: {said}");
        assert!(allowed || said.starts_with("400"), "{change}: {said}");
    }
}

/// ET-104, ET-107 before ET-020: where sync may not rename a user, an administrator may.
#[test]
fn et_104_renaming_by_hand_where_sync_may_not() {
    for (profile, switches, world, by_hand) in [
        (None, &[][..], "upn=a@contoso.com; sku=E3", false),
        (None, &[("synchronizeUpnForManagedUsers", false)][..], "upn=a@contoso.com; sku=E3", true),
        (None, &[("synchronizeUpnForManagedUsers", false)][..], "upn=a@contoso.com", false),
        (Some("p2018"), &[][..], "upn=a@fabrikam.com", true),
        (None, &[][..], "upn=a@fabrikam.com", false),
    ] {
        let mut stage = Stage::with("new-tenant", profile, switches);
        let user = stage.user(&format!("{world}; flag=true; anchor=A1"));
        let said = stage.patch(user, "upn=a@contoso.onmicrosoft.com");
        assert_eq!(said == "ok", by_hand, "{profile:?} {world}: {said}");
    }
}

/// ET-021: a user of a federated domain needs an anchor to be created in the cloud.
#[test]
fn et_021_a_federated_user_needs_an_anchor() {
    let mut stage = Stage::new();
    for (text, said) in [
        ("upn=eve@fabrikam.com", "FederatedUser.SourceAnchor"),
        ("upn=eve@fabrikam.com; anchor=A1", "ok"),
        ("upn=eve@contoso.com", "ok"),
    ] {
        let new = stage.described(TenantType::User, text);
        let answer = stage.edit(dirsim_tenant::TenantEdit::Create(Box::new(new)));
        assert!(answer.contains(said), "{text}: {answer}");
    }
    let said = stage.edit(dirsim_tenant::TenantEdit::SetDomain {
        name: "contoso.onmicrosoft.com".to_owned(),
        verified: Some(true),
        federated: true,
    });
    assert!(said.starts_with("400"), "the initial domain is always verified and managed");
}
