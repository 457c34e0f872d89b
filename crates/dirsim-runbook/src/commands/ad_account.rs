//! `*-ADAccount`: switching accounts on and off, passwords, expiry, and searching by state (SE-044).

use dirsim_model::Timestamp;
use dirsim_model::time::DAY_MS;

use crate::ad::{AdObject, Noun, edit, identity, property, search};
use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, forest_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::value::{Object, PsValue};

use super::ad_user;

const PARAMETERS: &[P] = &[
    P::text("Identity").at(0).required(),
    P::switch("PassThru"),
    P::text("Server"),
    P::new("Credential", K::Any).ignored(),
];

/// `Enable-ADAccount`.
pub(super) static ENABLE: CommandSpec = CommandSpec {
    name: "Enable-ADAccount",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Enables an account",
    example: "Enable-ADAccount ann",
    parameters: PARAMETERS,
    sets: &[],
    run: |session, bound| ad_user::set_enabled(session, bound, true),
};

/// `Disable-ADAccount`.
pub(super) static DISABLE: CommandSpec = CommandSpec {
    name: "Disable-ADAccount",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Disables an account",
    example: "Disable-ADAccount ann",
    parameters: PARAMETERS,
    sets: &[],
    run: |session, bound| ad_user::set_enabled(session, bound, false),
};

/// `Unlock-ADAccount`.
pub(super) static UNLOCK: CommandSpec = CommandSpec {
    name: "Unlock-ADAccount",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Unlocks an account that was locked after wrong passwords",
    example: "Unlock-ADAccount ann",
    parameters: PARAMETERS,
    sets: &[],
    run: |session, bound| write(session, bound, "lockoutTime", 0),
};

/// `Set-ADAccountPassword`.
pub(super) static SET_PASSWORD: CommandSpec = CommandSpec {
    name: "Set-ADAccountPassword",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Changes a password; dirsim keeps when it was set, not the password",
    example: "Set-ADAccountPassword ann -Reset -NewPassword 'x'",
    parameters: &[
        P::text("Identity").at(0).required(),
        P::switch("Reset"),
        P::new("NewPassword", K::Any),
        P::new("OldPassword", K::Any),
        P::switch("PassThru"),
        P::text("Server"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: &[ParameterSet { names: &["Reset", "OldPassword"], required: true }],
    run: |session, bound| {
        let now = session.now()?.to_filetime();
        write(session, bound, "pwdLastSet", now)
    },
};

/// `Set-ADAccountExpiration`.
pub(super) static SET_EXPIRATION: CommandSpec = CommandSpec {
    name: "Set-ADAccountExpiration",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Says when an account expires; synchronization takes no notice of that",
    example: "Set-ADAccountExpiration ann -DateTime 2026-06-30",
    parameters: &[
        P::text("Identity").at(0).required(),
        P::new("DateTime", K::Time).at(1),
        P::new("TimeSpan", K::Duration),
        P::switch("PassThru"),
        P::text("Server"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: &[ParameterSet { names: &["DateTime", "TimeSpan"], required: true }],
    run: |session, bound| {
        let after = bound.duration("TimeSpan").unwrap_or_default();
        let at = match bound.time("DateTime") {
            Some(at) => at,
            None => session.now()? + after,
        };
        write(session, bound, "accountExpires", at.to_filetime())
    },
};

/// `Clear-ADAccountExpiration`.
pub(super) static CLEAR_EXPIRATION: CommandSpec = CommandSpec {
    name: "Clear-ADAccountExpiration",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Lets an account never expire",
    example: "Clear-ADAccountExpiration ann",
    parameters: PARAMETERS,
    sets: &[],
    run: |session, bound| write(session, bound, "accountExpires", 0),
};

/// Conditions of `Search-ADAccount`.
const CONDITIONS: &[&str] = &[
    "AccountDisabled",
    "AccountExpired",
    "AccountExpiring",
    "AccountInactive",
    "LockedOut",
    "PasswordExpired",
    "PasswordNeverExpires",
];

/// `Search-ADAccount`.
pub(super) static SEARCH: CommandSpec = CommandSpec {
    name: "Search-ADAccount",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Finds accounts by their state: disabled, expired, inactive, locked",
    example: "Search-ADAccount -AccountDisabled -UsersOnly",
    parameters: &[
        P::switch("AccountDisabled"),
        P::switch("AccountExpired"),
        P::switch("AccountExpiring"),
        P::switch("AccountInactive"),
        P::switch("LockedOut"),
        P::switch("PasswordExpired"),
        P::switch("PasswordNeverExpires"),
        P::new("DateTime", K::Time),
        P::new("TimeSpan", K::Duration),
        P::switch("UsersOnly"),
        P::switch("ComputersOnly"),
        P::text("SearchBase"),
        P::new("SearchScope", K::Choice(&["Base", "OneLevel", "Subtree"])),
        P::integer("ResultSetSize"),
        P::text("Server"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: &[
        ParameterSet { names: CONDITIONS, required: true },
        ParameterSet { names: &["DateTime", "TimeSpan"], required: false },
        ParameterSet { names: &["UsersOnly", "ComputersOnly"], required: false },
    ],
    run: find,
};

/// Writes one attribute of an account.
fn write(
    session: &mut Session<'_>,
    bound: &Bound,
    attribute: &str,
    value: i64,
) -> Result<Vec<Object>, CommandError> {
    let target = identity::find(session, bound, Noun::Account, bound.required("Identity"))?;
    let change = edit::replace(session, bound, attribute, &PsValue::Integer(value))?;
    edit::apply(session, bound, &target, vec![change])?;
    ad_user::pass_through(session, bound, Noun::Account, &target)
}

/// What a found account shows.
const SHOWN: &[&str] = &[
    "AccountExpirationDate",
    "DistinguishedName",
    "Enabled",
    "LastLogonDate",
    "LockedOut",
    "Name",
    "ObjectClass",
    "ObjectGUID",
    "PasswordExpired",
    "PasswordNeverExpires",
    "SamAccountName",
    "SID",
    "UserPrincipalName",
];

fn find(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let now = session.now()?;
    // Without a time, 15 days of inactivity count, and expiry within ten days.
    let span = bound.duration("TimeSpan");
    let before = bound.time("DateTime").unwrap_or(now + -span.unwrap_or(15 * DAY_MS));
    let until = bound.time("DateTime").unwrap_or(now + span.unwrap_or(10 * DAY_MS));
    let condition =
        CONDITIONS.iter().copied().find(|name| bound.switch(name)).ok_or_else(|| {
            let message = "One of the search switches must be given.".to_owned();
            forest_refused(
                bound,
                "Search-ADAccount",
                "ArgumentException",
                "interfaces 5.1",
                message,
            )
        })?;
    let mut shown = Vec::new();
    for found in search::find(session, bound, Noun::Account)? {
        if !holds(session, &found, condition, now, (before, until))? {
            continue;
        }
        let computer = session.schema().class_name(found.object.class) == "computer";
        if (bound.switch("UsersOnly") && computer) || (bound.switch("ComputersOnly") && !computer) {
            continue;
        }
        let mut object = Object::new("Microsoft.ActiveDirectory.Management.ADAccount");
        for name in SHOWN {
            let value = property::values(session, &found, name)?.into_iter().next();
            object = object.with(name, value);
        }
        shown.push(object);
    }
    Ok(shown)
}

fn holds(
    session: &Session<'_>,
    found: &AdObject,
    condition: &str,
    now: Timestamp,
    (before, until): (Timestamp, Timestamp),
) -> Result<bool, CommandError> {
    let value = |name: &str| -> Result<Option<PsValue>, CommandError> {
        Ok(property::values(session, found, name)?.into_iter().next())
    };
    let on = |name: &str| Ok::<_, CommandError>(value(name)? == Some(PsValue::Boolean(true)));
    let time = |name: &str| -> Result<Option<Timestamp>, CommandError> {
        Ok(match value(name)? {
            Some(PsValue::Time(time)) => Some(time),
            _ => None,
        })
    };
    Ok(match condition {
        "AccountDisabled" => value("Enabled")? == Some(PsValue::Boolean(false)),
        "AccountExpired" => time("AccountExpirationDate")?.is_some_and(|at| at <= now),
        "AccountExpiring" => {
            time("AccountExpirationDate")?.is_some_and(|at| at > now && at <= until)
        }
        "AccountInactive" => time("LastLogonDate")?.is_some_and(|at| at < before),
        other => on(other)?,
    })
}
