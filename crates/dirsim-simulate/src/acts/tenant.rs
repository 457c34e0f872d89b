//! Rarer edits of the tenant: what lies in the recycle bin, groups, every feature, lost deletes.

use dirsim_model::time::DAY_MS;
use dirsim_model::{Dice, Guid, SourceAnchor, Value};
use dirsim_store::rows;
use dirsim_tenant::{
    NewTenantObject, State, TenantEdit, TenantObject, TenantOption, TenantType, catalogue,
};
use dirsim_world::{Input, World};

use super::pick;
use crate::start::{Kind, USERS, attribute, guid, one_of};

/// Returns edits that only wide worlds meet.
pub(super) fn edit(world: &World, dice: &mut Dice) -> Vec<Input> {
    let schema = world.schema();
    let all =
        rows::after::<TenantObject>(world.tables(), None, usize::MAX).expect("tenant objects");
    let ids = |wanted: &dyn Fn(&TenantObject) -> bool| -> Vec<Guid> {
        all.iter().filter(|(_, object)| wanted(object)).map(|(_, object)| object.id).collect()
    };
    let deleted = ids(&|object| matches!(object.state, State::Deleted(_)));
    let users = ids(&|object| object.is_active() && object.kind == TenantType::User);
    let groups = ids(&|object| object.is_active() && object.kind == TenantType::Group);
    let choose = |list: &[Guid], dice: &mut Dice| pick(list, dice).copied().unwrap_or(Guid::NIL);
    let user = choose(&users, dice);
    let edits = match dice.below(24) {
        0..=3 => vec![TenantEdit::Restore {
            target: choose(&deleted, dice),
            new_user_principal_name: (dice.below(4) == 0)
                .then(|| format!("back{}@contoso.com", dice.below(5))),
            auto_reconcile_proxy_conflict: dice.below(2) == 0,
        }],
        4 => vec![TenantEdit::Purge { target: choose(&deleted, dice) }],
        // A hard deletion of somebody who is alive (FM-53).
        5 | 6 => vec![TenantEdit::Delete { target: user }, TenantEdit::Purge { target: user }],
        // Deleted and brought back before anybody notices (FM-56).
        7 => vec![
            TenantEdit::Delete { target: user },
            TenantEdit::Restore {
                target: user,
                new_user_principal_name: None,
                auto_reconcile_proxy_conflict: true,
            },
        ],
        8 | 9 => {
            let names = ["u1f0", "u2f0", "u3f1", "cloud1", "renamed"];
            let domains = ["contoso.com", "fabrikam.com", "contoso.onmicrosoft.com"];
            let upn = format!("{}@{}", one_of(&names, dice.next()), one_of(&domains, dice.next()));
            let change = (attribute(schema, "userPrincipalName"), vec![Value::text(upn)]);
            vec![TenantEdit::Update { target: user, changes: vec![change] }]
        }
        10 | 11 => {
            let feature = pick(&catalogue::catalogue().features, dice).expect("features");
            let name = feature.name.clone();
            vec![TenantEdit::SetFeature { name, enabled: dice.below(3) != 0 }]
        }
        12 => vec![new_group(world, dice)],
        13 | 14 => vec![TenantEdit::SetMember {
            group: choose(&groups, dice),
            member: if dice.below(3) == 0 { choose(&groups, dice) } else { user },
            present: dice.below(3) != 0,
        }],
        15 => vec![TenantEdit::Delete { target: choose(&groups, dice) }],
        16 => vec![TenantEdit::SetReference {
            from: user,
            attribute: attribute(schema, "manager"),
            to: choose(&users, dice),
            present: dice.below(3) != 0,
        }],
        17 => vec![TenantEdit::SetCloudManaged {
            target: if dice.below(2) == 0 { user } else { choose(&groups, dice) },
            managed: dice.below(3) != 0,
        }],
        18 => vec![TenantEdit::SetOption(TenantOption::LoseDelete(SourceAnchor::from_guid(guid(
            Kind::User,
            0,
            dice.below(USERS),
        ))))],
        19 => {
            let delays = [0, 0, 5 * 60_000, DAY_MS];
            vec![TenantEdit::SetOption(TenantOption::CalculationDelay(one_of(
                &delays,
                dice.next(),
            )))]
        }
        20 => vec![TenantEdit::ServiceError {
            target: user,
            instance: "exchange/TEST-1".to_owned(),
            resolved: dice.below(2) == 0,
        }],
        21 => {
            let mobile = vec![Value::text(format!("+47 {}", dice.below(9)))];
            let change = (attribute(schema, "mobilePhone"), mobile);
            vec![TenantEdit::Update { target: user, changes: vec![change] }]
        }
        // The two duplicates of one person that Health puts together (ET-086).
        22 => vec![TenantEdit::ApplyFix { existing: user, duplicate: choose(&users, dice) }],
        _ => {
            // Synchronization is turned off for the whole tenant, and soon on again (ET-202).
            vec![
                TenantEdit::SetDirSyncEnabled { enabled: false },
                TenantEdit::SetDirSyncEnabled { enabled: true },
            ]
        }
    };
    edits.into_iter().map(Input::Tenant).collect()
}

/// Makes a cloud group; its name may be that of a group of a forest.
fn new_group(world: &World, dice: &mut Dice) -> TenantEdit {
    let schema = world.schema();
    let name = format!("g{}f0", dice.below(5));
    let put = |property: &str, values: Vec<Value>| (attribute(schema, property), values);
    TenantEdit::Create(Box::new(NewTenantObject {
        kind: TenantType::Group,
        id: None,
        attributes: vec![
            put("displayName", vec![Value::text(name.as_str())]),
            put("mailNickname", vec![Value::text(name.as_str())]),
            put("securityEnabled", vec![Value::Boolean(true)]),
        ],
        roles: Vec::new(),
        eligible_roles: Vec::new(),
        references: Vec::new(),
        deleted: None,
    }))
}
