//! Cmdlets that print: `Write-Host`, `Write-Output`, `Out-Null` and their kin.

use crate::bind::Bound;
use crate::commands::pipe::{INPUT, inputs};
use crate::error::CommandError;
use crate::live::Live;
use crate::run::Output;
use crate::session::Session;
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::state::ErrorAction;
use crate::stop::Thrown;
use crate::value::Object;

type Done = Result<Vec<Object>, CommandError>;

const UTILITY: &str = "Microsoft.PowerShell.Utility";

const COLORS: &[&str] = &[
    "Black",
    "DarkBlue",
    "DarkGreen",
    "DarkCyan",
    "DarkRed",
    "DarkMagenta",
    "DarkYellow",
    "Gray",
    "DarkGray",
    "Blue",
    "Green",
    "Cyan",
    "Red",
    "Magenta",
    "Yellow",
    "White",
];

/// `Write-Host`.
pub(super) static HOST: CommandSpec = CommandSpec {
    name: "Write-Host",
    aliases: &[],
    module: UTILITY,
    summary: "Prints a line, in color",
    example: "Write-Host 'Done' -ForegroundColor Green",
    parameters: &[
        P::new("Object", K::Any).at(0).piped().remaining(),
        P::switch("NoNewline"),
        P::new("Separator", K::Any),
        P::new("ForegroundColor", K::Choice(COLORS)).or(&["Fg"]),
        P::new("BackgroundColor", K::Choice(COLORS)).or(&["Bg"]),
    ],
    sets: &[],
    run: |session, bound| {
        let separator = bound.live("Separator").map_or_else(|| " ".to_owned(), Live::to_text);
        let text = match bound.live("Object") {
            None => String::new(),
            Some(value @ Live::Table(_)) => {
                crate::format::live_text(std::slice::from_ref(value)).trim().to_owned()
            }
            Some(value) => {
                let parts: Vec<String> =
                    value.clone().into_arguments().iter().map(Live::to_text).collect();
                parts.join(&separator)
            }
        };
        session.state.budget.charge(text.len())?;
        let color = |name: &str| bound.text(name).map(str::to_owned);
        session.host(
            text,
            color("ForegroundColor"),
            color("BackgroundColor"),
            bound.switch("NoNewline"),
        );
        Ok(Vec::new())
    },
};

/// `Write-Output`.
pub(super) static OUTPUT: CommandSpec = CommandSpec {
    name: "Write-Output",
    aliases: &["echo", "write"],
    module: UTILITY,
    summary: "Passes values on",
    example: "Write-Output 'one', 'two'",
    parameters: &[
        P::new("InputObject", K::Any).at(0).collecting().remaining(),
        P::switch("NoEnumerate"),
    ],
    sets: &[],
    run: |session, bound| {
        let value = bound.live("InputObject").cloned();
        match value {
            Some(value) if bound.switch("NoEnumerate") => session.emit(value),
            Some(value) => session.emit_each(value),
            None => bound.input().to_vec().into_iter().for_each(|item| session.emit(item)),
        }
        Ok(Vec::new())
    },
};

const MESSAGE: P = P::text("Message").at(0).piped().required().nullable().or(&["Msg"]);

/// `Write-Warning`.
pub(super) static WARNING: CommandSpec = CommandSpec {
    name: "Write-Warning",
    aliases: &[],
    module: UTILITY,
    summary: "Prints a warning",
    example: "Write-Warning 'No such user'",
    parameters: &[MESSAGE],
    sets: &[],
    run: |session, bound| {
        let off =
            session.state.get_name("warningpreference").and_then(|p| ErrorAction::of(&p.to_text()));
        if !matches!(off, Some(ErrorAction::SilentlyContinue | ErrorAction::Ignore)) {
            session.warn(bound.required("Message"));
        }
        Ok(Vec::new())
    },
};

/// `Write-Verbose`.
pub(super) static VERBOSE: CommandSpec = CommandSpec {
    name: "Write-Verbose",
    aliases: &[],
    module: UTILITY,
    summary: "Prints a line when $VerbosePreference or -Verbose asks for it",
    example: "Write-Verbose 'Looking at the next user'",
    parameters: &[MESSAGE],
    sets: &[],
    run: |session, bound| {
        let on =
            session.state.get_name("verbosepreference").and_then(|p| ErrorAction::of(&p.to_text()));
        if bound.switch("Verbose") || matches!(on, Some(ErrorAction::Continue)) {
            session.outputs.push(Output::Verbose(bound.required("Message").to_owned()));
        }
        Ok(Vec::new())
    },
};

/// `Write-Debug`.
pub(super) static DEBUG: CommandSpec = CommandSpec {
    name: "Write-Debug",
    aliases: &[],
    module: UTILITY,
    summary: "Understood, prints nothing",
    example: "Write-Debug 'x'",
    parameters: &[MESSAGE],
    sets: &[],
    run: |_, _| Ok(Vec::new()),
};

/// `Write-Information`.
pub(super) static INFORMATION: CommandSpec = CommandSpec {
    name: "Write-Information",
    aliases: &[],
    module: UTILITY,
    summary: "Prints a line when $InformationPreference asks for it",
    example: "Write-Information 'Started'",
    parameters: &[
        P::new("MessageData", K::Any).at(0).piped().required().nullable().or(&["Msg"]),
        P::texts("Tags").at(1).ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        let on = session
            .state
            .get_name("informationpreference")
            .and_then(|p| ErrorAction::of(&p.to_text()));
        let asked = bound.text("InformationAction").and_then(ErrorAction::of);
        if matches!(asked.or(on), Some(ErrorAction::Continue)) {
            let text = bound.live("MessageData").map_or_else(String::new, Live::to_text);
            session.host(text, None, None, false);
        }
        Ok(Vec::new())
    },
};

/// `Write-Progress`.
pub(super) static PROGRESS: CommandSpec = CommandSpec {
    name: "Write-Progress",
    aliases: &[],
    module: UTILITY,
    summary: "Understood, prints nothing",
    example: "Write-Progress -Activity 'Users' -PercentComplete 50",
    parameters: &[
        P::text("Activity").at(0).ignored(),
        P::text("Status").at(1).ignored(),
        P::new("Id", K::Any).at(2).ignored(),
        P::new("PercentComplete", K::Any).ignored(),
        P::new("SecondsRemaining", K::Any).ignored(),
        P::text("CurrentOperation").ignored(),
        P::new("ParentId", K::Any).ignored(),
        P::switch("Completed").ignored(),
    ],
    sets: &[],
    run: |_, _| Ok(Vec::new()),
};

/// `Write-Error`.
pub(super) static ERROR: CommandSpec = CommandSpec {
    name: "Write-Error",
    aliases: &[],
    module: UTILITY,
    summary: "Prints an error that does not end the script",
    example: "Write-Error 'The user has no mail address' -ErrorAction Continue",
    parameters: &[
        MESSAGE,
        P::new("Exception", K::Any),
        P::new("ErrorRecord", K::Any),
        P::text("Category"),
        P::text("ErrorId"),
        P::new("TargetObject", K::Any),
        P::text("RecommendedAction").ignored(),
    ],
    sets: &[],
    run: write_error,
};

fn write_error(session: &mut Session<'_>, bound: &Bound) -> Done {
    let id = bound.text("ErrorId").unwrap_or("Microsoft.PowerShell.Commands.WriteErrorException");
    let mut thrown = Thrown::of_language(
        "Microsoft.PowerShell.Commands.WriteErrorException",
        id,
        bound.required("Message").to_owned(),
    );
    thrown.record.command = "Write-Error";
    thrown.span = Some(bound.span);
    thrown.target = bound.live("TargetObject").cloned().unwrap_or(Live::Null);
    session.failed(thrown, bound.text("ErrorAction").and_then(ErrorAction::of))?;
    Ok(Vec::new())
}

/// `Out-Null`.
pub(super) static NULL: CommandSpec = CommandSpec {
    name: "Out-Null",
    aliases: &[],
    module: "Microsoft.PowerShell.Core",
    summary: "Throws away what it is given",
    example: "Start-ADSyncSyncCycle -PolicyType Delta | Out-Null",
    parameters: &[INPUT],
    sets: &[],
    run: |_, _| Ok(Vec::new()),
};

/// `Out-Host`, `Out-Default`.
pub(super) static OUT_HOST: CommandSpec = CommandSpec {
    name: "Out-Host",
    aliases: &["oh", "Out-Default"],
    module: "Microsoft.PowerShell.Core",
    summary: "Prints what it is given",
    example: "Get-ADUser -Filter * | Out-Host",
    parameters: &[P::switch("Paging").ignored(), INPUT],
    sets: &[],
    run: |session, bound| {
        for item in inputs(bound) {
            session.print(item);
        }
        Ok(Vec::new())
    },
};

/// `Out-String`.
pub(super) static STRING: CommandSpec = CommandSpec {
    name: "Out-String",
    aliases: &["oss"],
    module: UTILITY,
    summary: "Makes the text that would be printed",
    example: "Get-ADUser -Filter * | Out-String",
    parameters: &[
        P::switch("Stream"),
        P::integer("Width").ignored(),
        P::switch("NoNewline").ignored(),
        INPUT,
    ],
    sets: &[],
    run: |session, bound| {
        let text = crate::format::live_text(&inputs(bound)).replace('\n', "\r\n");
        session.state.budget.charge(text.len())?;
        if bound.switch("Stream") {
            for line in text.lines() {
                session.emit(Live::text(line));
            }
        } else {
            session.emit(Live::text(text));
        }
        Ok(Vec::new())
    },
};

/// `Read-Host`.
pub(super) static READ_HOST: CommandSpec = CommandSpec {
    name: "Read-Host",
    aliases: &[],
    module: UTILITY,
    summary: "Asks for a line; the answers come from the scenario or the terminal",
    example: "Read-Host 'Continue?'",
    parameters: &[
        P::text("Prompt").at(0),
        P::switch("AsSecureString"),
        P::switch("MaskInput").ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        let prompt = bound.text("Prompt").unwrap_or_default().to_owned();
        let answer = session.state.answers.pop_front().or_else(|| session.ask(&prompt));
        let Some(answer) = answer else {
            let mut thrown = Thrown::of_language(
                "System.Management.Automation.PSInvalidOperationException",
                "ReadHostNoAnswer",
                format!(
                    "Read-Host asks \"{prompt}\" and there is no answer. Give answers beforehand."
                ),
            );
            thrown.fatal = true;
            return Err(crate::stop::Stop::Failed(Box::new(thrown)).into());
        };
        if bound.switch("AsSecureString") {
            session.host(format!("{prompt}: ********"), None, None, false);
            session.emit(super::general::secure(&answer));
        } else {
            session.host(format!("{prompt}: {answer}"), None, None, false);
            session.emit(Live::text(answer));
        }
        Ok(Vec::new())
    },
};
