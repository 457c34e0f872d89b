//! Faults of the environment that a story, a person or the simulator injects (SE-337).
//!
//! A fault changes nothing by itself. It stands in a table with its target and its time window, and
//! whoever would meet it in a real installation asks for it: the step that opens a connection, the
//! reader of a row, the writer of an attribute. What follows is left to the rules of the engine.
//! `docs/faults.md` tells what operators see of each.

use dirsim_model::{Guid, Timestamp};
use dirsim_store::{StoreResult, Tables, rows};
use serde::{Deserialize, Serialize};

/// Name of the meta record that holds all faults.
const FAULTS: &str = "faults";

/// Declares the closed list of faults.
macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $target:ident;)*) => {
        /// What can be wrong with the environment (SE section 13).
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub enum Kind { $($(#[doc = $doc])+ $name),* }

        impl Kind {
            /// All faults.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// All names.
            pub const NAMES: &[&'static str] = &[$($text),*];

            /// Returns the name that scenarios and `Set-DirsimFault` use.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// Returns what is wrong, as a sentence.
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+)),* }
            }

            /// Returns what the fault hits.
            pub const fn target(self) -> Target {
                match self { $(Self::$name => Target::$target),* }
            }
        }
    };
}

/// What a fault hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Connectors: a name, or all of them.
    Connector,
    /// Connectors of forests: a forest or a domain, or all of them.
    Forest,
    /// The connector of the tenant.
    Tenant,
    /// A domain controller, or all controllers of a domain.
    Controller,
    /// A container of a forest.
    Container,
    /// The synchronization service itself.
    Service,
    /// Something that happens to a directory at once and is over then.
    Event,
}

faults! {
    /// The password of the connector account was changed in the directory (FM-01).
    AccountPassword = "account-password", Forest;
    /// The connector account is locked or expired (FM-02).
    AccountLocked = "account-locked", Forest;
    /// A domain controller does not answer (FM-03, FM-04).
    ControllerDown = "dc-down", Controller;
    /// Names of domain controllers do not resolve on the server (FM-05).
    Dns = "dns", Forest;
    /// The server does not reach the tenant (FM-39).
    NetworkDown = "net-down", Tenant;
    /// The connection breaks after so many rows; what was under way is lost (SE-228).
    ConnectionLost = "connection-lost", Connector;
    /// The connection breaks after so many rows; what was under way arrives, its answers do not
    /// (SE-228).
    AnswersLost = "answers-lost", Connector;
    /// The connector account may not replicate directory changes (FM-07).
    NoReplicationRight = "no-replication-right", Forest;
    /// The connector account reads nothing below a container: inheritance is blocked (FM-08).
    AclContainer = "acl-block", Container;
    /// The connector account does not read an attribute (FM-10).
    AclAttribute = "acl-attribute", Forest;
    /// The connector account may not write an attribute (FM-09).
    NoWriteRight = "no-write-right", Forest;
    /// A selected domain is gone (FM-21).
    DomainGone = "domain-gone", Forest;
    /// A selected domain has another name.
    DomainRenamed = "domain-renamed", Forest;
    /// Somebody sets an attribute back right after each export (FM-29).
    ValueReset = "value-reset", Connector;
    /// Exported rows are refused with an error of the directory's own (SE 5.4).
    RowError = "row-error", Connector;
    /// A row of an import cannot be staged (SE 3.8).
    DiscoveryError = "discovery-error", Connector;
    /// Reading fails in the middle of an import (SE 3.8).
    ReadError = "read-error", Connector;
    /// The database is at its limit (FM-35).
    DatabaseFull = "database-full", Service;
    /// The connection to the database breaks.
    DatabaseLost = "database-lost", Service;
    /// The database gives a transaction up.
    Deadlock = "deadlock", Service;
    /// The server has no memory left.
    OutOfMemory = "out-of-memory", Service;
    /// The disk of the server is full.
    DiskFull = "disk-full", Service;
    /// The engine fails in a way nobody foresaw.
    ServerError = "server-error", Service;
    /// The engine fails before a step begins.
    NoStartServer = "no-start-server", Service;
    /// The configuration of a connector is broken.
    BadConfiguration = "bad-configuration", Connector;
    /// The step of a run profile names a partition that is not there.
    MissingPartition = "missing-partition", Connector;
    /// The service is killed after so many rows; it comes up again at once (FM-36).
    ServiceKill = "service-kill", Service;
    /// An operator stops the run after so many rows (SE-231).
    OperatorStop = "operator-stop", Service;
    /// The step may handle so many rows and no more.
    ObjectLimit = "object-limit", Connector;
    /// The clock of the server is wrong by so many minutes.
    ClockSkew = "clock-skew", Service;
    /// A proxy breaks connections that are idle while a large row is worked on (FM-40).
    ProxyTimeout = "proxy-timeout", Tenant;
    /// The password of the server's account in the tenant is expired (FM-41).
    TenantAuth = "tenant-auth", Tenant;
    /// A policy of the tenant keeps the server's account from signing in (FM-41).
    TenantBlocked = "tenant-blocked", Tenant;
    /// The token of the server's account expires after so many rows.
    TokenExpired = "token-expired", Tenant;
    /// The tenant makes the server wait (FM-42).
    TenantThrottle = "tenant-throttle", Tenant;
    /// The directory does not know the watermark any more (SE-116).
    WatermarkLost = "watermark-lost", Connector;
    /// A deletion that waits cannot be withdrawn (SE-168).
    WithdrawalFails = "withdrawal-fails", Service;
    /// A domain controller restored from a backup hands out identifiers a second time (SE-039).
    RidPoolRollback = "rid-pool-rollback", Event;
    /// Two controllers made an object of one name; one of them loses (SE-043).
    ConflictObject = "conflict-object", Event;
    /// Provisioning of new objects asks for itself without end (SE-175).
    ProvisioningLoop = "provisioning-loop", Service;
}

impl std::str::FromStr for Kind {
    type Err = String;

    /// Parses the name of a fault in any letter case.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        Self::ALL.iter().copied().find(|kind| kind.name().eq_ignore_ascii_case(text)).ok_or_else(
            || {
                let near = dirsim_model::nearest::nearest(text, Self::NAMES.iter().copied());
                let hint =
                    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                format!("no fault `{text}`{hint}")
            },
        )
    }
}

/// A fault with its target and window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The number by which it is cleared, from 1; 0 in one that is not set yet.
    pub number: u32,
    /// What is wrong.
    pub kind: Kind,
    /// The number of the server that meets it; every server when `None`.
    pub server: Option<u8>,
    /// What it hits, as [`Kind::target`] says; everything of that sort when `None`.
    pub target: Option<String>,
    /// An attribute, an error type, a number: what the kind asks for.
    pub value: Option<String>,
    /// The row at which it strikes, from 1: rows before it are unharmed.
    pub at: Option<u64>,
    /// Since when it stands; from the beginning when `None`.
    pub from: Option<Timestamp>,
    /// When it ends; it stays until it is cleared when `None`.
    pub until: Option<Timestamp>,
    /// How often it still strikes; any number of times when `None`.
    pub left: Option<u32>,
}

impl Fault {
    /// Makes a fault that hits everything of its sort and stays.
    pub const fn new(kind: Kind) -> Self {
        Self {
            number: 0,
            kind,
            server: None,
            target: None,
            value: None,
            at: None,
            from: None,
            until: None,
            left: None,
        }
    }

    /// Returns whether the fault stands at a time.
    pub fn stands(&self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= now)
            && self.until.is_none_or(|until| now < until)
            && self.left != Some(0)
    }

    /// Returns whether the fault is meant for a name; one without a target is meant for every name.
    pub fn hits(&self, name: &str) -> bool {
        self.target.as_deref().is_none_or(|target| target.eq_ignore_ascii_case(name))
    }

    /// Returns its number as an identity for objects that have GUIDs.
    pub fn guid(&self) -> Guid {
        let mut bytes = [0; 16];
        for (slot, byte) in bytes.iter_mut().rev().zip(self.number.to_le_bytes()) {
            *slot = byte;
        }
        Guid::from_bytes(bytes)
    }
}

/// Returns all faults that were set and not cleared, also those whose time is over.
pub fn all(tables: &dyn Tables) -> StoreResult<Vec<Fault>> {
    Ok(rows::meta(tables, FAULTS)?.unwrap_or_default())
}

/// Sets a fault; returns its number.
pub fn set(tables: &mut dyn Tables, mut fault: Fault) -> StoreResult<u32> {
    let mut faults = all(tables)?;
    fault.number = faults.iter().map(|known| known.number).max().unwrap_or(0) + 1;
    let number = fault.number;
    faults.push(fault);
    rows::put_meta(tables, FAULTS, &faults)?;
    Ok(number)
}

/// Clears the faults that `which` chooses; returns how many there were.
pub fn clear(tables: &mut dyn Tables, which: impl Fn(&Fault) -> bool) -> StoreResult<usize> {
    let mut faults = all(tables)?;
    let before = faults.len();
    faults.retain(|fault| !which(fault));
    let cleared = before - faults.len();
    if cleared > 0 {
        rows::put_meta(tables, FAULTS, &faults)?;
    }
    Ok(cleared)
}

/// Notes that a fault struck; one that strikes a number of times comes to its end.
pub(crate) fn struck(tables: &mut dyn Tables, number: u32) -> StoreResult<()> {
    let mut faults = all(tables)?;
    if let Some(left) =
        faults.iter_mut().find(|fault| fault.number == number).and_then(|f| f.left.as_mut())
    {
        *left = left.saturating_sub(1);
        rows::put_meta(tables, FAULTS, &faults)?;
    }
    Ok(())
}
