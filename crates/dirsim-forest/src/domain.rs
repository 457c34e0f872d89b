//! Forests and their domains.

use dirsim_model::{Dn, Sid};
use dirsim_store::{Row, Table};
use serde::{Deserialize, Serialize};

/// One domain of a forest; the root domain carries the settings of its forest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// The name of the forest: the DNS name of its root domain (D5).
    pub forest: String,
    /// The DNS name, `contoso.com`.
    pub fqdn: String,
    /// The `NetBIOS` name, `CONTOSO`.
    pub netbios: String,
    /// The domain SID, without RID.
    pub sid: Sid,
    /// The object at the root of the naming context.
    pub root: u64,
    /// The CN=Deleted Objects container.
    pub deleted_objects: u64,
    /// The change number of the last write (SE-054).
    pub highest_usn: u64,
    /// The next relative identifier (SE-038).
    pub next_rid: u32,
    /// Whether deleted objects keep their attributes (SE-059).
    pub recycle_bin: bool,
    /// Days until a deleted object is recycled, and a tombstone removed (SE-060, SE-061).
    pub tombstone_lifetime_days: u32,
    /// Alternative UPN suffixes of the forest; on the root domain only.
    pub upn_suffixes: Vec<String>,
}

impl Domain {
    /// Returns the naming context, `DC=contoso,DC=com`.
    pub fn naming_context(&self) -> Dn {
        Dn::from_domain_fqdn(&self.fqdn)
    }
}

impl Row for Domain {
    const TABLE: Table = Table::ForestDomain;
}

/// A forest to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewForest {
    /// The DNS name of the root domain, which is also the name of the forest (D5).
    pub name: String,
    /// The `NetBIOS` name; the first label in capitals when absent.
    pub netbios: Option<String>,
    /// The domain SID; drawn from the seed when absent.
    pub sid: Option<Sid>,
    /// Whether the recycle bin is on.
    pub recycle_bin: bool,
    /// Days until tombstones are removed; 180 by default (SE-061).
    pub tombstone_lifetime_days: u32,
    /// Alternative UPN suffixes.
    pub upn_suffixes: Vec<String>,
    /// DNS names of further domains of the forest.
    pub child_domains: Vec<String>,
}
