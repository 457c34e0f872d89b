//! What happened in a simulation, as data that can be kept in a file and played again.

use std::fmt;

use dirsim_world::{Input, Setup};
use serde::{Deserialize, Serialize};

/// The version of the format of a [`Log`] in a file.
///
/// 1: setup, entries, and the rule that broke.
pub const FORMAT: u32 = 1;

/// One thing that was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Entry {
    /// An input.
    Input(Input),
    /// The program was closed and opened again.
    Restart,
}

impl fmt::Display for Entry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Restart => out.write_str("close and open again"),
            Self::Input(Input::Tenant(edit)) => write!(out, "tenant: {edit:?}"),
            Self::Input(Input::Forest(edit)) => write!(out, "forest: {edit:?}"),
            Self::Input(Input::Server(edit)) => {
                let text = format!("{edit:?}");
                let short: String = text.chars().take(200).collect();
                let more = if short.len() < text.len() { " …" } else { "" };
                write!(out, "server: {short}{more}")
            }
            Self::Input(input) => out.write_str(&input.label()),
        }
    }
}

/// A rule that did not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// How many entries had been played, the last of which broke the rule; 0 for the setup.
    pub entry: usize,
    /// The rule: `SE-354`, or `panic`, or a law of dirsim's own.
    pub rule: String,
    /// What was found.
    pub text: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.rule, self.text)
    }
}

/// A log of inputs that starts a world and leads to where a rule broke, if one did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Log {
    /// The version of this format: [`FORMAT`].
    pub format: u32,
    /// The seed that the log came from.
    pub seed: u64,
    /// What broke at its end; `None` for a log that breaks nothing.
    pub broken: Option<Broken>,
    /// How the world starts.
    pub setup: Setup,
    /// What was done, in order.
    pub entries: Vec<Entry>,
}

impl Log {
    /// Starts a log.
    pub const fn new(seed: u64, setup: Setup) -> Self {
        Self { format: FORMAT, seed, broken: None, setup, entries: Vec::new() }
    }

    /// Writes the log as JSON, one entry per line.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut text = format!(
            "{{\"format\": {}, \"seed\": {}, \"broken\": {},\n\"setup\": {},\n\"entries\": [\n",
            self.format,
            self.seed,
            serde_json::to_string(&self.broken)?,
            serde_json::to_string(&self.setup)?
        );
        let entries: Result<Vec<String>, _> =
            self.entries.iter().map(serde_json::to_string).collect();
        text.push_str(&entries?.join(",\n"));
        text.push_str("\n]}\n");
        Ok(text)
    }

    /// Reads a log; the message says what is wrong and where.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let log: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if log.format == FORMAT {
            Ok(log)
        } else {
            Err(format!("the log has format {}; this dirsim reads format {FORMAT}", log.format))
        }
    }
}
