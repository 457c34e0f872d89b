//! What the sync client imports (ET-022, SE-133) and what is loaded.

use dirsim_model::attribute::well_known as a;
use dirsim_tenant::TenantType::{Group, User};
use dirsim_tenant::{TenantEdit, TenantFeedRow, read};

use crate::stage::Stage;

fn complete(stage: &Stage) -> Vec<TenantFeedRow> {
    let rows = read::complete(&stage.tables, &stage.schema, None, 999).unwrap();
    rows.into_iter().map(|(_, row)| row).collect()
}

fn text(row: &TenantFeedRow, attribute: dirsim_model::AttributeId) -> String {
    let values: Vec<String> =
        row.entry.get(attribute).to_vec().iter().map(ToString::to_string).collect();
    values.join(",")
}

/// ET-022, ET-091: calculated and quarantined values never show up.
#[test]
fn et_022_the_feed_reports_what_was_written() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=lee@contoso.local; nick=lee; mail=lee@contoso.com; title=Clerk; name=Lee");
    let rows = complete(&stage);
    let row = &rows[0];
    assert_eq!(text(row, a::USER_PRINCIPAL_NAME), "lee@contoso.local");
    assert_eq!((text(row, a::ALIAS), text(row, a::MAIL)), ("lee".into(), "lee@contoso.com".into()));
    assert_eq!(text(row, a::PROXY_ADDRESSES), "");
    assert_eq!(text(row, stage.schema.attribute("title").unwrap()), "Clerk");
    assert_eq!(text(row, a::CLOUD_ANCHOR), row.cloud_anchor.to_string());
    assert_eq!(text(row, a::SOURCE_ANCHOR), crate::stage::anchor("A1").as_str());
}

/// SE-133: after a takeover the feed carries what the on-premises object does not have.
#[test]
fn se_133_the_feed_carries_the_cloud_values_of_a_takeover() {
    let mut stage = Stage::new();
    stage.user("upn=ann@contoso.com; department=Board");
    assert!(complete(&stage).is_empty(), "cloud-only objects are not reported");
    let since = read::watermark(&stage.tables).unwrap();
    stage.add("A1", "upn=ann@contoso.com");
    let (rows, _) = read::changes(&stage.tables, &stage.schema, since).unwrap();
    assert_eq!(text(&rows[0], stage.schema.attribute("department").unwrap()), "Board");
}

/// ET-172: deletes are reported once.
/// A deleted object is reported once; flag false with an anchor is still seen.
#[test]
fn et_172_deletes_are_reported_once() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com");
    stage.add("A2", "upn=bob@contoso.com");
    let (rows, since) = read::changes(&stage.tables, &stage.schema, 0).unwrap();
    assert_eq!(rows.len(), 2);
    stage.delete("A1");
    let (rows, since) = read::changes(&stage.tables, &stage.schema, since).unwrap();
    assert!(matches!(&rows[..], [row] if row.deleted && row.source_anchor.is_some()));
    let target = stage.get("A1").id;
    stage.edit(TenantEdit::Purge { target });
    assert!(read::changes(&stage.tables, &stage.schema, since).unwrap().0.is_empty());
    // A client that was away still learns of it.
    let (rows, _) = read::changes(&stage.tables, &stage.schema, 0).unwrap();
    assert_eq!(rows.iter().filter(|row| row.deleted).count(), 1);
    assert_eq!(complete(&stage).len(), 1);
}

/// ET-208: a converted object is reported as blocked.
#[test]
fn et_208_the_feed_says_block_on_premises_sync() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com");
    let target = stage.get("A1").id;
    stage.edit(TenantEdit::SetCloudManaged { target, managed: true });
    assert_eq!(text(&complete(&stage)[0], a::BLOCK_ON_PREMISES_SYNC), "True");
}

/// ET-221: the feed carries members.
/// References are reported by cloud anchor.
#[test]
fn et_221_the_feed_carries_members() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com");
    stage.add_kind(Group, "AA", "name=G; securityEnabled=true");
    stage.members("AA", "+A1");
    let rows = complete(&stage);
    let group = rows.iter().find(|row| row.object_type == Group).unwrap();
    assert_eq!(group.links, [(a::MEMBER, stage.get("A1").cloud_anchor())]);
}

/// A loaded object has shadow values like its present ones, so its first row changes nothing.
#[test]
fn a_loaded_object_is_not_calculated_anew() {
    let mut stage = Stage::new();
    let id = stage.user(
        "upn=ann@contoso.com; nick=ann; anchor=A1; flag=true; sku=E3; proxy=SMTP:ann@contoso.com,smtp:ann@contoso.onmicrosoft.com; title=Clerk",
    );
    let before = stage.of(id);
    assert_eq!(text(&complete(&stage)[0], a::PROXY_ADDRESSES), "SMTP:ann@contoso.com");
    stage.set("A1", "title=Chief");
    let after = stage.of(id);
    assert_eq!((before.addresses, before.upn), (after.addresses, after.upn));
    stage.set("A1", "proxy=SMTP:new@contoso.com");
    assert_eq!(
        stage.of(id).addresses.join("; "),
        "SMTP:new@contoso.com; smtp:ann@contoso.com; smtp:ann@contoso.onmicrosoft.com"
    );
}

/// ET-070: duplicates of a load are refused, both are named; in one batch and in two.
#[test]
fn et_070_duplicates_are_refused_on_load() {
    for (first, second, property) in [
        ("upn=a@contoso.com", "upn=A@contoso.com", "userPrincipalName"),
        ("upn=a@contoso.com; anchor=A1", "upn=b@contoso.com; anchor=A1", "onPremisesImmutableId"),
        (
            "upn=a@contoso.com; proxy=SMTP:x@contoso.com",
            "upn=b@contoso.com; proxy=smtp:X@contoso.com",
            "proxyAddresses",
        ),
    ] {
        for together in [true, false] {
            let mut stage = Stage::new();
            let batch = [stage.described(User, first), stage.described(User, second)];
            let now = stage.now;
            let mut load = |objects: &[dirsim_tenant::NewTenantObject]| {
                dirsim_tenant::load(&mut stage.tables, &stage.schema, objects, now).unwrap()
            };
            let done = if together {
                load(&batch)
            } else {
                load(&batch[..1]).unwrap();
                load(&batch[1..])
            };
            let refusal = done.unwrap_err();
            assert_eq!(refusal.target.as_deref(), Some(property));
            assert_eq!(refusal.message.matches("User_").count(), 2, "{}", refusal.message);
        }
    }
}

/// References of a load are resolved after the batch.
#[test]
fn a_load_resolves_references_at_its_end() {
    let mut stage = Stage::new();
    let members = stage.schema.intern("members").unwrap();
    let mut group = stage.described(Group, "name=G; securityEnabled=true; flag=true; anchor=AA");
    group.references = vec![(members, vec!["ann@contoso.com".to_owned(), "nobody".to_owned()])];
    let ann = stage.described(User, "upn=ann@contoso.com; flag=true; anchor=A1");
    let now = stage.now;
    dirsim_tenant::load(&mut stage.tables, &stage.schema, &[group, ann], now).unwrap().unwrap();
    assert_eq!(stage.get("AA").member_count, 1);
    stage.lawful();
}

/// ET-033, ET-210: of an object that sync does not own the feed tells the name alone, so that a
/// server that joins it sends everything, and an unchanged account takes it over, too.
#[test]
fn et_033_the_feed_of_a_formerly_synchronized_user() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=bob@contoso.com; title=Clerk");
    let bob = stage.get("A1").id;
    stage.delete("A1");
    stage.edit(dirsim_tenant::TenantEdit::Restore {
        target: bob,
        new_user_principal_name: None,
        auto_reconcile_proxy_conflict: false,
    });
    let rows = complete(&stage);
    assert_eq!(rows.len(), 1, "the server sees the user (ET-172)");
    assert_eq!(
        text(&rows[0], dirsim_model::attribute::well_known::USER_PRINCIPAL_NAME),
        "bob@contoso.com"
    );
    let title = stage.schema.attribute("title").unwrap();
    assert_eq!(text(&rows[0], title), "", "but none of its values");
    stage.set("A1", "title=Clerk");
    assert_eq!(stage.of(bob).sync_enabled, Some(true));
    assert_eq!(text(&complete(&stage)[0], title), "Clerk");
}
