//! What the fuzz targets share.

use std::sync::OnceLock;

use dirsim_model::Schema;

/// Returns the shipped schema; its files are read once, not for every input.
pub fn schema() -> Schema {
    static SHIPPED: OnceLock<Schema> = OnceLock::new();
    SHIPPED.get_or_init(Schema::built_in).clone()
}
