//! Address calculation: mailNickname, final UPN and proxyAddresses from what sync wrote
//! (ET-090 to ET-115).

use dirsim_model::ProxyAddress;
use dirsim_model::address::split_mailbox;
use dirsim_model::attribute::well_known as a;
use dirsim_store::StoreResult;

use crate::answer::Quarantined;
use crate::catalogue::catalogue;
use crate::object::{
    Conflict, Property, TenantObject, bare, domain_of, is_primary, is_sip, is_smtp, prefix_of,
};
use crate::planner::{Numbered, Planner};
use crate::row::TenantType;

/// The values an object asks for, before anybody else's claims are looked at.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// The UPN to have; `None` leaves the present one.
    pub(crate) upn: Option<WantedUpn>,
    /// Addresses after steps 1 to 5 of ET-110, in the order of the row; `None` leaves the present
    /// ones.
    pub(crate) addresses: Option<Vec<String>>,
}

/// A UPN to have (ET-095, ET-096).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WantedUpn {
    /// As sync wrote it.
    Exact(String),
    /// The address at the initial domain stands in for it.
    Moera(String),
}

/// Values that other active objects own.
#[derive(Debug, Default)]
pub(crate) struct Collisions {
    /// The wanted UPN and its owner.
    pub(crate) upn: Option<(String, Numbered)>,
    /// Wanted SMTP addresses and their owners, in the order of the row.
    pub(crate) smtp: Vec<(String, Numbered)>,
    /// Wanted SIP addresses and their owners.
    pub(crate) sip: Vec<(String, Numbered)>,
}

/// What becomes of a UPN that another user owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UpnLoss {
    /// The present UPN stays (ET-074).
    Keep,
    /// A placeholder takes its place (ET-075).
    Placeholder,
}

impl WantedUpn {
    /// Returns the text.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Exact(text) | Self::Moera(text) => text,
        }
    }
}

impl Collisions {
    /// Returns whether nothing collides.
    pub(crate) const fn is_empty(&self) -> bool {
        self.upn.is_none() && self.smtp.is_empty() && self.sip.is_empty()
    }
}

/// Returns the address by which a row is soft matched: its `SMTP:` value as it was sent, or `mail`
/// when there is no SMTP value in any casing (ET-039).
pub(crate) fn match_primary(object: &TenantObject) -> Option<String> {
    let shadow = &object.shadow;
    if shadow.addresses.iter().any(|value| is_smtp(value)) {
        let mut values = shadow.addresses.iter().map(|value| &**value);
        let primary = values.find(|value| is_primary(value) && !is_malformed(bare(value)));
        return primary.map(str::to_owned);
    }
    let fits = |mail: &&str| mail.chars().count() <= catalogue().limits.mail;
    let mail = shadow.mail.as_deref().filter(|mail| !is_malformed(mail)).filter(fits)?;
    Some(format!("SMTP:{mail}"))
}

/// Returns the mailNickname of an object at its first synchronization (ET-097).
pub(crate) fn first_nickname(object: &TenantObject, addresses: &[String]) -> Option<Box<str>> {
    let shadow = &object.shadow;
    let smtp = |primary: bool| {
        addresses
            .iter()
            .find(|value| {
                is_smtp(value) && is_primary(value) == primary && !is_malformed(bare(value))
            })
            .map(|value| prefix_of(bare(value)))
    };
    let nickname = shadow
        .mail_nickname
        .as_deref()
        .or_else(|| smtp(true))
        .or_else(|| shadow.mail.as_deref().map(prefix_of))
        .or_else(|| shadow.upn.as_deref().map(prefix_of))
        .or_else(|| smtp(false))?;
    Some(clean_nickname(nickname))
}

/// Replaces characters that a mailNickname cannot have (ET-160).
pub(crate) fn clean_nickname(nickname: &str) -> Box<str> {
    const FORBIDDEN: &str = "\\!#$%&*+/=?^`{}|~<>()';:,[]\"@ ";
    let cleaned: String =
        nickname
            .chars()
            .map(|c| {
                if FORBIDDEN.contains(c) || !c.is_ascii() || c.is_ascii_control() { '_' } else { c }
            })
            .collect();
    cleaned.trim_matches('.').into()
}

/// Returns the UPN that the tenant would assign for the UPN of a row (ET-095, ET-096).
pub(crate) fn wanted_upn(
    planner: &mut Planner<'_>,
    upn: &str,
    nickname: Option<&str>,
) -> StoreResult<WantedUpn> {
    let silent = upn.chars().any(|c| c == ' ' || c.is_control() || !c.is_ascii());
    if !silent && planner.is_verified(domain_of(upn))? {
        return Ok(WantedUpn::Exact(upn.to_owned()));
    }
    let prefix = nickname.map_or_else(|| clean_nickname(prefix_of(upn)), Into::into);
    let moera = format!("{prefix}@{}", planner.settings.initial_domain);
    planner.check("ET-095", format!("the suffix of {upn} is not usable, so the UPN is {moera}"));
    Ok(WantedUpn::Moera(moera))
}

/// Returns the addresses an object asks for: steps 1 to 5 of ET-110.
pub(crate) fn wanted_addresses(
    planner: &mut Planner<'_>,
    object: &TenantObject,
) -> StoreResult<Vec<String>> {
    let kept = object.shadow.addresses.is_empty() && object.shadow.mail.is_none();
    // What an administrator wrote in the cloud may carry the initial domain; what came from
    // on-premises may not (step 2).
    let from_sync = !kept && object.sync_enabled.is_some();
    let source = if kept { &object.kept_addresses } else { &object.shadow.addresses };
    let mut values: Vec<String> = source.iter().map(ToString::to_string).collect();
    if !values.iter().any(|value| is_smtp(value))
        && let Some(mail) = object.shadow.mail.as_deref()
        && mail.chars().count() <= planner.catalogue.limits.mail
        && split_mailbox(mail).is_some()
        && !mail.contains(char::is_whitespace)
    {
        values.insert(0, format!("SMTP:{mail}"));
    }
    let sanitize = is_recipient(object);
    let (mut wanted, mut has_primary) = (Vec::<String>::with_capacity(values.len()), false);
    for value in values {
        let Some(parsed) = ProxyAddress::parse(&value) else { continue };
        let (smtp, sip) = (parsed.is_smtp(), parsed.is_sip());
        if !(smtp || sip || parsed.protocol.eq_ignore_ascii_case("x500"))
            || ((smtp || sip) && is_malformed(parsed.address))
        {
            continue;
        }
        if smtp {
            let domain = domain_of(parsed.address);
            if (from_sync && is_reserved(domain)) || (sanitize && !planner.is_verified(domain)?) {
                continue;
            }
        }
        if wanted.iter().any(|known| known.eq_ignore_ascii_case(&value)) {
            continue;
        }
        // Only one primary survives; a later one is lowered in row order.
        if parsed.is_primary_smtp() {
            let lowered = has_primary.then(|| format!("smtp:{}", parsed.address));
            has_primary = true;
            wanted.push(lowered.unwrap_or(value));
        } else {
            wanted.push(value);
        }
    }
    Ok(wanted)
}

/// Returns whether on-premises values of this domain are dropped (ET-110 step 2).
pub(crate) fn is_reserved(domain: &str) -> bool {
    let domain = domain.to_ascii_lowercase();
    domain.ends_with(".onmicrosoft.com") || domain.ends_with(".microsoftonline.com")
}

/// Returns whether an SMTP or SIP address cannot be used (ET-110 step 4).
pub(crate) fn is_malformed(address: &str) -> bool {
    split_mailbox(address).is_none()
        || !address.is_ascii()
        || address.contains(|c: char| c.is_whitespace() || "<>();,[]\":".contains(c))
}

/// Returns whether the object is an Exchange Online recipient, by licence, remote recipient type or
/// as a shared resource (ET-112).
pub(crate) fn is_recipient(object: &TenantObject) -> bool {
    object.kind == TenantType::User && (object.has_exchange_license() || object.remote_recipient)
}

/// Finds the owners of wanted values among other active objects.
pub(crate) fn collisions(
    planner: &mut Planner<'_>,
    wanted: &Wanted,
    number: Option<u64>,
) -> StoreResult<Collisions> {
    let mut collisions = Collisions::default();
    // A taken address at the initial domain gets digits instead of a quarantine entry (ET-103).
    if let Some(WantedUpn::Exact(upn)) = &wanted.upn
        && let Some(owner) = planner.owner_of_upn(upn, number)?
    {
        planner.check("ET-070", format!("UPN {upn} belongs to {}", owner.1.describe()));
        collisions.upn = Some((upn.clone(), owner));
    }
    for value in wanted.addresses.iter().flatten() {
        if !(is_smtp(value) || is_sip(value)) {
            continue;
        }
        if let Some(owner) = planner.owner_of_address(value, number)? {
            planner.check("ET-070", format!("address {value} belongs to {}", owner.1.describe()));
            let list = if is_sip(value) { &mut collisions.sip } else { &mut collisions.smtp };
            list.push((value.clone(), owner));
        }
    }
    if collisions.is_empty() && (wanted.upn.is_some() || wanted.addresses.is_some()) {
        planner.check("ET-070", "no other object has its UPN or one of its addresses");
    }
    Ok(collisions)
}

/// Gives an object its final values: steps 6 to 9 of ET-110 and the UPN; quarantines what others
/// own (ET-072, ET-074).
pub(crate) fn finish(
    planner: &mut Planner<'_>,
    number: Option<u64>,
    object: &mut TenantObject,
    wanted: Wanted,
    collisions: &Collisions,
    loss: UpnLoss,
) -> StoreResult<()> {
    let mut moera = None;
    match wanted.upn {
        None => {}
        Some(WantedUpn::Moera(wish)) => {
            drop_conflicts(object, Property::UserPrincipalName, |_| false);
            let free = free_moera(planner, prefix_of(&wish), number)?;
            moera = Some(free.clone());
            object.upn = Some(free.into());
        }
        Some(WantedUpn::Exact(wish)) => match &collisions.upn {
            None => {
                drop_conflicts(object, Property::UserPrincipalName, |_| false);
                object.upn = Some(wish.into());
            }
            Some((_, (_, owner))) => {
                drop_conflicts(object, Property::UserPrincipalName, |value| {
                    value.eq_ignore_ascii_case(&wish)
                });
                quarantine(planner, object, Property::UserPrincipalName, &wish, owner);
                if loss == UpnLoss::Placeholder || object.upn.is_none() {
                    let placeholder = placeholder(planner, &wish, number)?;
                    planner.check("ET-075", format!("placeholder UPN {placeholder}"));
                    object.upn = Some(placeholder.into());
                }
            }
        },
    }
    let had_license = object.has_exchange_license();
    object.was_licensed |= had_license;
    // The UPN stands among the addresses of recipients, so a new one recalculates them.
    if let Some(addresses) = wanted.addresses {
        calculate_addresses(planner, number, object, addresses, collisions, moera)?;
    }
    Ok(())
}

fn calculate_addresses(
    planner: &mut Planner<'_>,
    number: Option<u64>,
    object: &mut TenantObject,
    wanted: Vec<String>,
    collisions: &Collisions,
    moera: Option<String>,
) -> StoreResult<()> {
    if planner.postpones && planner.options.calculation_delay_ms > 0 {
        let due = planner.now + planner.options.calculation_delay_ms;
        planner.check("ET-113", format!("addresses are calculated at {due}"));
        object.calculation_due = Some(due);
        return Ok(());
    }
    object.calculation_due = None;
    let previous = object.primary_smtp().map(str::to_ascii_lowercase);
    // Step 6.
    // Rows with a SIP address that another object owns were refused; a sweep or a licence may still
    // meet one.
    let is_lost =
        |value: &str| collisions.smtp.iter().chain(&collisions.sip).any(|(lost, _)| lost == value);
    drop_conflicts(object, Property::ProxyAddresses, |held| {
        collisions.smtp.iter().any(|(lost, _)| lost.eq_ignore_ascii_case(held))
    });
    for (value, (_, owner)) in &collisions.smtp {
        quarantine(planner, object, Property::ProxyAddresses, value, owner);
    }
    let lost_primary = wanted.iter().any(|value| is_primary(value) && is_lost(value));
    let has_smtp = wanted.iter().any(|value| is_smtp(value));
    let mut list: Vec<String> = wanted.into_iter().filter(|value| !is_lost(value)).collect();
    if lost_primary {
        // The previous primary if the row still has it, else the first SMTP value left (ET-074).
        let heir = list
            .iter()
            .position(|value| previous.as_deref() == Some(value.to_ascii_lowercase().as_str()))
            .or_else(|| list.iter().position(|value| is_smtp(value)));
        if let Some(value) = heir.and_then(|at| list.get_mut(at)) {
            *value = format!("SMTP:{}", bare(value));
        }
    }
    // Step 7.
    let recipient = is_recipient(object);
    let formerly = object.was_licensed && has_smtp && !object.shadow.addresses.is_empty();
    if (recipient || formerly)
        && let Some(upn) = object.upn.as_deref()
    {
        add_own(planner, number, &mut list, upn, recipient)?;
    }
    if object.moera.is_none()
        && (recipient || (object.kind == TenantType::Group && object.mail_enabled))
        && let Some(nickname) = object.mail_nickname.as_deref()
    {
        let free = match moera {
            Some(moera) => moera,
            None => free_moera(planner, nickname, number)?,
        };
        object.moera = Some(free.into());
    }
    if let Some(moera) = object.moera.as_deref() {
        add_own(planner, number, &mut list, moera, false)?;
    }
    // Step 8.
    if !list.iter().any(|value| is_primary(value))
        && let Some(moera) = object.moera.as_deref()
        && let Some(value) =
            list.iter_mut().find(|value| is_smtp(value) && bare(value).eq_ignore_ascii_case(moera))
    {
        *value = format!("SMTP:{}", bare(value));
    }
    // Step 9.
    list.sort_by_key(|value| !is_primary(value));
    object.mail = list.first().filter(|value| is_primary(value)).map(|value| bare(value).into());
    object.addresses = list.into_iter().map(Into::into).collect();
    Ok(())
}

/// Adds an address that the service gives by itself, unless another object has it.
fn add_own(
    planner: &mut Planner<'_>,
    number: Option<u64>,
    list: &mut Vec<String>,
    address: &str,
    may_be_primary: bool,
) -> StoreResult<()> {
    let value = format!("smtp:{address}");
    if list.iter().any(|known| known.eq_ignore_ascii_case(&value)) {
        return Ok(());
    }
    if let Some((_, owner)) = planner.owner_of_address(&value, number)? {
        planner.check("ET-110", format!("{value} belongs to {} and is left out", owner.describe()));
        return Ok(());
    }
    if may_be_primary && !list.iter().any(|known| is_primary(known)) {
        list.push(format!("SMTP:{address}"));
    } else {
        list.push(value);
    }
    Ok(())
}

/// Returns the address at the initial domain for a mailNickname, with four digits when another
/// object has it (ET-103).
fn free_moera(
    planner: &mut Planner<'_>,
    nickname: &str,
    number: Option<u64>,
) -> StoreResult<String> {
    let plain = format!("{nickname}@{}", planner.settings.initial_domain);
    if is_free(planner, &plain, number)? {
        return Ok(plain);
    }
    let free = numbered(planner, nickname, number)?;
    planner.check("ET-103", format!("{plain} is taken, so {free} is used"));
    Ok(free)
}

/// Returns a placeholder for a UPN that another user owns (ET-075).
fn placeholder(planner: &mut Planner<'_>, upn: &str, number: Option<u64>) -> StoreResult<String> {
    let room = planner.catalogue.limits.user_principal_name.user - 4;
    let prefix: String = prefix_of(upn).chars().take(room).collect();
    numbered(planner, &prefix, number)
}

fn numbered(planner: &mut Planner<'_>, prefix: &str, number: Option<u64>) -> StoreResult<String> {
    // Nine thousand numbers per prefix: the draw ends unless a population uses all of them, and
    // then a longer number is still free.
    for draw in 0u64.. {
        let digits = planner.digits();
        let tail = if draw < 50_000 { String::new() } else { draw.to_string() };
        let name = format!("{prefix}{digits}{tail}@{}", planner.settings.initial_domain);
        if is_free(planner, &name, number)? {
            return Ok(name);
        }
    }
    unreachable!("the numbers do not end")
}

fn is_free(planner: &Planner<'_>, mailbox: &str, number: Option<u64>) -> StoreResult<bool> {
    Ok(planner.owner_of_upn(mailbox, number)?.is_none()
        && planner.owner_of_address(&format!("smtp:{mailbox}"), number)?.is_none())
}

/// Removes quarantine entries of a property, except those that `keep` names (ET-082).
pub(crate) fn drop_conflicts(
    object: &mut TenantObject,
    property: Property,
    keep: impl Fn(&str) -> bool,
) {
    object.conflicts.retain(|held| held.property != property || keep(&held.value));
}

/// Records a value that another object owns (ET-077); an entry that is there stays as it is.
fn quarantine(
    planner: &mut Planner<'_>,
    object: &mut TenantObject,
    property: Property,
    value: &str,
    owner: &TenantObject,
) {
    let held = object
        .conflicts
        .iter_mut()
        .find(|held| held.property == property && held.value.eq_ignore_ascii_case(value));
    if let Some(held) = held {
        held.owner = owner.id;
        // The entry shows what is wanted now, the case of an address's prefix included (ET-077).
        held.value = value.into();
        return;
    }
    object.conflicts.push(Conflict {
        property,
        value: value.into(),
        owner: owner.id,
        since: planner.now,
    });
    planner.check("ET-072", format!("{} {value} goes to quarantine", property.name()));
    planner.quarantined.push(Quarantined {
        property: property.name().to_owned(),
        value: value.to_owned(),
        owner: owner.id,
    });
}

/// Returns whether an object weighs more than the service allows, and what it weighs (ET-165).
pub(crate) fn weight(planner: &Planner<'_>, object: &TenantObject) -> usize {
    let size = planner.catalogue.limits.object_size;
    let addresses = object.addresses.iter().filter(|address| is_smtp(address)).count();
    let certificates = object.profile.get(a::USER_CERTIFICATE).len()
        + object.profile.get(a::USER_SMIME_CERTIFICATE).len();
    addresses * size.smtp_address
        + certificates * size.certificate
        + object.skus().count() * size.license
}

/// Works the final values of an object out again from what sync wrote, without a row
/// (ET-081, ET-108, ET-113).
pub(crate) fn recalculate(
    planner: &mut Planner<'_>,
    number: u64,
    object: &mut TenantObject,
    upn: bool,
) -> StoreResult<()> {
    let mut wanted = Wanted::default();
    if upn && let Some(shadow) = object.shadow.upn.clone() {
        // Without sync the prefix of the UPN itself is kept (ET-108).
        let nickname = object.mail_nickname.clone().filter(|_| object.sync_enabled.is_some());
        wanted.upn = Some(wanted_upn(planner, &shadow, nickname.as_deref())?);
    }
    if object.kind != TenantType::Device {
        wanted.addresses = Some(wanted_addresses(planner, object)?);
    }
    let found = collisions(planner, &wanted, Some(number))?;
    finish(planner, Some(number), object, wanted, &found, UpnLoss::Keep)
}

/// Works the final UPN alone out again.
pub(crate) fn recalculate_upn(
    planner: &mut Planner<'_>,
    number: u64,
    object: &mut TenantObject,
) -> StoreResult<()> {
    let mut wanted = Wanted::default();
    if let Some(shadow) = object.shadow.upn.clone() {
        let nickname = object.mail_nickname.clone();
        wanted.upn = Some(wanted_upn(planner, &shadow, nickname.as_deref())?);
    }
    let found = collisions(planner, &wanted, Some(number))?;
    finish(planner, Some(number), object, wanted, &found, UpnLoss::Keep)
}
