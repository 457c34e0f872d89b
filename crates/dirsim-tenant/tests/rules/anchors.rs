//! Operations on immutableId and the identity set (ET-190 to ET-197).

use dirsim_tenant::TenantEdit;
use dirsim_tenant::TenantType::Group;
use dirsim_tenant::log;

use crate::stage::{Stage, anchor, outcome};

const MASTERED: &str = "400 Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.";

/// ET-191, ET-034: setting it; the takeover comes with the row.
#[test]
fn et_191_setting_the_immutable_id() {
    let mut stage = Stage::new();
    let eva = stage.user("upn=eva@contoso.com");
    let kim = stage.user("upn=kim@contoso.com");
    let group = stage.cloud(Group, "name=G; securityEnabled=true");
    assert_eq!(stage.patch(eva, "anchor=A1"), "ok");
    assert_eq!(stage.of(eva).sync_enabled, None);
    let taken =
        "400 Another object with the same value for property onPremisesImmutableId already exists.";
    assert_eq!(stage.patch(kim, "anchor=A1"), taken);
    assert!(stage.patch(group, "anchor=A2").starts_with("400"));
    assert!(stage.patch(kim, "anchor=emp_1").starts_with("400 Invalid value"));
    // Nothing is reported to sync until a row has met it.
    assert!(
        dirsim_tenant::read::complete(&stage.tables, &stage.schema, None, 9).unwrap().is_empty()
    );
    assert_eq!(outcome(&stage.add("A1", "upn=other@contoso.com")), "Updated Hard");
    assert_eq!(stage.patch(eva, "anchor=A3"), MASTERED);
}

/// ET-192: clearing it, with null and with an empty text.
#[test]
fn et_192_clearing_the_immutable_id() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=bob@contoso.com");
    let bob = stage.get("A1").id;
    assert_eq!(stage.patch(bob, "anchor="), MASTERED);
    stage.delete("A1");
    assert!(stage.patch(bob, "anchor=").starts_with("404"));
    stage.edit(TenantEdit::Restore {
        target: bob,
        new_user_principal_name: None,
        auto_reconcile_proxy_conflict: false,
    });
    assert_eq!(stage.patch(bob, "anchor="), "ok");
    assert_eq!((stage.of(bob).sync_enabled, stage.of(bob).anchor), (Some(false), None));
    // Soft match stamps it again.
    assert_eq!(outcome(&stage.add("A1", "upn=bob@contoso.com")), "Updated SoftUpn");
    assert_eq!(stage.get("A1").id, bob);
    // An empty text clears, with a note (B-14).
    let eva = stage.user("upn=eva@contoso.com; anchor=A2");
    let id = stage.schema.attribute("onPremisesImmutableId").unwrap();
    let changes = vec![(id, vec![dirsim_model::Value::text("")])];
    assert_eq!(stage.edit(TenantEdit::Update { target: eva, changes }), "ok");
    assert_eq!(stage.of(eva).anchor, None);
    let entries = log::entries(&stage.tables, None, 99).unwrap();
    assert!(entries.iter().any(|(_, entry)| entry.activity == "EMPTY-IMMUTABLEID"));
}

/// ET-193: federated users keep an anchor.
#[test]
fn et_193_federated_users_keep_an_anchor() {
    let mut stage = Stage::new();
    let eve = stage.user("upn=eve@fabrikam.com; anchor=A1");
    for change in ["anchor=", "anchor=A2"] {
        assert!(stage.patch(eve, change).starts_with("400 FederatedDomainChangeError"), "{change}");
    }
    assert_eq!(stage.patch(eve, "upn=eve@contoso.onmicrosoft.com"), "ok");
    assert_eq!(stage.patch(eve, "anchor="), "ok");
    // ET-021: a new or moved user in a federated domain needs one.
    assert!(stage.patch(eve, "upn=eve@fabrikam.com").starts_with("400 FederatedDomainChangeError"));
    let new = stage.described(dirsim_tenant::TenantType::User, "upn=new@fabrikam.com");
    assert!(stage.edit(TenantEdit::Create(Box::new(new))).contains("FederatedUser.SourceAnchor"));
}

/// ET-197, ET-211: the identity set by flag.
#[test]
fn et_197_the_identity_set() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com; sam=ann");
    let ann = stage.get("A1").id;
    assert_eq!(stage.patch(ann, "sam="), MASTERED);
    stage.delete("A1");
    stage.edit(TenantEdit::Restore {
        target: ann,
        new_user_principal_name: None,
        auto_reconcile_proxy_conflict: false,
    });
    assert_eq!(stage.patch(ann, "title=x"), "ok");
    assert_eq!(stage.patch(ann, "sam="), MASTERED);
    let native = stage.user("upn=n@contoso.com; sam=n");
    assert_eq!(stage.patch(native, "sam="), "ok");
    assert!(stage.patch(native, "sid=S-1111").starts_with("400 Invalid value"));
    assert_eq!(stage.patch(native, "sid=S-1-5-21-1-2-3-4"), "ok");
    assert_eq!(
        stage.patch(native, "flag=true"),
        "400 Property 'onPremisesSyncEnabled' is read-only and cannot be set."
    );
}

/// ET-141: a suffix that is not verified is refused to an administrator.
#[test]
fn et_141_domain_not_verified() {
    let mut stage = Stage::new();
    let eva = stage.user("upn=eva@contoso.com");
    assert_eq!(
        stage.patch(eva, "upn=eva@contoso.local"),
        "400 The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization."
    );
    stage.user("upn=kim@contoso.com; proxy=SMTP:kim@contoso.com");
    let taken = "400 Another object with the same value for property";
    assert!(stage.patch(eva, "upn=KIM@contoso.com").starts_with(taken));
    assert!(stage.patch(eva, "proxy=smtp:kim@contoso.com").starts_with(taken));
    assert_eq!(stage.patch(eva, "mail=eva.k@contoso.com"), "ok");
    assert_eq!(stage.of(eva).primary_smtp(), Some("SMTP:eva.k@contoso.com"));
}

/// ET-194: a bulk hard match is line by line, without roll-back.
#[test]
fn et_194_lines_are_independent() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=jane.doe@contoso.com");
    let jane = stage.get("A1").id;
    let john = stage.user("upn=john@contoso.com");
    let results = [stage.patch(jane, "anchor=A2"), stage.patch(john, "anchor=A3")];
    assert_eq!(results, [MASTERED, "ok"]);
    assert_eq!(stage.of(john).anchor, Some(anchor("A3")));
}
