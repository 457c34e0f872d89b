//! Two exports side by side (CE-054).

use dirsim_formats::server::{DifferenceKind, compare};

use crate::made::{Files, files, mapping, read, rule, with};

/// One line per difference, its details below.
fn compared(before: &Files, after: &Files) -> String {
    let mut lines = Vec::new();
    for found in compare::exports(&read(before), &read(after)) {
        lines.push(format!("{} {} {}", found.what, found.kind.word(), found.name));
        lines.extend(found.details.iter().map(|detail| format!("  {detail}")));
    }
    lines.join("\n")
}

/// A flow from `cn`.
fn from_cn() -> String {
    mapping("displayName", "<src><attr>cn</attr></src>")
}

/// CE-054: identities differ between servers and say nothing; standard rules are matched by their
/// tag whatever its revision, custom rules by their name.
#[test]
fn equal_servers_with_other_identities_are_equal() {
    let tag =
        |revision: &str| format!("<immutable-tag>Microsoft.Standard.{revision}</immutable-tag>");
    let before = files(vec![
        rule(1, "Custom", &from_cn()),
        rule(2, "Standard", &format!("{}{}", tag("001"), from_cn())),
    ]);
    let after = files(vec![
        rule(3, "Custom", &from_cn()),
        rule(4, "Standard", &format!("{}{}", tag("001"), from_cn())),
    ]);
    let after = with(
        after,
        "Connector_{5d1c",
        "5d1c0000-0000-4000-8000-00000000c001",
        "5d1c0000-0000-4000-8000-00000000c00a",
    );
    let other = "{5d1c0000-0000-4000-8000-00000000c00a}";
    let after = with(after, "000000000003}", crate::made::FOREST, other);
    let after = with(after, "000000000004}", crate::made::FOREST, other);
    assert_eq!(compared(&before, &after), "");
    // Another revision of a standard rule is the same rule, changed.
    let after = with(after, "000000000004}", "Standard.001", "Standard.002");
    assert_eq!(
        compared(&before, &after),
        "rule changed Standard\n  tag: Microsoft.Standard.001 → Microsoft.Standard.002"
    );
}

/// CE-054: added, removed, and changed field by field, group by group, flow by flow.
#[test]
fn differences_are_told_field_by_field() {
    let scope = |value: &str| {
        format!(
            "<synchronizationCriteria><conditions><scope><csAttribute>title</csAttribute>\
             <csOperator>EQUAL</csOperator><csValue>{value}</csValue></scope></conditions>\
             </synchronizationCriteria>"
        )
    };
    let before = files(vec![
        rule(1, "Kept", &format!("{}{}", from_cn(), scope("Boss"))),
        rule(2, "Gone", &from_cn()),
    ]);
    let flow = mapping("displayName", "<expression>Trim([cn])</expression>");
    let after = files(vec![
        rule(
            1,
            "Kept",
            &format!("{flow}{}<EnablePasswordSync>true</EnablePasswordSync>", scope("Chief")),
        ),
        rule(3, "New", &from_cn()),
    ]);
    let after = with(
        after,
        "Connector_{5d1c",
        "<attribute>title</attribute>",
        "<attribute>mail</attribute>",
    );
    let after = with(after, "Connector_{5d1c", "OU=Corp,", "OU=Staff,");
    let after = with(after, "MV.xml", ">25<", ">500<");
    insta::assert_snapshot!(compared(&before, &after));
}

/// CE-054: a rule that only changed its place in the order is moved; numbers alone are nothing, as a
/// further connector renumbers all standard rules.
#[test]
fn only_the_order_of_precedence_counts() {
    let three = || {
        files(vec![rule(1, "A", &from_cn()), rule(2, "B", &from_cn()), rule(3, "C", &from_cn())])
    };
    let spread = with(three(), "000000000003}", "<precedence>53", "<precedence>153");
    assert_eq!(compared(&three(), &spread), "");
    let moved = with(three(), "000000000001}", "<precedence>51", "<precedence>60");
    assert_eq!(compared(&three(), &moved), "rule moved A\n  precedence: 51 → 60");
    let all = compare::exports(&read(&three()), &read(&moved));
    assert_eq!(all[0].kind, DifferenceKind::Moved);
}
