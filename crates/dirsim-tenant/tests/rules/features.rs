//! Feature flags (ET-120 to ET-124).

use crate::stage::{Stage, outcome};

/// ET-120, ET-122: which flags can be switched off again.
#[test]
fn et_122_one_way_switches() {
    let mut stage = Stage::new();
    for (name, off) in [
        ("blockSoftMatch", "ok"),
        ("blockCloudObjectTakeoverThroughHardMatch", "ok"),
        ("bypassDirSyncOverrides", "ok"),
        ("passwordSync", "ok"),
        ("softMatchOnUpn", "400 Property 'softMatchOnUpnEnabled' cannot be set to false."),
        (
            "SynchronizeUpnForManagedUsers",
            "400 Property 'synchronizeUpnForManagedUsersEnabled' cannot be set to false.",
        ),
    ] {
        assert_eq!(stage.feature(name, true), "ok");
        assert_eq!(stage.feature(name, false), off, "{name}");
    }
    assert!(stage.feature("passwordWriteback", true).starts_with("400"));
    assert!(stage.feature("noSuchFeature", true).starts_with("400"));
}

/// ET-122: a flag takes effect for the next row.
#[test]
fn et_122_a_flag_takes_effect_for_the_next_row() {
    let mut stage = Stage::new();
    let eva = stage.user("upn=eva@contoso.com");
    stage.feature("blockSoftMatch", true);
    assert!(outcome(&stage.add("A1", "upn=eva@contoso.com")).starts_with("Created"));
    stage.feature("blockSoftMatch", false);
    assert_eq!(stage.of(eva).sync_enabled, None);
}

/// ET-120: directory extensions, off and on; ET-162: unknown attributes.
#[test]
fn et_162_unknown_attributes_are_ignored_with_a_note() {
    let mut stage = Stage::new();
    let row = "upn=a@contoso.com; extension_1_costCenter=X; noSuchAttribute=1";
    let notes: Vec<String> = stage.add("A1", row).notes.into_iter().map(|note| note.text).collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    stage.feature("directoryExtensions", true);
    assert_eq!(stage.add("A1", row).notes.len(), 1);
    assert_eq!(stage.profile(stage.get("A1").id, "extension_1_costCenter"), "X");
    let contact = stage.add_kind(
        dirsim_tenant::TenantType::Contact,
        "A2",
        "name=C; proxy=SMTP:c@contoso.com; upn=c@contoso.com",
    );
    assert_eq!(contact.notes[0].code, "IGNORED-ATTR");
    assert!(stage.get("A2").upn.is_none());
}

/// ET-001: profiles and switches.
/// D3: `asOf` selects by date, single changes can be switched.
#[test]
fn et_001_profiles_and_switches() {
    let mut old = Stage::with("new-tenant", Some("p2015"), &[]);
    old.add("A1", "upn=u@contoso.com");
    assert_eq!(outcome(&old.add("A2", "upn=u@contoso.com")), "InvalidSoftMatch UserPrincipalName");
    let mut mixed = Stage::with("new-tenant", Some("p2018"), &[("federated-upn-change", true)]);
    mixed.add("A1", "upn=bob@fabrikam.com");
    assert_eq!(outcome(&mixed.set("A1", "upn=bob@wingtip.com")), "Updated Anchor");
}
