//! docs/cmdlets.md is made from the command table, and every example in it runs through the checker.
#![expect(clippy::disallowed_methods, reason = "the test compares a file")]

use std::fmt::Write as _;
use std::path::Path;

use dirsim_runbook::{CommandSpec, ParameterKind, commands};

/// The modules in the order of the page; others follow by name.
const ORDER: &[&str] = &[
    "ActiveDirectory",
    "ADSync",
    "ADSyncTools",
    "Microsoft.Graph",
    "Microsoft.Entra",
    "MSOnline",
    "AzureAD",
    "ExchangeOnlineManagement",
    "Exchange",
    "Dirsim",
];

fn page() -> String {
    let mut modules: Vec<&str> = commands().iter().map(|command| command.module).collect();
    modules.sort_unstable();
    modules.dedup();
    modules.sort_by_key(|module| {
        (ORDER.iter().position(|known| known == module).unwrap_or(ORDER.len()), *module)
    });
    let mut text = String::from(
        "# Cmdlets\n\nMade from the command table; `Get-Help NAME` shows the same in the shell. Parameters in `[brackets]` may be left out, a name in\n\
         brackets may be left out in front of its value. *Understood, no effect* lists parameters that scripts may give and that change\n\
         nothing in a simulated world; the common ones (`-ErrorAction`, `-WhatIf`, `-Confirm` …) stand on every cmdlet.\n",
    );
    let _ = writeln!(text, "\n{} cmdlets:\n", commands().len());
    for module in &modules {
        let count = of(module).count();
        let anchor = module.to_lowercase().replace('.', "");
        let _ = writeln!(text, "- [{module}](#{anchor}), {count}");
    }
    for module in &modules {
        let _ = writeln!(text, "\n## {module}");
        for command in of(module) {
            one(&mut text, command);
        }
    }
    text
}

fn of(module: &str) -> impl Iterator<Item = &'static CommandSpec> {
    let mut found: Vec<&CommandSpec> =
        commands().iter().copied().filter(|command| command.module == module).collect();
    found.sort_by_key(|command| {
        let (verb, noun) = command.name.split_once('-').unwrap_or((command.name, ""));
        (noun, verb)
    });
    found.into_iter()
}

fn one(text: &mut String, command: &CommandSpec) {
    let _ = writeln!(text, "\n### {}\n\n{}.", command.name, command.summary.replace('|', "\\|"));
    if !command.aliases.is_empty() {
        let names: Vec<String> = command.aliases.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(text, "Also known as {}.", names.join(", "));
    }
    let _ = writeln!(text, "\n```powershell\n{}\n```\n", command.example);
    let _ = writeln!(text, "Syntax: `{}`", command.syntax());
    let piped: Vec<String> = command
        .parameters
        .iter()
        .filter(|parameter| parameter.by_value || parameter.by_property)
        .map(|parameter| {
            let how = match (parameter.by_value, parameter.by_property) {
                (true, true) => "by value or property",
                (true, false) => "by value",
                _ => "by property",
            };
            format!("`-{}` ({how})", parameter.name)
        })
        .collect();
    if !piped.is_empty() {
        let _ = writeln!(text, "\nFrom the pipeline: {}.", piped.join(", "));
    }
    let aliases: Vec<String> = command
        .parameters
        .iter()
        .filter(|parameter| !parameter.aliases.is_empty() && !parameter.ignored)
        .map(|parameter| format!("`-{}` = `-{}`", parameter.aliases.join("`, `-"), parameter.name))
        .collect();
    if !aliases.is_empty() {
        let _ = writeln!(text, "\nOther names: {}.", aliases.join("; "));
    }
    let ignored: Vec<String> = command
        .parameters
        .iter()
        .filter(|parameter| parameter.ignored)
        .map(|parameter| match parameter.kind {
            ParameterKind::Switch => format!("`-{}`", parameter.name),
            kind => format!("`-{} <{}>`", parameter.name, kind.name()),
        })
        .collect();
    if !ignored.is_empty() {
        let _ = writeln!(text, "\nUnderstood, no effect: {}.", ignored.join(", "));
    }
}

#[test]
fn the_page_of_cmdlets_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cmdlets.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == page,
        "docs/cmdlets.md is out of date; UPDATE_DOCS=1 cargo test -p dirsim-runbook --test cmdlets_page writes it"
    );
}
