//! Worked examples of the specification, values as given, of which the tests of a rule show a part.

use dirsim_model::{Guid, SourceAnchor};
use dirsim_tenant::TenantType::{Contact, Device, Group, User};
use dirsim_tenant::{Operation, TenantEdit, TenantEvent, log, lookup, report};

use crate::stage::{Stage, anchor, at, card, outcome};

/// Restores somebody from the recycle bin.
fn restore(stage: &mut Stage, key: &str) -> String {
    let target = stage.get(key).id;
    stage.edit(TenantEdit::Restore {
        target,
        new_user_principal_name: None,
        auto_reconcile_proxy_conflict: false,
    })
}

/// The ids of the members of a group.
fn members(stage: &Stage, group: Guid) -> Vec<Guid> {
    let number = lookup::by_id(&stage.tables, group).unwrap().unwrap();
    let links = lookup::links(&stage.tables, number, None).unwrap();
    links.iter().map(|(_, to)| lookup::object(&stage.tables, *to).unwrap().unwrap().id).collect()
}

/// ET-014: the four values that the sample with 21 characters may have been, and a placeholder of
/// documentation that decodes but is not what encoding gives; ET-015, the second example.
#[test]
fn et_014_what_the_sample_may_have_been() {
    for (last, byte) in [("A", "00"), ("Q", "01"), ("g", "02"), ("w", "03")] {
        let completed = SourceAnchor::new(format!("xMf1FXx9RIcbcAbDlqeOA{last}=="));
        let decoded = completed.decode().unwrap();
        let guid = format!("15f5c7c4-7d7c-8744-1b70-06c396a78e{byte}");
        assert_eq!((decoded.guid.to_string(), decoded.canonical), (guid, true));
        assert_eq!(SourceAnchor::from_guid(decoded.guid), completed);
    }
    let placeholder = SourceAnchor::new("abcdefghijklmnopqrstuv==").decode().unwrap();
    assert_eq!(SourceAnchor::from_guid(placeholder.guid).as_str(), "abcdefghijklmnopqrstug==");
    assert_eq!(
        dirsim_model::anchor::connector_space_name("Group_64c6616b-f961-4882-a03e-9209d01711aa"),
        "CN={47726F75705F36346336363136622D663936312D343838322D613033652D393230396430313731316161}"
    );
}

/// ET-031: Jane, before and after.
#[test]
fn et_031_jane_keeps_her_id() {
    let mut stage = Stage::new();
    let jane = stage.user("upn=jane@contoso.com; anchor=A1");
    assert_eq!(card(&stage.of(jane)), "jane@contoso.com null []");
    assert_eq!(outcome(&stage.add("A1", "upn=jane.doe@contoso.com")), "Updated Hard");
    assert_eq!(stage.get("A1").id, jane);
    assert_eq!(card(&stage.of(jane)), "jane.doe@contoso.com true []");
}

/// ET-032: a second account with a copied anchor re-points the cloud user until the hardening.
#[test]
fn et_032_a_copied_anchor() {
    for (profile, expected, title) in [
        ("p2025", "Updated Anchor", "Intruder"),
        ("p2026", "AttributeUpdateNotAllowed OnPremisesObjectIdentifier", "Clerk"),
    ] {
        let mut stage = Stage::with("new-tenant", Some(profile), &[]);
        stage.add("A1", "upn=ann@contoso.com; oid=1; title=Clerk");
        let ann = stage.get("A1").id;
        let answer = stage.add("A1", "upn=ann@contoso.com; oid=2; title=Intruder");
        assert_eq!(outcome(&answer), expected, "{profile}");
        assert_eq!(stage.profile(ann, "jobTitle"), title, "{profile}");
    }
}

/// ET-041: the entry of the first example, and who is left alone in both.
#[test]
fn et_041_what_becomes_of_a_and_b() {
    let row = "upn=kim@contoso.com; proxy=SMTP:kim@contoso.com";
    let mut stage = Stage::new();
    let b = stage.user("upn=kim.old@contoso.com; proxy=SMTP:kim@contoso.com");
    let a = stage.user("upn=kim@contoso.com");
    stage.add("A1", row);
    assert_eq!(stage.of(b).anchor, Some(anchor("A1")));
    assert_eq!(card(&stage.of(b)), "kim.old@contoso.com true [SMTP:kim@contoso.com]");
    let held = &stage.of(b).conflicts[0];
    assert_eq!((held.property.name(), &*held.value), ("UserPrincipalName", "kim@contoso.com"));
    assert_eq!(
        (card(&stage.of(a)).as_str(), stage.of(a).anchor),
        ("kim@contoso.com null []", None)
    );

    let mut stage = Stage::new();
    let b = stage.user("upn=kim.old@contoso.com; proxy=SMTP:kim@contoso.com; anchor=A9");
    let a = stage.user("upn=kim@contoso.com");
    let answer = stage.add("A1", row);
    assert_eq!(outcome(&answer), "AttributeValueMustBeUnique ProxyAddresses");
    assert_eq!(answer.refusal().unwrap().conflicting, Some(b));
    assert_eq!(stage.of(a).anchor, None, "A is not taken over");
    assert_eq!(stage.count(User), 2);
}

/// ET-045: Bob in the recycle bin stays there while the block is on; off, match, on is the routine.
#[test]
fn et_045_bob_waits_in_the_bin() {
    const BLOCK: &str = "blockCloudObjectTakeoverThroughHardMatch";
    let mut stage = Stage::new();
    stage.add("A1", "upn=bob@contoso.com");
    let bob = stage.get("A1").id;
    stage.delete("A1");
    stage.feature(BLOCK, true);
    for _cycle in 0..2 {
        let answer = stage.add("A1", "upn=bob@contoso.com");
        assert_eq!(outcome(&answer), "InvalidHardMatch -");
        assert_eq!(answer.refusal().unwrap().code, Some(103));
        assert!(!stage.of(bob).is_active());
    }
    stage.feature(BLOCK, false);
    assert_eq!(outcome(&stage.add("A1", "upn=bob@contoso.com")), "Restored Hard");
    stage.feature(BLOCK, true);
    assert_eq!(outcome(&stage.set("A1", "title=T")), "Updated Anchor");
    assert_eq!(stage.get("A1").id, bob);
    // Soft matches are not blocked.
    stage.user("upn=eva@contoso.com");
    assert_eq!(outcome(&stage.add("A2", "upn=eva@contoso.com")), "Updated SoftUpn");
}

/// ET-083: a quarantine of 09:30 is not in the report of 10:00, an `InvalidSoftMatch` is in both.
/// With resiliency on devices are the ones that still get it (ET-048).
#[test]
fn et_083_the_reports_of_two_runs() {
    let mut stage = Stage::new();
    stage.user("upn=u@contoso.com");
    let device = "name=PC; deviceId=00112233-4455-6677-8899-aabbccddeeff";
    stage.cloud(Device, device);
    stage.feature("blockSoftMatch", true);
    for (time, expected) in [
        ("01 09:30", &["QuarantinedAttributeValueMustBeUnique", "InvalidSoftMatch"][..]),
        ("01 10:00", &["InvalidSoftMatch"]),
    ] {
        stage.run_to(at(time));
        stage.add("A1", "upn=u@contoso.com");
        stage.add_kind(Device, "MyIRAFVEd2aImaq7zN3u/w==", device);
        dirsim_tenant::finish_export(&mut stage.tables, &stage.schema, stage.now).unwrap();
        let sent = report::last(&stage.tables).unwrap().unwrap();
        assert_eq!(sent.at, at(time));
        let names: Vec<&str> =
            sent.lines.iter().map(|line| line.description.split(':').next().unwrap()).collect();
        assert_eq!(names, expected, "{time}");
    }
}

/// ET-091, ET-108, ET-112: the only address of a mailbox is at a domain that is not verified yet.
#[test]
fn et_091_an_address_returns_with_its_domain() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=a@contoso.com; proxy=SMTP:a@wing.example");
    let target = stage.get("A1").id;
    stage.edit(TenantEdit::SetLicense { target, sku: "E3".to_owned(), assigned: true });
    let mailbox = stage.get("A1");
    assert_eq!(mailbox.primary_smtp(), Some("SMTP:a@contoso.com"), "the UPN stands in");
    assert!(!mailbox.addresses.join(";").contains("wing.example"));
    let name = "wing.example".to_owned();
    stage.edit(TenantEdit::SetDomain { name, verified: Some(true), federated: false });
    assert_eq!(stage.get("A1").primary_smtp(), Some("SMTP:a@wing.example"));
}

/// ET-107: the row fails at every cycle, the rename by hand lets the next one through.
#[test]
fn et_107_bob_goes_to_wingtip() {
    let mut stage = Stage::with("new-tenant", Some("p2018"), &[]);
    stage.add("A1", "upn=bob@fabrikam.com");
    let bob = stage.get("A1").id;
    for _cycle in 0..2 {
        let answer = stage.set("A1", "upn=bob@wingtip.com");
        let refusal = answer.refusal().unwrap();
        assert_eq!(refusal.name, "FederatedDomainChangeError");
        assert_eq!(refusal.category, "Federated Domain Change");
        assert_eq!(stage.of(bob).upn.as_deref(), Some("bob@fabrikam.com"));
    }
    assert_eq!(stage.patch(bob, "upn=bob@contoso.onmicrosoft.com"), "ok");
    assert_eq!(outcome(&stage.set("A1", "upn=bob@wingtip.com")), "Updated Anchor");
    assert_eq!(stage.of(bob).upn.as_deref(), Some("bob@wingtip.com"));
}

/// ET-108: what the log says of a domain that was verified: the domain, then the users.
#[test]
fn et_108_the_log_of_a_verified_domain() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=lee.sperry@fabrikam.example");
    let name = "fabrikam.example".to_owned();
    stage.edit(TenantEdit::SetDomain { name, verified: Some(true), federated: false });
    let entries = log::entries(&stage.tables, None, 99).unwrap();
    let said: Vec<&str> = entries.iter().map(|(_, entry)| entry.activity.as_str()).collect();
    let domain = said.iter().position(|text| *text == "Add verified domain").unwrap();
    assert_eq!(said[domain..], ["Add verified domain", "Update user"]);
    assert_eq!(entries[domain + 1].1.object, Some(stage.get("A1").cloud_anchor()));
    assert_eq!(entries[domain + 1].1.text, "without actor");
}

/// ET-036, ET-179, ET-180: a group and a contact that leave the scope and come back are new
/// objects: members of no cloud group, without what the cloud assigned to them.
#[test]
fn et_179_and_180_back_with_a_new_id() {
    for (kind, text) in
        [(Group, "name=S; securityEnabled=true"), (Contact, "name=C; proxy=SMTP:c@contoso.com")]
    {
        let mut stage = Stage::new();
        let cloud = stage.cloud(Group, "name=Cloud; securityEnabled=true");
        stage.add_kind(kind, "A1", text);
        let first = stage.get("A1").id;
        stage.edit(TenantEdit::SetMember { group: cloud, member: first, present: true });
        assert_eq!(members(&stage, cloud), [first]);
        stage.run_to(at("01 10:30"));
        let row = stage.row(Operation::Delete, kind, "A1", "");
        assert_eq!(outcome(&stage.send(&row)), "HardDeleted Anchor");
        stage.run_to(at("01 11:00"));
        assert_eq!(outcome(&stage.add_kind(kind, "A1", text)), "Created None");
        assert_ne!(stage.get("A1").id, first, "{text}");
        assert!(members(&stage, cloud).is_empty(), "{text}");
    }
    // ET-036: an Add while the group is still there keeps everything.
    let mut stage = Stage::new();
    stage.add("A2", "upn=u@contoso.com");
    stage.add_kind(Group, "A1", "name=G; securityEnabled=true");
    stage.members("A1", "+A2");
    let group = stage.get("A1").id;
    let again = stage.add_kind(Group, "A1", "name=G; securityEnabled=true");
    assert_eq!((outcome(&again).as_str(), stage.get("A1").id), ("Updated Anchor", group));
    assert_eq!(members(&stage, group), [stage.get("A2").id]);
    let row = stage.row(Operation::Delete, Group, "A1", "");
    stage.send(&row);
    stage.add_kind(Group, "A1", "name=G; securityEnabled=true");
    assert!(members(&stage, stage.get("A1").id).is_empty(), "memberships lost");
}

/// ET-170, ET-190: deleted Bob, flag false, shows A1.
#[test]
fn et_190_deleted_bob_shows_his_anchor() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=bob@contoso.com");
    let bob = stage.get("A1").id;
    stage.run_to(at("05 10:30"));
    stage.delete("A1");
    let deleted = stage.of(bob);
    assert_eq!((deleted.anchor.clone(), deleted.sync_enabled), (Some(anchor("A1")), Some(false)));
    assert_eq!(stage.profile(bob, "onPremisesImmutableId"), anchor("A1").as_str());
    assert_eq!(stage.profile(bob, "deletedDateTime"), "2026-03-05T10:30:00Z");
}

/// ET-197: a converted user, a synchronized one, and a SID that is none.
#[test]
fn et_197_clearing_the_account_name() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com; sam=ann");
    let target = stage.get("A1").id;
    assert!(stage.patch(target, "sam=").starts_with("400"), "synchronized");
    assert_eq!(stage.edit(TenantEdit::SetCloudManaged { target, managed: true }), "ok");
    assert_eq!(stage.of(target).sync_enabled, None);
    assert_eq!(stage.patch(target, "sam="), "ok");
    assert_eq!(stage.profile(target, "onPremisesSamAccountName"), "");
    let sid = stage.schema.attribute("onPremisesSecurityIdentifier").unwrap();
    let changes = vec![(sid, vec![dirsim_model::Value::text("1111")])];
    assert!(stage.edit(TenantEdit::Update { target, changes }).starts_with("400"));
}

/// ET-222: a user in the recycle bin is nobody to refer to; the membership that the bin kept is
/// back after the restore (ET-170).
#[test]
fn et_222_a_reference_to_somebody_in_the_bin() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=u1@contoso.com");
    stage.add_kind(Group, "AA", "name=G; securityEnabled=true");
    stage.add_kind(Group, "AB", "name=H; securityEnabled=true");
    stage.members("AA", "+A1");
    stage.delete("A1");
    stage.members("AB", "+A1");
    let notes = dirsim_tenant::finish_export(&mut stage.tables, &stage.schema, stage.now).unwrap();
    let codes: Vec<&str> = notes.iter().map(|note| note.code.as_str()).collect();
    assert_eq!(codes, ["UNRESOLVED-REF"]);
    assert_eq!(restore(&mut stage, "A1"), "ok");
    let user = stage.get("A1").id;
    assert_eq!(members(&stage, stage.get("AA").id), [user]);
    assert!(members(&stage, stage.get("AB").id).is_empty());
}

/// ET-261: from 10:05 to 13:00 three sweeps run, and each finds what the one before it has freed.
/// Everybody wants the name of the one before; the last was the first to ask.
#[test]
fn et_261_three_sweeps_in_one_jump() {
    let mut stage = Stage::new();
    for (key, upn) in [("A1", "u"), ("A2", "v"), ("A3", "w"), ("A4", "x")] {
        stage.add(key, &format!("upn={upn}@contoso.com"));
    }
    for (minute, key, wanted) in [(10, "A4", "w"), (20, "A3", "v"), (30, "A2", "u")] {
        stage.run_to(at(&format!("01 09:{minute}")));
        stage.set(key, &format!("upn={wanted}@contoso.com"));
    }
    assert_eq!(lookup::quarantine(&stage.tables).unwrap().len(), 3);
    stage.run_to(at("01 10:05"));
    stage.set("A1", "upn=a@contoso.com");
    let events = stage.run_to(at("01 13:00"));
    let repaired: Vec<String> = events
        .iter()
        .map(|event| match event {
            TenantEvent::Repaired { at, value, .. } => format!("{at} {value}"),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        repaired,
        [
            "2026-03-01T11:00:00Z u@contoso.com",
            "2026-03-01T12:00:00Z v@contoso.com",
            "2026-03-01T13:00:00Z w@contoso.com",
        ]
    );
    assert!(lookup::quarantine(&stage.tables).unwrap().is_empty());
}

/// ET-048: the computer that registered itself at 10:00 and the row of 10:30 are one device.
#[test]
fn et_048_registered_before_its_row() {
    let text = "name=PC; deviceId=00112233-4455-6677-8899-aabbccddeeff";
    let key = "MyIRAFVEd2aImaq7zN3u/w==";
    let mut stage = Stage::new();
    stage.run_to(at("01 10:00"));
    let device = stage.cloud(Device, text);
    stage.run_to(at("01 10:30"));
    assert_eq!(outcome(&stage.add_kind(Device, key, text)), "Updated SoftDevice");
    assert_eq!(stage.count(Device), 1);
    let merged = stage.of(device);
    assert_eq!((merged.sync_enabled, merged.last_sync), (Some(true), Some(stage.now)));
    assert_eq!(merged.anchor, Some(anchor(key)));
}
