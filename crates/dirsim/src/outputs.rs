//! What scripts print, on a terminal: colors, and tables that page.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Style};
use dirsim_runbook::Output;

/// Writes what a script printed; off a terminal without colors and in one piece.
///
/// Returns the texts of the errors among it.
pub(crate) fn print(outputs: &[Output], pages: bool) -> Vec<String> {
    let mut errors = Vec::new();
    for output in outputs {
        match output {
            Output::Objects { objects, .. } => {
                let text = dirsim_runbook::format::objects_text(objects);
                page(&painted(text.trim_end_matches('\n')), pages);
            }
            Output::Warning(text) => say(&styled(AnsiColor::Yellow, &format!("WARNING: {text}"))),
            Output::WhatIf(text) => anstream::println!("{text}"),
            Output::Error { record, .. } => {
                errors.push(record.message.clone());
                say(&styled(AnsiColor::Red, &record.text()));
            }
            Output::Host { text, foreground, background, stays } => {
                let style = host_style(foreground.as_deref(), background.as_deref());
                let reset = if style == Style::new() { "" } else { "\x1b[0m" };
                anstream::print!("{style}{text}{reset}{}", if *stays { "" } else { "\n" });
            }
            Output::Verbose(text) => say(&styled(AnsiColor::Yellow, &format!("VERBOSE: {text}"))),
        }
    }
    drop(std::io::stdout().flush());
    errors
}

fn say(text: &str) {
    drop(std::io::stdout().flush());
    anstream::eprintln!("{text}");
}

/// Returns a text in a color.
pub(crate) fn styled(color: AnsiColor, text: &str) -> String {
    format!("{}{text}{}", color.on_default(), anstyle::Reset)
}

/// Returns a text that is less important.
pub(crate) fn dim(text: &str) -> String {
    format!("{}{text}{}", Style::new().dimmed(), anstyle::Reset)
}

/// Paints headers of tables and names of lists green, as PowerShell does.
fn painted(text: &str) -> String {
    let green = AnsiColor::Green.on_default().bold();
    let lines: Vec<&str> = text.lines().collect();
    let is_rule = |line: &str| line.starts_with('-') && line.chars().all(|c| c == '-' || c == ' ');
    // A list has its colons in one column.
    let colon = lines.iter().find_map(|line| line.find(" : "));
    let is_list = colon.is_some_and(|at| {
        lines
            .iter()
            .filter(|line| !line.is_empty() && !line.starts_with(' '))
            .all(|line| line.get(at..).is_some_and(|rest| rest.starts_with(" :")))
    });
    let mut out = String::new();
    for (index, line) in lines.iter().enumerate() {
        let header = lines.get(index + 1).is_some_and(|next| is_rule(next));
        let name = colon
            .filter(|_| is_list && !line.starts_with(' '))
            .and_then(|at| Some((line.get(..at)?, line.get(at..)?)));
        if header || is_rule(line) {
            let _ = writeln!(out, "{green}{line}{}", anstyle::Reset);
        } else if let Some((name, rest)) = name {
            let _ = writeln!(out, "{green}{name}{}{rest}", anstyle::Reset);
        } else {
            let _ = writeln!(out, "{line}");
        }
    }
    out
}

fn host_style(foreground: Option<&str>, background: Option<&str>) -> Style {
    let mut style = Style::new();
    if let Some(color) = foreground.and_then(color) {
        style = style.fg_color(Some(color.into()));
    }
    if let Some(color) = background.and_then(color) {
        style = style.bg_color(Some(color.into()));
    }
    style
}

/// Returns the color of a console that a name of PowerShell means.
fn color(name: &str) -> Option<AnsiColor> {
    Some(match name.to_ascii_lowercase().as_str() {
        "black" => AnsiColor::Black,
        "darkblue" => AnsiColor::Blue,
        "darkgreen" => AnsiColor::Green,
        "darkcyan" => AnsiColor::Cyan,
        "darkred" => AnsiColor::Red,
        "darkmagenta" => AnsiColor::Magenta,
        "darkyellow" => AnsiColor::Yellow,
        "gray" => AnsiColor::White,
        "darkgray" => AnsiColor::BrightBlack,
        "blue" => AnsiColor::BrightBlue,
        "green" => AnsiColor::BrightGreen,
        "cyan" => AnsiColor::BrightCyan,
        "red" => AnsiColor::BrightRed,
        "magenta" => AnsiColor::BrightMagenta,
        "yellow" => AnsiColor::BrightYellow,
        "white" => AnsiColor::BrightWhite,
        _ => return None,
    })
}

/// Writes a text; on a terminal one page at a time when `pages` says so.
fn page(text: &str, pages: bool) {
    let terminal = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    let height = crate::report::height();
    let lines: Vec<&str> = text.lines().collect();
    if !pages || !terminal || lines.len() < height {
        anstream::println!("{}", text.trim_end_matches('\n'));
        return;
    }
    let per_page = height.saturating_sub(1).max(5);
    let count = lines.len();
    for (number, chunk) in lines.chunks(per_page).enumerate() {
        for line in chunk {
            anstream::println!("{line}");
        }
        let shown = ((number + 1) * per_page).min(count);
        if shown == count {
            return;
        }
        anstream::eprint!(
            "{}",
            dim(&format!("-- {shown} of {count} lines; Enter: more, q: end -- "))
        );
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer).unwrap_or(0);
        if read == 0 || answer.trim().eq_ignore_ascii_case("q") {
            return;
        }
    }
}
