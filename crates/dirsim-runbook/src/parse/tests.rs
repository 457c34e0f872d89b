//! What scripts look like to the parser, one line each.

use super::parse;
use crate::ast::{Command, Element, Expression, ExpressionKind, Stage, Statement};
use crate::diagnostic::Diagnostics;

/// The only place in these tests that calls the parser: the commands in a short notation, or the
/// mistakes.
fn read(text: &str) -> String {
    let mut diagnostics = Diagnostics::new("t.ps1", text);
    let statements = parse(text, &mut diagnostics);
    if !diagnostics.is_empty() {
        let errors: Vec<String> =
            diagnostics.into_errors().iter().map(ToString::to_string).collect();
        return errors.join("\n");
    }
    let lines: Vec<String> = statements
        .iter()
        .map(|Statement::Pipeline(pipeline)| {
            let stages: Vec<String> =
                pipeline.stages.iter().map(|Stage::Command(command)| show(command)).collect();
            stages.join(" | ")
        })
        .collect();
    lines.join("\n")
}

fn show(command: &Command) -> String {
    let mut words = vec![command.name.clone()];
    for element in &command.elements {
        words.push(match element {
            Element::Parameter { name, attached: Some(value), .. } => {
                format!("-{name}:{}", value_text(value))
            }
            Element::Parameter { name, .. } => format!("-{name}"),
            Element::Value(value) => value_text(value),
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
        ExpressionKind::Table(pairs) => {
            let pairs: Vec<String> = pairs
                .iter()
                .map(|(key, value)| format!("{}={}", value_text(key), value_text(value)))
                .collect();
            format!("{{{}}}", pairs.join(";"))
        }
        ExpressionKind::ScriptBlock(text) => format!("block({text})"),
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
        ("Foo \"x $null $true y\"", "Foo \"x  True y\""),
        ("Foo @'\nline 'x'\ntwo\n'@ -B", "Foo \"line 'x'\\ntwo\" -B"),
        ("Foo @\"\r\na `$b\r\n\"@", "Foo \"a $b\""),
        ("Foo -Count -5 007 1.5 0x10 5kb", "Foo -Count -5i(-5) 7i(007) 1.5r 16i(0x10) 5120i(5kb)"),
        ("Foo $true $FALSE $null", "Foo true false null"),
        ("Foo a,b,'c d'", "Foo [\"a\",\"b\",\"c d\"]"),
        ("Foo 'a', 'b' -Q", "Foo [\"a\",\"b\"] -Q"),
        ("Foo \"a\" , \"b\"", "Foo [\"a\",\"b\"]"),
        ("Foo @('a'; 'b','c')", "Foo [\"a\",\"b\",\"c\"]"),
        ("Foo @() @{}", "Foo [] {}"),
        ("Foo ,'a'", "t.ps1:1:5: `,'a'` cannot be read here (write @('a') for a list of one)"),
        ("Foo ('a','b')", "Foo [\"a\",\"b\"]"),
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
    insta::assert_snapshot!(read(r#"$x = Get-ADUser ann
if ($true) { Get-Date }
foreach ($u in 1..3) { Get-Date }
function F { Get-Date }
Foo $x "a $y" $(Get-Date) (Get-Date) @splat
Foo -A $x.Name [int]5 {a} > out.txt
Foo && Bar
try { Foo } catch { }
& Foo
'value'
"#), @r"
    t.ps1:1:1: not yet supported: variables
    t.ps1:2:1: not yet supported: `if`
    t.ps1:3:1: not yet supported: `foreach`
    t.ps1:4:1: not yet supported: functions
    t.ps1:5:5: not yet supported: variables
    t.ps1:5:11: not yet supported: variables
    t.ps1:5:15: not yet supported: the result of a command as a value
    t.ps1:5:28: not yet supported: the result of a command as a value
    t.ps1:5:38: not yet supported: splatting
    t.ps1:6:8: not yet supported: properties of values
    t.ps1:6:16: not yet supported: type names and casts
    t.ps1:6:27: not yet supported: redirection
    t.ps1:7:5: not yet supported: `&&` and `||`
    t.ps1:8:1: not yet supported: `try`
    t.ps1:9:1: not yet supported: calling with `&` and `.`
    t.ps1:10:1: not yet supported: a value in place of a command
    ");
}

#[test]
fn one_mistake_does_not_hide_the_others() {
    insta::assert_snapshot!(read("Foo 'a',b\nGet-Date\nFoo -Add @{\n  a = 'x'\n\nGet-Date $x\nFoo –Bar x\n"), @r"
    t.ps1:1:1: `Foo 'a',b` cannot be read here (in a list put either all words into quotes or none, and no space in front of the comma)
    t.ps1:3:11: `{` is never closed (close it with `}`)
    t.ps1:6:10: not yet supported: variables
    t.ps1:7:5: `–` is a typographic character (write plain quotes and the plain dash of the keyboard)
    ");
    insta::assert_snapshot!(read("Foo -Name 'Ann\nGet-Date\n"), @"t.ps1:1:11: `'` is never closed (close it with `'`)");
    insta::assert_snapshot!(read("Foo @{mail=ann}"), @"t.ps1:1:12: `ann` cannot be read here (write 'ann')");
    insta::assert_snapshot!(read("Foo \"abc\"def"), @r#"t.ps1:1:1: `Foo "abc"def` cannot be read here (put texts with spaces or special characters into quotes)"#);
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
    let _ = crate::complete::complete(text);
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
