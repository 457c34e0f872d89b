//! Format strings: `'{0,-10:N2}' -f 1.5`, and `.ToString('yyyy-MM-dd')`.

use std::fmt::Write as _;

use chrono::{Datelike, Timelike};

use super::number::{self, Number};
use crate::live::{Live, timestamp};
use crate::stop::{Run, Stop};

/// Widest field and most digits; more is a typing mistake.
const WIDTH_MAX: usize = 10_000;

fn bad(why: &str) -> Stop {
    Stop::error(
        "System.FormatException",
        "FormatError",
        format!("Error formatting a string: {why}."),
    )
}

/// Fills a format string.
pub(crate) fn format(pattern: &str, arguments: &[Live]) -> Run<String> {
    const BAD: &str = "Input string was not in a correct format";
    let mut out = String::new();
    let mut chars = pattern.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '{' if chars.peek().is_some_and(|(_, next)| *next == '{') => {
                chars.next();
                out.push('{');
            }
            '}' => {
                if chars.peek().is_none_or(|(_, next)| *next != '}') {
                    return Err(bad(BAD));
                }
                chars.next();
                out.push('}');
            }
            '{' => {
                let rest = pattern.get(at + 1..).unwrap_or_default();
                let end = rest.find('}').ok_or_else(|| bad(BAD))?;
                let item = rest.get(..end).unwrap_or_default();
                while chars.next_if(|(next, _)| *next <= at + 1 + end).is_some() {}
                let (head, spec) = match item.split_once(':') {
                    Some((head, spec)) => (head, spec),
                    None => (item, ""),
                };
                let (index, align) = match head.split_once(',') {
                    Some((index, align)) => {
                        (index, align.trim().parse::<i64>().map_err(|_| bad(BAD))?)
                    }
                    None => (head, 0),
                };
                let index: usize = index.trim().parse().map_err(|_| bad(BAD))?;
                let value = arguments.get(index).ok_or_else(|| {
                    bad("Index (zero based) must be greater than or equal to zero and less than the size of the argument list")
                })?;
                let text = of(value, spec)?;
                let width = usize::try_from(align.unsigned_abs()).unwrap_or(usize::MAX);
                if width > WIDTH_MAX {
                    return Err(bad(BAD));
                }
                let pad = " ".repeat(width.saturating_sub(text.chars().count()));
                if align < 0 {
                    out.push_str(&text);
                    out.push_str(&pad);
                } else {
                    out.push_str(&pad);
                    out.push_str(&text);
                }
            }
            other => out.push(other),
        }
    }
    Ok(out)
}

/// Writes one value by a format.
pub(crate) fn of(value: &Live, spec: &str) -> Run<String> {
    if spec.is_empty() {
        return Ok(value.to_text());
    }
    match value {
        Live::Int(_) | Live::Long(_) | Live::Byte(_) | Live::Double(_) | Live::Decimal(_) => {
            let number = number::number(value).unwrap_or(Number::Int(0));
            number_text(number, spec)
        }
        Live::Time(ticks) => Ok(time(*ticks, spec)),
        Live::Span(ticks) => Ok(span(*ticks, spec)),
        Live::Guid(guid) => {
            let text = guid.to_string();
            Ok(match spec {
                "N" | "n" => text.replace('-', ""),
                "B" | "b" => format!("{{{text}}}"),
                "P" | "p" => format!("({text})"),
                _ => text,
            })
        }
        other => Ok(other.to_text()),
    }
}

fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (index, c) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Writes a number with some digits behind the point, halves away from zero.
fn fixed(number: f64, digits: usize) -> String {
    let digits = digits.min(60);
    let exact = format!("{number:.digits$}");
    // Halves that binary numbers hold exactly are rounded to even by the formatter.
    let factor = 10f64.powi(i32::try_from(digits).unwrap_or(0));
    let scaled = number.abs() * factor;
    if scaled < 1e15 && (scaled.fract() - 0.5).abs() < 1e-9 {
        let up = (scaled.floor() + 1.0) / factor;
        let text = format!("{up:.digits$}");
        return if number < 0.0 { format!("-{text}") } else { text };
    }
    exact
}

fn number_text(number: Number, spec: &str) -> Run<String> {
    let mut letters = spec.chars();
    let kind = letters.next().unwrap_or('G');
    let precision = letters.as_str();
    if !kind.is_ascii_alphabetic()
        || !precision.chars().all(|c| c.is_ascii_digit())
        || precision.len() > 2
    {
        return Ok(custom(number.double(), spec));
    }
    let digits: Option<usize> = precision.parse().ok();
    let value = number.double();
    let signed = |text: String| {
        if value < 0.0 && text.chars().any(|c| ('1'..='9').contains(&c)) {
            format!("-{text}")
        } else {
            text
        }
    };
    let with_groups = |digits: usize| {
        let text = match number.whole() {
            Some(whole) if digits == 0 => whole.unsigned_abs().to_string(),
            _ => fixed(value.abs(), digits),
        };
        match text.split_once('.') {
            Some((whole, fraction)) => format!("{}.{fraction}", grouped(whole)),
            None => grouped(&text),
        }
    };
    Ok(match kind.to_ascii_uppercase() {
        'N' => signed(with_groups(digits.unwrap_or(2))),
        'F' => signed(fixed(value.abs(), digits.unwrap_or(2))),
        'C' => {
            let text = with_groups(digits.unwrap_or(2));
            if value < 0.0 { format!("-\u{A4}{text}") } else { format!("\u{A4}{text}") }
        }
        'P' => {
            let digits = digits.unwrap_or(2);
            let text = fixed(value.abs() * 100.0, digits);
            let text = match text.split_once('.') {
                Some((whole, fraction)) => format!("{}.{fraction}", grouped(whole)),
                None => grouped(&text),
            };
            format!("{} %", signed(text))
        }
        'D' => {
            let whole = number.whole().ok_or_else(|| bad("Format specifier was invalid"))?;
            let text = format!("{:0>width$}", whole.unsigned_abs(), width = digits.unwrap_or(1));
            if whole < 0 { format!("-{text}") } else { text }
        }
        'X' => {
            let whole = number.whole().ok_or_else(|| bad("Format specifier was invalid"))?;
            let width = digits.unwrap_or(1);
            let text = match number {
                Number::Int(small) => format!("{small:0>width$X}"),
                _ => format!("{whole:0>width$X}"),
            };
            if kind == 'x' { text.to_lowercase() } else { text }
        }
        'E' => {
            let text = format!("{value:.*e}", digits.unwrap_or(6).min(60));
            let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            let exponent: i32 = exponent.parse().unwrap_or(0);
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{mantissa}{kind}{sign}{:03}", exponent.abs())
        }
        'G' | 'R' => number.live().to_text(),
        'B' => format!("{:b}", number.whole().unwrap_or_default()),
        _ => return Err(bad("Format specifier was invalid")),
    })
}

/// Writes a number by a picture such as `#,##0.00` or `000`.
fn custom(value: f64, spec: &str) -> String {
    let section = spec.split(';').nth(usize::from(value < 0.0 && spec.contains(';')));
    let picture = section.unwrap_or(spec);
    let negative = value < 0.0 && !spec.contains(';');
    let percent = picture.contains('%');
    let value = if percent { value.abs() * 100.0 } else { value.abs() };
    let is_digit = |c: char| matches!(c, '0' | '#');
    let first = picture.find(is_digit).unwrap_or(picture.len());
    let last = picture.rfind(is_digit).map_or(first, |at| at + 1);
    let (prefix, body, suffix) = (
        picture.get(..first).unwrap_or_default(),
        picture.get(first..last).unwrap_or_default(),
        picture.get(last..).unwrap_or_default(),
    );
    let (prefix, body) = match prefix.strip_suffix('.') {
        Some(prefix) => (prefix, format!(".{body}")),
        None => (prefix, body.to_owned()),
    };
    let (whole_picture, fraction_picture) = match body.split_once('.') {
        Some((whole, fraction)) => (whole.to_owned(), fraction.to_owned()),
        None => (body.clone(), String::new()),
    };
    let most = fraction_picture.chars().filter(|c| is_digit(*c)).count();
    let least = fraction_picture.rfind('0').map_or(0, |at| {
        fraction_picture.get(..=at).map_or(0, |part| part.chars().filter(|c| is_digit(*c)).count())
    });
    let text = fixed(value, most);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let zeros = whole_picture.chars().skip_while(|c| *c != '0').filter(|c| is_digit(*c)).count();
    let mut whole = whole.trim_start_matches('0').to_owned();
    while whole.len() < zeros {
        whole.insert(0, '0');
    }
    if whole_picture.contains(',') {
        whole = grouped(&whole);
    }
    let mut fraction = fraction.to_owned();
    while fraction.len() > least && fraction.ends_with('0') {
        fraction.pop();
    }
    let mut out = String::new();
    if negative && (whole.contains(|c| c != '0') || fraction.contains(|c| c != '0')) {
        out.push('-');
    }
    out.push_str(&unquoted(prefix));
    out.push_str(&whole);
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(&fraction);
    }
    out.push_str(&unquoted(suffix));
    out
}

fn unquoted(text: &str) -> String {
    text.replace(['\'', '"', '\\'], "")
}

/// Writes an instant by a standard or custom format of the invariant culture.
pub(crate) fn time(ticks: i64, spec: &str) -> String {
    let standard = match spec {
        "d" => "MM/dd/yyyy",
        "D" => "dddd, dd MMMM yyyy",
        "t" => "HH:mm",
        "T" => "HH:mm:ss",
        "f" => "dddd, dd MMMM yyyy HH:mm",
        "F" | "U" => "dddd, dd MMMM yyyy HH:mm:ss",
        "g" => "MM/dd/yyyy HH:mm",
        "G" => "MM/dd/yyyy HH:mm:ss",
        "s" => "yyyy'-'MM'-'dd'T'HH':'mm':'ss",
        "u" => "yyyy'-'MM'-'dd HH':'mm':'ss'Z'",
        "o" | "O" => "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fffffffK",
        "r" | "R" => "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'",
        "y" | "Y" => "yyyy MMMM",
        "m" | "M" => "MMMM dd",
        other => other.strip_prefix('%').unwrap_or(other),
    };
    let moment = timestamp(ticks).chrono();
    let fraction = format!("{:07}", ticks.rem_euclid(10_000_000));
    let hour12 = (moment.hour() + 11) % 12 + 1;
    let mut out = String::new();
    let mut chars = standard.chars().peekable();
    while let Some(c) = chars.next() {
        let mut count = 1usize;
        while matches!(
            c,
            'y' | 'M' | 'd' | 'H' | 'h' | 'm' | 's' | 'f' | 'F' | 't' | 'z' | 'K' | 'g'
        ) && chars.next_if_eq(&c).is_some()
        {
            count += 1;
        }
        let _ = match (c, count) {
            ('y', 1) => write!(out, "{}", moment.year() % 100),
            ('y', 2) => write!(out, "{:02}", moment.year() % 100),
            ('y', _) => write!(out, "{:0count$}", moment.year()),
            ('M', 1) => write!(out, "{}", moment.month()),
            ('M', 2) => write!(out, "{:02}", moment.month()),
            ('M', 3) => write!(out, "{}", moment.format("%b")),
            ('M', _) => write!(out, "{}", moment.format("%B")),
            ('d', 1) => write!(out, "{}", moment.day()),
            ('d', 2) => write!(out, "{:02}", moment.day()),
            ('d', 3) => write!(out, "{}", moment.format("%a")),
            ('d', _) => write!(out, "{}", moment.format("%A")),
            ('H', 1) => write!(out, "{}", moment.hour()),
            ('H', _) => write!(out, "{:02}", moment.hour()),
            ('h', 1) => write!(out, "{hour12}"),
            ('h', _) => write!(out, "{hour12:02}"),
            ('m', 1) => write!(out, "{}", moment.minute()),
            ('m', _) => write!(out, "{:02}", moment.minute()),
            ('s', 1) => write!(out, "{}", moment.second()),
            ('s', _) => write!(out, "{:02}", moment.second()),
            ('f', count) => write!(out, "{}", fraction.get(..count.min(7)).unwrap_or_default()),
            ('F', count) => write!(
                out,
                "{}",
                fraction.get(..count.min(7)).unwrap_or_default().trim_end_matches('0')
            ),
            ('t', 1) => write!(out, "{}", if moment.hour() < 12 { 'A' } else { 'P' }),
            ('t', _) => write!(out, "{}", if moment.hour() < 12 { "AM" } else { "PM" }),
            ('z', 1) => write!(out, "+0"),
            ('z', 2) => write!(out, "+00"),
            ('z', _) => write!(out, "+00:00"),
            ('K', _) => write!(out, "Z"),
            ('g', _) => write!(out, "A.D."),
            ('\'' | '"', _) => {
                for literal in chars.by_ref().take_while(|next| *next != c) {
                    out.push(literal);
                }
                Ok(())
            }
            ('\\', _) => {
                out.extend(chars.next());
                Ok(())
            }
            _ => {
                out.push(c);
                Ok(())
            }
        };
    }
    out
}

/// Writes a span of time by a standard or custom format.
pub(crate) fn span(ticks: i64, spec: &str) -> String {
    if matches!(spec, "c" | "t" | "T") {
        return crate::live::span_text(ticks);
    }
    let whole = ticks.unsigned_abs();
    let seconds = whole / 10_000_000;
    let fraction = format!("{:07}", whole % 10_000_000);
    if spec == "g" {
        let days = seconds / 86_400;
        let head = if days > 0 { format!("{days}:") } else { String::new() };
        let tail = fraction.trim_end_matches('0');
        let tail = if tail.is_empty() { String::new() } else { format!(".{tail}") };
        let sign = if ticks < 0 { "-" } else { "" };
        return format!(
            "{sign}{head}{}:{:02}:{:02}{tail}",
            seconds / 3600 % 24,
            seconds / 60 % 60,
            seconds % 60
        );
    }
    let mut out = String::new();
    let mut chars = spec.chars().peekable();
    while let Some(c) = chars.next() {
        let mut count = 1usize;
        while matches!(c, 'd' | 'h' | 'm' | 's' | 'f') && chars.next_if_eq(&c).is_some() {
            count += 1;
        }
        let value = match c {
            'd' => seconds / 86_400,
            'h' => seconds / 3600 % 24,
            'm' => seconds / 60 % 60,
            's' => seconds % 60,
            'f' => {
                out.push_str(fraction.get(..count.min(7)).unwrap_or_default());
                continue;
            }
            '\\' => {
                out.extend(chars.next());
                continue;
            }
            '\'' => {
                out.extend(chars.by_ref().take_while(|next| *next != '\''));
                continue;
            }
            '%' => continue,
            other => {
                out.push(other);
                continue;
            }
        };
        let _ = write!(out, "{value:0count$}");
    }
    out
}
