//! A configuration folder: which file is what, and what nobody knows (CE-001, CE-004).

use std::collections::BTreeMap;

use dirsim_model::Guid;

use super::config::{Limits, Use, usage};
use super::connector::{self, ExportedConnector, ExportedKind};
use super::finding::{Findings, Level};
use super::metaverse::{self, ExportedMetaverse};
use super::rule::ExportedRule;
use super::rule_xml;
use super::xml::{self, Element};
use crate::SourceFile;

/// What a configuration folder holds.
#[derive(Debug, Clone, Default)]
pub struct ServerExport {
    /// The connectors, in the order in which they were made (SR-008).
    pub connectors: Vec<ExportedConnector>,
    /// The metaverse and the global parameters; empty when the file is missing.
    pub metaverse: ExportedMetaverse,
    /// The rules by precedence.
    pub rules: Vec<ExportedRule>,
    /// How many files were read.
    pub files: usize,
    /// What was found on the way.
    pub findings: Findings,
    /// Files of connectors, of the metaverse and of rules, readable or not.
    pub(super) parts: [usize; 3],
}

/// The folders of a configuration (CE-001).
const PARTS: &[&str] = &["Connectors", "GlobalSettings", "SynchronizationRules"];

/// Reads the files of a configuration folder, in any order. `strict` turns what is unknown into
/// errors (CE-004).
pub fn read_folder(files: &[SourceFile<'_>], strict: bool) -> ServerExport {
    let mut order: Vec<&SourceFile<'_>> = files.iter().collect();
    order.sort_by_key(|file| file.name);
    let limits = Limits::shipped();
    let mut export = ServerExport::default();
    for file in order {
        let findings = &mut export.findings;
        if !extension_is(file.name, "xml") {
            let text = "no part of a configuration export";
            findings.add(Level::Information, "unknown-file", file.name, 0, "", text, "");
            continue;
        }
        export.files += 1;
        // A file that cannot be read is no missing part: its folder tells what it is.
        for (part, folder) in export.parts.iter_mut().zip(PARTS) {
            *part += usize::from(file.name.split(['/', '\\']).any(|name| name == *folder));
        }
        let root = match xml::read(file.bytes, &limits) {
            Ok(root) => root,
            Err(error) => {
                let (line, help) = (error.line, error.help);
                findings.add(
                    Level::Error,
                    "not-well-formed",
                    file.name,
                    line,
                    "",
                    error.reason,
                    help,
                );
                continue;
            }
        };
        match &*root.name {
            "ma-data" => {
                export.parts[0] += 1;
                survey(&root, file.name, strict, findings);
                if let Some(connector) = connector::read(&root, file.name, findings) {
                    check_name(file.name, connector.id, findings);
                    export.connectors.push(connector);
                }
            }
            "saved-mv-configuration" => {
                survey(&root, file.name, strict, findings);
                export.metaverse = metaverse::read(&root, file.name, findings);
                export.parts[1] += 1;
            }
            "synchronizationRule" => {
                export.parts[2] += 1;
                survey(&root, file.name, strict, findings);
                if let Some(rule) = rule_xml::read(&root, file.name, findings) {
                    check_name(file.name, rule.id, findings);
                    export.rules.push(rule);
                }
                if export.rules.len() > limits.rules {
                    let text = format!("more than {} rules", limits.rules);
                    findings.add(Level::Error, "not-well-formed", file.name, 0, "", text, "");
                    break;
                }
            }
            other => {
                export.files -= 1;
                let text = format!("no part of a configuration export: its root is `{other}`");
                findings.add(Level::Information, "unknown-file", file.name, 1, "", text, "");
            }
        }
    }
    export.connectors.sort_by(|a, b| (&a.created, &a.name).cmp(&(&b.created, &b.name)));
    export.rules.sort_by_key(|rule| (rule.precedence, rule.id));
    duplicates(&mut export);
    missing(&mut export);
    export
}

fn extension_is(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, found)| found.eq_ignore_ascii_case(extension))
}

/// The name of a file tells the identity a second time; the content counts (CE-001).
fn check_name(file: &str, id: Guid, findings: &mut Findings) {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let told = name
        .split_once('{')
        .and_then(|(_, rest)| rest.split_once('}'))
        .and_then(|(guid, _)| guid.parse::<Guid>().ok());
    if told.is_some_and(|told| told != id) {
        let text = format!("the name of the file and its `id` {id} differ; the `id` counts");
        findings.add(Level::Warning, "file-name-mismatch", file, 1, "", text, "");
    }
}

fn duplicates(export: &mut ServerExport) {
    let mut seen: BTreeMap<Guid, String> = BTreeMap::new();
    let parts = export
        .rules
        .iter()
        .map(|rule| (rule.id, &rule.file, rule.line))
        .chain(export.connectors.iter().map(|found| (found.id, &found.file, 1)));
    for (id, file, line) in parts {
        if let Some(first) = seen.get(&id) {
            let text = format!("the identity {id} belongs to {first} already");
            let help = "remove one of the two files; an export never has both";
            export.findings.add(Level::Error, "duplicate-id", file, line, "", text, help);
        }
        seen.entry(id).or_insert_with(|| file.clone());
    }
}

fn missing(export: &mut ServerExport) {
    let usable = export.connectors.iter().any(|found| found.kind != ExportedKind::Generic);
    let [connectors, metaverse, rules] = export.parts;
    let parts = [
        (connectors > 0, "Connectors", "the connectors"),
        (metaverse > 0, "GlobalSettings/MV.xml", "the metaverse and the global parameters"),
        (rules > 0, "SynchronizationRules", "the synchronization rules"),
    ];
    for (there, folder, what) in parts {
        if !there {
            let text = format!("`{folder}` is missing or empty: {what} are not known");
            let help = "name the folder that Get-ADSyncServerConfiguration -Path wrote";
            export.findings.add(Level::Warning, "missing-part", "", 0, folder, text, help);
        }
    }
    if !usable {
        let text = "there is no connector of Active Directory or Entra in the export";
        let help = "its rules can be read, and nothing can be loaded";
        export.findings.add(Level::Error, "no-connector", "", 0, "Connectors", text, help);
    }
}

/// Counts what nobody knows, and tells what is known and not simulated (CE-004).
fn survey(root: &Element, file: &str, strict: bool, findings: &mut Findings) {
    let level = if strict { Level::Error } else { Level::Information };
    let mut paths = vec![(root, root.name.to_string())];
    while let Some((element, path)) = paths.pop() {
        match usage(&path) {
            Some(Use::Read) => {}
            Some(Use::Shown | Use::Ignored) => continue,
            Some(Use::NotSimulated) => {
                let set = !element.is_empty() && !matches!(element.trimmed(), "0" | "false");
                if set {
                    let text = format!("`{path}` is not simulated");
                    let (code, line) = ("not-simulated", element.line);
                    findings.add(Level::Information, code, file, line, &path, text, "");
                }
                continue;
            }
            Some(Use::Legacy) => {
                if !element.is_empty() {
                    let text = format!("`{path}` holds engine rules, which are left out");
                    let help = "write them as synchronization rules";
                    let (code, line) = ("legacy-rules-ignored", element.line);
                    findings.add(Level::Warning, code, file, line, &path, text, help);
                }
                continue;
            }
            None => {
                let text = format!("`{path}` is not known to dirsim");
                findings.add(level, "unknown-element", file, element.line, &path, text, "");
                continue;
            }
        }
        for (name, _) in &element.attributes {
            let path = format!("{path}@{name}");
            if usage(&path).is_none() {
                let text = format!("`{path}` is not known to dirsim");
                findings.add(level, "unknown-element", file, element.line, &path, text, "");
            }
        }
        for child in element.children.iter().rev() {
            paths.push((child, format!("{path}/{}", child.name)));
        }
    }
}
