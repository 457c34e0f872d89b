//! States to compare: every record as it is, or the world by names instead of numbers and times.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bytes::Bytes;
use dirsim_store::{Table, Tables, rows};
use dirsim_sync::{RuleBook, View, connector, cs, cs_links, lookup, mv};
use dirsim_tenant::TenantObject;
use dirsim_world::World;

/// All records by table and key.
pub(crate) type Rows = BTreeMap<(Table, Bytes), Bytes>;

/// Returns all records, derived ones included.
pub(crate) fn all_rows(tables: &dyn Tables) -> Rows {
    let mut all = Rows::new();
    for table in Table::ALL {
        for (key, value) in tables.scan(*table, &[], None, usize::MAX).expect("readable tables") {
            all.insert((*table, key), value);
        }
    }
    all
}

/// Names the first records that differ.
pub(crate) fn difference(left: &Rows, right: &Rows) -> Option<String> {
    let mut found = Vec::new();
    for (key, value) in left {
        if right.get(key) != Some(value) {
            found.push(format!(
                "{:?} {:02x?}: {value:02x?} / {:02x?}",
                key.0,
                key.1,
                right.get(key)
            ));
        }
    }
    for key in right.keys().filter(|key| !left.contains_key(*key)) {
        found.push(format!("{:?} {:02x?}: only on the right", key.0, key.1));
    }
    found.truncate(5);
    (!found.is_empty()).then(|| found.join("\n    "))
}

/// Which parts of a world are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Staged,
    Metaverse,
    Tenant,
}

/// Describes parts of a world, one line per object, by names instead of numbers and without times.
pub(crate) fn describe(world: &World, parts: &[Part]) -> Vec<String> {
    let tables = world.tables();
    let mut lines = Vec::new();
    if parts.contains(&Part::Staged) {
        staged(tables, &mut lines);
    }
    if parts.contains(&Part::Metaverse) {
        metaverse(tables, &mut lines);
    }
    if parts.contains(&Part::Tenant) {
        tenant(tables, &mut lines);
    }
    lines.sort();
    lines
}

fn staged(tables: &dyn Tables, lines: &mut Vec<String>) {
    for connector in connector::all(tables).expect("connectors") {
        let objects = lookup::objects(tables, connector.id, None, usize::MAX).expect("objects");
        for (id, object) in objects {
            if object.is_placeholder() {
                continue;
            }
            let mut line = format!(
                "CS {} {} {:?} import {:?} export {:?} joined {} {:?} H {:?} I {:?} UA {:?} UC {:?} import error {:?} export error {:?}",
                connector.name,
                lookup::dn(tables, id).expect("a name"),
                object.class,
                object.import,
                object.export,
                object.mv != 0,
                object.state,
                object.synchronized,
                object.imported,
                object.unapplied,
                object.unconfirmed,
                object.import_error.as_ref().map(|error| (&error.error_type, &error.text)),
                object.export_error.as_ref().map(|error| &error.error_type),
            );
            for view in [View::Synchronized, View::Imported, View::Unapplied] {
                let mut targets: Vec<String> = cs_links::targets(tables, id, None, view)
                    .expect("links")
                    .into_iter()
                    .map(|(attribute, to)| {
                        format!("{}={}", attribute.0, lookup::dn(tables, to).expect("a name"))
                    })
                    .collect();
                targets.sort();
                let _ = write!(line, " {view:?} {targets:?}");
            }
            lines.push(line);
        }
    }
}

fn metaverse(tables: &dyn Tables, lines: &mut Vec<String>) {
    let book = RuleBook::read(tables).expect("a rule book");
    let entra: Vec<u32> = connector::all(tables)
        .expect("connectors")
        .iter()
        .filter(|connector| !connector.is_forest())
        .map(|connector| connector.id)
        .collect();
    let objects = rows::after::<mv::MvObject>(tables, None, usize::MAX).expect("objects");
    // Objects are known by what is linked to them from the forests.
    let names: BTreeMap<u64, String> = objects
        .iter()
        .map(|(id, object)| {
            let mut linked: Vec<String> = object
                .links
                .iter()
                .filter(|cs| !entra.contains(&cs::connector_of(**cs)))
                .map(|cs| lookup::dn(tables, *cs).expect("a name"))
                .collect();
            linked.sort();
            (*id, linked.join(" + "))
        })
        .collect();
    for (id, object) in &objects {
        let mut line = format!("MV {} {:?} {:?}", names[id], object.class, object.to_entry(&book));
        let mut links: Vec<String> = mv::LINKS
            .from(tables, *id, None)
            .expect("links")
            .iter()
            .map(|link| {
                let to = names.get(&link.to).map_or("?", |name| name);
                format!("{}={to}", link.attribute.0)
            })
            .collect();
        links.sort();
        let _ = write!(line, " {links:?}");
        lines.push(line);
    }
}

fn tenant(tables: &dyn Tables, lines: &mut Vec<String>) {
    let objects = rows::after::<TenantObject>(tables, None, usize::MAX).expect("objects");
    let name = |object: &TenantObject| {
        format!("{:?} {:?} {:?} {:?}", object.kind, object.anchor, object.upn, object.mail)
    };
    let names: BTreeMap<_, _> =
        objects.iter().map(|(number, object)| (*number, (object.id, name(object)))).collect();
    for (number, object) in &objects {
        let mut plain = object.clone();
        plain.id = dirsim_model::Guid::NIL;
        plain.change = 0;
        plain.last_sync = None;
        for held in &mut plain.conflicts {
            held.owner = dirsim_model::Guid::NIL;
        }
        let mut links: Vec<String> = dirsim_tenant::lookup::links(tables, *number, None)
            .expect("links")
            .iter()
            .map(|(attribute, to)| {
                format!("{}={}", attribute.0, names.get(to).map_or("?", |(_, name)| name))
            })
            .collect();
        links.sort();
        lines.push(format!("TENANT {} {plain:?} {links:?}", name(object)));
    }
}

/// Compares two descriptions; lines about one object are shown where they differ only.
pub(crate) fn same(left: &[String], right: &[String], what: &str) -> Result<(), String> {
    if left == right {
        return Ok(());
    }
    let only = |a: &[String], b: &[String]| -> Vec<String> {
        a.iter().filter(|line| !b.contains(line)).cloned().collect()
    };
    let (mut first, mut second) = (only(left, right), only(right, left));
    let subject = |line: &str| line.split(['{', '[']).next().unwrap_or_default()[..].to_owned();
    let name = |line: &str| subject(line).chars().take_while(|c| *c != '(').collect::<String>();
    let mut text = what.to_owned();
    while let Some(line) = first.pop() {
        let twin = second.iter().position(|other| name(other) == name(&line));
        let twin = twin.map(|at| second.remove(at));
        let _ = match twin {
            Some(twin) => write!(text, "\n  {}: {}", name(&line), narrow(&line, &twin)),
            None => write!(text, "\n  only in the first: {line}"),
        };
    }
    for line in second {
        let _ = write!(text, "\n  only in the second: {line}");
    }
    Err(text)
}

/// Shows where two lines differ.
fn narrow(left: &str, right: &str) -> String {
    let (a, b): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let end =
        a[start..].iter().rev().zip(b[start..].iter().rev()).take_while(|(x, y)| x == y).count();
    let from = start.saturating_sub(60);
    let cut = |text: &[char]| -> String {
        text[from..(text.len() - end + 20).min(text.len())].iter().collect()
    };
    format!("first …{}…\n      second …{}…", cut(&a), cut(&b))
}
