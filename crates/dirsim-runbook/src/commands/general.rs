//! Cmdlets about the session itself: variables, aliases, new objects, random numbers.

use std::rc::Rc;

use crate::ast::TypeName;
use crate::bind::Bound;
use crate::commands::pipe::{INPUT, inputs};
use crate::error::CommandError;
use crate::live::{CUSTOM, Live, LiveObject, Member};
use crate::members;
use crate::operators::{number, wildcard};
use crate::session::Session;
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::stop::Stop;
use crate::types;
use crate::value::Object;

type Done = Result<Vec<Object>, CommandError>;

const UTILITY: &str = "Microsoft.PowerShell.Utility";

/// Makes a secure string; its text is kept for the world, never shown.
pub(super) fn secure(text: &str) -> Live {
    Live::Object(Rc::new(
        LiveObject::new("System.Security.SecureString")
            .with("Length", Live::count(text.chars().count())),
    ))
}

/// `ConvertTo-SecureString`.
pub(super) static TO_SECURE: CommandSpec = CommandSpec {
    name: "ConvertTo-SecureString",
    aliases: &[],
    module: "Microsoft.PowerShell.Security",
    summary: "Makes a secure string of a text",
    example: "ConvertTo-SecureString 'P@ssw0rd' -AsPlainText -Force",
    parameters: &[
        P::text("String").at(0).required().piped(),
        P::switch("AsPlainText"),
        P::switch("Force"),
        P::new("Key", K::Any).ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        session.emit(secure(bound.required("String")));
        Ok(Vec::new())
    },
};

/// `Get-Credential`.
pub(super) static CREDENTIAL: CommandSpec = CommandSpec {
    name: "Get-Credential",
    aliases: &[],
    module: "Microsoft.PowerShell.Security",
    summary: "Makes a credential; nobody is asked for a password",
    example: "Get-Credential -UserName admin@contoso.com -Message 'Sign in'",
    parameters: &[
        P::text("Credential").at(0),
        P::text("UserName"),
        P::text("Message").ignored(),
        P::text("Title").ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        let name = bound.text("UserName").or(bound.text("Credential")).unwrap_or("admin");
        session.emit(Live::Object(Rc::new(
            LiveObject::new("System.Management.Automation.PSCredential")
                .with("UserName", name)
                .with("Password", secure("password")),
        )));
        Ok(Vec::new())
    },
};

/// `New-Object`.
pub(super) static NEW_OBJECT: CommandSpec = CommandSpec {
    name: "New-Object",
    aliases: &[],
    module: UTILITY,
    summary: "Makes a value of a .NET type",
    example: "New-Object PSObject -Property @{Name='Ann'; City='Oslo'}",
    parameters: &[
        P::text("TypeName").at(0).required(),
        P::new("ArgumentList", K::Any).at(1).or(&["Args"]),
        P::table("Property"),
        P::text("ComObject"),
        P::switch("Strict").ignored(),
    ],
    sets: &[],
    run: new_object,
};

fn new_object(session: &mut Session<'_>, bound: &Bound) -> Done {
    let written = bound.required("TypeName").replace(' ', "");
    let (base, array) = match written.strip_suffix("[]") {
        Some(base) => (base, true),
        None => (written.as_str(), false),
    };
    let base = base.split(['[', '`']).next().unwrap_or(base);
    let name = TypeName { name: base.into(), arguments: Vec::new(), array, span: bound.span };
    if let Some(user) = session.state.types.get(&base.to_lowercase()).cloned() {
        let arguments = bound.live("ArgumentList").map(|list| list.clone().into_arguments());
        let made = session.make_object(&user, arguments.unwrap_or_default())?;
        session.emit(made);
        return Ok(Vec::new());
    }
    let Some(full) = types::resolve(base).filter(|full| array || members::known::is_made(full))
    else {
        return Err(Stop::error(
            "System.Management.Automation.PSArgumentException",
            "TypeNotFound,Microsoft.PowerShell.Commands.NewObjectCommand",
            format!("Cannot find type [{base}]: verify that the assembly containing this type is loaded. dirsim makes no values of it."),
        )
        .into());
    };
    let arguments = match bound.live("ArgumentList") {
        None => Vec::new(),
        // A list that stands in a list is one argument.
        Some(list) => list.clone().into_arguments(),
    };
    let value = members::statics::make(session, &name, full, arguments)?;
    if let (Some(Live::Table(table)), Live::Object(object)) = (bound.live("Property"), &value) {
        for (key, value) in table.pairs() {
            object.put(&key.to_text(), value);
        }
    }
    session.emit(value);
    Ok(Vec::new())
}

/// `Add-Member`.
pub(super) static ADD_MEMBER: CommandSpec = CommandSpec {
    name: "Add-Member",
    aliases: &[],
    module: UTILITY,
    summary: "Gives an object another property or method",
    example: "$x = New-Object PSObject; $x | Add-Member -NotePropertyName City -NotePropertyValue Oslo",
    parameters: &[
        P::new(
            "MemberType",
            K::Choice(&["NoteProperty", "ScriptProperty", "ScriptMethod", "AliasProperty"]),
        )
        .at(0)
        .or(&["Type"]),
        P::text("Name").at(1),
        P::new("Value", K::Any).at(2),
        P::text("NotePropertyName"),
        P::new("NotePropertyValue", K::Any),
        P::table("NotePropertyMembers"),
        P::text("TypeName").ignored(),
        P::switch("PassThru"),
        P::switch("Force").ignored(),
        INPUT,
    ],
    sets: &[],
    run: |session, bound| {
        for item in inputs(bound) {
            if let Live::Object(object) = &item {
                if let Some(Live::Table(table)) = bound.live("NotePropertyMembers") {
                    for (key, value) in table.pairs() {
                        object.put(&key.to_text(), value);
                    }
                }
                if let Some(name) = bound.text("NotePropertyName") {
                    object
                        .put(name, bound.live("NotePropertyValue").cloned().unwrap_or(Live::Null));
                }
                if let Some(name) = bound.text("Name") {
                    let value = bound.live("Value").cloned().unwrap_or(Live::Null);
                    match bound.text("MemberType") {
                        Some("ScriptMethod") => {
                            object.members.borrow_mut().push((name.into(), Member::Method(value)));
                        }
                        Some("ScriptProperty") => {
                            object
                                .members
                                .borrow_mut()
                                .push((name.into(), Member::Property(value)));
                        }
                        Some("AliasProperty") => {
                            let target = object.get(&value.to_text()).unwrap_or(Live::Null);
                            object.put(name, target);
                        }
                        _ => object.put(name, value),
                    }
                }
            }
            if bound.switch("PassThru") {
                session.emit(item);
            }
        }
        Ok(Vec::new())
    },
};

/// `Get-Member`.
pub(super) static GET_MEMBER: CommandSpec = CommandSpec {
    name: "Get-Member",
    aliases: &["gm"],
    module: UTILITY,
    summary: "Shows the properties of objects",
    example: "Get-ADDomain | Get-Member",
    parameters: &[
        P::texts("Name").at(0),
        P::text("MemberType").or(&["Type"]),
        P::switch("Force").ignored(),
        P::switch("Static").ignored(),
        INPUT,
    ],
    sets: &[],
    run: |session, bound| {
        let mut seen: Vec<String> = Vec::new();
        for item in inputs(bound) {
            let kind = item.type_name().into_owned();
            if seen.contains(&kind) {
                continue;
            }
            let mut names = super::pipe::property_names(&item);
            names.sort_by_key(|name| name.to_lowercase());
            for name in names {
                if bound.has("Name")
                    && !bound.texts("Name").iter().any(|p| wildcard::matches(&name, p, false))
                {
                    continue;
                }
                let value = session.member(&item, &Live::text(name.as_str()))?;
                let member_type = if kind == CUSTOM { "NoteProperty" } else { "Property" };
                session.emit(Live::Object(Rc::new(
                    LiveObject::new("Microsoft.PowerShell.Commands.MemberDefinition")
                        .with("Name", name.as_str())
                        .with("MemberType", member_type)
                        .with("Definition", format!("{} {name}", value.type_name()))
                        .with("TypeName", kind.as_str()),
                )));
            }
            seen.push(kind);
        }
        Ok(Vec::new())
    },
};

/// `Get-Random`.
pub(super) static RANDOM: CommandSpec = CommandSpec {
    name: "Get-Random",
    aliases: &[],
    module: UTILITY,
    summary: "Draws a number or items of a list; the same world draws the same",
    example: "Get-Random -Minimum 1 -Maximum 7",
    parameters: &[
        P::new("Maximum", K::Any).at(0),
        P::new("Minimum", K::Any),
        P::integer("Count"),
        P::integer("SetSeed"),
        P::switch("Shuffle"),
        INPUT,
    ],
    sets: &[],
    run: |session, bound| {
        if let Some(seed) = bound.integer("SetSeed") {
            session.state.random = seed.cast_unsigned() | 1;
        }
        let mut items = inputs(bound);
        let count = bound.integer("Count").and_then(|n| usize::try_from(n).ok()).unwrap_or(1);
        if !items.is_empty() {
            let count = if bound.switch("Shuffle") { items.len() } else { count };
            for _ in 0..count.min(items.len()) {
                let at = session.random_between(0, i64::try_from(items.len()).unwrap_or(1));
                session.emit(items.swap_remove(usize::try_from(at).unwrap_or(0)));
            }
            return Ok(Vec::new());
        }
        let whole = |name: &str| {
            bound.live(name).and_then(number::number).and_then(number::Number::rounded)
        };
        let (low, high) =
            (whole("Minimum").unwrap_or(0), whole("Maximum").unwrap_or(i64::from(i32::MAX)));
        if low >= high {
            return Err(Stop::error(
                "System.ArgumentException",
                "MinGreaterThanOrEqualMax,Microsoft.PowerShell.Commands.GetRandomCommand",
                format!("The Minimum value ({low}) cannot be greater than or equal to the Maximum value ({high})."),
            )
            .into());
        }
        session.state.budget.charge(count.saturating_mul(crate::limits::ITEM_BYTES))?;
        for _ in 0..count {
            let number = session.random_between(low, high);
            session.emit(Live::whole(number));
        }
        Ok(Vec::new())
    },
};

/// `Set-Variable`.
pub(super) static SET_VARIABLE: CommandSpec = CommandSpec {
    name: "Set-Variable",
    aliases: &["sv", "set", "New-Variable", "nv"],
    module: UTILITY,
    summary: "Sets a variable",
    example: "Set-Variable -Name city -Value Oslo",
    parameters: &[
        P::texts("Name").at(0).required(),
        P::new("Value", K::Any).at(1),
        P::text("Scope"),
        P::text("Option").ignored(),
        P::text("Description").ignored(),
        P::switch("Force").ignored(),
        P::switch("PassThru").ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        let value = bound.live("Value").cloned().unwrap_or(Live::Null);
        for name in bound.texts("Name") {
            let scope = bound.text("Scope").unwrap_or("Local").to_lowercase();
            match scope.parse::<usize>() {
                Ok(levels) => session.state.set_outer(levels, &name.to_lowercase(), value.clone()),
                Err(_) => {
                    let scope = (scope != "local").then(|| scope.as_str().into());
                    let variable = crate::ast::Variable { scope, name: name.to_lowercase().into() };
                    session.state.assign(&variable, value.clone(), None)?;
                }
            }
        }
        Ok(Vec::new())
    },
};

/// `Get-Variable`.
pub(super) static GET_VARIABLE: CommandSpec = CommandSpec {
    name: "Get-Variable",
    aliases: &["gv"],
    module: UTILITY,
    summary: "Shows variables",
    example: "Get-Variable -Name u* -ValueOnly",
    parameters: &[P::texts("Name").at(0), P::switch("ValueOnly"), P::text("Scope").ignored()],
    sets: &[],
    run: |session, bound| {
        let patterns = bound.texts("Name");
        for name in session.state.variable_names() {
            if !patterns.is_empty() && !patterns.iter().any(|p| wildcard::matches(&name, p, false))
            {
                continue;
            }
            let value = session.state.get_name(&name).unwrap_or(Live::Null);
            if bound.switch("ValueOnly") {
                session.emit(value);
            } else {
                session.emit(Live::Object(Rc::new(
                    LiveObject::new("System.Management.Automation.PSVariable")
                        .with("Name", name)
                        .with("Value", value),
                )));
            }
        }
        Ok(Vec::new())
    },
};

/// `Remove-Variable`, `Clear-Variable`.
pub(super) static REMOVE_VARIABLE: CommandSpec = CommandSpec {
    name: "Remove-Variable",
    aliases: &["rv", "Clear-Variable", "clv"],
    module: UTILITY,
    summary: "Forgets variables",
    example: "Remove-Variable users -ErrorAction SilentlyContinue",
    parameters: &[
        P::texts("Name").at(0).required(),
        P::text("Scope").ignored(),
        P::switch("Force").ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        for pattern in bound.texts("Name") {
            for name in session.state.variable_names() {
                if wildcard::matches(&name, pattern, false) {
                    session.state.remove(&name);
                }
            }
        }
        Ok(Vec::new())
    },
};

/// `Set-Alias`.
pub(super) static SET_ALIAS: CommandSpec = CommandSpec {
    name: "Set-Alias",
    aliases: &["sal", "New-Alias", "nal"],
    module: UTILITY,
    summary: "Gives a command another name",
    example: "Set-Alias sync Start-ADSyncSyncCycle",
    parameters: &[
        P::text("Name").at(0).required(),
        P::text("Value").at(1).required(),
        P::text("Scope").ignored(),
        P::switch("Force").ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        let (name, value) =
            (bound.required("Name").to_lowercase(), bound.required("Value").to_owned());
        session.state.aliases.insert(name, value);
        Ok(Vec::new())
    },
};

/// `Set-StrictMode` and other settings without an effect here.
pub(super) static STRICT: CommandSpec = CommandSpec {
    name: "Set-StrictMode",
    aliases: &[],
    module: "Microsoft.PowerShell.Core",
    summary: "Understood, no effect",
    example: "Set-StrictMode -Version Latest",
    parameters: &[P::text("Version").ignored(), P::switch("Off").ignored()],
    sets: &[],
    run: |_, _| Ok(Vec::new()),
};

/// `Set-ExecutionPolicy`.
pub(super) static POLICY: CommandSpec = CommandSpec {
    name: "Set-ExecutionPolicy",
    aliases: &[],
    module: "Microsoft.PowerShell.Security",
    summary: "Understood, no effect",
    example: "Set-ExecutionPolicy RemoteSigned -Scope Process -Force",
    parameters: &[
        P::text("ExecutionPolicy").at(0).ignored(),
        P::text("Scope").at(1).ignored(),
        P::switch("Force").ignored(),
    ],
    sets: &[],
    run: |_, _| Ok(Vec::new()),
};

/// `Get-Module`.
pub(super) static GET_MODULE: CommandSpec = CommandSpec {
    name: "Get-Module",
    aliases: &["gmo", "Get-InstalledModule"],
    module: "Microsoft.PowerShell.Core",
    summary: "Lists the modules of which dirsim knows cmdlets",
    example: "Get-Module -ListAvailable -Name ADSync",
    parameters: &[
        P::texts("Name").at(0),
        P::switch("ListAvailable").ignored(),
        P::switch("All").ignored(),
        P::switch("AllVersions").ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        let patterns = bound.texts("Name");
        let mut names: Vec<&str> = super::COMMANDS.iter().map(|command| command.module).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let fits = |pattern: &&str| {
                wildcard::matches(name, pattern, false)
                    || pattern.to_lowercase().starts_with(&format!("{}.", name.to_lowercase()))
            };
            if patterns.is_empty() || patterns.iter().any(fits) {
                session.emit(Live::Object(Rc::new(
                    LiveObject::new("System.Management.Automation.PSModuleInfo")
                        .with("ModuleType", "Manifest")
                        .with("Version", "1.0.0")
                        .with("Name", name),
                )));
            }
        }
        Ok(Vec::new())
    },
};

/// `Install-Module`, `Remove-Module` and their kin.
pub(super) static INSTALL_MODULE: CommandSpec = CommandSpec {
    name: "Install-Module",
    aliases: &["Update-Module", "Remove-Module", "rmo", "Uninstall-Module", "Save-Module"],
    module: "PowerShellGet",
    summary: "Understood, no effect: all modules that dirsim knows are there",
    example: "Install-Module Microsoft.Graph -Scope CurrentUser -Force",
    parameters: &[
        P::texts("Name").at(0).required(),
        P::text("Scope").ignored(),
        P::text("Repository").ignored(),
        P::text("RequiredVersion").ignored(),
        P::text("MinimumVersion").ignored(),
        P::text("MaximumVersion").ignored(),
        P::switch("Force").ignored(),
        P::switch("AllowClobber").ignored(),
        P::switch("AllowPrerelease").ignored(),
        P::switch("AcceptLicense").ignored(),
        P::switch("SkipPublisherCheck").ignored(),
    ],
    sets: &[],
    run: |_, _| Ok(Vec::new()),
};

/// `Invoke-Command` on this server.
pub(super) static INVOKE_COMMAND: CommandSpec = CommandSpec {
    name: "Invoke-Command",
    aliases: &["icm"],
    module: "Microsoft.PowerShell.Core",
    summary: "Carries out a script block; every computer is the synchronization server",
    example: "Invoke-Command -ComputerName SYNC01 -ScriptBlock { Get-ADSyncScheduler }",
    parameters: &[
        P::texts("ComputerName").at(0).or(&["Cn"]).ignored(),
        P::new("ScriptBlock", K::Block).at(0).required().or(&["Command"]),
        P::new("ArgumentList", K::Any).or(&["Args"]),
        P::new("Credential", K::Any).ignored(),
        P::new("Session", K::Any).ignored(),
        P::switch("HideComputerName").ignored(),
        P::text("Authentication").ignored(),
        INPUT,
    ],
    sets: &[] as &[ParameterSet],
    run: |session, bound| {
        let Some(Live::Block(closure)) = bound.live("ScriptBlock").cloned() else {
            return Ok(Vec::new());
        };
        let arguments =
            bound.live("ArgumentList").map_or_else(Vec::new, |list| list.clone().into_arguments());
        let input = bound.piped().then(|| bound.input().to_vec());
        session.invoke_block(
            &closure,
            crate::interpret::Argument::values(arguments),
            input,
            true,
        )?;
        Ok(Vec::new())
    },
};

/// `Get-Host`.
pub(super) static GET_HOST: CommandSpec = CommandSpec {
    name: "Clear-Host",
    aliases: &["cls", "clear"],
    module: "Microsoft.PowerShell.Core",
    summary: "Understood, no effect",
    example: "Clear-Host",
    parameters: &[],
    sets: &[],
    run: |_, _| Ok(Vec::new()),
};

/// `New-TimeSpan`.
pub(super) static NEW_TIMESPAN: CommandSpec = CommandSpec {
    name: "New-TimeSpan",
    aliases: &[],
    module: UTILITY,
    summary: "Makes a span of time",
    example: "New-TimeSpan -Days 30",
    parameters: &[
        P::new("Start", K::Any).at(0).piped(),
        P::new("End", K::Any).at(1),
        P::integer("Days"),
        P::integer("Hours"),
        P::integer("Minutes"),
        P::integer("Seconds"),
        P::integer("Milliseconds"),
    ],
    sets: &[],
    run: |session, bound| {
        let part = |name: &str, ticks: i64| bound.integer(name).unwrap_or(0).saturating_mul(ticks);
        let time = |session: &Session<'_>, name: &str| match bound.live(name) {
            Some(value) => crate::operators::cast::to_time(value),
            None => session.clock(),
        };
        let span = if bound.has("Start") || bound.has("End") {
            match (time(session, "Start")?, time(session, "End")?) {
                (Live::Time(start), Live::Time(end)) => end - start,
                _ => 0,
            }
        } else {
            part("Days", 864_000_000_000)
                .saturating_add(part("Hours", 36_000_000_000))
                .saturating_add(part("Minutes", 600_000_000))
                .saturating_add(part("Seconds", 10_000_000))
                .saturating_add(part("Milliseconds", 10_000))
        };
        session.emit(Live::Span(span));
        Ok(Vec::new())
    },
};

/// `New-Guid`.
pub(super) static NEW_GUID: CommandSpec = CommandSpec {
    name: "New-Guid",
    aliases: &[],
    module: UTILITY,
    summary: "Draws a GUID; the same world draws the same",
    example: "New-Guid",
    parameters: &[P::switch("Empty")],
    sets: &[],
    run: |session, bound| {
        let name =
            TypeName { name: "guid".into(), arguments: Vec::new(), array: false, span: bound.span };
        let value = if bound.switch("Empty") {
            members::statics::get(session, &name, "Empty")?
        } else {
            members::statics::call(session, &name, "NewGuid", Vec::new())?
        };
        session.emit(value);
        Ok(Vec::new())
    },
};
