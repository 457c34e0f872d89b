//! # `FormatDateTime`
//!
//! `FormatDateTime(dt date, str format): str`
//!
//! Writes a date as the format says.
//!
//! The tokens are `y yy yyyy` year, `M MM MMM MMMM` month, `d dd ddd dddd` day, `h hh` hour up to 12, `H HH` hour up to 23, `m mm` minute, `s ss`
//! second, `f` to `fffffff` fractions of a second, `F` to `FFFFFFF` the same without zeros at the end, `t tt` half of the day, `z zz zzz K` zone
//! (always UTC) and `g` era. Names are English. Other characters stand for themselves; quotes `'…'`, `"…"` and a backslash protect a
//! character, and `%` stands before a token that is alone. A format of one character is a standard one: `d`, `D`, `s`, `u`, `o`, `O`, `t`
//! and `T`. The empty format and other single characters are `invalid-value`. Text is no date: `type-mismatch`. A NULL date stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `FormatDateTime(CDate("2024-03-09 04:05:06"), "yyyyMMddHHmmss.0Z")` |  | `"20240309040506.0Z"` |
//! | `FormatDateTime(CDate("3/9/2024"), "yyyy-MM-dd")` |  | `"2024-03-09"` |
//! | `FormatDateTime(CDate("2024-03-09 16:05:06"), "h:mm tt")` |  | `"4:05 PM"` |
//! | `FormatDateTime(CDate("2024-03-09"), "dddd, MMMM dd")` |  | `"Saturday, March 09"` |
//! | `FormatDateTime("2024-03-09", "yyyy")` |  | `⚠ type-mismatch` |
//! | `FormatDateTime(CDate([x]), "yyyy")` |  | `NULL` |

use std::fmt::Write as _;

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::date::Civil;
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "FormatDateTime(dt date, str format): str",
    2,
    &[Parameter::Value, Parameter::Value],
    Call::Each(format_date_time),
);

const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn format_date_time<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let date = match args.item(0) {
        None => return Ok(None),
        Some(Item::Date(date)) => date.civil(),
        Some(other) => return Err(Fault::mismatch(0, "a date", other.type_name())),
    };
    let format = args.required_text(1)?;
    let custom = match &**format {
        "d" => "MM/dd/yyyy",
        "D" => "dddd, dd MMMM yyyy",
        "s" => "yyyy-MM-ddTHH:mm:ss",
        "u" => "yyyy-MM-dd HH:mm:ssZ",
        "o" | "O" => "yyyy-MM-ddTHH:mm:ss.fffffffK",
        "t" => "HH:mm",
        "T" => "HH:mm:ss",
        other if other.chars().nth(1).is_some() => other,
        _ => return Err(Fault::invalid(format!("`{format}` is no format of a date"))),
    };
    write(&date, custom)
        .map(|text| Some(Item::text(text)))
        .ok_or_else(|| Fault::invalid(format!("`{format}` is no format of a date")))
}

/// Writes a date; `None` when the format is not well-formed.
fn write(date: &Civil, format: &str) -> Option<String> {
    let mut out = String::with_capacity(24);
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        let same = rest.len() - rest.trim_start_matches(first).len();
        let mut taken = first.len_utf8();
        match first {
            '\'' | '"' => {
                let mut quoted = rest.get(1..)?.chars();
                taken = 1;
                loop {
                    let mut c = quoted.next()?;
                    taken += c.len_utf8();
                    if c == first {
                        break;
                    }
                    if c == '\\' {
                        c = quoted.next()?;
                        taken += c.len_utf8();
                    }
                    out.push(c);
                }
            }
            '\\' => {
                let c = rest.get(1..)?.chars().next()?;
                out.push(c);
                taken += c.len_utf8();
            }
            '%' => {
                let c = rest.get(1..)?.chars().next().filter(|c| *c != '%')?;
                out.push_str(&write(date, c.encode_utf8(&mut [0; 4]))?);
                taken += c.len_utf8();
            }
            _ => {
                // Seven digits are all that a date has, and nobody means a year of more than 32.
                if (matches!(first, 'f' | 'F') && same > 7) || (first == 'y' && same > 32) {
                    return None;
                }
                let before = out.len();
                if push_token(&mut out, date, first, same) {
                    // A fraction that is zero takes its point along.
                    if out.len() == before && out.ends_with('.') {
                        out.pop();
                    }
                    taken = same;
                } else {
                    out.push(first);
                }
            }
        }
        rest = rest.get(taken..)?;
    }
    Some(out)
}

/// Writes one token of `count` equal letters; false when the letter is no token.
fn push_token(out: &mut String, date: &Civil, letter: char, count: usize) -> bool {
    let name = |names: &'static [&str], at: usize| {
        let name = names.get(at).copied().unwrap_or_default();
        if count == 3 { name.get(..3).unwrap_or(name) } else { name }
    };
    let half = if date.hour < 12 { "AM" } else { "PM" };
    let width = count.min(2);
    match letter {
        'y' if count <= 2 => push_number(out, date.year % 100, width),
        'y' => push_number(out, date.year, count),
        'M' if count >= 3 => {
            out.push_str(name(&MONTHS, usize::try_from(date.month - 1).unwrap_or_default()));
        }
        'M' => push_number(out, date.month, width),
        'd' if count >= 3 => out.push_str(name(&DAYS, date.weekday)),
        'd' => push_number(out, date.day, width),
        'h' => push_number(out, (date.hour + 11) % 12 + 1, width),
        'H' => push_number(out, date.hour, width),
        'm' => push_number(out, date.minute, width),
        's' => push_number(out, date.second, width),
        'f' | 'F' => {
            let digits = format!("{:07}", date.ticks);
            let digits = digits.get(..count).unwrap_or(&digits);
            out.push_str(if letter == 'F' { digits.trim_end_matches('0') } else { digits });
        }
        't' => out.push_str(half.get(..count.min(2)).unwrap_or(half)),
        'z' => {
            out.push_str(["+0", "+00", "+00:00"].get(count.min(3) - 1).copied().unwrap_or_default());
        }
        'K' => out.extend(std::iter::repeat_n('Z', count)),
        'g' => out.push_str("A.D."),
        _ => return false,
    }
    true
}

/// Writes a number with at least `width` digits.
fn push_number(out: &mut String, number: i64, width: usize) {
    // Two digits, and four of a year, are almost all that there is, and need no formatting.
    match u16::try_from(number) {
        Ok(number @ 0..100) if width == 2 => push_pair(out, number),
        Ok(number @ 0..10_000) if width == 4 => {
            push_pair(out, number / 100);
            push_pair(out, number % 100);
        }
        _ => {
            let _ = write!(out, "{number:0width$}");
        }
    }
}

/// Writes a number below 100.
fn push_pair(out: &mut String, number: u16) {
    let [number, _] = number.to_le_bytes();
    out.push(char::from(b'0' + number / 10));
    out.push(char::from(b'0' + number % 10));
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.2
    #[test]
    fn examples() {
        check(&[
            (
                r#"FormatDateTime(CDate("2024-03-09 04:05:06"), "yyyyMMddHHmmss.0Z")"#,
                "",
                r#""20240309040506.0Z""#,
            ),
            (r#"FormatDateTime(CDate("3/9/2024"), "yyyy-MM-dd")"#, "", r#""2024-03-09""#),
            (r#"FormatDateTime(CDate("2024-03-09 16:05:06"), "h:mm tt")"#, "", r#""4:05 PM""#),
            (
                r#"FormatDateTime(CDate("2024-03-09"), "dddd, MMMM dd")"#,
                "",
                r#""Saturday, March 09""#,
            ),
            (r#"FormatDateTime("2024-03-09", "yyyy")"#, "", "⚠ type-mismatch"),
            (r#"FormatDateTime(CDate([x]), "yyyy")"#, "", "NULL"),
            (r#"FormatDateTime(CDate("2024-03-09"), "d MMM yy")"#, "", r#""9 Mar 24""#),
            (r#"FormatDateTime(CDate("2024-03-09"), "yyyy'y'")"#, "", r#""2024y""#),
            (
                r#"FormatDateTime(CDate("2024-03-09"), "o")"#,
                "",
                r#""2024-03-09T00:00:00.0000000Z""#,
            ),
            (r#"FormatDateTime(CDate("2024-03-09 00:30"), "d")"#, "", r#""03/09/2024""#),
            (r#"FormatDateTime(CDate("2024-03-09 00:30"), "%h")"#, "", r#""12""#),
            (r#"FormatDateTime(CDate("2024-03-09 00:30"), "h\h t")"#, "", r#""12h A""#),
            (
                r#"FormatDateTime(CDate("2024-03-09 00:30:01.25"), "s.fff s.FFF")"#,
                "",
                r#""1.250 1.25""#,
            ),
            (
                r#"FormatDateTime(CDate("2024-03-09 00:30:01"), "ss.FFF zzz g")"#,
                "",
                r#""01 +00:00 A.D.""#,
            ),
            (r#"FormatDateTime(CDate("2024-03-09"), "x")"#, "", "⚠ invalid-value"),
            (r#"FormatDateTime(CDate("2024-03-09"), "")"#, "", "⚠ invalid-value"),
            (r#"FormatDateTime(CDate("2024-03-09"), "yyyy'")"#, "", "⚠ invalid-value"),
            (r#"FormatDateTime(CDate("2024-03-09"), "ffffffff")"#, "", "⚠ invalid-value"),
            (r#"FormatDateTime(CDate("2024-03-09"), "yyyy\")"#, "", "⚠ invalid-value"),
            (r#"FormatDateTime(CDate("2024-03-09"), NULL)"#, "", "⚠ type-mismatch"),
        ]);
    }
}
