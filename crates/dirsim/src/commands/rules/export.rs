//! `dirsim rules export`: rules as the rule editor writes them, or as rule files of dirsim's own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dirsim_formats::server::load::exported;
use dirsim_formats::server::script::{LineEnd, WriteOptions, write};
use dirsim_formats::server::world as server_world;
use dirsim_model::Guid;
use dirsim_rules::{ConnectorKind, OWN_PARAMETERS, RuleDefinition, RuleIx};
use dirsim_world::{Input, ServerEdit, World};

use super::Loaded;
use crate::cli::{ExportFormat, RulesExport};
use crate::failure::Failure;

/// Writes rules.
pub(crate) fn export(arguments: &RulesExport) -> Result<(), Failure> {
    let loaded = super::load(&arguments.source)?;
    let format = format_of(arguments)?;
    let mut chosen: Vec<RuleIx> = Vec::new();
    for text in &arguments.names {
        chosen.extend(super::show::find(&loaded, text)?);
    }
    if arguments.names.is_empty() {
        chosen.extend((0..).map(RuleIx).take(loaded.rules.rules().len()));
    }
    chosen.sort_unstable();
    chosen.dedup();
    let mut rules: Vec<RuleDefinition> = chosen
        .into_iter()
        .filter(|ix| !arguments.custom || !loaded.rules.rule(*ix).is_standard())
        .map(|ix| loaded.rules.definition(ix))
        .collect();
    rules.sort_by_key(|rule| rule.precedence);
    if rules.is_empty() {
        return Err(Failure::usage("there is no such rule; list them with `dirsim rules list`"));
    }
    let identities = identities(arguments, &loaded, &rules)?;
    let text = |rules: &[RuleDefinition]| match format {
        ExportFormat::Ps1 => script(rules, &identities, arguments),
        ExportFormat::Yaml => rule_file(rules, &loaded),
    };
    let Some(output) = &arguments.output else {
        print!("{}", text(&rules));
        return Ok(());
    };
    let count =
        if rules.len() == 1 { "1 rule".to_owned() } else { format!("{} rules", rules.len()) };
    if is_folder(output) {
        fs::create_dir_all(output).map_err(|error| unwritten(output, &error))?;
        for rule in &rules {
            let path = output.join(file_name(rule, format));
            let one = text(std::slice::from_ref(rule));
            fs::write(&path, one).map_err(|error| unwritten(&path, &error))?;
        }
        println!("{}: {count}, a file each", output.display());
    } else {
        fs::write(output, text(&rules)).map_err(|error| unwritten(output, &error))?;
        println!("{}: {count}", output.display());
    }
    Ok(())
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    Failure::unreadable([format!("{} cannot be written: {error}", path.display())])
}

/// A folder exists, or its name has no end.
fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.extension().is_none()
}

/// Returns the form: what was asked, or what the end of the file's name says.
fn format_of(arguments: &RulesExport) -> Result<ExportFormat, Failure> {
    let of_name = match arguments.output.as_deref().filter(|path| !is_folder(path)) {
        None => None,
        Some(path) => {
            let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
            match end.to_ascii_lowercase().as_str() {
                "ps1" => Some(ExportFormat::Ps1),
                "yaml" | "yml" | "rules" => Some(ExportFormat::Yaml),
                _ => {
                    return Err(Failure::usage(format!(
                        "`{}` ends like no rule file; name one that ends in .ps1 or .yaml, or a folder",
                        path.display()
                    )));
                }
            }
        }
    };
    match (arguments.format, of_name) {
        (Some(asked), Some(named)) if asked != named => {
            Err(Failure::usage("--format and the name of the file say different things"))
        }
        (asked, named) => Ok(asked.or(named).unwrap_or_default()),
    }
}

/// Returns the name of the file of one rule: its number and its name.
fn file_name(rule: &RuleDefinition, format: ExportFormat) -> String {
    let mut name = String::new();
    for word in rule.name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if !name.is_empty() {
            name.push('-');
        }
        name.push_str(&word.to_lowercase());
    }
    let end = match format {
        ExportFormat::Ps1 => "ps1",
        ExportFormat::Yaml => "yaml",
    };
    format!("{:03}-{name}.{end}", rule.precedence)
}

fn script(
    rules: &[RuleDefinition],
    identities: &BTreeMap<Guid, Guid>,
    arguments: &RulesExport,
) -> String {
    let mut rules = exported(rules);
    for rule in &mut rules {
        if let Some(identity) = identities.get(&rule.connector) {
            rule.connector = *identity;
        }
    }
    let line_end = if arguments.crlf { LineEnd::CrLf } else { LineEnd::Lf };
    write(&rules, WriteOptions { line_end, stored_sources: false })
}

/// Writes a rule file. Without a workspace there are no connectors to name and no identities to
/// keep: the rules are for any forest.
fn rule_file(rules: &[RuleDefinition], loaded: &Loaded) -> String {
    let mut text = "rules:\n".to_owned();
    for rule in rules {
        let kind = loaded.rules.connectors().iter().find(|known| known.guid == rule.connector);
        let kind = kind.map_or(ConnectorKind::Forest, |known| known.kind);
        if loaded.world.is_some() {
            text.push_str(&rule.to_yaml(loaded.connector(rule.connector)));
        } else {
            let word = match kind {
                ConnectorKind::Forest => "forest",
                ConnectorKind::Entra => "entra",
            };
            text.push_str(&RuleDefinition { id: Guid::NIL, ..rule.clone() }.to_yaml(word));
        }
    }
    text
}

/// Returns which identities of connectors are written in place of those of the workspace. A script
/// for a real server needs the identities that the connectors have there (CE-076).
fn identities(
    arguments: &RulesExport,
    loaded: &Loaded,
    rules: &[RuleDefinition],
) -> Result<BTreeMap<Guid, Guid>, Failure> {
    let mut identities = BTreeMap::new();
    for text in &arguments.source.choice.map_connector {
        let (guid, name) = server_world::answer(text).map_err(Failure::usage)?;
        let known = loaded.rules.connectors().iter();
        let mut known = known.filter(|known| known.name.eq_ignore_ascii_case(&name));
        let Some(known) = known.next() else {
            let names: Vec<&str> =
                loaded.rules.connectors().iter().map(|known| known.name.as_str()).collect();
            return Err(Failure::usage(format!(
                "no connector is called `{name}`; there are: {}",
                names.join(", ")
            )));
        };
        identities.insert(known.guid, guid);
    }
    if !arguments.for_server {
        return Ok(identities);
    }
    let original = match &loaded.world {
        Some(world) => originals(world)?,
        None => Vec::new(),
    };
    let missing: Vec<String> = loaded
        .rules
        .connectors()
        .iter()
        .filter(|known| {
            known.kind == ConnectorKind::Forest
                && rules.iter().any(|rule| rule.connector == known.guid)
                && !identities.contains_key(&known.guid)
                && !original.contains(&known.guid)
        })
        .map(|known| {
            format!(
                "the identity of `{0}` on the real server is not known; say it with --map-connector \
                 GUID={0} (on the server: (Get-ADSyncConnector -Name '{0}').Identifier)",
                known.name
            )
        })
        .collect();
    if !missing.is_empty() {
        return Err(Failure::syntax(missing));
    }
    for known in loaded.rules.connectors() {
        if known.kind == ConnectorKind::Entra {
            identities.entry(known.guid).or_insert(dirsim_sync::connector::ENTRA);
        }
    }
    for (rule, parameter) in unknown_to_servers(rules) {
        anstream::eprintln!(
            "warning: `{rule}` uses `%{parameter}%`, which only dirsim knows: a server refuses the rule; \
             write the value itself"
        );
    }
    let standard = rules.iter().filter(|rule| rule.is_standard()).count();
    if standard > 0 {
        anstream::eprintln!(
            "warning: {standard} standard rules are among them; a server has its own copies, with other \
             identities, and would get them twice: --custom leaves them out"
        );
    }
    Ok(identities)
}

/// Returns the rules that name parameters which a real server does not have, each with its name.
fn unknown_to_servers(rules: &[RuleDefinition]) -> Vec<(&str, &'static str)> {
    let mut found = Vec::new();
    for rule in rules {
        let flows = rule.flows.iter().map(|flow| flow.source.as_str());
        let operands = rule.scope.iter().flatten().map(|clause| clause.value.as_str());
        let texts: Vec<String> = flows.chain(operands).map(str::to_lowercase).collect();
        for name in OWN_PARAMETERS {
            let named = format!("%{}%", name.to_lowercase());
            if texts.iter().any(|text| text.contains(&named)) {
                found.push((rule.name.as_str(), *name));
            }
        }
    }
    found
}

/// Returns the identities of connectors that came from a real server.
fn originals(world: &World) -> Result<Vec<Guid>, Failure> {
    let mut found = Vec::new();
    for step in 1..=world.head() {
        if let Input::Server(ServerEdit::Configuration(configuration)) = world.input(step)? {
            found.extend(configuration.connectors.iter().filter_map(|connector| connector.guid));
        }
    }
    Ok(found)
}
