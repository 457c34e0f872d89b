//! Any bytes as a rule script or a settings file: read or told, never a panic; rules that were read
//! survive writing.
#![no_main]

use dirsim_formats::SourceFile;
use dirsim_formats::server::script::{WriteOptions, read, write};
use dirsim_formats::server::{WorldConnector, settings};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let file = SourceFile { name: "any.ps1", bytes };
    let world =
        [WorldConnector::forest("contoso.com", &[]), WorldConnector::tenant("contoso.onmicrosoft.com")];
    let _ = settings::read(&file, &world);
    let export = read(&file);
    let text = write(&export.rules, WriteOptions::default());
    let again = read(&SourceFile { name: "again.ps1", bytes: text.as_bytes() });
    assert_eq!(again.rules.len(), export.rules.len(), "{text}");
    assert_eq!(write(&again.rules, WriteOptions::default()), text);
});
