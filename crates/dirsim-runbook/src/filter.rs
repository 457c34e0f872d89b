//! The filters of the Active Directory module: `-Filter` and `-LDAPFilter` (`interfaces.md` 5.1).

use crate::value::PsValue;

/// A condition on one object.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// `*`: every object.
    All,
    /// All of them.
    And(Vec<Filter>),
    /// At least one of them.
    Or(Vec<Filter>),
    /// Not that one.
    Not(Box<Filter>),
    /// A comparison.
    Compare {
        /// The property as written: a name of the module or of the directory.
        property: String,
        /// The operator.
        operator: Operator,
        /// The value on the right.
        value: PsValue,
    },
}

/// The operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `-eq`, without case.
    Equal,
    /// `-ne`; also holds for an absent property, as in LDAP.
    NotEqual,
    /// `-like`, with `*` for any text.
    Like,
    /// `-notlike`.
    NotLike,
    /// `-gt`.
    Greater,
    /// `-ge`.
    GreaterOrEqual,
    /// `-lt`.
    Less,
    /// `-le`.
    LessOrEqual,
    /// `-band`: all bits are set.
    AllBits,
    /// `-bor`: some bit is set.
    SomeBits,
    /// `-recursivematch`: the chain of references leads to the object.
    InChain,
}

/// What stands behind the name of a property whose whole chain of references is asked for.
pub const CHAIN: &str = ":chain";

/// Why a text is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Something else was expected.
    #[error("the filter has `{found}` where {expected} is expected")]
    Unexpected {
        /// What stands there.
        found: String,
        /// What should.
        expected: &'static str,
    },
    /// The filter ends too early.
    #[error("the filter ends where {expected} is expected")]
    End {
        /// What should follow.
        expected: &'static str,
    },
    /// There is no such operator.
    #[error(
        "the filter has the unknown operator `{0}`; use -eq, -ne, -like, -notlike, -gt, -ge, -lt, -le, -band, -bor or -recursivematch"
    )]
    UnknownOperator(String),
    /// The filter names a variable.
    #[error("Variable: '{0}' found in expression: {0} is not defined.")]
    Variable(String),
    /// The filter nests too deep.
    #[error("the filter nests deeper than {NESTING_MAX}")]
    TooDeep,
}

/// How deep conditions may nest.
const NESTING_MAX: usize = 64;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    Word(String),
    Text(String),
    Dash(String),
}

/// Parses the text of `-Filter`.
pub fn parse(text: &str) -> Result<Filter, FilterError> {
    if text.trim() == "*" {
        return Ok(Filter::All);
    }
    let mut parser = FilterParser { tokens: tokens(text)?, at: 0 };
    let filter = parser.alternatives(0)?;
    match parser.next() {
        None => Ok(filter),
        Some(token) => Err(unexpected(&token, "-and, -or or the end")),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '!' => (Token::Dash("not".to_owned()), 1),
            '\'' | '"' => quoted(rest, first)?,
            _ => {
                let stop = |c: char| c.is_whitespace() || "()'\"".contains(c);
                let length = rest.find(stop).unwrap_or(rest.len());
                let word = rest.get(..length).unwrap_or_default();
                let dash =
                    word.strip_prefix('-').filter(|name| name.chars().all(char::is_alphabetic));
                match dash {
                    Some(name) if !name.is_empty() => (Token::Dash(name.to_lowercase()), length),
                    _ => (Token::Word(word.to_owned()), length),
                }
            }
        };
        tokens.push(token);
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    Ok(tokens)
}

/// Reads a quoted text; a doubled quote is a quote.
fn quoted(text: &str, quote: char) -> Result<(Token, usize), FilterError> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != quote {
            value.push(c);
        } else if chars.next_if(|(_, next)| *next == quote).is_some() {
            value.push(quote);
        } else {
            return Ok((Token::Text(value), at + 1));
        }
    }
    Err(FilterError::End { expected: "a closing quote" })
}

fn unexpected(token: &Token, expected: &'static str) -> FilterError {
    let found = match token {
        Token::Open => "(".to_owned(),
        Token::Close => ")".to_owned(),
        Token::Word(text) | Token::Text(text) => text.clone(),
        Token::Dash(name) => format!("-{name}"),
    };
    FilterError::Unexpected { found, expected }
}

struct FilterParser {
    tokens: Vec<Token>,
    at: usize,
}

impl FilterParser {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += usize::from(token.is_some());
        token
    }

    fn takes_dash(&mut self, name: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Dash(dash)) if dash == name);
        self.at += usize::from(found);
        found
    }

    fn alternatives(&mut self, depth: usize) -> Result<Filter, FilterError> {
        let mut parts = vec![self.all_of(depth)?];
        while self.takes_dash("or") {
            parts.push(self.all_of(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::Or(parts) })
    }

    fn all_of(&mut self, depth: usize) -> Result<Filter, FilterError> {
        let mut parts = vec![self.condition(depth)?];
        while self.takes_dash("and") {
            parts.push(self.condition(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::And(parts) })
    }

    fn condition(&mut self, depth: usize) -> Result<Filter, FilterError> {
        if depth > NESTING_MAX {
            return Err(FilterError::TooDeep);
        }
        if self.takes_dash("not") {
            return Ok(Filter::Not(Box::new(self.condition(depth + 1)?)));
        }
        match self.next() {
            Some(Token::Open) => {
                let inner = self.alternatives(depth + 1)?;
                match self.next() {
                    Some(Token::Close) => Ok(inner),
                    Some(other) => Err(unexpected(&other, "`)`")),
                    None => Err(FilterError::End { expected: "`)`" }),
                }
            }
            Some(Token::Word(property)) if !property.starts_with('$') => self.comparison(property),
            Some(Token::Word(variable)) => Err(FilterError::Variable(variable)),
            Some(other) => Err(unexpected(&other, "a property name")),
            None => Err(FilterError::End { expected: "a condition" }),
        }
    }

    fn comparison(&mut self, property: String) -> Result<Filter, FilterError> {
        let operator = match self.next() {
            Some(Token::Dash(name)) => match name.as_str() {
                "eq" | "ceq" | "approx" => Operator::Equal,
                "ne" => Operator::NotEqual,
                "like" => Operator::Like,
                "notlike" => Operator::NotLike,
                "gt" => Operator::Greater,
                "ge" => Operator::GreaterOrEqual,
                "lt" => Operator::Less,
                "le" => Operator::LessOrEqual,
                "band" => Operator::AllBits,
                "bor" => Operator::SomeBits,
                "recursivematch" => Operator::InChain,
                _ => return Err(FilterError::UnknownOperator(format!("-{name}"))),
            },
            Some(other) => return Err(unexpected(&other, "an operator such as -eq")),
            None => return Err(FilterError::End { expected: "an operator such as -eq" }),
        };
        let value = match self.next() {
            Some(Token::Text(text)) => PsValue::Text(text),
            Some(Token::Word(word)) => match word.to_ascii_lowercase().as_str() {
                "$true" => PsValue::Boolean(true),
                "$false" => PsValue::Boolean(false),
                "$null" => PsValue::Null,
                variable if variable.starts_with('$') => return Err(FilterError::Variable(word)),
                _ => word.parse().map_or(PsValue::Text(word), PsValue::Integer),
            },
            Some(other) => return Err(unexpected(&other, "a value")),
            None => return Err(FilterError::End { expected: "a value" }),
        };
        Ok(Filter::Compare { property, operator, value })
    }
}

/// Parses the text of `-LDAPFilter` (RFC 4515, with the two bit rules of the directory).
pub fn parse_ldap(text: &str) -> Result<Filter, FilterError> {
    let text = text.trim();
    // The module takes a single condition without its parentheses.
    let wrapped = if text.starts_with('(') { text.to_owned() } else { format!("({text})") };
    let (filter, rest) = ldap_filter(&wrapped, 0)?;
    if rest.trim().is_empty() {
        return Ok(filter);
    }
    Err(FilterError::Unexpected { found: rest.chars().take(20).collect(), expected: "the end" })
}

fn ldap_filter(text: &str, depth: usize) -> Result<(Filter, &str), FilterError> {
    if depth > NESTING_MAX {
        return Err(FilterError::TooDeep);
    }
    let body = text.trim_start().strip_prefix('(').ok_or_else(|| FilterError::Unexpected {
        found: text.chars().take(20).collect(),
        expected: "`(`",
    })?;
    let (filter, rest) = match body.chars().next() {
        Some(mark @ ('&' | '|')) => {
            let (mut parts, mut rest) = (Vec::new(), body.get(1..).unwrap_or_default());
            while rest.trim_start().starts_with('(') {
                let (part, behind) = ldap_filter(rest, depth + 1)?;
                parts.push(part);
                rest = behind;
            }
            (if mark == '&' { Filter::And(parts) } else { Filter::Or(parts) }, rest)
        }
        Some('!') => {
            let (part, rest) = ldap_filter(body.get(1..).unwrap_or_default(), depth + 1)?;
            (Filter::Not(Box::new(part)), rest)
        }
        _ => {
            let end = body.find(')').ok_or(FilterError::End { expected: "`)`" })?;
            (ldap_item(body.get(..end).unwrap_or_default())?, body.get(end..).unwrap_or_default())
        }
    };
    let rest = rest.trim_start().strip_prefix(')').ok_or(FilterError::End { expected: "`)`" })?;
    Ok((filter, rest))
}

fn ldap_item(item: &str) -> Result<Filter, FilterError> {
    let (left, value) = item.split_once('=').ok_or_else(|| FilterError::Unexpected {
        found: item.to_owned(),
        expected: "a condition such as mail=*",
    })?;
    let value = unescape_ldap(value.trim());
    let (left, operator) = match left.trim().split_at_checked(left.trim().len().max(1) - 1) {
        Some((name, ">")) => (name, Operator::GreaterOrEqual),
        Some((name, "<")) => (name, Operator::LessOrEqual),
        Some((name, "~")) => (name, Operator::Equal),
        Some((name, ":")) => match name.split_once(':') {
            Some((name, "1.2.840.113556.1.4.803")) => (name, Operator::AllBits),
            Some((name, "1.2.840.113556.1.4.804")) => (name, Operator::SomeBits),
            Some((name, "1.2.840.113556.1.4.1941")) => (name, Operator::InChain),
            _ => return Err(FilterError::UnknownOperator(left.to_owned())),
        },
        _ if value.contains('*') => (left.trim(), Operator::Like),
        _ => (left.trim(), Operator::Equal),
    };
    if left.is_empty() {
        return Err(FilterError::Unexpected {
            found: item.to_owned(),
            expected: "a property name",
        });
    }
    let value = match operator {
        Operator::AllBits | Operator::SomeBits => value
            .parse()
            .map(PsValue::Integer)
            .map_err(|_| FilterError::Unexpected { found: value.clone(), expected: "a number" })?,
        _ => PsValue::Text(value),
    };
    Ok(Filter::Compare { property: left.to_owned(), operator, value })
}

/// Resolves `\2a` and its kind; an escaped star stands for itself.
fn unescape_ldap(value: &str) -> String {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        let hex = (byte == b'\\')
            .then(|| behind.get(..2).and_then(|two| std::str::from_utf8(two).ok()))
            .flatten()
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        if let Some(byte) = hex {
            out.push(byte);
            rest = behind.get(2..).unwrap_or_default();
        } else {
            out.push(byte);
            rest = behind;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

impl Filter {
    /// Returns whether an object meets the condition; `property` returns the values of a property.
    pub fn matches(&self, property: &dyn Fn(&str) -> Vec<PsValue>) -> bool {
        match self {
            Self::All => true,
            Self::And(parts) => parts.iter().all(|part| part.matches(property)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(property)),
            Self::Not(part) => !part.matches(property),
            Self::Compare { property: name, operator: Operator::InChain, value } => {
                compare(&property(&format!("{name}{CHAIN}")), Operator::Equal, value)
            }
            Self::Compare { property: name, operator, value } => {
                compare(&property(name), *operator, value)
            }
        }
    }

    /// Returns the property and text of a condition that every object has to meet, so that a
    /// lookup can replace the walk over all objects.
    pub fn required_equal(&self) -> Option<(&str, &str)> {
        match self {
            Self::Compare { property, operator: Operator::Equal, value: PsValue::Text(value) }
                if value != "*" =>
            {
                Some((property, value))
            }
            Self::And(parts) => parts.iter().find_map(Self::required_equal),
            _ => None,
        }
    }
}

fn compare(values: &[PsValue], operator: Operator, wanted: &PsValue) -> bool {
    let any = |holds: &dyn Fn(&PsValue) -> bool| values.iter().any(holds);
    let text = wanted.to_text();
    match operator {
        Operator::Equal if matches!(wanted, PsValue::Null) => values.is_empty(),
        Operator::NotEqual if matches!(wanted, PsValue::Null) => !values.is_empty(),
        Operator::Equal if text == "*" => !values.is_empty(),
        Operator::Equal | Operator::InChain => any(&|value| equal(value, wanted, &text)),
        Operator::NotEqual => !any(&|value| equal(value, wanted, &text)),
        Operator::Like => any(&|value| like(&value.to_text(), &text)),
        Operator::NotLike => !any(&|value| like(&value.to_text(), &text)),
        Operator::Greater => any(&|value| order(value, wanted).is_gt()),
        Operator::GreaterOrEqual => any(&|value| order(value, wanted).is_ge()),
        Operator::Less => any(&|value| order(value, wanted).is_lt()),
        Operator::LessOrEqual => any(&|value| order(value, wanted).is_le()),
        Operator::AllBits | Operator::SomeBits => {
            let PsValue::Integer(mask) = wanted else { return false };
            any(&|value| match value {
                PsValue::Integer(number) if operator == Operator::AllBits => number & mask == *mask,
                PsValue::Integer(number) => number & mask != 0,
                _ => false,
            })
        }
    }
}

fn equal(value: &PsValue, wanted: &PsValue, wanted_text: &str) -> bool {
    if let (PsValue::Boolean(a), PsValue::Boolean(b)) = (value, wanted) {
        return a == b;
    }
    folds_to(&value.to_text(), wanted_text)
}

fn order(value: &PsValue, wanted: &PsValue) -> std::cmp::Ordering {
    let number = |value: &PsValue| match value {
        PsValue::Integer(number) => Some(*number),
        PsValue::Time(time) => Some(time.0),
        PsValue::Text(text) => text
            .parse()
            .ok()
            .or_else(|| text.parse().ok().map(|time: dirsim_model::Timestamp| time.0)),
        _ => None,
    };
    match (number(value), number(wanted)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => value.to_text().to_lowercase().cmp(&wanted.to_text().to_lowercase()),
    }
}

/// Compares texts without case.
pub(crate) fn folds_to(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || a.to_lowercase() == b.to_lowercase()
}

/// Returns whether a text fits a pattern in which `*` stands for any text, without case.
pub(crate) fn like(text: &str, pattern: &str) -> bool {
    let (text, pattern) = (text.to_lowercase(), pattern.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The only place in these tests that evaluates; the object is Ann.
    fn holds(filter: &Filter) -> bool {
        filter.matches(&|name| match name.to_lowercase().as_str() {
            "mail" => vec!["Ann@contoso.com".into()],
            "proxyaddresses" => vec!["SMTP:ann@contoso.com".into(), "smtp:a@contoso.com".into()],
            "useraccountcontrol" => vec![PsValue::Integer(514)],
            "enabled" => vec![PsValue::Boolean(false)],
            _ => Vec::new(),
        })
    }

    #[test]
    fn conditions_read_as_the_module_reads_them() {
        for (filter, expected) in [
            ("*", true),
            ("mail -eq 'ann@contoso.com'", true),
            ("mail -like \"*@contoso.com\" -and Enabled -eq $false", true),
            ("Enabled -eq 'False'", true),
            ("proxyAddresses -like 'smtp:a@*'", true),
            ("title -like '*' -or -not (mail -ne 'ann@contoso.com')", true),
            ("title -ne 'Boss'", true),
            ("title -notlike '*'", true),
            ("userAccountControl -band 2", true),
            ("userAccountControl -gt 514", false),
            ("mail -eq $null", false),
            ("!(mail -eq 'x')", true),
        ] {
            assert_eq!(holds(&parse(filter).unwrap()), expected, "{filter}");
        }
        for (filter, expected) in [
            ("(&(mail=ann*)(!(title=*)))", true),
            ("(userAccountControl:1.2.840.113556.1.4.803:=2)", true),
            ("mail=*", true),
            ("(|(title=x)(mail>=b))", false),
        ] {
            assert_eq!(holds(&parse_ldap(filter).unwrap()), expected, "{filter}");
        }
    }

    #[test]
    fn a_chain_of_references_is_followed() {
        for filter in [
            parse("memberOf -recursivematch 'CN=A,DC=x'"),
            parse_ldap("(memberOf:1.2.840.113556.1.4.1941:=CN=A,DC=x)"),
        ] {
            assert!(filter.unwrap().matches(&|name| match name {
                "memberOf:chain" => vec!["CN=B,DC=x".into(), "cn=a,DC=x".into()],
                _ => Vec::new(),
            }));
        }
    }

    #[test]
    fn a_broken_filter_says_what_is_missing() {
        for (filter, problem) in [
            ("mail", "the filter ends where an operator such as -eq is expected"),
            ("mail -eq $x", "Variable: '$x' found in expression: $x is not defined."),
            ("(mail -eq 'x'", "the filter ends where `)` is expected"),
            ("mail -eq 'x", "the filter ends where a closing quote is expected"),
            ("mail = 'x'", "the filter has `=` where an operator such as -eq is expected"),
        ] {
            assert_eq!(parse(filter).unwrap_err().to_string(), problem);
        }
        assert!(parse(&"(".repeat(100_000)).is_err());
        assert!(parse_ldap(&"(!".repeat(100_000)).is_err());
        assert!(parse_ldap("=").is_err());
    }
}
