//! Any bytes as a tenant export: read or refused, never a panic; what was read survives writing.
#![no_main]

use dirsim_formats::graph::GraphOptions;
use dirsim_formats::graph::write::PageWriter;
use dirsim_formats::{SourceFile, read_tenant};
use dirsim_fuzz::schema;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut schema = schema();
    let file = SourceFile { name: "tenant.json", bytes };
    let Ok(loaded) = read_tenant(&[file], &mut schema, &GraphOptions::default()) else { return };
    let mut writer =
        PageWriter::new(Vec::new(), "directoryObjects").expect("memory takes everything");
    for object in &loaded.objects {
        writer.object(&schema, object).expect("memory takes everything");
    }
    let written = writer.finish(None).expect("memory takes everything");
    let file = SourceFile { name: "again.json", bytes: &written };
    let again = read_tenant(&[file], &mut schema, &GraphOptions::default());
    let count = again.map(|again| again.objects.len());
    assert!(loaded.objects.is_empty() || count.is_ok_and(|count| count == loaded.objects.len()));
});
