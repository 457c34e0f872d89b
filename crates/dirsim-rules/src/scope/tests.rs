//! The operators of SR-032 on values of every type.

use dirsim_model::{AttributeId, Syntax, Value, Values};

use super::*;

/// Compares values, separated by ` | `, with a clause `attribute OPERATOR operand`.
fn holds(syntax: Syntax, values: &str, clause: &str) -> bool {
    let read = |text: &str| match syntax {
        Syntax::Integer => Value::Integer(text.parse().unwrap()),
        Syntax::Boolean => Value::Boolean(text == "True"),
        Syntax::Time => Value::Time(text.parse().unwrap()),
        Syntax::Sid => Value::bytes(text.parse::<dirsim_model::Sid>().unwrap().as_bytes()),
        Syntax::Bytes | Syntax::Guid => {
            Value::bytes(text.parse::<dirsim_model::Guid>().unwrap().as_bytes().as_slice())
        }
        _ => Value::from(text),
    };
    let values: Vec<Value> = match values {
        "" => Vec::new(),
        text => text.split(" | ").map(read).collect(),
    };
    let (name, rest) = clause.split_once(' ').unwrap();
    let (word, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let (operator, _) = Operator::parse(word).unwrap();
    let attribute =
        if name == "dn" { dirsim_model::attribute::well_known::DN } else { AttributeId(999) };
    let operand = convert(operator, text, attribute, syntax).unwrap();
    operator.holds(Values::Slice(&values), &operand)
}

/// The vector table of SR-032.
#[test]
fn operators_give_the_published_results() {
    use Syntax::{Boolean, Integer, Text};
    for (syntax, values, clause, result) in [
        (Boolean, "", "isCriticalSystemObject NOTEQUAL TRUE", true),
        (Boolean, "True", "isCriticalSystemObject NOTEQUAL TRUE", false),
        (Boolean, "False", "isCriticalSystemObject NOTEQUAL TRUE", true),
        (Boolean, "", "cloudFiltered EQUAL False", false),
        (Text, "", "adminDescription NOTSTARTSWITH User_", true),
        (Text, "User_Hidden", "adminDescription NOTSTARTSWITH User_", false),
        (Text, "user_hidden", "adminDescription NOTSTARTSWITH User_", false),
        (Text, "Group_1", "adminDescription NOTSTARTSWITH User_", true),
        (Integer, "49999", "memberCount LESSTHAN 50000", true),
        (Integer, "50000", "memberCount LESSTHAN 50000", false),
        (Integer, "9", "memberCount LESSTHAN 50000", true),
        (Integer, "", "memberCount LESSTHAN 50000", false),
        (Integer, "512", "userAccountControl ISBITNOTSET 2", true),
        (Integer, "514", "userAccountControl ISBITNOTSET 2", false),
        (Integer, "546", "userAccountControl ISBITSET 34", true),
        (Integer, "544", "userAccountControl ISBITSET 34", false),
        (Integer, "544", "userAccountControl ISBITNOTSET 34", true),
        (Text, "a | b", "department EQUAL a", false),
        (Text, "SMTP:x@contoso.com | x500:/o=a", "proxyAddresses CONTAINS x500:", true),
        (Text, "SE", "c ISIN SE;NO;DK", true),
        (Text, "", "c ISNOTIN SE;NO", true),
        (Text, "", "mailNickname ISNOTNULL", false),
        (Text, "smith", "sn GREATERTHAN Jones", true),
    ] {
        assert_eq!(holds(syntax, values, clause), result, "`{values}`: {clause}");
    }
}

/// SR-030, SR-032: the boundaries of the order operators.
#[test]
fn order_operators_include_or_exclude_their_operand() {
    for (word, below, same, above) in [
        ("LESSTHAN", true, false, false),
        ("LESSTHAN_OR_EQUAL", true, true, false),
        ("GREATERTHAN", false, false, true),
        ("GREATERTHAN_OR_EQUAL", false, true, true),
    ] {
        for (value, result) in [("9", below), ("10", same), ("11", above)] {
            assert_eq!(holds(Syntax::Integer, value, &format!("n {word} 10")), result);
        }
        assert!(!holds(Syntax::Integer, "9 | 11", &format!("n {word} 10")), "two values");
    }
    assert!(holds(Syntax::Time, "2026-01-05T08:00:00Z", "t GREATERTHAN 2026-01-04"));
}

/// Law 8: negations are exact complements on every value list.
#[test]
fn negations_are_complements() {
    let pairs = [
        ("EQUAL", "NOTEQUAL"),
        ("CONTAINS", "NOTCONTAINS"),
        ("STARTSWITH", "NOTSTARTSWITH"),
        ("ENDSWITH", "NOTENDSWITH"),
        ("ISIN", "ISNOTIN"),
        ("ISBITSET", "ISBITNOTSET"),
        ("ISNULL", "ISNOTNULL"),
    ];
    for (positive, negative) in pairs {
        for syntax in [Syntax::Integer, Syntax::Text] {
            for values in ["", "2", "3", "2 | 3", "7", "22"] {
                let operand = if positive == "ISNULL" { "" } else { " 2" };
                assert_ne!(
                    holds(syntax, values, &format!("x {positive}{operand}")),
                    holds(syntax, values, &format!("x {negative}{operand}")),
                    "{positive} on `{values}`"
                );
            }
        }
    }
}

/// SR-038: what cannot be compared is false, and its negation true.
#[test]
fn values_of_another_type_never_match() {
    let sid = "S-1-5-21-1-2-3-1104";
    assert!(!holds(Syntax::Sid, sid, "objectSid STARTSWITH S-1"));
    assert!(holds(Syntax::Sid, sid, "objectSid NOTSTARTSWITH S-1"));
    assert!(holds(Syntax::Sid, sid, &format!("objectSid EQUAL {sid}")));
}

/// SR-034: GUIDs as text, SIDs as S-1-…, numbers in hex.
#[test]
fn operands_convert_by_the_type_of_the_attribute() {
    let guid = "00112233-4455-6677-8899-aabbccddeeff";
    assert!(holds(Syntax::Guid, guid, &format!("objectGUID EQUAL {{{guid}}}")));
    assert!(holds(Syntax::Guid, guid, "objectGUID EQUAL MyIRAFVEd2aImaq7zN3u/w=="));
    assert!(holds(Syntax::Bytes, guid, "mS-DS-ConsistencyGuid EQUAL MyIRAFVEd2aImaq7zN3u/w=="));
    assert!(holds(Syntax::Integer, "546", "userAccountControl ISBITSET 0x22"));
    assert!(holds(Syntax::Boolean, "True", "x EQUAL 1"));
    for (operator, text, syntax) in [
        (Operator::Equal, "many", Syntax::Integer),
        (Operator::Equal, "maybe", Syntax::Boolean),
        (Operator::IsBitSet, "two", Syntax::Integer),
        (Operator::Equal, "!", Syntax::Bytes),
        (Operator::IsMemberOf, "no dn", Syntax::Text),
    ] {
        assert!(convert(operator, text, AttributeId(999), syntax).is_err(), "{text}");
    }
}

/// SR-036: GUID operands compare without case and braces.
#[test]
fn connector_ids_compare_without_case_and_braces() {
    let id = "{11111111-ABCD-0000-0000-000000000001}";
    let bare = "11111111-abcd-0000-0000-000000000001";
    assert!(holds(Syntax::Text, id, &format!("contributingConnectorExchange EQUAL {bare}")));
    assert!(holds(Syntax::Text, bare, &format!("contributingConnectorExchange EQUAL {id}")));
}

/// SR-033: DNs compare after normalizing.
#[test]
fn distinguished_names_compare_normalized() {
    let dn = "CN=Ann Lee,OU=Staff,DC=contoso,DC=com";
    assert!(holds(Syntax::Text, dn, "dn EQUAL cn=ann lee, ou=Staff, dc=contoso, dc=com"));
    assert!(holds(Syntax::Text, dn, "dn ENDSWITH OU=staff, DC=contoso,DC=com"));
    assert!(holds(Syntax::Text, dn, "dn CONTAINS OU=Staff"));
    assert!(!holds(Syntax::Text, dn, "dn ENDSWITH OU=Guests,DC=contoso,DC=com"));
}

/// SR-032: other spellings are understood and marked.
#[test]
fn aliases_are_known_as_such() {
    assert_eq!(Operator::parse("isnotbitset"), Some((Operator::IsBitNotSet, true)));
    assert_eq!(Operator::parse("NotEqual"), Some((Operator::NotEqual, false)));
    assert_eq!(Operator::parse("LIKE"), None);
    for (operator, name) in Operator::ALL {
        assert_eq!(Operator::parse(name), Some((*operator, false)));
        assert_eq!(operator.to_string(), *name);
    }
}
