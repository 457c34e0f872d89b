//! # `EscapeDNComponent`
//!
//! `EscapeDNComponent(str component): str`
//!
//! Escapes one part of a DN so that it can stand in one.
//!
//! A leading `type=` is kept. In the value a backslash is put in front of `, = + < > # ; " \`, control characters become `\XX`, and a
//! space at the begin or the end is escaped. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `EscapeDNComponent("CN=" & [displayName])` | `displayName = "Lind, Bo"` | `"CN=Lind\, Bo"` |
//! | `EscapeDNComponent("CN=a+b")` |  | `"CN=a\+b"` |
//! | `EscapeDNComponent("CN=plain")` |  | `"CN=plain"` |
//! | `EscapeDNComponent("CN=x<y>z;w")` |  | `"CN=x\<y\>z\;w"` |
//! | `EscapeDNComponent("CN= a ")` |  | `"CN=\ a\ "` |
//! | `EscapeDNComponent([x])` |  | `NULL` |

use std::fmt::Write as _;

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "EscapeDNComponent(str component): str",
    1,
    &[Parameter::Value],
    Call::Each(escape_dn_component),
);

fn escape_dn_component<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(args.text(0)?.map(|component| Item::text(escape(component))))
}

fn escape(component: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.');
    let start = component
        .split_once('=')
        .filter(|(kind, _)| !kind.is_empty() && kind.chars().all(plain))
        .map_or(0, |(kind, _)| kind.len() + 1);
    let (kind, value) = component.split_at(start);
    let mut out = String::with_capacity(component.len() + 8);
    out.push_str(kind);
    for (at, c) in value.char_indices() {
        let edge = at == 0 || at + c.len_utf8() == value.len();
        if c.is_control() {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(out, "\\{byte:02X}");
            }
            continue;
        }
        if matches!(c, ',' | '=' | '+' | '<' | '>' | '#' | ';' | '"' | '\\') || (c == ' ' && edge) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.3
    #[test]
    fn examples() {
        check(&[
            (
                r#"EscapeDNComponent("CN=" & [displayName])"#,
                r#"{"displayName":"Lind, Bo"}"#,
                r#""CN=Lind\, Bo""#,
            ),
            (r#"EscapeDNComponent("CN=a+b")"#, "", r#""CN=a\+b""#),
            (r#"EscapeDNComponent("CN=plain")"#, "", r#""CN=plain""#),
            (r#"EscapeDNComponent("CN=x<y>z;w")"#, "", r#""CN=x\<y\>z\;w""#),
            (r#"EscapeDNComponent("CN= a ")"#, "", r#""CN=\ a\ ""#),
            ("EscapeDNComponent([x])", "", "NULL"),
            (r#"EscapeDNComponent("CN=a=b#")"#, "", r#""CN=a\=b\#""#),
            (r#"EscapeDNComponent("a" & CRLF)"#, "", r#""a\0D\0A""#),
            (r#"EscapeDNComponent("CN=a\b")"#, "", r#""CN=a\\b""#),
        ]);
    }
}
