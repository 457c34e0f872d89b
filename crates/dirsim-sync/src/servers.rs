//! Several synchronization servers on one tenant (SE section 9): each has a database of its own.
//!
//! The engine, its surfaces and its tests work on the tables of one server and do not know of
//! others. The first server uses the tables as they are. Those of every further server lie in
//! [`Table::ServerRecord`] and [`Table::ServerIndex`], their keys behind the number of the server
//! and of the table, and [`ServerTables`] moves every read and write there. Forests, the tenant, the
//! clock and faults are the same for all.

use bytes::Bytes;
use dirsim_model::Timestamp;
use dirsim_store::tables::{prefix_end, scan_prefix};
use dirsim_store::{StoreResult, Table, Tables, rows};
use serde::{Deserialize, Serialize};

use crate::server;

/// The number of the server that every world begins with.
pub const FIRST: u8 = 1;
/// The name of that server.
pub const FIRST_NAME: &str = "SYNC01";

/// Name of the meta record that lists the servers; absent while there is only the first.
const SERVERS: &str = "servers";
/// Name of the meta record that says on which server administrators work.
const IN_USE: &str = "server-in-use";
/// Records that are copied at once.
const PIECE: usize = 1024;

/// One synchronization server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Its number, from 1 in the order of installation.
    pub number: u8,
    /// Its name.
    pub name: String,
}

/// What a new server starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Start {
    /// An empty database; connectors, filters and rules as on the server in use (SE-280).
    SameConfiguration,
    /// The whole database of the server in use: an image taken now (SE-282).
    Image,
}

/// Returns all servers in the order of their numbers.
pub fn all(tables: &dyn Tables) -> StoreResult<Vec<Server>> {
    let known: Option<Vec<Server>> = rows::meta(tables, SERVERS)?;
    Ok(known.unwrap_or_else(|| vec![Server { number: FIRST, name: FIRST_NAME.to_owned() }]))
}

/// Returns the server on which administrators work.
pub fn in_use(tables: &dyn Tables) -> StoreResult<u8> {
    Ok(rows::meta(tables, IN_USE)?.unwrap_or(FIRST))
}

/// Returns a server by its name in any letter case.
pub fn find(tables: &dyn Tables, name: &str) -> StoreResult<Option<Server>> {
    Ok(all(tables)?.into_iter().find(|server| server.name.eq_ignore_ascii_case(name)))
}

/// Makes a server the one on which administrators work.
pub fn use_server(tables: &mut dyn Tables, number: u8) -> StoreResult<()> {
    rows::put_meta(tables, IN_USE, &number)
}

/// Installs a server; returns its number, or `None` when the name is taken or there are 250 of them.
///
/// `tables` are those of the world. What the server in use has is copied as `start` says.
pub fn add(
    tables: &mut dyn Tables,
    name: &str,
    start: Start,
    staging_mode: bool,
    now: Timestamp,
) -> StoreResult<Option<u8>> {
    let mut servers = all(tables)?;
    let number = servers.iter().map(|server| server.number).max().unwrap_or(FIRST) + 1;
    if number > 250 || servers.iter().any(|server| server.name.eq_ignore_ascii_case(name)) {
        return Ok(None);
    }
    let source = in_use(tables)?;
    let kept = match start {
        Start::Image => |_: Table, _: &[u8]| true,
        Start::SameConfiguration => {
            |table: Table, key: &[u8]| table == Table::Meta && CONFIGURATION.contains(&key)
        }
    };
    copy(tables, source, number, kept)?;
    servers.push(Server { number, name: name.to_owned() });
    rows::put_meta(tables, SERVERS, &servers)?;
    let mut own = ServerTables::new(tables, number);
    if start == Start::SameConfiguration {
        crate::connector::reinstall(&mut own, now)?;
        server::create_own(&mut own, now)?;
    }
    let mut settings = server::settings(&own)?;
    settings.staging_mode = staging_mode;
    server::put_settings(&mut own, &settings)?;
    Ok(Some(number))
}

/// Takes a server off the network; its database goes with it. The first one stays: a world has at
/// least one. Returns whether there was such a server.
pub fn remove(tables: &mut dyn Tables, number: u8) -> StoreResult<bool> {
    let mut servers = all(tables)?;
    let before = servers.len();
    servers.retain(|server| server.number != number || number == FIRST);
    if servers.len() == before {
        return Ok(false);
    }
    clear(tables, number)?;
    rows::put_meta(tables, SERVERS, &servers)?;
    if in_use(tables)? == number {
        use_server(tables, FIRST)?;
    }
    Ok(true)
}

/// Replaces the database of one server by a copy of another one's: a restore from a backup
/// (SE-282).
pub fn restore(tables: &mut dyn Tables, from: u8, to: u8) -> StoreResult<()> {
    clear(tables, to)?;
    copy(tables, from, to, |_, _| true)
}

/// Names of the records that make up the configuration of a server.
const CONFIGURATION: &[&[u8]] = &[b"setup", b"sync-connectors", b"rule-edits", b"sync-identity"];

/// Tables that every server has for itself; of [`Table::Meta`] only some records.
const OWN: &[Table] = &[
    Table::CsObject,
    Table::CsByKey,
    Table::CsPending,
    Table::CsLink,
    Table::CsBackLink,
    Table::CsChild,
    Table::MvObject,
    Table::MvByKey,
    Table::MvPending,
    Table::MvLink,
    Table::MvBackLink,
    Table::Run,
    Table::RunDetail,
    Table::ExportAnswer,
];

/// Returns whether a record belongs to one server.
fn is_own(table: Table, key: &[u8]) -> bool {
    if table == Table::Meta {
        return key.starts_with(b"sync-")
            || key.starts_with(b"cs-object-")
            || matches!(key, b"mv-object" | b"setup" | b"rule-edits");
    }
    OWN.contains(&table)
}

/// Returns where a record of a server lies; `None` when it lies where it always does.
fn place(server: u8, table: Table, key: &[u8]) -> Option<(Table, Vec<u8>)> {
    if server == FIRST || !is_own(table, key) {
        return None;
    }
    let mut moved = Vec::with_capacity(2 + key.len());
    moved.extend_from_slice(&[server, table as u8]);
    moved.extend_from_slice(key);
    Some((moved_to(table), moved))
}

const fn moved_to(table: Table) -> Table {
    if table.is_derived() { Table::ServerIndex } else { Table::ServerRecord }
}

/// Returns a record as a server sees it.
pub fn get(
    tables: &dyn Tables,
    server: u8,
    table: Table,
    key: &[u8],
) -> StoreResult<Option<Bytes>> {
    match place(server, table, key) {
        Some((moved, key)) => tables.get(moved, &key),
        None => tables.get(table, key),
    }
}

/// Returns records as a server sees them. A range over [`Table::Meta`] belongs to one server when
/// its first key does.
pub fn scan(
    tables: &dyn Tables,
    server: u8,
    table: Table,
    from: &[u8],
    to: Option<&[u8]>,
    limit: usize,
) -> StoreResult<Vec<(Bytes, Bytes)>> {
    let Some((moved, start)) = place(server, table, from) else {
        return tables.scan(table, from, to, limit);
    };
    let end = match to {
        Some(to) => {
            let mut end = vec![server, table as u8];
            end.extend_from_slice(to);
            Some(end)
        }
        None => prefix_end(&[server, table as u8]),
    };
    let found = tables.scan(moved, &start, end.as_deref(), limit)?;
    Ok(found.into_iter().map(|(key, value)| (key.slice(2.min(key.len())..), value)).collect())
}

/// Copies what one server has to another.
fn copy(
    tables: &mut dyn Tables,
    from: u8,
    to: u8,
    kept: impl Fn(Table, &[u8]) -> bool,
) -> StoreResult<()> {
    for table in OWN.iter().chain(&[Table::Meta]) {
        let mut start = Vec::new();
        loop {
            let found = own_records(tables, from, *table, &start, PIECE)?;
            let Some((last, _)) = found.last() else { break };
            start = last.to_vec();
            start.push(0);
            for (key, value) in found {
                if is_own(*table, &key) && kept(*table, &key) {
                    ServerTables::new(tables, to).put(*table, &key, value)?;
                }
            }
        }
    }
    Ok(())
}

/// Returns records of a server's table from a key on; those of the first server's [`Table::Meta`]
/// are mixed with the world's.
fn own_records(
    tables: &dyn Tables,
    server: u8,
    table: Table,
    start: &[u8],
    limit: usize,
) -> StoreResult<Vec<(Bytes, Bytes)>> {
    if server == FIRST {
        return tables.scan(table, start, None, limit);
    }
    let mut from = vec![server, table as u8];
    from.extend_from_slice(start);
    let end = prefix_end(&[server, table as u8]);
    let found = tables.scan(moved_to(table), &from, end.as_deref(), limit)?;
    Ok(found.into_iter().map(|(key, value)| (key.slice(2.min(key.len())..), value)).collect())
}

/// Removes what a server has.
fn clear(tables: &mut dyn Tables, server: u8) -> StoreResult<()> {
    if server != FIRST {
        for table in [Table::ServerRecord, Table::ServerIndex] {
            for (key, _) in scan_prefix(tables, table, &[server])? {
                tables.delete(table, &key)?;
            }
        }
        return Ok(());
    }
    for table in OWN.iter().chain(&[Table::Meta]) {
        for (key, _) in tables.scan(*table, &[], None, usize::MAX)? {
            if is_own(*table, &key) {
                tables.delete(*table, &key)?;
            }
        }
    }
    Ok(())
}

/// The tables as one server sees them.
pub struct ServerTables<'a> {
    tables: &'a mut dyn Tables,
    server: u8,
}

impl<'a> ServerTables<'a> {
    /// Looks at tables as a server does.
    pub const fn new(tables: &'a mut dyn Tables, server: u8) -> Self {
        Self { tables, server }
    }

    /// Returns the tables of the whole world.
    pub fn base(&mut self) -> &mut dyn Tables {
        self.tables
    }
}

impl Tables for ServerTables<'_> {
    fn get(&self, table: Table, key: &[u8]) -> StoreResult<Option<Bytes>> {
        get(self.tables, self.server, table, key)
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> StoreResult<Vec<(Bytes, Bytes)>> {
        scan(self.tables, self.server, table, from, to, limit)
    }

    fn put(&mut self, table: Table, key: &[u8], value: Bytes) -> StoreResult<()> {
        match place(self.server, table, key) {
            Some((moved, key)) => self.tables.put(moved, &key, value),
            None => self.tables.put(table, key, value),
        }
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> StoreResult<()> {
        match place(self.server, table, key) {
            Some((moved, key)) => self.tables.delete(moved, &key),
            None => self.tables.delete(table, key),
        }
    }

    fn begin_attempt(&mut self) {
        self.tables.begin_attempt();
    }

    fn end_attempt(&mut self, keep: bool) -> StoreResult<()> {
        self.tables.end_attempt(keep)
    }
}
