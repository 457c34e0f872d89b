//! Properties, items and methods of values.

pub(crate) mod known;
mod list;
pub(crate) mod regex;
pub(crate) mod statics;
mod table;
mod text;
mod time;
pub(crate) mod xml;

use std::rc::Rc;

use crate::interpret::Argument;
use crate::live::{Closure, Live, LiveObject, Member, Seq, SeqKind, TableKind};
use crate::operators::number::{self, Number};
use crate::session::Session;
use crate::stop::{Run, Stop};
use crate::types;

/// The type of `$PSCmdlet`.
pub(crate) const CMDLET: &str = "System.Management.Automation.PSScriptCmdlet";

/// Methods that some value has, for the check before a script runs.
pub(crate) fn is_method(name: &str) -> bool {
    const COMMON: &[&str] = &[
        "gettype",
        "tostring",
        "equals",
        "gethashcode",
        "compareto",
        "where",
        "foreach",
        "invoke",
        "invokereturnasis",
        "getnewclosure",
        "copy",
        "dispose",
        "close",
        "getnetworkcredential",
        "psobject",
        "start",
        "stop",
        "reset",
        "restart",
        "next",
        "makereadonly",
        "setinfo",
        "getenumerator",
        "getpropertyvalue",
        "commitchanges",
        "getbytes",
        "getstring",
        "computehash",
        "isinstanceoftype",
        "tobase64string",
        "shouldprocess",
        "shouldcontinue",
        "throwterminatingerror",
        "writeverbose",
        "writewarning",
    ];
    let lower = name.to_lowercase();
    COMMON.contains(&lower.as_str())
        || text::METHODS.contains(&lower.as_str())
        || list::METHODS.contains(&lower.as_str())
        || table::METHODS.contains(&lower.as_str())
        || time::METHODS.contains(&lower.as_str())
        || regex::METHODS.contains(&lower.as_str())
        || xml::METHODS.contains(&lower.as_str())
}

/// Names of methods that a typing mistake may have meant.
pub(crate) fn method_names() -> impl Iterator<Item = &'static str> {
    let texts = text::METHODS.iter().chain(list::METHODS);
    texts.chain(table::METHODS).chain(time::METHODS).chain(xml::METHODS).copied()
}

/// Makes the error of a method that a value does not have.
pub(crate) fn no_method(value: &Live, name: &str) -> Stop {
    Stop::runtime(
        "MethodNotFound",
        format!(
            "Method invocation failed because [{}] does not contain a method named '{name}'.",
            value.type_name()
        ),
    )
}

/// Returns the only argument, or the first, as text.
fn text_of(arguments: &[Live], index: usize) -> String {
    arguments.get(index).map_or_else(String::new, Live::to_text)
}

/// Returns an argument as a whole number.
fn whole_of(arguments: &[Live], index: usize) -> Option<i64> {
    arguments.get(index).and_then(number::number).and_then(Number::rounded)
}

impl Session<'_> {
    /// Returns a property of a value; of a list without it, that property of each of its items.
    pub(crate) fn member(&mut self, target: &Live, name: &Live) -> Run<Live> {
        if let (Live::Table(table), false) = (target, matches!(name, Live::Text(_)))
            && let Some(value) = table.get(name)
        {
            return Ok(value);
        }
        let name = name.to_text();
        if let Some(value) = self.property(target, &name)? {
            return Ok(value);
        }
        if let Live::Seq(seq) = target
            && seq.kind != SeqKind::Builder
        {
            let items = seq.items.borrow().clone();
            let mut values = Vec::new();
            for item in items {
                let found = match &item {
                    Live::Seq(_) => Some(self.member(&item, &Live::text(name.as_str()))?),
                    other => self.property(other, &name)?,
                };
                match found {
                    Some(Live::Seq(inner)) => values.extend(inner.items.borrow().iter().cloned()),
                    Some(Live::Nothing) | None => {}
                    Some(value) => values.push(value),
                }
            }
            self.state.budget.charge(values.len() * crate::limits::ITEM_BYTES)?;
            return Ok(Live::of_many(values).settled());
        }
        Ok(Live::Null)
    }

    /// Returns a property that a value itself has.
    pub(crate) fn property(&mut self, target: &Live, name: &str) -> Run<Option<Live>> {
        let lower = name.to_ascii_lowercase();
        if lower == "psobject" {
            return Ok(Some(ps_object(target)));
        }
        let found = match target {
            Live::Object(object) => {
                if let Some(value) = object.get(name) {
                    return Ok(Some(value));
                }
                let member = object
                    .members
                    .borrow()
                    .iter()
                    .find(|(known, _)| known.eq_ignore_ascii_case(name))
                    .map(|(_, member)| member.clone());
                if let Some(Member::Property(Live::Block(closure))) = member {
                    return self.with_this(target, &closure, Vec::new()).map(Some);
                }
                if object.source.is_some() {
                    let budget = &mut self.state.budget;
                    return Ok(xml::property(object, &lower, budget));
                }
                self::object_property(object, &lower)
            }
            Live::Table(table) => table::property(table, name),
            Live::Seq(seq) => list::property(seq, &lower),
            Live::Text(text) => match lower.as_str() {
                "length" => Some(Live::count(text.encode_utf16().count())),
                _ => None,
            },
            Live::Bool(_) if lower == "ispresent" => Some(target.clone()),
            Live::Time(ticks) => time::property(*ticks, &lower),
            Live::Span(ticks) => time::span_property(*ticks, &lower),
            Live::Type(name) => match lower.as_str() {
                "name" => {
                    let full = types::full_name(name);
                    Some(Live::text(full.rsplit('.').next().unwrap_or(&full)))
                }
                "fullname" => Some(Live::text(types::full_name(name))),
                "namespace" => {
                    let full = types::full_name(name);
                    Some(Live::text(full.rsplit_once('.').map_or("", |(space, _)| space)))
                }
                "isarray" => Some(Live::Bool(name.array)),
                "basetype" => {
                    Some(Live::text(if name.array { "System.Array" } else { "System.Object" }))
                }
                _ => None,
            },
            Live::Block(closure) => match lower.as_str() {
                "ast" => Some(Live::text(format!("{{{}}}", closure.block.text))),
                _ => None,
            },
            _ => None,
        };
        if found.is_none()
            && !target.is_null()
            && matches!(lower.as_str(), "count" | "length")
            && !matches!(target, Live::Seq(_))
        {
            return Ok(Some(Live::Int(1)));
        }
        if found.is_none() && target.is_null() && matches!(lower.as_str(), "count" | "length") {
            return Ok(Some(Live::Int(0)));
        }
        Ok(found)
    }

    /// Runs a script member with `$this`.
    fn with_this(&mut self, this: &Live, closure: &Closure, arguments: Vec<Live>) -> Run<Live> {
        let before = self.state.get_name("this");
        self.state.set_local("this", this.clone());
        let values = self.capture(|session| {
            session.invoke_block(closure, Argument::values(arguments), None, true)
        });
        self.state.set_local("this", before.unwrap_or(Live::Null));
        Ok(Live::of_many(values?))
    }

    /// Calls a method of a value.
    pub(crate) fn call_method(
        &mut self,
        target: &Live,
        name: &str,
        arguments: Vec<Live>,
    ) -> Run<Live> {
        let lower = name.to_ascii_lowercase();
        if target.is_null() {
            return Err(Stop::runtime(
                "InvokeMethodOnNull",
                "You cannot call a method on a null-valued expression.",
            ));
        }
        // A property that holds a script block is no method, but one that Add-Member made is.
        if let Live::Object(object) = target {
            let member = object
                .members
                .borrow()
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
                .map(|(_, member)| member.clone());
            if let Some(Member::Method(Live::Block(closure))) = member {
                return self.with_this(target, &closure, arguments);
            }
            if let Some(user) = object.user.clone()
                && user.words().is_empty()
                && let Some(result) = self.call_user_method(&user, target, name, arguments.clone())
            {
                return result;
            }
        }
        match lower.as_str() {
            "gettype" => return Ok(Live::Type(Rc::new(types::of(target)))),
            "equals" => {
                let other = arguments.first().cloned().unwrap_or(Live::Null);
                return Ok(Live::Bool(match (target, &other) {
                    (Live::Text(a), Live::Text(b)) if arguments.len() < 2 => a == b,
                    (Live::Text(a), _) => {
                        let fold = text_of(&arguments, 1).to_lowercase().contains("ignorecase");
                        crate::operators::compare::same_text(a, &other.to_text(), !fold)
                    }
                    _ => crate::operators::compare::equal(target, &other, true),
                }));
            }
            "gethashcode" => {
                let text = target.to_text();
                let hash = text
                    .bytes()
                    .fold(5381_i32, |hash, byte| hash.wrapping_mul(33) ^ i32::from(byte));
                return Ok(Live::Int(hash));
            }
            "compareto" => {
                let other = arguments.first().cloned().unwrap_or(Live::Null);
                let order = crate::operators::compare::order(target, &other, true)?;
                return Ok(Live::Int(order as i32));
            }
            "where" | "foreach"
                if !matches!(target, Live::Object(_))
                    || matches!(arguments.first(), Some(Live::Block(_))) =>
            {
                return self.collection_method(&lower, target, arguments);
            }
            "tostring" => {
                return match arguments.first() {
                    Some(Live::Text(spec)) => {
                        crate::operators::format::of(target, spec).map(Live::text)
                    }
                    _ => Ok(Live::text(match target {
                        Live::Seq(seq) if seq.kind != SeqKind::Builder => {
                            seq.type_name().to_owned()
                        }
                        other => other.to_text(),
                    })),
                };
            }
            "dispose" | "close" => return Ok(Live::Nothing),
            _ => {}
        }
        match target {
            Live::Text(text) => text::call(self, text, &lower, &arguments),
            Live::Seq(seq) => list::call(self, seq, &lower, arguments),
            Live::Table(table) => {
                if let Some(Live::Block(closure)) = table.get_text(name) {
                    let _ = closure;
                }
                table::call(table, &lower, &arguments).ok_or_else(|| no_method(target, name))?
            }
            Live::Time(ticks) => {
                time::call(*ticks, &lower, &arguments).ok_or_else(|| no_method(target, name))?
            }
            Live::Span(ticks) => time::span_call(*ticks, &lower, &arguments)
                .ok_or_else(|| no_method(target, name))?,
            Live::Guid(guid) => match lower.as_str() {
                "tobytearray" => Ok(Live::bytes(guid.as_bytes())),
                _ => Err(no_method(target, name)),
            },
            Live::Char(c) => text::call(self, &c.to_string(), &lower, &arguments),
            Live::Block(closure) => match lower.as_str() {
                "invoke" | "invokereturnasis" => {
                    let values = self.capture(|session| {
                        session.invoke_block(closure, Argument::values(arguments), None, true)
                    })?;
                    Ok(if lower == "invoke" { Live::array(values) } else { Live::of_many(values) })
                }
                "getnewclosure" => Ok(Live::Block(Rc::new(Closure {
                    block: Rc::clone(&closure.block),
                    variables: self.state.visible(),
                }))),
                _ => Err(no_method(target, name)),
            },
            Live::Object(object) => self.object_method(target, object, &lower, name, arguments),
            Live::Type(type_name) if lower == "isinstanceoftype" => {
                Ok(Live::Bool(arguments.first().is_some_and(|value| types::is(value, type_name))))
            }
            _ => Err(no_method(target, name)),
        }
    }

    /// Carries out the methods of `$PSCmdlet`.
    fn cmdlet_method(&mut self, lower: &str, arguments: &[Live]) -> Option<Run<Live>> {
        Some(match lower {
            "shouldprocess" => {
                let what_if =
                    self.state.get_name("whatifpreference").is_some_and(|value| value.truth());
                if what_if {
                    let target = text_of(arguments, 0);
                    let action =
                        arguments.get(1).map_or_else(|| "script".to_owned(), Live::to_text);
                    self.outputs.push(crate::run::Output::WhatIf(format!(
                        "What if: Performing the operation \"{action}\" on target \"{target}\"."
                    )));
                }
                Ok(Live::Bool(!what_if))
            }
            "shouldcontinue" => Ok(Live::Bool(true)),
            "writewarning" => {
                self.warn(text_of(arguments, 0));
                Ok(Live::Nothing)
            }
            "writeverbose" => Ok(Live::Nothing),
            "throwterminatingerror" => Err(Stop::runtime(
                "ThrowTerminatingError",
                arguments.first().map_or_else(String::new, Live::to_text),
            )),
            _ => return None,
        })
    }

    #[expect(clippy::needless_pass_by_value, reason = "a call hands its arguments over")]
    fn object_method(
        &mut self,
        target: &Live,
        object: &Rc<LiveObject>,
        lower: &str,
        name: &str,
        arguments: Vec<Live>,
    ) -> Run<Live> {
        if let Some(result) = xml::call(object, lower, &arguments, &mut self.state.budget) {
            return result;
        }
        if object.is(CMDLET)
            && let Some(result) = self.cmdlet_method(lower, &arguments)
        {
            return result;
        }
        let type_name = object.type_name.to_lowercase();
        match (type_name.as_str(), lower) {
            ("system.text.regularexpressions.regex", _) => {
                let pattern = object.get("Pattern").map_or_else(String::new, |p| p.to_text());
                regex::call(self, &pattern, lower, &arguments)
            }
            ("dirsim.properties", "add") => {
                if let (Some(Live::Object(owner)), Some(Live::Object(property))) =
                    (object.get("Owner"), arguments.first())
                {
                    let name = property.get("Name").map_or_else(String::new, |n| n.to_text());
                    owner.put(&name, property.get("Value").unwrap_or(Live::Null));
                }
                Ok(Live::Nothing)
            }
            ("dirsim.properties", "remove") => {
                if let Some(Live::Object(owner)) = object.get("Owner") {
                    owner.remove(&text_of(&arguments, 0));
                }
                Ok(Live::Nothing)
            }
            (_, "copy") => Ok(Live::Object(Rc::new(object.copy()))),
            ("system.diagnostics.stopwatch", "stop" | "start" | "reset" | "restart") => {
                Ok(Live::Nothing)
            }
            ("system.random", "next") => {
                let (low, high) = match (whole_of(&arguments, 0), whole_of(&arguments, 1)) {
                    (Some(low), Some(high)) => (low, high),
                    (Some(high), None) => (0, high),
                    _ => (0, i64::from(i32::MAX)),
                };
                Ok(Live::whole(self.random_between(low, high)))
            }
            (kind, "getbytes") if kind.starts_with("system.text.") => {
                let text = text_of(&arguments, 0);
                Ok(match kind {
                    "system.text.unicodeencoding" => {
                        let bytes: Vec<u8> =
                            text.encode_utf16().flat_map(u16::to_le_bytes).collect();
                        Live::bytes(&bytes)
                    }
                    _ => Live::bytes(text.as_bytes()),
                })
            }
            (kind, "getstring") if kind.starts_with("system.text.") => {
                let bytes = statics::bytes_of(arguments.first());
                Ok(Live::text(match kind {
                    "system.text.unicodeencoding" => {
                        let units: Vec<u16> = bytes
                            .chunks_exact(2)
                            .map(|pair| {
                                u16::from_le_bytes([
                                    pair.first().copied().unwrap_or(0),
                                    pair.get(1).copied().unwrap_or(0),
                                ])
                            })
                            .collect();
                        String::from_utf16_lossy(&units)
                    }
                    _ => String::from_utf8_lossy(&bytes).into_owned(),
                }))
            }
            ("system.management.automation.pscredential", "getnetworkcredential") => {
                Ok(Live::Object(Rc::new(
                    LiveObject::new("System.Net.NetworkCredential")
                        .with("UserName", object.get("UserName").unwrap_or(Live::Null))
                        .with("Password", "********"),
                )))
            }
            ("system.security.securestring", "makereadonly") => Ok(Live::Nothing),
            _ => Err(no_method(target, name)),
        }
    }

    /// Carries out `.Where({…})` and `.ForEach({…})`.
    #[expect(clippy::needless_pass_by_value, reason = "a call hands its arguments over")]
    fn collection_method(&mut self, name: &str, target: &Live, arguments: Vec<Live>) -> Run<Live> {
        let items = target.clone().into_items();
        let Some(first) = arguments.first() else { return Ok(Live::array(items)) };
        let mode = text_of(&arguments, 1).to_lowercase();
        let most = whole_of(&arguments, 2).and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
        let mut kept = Vec::new();
        let mut other = Vec::new();
        for item in items {
            self.state.budget.step()?;
            match first {
                Live::Block(closure) => {
                    let values =
                        self.capture(|session| session.in_place(closure, Some(item.clone())))?;
                    if name == "foreach" {
                        kept.extend(values);
                    } else if Live::of_many(values).truth() {
                        kept.push(item);
                        if mode == "first" && kept.len() == most.unwrap_or(1) {
                            break;
                        }
                    } else {
                        other.push(item);
                    }
                }
                // .ForEach('Name') reads a property, or calls a method.
                other_name if name == "foreach" => {
                    let member = other_name.to_text();
                    let value = match self.property(&item, &member)? {
                        Some(value) => value,
                        None => self.call_method(
                            &item,
                            &member,
                            arguments.iter().skip(1).cloned().collect(),
                        )?,
                    };
                    kept.push(value);
                }
                _ => kept.push(item),
            }
        }
        match mode.as_str() {
            "last" => {
                let from = kept.len().saturating_sub(most.unwrap_or(1));
                kept.drain(..from);
            }
            "split" => return Ok(Live::array(vec![Live::array(kept), Live::array(other)])),
            _ => {}
        }
        Ok(Live::array(kept))
    }

    /// Returns an item of a list, hashtable or text.
    #[expect(clippy::self_only_used_in_recursion, reason = "it reads like its neighbors")]
    pub(crate) fn index(&mut self, target: &Live, index: &Live) -> Run<Live> {
        if target.is_null() {
            return Err(Stop::runtime("NullArray", "Cannot index into a null array."));
        }
        if let Live::Table(table) = target {
            return Ok(match index {
                Live::Seq(keys) => {
                    let keys = keys.items.borrow().clone();
                    Live::array(
                        keys.iter().map(|key| table.get(key).unwrap_or(Live::Null)).collect(),
                    )
                }
                Live::Int(at) if table.kind == TableKind::Ordered => {
                    let values = table.values();
                    place(*at, values.len())
                        .and_then(|at| values.get(at).cloned())
                        .unwrap_or(Live::Null)
                }
                key if key.is_null() => {
                    return Err(Stop::runtime(
                        "NullArrayIndex",
                        "Index operation failed; the array index evaluated to null.",
                    ));
                }
                key => table.get(key).unwrap_or(Live::Null),
            });
        }
        if index.is_null() {
            return Err(Stop::runtime(
                "NullArrayIndex",
                "Index operation failed; the array index evaluated to null.",
            ));
        }
        if let Live::Seq(places) = index {
            let mut values = Vec::new();
            for at in places.items.borrow().clone() {
                match self.index(target, &at)? {
                    Live::Nothing | Live::Null => {}
                    value => values.push(value),
                }
            }
            return Ok(Live::array(values));
        }
        let number =
            number::number(index).and_then(Number::rounded).and_then(|n| i32::try_from(n).ok());
        let Some(number) = number else {
            if let Live::Object(object) = target {
                return Ok(object.get(&index.to_text()).unwrap_or(Live::Null));
            }
            return Err(Stop::cast(
                "InvalidCast",
                format!(
                    "Cannot convert value \"{}\" to type \"System.Int32\". Error: \"Input string was not in a correct format.\"",
                    index.to_text()
                ),
            ));
        };
        match target {
            Live::Seq(seq) => {
                let items = seq.items.borrow();
                Ok(place(number, items.len())
                    .and_then(|at| items.get(at).cloned())
                    .unwrap_or(Live::Null))
            }
            Live::Text(text) => {
                let length = text.chars().count();
                Ok(place(number, length)
                    .and_then(|at| text.chars().nth(at))
                    .map_or(Live::Null, Live::Char))
            }
            // A single value is its own first item.
            other => Ok(if matches!(number, 0 | -1) { other.clone() } else { Live::Null }),
        }
    }

    /// Draws a whole number from `low` up to, but without, `high`; the same world draws the same.
    pub(crate) fn random_between(&mut self, low: i64, high: i64) -> i64 {
        if self.state.random == 0 {
            self.state.random = self.world_seed() | 1;
        }
        // A step of SplitMix64.
        self.state.random = self.state.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        let span = u64::try_from(high.saturating_sub(low)).unwrap_or(0).max(1);
        low.saturating_add(i64::try_from(z % span).unwrap_or(0))
    }
}

/// Returns the place that an index means; negative ones count from the end.
fn place(index: i32, length: usize) -> Option<usize> {
    if index < 0 {
        length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)
    } else {
        usize::try_from(index).ok()
    }
}

/// Returns properties that objects of some types compute.
fn object_property(object: &LiveObject, lower: &str) -> Option<Live> {
    match (&*object.type_name, lower) {
        ("System.Net.Mail.MailAddress" | "System.Uri", _) => None,
        ("System.Diagnostics.Stopwatch", "elapsed") => Some(Live::Span(0)),
        ("System.Diagnostics.Stopwatch", "elapsedmilliseconds") => Some(Live::Long(0)),
        _ => None,
    }
}

/// Returns what `.PSObject` gives: the properties of a value.
fn ps_object(target: &Live) -> Live {
    let pairs: Vec<(Rc<str>, Live)> = match target {
        Live::Object(object) => object.properties(),
        Live::Table(table) => {
            table.pairs().into_iter().map(|(key, value)| (key.to_text().into(), value)).collect()
        }
        _ => Vec::new(),
    };
    let properties: Vec<Live> = pairs
        .into_iter()
        .map(|(name, value)| {
            let kind = value.type_name().into_owned();
            Live::Object(Rc::new(
                LiveObject::new("System.Management.Automation.PSNoteProperty")
                    .with("Name", Live::Text(name))
                    .with("Value", value)
                    .with("MemberType", "NoteProperty")
                    .with("TypeNameOfValue", kind)
                    .with("IsSettable", true),
            ))
        })
        .collect();
    let type_names =
        Live::array(vec![Live::text(target.type_name().into_owned()), Live::text("System.Object")]);
    let properties = Live::Seq(Rc::new(Seq::new(SeqKind::Array, properties)));
    Live::Object(Rc::new(
        LiveObject::new("System.Management.Automation.PSMemberSet")
            .with("Properties", properties)
            .with("TypeNames", type_names)
            .with("BaseObject", target.clone()),
    ))
}
