//! What sync rules may write beyond the syntaxes of the schema: `config/schema/rule-limits.yaml`.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde::Deserialize;

/// The file that dirsim ships with.
const FILE: &str = include_str!("../../../config/schema/rule-limits.yaml");

/// The limits.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Limits {
    /// Most characters of an indexed text of the metaverse (SR-087).
    pub(crate) indexed_characters_max: usize,
    /// Texts of the metaverse without that limit.
    pub(crate) not_indexed: BTreeSet<String>,
    /// Attributes of AD objects that nobody but the directory writes (SR-011).
    pub(crate) read_only: BTreeSet<String>,
}

/// Returns the limits.
pub(crate) fn limits() -> &'static Limits {
    static LIMITS: OnceLock<Limits> = OnceLock::new();
    LIMITS.get_or_init(|| serde_saphyr::from_str(FILE).expect("the shipped file is well-formed"))
}

#[cfg(test)]
mod tests {
    use dirsim_model::{Schema, Side};

    use super::*;

    /// Names that only imported schemas have.
    const IMPORTED: &[&str] = &[
        "cloudDeviceOSType",
        "cloudDeviceOSVersion",
        "cloudDisplayName",
        "isDeleted",
        "isRecycled",
        "lastKnownParent",
        "msExchLabeledURI",
        "msExchUCVoiceMailSettings",
        "uSNCreated",
    ];

    /// SR-087, SR-011: every name of the file is one of the schema, or of schemas that are imported.
    #[test]
    fn the_shipped_file_names_attributes_that_exist() {
        let schema = Schema::built_in();
        assert_eq!(limits().indexed_characters_max, 448);
        for (side, names) in
            [(Side::Metaverse, &limits().not_indexed), (Side::Forest, &limits().read_only)]
        {
            let unknown = |name: &&String| {
                schema.attribute(name).and_then(|id| schema.definition(side, id)).is_none()
            };
            let unknown: Vec<&String> = names.iter().filter(unknown).collect();
            assert!(unknown.iter().all(|name| IMPORTED.contains(&name.as_str())), "{unknown:?}");
        }
    }
}
