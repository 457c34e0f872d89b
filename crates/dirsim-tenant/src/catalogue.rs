//! What the service documents about itself: error catalogue, features, limits, attributes.
//!
//! The files of `config/tenant`, compiled in and read once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use dirsim_model::{AttributeId, Schema, Side};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::row::TenantType;

/// One error of the catalogue (ET-141).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueError {
    /// The public number; `None` for most.
    #[serde(default)]
    pub code: Option<u32>,
    /// The category of Connect Health (ET-140).
    pub category: String,
    /// The text with its places for `{object}`, `{conflict}`, `{attribute}`, `{values}`, `{reason}`.
    pub text: String,
    /// What to do.
    pub fix: String,
}

/// Whether a feature can be switched off again (ET-120).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SwitchOff {
    /// Yes.
    Allowed,
    /// No: once on, always on.
    Refused,
    /// The feature is never written.
    ReadOnly,
}

/// One feature flag as the data file describes it (ET-120).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct FeatureInfo {
    /// The name without `Enabled`.
    pub name: String,
    /// The name of the older cmdlets; `None` when they do not know it.
    #[serde(default)]
    pub legacy: Option<String>,
    /// The value in the numeric mask; `None` when it is not known (ET-121).
    #[serde(default)]
    pub bit: Option<u32>,
    /// The value in the preset `new-tenant`.
    pub new_tenant: bool,
    /// The value in the preset `seed-sample`.
    pub seed_sample: bool,
    /// Whether it can be switched off again.
    pub off: SwitchOff,
    /// What it does, for people.
    pub effect: String,
}

/// Limits of a user principal name, in characters (ET-160).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpnLimits {
    /// The whole name.
    pub total: usize,
    /// The part before `@`.
    pub user: usize,
    /// The part behind `@`.
    pub suffix: usize,
}

/// The size budget of one object, in units (ET-165).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ObjectSize {
    /// What an object may weigh.
    pub budget: usize,
    /// What one SMTP address weighs.
    pub smtp_address: usize,
    /// What one certificate weighs.
    pub certificate: usize,
    /// What one licence weighs.
    pub license: usize,
}

/// The directory quota (ET-166).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct QuotaLimits {
    /// Objects while no custom domain is verified.
    pub unverified: u64,
    /// Objects with a verified custom domain.
    pub verified: u64,
    /// So many objects that cannot be restored count as one.
    pub purged_weight: u64,
    /// Days for which they count.
    pub purged_days: i64,
}

/// The write window of the service (ET-167), recorded and not enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ThrottleLimits {
    /// Object writes in one window.
    pub writes: u64,
    /// The length of the sliding window in minutes.
    pub window_minutes: i64,
}

/// All limits of the service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Limits {
    /// Characters by attribute of the row, inclusive (ET-160).
    pub lengths: BTreeMap<String, usize>,
    /// Limits of the UPN.
    pub user_principal_name: UpnLimits,
    /// Characters of mail; a longer one is ignored by the calculation.
    pub mail: usize,
    /// Characters of one proxy address.
    pub proxy_address: usize,
    /// Characters of one directory extension value.
    pub extension_value: usize,
    /// Directory extension values of one object.
    pub extension_values: usize,
    /// Values of one certificate attribute (ET-164).
    pub certificates: usize,
    /// Bytes of a photo (ET-164).
    pub thumbnail_photo_bytes: usize,
    /// The size budget.
    pub object_size: ObjectSize,
    /// The directory quota.
    pub quota: QuotaLimits,
    /// The write window.
    pub throttle: ThrottleLimits,
    /// Days in the recycle bin (ET-173).
    pub recycle_bin_days: i64,
    /// Hours until a turn-off of synchronization completes (ET-202).
    pub turn_off_hours: i64,
    /// What the tenant asks of a password that is set in the cloud (ET-243).
    pub password: PasswordLimits,
    /// Members of a synchronized group (ET-223).
    pub group_members: u32,
    /// The same for the first version of the provisioning interface (ET-223).
    pub group_members_v1: u32,
    /// SKU ids and part numbers with an Exchange plan, in any casing.
    pub exchange_skus: Vec<String>,
}

/// What the tenant asks of a password that is set in the cloud; hashes from on-premises are not
/// asked (ET-243).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PasswordLimits {
    /// Fewest characters.
    pub shortest: usize,
    /// Most characters.
    pub longest: usize,
    /// How many of lower case, upper case, digits and symbols must occur.
    pub kinds: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorsFile {
    errors: BTreeMap<String, CatalogueError>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FeaturesFile {
    features: Vec<FeatureInfo>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PrivilegedRolesFile {
    privileged_roles: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct AttributesFile {
    graph: BTreeMap<String, String>,
    absent: BTreeMap<String, Vec<String>>,
    bookkeeping: Vec<String>,
    cloud_writable: Vec<String>,
    identity_set: Vec<String>,
    cleared_at_turn_off: Vec<String>,
    read_only: Vec<String>,
}

/// The data files in the form that code asks for.
#[derive(Debug)]
pub struct Catalogue {
    /// Errors by name.
    pub errors: BTreeMap<String, CatalogueError>,
    /// Features in the order of [`Feature`](crate::features::Feature).
    pub features: Vec<FeatureInfo>,
    /// Limits.
    pub limits: Limits,
    privileged_roles: BTreeSet<String>,
    exchange_skus: BTreeSet<String>,
    attributes: AttributeLists,
    mapped: Vec<Mapped>,
}

/// The attribute lists with names in lower case.
#[derive(Debug)]
struct AttributeLists {
    graph: BTreeMap<String, String>,
    row: BTreeMap<String, String>,
    absent: BTreeMap<String, BTreeSet<String>>,
    bookkeeping: BTreeSet<String>,
    cloud_writable: BTreeSet<String>,
    identity_set: BTreeSet<String>,
    cleared_at_turn_off: BTreeSet<String>,
    read_only: BTreeSet<String>,
}

/// What is known of one attribute of the shipped schema, so that a row costs no search by name.
#[derive(Debug)]
struct Mapped {
    name: Box<str>,
    role: RowRole,
    max_chars: Option<usize>,
    absent: [bool; 4],
    /// The attribute of the row that feeds this property of Graph.
    fed_by: Option<AttributeId>,
}

/// What an attribute of a row is to the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowRole {
    /// It names the row and is no property.
    Bookkeeping,
    /// It is kept under this name.
    Property(AttributeId),
    /// A directory extension, kept under its own name (ET-120).
    Extension,
    /// The tenant does not know it (ET-162).
    Unknown,
}

/// Returns the data files that dirsim ships with.
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(Catalogue::read)
}

fn parse<T: DeserializeOwned>(name: &str, text: &str) -> T {
    serde_saphyr::from_str(text)
        .unwrap_or_else(|error| panic!("the shipped file {name} is well-formed: {error}"))
}

fn lower(names: Vec<String>) -> BTreeSet<String> {
    names.into_iter().map(|name| name.to_lowercase()).collect()
}

/// The four types in the order in which per-type lists are kept.
const TYPES: [TenantType; 4] =
    [TenantType::User, TenantType::Group, TenantType::Contact, TenantType::Device];

impl Catalogue {
    fn read() -> Self {
        let errors: ErrorsFile =
            parse("errors.yaml", include_str!("../../../config/tenant/errors.yaml"));
        let features: FeaturesFile =
            parse("features.yaml", include_str!("../../../config/tenant/features.yaml"));
        let roles: PrivilegedRolesFile = parse(
            "privileged-roles.yaml",
            include_str!("../../../config/tenant/privileged-roles.yaml"),
        );
        let limits: Limits =
            parse("limits.yaml", include_str!("../../../config/tenant/limits.yaml"));
        let attributes: AttributesFile =
            parse("attributes.yaml", include_str!("../../../config/tenant/attributes.yaml"));
        let mut catalogue = Self {
            errors: errors.errors,
            features: features.features,
            privileged_roles: lower(roles.privileged_roles),
            exchange_skus: lower(limits.exchange_skus.clone()),
            limits,
            attributes: AttributeLists {
                row: attributes
                    .graph
                    .iter()
                    .map(|(row, graph)| (graph.to_lowercase(), row.clone()))
                    .collect(),
                graph: attributes
                    .graph
                    .into_iter()
                    .map(|(row, graph)| (row.to_lowercase(), graph))
                    .collect(),
                absent: attributes
                    .absent
                    .into_iter()
                    .map(|(kind, names)| (kind, lower(names)))
                    .collect(),
                bookkeeping: lower(attributes.bookkeeping),
                cloud_writable: lower(attributes.cloud_writable),
                identity_set: lower(attributes.identity_set),
                cleared_at_turn_off: lower(attributes.cleared_at_turn_off),
                read_only: lower(attributes.read_only),
            },
            mapped: Vec::new(),
        };
        let schema = Schema::built_in();
        let mut mapped = Vec::new();
        for number in 0..u16::MAX {
            let id = AttributeId(number);
            let name = schema.name(id);
            if name == "?" {
                break;
            }
            mapped.push(Mapped {
                name: name.into(),
                role: catalogue.search_role(&schema, id),
                max_chars: catalogue.search_length(name),
                absent: TYPES.map(|kind| catalogue.search_absent(kind, name)),
                fed_by: catalogue.search_feed(&schema, id),
            });
        }
        catalogue.mapped = mapped;
        catalogue
    }

    /// Returns what an attribute of a row is to the tenant.
    pub fn role(&self, schema: &Schema, attribute: AttributeId) -> RowRole {
        match self.known(schema, attribute) {
            Some(known) => known.role,
            None => self.search_role(schema, attribute),
        }
    }

    /// Returns the attribute under which the feed reports a property; `None` when sync does not
    /// know it.
    pub fn fed_by(&self, schema: &Schema, property: AttributeId) -> Option<AttributeId> {
        match self.known(schema, property) {
            Some(known) => known.fed_by,
            None => self.search_feed(schema, property),
        }
    }

    /// Returns the longest value of an attribute of a row, in characters; `None` without limit.
    pub fn max_chars(&self, schema: &Schema, attribute: AttributeId) -> Option<usize> {
        match self.known(schema, attribute) {
            Some(known) => known.max_chars,
            None => self.search_length(schema.name(attribute)),
        }
    }

    /// Returns whether a type of object does not have an attribute (ET-162).
    pub fn is_absent(&self, schema: &Schema, kind: TenantType, attribute: AttributeId) -> bool {
        match self.known(schema, attribute) {
            Some(known) => known.absent.get(kind as usize).copied().unwrap_or_default(),
            None => self.search_absent(kind, schema.name(attribute)),
        }
    }

    /// Returns whether an administrator may change a property of a synchronized object (ET-020).
    pub fn is_cloud_writable(&self, property: &str) -> bool {
        self.attributes.cloud_writable.contains(&property.to_lowercase())
    }

    /// Returns whether a property belongs to the on-premises identity set (ET-197).
    pub fn is_identity(&self, property: &str) -> bool {
        self.attributes.identity_set.contains(&property.to_lowercase())
    }

    /// Returns whether the turn-off of synchronization clears a property (ET-203).
    pub fn is_cleared_at_turn_off(&self, property: &str) -> bool {
        self.attributes.cleared_at_turn_off.contains(&property.to_lowercase())
    }

    /// Returns whether no administrator sets a property.
    pub fn is_read_only(&self, property: &str) -> bool {
        self.attributes.read_only.contains(&property.to_lowercase())
    }

    /// Returns whether a directory role counts as privileged (ET-050).
    pub fn is_privileged(&self, role: &str) -> bool {
        self.privileged_roles.contains(&role.to_lowercase())
    }

    /// Returns whether a licence carries an Exchange plan (ET-110).
    pub fn has_exchange(&self, sku: &str) -> bool {
        self.exchange_skus.contains(&sku.to_lowercase())
    }

    fn known(&self, schema: &Schema, attribute: AttributeId) -> Option<&Mapped> {
        // The numbers of another schema may differ, so the name decides.
        self.mapped
            .get(usize::from(attribute.0))
            .filter(|known| &*known.name == schema.name(attribute))
    }

    fn search_role(&self, schema: &Schema, attribute: AttributeId) -> RowRole {
        let name = schema.name(attribute).to_lowercase();
        if self.attributes.bookkeeping.contains(&name) {
            return RowRole::Bookkeeping;
        }
        if name.starts_with("extension_") {
            return RowRole::Extension;
        }
        if let Some(graph) = self.attributes.graph.get(&name) {
            return schema.attribute(graph).map_or(RowRole::Unknown, RowRole::Property);
        }
        let known = schema.definition(Side::Entra, attribute).is_some()
            || (schema.definition(Side::Tenant, attribute).is_some()
                && !self.attributes.read_only.contains(&name));
        if known { RowRole::Property(attribute) } else { RowRole::Unknown }
    }

    fn search_feed(&self, schema: &Schema, property: AttributeId) -> Option<AttributeId> {
        let name = schema.name(property).to_lowercase();
        if let Some(row) = self.attributes.row.get(&name) {
            return schema.attribute(row);
        }
        (schema.definition(Side::Entra, property).is_some() || name.starts_with("extension_"))
            .then_some(property)
    }

    fn search_length(&self, name: &str) -> Option<usize> {
        self.limits
            .lengths
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, max)| *max)
            .or_else(|| {
                name.to_lowercase().starts_with("extension_").then_some(self.limits.extension_value)
            })
    }

    fn search_absent(&self, kind: TenantType, name: &str) -> bool {
        self.attributes
            .absent
            .get(kind.name())
            .is_some_and(|names| names.contains(&name.to_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::Feature;

    /// ET-120, ET-141: the data files name what the code asks for, in the same order.
    #[test]
    fn the_files_and_the_code_list_the_same_names() {
        let catalogue = catalogue();
        let features: Vec<&str> = catalogue.features.iter().map(|f| f.name.as_str()).collect();
        let code: Vec<&str> = Feature::ALL.iter().map(|feature| feature.name()).collect();
        assert_eq!(features, code);
        // Every name that a source file hands to `refuse` stands in the catalogue.
        let sources = [
            include_str!("checks.rs"),
            include_str!("decide.rs"),
            include_str!("merge.rs"),
            include_str!("references.rs"),
            include_str!("validate.rs"),
        ];
        let suffixes = [
            "Match", "Unique", "Mismatch", "Allowed", "Failed", "Value", "Error", "Object",
            "Length", "License", "Found", "Exceeded", "Enabled",
        ];
        let mut known = 0;
        for word in sources.iter().flat_map(|source| source.split('"').skip(1).step_by(2)) {
            let name = word.len() > 8
                && word.starts_with(|c: char| c.is_ascii_uppercase())
                && word.bytes().all(|b| b.is_ascii_alphabetic())
                && suffixes.iter().any(|suffix| word.ends_with(suffix));
            if name {
                assert!(catalogue.errors.contains_key(word), "{word} is not in errors.yaml");
                known += 1;
            }
        }
        assert!(known > 20, "{known}");
        assert_eq!(catalogue.errors.get("InvalidHardMatch").unwrap().code, Some(103));
    }
}
