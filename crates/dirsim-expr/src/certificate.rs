//! X.509 certificates, read as far as the certificate functions report them.

use std::borrow::Cow;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use sha1::{Digest as _, Sha1};

use crate::call::{Args, Fault};
use crate::date::{Date, midnight};
use crate::der::{
    BIT_STRING, BOOLEAN, Element, GENERALIZED_TIME, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING,
    Reader, SEQUENCE, SET, UTC_TIME,
};
use crate::value::Item;

/// A certificate taken apart.
pub(crate) struct Certificate {
    /// SHA-1 of the encoded certificate.
    pub(crate) hash: Vec<u8>,
    /// 1 to 3.
    pub(crate) version: u64,
    /// As encoded: big-endian, with a zero in front of a first byte of 80 or above.
    pub(crate) serial: Vec<u8>,
    pub(crate) signature_algorithm: String,
    pub(crate) issuer: DistinguishedName,
    pub(crate) subject: DistinguishedName,
    pub(crate) not_before: Date,
    pub(crate) not_after: Date,
    pub(crate) key_algorithm: String,
    /// As encoded; empty when there are none.
    pub(crate) key_parameters: Vec<u8>,
    pub(crate) extensions: Vec<Extension>,
}

/// One extension.
pub(crate) struct Extension {
    pub(crate) oid: String,
    pub(crate) critical: bool,
    value: Vec<u8>,
}

/// A name as its parts in encoded order; each part is a set of type and value.
pub(crate) struct DistinguishedName(Vec<Vec<(String, String)>>);

/// An entry of an alternative name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alternative {
    Upn,
    Mail,
    Dns,
    Url,
}

const SUBJECT_ALTERNATIVE_NAME: &str = "2.5.29.17";
const ISSUER_ALTERNATIVE_NAME: &str = "2.5.29.18";
const COMMON_NAME: &str = "2.5.4.3";
const UPN: &str = "1.3.6.1.4.1.311.20.2.3";

/// The short names of name parts.
const SHORT_NAMES: &[(&str, &str)] = &[
    (COMMON_NAME, "CN"),
    ("2.5.4.11", "OU"),
    ("2.5.4.10", "O"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "S"),
    ("2.5.4.6", "C"),
    ("1.2.840.113549.1.9.1", "E"),
    ("0.9.2342.19200300.100.1.25", "DC"),
];

/// Reads the certificate in the first argument; `None` for NULL, `invalid-value` for other bytes.
pub(crate) fn argument(args: &Args<'_, '_>) -> Result<Option<Certificate>, Fault> {
    let Some(item) = args.item(0) else { return Ok(None) };
    from_item(item).map(Some)
}

/// Reads the certificate in a value.
pub(crate) fn from_item(item: &Item<'_>) -> Result<Certificate, Fault> {
    let bytes = match item {
        Item::Binary(bytes) => bytes.as_ref(),
        Item::Text(text) => text.as_bytes(),
        other => return Err(Fault::mismatch(0, "a certificate", other.type_name())),
    };
    Certificate::read(bytes).ok_or_else(|| Fault::invalid("the bytes are no certificate"))
}

impl Certificate {
    /// Reads encoded bytes, or Base64 text of them with or without PEM lines.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let der = if bytes.first() == Some(&SEQUENCE) {
            Cow::Borrowed(bytes)
        } else {
            Cow::Owned(from_base64(std::str::from_utf8(bytes).ok()?)?)
        };
        Self::from_der(&der)
    }

    fn from_der(der: &[u8]) -> Option<Self> {
        let mut outer = Reader::new(der);
        let mut certificate = outer.expect(SEQUENCE)?.inside();
        outer.is_empty().then_some(())?;
        let mut body = certificate.expect(SEQUENCE)?.inside();
        let signature_algorithm = algorithm(certificate.expect(SEQUENCE)?)?.0;
        certificate.expect(BIT_STRING)?;

        let version = match body.optional(0xA0) {
            None => 1,
            Some(version) => match version.inside().expect(INTEGER)?.content {
                [number @ 0..=2] => u64::from(*number) + 1,
                _ => return None,
            },
        };
        let serial = body.expect(INTEGER)?.content.to_vec();
        body.expect(SEQUENCE)?;
        let issuer = DistinguishedName::read(body.expect(SEQUENCE)?)?;
        let mut validity = body.expect(SEQUENCE)?.inside();
        let (not_before, not_after) = (time(validity.element()?)?, time(validity.element()?)?);
        let subject = DistinguishedName::read(body.expect(SEQUENCE)?)?;
        let mut key = body.expect(SEQUENCE)?.inside();
        let (key_algorithm, key_parameters) = algorithm(key.expect(SEQUENCE)?)?;
        key.expect(BIT_STRING)?;
        // Unique identifiers of issuer and subject; nobody reports them.
        let _ = (body.optional(0x81), body.optional(0x82));
        let extensions = match body.optional(0xA3) {
            None => Vec::new(),
            Some(list) => extensions(list.inside().expect(SEQUENCE)?)?,
        };
        (!serial.is_empty()).then(|| Self {
            hash: Sha1::digest(der).to_vec(),
            version,
            serial,
            signature_algorithm,
            issuer,
            subject,
            not_before,
            not_after,
            key_algorithm,
            key_parameters: key_parameters.to_vec(),
            extensions,
        })
    }

    /// Returns the first entry of a kind in the alternative name of the subject or the issuer.
    pub(crate) fn alternative(&self, wanted: Alternative, issuer: bool) -> Option<String> {
        let oid = if issuer { ISSUER_ALTERNATIVE_NAME } else { SUBJECT_ALTERNATIVE_NAME };
        let extension = self.extensions.iter().find(|extension| extension.oid == oid)?;
        let names = Reader::new(&extension.value).expect(SEQUENCE)?.elements()?;
        names.into_iter().find_map(|name| match (name.tag, wanted) {
            (0x81, Alternative::Mail) | (0x82, Alternative::Dns) | (0x86, Alternative::Url) => {
                String::from_utf8(name.content.to_vec()).ok()
            }
            (0xA0, Alternative::Upn) => {
                let mut other = name.inside();
                let oid = other.expect(OBJECT_IDENTIFIER)?.dotted()?;
                (oid == UPN).then(|| other.expect(0xA0)?.inside().element()?.text())?
            }
            _ => None,
        })
    }
}

impl DistinguishedName {
    fn read(name: Element<'_>) -> Option<Self> {
        let mut parts = Vec::new();
        for part in name.elements()? {
            (part.tag == SET).then_some(())?;
            let mut values = Vec::new();
            for pair in part.elements()? {
                let mut pair = pair.inside();
                let kind = pair.element()?.dotted()?;
                let value = pair.element()?;
                values
                    .push((kind, value.text().unwrap_or_else(|| format!("#{}", hex(value.whole)))));
            }
            parts.push(values);
        }
        Some(Self(parts))
    }

    /// Returns the most specific common name.
    pub(crate) fn common_name(&self) -> Option<&str> {
        let mut values = self.0.iter().rev().flatten();
        values.find(|(kind, _)| kind == COMMON_NAME).map(|(_, value)| value.as_str())
    }

    /// Prints the name, most specific part first.
    pub(crate) fn print(&self) -> String {
        let part = |values: &Vec<(String, String)>| {
            let values: Vec<String> = values
                .iter()
                .map(|(kind, value)| {
                    let short = SHORT_NAMES.iter().find(|(oid, _)| oid == kind);
                    let kind = short
                        .map_or_else(|| format!("OID.{kind}"), |(_, short)| (*short).to_owned());
                    format!("{kind}={}", quoted(value))
                })
                .collect();
            values.join(" + ")
        };
        self.0.iter().rev().map(part).collect::<Vec<_>>().join(", ")
    }
}

/// Returns upper-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| if half < 10 { b'0' + half } else { b'A' - 10 + half };
    let digits = bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xF)]);
    String::from_utf8(digits.collect()).unwrap_or_default()
}

/// Puts a value in quotes when it could be read as more than a value.
fn quoted(value: &str) -> Cow<'_, str> {
    let special =
        |c: char| matches!(c, ',' | '+' | '"' | '=' | '<' | '>' | '#' | ';' | '\n' | '\r');
    if value.contains(special) || value.starts_with(' ') || value.ends_with(' ') {
        Cow::Owned(format!("\"{}\"", value.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(value)
    }
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
    BASE64_STANDARD.decode(lines.collect::<String>()).ok()
}

/// Reads an algorithm: its OID and its encoded parameters.
fn algorithm(element: Element<'_>) -> Option<(String, &[u8])> {
    let mut inside = element.inside();
    let oid = inside.element()?.dotted()?;
    Some((oid, inside.element().map_or(&[], |parameters| parameters.whole)))
}

fn extensions(list: Element<'_>) -> Option<Vec<Extension>> {
    let mut extensions = Vec::new();
    for extension in list.elements()? {
        let mut inside = extension.inside();
        let oid = inside.element()?.dotted()?;
        let critical = inside.optional(BOOLEAN).is_some_and(|truth| truth.content != [0]);
        let value = inside.expect(OCTET_STRING)?.content.to_vec();
        extensions.push(Extension { oid, critical, value });
    }
    Some(extensions)
}

/// Reads a time of either kind; two-digit years below 50 are of this century.
fn time(element: Element<'_>) -> Option<Date> {
    let text = std::str::from_utf8(element.content).ok()?.strip_suffix('Z')?;
    let (year, rest) = match element.tag {
        UTC_TIME => {
            let (year, rest) = text.split_at_checked(2)?;
            let year: i64 = year.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        GENERALIZED_TIME => {
            let (year, rest) = text.split_at_checked(4)?;
            (year.parse().ok()?, rest)
        }
        _ => return None,
    };
    let digits = rest.len() == 10 && rest.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some(())?;
    let number = |at: usize| rest.get(at..at + 2)?.parse::<i64>().ok();
    let (hour, minute, second) = (number(4)?, number(6)?, number(8)?);
    (hour < 24 && minute < 60 && second < 60).then_some(())?;
    let ticks = (hour * 3600 + minute * 60 + second) * crate::date::TICKS_PER_SECOND;
    midnight(year, number(0)?, number(2)?)?.plus_ticks(ticks)
}
