//! What happens in a forest or the tenant, one delta cycle at a time.

use dirsim_forest::{EditOperation, ForestEdit};
use dirsim_model::Value;
use dirsim_sync::{Policy, Profile, connector};
use dirsim_tenant::TenantEdit;
use insta::assert_snapshot;

use crate::lab::*;

/// LAB-1 after three cycles, when nothing is pending.
fn quiet() -> Lab {
    let mut lab = Lab::lab1();
    for policy in [Policy::Initial, Policy::Delta, Policy::Delta] {
        lab.cycle(policy);
    }
    lab
}

fn delta(lab: &mut Lab) -> String {
    let runs = lab.cycle(Policy::Delta);
    lab.describe(&runs)
}

/// SE-047, SE-093.
#[test]
fn a_changed_attribute_flows_through() {
    let mut lab = quiet();
    lab.set(GUID_U1, "department", &["IT".into()]);
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success, stage-update 1
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1, connector-flow 1; E connector-flow 1
    Delta Synchronization E: success
    Export E: success, export-update 1
    Export A: success
    ");
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success
    Delta Import E: success, stage-update 1
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success, connector-no-flow 1
    Export E: success
    Export A: success
    ");
    lab.set(GUID_U1, "department", &[]);
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success, stage-update 1
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1, connector-flow 1; E connector-flow 1
    Delta Synchronization E: success
    Export E: success, export-update 1
    Export A: success
    ");
}

/// SE-131 (SR), SR-131.
#[test]
fn a_disabled_user_is_blocked_not_deleted() {
    let mut lab = quiet();
    lab.set(GUID_U1, "userAccountControl", &[Value::Integer(514)]);
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success, stage-update 1
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1, connector-flow 1; E connector-flow 1
    Delta Synchronization E: success
    Export E: success, export-update 1
    Export A: success
    ");
}

/// SE-050, SE-106, SE-160, SE-162, SE-163, SE-176, SE-183, SE-212, SE-218, SE-130; then SE-062 and SE-198.
#[test]
fn a_deleted_user_leaves_and_comes_back() {
    let mut lab = quiet();
    lab.edit(&ForestEdit::Delete { target: guid(GUID_U2), recursive: false });
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success, stage-delete 1
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1, connector-delete-remove-mv 1; E connector-flow 1; E provisioned-disconnect 1
    Delta Synchronization E: success
    Export E: success, export-update 1, export-delete 1
    Export A: success
    ");
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success
    Delta Import E: success, stage-update 1, stage-delete 1
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success, connector-no-flow 1
    Export E: success
    Export A: success
    ");
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success
    Export E: success
    Export A: success
    ");
    let full = lab.run(A, Profile::FullImport);
    assert_snapshot!(lab.describe_run(&full), @"Full Import A: success, stage-no-change 5, filtered-objects 14");
    lab.edit(&ForestEdit::Restore { target: guid(GUID_U2), parent: None, name: None });
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success, stage-add 1, stage-update 1
    Delta Import E: success
    Delta Synchronization A: success, disconnector-projected-flow 1, disconnector-remains 1, connector-flow 1; E connector-flow 1; E provisioned-add-flow 1
    Delta Synchronization E: success
    Export E: success, export-add 1, export-update 2
    Export A: success
    ");
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success
    Delta Import E: success, stage-update 2
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success, connector-flow 1, connector-no-flow 1
    Export E: success
    Export A: success
    ");
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success
    Export E: success
    Export A: success
    ");
}

/// SE-095, SE-104, SE-119, SE-120, SE-168, SE-118.
#[test]
fn a_user_leaves_scope_and_returns() {
    let mut lab = quiet();
    let to = |lab: &mut Lab, ou: &str| {
        let parent = format!("OU={ou},DC=contoso,DC=com").parse().unwrap();
        lab.edit(&ForestEdit::Move { target: guid(GUID_U1), parent });
    };
    to(&mut lab, "NoSync");
    let import = lab.run(A, Profile::DeltaImport);
    let sync = lab.run(A, Profile::DeltaSynchronization);
    assert_snapshot!(lab.describe(&[import, sync]), @"
    Delta Import A: success, stage-delete 1
    Delta Synchronization A: success, disconnector-remains 1, connector-delete-remove-mv 1; E connector-flow 2; E provisioned-disconnect 1
    ");
    // Back before the deletion was sent: it is withdrawn.
    to(&mut lab, "Corp");
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success, stage-add 1
    Delta Import E: success
    Delta Synchronization A: success, disconnector-projected-flow 1, disconnector-remains 1, connector-no-flow 2; E connector-flow 3
    Delta Synchronization E: success, connector-flow 1
    Export E: success
    Export A: success
    ");
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success
    Export E: success
    Export A: success
    ");
    to(&mut lab, "NoSync");
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success, stage-delete 1
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1, connector-delete-remove-mv 1; E connector-flow 2; E provisioned-disconnect 1
    Delta Synchronization E: success
    Export E: success, export-update 2, export-delete 1
    Export A: success
    ");
    let full = lab.run(A, Profile::FullImport);
    assert_snapshot!(lab.describe_run(&full), @"Full Import A: success, stage-no-change 5, filtered-objects 15");
    to(&mut lab, "Corp");
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success, stage-add 1
    Delta Import E: success, stage-update 2, stage-delete 1
    Delta Synchronization A: success, disconnector-projected-flow 1, disconnector-remains 1, connector-no-flow 2; E connector-flow 2; E provisioned-add-flow 1
    Delta Synchronization E: success, connector-no-flow 2
    Export E: success, export-add 1, export-update 2
    Export A: success
    ");
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success
    Delta Import E: success, stage-update 3
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success, connector-flow 1, connector-no-flow 2
    Export E: success
    Export A: success
    ");
}

/// SE-049, SE-094, SE-107, SE-121.
#[test]
fn a_renamed_container_renames_everything_below() {
    let mut lab = quiet();
    let new = object(
        &lab.schema,
        "OU=Inner,OU=Corp,DC=contoso,DC=com",
        "organizationalUnit",
        "44444444-dddd-4ddd-8ddd-000000000001",
        &[],
        &[],
    );
    lab.edit(&ForestEdit::Create(Box::new(new)));
    let parent: dirsim_model::Dn = "OU=Inner,OU=Corp,DC=contoso,DC=com".parse().unwrap();
    lab.edit(&ForestEdit::Move { target: guid(GUID_U1), parent });
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success, stage-add 1, stage-rename 1
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 2, connector-flow 1, connector-no-flow 2; E connector-flow 1
    Delta Synchronization E: success
    Export E: success, export-update 1
    Export A: success
    ");
    let target = guid("44444444-dddd-4ddd-8ddd-000000000001");
    lab.edit(&ForestEdit::Rename { target, name: "Outer".to_owned() });
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success, stage-rename 1
    Delta Import E: success, stage-update 1
    Delta Synchronization A: success, disconnector-remains 2, connector-flow 1; E connector-flow 1
    Delta Synchronization E: success, connector-no-flow 1
    Export E: success, export-update 1
    Export A: success
    ");
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success
    Delta Import E: success, stage-update 1
    Delta Synchronization A: success, disconnector-remains 2
    Delta Synchronization E: success, connector-no-flow 1
    Export E: success
    Export A: success
    ");
    let full = lab.run(A, Profile::FullImport);
    assert_snapshot!(lab.describe_run(&full), @"Full Import A: success, stage-no-change 7, filtered-objects 14");
}

/// SE-122: the classic way to lose a population.
#[test]
fn a_renamed_listed_container_loses_its_population_at_the_next_full_import() {
    let mut lab = quiet();
    let corp =
        dirsim_forest::lookup::by_dn(&lab.tables, &"OU=Corp,DC=contoso,DC=com".parse().unwrap())
            .unwrap()
            .unwrap();
    let target = dirsim_forest::lookup::object(&lab.tables, corp).unwrap().unwrap().guid;
    lab.edit(&ForestEdit::Rename { target, name: "Staff".to_owned() });
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success, stage-delete 1
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success
    Export E: success
    Export A: success
    ");
    lab.set(GUID_U1, "department", &["IT".into()]);
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success, stage-delete 1
    Delta Import E: success
    Delta Synchronization A: success, connector-delete-remove-mv 1; E connector-flow 2; E provisioned-disconnect 1
    Delta Synchronization E: success
    Export E: success, export-update 2, export-delete 1
    Export A: success
    ");
    let import = lab.run(A, Profile::FullImport);
    let sync = lab.run(A, Profile::DeltaSynchronization);
    assert_snapshot!(lab.describe(&[import, sync]), @"
    Full Import A: success, stage-delete 4, filtered-objects 16
    Delta Synchronization A: success, connector-delete-remove-mv 4; E provisioned-disconnect 4
    ");
}

/// SE-048, SE-211, SE-213.
#[test]
fn members_and_managers_travel_one_by_one() {
    let mut lab = quiet();
    lab.change(
        GUID_G1,
        "member",
        EditOperation::Add,
        &["CN=Cy Dunn,OU=Corp,DC=contoso,DC=com".into()],
    );
    lab.change(
        GUID_G1,
        "member",
        EditOperation::Remove,
        &["CN=Ada Bell,OU=Corp,DC=contoso,DC=com".into()],
    );
    lab.set(GUID_U2, "manager", &["CN=Cy Dunn,OU=Corp,DC=contoso,DC=com".into()]);
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success, stage-update 2
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1, connector-flow 2; E connector-flow 2
    Delta Synchronization E: success
    Export E: success, export-update 2
    Export A: success
    ");
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success
    Delta Import E: success, stage-update 2
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success, connector-no-flow 2
    Export E: success
    Export A: success
    ");
}

/// SE-177, SE-132.
#[test]
fn a_change_in_the_cloud_is_put_back() {
    let mut lab = quiet();
    let ada = dirsim_tenant::lookup::by_upn(&lab.tables, "ada@contoso.com").unwrap().unwrap();
    let id = dirsim_tenant::lookup::object(&lab.tables, ada).unwrap().unwrap().id;
    let name = lab.schema.attribute("accountEnabled").unwrap();
    let edit =
        TenantEdit::Update { target: id, changes: vec![(name, vec![Value::Boolean(false)])] };
    dirsim_tenant::edit(&mut lab.tables, &lab.schema, &edit, lab.now).unwrap().unwrap();
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success
    Delta Import E: success, stage-update 1
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success, connector-no-flow 1; E connector-flow 1
    Export E: success, export-update 1
    Export A: success
    ");
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success
    Delta Import E: success, stage-update 1
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success, connector-no-flow 1
    Export E: success
    Export A: success
    ");
}

/// SE-303 to SE-307.
#[test]
fn a_changed_anchor_blocks_the_object_until_it_is_back() {
    let mut lab = quiet();
    let bytes = Value::bytes(*b"0123456789abcdef");
    lab.set(GUID_U1, "mS-DS-ConsistencyGuid", &[bytes]);
    lab.set(GUID_U1, "department", &["IT".into()]);
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success, stage-update 1
    Delta Import E: success
    Delta Synchronization A: completed-sync-errors, disconnector-remains 1, flow-failure 1
        error CN=Ada Bell,OU=Corp,DC=contoso,DC=com: sourceAnchor attribute has changed
    Delta Synchronization E: success
    Export E: success
    Export A: success
    ");
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success
    Delta Import E: success
    Delta Synchronization A: completed-sync-errors, disconnector-remains 1, flow-failure 1
        error CN=Ada Bell,OU=Corp,DC=contoso,DC=com: sourceAnchor attribute has changed
    Delta Synchronization E: success
    Export E: success
    Export A: success
    ");
    let old = Value::bytes(*guid(GUID_U1).as_bytes());
    lab.set(GUID_U1, "mS-DS-ConsistencyGuid", &[old]);
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success, stage-update 1
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1, connector-flow 1; E connector-flow 1
    Delta Synchronization E: success
    Export E: success, export-update 1
    Export A: success
    ");
    // Cleared: the anchor falls back to the same GUID, and the write-back fills it again.
    lab.set(GUID_U1, "mS-DS-ConsistencyGuid", &[]);
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success, stage-update 1
    Delta Import E: success, stage-update 1
    Delta Synchronization A: success, disconnector-remains 1, connector-no-flow 1; A connector-flow 1
    Delta Synchronization E: success, connector-no-flow 1
    Export E: success
    Export A: success, export-update 1
    ");
}

/// SE-260 to SE-268.
#[test]
fn too_many_deletions_stop_the_export() {
    let mut lab = quiet();
    let mut settings = dirsim_sync::server::settings(&lab.tables).unwrap();
    settings.deletions_max = 1;
    dirsim_sync::server::put_settings(&mut lab.tables, &settings).unwrap();
    lab.edit(&ForestEdit::Delete { target: guid(GUID_U1), recursive: false });
    lab.edit(&ForestEdit::Delete { target: guid(GUID_U2), recursive: false });
    lab.set(GUID_U3, "department", &["IT".into()]);
    let runs = lab.cycle(Policy::Delta);
    let event = &runs[4].steps[0].events[0];
    assert_eq!(event.event, 116);
    assert!(event.text.contains("(2)") && event.text.contains("(1)"), "{}", event.text);
    assert_snapshot!(lab.describe(&runs), @"
    Delta Import A: success, stage-update 1, stage-delete 2
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1, connector-flow 1, connector-delete-remove-mv 2; E connector-flow 2; E provisioned-disconnect 2
    Delta Synchronization E: success
    Export E: stopped-deletion-threshold-exceeded
    Export A: success
    ");
    settings.deletion_prevention = false;
    dirsim_sync::server::put_settings(&mut lab.tables, &settings).unwrap();
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success
    Export E: success, export-update 2, export-delete 2
    Export A: success
    ");
}

/// SE-078, SE-124, SE-125.
#[test]
fn a_changed_filter_needs_a_full_import() {
    let mut lab = quiet();
    connector::set_container_filter(&mut lab.tables, A, &[], &[]).unwrap();
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: completed-warnings
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success
    Export E: success
    Export A: success
    ");
    let import = lab.run(A, Profile::FullImport);
    let sync = lab.run(A, Profile::DeltaSynchronization);
    assert_snapshot!(lab.describe(&[import, sync]), @"
    Full Import A: success, stage-no-change 6, stage-add 14
    Delta Synchronization A: success, disconnector-projected-flow 1, disconnector-remains 14; A connector-flow 1; E provisioned-add-flow 1
    ");
}

/// SE-340: the object of the tenant vanishes while the user lives.
#[test]
fn a_purged_cloud_user_is_made_again() {
    let mut lab = quiet();
    let ada = dirsim_tenant::lookup::by_upn(&lab.tables, "ada@contoso.com").unwrap().unwrap();
    let target = dirsim_tenant::lookup::object(&lab.tables, ada).unwrap().unwrap().id;
    for edit in [TenantEdit::Delete { target }, TenantEdit::Purge { target }] {
        dirsim_tenant::edit(&mut lab.tables, &lab.schema, &edit, lab.now).unwrap().unwrap();
    }
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success
    Delta Import E: success, stage-update 2, stage-delete 1
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success, connector-no-flow 2, connector-delete-leave-mv 1; E connector-flow 2; E provisioned-add-flow 1
    Export E: success, export-add 1, export-update 2
    Export A: success
    ");
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success
    Delta Import E: success, stage-update 3
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success, connector-flow 1, connector-no-flow 2
    Export E: success
    Export A: success
    ");
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success
    Export E: success
    Export A: success
    ");
}

/// SE-131, FM-56: the cloud user is restored before the import that would confirm the deletion.
#[test]
fn a_cloud_user_restored_too_early_is_refused_in_every_cycle() {
    let mut lab = quiet();
    let ada = dirsim_tenant::lookup::by_upn(&lab.tables, "ada@contoso.com").unwrap().unwrap();
    let target = dirsim_tenant::lookup::object(&lab.tables, ada).unwrap().unwrap().id;
    lab.edit(&ForestEdit::Delete { target: guid(GUID_U1), recursive: false });
    delta(&mut lab);
    let edit = TenantEdit::Restore {
        target,
        new_user_principal_name: None,
        auto_reconcile_proxy_conflict: false,
    };
    dirsim_tenant::edit(&mut lab.tables, &lab.schema, &edit, lab.now).unwrap().unwrap();
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success
    Delta Import E: completed-warnings, stage-no-change 2, stage-update 1
        error CN={4552455245617171716B714B716741414141414141673D3D}: exported-change-not-reimported: the directory does not hold the exported reference
        error CN={49694969497275377530754C757741414141414141513D3D}: exported-change-not-reimported: the directory does not hold the exported reference
        error CN={4552455245617171716B714B716741414141414141513D3D}: exported-change-not-reimported: the deleted object is still there
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success, disconnector-remains 1, connector-no-flow 2; E connector-flow 2
    Export E: completed-export-errors, export-update 2, export-failure 1
        error CN={4552455245617171716B714B716741414141414141513D3D}: DeletingCloudOnlyObjectNotAllowed: the Delete operation is not valid for User_be706064-52fe-4eaf-a2ea-af875e8a2dc0 (ada@contoso.com, formerly synchronized): sync does not own the object; delete the user in the cloud, run a delta cycle, restore the user, run a delta cycle
    Export A: success
    ");
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success
    Delta Import E: success, stage-update 2
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success, connector-no-flow 2
    Export E: completed-export-errors, export-failure 1
        error CN={4552455245617171716B714B716741414141414141513D3D}: DeletingCloudOnlyObjectNotAllowed: the Delete operation is not valid for User_be706064-52fe-4eaf-a2ea-af875e8a2dc0 (ada@contoso.com, formerly synchronized): sync does not own the object; delete the user in the cloud, run a delta cycle, restore the user, run a delta cycle
    Export A: success
    ");
}

/// SE-219 to SE-222: a refused row is repeated until the data is right.
#[test]
fn a_refused_row_waits_until_its_data_is_right() {
    let mut lab = quiet();
    lab.set(GUID_U2, "userPrincipalName", &["ben..cole@@contoso.com".into()]);
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success, stage-update 1
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1, connector-flow 1; E connector-flow 1
    Delta Synchronization E: success
    Export E: completed-export-errors, export-failure 1
        error CN={4552455245617171716B714B716741414141414141673D3D}: IdentityDataValidationFailed: the value or the format of userPrincipalName ben..cole@@contoso.com is not accepted: there is more than one `@`; correct userPrincipalName on-premises
    Export A: success
    ");
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success
    Export E: completed-export-errors, export-failure 1
        error CN={4552455245617171716B714B716741414141414141673D3D}: IdentityDataValidationFailed: the value or the format of userPrincipalName ben..cole@@contoso.com is not accepted: there is more than one `@`; correct userPrincipalName on-premises
    Export A: success
    ");
    lab.set(GUID_U2, "userPrincipalName", &["ben@contoso.com".into()]);
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success, stage-update 1
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1, connector-flow 1; E connector-flow 1
    Delta Synchronization E: success
    Export E: success
    Export A: success
    ");
}

/// SE-140, SE-169, SE-196 to SE-198, SE-324: a negative filter takes effect with a full synchronization,
/// afterwards with every delta.
#[test]
fn a_filter_rule_takes_objects_out_and_brings_them_back() {
    let mut lab = quiet();
    lab.add_rules(
        "rules:
  - name: Filter by attribute
    order: 50
    connector: contoso.com
    from: user
    to: metaverse person
    link: join
    scope:
      - [department EQUAL NoSync]
    flows:
      constants:
        cloudFiltered: 'True'
",
    );
    lab.set(GUID_U1, "department", &["NoSync".into()]);
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success, stage-update 1
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1, connector-flow 1; E connector-flow 2; E provisioned-disconnect 1
    Delta Synchronization E: success
    Export E: success, export-update 2, export-delete 1
    Export A: success
    ");
    lab.set(GUID_U1, "department", &["IT".into()]);
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success, stage-update 1
    Delta Import E: success, stage-update 2, stage-delete 1
    Delta Synchronization A: success, disconnector-remains 1, connector-flow 1; E connector-flow 2; E provisioned-add-flow 1
    Delta Synchronization E: success, connector-no-flow 2
    Export E: success, export-add 1, export-update 2
    Export A: success
    ");
    assert_snapshot!(delta(&mut lab), @"
    Delta Import A: success
    Delta Import E: success, stage-update 3
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success, connector-flow 1, connector-no-flow 2
    Export E: success
    Export A: success
    ");
}

/// SE-329, SR-037: membership of a group decides, and a changed membership is seen at once.
#[test]
fn members_of_a_group_are_filtered() {
    let mut lab = quiet();
    lab.add_rules(
        "rules:
  - name: Filter by group
    order: 50
    connector: contoso.com
    from: user
    to: metaverse person
    link: join
    scope:
      - ['dn ISMEMBEROF CN=Sales,OU=Corp,DC=contoso,DC=com']
    flows:
      constants:
        cloudFiltered: 'True'
",
    );
    let sync = lab.run(A, Profile::FullSynchronization);
    assert_snapshot!(lab.describe_run(&sync), @"Full Synchronization A: success, disconnector-remains 1, connector-flow 2, connector-no-flow 3; E connector-flow 1; E provisioned-disconnect 2");
    let ada = ["CN=Ada Bell,OU=Corp,DC=contoso,DC=com".into()];
    lab.change(GUID_G1, "member", EditOperation::Remove, &ada);
    lab.run(A, Profile::DeltaImport);
    let sync = lab.run(A, Profile::DeltaSynchronization);
    assert_snapshot!(lab.describe_run(&sync), @"Delta Synchronization A: success, disconnector-remains 1, connector-flow 1; E connector-flow 1");
}
