//! An object of the tenant as the naive implementation sees it: everything that matching and
//! uniqueness look at or change, and nothing else.

use std::collections::BTreeSet;

use dirsim_model::{Guid, Schema};
use dirsim_tenant::{State, TenantObject, TenantType};

/// Where an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Active,
    Bin,
    Gone,
}

/// An object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) id: Guid,
    pub(crate) kind: TenantType,
    pub(crate) place: Place,
    pub(crate) flag: Option<bool>,
    pub(crate) anchor: Option<String>,
    pub(crate) upn: Option<String>,
    pub(crate) nickname: Option<String>,
    pub(crate) addresses: Vec<String>,
    pub(crate) mail: Option<String>,
    pub(crate) moera: Option<String>,
    pub(crate) shadow_upn: Option<String>,
    pub(crate) shadow_nickname: Option<String>,
    pub(crate) shadow_addresses: Vec<String>,
    pub(crate) shadow_mail: Option<String>,
    pub(crate) kept: Vec<String>,
    pub(crate) sid: Option<String>,
    pub(crate) identifier: Option<Guid>,
    pub(crate) licensed: bool,
    pub(crate) was_licensed: bool,
    pub(crate) roles: Vec<String>,
    pub(crate) eligible: Vec<String>,
    pub(crate) unified: bool,
    pub(crate) mail_enabled: bool,
    pub(crate) guest: bool,
    pub(crate) cloud_managed: bool,
    pub(crate) title: Option<String>,
    /// Property and value.
    pub(crate) conflicts: BTreeSet<(String, String)>,
}

/// Reads an object of the tenant.
pub(crate) fn snapshot(schema: &Schema, object: &TenantObject) -> Object {
    let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    let texts =
        |list: &[Box<str>]| -> Vec<String> { list.iter().map(ToString::to_string).collect() };
    let title = schema.attribute("jobTitle").and_then(|id| object.profile.text(id));
    Object {
        id: object.id,
        kind: object.kind,
        place: match object.state {
            State::Active => Place::Active,
            State::Deleted(_) => Place::Bin,
            State::Purged(_) | State::Gone(_) => Place::Gone,
        },
        flag: object.sync_enabled,
        anchor: object.anchor.as_ref().map(ToString::to_string),
        upn: text(&object.upn),
        nickname: text(&object.mail_nickname),
        addresses: texts(&object.addresses),
        mail: text(&object.mail),
        moera: text(&object.moera),
        shadow_upn: text(&object.shadow.upn),
        shadow_nickname: text(&object.shadow.mail_nickname),
        shadow_addresses: texts(&object.shadow.addresses),
        shadow_mail: text(&object.shadow.mail),
        kept: texts(&object.kept_addresses),
        sid: object.sid.as_ref().map(ToString::to_string),
        identifier: object.object_identifier,
        licensed: !object.licenses.is_empty(),
        was_licensed: object.was_licensed,
        roles: texts(&object.roles),
        eligible: texts(&object.eligible_roles),
        unified: !object.group_types.is_empty(),
        mail_enabled: object.mail_enabled,
        guest: object.guest,
        cloud_managed: object.cloud_managed,
        title: title.map(str::to_owned),
        conflicts: object
            .conflicts
            .iter()
            .map(|held| (held.property.name().to_owned(), held.value.to_string()))
            .collect(),
    }
}

impl Object {
    pub(crate) fn active(&self) -> bool {
        self.place == Place::Active
    }

    /// The primary SMTP address with its prefix.
    pub(crate) fn primary(&self) -> Option<&str> {
        self.addresses.iter().map(String::as_str).find(|address| address.starts_with("SMTP:"))
    }

    /// What is left of an object that is gone for good (ET-177).
    pub(crate) fn purge(&mut self) {
        self.place = Place::Gone;
        self.upn = None;
        self.nickname = None;
        self.addresses.clear();
        self.mail = None;
        self.moera = None;
        self.shadow_upn = None;
        self.shadow_nickname = None;
        self.shadow_addresses.clear();
        self.shadow_mail = None;
        self.kept.clear();
        self.licensed = false;
        self.roles.clear();
        self.eligible.clear();
        self.conflicts.clear();
        self.title = None;
    }
}
