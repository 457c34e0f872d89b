//! mailNickname, UPN and addresses, from the rules ET-090 to ET-115 and ET-074.

use std::collections::BTreeSet;

use dirsim_tenant::TenantType;

use crate::decide::World;
use crate::object::Object;
use crate::random::INITIAL;

pub(crate) fn domain_of(mailbox: &str) -> &str {
    mailbox.rsplit('@').next().unwrap_or_default()
}

fn prefix_of(mailbox: &str) -> &str {
    mailbox.split('@').next().unwrap_or_default()
}

fn protocol(address: &str) -> String {
    address.split(':').next().unwrap_or_default().to_ascii_uppercase()
}

pub(crate) fn is_smtp(address: &str) -> bool {
    protocol(address) == "SMTP"
}

fn bare(address: &str) -> &str {
    address.split_once(':').map_or(address, |(_, rest)| rest)
}

pub(crate) fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

pub(crate) fn verified(domain: &str) -> bool {
    ["contoso.com", "fabrikam.com", "wingtip.com", INITIAL].iter().any(|known| same(known, domain))
}

pub(crate) fn federated(mailbox: &str) -> bool {
    ["fabrikam.com", "wingtip.com"].iter().any(|known| same(known, domain_of(mailbox)))
}

/// ET-160: characters that a nickname cannot have become `_`; periods at its ends go.
fn clean(nickname: &str) -> String {
    nickname.replace(' ', "_").trim_matches('.').to_owned()
}

/// ET-097.
pub(crate) fn first_nickname(object: &Object) -> Option<String> {
    let smtp = object.shadow_addresses.iter().filter(|address| usable(address));
    let smtp = || smtp.clone().filter(|address| is_smtp(address));
    let primary = smtp().find(|address| address.starts_with("SMTP:"));
    let secondary = smtp().find(|address| !address.starts_with("SMTP:"));
    object
        .shadow_nickname
        .clone()
        .or_else(|| primary.map(|address| prefix_of(bare(address)).to_owned()))
        .or_else(|| object.shadow_mail.as_deref().map(|mail| prefix_of(mail).to_owned()))
        .or_else(|| object.shadow_upn.as_deref().map(|upn| prefix_of(upn).to_owned()))
        .or_else(|| secondary.map(|address| prefix_of(bare(address)).to_owned()))
        .map(|nickname| clean(&nickname))
}

/// A name that the tenant gives: as it is, or the address at the initial domain (ET-095, ET-096).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Name {
    Exact(String),
    Moera(String),
}

pub(crate) fn final_upn(object: &Object, upn: &str) -> Name {
    if !upn.contains(' ') && verified(domain_of(upn)) {
        return Name::Exact(upn.to_owned());
    }
    let prefix = object.nickname.clone().unwrap_or_else(|| clean(prefix_of(upn)));
    Name::Moera(format!("{prefix}@{INITIAL}"))
}

/// ET-110 step 4.
fn usable(address: &str) -> bool {
    !bare(address).contains(' ') || protocol(address) == "X500"
}

/// ET-110 steps 1 to 5.
pub(crate) fn asked(object: &Object) -> Vec<String> {
    let keeps = object.shadow_addresses.is_empty() && object.shadow_mail.is_none();
    let mut list = if keeps { object.kept.clone() } else { object.shadow_addresses.clone() };
    if !list.iter().any(|address| is_smtp(address))
        && let Some(mail) = &object.shadow_mail
    {
        list.insert(0, format!("SMTP:{mail}"));
    }
    let recipient = object.kind == TenantType::User && object.licensed;
    let mut found: Vec<String> = Vec::new();
    for address in list {
        let protocol = protocol(&address);
        if !["SMTP", "SIP", "X500"].contains(&protocol.as_str()) || !usable(&address) {
            continue;
        }
        if protocol == "SMTP" {
            let domain = domain_of(&address);
            let reserved = domain.ends_with(".onmicrosoft.com");
            if (reserved && !keeps && object.flag.is_some()) || (recipient && !verified(domain)) {
                continue;
            }
        }
        if found.iter().any(|known| same(known, &address)) {
            continue;
        }
        let second =
            address.starts_with("SMTP:") && found.iter().any(|known| known.starts_with("SMTP:"));
        found.push(if second { format!("smtp:{}", bare(&address)) } else { address });
    }
    found
}

/// ET-039: what a row is matched by: its `SMTP:` value, or `mail` when it has no SMTP value.
pub(crate) fn match_primary(object: &Object) -> Option<String> {
    let mut smtp = object.shadow_addresses.iter().filter(|address| is_smtp(address));
    if smtp.clone().next().is_none() {
        return object.shadow_mail.as_ref().map(|mail| format!("SMTP:{mail}"));
    }
    smtp.find(|address| address.starts_with("SMTP:") && usable(address)).cloned()
}

/// What the tenant drew for this object, for the places where four digits are random.
pub(crate) struct Drawn<'a> {
    pub(crate) upn: Option<&'a str>,
    pub(crate) moera: Option<&'a str>,
}

/// Takes the drawn name when the plain one is taken, after checking that it is the plain one with
/// four digits (ET-075, ET-103).
pub(crate) fn with_digits(prefix: &str, drawn: Option<&str>) -> String {
    let drawn = drawn.unwrap_or_default();
    let digits = drawn
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_suffix(&format!("@{INITIAL}")))
        .unwrap_or_default();
    let four = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()) && digits >= "1000";
    assert!(four, "`{drawn}` is not `{prefix}` with four digits");
    drawn.to_owned()
}

/// ET-103.
fn free_moera(world: &World, at: Option<usize>, nickname: &str, drawn: Option<&str>) -> String {
    let plain = format!("{nickname}@{INITIAL}");
    if world.upn_owner(&plain, at).is_none()
        && world.address_owner(&format!("smtp:{plain}"), at).is_none()
    {
        return plain;
    }
    with_digits(nickname, drawn)
}

/// Sets the final UPN; what another user has goes to quarantine (ET-072, ET-074, ET-075). Returns
/// the address at the initial domain when it became the UPN.
pub(crate) fn set_upn(
    world: &World,
    at: Option<usize>,
    object: &mut Object,
    wish: &Name,
    placeholder: bool,
    drawn: &Drawn<'_>,
) -> Option<String> {
    let property = "UserPrincipalName".to_owned();
    match wish {
        Name::Moera(moera) => {
            object.conflicts.retain(|(held, _)| *held != property);
            let free = free_moera(world, at, prefix_of(moera), drawn.upn);
            object.upn = Some(free.clone());
            Some(free)
        }
        Name::Exact(upn) => {
            object.conflicts.retain(|(held, _)| *held != property);
            if world.upn_owner(upn, at).is_none() {
                object.upn = Some(upn.clone());
            } else {
                object.conflicts.insert((property, upn.clone()));
                if placeholder || object.upn.is_none() {
                    object.upn = Some(with_digits(prefix_of(upn), drawn.upn));
                }
            }
            None
        }
    }
}

/// ET-110 steps 6 to 9.
pub(crate) fn set_addresses(
    world: &World,
    at: Option<usize>,
    object: &mut Object,
    moera: Option<String>,
    drawn: &Drawn<'_>,
) {
    let asked = asked(object);
    let before = object.primary().map(str::to_owned);
    let lost: BTreeSet<String> = asked
        .iter()
        .filter(|address| is_smtp(address) && world.address_owner(address, at).is_some())
        .cloned()
        .collect();
    object.conflicts.retain(|(property, _)| property != "ProxyAddresses");
    for value in &lost {
        object.conflicts.insert(("ProxyAddresses".to_owned(), value.clone()));
    }
    let lost_primary = lost.iter().any(|address| address.starts_with("SMTP:"));
    let has_smtp = asked.iter().any(|address| is_smtp(address));
    let mut list: Vec<String> =
        asked.into_iter().filter(|address| !lost.contains(address)).collect();
    if lost_primary {
        let heir = list
            .iter()
            .position(|address| before.as_deref().is_some_and(|before| same(before, address)))
            .or_else(|| list.iter().position(|address| is_smtp(address)));
        if let Some(at) = heir {
            list[at] = format!("SMTP:{}", bare(&list[at]));
        }
    }
    let own = |list: &mut Vec<String>, mailbox: &str, may_be_primary: bool| {
        let address = format!("smtp:{mailbox}");
        if list.iter().any(|known| same(known, &address))
            || world.address_owner(&address, at).is_some()
        {
            return;
        }
        let first = may_be_primary && !list.iter().any(|known| known.starts_with("SMTP:"));
        list.push(if first { format!("SMTP:{mailbox}") } else { address });
    };
    let recipient = object.kind == TenantType::User && object.licensed;
    object.was_licensed |= object.licensed;
    let formerly = object.was_licensed && has_smtp && !object.shadow_addresses.is_empty();
    if let Some(upn) = object.upn.clone().filter(|_| recipient || formerly) {
        own(&mut list, &upn, recipient);
    }
    let gets_moera = recipient || (object.kind == TenantType::Group && object.mail_enabled);
    if object.moera.is_none()
        && gets_moera
        && let Some(nickname) = object.nickname.clone()
    {
        let moera = moera.unwrap_or_else(|| free_moera(world, at, &nickname, drawn.moera));
        object.moera = Some(moera);
    }
    if let Some(moera) = object.moera.clone() {
        own(&mut list, &moera, false);
        if !list.iter().any(|address| address.starts_with("SMTP:"))
            && let Some(at) =
                list.iter().position(|address| is_smtp(address) && same(bare(address), &moera))
        {
            list[at] = format!("SMTP:{}", bare(&list[at]));
        }
    }
    list.sort_by_key(|address| !address.starts_with("SMTP:"));
    object.mail =
        list.first().filter(|first| first.starts_with("SMTP:")).map(|first| bare(first).to_owned());
    object.addresses = list;
}
