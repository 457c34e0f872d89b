//! Feature flags and dated changes of the service, as sets that a record keeps (ET-001, ET-120).

use dirsim_model::{AsOf, Timestamp};
use serde::{Deserialize, Serialize};

use crate::catalogue::catalogue;

/// Declares a closed list whose members are kept as bits; new members go to the end.
macro_rules! bits {
    ($(#[$meta:meta])* $name:ident, $set:ident, $label:ident, $( $member:ident = $text:literal ),* $(,)?) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u32)]
        pub enum $name { $(#[doc = concat!("`", $text, "`; the data file says what it does.")] $member),* }

        impl $name {
            /// All members in the order of their bits.
            pub const ALL: &[Self] = &[$(Self::$member),*];

            /// Returns the name in the data file.
            pub const fn $label(self) -> &'static str {
                match self { $(Self::$member => $text),* }
            }
        }

        /// Which of them hold.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $set(u32);

        impl $set {
            /// Returns whether a member holds.
            pub const fn has(self, member: $name) -> bool {
                self.0 & (1 << member as u32) != 0
            }

            /// Sets a member.
            pub const fn set(&mut self, member: $name, on: bool) {
                if on { self.0 |= 1 << member as u32 } else { self.0 &= !(1 << member as u32) }
            }
        }
    };
}

bits! {
    /// A feature flag of the tenant (ET-120).
    Feature, FeatureSet, name,
    PasswordSync = "passwordSync",
    PasswordWriteback = "passwordWriteback",
    DirectoryExtensions = "directoryExtensions",
    QuarantineUponUpnConflict = "quarantineUponUpnConflict",
    SoftMatchOnUpn = "softMatchOnUpn",
    QuarantineUponProxyAddressesConflict = "quarantineUponProxyAddressesConflict",
    CloudPasswordPolicy = "cloudPasswordPolicyForPasswordSyncedUsers",
    UnifiedGroupWriteback = "unifiedGroupWriteback",
    UserWriteback = "userWriteback",
    DeviceWriteback = "deviceWriteback",
    SynchronizeUpnForManagedUsers = "synchronizeUpnForManagedUsers",
    UserForcePasswordChangeOnLogon = "userForcePasswordChangeOnLogon",
    BlockSoftMatch = "blockSoftMatch",
    BlockHardMatch = "blockCloudObjectTakeoverThroughHardMatch",
    BypassDirSyncOverrides = "bypassDirSyncOverrides",
    GroupWriteBack = "groupWriteBack",
    ConcurrentCredentialUpdate = "concurrentCredentialUpdate",
    ConcurrentOrgIdProvisioning = "concurrentOrgIdProvisioning",
    FopeConflictResolution = "fopeConflictResolution",
    AllowObjectIdentifierUpdate = "allowOnPremUpdateOfOnPremisesObjectIdentifier",
    PassThroughAuthentication = "passThroughAuthentication",
}

bits! {
    /// A dated change of the service (D3).
    Change, ChangeSet, id,
    DuplicateAttributeResiliency = "duplicate-attribute-resiliency",
    FederatedUpnChange = "federated-upn-change",
    CloudGroupRecycleBin = "cloud-security-group-recycle-bin",
    SourceOfAuthority = "source-of-authority",
    HardMatchPrivilegedRole = "hard-match-privileged-role",
    ObjectIdentifierLocked = "object-identifier-locked",
    OrphanProxyCheck = "orphan-proxy-check",
}

impl Feature {
    /// Finds a feature by its Graph name, with or without `Enabled`, or its older name; any casing.
    pub fn find(name: &str) -> Option<Self> {
        let bare = if name.len() > 7 && name.to_ascii_lowercase().ends_with("enabled") {
            name.get(..name.len() - 7).unwrap_or(name)
        } else {
            name
        };
        Self::ALL.iter().copied().zip(&catalogue().features).find_map(|(feature, info)| {
            let legacy = info.legacy.as_deref().unwrap_or_default();
            (info.name.eq_ignore_ascii_case(bare) || legacy.eq_ignore_ascii_case(bare))
                .then_some(feature)
        })
    }
}

impl FeatureSet {
    /// Returns the flags of a preset, `new-tenant` or `seed-sample`; `None` for another name.
    pub fn preset(name: &str, changes: ChangeSet) -> Option<Self> {
        let seed_sample = match name {
            "" | "new-tenant" => false,
            "seed-sample" => true,
            _ => return None,
        };
        let mut set = Self::default();
        for (feature, info) in Feature::ALL.iter().copied().zip(&catalogue().features) {
            set.set(feature, if seed_sample { info.seed_sample } else { info.new_tenant });
        }
        if !changes.has(Change::DuplicateAttributeResiliency) {
            set.set(Feature::QuarantineUponUpnConflict, false);
            set.set(Feature::QuarantineUponProxyAddressesConflict, false);
        }
        Some(set)
    }

    /// Returns the numeric mask of the flags whose bit is known (ET-121).
    pub fn mask(self) -> u32 {
        Feature::ALL
            .iter()
            .zip(&catalogue().features)
            .filter(|(feature, _)| self.has(**feature))
            .fold(0, |mask, (_, info)| mask | info.bit.unwrap_or(0))
    }
}

/// Returns the bit of the numeric mask that a name such as `bit 32768` stands for.
pub fn named_bit(name: &str) -> Option<u32> {
    name.strip_prefix("bit ")?.parse().ok().filter(|bit: &u32| bit.is_power_of_two())
}

/// Spells a numeric mask as switches: every flag whose bit is known, on or off, and the bits without
/// a name that are set (ET-121).
pub fn switches_of_mask(mask: u32) -> Vec<(String, bool)> {
    let (set, unnamed) = decode_mask(mask);
    let named = Feature::ALL.iter().zip(&catalogue().features);
    let mut switches: Vec<(String, bool)> = named
        .filter(|(_, info)| info.bit.is_some())
        .map(|(feature, _)| (feature.name().to_owned(), set.has(*feature)))
        .collect();
    let bits = (0..u32::BITS).map(|at| 1 << at).filter(|bit| unnamed & bit != 0);
    switches.extend(bits.map(|bit| (format!("bit {bit}"), true)));
    switches
}

/// Reads a numeric mask: the flags whose bit is known, and the bits that no name is known for
/// (ET-121).
pub fn decode_mask(mask: u32) -> (FeatureSet, u32) {
    let (mut set, mut unnamed) = (FeatureSet::default(), mask);
    for (feature, info) in Feature::ALL.iter().zip(&catalogue().features) {
        if let Some(bit) = info.bit.filter(|bit| mask & bit != 0) {
            set.set(*feature, true);
            unnamed &= !bit;
        }
    }
    (set, unnamed)
}

impl Change {
    /// Finds a change by its id.
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|change| change.id() == id)
    }
}

impl ChangeSet {
    /// Returns the changes that had taken effect by a date; all of them without one.
    pub fn as_of(date: Option<Timestamp>) -> Self {
        Self::of(&AsOf { date, switched: Vec::new() })
    }

    /// Returns the changes that hold for a choice of date and switches.
    pub fn of(as_of: &AsOf) -> Self {
        let mut set = Self::default();
        for change in Change::ALL.iter().copied() {
            set.set(change, as_of.holds(change.id()));
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use dirsim_model::service_changes;
    use dirsim_model::service_changes::Decides;

    use super::*;

    /// D3: the list of changes and the code name the same ones.
    #[test]
    fn every_change_of_the_tenant_is_known_to_the_code_and_to_the_list() {
        let listed = service_changes().changes.iter().filter(|c| c.decides == Decides::Tenant);
        let listed: Vec<&str> = listed.map(|change| change.id.as_str()).collect();
        let code: Vec<&str> = Change::ALL.iter().map(|change| change.id()).collect();
        assert_eq!(listed, code);
    }

    /// ET-121: the masks of both presets.
    #[test]
    fn masks_follow_et_121() {
        let all = ChangeSet::as_of(None);
        assert_eq!(FeatureSet::preset("seed-sample", all).unwrap().mask(), 3093);
        assert_eq!(FeatureSet::preset("new-tenant", all).unwrap().mask(), 8248);
        assert_eq!(FeatureSet::preset("no-such", all), None);
        let (set, unnamed) = decode_mask(41016);
        let names: Vec<&str> =
            Feature::ALL.iter().filter(|f| set.has(**f)).map(|f| f.name()).collect();
        assert_eq!(
            names,
            [
                "quarantineUponUpnConflict",
                "softMatchOnUpn",
                "quarantineUponProxyAddressesConflict",
                "synchronizeUpnForManagedUsers"
            ]
        );
        assert_eq!((unnamed, set.mask() | unnamed), (32768, 41016));
        assert!(decode_mask(41017).0.has(Feature::PasswordSync));
    }

    /// ET-120: all spellings of a name.
    #[test]
    fn features_are_found_by_every_name() {
        for name in ["softMatchOnUpn", "SoftMatchOnUpnEnabled", "EnableSoftMatchOnUpn"] {
            assert_eq!(Feature::find(name), Some(Feature::SoftMatchOnUpn));
        }
        assert_eq!(Feature::find("noSuch"), None);
    }

    /// ET-001: the columns of the profile table.
    #[test]
    fn profiles_select_by_date() {
        let changes = |profile| ChangeSet::as_of(service_changes().date(profile).ok());
        for (profile, federated, resilient, groups, hardened) in [
            ("p2015", false, false, false, false),
            ("p2018", false, true, false, false),
            ("p2025", true, true, false, false),
            ("p2026", true, true, true, true),
        ] {
            let changes = changes(profile);
            assert_eq!(changes.has(Change::FederatedUpnChange), federated, "{profile}");
            assert_eq!(changes.has(Change::DuplicateAttributeResiliency), resilient, "{profile}");
            assert_eq!(changes.has(Change::CloudGroupRecycleBin), groups, "{profile}");
            assert_eq!(changes.has(Change::HardMatchPrivilegedRole), hardened, "{profile}");
            assert_eq!(changes.has(Change::ObjectIdentifierLocked), hardened, "{profile}");
        }
    }
}
