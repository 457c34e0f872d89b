//! A tenant as an export or a scenario describes it.

use dirsim_model::{AttributeId, Guid, Timestamp, Value};
use serde::{Deserialize, Serialize};

use crate::row::TenantType;

/// A tenant to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTenant {
    /// The initial domain, `contoso.onmicrosoft.com`.
    pub initial_domain: String,
    /// Further domains.
    pub domains: Vec<NewDomain>,
    /// Feature flags that differ from the preset, by name without `Enabled` (ET-120), and dated
    /// service changes that are switched whatever the date says, by their id (D3).
    pub features: Vec<(String, bool)>,
    /// The preset of the feature flags: `new-tenant` or `seed-sample` (ET-120).
    pub preset: String,
    /// Dated service changes: the date up to which they apply; all of them when `None` (D3).
    pub as_of: Option<Timestamp>,
    /// Pins the digits of the next placeholders (ET-004).
    pub next_placeholder_digits: Vec<u16>,
}

/// A domain of a tenant (ET-021).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewDomain {
    /// The DNS name.
    pub name: String,
    /// Whether it is verified.
    pub verified: bool,
    /// Whether its users sign in at a federation server.
    pub federated: bool,
}

/// An object that exists in the tenant before anything is rehearsed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTenantObject {
    /// The kind of object.
    pub kind: TenantType,
    /// The object id; drawn from the seed when absent.
    pub id: Option<Guid>,
    /// Attributes by their Graph names: userPrincipalName, proxyAddresses, onPremisesImmutableId,
    /// onPremisesSyncEnabled, assignedLicenses (one text per SKU id), groupTypes …
    pub attributes: Vec<(AttributeId, Vec<Value>)>,
    /// Names of assigned directory roles, such as `Global Administrator` (ET-047).
    pub roles: Vec<String>,
    /// Names of roles the user is eligible for (ET-050).
    pub eligible_roles: Vec<String>,
    /// Members of a group and the manager of a user, by object id, UPN or anchor: attribute and
    /// targets; resolved after the whole batch is there.
    pub references: Vec<(AttributeId, Vec<String>)>,
    /// When it was deleted, for objects of the recycle bin.
    pub deleted: Option<Timestamp>,
}
