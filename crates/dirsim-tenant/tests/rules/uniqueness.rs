//! Uniqueness and duplicate attribute resiliency (ET-070 to ET-086).

use dirsim_tenant::TenantType::{Contact, Group};
use dirsim_tenant::{TenantEdit, TenantEvent, lookup};

use crate::stage::{Stage, at, card, outcome};

/// ET-071, ET-072, ET-075, ET-077, ET-080: the incumbent wins, the loser gets a placeholder.
#[test]
fn et_072_a_duplicate_upn_is_quarantined() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=u@contoso.com");
    let answer = stage.add("A2", "upn=U@contoso.com; title=Clerk");
    assert_eq!(outcome(&answer), "Created None, quarantined U@contoso.com");
    let b = stage.get("A2");
    assert_eq!(b.upn.as_deref(), Some("U1234@contoso.onmicrosoft.com"));
    assert_eq!(stage.profile(b.id, "jobTitle"), "Clerk");
    let held = &lookup::quarantine(&stage.tables).unwrap()[0].conflict;
    assert_eq!((held.property.name(), &*held.value), ("UserPrincipalName", "U@contoso.com"));
    assert_eq!((held.owner, held.since), (stage.get("A1").id, stage.now));
    assert_eq!(answer.quarantined[0].owner, stage.get("A1").id);
    // ET-083: listed once, by the run that caused it.
    assert_eq!(outcome(&stage.add("A2", "upn=U@contoso.com; title=Chief")), "Updated Anchor");
    // ET-004: the second pin, then the seed.
    stage.add("A3", "upn=u@contoso.com");
    assert_eq!(stage.get("A3").upn.as_deref(), Some("u5678@contoso.onmicrosoft.com"));
    let mut again = Stage::new();
    again.add("A1", "upn=u@contoso.com");
    again.add("A2", "upn=U@contoso.com; title=Clerk");
    again.add("A3", "upn=u@contoso.com");
    stage.add("A4", "upn=u@contoso.com");
    again.add("A4", "upn=u@contoso.com");
    assert_eq!(stage.get("A4").upn, again.get("A4").upn);
}

/// ET-073: without resiliency the row fails every time.
#[test]
fn et_073_without_resiliency_the_row_fails_every_time() {
    let mut stage = Stage::with("seed-sample", None, &[]);
    stage.add("A1", "upn=smith@contoso.com; proxy=SMTP:smith@contoso.com,smtp:bob@contoso.com");
    stage.add("A2", "upn=taylor@contoso.com; proxy=SMTP:taylor@contoso.com");
    let taylor = stage.get("A2").id;
    for _cycle in 0..3 {
        let answer =
            stage.set("A2", "proxy=SMTP:taylor@contoso.com,smtp:bob@contoso.com; title=Boss");
        assert_eq!(outcome(&answer), "AttributeValueMustBeUnique ProxyAddresses");
        // ET-142: the error record.
        let refusal = answer.refusal().unwrap();
        assert_eq!((refusal.code, refusal.category.as_str()), (None, "Duplicate Attribute"));
        assert_eq!(refusal.conflicting, Some(stage.get("A1").id));
        assert_eq!(refusal.values, ["smtp:bob@contoso.com"]);
        assert_eq!(stage.profile(taylor, "jobTitle"), "");
    }
}

/// ET-074: on updates the upn and the old primary stay.
#[test]
fn et_074_on_updates_the_upn_and_the_old_primary_stay() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=bo@contoso.com; proxy=SMTP:bo@contoso.com");
    stage.add("A2", "upn=ann@contoso.com; proxy=SMTP:ann@contoso.com");
    let answer =
        stage.set("A2", "upn=bo@contoso.com; proxy=SMTP:bo@contoso.com,smtp:ann@contoso.com");
    assert_eq!(
        outcome(&answer),
        "Updated Anchor, quarantined bo@contoso.com, quarantined SMTP:bo@contoso.com"
    );
    assert_eq!(card(&stage.get("A2")), "ann@contoso.com true [SMTP:ann@contoso.com]");
    // Without the previous primary the first value left is promoted.
    stage.set("A2", "proxy=SMTP:bo@contoso.com,smtp:x@contoso.com,smtp:y@contoso.com");
    assert_eq!(
        card(&stage.get("A2")),
        "ann@contoso.com true [SMTP:x@contoso.com; smtp:y@contoso.com]"
    );
    assert_eq!(stage.get("A2").mail.as_deref(), Some("x@contoso.com"));
}

/// ET-075: a long prefix is cut.
#[test]
fn et_075_a_long_prefix_is_cut() {
    let mut stage = Stage::new();
    let upn = format!("{}@contoso.com", "a".repeat(64));
    stage.add("A1", &format!("upn={upn}; nick=a"));
    stage.add("A2", &format!("upn={upn}; nick=b"));
    let placeholder = format!("{}1234@contoso.onmicrosoft.com", "a".repeat(60));
    assert_eq!(stage.get("A2").upn.as_deref(), Some(placeholder.as_str()));
}

/// ET-076: the placeholder shows among the addresses.
#[test]
fn et_076_the_placeholder_shows_among_the_addresses() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=john@contoso.com");
    stage.add("A2", "upn=john@contoso.com; proxy=SMTP:john2@contoso.com");
    let target = stage.get("A2").id;
    stage.edit(TenantEdit::SetLicense { target, sku: "E3".to_owned(), assigned: true });
    assert_eq!(
        card(&stage.get("A2")),
        "john1234@contoso.onmicrosoft.com true [SMTP:john2@contoso.com; smtp:john1234@contoso.onmicrosoft.com; smtp:john2@contoso.onmicrosoft.com]"
    );
}

/// ET-079 row 2: the second of two groups fails once; row 3: contacts are quarantined at once.
#[test]
fn et_079_exceptions_of_resiliency() {
    let mut stage = Stage::new();
    let text = "name=G; proxy=SMTP:x@contoso.com";
    assert_eq!(outcome(&stage.add_kind(Group, "A1", text)), "Created None");
    let refused = "AttributeValueMustBeUnique ProxyAddresses";
    assert_eq!(outcome(&stage.add_kind(Group, "A2", text)), refused);
    stage.now = at("01 09:30");
    assert_eq!(
        outcome(&stage.add_kind(Group, "A2", text)),
        "Created None, quarantined SMTP:x@contoso.com"
    );
    stage.add_kind(Contact, "A3", "name=C; proxy=SMTP:c@partner.com");
    assert_eq!(
        outcome(&stage.add_kind(Contact, "A4", "name=D; proxy=SMTP:c@partner.com")),
        "Created None, quarantined SMTP:c@partner.com"
    );
    stage.add("A5", "upn=s@contoso.com; proxy=SIP:s@contoso.com");
    assert_eq!(
        outcome(&stage.add("A6", "upn=t@contoso.com; proxy=sip:S@contoso.com")),
        "AttributeValueMustBeUnique SipProxyAddress"
    );
    assert_eq!(outcome(&stage.add("A6", "upn=t@contoso.com; proxy=X500:/o=c")), "Created None");
    assert_eq!(outcome(&stage.add("A7", "upn=v@contoso.com; proxy=X500:/o=c")), "Created None");
}

/// ET-081, ET-261, ET-262: the sweep on the full hour.
#[test]
fn et_081_the_hourly_sweep_gives_released_values() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=u@contoso.com");
    stage.run_to(at("01 09:10"));
    stage.add("A2", "upn=u@contoso.com");
    stage.run_to(at("01 09:20"));
    stage.add("A3", "upn=u@contoso.com");
    stage.run_to(at("01 10:30"));
    stage.set("A1", "upn=a@contoso.com");
    assert!(stage.run_to(at("01 10:59")).is_empty());
    let events = stage.run_to(at("01 11:00"));
    assert!(
        matches!(&events[..], [TenantEvent::Repaired { value, .. }] if value == "u@contoso.com")
    );
    // The earlier of two claimants gets it.
    assert_eq!(stage.get("A2").upn.as_deref(), Some("u@contoso.com"));
    assert_eq!(stage.get("A3").upn.as_deref(), Some("u5678@contoso.onmicrosoft.com"));
    assert_eq!(lookup::quarantine(&stage.tables).unwrap().len(), 1);
    // A row a minute after the hour waits for the next one.
    stage.run_to(at("01 11:01"));
    stage.set("A2", "upn=b@contoso.com");
    assert!(stage.run_to(at("01 11:59")).is_empty());
    assert_eq!(stage.run_to(at("01 13:00")).len(), 1);
    assert_eq!(stage.get("A3").upn.as_deref(), Some("u@contoso.com"));
}

/// ET-081 for addresses.
#[test]
fn et_081_a_released_address_returns() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=bo@contoso.com; proxy=SMTP:bo@contoso.com");
    stage.add("A2", "upn=ann@contoso.com; proxy=SMTP:ann@contoso.com");
    stage.set("A2", "proxy=SMTP:bo@contoso.com,smtp:ann@contoso.com");
    stage.delete("A1");
    stage.run_to(at("01 10:00"));
    assert_eq!(
        card(&stage.get("A2")),
        "ann@contoso.com true [SMTP:bo@contoso.com; smtp:ann@contoso.com]"
    );
}

/// ET-082: other ends of a quarantine entry.
#[test]
fn et_082_other_ends_of_a_quarantine_entry() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=u@contoso.com");
    stage.add("A2", "upn=u@contoso.com");
    // No longer asked for.
    stage.set("A2", "upn=b@contoso.com");
    assert!(lookup::quarantine(&stage.tables).unwrap().is_empty());
    assert_eq!(stage.get("A2").upn.as_deref(), Some("b@contoso.com"));
    // Free meanwhile: the row gets it at once.
    stage.set("A2", "upn=u@contoso.com");
    stage.set("A1", "upn=a@contoso.com");
    assert_eq!(outcome(&stage.set("A2", "upn=u@contoso.com")), "Updated Anchor");
    assert_eq!(stage.get("A2").upn.as_deref(), Some("u@contoso.com"));
    // Deletion.
    stage.set("A1", "upn=u@contoso.com");
    stage.delete("A1");
    assert!(lookup::quarantine(&stage.tables).unwrap().is_empty());
}

/// ET-077: the entry shows the value that is wanted now, the case of its prefix included.
#[test]
fn et_077_an_entry_follows_the_prefix_of_the_address() {
    let mut stage = Stage::new();
    stage.user("upn=bo@contoso.com; proxy=SMTP:bo@contoso.com");
    stage.add("A1", "upn=bo.berg@contoso.com; proxy=smtp:bo@contoso.com");
    let held = |stage: &Stage| lookup::quarantine(&stage.tables).unwrap()[0].conflict.clone();
    let first = held(&stage);
    assert_eq!(&*first.value, "smtp:bo@contoso.com");
    stage.set("A1", "proxy=SMTP:bo@contoso.com");
    let second = held(&stage);
    assert_eq!((&*second.value, second.since), ("SMTP:bo@contoso.com", first.since));
}

/// ET-085, ET-122.
#[test]
fn et_085_resiliency_cannot_be_switched_off() {
    let mut stage = Stage::new();
    for name in ["quarantineUponUpnConflict", "DuplicateProxyAddressResiliency"] {
        assert!(stage.feature(name, false).starts_with("400"), "{name}");
    }
    let mut seed = Stage::with("seed-sample", None, &[]);
    assert_eq!(seed.feature("quarantineUponUpnConflict", true), "ok");
    assert!(seed.feature("quarantineUponUpnConflict", false).starts_with("400"));
}

/// ET-086: the guided fix moves the anchor.
#[test]
fn et_086_the_guided_fix_moves_the_anchor() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=e@contoso.com; title=Old");
    let existing = stage.get("A1").id;
    stage.add("A2", "upn=e@contoso.com");
    let duplicate = stage.get("A2").id;
    let cloud = stage.user("upn=c@contoso.com");
    let refused = stage.edit(TenantEdit::ApplyFix { existing: cloud, duplicate });
    assert!(refused.starts_with("400"));
    let refused = stage.edit(TenantEdit::ApplyFix { existing: duplicate, duplicate });
    assert!(refused.starts_with("400"), "nobody is a duplicate of himself: {refused}");
    assert_eq!(stage.edit(TenantEdit::ApplyFix { existing, duplicate }), "ok");
    assert_eq!(stage.get("A2").id, existing);
    assert_eq!(outcome(&stage.set("A2", "title=New")), "Updated Anchor");
    assert_eq!(stage.profile(existing, "jobTitle"), "New");
}

/// ET-042 rows 3 and 4 with resiliency; ET-041 is in `matching`.
#[test]
fn et_042_secondary_addresses_and_upns_are_quarantined() {
    let mut stage = Stage::with("new-tenant", None, &[]);
    stage.add("A1", "upn=ann@contoso.com; proxy=SMTP:ann@contoso.com,smtp:a@contoso.com");
    assert_eq!(
        outcome(&stage.add("A2", "upn=ann@contoso.com; proxy=SMTP:x@contoso.com")),
        "Created None, quarantined ann@contoso.com"
    );
    assert_eq!(
        outcome(&stage.add("A3", "upn=y@contoso.com; proxy=SMTP:y@contoso.com,smtp:a@contoso.com")),
        "Created None, quarantined smtp:a@contoso.com"
    );
}

/// ET-079: the memory is per value: a second value that collides later fails once, too.
#[test]
fn et_079_each_value_fails_once() {
    let mut stage = Stage::new();
    stage.add_kind(Group, "A1", "name=G1; proxy=SMTP:x@contoso.com");
    stage.add_kind(Group, "A2", "name=G2; proxy=SMTP:y@contoso.com");
    let once = "AttributeValueMustBeUnique ProxyAddresses";
    let first = "name=G3; proxy=SMTP:g@contoso.com,smtp:x@contoso.com";
    assert_eq!(outcome(&stage.add_kind(Group, "A3", first)), once);
    let second = "name=G3; proxy=SMTP:g@contoso.com,smtp:x@contoso.com,smtp:y@contoso.com";
    assert_eq!(outcome(&stage.add_kind(Group, "A3", second)), once, "y has not failed yet");
    assert_eq!(
        outcome(&stage.add_kind(Group, "A3", second)),
        "Created None, quarantined smtp:x@contoso.com, quarantined smtp:y@contoso.com"
    );
}

/// ET-082, ET-104: an entry of a licensed user stays while rows about other things come, and the
/// name is given when it is free.
#[test]
fn et_082_other_rows_leave_the_entry_of_a_licensed_user() {
    let mut stage = Stage::with("new-tenant", None, &[("synchronizeUpnForManagedUsers", false)]);
    stage.add("A1", "upn=u@contoso.com");
    stage.add("A2", "upn=u@contoso.com");
    let second = stage.get("A2").id;
    stage.edit(TenantEdit::SetLicense { target: second, sku: "P1".into(), assigned: true });
    stage.set("A2", "title=T");
    assert_eq!(stage.of(second).conflicts.len(), 1, "the row does not ask for another name");
    stage.delete("A1");
    stage.set("A2", "title=U");
    assert_eq!(stage.of(second).upn.as_deref(), Some("u@contoso.com"));
    assert!(stage.of(second).conflicts.is_empty());
}
