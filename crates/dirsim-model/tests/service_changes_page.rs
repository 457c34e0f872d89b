//! The published page of dated service changes is the one that the list gives.
#![expect(clippy::disallowed_methods, reason = "a test that reads and writes the document")]

/// Where the page is published.
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/service-changes.md");

/// D3: every change with its date, effect, source and rules.
#[test]
fn the_published_page_is_current() {
    let made = dirsim_model::service_changes().page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(PATH, &made).unwrap();
    }
    let published = std::fs::read_to_string(PATH).unwrap_or_default();
    assert!(
        published == made,
        "docs/service-changes.md is out of date; UPDATE_DOCS=1 cargo test -p dirsim-model writes it"
    );
}
