//! Laws on random histories: rows, edits and time in any order.

use dirsim_tenant::TenantType::{Contact, Group, User};
use dirsim_tenant::{Operation, TenantEdit, TenantType, lookup};
use proptest::prelude::*;

use crate::stage::Stage;

/// One thing that happens; names come from small sets so that they collide.
#[derive(Debug, Clone)]
enum Act {
    Row(u8, u8, u8, u8, u8, u8),
    Delete(u8),
    AdminDelete(u8),
    Restore(u8, bool),
    Purge(u8),
    License(u8, bool),
    Patch(u8, u8),
    Feature(u8, bool),
    Domain(bool),
    Cloud(u8, u8),
    Member(u8, u8, bool),
    Authority(u8, bool),
    Hours(u16),
}

fn act() -> impl Strategy<Value = Act> {
    let n = || 0u8..6;
    prop_oneof![
        6 => (0u8..4, n(), n(), n(), n(), n()).prop_map(|(k, a, u, p, s, sid)| Act::Row(k, a, u, p, s, sid)),
        2 => n().prop_map(Act::Delete),
        1 => n().prop_map(Act::AdminDelete),
        1 => (n(), any::<bool>()).prop_map(|(a, b)| Act::Restore(a, b)),
        1 => n().prop_map(Act::Purge),
        1 => (n(), any::<bool>()).prop_map(|(a, b)| Act::License(a, b)),
        1 => (n(), n()).prop_map(|(a, b)| Act::Patch(a, b)),
        1 => (0u8..4, any::<bool>()).prop_map(|(a, b)| Act::Feature(a, b)),
        1 => any::<bool>().prop_map(Act::Domain),
        2 => (n(), n()).prop_map(|(a, b)| Act::Cloud(a, b)),
        1 => (n(), n(), any::<bool>()).prop_map(|(a, b, c)| Act::Member(a, b, c)),
        1 => (n(), any::<bool>()).prop_map(|(a, b)| Act::Authority(a, b)),
        2 => (0u16..400).prop_map(Act::Hours),
    ]
}

/// The suffix of a name: verified, federated, unverified or initial.
fn upn(n: u8) -> String {
    let suffix = [
        "contoso.com",
        "contoso.com",
        "contoso.local",
        "contoso.onmicrosoft.com",
        "extra.example",
        "fabrikam.com",
    ];
    format!("n{}@{}", n % 3, suffix[usize::from(n)])
}

fn perform(stage: &mut Stage, act: &Act) {
    let target = |stage: &Stage, n: u8| {
        lookup::by_anchor(&stage.tables, &crate::stage::anchor(&format!("A{n}")))
            .unwrap()
            .map(|number| lookup::object(&stage.tables, number).unwrap().unwrap().id)
    };
    match act {
        Act::Row(kind, key, name, primary, secondary, sid) => {
            let kind = [User, User, Group, Contact][usize::from(*kind)];
            let names = if kind == User { format!("upn={};", upn(*name)) } else { String::new() };
            let text = format!(
                "{names} name=N{name}; proxy=SMTP:p{primary}@contoso.com,smtp:p{secondary}@extra.example,smtp:n{secondary}@contoso.com; sid=S{sid}"
            );
            let operation = if sid % 2 == 0 { Operation::Add } else { Operation::Set };
            let row = stage.row(operation, kind, &format!("A{key}"), &text);
            stage.send(&row);
        }
        Act::Delete(key) => {
            let kind = target(stage, *key).map_or(User, |id| stage.of(id).kind);
            let row = stage.row(Operation::Delete, kind, &format!("A{key}"), "");
            stage.send(&row);
        }
        Act::Feature(n, on) => {
            let name = [
                "blockSoftMatch",
                "blockCloudObjectTakeoverThroughHardMatch",
                "synchronizeUpnForManagedUsers",
                "quarantineUponUpnConflict",
            ][usize::from(*n)];
            stage.feature(name, *on);
        }
        Act::Domain(verified) => {
            stage.edit(TenantEdit::SetDomain {
                name: "extra.example".to_owned(),
                verified: Some(*verified),
                federated: false,
            });
        }
        Act::Cloud(name, primary) => {
            let text = format!("upn={}; proxy=SMTP:p{primary}@contoso.com", upn(*name));
            let new = stage.described(TenantType::User, &text);
            stage.edit(TenantEdit::Create(Box::new(new)));
        }
        Act::Hours(hours) => {
            let until = stage.now + i64::from(*hours) * 3_600_000 / 4;
            stage.run_to(until);
        }
        Act::AdminDelete(key)
        | Act::Restore(key, _)
        | Act::Purge(key)
        | Act::License(key, _)
        | Act::Patch(key, _)
        | Act::Authority(key, _) => {
            let Some(target) = target(stage, *key) else { return };
            let edit = match act {
                Act::AdminDelete(_) => TenantEdit::Delete { target },
                Act::Restore(_, reconcile) => TenantEdit::Restore {
                    target,
                    new_user_principal_name: reconcile.then(|| format!("r{key}@contoso.com")),
                    auto_reconcile_proxy_conflict: *reconcile,
                },
                Act::Purge(_) => TenantEdit::Purge { target },
                Act::License(_, assigned) => {
                    TenantEdit::SetLicense { target, sku: "E3".to_owned(), assigned: *assigned }
                }
                Act::Authority(_, managed) => {
                    TenantEdit::SetCloudManaged { target, managed: *managed }
                }
                _ => {
                    let Act::Patch(_, name) = act else { return };
                    stage.patch(target, &format!("upn={}", upn(*name)));
                    stage.patch(target, &format!("proxy=SMTP:p{name}@contoso.com"));
                    stage.patch(target, "anchor=");
                    return;
                }
            };
            stage.edit(edit);
        }
        Act::Member(group, member, present) => {
            let sign = if *present { '+' } else { '-' };
            stage.members(&format!("A{group}"), &format!("{sign}A{member}"));
            dirsim_tenant::finish_export(&mut stage.tables, &stage.schema, stage.now).unwrap();
        }
    }
    stage.lawful();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// ET-070, ET-081, ET-173: uniqueness, quarantine, indexes and the recycle bin hold after every
    /// act; and the same history gives the same tenant.
    #[test]
    fn the_laws_hold_after_every_act(
        acts in proptest::collection::vec(act(), 1..60),
        resilient in any::<bool>(),
    ) {
        let preset = if resilient { "new-tenant" } else { "seed-sample" };
        let run = || {
            let mut stage = Stage::with(preset, None, &[]);
            for act in &acts {
                perform(&mut stage, act);
            }
            lookup::objects_after(&stage.tables, None, usize::MAX).unwrap()
        };
        prop_assert_eq!(run(), run());
    }
}
