//! Arguments of `dirsim csexport` and `dirsim csexport-analyzer`.

use std::path::PathBuf;

use clap::Args;

use super::Where;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dirsim csexport 'contoso.onmicrosoft.com - AAD' pending.xml /f:x -w ws
  dirsim csexport contoso.com all.xml -w ws")]
pub(crate) struct CsExport {
    /// The name of the connector
    pub(crate) connector: String,
    /// The file to write; only you can read it
    pub(crate) file: PathBuf,
    /// Which objects: /f:x pending exports, /f:e export errors, /f:i import errors; all when absent
    pub(crate) filter: Option<String>,
    #[command(flatten)]
    pub(crate) place: Where,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dirsim csexport-analyzer pending.xml > pending.csv
  dirsim csexport-analyzer pending.xml --batches verify    processedbatch1.csv and so on")]
pub(crate) struct CsExportAnalyzer {
    /// A file that csexport wrote
    pub(crate) file: PathBuf,
    /// Write who is concerned, a thousand objects per file, into this folder instead
    #[arg(long, value_name = "FOLDER")]
    pub(crate) batches: Option<PathBuf>,
}
