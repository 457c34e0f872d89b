//! Rules of the language that belong to no single function: what may be written, which types there
//! are, lists and NULL as arguments, codes of errors, and that nothing but the inputs decides.

use crate::testing::{Object, check, eval, eval_object};

/// EX-001: white space of any kind parts tokens and means nothing; there are no comments; nothing at
/// all is no expression.
#[test]
fn white_space_means_nothing() {
    let object = r#"{"a":"x"}"#;
    for blank in [" ", "\t", "\r\n", "\n\n  ", "\u{a0}", "\u{2003}", ""] {
        let text = format!(
            "{blank}IIF{blank}({blank}[a]{blank}={blank}\"x\"{blank},{blank}1{blank},2){blank}"
        );
        assert_eq!(eval(&text, object), "1", "{text:?}");
    }
    // Inside a text and a name it stands for itself.
    assert_eq!(eval("\"a\tb\r\nc\"", ""), "\"a\tb\r\nc\"");
    check(&[
        ("", "", "⚠ parse-error"),
        (" \r\n\t", "", "⚠ parse-error"),
        ("1 ' comment", "", "⚠ parse-error"),
        ("1 // comment", "", "⚠ parse-error"),
        ("# comment\n1", "", "⚠ parse-error"),
        ("Tr im(\" a \")", "", "⚠ unknown-identifier"),
    ]);
}

/// EX-010: sentences of the grammar, and what is none.
#[test]
fn the_grammar_says_what_a_sentence_is() {
    check(&[
        ("- - 1", "", "1"),
        ("-(1 + 2)", "", "-3"),
        ("((((1))))", "", "1"),
        ("LCase (\"ABC\")", "", "\"abc\""),
        ("\"a\" & -1", "", "\"a-1\""),
        ("Mid([a],,2)", "", "⚠ parse-error"),
        ("Mid([a],2,)", "", "⚠ parse-error"),
        ("LCase(", "", "⚠ parse-error"),
        ("(1", "", "⚠ parse-error"),
        ("1)", "", "⚠ parse-error"),
        ("()", "", "⚠ parse-error"),
        ("1 2", "", "⚠ parse-error"),
        ("1 +", "", "⚠ parse-error"),
        ("= 1", "", "⚠ parse-error"),
        ("+1", "", "⚠ parse-error"),
        ("1 = = 1", "", "⚠ parse-error"),
        ("[a", "", "⚠ parse-error"),
        ("[]", "", "⚠ parse-error"),
        ("\"a", "", "⚠ parse-error"),
        ("%a", "", "⚠ parse-error"),
        ("$1", "", "⚠ parse-error"),
        ("1.5", "", "⚠ parse-error"),
        ("12a", "", "⚠ parse-error"),
        ("[a] ; [b]", "", "⚠ parse-error"),
        ("“a”", "", "⚠ parse-error"),
    ]);
}

/// EX-015: the types, what each holds, and that none becomes another in silence.
#[test]
fn every_type_has_its_content() {
    check(&[
        ("\"李 😀\"", "", "\"李 😀\""),
        ("9223372036854775807", "", "9223372036854775807"),
        ("-9223372036854775807 - 1", "", "-9223372036854775808"),
        ("&HFFFFFFFFFFFFFFFF", "", "-1"),
        ("9223372036854775808", "", "⚠ overflow"),
        ("1 = 1", "", "True"),
        ("[b]", r#"{"b":{"$hex":"00ff"}}"#, "#00ff"),
        ("[m]", r#"{"m":["b","a","b"]}"#, "{\"b\", \"a\", \"b\"}"),
        ("[r]", r#"{"r":{"$ref":"CN=a,DC=x"}}"#, "ref \"CN=a,DC=x\""),
        ("[x]", "", "NULL"),
        // A date is UTC; a zone is gone after reading.
        ("CDate(\"2024-01-01 02:00 +02:00\") = CDate(\"2024-01-01\")", "", "True"),
        // No type turns into another by itself.
        ("\"1\" + 1", "", "⚠ type-mismatch"),
        ("1 = \"1\"", "", "⚠ type-mismatch"),
        ("1 && True", "", "⚠ type-mismatch"),
        ("Left(123, 2)", "", "⚠ type-mismatch"),
        ("CDate(\"2024-01-01\") & \"\"", "", "⚠ type-mismatch"),
        ("[b] & \"a\"", r#"{"b":{"$hex":"00"}}"#, "⚠ type-mismatch"),
        // An option is no value: it stands where a signature names it, and nowhere else.
        ("Contains([m], \"A\", CaseInsensitive)", r#"{"m":["a"]}"#, "1"),
        ("\"a\" & CaseSensitive", "", "⚠ unknown-identifier"),
        ("LCase(vbTextCompare)", "", "⚠ unknown-identifier"),
    ]);
}

/// EX-031: functions over whole lists give one answer for the list; the tests of types pass when
/// every element passes.
#[test]
fn whole_value_functions_give_one_answer() {
    let texts = r#"{"m":["1","x"],"n":["1","2"]}"#;
    check(&[
        ("IsString([m])", texts, "True"),
        ("IsNumeric([m])", texts, "False"),
        ("IsNumeric([n])", texts, "True"),
        ("IsDate([m])", r#"{"m":["2024-01-01","never"]}"#, "False"),
        ("IsGuid([m])", r#"{"m":["{6f9619ff-8b86-d011-b42d-00c04fc964ff}"]}"#, "True"),
        ("IsCert([m])", r#"{"m":[{"$cert":""},{"$hex":"00"}]}"#, "False"),
        ("IsCert([m])", r#"{"m":[{"$cert":""},{"$cert":""}]}"#, "True"),
        ("IsNull([m])", texts, "False"),
        ("IsPresent([m])", texts, "True"),
        ("IsNullOrEmpty([m])", r#"{"m":["","a"]}"#, "False"),
        ("Count([m])", texts, "2"),
        ("Contains([m], \"x\")", texts, "2"),
        ("Item([m], 2)", texts, "\"x\""),
        ("ItemOrNull([m], 3)", texts, "NULL"),
        ("Join([m], \"-\")", texts, "\"1-x\""),
        ("RemoveDuplicates([m])", r#"{"m":["a","A","a"]}"#, "{\"a\"}"),
        ("Split(\"a;b\", \";\")", "", "{\"a\", \"b\"}"),
        ("Where($i, [m], $i = \"x\")", texts, "{\"x\"}"),
        ("Select($i, [m], $i & \"!\")", texts, "{\"1!\", \"x!\"}"),
        ("With($l, [m], Count($l))", texts, "2"),
        ("ValueCount(\"m\")", texts, "2"),
        ("ImportedValue(\"m\")", r#"{"imported m":["a","b"]}"#, "{\"a\", \"b\"}"),
        // A function that is not one of them works element by element.
        ("Len([m])", r#"{"m":["a","bcd"]}"#, "{1, 3}"),
    ]);
}

/// EX-032: a single value is no list; NULL is an empty one.
#[test]
fn a_single_value_is_no_list() {
    let single = r#"{"a":"x"}"#;
    check(&[
        ("Contains([a], \"x\")", single, "⚠ type-mismatch"),
        ("Count([a])", single, "⚠ type-mismatch"),
        ("Item([a], 1)", single, "⚠ type-mismatch"),
        ("ItemOrNull([a], 1)", single, "⚠ type-mismatch"),
        ("Join([a], \",\")", single, "⚠ type-mismatch"),
        ("RemoveDuplicates([a])", single, "⚠ type-mismatch"),
        ("Select($i, [a], $i)", single, "⚠ type-mismatch"),
        ("Where($i, [a], True)", single, "⚠ type-mismatch"),
        ("Contains([x], \"x\")", "", "0"),
        ("Count([x])", "", "0"),
        ("Item([x], 1)", "", "⚠ index-out-of-bounds"),
        ("ItemOrNull([x], 1)", "", "NULL"),
        ("Join([x], \",\")", "", "NULL"),
        ("RemoveDuplicates([x])", "", "NULL"),
        ("Select($i, [x], $i)", "", "NULL"),
        ("Where($i, [x], True)", "", "NULL"),
    ]);
}

/// EX-040: what every function makes of NULL as its main argument.
#[test]
fn null_goes_through_functions_as_the_table_says() {
    const EMPTY: &[&str] = &[
        "Left([x], 3)",
        "Right([x], 3)",
        "Mid([x], 1, 2)",
        "PadLeft([x], 3, \"0\")",
        "PadRight([x], 3, \"0\")",
        "Word([x], 1, \" \")",
    ];
    const ZERO: &[&str] = &[
        "Len([x])",
        "InStr([x], \"a\")",
        "InStrRev([x], \"a\")",
        "Contains([x], \"a\")",
        "Count([x])",
        "ValueCount(\"x\")",
    ];
    const FALSE: &[&str] = &[
        "CBool([x])",
        "IsBitSet([x], 1)",
        "IsDate([x])",
        "IsGuid([x])",
        "IsNumeric([x])",
        "IsString([x])",
        "IsCert([x])",
        "IsEmpty([x])",
        "IsPresent([x])",
    ];
    const TRUE: &[&str] = &["IsNull([x])", "IsNullOrEmpty([x])"];
    const NULL: &[&str] = &[
        "BitAnd([x], 1)",
        "BitOr([x], 1)",
        "CBin([x], 1)",
        "CDate([x])",
        "CGuid([x])",
        "CNum([x])",
        "CRef([x])",
        "CStr([x])",
        "CertSubject([x])",
        "CertThumbprint([x])",
        "CertVersion([x])",
        "ConvertFromBase64([x])",
        "ConvertFromUTF8Hex([x])",
        "ConvertToBase64([x])",
        "ConvertToUTF8Hex([x])",
        "DNComponent([x], 1)",
        "DNComponentRev([x], 1)",
        "DateAdd(\"d\", 1, [x])",
        "DateFromNum([x])",
        "EscapeDNComponent([x])",
        "FormatDateTime([x], \"yyyy\")",
        "Join([x], \",\")",
        "LCase([x])",
        "LTrim([x])",
        "NumFromDate([x])",
        "PCase([x])",
        "RTrim([x])",
        "RemoveDuplicates([x])",
        "Replace([x], \"a\", \"b\")",
        "ReplaceChars([x], \"a:b\")",
        "Split([x], \";\")",
        "StringFromGuid([x])",
        "StringFromSid([x])",
        "Thumbprint([x])",
        "Trim([x])",
        "UCase([x])",
    ];
    let rows = [(EMPTY, "\"\""), (ZERO, "0"), (FALSE, "False"), (TRUE, "True"), (NULL, "NULL")];
    for (expressions, expected) in rows {
        for expression in expressions {
            assert_eq!(eval(expression, ""), expected, "{expression}");
        }
    }
    // The difference between NULL and the empty text is visible inside.
    assert_eq!(eval("IsNull(Left([x], 3))", ""), "False");
    assert_eq!(eval("IsNullOrEmpty(Left([x], 3))", ""), "True");
}

/// EX-045: every code, by an expression that earns it.
#[test]
fn every_code_of_an_error_can_be_earned() {
    check(&[
        ("1 +", "", "⚠ parse-error"),
        ("Trimm([cn])", "", "⚠ unknown-function"),
        ("Bogus", "", "⚠ unknown-identifier"),
        ("%No.Such%", "", "⚠ unknown-parameter"),
        ("$x", "", "⚠ unknown-variable"),
        ("[MAIL]", "", "⚠ unknown-attribute"),
        ("Left(\"a\")", "", "⚠ wrong-arg-count"),
        ("\"a\" + 1", "", "⚠ type-mismatch"),
        ("CDate(\"soon\")", "", "⚠ invalid-value"),
        ("InStr(\"abc\", \"a\", 0)", "", "⚠ argument-out-of-range"),
        ("Item([m], 3)", r#"{"m":["a"]}"#, "⚠ index-out-of-bounds"),
        ("[m] & [n]", r#"{"m":["a","b"],"n":["a","b","c"]}"#, "⚠ length-mismatch"),
        ("1 / 0", "", "⚠ divide-by-zero"),
        ("9223372036854775807 + 1", "", "⚠ overflow"),
        ("Error(\"no\")", "", "⚠ error-function \"no\""),
    ]);
}

/// EX-048: the clock stands still, chance comes from the seed, and no locale has a say.
#[test]
fn nothing_but_the_inputs_decides() {
    check(&[
        ("Now() = Now()", "", "True"),
        ("FormatDateTime(Now(), \"yyyy-MM-dd HH:mm:ss\")", "", "\"2024-05-01 12:00:00\""),
        // A Turkish server does not turn i into another letter.
        ("UCase(\"istanbul\")", "", "\"ISTANBUL\""),
        ("LCase(\"ISTANBUL\")", "", "\"istanbul\""),
        ("UCase(\"straße\") = UCase(\"straße\")", "", "True"),
    ]);
    let text = "RandomNum(1, 1000000000) & \"/\" & CStr(Guid())";
    let (first, again) = (Object::from_json("{}"), Object::from_json("{}"));
    let value = eval_object(&first, text);
    assert_eq!(value, eval_object(&again, text), "the same seed gives the same value");
    assert_ne!(value, eval_object(&first, text), "the next draw is another one");
}
