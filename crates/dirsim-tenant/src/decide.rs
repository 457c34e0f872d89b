//! The decision for one export row: appendix A of the specification, step by step.
//!
//! [`process`] plans; nothing is written until `apply` carries the decision out. Numbers in
//! the margin are the steps of the appendix, rules are named in each check.

use dirsim_model::attribute::well_known as a;
use dirsim_model::{Guid, SourceAnchor};

use crate::answer::{AppliedAs, MatchKind};
use crate::calculate::{
    UpnLoss, Wanted, WantedUpn, collisions, finish, match_primary, wanted_addresses, wanted_upn,
};
use crate::checks::{
    collisions_can_be_quarantined, group_pair_failed_before, is_sync_account,
    no_anchored_user_has_the_primary, no_cross_type_collision, no_orphan_holds_an_address,
    not_found, note_losses, object_identifier_is_free_to_change, object_is_small_enough,
    quota_has_room, roles_of, same_device, same_type, sid_is_unique, sip_is_unique,
    synchronization_is_on, takeover_is_not_blocked, target_is_not_privileged, upn_may_change,
    window_has_room,
};
use crate::features::Feature;
use crate::merge::{How, merge};
use crate::object::{State, TenantObject, bare};
use crate::planner::{Decided, Facts, Numbered, Planner};
use crate::references::{self, ReferencePlan};
use crate::row::{ExportRow, Operation, TenantType};
use crate::{lookup, validate};

/// What is to be done with a row.
#[derive(Debug)]
pub(crate) enum Decision {
    /// Nothing is written.
    Nothing(AppliedAs),
    /// A new object.
    Create(Box<Write>),
    /// A present object changes, or comes back from the recycle bin.
    Update(Box<Write>),
    /// A user goes to the recycle bin.
    SoftDelete(Box<Numbered>),
    /// An object goes for good.
    HardDelete(Box<Numbered>),
}

/// An object to write.
#[derive(Debug)]
pub(crate) struct Write {
    /// The object as it is stored; `None` for a new one.
    pub(crate) before: Option<Numbered>,
    /// The object to store.
    pub(crate) after: TenantObject,
    /// The references of the row.
    pub(crate) references: ReferencePlan,
    /// How the answer calls it.
    pub(crate) applied: AppliedAs,
}

/// Decides what becomes of a row.
pub(crate) fn process(planner: &mut Planner<'_>, row: &ExportRow) -> Decided<Decision> {
    synchronization_is_on(planner)?; //                                                       [202]
    window_has_room(planner)?; //                                                             [167]
    let target = locate(planner, row)?; //                                               [017, 031]
    planner.object = target.as_ref().map(|(_, object)| object.cloud_anchor());
    match row.operation {
        Operation::Delete => delete(planner, row, target),
        Operation::Set if !row.complete && target.is_none() => Err(not_found(planner, row)), // [141]
        Operation::Add | Operation::Set => upsert(planner, row, target),
    }
}

/// Finds the object that the row names by its cloud anchor, else by its source anchor.
fn locate(planner: &mut Planner<'_>, row: &ExportRow) -> Decided<Option<Numbered>> {
    if let Some(cloud) = row.cloud_anchor
        && let Some(found) = planner.active(cloud.id)?
    {
        if let (Some(stored), Some(asked)) = (&found.1.anchor, &row.source_anchor)
            && stored != asked
        {
            let reason = format!("its source anchor {stored} cannot be replaced by {asked}");
            let facts = Facts { conflict: Some(&found.1), reason, ..Facts::default() };
            return Err(planner.refuse("InvalidHardMatch", "ET-017", facts)); //          [017]
        }
        if let (None, Some(asked)) = (&found.1.anchor, &row.source_anchor) {
            let others = planner.holders_of(asked)?;
            let now = planner.now;
            let other = others.into_iter().find(|(number, held)| {
                *number != found.0 && (held.is_active() || held.is_restorable(now))
            });
            if let Some((_, held)) = other {
                let reason = format!("source anchor {asked} is held by {}", held.describe());
                let facts = Facts { conflict: Some(&held), reason, ..Facts::default() };
                return Err(planner.refuse("InvalidHardMatch", "ET-070", facts)); //       [070]
            }
        }
        planner.check("ET-015", format!("the cloud anchor names {}", found.1.describe()));
        return Ok(Some(found));
    }
    if row.cloud_anchor.is_some() && row.operation == Operation::Delete {
        // A delete means the object it names and nobody who took its anchor over since.
        planner.check("ET-015", "the object that the cloud anchor names is not active");
        return Ok(None);
    }
    let Some(anchor) = &row.source_anchor else { return Ok(None) };
    let mut holders = planner.holders_of(anchor)?;
    holders.sort_by_key(|(_, object)| !object.is_active());
    let holder = holders.into_iter().find(|(_, o)| o.is_active() || o.is_restorable(planner.now)); // [173]
    match &holder {
        Some((_, object)) => {
            planner.check("ET-031", format!("anchor {anchor} is held by {}", object.describe()));
        }
        None => planner.check("ET-031", format!("nobody holds anchor {anchor}")),
    }
    Ok(holder)
}

fn upsert(
    planner: &mut Planner<'_>,
    row: &ExportRow,
    target: Option<Numbered>,
) -> Decided<Decision> {
    // 1
    validate::row(planner, row)?; //                                              [016, 160-165]
    let in_bin = target.as_ref().is_some_and(|(_, object)| !object.is_active());
    if in_bin && row.operation == Operation::Set && !row.complete {
        return Err(not_found(planner, row)); //                                          [141]
    }
    // 2
    if let Some(target) = target {
        same_type(planner, row, &target.1)?; // 2a                                       [037]
        if target.1.cloud_managed {
            // 2b                                                                        [208]
            planner.check("ET-208", "the object is managed in the cloud, the row is ignored");
            planner.matched = MatchKind::Anchor;
            return Ok(Decision::Nothing(AppliedAs::Ignored));
        }
        object_identifier_is_free_to_change(planner, row, &target.1)?; // 2c             [051]
        if target.1.is_active() && target.1.is_synced() {
            planner.check("ET-030", "it is synchronized already: an update, nothing is matched");
            return apply_to(planner, row, target, MatchKind::Anchor); // 2d              [032]
        }
        if target.1.rollback_pending {
            planner.check("ET-210", "the source of authority was handed back"); // 2e    [210]
        } else {
            takeover_is_not_blocked(planner, &target.1)?; // 2f                          [045]
        }
        target_is_not_privileged(planner, &target)?; // 2g                               [050]
        return apply_to(planner, row, target, MatchKind::Hard); // 2h                [033-035]
    }
    let Some(anchor) = row.source_anchor.clone() else {
        let reason = "a new object needs a source anchor".to_owned();
        let facts = Facts { attribute: Some("SourceAnchor"), reason, ..Facts::default() };
        return Err(planner.refuse("DataValidationFailed", "ET-016", facts));
    };
    // 3
    if let Some(device) = same_device(planner, row, &anchor)? {
        return apply_to(planner, row, device, MatchKind::SoftDevice); //                 [048]
    }
    // 4
    let (draft, wanted) = draft(planner, row, &anchor)?;
    let blocked = match soft_match(planner, row, &draft, &wanted)? {
        Soft::Matched(target, kind) => return apply_to(planner, row, *target, kind), //   [038-041]
        Soft::Blocked(held) => Some(held),
        Soft::None => None,
    };
    // 5
    create(planner, row, draft, wanted, blocked.as_deref())
}

/// Step 5: checks and plans a new object.
fn create(
    planner: &mut Planner<'_>,
    row: &ExportRow,
    mut object: TenantObject,
    wanted: Wanted,
    blocked: Option<&Blocked>,
) -> Decided<Decision> {
    let found = collisions(planner, &wanted, None)?;
    sid_is_unique(planner, &object, None)?; // 5a                                        [052]
    sip_is_unique(planner, &found)?; // 5b                                               [079]
    no_cross_type_collision(planner, row, &found, blocked)?; // 5c                       [044]
    no_orphan_holds_an_address(planner, row, &wanted)?; // 5d                            [176]
    no_anchored_user_has_the_primary(planner, row, blocked)?; // 5e                      [042]
    group_pair_failed_before(planner, row, &found)?; // 5f                               [079]
    quota_has_room(planner)?; // 5g                                                      [166]
    collisions_can_be_quarantined(planner, &found, blocked)?; // 5h                 [072, 073]
    if let Some(blocked) = blocked.filter(|blocked| blocked.by_role && !found.is_empty()) {
        let text = format!("conflicts with {}, which holds a role", blocked.holder.1.describe());
        planner.note("EXISTING-ADMIN-ROLE-CONFLICT", "ET-043", text);
    }
    // 5i
    object.id = planner.dice.guid();
    stamp(planner, &mut object, row);
    planner.object = Some(object.cloud_anchor());
    planner.check("ET-055", "a new object is created");
    // 7
    finish(planner, None, &mut object, wanted, &found, UpnLoss::Placeholder)?; //   [075, 091-115]
    object_is_small_enough(planner, &object)?; //                                        [165]
    let references = references::plan(planner, row, None, &object)?; //             [222, 223]
    let applied = AppliedAs::Created;
    Ok(Decision::Create(Box::new(Write { before: None, after: object, references, applied })))
}

/// Step 6: checks and plans the change of an object that was found.
fn apply_to(
    planner: &mut Planner<'_>,
    row: &ExportRow,
    target: Numbered,
    kind: MatchKind,
) -> Decided<Decision> {
    planner.matched = kind;
    planner.object = Some(target.1.cloud_anchor());
    let (number, before) = (target.0, &target.1);
    let restore = !before.is_active();
    let how = if kind == MatchKind::Anchor { How::Update } else { How::Takeover };
    let mut object = before.clone();
    object.state = State::Active;
    if restore {
        planner.check("ET-035", "it comes back from the recycle bin");
    }
    if how == How::Takeover {
        planner.check("ET-060", format!("{} is taken over", before.describe()));
        // The calculation treats the values of the row as those of a synchronized object.
        object.sync_enabled = Some(true);
    }
    let touched = merge(planner, row, &mut object, how)?; //                             [061]
    if object.sid != before.sid || how == How::Takeover {
        sid_is_unique(planner, &object, Some(number))?; // 6a                                [052]
    }
    let mut wanted = Wanted::default();
    if touched.upn && object.kind == TenantType::User {
        let upn = object.shadow.upn.clone().unwrap_or_default();
        let wish = wanted_upn(planner, &upn, object.mail_nickname.as_deref())?;
        // A name that waits in quarantine is asked for again with each row (ET-082); it is a change
        // only when the row brings another one.
        wanted.upn = if object.shadow.upn == before.shadow.upn {
            Some(wish)
        } else {
            upn_may_change(planner, before, wish)? // 6b                           [104-107]
        };
        if wanted.upn.is_none() {
            crate::calculate::drop_conflicts(
                &mut object,
                crate::object::Property::UserPrincipalName,
                |_| false,
            );
        }
    }
    if touched.addresses || restore {
        wanted.addresses = Some(wanted_addresses(planner, &object)?);
    }
    if restore && wanted.upn.is_none() {
        // A restored user needs a UPN even when the row does not change it.       [181]
        wanted.upn = before.upn.as_deref().map(|upn| WantedUpn::Exact(upn.to_owned()));
    }
    let found = collisions(planner, &wanted, Some(number))?;
    sip_is_unique(planner, &found)?; // 6a                                               [079]
    collisions_can_be_quarantined(planner, &found, None)?; // 6c              [073, 074, 181]
    stamp(planner, &mut object, row); // 6d                                        [060-062]
    // 7
    let loss = if restore { UpnLoss::Placeholder } else { UpnLoss::Keep };
    finish(planner, Some(number), &mut object, wanted, &found, loss)?; //           [074, 091-115]
    object_is_small_enough(planner, &object)?; //                                        [165]
    if how == How::Takeover {
        note_losses(planner, before, &object); //                                    [061, 062]
        let changed = planner.overwritten.len();
        let words = match changed {
            1 => "1 attribute of the cloud is overwritten".to_owned(),
            several => format!("{several} attributes of the cloud are overwritten"),
        };
        planner.check("ET-061", words);
    }
    let references = references::plan(planner, row, Some(&target), &object)?; //      [222, 223]
    let applied = if restore { AppliedAs::Restored } else { AppliedAs::Updated };
    Ok(Decision::Update(Box::new(Write {
        before: Some(target),
        after: object,
        references,
        applied,
    })))
}

/// Decides a row that says that an object left scope.
fn delete(
    planner: &mut Planner<'_>,
    row: &ExportRow,
    target: Option<Numbered>,
) -> Decided<Decision> {
    let Some(target) = target.filter(|(_, object)| object.is_active()) else {
        planner.check("ET-171", "there is no active object to delete");
        return Ok(Decision::Nothing(AppliedAs::NoChange)); //                            [171]
    };
    planner.matched = MatchKind::Anchor;
    let lost = |anchor: &SourceAnchor| target.1.anchor.as_ref() == Some(anchor);
    if let Some(at) = planner.options.lost_deletes.iter().position(lost) {
        planner.options.lost_deletes.remove(at);
        planner.check("ET-182", "the deletion is lost on its way; the object stays");
        return Ok(Decision::Nothing(AppliedAs::NoChange));
    }
    same_type(planner, row, &target.1)?; //                                              [037]
    if !target.1.is_synced() {
        let facts = Facts {
            object: Some(&target.1),
            reason: "sync does not own the object".to_owned(),
            ..Facts::default()
        };
        return Err(planner.refuse("DeletingCloudOnlyObjectNotAllowed", "ET-171", facts)); // [171, 208]
    }
    planner.check("ET-171", "sync owns the object");
    if target.1.kind == TenantType::Group && !target.1.licenses.is_empty() {
        let reason = format!("licences {}", target.1.licenses.join(", "));
        let facts = Facts { object: Some(&target.1), reason, ..Facts::default() };
        return Err(planner.refuse("GroupHasAssignedLicense", "ET-226", facts)); //           [226]
    }
    Ok(if target.1.kind == TenantType::User {
        planner.check("ET-170", "the user goes to the recycle bin");
        Decision::SoftDelete(Box::new(target)) //                                        [170]
    } else {
        planner.check("ET-179", "objects of this type have no recycle bin for sync");
        note_what_goes(planner, &target)?;
        Decision::HardDelete(Box::new(target)) //                                   [179, 180]
    })
}

/// Says what is lost with an object that goes for good (ET-179, ET-180).
fn note_what_goes(planner: &mut Planner<'_>, target: &Numbered) -> Decided<()> {
    let (number, object) = target;
    let mut with = Vec::new();
    let memberships = lookup::linked_from(planner.tables, *number, Some(a::MEMBER))?.len();
    for (count, what) in [
        (object.member_count as usize, "members"),
        (memberships, "memberships"),
        (object.licenses.len(), "licences"),
    ] {
        if count > 0 {
            with.push(format!("{count} {what}"));
        }
    }
    let with = if with.is_empty() { String::new() } else { format!(", with {}", with.join(", ")) };
    let rule = if object.kind == TenantType::Group { "ET-179" } else { "ET-180" };
    planner.note("IRREVERSIBLE", rule, format!("{} is deleted for good{with}", object.describe()));
    Ok(())
}

/// What soft matching found.
enum Soft {
    /// An object to take over.
    Matched(Box<Numbered>, MatchKind),
    /// An object that may not be taken over.
    Blocked(Box<Blocked>),
    /// Nothing.
    None,
}

/// The object that soft matching hit and may not have.
pub(crate) struct Blocked {
    /// The object.
    pub(crate) holder: Numbered,
    /// Whether the hit was on the primary address, not on the UPN.
    pub(crate) by_address: bool,
    /// Whether a directory role is the obstacle (ET-047).
    pub(crate) by_role: bool,
    /// Why.
    pub(crate) why: String,
}

/// Step 4: primary SMTP address first, then UPN.
fn soft_match(
    planner: &mut Planner<'_>,
    row: &ExportRow,
    draft: &TenantObject,
    wanted: &Wanted,
) -> Decided<Soft> {
    if row.object_type == TenantType::Device
        || (row.object_type == TenantType::Group && !draft.mail_enabled)
    {
        planner.check("ET-053", "objects of this kind are not soft matched");
        return Ok(Soft::None);
    }
    if let Some(primary) = match_primary(draft).as_deref() {
        let owner = planner.owner_of_address(primary, None)?.filter(|(_, held)| {
            held.primary_smtp().is_some_and(|p| p.eq_ignore_ascii_case(primary))
        });
        if let Some(holder) = owner {
            let fact = format!("primary SMTP {} belongs to {}", bare(primary), holder.1.describe());
            planner.check("ET-039", format!("soft match: {fact}"));
            return Ok(match obstacle(planner, row, &holder)? {
                None => Soft::Matched(Box::new(holder), MatchKind::SoftSmtp),
                Some((why, by_role)) => {
                    // The UPN step is skipped (ET-041).
                    Soft::Blocked(Box::new(Blocked { holder, by_address: true, by_role, why }))
                }
            });
        }
        planner.check("ET-039", format!("soft match: nobody has primary SMTP {}", bare(primary)));
    }
    if row.object_type != TenantType::User {
        return Ok(Soft::None);
    }
    if !planner.has(Feature::SoftMatchOnUpn) {
        planner.check("ET-040", "soft match on UPN is off");
        return Ok(Soft::None);
    }
    let Some(upn) = &wanted.upn else { return Ok(Soft::None) };
    let Some(holder) = planner.owner_of_upn(upn.as_str(), None)? else {
        planner.check("ET-040", format!("soft match: nobody has UPN {}", upn.as_str()));
        return Ok(Soft::None);
    };
    let fact = format!("UPN {} belongs to {}", upn.as_str(), holder.1.describe());
    planner.check("ET-040", format!("soft match: {fact}"));
    Ok(match obstacle(planner, row, &holder)? {
        None => Soft::Matched(Box::new(holder), MatchKind::SoftUpn),
        Some((why, by_role)) => {
            Soft::Blocked(Box::new(Blocked { holder, by_address: false, by_role, why }))
        }
    })
}

/// Says why a candidate may not be soft matched, and whether a directory role is the reason
/// (ET-038, ET-046, ET-047, ET-056).
fn obstacle(
    planner: &mut Planner<'_>,
    row: &ExportRow,
    candidate: &Numbered,
) -> Decided<Option<(String, bool)>> {
    let held = &candidate.1;
    let roles = roles_of(planner, candidate, false)?;
    let (rule, why) = if held.kind != row.object_type {
        ("ET-044", format!("it is a {}", held.kind.name()))
    } else if let Some(anchor) = &held.anchor {
        ("ET-038", format!("it has another immutableId, {anchor}"))
    } else if held.is_synced() {
        ("ET-038", "it is synchronized already".to_owned())
    } else if held.cloud_managed {
        ("ET-038", "it is managed in the cloud".to_owned())
    } else if held.is_unified_or_dynamic() {
        ("ET-038", format!("it is a group of the kind {}", held.group_types.join(", ")))
    } else if held.guest {
        ("ET-056", "it is a guest".to_owned())
    } else if is_sync_account(planner, held) {
        ("ET-056", "it is the account of the sync service".to_owned())
    } else if !roles.is_empty() {
        ("ET-047", format!("it holds the role {}", roles.join(", ")))
    } else if planner.has(Feature::BlockSoftMatch) {
        ("ET-046", "soft matching is blocked".to_owned())
    } else {
        planner.check("ET-038", "it is eligible for a soft match");
        return Ok(None);
    };
    planner.check(rule, format!("not eligible: {why}"));
    Ok(Some((why, rule == "ET-047")))
}

/// Starts a new object with the values of the row, and what it asks for.
fn draft(
    planner: &mut Planner<'_>,
    row: &ExportRow,
    anchor: &SourceAnchor,
) -> Decided<(TenantObject, Wanted)> {
    let mut object = TenantObject::new(Guid::NIL, row.object_type, planner.now);
    object.anchor = Some(anchor.clone());
    object.sync_enabled = Some(true);
    merge(planner, row, &mut object, How::Create)?;
    let mut wanted = Wanted::default();
    if object.kind == TenantType::Device {
        object.device_id = object.device_id.or_else(|| anchor.decode().ok().map(|d| d.guid));
        return Ok((object, wanted));
    }
    wanted.addresses = Some(wanted_addresses(planner, &object)?);
    if object.kind == TenantType::User {
        let upn = object.shadow.upn.clone().unwrap_or_default();
        wanted.upn = Some(wanted_upn(planner, &upn, object.mail_nickname.as_deref())?);
    }
    Ok((object, wanted))
}

/// Makes the object a synchronized one (ET-060).
fn stamp(planner: &Planner<'_>, object: &mut TenantObject, row: &ExportRow) {
    if object.anchor.is_none() {
        object.anchor.clone_from(&row.source_anchor);
    }
    object.sync_enabled = Some(true);
    object.rollback_pending = false;
    object.last_sync = Some(planner.now);
}
