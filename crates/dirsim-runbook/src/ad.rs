//! What the cmdlets of the Active Directory module share: identities, properties, searches, edits.

pub(crate) mod directory_service;
pub(crate) mod edit;
pub(crate) mod identity;
pub(crate) mod property;
pub(crate) mod search;

use dirsim_forest::{Domain, ForestObject, lookup};
use dirsim_model::schema::class;
use dirsim_model::{ClassId, Dn};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, forest_refused};

/// An object of a forest with its number.
#[derive(Debug, Clone)]
pub(crate) struct AdObject {
    pub(crate) id: u64,
    pub(crate) object: ForestObject,
}

/// A kind of objects that cmdlets are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Noun {
    User,
    Group,
    OrganizationalUnit,
    Computer,
    /// Users and computers, as `*-ADAccount` takes them.
    Account,
    /// Users, groups and computers, as group members are taken.
    Principal,
    /// Anything, by DN or GUID only.
    Object,
}

impl Noun {
    /// Returns whether objects of a class belong to the kind.
    pub(crate) fn holds(self, id: ClassId) -> bool {
        match self {
            Self::User => matches!(id, class::USER | class::INET_ORG_PERSON),
            Self::Group => id == class::GROUP,
            Self::OrganizationalUnit => id == class::ORGANIZATIONAL_UNIT,
            Self::Computer => id == class::COMPUTER,
            Self::Account => matches!(id, class::USER | class::INET_ORG_PERSON | class::COMPUTER),
            Self::Principal => {
                matches!(id, class::USER | class::INET_ORG_PERSON | class::GROUP | class::COMPUTER)
            }
            Self::Object => true,
        }
    }

    /// Returns the type name of the objects in error texts, `ADUser` for instance.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::User => "ADUser",
            Self::Group => "ADGroup",
            Self::OrganizationalUnit => "ADOrganizationalUnit",
            Self::Computer => "ADComputer",
            Self::Account => "ADAccount",
            Self::Principal => "ADPrincipal",
            Self::Object => "ADObject",
        }
    }

    /// Returns the .NET type of returned objects.
    pub(crate) const fn type_name(self) -> &'static str {
        match self {
            Self::User => "Microsoft.ActiveDirectory.Management.ADUser",
            Self::Group => "Microsoft.ActiveDirectory.Management.ADGroup",
            Self::OrganizationalUnit => "Microsoft.ActiveDirectory.Management.ADOrganizationalUnit",
            Self::Computer => "Microsoft.ActiveDirectory.Management.ADComputer",
            Self::Account => "Microsoft.ActiveDirectory.Management.ADAccount",
            Self::Principal => "Microsoft.ActiveDirectory.Management.ADPrincipal",
            Self::Object => "Microsoft.ActiveDirectory.Management.ADObject",
        }
    }
}

/// Returns the domain that a command talks to: the one of `-Server`, else the first.
pub(crate) fn domain(session: &Session<'_>, bound: &Bound) -> Result<(u64, Domain), CommandError> {
    let domains = lookup::domains(session.tables())?;
    let found = match server(session, bound)? {
        Some(id) => domains.into_iter().find(|(known, _)| *known == id),
        None => domains.into_iter().next(),
    };
    found.ok_or_else(|| no_server(bound, bound.text("Server").unwrap_or("any domain")))
}

/// Returns the domain that `-Server` names by its DNS name, its `NetBIOS` name or that of one of its
/// controllers; `None` when the command has no `-Server`.
pub(crate) fn server(session: &Session<'_>, bound: &Bound) -> Result<Option<u64>, CommandError> {
    let Some(name) = bound.text("Server") else { return Ok(None) };
    let name = name.split(':').next().unwrap_or(name);
    if let Some((id, ..)) = dirsim_forest::controller::find_controller(session.tables(), name)? {
        return Ok(Some(id));
    }
    let behind_host = name.split_once('.').map_or(name, |(_, domain)| domain);
    for candidate in [name, behind_host] {
        if let Some((id, _)) = lookup::domain(session.tables(), candidate)? {
            return Ok(Some(id));
        }
    }
    Err(no_server(bound, name))
}

fn no_server(bound: &Bound, name: &str) -> CommandError {
    forest_refused(
        bound,
        name,
        "ADServerDownException",
        "SE-036",
        "Unable to contact the server. This may be because this server does not exist, it is currently down, or it does not have the Active Directory Web Services running.".to_owned(),
    )
}

/// Parses a distinguished name that a parameter holds.
pub(crate) fn dn(bound: &Bound, text: &str) -> Result<Dn, CommandError> {
    text.parse().map_err(|error: dirsim_model::dn::DnError| {
        let message = format!("The object name has bad syntax: {error}");
        forest_refused(bound, text, "ADException", "SE-040", message)
    })
}
