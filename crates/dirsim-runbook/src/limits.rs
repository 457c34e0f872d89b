//! What a script may use: statements, memory, depth, output. Clear messages instead of hanging.

use crate::stop::{Run, Stop};

/// What one item of a list is charged: the value, and the room that a growing list keeps free.
pub(crate) const ITEM_BYTES: usize = 48;

/// The part of all bytes that one value may take, as a divisor: it is copied while it is made.
const ONE_PART: u64 = 2;

/// The limits of a session.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most statements and turns of loops.
    pub statements: u64,
    /// Most bytes of values made, in sum.
    pub bytes: u64,
    /// Most calls within each other.
    pub depth: u32,
    /// Most values and lines printed.
    pub outputs: u64,
}

impl Default for Limits {
    /// Returns the limits of `config/runbook/limits.yaml`.
    fn default() -> Self {
        crate::config::limits()
    }
}

/// What a session has left.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    limits: Limits,
    statements: u64,
    bytes: u64,
    depth: u32,
    outputs: u64,
    /// Bytes that were printed.
    kept: u64,
}

impl Budget {
    /// Starts with everything.
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            statements: limits.statements,
            bytes: limits.bytes,
            depth: 0,
            outputs: 0,
            kept: 0,
        }
    }

    /// Takes one statement.
    pub fn step(&mut self) -> Run<()> {
        self.statements = self.statements.checked_sub(1).ok_or_else(|| {
            let most = self.limits.statements;
            Stop::limit(format!(
                "the script ran {most} statements and is stopped: is there a loop without an end?"
            ))
        })?;
        if self.outputs > self.limits.outputs {
            let most = self.limits.outputs;
            return Err(Stop::limit(format!(
                "the script printed more than {most} lines and is stopped"
            )));
        }
        if self.kept > self.limits.bytes / ONE_PART {
            let most = (self.limits.bytes / ONE_PART) >> 20;
            return Err(Stop::limit(format!(
                "the script printed more than {most} MiB and is stopped"
            )));
        }
        Ok(())
    }

    /// Takes some bytes.
    pub fn charge(&mut self, bytes: usize) -> Run<()> {
        let wanted = u64::try_from(bytes).unwrap_or(u64::MAX);
        if wanted > self.limits.bytes / ONE_PART {
            let most = (self.limits.bytes / ONE_PART) >> 10;
            return Err(Stop::limit(format!(
                "the script made one value of more than {} and is stopped",
                if most < 1024 { format!("{most} KiB") } else { format!("{} MiB", most >> 10) }
            )));
        }
        self.bytes = self.bytes.checked_sub(wanted).ok_or_else(|| {
            let most = self.limits.bytes >> 20;
            Stop::limit(format!("the script made values of more than {most} MiB and is stopped"))
        })?;
        Ok(())
    }

    /// Counts what is printed, and its bytes; the next statement finds out that it was too much.
    pub const fn printed(&mut self, bytes: usize) {
        self.outputs += 1;
        self.kept = self.kept.saturating_add(bytes as u64);
    }

    /// Goes one call deeper.
    pub fn enter(&mut self) -> Run<()> {
        if self.depth >= self.limits.depth {
            let most = self.limits.depth;
            return Err(Stop::limit(format!(
                "the script calls deeper than {most} and is stopped: does a function call itself without an end?"
            )));
        }
        self.depth += 1;
        Ok(())
    }

    /// Comes back from a call.
    pub const fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Starts the next script of a session, with everything again.
    pub const fn refill(&mut self) {
        self.statements = self.limits.statements;
        self.bytes = self.limits.bytes;
        self.depth = 0;
        self.outputs = 0;
        self.kept = 0;
    }
}
