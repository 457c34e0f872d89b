//! What `config/server-configuration` says: limits, the known elements, the known parameters.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// How much is read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Limits {
    pub(super) xml_bytes: usize,
    pub(super) xml_elements: usize,
    pub(super) xml_depth: usize,
    pub(super) xml_attributes: usize,
    pub(super) script_bytes: usize,
    pub(super) rules: usize,
    pub(super) findings: usize,
}

/// What an element is to dirsim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// It means something.
    Read,
    /// It is told, nothing more.
    Shown,
    /// It has no meaning here, with everything below.
    Ignored,
    /// A real server does something that dirsim does not.
    NotSimulated,
    /// An engine rule of the predecessor.
    Legacy,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ElementsFile {
    read: Vec<String>,
    shown: Vec<String>,
    ignored: Vec<String>,
    not_simulated: Vec<String>,
    legacy: Vec<String>,
}

/// What a global parameter is to dirsim.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    /// Settings of the world, by the last segments of the name.
    pub(super) setting: BTreeMap<String, String>,
    /// Features, with the words of the report.
    pub(super) feature: BTreeMap<String, String>,
    /// What is only told.
    pub(super) shown: BTreeMap<String, String>,
    /// What has no meaning, with the reason.
    pub(super) ignored: BTreeMap<String, String>,
}

static LIMITS: LazyLock<Limits> = LazyLock::new(|| {
    serde_saphyr::from_str(include_str!("../../../../config/server-configuration/limits.yaml"))
        .expect("the shipped limits are well-formed")
});

static ELEMENTS: LazyLock<BTreeMap<String, Use>> = LazyLock::new(|| {
    let text = include_str!("../../../../config/server-configuration/elements.yaml");
    let file: ElementsFile =
        serde_saphyr::from_str(text).expect("the shipped list of elements is well-formed");
    let lists = [
        (file.read, Use::Read),
        (file.shown, Use::Shown),
        (file.ignored, Use::Ignored),
        (file.not_simulated, Use::NotSimulated),
        (file.legacy, Use::Legacy),
    ];
    lists
        .into_iter()
        .flat_map(|(paths, usage)| paths.into_iter().map(move |path| (path, usage)))
        .collect()
});

static PARAMETERS: LazyLock<Parameters> = LazyLock::new(|| {
    serde_saphyr::from_str(include_str!("../../../../config/server-configuration/parameters.yaml"))
        .expect("the shipped list of parameters is well-formed")
});

impl Limits {
    /// Returns the limits that dirsim ships with.
    pub(super) fn shipped() -> Self {
        LIMITS.clone()
    }
}

/// Returns what an element or attribute is; `None` when nobody knows it.
pub(super) fn usage(path: &str) -> Option<Use> {
    ELEMENTS.get(path).copied()
}

/// Returns the known parameters.
pub(super) fn parameters() -> &'static Parameters {
    &PARAMETERS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_files_are_well_formed() {
        assert_eq!(usage("ma-data/id"), Some(Use::Read));
        assert_eq!(usage("ma-data/nonsense"), None);
        assert!(Limits::shipped().xml_depth > 10);
        assert!(parameters().setting.values().any(|key| key == "anchor"));
    }
}
