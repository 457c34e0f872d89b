//! Any bytes as a file of a configuration folder: read or told, never a panic; a rule that was read
//! survives writing.
#![no_main]

use dirsim_formats::SourceFile;
use dirsim_formats::server::{
    Answers, Target, WorldConnector, import, read_folder, rule_xml,
};
use dirsim_fuzz::schema;
use dirsim_rules::RuleOptions;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let file = SourceFile { name: "Connectors/any.xml", bytes };
    let export = read_folder(&[file], false);
    for finding in export.findings.sorted() {
        assert!(!finding.code.is_empty() && finding.count > 0);
    }
    let connectors = [
        WorldConnector::forest("contoso.com", &[]),
        WorldConnector::tenant("contoso.onmicrosoft.com"),
    ];
    let schema = schema();
    let target = Target {
        connectors: &connectors,
        schema: &schema,
        options: &RuleOptions::default(),
        answers: &Answers::new(),
    };
    let _ = import("any", &export, target);
    for rule in &export.rules {
        let written = rule_xml::write(rule, true);
        let file = SourceFile { name: "again.xml", bytes: written.as_bytes() };
        let again = read_folder(&[file], false);
        assert_eq!(again.rules.len(), 1, "{written}");
    }
});
