//! What an expression may learn from outside.

use std::borrow::Cow;

use dirsim_model::{AttributeId, Schema, Side, Timestamp, Values};

/// What an expression reads while it is evaluated.
pub trait Environment {
    /// Returns the values of an attribute in the view that flows read (SE-032); none when absent.
    ///
    /// Instants are read as the text of generalized time (EX-016); references stay opaque.
    fn attribute(&self, attribute: AttributeId) -> Values<'_>;

    /// Returns the values of an attribute in the confirmed image, for `ImportedValue` (SE-029).
    fn imported(&self, attribute: AttributeId) -> Values<'_>;

    /// Returns the value of the parameter `%name%` (SR-010); names compare without case.
    fn parameter(&self, name: &str) -> Option<Cow<'_, str>>;

    /// Returns the simulated time, the same for the whole evaluation (EX-048).
    fn now(&self) -> Timestamp;

    /// Returns the next random number of the step (EX-048).
    fn random(&self) -> u64;

    /// Returns the DN of a referenced object, for functions that read the text of a reference.
    ///
    /// `None` keeps references opaque: reading their text is then a `type-mismatch`.
    fn reference_dn(&self, reference: u64) -> Option<Cow<'_, str>> {
        let _ = reference;
        None
    }
}

/// What is known when a rule is loaded.
#[derive(Clone, Copy)]
pub struct CompileContext<'a> {
    /// The names of attributes.
    pub schema: &'a Schema,
    /// The side whose attributes the expression reads: the rule's source.
    pub side: Side,
    /// Tells whether a parameter `%name%` exists for the rule (SR-010).
    pub parameters: &'a dyn Fn(&str) -> bool,
}
