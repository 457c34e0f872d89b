//! Readers and writers of what administrators export, and made-up populations to rehearse with.
//!
//! Everything here is pure: readers take the bytes of a file and the name to show for it, writers
//! take a sink. [`ldif`] makes a forest, [`graph`] a tenant, [`generate`] both.
//!
//! A reader gives all it found or nothing: either the whole of its input as objects together with
//! [`Lint`]s, or the [`FormatErrors`] of every file.

pub mod convert;
pub mod encoding;
pub mod error;
pub mod generate;
pub mod graph;
mod identity;
pub mod junit;
pub mod keys;
pub mod ldif;
pub mod lint;
pub mod sarif;
pub mod server;

pub use encoding::TextEncoding;
pub use error::{FormatError, FormatErrors, Place};
pub use graph::{LoadedTenant, read_tenant};
pub use ldif::{LoadedForest, read_forest};
pub use lint::{Level, Lint, LintCode};

/// A file to read: the name to show for it, and its bytes.
#[derive(Debug, Clone, Copy)]
pub struct SourceFile<'a> {
    /// The name in messages, usually the path as the user wrote it.
    pub name: &'a str,
    /// The content.
    pub bytes: &'a [u8],
}
