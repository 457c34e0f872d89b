//! Any bytes as an AD export: read or refused, never a panic; what was read survives writing.
#![no_main]

use dirsim_formats::ldif::LdifOptions;
use dirsim_formats::ldif::write::{LdifWriter, RecordForm};
use dirsim_formats::{LintCode, SourceFile, TextEncoding, read_forest};
use dirsim_fuzz::schema;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let options = LdifOptions {
        encoding: match bytes.first() {
            Some(b'~') => TextEncoding::Windows1252,
            _ => TextEncoding::Detect,
        },
        allow: [LintCode::LdifUrl].into(),
    };
    let mut schema = schema();
    let file = SourceFile { name: "ad.ldf", bytes };
    let Ok(loaded) = read_forest(&[file], &mut schema, &options) else { return };
    let mut writer = LdifWriter::new(Vec::new(), RecordForm::Add);
    for object in &loaded.objects {
        writer.object(&schema, object).expect("memory takes everything");
    }
    let written = writer.finish().expect("memory takes everything");
    let file = SourceFile { name: "again.ldf", bytes: &written };
    // Not compared: a value of an unlisted attribute may be bytes that read as text the next time.
    let again = read_forest(&[file], &mut schema, &LdifOptions::default());
    let count = again.map(|again| again.objects.len());
    assert!(loaded.objects.is_empty() || count.is_ok_and(|count| count == loaded.objects.len()));
});
