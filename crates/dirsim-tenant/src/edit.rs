//! What an administrator does in the tenant, and how Microsoft Graph refuses.

use dirsim_model::{AttributeId, Guid, Timestamp, Value};
use serde::{Deserialize, Serialize};

use crate::load::NewTenantObject;
use crate::options::TenantOption;

/// One change to a tenant made by an administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TenantEdit {
    /// Creates a cloud-only object.
    Create(Box<NewTenantObject>),
    /// Changes properties; an empty list clears one (ET-020, ET-191, ET-192).
    Update {
        /// The object.
        target: Guid,
        /// Graph property and new values.
        changes: Vec<(AttributeId, Vec<Value>)>,
    },
    /// Deletes an object (ET-178 to ET-180).
    Delete {
        /// The object.
        target: Guid,
    },
    /// Restores from the recycle bin (ET-175).
    Restore {
        /// The object.
        target: Guid,
        /// A new UPN when the old one is taken.
        new_user_principal_name: Option<String>,
        /// Whether conflicting addresses are dropped.
        auto_reconcile_proxy_conflict: bool,
    },
    /// Removes from the recycle bin for good (ET-177).
    Purge {
        /// The object.
        target: Guid,
    },
    /// Sets a feature flag (ET-122).
    SetFeature {
        /// The name without `Enabled`.
        name: String,
        /// On or off.
        enabled: bool,
    },
    /// Assigns or removes a directory role (ET-047).
    SetRole {
        /// The user.
        target: Guid,
        /// The name of the role.
        role: String,
        /// Whether the user is to have it.
        assigned: bool,
        /// Whether this is about eligibility instead of an active assignment.
        eligible: bool,
    },
    /// Adds or removes a member of a cloud group.
    SetMember {
        /// The group.
        group: Guid,
        /// The member.
        member: Guid,
        /// Whether it is to be a member.
        present: bool,
    },
    /// Adds or removes a licence by SKU (ET-110).
    SetLicense {
        /// The user.
        target: Guid,
        /// The SKU id or part number.
        sku: String,
        /// Whether it is to be assigned.
        assigned: bool,
    },
    /// Adds a domain, changes its state, or removes it (ET-108).
    SetDomain {
        /// The DNS name.
        name: String,
        /// Verified, unverified, or `None` to remove the domain.
        verified: Option<bool>,
        /// Whether its users sign in at a federation server.
        federated: bool,
    },
    /// Switches the source of authority of an object (ET-208, ET-210).
    SetCloudManaged {
        /// The object.
        target: Guid,
        /// Managed in the cloud, or handed back.
        managed: bool,
    },
    /// Turns synchronization on or off for the whole tenant (ET-202).
    SetDirSyncEnabled {
        /// On or off.
        enabled: bool,
    },
    /// Moves the anchor of a duplicate to the user that it belongs to and removes the duplicate, as
    /// the guided fix of Connect Health does (ET-086).
    ApplyFix {
        /// The user that keeps its id, licences and data.
        existing: Guid,
        /// The duplicate that sync made.
        duplicate: Guid,
    },
    /// A workload publishes an error about an object, or resolves it (ET-078).
    ServiceError {
        /// The object.
        target: Guid,
        /// The instance of the workload, `exchange/NAMPRD09-001-01` for instance.
        instance: String,
        /// Whether the error is over.
        resolved: bool,
    },
    /// Changes how the tenant is rehearsed; no administrator of the real service can.
    SetOption(TenantOption),
    /// Sets or removes a reference other than membership: the manager of a user, an owner of a
    /// group (ET-020).
    SetReference {
        /// The object that refers.
        from: Guid,
        /// `manager` or `owners`.
        attribute: AttributeId,
        /// The object it refers to.
        to: Guid,
        /// Whether it is to refer to it.
        present: bool,
    },
}

/// How Graph refuses a command: data, not a Rust error (`interfaces.md` 6.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TenantRefusal {
    /// The HTTP status.
    pub status: u16,
    /// The error code, `Request_BadRequest` for instance.
    pub code: &'static str,
    /// The text people search for.
    pub message: String,
    /// The property it is about.
    pub target: Option<String>,
    /// The rule of the specification.
    pub rule: &'static str,
}

impl TenantRefusal {
    /// Returns a refusal with status 400 and the given text.
    pub(crate) fn bad_request(
        rule: &'static str,
        message: impl Into<String>,
        target: Option<&str>,
    ) -> Self {
        Self {
            status: 400,
            code: "Request_BadRequest",
            message: message.into(),
            target: target.map(str::to_owned),
            rule,
        }
    }

    /// Returns the refusal for a feature that does not exist.
    pub(crate) fn unknown_feature(name: &str) -> Self {
        let text = format!("Invalid property '{name}': there is no such feature.");
        Self::bad_request("ET-120", text, Some(name))
    }

    /// Returns the refusal of a command that needs another role (ET-123).
    pub(crate) fn forbidden(rule: &'static str, roles: &[&str]) -> Self {
        Self {
            status: 403,
            code: "Authorization_RequestDenied",
            message: format!(
                "Insufficient privileges to complete the operation; it needs the role {}.",
                roles.join(" or ")
            ),
            target: None,
            rule,
        }
    }

    /// Returns the refusal of a write for which the service has no room now (ET-167).
    pub(crate) fn throttled(from: Timestamp) -> Self {
        Self {
            status: 429,
            code: "TooManyRequests",
            message: format!(
                "The directory is busy: all object writes of five minutes are used up. Try again at {from}."
            ),
            target: None,
            rule: "ET-167",
        }
    }

    /// Returns the refusal for an object that is not there.
    pub(crate) fn not_found(rule: &'static str, id: Guid) -> Self {
        Self {
            status: 404,
            code: "Request_ResourceNotFound",
            message: format!(
                "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
            ),
            target: None,
            rule,
        }
    }

    /// Returns the refusal of a change to an object that sync masters.
    pub(crate) fn mastered(rule: &'static str, property: &str) -> Self {
        Self::bad_request(
            rule,
            "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.",
            Some(property),
        )
    }

    /// Returns the refusal of a value that another object has.
    pub(crate) fn exists(rule: &'static str, property: &str) -> Self {
        let text =
            format!("Another object with the same value for property {property} already exists.");
        Self::bad_request(rule, text, Some(property))
    }

    /// Returns the refusal of a value that a property cannot have.
    pub(crate) fn invalid(rule: &'static str, property: &str, resource: &str) -> Self {
        let text =
            format!("Invalid value specified for property '{property}' of resource '{resource}'.");
        Self::bad_request(rule, text, Some(property))
    }

    /// Returns the refusal of a UPN whose suffix is not verified.
    pub(crate) fn unverified_suffix() -> Self {
        Self::bad_request(
            "ET-141",
            "The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.",
            Some("userPrincipalName"),
        )
    }
}
