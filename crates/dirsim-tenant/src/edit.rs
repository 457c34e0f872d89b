//! What an administrator does in the tenant, and how Microsoft Graph refuses.

use dirsim_model::{AttributeId, Guid, Value};
use serde::{Deserialize, Serialize};

use crate::load::NewTenantObject;

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
