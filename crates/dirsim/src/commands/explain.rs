//! `dirsim explain`: the story of one object, what the tenant said about it, and what would help.

use anstyle::{AnsiColor, Reset, Style};
use dirsim_store::Tables;
use dirsim_world::World;
use dirsim_world::explain::export::{ExportStory, earlier};
use dirsim_world::explain::{Chapter, Story};
use dirsim_world::remedy::{Advice, remedies};
use serde_json::{Value, json};

use super::open;
use crate::cli::{Explain, Format};
use crate::failure::Failure;
use crate::report::{Rows, width, wrap};

/// The widest column of labels.
const LABEL_MAX: usize = 30;

/// Tells the story of everything an identity names.
pub(crate) fn explain(arguments: &Explain) -> Result<(), Failure> {
    let mut world = open(&arguments.place.workspace)?;
    let stories = read(&world, arguments)?;
    if stories.is_empty() {
        return Err(Failure::unreadable([format!(
            "nothing is called `{}`; try a UPN, an address, a DN, a GUID, a SID, an anchor or an \
             account name, or list objects with `dirsim show tenant`",
            arguments.identity
        )]));
    }
    // What would help is asked of the present: the past cannot be edited.
    let present = arguments.at.is_none() && arguments.export == 1;
    let advice = if present && !arguments.no_advice {
        remedies(&mut world, &arguments.identity)?
    } else {
        None
    };
    match arguments.report.format {
        Format::Text => {
            print_stories(&stories, arguments.export);
            if let Some(advice) = &advice {
                print_advice(advice);
            }
        }
        Format::Json => print_json(&stories, advice.as_ref())?,
        Format::Csv => print_rows(&stories, advice.as_ref())?,
    }
    Ok(())
}

/// Reads the stories; of the exports, the one that was asked for stands first.
fn read(world: &World, arguments: &Explain) -> Result<Vec<Story>, Failure> {
    let past = arguments.at.map(|step| world.at(step)).transpose()?;
    let tables: &dyn Tables = match &past {
        Some(view) => view,
        None => world.tables(),
    };
    let mut stories = dirsim_world::explain::explain(tables, world.schema(), &arguments.identity)?;
    let number = usize::from(arguments.export);
    if number > 1 {
        let from = arguments.at.unwrap_or(world.head());
        let mut found = false;
        for story in &mut stories {
            let Some(exported) = story.exported else { continue };
            story.exports = earlier(world, exported, number, from)?.into_iter().collect();
            found |= !story.exports.is_empty();
        }
        if !found && !stories.is_empty() {
            return Err(Failure::usage(format!(
                "`{}` was not exported {number} times",
                arguments.identity
            )));
        }
    }
    Ok(stories)
}

fn print_stories(stories: &[Story], number: u16) {
    if let [first, _, ..] = stories {
        anstream::println!("`{}` names {} things:", first.identity, stories.len());
    }
    for story in stories {
        for chapter in &story.chapters {
            print_chapter(chapter);
        }
        if let Some(export) = story.exports.first() {
            print_export(export, story.exports.len(), number);
        }
        anstream::println!();
    }
}

/// Prints a label and a text beside it, broken to the width of the terminal, with the rule behind it.
fn print_fact(label: &str, label_width: usize, text: &str, rule: Option<&str>) {
    let dim = Style::new().dimmed();
    let indent = label_width + 4;
    let room = width().saturating_sub(indent).max(20);
    let mut lines = wrap(text, room);
    let rule = rule.unwrap_or_default();
    let last = lines.last().map_or(0, |line| line.chars().count());
    if !rule.is_empty() && last + 2 + rule.chars().count() > room {
        lines.push(String::new());
    }
    let count = lines.len();
    for (number, line) in lines.iter().enumerate() {
        let label = if number == 0 { label } else { "" };
        let rule = if number + 1 == count && !rule.is_empty() {
            let gap = if line.is_empty() { "" } else { "  " };
            format!("{gap}{dim}{rule}{Reset}")
        } else {
            String::new()
        };
        anstream::println!("  {label:label_width$}  {line}{rule}");
    }
}

fn print_chapter(chapter: &Chapter) {
    let (bold, cyan) = (Style::new().bold(), AnsiColor::Cyan.on_default());
    anstream::println!("\n{bold}{}{Reset}  {cyan}{}{Reset}", chapter.place, chapter.object);
    let longest = chapter.facts.iter().map(|fact| fact.label.chars().count()).max().unwrap_or(0);
    for fact in &chapter.facts {
        print_fact(&fact.label, longest.min(LABEL_MAX), &fact.value, fact.rule.as_deref());
    }
}

fn print_export(export: &ExportStory, kept: usize, number: u16) {
    let bold = Style::new().bold();
    let (good, bad) = (AnsiColor::Green.on_default(), AnsiColor::Red.on_default().bold());
    let which = match number {
        1 if kept > 1 => "the last export; --export 2 tells the one before".to_owned(),
        1 => "the last export".to_owned(),
        n => format!("export {n}, counted back from the last one"),
    };
    let (color, verdict) = match &export.refusal {
        Some(refusal) => (bad, format!("refused: {}", refusal.name)),
        None => (good, export.outcome.words().to_owned()),
    };
    anstream::println!("\n{bold}export to {}{Reset}  {color}{verdict}{Reset}", export.connector);
    let step = export.step.map(|step| format!(", step {step}")).unwrap_or_default();
    print_fact("when", 4, &format!("{}{step} ({which})", export.at), None);
    for (index, check) in export.checks.iter().enumerate() {
        print_fact(&format!("{:>4}", index + 1), 4, &check.fact, Some(&check.rule));
    }
    if let Some(refusal) = &export.refusal {
        let code = refusal.code.map(|code| format!(" ({code})")).unwrap_or_default();
        print_fact("says", 4, &format!("{}{code}", refusal.text), Some(&refusal.category));
    }
    for value in &export.quarantined {
        let text = format!("in quarantine: {} {}", value.property, value.value);
        print_fact("", 4, &text, Some("ET-072"));
    }
    for loss in &export.losses {
        let after =
            if loss.after.is_empty() { "nothing".to_owned() } else { loss.after.join(", ") };
        let text = format!("{}: {} became {after}", loss.attribute, loss.before.join(", "));
        print_fact("", 4, &text, Some(loss.rule));
    }
    for note in &export.notes {
        print_fact("note", 4, &format!("{}: {}", note.code, note.text), Some(&note.rule));
    }
}

fn print_advice(advice: &Advice) {
    let (bold, cyan, dim) =
        (Style::new().bold(), AnsiColor::Cyan.on_default(), Style::new().dimmed());
    anstream::println!(
        "{bold}What would help{Reset}  {dim}advice of dirsim, each tried on a copy of this world{Reset}"
    );
    for goal in &advice.goals {
        print_fact("goal", 4, goal, None);
    }
    if let Some(none) = &advice.none {
        print_fact("", 4, none, None);
    }
    for (index, remedy) in advice.remedies.iter().enumerate() {
        anstream::println!();
        let rules = remedy.rules.join(", ");
        print_fact(&format!("{:>4}", index + 1), 4, &remedy.what.join("; "), Some(&rules));
        for line in &remedy.cmdlets {
            anstream::println!("        {cyan}{line}{Reset}");
        }
        let losses = match remedy.overwrites {
            0 => String::new(),
            1 => "; 1 cloud value is overwritten".to_owned(),
            n => format!("; {n} cloud values are overwritten"),
        };
        print_fact(
            "",
            4,
            &format!("→ {}: {}{losses}", remedy.outcome.words(), remedy.becomes),
            None,
        );
        if remedy.irreversible {
            print_fact("", 4, "IRREVERSIBLE: what is deleted for good does not come back", None);
        }
        if !remedy.afterwards.is_empty() {
            print_fact("", 4, "afterwards, as it was before:", None);
            for line in &remedy.afterwards {
                anstream::println!("        {cyan}{line}{Reset}");
            }
        }
    }
    anstream::println!();
}

fn print_json(stories: &[Story], advice: Option<&Advice>) -> Result<(), Failure> {
    let internal = |error: serde_json::Error| Failure::internal(error.to_string());
    for story in stories {
        let mut line = serde_json::to_value(story).map_err(internal)?;
        // The advice is about the on-premises object; it stands with the story that has one.
        let mine = story.exported.is_some();
        if let (Some(advice), Value::Object(fields), true) = (advice, &mut line, mine) {
            fields.insert("advice".to_owned(), serde_json::to_value(advice).map_err(internal)?);
        }
        println!("{line}");
    }
    Ok(())
}

fn print_rows(stories: &[Story], advice: Option<&Advice>) -> Result<(), Failure> {
    let mut rows = Rows::new(&["Place", "Object", "Fact", "Value", "Rule"]);
    for story in stories {
        for chapter in &story.chapters {
            for fact in &chapter.facts {
                rows.push(vec![
                    json!(chapter.place),
                    json!(chapter.object),
                    json!(fact.label),
                    json!(fact.value),
                    json!(fact.rule),
                ]);
            }
        }
        for export in story.exports.iter().take(1) {
            let place = format!("export to {}", export.connector);
            for check in &export.checks {
                let object = json!(export.object);
                rows.push(vec![
                    json!(place),
                    object,
                    json!("check"),
                    json!(check.fact),
                    json!(check.rule),
                ]);
            }
        }
    }
    for remedy in advice.into_iter().flat_map(|advice| &advice.remedies) {
        rows.push(vec![
            json!("advice"),
            json!(remedy.becomes),
            json!(remedy.what.join("; ")),
            json!(remedy.cmdlets),
            json!(remedy.rules.join(", ")),
        ]);
    }
    rows.print(Format::Csv)?;
    Ok(())
}
