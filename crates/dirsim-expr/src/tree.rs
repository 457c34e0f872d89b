//! The resolved syntax tree, and its text.
//!
//! Operators of one level in a row are one chain, not a tower of pairs, so the depth of the tree is
//! the nesting that the author wrote, which the parser limits.

use std::fmt;

use dirsim_model::AttributeId;

use crate::error::Span;
use crate::functions::Function;
use crate::operators::{Level, Operator};
use crate::value::Flow;

/// A sub-expression with its place in the text. Trees are equal when they print the same.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) at: Span,
}

/// What a sub-expression is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// A string.
    Text(Box<str>),
    /// A number.
    Number(i64),
    /// True or false.
    Boolean(bool),
    /// No value.
    Null,
    /// A flow literal (SR-089).
    Flow(Flow),
    /// An option of a function.
    Option(OptionWord),
    /// `[name]`; without a number when the schema does not know the name (EX-011).
    Attribute(Name),
    /// `"name"` where a function wants the name of an attribute instead of its values.
    AttributeName(Name),
    /// `%name%`
    Parameter(Box<str>),
    /// `$name`, with its place among the bindings around it.
    Variable { name: Box<str>, slot: usize },
    /// `-operand`
    Negate(Box<Node>),
    /// Operands of one level, evaluated from the left.
    Chain { level: Level, first: Box<Node>, rest: Vec<(Operator, Node)> },
    /// A function call.
    Call(Function, Box<[Node]>),
    /// Stands where something was reported; never evaluated.
    Invalid,
}

/// The name of an attribute as the schema spells it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Name {
    pub(crate) spelling: Box<str>,
    pub(crate) id: Option<AttributeId>,
    /// Whether the schema allows several values: such an attribute is a list even when it holds one
    /// (EX-016).
    pub(crate) multi_valued: bool,
}

/// Options of functions (EX-004).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OptionWord {
    CaseSensitive,
    CaseInsensitive,
    TextCompare,
    BinaryCompare,
    Unicode,
    Ascii,
    Utf8,
    Dc,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(self, Level::Logical, f)
    }
}

/// Writes `node`, in parentheses when it binds weaker than `least`.
fn print(node: &Node, least: Level, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match &node.kind {
        Kind::Text(text) if &**text == "\r\n" => f.write_str("CRLF"),
        Kind::Text(text) => {
            write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\"\""))
        }
        // A negative literal can only come from hexadecimal digits; a sign would be an operator.
        Kind::Number(number) if *number < 0 => write!(f, "&H{number:X}"),
        Kind::Number(number) => write!(f, "{number}"),
        Kind::Boolean(true) => f.write_str("True"),
        Kind::Boolean(false) => f.write_str("False"),
        Kind::Null => f.write_str("NULL"),
        Kind::Flow(flow) => f.write_str(flow.as_str()),
        Kind::Option(option) => f.write_str(option.as_str()),
        Kind::Attribute(name) => write!(f, "[{}]", name.spelling),
        Kind::AttributeName(name) => write!(f, "\"{}\"", name.spelling),
        Kind::Parameter(name) => write!(f, "%{name}%"),
        Kind::Variable { name, .. } => write!(f, "${name}"),
        Kind::Negate(operand) => {
            f.write_str("-")?;
            print(operand, Level::Sign, f)
        }
        Kind::Chain { level, first, rest } => {
            let parentheses = *level < least;
            if parentheses {
                f.write_str("(")?;
            }
            print(first, level.tighter(), f)?;
            for (operator, operand) in rest {
                write!(f, " {} ", operator.as_str())?;
                print(operand, level.tighter(), f)?;
            }
            if parentheses {
                f.write_str(")")?;
            }
            Ok(())
        }
        Kind::Call(function, arguments) => {
            write!(f, "{}(", function.name())?;
            for (at, argument) in arguments.iter().enumerate() {
                if at > 0 {
                    f.write_str(", ")?;
                }
                print(argument, Level::Logical, f)?;
            }
            f.write_str(")")
        }
        Kind::Invalid => f.write_str("?"),
    }
}
