//! `--rules` and `dirsim load rules`: rule sets and configurations of real servers.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use dirsim_formats::SourceFile;
use dirsim_formats::encoding::{self, TextEncoding};
use dirsim_formats::server::load::Base;
use dirsim_formats::server::{
    Answers, Finding, ImportReport, Imported, Level, RuleSource, ServerExport, Target, load,
    read_folder, world,
};
use dirsim_model::{Guid, Schema};
use dirsim_rules::{RuleOptions, RuleSet};
use dirsim_world::{Input, Setup, Source, World};

use super::open;
use crate::cli::{Format, LoadRules, RuleChoice};
use crate::failure::Failure;
use crate::files::{collect, source};

/// The codes of files that cannot be read at all; everything else is a mistake in rules.
const UNREADABLE: &[&str] = &["not-well-formed", "no-connector"];

/// What the user named, read from disk.
pub(crate) struct Named {
    sources: Vec<One>,
    strict: bool,
    accept_duplicate_precedence: bool,
    answers: Answers,
}

enum One {
    Default,
    File(String, Vec<u8>),
    Folder(String, Vec<(String, Vec<u8>)>),
}

impl Named {
    /// Reads the files and folders that a command names.
    pub(crate) fn read(paths: &[PathBuf], choice: &RuleChoice) -> Result<Self, Failure> {
        let mut sources = Vec::new();
        for path in paths {
            if path.as_os_str() == world::DEFAULT {
                sources.push(One::Default);
                continue;
            }
            if !path.is_dir() {
                sources.push(One::File(path.display().to_string(), bytes(path)?));
                continue;
            }
            let mut found = Vec::new();
            collect(path, &["xml"], &mut found)?;
            if !found.is_empty() {
                sources.push(configuration(path)?);
                continue;
            }
            collect(path, RULES, &mut found)?;
            if found.is_empty() {
                return Err(Failure::unreadable([format!(
                    "{} holds neither rule files ({}) nor a configuration; name the folder that \
                     `dirsim rules export` or Get-ADSyncServerConfiguration -Path wrote",
                    path.display(),
                    RULES.join(", ")
                )]));
            }
            for file in found {
                sources.push(One::File(file.display().to_string(), bytes(&file)?));
            }
        }
        let answers = choice
            .map_connector
            .iter()
            .map(|text| world::answer(text).map_err(Failure::usage))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            sources,
            strict: choice.strict,
            accept_duplicate_precedence: choice.accept_duplicate_precedence,
            answers,
        })
    }

    /// Says which files were read.
    pub(crate) fn sources(&self) -> Vec<Source> {
        let mut found = Vec::new();
        for one in &self.sources {
            match one {
                One::Default => {}
                One::File(name, bytes) => found.push(source(name, "rules", bytes)),
                One::Folder(_, files) => {
                    // What is no XML was not read.
                    let read = files.iter().filter(|(name, _)| is_xml(Path::new(name)));
                    found.extend(read.map(|(name, bytes)| source(name, "rules", bytes)));
                }
            }
        }
        found
    }

    /// Puts dirsim's own rule set below what was named.
    #[must_use]
    pub(crate) fn on_default(mut self) -> Self {
        self.sources.insert(0, One::Default);
        self
    }

    /// Returns a finding as people read it: with the place underlined when there is one.
    fn told(&self, finding: &Finding) -> String {
        let text = plain(finding);
        let bytes = self.sources.iter().find_map(|one| match one {
            One::Default => None,
            One::File(name, bytes) => (*name == finding.file).then_some(bytes),
            One::Folder(_, files) => {
                files.iter().find(|(name, _)| *name == finding.file).map(|(_, bytes)| bytes)
            }
        });
        let Some(bytes) = bytes.filter(|_| finding.line > 0) else { return text };
        let Ok(written) = encoding::decode(bytes, TextEncoding::Detect) else { return text };
        match (finding.excerpt(&written), text.split_once('\n')) {
            (Some(excerpt), Some((head, help))) => format!("{head}\n{excerpt}\n{help}"),
            (Some(excerpt), None) => format!("{text}\n{excerpt}"),
            (None, _) => text,
        }
    }

    /// Puts the rule set together.
    pub(crate) fn load(&self, base: &Base, target: Target<'_>) -> Result<Imported, Failure> {
        let duplicates =
            self.accept_duplicate_precedence.then_some(Ok(RuleSource::AcceptDuplicatePrecedence));
        let sources: Vec<RuleSource<'_>> = duplicates
            .into_iter()
            .chain(self.sources.iter().map(|one| match one {
                One::Default => Ok(RuleSource::Default),
                One::File(name, bytes) => world::source_of(name, bytes).map_err(Failure::usage),
                One::Folder(name, files) => {
                    let files =
                        files.iter().map(|(name, bytes)| SourceFile { name, bytes }).collect();
                    Ok(RuleSource::Folder(name, files, self.strict))
                }
            }))
            .collect::<Result<_, _>>()?;
        let mut answers = target.answers.clone();
        answers.extend(self.answers.clone());
        let mut imported = load(&sources, base, Target { answers: &answers, ..target });
        imported.configuration.answers =
            self.answers.iter().map(|(guid, name)| (*guid, name.clone())).collect();
        Ok(imported)
    }
}

impl Named {
    /// Stops when something could not be loaded; everything that is wrong is told.
    pub(crate) fn refuse(&self, report: &ImportReport, format: Format) -> Result<(), Failure> {
        if !report.has_errors() {
            return Ok(());
        }
        if format == Format::Json {
            self.tell(report, format)?;
        }
        let of = |level: Level| report.findings.iter().filter(move |f| f.level == level);
        let messages: Vec<String> = of(Level::Error).map(|finding| self.told(finding)).collect();
        for finding in of(Level::Warning) {
            anstream::eprintln!("warning: {}", self.told(finding));
        }
        let unreadable = of(Level::Error).all(|finding| UNREADABLE.contains(&finding.code));
        Err(if unreadable { Failure::unreadable(messages) } else { Failure::syntax(messages) })
    }

    /// Prints the report of an import: what it is on stdout, what to look at on stderr.
    pub(crate) fn tell(&self, report: &ImportReport, format: Format) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        if format == Format::Json {
            let text =
                serde_json::to_string_pretty(report).expect("a report can be written as JSON");
            writeln!(out, "{text}")?;
            return Ok(());
        }
        for (label, text) in report.lines() {
            writeln!(out, "{label:<16} {text}")?;
        }
        drop(out);
        for finding in report.findings.iter().filter(|finding| finding.level == Level::Warning) {
            anstream::eprintln!("warning: {}", self.told(finding));
        }
        let told = report.findings.iter().filter(|finding| finding.level == Level::Information);
        let mut codes: BTreeMap<&str, u32> = BTreeMap::new();
        for finding in told {
            *codes.entry(finding.code).or_default() += finding.count;
        }
        if !codes.is_empty() {
            let counted: Vec<String> =
                codes.iter().map(|(code, count)| format!("{code} ({count})")).collect();
            anstream::eprintln!("note: {}; --format json lists each", counted.join(", "));
        }
        Ok(())
    }
}

/// What ends the name of a file with rules.
const RULES: &[&str] = &["yaml", "yml", "rules", "ps1", "json"];

fn is_xml(file: &Path) -> bool {
    let end = file.extension().and_then(|end| end.to_str());
    end.is_some_and(|end| end.eq_ignore_ascii_case("xml"))
}

/// Reads a configuration folder; what is no XML is only named (CE-001).
fn configuration(path: &Path) -> Result<One, Failure> {
    let mut found = Vec::new();
    collect(path, &[], &mut found)?;
    let files = found
        .iter()
        .map(|file| {
            let bytes = if is_xml(file) { bytes(file)? } else { Vec::new() };
            Ok((file.display().to_string(), bytes))
        })
        .collect::<Result<_, Failure>>()?;
    Ok(One::Folder(path.display().to_string(), files))
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| {
        Failure::unreadable([format!("{} cannot be read: {error}", path.display())])
    })
}

/// Returns no answers, for worlds that were asked nothing yet.
pub(crate) fn no_answers() -> BTreeMap<Guid, String> {
    BTreeMap::new()
}

/// Brings rules or a configuration into a workspace.
pub(crate) fn load_rules(arguments: &LoadRules) -> Result<(), Failure> {
    let named = Named::read(&arguments.paths, &arguments.choice)?;
    let mut world = open(&arguments.place.workspace)?;
    let schema: Schema = world.schema().clone();
    let (base, options) = current(&world, arguments.replace)?;
    let imported = {
        let connectors = world::of_tables(world.tables(), &schema)?;
        let answers = dirsim_world::answers(world.tables())?;
        let target = Target {
            connectors: &connectors,
            schema: &schema,
            options: &options,
            answers: &answers,
        };
        named.load(&base, target)?
    };
    let report = imported.report.clone();
    named.refuse(&report, arguments.report.format)?;
    let before = world.head();
    let (define, configuration) = world::inputs(imported);
    let sources = Input::Sources(named.sources());
    let inputs = define.into_iter().chain([configuration, sources]).collect();
    if let Err(failure) = super::init::fill(&mut world, inputs) {
        // Half a load is no load.
        world.goto(before)?;
        return Err(failure);
    }
    named.tell(&report, arguments.report.format)?;
    if arguments.report.format == Format::Text {
        println!(
            "rules take full effect with the next full synchronization: dirsim cycle initial -w {}",
            arguments.place.workspace.display()
        );
    }
    Ok(())
}

/// Returns the rules that a workspace has, or nothing when they are to be replaced.
fn current(world: &World, replace: bool) -> Result<(Base, RuleOptions), Failure> {
    let setup: Option<Setup> = dirsim_world::rules::setup(world.tables())?;
    let (options, files) =
        setup.map_or_else(Default::default, |setup| (setup.rules, setup.rule_files));
    if replace {
        return Ok((Base::default(), options));
    }
    let files = files.unwrap_or_else(RuleSet::default_files);
    Ok((Base { files, edits: dirsim_world::rules::edits(world.tables())? }, options))
}

/// Reads a configuration folder by itself.
pub(crate) fn read_server(path: &Path) -> Result<ServerExport, Failure> {
    let One::Folder(_, files) = configuration(path)? else { return Ok(ServerExport::default()) };
    let files: Vec<SourceFile<'_>> =
        files.iter().map(|(name, bytes)| SourceFile { name, bytes }).collect();
    Ok(read_folder(&files, false))
}

/// Returns a finding without its level, which stands before it.
pub(crate) fn plain(finding: &Finding) -> String {
    finding.to_string().replacen(&format!("{} ", finding.level.word()), "", 1)
}
