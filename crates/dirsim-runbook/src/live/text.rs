//! How values read as text: `"$x"`, `[string]$x`, `$x -join ','`.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::{Live, timestamp};

/// How deep objects within objects are written.
const DEPTH_MAX: usize = 8;

impl Live {
    /// Returns the text as `[string]` converts it; lists are joined by spaces.
    pub fn to_text(&self) -> String {
        self.text_at(0)
    }

    fn text_at(&self, depth: usize) -> String {
        if depth > DEPTH_MAX {
            return String::new();
        }
        match self {
            Self::Seq(seq) => {
                let items = seq.items.borrow();
                let parts: Vec<String> = items.iter().map(|item| item.text_at(depth + 1)).collect();
                parts.join(" ")
            }
            Self::Table(table) => table.type_name().to_owned(),
            Self::Object(object) => {
                if object.is_word() {
                    return object.get("Text").map_or_else(String::new, |text| text.to_text());
                }
                if let Some(source) = &object.source {
                    // An element reads as its name.
                    if object.type_name == "System.Xml.XmlDocument" {
                        return "#document".to_owned();
                    }
                    let name = source.trim_start_matches('<');
                    let end = name.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'));
                    return name.get(..end.unwrap_or(name.len())).unwrap_or_default().to_owned();
                }
                for name in string_properties(&object.type_name) {
                    if let Some(value) = object.get(name) {
                        return value.text_at(depth + 1);
                    }
                }
                if object.type_name == super::object::CUSTOM
                    || object.type_name.starts_with("Selected.")
                    || depth > 0 && object.type_name.starts_with("Dirsim.")
                {
                    let parts: Vec<String> = object
                        .properties()
                        .iter()
                        .map(|(name, value)| format!("{name}={}", value.text_at(depth + 1)))
                        .collect();
                    return format!("@{{{}}}", parts.join("; "));
                }
                object.type_name.to_string()
            }
            other => scalar_text(other),
        }
    }

    /// Returns the .NET name of the type.
    pub fn type_name(&self) -> Cow<'static, str> {
        match self {
            Self::Nothing | Self::Null => "System.Void".into(),
            Self::Bool(_) => "System.Boolean".into(),
            Self::Int(_) => "System.Int32".into(),
            Self::Long(_) => "System.Int64".into(),
            Self::Byte(_) => "System.Byte".into(),
            Self::Double(_) => "System.Double".into(),
            Self::Decimal(_) => "System.Decimal".into(),
            Self::Char(_) => "System.Char".into(),
            Self::Text(_) => "System.String".into(),
            Self::Time(_) => "System.DateTime".into(),
            Self::Span(_) => "System.TimeSpan".into(),
            Self::Guid(_) => "System.Guid".into(),
            Self::Seq(seq) => seq.type_name().into(),
            Self::Table(table) => table.type_name().into(),
            Self::Object(object) => object.type_name.clone(),
            Self::Block(_) => "System.Management.Automation.ScriptBlock".into(),
            Self::Type(_) => "System.RuntimeType".into(),
        }
    }
}

impl super::Table {
    /// Returns the .NET name of the type.
    pub(crate) const fn type_name(&self) -> &'static str {
        match self.kind {
            super::TableKind::Ordered => "System.Collections.Specialized.OrderedDictionary",
            super::TableKind::Hash | super::TableKind::Exact => "System.Collections.Hashtable",
        }
    }
}

/// Returns the properties of which the first that is there is the text of an object of a type.
fn string_properties(type_name: &str) -> &'static [&'static str] {
    if type_name.starts_with("Microsoft.ActiveDirectory.Management") {
        return &["DistinguishedName", "Name"];
    }
    if type_name.ends_with("ErrorRecord") {
        return &["Text"];
    }
    match type_name {
        "System.Management.Automation.PSVariable" => &["Name"],
        "System.Version" | "System.Net.Mail.MailAddress" | "System.Uri" => {
            &["Text", "Address", "AbsoluteUri"]
        }
        "System.Management.Automation.SwitchParameter" => &["IsPresent"],
        "System.Text.RegularExpressions.Match" | "System.Text.RegularExpressions.Group" => {
            &["Value"]
        }
        "System.IO.FileInfo" | "System.IO.DirectoryInfo" => &["FullName"],
        "Microsoft.PowerShell.Commands.MatchInfo" => &["Line"],
        _ => &[],
    }
}

/// Returns the text of a value that holds no others.
fn scalar_text(value: &Live) -> String {
    match value {
        Live::Bool(true) => "True".to_owned(),
        Live::Bool(false) => "False".to_owned(),
        Live::Int(number) => number.to_string(),
        Live::Long(number) => number.to_string(),
        Live::Byte(number) => number.to_string(),
        Live::Double(number) => double_text(*number),
        Live::Decimal(number) => number.to_string(),
        Live::Char(c) => c.to_string(),
        Live::Text(text) => text.to_string(),
        Live::Time(ticks) => time_text(*ticks),
        Live::Span(ticks) => span_text(*ticks),
        Live::Guid(guid) => guid.to_string(),
        Live::Block(closure) => closure.block.text.to_string(),
        Live::Type(name) => crate::types::display(name),
        _ => String::new(),
    }
}

/// Writes a number with a fraction as .NET does: the shortest that reads back, `E+` beyond 15 digits.
fn double_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "\u{221E}" } else { "-\u{221E}" }.to_owned();
    }
    let magnitude = number.abs();
    if number != 0.0 && !(1e-4..1e15).contains(&magnitude) {
        let text = format!("{number:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}E{sign}{:02}", exponent.abs());
    }
    let text = number.to_string();
    if text == "-0" { "0".to_owned() } else { text }
}

/// Writes an instant in the invariant culture, `01/05/2026 08:00:00`.
fn time_text(ticks: i64) -> String {
    timestamp(ticks).chrono().format("%m/%d/%Y %H:%M:%S").to_string()
}

/// Writes a span of time, `1.02:03:04.5000000`.
pub(crate) fn span_text(ticks: i64) -> String {
    let sign = if ticks < 0 { "-" } else { "" };
    let whole = ticks.unsigned_abs();
    let (seconds, fraction) = (whole / 10_000_000, whole % 10_000_000);
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
    let mut text = sign.to_owned();
    if days > 0 {
        let _ = write!(text, "{days}.");
    }
    let _ = write!(text, "{hours:02}:{:02}:{:02}", seconds / 60 % 60, seconds % 60);
    if fraction > 0 {
        let _ = write!(text, ".{fraction:07}");
    }
    text
}
