//! The `$filter` of Microsoft Graph (`interfaces.md` 6.2).

use crate::filter::folds_to;
use crate::value::PsValue;

/// A condition on one object of the tenant.
#[derive(Debug, Clone, PartialEq)]
pub enum GraphFilter {
    /// All of them.
    And(Vec<GraphFilter>),
    /// At least one of them.
    Or(Vec<GraphFilter>),
    /// Not that one.
    Not(Box<GraphFilter>),
    /// A comparison of a property, or of any value of a list.
    Compare {
        /// The property.
        property: String,
        /// The operator.
        operator: GraphOperator,
        /// The values on the right; one unless the operator is `in`.
        values: Vec<PsValue>,
    },
    /// `list/any(x:…)`: some value of a list meets a condition; any value at all without one.
    Any {
        /// The list.
        property: String,
        /// What stands in front of the colon.
        variable: String,
        /// The condition; its properties are the variable or a member of it.
        condition: Option<Box<GraphFilter>>,
    },
}

/// The operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphOperator {
    /// `eq`.
    Equal,
    /// `ne`.
    NotEqual,
    /// `gt`.
    Greater,
    /// `ge`.
    GreaterOrEqual,
    /// `lt`.
    Less,
    /// `le`.
    LessOrEqual,
    /// `in`.
    In,
    /// `startsWith`.
    StartsWith,
    /// `endsWith`.
    EndsWith,
    /// `/$count eq`.
    CountEqual,
    /// `/$count ne`.
    CountNotEqual,
}

/// Why a text is no filter of Graph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphFilterError {
    /// Something else was expected.
    #[error("the filter has `{found}` where {expected} is expected")]
    Unexpected {
        /// What stands there.
        found: String,
        /// What should.
        expected: &'static str,
    },
    /// The filter ends too early.
    #[error("the filter ends where {0} is expected")]
    End(&'static str),
    /// The filter nests too deep.
    #[error("the filter nests deeper than {NESTING_MAX}")]
    TooDeep,
    /// Graph has the function, but not for objects of the directory.
    #[error("the function `{0}` is not supported; use startsWith, endsWith, eq, in or -Search")]
    Unsupported(String),
}

/// How deep conditions may nest.
const NESTING_MAX: usize = 64;

/// Parses a filter.
pub fn parse(text: &str) -> Result<GraphFilter, GraphFilterError> {
    let mut parser = Parser { rest: text.trim() };
    let filter = parser.alternatives(0)?;
    if parser.rest.is_empty() {
        return Ok(filter);
    }
    Err(parser.unexpected("`and`, `or` or the end"))
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn unexpected(&self, expected: &'static str) -> GraphFilterError {
        if self.rest.is_empty() {
            return GraphFilterError::End(expected);
        }
        GraphFilterError::Unexpected { found: self.rest.chars().take(20).collect(), expected }
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default().trim_start();
    }

    fn takes(&mut self, mark: char) -> bool {
        let found = self.rest.starts_with(mark);
        if found {
            self.advance(mark.len_utf8());
        }
        found
    }

    fn expects(&mut self, mark: char, name: &'static str) -> Result<(), GraphFilterError> {
        if self.takes(mark) { Ok(()) } else { Err(self.unexpected(name)) }
    }

    /// Returns the word ahead: letters, digits and the marks of property paths.
    fn peek_word(&self) -> &'a str {
        let inside = |c: char| c.is_alphanumeric() || "_./$@-:".contains(c);
        let end = self.rest.find(|c| !inside(c)).unwrap_or(self.rest.len());
        self.rest.get(..end).unwrap_or_default()
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let found = self.peek_word().eq_ignore_ascii_case(word);
        if found {
            self.advance(word.len());
        }
        found
    }

    fn alternatives(&mut self, depth: usize) -> Result<GraphFilter, GraphFilterError> {
        let mut parts = vec![self.all_of(depth)?];
        while self.takes_word("or") {
            parts.push(self.all_of(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { GraphFilter::Or(parts) })
    }

    fn all_of(&mut self, depth: usize) -> Result<GraphFilter, GraphFilterError> {
        let mut parts = vec![self.condition(depth)?];
        while self.takes_word("and") {
            parts.push(self.condition(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { GraphFilter::And(parts) })
    }

    fn condition(&mut self, depth: usize) -> Result<GraphFilter, GraphFilterError> {
        if depth > NESTING_MAX {
            return Err(GraphFilterError::TooDeep);
        }
        if self.takes('(') {
            let inner = self.alternatives(depth + 1)?;
            self.expects(')', "`)`")?;
            return Ok(inner);
        }
        let word = self.peek_word();
        if word.is_empty() {
            return Err(self.unexpected("a property name"));
        }
        self.advance(word.len());
        match word.to_ascii_lowercase().as_str() {
            "not" => Ok(GraphFilter::Not(Box::new(self.condition(depth + 1)?))),
            "startswith" => self.function(GraphOperator::StartsWith),
            "endswith" => self.function(GraphOperator::EndsWith),
            "contains" | "indexof" | "length" | "tolower" | "toupper" | "concat"
                if self.rest.starts_with('(') =>
            {
                Err(GraphFilterError::Unsupported(word.to_owned()))
            }
            lower => {
                if let Some(path) = lower.strip_suffix("/any") {
                    let property = word.get(..path.len()).unwrap_or_default().to_owned();
                    return self.lambda(property, depth);
                }
                if let Some(path) = lower.strip_suffix("/$count") {
                    let property = word.get(..path.len()).unwrap_or_default().to_owned();
                    let operator = match self.operator()? {
                        GraphOperator::Equal => GraphOperator::CountEqual,
                        GraphOperator::NotEqual => GraphOperator::CountNotEqual,
                        _ => return Err(self.unexpected("`eq` or `ne`")),
                    };
                    let values = vec![self.literal()?];
                    return Ok(GraphFilter::Compare { property, operator, values });
                }
                self.comparison(word.to_owned())
            }
        }
    }

    fn comparison(&mut self, property: String) -> Result<GraphFilter, GraphFilterError> {
        let operator = self.operator()?;
        let values = if operator == GraphOperator::In {
            self.expects('(', "`(`")?;
            let mut values = vec![self.literal()?];
            while self.takes(',') {
                values.push(self.literal()?);
            }
            self.expects(')', "`)`")?;
            values
        } else {
            vec![self.literal()?]
        };
        Ok(GraphFilter::Compare { property, operator, values })
    }

    fn operator(&mut self) -> Result<GraphOperator, GraphFilterError> {
        for (word, operator) in [
            ("eq", GraphOperator::Equal),
            ("ne", GraphOperator::NotEqual),
            ("gt", GraphOperator::Greater),
            ("ge", GraphOperator::GreaterOrEqual),
            ("lt", GraphOperator::Less),
            ("le", GraphOperator::LessOrEqual),
            ("in", GraphOperator::In),
        ] {
            if self.takes_word(word) {
                return Ok(operator);
            }
        }
        Err(self.unexpected("an operator: eq, ne, gt, ge, lt, le or in"))
    }

    /// Parses `(property,'text')`.
    fn function(&mut self, operator: GraphOperator) -> Result<GraphFilter, GraphFilterError> {
        self.expects('(', "`(`")?;
        let property = self.peek_word().to_owned();
        if property.is_empty() {
            return Err(self.unexpected("a property name"));
        }
        self.advance(property.len());
        self.expects(',', "`,`")?;
        let values = vec![self.literal()?];
        self.expects(')', "`)`")?;
        Ok(GraphFilter::Compare { property, operator, values })
    }

    /// Parses `(p:p eq 'text')` behind `/any`; empty parentheses ask for any value at all.
    fn lambda(&mut self, property: String, depth: usize) -> Result<GraphFilter, GraphFilterError> {
        self.expects('(', "`(`")?;
        if self.takes(')') {
            return Ok(GraphFilter::Any { property, variable: String::new(), condition: None });
        }
        let word = self.peek_word();
        let Some((variable, _)) = word.split_once(':') else {
            return Err(self.unexpected("a condition such as p:p eq 'text'"));
        };
        self.advance(variable.len() + 1);
        let condition = self.alternatives(depth + 1)?;
        self.expects(')', "`)`")?;
        if let Some(stranger) = condition.property_outside(variable) {
            return Err(GraphFilterError::Unexpected {
                found: stranger.to_owned(),
                expected: "the name in front of the colon",
            });
        }
        let variable = variable.to_owned();
        Ok(GraphFilter::Any { property, variable, condition: Some(Box::new(condition)) })
    }

    fn literal(&mut self) -> Result<PsValue, GraphFilterError> {
        if self.rest.starts_with('\'') {
            let mut value = String::new();
            let mut chars = self.rest.char_indices().skip(1).peekable();
            while let Some((at, c)) = chars.next() {
                if c != '\'' {
                    value.push(c);
                } else if chars.next_if(|(_, next)| *next == '\'').is_some() {
                    value.push('\'');
                } else {
                    self.advance(at + 1);
                    return Ok(PsValue::Text(value));
                }
            }
            return Err(GraphFilterError::End("a closing quote"));
        }
        let word = self.peek_word();
        let value = match word.to_ascii_lowercase().as_str() {
            "" => return Err(self.unexpected("a value")),
            "null" => PsValue::Null,
            "true" => PsValue::Boolean(true),
            "false" => PsValue::Boolean(false),
            _ if word.parse::<dirsim_model::Guid>().is_ok() => PsValue::from(word),
            _ => match (word.parse(), word.parse()) {
                (Ok(number), _) => PsValue::Integer(number),
                (_, Ok(time)) => PsValue::Time(time),
                _ => return Err(self.unexpected("a value; texts stand in single quotes")),
            },
        };
        self.advance(word.len());
        Ok(value)
    }
}

impl GraphFilter {
    /// Returns whether an object meets the condition; `property` returns the values of a property.
    pub fn matches(&self, property: &dyn Fn(&str) -> Vec<PsValue>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.matches(property)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(property)),
            Self::Not(part) => !part.matches(property),
            Self::Compare { property: name, operator, values } => {
                compare(name, &property(name), *operator, values)
            }
            Self::Any { property: name, variable, condition } => {
                let values = property(name);
                let Some(condition) = condition else { return !values.is_empty() };
                values.iter().any(|value| {
                    condition.matches(&|path| match path.split_once('/') {
                        Some((_, member)) => member_of(value, member),
                        None if path.eq_ignore_ascii_case(variable) => vec![value.clone()],
                        None => Vec::new(),
                    })
                })
            }
        }
    }

    /// Returns a property that is neither the variable of a lambda nor a member of it.
    fn property_outside(&self, variable: &str) -> Option<&str> {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().find_map(|part| part.property_outside(variable))
            }
            Self::Not(part) => part.property_outside(variable),
            Self::Compare { property, .. } | Self::Any { property, .. } => {
                let first = property.split('/').next().unwrap_or(property);
                (!first.eq_ignore_ascii_case(variable)).then_some(property)
            }
        }
    }

    /// Returns what in the filter Graph answers to advanced queries only (`interfaces.md` 6.2).
    pub fn advanced(&self) -> Option<&'static str> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().find_map(Self::advanced),
            Self::Not(_) => Some("not"),
            Self::Compare { operator: GraphOperator::NotEqual, .. } => Some("ne"),
            Self::Compare { operator: GraphOperator::EndsWith, .. } => Some("endsWith"),
            Self::Compare {
                operator: GraphOperator::CountEqual | GraphOperator::CountNotEqual,
                ..
            } => Some("$count"),
            Self::Compare { .. } => None,
            Self::Any { condition, .. } => condition.as_ref().and_then(|inner| inner.advanced()),
        }
    }

    /// Returns the properties that the filter names.
    pub fn properties(&self) -> Vec<&str> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::properties).collect(),
            Self::Not(part) => part.properties(),
            Self::Compare { property, .. } | Self::Any { property, .. } => vec![property],
        }
    }

    /// Returns the property and text of a condition that every object has to meet.
    pub fn required_equal(&self) -> Option<(&str, &str)> {
        match self {
            Self::Compare { property, operator: GraphOperator::Equal, values } => {
                match values.as_slice() {
                    [PsValue::Text(text)] => Some((property, text)),
                    _ => None,
                }
            }
            Self::And(parts) => parts.iter().find_map(Self::required_equal),
            Self::Any { property, variable, condition: Some(condition) } => {
                let (name, text) = condition.required_equal()?;
                name.eq_ignore_ascii_case(variable).then_some((property, text))
            }
            _ => None,
        }
    }
}

/// Returns the values of a member of an object.
fn member_of(value: &PsValue, member: &str) -> Vec<PsValue> {
    let found = match value {
        PsValue::Object(object) => object.get(member),
        PsValue::Table(pairs) => {
            pairs.iter().find(|(name, _)| name.eq_ignore_ascii_case(member)).map(|(_, value)| value)
        }
        _ => None,
    };
    found.map_or_else(Vec::new, |value| value.each().into_iter().cloned().collect())
}

fn compare(name: &str, values: &[PsValue], operator: GraphOperator, wanted: &[PsValue]) -> bool {
    // An immutable id is base64, which differs by case (ET-005).
    let exact = name.eq_ignore_ascii_case("onPremisesImmutableId");
    let same = |value: &PsValue, wanted: &PsValue| match (value, wanted) {
        (PsValue::Boolean(a), PsValue::Boolean(b)) => a == b,
        (PsValue::Time(a), PsValue::Time(b)) => a == b,
        _ if exact => value.to_text() == wanted.to_text(),
        _ => folds_to(&value.to_text(), &wanted.to_text()),
    };
    let equal = |wanted: &PsValue| match wanted {
        PsValue::Null => values.is_empty(),
        _ => values.iter().any(|value| same(value, wanted)),
    };
    let number = |value: &PsValue| match value {
        PsValue::Integer(number) => Some(*number),
        PsValue::Time(time) => Some(time.0),
        _ => None,
    };
    let Some(first) = wanted.first() else { return false };
    let text = first.to_text().to_lowercase();
    match operator {
        GraphOperator::Equal => equal(first),
        GraphOperator::NotEqual => !equal(first),
        GraphOperator::In => wanted.iter().any(equal),
        GraphOperator::StartsWith => {
            values.iter().any(|value| value.to_text().to_lowercase().starts_with(&text))
        }
        GraphOperator::EndsWith => {
            values.iter().any(|value| value.to_text().to_lowercase().ends_with(&text))
        }
        GraphOperator::CountEqual | GraphOperator::CountNotEqual => {
            let count = i64::try_from(values.len()).ok();
            (count == number(first)) == (operator == GraphOperator::CountEqual)
        }
        GraphOperator::Greater
        | GraphOperator::GreaterOrEqual
        | GraphOperator::Less
        | GraphOperator::LessOrEqual => values.iter().any(|value| {
            let order = match (number(value), number(first)) {
                (Some(a), Some(b)) => a.cmp(&b),
                _ => value.to_text().to_lowercase().cmp(&text),
            };
            match operator {
                GraphOperator::Greater => order.is_gt(),
                GraphOperator::GreaterOrEqual => order.is_ge(),
                GraphOperator::Less => order.is_lt(),
                _ => order.is_le(),
            }
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_read_as_graph_reads_them() {
        let ann = |name: &str| match name.to_lowercase().as_str() {
            "userprincipalname" => vec!["ann@contoso.com".into()],
            "proxyaddresses" => vec!["SMTP:ann@contoso.com".into()],
            "onpremisesimmutableid" => vec!["AbC=".into()],
            "displayname" => vec!["Ann O'Brien".into()],
            "assignedlicenses" => {
                let license = crate::value::Object::new("License");
                vec![license.with("SkuId", "05e9a617-0261-4cee-bb44-138d3ef5d965").into()]
            }
            _ => Vec::<PsValue>::new(),
        };
        for (filter, expected) in [
            ("userPrincipalName eq 'Ann@contoso.com'", true),
            ("startsWith(displayName,'ann o''b') and onPremisesSyncEnabled eq null", true),
            ("proxyAddresses/any(p:p eq 'smtp:ann@contoso.com')", true),
            ("proxyAddresses/any(c: startswith(c, 'smtp:b'))", false),
            ("onPremisesImmutableId eq 'ABC='", false),
            ("not (onPremisesImmutableId eq 'AbC=') or displayName ne null", true),
            ("onPremisesProvisioningErrors/$count eq 0", true),
            ("userPrincipalName in ('x', 'ann@contoso.com')", true),
            ("onPremisesSyncEnabled eq false", false),
            ("proxyAddresses/any()", true),
            ("otherMails/any()", false),
            ("assignedLicenses/any(l:l/skuId eq 05e9a617-0261-4cee-bb44-138d3ef5d965)", true),
            ("assignedLicenses/any(l:l/skuId eq 05e9a617-0261-4cee-bb44-138d3ef5d966)", false),
            ("proxyAddresses/any(p:startsWith(p,'smtp:x') or endsWith(p,'@contoso.com'))", true),
            ("displayName gt 'Ann' and displayName lt 'Ben'", true),
        ] {
            assert_eq!(parse(filter).unwrap().matches(&ann), expected, "{filter}");
        }
        assert_eq!(
            parse("displayName eq Ann").unwrap_err().to_string(),
            "the filter has `Ann` where a value; texts stand in single quotes is expected"
        );
        assert_eq!(
            parse("contains(displayName,'x')").unwrap_err().to_string(),
            "the function `contains` is not supported; use startsWith, endsWith, eq, in or -Search"
        );
        assert!(parse("proxyAddresses/any(p:mail eq 'x')").is_err());
        assert_eq!(parse("mail ne null").unwrap().advanced(), Some("ne"));
        assert_eq!(parse("mail eq 'x' and otherMails/any()").unwrap().advanced(), None);
        assert!(parse(&"(".repeat(100_000)).is_err());
        assert!(parse(&"a/any(x:".repeat(100_000)).is_err());
        assert!(parse(&"not ".repeat(100_000)).is_err());
    }
}
