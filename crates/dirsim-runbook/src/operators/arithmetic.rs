//! `+ - * / %`, bits, ranges.

use rust_decimal::Decimal;

use super::cast;
use super::number::{Number, is_number, operand};
use crate::limits::Budget;
use crate::live::{Live, Table};
use crate::stop::{Run, Stop};

/// Most items of a range or of a repeated list.
const ITEMS_MAX: usize = 10_000_000;

pub(super) fn add(left: &Live, right: &Live, budget: &mut Budget) -> Run<Live> {
    match (left, right) {
        (Live::Nothing | Live::Null, _) => Ok(right.clone().settled()),
        (Live::Text(text), _) => {
            let behind = right.to_text();
            budget.charge(text.len() + behind.len())?;
            Ok(Live::text(format!("{text}{behind}")))
        }
        (Live::Char(c), Live::Text(text)) => Ok(Live::text(format!("{c}{text}"))),
        (Live::Seq(seq), _) => {
            let mut items = seq.items.borrow().clone();
            match right {
                Live::Seq(more) => items.extend(more.items.borrow().iter().cloned()),
                Live::Nothing => {}
                other => items.push(other.clone()),
            }
            budget.charge(items.len() * crate::limits::ITEM_BYTES)?;
            Ok(Live::array(items))
        }
        (Live::Table(first), Live::Table(second)) => {
            let sum: Table = first.copy();
            for (key, value) in second.pairs() {
                let text = key.to_text();
                if !sum.set(key, value) {
                    return Err(Stop::error(
                        "System.ArgumentException",
                        "System.ArgumentException",
                        format!(
                            "Item has already been added. Key in dictionary: '{text}'  Key being added: '{text}'"
                        ),
                    ));
                }
            }
            budget.charge(sum.len() * 64)?;
            Ok(Live::Table(std::rc::Rc::new(sum)))
        }
        (Live::Time(time), Live::Span(span)) | (Live::Span(span), Live::Time(time)) => {
            in_range(time.checked_add(*span)).map(Live::Time)
        }
        (Live::Span(a), Live::Span(b)) => in_range(a.checked_add(*b)).map(Live::Span),
        (Live::Time(_) | Live::Span(_), _) => Err(no_operator(left, "op_Addition")),
        _ => {
            let (a, b) = (operand(left, "+")?, operand(right, "+")?);
            if let Some((x, y)) = decimals(a, b) {
                return in_decimals(x.checked_add(y));
            }
            Ok(overflowing(a, b, i64::checked_add, |a, b| a + b))
        }
    }
}

fn in_range(ticks: Option<i64>) -> Run<i64> {
    ticks.ok_or_else(|| {
        Stop::error(
            "System.ArgumentOutOfRangeException",
            "ArgumentOutOfRangeException",
            "The added or subtracted value results in an un-representable DateTime.",
        )
    })
}

fn no_operator(value: &Live, name: &str) -> Stop {
    Stop::runtime(
        "MethodNotFound",
        format!(
            "Method invocation failed because [{}] does not contain a method named '{name}'.",
            value.type_name()
        ),
    )
}

/// Adds or multiplies in the wider of the two kinds; what is too large becomes a number with a fraction.
fn overflowing(
    a: Number,
    b: Number,
    whole: fn(i64, i64) -> Option<i64>,
    real: fn(f64, f64) -> f64,
) -> Live {
    if let (Some(x), Some(y)) = (a.whole(), b.whole())
        && let Some(result) = whole(x, y)
    {
        if let (Number::Int(_), Number::Int(_)) = (a, b) {
            if let Ok(small) = i32::try_from(result) {
                return Live::Int(small);
            }
        } else {
            return Live::Long(result);
        }
    }
    Live::Double(real(a.double(), b.double()))
}

pub(super) fn subtract(left: &Live, right: &Live) -> Run<Live> {
    match (left, right) {
        (Live::Time(a), Live::Time(b)) => in_range(a.checked_sub(*b)).map(Live::Span),
        (Live::Time(a), Live::Span(b)) => in_range(a.checked_sub(*b)).map(Live::Time),
        (Live::Span(a), Live::Span(b)) => in_range(a.checked_sub(*b)).map(Live::Span),
        (Live::Int(0), Live::Span(b)) => in_range(b.checked_neg()).map(Live::Span),
        (Live::Time(a), Live::Text(_)) => match cast::to_time(right)? {
            Live::Time(b) => in_range(a.checked_sub(b)).map(Live::Span),
            _ => Err(no_operator(left, "op_Subtraction")),
        },
        (Live::Time(_) | Live::Span(_) | Live::Seq(_) | Live::Table(_) | Live::Object(_), _) => {
            Err(no_operator(left, "op_Subtraction"))
        }
        _ => {
            let (a, b) = (operand(left, "-")?, operand(right, "-")?);
            if let Some((x, y)) = decimals(a, b) {
                return in_decimals(x.checked_sub(y));
            }
            Ok(overflowing(a, b, i64::checked_sub, |a, b| a - b))
        }
    }
}

pub(super) fn multiply(left: &Live, right: &Live, budget: &mut Budget) -> Run<Live> {
    match left {
        Live::Nothing | Live::Null => Ok(Live::Null),
        Live::Text(text) => {
            let times = times(right)?;
            budget.charge(text.len().saturating_mul(times))?;
            Ok(Live::text(text.repeat(times)))
        }
        Live::Seq(seq) => {
            let times = times(right)?;
            let items = seq.items.borrow();
            if items.len().saturating_mul(times) > ITEMS_MAX {
                return Err(Stop::limit(format!("a list of more than {ITEMS_MAX} items")));
            }
            budget.charge(items.len().saturating_mul(times) * crate::limits::ITEM_BYTES)?;
            Ok(Live::array((0..times).flat_map(|_| items.iter().cloned()).collect()))
        }
        _ => {
            let (a, b) = (operand(left, "*")?, operand(right, "*")?);
            if let Some((x, y)) = decimals(a, b) {
                return in_decimals(x.checked_mul(y));
            }
            Ok(overflowing(a, b, i64::checked_mul, |a, b| a * b))
        }
    }
}

fn times(value: &Live) -> Run<usize> {
    let number = operand(value, "*")?.rounded().unwrap_or(-1);
    usize::try_from(number).map_err(|_| {
        Stop::error(
            "System.ArgumentOutOfRangeException",
            "ArgumentOutOfRangeException",
            "Specified argument was out of the range of valid values. (Parameter 'times')",
        )
    })
}

/// Returns both numbers as decimal ones when one of them is, as .NET calculates with them then.
fn decimals(a: Number, b: Number) -> Option<(Decimal, Decimal)> {
    if !matches!(a, Number::Decimal(_)) && !matches!(b, Number::Decimal(_)) {
        return None;
    }
    Some((a.decimal()?, b.decimal()?))
}

/// Divides; zeros at the end stay only as far as the operands had digits there.
fn quotient(x: Decimal, y: Decimal) -> Option<Decimal> {
    let mut result = x.checked_div(y)?.normalize();
    let digits = x.scale().saturating_sub(y.scale());
    if result.scale() < digits {
        result.rescale(digits);
    }
    Some(result)
}

fn in_decimals(result: Option<Decimal>) -> Run<Live> {
    result.map(Live::Decimal).ok_or_else(|| {
        Stop::error(
            "System.OverflowException",
            "RuntimeException",
            "Value was either too large or too small for a Decimal.",
        )
    })
}

fn zero() -> Stop {
    Stop::runtime("RuntimeException", super::DIVIDED_BY_ZERO)
}

pub(super) fn divide(left: &Live, right: &Live) -> Run<Live> {
    if let (Live::Span(span), true) = (left, is_number(right)) {
        #[expect(clippy::cast_precision_loss, reason = "so does .NET")]
        let quotient = *span as f64 / operand(right, "/")?.double();
        return Ok(Live::Span(super::number::whole_of(quotient).ok_or_else(zero)?));
    }
    let (a, b) = (operand(left, "/")?, operand(right, "/")?);
    if let Some((x, y)) = decimals(a, b) {
        return if y.is_zero() { Err(zero()) } else { in_decimals(quotient(x, y)) };
    }
    match (a.whole(), b.whole()) {
        (_, Some(0)) if a.whole().is_some() => Err(zero()),
        (Some(x), Some(y)) if x.checked_rem(y) == Some(0) => {
            let quotient = x / y;
            Ok(match (a, b) {
                (Number::Int(_), Number::Int(_)) => Live::whole(quotient),
                _ => Live::Long(quotient),
            })
        }
        _ => Ok(Live::Double(a.double() / b.double())),
    }
}

pub(super) fn remainder(left: &Live, right: &Live) -> Run<Live> {
    let (a, b) = (operand(left, "%")?, operand(right, "%")?);
    if let Some((x, y)) = decimals(a, b) {
        return if y.is_zero() { Err(zero()) } else { in_decimals(x.checked_rem(y)) };
    }
    match (a.whole(), b.whole()) {
        (Some(_), Some(0)) => Err(zero()),
        (Some(x), Some(y)) => {
            let rest = x.checked_rem(y).unwrap_or(0);
            Ok(match (a, b) {
                (Number::Int(_), Number::Int(_)) => Live::whole(rest),
                _ => Live::Long(rest),
            })
        }
        _ => Ok(Live::Double(a.double() % b.double())),
    }
}

pub(super) fn bits(left: &Live, right: &Live, apply: fn(i64, i64) -> i64) -> Run<Live> {
    let (a, b) = (operand(left, "-band")?, operand(right, "-band")?);
    let (Some(x), Some(y)) = (a.rounded(), b.rounded()) else {
        return Err(no_operator(left, "op_BitwiseAnd"));
    };
    let result = apply(x, y);
    Ok(match (a, b) {
        (Number::Int(_), Number::Int(_)) => Live::whole(result),
        _ => Live::Long(result),
    })
}

pub(super) fn bit_not(value: &Live) -> Run<Live> {
    match operand(value, "-bnot")? {
        Number::Int(number) => Ok(Live::Int(!number)),
        other => Ok(Live::Long(!other.rounded().unwrap_or_default())),
    }
}

pub(super) fn shift(left: &Live, right: &Live, up: bool) -> Run<Live> {
    let by = operand(right, "-shl")?.rounded().unwrap_or_default();
    let by = u32::try_from(by & 63).unwrap_or_default();
    Ok(match operand(left, "-shl")? {
        Number::Int(number) if up => Live::Int(number.wrapping_shl(by & 31)),
        Number::Int(number) => Live::Int(number.wrapping_shr(by & 31)),
        other => {
            let number = other.rounded().unwrap_or_default();
            Live::Long(if up { number.wrapping_shl(by) } else { number.wrapping_shr(by) })
        }
    })
}

pub(super) fn range(left: &Live, right: &Live, budget: &mut Budget) -> Run<Live> {
    if let (Live::Text(a), Live::Text(b)) = (left, right)
        && let (Some(from), Some(to)) = (only_char(a), only_char(b))
        && !(from.is_ascii_digit() && to.is_ascii_digit())
    {
        let chars: Vec<char> =
            if from <= to { (from..=to).collect() } else { (to..=from).rev().collect() };
        budget.charge(chars.len() * crate::limits::ITEM_BYTES)?;
        return Ok(Live::array(chars.into_iter().map(Live::Char).collect()));
    }
    let bound = |value: &Live| -> Run<i64> {
        let number = operand(value, "..")?.rounded();
        number.filter(|n| i32::try_from(*n).is_ok()).ok_or_else(|| {
            Stop::cast("InvalidCast", format!("Cannot convert value \"{}\" to type \"System.Int32\". Error: \"Value was either too large or too small for an Int32.\"", value.to_text()))
        })
    };
    let (from, to) = (bound(left)?, bound(right)?);
    let count = usize::try_from(from.abs_diff(to)).unwrap_or(usize::MAX).saturating_add(1);
    if count > ITEMS_MAX {
        return Err(Stop::limit(format!("a list of more than {ITEMS_MAX} items")));
    }
    budget.charge(count * crate::limits::ITEM_BYTES)?;
    let values: Vec<Live> = if from <= to {
        (from..=to).map(Live::whole).collect()
    } else {
        (to..=from).rev().map(Live::whole).collect()
    };
    Ok(Live::array(values))
}

fn only_char(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}
