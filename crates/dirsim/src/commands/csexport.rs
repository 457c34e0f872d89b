//! `dirsim csexport` and `dirsim csexport-analyzer`: the files of verification (SE-284 to SE-286).

use std::fs;
use std::path::Path;

use dirsim_formats::SourceFile;
use dirsim_formats::server::csexport::{BATCH_COLUMNS, CHANGE_COLUMNS, csv, read};
use dirsim_sync::connector;
use dirsim_world::csexport::{Filter, document};

use super::open;
use crate::cli::{CsExport, CsExportAnalyzer};
use crate::failure::Failure;
use crate::files::{unreadable, write_private};

/// Writes the document of a connector space.
pub(crate) fn csexport(arguments: &CsExport) -> Result<(), Failure> {
    let filter = match arguments.filter.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None => Filter::All,
        Some("/f:x" | "x") => Filter::PendingExport,
        Some("/f:e" | "e") => Filter::ExportErrors,
        Some("/f:i" | "i") => Filter::ImportErrors,
        Some(other) => {
            return Err(Failure::usage(format!(
                "`{other}` is no filter: /f:x pending exports, /f:e export errors, /f:i import \
                 errors, nothing for all"
            )));
        }
    };
    let world = open(&arguments.place.workspace)?;
    let tables = world.tables();
    let Some(found) = connector::find(tables, &arguments.connector)? else {
        let known: Vec<String> = connector::all(tables)?.into_iter().map(|c| c.name).collect();
        return Err(Failure::usage(format!(
            "there is no connector `{}`; there are: {}",
            arguments.connector,
            known.join(", ")
        )));
    };
    let text =
        document(tables, world.schema(), &found, filter).map_err(dirsim_world::WorldError::from)?;
    let objects = text.matches("<cs-object ").count();
    write_private(&arguments.file, text.as_bytes())?;
    println!("{}: {objects} objects of {}", arguments.file.display(), found.name);
    Ok(())
}

/// Turns a document into tables.
pub(crate) fn analyzer(arguments: &CsExportAnalyzer) -> Result<(), Failure> {
    let name = arguments.file.display().to_string();
    let bytes = fs::read(&arguments.file)
        .map_err(|error| Failure::unreadable([format!("{name}: {error}")]))?;
    let document =
        read(SourceFile { name: &name, bytes: &bytes }).map_err(|errors| unreadable(&errors))?;
    let Some(folder) = &arguments.batches else {
        print!("{}", csv(&CHANGE_COLUMNS, &document.changes()));
        return Ok(());
    };
    fs::create_dir_all(folder)
        .map_err(|error| Failure::usage(format!("{}: {error}", folder.display())))?;
    let batches = document.batches();
    for (at, batch) in batches.iter().enumerate() {
        let path: &Path = &folder.join(format!("processedbatch{}.csv", at + 1));
        write_private(path, csv(&BATCH_COLUMNS, batch).as_bytes())?;
        println!("{}: {} objects", path.display(), batch.len());
    }
    if batches.is_empty() {
        println!("nothing waits for export");
    }
    Ok(())
}
