//! Which cloud object was meant, and which changes could lead to it.

use dirsim_model::attribute::well_known as a;
use dirsim_model::{Guid, Schema, SourceAnchor};
use dirsim_store::{StoreResult, Tables};
use dirsim_sync::images::View;
use dirsim_tenant::features::Feature;
use dirsim_tenant::{Property, TenantObject, TenantType, lookup};

use super::action::{self, Action, Here};
use super::{Goal, Subject};

/// Cloud objects that are looked at for one on-premises object.
const TARGETS_MAX: usize = 3;

/// Returns what could be meant, each with the changes that could lead to it.
pub(super) fn goals(
    tables: &dyn Tables,
    schema: &Schema,
    subject: &Subject,
) -> StoreResult<Vec<Goal>> {
    let forest = subject.forest.guid;
    let mut goals = Vec::new();
    let mut seen = Vec::new();
    for id in meant(tables, subject)? {
        let Some(number) = lookup::by_id(tables, id)? else { continue };
        let Some(target) = lookup::object(tables, number)? else { continue };
        if target.is_gone() || seen.contains(&id) || seen.len() == TARGETS_MAX {
            continue;
        }
        seen.push(id);
        let mine = subject.linked.as_ref().is_some_and(|linked| linked.id == id);
        let words = if mine {
            format!("no error and no quarantine for {}", target.describe())
        } else {
            format!("takeover of {}", target.describe())
        };
        // What was a cloud object before sync took it over is no duplicate; it stays.
        let other = subject.linked.as_ref().is_some_and(|linked| !linked.is_gone());
        if mine || !other || subject.made_by_sync {
            let first = if mine { Vec::new() } else { duplicate(subject) };
            let choices = changes(tables, schema, subject, &target, mine)?;
            goals.push(Goal { forest, target: Some(id), words, first, choices });
        }
        // A user in the recycle bin, or an object of another type, can only give way.
        let gives_way = !target.is_active() || target.kind != kind(subject);
        if gives_way && !mine {
            let words = format!("a cloud object of its own, {} gives way", target.describe());
            let choices = vec![action::remove(&target, "the object in the way", "ET-176")];
            goals.push(Goal { forest, target: None, words, first: Vec::new(), choices });
        }
    }
    if let Some(linked) = &subject.linked
        && !linked.conflicts.is_empty()
        && !seen.contains(&linked.id)
    {
        let words = format!("no quarantine for {}", linked.describe());
        let choices = without_conflicts(tables, subject, linked)?;
        let first = Vec::new();
        goals.push(Goal { forest, target: Some(linked.id), words, first, choices });
    }
    Ok(goals)
}

/// Returns the cloud objects that the object may have been meant for, the most likely one first.
fn meant(tables: &dyn Tables, subject: &Subject) -> StoreResult<Vec<Guid>> {
    let mut found = Vec::new();
    let linked = subject.linked.as_ref();
    if let Some(refusal) = subject.answer.refusal() {
        found.extend(refusal.conflicting);
        if let Some(linked) = linked {
            found.push(linked.id);
        }
    }
    found.extend(linked.into_iter().flat_map(|l| l.conflicts.iter().map(|held| held.owner)));
    found.extend(subject.answer.quarantined.iter().map(|held| held.owner));
    if found.is_empty() {
        lookalikes(tables, subject, &mut found)?;
        found.retain(|id| linked.is_none_or(|linked| linked.id != *id));
    }
    Ok(found)
}

/// Adds active objects of the same type that share an address, or the name in another domain.
fn lookalikes(tables: &dyn Tables, subject: &Subject, found: &mut Vec<Guid>) -> StoreResult<()> {
    let view = subject.cs.view(View::Unapplied);
    let mut numbers = Vec::new();
    let addresses = view.to_vec(a::PROXY_ADDRESSES);
    let mail = view.text(a::MAIL);
    let upn = view.text(a::USER_PRINCIPAL_NAME);
    let texts = addresses.iter().filter_map(|value| value.as_ref().as_text());
    for text in texts.chain(mail.as_deref()).chain(upn.as_deref()) {
        numbers.extend(lookup::by_address(tables, text)?);
        let bare = text.split_once(':').map_or(text, |(_, bare)| bare);
        numbers.extend(lookup::by_upn(tables, bare)?);
    }
    if let Some((prefix, _)) = upn.as_deref().and_then(|upn| upn.split_once('@')) {
        for domain in lookup::domains(tables)?.into_iter().filter(|domain| domain.verified) {
            numbers.extend(lookup::by_upn(tables, &format!("{prefix}@{}", domain.name))?);
        }
    }
    for number in numbers {
        let same = lookup::object(tables, number)?.filter(|object| object.kind == kind(subject));
        found.extend(same.map(|object| object.id));
    }
    Ok(())
}

fn kind(subject: &Subject) -> TenantType {
    match subject.cs.class {
        dirsim_model::schema::class::GROUP => TenantType::Group,
        dirsim_model::schema::class::CONTACT => TenantType::Contact,
        dirsim_model::schema::class::DEVICE => TenantType::Device,
        _ => TenantType::User,
    }
}

/// A second object that sync made has to go before the first can be matched (ET-049).
fn duplicate(subject: &Subject) -> Vec<Action> {
    let linked = subject.linked.as_ref().filter(|linked| !linked.is_gone());
    linked.map(|linked| action::remove(linked, "the duplicate", "ET-049")).into_iter().collect()
}

/// Lists changes that end a quarantine without touching the owner of the value (ET-082): the account
/// gives up a quarantined address, or the wanted name for the one that the cloud user has.
fn without_conflicts(
    tables: &dyn Tables,
    subject: &Subject,
    target: &TenantObject,
) -> StoreResult<Vec<Action>> {
    let here = Here { object: &subject.forest, identity: &subject.identity };
    let initial = format!("@{}", lookup::settings(tables)?.initial_domain);
    let placeholder = target.upn.as_deref().is_some_and(|upn| upn.ends_with(&initial));
    let mut list = Vec::new();
    for held in &target.conflicts {
        match held.property {
            Property::ProxyAddresses => list.extend(here.drop_address(&held.value)),
            Property::UserPrincipalName if !placeholder => list.extend(here.take_upn(target)),
            Property::UserPrincipalName => list.extend(here.free_upn(&held.value)),
        }
    }
    Ok(list)
}

/// Lists the single changes that could lead to a cloud object, those that only clear the way first.
fn changes(
    tables: &dyn Tables,
    schema: &Schema,
    subject: &Subject,
    target: &TenantObject,
    mine: bool,
) -> StoreResult<Vec<Action>> {
    let settings = lookup::settings(tables)?;
    let has = |feature| settings.features.has(feature);
    let here = Here { object: &subject.forest, identity: &subject.identity };
    let anchor = row_anchor(subject);
    let holds_mine = target.anchor == anchor;
    let mut list = Vec::new();
    let conflicting = subject.answer.refusal().is_some_and(|refusal| refusal.rule == "ET-051");
    if conflicting && target.kind == TenantType::User {
        list.extend(action::clear(schema, target, "onPremisesObjectIdentifier", "ET-196"));
        if !has(Feature::AllowObjectIdentifierUpdate) {
            list.push(action::switch(Feature::AllowObjectIdentifierUpdate, true, "ET-051"));
        }
    }
    if mine {
        list.extend(without_conflicts(tables, subject, target)?);
        return Ok(list);
    }
    if has(Feature::BlockHardMatch) && holds_mine {
        list.push(action::switch(Feature::BlockHardMatch, false, "ET-045"));
    }
    if has(Feature::BlockSoftMatch) {
        list.push(action::switch(Feature::BlockSoftMatch, false, "ET-046"));
    }
    if !target.roles.is_empty() || (holds_mine && !target.eligible_roles.is_empty()) {
        let rule = if holds_mine { "ET-050" } else { "ET-047" };
        list.push(action::take_roles(target, holds_mine, rule));
    }
    if !has(Feature::SoftMatchOnUpn) && target.kind == TenantType::User {
        list.push(action::switch(Feature::SoftMatchOnUpn, true, "ET-040"));
    }
    if !target.is_active() {
        list.push(action::restore(target));
    }
    if target.cloud_managed {
        list.push(action::hand_back(target));
    }
    if target.kind == TenantType::User && target.is_active() && !target.is_synced() && !holds_mine {
        if let Some(anchor) = &anchor {
            list.extend(action::stamp(schema, target, anchor));
        }
        if target.anchor.is_some() {
            list.extend(action::clear(schema, target, "onPremisesImmutableId", "ET-192"));
        }
    }
    if !holds_mine {
        list.extend(here.take_anchor(target));
    }
    let view = subject.cs.view(View::Unapplied);
    let same_upn = match (view.text(a::USER_PRINCIPAL_NAME), &target.upn) {
        (Some(mine), Some(theirs)) => mine.eq_ignore_ascii_case(theirs),
        _ => false,
    };
    if !same_upn && target.is_active() {
        list.extend(here.take_upn(target));
    }
    let addresses = view.to_vec(a::PROXY_ADDRESSES);
    let primary = addresses.iter().filter_map(|value| value.as_ref().as_text());
    let same_primary = target.primary_smtp().is_some_and(|theirs| {
        primary.clone().any(|mine| mine.starts_with("SMTP:") && mine.eq_ignore_ascii_case(theirs))
    });
    if !same_primary && target.is_active() {
        list.extend(here.take_primary(target));
    }
    Ok(list)
}

/// Returns the anchor that the rows of the object carry.
fn row_anchor(subject: &Subject) -> Option<SourceAnchor> {
    let sent = subject.cs.view(View::Unapplied).text(a::SOURCE_ANCHOR);
    sent.map(SourceAnchor::new).or_else(|| Some(crate::find::source_anchor(&subject.forest)))
}
