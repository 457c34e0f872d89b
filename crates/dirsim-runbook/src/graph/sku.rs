//! Products: part numbers and the ids of their SKUs.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SkusFile {
    skus: BTreeMap<String, String>,
}

/// Returns the products of `config/tenant/skus.yaml`: part number and SKU id.
pub(crate) fn all() -> &'static BTreeMap<String, String> {
    static SKUS: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    SKUS.get_or_init(|| {
        let text = include_str!("../../../../config/tenant/skus.yaml");
        let file: SkusFile =
            serde_saphyr::from_str(text).expect("the shipped file of products is well-formed");
        file.skus
    })
}

/// Returns the SKU id of a product by part number or id; what was written when it is unknown.
pub(crate) fn id_of(written: &str) -> &str {
    all().iter().find(|(part, _)| part.eq_ignore_ascii_case(written)).map_or(written, |(_, id)| id)
}

/// Returns the part number of a product by part number or id; what was written when it is unknown.
pub(crate) fn part_of(written: &str) -> &str {
    all().iter().find(|(_, id)| id.eq_ignore_ascii_case(written)).map_or(written, |(part, _)| part)
}

/// Returns whether two texts name one product.
pub(crate) fn same(a: &str, b: &str) -> bool {
    id_of(a).eq_ignore_ascii_case(id_of(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_have_two_names() {
        assert!(same("spe_e3", "05E9A617-0261-4cee-bb44-138d3ef5d965"));
        assert!(!same("SPE_E3", "SPE_E5") && same("E3", "e3"));
        assert_eq!(part_of("05e9a617-0261-4cee-bb44-138d3ef5d965"), "SPE_E3");
        assert!(all().values().all(|id| id.parse::<dirsim_model::Guid>().is_ok()));
    }
}
