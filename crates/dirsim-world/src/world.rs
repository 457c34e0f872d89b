//! A world: its workspace, its schema and its compiled rules, advanced by inputs.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use dirsim_model::{Schema, Timestamp};
use dirsim_rules::RuleSet;
use dirsim_store::{
    Commit, CommitRecord, Digest, StoreError, StoreResult, Table, Tables, View, Workspace, rows,
};
use dirsim_sync::{Progress, ServerTables, servers};

use crate::apply::{self, Rules, Stage};
use crate::configuration::NewAttribute;
use crate::error::WorldError;
use crate::event::{Event, Stepped};
use crate::input::{Input, ServerEdit, Setup, Source};
use crate::rules;

/// Name of the meta record that holds the clock.
pub(crate) const CLOCK: &str = "clock";
/// Name of the meta record that holds the setup.
pub(crate) const SETUP: &str = "setup";
/// Name of the meta record that holds which files the world was made from.
pub(crate) const SOURCES: &str = "sources";
/// Name of the meta record that holds the edits of single rules since the rule files.
pub(crate) const RULE_EDITS: &str = "rule-edits";
/// Name of the meta record that holds attribute names beyond the shipped schema.
pub(crate) const NAMES: &str = "attribute-names";
/// Name of the meta record that holds what sides say about attributes beyond the shipped schema.
pub(crate) const DEFINITIONS: &str = "attribute-definitions";

/// Returns the simulated time of a world, now or at a step.
pub fn clock(tables: &dyn Tables) -> StoreResult<Timestamp> {
    Ok(rows::meta(tables, CLOCK)?.unwrap_or_default())
}

/// Returns the files that a world was made from, in the order in which they were read.
pub fn sources(tables: &dyn Tables) -> StoreResult<Vec<Source>> {
    Ok(rows::meta(tables, SOURCES)?.unwrap_or_default())
}

/// The whole simulated world.
pub struct World {
    workspace: Workspace,
    schema: Schema,
    /// Compiled from the rule files and connectors of each server; rebuilt when either changes.
    rules: Rules,
    /// The number of the server in use.
    server: u8,
}

impl World {
    /// Starts a world in an empty workspace.
    pub fn create(workspace: Workspace, setup: Setup) -> Result<Self, WorldError> {
        let mut world = Self {
            workspace,
            schema: Schema::built_in(),
            rules: Rules::new(),
            server: servers::FIRST,
        };
        world.step(Input::Setup(Box::new(setup)))?;
        Ok(world)
    }

    /// Starts a world that lives in memory only.
    pub fn in_memory(setup: Setup) -> Result<Self, WorldError> {
        Self::create(Workspace::in_memory(), setup)
    }

    /// Starts a world in a new workspace folder.
    pub fn create_at(path: &Path, setup: Setup) -> Result<Self, WorldError> {
        Self::create(Workspace::create(path)?, setup)
    }

    /// Opens the world of a workspace folder, with the warnings of the store.
    pub fn open(path: &Path) -> Result<(Self, Vec<String>), WorldError> {
        let (workspace, warnings) = Workspace::open(path)?;
        Ok((Self::of(workspace)?, warnings))
    }

    /// Starts from the world that a workspace holds.
    pub fn of(workspace: Workspace) -> Result<Self, WorldError> {
        let mut world = Self {
            workspace,
            schema: Schema::built_in(),
            rules: Rules::new(),
            server: servers::FIRST,
        };
        world.reload()?;
        Ok(world)
    }

    /// Forgets everything that is kept outside the tables and reads it again, as closing and opening
    /// does.
    pub fn reopen(self) -> Result<Self, WorldError> {
        Self::of(self.workspace)
    }

    /// Changes the world by one input: one transaction, one commit, one step of the journal.
    ///
    /// When the simulated product refuses, nothing changes and no step is made.
    pub fn step(&mut self, input: Input) -> Result<Stepped, WorldError> {
        self.step_with(input, &mut |_| ())
    }

    /// Does [`World::step`] and reports how far a long run is.
    #[expect(clippy::needless_pass_by_value, reason = "an input is used up by its step")]
    pub fn step_with(
        &mut self,
        input: Input,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Stepped, WorldError> {
        self.compile_for(&input)?;
        let before = self.workspace.head();
        let label = self.label(&input)?;
        let mut transaction = self.workspace.begin()?;
        let mut schema = self.schema.clone();
        let mut stage = Stage {
            tables: &mut transaction,
            schema: &mut schema,
            rules: &self.rules,
            step: before + 1,
        };
        let effect = apply::apply(&mut stage, &input, progress)?;
        if effect.refusal.is_some() {
            drop(transaction);
            return Ok(Stepped { step: before, events: Vec::new(), refusal: effect.refusal });
        }
        let at = rows::meta(&transaction, CLOCK)?.unwrap_or_default();
        let server = servers::in_use(&transaction)?;
        let record = transaction.commit(Commit {
            label,
            input: rows::encode(&input).into(),
            summary: rows::encode(&effect.events).into(),
            at,
        })?;
        if effect.rules_stale {
            self.schema = schema;
            self.rules = Rules::new();
        }
        self.server = server;
        Ok(Stepped { step: record.step, events: effect.events, refusal: None })
    }

    /// Does what `inputs` ask on a copy of the world that is thrown away, and hands the tables of
    /// that copy to `look` (D10: a rehearsal changes nothing).
    pub fn rehearse<T>(
        &mut self,
        rehearsal: impl FnOnce(&mut Rehearsal<'_>) -> Result<T, WorldError>,
    ) -> Result<T, WorldError> {
        self.rules()?;
        let step = self.workspace.head() + 1;
        let mut schema = self.schema.clone();
        let (rules, server) = (self.rules.clone(), self.server);
        let mut transaction = self.workspace.begin()?;
        let tables = ServerTables::new(&mut transaction, server);
        rehearsal(&mut Rehearsal { tables, schema: &mut schema, rules, step, server })
    }

    /// Goes to the world as it was after a step; later steps stay until a new one is made.
    pub fn goto(&mut self, step: u64) -> Result<(), WorldError> {
        // The first step is the setup: a world without it is no world.
        if step == 0 {
            Err(StoreError::NoSuchStep { asked: step, last: self.workspace.last() })?;
        }
        self.workspace.goto(step)?;
        self.reload()
    }

    /// Undoes the last step; returns the step the world is at now.
    pub fn back(&mut self) -> Result<u64, WorldError> {
        let target = self.workspace.head().saturating_sub(1);
        self.goto(target)?;
        Ok(target)
    }

    /// Redoes a step that was undone; returns the step the world is at now.
    pub fn forward(&mut self) -> Result<u64, WorldError> {
        let target = self.workspace.head() + 1;
        self.goto(target)?;
        Ok(target)
    }

    /// Returns the tables as they are now, as the server in use sees them.
    pub fn tables(&self) -> &dyn Tables {
        if self.server == servers::FIRST { self.workspace.tables() } else { self }
    }

    /// Returns the tables as they were after a step, as the server in use then saw them.
    pub fn at(&self, step: u64) -> Result<Past<'_>, WorldError> {
        let view = self.workspace.view(step)?;
        let server = servers::in_use(&view)?;
        Ok(Past { view, server })
    }

    /// Looks at the tables as a server saw them after an earlier step.
    pub fn at_on(&self, step: u64, server: u8) -> Result<Past<'_>, WorldError> {
        Ok(Past { view: self.workspace.view(step)?, server })
    }

    /// Returns the number of the server in use.
    pub const fn server(&self) -> u8 {
        self.server
    }

    /// Looks at the tables as another server sees them.
    pub fn on_server(&self, server: u8) -> OnServer<'_> {
        OnServer { tables: self.workspace.tables(), server }
    }

    /// Returns the names and syntaxes of the world.
    pub const fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Returns the simulated time.
    pub fn now(&self) -> Result<Timestamp, WorldError> {
        Ok(clock(self.tables())?)
    }

    /// Returns the compiled rule set.
    pub fn rules(&mut self) -> Result<Arc<RuleSet>, WorldError> {
        self.rules_of(self.server)
    }

    /// Returns the compiled rule set of a server.
    pub(crate) fn rules_of(&mut self, server: u8) -> Result<Arc<RuleSet>, WorldError> {
        if let Some(rules) = self.rules.get(&server) {
            return Ok(Arc::clone(rules));
        }
        let tables = OnServer { tables: self.workspace.tables(), server };
        let rules = Arc::new(rules::compile(&tables, &self.schema)?);
        self.rules.insert(server, Arc::clone(&rules));
        Ok(rules)
    }

    /// Returns the step the world is at.
    pub fn head(&self) -> u64 {
        self.workspace.head()
    }

    /// Returns the last step of the journal; later than [`World::head`] after going back.
    pub fn last(&self) -> u64 {
        self.workspace.last()
    }

    /// Returns the digest of all records.
    pub fn digest(&self) -> Digest {
        self.workspace.digest()
    }

    /// Returns the journal from one step to another, both included.
    pub fn journal(&self, from: u64, to: u64) -> Result<Vec<CommitRecord>, WorldError> {
        Ok(self.workspace.commits(from, to)?)
    }

    /// Returns what happened in a step.
    pub fn events(&self, commit: &CommitRecord) -> Result<Vec<Event>, WorldError> {
        rows::decode(dirsim_store::Table::Meta, b"summary", &commit.summary)
            .map_err(|_| WorldError::UnreadableInput(commit.step))
    }

    /// Returns the input of a step.
    pub fn input(&self, step: u64) -> Result<Input, WorldError> {
        let bytes = self.workspace.input(step)?;
        rows::decode(dirsim_store::Table::Meta, b"input", &bytes)
            .map_err(|_| WorldError::UnreadableInput(step))
    }

    /// Keeps so many steps behind the current one from now on; earlier ones are forgotten at times.
    pub fn keep_steps(&mut self, steps: u64) -> Result<(), WorldError> {
        Ok(self.workspace.keep(Some(steps))?)
    }

    /// Forgets all steps before one.
    pub fn forget(&mut self, first: u64) -> Result<(), WorldError> {
        Ok(self.workspace.forget(first)?)
    }

    /// Returns the workspace, for statistics.
    pub const fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Returns the text of an input for the journal; a run of a cycle is named by what it does.
    fn label(&self, input: &Input) -> Result<String, WorldError> {
        if !matches!(input, Input::RunNext) {
            return Ok(input.label());
        }
        let Some((connector, profile)) = dirsim_sync::cycle::next(self.tables())? else {
            return Ok(input.label());
        };
        let name = dirsim_sync::connector::get(self.tables(), connector)?;
        Ok(format!("{profile} on {}", name.map_or_else(String::new, |found| found.name)))
    }

    /// Compiles the rules that an input needs; inputs that load do without.
    fn compile_for(&mut self, input: &Input) -> Result<(), WorldError> {
        match input {
            Input::RunNext
            | Input::Run { .. }
            | Input::Server(
                ServerEdit::ClearConnectorSpace(_)
                | ServerEdit::RemoveCsObject(_)
                | ServerEdit::SynchronizeObject { .. }
                | ServerEdit::SingleObject { .. },
            ) => {
                self.rules()?;
            }
            Input::AdvanceClock(_) => {
                for known in servers::all(self.workspace.tables())? {
                    let tables = self.on_server(known.number);
                    if dirsim_sync::server::settings(&tables)?.timed {
                        self.rules_of(known.number)?;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Reads what is kept outside the tables again, after opening or travelling.
    fn reload(&mut self) -> Result<(), WorldError> {
        self.schema = Schema::built_in();
        self.rules = Rules::new();
        self.server = servers::in_use(self.workspace.tables())?;
        let names: Vec<String> = rows::meta(self.tables(), NAMES)?.unwrap_or_default();
        for name in names {
            self.schema.intern(&name)?;
        }
        let definitions: Vec<NewAttribute> =
            rows::meta(self.tables(), DEFINITIONS)?.unwrap_or_default();
        apply::apply_definitions(&mut self.schema, &definitions)
    }
}

impl Tables for World {
    fn get(&self, table: Table, key: &[u8]) -> StoreResult<Option<Bytes>> {
        servers::get(self.workspace.tables(), self.server, table, key)
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> StoreResult<Vec<(Bytes, Bytes)>> {
        servers::scan(self.workspace.tables(), self.server, table, from, to, limit)
    }

    fn put(&mut self, _: Table, _: &[u8], _: Bytes) -> StoreResult<()> {
        Err(StoreError::ReadOnly)
    }

    fn delete(&mut self, _: Table, _: &[u8]) -> StoreResult<()> {
        Err(StoreError::ReadOnly)
    }

    fn begin_attempt(&mut self) {}

    fn end_attempt(&mut self, _: bool) -> StoreResult<()> {
        Err(StoreError::ReadOnly)
    }
}

/// The world as one server sees it, to read only.
pub struct OnServer<'a> {
    tables: &'a dyn Tables,
    server: u8,
}

impl<'a> OnServer<'a> {
    /// Looks at the tables of a whole world as a server sees them.
    pub(crate) const fn new(tables: &'a dyn Tables, server: u8) -> Self {
        Self { tables, server }
    }
}

impl Tables for OnServer<'_> {
    fn get(&self, table: Table, key: &[u8]) -> StoreResult<Option<Bytes>> {
        servers::get(self.tables, self.server, table, key)
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> StoreResult<Vec<(Bytes, Bytes)>> {
        servers::scan(self.tables, self.server, table, from, to, limit)
    }

    fn put(&mut self, _: Table, _: &[u8], _: Bytes) -> StoreResult<()> {
        Err(StoreError::ReadOnly)
    }

    fn delete(&mut self, _: Table, _: &[u8]) -> StoreResult<()> {
        Err(StoreError::ReadOnly)
    }

    fn begin_attempt(&mut self) {}

    fn end_attempt(&mut self, _: bool) -> StoreResult<()> {
        Err(StoreError::ReadOnly)
    }
}

/// The world after an earlier step, as one server then saw it, to read only.
pub struct Past<'a> {
    view: View<'a>,
    server: u8,
}

impl Tables for Past<'_> {
    fn get(&self, table: Table, key: &[u8]) -> StoreResult<Option<Bytes>> {
        servers::get(&self.view, self.server, table, key)
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> StoreResult<Vec<(Bytes, Bytes)>> {
        servers::scan(&self.view, self.server, table, from, to, limit)
    }

    fn put(&mut self, _: Table, _: &[u8], _: Bytes) -> StoreResult<()> {
        Err(StoreError::ReadOnly)
    }

    fn delete(&mut self, _: Table, _: &[u8]) -> StoreResult<()> {
        Err(StoreError::ReadOnly)
    }

    fn begin_attempt(&mut self) {}

    fn end_attempt(&mut self, _: bool) -> StoreResult<()> {
        Err(StoreError::ReadOnly)
    }
}

/// A copy of the world that is thrown away.
pub struct Rehearsal<'a> {
    tables: ServerTables<'a>,
    schema: &'a mut Schema,
    rules: Rules,
    step: u64,
    server: u8,
}

impl Rehearsal<'_> {
    /// Changes the copy by one input.
    pub fn step(
        &mut self,
        input: &Input,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Stepped, WorldError> {
        let mut stage = Stage {
            tables: self.tables.base(),
            schema: self.schema,
            rules: &self.rules,
            step: self.step,
        };
        let effect = apply::apply(&mut stage, input, progress)?;
        let stepped = Stepped { step: self.step, events: effect.events, refusal: effect.refusal };
        if effect.rules_stale {
            let rules = rules::compile(&self.tables, self.schema)?;
            self.rules.insert(self.server, Arc::new(rules));
        }
        self.step += 1;
        Ok(stepped)
    }

    /// Returns the names and syntaxes of the copy.
    pub const fn schema(&self) -> &Schema {
        self.schema
    }

    /// Returns the rule set of the copy.
    pub fn rules(&self) -> &RuleSet {
        self.rules.get(&self.server).expect("a rehearsal starts with compiled rules")
    }

    /// Returns the tables of the copy, as the server in use sees them.
    pub const fn tables(&self) -> &dyn Tables {
        &self.tables
    }
}
