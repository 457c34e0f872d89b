//! What the service does around a row: limits in time, reports, records, settings of a rehearsal.

use dirsim_model::time::{HOUR_MS, MINUTE_MS};
use dirsim_tenant::TenantType::{Contact, Group};
use dirsim_tenant::catalogue::catalogue;
use dirsim_tenant::{Operation, TenantEdit, TenantOption, log, lookup, report, throttle};

use crate::stage::{Stage, anchor, at, card, outcome};

fn option(stage: &mut Stage, option: TenantOption) -> String {
    stage.edit(TenantEdit::SetOption(option))
}

fn finish(stage: &mut Stage) {
    dirsim_tenant::finish_export(&mut stage.tables, &stage.schema, stage.now).unwrap();
}

/// ET-167, appendix C item 13: 20,000 adds take ten minutes: 7,000 at once, 7,000 after five
/// minutes, 6,000 after ten.
#[test]
fn et_167_twenty_thousand_rows() {
    let mut stage = Stage::new();
    stage.now = at("01 10:00");
    option(&mut stage, TenantOption::Throttled(true));
    let mut done = std::collections::BTreeMap::new();
    for number in 0..20_000 {
        let mut row = stage.row(Operation::Add, Contact, "", "");
        row.source_anchor = Some(dirsim_model::SourceAnchor::new(format!("contact{number}")));
        let mut answer =
            dirsim_tenant::export(&mut stage.tables, &stage.schema, &row, stage.now).unwrap();
        if let Some(refusal) = answer.refusal() {
            assert_eq!((refusal.name.as_str(), refusal.code), ("ServerBusy", Some(81)));
            assert!(refusal.retry_in_run, "auto-backoff");
            let record = report::error_record(&row, &answer).unwrap();
            assert_eq!(record.retry, "auto-backoff");
            stage.now = throttle::room_from(&stage.tables, stage.now).unwrap();
            answer =
                dirsim_tenant::export(&mut stage.tables, &stage.schema, &row, stage.now).unwrap();
        }
        assert!(answer.refusal().is_none());
        *done.entry(stage.now).or_insert(0) += 1;
    }
    let timeline: Vec<(i64, i32)> =
        done.into_iter().map(|(time, rows)| ((time - at("01 10:00")) / MINUTE_MS, rows)).collect();
    assert_eq!(timeline, [(0, 7_000), (5, 7_000), (10, 6_000)]);
    stage.lawful();
}

/// ET-167: commands of administrators share the window, refused rows and rows that change nothing
/// do not count, and without throttling there is no window.
#[test]
fn et_167_one_window_for_everybody() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com");
    assert_eq!(throttle::room(&stage.tables, stage.now).unwrap(), None);
    option(&mut stage, TenantOption::Throttled(true));
    let room = |stage: &Stage| throttle::room(&stage.tables, stage.now).unwrap().unwrap();
    assert_eq!(room(&stage), 7_000);
    let ann = stage.get("A1").id;
    assert_eq!(stage.patch(ann, "usageLocation=DE"), "ok");
    assert_eq!(room(&stage), 6_999);
    stage.delete("A7");
    stage.add("A2", "upn=.");
    assert!(stage.patch(ann, "displayName=X").starts_with("400"));
    assert_eq!(room(&stage), 6_999);
    stage.set("A1", "title=T");
    assert_eq!(room(&stage), 6_998);
    for _ in 0..6_998 {
        let edit = TenantEdit::SetLicense { target: ann, sku: "X".into(), assigned: true };
        dirsim_tenant::edit(&mut stage.tables, &stage.schema, &edit, stage.now).unwrap().unwrap();
    }
    assert!(stage.patch(ann, "usageLocation=SE").starts_with("429"));
    assert_eq!(outcome(&stage.set("A1", "title=U")), "ServerBusy -");
    stage.now = stage.now + (5 * MINUTE_MS - 1);
    assert_eq!(outcome(&stage.set("A1", "title=U")), "ServerBusy -");
    stage.now = stage.now + 1;
    assert_eq!(outcome(&stage.set("A1", "title=U")), "Updated Anchor");
}

/// ET-083: a quarantined value is listed once, a refused row in the report of every export.
#[test]
fn et_083_the_error_report() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com; sid=S1");
    finish(&mut stage);
    assert_eq!(report::last(&stage.tables).unwrap(), None, "nothing to report");
    stage.add("A2", "upn=ann@contoso.com; sid=S2");
    stage.add("A3", "upn=cy@contoso.com; sid=S1");
    finish(&mut stage);
    let first = report::last(&stage.tables).unwrap().unwrap();
    assert_eq!(first.at, at("01 09:00"));
    let whom: Vec<(&str, bool)> = first
        .lines
        .iter()
        .map(|line| {
            let text = line.description.as_str();
            (line.identity.as_str(), text.starts_with("QuarantinedAttributeValueMustBeUnique"))
        })
        .collect();
    assert_eq!(whom, [("ann@contoso.com", true), ("cy@contoso.com", false)]);
    assert_eq!(first.lines[1].source_anchor, Some(anchor("A3")));

    stage.now = at("01 09:30");
    stage.set("A2", "title=Clerk");
    stage.add("A3", "upn=cy@contoso.com; sid=S1");
    finish(&mut stage);
    let second = report::last(&stage.tables).unwrap().unwrap();
    assert_eq!(second.at, at("01 09:30"));
    assert_eq!(second.lines.len(), 1, "the quarantine is not repeated");
    assert_eq!(second.lines[0].identity, "cy@contoso.com");
    stage.now = at("01 10:00");
    finish(&mut stage);
    let last = report::last(&stage.tables).unwrap().unwrap();
    assert_eq!(last, second, "no errors, no e-mail");
}

/// ET-166: a full directory is reported once per export.
#[test]
fn et_166_the_stop_is_reported_once() {
    let mut stage = Stage::new();
    option(&mut stage, TenantOption::Quota(Some(1)));
    stage.add("A1", "upn=ann@contoso.com");
    for key in ["A2", "A3"] {
        assert_eq!(outcome(&stage.add(key, "upn=b@contoso.com")), "DirectoryQuotaExceeded -");
    }
    assert_eq!(outcome(&stage.set("A1", "title=T")), "Updated Anchor", "updates continue");
    finish(&mut stage);
    let entries = log::entries(&stage.tables, None, 99).unwrap();
    let stops = entries.iter().filter(|(_, e)| e.activity == "Directory synchronization stopped");
    assert_eq!(stops.count(), 1);
}

/// ET-084: with the defects both objects of a pair say the same and the wrong name stands there;
/// groups are missing. Data is the same.
#[test]
fn et_084_cosmetic_defects() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=u@contoso.com; name=Ann");
    stage.add("A2", "upn=u@contoso.com; name=Ben");
    stage.add_kind(Group, "A3", "name=G; proxy=SMTP:g@contoso.com");
    stage.add_kind(Contact, "A4", "name=C; proxy=SMTP:c@contoso.com");
    stage.add_kind(Contact, "A5", "name=D; proxy=SMTP:c@contoso.com");
    let shown = |stage: &Stage| -> Vec<(String, bool)> {
        let list = report::portal_conflicts(&stage.tables).unwrap();
        list.into_iter().map(|line| (line.name, line.text.contains("\"Ben\""))).collect()
    };
    let before = lookup::quarantine(&stage.tables).unwrap();
    let correct = [("Ben".to_owned(), false), ("D".to_owned(), false)];
    let mut found = shown(&stage);
    found.sort();
    assert_eq!(found, correct);
    option(&mut stage, TenantOption::CosmeticDefects(true));
    assert_eq!(shown(&stage), [("Ben".to_owned(), true), ("Ann".to_owned(), true)]);
    assert_eq!(lookup::quarantine(&stage.tables).unwrap(), before, "data is unaffected");
}

/// ET-113: with a delay the addresses come later, and so do their conflicts.
#[test]
fn et_113_addresses_are_calculated_later() {
    let mut stage = Stage::new();
    stage.now = at("01 10:00");
    option(&mut stage, TenantOption::CalculationDelay(5 * MINUTE_MS));
    stage.add("A1", "upn=ann@contoso.com; proxy=SMTP:a@contoso.com");
    stage.add("A2", "upn=bo@contoso.com; proxy=SMTP:b@contoso.com,smtp:a@contoso.com");
    assert_eq!(card(&stage.get("A1")), "ann@contoso.com true []");
    stage.run_to(at("01 10:04"));
    assert_eq!(card(&stage.get("A1")), "ann@contoso.com true []");
    stage.run_to(at("01 10:05"));
    assert_eq!(card(&stage.get("A1")), "ann@contoso.com true [SMTP:a@contoso.com]");
    assert_eq!(card(&stage.get("A2")), "bo@contoso.com true [SMTP:b@contoso.com]");
    assert_eq!(lookup::quarantine(&stage.tables).unwrap().len(), 1);
    option(&mut stage, TenantOption::CalculationDelay(0));
    stage.set("A1", "proxy=SMTP:x@contoso.com");
    assert_eq!(card(&stage.get("A1")), "ann@contoso.com true [SMTP:x@contoso.com]");
}

/// ET-123, ET-196: who may switch features and clear the identifier.
#[test]
fn et_123_permissions() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com; oid=1");
    let ann = stage.get("A1").id;
    option(&mut stage, TenantOption::ActorRoles(Some(vec!["User Administrator".to_owned()])));
    assert!(stage.feature("blockSoftMatch", true).starts_with("403"));
    assert!(stage.patch(ann, "oid=").starts_with("403"));
    assert_eq!(stage.patch(ann, "usageLocation=DE"), "ok");
    let hybrid = vec!["Hybrid Identity Administrator".to_owned()];
    option(&mut stage, TenantOption::ActorRoles(Some(hybrid)));
    assert!(stage.feature("blockSoftMatch", true).starts_with("403"));
    assert_eq!(stage.patch(ann, "oid="), "ok");
    option(&mut stage, TenantOption::ActorRoles(Some(vec!["global administrator".to_owned()])));
    assert_eq!(stage.feature("blockSoftMatch", true), "ok");
    option(&mut stage, TenantOption::ActorRoles(None));
    assert_eq!(stage.feature("blockSoftMatch", false), "ok");
}

/// ET-124: the service does not count deletions.
#[test]
fn et_124_six_hundred_deletions_are_carried_out() {
    let mut stage = Stage::new();
    for number in 0..600 {
        let row = stage.row(Operation::Add, Contact, &format!("contact{number}"), "");
        dirsim_tenant::export(&mut stage.tables, &stage.schema, &row, stage.now).unwrap();
    }
    assert_eq!(stage.count(Contact), 600);
    for number in 0..600 {
        let row = stage.row(Operation::Delete, Contact, &format!("contact{number}"), "");
        let answer =
            dirsim_tenant::export(&mut stage.tables, &stage.schema, &row, stage.now).unwrap();
        assert_eq!(outcome(&answer), "HardDeleted Anchor");
    }
    assert_eq!(stage.count(Contact), 0);
}

/// ET-142, ET-003: the worked error record.
#[test]
fn et_142_the_worked_error_record() {
    let mut stage = Stage::with("seed-sample", None, &[]);
    stage.add("A1", "upn=bob.smith@contoso.com; proxy=SMTP:bob@contoso.com");
    stage.add("AA", "upn=bob@contoso.com; proxy=SMTP:b@contoso.com");
    let anchor = dirsim_model::SourceAnchor::from_guid(
        "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee".parse().unwrap(),
    );
    let mut row = stage.row(
        Operation::Add,
        dirsim_tenant::TenantType::User,
        "",
        "upn=bt@contoso.com; proxy=SMTP:bt@contoso.com",
    );
    row.source_anchor = Some(anchor.clone());
    stage.send(&row);
    row.operation = Operation::Set;
    row.complete = false;
    row.attributes = stage.values("proxy=SMTP:bt@contoso.com,smtp:bob@contoso.com; title=X", false);
    let answer = stage.send(&row);
    let record = report::error_record(&row, &answer).unwrap();
    assert_eq!(record.error_name, "AttributeValueMustBeUnique");
    assert_eq!((record.numeric_code, record.hresult), (None, "0x8023134a"));
    assert_eq!(record.category, "Duplicate Attribute");
    let dn = "CN={71717171717275377A4D7A64336537753775377537673D3D}";
    assert_eq!(record.cs_dn.as_deref(), Some(dn));
    let own = lookup::by_anchor(&stage.tables, &anchor).unwrap().unwrap();
    let own = lookup::object(&stage.tables, own).unwrap().unwrap();
    let other = stage.get("A1").id.to_string();
    assert_eq!(
        record.extra_error_details,
        [
            ("ObjectId", vec![own.id.to_string()]),
            ("ObjectIdInConflict", vec![other]),
            ("AttributeConflictName", vec!["ProxyAddresses".to_owned()]),
            ("AttributeConflictValues", vec!["smtp:bob@contoso.com".to_owned()]),
        ]
    );
    assert_eq!((record.retry, record.occurred), ("next-cycle", stage.now));
    assert_eq!(stage.profile(own.id, "jobTitle"), "", "no other attribute of the row is applied");
    assert_eq!(report::error_record(&row, &stage.add("A4", "upn=x@contoso.com")), None);
}

/// ET-003, ET-141: the details that belong to each kind of error.
#[test]
fn et_003_the_details_of_an_error() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com; oid=1");
    let ann = stage.get("A1").id.to_string();
    let details = |stage: &mut Stage, kind, operation, key: &str, text: &str| {
        let row = stage.row(operation, kind, key, text);
        let answer = stage.send(&row);
        report::error_record(&row, &answer).unwrap().extra_error_details
    };
    let user = dirsim_tenant::TenantType::User;
    assert_eq!(
        details(&mut stage, user, Operation::Set, "A1", "oid=2"),
        [
            ("ObjectId", vec![ann.clone()]),
            ("InvalidAttributeName", vec!["OnPremisesObjectIdentifier".to_owned()])
        ]
    );
    assert_eq!(
        details(&mut stage, Group, Operation::Add, "A1", "name=G"),
        [("ObjectIdInConflict", vec![ann])]
    );
    assert_eq!(
        details(&mut stage, user, Operation::Add, "A2", "upn=bob+x@contoso.com"),
        [("InvalidAttributeName", vec!["userPrincipalName".to_owned()])]
    );
}

/// ET-140, ET-141: the catalogue, line by line: number and category.
#[test]
fn et_141_the_catalogue() {
    for (name, code, category) in [
        ("InvalidHardMatch", Some(103), "Data Mismatch"),
        ("AttributeUpdateNotAllowed", Some(96), "Data Mismatch"),
        ("InvalidSoftMatch", None, "Data Mismatch"),
        ("ObjectTypeMismatch", None, "Data Mismatch"),
        ("AttributeValueMustBeUnique", None, "Duplicate Attribute"),
        ("QuarantinedAttributeValueMustBeUnique", None, "Duplicate Attribute"),
        ("ExistingAdminRoleConflict", None, "Existing Admin Role Conflict"),
        ("IdentityDataValidationFailed", None, "Data Validation Failure"),
        ("DataValidationFailed", None, "Data Validation Failure"),
        ("InvalidAttributeValue", None, "Data Validation Failure"),
        ("FederatedDomainChangeError", None, "Federated Domain Change"),
        ("LargeObject", None, "Large Attribute"),
        ("ExceededAllowedLength", None, "Large Attribute"),
        ("DeletingCloudOnlyObjectNotAllowed", Some(114), "Other"),
        ("CloudOnlyCredentialUpdateNotAllowed", None, "Other"),
        ("GroupHasAssignedLicense", None, "Other"),
        ("ObjectNotFound", None, "Other"),
        ("DirectoryQuotaExceeded", Some(16), "Other"),
        ("ServerBusy", Some(81), "Other"),
        ("AccessDenied", None, "Other"),
        ("CredentialsInvalid", None, "Other"),
        ("CredentialsExpired", None, "Other"),
        ("DirSyncNotEnabled", None, "Other"),
        ("SyncObjectAlreadyExists", None, "Other"),
        ("DomainNotVerified", None, "Other"),
    ] {
        let entry = catalogue().errors.get(name).unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!((entry.code, entry.category.as_str()), (code, category), "{name}");
        assert!(!entry.text.is_empty() && !entry.fix.is_empty(), "{name}");
    }
    let numbered = catalogue().errors.values().filter(|error| error.code.is_some()).count();
    assert_eq!(numbered, 5, "ET-003: only these numbers are known");
}

/// ET-078: errors of workloads are shown and resolved; dirsim makes none by itself.
#[test]
fn et_078_errors_of_workloads() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com");
    let target = stage.get("A1").id;
    assert!(stage.of(target).service_errors.is_empty());
    let publish = |resolved| TenantEdit::ServiceError {
        target,
        instance: "exchange/NAMPRD09-001-01".to_owned(),
        resolved,
    };
    stage.edit(publish(false));
    let errors = stage.of(target).service_errors;
    assert_eq!((errors.len(), errors[0].created, errors[0].resolved), (1, stage.now, false));
    stage.edit(publish(true));
    assert!(stage.of(target).service_errors[0].resolved);
}

/// ET-143: each error of the older guide, and where it appears.
#[test]
fn et_143_the_errors_of_the_older_guide() {
    // Error 1: only without resiliency.
    let world = "upn=ann@contoso.com; proxy=SMTP:ann@contoso.com; anchor=A9";
    let row = "upn=x@contoso.com; proxy=SMTP:ann@contoso.com";
    let mut stage = Stage::with("seed-sample", None, &[]);
    stage.user(world);
    assert_eq!(outcome(&stage.add("A1", row)), "InvalidSoftMatch ProxyAddresses");
    // Its tip: with resiliency the same is a conflict of proxyAddresses.
    let mut stage = Stage::new();
    let ann = stage.user(world);
    assert_eq!(outcome(&stage.add("A1", row)), "AttributeValueMustBeUnique ProxyAddresses");
    // Error 2: the second holder of an immutableId is refused when it is set.
    let bo = stage.user("upn=bo@contoso.com");
    assert!(stage.patch(bo, "anchor=A9").starts_with("400"));
    stage.feature("blockCloudObjectTakeoverThroughHardMatch", true);
    assert_eq!(outcome(&stage.add("A9", "upn=ann@contoso.com")), "InvalidHardMatch -");
    // Error 3.
    assert_eq!(outcome(&stage.add_kind(Group, "A9", "name=G")), "ObjectTypeMismatch -");
    // Error 4.
    stage.add("A4", "upn=kim@contoso.com; proxy=SMTP:kim@contoso.com");
    stage.delete("A4");
    let orphan = stage.add("A5", "upn=kim@contoso.com; proxy=SMTP:kim@contoso.com");
    assert_eq!(outcome(&orphan), "AttributeValueMustBeUnique ProxyAddresses");
    assert_eq!(orphan.refusal().unwrap().rule, "ET-176");
    // Error 5.
    stage.user("upn=root@contoso.com | Global Administrator");
    let duplicate = stage.add("A6", "upn=root@contoso.com");
    assert!(duplicate.notes.iter().any(|note| note.code == "EXISTING-ADMIN-ROLE-CONFLICT"));
    // Error 6, as a command; as a row it is in `addresses` (ET-107).
    let eve = stage.user("upn=eve@fabrikam.com; anchor=A7");
    assert!(stage.patch(eve, "anchor=").contains("FederatedDomainChangeError"));
    assert!(stage.of(ann).sync_enabled.is_none());
}

/// ET-202: how long a turn-off takes can be set; turning on again waits for the 72 hours.
#[test]
fn et_202_the_length_of_a_turn_off() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com");
    option(&mut stage, TenantOption::TurnOff(HOUR_MS));
    stage.edit(TenantEdit::SetDirSyncEnabled { enabled: false });
    stage.run_to(at("01 10:00"));
    assert_eq!(stage.get("A1").sync_enabled, None, "completed after an hour");
    let on = TenantEdit::SetDirSyncEnabled { enabled: true };
    assert!(stage.edit(on.clone()).starts_with("400"));
    stage.run_to(at("04 08:59"));
    assert!(stage.edit(on.clone()).starts_with("400"));
    stage.run_to(at("04 09:00"));
    assert_eq!(stage.edit(on), "ok");
}

/// Settings that make no sense are refused.
#[test]
fn settings_of_a_rehearsal_are_checked() {
    let mut stage = Stage::new();
    for bad in
        [TenantOption::ApiVersion(3), TenantOption::CalculationDelay(-1), TenantOption::TurnOff(-1)]
    {
        assert!(option(&mut stage, bad).starts_with("400"));
    }
}
