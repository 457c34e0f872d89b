//! Statements as commands with parameters.

use super::lex::{Kind, Statement, Token};

/// A value of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Text in single quotes, or in double quotes without anything to put in its place.
    Text(String),
    /// A word or number without quotes.
    Word(String),
    /// `$true` or `$false`.
    Boolean(bool),
    /// `$name` or `$name[0]`.
    Reference(String),
    /// Something that the shell would work out: shown as it is written.
    Computed(String),
}

/// A parameter with its values; a switch has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) values: Vec<Value>,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) name: String,
    pub(super) parameters: Vec<Parameter>,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) lost_backtick: Option<u32>,
}

/// What is wrong with a statement, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Misread {
    pub(super) text: String,
    pub(super) help: String,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// Reads a statement that begins with a command.
pub(super) fn command(statement: &Statement) -> Result<Command, Misread> {
    let mut tokens = statement.tokens.iter();
    let Some(Token { kind: Kind::Word(name), line, column }) = tokens.next() else {
        let at = statement.tokens.first();
        return Err(misread(at, "this is no command", "begin the statement with a command"));
    };
    let mut command = Command {
        name: name.clone(),
        parameters: Vec::new(),
        line: *line,
        column: *column,
        lost_backtick: statement.lost_backtick,
    };
    let mut depth = 0_u32;
    let mut comma = true;
    for token in tokens {
        match &token.kind {
            Kind::Parameter(name) if depth == 0 => {
                command.parameters.push(Parameter {
                    name: name.trim_end_matches(':').to_owned(),
                    values: Vec::new(),
                    line: token.line,
                    column: token.column,
                });
                comma = true;
                continue;
            }
            Kind::Open => {
                depth += 1;
                comma = true;
                continue;
            }
            Kind::Close if depth > 0 => {
                depth -= 1;
                comma = false;
                continue;
            }
            Kind::Comma => {
                comma = true;
                continue;
            }
            _ => {}
        }
        let Some(parameter) = command.parameters.last_mut() else {
            let help = "write every value behind the name of its parameter";
            return Err(misread(Some(token), "a value without a parameter", help));
        };
        if !comma {
            let text = format!("`-{}` has values without a comma between them", parameter.name);
            return Err(misread(Some(token), &text, "is a quote or a comma missing?"));
        }
        comma = false;
        parameter.values.push(match &token.kind {
            Kind::Text(text) => Value::Text(text.clone()),
            Kind::Interpolated(text) if !text.contains(['$', '`']) => Value::Text(text.clone()),
            Kind::Interpolated(text) => Value::Computed(format!("\"{text}\"")),
            Kind::Word(word) => Value::Word(word.clone()),
            Kind::Variable(name, None) if name.eq_ignore_ascii_case("true") => Value::Boolean(true),
            Kind::Variable(name, None) if name.eq_ignore_ascii_case("false") => {
                Value::Boolean(false)
            }
            Kind::Variable(name, index) if index.as_deref().is_none_or(|at| at == "0") => {
                Value::Reference(name.clone())
            }
            Kind::Variable(name, index) => {
                let text = format!("only the first element of `${name}` holds anything");
                let index = index.as_deref().unwrap_or_default();
                let help = format!("write ${name}[0], not [{index}]");
                return Err(misread(Some(token), &text, &help));
            }
            Kind::Parameter(name) => Value::Computed(format!("-{name}")),
            Kind::Other(c) => Value::Computed(c.to_string()),
            Kind::Open | Kind::Close | Kind::Comma => continue,
        });
    }
    if depth > 0 {
        let at = statement.tokens.last();
        return Err(misread(at, "a bracket is not closed", "add a `)` behind the list"));
    }
    Ok(command)
}

fn misread(at: Option<&Token>, text: &str, help: &str) -> Misread {
    let (line, column) = at.map_or((0, 0), |token| (token.line, token.column));
    Misread { text: text.to_owned(), help: help.to_owned(), line, column }
}

impl Command {
    /// Returns a parameter by name, without case.
    pub(super) fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name.eq_ignore_ascii_case(name))
    }

    /// Refuses parameters that the command does not have, and those that are given twice.
    pub(super) fn check(&self, known: &[&str]) -> Result<(), Misread> {
        for (at, parameter) in self.parameters.iter().enumerate() {
            if !known.iter().any(|name| name.eq_ignore_ascii_case(&parameter.name)) {
                let help = dirsim_model::nearest(&parameter.name, known.iter().copied())
                    .map_or_else(
                        || format!("it has -{}", known.join(", -")),
                        |near| format!("did you mean -{near}?"),
                    );
                let text = format!("`{}` has no parameter `-{}`", self.name, parameter.name);
                return Err(parameter.misread(text, help));
            }
            let before = self.parameters.get(..at).unwrap_or_default();
            if before.iter().any(|other| other.name.eq_ignore_ascii_case(&parameter.name)) {
                return Err(parameter.misread(format!("`-{}` stands twice", parameter.name), ""));
            }
        }
        Ok(())
    }

    /// Returns the text of a parameter; `None` when it is missing.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Misread> {
        let Some(parameter) = self.parameter(name) else { return Ok(None) };
        match &*parameter.values {
            [Value::Text(text)] => Ok(Some(text.clone())),
            [] => Err(parameter.misread(format!("`-{name}` has no value"), "")),
            [other] => Err(parameter.not_a_value(other)),
            _ => Err(parameter.misread(format!("`-{name}` takes one value"), "")),
        }
    }

    /// Returns the text of a parameter that must be there.
    pub(super) fn needed(&self, name: &str) -> Result<String, Misread> {
        self.text(name)?.ok_or_else(|| self.misread(format!("`-{name}` is missing"), ""))
    }

    /// Returns the whole number of a parameter.
    pub(super) fn number(&self, name: &str) -> Result<Option<u32>, Misread> {
        let Some(parameter) = self.parameter(name) else { return Ok(None) };
        let text = match &*parameter.values {
            [Value::Word(text)] => text,
            [other @ (Value::Reference(_) | Value::Computed(_))] => {
                return Err(parameter.not_a_value(other));
            }
            _ => "",
        };
        let number = text.parse().ok();
        let wrong = || parameter.misread(format!("`-{name}` takes a whole number"), "");
        number.map(Some).ok_or_else(wrong)
    }

    /// Returns whether a switch is set.
    pub(super) fn switch(&self, name: &str) -> Result<bool, Misread> {
        let Some(parameter) = self.parameter(name) else { return Ok(false) };
        match &*parameter.values {
            [] => Ok(true),
            [Value::Boolean(on)] => Ok(*on),
            _ => Err(parameter.misread(format!("`-{name}` is a switch"), "it takes no value")),
        }
    }

    /// Returns the texts of a list; `None` when the parameter is missing.
    pub(super) fn list(&self, name: &str) -> Result<Option<Vec<String>>, Misread> {
        let Some(parameter) = self.parameter(name) else { return Ok(None) };
        let text = |value: &Value| match value {
            Value::Text(text) => Ok(text.clone()),
            other => Err(parameter.not_a_value(other)),
        };
        parameter.values.iter().map(text).collect::<Result<_, _>>().map(Some)
    }

    /// Returns the names of the variables of a parameter, in lower case.
    pub(super) fn references(&self, name: &str) -> Result<Vec<String>, Misread> {
        let Some(parameter) = self.parameter(name) else {
            return Err(self.misread(format!("`-{name}` is missing"), ""));
        };
        let reference =
            |value: &Value| match value {
                Value::Reference(name) => Ok(name.to_lowercase()),
                _ => Err(parameter
                    .misread(format!("`-{name}` takes variables such as $condition0[0]"), "")),
            };
        parameter.values.iter().map(reference).collect()
    }

    /// Returns the name of the variable that the statement sets, in lower case.
    pub(super) fn out_variable(&self) -> Result<Option<String>, Misread> {
        let Some(parameter) = self.parameter("OutVariable") else { return Ok(None) };
        match &*parameter.values {
            [Value::Word(name) | Value::Text(name)] => Ok(Some(name.to_lowercase())),
            _ => Err(parameter.misread("`-OutVariable` takes the name of a variable".into(), "")),
        }
    }

    /// Says what is wrong with the command.
    pub(super) fn misread(&self, text: String, help: impl Into<String>) -> Misread {
        Misread { text, help: help.into(), line: self.line, column: self.column }
    }
}

impl Parameter {
    /// Says what is wrong with the parameter.
    pub(super) fn misread(&self, text: String, help: impl Into<String>) -> Misread {
        Misread { text, help: help.into(), line: self.line, column: self.column }
    }

    fn not_a_value(&self, value: &Value) -> Misread {
        let (name, shown) = (&self.name, value);
        match shown {
            Value::Reference(variable) => self.misread(
                format!("`-{name}` takes its value from `${variable}`"),
                format!("fill in the value of -{name}: dirsim runs no script"),
            ),
            Value::Computed(text) => self.misread(
                format!("`-{name}` is worked out by the shell from `{text}`"),
                format!("fill in the value of -{name}: dirsim runs no script"),
            ),
            Value::Word(word) => self.misread(
                format!("`-{name}` is `{word}` without quotes"),
                "write it in single quotes",
            ),
            Value::Boolean(_) | Value::Text(_) => {
                self.misread(format!("`-{name}` takes a text"), "")
            }
        }
    }
}
