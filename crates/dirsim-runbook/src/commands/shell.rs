//! What every script uses: sign-in, modules, time, help.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike, Timelike, Utc};
use dirsim_model::time::MINUTE_MS;
use dirsim_world::Input;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::filter::like;
use crate::live::Live;
use crate::operators::{cast, format};
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::stop::Stop;
use crate::value::Object;
use dirsim_model::nearest;

use super::COMMANDS;

/// Sets one part of a date; `None` when the date has no such part.
type SetPart = fn(&DateTime<Utc>, u32) -> Option<DateTime<Utc>>;

/// `Connect-MgGraph`.
pub(super) static CONNECT_GRAPH: CommandSpec = CommandSpec {
    name: "Connect-MgGraph",
    aliases: &["Connect-Graph"],
    module: "Microsoft.Graph",
    summary: "Signs in to the tenant: later calls need one of the scopes that it names",
    example: "Connect-MgGraph -Scopes 'User.ReadWrite.All', 'Directory.ReadWrite.All'",
    parameters: &[
        P::texts("Scopes").at(0),
        P::text("TenantId").ignored(),
        P::text("ClientId").or(&["AppId", "ApplicationId"]).ignored(),
        P::text("CertificateThumbprint"),
        P::text("CertificateName").or(&["CertificateSubject"]),
        P::new("Certificate", K::Any),
        P::new("ClientSecretCredential", K::Any).or(&["SecretCredential", "Credential"]),
        P::text("ContextScope").ignored(),
        P::new("AccessToken", K::Any).ignored(),
        P::text("Environment").ignored(),
        P::switch("NoWelcome").ignored(),
        P::switch("UseDeviceCode").or(&["UseDeviceAuthentication", "Device"]).ignored(),
        P::switch("Identity").or(&["ManagedIdentity", "ManagedServiceIdentity", "MSI"]),
    ],
    sets: &[],
    run: |session, bound| {
        let app =
            ["CertificateThumbprint", "CertificateName", "Certificate", "ClientSecretCredential"]
                .iter()
                .any(|name| bound.has(name))
                || bound.switch("Identity");
        session.sign_in(bound, app)?;
        Ok(Vec::new())
    },
};

/// `Disconnect-MgGraph`.
pub(super) static DISCONNECT_GRAPH: CommandSpec = CommandSpec {
    name: "Disconnect-MgGraph",
    aliases: &["Disconnect-Graph"],
    module: "Microsoft.Graph",
    summary: "Signs out: later calls may do again what the actor may do",
    example: "Disconnect-MgGraph",
    parameters: &[],
    sets: &[],
    run: |session, _| {
        session.state.sign_in = None;
        Ok(Vec::new())
    },
};

/// `Connect-MsolService`.
pub(super) static CONNECT_MSOL: CommandSpec = CommandSpec {
    name: "Connect-MsolService",
    aliases: &[],
    module: "MSOnline",
    summary: "Understood, no effect; the service retired the module in 2025",
    example: "Connect-MsolService",
    parameters: &[P::new("Credential", K::Any).ignored(), P::text("AzureEnvironment").ignored()],
    sets: &[],
    run: |session, _| {
        session.warn("the service retired the MSOnline module in 2025; use Connect-MgGraph");
        Ok(Vec::new())
    },
};

/// `Import-Module`.
pub(super) static IMPORT_MODULE: CommandSpec = CommandSpec {
    name: "Import-Module",
    aliases: &["ipmo"],
    module: "Microsoft.PowerShell.Core",
    summary: "Understood, no effect: all modules that dirsim knows are there",
    example: "Import-Module ADSync",
    parameters: &[
        P::texts("Name").at(0).required(),
        P::switch("Force").ignored(),
        P::switch("PassThru").ignored(),
        P::switch("DisableNameChecking").ignored(),
        P::switch("UseWindowsPowerShell").ignored(),
        P::text("MinimumVersion").or(&["Version"]).ignored(),
        P::text("RequiredVersion").ignored(),
        P::switch("Global").ignored(),
    ],
    sets: &[],
    run: |_, bound| {
        super::connect::check_modules(bound, &bound.texts("Name"))?;
        Ok(Vec::new())
    },
};

/// `Start-Sleep`.
pub(super) static START_SLEEP: CommandSpec = CommandSpec {
    name: "Start-Sleep",
    aliases: &["sleep"],
    module: "Microsoft.PowerShell.Utility",
    summary: "Moves the simulated clock forward; takes no time",
    example: "Start-Sleep -Seconds 30",
    parameters: &[
        P::integer("Seconds").at(0),
        P::integer("Milliseconds").or(&["ms"]),
        P::integer("Minutes"),
        P::new("Duration", K::Duration),
    ],
    sets: &[ParameterSet {
        names: &["Seconds", "Milliseconds", "Minutes", "Duration"],
        required: true,
    }],
    run: start_sleep,
};

/// `Get-Date`.
pub(super) static GET_DATE: CommandSpec = CommandSpec {
    name: "Get-Date",
    aliases: &[],
    module: "Microsoft.PowerShell.Utility",
    summary: "Shows the simulated time, in UTC, or another one",
    example: "Get-Date -Format 'yyyy-MM-dd'",
    parameters: &[
        P::new("Date", K::Any).at(0).piped(),
        P::text("Format"),
        P::integer("Year"),
        P::integer("Month"),
        P::integer("Day"),
        P::integer("Hour"),
        P::integer("Minute"),
        P::integer("Second"),
        P::switch("AsUTC").ignored(),
        P::text("DisplayHint").ignored(),
    ],
    sets: &[],
    run: get_date,
};

fn get_date(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let time = match bound.live("Date") {
        Some(date) => cast::to_time(date)?,
        None => session.clock()?,
    };
    let Live::Time(mut ticks) = time else { return Ok(Vec::new()) };
    // Parts that are given take the place of those of the time.
    let mut moment = crate::live::timestamp(ticks).chrono();
    let part = |name: &str| bound.integer(name).and_then(|n| u32::try_from(n).ok());
    let year = bound.integer("Year").and_then(|n| i32::try_from(n).ok());
    let changed = [year.map(|n| moment.with_year(n)), part("Day").map(|_| moment.with_day(1))];
    let given = ["Year", "Month", "Day", "Hour", "Minute", "Second"];
    if given.iter().any(|name| bound.has(name)) {
        for next in changed.into_iter().flatten().flatten() {
            moment = next;
        }
        let steps: [(&str, SetPart); 5] = [
            ("Month", DateTime::with_month),
            ("Day", DateTime::with_day),
            ("Hour", DateTime::with_hour),
            ("Minute", DateTime::with_minute),
            ("Second", DateTime::with_second),
        ];
        if let Some(year) = year {
            moment = moment.with_year(year).unwrap_or(moment);
        }
        for (name, set) in steps {
            if let Some(value) = part(name) {
                moment = set(&moment, value).ok_or_else(|| {
                    Stop::method("Get-Date", format!("{value} is no {name} of this date."))
                })?;
            }
        }
        ticks = crate::live::ticks(dirsim_model::Timestamp(moment.timestamp_millis()));
    }
    match bound.text("Format") {
        Some(spec) => session.emit(Live::text(format::time(ticks, spec))),
        None => session.emit(Live::Time(ticks)),
    }
    Ok(Vec::new())
}

/// `Get-Help`.
pub(super) static GET_HELP: CommandSpec = CommandSpec {
    name: "Get-Help",
    aliases: &["help", "man"],
    module: "Microsoft.PowerShell.Core",
    summary: "Shows what a cmdlet does, its parameters and an example",
    example: "Get-Help Set-ADUser",
    parameters: &[
        P::text("Name").at(0),
        P::switch("Full").ignored(),
        P::switch("Detailed").ignored(),
        P::switch("Examples").ignored(),
        P::switch("Online").ignored(),
    ],
    sets: &[],
    run: get_help,
};

/// `Get-Command`.
pub(super) static GET_COMMAND: CommandSpec = CommandSpec {
    name: "Get-Command",
    aliases: &["gcm"],
    module: "Microsoft.PowerShell.Core",
    summary: "Lists the cmdlets that dirsim knows",
    example: "Get-Command *-ADUser",
    parameters: &[P::texts("Name").at(0), P::texts("Module"), P::text("Noun"), P::text("Verb")],
    sets: &[],
    run: get_command,
};

fn start_sleep(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let number = |name: &str, factor: i64| bound.integer(name).map(|n| n.saturating_mul(factor));
    let ms = number("Seconds", 1_000)
        .or(number("Milliseconds", 1))
        .or(number("Minutes", MINUTE_MS))
        .or(bound.duration("Duration"))
        .unwrap_or_default();
    advance(session, bound, ms)
}

/// Moves the clock forward; the past is out of reach.
pub(super) fn advance(
    session: &mut Session<'_>,
    bound: &Bound,
    ms: i64,
) -> Result<Vec<Object>, CommandError> {
    if ms < 0 {
        let message = "The clock cannot go back.".to_owned();
        return Err(server_refused(bound, "clock", "SE-001", message));
    }
    let to = session.now()? + ms;
    session.act(bound, &to.to_string(), Input::AdvanceClock(to))?;
    Ok(Vec::new())
}

fn get_help(_: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let Some(name) = bound.text("Name") else {
        let text = "Get-Help <cmdlet> shows one cmdlet, Get-Command lists all of them.";
        return Ok(vec![Object::new("System.String").with("Value", text)]);
    };
    if let Some(command) = super::find(name) {
        let parameters: Vec<String> = command
            .parameters
            .iter()
            .map(|parameter| {
                let mut line = format!("-{}", parameter.name);
                if !parameter.kind.name().is_empty() {
                    let _ = write!(line, " <{}>", parameter.kind.name());
                }
                if let K::Choice(words) = parameter.kind {
                    let _ = write!(line, " {}", words.join(" | "));
                }
                if parameter.mandatory {
                    line.push_str(" (mandatory)");
                }
                if parameter.ignored {
                    line.push_str(" (no effect)");
                }
                line
            })
            .collect();
        let aliases: Vec<&str> = command.aliases.to_vec();
        return Ok(vec![
            Object::new("Dirsim.CommandHelp")
                .with("Name", command.name)
                .with("Synopsis", command.summary)
                .with("Module", command.module)
                .with("Aliases", aliases)
                .with("Syntax", command.syntax())
                .with("Parameters", parameters.join("\n"))
                .with("Example", command.example),
        ]);
    }
    if name.contains('*') {
        return Ok(list(|command| like(command.name, name)));
    }
    let near = nearest(name, COMMANDS.iter().map(|command| command.name));
    let hint = near.map_or_else(String::new, |near| format!(" Did you mean {near}?"));
    let message = format!("Get-Help could not find {name} in this session.{hint}");
    Err(server_refused(bound, name, "interfaces 5", message))
}

fn list(wanted: impl Fn(&crate::spec::CommandSpec) -> bool) -> Vec<Object> {
    COMMANDS
        .iter()
        .filter(|command| wanted(command))
        .map(|command| {
            Object::new("Dirsim.CommandInfo")
                .with("CommandType", "Cmdlet")
                .with("Name", command.name)
                .with("Source", command.module)
                .with("Summary", command.summary)
        })
        .collect()
}

fn get_command(_: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let names = bound.texts("Name");
    let modules = bound.texts("Module");
    let part = |name: &str, value: &str| bound.text(name).is_none_or(|wanted| like(value, wanted));
    let found = list(|command| {
        let (verb, noun) = command.name.split_once('-').unwrap_or((command.name, ""));
        (names.is_empty() || names.iter().any(|name| like(command.name, name)))
            && (modules.is_empty() || modules.iter().any(|module| like(command.module, module)))
            && part("Verb", verb)
            && part("Noun", noun)
    });
    if found.is_empty()
        && let Some(name) = names.first().filter(|name| !name.contains('*'))
    {
        let message = format!(
            "The term '{name}' is not recognized as a name of a cmdlet, function, script file, or executable program."
        );
        return Err(server_refused(bound, name, "interfaces 5", message));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use crate::value::PsValue;

    use super::*;

    #[test]
    fn commands_are_listed_by_pattern() {
        let names: Vec<String> = list(|command| like(command.name, "*-aduser"))
            .iter()
            .filter_map(|object| object.get("Name").map(PsValue::to_text))
            .collect();
        assert_eq!(names, ["New-ADUser", "Get-ADUser", "Set-ADUser", "Remove-ADUser"]);
    }
}
