//! `--rules` and `dirsim load rules`: rule sets and configurations of real servers.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use dirsim_formats::SourceFile;
use dirsim_formats::server::load::Base;
use dirsim_formats::server::{
    Answers, Finding, ImportReport, Imported, Level, RuleSource, Target, load, world,
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
            if found.is_empty() {
                return Err(Failure::unreadable([format!(
                    "{} holds no file that ends in xml; name the folder that \
                     Get-ADSyncServerConfiguration -Path wrote",
                    path.display()
                )]));
            }
            let files = found
                .iter()
                .map(|file| Ok((file.display().to_string(), bytes(file)?)))
                .collect::<Result<_, Failure>>()?;
            sources.push(One::Folder(path.display().to_string(), files));
        }
        let answers = choice
            .map_connector
            .iter()
            .map(|text| world::answer(text).map_err(Failure::usage))
            .collect::<Result<_, _>>()?;
        Ok(Self { sources, strict: choice.strict, answers })
    }

    /// Says which files were read.
    pub(crate) fn sources(&self) -> Vec<Source> {
        let mut found = Vec::new();
        for one in &self.sources {
            match one {
                One::Default => {}
                One::File(name, bytes) => found.push(source(name, "rules", bytes)),
                One::Folder(_, files) => {
                    found.extend(files.iter().map(|(name, bytes)| source(name, "rules", bytes)));
                }
            }
        }
        found
    }

    /// Puts the rule set together.
    pub(crate) fn load(&self, base: &Base, target: Target<'_>) -> Result<Imported, Failure> {
        let sources: Vec<RuleSource<'_>> = self
            .sources
            .iter()
            .map(|one| match one {
                One::Default => Ok(RuleSource::Default),
                One::File(name, bytes) => world::source_of(name, bytes).map_err(Failure::usage),
                One::Folder(name, files) => {
                    let files =
                        files.iter().map(|(name, bytes)| SourceFile { name, bytes }).collect();
                    Ok(RuleSource::Folder(name, files, self.strict))
                }
            })
            .collect::<Result<_, _>>()?;
        let mut answers = target.answers.clone();
        answers.extend(self.answers.clone());
        let mut imported = load(&sources, base, Target { answers: &answers, ..target });
        imported.configuration.answers =
            self.answers.iter().map(|(guid, name)| (*guid, name.clone())).collect();
        Ok(imported)
    }
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
    refuse(&report, arguments.report.format)?;
    let before = world.head();
    let (define, configuration) = world::inputs(imported);
    let sources = Input::Sources(named.sources());
    let inputs = define.into_iter().chain([configuration, sources]).collect();
    if let Err(failure) = super::init::fill(&mut world, inputs) {
        // Half a load is no load.
        world.goto(before)?;
        return Err(failure);
    }
    tell(&report, arguments.report.format)?;
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

/// Stops when something could not be loaded; everything that is wrong is told.
pub(crate) fn refuse(report: &ImportReport, format: Format) -> Result<(), Failure> {
    if !report.has_errors() {
        return Ok(());
    }
    if format == Format::Json {
        tell(report, format)?;
    }
    let of = |level: Level| report.findings.iter().filter(move |f| f.level == level);
    let messages: Vec<String> = of(Level::Error).map(plain).collect();
    for finding in of(Level::Warning) {
        anstream::eprintln!("warning: {}", plain(finding));
    }
    let unreadable = of(Level::Error).all(|finding| UNREADABLE.contains(&finding.code));
    Err(if unreadable { Failure::unreadable(messages) } else { Failure::syntax(messages) })
}

/// Prints the report of an import: what it is on stdout, what to look at on stderr.
pub(crate) fn tell(report: &ImportReport, format: Format) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    if format == Format::Json {
        let text = serde_json::to_string_pretty(report).expect("a report can be written as JSON");
        writeln!(out, "{text}")?;
        return Ok(());
    }
    for (label, text) in report.lines() {
        writeln!(out, "{label:<16} {text}")?;
    }
    drop(out);
    for finding in report.findings.iter().filter(|finding| finding.level == Level::Warning) {
        anstream::eprintln!("warning: {}", plain(finding));
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

/// Returns a finding without its level, which stands before it.
fn plain(finding: &Finding) -> String {
    finding.to_string().replacen(&format!("{} ", finding.level.word()), "", 1)
}
