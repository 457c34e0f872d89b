//! What a function sees of its call.

use std::borrow::Cow;
use std::cell::Cell;

use crate::environment::Environment;
use crate::error::Code;
use crate::tree::OptionWord;
use crate::value::{Item, Val};

/// Most work that one evaluation may do, in bytes written and elements visited. The largest group
/// of a population stays far below; nested loops that would run for hours do not.
const BUDGET: usize = 64 << 20;
/// What a visit of an element or of a sub-expression counts, in bytes: it takes as long as to copy
/// more than so many, and an element is larger.
pub(crate) const VISIT: usize = 8;

/// What every function may use.
pub(crate) struct Context<'a> {
    pub(crate) env: &'a dyn Environment,
    left: Cell<usize>,
}

/// Why a function gives no result; the evaluator adds the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    pub(crate) message: String,
    /// The values that the function saw, when it is not the evaluator that knows them.
    pub(crate) arguments: Vec<String>,
}

/// The arguments of a function that is applied element by element; NULL is `None`.
pub(crate) struct Args<'s, 'a> {
    pub(crate) items: &'s [Option<Item<'a>>],
    pub(crate) context: &'s Context<'a>,
}

/// The arguments of a function that takes lists as one value.
pub(crate) struct WholeArgs<'s, 'a> {
    pub(crate) values: &'s [Val<'a>],
    pub(crate) context: &'s Context<'a>,
}

impl<'a> Context<'a> {
    /// Starts an evaluation.
    pub(crate) const fn new(env: &'a dyn Environment) -> Self {
        Self { env, left: Cell::new(BUDGET) }
    }

    /// Counts work, and ends an evaluation that does too much of it.
    #[inline]
    pub(crate) fn spend(&self, units: usize) -> Result<(), Fault> {
        let Some(left) = self.left.get().checked_sub(units) else { return Err(exhausted()) };
        self.left.set(left);
        Ok(())
    }
}

#[cold]
fn exhausted() -> Fault {
    Fault::new(
        Code::Overflow,
        format!("the expression does more work than {BUDGET} bytes of values take"),
    )
}

impl Fault {
    /// Builds a fault.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), arguments: Vec::new() }
    }

    /// A value whose content cannot be used.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidValue, message)
    }

    /// A number outside the allowed range.
    pub(crate) fn range(message: impl Into<String>) -> Self {
        Self::new(Code::ArgumentOutOfRange, message)
    }

    /// A value of the wrong type in the argument number `at`, counted from 0.
    pub(crate) fn mismatch(at: usize, wanted: &str, found: &str) -> Self {
        let place = ["first", "second", "third", "fourth"].get(at).unwrap_or(&"next");
        Self::new(Code::TypeMismatch, format!("the {place} argument is {found}, not {wanted}"))
    }

    /// Adds the values that were seen.
    #[must_use]
    pub(crate) fn about(mut self, arguments: impl IntoIterator<Item = String>) -> Self {
        self.arguments = arguments.into_iter().collect();
        self
    }
}

impl<'s, 'a> Args<'s, 'a> {
    /// Returns an argument; `None` for NULL and for one that was left out.
    pub(crate) fn item(&self, at: usize) -> Option<&'s Item<'a>> {
        self.items.get(at).and_then(Option::as_ref)
    }

    /// Returns whether an optional argument was written.
    pub(crate) const fn has(&self, at: usize) -> bool {
        at < self.items.len()
    }

    /// Reads text; `None` for NULL.
    pub(crate) fn text(&self, at: usize) -> Result<Option<&'s Cow<'a, str>>, Fault> {
        match self.item(at) {
            None => Ok(None),
            Some(Item::Text(text)) => Ok(Some(text)),
            Some(other) => Err(Fault::mismatch(at, "text", other.type_name())),
        }
    }

    /// Reads a number; `None` for NULL.
    pub(crate) fn number(&self, at: usize) -> Result<Option<i64>, Fault> {
        match self.item(at) {
            None => Ok(None),
            Some(Item::Number(number)) => Ok(Some(*number)),
            Some(other) => Err(Fault::mismatch(at, "a number", other.type_name())),
        }
    }

    /// Reads bytes; `None` for NULL.
    pub(crate) fn binary(&self, at: usize) -> Result<Option<&'s Cow<'a, [u8]>>, Fault> {
        match self.item(at) {
            None => Ok(None),
            Some(Item::Binary(bytes)) => Ok(Some(bytes)),
            Some(other) => Err(Fault::mismatch(at, "binary", other.type_name())),
        }
    }

    /// Reads text that must be there.
    pub(crate) fn required_text(&self, at: usize) -> Result<&'s Cow<'a, str>, Fault> {
        self.text(at)?.ok_or_else(|| Fault::mismatch(at, "text", "NULL"))
    }

    /// Reads a number that must be there.
    pub(crate) fn required_number(&self, at: usize) -> Result<i64, Fault> {
        self.number(at)?.ok_or_else(|| Fault::mismatch(at, "a number", "NULL"))
    }

    /// Reads an option; `None` when it was left out.
    pub(crate) fn option(&self, at: usize) -> Result<Option<OptionWord>, Fault> {
        match self.item(at) {
            Some(Item::Option(option)) => Ok(Some(*option)),
            Some(other) => Err(Fault::mismatch(at, "an option", other.type_name())),
            None if self.has(at) => Err(Fault::mismatch(at, "an option", "NULL")),
            None => Ok(None),
        }
    }

    /// Reads a reference as its DN; `None` for NULL. Objects that the environment keeps opaque are a
    /// `type-mismatch`.
    pub(crate) fn dn(&self, at: usize) -> Result<Option<Cow<'a, str>>, Fault> {
        let Some(item) = self.item(at) else { return Ok(None) };
        let text = item.reference_text(self.context.env);
        text.map(Some).ok_or_else(|| {
            let opaque = matches!(item, Item::Reference(_));
            let found = if opaque { "a reference without a known DN" } else { item.type_name() };
            Fault::mismatch(at, "a reference", found)
        })
    }
}

impl<'s, 'a> WholeArgs<'s, 'a> {
    /// Returns an argument; NULL when it was left out.
    pub(crate) fn value(&self, at: usize) -> &'s Val<'a> {
        self.values.get(at).unwrap_or(&Val::Null)
    }

    /// Returns a list or NULL; a single value is a `type-mismatch` (EX-032).
    pub(crate) fn list(&self, at: usize) -> Result<&'s Val<'a>, Fault> {
        match self.value(at) {
            Val::Single(item) => {
                let found = format!("{} as a single value", item.type_name());
                Err(Fault::mismatch(at, "a list", &found))
            }
            value => Ok(value),
        }
    }

    /// Returns a single value or NULL; a list is a `type-mismatch`.
    pub(crate) fn item(&self, at: usize) -> Result<Option<&'s Item<'a>>, Fault> {
        match self.value(at) {
            Val::Single(item) => Ok(Some(item)),
            Val::Many(_) | Val::List(_) => Err(Fault::mismatch(at, "a single value", "a list")),
            Val::Null | Val::Flow(_) => Ok(None),
        }
    }

    /// Reads text; `None` for NULL.
    pub(crate) fn text(&self, at: usize) -> Result<Option<&'s Cow<'a, str>>, Fault> {
        match self.item(at)? {
            None => Ok(None),
            Some(Item::Text(text)) => Ok(Some(text)),
            Some(other) => Err(Fault::mismatch(at, "text", other.type_name())),
        }
    }

    /// Reads a number that must be there.
    pub(crate) fn required_number(&self, at: usize) -> Result<i64, Fault> {
        match self.item(at)? {
            Some(Item::Number(number)) => Ok(*number),
            other => Err(Fault::mismatch(at, "a number", other.map_or("NULL", Item::type_name))),
        }
    }

    /// Reads an option; `None` when it was left out.
    pub(crate) fn option(&self, at: usize) -> Result<Option<OptionWord>, Fault> {
        match self.item(at)? {
            Some(Item::Option(option)) => Ok(Some(*option)),
            Some(other) => Err(Fault::mismatch(at, "an option", other.type_name())),
            None if at < self.values.len() => Err(Fault::mismatch(at, "an option", "NULL")),
            None => Ok(None),
        }
    }
}
