//! Rule scripts: what the rule editor exports, read and written (CE section 9).
//!
//! The reader recognizes the language of the editor; it is no PowerShell and runs nothing. What it
//! does not know it tells with line and column, and the other rules are read all the same.

mod lex;
mod parse;
mod read;
mod write;

pub use read::{ScriptExport, read};
pub use write::{LineEnd, WriteOptions, write};
