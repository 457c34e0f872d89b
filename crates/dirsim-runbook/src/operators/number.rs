//! Numbers: what converts to one, and which kind two of them share.

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive as _, ToPrimitive as _};

use crate::ast::ExpressionKind;
use crate::live::Live;
use crate::parse::number_of;
use crate::stop::{Run, Stop};

/// A number of one of the kinds that arithmetic knows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Int(i32),
    Long(i64),
    Double(f64),
    Decimal(Decimal),
}

impl Number {
    #[expect(clippy::cast_precision_loss, reason = "so does .NET")]
    pub(crate) fn double(self) -> f64 {
        match self {
            Self::Int(number) => f64::from(number),
            Self::Long(number) => number as f64,
            Self::Double(number) => number,
            Self::Decimal(number) => number.to_f64().unwrap_or_default(),
        }
    }

    /// Returns the number as a decimal one; `None` when it is too large for one.
    pub(crate) fn decimal(self) -> Option<Decimal> {
        match self {
            Self::Int(number) => Some(number.into()),
            Self::Long(number) => Some(number.into()),
            Self::Double(number) => Decimal::from_f64(number),
            Self::Decimal(number) => Some(number),
        }
    }

    /// Returns the whole number, when it is one.
    pub(crate) fn whole(self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(i64::from(number)),
            Self::Long(number) => Some(number),
            Self::Double(_) | Self::Decimal(_) => None,
        }
    }

    pub(crate) fn live(self) -> Live {
        match self {
            Self::Int(number) => Live::Int(number),
            Self::Long(number) => Live::Long(number),
            Self::Double(number) => Live::Double(number),
            Self::Decimal(number) => Live::Decimal(number),
        }
    }

    /// Returns the number rounded to the nearest whole one, halves to the even one.
    pub(crate) fn rounded(self) -> Option<i64> {
        match self {
            Self::Double(number) => whole_of(number.round_ties_even()),
            Self::Decimal(number) => number.round().to_i64(),
            other => other.whole(),
        }
    }
}

/// Returns the whole number that a number with a fraction of zero is.
pub(crate) fn whole_of(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    (number.is_finite() && (-9.223_372_036_854_775e18..9.223_372_036_854_775e18).contains(&number))
        .then_some(number as i64)
}

/// Returns the number that a value is or converts to.
pub(crate) fn number(value: &Live) -> Option<Number> {
    Some(match value {
        Live::Nothing | Live::Null => Number::Int(0),
        Live::Bool(truth) => Number::Int(i32::from(*truth)),
        Live::Int(number) => Number::Int(*number),
        Live::Long(number) => Number::Long(*number),
        Live::Byte(number) => Number::Int(i32::from(*number)),
        Live::Double(number) => Number::Double(*number),
        Live::Decimal(number) => Number::Decimal(*number),
        Live::Char(c) => Number::Int(i32::try_from(u32::from(*c)).ok()?),
        Live::Text(text) => of_text(text)?,
        Live::Object(object) if object.is_word() => number(&object.get("value__")?)?,
        Live::Seq(seq) => {
            let items = seq.items.borrow();
            match items.as_slice() {
                [one] => number(one)?,
                _ => return None,
            }
        }
        _ => return None,
    })
}

/// Returns whether a value is a number, not one that converts.
pub(crate) const fn is_number(value: &Live) -> bool {
    matches!(
        value,
        Live::Int(_) | Live::Long(_) | Live::Byte(_) | Live::Double(_) | Live::Decimal(_)
    )
}

/// Returns the number that a text spells; nothing spells zero.
pub(crate) fn of_text(text: &str) -> Option<Number> {
    let text = text.trim();
    if text.is_empty() {
        return Some(Number::Int(0));
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let digits = digits.replace(',', "");
    match number_of(&digits)? {
        ExpressionKind::Integer(number, _) => {
            let number = number.checked_mul(sign)?;
            Some(i32::try_from(number).map_or(Number::Long(number), Number::Int))
        }
        #[expect(clippy::cast_precision_loss, reason = "one or minus one")]
        ExpressionKind::Real(number, _) => Some(Number::Double(number * sign as f64)),
        _ => None,
    }
}

/// Returns the number of an operand, or the error that PowerShell gives.
pub(crate) fn operand(value: &Live, operator: &str) -> Run<Number> {
    if let Some(number) = number(value) {
        return Ok(number);
    }
    match value {
        Live::Text(text) => Err(Stop::cast(
            "InvalidCastFromStringToInteger",
            format!(
                "Cannot convert value \"{text}\" to type \"System.Int32\". Error: \"Input string was not in a correct format.\""
            ),
        )),
        other => {
            let name = match operator {
                "+" => "op_Addition",
                "-" => "op_Subtraction",
                "*" => "op_Multiply",
                "/" => "op_Division",
                "%" => "op_Modulus",
                other => other,
            };
            Err(Stop::runtime(
                "MethodNotFound",
                format!(
                    "Method invocation failed because [{}] does not contain a method named '{name}'.",
                    other.type_name()
                ),
            ))
        }
    }
}
