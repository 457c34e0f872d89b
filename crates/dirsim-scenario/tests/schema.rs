//! The published JSON schema of scenario files is the one that the types give.
#![expect(clippy::disallowed_methods, reason = "a test that reads and writes the document")]

/// Where the schema is published.
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema/scenario.json");

#[test]
fn the_published_schema_is_current() {
    let made = dirsim_scenario::json_schema();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(PATH, &made).unwrap();
    }
    let published = std::fs::read_to_string(PATH).unwrap_or_default();
    assert!(
        published == made,
        "docs/schema/scenario.json is out of date; UPDATE_DOCS=1 cargo test -p dirsim-scenario writes it"
    );
}
