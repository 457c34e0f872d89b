//! Directory roles: names and template ids.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RolesFile {
    roles: BTreeMap<String, String>,
}

/// Returns the roles of `config/tenant/roles.yaml`: name and template id.
pub(crate) fn all() -> &'static BTreeMap<String, String> {
    static ROLES: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    ROLES.get_or_init(|| {
        let text = include_str!("../../../../config/tenant/roles.yaml");
        let file: RolesFile =
            serde_saphyr::from_str(text).expect("the shipped file of roles is well-formed");
        file.roles
    })
}

/// Returns the name of a role by name or template id, in any letter case.
pub(crate) fn name_of(written: &str) -> Option<&'static str> {
    all()
        .iter()
        .find(|(name, id)| name.eq_ignore_ascii_case(written) || id.eq_ignore_ascii_case(written))
        .map(|(name, _)| name.as_str())
}

/// Returns the template id of a role; its name when it has none.
pub(crate) fn id_of(name: &str) -> &str {
    all().get(name).map_or(name, String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_found_by_name_and_template() {
        let id = "62E90394-69f5-4237-9190-012177145e10";
        assert_eq!(name_of(id), Some("Global Administrator"));
        assert_eq!(name_of("global administrator"), Some("Global Administrator"));
        assert!(all().values().all(|id| id.parse::<dirsim_model::Guid>().is_ok()));
    }
}
