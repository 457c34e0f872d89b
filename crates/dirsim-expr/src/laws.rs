//! Laws of the language on random and hostile texts.

use proptest::prelude::*;

use crate::testing::{Object, compiled, eval};
use crate::{Code, ExprError, Outcome, WarningCode};

/// Random sentences of the grammar, with redundant parentheses and odd layout.
fn sentence() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-zA-Z ]{0,6}".prop_map(|text| format!("\"{text}\"")),
        Just(r#""a\\b\c""#.to_owned()),
        Just(r#""say ""hi""""#.to_owned()),
        Just("\"\r\n\"".to_owned()),
        any::<i64>().prop_map(|number| number.unsigned_abs().min(i64::MAX as u64).to_string()),
        any::<u64>().prop_map(|number| format!("&H{number:x}")),
        proptest::sample::select(vec![
            "True",
            "false",
            "NULL",
            "CRLF",
            "IgnoreThisFlow",
            "authoritativenull",
            "[mail]",
            "[proxyAddresses]",
            "[no such name]",
            "%Domain.FQDN%",
            "Now()",
            "ImportedValue(\"mail\")",
            "ValueCount(\"member\")",
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(6, 60, 3, |inner| {
        let operator = proptest::sample::select(vec![
            "+", "-", "*", "/", "&", "=", "<>", "<", "<=", ">", ">=", "&&", "||",
        ]);
        prop_oneof![
            (inner.clone(), operator, inner.clone(), "[ \n]{0,2}")
                .prop_map(|(a, operator, b, space)| format!("{a}{space}{operator} {b}")),
            inner.clone().prop_map(|a| format!("( {a})")),
            inner.clone().prop_map(|a| format!("-{a}")),
            inner.clone().prop_map(|a| format!("Trim ({a} )")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("Left({a},{b})")),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| format!("InStr({a},{b},1,vbTextCompare)")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("IIF({a}, {b},{c})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("With($v,{a},$v & {b})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("Select($w,Split({a},\",\"),{b}=$w)")),
        ]
    })
}

proptest! {
    /// EX-011: printing what was parsed, and parsing that, gives the same tree.
    #[test]
    fn parse_undoes_print(text in sentence()) {
        let first = compiled(&text).expect(&text);
        let printed = first.to_string();
        let second = compiled(&printed).expect(&printed);
        prop_assert_eq!(&first, &second);
        prop_assert_eq!(printed, second.to_string());
    }

    /// No text reaches a panic, and what is accepted is evaluated without one.
    #[test]
    fn any_text_is_refused_or_evaluated(text in "[\\PC\n]{0,60}") {
        try_it(&text);
    }

    /// The same for texts made of what the language is made of.
    #[test]
    fn any_tokens_are_refused_or_evaluated(
        tokens in proptest::collection::vec(
            proptest::sample::select(vec![
                "(", ")", ",", "\"a\"", "1", "-", "&", "&&", "||", "=", "<", "[mail]", "$v", "%",
                "IIF(", "Select($v,", "Trim(", "NULL", "DC", "Mid(", "Where(", "Switch(", "\"", "[",
            ]),
            0..25,
        )
    ) {
        try_it(&tokens.concat());
    }

    /// Sentences of the grammar end in a value or in an error with a code and a place.
    #[test]
    fn every_sentence_ends(text in sentence()) {
        try_it(&text);
    }
}

fn try_it(text: &str) {
    let given = r#"{"mail":"a@b.example","proxyAddresses":["SMTP:a@b.example"]}"#;
    let object = Object::from_json(given);
    match compiled(text) {
        Ok(expression) => {
            if let Err(error) = expression.evaluate(&object) {
                assert!(text.get(error.at.range()).is_some(), "{text}: {error:?}");
            }
        }
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert!(text.get(error.at.range()).is_some(), "{text}: {error:?}");
            }
        }
    }
}

fn refused(text: &str) -> Vec<ExprError> {
    compiled(text).expect_err(text)
}

/// Prints errors as code, place and help.
fn report(text: &str) -> Vec<String> {
    refused(text)
        .iter()
        .map(|error| {
            let help = error.help.as_deref().unwrap_or("-");
            format!("{} `{}`: {}; {help}", error.code, error.at.of(text), error.message)
        })
        .collect()
}

/// EX-011: deep nesting is an error, whatever it is made of, and not a crash.
#[test]
fn nesting_has_a_limit() {
    for (open, middle, close) in [
        ("(", "1", ")"),
        ("-", "1", ""),
        ("Trim(", "\"a\"", ")"),
        ("IIF(True,1=1 && (", "True", "),2)"),
        ("With($v,1,", "$v", ")"),
        ("Nope(", "1", ")"),
        ("((((", "", ""),
    ] {
        for depth in [201, 3000] {
            let text = format!("{}{middle}{}", open.repeat(depth), close.repeat(depth));
            let errors = refused(&text);
            let deep = |error: &ExprError| error.message.contains("deeper than 200");
            assert!(errors.iter().any(deep), "{open} {depth}: {:?}", errors.first());
            assert!(errors.iter().all(|error| error.code != Code::WrongArgCount));
        }
    }
}

/// What is not too deep is evaluated on a small stack.
#[test]
fn the_deepest_nesting_is_evaluated() {
    for (open, middle, close, value) in [
        ("(", "1", ")", "1"),
        ("-", "1", "", "1"),
        ("LCase(", "\"a\"", ")", "\"a\""),
        ("IIF(True, ", "7", ", 8)", "7"),
        ("With($v, 1, ", "$v", ")", "1"),
        ("True && True = (", "True", ")", "True"),
        ("True && 1 = 0 + (", "1", ")", "⚠ type-mismatch"),
        ("-(", "1", ")", "1"),
        ("Item(Select($v, Split(\"a\", \",\"), ", "$v", "), 1)", "\"a\""),
    ] {
        let depth = match open {
            "-(" => 100,
            item if item.starts_with("Item") => 99,
            _ => 200,
        };
        let text = format!("{}{middle}{}", open.repeat(depth), close.repeat(depth));
        let work = move || assert_eq!(eval(&text, ""), value);
        std::thread::Builder::new().stack_size(1536 << 10).spawn(work).unwrap().join().unwrap();
    }
}

/// A long row of operators is no nesting.
#[test]
fn a_long_chain_is_no_nesting() {
    let sum = vec!["1"; 20_000].join("+");
    assert_eq!(eval(&sum, ""), "20000");
    let tests = vec!["[mail] = \"x\""; 3_000].join(" || ");
    assert_eq!(eval(&tests, ""), "False");
    let text = compiled(&tests).unwrap().to_string();
    assert_eq!(compiled(&text).unwrap().to_string(), text);
    assert_eq!(refused(&"1+".repeat(40_000))[0].code, Code::ParseError);
}

/// A mistake on every word is told quickly: looking for the name that was meant is not done for
/// thousands of them.
#[test]
fn the_first_mistakes_come_with_hints() {
    for (word, hint) in [("Trimm([cn])", "did you mean `Trim`"), ("Nul", "did you mean `NULL`")] {
        let errors = refused(&vec![word; 3_000].join(" & "));
        let hinted = |error: &&ExprError| error.help.iter().any(|help| help.contains(hint));
        assert_eq!((errors.len(), errors.iter().filter(hinted).count()), (3_000, 100));
    }
    let text = vec!["[mial]"; 3_000].join(" & ");
    let compiled = compiled(&text).unwrap();
    let hinted = compiled.warnings().iter().filter(|doubt| doubt.message.contains("`mail`"));
    assert_eq!((compiled.warnings().len(), hinted.count()), (3_000, 100));
}

/// The warning of a chain names the first operators that are read unusually, however long it is.
#[test]
fn a_long_chain_is_mixed_once() {
    let text = format!("{} * 2 / 2 - 1", vec!["1"; 15_000].join(" + "));
    let compiled = compiled(&text).unwrap();
    let [warning] = compiled.warnings() else { panic!("{:?}", compiled.warnings().len()) };
    assert!(warning.message.starts_with("`*` does not bind tighter than `+`"), "{warning:?}");
}

/// Work that would grow without end is stopped.
#[test]
fn growth_has_a_limit() {
    let mut doubled = "$a".to_owned();
    for _ in 0..60 {
        doubled = format!("With($a, $a & $a, {doubled})");
    }
    assert_eq!(eval(&format!("With($a, \"ten bytes.\", {doubled})"), ""), "⚠ overflow");
    let mut nested = "$a".to_owned();
    for _ in 0..60 {
        nested = format!("Select($a, [m], {nested})");
    }
    assert_eq!(eval(&nested, r#"{"m":["1","2","3","4","5"]}"#), "⚠ overflow");
}

/// EX-011: everything that is wrong is reported at once.
#[test]
fn all_mistakes_are_reported_together() {
    assert_eq!(
        report("IIF(IsPresnt([Mail]), trim([mail], $x), %Nope% & Bogus) & Left([cn])"),
        [
            "unknown-function `IsPresnt`: unknown function `IsPresnt`; did you mean `IsPresent`? case matters",
            "unknown-attribute `[Mail]`: unknown attribute `Mail`; did you mean `mail`? case matters",
            "unknown-function `trim`: unknown function `trim`; did you mean `Trim`? case matters",
            "unknown-variable `$x`: unknown variable `$x`; variables are bound by With, Select and Where",
            "unknown-parameter `%Nope%`: unknown parameter `%Nope%`; -",
            "unknown-identifier `Bogus`: unknown identifier `Bogus`; an attribute is written [Bogus], text \"Bogus\"",
            "wrong-arg-count `Left([cn])`: `Left` takes 2 arguments, not 1; it is written `Left(str or bin value, num n): same`",
        ]
    );
}

/// A mistake in one argument does not hide or invent mistakes in others.
#[test]
fn reading_goes_on_behind_a_mistake() {
    assert_eq!(
        report("IIF(([a] [b]), Trimm([c]), Mid([d],,2))"),
        [
            "parse-error `[b]`: `[b]` where an operator or `)` is expected; -",
            "unknown-function `Trimm`: unknown function `Trimm`; did you mean `Trim`? case matters",
            "parse-error `,`: `,` where a value is expected; an argument is missing here",
        ]
    );
    assert_eq!(
        report("IIF(IsPresent([a], [b], NULL)"),
        [
            "parse-error `IIF(`: the call of `IIF` is not closed; add a `)` behind its last argument",
            "wrong-arg-count `IsPresent([a], [b], NULL)`: `IsPresent` takes 1 argument, not 3; it is written `IsPresent(exp value): bool`",
        ]
    );
    assert_eq!(
        report("“abc”"),
        ["parse-error `“abc”`: `“` does not delimit strings; use the straight double quote `\"`"]
    );
    assert_eq!(report(""), ["parse-error ``: the expression is empty; for no value write NULL"]);
    assert_eq!(report("\"a\" \"b\"")[0].split(':').next(), Some("parse-error `\"b\"`"));
    assert_eq!(report("(1 + 2")[0], "parse-error `(`: the parenthesis is not closed; add a `)`");
    assert_eq!(report("1)")[0], "parse-error `)`: `)` closes nothing; remove it");
}

/// EX-004, EX-011, EX-020: what is accepted with a doubt.
#[test]
fn doubts_are_warnings() {
    let doubts = |text: &str| -> Vec<WarningCode> {
        compiled(text).expect(text).warnings().iter().map(|warning| warning.code).collect()
    };
    assert_eq!(doubts("IIF(TRUE, null, [mail])"), [WarningCode::WordCase, WarningCode::WordCase]);
    assert_eq!(doubts("[contosoBadge]"), [WarningCode::UnknownAttribute]);
    assert_eq!(doubts("2+3*4"), [WarningCode::MixedOperators]);
    assert_eq!(doubts("2*3+4"), []);
    assert_eq!(doubts("True || False && False"), [WarningCode::MixedOperators]);
    assert_eq!(doubts("True || (False && False)"), []);
    assert_eq!(doubts("[dn] & \"x\""), []);
}

/// EX-020: three levels; within one from the left.
#[test]
fn operators_have_three_levels() {
    for (text, value) in [
        ("2+3*4", "20"),
        ("2+(3*4)", "14"),
        ("10-2-3", "5"),
        ("7/2", "3"),
        ("-7/2", "-3"),
        ("- -5", "5"),
        ("2--3", "5"),
        ("1+1=2", "True"),
        ("1=1=True", "True"),
        ("True || False && False", "False"),
        ("True || (False && False)", "True"),
        ("False || 1=1", "True"),
        ("\"a\" & 1 & True = \"a1True\"", "True"),
        ("&H80000000", "2147483648"),
        ("\"n\"&-5", "\"n-5\""),
    ] {
        assert_eq!(eval(text, ""), value, "{text}");
    }
}

/// EX-021 to EX-025: operands.
#[test]
fn operators_take_some_types_only() {
    let given = r#"{"t":"x","b":{"$hex":"0102"},"c":{"$hex":"03"},"r":{"$ref":"CN=a,DC=b"},
        "o":{"$id":7},"f":true,"m":["a","b"],"n":["1","2"],"k":["1"]}"#;
    for (text, value) in [
        ("[t] = \"X\"", "False"),
        ("[none] = NULL", "True"),
        ("[none] <> NULL", "False"),
        ("[none] = \"\"", "False"),
        ("[none] <> \"x\"", "True"),
        ("[none] > 5", "False"),
        ("[none] <= NULL", "False"),
        ("[f] = \"True\"", "⚠ type-mismatch"),
        ("[f] < True", "⚠ type-mismatch"),
        ("[b] = [b]", "True"),
        ("[b] < [c]", "⚠ type-mismatch"),
        ("[r] = CRef(\"cn=A, dc=B\")", "True"),
        ("[r] = \"CN=a,DC=b\"", "True"),
        ("[r] = \"cn=a,dc=b\"", "False"),
        ("[o] = [o]", "True"),
        ("[o] = [r]", "False"),
        ("[o] = CRef(\"CN=a\")", "⚠ type-mismatch"),
        ("[o] = \"x\"", "⚠ type-mismatch"),
        ("Now() = CDate(\"2024-05-01 12:00\")", "True"),
        ("IgnoreThisFlow = 1", "⚠ type-mismatch"),
        ("\"a\" < \"b\" && 2 >= 2", "True"),
        ("1 && True", "⚠ type-mismatch"),
        ("True && 1", "⚠ type-mismatch"),
        ("False && Error(\"x\")", "False"),
        ("True || Error(\"x\")", "True"),
        ("[none] || True", "True"),
        ("True && [none]", "False"),
        ("[none] + 1", "NULL"),
        ("\"1\" + 1", "⚠ type-mismatch"),
        ("[none] + \"1\"", "⚠ type-mismatch"),
        ("1 / 0", "⚠ divide-by-zero"),
        ("9223372036854775807 + 1", "⚠ overflow"),
        ("&H8000000000000000 / -1", "⚠ overflow"),
        ("-&H8000000000000000", "⚠ overflow"),
        ("-\"1\"", "⚠ type-mismatch"),
        ("9223372036854775808", "⚠ overflow"),
        ("[none] & [none]", "NULL"),
        ("[none] & 5", "\"5\""),
        ("[b] & [c]", "#010203"),
        ("[b] & [none]", "#0102"),
        ("[b] & \"a\"", "⚠ type-mismatch"),
        ("Now() & \"a\"", "⚠ type-mismatch"),
        ("[none] & Now()", "⚠ type-mismatch"),
        ("[r] & \"!\"", "\"CN=a,DC=b!\""),
        ("[o] & \"!\"", "⚠ type-mismatch"),
        ("[o]", "ref #7"),
        ("\"p:\" & [m]", "{\"p:a\", \"p:b\"}"),
        ("[m] & [n]", "{\"a1\", \"b2\"}"),
        ("[m] & [k]", "⚠ length-mismatch"),
        ("[m] = \"a\" || [n] = \"2\"", "{True, True}"),
        ("[m] = \"a\" && True", "{True, False}"),
        ("True && [m] = \"a\"", "{True, False}"),
        ("-Len([m])", "{-1, -1}"),
        ("%Domain.FQDN%", "⚠ unknown-parameter"),
    ] {
        assert_eq!(eval(text, given), value, "{text}");
    }
}

/// EX-016: what an attribute is read as.
#[test]
fn attributes_are_read_as_the_schema_says() {
    let given = r#"{"m":["a"],"t":"x","whenCreated":{"$dt":"2024-01-31T12:00:00Z"}}"#;
    assert_eq!(eval("Count([m])", given), "1");
    assert_eq!(eval("Count([t])", given), "⚠ type-mismatch");
    assert_eq!(eval("[whenCreated]", given), "\"20240131120000.0Z\"");
    assert_eq!(eval("CDate([whenCreated])", given), "2024-01-31T12:00:00Z");
    assert_eq!(eval("LCase(%Domain.Netbios%)", r#"{"%Domain.Netbios":"NORTH"}"#), "\"north\"");
    assert_eq!(eval("%domain.netbios%", r#"{"%Domain.Netbios":"0x1F"}"#), "31");
    assert_eq!(eval("%domain.netbios%", r#"{"%Domain.Netbios":"0xyz"}"#), "\"0xyz\"");
}

/// A lone attribute is known as such, and what an expression reads is listed.
#[test]
fn an_expression_tells_what_it_reads() {
    let schema = crate::testing::schema_for("");
    let ids = |names: &[&str]| {
        let mut ids: Vec<_> = names.iter().map(|name| schema.attribute(name).unwrap()).collect();
        ids.sort();
        ids
    };
    let direct = |text: &str| compiled(text).unwrap().is_direct();
    assert_eq!(direct(" ( [mail] )"), schema.attribute("mail"));
    assert_eq!(direct("Trim([mail])"), None);
    let all = compiled(
        "IIF([mail] = NULL, ImportedValue(\"proxyAddresses\"), ValueCount(\"member\") & [mail])",
    );
    assert_eq!(all.unwrap().attributes(), ids(&["mail", "proxyAddresses", "member"]));
    assert_eq!(
        crate::attribute_names("[b] & [a] & ValueCount(\"c\") & \"d\" & ("),
        ["a", "b", "c"]
    );
}

/// EX-046: an error carries the failing sub-expression and the values it saw.
#[test]
fn an_error_tells_what_it_saw() {
    let object = Object::from_json(r#"{"cn":"Ann","title":7}"#);
    let text = "\"x\" & Left([title], 3) & [cn]";
    let error = compiled(text).unwrap().evaluate(&object).unwrap_err();
    assert_eq!(error.code, Code::TypeMismatch);
    assert_eq!(error.at.of(text), "Left([title], 3)");
    assert_eq!(error.arguments, ["7", "3"]);
    assert_eq!(error.to_string(), "the first argument is a number, not text or binary");
    let text = "[cn] & (1 + [cn])";
    let error = compiled(text).unwrap().evaluate(&object).unwrap_err();
    assert_eq!((error.at.of(text), error.arguments.len()), ("1 + [cn]", 2));
}

/// Lists keep their holes for further work in step, and lose them at the end (EX-030, EX-033).
#[test]
fn holes_keep_their_place_until_the_end() {
    let given = r#"{"m":["SIP:a","SMTP:b"],"n":["1","2"]}"#;
    let kept = "IIF(InStr([m], \"SIP:\") = 1, NULL, [m])";
    assert_eq!(eval(&format!("{kept} & [n]"), given), "{\"1\", \"SMTP:b2\"}");
    assert_eq!(eval(&format!("LCase({kept})"), given), "{\"smtp:b\"}");
    assert_eq!(eval(&format!("Count({kept})"), given), "1");
    assert_eq!(eval("IIF([m] = [m], NULL, [m])", given), "NULL");
    let object = Object::from_json(given);
    let all = compiled("IIF([m] = [m], NULL, [m])").map(|expression| expression.evaluate(&object));
    assert_eq!(all, Ok(Ok(Outcome::Null)));
}
