//! Cmdlets about files, all of them in the folder that the user names.

use std::rc::Rc;

use crate::bind::Bound;
use crate::commands::pipe::{INPUT, inputs};
use crate::error::CommandError;
use crate::files::{self, Kind};
use crate::interpret::file::{cannot, not_found};
use crate::live::{Live, LiveObject};
use crate::operators::wildcard;
use crate::session::Session;
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::stop::Run;
use crate::value::Object;

type Done = Result<Vec<Object>, CommandError>;

const MANAGEMENT: &str = "Microsoft.PowerShell.Management";
const PATH: P = P::text("Path").at(0).or(&["FilePath", "PSPath", "FullName"]);
const LITERAL: P = P::text("LiteralPath").or(&["LP"]);
const ENCODING: P = P::text("Encoding").ignored();
const FORCE: P = P::switch("Force").ignored();

fn path(bound: &Bound) -> String {
    bound.text("Path").or(bound.text("LiteralPath")).unwrap_or_default().to_owned()
}

/// `Get-Content`.
pub(super) static GET_CONTENT: CommandSpec = CommandSpec {
    name: "Get-Content",
    aliases: &["gc", "cat", "type"],
    module: MANAGEMENT,
    summary: "Reads a file line by line, or whole with -Raw",
    example: "Get-Content C:\\Temp\\users.txt",
    parameters: &[
        PATH.piped().by_name(),
        LITERAL,
        P::switch("Raw"),
        P::integer("TotalCount").or(&["First", "Head"]),
        P::integer("Tail").or(&["Last"]),
        P::text("Delimiter").ignored(),
        ENCODING,
    ],
    sets: &[],
    run: |session, bound| {
        let text = session.read_file(&path(bound))?;
        if bound.switch("Raw") {
            session.emit(Live::text(text));
            return Ok(Vec::new());
        }
        let mut lines: Vec<&str> = text.lines().collect();
        let count = |name: &str| bound.integer(name).and_then(|n| usize::try_from(n).ok());
        if let Some(first) = count("TotalCount") {
            lines.truncate(first);
        }
        if let Some(last) = count("Tail") {
            lines.drain(..lines.len().saturating_sub(last));
        }
        for line in lines {
            session.emit(Live::text(line));
        }
        Ok(Vec::new())
    },
};

const CONTENT: [P; 7] = [
    PATH,
    P::new("Value", K::Any).at(1).collecting(),
    LITERAL,
    P::switch("NoNewline"),
    P::switch("PassThru").ignored(),
    ENCODING,
    FORCE,
];

/// `Set-Content`.
pub(super) static SET_CONTENT: CommandSpec = CommandSpec {
    name: "Set-Content",
    aliases: &["sc"],
    module: MANAGEMENT,
    summary: "Writes a file",
    example: "Set-Content C:\\Temp\\done.txt 'yes'",
    parameters: &CONTENT,
    sets: &[],
    run: |session, bound| content(session, bound, false),
};

/// `Add-Content`.
pub(super) static ADD_CONTENT: CommandSpec = CommandSpec {
    name: "Add-Content",
    aliases: &["ac"],
    module: MANAGEMENT,
    summary: "Writes at the end of a file",
    example: "Add-Content C:\\Temp\\log.txt 'next'",
    parameters: &CONTENT,
    sets: &[],
    run: |session, bound| content(session, bound, true),
};

fn content(session: &mut Session<'_>, bound: &Bound, append: bool) -> Done {
    let values = match bound.live("Value") {
        Some(value) => value.clone().into_items(),
        None => bound.input().to_vec(),
    };
    let end = if bound.switch("NoNewline") { "" } else { "\r\n" };
    let text: String = values.iter().map(|value| format!("{}{end}", value.to_text())).collect();
    session.write_file(&path(bound), &text, append)?;
    Ok(Vec::new())
}

/// `Out-File`.
pub(super) static OUT_FILE: CommandSpec = CommandSpec {
    name: "Out-File",
    aliases: &[],
    module: "Microsoft.PowerShell.Utility",
    summary: "Writes to a file what would be printed",
    example: "Get-ADSyncScheduler | Out-File C:\\Temp\\scheduler.txt",
    parameters: &[
        PATH,
        P::text("Encoding").at(1).ignored(),
        LITERAL,
        P::switch("Append"),
        P::switch("NoClobber"),
        P::switch("NoNewline"),
        P::integer("Width").ignored(),
        FORCE,
        INPUT,
    ],
    sets: &[],
    run: |session, bound| {
        let text = crate::format::live_text(&inputs(bound)).replace('\n', "\r\n");
        session.write_file(&path(bound), &text, bound.switch("Append"))?;
        Ok(Vec::new())
    },
};

/// `Test-Path`.
pub(super) static TEST_PATH: CommandSpec = CommandSpec {
    name: "Test-Path",
    aliases: &[],
    module: MANAGEMENT,
    summary: "Says whether a file or folder exists",
    example: "Test-Path C:\\Temp\\users.csv",
    parameters: &[
        PATH.piped(),
        LITERAL,
        P::new("PathType", K::Choice(&["Any", "Container", "Leaf"])).or(&["Type"]),
    ],
    sets: &[],
    run: |session, bound| {
        let place = files::place(&path(bound), &session.state.location);
        let kind = place.and_then(|place| session.files().kind(&place));
        session.emit(Live::Bool(match bound.text("PathType") {
            Some("Container") => kind == Some(Kind::Folder),
            Some("Leaf") => kind == Some(Kind::File),
            _ => kind.is_some(),
        }));
        Ok(Vec::new())
    },
};

/// `Join-Path`.
pub(super) static JOIN_PATH: CommandSpec = CommandSpec {
    name: "Join-Path",
    aliases: &[],
    module: MANAGEMENT,
    summary: "Joins the parts of a path",
    example: "Join-Path C:\\Temp users.csv",
    parameters: &[
        P::text("Path").at(0).required().or(&["PSPath"]),
        P::text("ChildPath").at(1).required().nullable(),
        P::texts("AdditionalChildPath").at(2),
        P::switch("Resolve").ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        let mut joined = bound.required("Path").trim_end_matches(['\\', '/']).to_owned();
        let more = bound.texts("AdditionalChildPath");
        for part in std::iter::once(bound.required("ChildPath")).chain(more) {
            joined = format!("{joined}\\{}", part.trim_start_matches(['\\', '/']));
        }
        session.emit(Live::text(joined));
        Ok(Vec::new())
    },
};

/// `Split-Path`.
pub(super) static SPLIT_PATH: CommandSpec = CommandSpec {
    name: "Split-Path",
    aliases: &[],
    module: MANAGEMENT,
    summary: "Returns a part of a path",
    example: "Split-Path C:\\Temp\\users.csv -Leaf",
    parameters: &[
        P::text("Path").at(0).required().piped(),
        P::switch("Leaf"),
        P::switch("Parent"),
        P::switch("LeafBase"),
        P::switch("Extension"),
        P::switch("Qualifier"),
    ],
    sets: &[],
    run: |session, bound| {
        let whole = bound.required("Path").trim_end_matches(['\\', '/']);
        let (parent, leaf) = whole.rsplit_once(['\\', '/']).unwrap_or(("", whole));
        let (stem, extension) = leaf.rsplit_once('.').unwrap_or((leaf, ""));
        let text = if bound.switch("Leaf") {
            leaf.to_owned()
        } else if bound.switch("LeafBase") {
            stem.to_owned()
        } else if bound.switch("Extension") {
            if extension.is_empty() { String::new() } else { format!(".{extension}") }
        } else if bound.switch("Qualifier") {
            whole.split_once(':').map_or_else(String::new, |(drive, _)| format!("{drive}:"))
        } else if parent.ends_with(':') {
            format!("{parent}\\")
        } else {
            parent.to_owned()
        };
        session.emit(Live::text(text));
        Ok(Vec::new())
    },
};

fn file_info(place: &[String], kind: Kind, length: usize) -> Live {
    let full = files::path(place);
    let name = place.last().cloned().unwrap_or_default();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
    let extension = if extension.is_empty() { String::new() } else { format!(".{extension}") };
    let info = match kind {
        Kind::File => LiveObject::new("System.IO.FileInfo")
            .with("Mode", "-a----")
            .with("Length", Live::count(length)),
        Kind::Folder => LiveObject::new("System.IO.DirectoryInfo").with("Mode", "d-----"),
    };
    let info = info.with("Name", name.as_str()).with("FullName", full);
    Live::Object(Rc::new(info.with("BaseName", stem).with("Extension", extension)))
}

/// `New-Item`.
pub(super) static NEW_ITEM: CommandSpec = CommandSpec {
    name: "New-Item",
    aliases: &["ni", "mkdir", "md"],
    module: MANAGEMENT,
    summary: "Makes a file or folder",
    example: "New-Item -ItemType Directory -Path C:\\Temp\\Reports -Force",
    parameters: &[
        PATH,
        P::text("Name"),
        P::new("ItemType", K::Choice(&["File", "Directory"])).or(&["Type"]),
        P::new("Value", K::Any),
        P::switch("Force"),
    ],
    sets: &[],
    run: |session, bound| {
        let mut file = path(bound);
        if let Some(name) = bound.text("Name") {
            file = if file.is_empty() { name.to_owned() } else { format!("{file}\\{name}") };
        }
        let place = session.place(&file)?;
        let folder = bound.text("ItemType") == Some("Directory");
        if session.files().kind(&place).is_some() && !bound.switch("Force") {
            let shown = files::path(&place);
            return Err(crate::Stop::error(
                "System.IO.IOException",
                "DirectoryExist",
                format!("An item with the specified name {shown} already exists."),
            )
            .into());
        }
        let text = bound.live("Value").map_or_else(String::new, Live::to_text);
        if folder {
            session.files().make_folder(&place).map_err(|why| cannot("make", &file, &why))?;
        } else {
            session.write_file(&file, &text, false)?;
        }
        session.emit(file_info(&place, if folder { Kind::Folder } else { Kind::File }, text.len()));
        Ok(Vec::new())
    },
};

/// `Remove-Item`.
pub(super) static REMOVE_ITEM: CommandSpec = CommandSpec {
    name: "Remove-Item",
    aliases: &["ri", "rm", "del", "rd", "erase"],
    module: MANAGEMENT,
    summary: "Removes a file or folder",
    example: "Remove-Item C:\\Temp\\users.csv -ErrorAction SilentlyContinue",
    parameters: &[PATH.piped().by_name(), LITERAL, P::switch("Recurse").ignored(), FORCE],
    sets: &[],
    run: |session, bound| {
        let file = path(bound);
        for place in matching(session, &file)? {
            if session.what_if {
                let shown = files::path(&place);
                session.outputs.push(crate::Output::WhatIf(format!(
                    "What if: Performing the operation \"Remove File\" on target \"{shown}\"."
                )));
                continue;
            }
            session.files().remove(&place).map_err(|why| cannot("remove", &file, &why))?;
        }
        Ok(Vec::new())
    },
};

/// Returns the places that a path with wildcards in its last name means.
fn matching(session: &mut Session<'_>, path: &str) -> Run<Vec<Vec<String>>> {
    let (folder, pattern) = path.rsplit_once(['\\', '/']).unwrap_or((".", path));
    if !wildcard::is_pattern(pattern) {
        let place = session.place(path)?;
        if place.len() < 2 || session.files().kind(&place).is_none() {
            return Err(not_found(&files::path(&place)));
        }
        return Ok(vec![place]);
    }
    let base = session.place(folder)?;
    let names = session.files().list(&base).unwrap_or_default();
    Ok(names
        .into_iter()
        .filter(|name| wildcard::matches(name, pattern, false))
        .map(|name| base.iter().cloned().chain([name]).collect())
        .collect())
}

/// `Get-ChildItem`.
pub(super) static CHILDREN: CommandSpec = CommandSpec {
    name: "Get-ChildItem",
    aliases: &["gci", "dir", "ls", "Get-Item", "gi"],
    module: MANAGEMENT,
    summary: "Lists files and folders",
    example: "Get-ChildItem C:\\Temp",
    parameters: &[
        PATH.piped(),
        P::text("Filter").at(1),
        LITERAL,
        P::switch("File"),
        P::switch("Directory"),
        P::switch("Recurse").ignored(),
        FORCE,
    ],
    sets: &[],
    run: |session, bound| {
        let given = path(bound);
        let given = if given.is_empty() { ".".to_owned() } else { given };
        let whole = !wildcard::is_pattern(&given);
        let mut places = matching(session, &given)?;
        if whole
            && let Some(place) = places.first().cloned()
            && session.files().kind(&place) == Some(Kind::Folder)
        {
            let names = session.files().list(&place).unwrap_or_default();
            places = names
                .into_iter()
                .map(|name| place.iter().cloned().chain([name]).collect())
                .collect();
        }
        for place in places {
            let name = place.last().cloned().unwrap_or_default();
            let Some(kind) = session.files().kind(&place) else { continue };
            if bound.text("Filter").is_some_and(|pattern| !wildcard::matches(&name, pattern, false))
                || (bound.switch("File") && kind == Kind::Folder)
                || (bound.switch("Directory") && kind == Kind::File)
            {
                continue;
            }
            let length = if kind == Kind::File {
                session.files().read(&place).map_or(0, |b| b.len())
            } else {
                0
            };
            session.emit(file_info(&place, kind, length));
        }
        Ok(Vec::new())
    },
};
