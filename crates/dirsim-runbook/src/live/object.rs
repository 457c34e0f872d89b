//! Objects with properties.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use super::Live;
use crate::interpret::UserType;
use crate::value::Object;

/// An object: its type and its properties in order.
#[derive(Debug)]
pub struct LiveObject {
    /// The .NET type.
    pub(crate) type_name: Cow<'static, str>,
    properties: RefCell<Vec<(Rc<str>, Live)>>,
    /// The class or enumeration of a script that it is of.
    pub(crate) user: Option<Rc<UserType>>,
    /// The text of an XML element or document.
    pub(crate) source: Option<Rc<str>>,
    /// Script methods and script properties that `Add-Member` gave it.
    pub(crate) members: RefCell<Vec<(Rc<str>, Member)>>,
}

/// A member that is carried out.
#[derive(Debug, Clone)]
pub(crate) enum Member {
    /// Called with arguments.
    Method(Live),
    /// Computed when it is read.
    Property(Live),
}

/// The type of `[pscustomobject]`.
pub(crate) const CUSTOM: &str = "System.Management.Automation.PSCustomObject";

impl LiveObject {
    /// Starts an object without properties.
    pub fn new(type_name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            type_name: type_name.into(),
            properties: RefCell::default(),
            user: None,
            source: None,
            members: RefCell::default(),
        }
    }

    /// Starts a `[pscustomobject]`.
    pub fn custom() -> Self {
        Self::new(CUSTOM)
    }

    /// Makes it one of a type of the script.
    #[must_use]
    pub(crate) fn of_user(mut self, user: &Rc<UserType>) -> Self {
        self.user = Some(Rc::clone(user));
        self
    }

    /// Returns whether it is a word of an enumeration of the script.
    pub(crate) fn is_word(&self) -> bool {
        self.user.as_ref().is_some_and(|user| !user.words().is_empty())
    }

    /// Adds a property.
    #[must_use]
    pub fn with(self, name: &str, value: impl Into<Live>) -> Self {
        self.properties.borrow_mut().push((name.into(), value.into()));
        self
    }

    /// Returns whether the object is of a type.
    pub fn is(&self, type_name: &str) -> bool {
        self.type_name.eq_ignore_ascii_case(type_name)
    }

    /// Returns a property, its name compared without case.
    pub fn get(&self, name: &str) -> Option<Live> {
        self.properties
            .borrow()
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.clone())
    }

    /// Sets a property; `false` when the object has none of this name.
    pub fn set(&self, name: &str, value: Live) -> bool {
        let mut properties = self.properties.borrow_mut();
        match properties.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, old)) => {
                *old = value;
                true
            }
            None => false,
        }
    }

    /// Adds a property, or sets it.
    pub fn put(&self, name: &str, value: Live) {
        if !self.set(name, value.clone()) {
            self.properties.borrow_mut().push((name.into(), value));
        }
    }

    /// Removes a property.
    pub(crate) fn remove(&self, name: &str) {
        self.properties.borrow_mut().retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }

    /// Returns the properties in order.
    pub fn properties(&self) -> Vec<(Rc<str>, Live)> {
        self.properties.borrow().clone()
    }

    /// Returns a copy with the same values.
    pub(crate) fn copy(&self) -> Self {
        let mut copy = Self::new(self.type_name.clone());
        copy.user.clone_from(&self.user);
        copy.source.clone_from(&self.source);
        *copy.properties.borrow_mut() = self.properties();
        copy.members.borrow_mut().clone_from(&self.members.borrow());
        copy
    }

    pub(super) fn from_plain(object: Object) -> Self {
        let live = Self::new(object.type_name);
        *live.properties.borrow_mut() = object
            .properties
            .into_iter()
            .map(|(name, value)| (name.into(), Live::from(value)))
            .collect();
        live
    }

    pub(super) fn plain(&self, depth: usize) -> Object {
        let properties = self
            .properties
            .borrow()
            .iter()
            .map(|(name, value)| (name.to_string(), value.plain(depth)))
            .collect();
        Object { type_name: static_name(&self.type_name), properties }
    }
}

/// Returns the name of a type as cmdlets know it; types that scripts make are custom objects to them.
#[expect(clippy::ptr_arg, reason = "only a borrowed name outlives the object")]
fn static_name(name: &Cow<'static, str>) -> &'static str {
    match name {
        Cow::Borrowed(name) => name,
        Cow::Owned(_) => CUSTOM,
    }
}
