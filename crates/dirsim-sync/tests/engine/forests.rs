//! Several forests, joins, and a tenant that is not empty.

use dirsim_forest::{EditOperation, ForestEdit};
use dirsim_model::Value;
use dirsim_sync::{Policy, Profile, RuleBook, connector, lookup, mv};
use dirsim_tenant::{NewTenantObject, TenantType};
use insta::assert_snapshot;

use crate::lab::*;

const B: u32 = 3;
const GUID_A1: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const GUID_B1: &str = "bbbbbbbb-0000-4000-8000-000000000001";
const GUID_B2: &str = "bbbbbbbb-0000-4000-8000-000000000002";

fn cloud_user(lab: &Lab, upn: &str, attributes: &[(&str, Value)]) -> NewTenantObject {
    let mut all = vec![(lab.schema.attribute("userPrincipalName").unwrap(), vec![upn.into()])];
    for (name, value) in attributes {
        all.push((lab.schema.attribute(name).unwrap(), vec![value.clone()]));
    }
    NewTenantObject {
        kind: TenantType::User,
        id: None,
        attributes: all,
        roles: Vec::new(),
        eligible_roles: Vec::new(),
        references: Vec::new(),
        deleted: None,
    }
}

/// A user in forest A and one that was migrated to forest B with its anchor.
fn migrated() -> Lab {
    let mut lab = Lab::empty();
    let kim = user(&lab.schema, "CN=Kim,OU=Corp,DC=contoso,DC=com", GUID_A1, "kim", 512);
    lab.forest("contoso.com", &[kim]);
    lab.tenant(&[]);
    let mut moved = user(&lab.schema, "CN=Kim,OU=New,DC=fabrikam,DC=com", GUID_B1, "kim", 512);
    let anchor = lab.schema.attribute("mS-DS-ConsistencyGuid").unwrap();
    moved.attributes.push((anchor, vec![Value::bytes(*guid(GUID_A1).as_bytes())]));
    lab.forest("fabrikam.com", &[moved]);
    for (id, domain) in [(A, "DC=contoso,DC=com"), (B, "DC=fabrikam,DC=com")] {
        let ou = if id == A { "OU=Corp" } else { "OU=New" };
        let include = format!("{ou},{domain}").parse().unwrap();
        let exclude = domain.parse().unwrap();
        connector::set_container_filter(&mut lab.tables, id, &[include], &[exclude]).unwrap();
    }
    lab.build()
}

/// SE-020, SE-161, SE-195, SE-280, SR-022, SR-063.
#[test]
fn a_user_migrated_with_its_anchor_keeps_its_person() {
    let mut lab = migrated();
    let runs = lab.cycle(Policy::Initial);
    assert_snapshot!(lab.describe(&runs), @"
    Full Import A: success, stage-add 2, filtered-objects 12
    Full Import 3: success, stage-add 2, filtered-objects 12
    Full Import E: completed-no-objects
    Full Synchronization A: success, disconnector-projected-flow 1, disconnector-remains 1; A connector-flow 1; E provisioned-add-flow 1
    Full Synchronization 3: success, disconnector-joined-no-flow 1, disconnector-remains 1
    Full Synchronization E: success
    Export E: success, export-add 1
    Export A: success, export-update 1
    Export 3: success
    ");
    let runs = lab.cycle(Policy::Delta);
    assert_snapshot!(lab.describe(&runs), @"
    Delta Import A: success, stage-update 1
    Delta Import 3: success
    Delta Import E: success, stage-update 1
    Delta Synchronization A: success, disconnector-remains 1, connector-no-flow 1
    Delta Synchronization 3: success, disconnector-remains 1
    Delta Synchronization E: success, connector-flow 1
    Export E: success
    Export A: success
    Export 3: success
    ");
    lab.edit(&ForestEdit::Delete { target: guid(GUID_A1), recursive: false });
    let runs = lab.cycle(Policy::Delta);
    assert_snapshot!(lab.describe(&runs), @"
    Delta Import A: success, stage-delete 1
    Delta Import 3: success
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1, connector-delete-leave-mv 1; E connector-flow 1
    Delta Synchronization 3: success, disconnector-remains 1
    Delta Synchronization E: success
    Export E: completed-export-errors, export-failure 1
        error CN={717171717167414141454341414141414141414141513D3D}: AttributeUpdateNotAllowed: hard match operation blocked due to security hardening, review the OnPremisesObjectIdentifier mapping of User_be706064-52fe-4eaf-a2ea-af875e8a2dc0 (kim@contoso.com, synchronized): it is aaaaaaaa-0000-4000-8000-000000000001, the row says bbbbbbbb-0000-4000-8000-000000000001; clear onPremisesObjectIdentifier of the user, or allow its update for the tenant
    Export A: success
    Export 3: success
    ");
    // Precedence: without the first forest the second one's values count.
    lab.set(GUID_B1, "department", &["Legal".into()]);
    let runs = lab.cycle(Policy::Delta);
    assert_snapshot!(lab.describe(&runs), @"
    Delta Import A: success
    Delta Import 3: success, stage-update 1
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization 3: success, disconnector-remains 1, connector-flow 1; E connector-flow 1
    Delta Synchronization E: success
    Export E: completed-export-errors, export-failure 1
        error CN={717171717167414141454341414141414141414141513D3D}: AttributeUpdateNotAllowed: hard match operation blocked due to security hardening, review the OnPremisesObjectIdentifier mapping of User_be706064-52fe-4eaf-a2ea-af875e8a2dc0 (kim@contoso.com, synchronized): it is aaaaaaaa-0000-4000-8000-000000000001, the row says bbbbbbbb-0000-4000-8000-000000000001; clear onPremisesObjectIdentifier of the user, or allow its update for the tenant
    Export A: success
    Export 3: success
    ");
}

/// SE-365: the order of the forests does not matter for values that precedence decides.
#[test]
fn the_order_of_forests_does_not_matter() {
    let values = |order: [u32; 2]| {
        let mut lab = migrated();
        lab.set(GUID_A1, "department", &["IT".into()]);
        lab.set(GUID_B1, "department", &["Legal".into()]);
        lab.set(GUID_B1, "title", &["Boss".into()]);
        for id in [A, B] {
            lab.run(id, Profile::FullImport);
        }
        for id in order {
            lab.run(id, Profile::FullSynchronization);
        }
        let book = RuleBook::read(&lab.tables).unwrap();
        let person = mv::get(&lab.tables, 1).unwrap().unwrap();
        assert_eq!(person.links.len(), 3);
        person.to_entry(&book)
    };
    assert_eq!(values([A, B]), values([B, A]));
}

/// SE-148, SE-188, SR-057, FM-25; then D2: the second contact joins as soon as it can.
#[test]
fn a_second_contact_with_one_mail_is_refused() {
    let mut lab = Lab::empty();
    let contact = |lab: &Lab, name: &str, guid: &str, mail: &str| {
        let dn = format!("CN={name},OU=Corp,DC=contoso,DC=com");
        object(
            &lab.schema,
            &dn,
            "contact",
            guid,
            &[
                ("mail", mail.into()),
                ("mailNickname", name.into()),
                ("displayName", name.into()),
                ("targetAddress", format!("SMTP:{mail}").into()),
            ],
            &[],
        )
    };
    let one = contact(&lab, "One", GUID_B1, "x@fabrikam.com");
    let two = contact(&lab, "Two", GUID_B2, "X@fabrikam.com");
    lab.forest("contoso.com", &[one, two]);
    lab.tenant(&[]);
    let mut lab = lab.build();
    lab.run(A, Profile::FullImport);
    let sync = lab.run(A, Profile::FullSynchronization);
    assert_snapshot!(lab.describe_run(&sync), @"
    Full Synchronization A: completed-sync-errors, disconnector-projected-flow 1, disconnector-remains 13, flow-failure 1; E provisioned-add-flow 1
        error CN=Two,OU=Corp,DC=contoso,DC=com: ambiguous-import-flow-from-multiple-connectors: CN=One,OU=Corp,DC=contoso,DC=com is joined to the same metaverse object and flows mail too (0x80230521)
    ");
    let sync = lab.run(A, Profile::DeltaSynchronization);
    assert_snapshot!(lab.describe_run(&sync), @"
    Delta Synchronization A: completed-sync-errors, disconnector-remains 13, flow-failure 1
        error CN=Two,OU=Corp,DC=contoso,DC=com: ambiguous-import-flow-from-multiple-connectors: CN=One,OU=Corp,DC=contoso,DC=com is joined to the same metaverse object and flows mail too (0x80230521)
    ");
    assert_eq!(sync.errors().next().unwrap().error.retries, 1, "SE-375");
    lab.set(GUID_B2, "mail", &["y@fabrikam.com".into()]);
    lab.run(A, Profile::DeltaImport);
    let sync = lab.run(A, Profile::DeltaSynchronization);
    assert_snapshot!(lab.describe_run(&sync), @"Delta Synchronization A: success, disconnector-projected-flow 1, disconnector-remains 13; E provisioned-add-flow 1");
}

/// SE-133, SE-167, FM-54: a cloud user is taken over by its UPN; what the forest lacks is emptied
/// one cycle later.
#[test]
fn a_matched_cloud_user_loses_what_the_forest_lacks_one_cycle_later() {
    let mut lab = Lab::empty();
    let kim = user(&lab.schema, "CN=Kim,OU=Corp,DC=contoso,DC=com", GUID_A1, "kim", 512);
    lab.forest("contoso.com", &[kim]);
    let cloud = cloud_user(
        &lab,
        "kim@contoso.com",
        &[("displayName", "Kim in the cloud".into()), ("department", "Sales".into())],
    );
    lab.tenant(&[cloud]);
    let mut lab = lab.build();
    let runs = lab.cycle(Policy::Initial);
    assert_snapshot!(lab.describe(&runs), @"
    Full Import A: success, stage-add 14
    Full Import E: completed-no-objects
    Full Synchronization A: success, disconnector-projected-flow 1, disconnector-remains 13; A connector-flow 1; E provisioned-add-flow 1
    Full Synchronization E: success
    Export E: success, export-add 1
    Export A: success, export-update 1
    ");
    let runs = lab.cycle(Policy::Delta);
    assert_snapshot!(lab.describe(&runs), @"
    Delta Import A: success, stage-update 1
    Delta Import E: success, stage-update 1
    Delta Synchronization A: success, disconnector-remains 13, connector-no-flow 1
    Delta Synchronization E: success, connector-flow 1; E connector-flow 1
    Export E: success, export-update 1
    Export A: success
    ");
    let runs = lab.cycle(Policy::Delta);
    assert_snapshot!(lab.describe(&runs), @"
    Delta Import A: success
    Delta Import E: success, stage-update 1
    Delta Synchronization A: success, disconnector-remains 13
    Delta Synchronization E: success, connector-no-flow 1
    Export E: success
    Export A: success
    ");
}

/// SE-280, SE-372: a wiped engine finds everything again and exports nothing new.
#[test]
fn a_rebuilt_server_adds_and_deletes_nothing() {
    let mut lab = Lab::lab1();
    for policy in [Policy::Initial, Policy::Delta, Policy::Delta] {
        lab.cycle(policy);
    }
    lab.wipe_engine();
    let runs = lab.cycle(Policy::Initial);
    assert_snapshot!(lab.describe(&runs), @"
    Full Import A: success, stage-add 6, filtered-objects 14
    Full Import E: success, stage-add 5
    Full Synchronization A: success, disconnector-projected-flow 5, disconnector-remains 1
    Full Synchronization E: success, connector-flow 5
    Export E: success
    Export A: success
    ");
    let runs = lab.cycle(Policy::Delta);
    assert_snapshot!(lab.describe(&runs), @"
    Delta Import A: success
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success
    Export E: success
    Export A: success
    ");
}

/// SE-243, SE-271, SE-272.
#[test]
fn a_staging_server_exports_only_by_hand() {
    let mut lab = Lab::lab1();
    let mut settings = dirsim_sync::server::settings(&lab.tables).unwrap();
    settings.staging_mode = true;
    dirsim_sync::server::put_settings(&mut lab.tables, &settings).unwrap();
    let runs = lab.cycle(Policy::Initial);
    assert!(runs.iter().all(|run| run.profile != Profile::Export));
    assert_eq!(dirsim_sync::statistics::of(&lab.tables, E).unwrap().export_add, 5);
    let export = lab.run(E, Profile::Export);
    assert_snapshot!(lab.describe_run(&export), @"Export E: success, export-add 5, export-update 2");
}

/// D2, SE-134, SE-142, SR-025: a disconnector that nothing concerns is counted, not visited; one that a new
/// metaverse object concerns joins.
#[test]
fn a_waiting_disconnector_joins_when_its_partner_appears() {
    let mut lab = Lab::lab1();
    for policy in [Policy::Initial, Policy::Delta, Policy::Delta] {
        lab.cycle(policy);
    }
    // The forest object of u1 is forgotten, so that the cloud user has no partner.
    lab.edit(&ForestEdit::Delete { target: guid(GUID_U1), recursive: false });
    lab.wipe_engine();
    lab.cycle(Policy::Initial);
    let statistics = dirsim_sync::statistics::of(&lab.tables, E).unwrap();
    assert_eq!((statistics.disconnectors, statistics.connectors), (1, 4));
    let runs = lab.cycle(Policy::Delta);
    assert_snapshot!(lab.describe(&runs), @"
    Delta Import A: success
    Delta Import E: success, stage-update 2
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success, disconnector-remains 1, connector-no-flow 2
    Export E: success
    Export A: success
    ");
    lab.edit(&ForestEdit::Restore { target: guid(GUID_U1), parent: None, name: None });
    let runs = lab.cycle(Policy::Delta);
    assert_snapshot!(lab.describe(&runs), @"
    Delta Import A: success, stage-add 1, stage-update 2
    Delta Import E: success
    Delta Synchronization A: success, disconnector-projected-flow 1, disconnector-remains 1, connector-flow 2; E connector-flow 2
    Delta Synchronization E: success, connector-flow 1
    Export E: success, export-update 2
    Export A: success
    ");
    assert_eq!(dirsim_sync::statistics::of(&lab.tables, E).unwrap().disconnectors, 0);
    let _ = (EditOperation::Add, lookup::Pending::Export);
}

/// SE-022, SE-088, SE-089, SE-090: two users swap their names.
#[test]
fn swapped_names_pass_through_a_transient_object() {
    let mut lab = Lab::lab1();
    for policy in [Policy::Initial, Policy::Delta, Policy::Delta] {
        lab.cycle(policy);
    }
    for (target, name) in [(GUID_U1, "Somebody"), (GUID_U2, "Ada Bell"), (GUID_U1, "Ben Cole")] {
        lab.edit(&ForestEdit::Rename { target: guid(target), name: name.to_owned() });
    }
    let runs = lab.cycle(Policy::Delta);
    assert_snapshot!(lab.describe(&runs), @"
    Delta Import A: success, stage-rename 2
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1, connector-flow 2, connector-no-flow 1; E connector-flow 2
    Delta Synchronization E: success
    Export E: success, export-update 2
    Export A: success
    ");
}

/// SE-127, SE-111, FM-29: exports that the directory does not show.
#[test]
fn an_export_that_does_not_stick_is_repeated() {
    let mut lab = Lab::lab1();
    lab.cycle(Policy::Initial);
    // Somebody empties the written-back anchor before the confirming import.
    let other = Value::bytes(*b"fedcba9876543210");
    lab.set(GUID_U1, "mS-DS-ConsistencyGuid", &[other]);
    let runs = lab.cycle(Policy::Delta);
    assert_snapshot!(lab.describe(&runs), @"
    Delta Import A: completed-warnings, stage-update 3
        error CN=Ada Bell,OU=Corp,DC=contoso,DC=com: exported-change-not-reimported: the directory does not hold the exported value
    Delta Import E: success, stage-update 5
    Delta Synchronization A: success, disconnector-remains 1, connector-flow 1, connector-no-flow 2; E connector-flow 1
    Delta Synchronization E: completed-sync-errors, connector-flow 4, flow-failure 1
        error CN={4552455245617171716B714B716741414141414141513D3D}: sourceAnchor attribute has changed
    Export E: completed-export-errors, export-failure 1
        error CN={4552455245617171716B714B716741414141414141513D3D}: InvalidHardMatch: another object with this source anchor exists and cannot be taken over: its source anchor EREREaqqqkqKqgAAAAAAAQ== cannot be replaced by ZmVkY2JhOTg3NjU0MzIxMA==; turn the hard match block off for a while, remove the role, or correct the anchor
    Export A: success
    ");
}
