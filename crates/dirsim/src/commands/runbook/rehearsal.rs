//! A rehearsal: each statement of a script with what it changed, and the questions of a debugger.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use anstyle::AnsiColor;
use dirsim_runbook::{Output, RunOutcome, Script, Session, Span, Watch};
use dirsim_world::changes::{self, ChangeKind, Changes, ObjectChange, ValueChange};
use dirsim_world::{Event, World};

use crate::cli::Runbook;
use crate::outputs::{self, dim, styled};
use crate::report::width;

/// Objects of one place that are shown behind one statement.
const OBJECTS_MAX: usize = 6;
/// Attributes of one object that are shown behind one statement.
const VALUES_MAX: usize = 6;

/// What a rehearsal keeps.
pub(super) struct Rehearsal<'a> {
    text: &'a str,
    /// The statements of the script itself, those within blocks left out.
    statements: BTreeSet<(usize, usize)>,
    until: Option<Script>,
    breaks: &'a [usize],
    stepping: bool,
    quiet: bool,
    /// The statement that runs.
    current: Option<Span>,
    /// The step of the world in front of it.
    before: u64,
    errors: Vec<(usize, String)>,
    events: Vec<Event>,
    /// The statement in front of which the script ended, and why.
    ended: Option<(usize, String)>,
    cancelled: &'a AtomicBool,
}

impl<'a> Rehearsal<'a> {
    pub(super) fn new(
        script: &Script,
        text: &'a str,
        until: Option<Script>,
        arguments: &'a Runbook,
        before: u64,
        cancelled: &'a AtomicBool,
    ) -> Self {
        let places = script.statements().iter().map(|line| (line.span.start, line.span.end));
        Self {
            text,
            statements: places.collect(),
            until,
            breaks: &arguments.break_at,
            stepping: arguments.step,
            quiet: arguments.quiet,
            current: None,
            before,
            errors: Vec::new(),
            events: Vec::new(),
            ended: None,
            cancelled,
        }
    }

    /// Returns the errors behind which the script went on: line and text.
    pub(super) fn errors(&self) -> &[(usize, String)] {
        &self.errors
    }

    /// Returns what happened in the world.
    pub(super) fn events(&self) -> &[Event] {
        &self.events
    }

    /// Returns the runs, in order.
    pub(super) fn runs(&self) -> impl Iterator<Item = &dirsim_sync::RunRecord> {
        self.events.iter().filter_map(|event| match event {
            Event::Run(run) => Some(&**run),
            _ => None,
        })
    }

    /// Returns the line in front of which the script ended, and why; `None` when it ran to its end.
    pub(super) fn ended(&self) -> Option<&(usize, String)> {
        self.ended.as_ref()
    }

    /// Shows what the last statement printed and changed.
    pub(super) fn finish(&mut self, world: &mut World, outcome: &RunOutcome) {
        self.events.extend(outcome.events.iter().cloned());
        self.show(&outcome.outputs, world);
        if outcome.ended && self.ended.is_none() {
            let line = self.current.map_or(0, |span| span.line);
            self.ended = Some((line, "it was stopped by Ctrl-C".to_owned()));
        }
        if let (Some(_), None) = (&self.until, &self.ended)
            && !self.quiet
        {
            println!("\nthe condition of --until never held");
        }
    }

    fn show(&mut self, printed: &[Output], world: &World) {
        let line = self.current.map_or(1, |span| span.line);
        for text in outputs::print(printed, false) {
            self.errors.push((line, text));
        }
        let now = world.head();
        if now != self.before && !self.quiet {
            match changes::between(world, self.before, now, 2_000) {
                Ok(changes) => print_changes(&changes, self.before, now),
                Err(error) => anstream::eprintln!("what changed cannot be told: {error}"),
            }
        }
        self.before = now;
    }

    fn written(&self, place: Span) -> &'a str {
        self.text.get(place.start..place.end).unwrap_or_default()
    }

    /// Prints the head of a statement.
    fn head(&self, place: Span) {
        let text = self.written(place);
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default().trim_end();
        let more = lines.count();
        let more = if more > 0 { dim(&format!("  … and {more} lines")) } else { String::new() };
        let number = dim(&format!("{:>4}", place.line));
        anstream::println!("\n{number} {}{more}", styled(AnsiColor::Cyan, first));
    }

    /// Asks what to do in front of a statement; false ends the script.
    fn ask_here(&mut self, place: Span, session: &mut Session<'_>) -> bool {
        loop {
            let question = "Enter: run it, c: go on, q: end here, or an expression to look at";
            anstream::eprint!("     {} > ", dim(question));
            drop(std::io::stderr().flush());
            let mut answer = String::new();
            if std::io::stdin().read_line(&mut answer).unwrap_or(0) == 0 {
                anstream::eprintln!();
                self.ended = Some((place.line, "there was no answer".to_owned()));
                return false;
            }
            match answer.trim() {
                "" | "s" => {
                    self.stepping = true;
                    return true;
                }
                "c" => {
                    self.stepping = false;
                    return true;
                }
                "q" => {
                    self.ended = Some((place.line, "you ended it".to_owned()));
                    return false;
                }
                expression => look(expression, session),
            }
        }
    }
}

impl Watch for Rehearsal<'_> {
    fn before(&mut self, place: Span, session: &mut Session<'_>) -> bool {
        let own = self.statements.contains(&(place.start, place.end));
        if own {
            let (printed, events) = (session.take_outputs(), session.take_events());
            self.events.extend(events);
            self.show(&printed, session.world());
            self.current = Some(place);
        }
        if let Some(until) = self.until.take() {
            let held = session.holds_now(&until);
            self.until = Some(until);
            match held {
                Ok(false) => {}
                Ok(true) => {
                    self.ended = Some((place.line, "the condition of --until holds".to_owned()));
                    return false;
                }
                Err(error) => {
                    self.ended = Some((place.line, format!("--until fails: {error}")));
                    return false;
                }
            }
        }
        let stops = self.breaks.contains(&place.line) || (self.stepping && own);
        if own && !self.quiet || stops {
            self.head(place);
        }
        !stops || self.ask_here(place, session)
    }

    fn interrupted(&mut self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn ask(&mut self, prompt: &str) -> Option<String> {
        if !(self.stepping || std::io::IsTerminal::is_terminal(&std::io::stdin())) {
            return None;
        }
        anstream::eprint!("{prompt}: ");
        drop(std::io::stderr().flush());
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer).ok()?;
        (read > 0).then(|| answer.trim_end_matches(['\n', '\r']).to_owned())
    }
}

/// Prints the value of an expression; nothing changes.
fn look(expression: &str, session: &mut Session<'_>) {
    let known = session.state().known();
    let checked = dirsim_runbook::check_with(expression, "expression", &known);
    let found = match checked {
        Ok(script) => session.look(&script),
        Err(errors) => Err(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    };
    match found {
        Ok(values) => {
            let plain: Vec<_> = values.iter().map(dirsim_runbook::Live::to_plain).collect();
            let text = dirsim_runbook::format::objects_text(&plain);
            anstream::println!("{}", text.trim_matches('\n'));
        }
        Err(text) => anstream::eprintln!("{text}"),
    }
}

/// Prints what a statement changed.
fn print_changes(changes: &Changes, before: u64, now: u64) {
    let steps = if now == before + 1 {
        format!("step {now}")
    } else {
        format!("steps {} to {now}", before + 1)
    };
    if changes.is_empty() {
        anstream::println!("     {}", dim(&format!("{steps}: no object changed")));
        return;
    }
    anstream::println!("     {}", dim(&steps));
    for (place, count) in &changes.counts {
        let words: Vec<String> =
            [(count.added, "added"), (count.changed, "changed"), (count.removed, "removed")]
                .into_iter()
                .filter(|(number, _)| *number > 0)
                .map(|(number, word)| format!("{number} {word}"))
                .collect();
        anstream::println!("     {:<22} {}", place.words(), words.join(", "));
        let of_place = || changes.objects.iter().filter(|object| object.place == *place);
        let confirmed = of_place().filter(|object| object.is_confirmation()).count();
        for object in of_place().filter(|object| !object.is_confirmation()).take(OBJECTS_MAX) {
            print_object(object);
        }
        let others = count.added + count.changed + count.removed - confirmed;
        if others > OBJECTS_MAX {
            anstream::println!("       {}", dim(&format!("… and {} more", others - OBJECTS_MAX)));
        }
        if confirmed > 0 {
            let text = format!("{confirmed} only learned that an earlier export arrived");
            anstream::println!("       {}", dim(&text));
        }
    }
}

fn print_object(object: &ObjectChange) {
    let mark = match object.kind {
        ChangeKind::Added => styled(AnsiColor::Green, "+"),
        ChangeKind::Changed => styled(AnsiColor::Yellow, "~"),
        ChangeKind::Removed => styled(AnsiColor::Red, "-"),
    };
    anstream::println!("       {mark} {}", object.object);
    if object.kind != ChangeKind::Changed {
        return;
    }
    let room = width().saturating_sub(10).max(40);
    for value in object.values.iter().take(VALUES_MAX) {
        let text = format!("{}: {}", value.attribute, words(value));
        let short: String = text.chars().take(room).collect();
        let cut = if short.len() < text.len() { "…" } else { "" };
        anstream::println!("           {short}{cut}");
    }
    if object.values.len() > VALUES_MAX {
        let more = object.values.len() - VALUES_MAX;
        anstream::println!("           {}", dim(&format!("… and {more} more attributes")));
    }
}

/// Says what became of an attribute; of lists, what went and what came.
pub(super) fn words(value: &ValueChange) -> String {
    let nothing = || "nothing".to_owned();
    if value.before.len() > 1 || value.after.len() > 1 {
        let gone = value.before.iter().filter(|old| !value.after.contains(old));
        let came = value.after.iter().filter(|new| !value.before.contains(new));
        let parts: Vec<String> =
            gone.map(|old| format!("-{old}")).chain(came.map(|new| format!("+{new}"))).collect();
        return if parts.is_empty() { "another order".to_owned() } else { parts.join(" ") };
    }
    format!(
        "{} → {}",
        value.before.first().cloned().unwrap_or_else(nothing),
        value.after.first().cloned().unwrap_or_else(nothing)
    )
}
