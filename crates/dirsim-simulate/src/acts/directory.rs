//! Rarer edits of a forest: whole containers, groups, restores of what lies in the recycle bin.

use dirsim_forest::{AttributeEdit, EditOperation, ForestEdit, ForestObject};
use dirsim_model::{Dice, Guid, Value};
use dirsim_store::rows;
use dirsim_world::World;

use super::{forest_edit, forests, pick};
use crate::start::{self, FORESTS, Kind, Plan, USERS, attribute, guid, one_of, place};

/// Returns an edit of any sort.
pub(super) fn any(world: &World, plan: Plan, dice: &mut Dice) -> ForestEdit {
    if dice.below(3) == 0 { edit(world, plan, dice) } else { forest_edit(world, plan, dice) }
}

/// Returns an edit that only wide worlds meet.
pub(super) fn edit(world: &World, plan: Plan, dice: &mut Dice) -> ForestEdit {
    let schema = world.schema();
    let forest = usize::try_from(dice.below(forests(world.tables()) as u64)).unwrap_or(0);
    let user = guid(Kind::User, forest, dice.below(USERS));
    let group = guid(Kind::Group, forest, dice.below(3));
    let change = |target: Guid, name: &str, operation: EditOperation, values: Vec<Value>| {
        let attribute = attribute(schema, name);
        ForestEdit::Modify { target, changes: vec![AttributeEdit { attribute, operation, values }] }
    };
    let set = |target, name: &str, values| change(target, name, EditOperation::Replace, values);
    let reference = |guid: Guid| vec![Value::text(guid.to_string())];
    match dice.below(20) {
        0..=4 => restore(world, forest, dice),
        // Groups in groups, and groups of groups.
        5 | 6 => {
            let member = guid(Kind::Group, forest, dice.below(3));
            change(group, "member", EditOperation::Add, reference(member))
        }
        7 => change(group, "member", EditOperation::Replace, Vec::new()),
        8 => {
            let members = (0..=dice.below(4))
                .map(|_| guid(Kind::User, forest, dice.below(USERS)))
                .map(|guid| Value::text(guid.to_string()));
            change(group, "member", EditOperation::Replace, members.collect())
        }
        9 => set(group, "managedBy", reference(user)),
        // Global, domain local, universal; security and distribution (SE-046).
        10 => {
            let kinds = [-2_147_483_646, -2_147_483_644, -2_147_483_640, 2, 8];
            set(group, "groupType", vec![Value::Integer(one_of(&kinds, dice.next()))])
        }
        // A prefix that the default rules filter by.
        11 => {
            let text = format!("User_{}", dice.below(3));
            let values = if dice.below(2) == 0 { Vec::new() } else { vec![Value::text(text)] };
            set(user, "adminDescription", values)
        }
        12 => {
            let container = guid(Kind::Ou, forest, 1 + dice.below(2));
            ForestEdit::Delete { target: container, recursive: true }
        }
        13 => {
            let container = guid(Kind::Ou, forest, 1 + dice.below(2));
            let parent = place(forest, 3 * dice.below(2)).parse().expect("a name");
            ForestEdit::Move { target: container, parent }
        }
        14 => set(user, "msExchRecipientTypeDetails", {
            let kinds = [1, 2, 4, 2_147_483_648];
            vec![Value::Integer(one_of(&kinds, dice.next()))]
        }),
        15 => ForestEdit::UpnSuffixes {
            forest: one_of(&FORESTS, forest as u64).to_owned(),
            add: vec!["fabrikam.com".to_owned()],
            remove: Vec::new(),
        },
        16 => ForestEdit::EnableRecycleBin { forest: one_of(&FORESTS, forest as u64).to_owned() },
        17 => set(user, "extensionAttribute1", vec![Value::text(format!("E{}", dice.below(3)))]),
        18 => set(user, "mobile", vec![Value::text(format!("+47 {}", dice.below(3)))]),
        _ => {
            let mut new = start::user(schema, forest, USERS + dice.below(3), plan, dice);
            new.guid = None;
            new.sid = None;
            ForestEdit::Create(Box::new(new))
        }
    }
}

/// Brings back something that was deleted, mostly to where it was (SE-062, SE-063).
fn restore(world: &World, forest: usize, dice: &mut Dice) -> ForestEdit {
    let all = rows::after::<ForestObject>(world.tables(), None, usize::MAX).expect("objects");
    let deleted: Vec<Guid> = all
        .into_iter()
        .filter(|(_, object)| object.deleted.is_some())
        .map(|(_, object)| object.guid)
        .collect();
    let target = pick(&deleted, dice)
        .copied()
        .unwrap_or_else(|| guid(Kind::User, forest, dice.below(USERS)));
    let elsewhere = dice.below(4) == 0;
    ForestEdit::Restore {
        target,
        parent: elsewhere.then(|| place(forest, dice.next()).parse().expect("a name")),
        name: (dice.below(6) == 0).then(|| format!("Back {}", dice.below(5))),
    }
}
