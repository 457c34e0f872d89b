//! The tables of a world and the one way to reach them.

use bytes::Bytes;

use crate::{StoreError, StoreResult};

/// Declares the closed list of tables.
macro_rules! tables {
    ($($(#[doc = $doc:literal])+ $name:ident $([$derived:ident])?,)*) => {
        /// Every table. Keys are compared as bytes, so numbers in them are big-endian.
        ///
        /// New tables go to the end: the place in the list is the number on disk.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Table { $($(#[doc = $doc])+ $name),* }

        impl Table {
            /// Tables whose keys begin with the hash of a content, see [`Index`](crate::Index).
            pub(crate) const HASHED: &[Self] =
                &[Self::ForestByKey, Self::CsByKey, Self::MvByKey, Self::TenantByKey];

            /// All tables in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Returns the name for messages.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// Returns whether the table follows from others, so that the digest leaves it out.
            pub const fn is_derived(self) -> bool {
                match self { $(Self::$name => tables!(@derived $($derived)?)),* }
            }
        }
    };
    (@derived derived) => { true };
    (@derived) => { false };
}

tables! {
    /// Single records by name: clock, seed, counters, configuration, rule set.
    Meta,
    /// Forests and domains: number to definition.
    ForestDomain,
    /// Forest objects: number to object.
    ForestObject,
    /// Forest objects by parent and name part.
    ForestByName [derived],
    /// Forest objects by objectGUID, objectSid, sAMAccountName, userPrincipalName and addresses.
    ForestByKey [derived],
    /// Forward links of forest objects.
    ForestLink,
    /// Backward links of forest objects.
    ForestBackLink [derived],
    /// Forest objects by domain and the number of their last change.
    ForestChange [derived],
    /// Connector space objects: number to object.
    CsObject,
    /// Connector space objects by connector and anchor, and by connector and name.
    CsByKey [derived],
    /// Connector space objects that a delta synchronization or an export must visit.
    CsPending [derived],
    /// References between connector space objects, with their place in the images.
    CsLink,
    /// References between connector space objects, backwards.
    CsBackLink [derived],
    /// Metaverse objects: number to object.
    MvObject,
    /// Metaverse objects by the values of join attributes.
    MvByKey [derived],
    /// Metaverse objects that wait for another provisioning or reference attempt.
    MvPending [derived],
    /// References between metaverse objects.
    MvLink,
    /// References between metaverse objects, backwards.
    MvBackLink [derived],
    /// Tenant objects: number to object.
    TenantObject,
    /// Tenant objects by identifier, anchor, name, address and SID.
    TenantByKey [derived],
    /// Memberships and managers in the tenant.
    TenantLink,
    /// Memberships and managers in the tenant, backwards.
    TenantBackLink [derived],
    /// Tenant objects by the number of their last change.
    TenantChange [derived],
    /// Timers and quarantine entries of the tenant, by due time.
    TenantTimer [derived],
    /// Run history: number to run.
    Run,
    /// Objects behind the counters of a run step.
    RunDetail,
    /// Tenant audit and report entries, by sequence.
    TenantLog,
    /// Links of a forest by domain and the number of their last change.
    ForestLinkChange [derived],
    /// Connector space objects by parent, for the tree of a forest connector.
    CsChild [derived],
    /// What the tenant answered to each connector space object's last exports.
    ExportAnswer,
    /// Records of synchronization servers behind the first one, by server and table.
    ServerRecord,
    /// Derived records of synchronization servers behind the first one, by server and table.
    ServerIndex [derived],
}

/// Ordered tables of byte records.
///
/// The trait is object-safe: logic takes `&dyn Tables` to read and `&mut dyn Tables` to write, and
/// cannot tell a workspace from memory, nor a real step from a rehearsal.
pub trait Tables {
    /// Returns the record of a key.
    fn get(&self, table: Table, key: &[u8]) -> StoreResult<Option<Bytes>>;

    /// Returns up to `limit` records with `from <= key < to` in the order of their keys; no upper
    /// bound when `to` is `None`.
    fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> StoreResult<Vec<(Bytes, Bytes)>>;

    /// Writes a record.
    fn put(&mut self, table: Table, key: &[u8], value: Bytes) -> StoreResult<()>;

    /// Removes a record; nothing happens when there is none.
    fn delete(&mut self, table: Table, key: &[u8]) -> StoreResult<()>;

    /// Begins an attempt: a unit of work that may still fail and then leaves no trace. Attempts may
    /// lie within each other.
    fn begin_attempt(&mut self);

    /// Ends the innermost attempt; takes back what it changed unless that is kept.
    fn end_attempt(&mut self, keep: bool) -> StoreResult<()>;
}

/// Does a unit of work; what it changed is taken back when it fails.
pub fn attempt<T, E: From<StoreError>>(
    tables: &mut dyn Tables,
    work: impl FnOnce(&mut dyn Tables) -> Result<T, E>,
) -> Result<T, E> {
    tables.begin_attempt();
    let done = work(&mut *tables);
    tables.end_attempt(done.is_ok())?;
    done
}

/// Returns the smallest key behind all keys that begin with `prefix`; `None` when there is none.
pub fn prefix_end(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.last_mut() {
        if *last < u8::MAX {
            *last += 1;
            return Some(end);
        }
        end.pop();
    }
    None
}

/// Returns all records whose keys begin with `prefix`.
pub fn scan_prefix(
    tables: &dyn Tables,
    table: Table,
    prefix: &[u8],
) -> StoreResult<Vec<(Bytes, Bytes)>> {
    tables.scan(table, prefix, prefix_end(prefix).as_deref(), usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix_carries_over() {
        assert_eq!(prefix_end(&[1, 0xFF]), Some(vec![2]));
        assert_eq!(prefix_end(&[0xFF, 0xFF]), None);
    }
}
