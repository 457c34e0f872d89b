//! Types that a script defines: words of enumerations, objects of classes, their methods.

use std::rc::Rc;

use super::Argument;
use crate::ast::{
    Block, Method, Property, Statement, StatementKind, TypeDefinition, TypeKind, TypeName,
};
use crate::live::{Live, LiveObject, Table};
use crate::operators::cast;
use crate::operators::number::{self, Number};
use crate::session::Session;
use crate::state::State;
use crate::stop::{Run, Stop};

/// A type that a script defined, and what it derives from.
#[derive(Debug)]
pub(crate) struct UserType {
    pub(crate) definition: Rc<TypeDefinition>,
    base: Option<Rc<UserType>>,
    /// The values of static properties.
    statics: LiveObject,
}

impl UserType {
    /// Returns the type and those it derives from, itself first.
    pub(crate) fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |user| user.base.as_deref())
    }

    /// Returns the words of an enumeration; none of a class.
    pub(crate) fn words(&self) -> &[(Rc<str>, i64)] {
        match &self.definition.kind {
            TypeKind::Enumeration(words) => words,
            TypeKind::Class { .. } => &[],
        }
    }

    fn properties(&self) -> &[Property] {
        match &self.definition.kind {
            TypeKind::Enumeration(_) => &[],
            TypeKind::Class { properties, .. } => properties,
        }
    }

    fn methods(&self) -> &[Method] {
        match &self.definition.kind {
            TypeKind::Enumeration(_) => &[],
            TypeKind::Class { methods, .. } => methods,
        }
    }

    /// Returns the type of a property.
    pub(super) fn type_of(&self, property: &str) -> Option<&TypeName> {
        self.chain()
            .flat_map(Self::properties)
            .find(|known| known.name.eq_ignore_ascii_case(property))
            .and_then(|known| known.type_name.as_ref())
    }

    /// Returns the method of a name that takes so many arguments.
    fn method(&self, name: &str, of_type: bool, arguments: usize) -> Option<&Method> {
        let fits = |method: &&Method| {
            let taken = method.block.parameters.as_deref().map_or(0, <[_]>::len);
            !method.constructor
                && method.of_type == of_type
                && taken == arguments
                && method.name.eq_ignore_ascii_case(name)
        };
        self.chain().flat_map(Self::methods).find(fits)
    }
}

/// Makes the word of an enumeration.
fn word(user: &Rc<UserType>, name: &Rc<str>, number: i64) -> Live {
    let object = LiveObject::new(user.definition.name.to_string())
        .with("Text", Live::Text(Rc::clone(name)))
        .with("value__", Live::whole(number));
    Live::Object(Rc::new(object.of_user(user)))
}

/// Returns a word of an enumeration, or a static property of a class.
pub(crate) fn user_static(user: &Rc<UserType>, member: &str) -> Run<Live> {
    let found = user.words().iter().find(|(name, _)| name.eq_ignore_ascii_case(member));
    if let Some((name, number)) = found {
        return Ok(word(user, name, *number));
    }
    user.chain().find_map(|class| class.statics.get(member)).ok_or_else(|| {
        let name = &user.definition.name;
        Stop::runtime(
            "PropertyNotFound",
            format!("The property '{member}' cannot be found on [{name}]."),
        )
    })
}

impl State {
    /// Converts a value to a type, one of .NET or one that the script defined.
    pub(crate) fn cast(&self, name: &TypeName, value: &Live) -> Run<Live> {
        let Some(user) = self.types.get(&name.name.to_lowercase()) else {
            return cast::cast(name, value);
        };
        if name.array {
            let items = value.clone().into_arguments();
            let items = items.iter().map(|item| to_user(user, item));
            return Ok(Live::array(items.collect::<Run<Vec<_>>>()?));
        }
        to_user(user, value)
    }
}

/// Converts a value to a type that the script defined.
fn to_user(user: &Rc<UserType>, value: &Live) -> Run<Live> {
    let full = &user.definition.name;
    if let Live::Object(object) = value
        && let Some(own) = &object.user
        && own.chain().any(|own| own.definition.name.eq_ignore_ascii_case(full))
    {
        return Ok(value.clone());
    }
    let is_class = matches!(user.definition.kind, TypeKind::Class { .. });
    if is_class && value.is_null() {
        return Ok(Live::Null);
    }
    let found = match value {
        Live::Text(text) => {
            user.words().iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim()))
        }
        other => {
            let wanted = number::number(other).and_then(Number::rounded);
            user.words().iter().find(|(_, number)| Some(*number) == wanted)
        }
    };
    if let (Some((name, number)), false) = (found, value.is_null()) {
        return Ok(word(user, name, *number));
    }
    let text = value.to_text();
    let why = if is_class {
        String::new()
    } else {
        let words: Vec<&str> = user.words().iter().map(|(name, _)| &**name).collect();
        format!(
            " Error: \"Unable to match the identifier name {text} to a valid enumerator name. Specify one of the following enumerator names and try again: {}\"",
            words.join(", ")
        )
    };
    let shown = if value.is_null() { "null".to_owned() } else { format!("\"{text}\"") };
    Err(Stop::cast(
        "InvalidCastFromStringToEnumeration",
        format!("Cannot convert value {shown} to type \"{full}\".{why}"),
    ))
}

impl Session<'_> {
    /// Defines the types of a script in front of its first statement, as PowerShell does.
    pub(crate) fn define_all(&mut self, block: &Block) -> Run<()> {
        let bodies = [block.begin.as_deref(), block.process.as_deref(), Some(&*block.end)];
        for statement in bodies.into_iter().flatten().flat_map(<[Statement]>::iter) {
            if let StatementKind::Type(definition) = &statement.kind {
                self.define(definition)?;
            }
        }
        Ok(())
    }

    /// Defines a type.
    pub(super) fn define(&mut self, definition: &Rc<TypeDefinition>) -> Run<()> {
        let key = definition.name.to_lowercase();
        if self.state.types.get(&key).is_some_and(|user| Rc::ptr_eq(&user.definition, definition)) {
            return Ok(());
        }
        let base = match &definition.kind {
            TypeKind::Class { base: Some((name, _)), .. } => {
                let found = self.state.types.get(&name.to_lowercase()).cloned();
                Some(found.ok_or_else(|| {
                    Stop::runtime("TypeNotFound", format!("Unable to find type [{name}]."))
                })?)
            }
            _ => None,
        };
        let statics = LiveObject::new(definition.name.to_string());
        let user = Rc::new(UserType { definition: Rc::clone(definition), base, statics });
        self.state.types.insert(key, Rc::clone(&user));
        for property in user.properties().iter().filter(|property| property.of_type) {
            let value = self.initial(property)?;
            user.statics.put(&property.name, value);
        }
        Ok(())
    }

    fn initial(&mut self, property: &Property) -> Run<Live> {
        let value = match &property.default {
            Some(default) => self.evaluate(default)?.settled(),
            None => Live::Null,
        };
        match &property.type_name {
            Some(name) if property.default.is_some() => self.cast_to(name, &value),
            Some(name) => Ok(super::call::default_of(name)),
            None => Ok(value),
        }
    }

    /// Converts a value to a type; a hashtable makes an object of a class.
    pub(crate) fn cast_to(&mut self, name: &TypeName, value: &Live) -> Run<Live> {
        if crate::types::resolve(&name.name) == Some("System.Xml.XmlDocument") && !name.array {
            return crate::members::xml::document(value, &mut self.state.budget);
        }
        if let (Live::Table(table), false) = (value, name.array)
            && let Some(user) = self.state.types.get(&name.name.to_lowercase()).cloned()
        {
            return self.made_of_table(&user, table);
        }
        self.state.cast(name, value)
    }

    fn made_of_table(&mut self, user: &Rc<UserType>, table: &Table) -> Run<Live> {
        let made = self.make_object(user, Vec::new())?;
        for (key, value) in table.pairs() {
            self.set_member(&made, &key.to_text(), value)?;
        }
        Ok(made)
    }

    /// Makes an object of a class: `[Name]::new(…)`.
    pub(crate) fn make_object(&mut self, user: &Rc<UserType>, arguments: Vec<Live>) -> Run<Live> {
        let object = LiveObject::new(user.definition.name.to_string()).of_user(user);
        let this = Live::Object(Rc::new(object));
        let chain: Vec<&UserType> = user.chain().collect();
        if let Live::Object(object) = &this {
            for class in chain.iter().rev() {
                for property in class.properties().iter().filter(|property| !property.of_type) {
                    let value = self.initial(property)?;
                    object.put(&property.name, value);
                }
            }
        }
        self.construct(user, &this, arguments)?;
        Ok(this)
    }

    fn construct(&mut self, user: &UserType, this: &Live, arguments: Vec<Live>) -> Run<()> {
        let constructors = || user.methods().iter().filter(|method| method.constructor);
        let taken = |method: &Method| method.block.parameters.as_deref().map_or(0, <[_]>::len);
        let Some(method) = constructors().find(|method| taken(method) == arguments.len()) else {
            if arguments.is_empty() && constructors().next().is_none() {
                return match &user.base {
                    Some(base) => self.construct(base, this, Vec::new()),
                    None => Ok(()),
                };
            }
            return Err(overload("new", arguments.len()));
        };
        self.run_method(method, Some(this), arguments, |session| match &user.base {
            Some(base) => {
                let mut values = Vec::new();
                for argument in method.base_arguments.iter().flatten() {
                    values.push(session.evaluate(argument)?.settled());
                }
                session.construct(base, this, values)
            }
            None => Ok(()),
        })
        .map(drop)
    }

    /// Runs a method: only what `return` names leaves it.
    fn run_method(
        &mut self,
        method: &Method,
        this: Option<&Live>,
        arguments: Vec<Live>,
        first: impl FnOnce(&mut Self) -> Run<()>,
    ) -> Run<Live> {
        self.state.budget.enter()?;
        self.state.push_scope();
        if let Some(this) = this {
            self.state.set_local("this", this.clone());
        }
        let mut value = Live::Nothing;
        // What statements return is thrown away: only the value of `return` counts.
        let result = self.capture(|session| {
            let given = Argument::values(arguments);
            session.bind_and(&method.block, &method.name, given, None, |session, _| {
                first(session)?;
                let outside = std::mem::replace(&mut session.state.in_method, true);
                let ended = session.body(&method.block.end);
                session.state.in_method = outside;
                match ended {
                    Err(Stop::Returned(returned)) => {
                        value = returned;
                        Ok(())
                    }
                    other => other,
                }
            })
        });
        self.state.pop_scope();
        self.state.budget.leave();
        result?;
        match &method.type_name {
            Some(name) if name.name.eq_ignore_ascii_case("void") => Ok(Live::Nothing),
            Some(name) if !value.is_null() => self.cast_to(name, &value),
            _ => Ok(value),
        }
    }

    /// Calls a method of an object of a class; `None` when its class has no such method.
    pub(crate) fn call_user_method(
        &mut self,
        user: &Rc<UserType>,
        this: &Live,
        name: &str,
        arguments: Vec<Live>,
    ) -> Option<Run<Live>> {
        let Some(method) = user.method(name, false, arguments.len()) else {
            let exists = user
                .chain()
                .flat_map(UserType::methods)
                .any(|method| !method.constructor && method.name.eq_ignore_ascii_case(name));
            return exists.then(|| Err(overload(name, arguments.len())));
        };
        Some(self.run_method(method, Some(this), arguments, |_| Ok(())))
    }

    /// Sets a static property of a class.
    pub(super) fn set_user_static(
        &mut self,
        user: &Rc<UserType>,
        member: &str,
        value: Live,
    ) -> Run<()> {
        let value = match user.type_of(member) {
            Some(name) => self.cast_to(name, &value)?,
            None => value,
        };
        if user.chain().any(|class| class.statics.set(member, value.clone())) {
            return Ok(());
        }
        Err(Stop::runtime(
            "PropertyNotFound",
            format!(
                "The property '{member}' cannot be found on this object. Verify that the property exists and can be set."
            ),
        ))
    }

    /// Calls a static method of a class, or makes an object of it.
    pub(crate) fn call_user_static(
        &mut self,
        user: &Rc<UserType>,
        member: &str,
        arguments: Vec<Live>,
    ) -> Run<Live> {
        if member.eq_ignore_ascii_case("new") {
            return self.make_object(user, arguments);
        }
        match user.method(member, true, arguments.len()) {
            Some(method) => self.run_method(method, None, arguments, |_| Ok(())),
            None => Err(overload(member, arguments.len())),
        }
    }
}

/// Makes the error of a method that takes another number of arguments.
fn overload(name: &str, count: usize) -> Stop {
    Stop::error(
        "System.Management.Automation.MethodException",
        "MethodCountCouldNotFindBest",
        format!("Cannot find an overload for \"{name}\" and the argument count: \"{count}\"."),
    )
}
