//! `dirsim explain`: the story of one object.

use anstyle::{AnsiColor, Reset, Style};
use dirsim_store::Tables;
use dirsim_world::explain::{Chapter, Story};

use super::open;
use crate::cli::{Explain, Format};
use crate::failure::Failure;
use crate::report::Rows;

/// Tells the story of everything an identity names.
pub(crate) fn explain(arguments: &Explain) -> Result<(), Failure> {
    let world = open(&arguments.place.workspace)?;
    let past = arguments.at.map(|step| world.at(step)).transpose()?;
    let tables: &dyn Tables = match &past {
        Some(view) => view,
        None => world.tables(),
    };
    let stories = dirsim_world::explain::explain(tables, world.schema(), &arguments.identity)?;
    if stories.is_empty() {
        return Err(Failure::unreadable([format!(
            "nothing is called `{}`; try a UPN, an address, a DN, a GUID, a SID, an anchor or an \
             account name, or list objects with `dirsim show tenant`",
            arguments.identity
        )]));
    }
    match arguments.report.format {
        Format::Text => print_text(&stories),
        Format::Json => {
            for story in &stories {
                let line = serde_json::to_string(story)
                    .map_err(|error| Failure::internal(error.to_string()))?;
                println!("{line}");
            }
        }
        Format::Csv => print_rows(&stories)?,
    }
    Ok(())
}

fn print_text(stories: &[Story]) {
    if let [first, _, ..] = stories {
        anstream::println!("`{}` names {} things:", first.identity, stories.len());
    }
    for story in stories {
        for chapter in &story.chapters {
            print_chapter(chapter);
        }
        anstream::println!();
    }
}

fn print_chapter(chapter: &Chapter) {
    let (bold, cyan, dim) =
        (Style::new().bold(), AnsiColor::Cyan.on_default(), Style::new().dimmed());
    anstream::println!("\n{bold}{}{Reset}  {cyan}{}{Reset}", chapter.place, chapter.object);
    let width = chapter.facts.iter().map(|fact| fact.label.chars().count()).max().unwrap_or(0);
    let width = width.min(34);
    for fact in &chapter.facts {
        let rule = match &fact.rule {
            Some(rule) => format!("  {dim}{rule}{Reset}"),
            None => String::new(),
        };
        anstream::println!("  {:width$}  {}{rule}", fact.label, fact.value);
    }
}

fn print_rows(stories: &[Story]) -> Result<(), Failure> {
    let mut rows = Rows::new(&["Place", "Object", "Fact", "Value", "Rule"]);
    for chapter in stories.iter().flat_map(|story| &story.chapters) {
        for fact in &chapter.facts {
            rows.push(vec![
                chapter.place.clone().into(),
                chapter.object.clone().into(),
                fact.label.clone().into(),
                fact.value.clone().into(),
                fact.rule.clone().into(),
            ]);
        }
    }
    rows.print(Format::Csv)?;
    Ok(())
}
