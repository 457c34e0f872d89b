//! Any text as a runbook: checked or refused with located mistakes, never a panic.
#![no_main]

use dirsim_runbook::{check, complete, filter, graph_filter};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match check(text, "script.ps1") {
        Ok(script) => assert!(script.statements().len() <= text.len()),
        Err(errors) => {
            for error in &errors {
                assert!(error.span.start <= error.span.end && error.span.end <= text.len());
                assert!(text.is_char_boundary(error.span.start) && error.span.line > 0);
            }
            assert!(!errors.is_empty());
        }
    }
    let (replaced, _) = complete::complete(text, &complete::Nothing);
    assert!(replaced <= text.len());
    let _ = filter::parse(text);
    let _ = filter::parse_ldap(text);
    let _ = graph_filter::parse(text);
});
