//! What a cmdlet looks like: name, parameters, help, and the function that carries it out.

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::Session;
use crate::value::Object;

/// Carries out a bound command.
pub type Handler = fn(&mut Session<'_>, &Bound) -> Result<Vec<Object>, CommandError>;

/// A cmdlet.
#[derive(Debug)]
pub struct CommandSpec {
    /// The name as the module spells it.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// The module it belongs to; `Dirsim` for those that only dirsim has.
    pub module: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// A command line that works.
    pub example: &'static str,
    /// The parameters, without those that every cmdlet has.
    pub parameters: &'static [Parameter],
    /// Groups of parameters of which at most one, or exactly one, is given.
    pub sets: &'static [ParameterSet],
    /// Carries the command out.
    pub run: Handler,
}

/// A parameter of a cmdlet.
#[expect(clippy::struct_excessive_bools, reason = "each says one thing that definitions name")]
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// The name without the dash.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// What values it takes.
    pub kind: ParameterKind,
    /// Its place among values without a name, from 0.
    pub position: Option<u8>,
    /// Whether it must be there.
    pub mandatory: bool,
    /// Whether it is taken for compatibility and has no effect in a simulated world.
    pub ignored: bool,
    /// Whether an object of the pipeline is its value (`ValueFromPipeline`).
    pub by_value: bool,
    /// Whether a property of its name is its value (`ValueFromPipelineByPropertyName`).
    pub by_property: bool,
    /// Whether it stands for all objects of the pipeline at once.
    pub collects: bool,
    /// Whether it takes all values without a name that are left.
    pub rest: bool,
    /// Whether it may be `$null` or empty though it is mandatory.
    pub null: bool,
}

/// What values a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// None: the name alone says yes.
    Switch,
    /// A text; a number keeps its spelling.
    Text,
    /// One or several texts.
    TextList,
    /// A whole number.
    Integer,
    /// `$true` or `$false`.
    Boolean,
    /// A hashtable.
    Table,
    /// An instant.
    Time,
    /// A span of time such as `00:30:00`.
    Duration,
    /// A GUID.
    Guid,
    /// One of some words.
    Choice(&'static [&'static str]),
    /// A filter of the Active Directory module.
    Filter,
    /// An LDAP filter.
    LdapFilter,
    /// A filter of Microsoft Graph.
    GraphFilter,
    /// Anything.
    Any,
    /// A script block.
    Block,
}

/// Parameters that stand for each other.
#[derive(Debug, Clone, Copy)]
pub struct ParameterSet {
    /// The names; at most one of them is given.
    pub names: &'static [&'static str],
    /// Whether one of them must be given.
    pub required: bool,
}

impl Parameter {
    /// Describes a parameter that is optional and has no position.
    pub const fn new(name: &'static str, kind: ParameterKind) -> Self {
        Self {
            name,
            aliases: &[],
            kind,
            position: None,
            mandatory: false,
            ignored: false,
            by_value: false,
            by_property: false,
            collects: false,
            rest: false,
            null: false,
        }
    }

    /// A switch.
    pub const fn switch(name: &'static str) -> Self {
        Self::new(name, ParameterKind::Switch)
    }

    /// A text.
    pub const fn text(name: &'static str) -> Self {
        Self::new(name, ParameterKind::Text)
    }

    /// One or several texts.
    pub const fn texts(name: &'static str) -> Self {
        Self::new(name, ParameterKind::TextList)
    }

    /// A truth value.
    pub const fn boolean(name: &'static str) -> Self {
        Self::new(name, ParameterKind::Boolean)
    }

    /// A hashtable.
    pub const fn table(name: &'static str) -> Self {
        Self::new(name, ParameterKind::Table)
    }

    /// A whole number.
    pub const fn integer(name: &'static str) -> Self {
        Self::new(name, ParameterKind::Integer)
    }

    /// Gives the parameter a place among values without a name.
    #[must_use]
    pub const fn at(mut self, position: u8) -> Self {
        self.position = Some(position);
        self
    }

    /// Makes the parameter mandatory.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.mandatory = true;
        self
    }

    /// Gives the parameter more names.
    #[must_use]
    pub const fn or(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Lets an object of the pipeline be the value.
    #[must_use]
    pub const fn piped(mut self) -> Self {
        self.by_value = true;
        self
    }

    /// Lets a property of its name, of an object of the pipeline, be the value.
    #[must_use]
    pub const fn by_name(mut self) -> Self {
        self.by_property = true;
        self
    }

    /// Gives the cmdlet all objects of the pipeline in one call ([`Bound::input`]).
    #[must_use]
    pub const fn collecting(mut self) -> Self {
        self.collects = true;
        self
    }

    /// Lets the parameter take all values without a name that are left.
    #[must_use]
    pub const fn remaining(mut self) -> Self {
        self.rest = true;
        self
    }

    /// Lets `$null` and the empty text be values of a mandatory parameter.
    #[must_use]
    pub const fn nullable(mut self) -> Self {
        self.null = true;
        self
    }

    /// Marks the parameter as one that is understood and has no effect.
    #[must_use]
    pub const fn ignored(mut self) -> Self {
        self.ignored = true;
        self
    }
}

impl ParameterKind {
    /// Returns what help and completion print for the values.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Switch => "",
            Self::Text => "string",
            Self::TextList => "string[]",
            Self::Integer => "int",
            Self::Boolean => "bool",
            Self::Table => "hashtable",
            Self::Time => "datetime",
            Self::Duration => "timespan",
            Self::Guid => "guid",
            Self::Choice(_) => "choice",
            Self::Filter | Self::LdapFilter | Self::GraphFilter => "filter",
            Self::Any => "object",
            Self::Block => "scriptblock",
        }
    }
}

impl CommandSpec {
    /// Returns the syntax line of help: `Move-ADObject [-Identity] <string> …`.
    pub fn syntax(&self) -> String {
        let mut line = self.name.to_owned();
        for parameter in self.parameters.iter().filter(|parameter| !parameter.ignored) {
            let mut name = format!("-{}", parameter.name);
            if parameter.position.is_some() {
                name = format!("[{name}]");
            }
            let value = match parameter.kind {
                ParameterKind::Switch => String::new(),
                ParameterKind::Choice(words) => format!(" {{{}}}", words.join(" | ")),
                kind => format!(" <{}>", kind.name()),
            };
            let part = if parameter.mandatory {
                format!("{name}{value}")
            } else {
                format!("[{name}{value}]")
            };
            line.push(' ');
            line.push_str(&part);
        }
        line
    }
}

/// Parameters that every cmdlet takes.
pub const COMMON: &[Parameter] = &[
    Parameter::new(
        "ErrorAction",
        ParameterKind::Choice(&[
            "Stop",
            "Continue",
            "SilentlyContinue",
            "Ignore",
            "Inquire",
            "Break",
        ]),
    )
    .or(&["EA"]),
    Parameter::switch("WhatIf").or(&["WI"]),
    Parameter::switch("Confirm").or(&["CF"]).ignored(),
    Parameter::switch("Verbose").or(&["VB"]),
    Parameter::switch("Debug").or(&["DB"]).ignored(),
    Parameter::text("WarningAction").or(&["WA"]),
    Parameter::text("InformationAction").or(&["INFA"]).ignored(),
    Parameter::text("ProgressAction").or(&["PROGA"]).ignored(),
    Parameter::text("ErrorVariable").or(&["EV"]),
    Parameter::text("WarningVariable").or(&["WV"]).ignored(),
    Parameter::text("OutVariable").or(&["OV"]),
    Parameter::integer("OutBuffer").or(&["OB"]).ignored(),
];

/// Joins two parameter lists at compile time; `N` is the sum of their lengths.
#[expect(clippy::indexing_slicing, reason = "a wrong length fails to compile")]
pub(crate) const fn join<const A: usize, const B: usize, const N: usize>(
    first: [Parameter; A],
    second: [Parameter; B],
) -> [Parameter; N] {
    assert!(A + B == N, "the joined list has the length of both");
    let mut all = [Parameter::text(""); N];
    let mut at = 0;
    while at < N {
        all[at] = if at < A { first[at] } else { second[at - A] };
        at += 1;
    }
    all
}
