//! The command line as data: commands, arguments, help texts and examples.

mod rules;
mod verify;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use rules::{
    Config, ConfigDiff, ExportFormat, RuleDirection, RuleFormat, RuleSource, Rules, RulesClone,
    RulesCoverage, RulesDiffArguments, RulesExport, RulesList, RulesShow, RulesTest,
};
pub(crate) use verify::{CsExport, CsExportAnalyzer};

/// Rehearses hybrid identity: Active Directory, Entra Connect and the tenant as one world.
#[derive(Debug, Parser)]
#[command(name = "dirsim", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "\
Exit codes: 0 as expected; 1 an expectation or limit failed; 2 changes are pending (with
--detailed-exitcode); 3 input unreadable; 4 scenario or rule syntax; 5 internal fault; 64 usage.
Reports go to stdout, diagnostics to stderr. All times are UTC.

Examples:
  dirsim run scenarios                          play every scenario of a folder
  dirsim generate --users 1000 --out demo       make a population with planted defects
  dirsim init ws --ad demo/contoso.com.ldif --tenant demo/tenant
  dirsim plan -w ws                             what the first cycle would do, for everyone
  dirsim cycle initial -w ws                    do it
  dirsim explain ann@contoso.com -w ws          why an object is where it is")]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// How much to say on stderr: once for run steps, twice for more.
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub(crate) verbose: u8,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Play scenario files, each in a fresh world, and compare with what they expect
    Run(Run),
    /// Make a workspace from exported files or from a scenario
    Init(Init),
    /// Bring exported files into a workspace that is there
    Load(Load),
    /// Tell who matches whom, how, and why not, from two exports and without a workspace
    Match(Match),
    /// Make a population with planted, labelled defects
    Generate(Generate),
    /// Run a cycle: import, synchronize, export
    Cycle(Cycle),
    /// Do one run step; starts a delta cycle when none is in progress
    Step(Step),
    /// Undo steps
    Back(Travel),
    /// Redo steps that were undone
    Forward(Travel),
    /// Go to the world as it was after a step
    Goto(Goto),
    /// List the journal
    Log(Log),
    /// Show what the next cycle would do, for everyone
    Plan(Plan),
    /// Tell the story of one object across all five places, with the rules that decided
    Explain(Explain),
    /// Show what the synchronization of one object would decide, rule by rule
    Preview(Preview),
    /// Show a part of the world
    Show(Show),
    /// Write the objects of a connector space to a file, as csexport does
    Csexport(CsExport),
    /// Turn a file of csexport into CSV, one line per changed value
    CsexportAnalyzer(CsExportAnalyzer),
    /// Read, try and compare sync rules
    #[command(subcommand)]
    Rules(Rules),
    /// Compare configurations of servers
    #[command(subcommand)]
    Config(Config),
    /// Give room on disk back, and forget early steps when asked to
    Compact(Compact),
    /// Play the journal again in a fresh world and compare digests after every step
    Replay(Replay),
    /// Drive random worlds from a seed and check every invariant after every step
    Simulate(Simulate),
    /// Rehearse a script, or run cmdlets, against a workspace
    Runbook(Runbook),
    /// Type cmdlets against a workspace
    Shell(Shell),
    /// Write shell completions
    Completions(Completions),
    /// Write man pages
    Man(Man),
}

/// Where the world is.
#[derive(Debug, Args)]
pub(crate) struct Where {
    /// The workspace
    #[arg(short, long, value_name = "FOLDER", default_value = ".dirsim")]
    pub(crate) workspace: PathBuf,
}

/// How to write a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// Tables for people
    #[default]
    Text,
    /// JSON, one value or one object per line
    Json,
    /// Comma-separated values with a header line
    Csv,
}

/// How to write a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum PlanFormat {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
    /// Comma-separated values with a header line
    Csv,
    /// One self-contained page
    Html,
    /// Test report in XML: an object that fails is a case that fails
    Junit,
    /// SARIF 2.1.0: findings for code scanners
    Sarif,
}

/// How to write a report.
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// How to write the report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dirsim run scenarios/matching
  dirsim run scenarios/matching/soft-match-by-smtp.yaml --show
  dirsim run my.yaml --watch
  dirsim run my.yaml --accept                   rewrite the expectations that differ
  dirsim run my.yaml --as-of 2026-05-01,2026-11-01
                                                where two dates part, and which change is behind it
  dirsim run my.yaml --change hard-match-privileged-role=off")]
pub(crate) struct Run {
    /// Scenario files or folders
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Rewrite the expectations that differ and leave every other byte alone
    #[arg(long)]
    pub(crate) accept: bool,
    /// Run again whenever a file is saved
    #[arg(long, conflicts_with = "accept")]
    pub(crate) watch: bool,
    /// Tell every step as it plays
    #[arg(long)]
    pub(crate) show: bool,
    /// Play with the dated service changes of these dates (or profiles such as p2018), and show
    /// where the results part
    #[arg(long, value_name = "DATE", value_delimiter = ',', conflicts_with_all = ["accept", "show"])]
    pub(crate) as_of: Vec<String>,
    /// Switch a dated service change on or off, whatever the date says; may be repeated
    #[arg(long, value_name = "ID=on|off", value_delimiter = ',', conflicts_with_all = ["accept", "show"])]
    pub(crate) change: Vec<String>,
    #[command(flatten)]
    pub(crate) report: Report,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dirsim init ws --ad contoso.ldif --tenant users.json --tenant groups.json
  dirsim init ws --ad ad-export/ --tenant tenant-export/ --initial-domain contoso.onmicrosoft.com
  dirsim init ws --ad contoso.ldif --tenant tenant/ --rules export/     a server's configuration
  dirsim init ws --ad contoso.ldif --tenant tenant/ --rules default --rules mine.ps1
  dirsim init ws --scenario scenarios/matching/soft-match-by-smtp.yaml")]
pub(crate) struct Init {
    /// The folder to make the workspace in
    #[arg(value_name = "WORKSPACE", default_value = ".dirsim")]
    pub(crate) workspace: PathBuf,
    #[command(flatten)]
    pub(crate) files: Files,
    /// The rule set: a configuration folder, a rule script (.ps1), a settings file (.json), a rule
    /// file (.yaml), or the word `default`; several stand on top of each other
    #[arg(long, value_name = "PATH")]
    pub(crate) rules: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) choice: RuleChoice,
    #[command(flatten)]
    pub(crate) report: Report,
    /// The source anchor that the wizard was told: an attribute such as mS-DS-ConsistencyGuid,
    /// objectGUID or employeeID, or `automatic` for its own choice
    #[arg(long, value_name = "ATTRIBUTE", conflicts_with_all = ["scenario", "rules"])]
    pub(crate) source_anchor: Option<String>,
    /// The attribute that becomes the cloud user name in place of userPrincipalName
    #[arg(long, value_name = "ATTRIBUTE", conflicts_with_all = ["scenario", "rules"])]
    pub(crate) alternate_id: Option<String>,
    /// How accounts of one person in several forests are found: once, mail, sid, account-name, or an
    /// attribute
    #[arg(long, value_name = "HOW", conflicts_with_all = ["scenario", "rules"])]
    pub(crate) user_matching: Option<String>,
    /// Take the givens of a scenario file instead of exported files
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ad", "tenant", "rules"])]
    pub(crate) scenario: Option<PathBuf>,
    /// Everything that looks random follows from this number
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Where the simulated clock starts
    #[arg(long, value_name = "TIME", default_value = "2026-01-05T08:00:00Z")]
    pub(crate) clock: String,
    /// Dated service changes apply up to this date (or a profile such as p2018); all of them when
    /// absent
    #[arg(long, value_name = "DATE", conflicts_with = "scenario")]
    pub(crate) as_of: Option<String>,
    /// Switch a dated service change on or off, whatever the date says; may be repeated
    #[arg(long, value_name = "ID=on|off", value_delimiter = ',', conflicts_with = "scenario")]
    pub(crate) change: Vec<String>,
    /// Steps behind the current one that stay at least; earlier ones are forgotten from time to time
    #[arg(long, value_name = "STEPS")]
    pub(crate) keep_steps: Option<u64>,
}

/// How rules are taken over.
#[derive(Debug, Args)]
pub(crate) struct RuleChoice {
    /// Which connector an identity in the files stands for; may be repeated
    #[arg(long, value_name = "GUID=NAME")]
    pub(crate) map_connector: Vec<String>,
    /// Refuse a configuration with anything that dirsim does not know
    #[arg(long)]
    pub(crate) strict: bool,
    /// Take exports in which rules share a number: they keep the order of their files
    #[arg(long)]
    pub(crate) accept_duplicate_precedence: bool,
}

/// Exported files.
#[derive(Debug, Args)]
pub(crate) struct Files {
    /// LDIF files of one forest, or folders of them
    #[arg(long, value_name = "PATH")]
    pub(crate) ad: Vec<PathBuf>,
    /// Graph JSON files of the tenant, or folders of them
    #[arg(long, value_name = "PATH")]
    pub(crate) tenant: Vec<PathBuf>,
    /// The initial domain, when no file tells it
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) initial_domain: Option<String>,
    /// A verified domain, when no file tells it; may be repeated
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) verified_domain: Vec<String>,
    /// Load although a file leaves this question open (the code that the message names)
    #[arg(long, value_name = "CODE")]
    pub(crate) allow: Vec<dirsim_formats::LintCode>,
    /// The encoding of LDIF files that are neither UTF-8 nor UTF-16
    #[arg(long, value_name = "NAME", value_parser = ["windows-1252"])]
    pub(crate) encoding: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dirsim load --ad fabrikam.ldif -w ws          a second forest, with a connector of its own
  dirsim load --tenant users.json -w ws         the tenant, when init had none
  dirsim load rules mine.ps1 -w ws              rules on top of those that are there")]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Load {
    /// What to load instead of exported directories
    #[command(subcommand)]
    pub(crate) what: Option<LoadWhat>,
    #[command(flatten)]
    pub(crate) files: Files,
    #[command(flatten)]
    pub(crate) place: Where,
}

/// What can be loaded besides exported directories.
#[derive(Debug, Subcommand)]
pub(crate) enum LoadWhat {
    /// Bring rules or a server's configuration into a workspace
    Rules(LoadRules),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dirsim load rules mine.ps1 -w ws              rules on top of those that are there
  dirsim load rules all.ps1 --replace -w ws     a whole rule set
  dirsim load rules export/ -w ws               the configuration of a server, whole")]
pub(crate) struct LoadRules {
    /// Configuration folders, rule scripts (.ps1), settings files (.json), rule files (.yaml), or the
    /// word `default`
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Start from no rules; without it rules are added to those that are there
    #[arg(long)]
    pub(crate) replace: bool,
    #[command(flatten)]
    pub(crate) choice: RuleChoice,
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(flatten)]
    pub(crate) report: Report,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dirsim generate --users 10000 --groups 500 --out population
  dirsim generate --users 100000 --groups 5000 --seed 7 --out big
  dirsim generate --users 500 --domain fabrikam.com --seed 2 --out second-forest
  dirsim generate --users 50000 --stamped-share 20 --defects 200 --csv --out half-migrated")]
pub(crate) struct Generate {
    /// Users of the forest
    #[arg(long, default_value_t = 1000)]
    pub(crate) users: u32,
    /// Groups of the forest
    #[arg(long, default_value_t = 50)]
    pub(crate) groups: u32,
    /// Contacts of the forest
    #[arg(long, default_value_t = 20)]
    pub(crate) contacts: u32,
    /// Members of the first group, when it is to be a large one
    #[arg(long, default_value_t = 0, value_name = "MEMBERS")]
    pub(crate) largest_group: u32,
    /// Percentage of the users that the tenant holds already, with the same names
    #[arg(long, default_value_t = 60, value_name = "PERCENT")]
    pub(crate) cloud_share: u8,
    /// Percentage of the users that the tenant holds already, stamped with their source anchors
    #[arg(long, default_value_t = 0, value_name = "PERCENT")]
    pub(crate) stamped_share: u8,
    /// Defects of each kind
    #[arg(long, default_value_t = 3)]
    pub(crate) defects: u32,
    /// Write the users of both sides as CSV as well
    #[arg(long)]
    pub(crate) csv: bool,
    /// The same number gives the same files
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// The DNS name of the forest, verified in the tenant
    #[arg(long, default_value = "contoso.com")]
    pub(crate) domain: String,
    /// The folder to write to
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
}

/// The two policies of a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Policy {
    /// Full import and full synchronization everywhere
    Initial,
    /// What changed since the last cycle
    Delta,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dirsim cycle initial -w ws
  dirsim cycle delta -w ws --format json
  dirsim cycle --resume -w ws                   finish a cycle that was interrupted")]
pub(crate) struct Cycle {
    /// Initial or delta; the scheduler's next policy when absent
    #[arg(value_enum)]
    pub(crate) policy: Option<Policy>,
    /// Go on with the cycle in progress
    #[arg(long, conflicts_with = "policy")]
    pub(crate) resume: bool,
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(flatten)]
    pub(crate) report: Report,
}

#[derive(Debug, Args)]
pub(crate) struct Step {
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(flatten)]
    pub(crate) report: Report,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dirsim back -w ws
  dirsim back 6 -w ws                           a whole cycle of one forest")]
pub(crate) struct Travel {
    /// How many steps
    #[arg(default_value_t = 1)]
    pub(crate) steps: u64,
    #[command(flatten)]
    pub(crate) place: Where,
}

#[derive(Debug, Args)]
pub(crate) struct Goto {
    /// The step, as `dirsim log` numbers it
    pub(crate) step: u64,
    #[command(flatten)]
    pub(crate) place: Where,
}

#[derive(Debug, Args)]
pub(crate) struct Log {
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(flatten)]
    pub(crate) report: Report,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dirsim plan -w ws
  dirsim plan -w ws --all                       every object, not only the noteworthy ones
  dirsim plan -w ws --format csv > plan.csv
  dirsim plan -w ws --report plan.html --report plan.sarif
  dirsim plan -w ws --detailed-exitcode         exit code 2 when changes are pending")]
pub(crate) struct Plan {
    /// Initial or delta; the scheduler's next policy when absent
    #[arg(value_enum)]
    pub(crate) policy: Option<Policy>,
    /// List every object; without it only what deserves a look
    #[arg(long)]
    pub(crate) all: bool,
    /// Exit with 2 when changes are pending
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    #[command(flatten)]
    pub(crate) place: Where,
    /// How to write the report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: PlanFormat,
    /// Write the report to a file, too, in the format of its ending: .txt, .json, .csv, .html, .xml
    /// or .sarif; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Vec<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Everybody is taken to be in scope, and only keys are looked at: anchors, UPNs, addresses, SIDs and
roles. `dirsim plan` in a workspace applies rules, filters and limits as well.

Examples:
  dirsim match ad.csv tenant.csv --initial-domain contoso.onmicrosoft.com --verified-domain contoso.com
  dirsim match contoso.ldif tenant-export/
  dirsim match ad.csv tenant.csv --initial-domain contoso.onmicrosoft.com --verified-domain contoso.com \\
      --format csv > verdicts.csv
  dirsim match ad.csv tenant/ --feature BlockSoftMatch=on --as-of 2026-05-01")]
pub(crate) struct Match {
    /// The AD export: CSV or LDIF
    #[arg(value_name = "AD")]
    pub(crate) directory: PathBuf,
    /// The tenant export: CSV, Graph JSON or a folder of that
    pub(crate) tenant: PathBuf,
    /// The initial domain of the tenant, when the export does not tell
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) initial_domain: Option<String>,
    /// A verified domain of the tenant; may be repeated
    #[arg(long, value_name = "DOMAIN", value_delimiter = ',')]
    pub(crate) verified_domain: Vec<String>,
    /// A feature flag of the tenant that is not as in a new tenant; may be repeated
    #[arg(long, value_name = "NAME=on|off", value_delimiter = ',')]
    pub(crate) feature: Vec<String>,
    /// Match with the dated service changes of this date (or of a profile such as p2018)
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,
    /// Switch a dated service change on or off, whatever the date says; may be repeated
    #[arg(long, value_name = "ID=on|off", value_delimiter = ',')]
    pub(crate) change: Vec<String>,
    /// Read the exports although they have this defect; may be repeated
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(crate) allow: Vec<dirsim_formats::LintCode>,
    #[command(flatten)]
    pub(crate) report: Report,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dirsim explain ann@contoso.com -w ws
  dirsim explain 'CN=Ann Lee,OU=Corp,DC=contoso,DC=com' -w ws
  dirsim explain MyIRAFVEd2aImaq7zN3u/w== -w ws --at 12
  dirsim explain ann@contoso.com -w ws --export 2        what the tenant said the time before")]
pub(crate) struct Explain {
    /// A UPN, address, DN, GUID, SID, anchor (base64, or the hex DN of the Entra connector), cloud
    /// anchor, account name or object id
    pub(crate) identity: String,
    /// As of this step
    #[arg(long, value_name = "STEP")]
    pub(crate) at: Option<u64>,
    /// Which export to tell: 1 is the last one, 2 the one before
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) export: u16,
    /// Do not look for changes that would help
    #[arg(long)]
    pub(crate) no_advice: bool,
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(flatten)]
    pub(crate) report: Report,
}

/// `dirsim preview`.
#[derive(Debug, Args)]
pub(crate) struct Preview {
    /// A UPN, address, DN, GUID, SID, anchor or account name
    pub(crate) identity: String,
    /// The connector whose object is synchronized; forests first without it
    #[arg(long, value_name = "NAME")]
    pub(crate) connector: Option<String>,
    /// Evaluate what a delta synchronization would, not all rules
    #[arg(long)]
    pub(crate) delta: bool,
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(flatten)]
    pub(crate) report: Report,
}

/// A part of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Objects of the forests
    Forest,
    /// Objects of the connector spaces
    ConnectorSpace,
    /// Objects of the metaverse
    Metaverse,
    /// Objects of the tenant
    Tenant,
    /// Run history
    Runs,
    /// Import and export errors
    Errors,
    /// Sync errors as Connect Health shows them: categories, both objects side by side, what to do
    SyncErrors,
    /// The error report that goes to the technical contact after an export
    ErrorReport,
    /// The event log of the server, the newest entry first
    Events,
    /// Pending exports
    Pending,
    /// Quarantined values
    Quarantine,
    /// What takeovers overwrote, and what is gone for good; the newest first
    Ledger,
    /// The tenant's recycle bin
    RecycleBin,
    /// Feature flags of the tenant
    Features,
    /// Dated service changes, and which of them hold in this world
    ServiceChanges,
    /// Connectors with their statistics
    Connectors,
    /// Scheduler and server settings
    Server,
    /// The digest of all records
    Digest,
    /// Size and shape of the workspace
    Workspace,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dirsim show runs -w ws
  dirsim show tenant ann@contoso.com -w ws
  dirsim show quarantine -w ws --format csv
  dirsim show sync-errors -w ws                 as Connect Health shows them
  dirsim show ledger -w ws                      cloud values overwritten, objects gone for good
  dirsim show ledger ann@contoso.com -w ws
  dirsim show metaverse 'CN=Ann Lee,OU=Corp,DC=contoso,DC=com' -w ws --at 9")]
pub(crate) struct Show {
    /// What to show
    #[arg(value_enum)]
    pub(crate) part: Part,
    /// One object, or all of them
    pub(crate) identity: Option<String>,
    /// As of this step
    #[arg(long, value_name = "STEP")]
    pub(crate) at: Option<u64>,
    /// At most this many rows; 0 for all
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(flatten)]
    pub(crate) report: Report,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dirsim compact -w ws
  dirsim compact --keep-steps 50 -w ws          forget what lies further back, now and from now on")]
pub(crate) struct Compact {
    /// Steps behind the current one that stay; earlier ones are forgotten, now and from now on
    #[arg(long, value_name = "STEPS")]
    pub(crate) keep_steps: Option<u64>,
    #[command(flatten)]
    pub(crate) place: Where,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    pub(crate) place: Where,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A world of one or two forests and a tenant is made from the seed; then administrators, runs, cycles,
the clock and restarts do random things to it. When a rule breaks, the shortest log of inputs that
breaks it is printed and written to a file, and the exit code is 1.

Examples:
  dirsim simulate --seed 7
  dirsim simulate --seed 1 --seeds 1000         a thousand worlds
  dirsim simulate --seeds 100000 --seconds 60   as many as fit into a minute
  dirsim simulate --seeds 100 --acts            and how often what was done
  dirsim simulate --log simulate-7.json         play a log again
  dirsim simulate --log simulate-7.json --into ws    and keep its world to look around in")]
pub(crate) struct Simulate {
    /// The first seed
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many seeds, one after the other
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) seeds: u64,
    /// Deeds in each world; a deed is an edit, a run, a whole cycle, a restart …
    #[arg(long, default_value_t = 200)]
    pub(crate) steps: usize,
    /// Print how often what was done in all worlds together, and how runs ended
    #[arg(long)]
    pub(crate) acts: bool,
    /// Begin no further seed after so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) seconds: Option<u64>,
    /// Shorten a log that breaks a rule for so many seconds at most
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) shorten: u64,
    /// Where to write the log that breaks a rule; simulate-SEED.json by default
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Play this log instead of making one
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "seeds", "steps", "seconds", "acts", "out"])]
    pub(crate) log: Option<PathBuf>,
    /// Play the log into a new workspace, to look around in it
    #[arg(long, value_name = "WORKSPACE", requires = "log")]
    pub(crate) into: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  dirsim runbook cutover.ps1 -w ws --undo       a rehearsal: what each statement changes, then back
  dirsim runbook cutover.ps1 -w ws --step       ask in front of each statement
  dirsim runbook cutover.ps1 -w ws --break 40 --until '(Get-MgUser -All).Count -gt 500'
  dirsim runbook -c 'Set-ADUser jsmith -City Oslo' -c 'Start-ADSyncSyncCycle -PolicyType Delta' -w ws
  dirsim runbook scripts --check                all that would not run in a folder of scripts

Files: paths of the script lie below --files FOLDER: C:\\Temp\\x.csv is FOLDER/C/Temp/x.csv when FOLDER has
a folder C, else FOLDER/Temp/x.csv; D:\\x is FOLDER/D/x, \\\\server\\share\\x is FOLDER/UNC/server/share/x.
Nothing outside FOLDER is touched. Without --files, files live in memory and vanish.")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Runbook {
    /// A script; with --check also a folder of scripts
    #[arg(required_unless_present = "command")]
    pub(crate) file: Option<PathBuf>,
    /// A cmdlet to run; may be repeated
    #[arg(short, long, value_name = "CMDLET")]
    pub(crate) command: Vec<String>,
    /// Only check: every mistake of every script, with file, line and the nearest known name
    #[arg(long)]
    pub(crate) check: bool,
    /// Ask in front of each statement
    #[arg(long)]
    pub(crate) step: bool,
    /// Ask in front of the statements of this line, also within blocks; may be repeated
    #[arg(long = "break", value_name = "LINE")]
    pub(crate) break_at: Vec<usize>,
    /// End in front of the first statement where this holds
    #[arg(long, value_name = "CONDITION")]
    pub(crate) until: Option<String>,
    /// Leave out statements with mistakes, with a warning
    #[arg(long)]
    pub(crate) lenient: bool,
    /// The folder with the files that the script reads and writes
    #[arg(long, value_name = "FOLDER")]
    pub(crate) files: Option<PathBuf>,
    /// An answer for Read-Host; may be repeated
    #[arg(long = "answer", visible_alias = "answers", value_name = "TEXT")]
    pub(crate) answers: Vec<String>,
    /// A parameter of the script; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(crate) parameters: Vec<String>,
    /// Only what the script prints, and the runs
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Leave the world as it was: afterwards go back to the step before
    #[arg(long)]
    pub(crate) undo: bool,
    /// Rows of the table of changes; 0 for all
    #[arg(long, value_name = "ROWS", default_value_t = 40)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) place: Where,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  dirsim shell -w ws
  dirsim shell -w ws --files exports
  echo 'Get-ADUser -Filter *' | dirsim shell -w ws

Beside the cmdlets: `help`, `back` undoes the last statement that changed the world, `exit`. Tab completes
names, parameters and identities; a line that is not finished goes on in the next; Ctrl-C stops a statement.")]
pub(crate) struct Shell {
    /// The folder with the files that scripts read and write
    #[arg(long, value_name = "FOLDER")]
    pub(crate) files: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: Where,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The folder to write to
    pub(crate) folder: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }
}
