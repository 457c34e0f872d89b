//! What scripts look like to the parser, one line each.

use super::parse;
use crate::ast::{
    Callee, Command, Element, Expression, ExpressionKind, Stage, Statement, StatementKind,
};
use crate::diagnostic::Diagnostics;

/// The only place in these tests that calls the parser: the commands in a short notation, or the
/// mistakes.
fn read(text: &str) -> String {
    let mut diagnostics = Diagnostics::new("t.ps1", text);
    let block = parse(text, &mut diagnostics);
    if !diagnostics.is_empty() {
        let errors: Vec<String> =
            diagnostics.into_errors().iter().map(ToString::to_string).collect();
        return errors.join("\n");
    }
    block.end.iter().map(statement_text).collect::<Vec<_>>().join("\n")
}

fn statement_text(statement: &Statement) -> String {
    match &statement.kind {
        StatementKind::Pipeline(pipeline) => {
            let stages: Vec<String> = pipeline
                .stages
                .iter()
                .map(|stage| match stage {
                    Stage::Command(command) => show(command),
                    Stage::Expression(value, _) => value_text(value),
                })
                .collect();
            stages.join(" | ")
        }
        other => {
            let debug = format!("{other:?}");
            debug.split([' ', '(']).next().unwrap_or_default().to_owned()
        }
    }
}

fn show(command: &Command) -> String {
    let mut words = vec![match &command.callee {
        Callee::Name(name) => name.to_string(),
        Callee::Value(value, dot) => {
            format!("{}{}", if *dot { ". " } else { "& " }, value_text(value))
        }
    }];
    for element in &command.elements {
        words.push(match element {
            Element::Parameter { name, attached: Some(value), .. } => {
                format!("-{name}:{}", value_text(value))
            }
            Element::Parameter { name, .. } => format!("-{name}"),
            Element::Value(value) => value_text(value),
            Element::Splat(variable, _) => format!("@{}", variable.name),
        });
    }
    words.join(" ")
}

fn value_text(value: &Expression) -> String {
    let list = |values: &[Expression]| -> String {
        values.iter().map(value_text).collect::<Vec<_>>().join(",")
    };
    match &value.kind {
        ExpressionKind::Null => "null".to_owned(),
        ExpressionKind::Boolean(truth) => truth.to_string(),
        ExpressionKind::Integer(number, text) => format!("{number}i({text})"),
        ExpressionKind::Real(number, _) => format!("{number}r"),
        ExpressionKind::Text(text) => format!("{text:?}"),
        ExpressionKind::Array(values) => format!("[{}]", list(values)),
        ExpressionKind::List(body) => {
            let items: Vec<String> = body.iter().map(statement_text).collect();
            format!("@[{}]", items.join(";"))
        }
        ExpressionKind::Paren(statement) => format!("({})", statement_text(statement)),
        ExpressionKind::Table(pairs) => {
            let pairs: Vec<String> = pairs
                .iter()
                .map(|(key, value)| format!("{}={}", value_text(key), statement_text(value)))
                .collect();
            format!("{{{}}}", pairs.join(";"))
        }
        ExpressionKind::ScriptBlock(block) => format!("block({})", block.text),
        ExpressionKind::Variable(variable) => format!("${}", variable.name),
        ExpressionKind::Expandable(parts) => format!("expandable of {}", parts.len()),
        ExpressionKind::Member { target, name, .. } => {
            format!("{}.{}", value_text(target), value_text(name))
        }
        ExpressionKind::Cast(name, value) => format!("[{}]{}", name.name, value_text(value)),
        ExpressionKind::Unary(operator, value) => format!("{operator:?} {}", value_text(value)),
        other => format!("{other:?}").split([' ', '(']).next().unwrap_or_default().to_owned(),
    }
}

#[test]
fn commands_values_and_quirks() {
    for (text, expected) in [
        ("", ""),
        ("# only a comment", ""),
        ("<# one\r\n two #>\r\n# three\r\n", ""),
        ("Get-Date", "Get-Date"),
        ("Get-Date; Get-Date # twice", "Get-Date\nGet-Date"),
        ("# first\n\nGet-Date\n# last\n", "Get-Date"),
        ("Foo ann -City Oslo", "Foo \"ann\" -City \"Oslo\""),
        ("Foo 'it''s' \"a`tb \"\"q\"\" `$x\"", "Foo \"it's\" \"a\\tb \\\"q\\\" $x\""),
        ("Foo \"x $null $true y\"", "Foo expandable of 5"),
        ("Foo @'\nline 'x'\ntwo\n'@ -B", "Foo \"line 'x'\\ntwo\" -B"),
        ("Foo @\"\r\na `$b\r\n\"@", "Foo \"a $b\""),
        ("Foo -Count -5 007 1.5 0x10 5kb", "Foo -Count -5i(-5) 7i(007) 1.5r 16i(0x10) 5120i(5kb)"),
        ("Foo $true $FALSE $null", "Foo true false null"),
        ("Foo a,b,'c d'", "Foo [\"a\",\"b\",\"c d\"]"),
        ("Foo 'a', 'b' -Q", "Foo [\"a\",\"b\"] -Q"),
        ("Foo \"a\" , \"b\"", "Foo [\"a\",\"b\"]"),
        ("Foo @('a'; 'b','c')", "Foo @[\"a\";[\"b\",\"c\"]]"),
        ("Foo @() @{}", "Foo @[] {}"),
        ("Foo ,'a'", "Foo Comma \"a\""),
        ("Foo ('a','b')", "Foo ([\"a\",\"b\"])"),
        (
            "Foo -Add @{a=1; 'b c'='x','y'\n d=@{e=$null}}",
            "Foo -Add {\"a\"=1i(1);\"b c\"=[\"x\",\"y\"];\"d\"={\"e\"=null}}",
        ),
        (
            "Foo -Confirm:$false -Name:value -Other: 'x'",
            "Foo -Confirm:false -Name:\"value\" -Other:\"x\"",
        ),
        ("Foo `\n  -A x `\r\n  -B", "Foo -A \"x\" -B"),
        ("Foo\t-Tab\tx", "Foo -Tab \"x\""),
        ("Foo 'keeps\ttabs'", "Foo \"keeps\\ttabs\""),
        ("Foo -F {mail -eq 'x'}", "Foo -F block(mail -eq 'x')"),
        (
            "Foo 2026-01-05T09:00:00Z 01:00:00 S-1-5-21-1",
            "Foo \"2026-01-05T09:00:00Z\" \"01:00:00\" \"S-1-5-21-1\"",
        ),
        (
            "Foo qqru7zMzd3e7u7u7u7g== a@b.com x#y * a.b:c/d",
            "Foo \"qqru7zMzd3e7u7u7u7g==\" \"a@b.com\" \"x#y\" \"*\" \"a.b:c/d\"",
        ),
        ("Foo <# in between #> x", "Foo \"x\""),
        ("Foo a | Bar b", "Foo \"a\" | Bar \"b\""),
        ("\u{FEFF}Get-Date", "Get-Date"),
    ] {
        assert_eq!(read(text), expected, "{text:?}");
    }
}

#[test]
fn what_is_powershell_and_not_run_is_named_and_located() {
    insta::assert_snapshot!(read(r"class A { hidden [int]$x }
trap { 'x' }
foreach -parallel ($u in 1..3) { Get-Date }
Foo --% x
Foo &
$x?.Name
workflow W { }
"), @"
    t.ps1:1:23: not supported: hidden properties
    t.ps1:3:9: not supported: `foreach -Parallel`
    t.ps1:4:5: not supported: `--%`
    t.ps1:7:1: not supported: workflows
    ");
}

#[test]
fn statements_that_stand_on_one_line() {
    for (text, expected) in [
        ("switch -Wildcard ($x) { 'a*' { 1; break } {$_ -gt 5} { 2 } default { 3 } }", "Switch"),
        ("function F([string]$a = 'x', [int]$b) { begin { 1 } process { $_ } }", "Function"),
        ("function F { param($x) $x }", "Function"),
        (":outer foreach ($i in 1..3) { break outer }", "Foreach"),
        ("1..3 | Foo", "Binary | Foo"),
        ("Foo $env:TEMP\\x.csv", "Foo expandable of 2"),
        ("Foo C:\\$($x.y).csv", "Foo expandable of 3"),
        ("& $sb 1 -x 2", "& $sb 1i(1) -x 2i(2)"),
        (". { 1 }", ". block( 1 )"),
        ("$a, $b = 1, 2", "Assign"),
        ("$x = if ($y) { 1 } else { 2 }", "Assign"),
        ("Foo 2>$null", "Foo"),
        ("Foo |\n  Bar", "Foo | Bar"),
        ("Foo\n  | Bar", "Foo | Bar"),
        ("try { Foo } catch [X.Y] { } finally { }", "Try"),
        ("$x.'a b'.Length", "$x.\"a b\".\"Length\""),
        ("if ($a) { 1 } elseif ($b) { 2 }\nelse { 3 }", "If"),
        ("do { 1 } until ($x)", "Loop"),
        ("Foo @splat", "Foo @splat"),
        ("exit 3", "Exit"),
    ] {
        assert_eq!(read(text), expected, "{text:?}");
    }
}

#[test]
fn one_mistake_does_not_hide_the_others() {
    insta::assert_snapshot!(read("Foo 'a',,b\nGet-Date\nFoo -Add @{\n  a = 'x'\n\nGet-Date 'x\nFoo –Bar x\n"), @"
    t.ps1:1:9: `,b` cannot be read here (a list needs a value in front of each comma)
    t.ps1:6:10: `'x` cannot be read here (put texts with spaces or special characters into quotes)
    ");
    insta::assert_snapshot!(read("Foo -Name 'Ann\nGet-Date\n"), @"t.ps1:1:11: `'` is never closed (close it with `'`)");
    insta::assert_snapshot!(read("if ($x) {\n  Foo\nGet-Date\n"), @"t.ps1:1:9: `{` is never closed (close it with `}`)");
    insta::assert_snapshot!(read("$x = 1 -eg 2\nFoo (1 + ) x\nFoo )"), @"t.ps1:1:8: unknown operator `-eg` (did you mean `-eq`?)");
}

#[test]
fn size_and_depth_have_limits() {
    let deep = format!("Foo {}1{}", "@(".repeat(10_000), ")".repeat(10_000));
    assert!(read(&deep).contains("nest deeper than 64"), "{}", &read(&deep)[..200]);
    let commas = format!("Foo {}1", ",".repeat(5_000));
    assert!(read(&commas).contains("t.ps1:1:"));
    let large = "# x\n".repeat(super::SCRIPT_BYTES_MAX / 4 + 1);
    assert!(read(&large).contains("larger than 4 MiB"));
}

/// Checks a text; every mistake stands somewhere in it.
fn assert_located(text: &str) {
    for error in crate::check(text, "t.ps1").err().unwrap_or_default() {
        assert!(text.get(error.span.start..error.span.end).is_some(), "{error:?}");
        assert!(error.span.line > 0 && error.span.column > 0);
    }
    let _ = crate::complete::complete(text, &crate::complete::Nothing);
    let _ = crate::is_unfinished(text);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC*") {
        assert_located(&text);
    }

    #[test]
    fn no_mix_of_tokens_makes_the_parser_panic(
        words in proptest::collection::vec(proptest::sample::select(vec![
            "Get-ADUser", "Set-ADUser", "-Identity", "-Add", "-Filter", "'a'", "\"b", "\"", "'", "@{", "}", "(",
            ")", "@(", "{", "$x", "$null", "`", "`\n", "\n", ";", ",", "|", ":", "=", "#", "<#", "#>",
            "@'\n", "\n'@", "a=1", "-5", "&", "&&", "ann", "é", "–", "\t", " ", "-eq", "*", "\r\n", "%", "if",
        ]), 0..40),
        separator in proptest::sample::select(vec!["", " "]),
    ) {
        assert_located(&words.join(separator));
    }
}

#[test]
fn a_long_runbook_is_no_hostile_one() {
    let line = "Set-ADUser user12345 -City Oslo -Add @{proxyAddresses='smtp:a@contoso.com','smtp:b@contoso.com'}\n";
    let script = line.repeat(3_000);
    let checked = crate::check(&script, "t.ps1").unwrap();
    assert_eq!(checked.statements().len(), 3_000);
}

#[test]
fn a_block_behind_an_open_condition_blames_the_bracket() {
    insta::assert_snapshot!(read("if ($x -eq 1 { 'a' }\nforeach ($u in $users { $u }"), @"
    t.ps1:1:4: `(` is never closed (close it with `)`)
    t.ps1:2:9: `(` is never closed (close it with `)`)
    ");
}
