//! `-eq` and its kin, with and without case; a list on the left is filtered.

use std::cmp::Ordering;
use std::rc::Rc;

use super::number::{self, Number};
use super::{cast, regex, wildcard};
use crate::ast::Comparison;
use crate::limits::Budget;
use crate::live::Live;
use crate::stop::{Run, Stop};

/// Compares; a list on the left gives those of its values that meet the comparison.
pub(super) fn filter(
    comparison: Comparison,
    case: bool,
    left: &Live,
    right: &Live,
    budget: &mut Budget,
) -> Run<Live> {
    use Comparison as C;
    match comparison {
        C::Contains | C::NotContains => {
            let found = contains(left, right, case);
            return Ok(Live::Bool(found == (comparison == C::Contains)));
        }
        C::In | C::NotIn => {
            let found = contains(right, left, case);
            return Ok(Live::Bool(found == (comparison == C::In)));
        }
        _ => {}
    }
    if let Live::Seq(seq) = left
        && seq.kind != crate::live::SeqKind::Builder
    {
        let items = seq.items.borrow().clone();
        budget.charge(items.len() * crate::limits::ITEM_BYTES)?;
        let mut kept = Vec::new();
        for item in items {
            if one(comparison, case, &item, right)? {
                kept.push(item);
            }
        }
        return Ok(Live::array(kept));
    }
    one(comparison, case, left, right).map(Live::Bool)
}

/// Compares two single values.
pub(crate) fn one(comparison: Comparison, case: bool, left: &Live, right: &Live) -> Run<bool> {
    use Comparison as C;
    Ok(match comparison {
        C::Equal => equal(left, right, case),
        C::NotEqual => !equal(left, right, case),
        C::Greater => order(left, right, case)?.is_gt(),
        C::GreaterOrEqual => order(left, right, case)?.is_ge(),
        C::Less => order(left, right, case)?.is_lt(),
        C::LessOrEqual => order(left, right, case)?.is_le(),
        C::Like => wildcard::matches(&left.to_text(), &right.to_text(), case),
        C::NotLike => !wildcard::matches(&left.to_text(), &right.to_text(), case),
        C::Match => regex::compile(&right.to_text(), case)?.is_match(&left.to_text())?,
        C::NotMatch => !regex::compile(&right.to_text(), case)?.is_match(&left.to_text())?,
        C::Contains | C::NotContains | C::In | C::NotIn | C::Replace | C::Split => false,
    })
}

/// Returns whether a list holds a value.
pub(crate) fn contains(list: &Live, wanted: &Live, case: bool) -> bool {
    match list {
        Live::Seq(seq) => seq.items.borrow().iter().any(|item| equal(item, wanted, case)),
        other => equal(other, wanted, case),
    }
}

/// Returns whether two texts are equal.
pub(crate) fn same_text(a: &str, b: &str, case: bool) -> bool {
    a == b
        || (!case
            && (a.eq_ignore_ascii_case(b)
                || (!(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase())))
}

/// Returns whether two values are equal; the right one is converted to the type of the left one.
pub(crate) fn equal(left: &Live, right: &Live, case: bool) -> bool {
    match (left, right) {
        (l, r) if l.is_null() || r.is_null() => l.is_null() && r.is_null(),
        (Live::Text(text), other) => same_text(text, &other.to_text(), case),
        (Live::Bool(truth), other) => *truth == other.truth(),
        (Live::Char(c), Live::Text(text)) => same_text(&c.to_string(), text, case),
        (Live::Char(a), Live::Char(b)) => same_text(&a.to_string(), &b.to_string(), case),
        (
            Live::Int(_)
            | Live::Long(_)
            | Live::Byte(_)
            | Live::Double(_)
            | Live::Decimal(_)
            | Live::Char(_),
            other,
        ) => match (number::number(left), number::number(other)) {
            (Some(a), Some(b)) => compare_numbers(a, b) == Some(Ordering::Equal),
            _ => false,
        },
        (Live::Time(a), other) => matches!(cast::to_time(other), Ok(Live::Time(b)) if *a == b),
        (Live::Span(a), other) => matches!(cast::to_span(other), Ok(Live::Span(b)) if *a == b),
        (Live::Guid(a), other) => match other {
            Live::Guid(b) => a == b,
            other => other.to_text().parse() == Ok(*a),
        },
        (Live::Type(a), Live::Type(b)) => crate::types::full_name(a) == crate::types::full_name(b),
        (Live::Type(a), Live::Text(text)) => crate::types::full_name(a).eq_ignore_ascii_case(text),
        (Live::Object(word), other) if word.is_word() => match other {
            Live::Text(text) => same_text(&left.to_text(), text, false),
            other => number::number(left)
                .zip(number::number(other))
                .is_some_and(|(a, b)| compare_numbers(a, b) == Some(Ordering::Equal)),
        },
        (Live::Object(a), Live::Object(b)) => {
            Rc::ptr_eq(a, b)
                || (a.type_name == b.type_name
                    && a.type_name.starts_with("Microsoft.ActiveDirectory.Management")
                    && same_text(&left.to_text(), &right.to_text(), false))
                || (a.is("System.Version") && order(left, right, case).is_ok_and(Ordering::is_eq))
        }
        (Live::Object(a), Live::Bool(truth))
            if a.is("System.Management.Automation.SwitchParameter") =>
        {
            left.truth() == *truth
        }
        (Live::Object(a), other)
            if a.type_name.starts_with("Microsoft.ActiveDirectory.Management") =>
        {
            same_text(&left.to_text(), &other.to_text(), case)
        }
        (Live::Table(a), Live::Table(b)) => Rc::ptr_eq(a, b),
        (Live::Seq(a), Live::Seq(b)) => Rc::ptr_eq(a, b),
        (Live::Block(a), Live::Block(b)) => Rc::ptr_eq(a, b),
        _ => false,
    }
}

fn compare_numbers(a: Number, b: Number) -> Option<Ordering> {
    if matches!(a, Number::Decimal(_)) || matches!(b, Number::Decimal(_)) {
        return Some(a.decimal()?.cmp(&b.decimal()?));
    }
    match (a.whole(), b.whole()) {
        (Some(x), Some(y)) => Some(x.cmp(&y)),
        _ => a.double().partial_cmp(&b.double()),
    }
}

/// Returns the order of two values; the right one is converted to the type of the left one.
pub(crate) fn order(left: &Live, right: &Live, case: bool) -> Run<Ordering> {
    let cannot = |why: &str| {
        Stop::runtime(
            "ComparisonFailure",
            format!(
                "Could not compare \"{}\" to \"{}\". Error: \"{why}\"",
                left.to_text(),
                right.to_text()
            ),
        )
    };
    match (left, right) {
        (l, r) if l.is_null() && r.is_null() => Ok(Ordering::Equal),
        (l, r) if l.is_null() => Ok(match number::number(r) {
            Some(number) if number::is_number(r) && number.double() < 0.0 => Ordering::Greater,
            _ => Ordering::Less,
        }),
        (l, r) if r.is_null() => Ok(match number::number(l) {
            Some(number) if number::is_number(l) && number.double() < 0.0 => Ordering::Less,
            _ => Ordering::Greater,
        }),
        (Live::Object(word), other) if word.is_word() => {
            match (number::number(left), number::number(other)) {
                (Some(a), Some(b)) => Ok(compare_numbers(a, b).unwrap_or(Ordering::Equal)),
                _ => Ok(text_order(&left.to_text(), &other.to_text(), case)),
            }
        }
        (Live::Text(a), other) => Ok(text_order(a, &other.to_text(), case)),
        (Live::Char(a), Live::Text(b)) => Ok(text_order(&a.to_string(), b, case)),
        (
            Live::Bool(_)
            | Live::Int(_)
            | Live::Long(_)
            | Live::Byte(_)
            | Live::Double(_)
            | Live::Decimal(_)
            | Live::Char(_),
            other,
        ) => match (number::number(left), number::number(other)) {
            (Some(a), Some(b)) => Ok(compare_numbers(a, b).unwrap_or(Ordering::Equal)),
            _ => Err(cannot(&format!(
                "Cannot convert value \"{}\" to type \"{}\". Error: \"Input string was not in a correct format.\"",
                other.to_text(),
                left.type_name()
            ))),
        },
        (Live::Time(a), other) => match cast::to_time(other)? {
            Live::Time(b) => Ok(a.cmp(&b)),
            _ => Err(cannot("not a time")),
        },
        (Live::Span(a), other) => match cast::to_span(other)? {
            Live::Span(b) => Ok(a.cmp(&b)),
            _ => Err(cannot("not a span of time")),
        },
        (Live::Guid(_), _) => Ok(text_order(&left.to_text(), &right.to_text(), case)),
        (Live::Object(a), _) if a.is("System.Version") => {
            let parts = |value: &Live| -> Vec<u64> {
                value.to_text().split('.').map(|part| part.parse().unwrap_or(0)).collect()
            };
            Ok(parts(left).cmp(&parts(right)))
        }
        (Live::Object(a), _) if a.type_name.starts_with("Microsoft.ActiveDirectory.Management") => {
            Ok(text_order(&left.to_text(), &right.to_text(), case))
        }
        _ => Err(cannot(&format!(
            "Cannot compare \"{}\" because it is not IComparable.",
            left.to_text()
        ))),
    }
}

/// Returns the order of two texts: letters of one kind stand together, small before capital.
pub(crate) fn text_order(a: &str, b: &str, case: bool) -> Ordering {
    let rank = |c: char| {
        let kind = if c.is_alphabetic() { 2 } else { u8::from(c.is_numeric()) };
        (kind, c.to_lowercase().next().unwrap_or(c))
    };
    let folded = a.chars().map(rank).cmp(b.chars().map(rank));
    if folded.is_eq() && case {
        // Small letters stand before capital ones.
        return b.cmp(a);
    }
    folded
}
