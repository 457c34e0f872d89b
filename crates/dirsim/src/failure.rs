//! Why a command stopped, and with which exit code.

use std::fmt;
use std::process::ExitCode;

use dirsim_store::StoreError;
use dirsim_world::WorldError;

/// A command that could not do its work.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    messages: Vec<String>,
}

impl Failure {
    /// An expectation or limit failed; the report has been written already.
    pub(crate) const fn expectation() -> Self {
        Self { code: 1, messages: Vec::new() }
    }

    /// A file or workspace cannot be read.
    pub(crate) fn unreadable(messages: impl IntoIterator<Item = String>) -> Self {
        Self { code: 3, messages: messages.into_iter().collect() }
    }

    /// A scenario, rule or script has mistakes.
    pub(crate) fn syntax(messages: impl IntoIterator<Item = String>) -> Self {
        Self { code: 4, messages: messages.into_iter().collect() }
    }

    /// dirsim is wrong.
    pub(crate) fn internal(message: String) -> Self {
        let hint = "this is a fault in dirsim; please report it with the command and the journal";
        Self { code: 5, messages: vec![message, hint.to_owned()] }
    }

    /// The arguments do not fit together.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: 64, messages: vec![message.into()] }
    }

    /// Prints the messages to stderr.
    pub(crate) fn print(&self) {
        if !self.messages.is_empty() {
            anstream::eprintln!("{self}");
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (red, reset) = (anstyle::AnsiColor::Red.on_default().bold(), anstyle::Reset);
        for (index, message) in self.messages.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            if message.starts_with("error:") {
                write!(f, "{message}")?;
            } else {
                write!(f, "{red}error{reset}: {message}")?;
            }
        }
        Ok(())
    }
}

impl From<WorldError> for Failure {
    fn from(error: WorldError) -> Self {
        match error {
            WorldError::Rules(problems) => Self::syntax(problems.iter().map(ToString::to_string)),
            WorldError::Store(error) => error.into(),
            WorldError::UnknownConnector { .. } => Self::usage(error.to_string()),
            other => Self::unreadable([other.to_string()]),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::unreadable([error.to_string()])
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            // Whoever read the report has seen enough.
            return Self { code: 0, messages: Vec::new() };
        }
        Self::unreadable([error.to_string()])
    }
}
