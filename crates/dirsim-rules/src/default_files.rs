//! The rule files that dirsim ships with.

use crate::options::RuleFile;

/// Embeds files of `config/rules` under the path that messages show.
macro_rules! embedded {
    ($($name:literal,)*) => {
        &[$((concat!("config/rules/", $name),
             include_str!(concat!("../../../config/rules/", $name))),)*]
    };
}

/// The files. Their order does not matter: each rule says where it stands.
const FILES: &[(&str, &str)] = embedded![
    "in-from-ad-user.yaml",
    "in-from-ad-group.yaml",
    "in-from-ad-contact.yaml",
    "in-from-aad.yaml",
    "out-to-aad-user.yaml",
    "out-to-aad-contact.yaml",
    "out-to-aad-group.yaml",
    "out-to-ad.yaml",
    "device.yaml",
];

/// Returns the files.
pub(crate) fn all() -> Vec<RuleFile> {
    let file = |(path, text): &(&str, &str)| RuleFile {
        path: (*path).to_owned(),
        text: (*text).to_owned(),
    };
    FILES.iter().map(file).collect()
}
