//! Rule scripts: the form of the rule editor, what else is understood, and what is not (CE-070 to
//! CE-078).

use dirsim_formats::SourceFile;
use dirsim_formats::server::load::{Base, exported};
use dirsim_formats::server::script::{LineEnd, ScriptExport, WriteOptions, read, write};
use dirsim_formats::server::{
    Answers, ExportedRule, FlowSource, Imported, Level, RuleSource, Target, WorldConnector, load,
};
use dirsim_model::Schema;
use dirsim_rules::{RuleOptions, RuleSet};
use insta::assert_snapshot;

/// A rule with everything that is rare, byte for byte as the editor writes it (CE-077).
const RARE: &str = include_str!("rare.ps1");

/// A script as an administrator shortens it by hand (CE-077).
const BY_HAND: &str = "# interns stay out of the cloud
New-ADSyncRule -Name 'In from AD - User not interns' -Identifier '3f6a1c55-0000-4000-8000-000000000001' `
    -Direction 'Inbound' -Precedence 50 -SourceObjectType 'user' -TargetObjectType 'person' `
    -Connector 'ae4db4cc-b16b-4eb2-acf5-837ca84e4d7d' -LinkType 'Join' -OutVariable syncRule

Add-ADSyncAttributeFlowMapping -SynchronizationRule $syncRule[0] `
    -Source @('True') -Destination 'cloudFiltered' -FlowType 'Constant' -OutVariable syncRule

New-Object -TypeName 'Microsoft.IdentityManagement.PowerShell.ObjectModel.ScopeCondition' `
    -ArgumentList 'department','Interns','EQUAL' -OutVariable condition0

Add-ADSyncScopeConditionGroup -SynchronizationRule $syncRule[0] -ScopeConditions @($condition0[0]) -OutVariable syncRule

Add-ADSyncRule -SynchronizationRule $syncRule[0]
";

fn script(text: &str) -> ScriptExport {
    read(&SourceFile { name: "rules.ps1", bytes: text.as_bytes() })
}

/// The findings, as the administrator sees them.
fn told(text: &str) -> String {
    let export = script(text);
    let lines: Vec<String> = export.findings.sorted().iter().map(ToString::to_string).collect();
    format!("{} rules\n{}", export.rules.len(), lines.join("\n"))
}

fn plain(rules: &[ExportedRule]) -> Vec<ExportedRule> {
    rules.iter().map(ExportedRule::without_places).collect()
}

fn loaded(sources: &[RuleSource<'_>], forests: &[&str]) -> Imported {
    let mut connectors: Vec<WorldConnector> =
        forests.iter().map(|name| WorldConnector::forest(name, &[])).collect();
    connectors.push(WorldConnector::tenant("contoso.onmicrosoft.com"));
    let target = Target {
        connectors: &connectors,
        schema: &Schema::built_in(),
        options: &RuleOptions::default(),
        answers: &Answers::new(),
    };
    load(sources, &Base::default(), target)
}

fn on_top(text: &str, forests: &[&str]) -> Imported {
    let file = SourceFile { name: "rules.ps1", bytes: text.as_bytes() };
    loaded(&[RuleSource::Default, RuleSource::Script(file)], forests)
}

/// CE-077: the rare rule, field by field, and the same bytes back.
#[test]
fn a_rule_with_everything_that_is_rare_is_read_and_written_back() {
    let export = script(RARE);
    assert_eq!(told(RARE), "1 rules\n");
    let [rule] = &*export.rules else { panic!("{} rules", export.rules.len()) };
    assert_eq!(rule.name, "Out to AD - Visitor's badge");
    assert!(rule.disabled && !rule.password_sync);
    assert_eq!((rule.precedence, rule.flows.len()), (61, 3));
    let [first, second, third] = &*rule.flows else { panic!() };
    assert!(matches!(&first.source, FlowSource::Expression(text) if text.starts_with('\n')));
    assert_eq!(second.stored_sources, None);
    assert_eq!(third.source, FlowSource::Constant("badge's due".to_owned()));
    assert!(third.once);
    assert_eq!(rule.scope.iter().map(Vec::len).collect::<Vec<_>>(), [2]);
    let sensitive: Vec<bool> = rule.join.iter().map(|group| group[0].case_sensitive).collect();
    assert_eq!(sensitive, [true, false]);
    assert_eq!(write(&export.rules, WriteOptions::default()), RARE);
    let crlf = WriteOptions { line_end: LineEnd::CrLf, ..WriteOptions::default() };
    assert_eq!(plain(&script(&write(&export.rules, crlf)).rules), plain(&export.rules));
}

/// CE-077, SR-124: a script written by hand, on top of the default set.
#[test]
fn a_script_by_hand_goes_on_top_of_the_default_set() {
    let imported = on_top(BY_HAND, &["contoso.local"]);
    let told: Vec<String> = imported.report.findings.iter().map(ToString::to_string).collect();
    assert_snapshot!(told.join("\n"));
    let files = imported.configuration.rules.unwrap();
    assert_snapshot!(files.last().unwrap().text);
    assert_eq!(files.len(), RuleSet::default_files().len() + 1);
    assert_eq!(imported.report.rules.custom, 1);
}

/// CE-074: which connector is meant is asked when there are two.
#[test]
fn a_script_for_one_of_two_forests_asks_which() {
    let imported = on_top(BY_HAND, &["contoso.local", "fabrikam.local"]);
    assert_snapshot!(imported.report.findings[0]);
    assert!(imported.report.has_errors());
    let connectors = [
        WorldConnector::forest("contoso.local", &[]),
        WorldConnector::forest("fabrikam.local", &[]),
        WorldConnector::tenant("contoso.onmicrosoft.com"),
    ];
    let guid = "ae4db4cc-b16b-4eb2-acf5-837ca84e4d7d".parse().unwrap();
    let answers: Answers = [(guid, "Fabrikam.local".to_owned())].into_iter().collect();
    let target = Target {
        connectors: &connectors,
        schema: &Schema::built_in(),
        options: &RuleOptions::default(),
        answers: &answers,
    };
    let file = SourceFile { name: "rules.ps1", bytes: BY_HAND.as_bytes() };
    let answered = load(&[RuleSource::Default, RuleSource::Script(file)], &Base::default(), target);
    assert!(!answered.report.has_errors());
    let files = answered.configuration.rules.unwrap();
    assert!(files.last().unwrap().text.contains("connector: fabrikam.local"));
}

/// CE-075: a script alone is a whole set, and what it lacks is said.
#[test]
fn a_script_alone_says_what_a_cycle_would_lack() {
    let file = SourceFile { name: "rules.ps1", bytes: BY_HAND.as_bytes() };
    let imported = loaded(&[RuleSource::Script(file)], &["contoso.local"]);
    let lacking = imported.report.findings.iter().find(|f| f.code == "incomplete-rule-set");
    assert_snapshot!(lacking.unwrap());
}

/// CE-076: the default set, written as the editor would and read again, is the same set.
#[test]
fn the_default_set_survives_being_written_as_a_script() {
    let infos = ["contoso.com", "contoso.onmicrosoft.com - AAD"].map(|name| {
        let guid = if name == "contoso.com" { "1" } else { "2" };
        dirsim_rules::ConnectorInfo {
            id: guid.parse().unwrap(),
            name: name.to_owned(),
            guid: format!("11111111-0000-0000-0000-00000000000{guid}").parse().unwrap(),
            kind: if guid == "1" {
                dirsim_rules::ConnectorKind::Forest
            } else {
                dirsim_rules::ConnectorKind::Entra
            },
            forest_fqdn: name.to_owned(),
            forest_netbios: "X".to_owned(),
            parameters: Vec::new(),
        }
    });
    let set = RuleSet::build(
        &RuleSet::default_files(),
        &infos,
        &RuleOptions { exchange_hybrid: true, device_join: true, ..RuleOptions::default() },
        &mut Schema::built_in(),
    )
    .unwrap();
    let rules = exported(&set.definitions());
    assert!(rules.len() > 60);
    let text = write(&rules, WriteOptions::default());
    let again = script(&text);
    let errors = again.findings.sorted().into_iter().filter(|f| f.level == Level::Error).count();
    assert_eq!(errors, 0);
    assert_eq!(again.rules.len(), rules.len());
    assert_eq!(write(&again.rules, WriteOptions::default()), text);
    let stored = WriteOptions { stored_sources: true, ..WriteOptions::default() };
    assert_eq!(write(&again.rules, stored), text, "the stored lists are the computed ones");
}

/// CE-073: what publishing and hand-writing do to scripts.
#[test]
fn published_and_hand_written_forms_are_understood() {
    let curly =
        BY_HAND.replace("'Interns'", "\u{2018}Interns\u{2019}").replace(" -Prec", " \u{2013}Prec");
    assert_eq!(plain(&script(&curly).rules), plain(&script(BY_HAND).rules));
    let lower =
        BY_HAND.replace("-Identifier", "-identifier").replace("New-ADSyncRule", "new-adsyncrule");
    assert_eq!(plain(&script(&lower).rules), plain(&script(BY_HAND).rules));
    let bare = BY_HAND.replace("$syncRule[0]", "$r").replace("syncRule", "r");
    assert_eq!(plain(&script(&bare).rules), plain(&script(BY_HAND).rules));
    let commented = BY_HAND.replace("# interns", "<# two\nlines #>\n#region x\n# interns");
    assert_eq!(plain(&script(&commented).rules), plain(&script(BY_HAND).rules));
    let listed =
        BY_HAND.replace("'department','Interns','EQUAL'", "@('department', 'Interns', 'EQUAL')");
    assert_eq!(plain(&script(&listed).rules), plain(&script(BY_HAND).rules));
    let wide: Vec<u8> = std::iter::once('\u{feff}')
        .chain(BY_HAND.replace('\n', "\r\n").chars())
        .collect::<String>()
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let export = read(&SourceFile { name: "rules.ps1", bytes: &wide });
    assert_eq!(plain(&export.rules), plain(&script(BY_HAND).rules));
    let nameless = BY_HAND.replace("-Identifier '3f6a1c55-0000-4000-8000-000000000001' ", "");
    let (once, twice) = (script(&nameless), script(&nameless));
    assert_eq!(once.rules[0].id, twice.rules[0].id, "a made identity is always the same");
    let lost = BY_HAND.replace("-Identifier", "\n-Identifier");
    assert_snapshot!(told(&lost));
}

/// CE-078: every malformed script gives a finding with its line, and the other rules are read.
#[test]
fn malformed_scripts_are_told_by_line() {
    let second = BY_HAND
        .replace("000000000001", "000000000002")
        .replace("not interns", "second")
        .replace("Precedence 50", "Precedence 51");
    let with = |from: &str, to: &str| {
        assert!(BY_HAND.contains(from), "{from}");
        told(&format!("{}\n{second}", BY_HAND.replacen(from, to, 1)))
    };
    assert_snapshot!(with("'Interns'", "'Interns"));
    assert_snapshot!(with("Precedence 50", "Precedence 'x'"));
    assert_snapshot!(with("Precedence 50", "Precedence $p"));
    assert_snapshot!(with("'EQUAL'", "'RESEMBLES'"));
    assert_snapshot!(with("'Constant'", "'Fixed'"));
    assert_snapshot!(with("'Join'", "'Provisioning'"));
    assert_snapshot!(with("-LinkType", "-Link"));
    assert_snapshot!(with("$condition0[0]", "$condition1[0]"));
    assert_snapshot!(with("$condition0[0]", "$condition0[1]"));
    assert_snapshot!(with("@($condition0[0])", "@()"));
    assert_snapshot!(with("'In from AD - User not interns'", "\"In from $x\""));
    assert_snapshot!(with("Add-ADSyncRule -SynchronizationRule $syncRule[0]", ""));
    assert_snapshot!(with("New-ADSyncRule -Name", "Write-Host 'x'\nNew-ADSyncRule -Name"));
    assert_snapshot!(with("-SourceObjectType 'user' -TargetObjectType 'person' `\n", "` \n"));
    assert_snapshot!(with("LinkType 'Join'", "LinkType 'Join' \0"));
    assert_snapshot!(with("Interns','EQUAL'", "Interns'''"));
}

#[test]
fn order_and_repetition_have_their_meaning() {
    let before = "Add-ADSyncAttributeFlowMapping -SynchronizationRule $syncRule[0] -Source @('cn') -Destination 'cn' -FlowType 'Direct'\n";
    assert_snapshot!(told(&format!("{before}{BY_HAND}")));
    assert_snapshot!(told(&format!(
        "{BY_HAND}\nAdd-ADSyncRule -SynchronizationRule $syncRule[0]\n"
    )));
    assert_snapshot!(told(&format!("{BY_HAND}\n{}", BY_HAND.replace("not interns", "again"))));
    assert_snapshot!(told("Get-Process | Stop-Process\n$x = 1\nforeach ($i in 1..3) { $i }\n"));
    assert_eq!(told(""), "0 rules\n");
}

/// CE-078: size is no trouble.
#[test]
fn large_scripts_are_read() {
    let many: String = (0..5_000)
        .map(|number| {
            BY_HAND
                .replace("000000000001", &format!("{number:012}"))
                .replace("Precedence 50", &format!("Precedence {number}"))
        })
        .collect();
    assert_eq!(script(&many).rules.len(), 5_000);
    let long = format!("'{}'", "a".repeat(100_000));
    let expression = BY_HAND
        .replace("-Source @('True')", &format!("-Expression {long}"))
        .replace("'Constant'", "'Expression'");
    assert!(matches!(
        &script(&expression).rules[0].flows[0].source,
        FlowSource::Expression(text) if text.len() == 100_000
    ));
}

/// SR-007, CE-073: a rule that replaces one, and rules with a place of their own.
#[test]
fn a_script_may_replace_a_rule_and_place_one_before_another() {
    let standard = "In from AD - User Join";
    let first = on_top(BY_HAND, &["contoso.local"]);
    let set = first.configuration.rules.unwrap();
    let connectors = [
        WorldConnector::forest("contoso.local", &[]),
        WorldConnector::tenant("contoso.onmicrosoft.com"),
    ];
    let target = Target {
        connectors: &connectors,
        schema: &Schema::built_in(),
        options: &RuleOptions::default(),
        answers: &Answers::new(),
    };
    let changed = BY_HAND.replace("Interns", "Trainees");
    let placed = BY_HAND
        .replace("000000000001", "000000000009")
        .replace("not interns", "before it")
        .replace(
            "Precedence 50",
            "Precedence 0 -PrecedenceBefore '3f6a1c55-0000-4000-8000-000000000001'",
        );
    let file = SourceFile { name: "more.ps1", bytes: changed.as_bytes() };
    let other = SourceFile { name: "placed.ps1", bytes: placed.as_bytes() };
    let base = Base { files: set.clone(), edits: Vec::new() };
    let again = load(&[RuleSource::Script(file), RuleSource::Script(other)], &base, target);
    let told: Vec<String> = again.report.findings.iter().map(ToString::to_string).collect();
    assert_snapshot!(told.join("\n"));
    assert_eq!(again.configuration.edits.len(), 2);
    assert_eq!(again.configuration.rules.unwrap(), set, "{standard} and the others stay");
}

/// SR-007: two rules of one number are refused, unless the order of the file is asked for; then each
/// stands directly behind the one before it, and that is told.
#[test]
fn rules_of_one_number_keep_the_order_of_the_file_when_asked() {
    let next = |text: &str, id: &str, name: &str, number: &str| {
        let text = text.replace("000000000001", id).replace("not interns", name);
        text.replace("Precedence 50", &format!("Precedence {number}"))
    };
    let text = [
        next(BY_HAND, "000000000001", "first", "50"),
        next(BY_HAND, "000000000002", "second", "50"),
        next(BY_HAND, "000000000003", "third", "51"),
        next(BY_HAND, "000000000004", "last", "60"),
    ]
    .join("\n");
    let file = SourceFile { name: "rules.ps1", bytes: text.as_bytes() };
    let refused = loaded(&[RuleSource::Default, RuleSource::Script(file)], &["contoso.local"]);
    let errors = refused.report.findings.iter().filter(|finding| finding.level == Level::Error);
    assert_eq!(errors.map(|finding| finding.code).collect::<Vec<_>>(), ["duplicate-precedence"]);
    let sources =
        [RuleSource::AcceptDuplicatePrecedence, RuleSource::Default, RuleSource::Script(file)];
    let taken = loaded(&sources, &["contoso.local"]);
    let told: Vec<String> = taken
        .report
        .findings
        .iter()
        .filter(|finding| finding.code == "duplicate-precedence")
        .map(ToString::to_string)
        .collect();
    assert_snapshot!(told.join("\n"));
    assert!(!taken.report.has_errors());
    let rules = &taken.configuration.rules.unwrap();
    let own = &rules.iter().find(|file| file.path.starts_with("rules.ps1")).unwrap().text;
    let numbers: Vec<&str> =
        own.lines().filter_map(|line| line.trim().strip_prefix("precedence: ")).collect();
    assert_eq!(numbers, ["50", "51", "52", "60"]);
}

/// SR-086, CE-076: the source list of an expression is written in the order of first use, with the
/// names in functions, whatever the list said that was read.
#[test]
fn source_lists_follow_from_the_expression() {
    let text = BY_HAND.replace(
        "-Source @('True') -Destination 'cloudFiltered' -FlowType 'Constant'",
        "-Source @('sn') -Destination 'title' -FlowType 'Expression' \
         -Expression 'IIF(IsPresent(ImportedValue(\"mail\")), [cn], CStr(ValueCount(\"member\")) & [cn])'",
    );
    let export = script(&text);
    assert_eq!(export.rules.len(), 1, "{}", told(&text));
    let written = write(&export.rules, WriteOptions::default());
    assert!(written.contains("-Source @('mail','cn','member')"), "{written}");
    let stored = WriteOptions { stored_sources: true, ..WriteOptions::default() };
    assert!(write(&export.rules, stored).contains("-Source @('sn')"));
}

/// A rule with two scope groups, one join group and one flow; its number.
fn grouped(precedence: u32) -> ExportedRule {
    let scope = "New-Object -TypeName 'Microsoft.IdentityManagement.PowerShell.ObjectModel.ScopeCondition' \
         -ArgumentList 'title','Boss','EQUAL' -OutVariable condition0\n\
         Add-ADSyncScopeConditionGroup -SynchronizationRule $syncRule[0] -ScopeConditions @($condition0[0]) -OutVariable syncRule\n";
    let join = "New-Object -TypeName 'Microsoft.IdentityManagement.PowerShell.ObjectModel.JoinCondition' \
         -ArgumentList 'mail','mail',$false -OutVariable condition0\n\
         Add-ADSyncJoinConditionGroup -SynchronizationRule $syncRule[0] -JoinConditions @($condition0[0]) -OutVariable syncRule\n";
    let text = BY_HAND
        .replace("Precedence 50", &format!("Precedence {precedence}"))
        .replace("000000000001", &format!("{precedence:012}"))
        // The join group comes before the second scope group, as the shell allows.
        .replace(
            "Add-ADSyncRule -SynchronizationRule",
            &format!("{join}{scope}Add-ADSyncRule -SynchronizationRule"),
        );
    let export = script(&text);
    assert_eq!(export.rules.len(), 1, "{}", told(&text));
    export.rules[0].clone()
}

/// CE-071: one New, the flows, all scope groups, all join groups, Add, Get; rules by precedence, and
/// the variables of conditions start at 0 again in each group.
#[test]
fn statements_have_the_order_of_the_editor() {
    let text = write(&[grouped(60), grouped(50)], WriteOptions::default());
    let commands: Vec<&str> = text
        .lines()
        .filter(|line| line.ends_with("  `") && !line.starts_with('-'))
        .map(|line| line.trim_end_matches(['`', ' ']))
        .collect();
    let one = [
        "New-ADSyncRule",
        "Add-ADSyncAttributeFlowMapping",
        "New-Object",
        "Add-ADSyncScopeConditionGroup",
        "New-Object",
        "Add-ADSyncScopeConditionGroup",
        "New-Object",
        "Add-ADSyncJoinConditionGroup",
        "Add-ADSyncRule",
        "Get-ADSyncRule",
    ];
    assert_eq!(commands, [one, one].concat());
    let numbers: Vec<&str> = text.lines().filter(|l| l.starts_with("-Precedence ")).collect();
    assert_eq!(numbers, ["-Precedence 50 `", "-Precedence 60 `"]);
    assert_eq!(text.matches("-OutVariable condition0\n").count(), 6);
    assert!(!text.contains("condition1"));
}

/// CE-072: a statement, character by character: blanks before backticks, quotes doubled and nothing
/// else escaped, numbers and variable names bare, two empty lines behind each statement.
#[test]
fn a_statement_is_written_character_by_character() {
    let mut rule = grouped(50);
    rule.name = "It's $5 `a` \\ \"b\" %c%".to_owned();
    let text = write(&[rule], WriteOptions::default());
    assert!(
        text.starts_with("New-ADSyncRule  `\n-Name 'It''s $5 `a` \\ \"b\" %c%' `\n-Identifier '")
    );
    assert!(text.contains(
        "\n-Precedence 50 `\n-PrecedenceAfter '00000000-0000-0000-0000-000000000000' `\n"
    ));
    assert!(text.contains(
        "\n-SoftDeleteExpiryInterval 0 `\n-ImmutableTag '' `\n-OutVariable syncRule\n\n\n"
    ));
    assert!(text.contains("\n-ArgumentList 'mail','mail',$false `\n-OutVariable condition0\n\n\n"));
    assert!(text.contains("\n-ScopeConditions @($condition0[0]) `\n-OutVariable syncRule\n\n\n"));
    assert!(text.ends_with("-Identifier '3f6a1c55-0000-4000-8000-000000000050'\n\n\n"));
    let back = script(&text);
    assert_eq!(back.rules[0].name, "It's $5 `a` \\ \"b\" %c%");
    assert_eq!(write(&back.rules, WriteOptions::default()), text);
}
