//! The table behind a forecast: the keys of all objects in one text, found by hash.

use dirsim_model::Guid;
use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::Wish;
use super::keys::{Holding, Keys, SEPARATOR, Trait, Traits};
use crate::object::{bare, is_primary, is_sip, is_smtp};
use crate::row::TenantType;

/// Which key of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Key {
    /// The source anchor; compared with its case (ET-005).
    Anchor,
    /// The user principal name.
    Upn,
    /// A proxy address with its prefix.
    Address,
    /// The security identifier.
    Sid,
}

/// One object.
#[derive(Debug, Clone, Copy)]
struct Held {
    /// The id and the name people know it by, in the text.
    id: Span,
    name: Span,
    /// The security identifier; empty without one.
    sid: Span,
    /// The first of the claims that it came with; they follow one another.
    first_claim: u32,
    object_guid: Option<Guid>,
    kind: TenantType,
    traits: Traits,
    anchored: bool,
    /// Which claims on a UPN and on addresses count: those of the tenant (0) or of the row that
    /// replaced them (1).
    upn: u8,
    addresses: u8,
}

/// A piece of the text.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    start: u64,
    length: u32,
}

/// One key of one object.
#[derive(Debug, Clone, Copy)]
struct Claim {
    hash: u32,
    holder: u32,
    text: Span,
    key: Key,
    primary: bool,
    generation: u8,
}

/// All objects and their claims.
#[derive(Debug)]
pub(super) struct Table {
    text: String,
    held: Vec<Held>,
    claims: Vec<Claim>,
    /// Numbers of claims, by the hash of what is claimed.
    index: HashTable<u32>,
}

impl Table {
    pub(super) const fn new() -> Self {
        Self { text: String::new(), held: Vec::new(), claims: Vec::new(), index: HashTable::new() }
    }

    pub(super) const fn len(&self) -> usize {
        self.held.len()
    }

    /// Adds an object of the tenant.
    pub(super) fn add(&mut self, holding: &Holding<'_>) {
        let keys = &holding.keys;
        let Some(holder) = self.begin(holding.id, keys, holding.traits) else { return };
        let mut has_primary = false;
        for address in keys.addresses() {
            // Of several primary addresses the first one is it.
            if has_primary && is_primary(address) {
                self.claim(holder, Key::Address, &format!("smtp:{}", bare(address)), 0);
            } else {
                has_primary |= is_primary(address);
                self.claim(holder, Key::Address, address, 0);
            }
        }
        if let Some(mail) = keys.mail.filter(|_| !has_primary) {
            self.claim(holder, Key::Address, &format!("SMTP:{mail}"), 0);
        }
        if let Some(upn) = keys.upn {
            self.claim(holder, Key::Upn, upn, 0);
        }
    }

    /// Adds the object that a row creates, without the values that others own.
    pub(super) fn create(&mut self, row: &Keys<'_>, wish: &Wish<'_>, lost: &[String]) {
        let traits = Traits::default().with(Trait::Synchronized, true);
        if let Some(holder) = self.begin("", row, traits) {
            self.write(holder, wish, lost, 0);
        }
    }

    /// Gives an object the values of the row that took it over.
    pub(super) fn take_over(
        &mut self,
        row: &Keys<'_>,
        wish: &Wish<'_>,
        holder: u32,
        lost: &[String],
    ) {
        let anchored = self.has_anchor(holder);
        let lost_upn = wish.upn.as_ref().is_none_or(|upn| lost.contains(upn));
        let Some(held) = self.held.get_mut(holder as usize) else { return };
        held.traits = held
            .traits
            .without(Trait::Deleted)
            .without(Trait::FormerlySynchronized)
            .with(Trait::Synchronized, true);
        held.anchored = true;
        held.object_guid = row.object_guid.or(held.object_guid);
        // A row without addresses leaves those that were there (ET-062).
        held.addresses = u8::from(!wish.addresses.is_empty());
        held.upn = u8::from(!lost_upn);
        if let Some(anchor) = row.anchor.filter(|_| !anchored) {
            self.claim(holder, Key::Anchor, anchor, 0);
        }
        if let Some(sid) = row.sid {
            self.claim(holder, Key::Sid, sid, 0);
        }
        self.write(holder, wish, lost, 1);
    }

    /// Returns the active object that owns a value, or for anchors any that holds it.
    pub(super) fn owner(&self, key: Key, value: &str, except: Option<u32>) -> Option<u32> {
        self.find(key, value, |claim| {
            Some(claim.holder) != except && !self.traits(claim.holder).has(Trait::Deleted)
        })
    }

    /// Returns who holds an anchor: the active object, else the one in the recycle bin (ET-031).
    pub(super) fn holder_of_anchor(&self, anchor: &str) -> Option<u32> {
        self.owner(Key::Anchor, anchor, None).or_else(|| self.find(Key::Anchor, anchor, |_| true))
    }

    /// Returns the deleted synchronized user with an address (ET-176).
    pub(super) fn orphan_with(&self, address: &str) -> Option<u32> {
        self.find(Key::Address, address, |claim| {
            let traits = self.traits(claim.holder);
            traits.has(Trait::Deleted)
                && self.kind(claim.holder) == TenantType::User
                && (traits.has(Trait::Synchronized) || traits.has(Trait::FormerlySynchronized))
        })
    }

    /// Returns whether an address is the primary one of an object.
    pub(super) fn has_primary(&self, holder: u32, address: &str) -> bool {
        self.find(Key::Address, address, |claim| claim.holder == holder && claim.primary).is_some()
    }

    pub(super) fn kind(&self, holder: u32) -> TenantType {
        self.held.get(holder as usize).map_or(TenantType::User, |held| held.kind)
    }

    pub(super) fn traits(&self, holder: u32) -> Traits {
        self.held.get(holder as usize).map_or_else(Traits::default, |held| held.traits)
    }

    pub(super) fn has_anchor(&self, holder: u32) -> bool {
        self.held.get(holder as usize).is_some_and(|held| held.anchored)
    }

    pub(super) fn object_guid(&self, holder: u32) -> Option<Guid> {
        self.held.get(holder as usize)?.object_guid
    }

    /// Returns the security identifier of an object.
    pub(super) fn sid(&self, holder: u32) -> Option<&str> {
        let sid = self.text(self.held.get(holder as usize)?.sid);
        (!sid.is_empty()).then_some(sid)
    }

    /// Returns the addresses that an object came with.
    pub(super) fn addresses(&self, holder: u32) -> impl Iterator<Item = &str> {
        let first = self.held.get(holder as usize).map_or(0, |held| held.first_claim as usize);
        let own = self.claims.get(first..).unwrap_or_default();
        own.iter()
            .take_while(move |claim| claim.holder == holder)
            .filter(|claim| claim.key == Key::Address)
            .map(|claim| self.text(claim.text))
    }

    /// Returns the id of an object and its UPN or first address.
    pub(super) fn name(&self, holder: u32) -> (&str, &str) {
        self.held
            .get(holder as usize)
            .map_or(("", ""), |held| (self.text(held.id), self.text(held.name)))
    }

    /// Starts an object with its anchor and its SID.
    fn begin(&mut self, id: &str, keys: &Keys<'_>, traits: Traits) -> Option<u32> {
        let holder = u32::try_from(self.held.len()).ok()?;
        let name = keys.upn.or_else(|| keys.addresses().next()).or(keys.mail).unwrap_or_default();
        let (id, name) = (self.write_text(id), self.write_text(name));
        let sid = self.write_text(keys.sid.unwrap_or_default());
        let first_claim = u32::try_from(self.claims.len()).ok()?;
        self.held.push(Held {
            id,
            name,
            sid,
            first_claim,
            object_guid: keys.object_guid,
            kind: keys.kind,
            traits,
            anchored: keys.anchor.is_some(),
            upn: 0,
            addresses: 0,
        });
        if let Some(anchor) = keys.anchor {
            self.claim(holder, Key::Anchor, anchor, 0);
        }
        if let Some(sid) = keys.sid {
            self.claim(holder, Key::Sid, sid, 0);
        }
        Some(holder)
    }

    /// Claims what a row asks for, without the values that others own.
    fn write(&mut self, holder: u32, wish: &Wish<'_>, lost: &[String], generation: u8) {
        let is_lost = |value: &str| lost.iter().any(|lost| lost == value);
        let mut lost_primary = false;
        for address in &wish.addresses {
            if is_lost(address) {
                lost_primary |= is_primary(address);
            } else if lost_primary && is_smtp(address) {
                // The first address left takes the place of a lost primary one (ET-074).
                self.claim(holder, Key::Address, &format!("SMTP:{}", bare(address)), generation);
                lost_primary = false;
            } else if is_smtp(address) || is_sip(address) {
                self.claim(holder, Key::Address, address, generation);
            }
        }
        if let Some(upn) = wish.upn.as_deref().filter(|upn| !is_lost(upn)) {
            self.claim(holder, Key::Upn, upn, generation);
        }
    }

    fn claim(&mut self, holder: u32, key: Key, value: &str, generation: u8) {
        let Ok(number) = u32::try_from(self.claims.len()) else { return };
        let hash = hash(key, value);
        let text = self.write_text(value);
        let primary = key == Key::Address && is_primary(value);
        #[expect(clippy::cast_possible_truncation, reason = "half a hash is kept for growing")]
        self.claims.push(Claim { hash: hash as u32, holder, text, key, primary, generation });
        let claims = &self.claims;
        self.index.insert_unique(spread(hash), number, |number| {
            claims.get(*number as usize).map_or(0, |claim| spread(u64::from(claim.hash)))
        });
    }

    /// Returns the holder of a value that the condition accepts.
    fn find(&self, key: Key, value: &str, accepts: impl Fn(&Claim) -> bool) -> Option<u32> {
        let found = self.index.find(spread(hash(key, value)), |number| {
            let Some(claim) = self.claims.get(*number as usize) else { return false };
            claim.key == key
                && self.is_current(claim)
                && match key {
                    Key::Anchor => self.text(claim.text) == value,
                    _ => self.text(claim.text).eq_ignore_ascii_case(value),
                }
                && accepts(claim)
        })?;
        self.claims.get(*found as usize).map(|claim| claim.holder)
    }

    /// Returns whether the object still has what it claimed.
    fn is_current(&self, claim: &Claim) -> bool {
        let Some(held) = self.held.get(claim.holder as usize) else { return false };
        match claim.key {
            Key::Upn => held.upn == claim.generation,
            Key::Address => held.addresses == claim.generation,
            Key::Anchor | Key::Sid => true,
        }
    }

    fn write_text(&mut self, value: &str) -> Span {
        let start = self.text.len() as u64;
        let length = u32::try_from(value.len()).unwrap_or(0);
        if length as usize == value.len() {
            self.text.push_str(value);
        }
        Span { start, length }
    }

    fn text(&self, span: Span) -> &str {
        let start = usize::try_from(span.start).unwrap_or(usize::MAX);
        self.text.get(start..start.saturating_add(span.length as usize)).unwrap_or_default()
    }
}

/// Hashes a value as it is compared.
fn hash(key: Key, value: &str) -> u64 {
    if key == Key::Anchor {
        return xxh3_64_with_seed(value.as_bytes(), key as u64);
    }
    let mut lower = [0u8; 128];
    match lower.get_mut(..value.len()) {
        Some(lower) => {
            lower.copy_from_slice(value.as_bytes());
            lower.make_ascii_lowercase();
            xxh3_64_with_seed(lower, key as u64)
        }
        None => xxh3_64_with_seed(value.to_ascii_lowercase().as_bytes(), key as u64),
    }
}

/// Fills 64 bits from the low 32 of a hash: the half that is kept decides.
#[expect(clippy::cast_possible_truncation, reason = "only the low half is kept")]
const fn spread(hash: u64) -> u64 {
    (hash as u32 as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

const _: () = assert!(SEPARATOR.is_ascii());
