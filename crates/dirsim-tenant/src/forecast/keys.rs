//! The keys of an object: what matching and uniqueness look at.

use dirsim_model::Guid;

use crate::row::TenantType;

/// The keys of an on-premises object as the sync client would send them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keys<'a> {
    /// The kind of object.
    pub kind: TenantType,
    /// The source anchor as base64 text.
    pub anchor: Option<&'a str>,
    /// The user principal name.
    pub upn: Option<&'a str>,
    /// Proxy addresses with their prefixes, separated by [`SEPARATOR`].
    pub addresses: &'a str,
    /// The mail attribute.
    pub mail: Option<&'a str>,
    /// The mailNickname attribute.
    pub nickname: Option<&'a str>,
    /// The security identifier as text.
    pub sid: Option<&'a str>,
    /// The objectGUID.
    pub object_guid: Option<Guid>,
}

/// Stands between the addresses of [`Keys::addresses`]; no address holds it.
pub(super) const SEPARATOR: char = ';';

impl<'a> Keys<'a> {
    /// Returns the addresses one by one.
    pub fn addresses(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.addresses.split(SEPARATOR).map(str::trim).filter(|address| !address.is_empty())
    }
}

/// An object of the tenant.
#[derive(Debug, Clone, Copy, Default)]
pub struct Holding<'a> {
    /// The object id.
    pub id: &'a str,
    /// Its keys.
    pub keys: Keys<'a>,
    /// What else is known of it.
    pub traits: Traits,
}

/// A fact about an object of the tenant that decides about matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Trait {
    /// It lies in the recycle bin.
    Deleted,
    /// onPremisesSyncEnabled is true (ET-013).
    Synchronized,
    /// onPremisesSyncEnabled is false (ET-013).
    FormerlySynchronized,
    /// It is a guest (ET-056).
    Guest,
    /// A directory role is assigned (ET-047).
    HasRole,
    /// A privileged role is assigned, or the user is eligible for one (ET-050).
    Privileged,
    /// Its source of authority was handed to the cloud (ET-208).
    CloudManaged,
    /// It is a Microsoft 365 or dynamic group (ET-038).
    UnifiedOrDynamic,
}

/// The facts that hold for an object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traits(u8);

impl Traits {
    /// Returns whether a fact holds.
    pub const fn has(self, fact: Trait) -> bool {
        self.0 & (1 << fact as u8) != 0
    }

    /// Returns the facts with one more, if `holds`.
    #[must_use]
    pub const fn with(self, fact: Trait, holds: bool) -> Self {
        if holds { Self(self.0 | (1 << fact as u8)) } else { self }
    }

    /// Returns the facts without one.
    #[must_use]
    pub const fn without(self, fact: Trait) -> Self {
        Self(self.0 & !(1 << fact as u8))
    }
}
