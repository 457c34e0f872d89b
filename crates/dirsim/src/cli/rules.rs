//! Arguments of `dirsim rules` and `dirsim config`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Report, RuleChoice, Where};

/// What to do with sync rules.
#[derive(Debug, Subcommand)]
pub(crate) enum Rules {
    /// List all rules by precedence
    List(RulesList),
    /// Show one rule the way the rule editor does
    Show(RulesShow),
    /// Try an expression, or a transformation of a rule, on one object
    Test(RulesTest),
    /// Compare two rule sets, by their text and by what they do to a population
    Diff(RulesDiffArguments),
    /// Tell which rules and transformations touched whom, and which never fired
    Coverage(RulesCoverage),
    /// Write rules as the rule editor exports them (.ps1), or as rule files (.yaml)
    Export(RulesExport),
    /// Copy a rule and disable the original, which is how a standard rule is changed
    Clone(RulesClone),
}

/// Which rules: those of a workspace, those of files, or the default set.
#[derive(Debug, Args)]
pub(crate) struct RuleSource {
    /// The workspace; without one, a server with one forest
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) workspace: Option<PathBuf>,
    /// A rule file (.yaml), a rule script (.ps1), a settings file (.json) or a folder of them, on top
    /// of the default set, or a configuration folder; may be repeated
    #[arg(long, value_name = "PATH")]
    pub(crate) rules: Vec<PathBuf>,
    /// Leave the default set out
    #[arg(long)]
    pub(crate) alone: bool,
    #[command(flatten)]
    pub(crate) choice: RuleChoice,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dirsim rules list                             the default set
  dirsim rules list -w ws                       the rules of a workspace
  dirsim rules list --rules custom.yaml         the default set with a file on top")]
pub(crate) struct RulesList {
    /// Only rules that did not come with the product
    #[arg(long)]
    pub(crate) custom: bool,
    #[command(flatten)]
    pub(crate) source: RuleSource,
    #[command(flatten)]
    pub(crate) report: Report,
}

/// How to show a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum RuleFormat {
    /// The pages of the rule editor
    #[default]
    Text,
    /// A rule file
    Yaml,
    /// JSON, one rule per line
    Json,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dirsim rules show 'In from AD - User Join'
  dirsim rules show 102 -w ws                   by precedence
  dirsim rules show 'In from AD - User Common' --format yaml > mine.yaml")]
pub(crate) struct RulesShow {
    /// A name, an identifier or a precedence
    pub(crate) rule: String,
    #[command(flatten)]
    pub(crate) source: RuleSource,
    /// How to show it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: RuleFormat,
}

/// Which way rules flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum RuleDirection {
    /// From a connector space to the metaverse
    #[default]
    Inbound,
    /// From the metaverse to the tenant
    Outbound,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dirsim rules test --expression 'UCase([cn])' --object ann@contoso.com -w ws
  dirsim rules test --rule 'In from AD - User Join' --attribute cloudFiltered --object ann -w ws")]
pub(crate) struct RulesTest {
    /// The expression to try
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["rule", "attribute"])]
    pub(crate) expression: Option<String>,
    /// The rule whose transformation to try, by name, identifier or precedence
    #[arg(long, value_name = "RULE", requires = "attribute")]
    pub(crate) rule: Option<String>,
    /// The attribute that the transformation writes
    #[arg(long, value_name = "NAME", requires = "rule")]
    pub(crate) attribute: Option<String>,
    /// The object: any identity that `dirsim explain` takes
    #[arg(long, value_name = "IDENTITY")]
    pub(crate) object: String,
    /// What an expression reads: the staged object, or the metaverse object
    #[arg(long, value_enum, default_value_t)]
    pub(crate) direction: RuleDirection,
    #[command(flatten)]
    pub(crate) source: RuleSource,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A side is `current` (the rules of the workspace), `default` (the default set), a rule file (.yaml),
a rule script (.ps1), a settings file (.json) or a folder of them on top of the default set, or the
configuration folder of a server. Several, with commas between them, stand on top of each other.

Examples:
  dirsim rules diff default custom.yaml -w ws   what would custom.yaml change, and for whom?
  dirsim rules diff current current,more.ps1 -w ws
                                                what would more.ps1 add to the rules of the workspace?
  dirsim rules diff current export/ -w ws       what would the configuration of a server do here?
  dirsim rules diff default current -w ws --format csv > effect.csv")]
pub(crate) struct RulesDiffArguments {
    /// One side
    pub(crate) before: String,
    /// The other side
    pub(crate) after: String,
    /// Take rule files without the default set
    #[arg(long)]
    pub(crate) alone: bool,
    #[command(flatten)]
    pub(crate) choice: RuleChoice,
    /// At most this many examples; 0 for all
    #[arg(long, default_value_t = 5)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(flatten)]
    pub(crate) report: Report,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dirsim rules coverage -w ws
  dirsim rules coverage -w ws --flows --format csv > flows.csv")]
pub(crate) struct RulesCoverage {
    /// One row per transformation
    #[arg(long)]
    pub(crate) flows: bool,
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(flatten)]
    pub(crate) report: Report,
}

/// What to do with configurations of servers.
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Compare two exported configurations: connectors, filters, settings and rules
    Diff(ConfigDiff),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Identities differ between servers: connectors are matched by kind and forest, standard rules by their
tag, custom rules by name, connector and direction. Rules that only have other numbers, in the same
order, are equal.

Examples:
  dirsim config diff old-server/ new-server/    before a swing migration
  dirsim config diff old/ new/ --format json")]
pub(crate) struct ConfigDiff {
    /// The folder that Get-ADSyncServerConfiguration -Path wrote on the one server
    pub(crate) before: PathBuf,
    /// That of the other server
    pub(crate) after: PathBuf,
    /// End with exit code 2 when something differs
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    #[command(flatten)]
    pub(crate) report: Report,
}

/// What rules are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ExportFormat {
    /// A script of the rule editor
    #[default]
    Ps1,
    /// A rule file of dirsim's own
    Yaml,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Without a rule, all of them are written. A folder gets a file per rule.

Examples:
  dirsim rules export 'In from AD - User Join'  one standard rule, as the rule editor writes it
  dirsim rules export --custom -o rules.ps1 -w ws
  dirsim rules export -o rules/ --format yaml -w ws
  dirsim rules export --custom --for-server --map-connector GUID=contoso.com -o new.ps1 -w ws")]
pub(crate) struct RulesExport {
    /// Rules, by name, identifier or precedence
    #[arg(value_name = "RULE")]
    pub(crate) names: Vec<String>,
    /// The file or folder to write to; standard output without it
    #[arg(short, long, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
    /// What to write; the end of the file's name tells it too
    #[arg(long, value_enum)]
    pub(crate) format: Option<ExportFormat>,
    /// Only rules that did not come with the product
    #[arg(long)]
    pub(crate) custom: bool,
    /// Refuse connectors whose identity on the real server is not known
    #[arg(long)]
    pub(crate) for_server: bool,
    /// End the lines of a script with carriage return and line feed
    #[arg(long)]
    pub(crate) crlf: bool,
    #[command(flatten)]
    pub(crate) source: RuleSource,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dirsim rules clone 'In from AD - User Join' -w ws
  dirsim rules clone 102 --precedence 90 --name 'In from AD - User AccountEnabled, no hashes' -w ws")]
pub(crate) struct RulesClone {
    /// A name, an identifier or a precedence
    pub(crate) rule: String,
    /// The number of the copy; without it, the largest free one below 100
    #[arg(long, value_name = "NUMBER")]
    pub(crate) precedence: Option<u32>,
    /// The name of the copy
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Leave the original enabled
    #[arg(long)]
    pub(crate) keep: bool,
    #[command(flatten)]
    pub(crate) place: Where,
}
