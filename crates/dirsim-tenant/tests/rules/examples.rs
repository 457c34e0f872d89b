//! Worked examples of the specification with the values that it gives, where the tests of a rule use
//! others: sections 1 to 6.

use dirsim_tenant::TenantType::{Contact, Device, Group, User};
use dirsim_tenant::{Operation, TenantEdit, TenantType, log, lookup, report};

use crate::stage::{Stage, anchor, card, guid, outcome};

/// Restores somebody from the recycle bin.
fn restore(stage: &mut Stage, key: &str) -> String {
    let target = stage.get(key).id;
    stage.edit(TenantEdit::Restore {
        target,
        new_user_principal_name: None,
        auto_reconcile_proxy_conflict: false,
    })
}

fn license(stage: &mut Stage, key: &str) {
    let target = stage.get(key).id;
    let edit = TenantEdit::SetLicense { target, sku: "E3".to_owned(), assigned: true };
    assert_eq!(stage.edit(edit), "ok");
}

/// ET-001: the clock says 2019 and selects nothing; the profile does.
#[test]
fn et_001_the_clock_selects_no_behavior() {
    for (profile, expected) in [
        (None, "Updated Anchor"),
        (Some("p2018"), "FederatedDomainChangeError FederatedUser.UserPrincipalName"),
    ] {
        let mut stage = Stage::with("new-tenant", profile, &[]);
        stage.now = "2019-06-01T09:00:00Z".parse().unwrap();
        stage.add("A1", "upn=bob@fabrikam.com");
        assert_eq!(outcome(&stage.set("A1", "upn=bob@wingtip.com")), expected, "{profile:?}");
    }
}

/// ET-003: the details of a collision of SIP addresses, in their order.
#[test]
fn et_003_the_details_of_a_sip_address() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=a@contoso.com; proxy=SIP:user@contoso.com");
    stage.add("A2", "upn=b@contoso.com");
    let (own, other) = (stage.get("A2").id.to_string(), stage.get("A1").id.to_string());
    let row = stage.row(Operation::Set, User, "A2", "proxy=SIP:user@contoso.com");
    let answer = stage.send(&row);
    let record = report::error_record(&row, &answer).unwrap();
    assert_eq!(
        record.extra_error_details,
        [
            ("ObjectId", vec![own]),
            ("ObjectIdInConflict", vec![other]),
            ("AttributeConflictName", vec!["SipProxyAddress".to_owned()]),
            ("AttributeConflictValues", vec!["user@contoso.com".to_owned()]),
        ]
    );
}

/// ET-005, ET-070: addresses collide whatever their casing and the object type.
#[test]
fn et_005_addresses_compare_without_case() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=x@contoso.com; proxy=SMTP:Ann@contoso.com");
    let answer =
        stage.add("A2", "upn=y@contoso.com; proxy=SMTP:y@contoso.com,smtp:ann@CONTOSO.com");
    assert_eq!(outcome(&answer), "Created None, quarantined smtp:ann@CONTOSO.com");
    stage.add_kind(Group, "A3", "name=G; proxy=SMTP:g@contoso.com,smtp:info@contoso.com");
    let contact = stage.add_kind(Contact, "A4", "name=C; proxy=SMTP:info@contoso.com");
    assert_eq!(outcome(&contact), "AttributeValueMustBeUnique ProxyAddresses", "ET-044");
    // Anchors are ordinal.
    stage.add("JohnDoe", "upn=j1@contoso.com");
    assert_eq!(outcome(&stage.add("johndoe", "upn=j2@contoso.com")), "Created None");
}

/// ET-012: the sample device.
#[test]
fn et_012_the_device_of_the_example() {
    let mut stage = Stage::new();
    let text = "name=PC; deviceId=00112233-4455-6677-8899-aabbccddeeff";
    let answer = stage.add_kind(Device, "MyIRAFVEd2aImaq7zN3u/w==", text);
    assert_eq!(outcome(&answer), "Created None");
    let device = stage.get("MyIRAFVEd2aImaq7zN3u/w==");
    assert_eq!(answer.object.unwrap().to_string(), format!("Device_{}", device.id));
}

/// ET-013, ET-033: Bob on the days of the example.
#[test]
fn et_033_bob_in_january() {
    let mut stage = Stage::new();
    let on = |stage: &mut Stage, day: &str| {
        stage.run_to(format!("2026-03-{day}T10:30:00Z").parse().unwrap());
    };
    stage.add("A1", "upn=bob@contoso.com");
    let bob = stage.get("A1").id;
    on(&mut stage, "05");
    stage.delete("A1");
    on(&mut stage, "06");
    assert_eq!(restore(&mut stage, "A1"), "ok");
    assert_eq!(stage.of(bob).sync_enabled, Some(false));
    on(&mut stage, "10");
    assert_eq!(outcome(&stage.add("A1", "upn=bob@contoso.com")), "Updated Hard");
    let bob = stage.of(bob);
    assert_eq!((bob.sync_enabled, bob.last_sync), (Some(true), Some(stage.now)));
}

/// ET-035, ET-173: deleted on 1 March, back on the 20th with the old id, gone on 2 April.
#[test]
fn et_035_restored_on_the_twentieth_and_gone_in_april() {
    for (when, restored) in [("2026-03-20T09:00:00Z", true), ("2026-04-02T09:00:00Z", false)] {
        let mut stage = Stage::new();
        stage.add("A1", "upn=bob@contoso.com");
        let id = stage.get("A1").id;
        stage.delete("A1");
        stage.run_to(when.parse().unwrap());
        let expected = if restored { "Restored Hard" } else { "Created None" };
        assert_eq!(outcome(&stage.add("A1", "upn=bob@contoso.com")), expected, "{when}");
        assert_eq!(stage.get("A1").id == id, restored, "{when}");
    }
}

/// ET-043: the administrator's duplicate, its placeholder, its entry and its category.
#[test]
fn et_043_the_duplicate_of_root() {
    let mut stage = Stage::new();
    stage.user("upn=root@contoso.com | Global Administrator");
    let answer = stage.add("A1", "upn=root@contoso.com");
    assert_eq!(outcome(&answer), "Created None, quarantined root@contoso.com");
    assert_eq!(stage.get("A1").upn.as_deref(), Some("root1234@contoso.onmicrosoft.com"));
    let held = &stage.get("A1").conflicts[0];
    assert_eq!((held.property.name(), &*held.value), ("UserPrincipalName", "root@contoso.com"));
    assert!(answer.notes.iter().any(|note| note.code == "EXISTING-ADMIN-ROLE-CONFLICT"));
    // ET-047: an assigned role of any kind does the same.
    stage.user("upn=ops@contoso.com | Helpdesk Administrator");
    assert!(outcome(&stage.add("A2", "upn=ops@contoso.com")).starts_with("Created None"));
}

/// ET-050: the cloud administrator of the example, before and since the hardening.
#[test]
fn et_050_an_administrator_with_a_stamped_anchor() {
    for (profile, expected) in [("p2025", "Updated Hard"), ("p2026", "InvalidHardMatch -")] {
        let mut stage = Stage::with("new-tenant", Some(profile), &[]);
        let admin = stage.user("upn=adm@contoso.com; anchor=A1 | Global Administrator");
        let answer = stage.add("A1", "upn=adm@contoso.com");
        assert_eq!(outcome(&answer), expected, "{profile}");
        let Some(refusal) = answer.refusal() else { continue };
        assert_eq!(refusal.code, Some(103));
        assert_eq!(refusal.category, "Existing Admin Role Conflict");
        let role = "Global Administrator".to_owned();
        let edit = TenantEdit::SetRole { target: admin, role, assigned: false, eligible: false };
        stage.edit(edit);
        assert_eq!(outcome(&stage.add("A1", "upn=adm@contoso.com")), "Updated Hard");
    }
}

/// ET-054: the second row of one run, with resiliency and without.
#[test]
fn et_054_the_second_of_two_rows() {
    for (resilient, expected) in [
        (true, "Created None, quarantined eva@contoso.com"),
        (false, "InvalidSoftMatch UserPrincipalName"),
    ] {
        let mut stage =
            Stage::with("new-tenant", None, &[("quarantineUponUpnConflict", resilient)]);
        stage.user("upn=eva@contoso.com");
        assert_eq!(outcome(&stage.add("A1", "upn=eva@contoso.com")), "Updated SoftUpn");
        assert_eq!(outcome(&stage.add("A2", "upn=eva@contoso.com")), expected);
    }
}

/// ET-060, ET-061: the card before and after a takeover.
#[test]
fn et_061_title_and_phone() {
    let mut stage = Stage::new();
    let x = stage.user("upn=js@contoso.com; title=CFO; businessPhones=111");
    assert_eq!((stage.of(x).sync_enabled, stage.of(x).anchor), (None, None));
    stage.add("A1", "upn=js@contoso.com; title=CEO; sam=jsmith");
    assert_eq!((stage.of(x).sync_enabled, stage.of(x).anchor), (Some(true), Some(anchor("A1"))));
    for (name, value) in
        [("jobTitle", "CEO"), ("businessPhones", "111"), ("onPremisesSamAccountName", "jsmith")]
    {
        assert_eq!(stage.profile(x, name), value, "{name}");
    }
    stage.set("A1", "title=");
    assert_eq!(stage.profile(x, "jobTitle"), "");
}

/// ET-071, ET-072: B at 09:30 loses u@ to A of 09:00; everything else of the row is applied.
#[test]
fn et_072_the_clerk() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=u@contoso.com");
    stage.run_to(crate::stage::at("01 09:30"));
    let answer = stage.add("A2", "upn=u@contoso.com; title=Clerk");
    assert_eq!(outcome(&answer), "Created None, quarantined u@contoso.com");
    let b = stage.get("A2");
    assert_eq!(b.upn.as_deref(), Some("u1234@contoso.onmicrosoft.com"));
    assert_eq!(stage.profile(b.id, "jobTitle"), "Clerk");
}

/// ET-074, ET-077: Ann wants the address of Bo, and what is recorded at that minute.
#[test]
fn et_077_the_entry_of_a_wanted_primary() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=bo@contoso.com; proxy=SMTP:bo@contoso.com");
    stage.add("A2", "upn=ann@contoso.com; proxy=SMTP:ann@contoso.com");
    stage.now = "2026-03-03T09:31:00Z".parse().unwrap();
    stage.set("A2", "proxy=SMTP:bo@contoso.com,smtp:ann@contoso.com");
    assert_eq!(card(&stage.get("A2")), "ann@contoso.com true [SMTP:ann@contoso.com]");
    let held = &stage.get("A2").conflicts[0];
    assert_eq!((held.property.name(), &*held.value), ("ProxyAddresses", "SMTP:bo@contoso.com"));
    assert_eq!(held.since.to_string(), "2026-03-03T09:31:00Z");
}

/// ET-075, ET-076: John's placeholder, and that it shows among the addresses with a licence.
#[test]
fn et_076_the_second_john() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=john@contoso.com");
    stage.add("A2", "upn=john@contoso.com");
    assert_eq!(stage.get("A2").upn.as_deref(), Some("john1234@contoso.onmicrosoft.com"));
    license(&mut stage, "A2");
    let shown = "john1234@contoso.onmicrosoft.com";
    assert!(stage.get("A2").addresses.iter().any(|address| address.ends_with(shown)));
}

/// ET-081: the holder lets go at 10:30, and the sweep of 11:00 repairs B without a row.
#[test]
fn et_081_repaired_at_eleven() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=u@contoso.com");
    stage.add("A2", "upn=u@contoso.com");
    stage.run_to(crate::stage::at("01 10:30"));
    stage.set("A1", "upn=a@contoso.com");
    stage.run_to(crate::stage::at("01 10:59"));
    assert_eq!(stage.get("A2").upn.as_deref(), Some("u1234@contoso.onmicrosoft.com"));
    stage.run_to(crate::stage::at("01 11:00"));
    assert_eq!(stage.get("A2").upn.as_deref(), Some("u@contoso.com"));
    assert!(stage.get("A2").conflicts.is_empty());
}

/// ET-086: the guided fix moves A2 to the licensed user and removes the duplicate for good; it is
/// refused for a user in the bin and for other types.
#[test]
fn et_086_the_fix_of_health() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=e@contoso.com");
    license(&mut stage, "A1");
    let existing = stage.get("A1").id;
    stage.add("A2", "upn=e@contoso.com");
    let duplicate = stage.get("A2").id;
    let fix = |existing, duplicate| TenantEdit::ApplyFix { existing, duplicate };
    stage.add_kind(Group, "A3", "name=G");
    let group = stage.get("A3").id;
    assert!(stage.edit(fix(existing, group)).starts_with("400"));
    assert!(stage.edit(fix(group, duplicate)).starts_with("400"));
    stage.delete("A1");
    assert!(stage.edit(fix(existing, duplicate)).starts_with("400"), "in the bin");
    assert_eq!(outcome(&stage.add("A1", "upn=e@contoso.com")), "Restored Hard");
    assert_eq!(stage.edit(fix(existing, duplicate)), "ok");
    assert_eq!(stage.get("A2").id, existing);
    assert!(lookup::recycle_bin(&stage.tables).unwrap().is_empty(), "gone for good");
    assert_eq!(stage.count(User), 1);
    assert_eq!(outcome(&stage.set("A2", "title=T")), "Updated Anchor");
}

/// ET-108: at noon the suffix is verified, and the name follows without a row.
#[test]
fn et_108_verified_at_noon() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=lee.sperry@fabrikam.example");
    assert_eq!(stage.get("A1").upn.as_deref(), Some("lee.sperry@contoso.onmicrosoft.com"));
    stage.run_to(crate::stage::at("01 12:00"));
    let name = "fabrikam.example".to_owned();
    stage.edit(TenantEdit::SetDomain { name, verified: Some(true), federated: false });
    assert_eq!(stage.get("A1").upn.as_deref(), Some("lee.sperry@fabrikam.example"));
    let entries = log::entries(&stage.tables, None, 99).unwrap();
    assert!(entries.iter().any(|(_, entry)| entry.activity == "Add verified domain"));
}

/// ET-112: the foreign domain goes from a mailbox and stays on a contact.
#[test]
fn et_112_a_mailbox_and_a_contact() {
    let mut stage = Stage::new();
    let list = "proxy=SMTP:a@contoso.com,smtp:a@contoso.local";
    stage.add_kind(Contact, "A2", &format!("name=C; {list}"));
    assert_eq!(stage.get("A2").addresses.join(";"), "SMTP:a@contoso.com;smtp:a@contoso.local");
    let mut stage = Stage::new();
    stage.add("A1", &format!("upn=a@contoso.com; {list}"));
    license(&mut stage, "A1");
    let kept = stage.get("A1").addresses.join(";");
    assert!(kept.starts_with("SMTP:a@contoso.com") && !kept.contains("contoso.local"), "{kept}");
}

/// ET-114: the group whose mail was removed, with the address of the initial domain on-premises.
#[test]
fn et_114_the_tax_group() {
    let mut stage = Stage::new();
    let list = "proxy=SMTP:tax@contoso.com,smtp:tax@contoso.onmicrosoft.com";
    stage.add_kind(Group, "A1", &format!("name=Tax; securityEnabled=true; {list}"));
    stage.set_kind(Group, "A1", "mail=; proxy=");
    let tax = stage.get("A1");
    assert_eq!(tax.addresses.join(";"), "SMTP:tax@contoso.onmicrosoft.com");
    assert!(tax.mail_enabled);
}

/// ET-121: the numeric mask of the example, bit by bit, and that an unnamed bit is kept.
#[test]
fn et_121_the_mask_41016() {
    let mut stage = Stage::new();
    assert_eq!(lookup::settings(&stage.tables).unwrap().mask(), 8248);
    for (mask, hashes) in [(41016, false), (41017, true)] {
        let switches = dirsim_tenant::features::switches_of_mask(mask);
        let switches: Vec<(&str, bool)> =
            switches.iter().map(|(n, on)| (n.as_str(), *on)).collect();
        assert!(switches.contains(&("bit 32768", true)), "{switches:?}");
        stage = Stage::with("new-tenant", None, &switches);
        let settings = lookup::settings(&stage.tables).unwrap();
        assert_eq!((settings.mask(), settings.unnamed_features), (mask, 32768));
        let on = settings.features.has(dirsim_tenant::features::Feature::PasswordSync);
        assert_eq!(on, hashes);
        // A switch leaves the unnamed bit alone.
        stage.feature("blockSoftMatch", true);
        assert_eq!(lookup::settings(&stage.tables).unwrap().mask(), mask + 524_288);
    }
    let seed = Stage::with("seed-sample", None, &[]);
    assert_eq!(lookup::settings(&seed.tables).unwrap().mask(), 3093);
}

/// ET-161: the three names of the example.
#[test]
fn et_161_three_names() {
    for (upn, expected) in [
        ("bob+x@contoso.com", "IdentityDataValidationFailed userPrincipalName"),
        ("bob.@contoso.com", "IdentityDataValidationFailed userPrincipalName"),
        ("bôb@contoso.com", "Created None"),
    ] {
        let mut stage = Stage::new();
        assert_eq!(outcome(&stage.add("A1", &format!("upn={upn}; nick=bob"))), expected, "{upn}");
    }
}

/// ET-164: with sixteen certificates the new title does not get through either.
#[test]
fn et_164_the_title_waits() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=a@contoso.com; title=Old");
    let id = stage.get("A1").id;
    let mut row = stage.row(Operation::Set, User, "A1", "title=New");
    let certificates = (0..16u8).map(|n| dirsim_model::Value::bytes(vec![n])).collect();
    let attribute = dirsim_model::attribute::well_known::USER_CERTIFICATE;
    row.attributes.push((attribute, certificates));
    row.attributes.sort_by_key(|(id, _)| *id);
    assert_eq!(outcome(&stage.send(&row)), "LargeObject userCertificate");
    assert_eq!(stage.profile(id, "jobTitle"), "Old");
}

/// ET-166: 8,000 objects that come and go leave room for 8,000 users of 10,000, and not for one more.
#[test]
fn et_166_eight_thousand_and_a_quarter() {
    let mut stage = Stage::new();
    dirsim_tenant::settings::set_quota(&mut stage.tables, Some(10_000)).unwrap();
    let mut send = |operation, kind: TenantType, key: String, text: &str| {
        let row = stage.row(operation, kind, &key, text);
        let answer =
            dirsim_tenant::export(&mut stage.tables, &stage.schema, &row, stage.now).unwrap();
        outcome(&answer)
    };
    for number in 0..8_000 {
        let kind = if number % 2 == 0 { Group } else { Contact };
        let key = format!("gone{number}");
        assert_eq!(send(Operation::Add, kind, key.clone(), ""), "Created None");
        assert_eq!(send(Operation::Delete, kind, key, ""), "HardDeleted Anchor");
    }
    for number in 0..8_000 {
        let text = format!("upn=u{number}@contoso.com");
        let said = send(Operation::Add, User, format!("user{number}"), &text);
        assert_eq!(said, "Created None", "{number}");
    }
    let said = send(Operation::Add, User, "user8000".to_owned(), "upn=one.more@contoso.com");
    assert_eq!(said, "DirectoryQuotaExceeded -");
}

/// ET-019: a forest move carries the anchor and has another objectGUID.
#[test]
fn et_019_a_forest_move() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com; oid=1");
    let refused = "AttributeUpdateNotAllowed OnPremisesObjectIdentifier";
    assert_eq!(outcome(&stage.add("A1", "upn=ann@contoso.com; oid=2")), refused);
    let ann = stage.get("A1").id;
    assert_eq!(stage.patch(ann, "oid="), "ok");
    assert_eq!(outcome(&stage.add("A1", "upn=ann@contoso.com; oid=2")), "Updated Anchor");
    assert_eq!(stage.of(ann).object_identifier, Some(guid('2')));
}
