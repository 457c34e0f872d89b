//! Files and folders named on the command line.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use dirsim_formats::graph::GraphOptions;
use dirsim_formats::ldif::LdifOptions;
use dirsim_formats::{
    FormatErrors, LintCode, SourceFile, TextEncoding, lint, read_forest, read_tenant,
};
use dirsim_model::Schema;
use dirsim_world::{Input, Source};
use sha2::{Digest as _, Sha256};

use crate::cli::Files;
use crate::failure::Failure;

/// What exported files hold, ready to be loaded.
pub(crate) struct Exports {
    /// Inputs in the order in which they must be applied.
    pub(crate) inputs: Vec<Input>,
    /// What dirsim noticed in the files.
    pub(crate) lints: Vec<String>,
    /// Which files were read.
    pub(crate) sources: Vec<Source>,
    /// What was found, for the report: `contoso.com: 1000 objects`.
    pub(crate) found: Vec<String>,
}

/// Reads the exported files of one forest and one tenant; every mistake is reported, and nothing is
/// loaded when there is one.
pub(crate) fn read_exports(
    files: &Files,
    schema: &Schema,
    as_of: &dirsim_model::AsOf,
) -> Result<Exports, Failure> {
    let mut schema = schema.clone();
    let allowed: BTreeSet<LintCode> = files.allow.iter().copied().collect();
    let (mut inputs, mut lints, mut found, mut names) = (vec![], vec![], vec![], vec![]);
    let mut sources = Vec::new();
    if !files.ad.is_empty() {
        let texts = read_all(&files.ad, &["ldif", "ldf"])?;
        sources.extend(texts.iter().map(|(name, bytes)| source(name, "ad", bytes)));
        let encoding = match files.encoding {
            Some(_) => TextEncoding::Windows1252,
            None => TextEncoding::default(),
        };
        let options = LdifOptions { encoding, allow: allowed.clone() };
        let loaded = read_forest(&borrow(&texts), &mut schema, &options)
            .map_err(|errors| unreadable(&errors))?;
        lints.extend(loaded.lints);
        names.extend(loaded.names);
        found.push(format!("forest {}: {} objects", loaded.new.name, loaded.objects.len()));
        inputs.push(Input::LoadForest { forest: loaded.new, objects: loaded.objects });
    }
    if !files.tenant.is_empty() {
        let texts = read_all(&files.tenant, &["json"])?;
        sources.extend(texts.iter().map(|(name, bytes)| source(name, "tenant", bytes)));
        let loaded = read_tenant(&borrow(&texts), &mut schema, &GraphOptions::default())
            .map_err(|errors| unreadable(&errors))?;
        lints.extend(loaded.lints);
        names.extend(loaded.names);
        let mut tenant = loaded.new;
        tenant.as_of = as_of.date;
        tenant.features.extend(as_of.switched.iter().cloned());
        if let Some(domain) = &files.initial_domain {
            tenant.initial_domain.clone_from(domain);
        }
        if tenant.initial_domain.is_empty() {
            return Err(Failure::usage(
                "no file tells the initial domain of the tenant; name it with --initial-domain \
                 contoso.onmicrosoft.com, or add the answer of GET /domains to --tenant",
            ));
        }
        for name in &files.verified_domain {
            tenant.domains.retain(|domain| !domain.name.eq_ignore_ascii_case(name));
            tenant.domains.push(dirsim_tenant::NewDomain {
                name: name.clone(),
                verified: true,
                federated: false,
            });
        }
        found.push(format!(
            "tenant {}: {} objects, {} domains",
            tenant.initial_domain,
            loaded.objects.len(),
            tenant.domains.len()
        ));
        inputs.push(Input::LoadTenant { tenant, objects: loaded.objects });
    }
    let refused: Vec<String> = lint::refused(&lints, &allowed)
        .iter()
        .map(|lint| format!("{lint}\n  help: load it all the same with --allow {}", lint.code))
        .collect();
    if !refused.is_empty() {
        return Err(Failure::unreadable(refused));
    }
    let lints = lints.iter().map(ToString::to_string).collect();
    if !names.is_empty() {
        inputs.insert(0, Input::AddNames(names));
    }
    Ok(Exports { inputs, lints, sources, found })
}

/// Reads files, and every file with one of the extensions in folders, by name.
pub(crate) fn read_all(
    paths: &[PathBuf],
    extensions: &[&str],
) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = found.len();
            collect(path, extensions, &mut found)?;
            if found.len() == before {
                return Err(Failure::unreadable([format!(
                    "{} holds no file that ends in {}",
                    path.display(),
                    extensions.join(" or ")
                )]));
            }
        } else {
            found.push(path.clone());
        }
    }
    found
        .into_iter()
        .map(|path| {
            let name = path.display().to_string();
            let bytes = fs::read(&path).map_err(|error| {
                Failure::unreadable([format!("{name} cannot be read: {error}")])
            })?;
            Ok((name, bytes))
        })
        .collect()
}

/// Lists the files of a folder and its folders, by name.
pub(crate) fn collect(
    folder: &Path,
    extensions: &[&str],
    found: &mut Vec<PathBuf>,
) -> Result<(), Failure> {
    let unreadable =
        |error| Failure::unreadable([format!("{} cannot be read: {error}", folder.display())]);
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(unreadable)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, extensions, found)?;
        } else if extensions.is_empty()
            || path.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| {
                extensions.iter().any(|e| e.eq_ignore_ascii_case(extension))
            })
        {
            found.push(path);
        }
    }
    Ok(())
}

/// Says which file was read, for the journal.
pub(crate) fn source(name: &str, kind: &str, bytes: &[u8]) -> Source {
    let digest = Sha256::digest(bytes);
    let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Source { path: name.to_owned(), kind: kind.to_owned(), sha256 }
}

/// Lends files to a reader.
pub(crate) fn borrow(texts: &[(String, Vec<u8>)]) -> Vec<SourceFile<'_>> {
    texts.iter().map(|(name, bytes)| SourceFile { name, bytes }).collect()
}

/// Turns the mistakes of exports into a failure.
pub(crate) fn unreadable(errors: &FormatErrors) -> Failure {
    Failure::unreadable(errors.errors.iter().map(ToString::to_string))
}

/// Writes a file that only its owner reads: documents hold personal data (D9).
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    use std::io::Write as _;

    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
        .open(path)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|error| Failure::usage(format!("{} cannot be written: {error}", path.display())))
}
