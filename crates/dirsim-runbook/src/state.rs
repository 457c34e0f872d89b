//! What a session remembers between statements: variables, functions, errors.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use crate::ast::{Function, TypeName, Variable};
use crate::diagnostic::Span;
use crate::interpret::UserType;
use crate::limits::{Budget, Limits};
use crate::live::{Live, LiveObject, Seq, SeqKind, Table, TableKind};
use crate::operators::cast;
use crate::permission::{Permissions, SignIn};
use crate::stop::{Run, Stop};

/// Most errors that `$Error` keeps.
const ERRORS_MAX: usize = 256;

/// What happens after an error that does not end its command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorAction {
    /// It ends the script, unless `catch` takes it.
    Stop,
    /// It is printed.
    Continue,
    /// It is only kept in `$Error`.
    SilentlyContinue,
    /// It is forgotten.
    Ignore,
}

impl ErrorAction {
    /// Reads the word of `-ErrorAction` and `$ErrorActionPreference`.
    pub fn of(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "stop" | "inquire" | "break" | "1" => Self::Stop,
            "continue" | "2" => Self::Continue,
            "silentlycontinue" | "0" => Self::SilentlyContinue,
            "ignore" | "4" => Self::Ignore,
            _ => return None,
        })
    }
}

/// The variables of one function call.
#[derive(Debug, Default)]
pub(crate) struct Scope(BTreeMap<Rc<str>, Slot>);

/// A variable with its type.
#[derive(Debug, Clone)]
struct Slot {
    value: Live,
    type_name: Option<TypeName>,
}

/// What a session remembers; it outlives the single script of a shell or of a scenario step.
#[derive(Debug)]
pub struct State {
    scopes: Vec<BTreeMap<Rc<str>, Slot>>,
    pub(crate) functions: BTreeMap<String, Rc<Function>>,
    pub(crate) aliases: BTreeMap<String, String>,
    /// Enumerations and classes that scripts defined, by their names in lower case.
    pub(crate) types: BTreeMap<String, Rc<UserType>>,
    /// Whether the statements of a method of a class are carried out.
    pub(crate) in_method: bool,
    /// How the script signed in to Graph.
    pub(crate) sign_in: Option<SignIn>,
    /// What calls need, once somebody asked.
    pub(crate) permissions: Option<Rc<Permissions>>,
    environment: BTreeMap<String, String>,
    /// Where values go: the innermost of those that collect.
    pub(crate) sinks: Vec<Vec<Live>>,
    pub(crate) budget: Budget,
    /// `$Error`, the newest first.
    pub(crate) errors: Rc<Seq>,
    /// `$?`.
    pub(crate) success: bool,
    /// How many `try` bodies are being carried out.
    pub(crate) trying: usize,
    /// What happens after errors when the script does not say.
    pub(crate) error_action: ErrorAction,
    /// The statement that is carried out.
    pub(crate) span: Span,
    /// Answers for `Read-Host`.
    pub(crate) answers: VecDeque<String>,
    /// State of `Get-Random`.
    pub(crate) random: u64,
    /// The folder that relative paths are in.
    pub(crate) location: String,
    /// Errors that were printed and did not end the script.
    pub(crate) reported: usize,
    /// The file that `Start-Transcript` writes what is printed to.
    pub(crate) transcript: Option<String>,
}

impl Default for State {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl State {
    /// Starts with the variables that every session has.
    pub fn new(limits: Limits) -> Self {
        let mut state = Self {
            scopes: vec![BTreeMap::new()],
            functions: BTreeMap::new(),
            aliases: BTreeMap::new(),
            types: BTreeMap::new(),
            in_method: false,
            sign_in: None,
            permissions: None,
            environment: BTreeMap::new(),
            sinks: Vec::new(),
            budget: Budget::new(limits),
            errors: Rc::new(Seq::new(SeqKind::ArrayList, Vec::new())),
            success: true,
            trying: 0,
            error_action: ErrorAction::Continue,
            span: Span::default(),
            answers: VecDeque::new(),
            random: 0,
            location: "C:\\".to_owned(),
            reported: 0,
            transcript: None,
        };
        for (name, value) in [
            ("computername", "SYNC01"),
            ("username", "admin"),
            ("userdomain", "CONTOSO"),
            ("userprofile", "C:\\Users\\admin"),
            ("temp", "C:\\Temp"),
            ("tmp", "C:\\Temp"),
            ("systemroot", "C:\\Windows"),
            ("windir", "C:\\Windows"),
            ("systemdrive", "C:"),
            ("programfiles", "C:\\Program Files"),
            ("programdata", "C:\\ProgramData"),
            ("appdata", "C:\\Users\\admin\\AppData\\Roaming"),
            ("localappdata", "C:\\Users\\admin\\AppData\\Local"),
            ("os", "Windows_NT"),
            ("homedrive", "C:"),
            ("homepath", "\\Users\\admin"),
        ] {
            state.environment.insert(name.to_owned(), value.to_owned());
        }
        let version = cast::to("System.Version", &Live::text("5.1.20348.1")).unwrap_or(Live::Null);
        let table = Table::new(TableKind::Hash);
        table.set(Live::text("PSVersion"), version);
        table.set(Live::text("PSEdition"), Live::text("Desktop"));
        for (name, value) in [
            ("psversiontable", Live::Table(Rc::new(table))),
            ("errorview", Live::text("NormalView")),
            (
                "pscmdlet",
                Live::Object(Rc::new(
                    LiveObject::new(crate::members::CMDLET)
                        .with("ParameterSetName", "__AllParameterSets"),
                )),
            ),
            ("home", Live::text("C:\\Users\\admin")),
            ("psscriptroot", Live::text("C:\\")),
            ("pscommandpath", Live::text("C:\\script.ps1")),
            ("pshome", Live::text("C:\\Windows\\System32\\WindowsPowerShell\\v1.0")),
            ("pid", Live::Int(4242)),
            ("lastexitcode", Live::Int(0)),
            ("verbosepreference", Live::text("SilentlyContinue")),
            ("warningpreference", Live::text("Continue")),
            ("debugpreference", Live::text("SilentlyContinue")),
            ("informationpreference", Live::text("SilentlyContinue")),
            ("progresspreference", Live::text("Continue")),
            ("confirmpreference", Live::text("High")),
            ("whatifpreference", Live::Bool(false)),
            ("ofs", Live::text(" ")),
            ("iswindows", Live::Bool(true)),
            ("profile", Live::text("C:\\Users\\admin\\Documents\\WindowsPowerShell\\profile.ps1")),
        ] {
            state.set_local(name, value);
        }
        state
    }

    /// Sets what happens after errors when the script does not say.
    pub const fn set_error_action(&mut self, action: ErrorAction) {
        self.error_action = action;
    }

    /// Gives a variable of the session a text, as a parameter of a script for instance.
    pub fn set_text(&mut self, name: &str, text: &str) {
        let text = Live::text(text);
        if let Some(scope) = self.scopes.first_mut() {
            scope.insert(name.to_lowercase().into(), Slot { value: text, type_name: None });
        }
    }

    /// Gives `Read-Host` an answer behind those that wait already.
    pub fn answer(&mut self, text: impl Into<String>) {
        self.answers.push_back(text.into());
    }

    /// Returns the names of variables that scripts made or that every session has.
    pub fn variable_names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.scopes.iter().flat_map(|scope| scope.keys().map(ToString::to_string)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Returns the names of functions that scripts made.
    pub fn function_names(&self) -> Vec<String> {
        self.functions.values().map(|function| function.name.to_string()).collect()
    }

    /// Returns how many errors were printed without ending a script.
    pub const fn reported(&self) -> usize {
        self.reported
    }

    pub(crate) fn push_scope(&mut self) {
        self.scopes.push(BTreeMap::new());
    }

    pub(crate) fn pop_scope(&mut self) {
        if self.scopes.len() > 1 {
            self.scopes.pop();
        }
    }

    /// Returns how many scopes there are.
    pub(crate) const fn scopes(&self) -> usize {
        self.scopes.len()
    }

    /// Leaves the scopes beyond so many, and hands them over.
    pub(crate) fn leave_scopes(&mut self, count: usize) -> Vec<Scope> {
        let at = count.clamp(1, self.scopes.len());
        self.scopes.split_off(at).into_iter().map(Scope).collect()
    }

    /// Goes back into scopes that were left.
    pub(crate) fn enter_scopes(&mut self, scopes: Vec<Scope>) {
        self.scopes.extend(scopes.into_iter().map(|scope| scope.0));
    }

    /// Goes back to the outermost scope after a script was stopped.
    pub(crate) fn unwind(&mut self) {
        self.scopes.truncate(1);
        self.sinks.clear();
        self.trying = 0;
        self.in_method = false;
    }

    /// Returns a variable by its name in lower case; the innermost scope wins.
    pub(crate) fn get_name(&self, name: &str) -> Option<Live> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name)).map(|slot| slot.value.clone())
    }

    pub(crate) fn get(&self, variable: &Variable) -> Option<Live> {
        match variable.scope.as_deref() {
            None | Some("using" | "variable" | "workflow") => match &*variable.name {
                "?" => Some(Live::Bool(self.success)),
                "error" => Some(Live::Seq(Rc::clone(&self.errors))),
                "psitem" => self.get_name("_"),
                "erroractionpreference" => {
                    Some(self.get_name("erroractionpreference").unwrap_or_else(|| {
                        Live::text(match self.error_action {
                            ErrorAction::Stop => "Stop",
                            ErrorAction::Continue => "Continue",
                            ErrorAction::SilentlyContinue => "SilentlyContinue",
                            ErrorAction::Ignore => "Ignore",
                        })
                    }))
                }
                "pwd" => Some(Live::text(self.location.as_str())),
                name => self.get_name(name),
            },
            Some("env") => self.environment.get(&*variable.name).map(|v| Live::text(v.as_str())),
            Some("global" | "script") => {
                self.scopes.first()?.get(&variable.name).map(|slot| slot.value.clone())
            }
            Some("function") => None,
            Some(_) => self.scopes.last()?.get(&variable.name).map(|slot| slot.value.clone()),
        }
    }

    /// Sets a variable of the innermost scope.
    pub(crate) fn set_local(&mut self, name: &str, value: Live) {
        if let Some(scope) = self.scopes.last_mut() {
            match scope.get_mut(name) {
                Some(slot) => slot.value = value,
                None => {
                    scope.insert(name.into(), Slot { value, type_name: None });
                }
            }
        }
    }

    /// Sets a variable of the scope that is `levels` outside of the innermost one.
    pub(crate) fn set_outer(&mut self, levels: usize, name: &str, value: Live) {
        let at = self.scopes.len().saturating_sub(1 + levels);
        if let Some(scope) = self.scopes.get_mut(at) {
            scope.insert(name.into(), Slot { value, type_name: None });
        }
    }

    /// Takes a variable of the innermost scope out, so that its list can grow in place.
    pub(crate) fn take_local(&mut self, name: &str) -> Option<Live> {
        let slot = self.scopes.last_mut()?.get_mut(name)?;
        Some(std::mem::replace(&mut slot.value, Live::Null))
    }

    /// Removes a variable.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        self.scopes.iter_mut().rev().any(|scope| scope.remove(name).is_some())
    }

    /// Assigns a variable; one with a type converts what it is given.
    pub(crate) fn assign(
        &mut self,
        variable: &Variable,
        value: Live,
        type_name: Option<&TypeName>,
    ) -> Run<()> {
        const FIXED: &[&str] = &[
            "true",
            "false",
            "null",
            "?",
            "error",
            "pid",
            "home",
            "pshome",
            "psversiontable",
            "host",
        ];
        if variable.scope.is_none() && FIXED.contains(&&*variable.name) {
            return Err(Stop::error(
                "System.Management.Automation.SessionStateUnauthorizedAccessException",
                "VariableNotWritable",
                format!(
                    "Cannot overwrite variable {} because it is read-only or constant.",
                    variable.name
                ),
            ));
        }
        let at = match variable.scope.as_deref() {
            Some("env") => {
                self.environment.insert(variable.name.to_string(), value.to_text());
                return Ok(());
            }
            Some("global" | "script") => 0,
            _ => self.scopes.len() - 1,
        };
        let slot = self.scopes.get(at).and_then(|scope| scope.get(&variable.name));
        let kept = slot.and_then(|slot| slot.type_name.clone());
        let type_name = type_name.cloned().or(kept);
        let value = match &type_name {
            Some(type_name) => self.cast(type_name, &value)?,
            None => value,
        };
        let Some(scope) = self.scopes.get_mut(at) else { return Ok(()) };
        scope.insert(Rc::clone(&variable.name), Slot { value, type_name });
        Ok(())
    }

    /// Keeps an error in `$Error`.
    pub(crate) fn remember(&mut self, error: Live) {
        let mut errors = self.errors.items.borrow_mut();
        errors.insert(0, error);
        errors.truncate(ERRORS_MAX);
    }

    /// Returns all variables that can be seen, for `GetNewClosure()`.
    pub(crate) fn visible(&self) -> Vec<(Rc<str>, Live)> {
        let mut all: BTreeMap<Rc<str>, Live> = BTreeMap::new();
        // At the outermost level the variables there are the local ones.
        let outer = usize::from(self.scopes.len() > 1);
        for scope in self.scopes.iter().skip(outer) {
            for (name, slot) in scope {
                all.insert(Rc::clone(name), slot.value.clone());
            }
        }
        all.into_iter().collect()
    }
}
