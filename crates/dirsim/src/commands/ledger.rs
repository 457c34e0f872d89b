//! `dirsim show ledger`: what takeovers overwrote and what is gone for good.

use anstyle::{AnsiColor, Reset, Style};
use dirsim_model::Guid;
use dirsim_world::World;
use dirsim_world::find::find;
use dirsim_world::ledger::{LedgerEntry, Loss, entries};
use serde_json::json;

use crate::cli::{Format, Show};
use crate::failure::Failure;
use crate::report::{Rows, width, wrap};

/// Shows the ledger, or the part of it about one object.
pub(crate) fn show(world: &World, arguments: &Show) -> Result<(), Failure> {
    let only = arguments.identity.as_deref().map(|identity| cloud_object(world, identity));
    let only = only.transpose()?;
    let limit = if arguments.limit == 0 { usize::MAX } else { arguments.limit };
    let up_to = arguments.at.unwrap_or(world.head());
    if up_to > world.last() {
        return Err(Failure::usage("the journal has no such step"));
    }
    let mut found = entries(world, up_to, only, limit)?;
    let all = found.len();
    found.truncate(limit);
    match arguments.report.format {
        Format::Text => print(&found, all >= limit && limit > 0),
        format => rows(&found).print(format)?,
    }
    Ok(())
}

/// Returns the object of the tenant that an identity names, whether it is there or gone.
fn cloud_object(world: &World, identity: &str) -> Result<Guid, Failure> {
    let tables = world.tables();
    for found in find(tables, identity)? {
        for number in found.tenant {
            if let Some(object) = dirsim_tenant::lookup::object(tables, number)? {
                return Ok(object.id);
            }
        }
    }
    // The id of an object that is gone names nothing any more, and still stands in the ledger.
    identity
        .trim()
        .parse()
        .map_err(|_| Failure::unreadable([format!("nothing in the tenant is called `{identity}`")]))
}

fn print(found: &[LedgerEntry], more: bool) {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let red = AnsiColor::Red.on_default().bold();
    if found.is_empty() {
        println!("nothing was overwritten, and nothing is gone for good");
        return;
    }
    anstream::println!(
        "{bold}Overwritten and gone{Reset}  {dim}a list of dirsim, made from the journal{Reset}"
    );
    for entry in found {
        let mark =
            if entry.irreversible { format!("  {red}IRREVERSIBLE{Reset}") } else { String::new() };
        anstream::println!("\n{bold}{}{Reset}  {}{mark}", entry.object, entry.effect.words());
        anstream::println!("  {dim}step {}, {}, {}{Reset}", entry.step, entry.at, entry.cloud);
        let longest = entry.losses.iter().map(|loss| loss.attribute.chars().count()).max();
        let label = longest.unwrap_or_default().min(26);
        for loss in &entry.losses {
            let text = words(loss);
            let room = width().saturating_sub(label + 4 + 8).max(20);
            let mut name = loss.attribute.as_str();
            let lines = wrap(&text, room);
            let last = lines.len() - 1;
            for (number, line) in lines.iter().enumerate() {
                let rule = if number == last {
                    format!("  {dim}{}{Reset}", loss.rule)
                } else {
                    String::new()
                };
                anstream::println!("  {name:label$}  {line}{rule}");
                name = "";
            }
        }
    }
    if more {
        println!("\nthe newest {}; see all with --limit 0", found.len());
    }
}

/// Says what went and what came. Of a list only what went: the rest of it is still there.
fn words(loss: &Loss) -> String {
    let gone = loss.lost();
    if loss.before.len() > 1 && !gone.is_empty() {
        return format!("lost: {}", gone.join(", "));
    }
    let after = if loss.after.is_empty() { "nothing".to_owned() } else { loss.after.join(", ") };
    format!("{} → {after}", loss.before.join(", "))
}

fn rows(found: &[LedgerEntry]) -> Rows {
    let mut rows = Rows::new(&[
        "Step",
        "At",
        "Object",
        "Cloud object",
        "Effect",
        "Irreversible",
        "Attribute",
        "Before",
        "After",
        "Why",
        "Rule",
    ]);
    for entry in found {
        for loss in &entry.losses {
            rows.push(vec![
                json!(entry.step),
                json!(entry.at.to_string()),
                json!(entry.object),
                json!(entry.cloud),
                json!(entry.effect.words()),
                json!(entry.irreversible),
                json!(loss.attribute),
                json!(loss.before),
                json!(loss.after),
                json!(loss.why),
                json!(loss.rule),
            ]);
        }
    }
    rows
}
