//! Values to the kinds that parameters of cmdlets take.

use dirsim_model::{Guid, nearest};

use crate::live::{Live, SeqKind};
use crate::operators::cast;
use crate::spec::ParameterKind;
use crate::value::{PsValue, parse_duration};
use crate::{filter, graph_filter};

/// Looks up the variables that stand in filters.
pub(crate) trait Resolve {
    /// Returns the value of a variable.
    fn variable(&self, name: &str) -> Live;
}

/// Why a value does not fit.
pub(crate) struct Misfit {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl From<String> for Misfit {
    fn from(message: String) -> Self {
        Self { message, help: None }
    }
}

/// Says what values a kind of parameter takes.
pub(crate) fn expected(kind: ParameterKind) -> String {
    match kind {
        ParameterKind::Switch => "write the name alone, or -Name:$false".to_owned(),
        ParameterKind::Text => "write a text".to_owned(),
        ParameterKind::TextList => "write one text, or several with commas between them".to_owned(),
        ParameterKind::Integer => "write a whole number".to_owned(),
        ParameterKind::Boolean => "write $true or $false".to_owned(),
        ParameterKind::Table => "write a hashtable such as @{name='value'}".to_owned(),
        ParameterKind::Time => "write a time such as 2026-01-05T09:00:00Z".to_owned(),
        ParameterKind::Duration => "write a span of time such as 00:30:00".to_owned(),
        ParameterKind::Guid => {
            "write a GUID such as 00112233-4455-6677-8899-aabbccddeeff".to_owned()
        }
        ParameterKind::Choice(words) => format!("write one of {}", words.join(", ")),
        ParameterKind::Filter => {
            "write * or a filter such as \"mail -like '*@contoso.com'\"".to_owned()
        }
        ParameterKind::LdapFilter => "write a filter such as \"(mail=*)\"".to_owned(),
        ParameterKind::GraphFilter => {
            "write a filter such as \"userPrincipalName eq 'ann@contoso.com'\"".to_owned()
        }
        ParameterKind::Block => "write a script block such as { $_.Name }".to_owned(),
        ParameterKind::Any => "write a value".to_owned(),
    }
}

fn what(value: &Live) -> &'static str {
    match value {
        Live::Nothing | Live::Null => "null",
        Live::Bool(_) => "a truth value",
        Live::Int(_) | Live::Long(_) | Live::Byte(_) | Live::Double(_) | Live::Decimal(_) => {
            "a number"
        }
        Live::Char(_) | Live::Text(_) => "a text",
        Live::Time(_) => "a time",
        Live::Span(_) => "a span of time",
        Live::Guid(_) => "a GUID",
        Live::Seq(_) => "a list",
        Live::Table(_) => "a hashtable",
        Live::Object(_) => "an object",
        Live::Block(_) => "a script block",
        Live::Type(_) => "a type",
    }
}

/// Returns whether an object of the pipeline can be the value of a parameter as it is: a parameter
/// that takes texts takes texts and objects of the directory, not any object.
pub(crate) fn fits_pipeline(kind: ParameterKind, item: &Live) -> bool {
    match (kind, item) {
        (_, Live::Nothing | Live::Null) => false,
        (ParameterKind::Text | ParameterKind::TextList, Live::Object(object)) => {
            object.type_name.starts_with("Microsoft.ActiveDirectory.Management")
        }
        (ParameterKind::Table, other) => matches!(other, Live::Table(_)),
        _ => true,
    }
}

/// Converts a value to the kind of a parameter.
pub(crate) fn convert(
    kind: ParameterKind,
    value: &Live,
    written: Option<&str>,
    resolve: &dyn Resolve,
) -> Result<PsValue, Misfit> {
    // PowerShell unpacks a list of one for a parameter that takes one value.
    let only;
    let value = match (value, kind) {
        (Live::Seq(seq), ParameterKind::TextList | ParameterKind::Any)
            if seq.len() > 0 || kind == ParameterKind::Any =>
        {
            value
        }
        (Live::Seq(seq), _) if seq.len() == 1 && seq.kind != SeqKind::Builder => {
            only = seq.items.borrow().first().cloned().unwrap_or(Live::Null);
            &only
        }
        _ => value,
    };
    let misfit = || Misfit::from(format!("{} does not fit", what(value)));
    if value.is_null() && kind != ParameterKind::Boolean {
        return Ok(PsValue::Null);
    }
    let text = match value {
        Live::Int(_) | Live::Long(_) | Live::Double(_) | Live::Decimal(_) => {
            Some(written.map_or_else(|| value.to_text(), str::to_owned))
        }
        Live::Text(_) | Live::Char(_) | Live::Byte(_) | Live::Guid(_) | Live::Type(_) => {
            Some(value.to_text())
        }
        Live::Object(object)
            if !object.type_name.starts_with("System.Management.Automation.PSCustom") =>
        {
            Some(value.to_text())
        }
        _ => None,
    };
    match kind {
        ParameterKind::Any => Ok(value.to_plain()),
        ParameterKind::Block => match value {
            Live::Block(_) => Ok(value.to_plain()),
            _ => Err(misfit()),
        },
        ParameterKind::Switch | ParameterKind::Boolean => match value {
            Live::Bool(truth) => Ok(PsValue::Boolean(*truth)),
            Live::Int(_) | Live::Long(_) | Live::Double(_) | Live::Decimal(_) => {
                Ok(PsValue::Boolean(value.truth()))
            }
            Live::Object(object) if object.is("System.Management.Automation.SwitchParameter") => {
                Ok(PsValue::Boolean(value.truth()))
            }
            Live::Text(text) if matches!(text.to_ascii_lowercase().as_str(), "true" | "false") => {
                Err(Misfit {
                    message: format!("the text `{text}` is no truth value"),
                    help: Some(format!("write ${}", text.to_ascii_lowercase())),
                })
            }
            _ => Err(misfit()),
        },
        ParameterKind::Text => match value {
            Live::Bool(_) | Live::Time(_) | Live::Span(_) => Ok(PsValue::Text(value.to_text())),
            Live::Seq(seq) if seq.kind == SeqKind::Builder => Ok(PsValue::Text(value.to_text())),
            Live::Seq(_) if looks_like_dn(value) => Err(Misfit {
                message: "a list does not fit".to_owned(),
                help: Some("put a distinguished name into quotes".to_owned()),
            }),
            _ => text.map(PsValue::from).ok_or_else(misfit),
        },
        ParameterKind::TextList => match value {
            Live::Seq(seq) => seq
                .items
                .borrow()
                .iter()
                .map(|item| convert(ParameterKind::Text, item, None, resolve))
                .collect::<Result<Vec<_>, _>>()
                .map(PsValue::List),
            _ => convert(ParameterKind::Text, value, written, resolve)
                .map(|one| PsValue::List(vec![one])),
        },
        ParameterKind::Integer => match value {
            Live::Int(_) | Live::Long(_) | Live::Byte(_) => Ok(value.to_plain()),
            Live::Double(_) | Live::Decimal(_) | Live::Text(_) => {
                let number = crate::operators::number::number(value)
                    .filter(|_| !value.to_text().trim().is_empty())
                    .and_then(crate::operators::number::Number::rounded);
                number.map(PsValue::Integer).ok_or_else(misfit)
            }
            _ => Err(misfit()),
        },
        ParameterKind::Table => match value {
            Live::Table(_) => Ok(value.to_plain()),
            _ => Err(misfit()),
        },
        ParameterKind::Time => match value {
            Live::Time(_) => Ok(value.to_plain()),
            _ => {
                let text = text.ok_or_else(misfit)?;
                text.parse()
                    .map(PsValue::Time)
                    .ok()
                    .or_else(|| {
                        let ticks = cast::parse_time(&text)?;
                        Some(PsValue::Time(crate::live::timestamp(ticks)))
                    })
                    .ok_or_else(|| Misfit::from(format!("`{text}` is no time")))
            }
        },
        ParameterKind::Duration => match value {
            Live::Span(_) => Ok(value.to_plain()),
            _ => {
                let text = text.ok_or_else(misfit)?;
                parse_duration(&text)
                    .map(PsValue::Duration)
                    .ok_or_else(|| Misfit::from(format!("`{text}` is no span of time")))
            }
        },
        ParameterKind::Guid => {
            let text = text.ok_or_else(misfit)?;
            text.parse::<Guid>()
                .map(PsValue::from)
                .map_err(|_| Misfit::from(format!("`{text}` is no GUID")))
        }
        ParameterKind::Choice(words) => {
            let text = text.ok_or_else(misfit)?;
            if let Some(word) = words.iter().find(|word| word.eq_ignore_ascii_case(&text)) {
                return Ok(PsValue::from(*word));
            }
            let help =
                nearest(&text, words.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            Err(Misfit { message: format!("`{text}` is none of its words"), help })
        }
        ParameterKind::Filter => {
            let text = filter_text(value).ok_or_else(misfit)?;
            let text = with_values(&text, resolve);
            filter::parse(&text).map_err(|problem| Misfit::from(problem.to_string()))?;
            Ok(PsValue::from(text))
        }
        ParameterKind::LdapFilter => {
            let text = filter_text(value).ok_or_else(misfit)?;
            filter::parse_ldap(&text).map_err(|problem| Misfit::from(problem.to_string()))?;
            Ok(PsValue::from(text))
        }
        ParameterKind::GraphFilter => {
            let text = filter_text(value).ok_or_else(misfit)?;
            graph_filter::parse(&text).map_err(|problem| Misfit::from(problem.to_string()))?;
            Ok(PsValue::from(text))
        }
    }
}

fn filter_text(value: &Live) -> Option<String> {
    match value {
        Live::Text(text) => Some(text.to_string()),
        Live::Block(closure) => Some(closure.block.text.trim().to_owned()),
        _ => None,
    }
}

/// Puts the values of variables into a filter of the Active Directory module, which looks them up
/// itself: `{mail -eq $mail}`.
fn with_values(text: &str, resolve: &dyn Resolve) -> String {
    if !text.contains('$') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut quote = None;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '$'
            && quote != Some('\'')
            && let Some((variable, length)) = crate::parse::variable_of(rest)
            && !matches!(&*variable.name, "true" | "false" | "null")
        {
            let mut value = resolve.variable(&variable.name);
            let mut length = length;
            // A property of the variable may follow.
            while let Some(behind) = rest.get(length..).and_then(|rest| rest.strip_prefix('.'))
                && behind.starts_with(|c: char| c.is_alphabetic())
                && quote.is_none()
            {
                let end = behind.find(|c: char| !c.is_alphanumeric()).unwrap_or(behind.len());
                if let Live::Object(object) = &value {
                    value = object.get(behind.get(..end).unwrap_or_default()).unwrap_or(Live::Null);
                }
                length += end + 1;
            }
            let shown = match &value {
                Live::Bool(truth) => format!("${truth}"),
                other => other.to_text().replace('\'', "''"),
            };
            match (quote, &value) {
                (None, Live::Nothing | Live::Null) => out.push_str("$null"),
                (None, Live::Int(_) | Live::Long(_) | Live::Bool(_)) => out.push_str(&shown),
                (None, _) => {
                    out.push('\'');
                    out.push_str(&shown);
                    out.push('\'');
                }
                _ => out.push_str(&value.to_text()),
            }
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        match quote {
            Some(open) if open == c => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            _ => {}
        }
        out.push(c);
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    out
}

/// Returns whether a list is a distinguished name that lost its quotes.
fn looks_like_dn(value: &Live) -> bool {
    match value {
        Live::Seq(seq) => seq.items.borrow().iter().any(|part| {
            matches!(part, Live::Text(text)
                if text.get(..3).is_some_and(|start| ["CN=", "OU=", "DC="]
                    .iter().any(|name| name.eq_ignore_ascii_case(start))))
        }),
        _ => false,
    }
}
