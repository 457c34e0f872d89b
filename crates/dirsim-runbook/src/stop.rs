//! Why a statement did not run to its end: a jump, an error, or a world that cannot go on.

use std::rc::Rc;

use dirsim_world::WorldError;

use crate::diagnostic::Span;
use crate::error::{CommandError, ErrorRecord};
use crate::live::Live;

/// What leaves a statement before its end.
#[derive(Debug)]
pub enum Stop {
    /// `break`, with a label.
    Break(Option<Rc<str>>),
    /// `continue`, with a label.
    Continue(Option<Rc<str>>),
    /// `return`.
    Return,
    /// `return` of a method of a class, with its value.
    Returned(Live),
    /// `exit`, with a code.
    Exit(i32),
    /// A stage behind the first one of the pipeline of this number wants no more, or failed.
    Full(usize),
    /// Whoever looks on ended the script; nothing in it can take this.
    Ended,
    /// An error that `catch` can take.
    Failed(Box<Thrown>),
    /// The world cannot go on; nothing in the script can take this.
    World(Box<WorldError>),
    /// A limit of dirsim is reached; nothing in the script can take this.
    Limit(Box<Thrown>),
}

/// An error on its way to a `catch`.
#[derive(Debug, Clone)]
pub struct Thrown {
    /// What is printed of it.
    pub record: ErrorRecord,
    /// The full name of the .NET exception.
    pub exception: Rc<str>,
    /// What was thrown, or what the command was about.
    pub target: Live,
    /// Whether it ends the script when nothing takes it; otherwise it ends its statement.
    pub fatal: bool,
    /// Where the command or statement stands.
    pub span: Option<Span>,
    /// The statement as written.
    pub line: Rc<str>,
}

/// What evaluating something gives.
pub(crate) type Run<T> = Result<T, Stop>;

impl Stop {
    /// Makes an error of the language.
    pub fn error(exception: &str, id: &str, message: impl Into<String>) -> Self {
        Self::Failed(Box::new(Thrown::of_language(exception, id, message.into())))
    }

    /// Makes a `RuntimeException`.
    pub fn runtime(id: &str, message: impl Into<String>) -> Self {
        Self::error("System.Management.Automation.RuntimeException", id, message)
    }

    /// Makes the error of a value that does not convert.
    pub fn cast(id: &str, message: impl Into<String>) -> Self {
        Self::error("System.Management.Automation.PSInvalidCastException", id, message)
    }

    /// Makes the error of a method that was called with what it cannot take.
    pub fn method(method: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::error(
            "System.Management.Automation.MethodInvocationException",
            "MethodInvocationException",
            format!("Exception calling \"{method}\" with \"1\" argument(s): \"{message}\""),
        )
    }

    /// Makes the end of a script that reached a limit.
    pub fn limit(message: impl Into<String>) -> Self {
        let mut thrown =
            Thrown::of_language("Dirsim.LimitException", "Dirsim.Limit", message.into());
        thrown.fatal = true;
        Self::Limit(Box::new(thrown))
    }
}

impl Thrown {
    /// Makes an error that no cmdlet returned.
    pub fn of_language(exception: &str, id: &str, message: String) -> Self {
        let short = exception.rsplit('.').next().unwrap_or(exception);
        Self {
            record: ErrorRecord {
                command: "",
                message,
                exception: short.to_owned(),
                fully_qualified_error_id: id.to_owned(),
                category: category_of(short),
                target: String::new(),
                details: Vec::new(),
                variant: "",
                rule: String::new(),
            },
            exception: exception.into(),
            target: Live::Null,
            fatal: false,
            span: None,
            line: "".into(),
        }
    }
}

/// Returns the category that PowerShell gives an exception of the language.
fn category_of(exception: &str) -> &'static str {
    match exception {
        "PSInvalidCastException"
        | "InvalidCastException"
        | "ArgumentTransformationMetadataException" => "InvalidArgument",
        "RuntimeException" => "InvalidOperation",
        "CommandNotFoundException" | "ItemNotFoundException" => "ObjectNotFound",
        "ParameterBindingException" | "ParameterBindingValidationException" => "InvalidArgument",
        "WriteErrorException" => "NotSpecified",
        _ => "NotSpecified",
    }
}

impl From<CommandError> for Stop {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(record) => {
                let exception = full_name(&record.exception);
                let target = Live::text(record.target.as_str());
                Self::Failed(Box::new(Thrown {
                    record: *record,
                    exception: exception.into(),
                    target,
                    fatal: false,
                    span: None,
                    line: "".into(),
                }))
            }
            CommandError::World(error) => Self::World(Box::new(error)),
            CommandError::Stop(stop) => *stop,
        }
    }
}

impl From<Stop> for CommandError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::World(error) => Self::World(*error),
            other => Self::Stop(Box::new(other)),
        }
    }
}

/// Returns the full .NET name of an exception that a directory cmdlet names in short.
pub(crate) fn full_name(short: &str) -> String {
    if short.contains('.') {
        return short.to_owned();
    }
    if short.starts_with("AD") {
        return format!("Microsoft.ActiveDirectory.Management.{short}");
    }
    match short {
        "MicrosoftOnlineException" => {
            format!("Microsoft.Online.Administration.Automation.{short}")
        }
        other => format!("System.{other}"),
    }
}
