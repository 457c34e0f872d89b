//! Sync rules on the server: listing, saving, changing and removing them (SE-140, SE section 15).
//!
//! A rule is an object while a script works on it. `New-ADSyncRule` makes one, the cmdlets of
//! `sync_rule_parts` add to it, and only `Add-ADSyncRule` hands it to the server.

use dirsim_model::Guid;
use dirsim_rules::{Direction, LinkType, RuleDefinition, RuleEdit, RulePlace, derived_rule_id};
use dirsim_world::{Input, ServerEdit};

use super::sync_rule_object as object;
use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::value::{Object, PsValue, parse_duration};

const DIRECTIONS: &[&str] = &["Inbound", "Outbound"];
const LINK_TYPES: &[&str] = &["Provision", "Join", "StickyJoin", "JoinNoFlow"];

/// `Get-ADSyncRule`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-ADSyncRule",
    aliases: &[],
    module: "ADSync",
    summary: "Shows sync rules as the rule editor knows them",
    example: "Get-ADSyncRule -Name 'In from AD - User Join'",
    parameters: &[P::new("Identifier", K::Guid).at(0), P::text("Name")],
    sets: &[ParameterSet { names: &["Identifier", "Name"], required: false }],
    run: get,
};

/// `New-ADSyncRule`.
pub(super) static NEW: CommandSpec = CommandSpec {
    name: "New-ADSyncRule",
    aliases: &[],
    module: "ADSync",
    summary: "Makes a sync rule that Add-ADSyncRule can save; changes nothing by itself",
    example: "New-ADSyncRule -Name 'In from AD - User Interns' -Direction Inbound -Precedence 50 -SourceObjectType user -TargetObjectType person -Connector contoso.com -LinkType Join",
    parameters: &[
        P::text("Name").at(0).required(),
        P::new("Identifier", K::Guid),
        P::text("Description"),
        P::new("Direction", K::Choice(DIRECTIONS)).required(),
        P::integer("Precedence"),
        P::new("PrecedenceAfter", K::Guid),
        P::new("PrecedenceBefore", K::Guid),
        P::text("SourceObjectType").required(),
        P::text("TargetObjectType").required(),
        P::text("Connector").required(),
        P::new("LinkType", K::Choice(LINK_TYPES)),
        P::text("SoftDeleteExpiryInterval"),
        P::text("ImmutableTag"),
        P::switch("Disabled"),
        P::switch("EnablePasswordSync"),
    ],
    sets: &[],
    run: new,
};

/// `Add-ADSyncRule`.
pub(super) static ADD: CommandSpec = CommandSpec {
    name: "Add-ADSyncRule",
    aliases: &[],
    module: "ADSync",
    summary: "Saves a sync rule on the server; one with its identifier is replaced",
    example: "Add-ADSyncRule -SynchronizationRule @{Name='In from AD - User Interns'; Direction='Inbound'; Precedence=50; SourceObjectType='user'; TargetObjectType='person'; Connector='contoso.com'; LinkType='Join'; AttributeFlowMappings=@(@{Destination='cloudFiltered'; FlowType='Constant'; Source='True'})}",
    parameters: &[P::new("SynchronizationRule", K::Any).at(0).piped().required()],
    sets: &[],
    run: add,
};

/// `Set-ADSyncRule`.
pub(super) static SET: CommandSpec = CommandSpec {
    name: "Set-ADSyncRule",
    aliases: &[],
    module: "ADSync",
    summary: "Changes a sync rule: turns it off or on, moves it, or replaces it by another content",
    example: "Set-ADSyncRule -Name 'In from AD - User Join' -Disabled $true",
    parameters: &[
        P::new("SynchronizationRule", K::Any).at(0).piped(),
        P::new("Identifier", K::Guid),
        P::text("Name"),
        P::boolean("Disabled"),
        P::integer("Precedence"),
        P::new("PrecedenceAfter", K::Guid),
        P::new("PrecedenceBefore", K::Guid),
        P::text("Description"),
        P::new("LinkType", K::Choice(LINK_TYPES)),
        P::text("SoftDeleteExpiryInterval"),
        P::boolean("EnablePasswordSync"),
    ],
    sets: &[ParameterSet { names: &["SynchronizationRule", "Identifier", "Name"], required: true }],
    run: set,
};

/// `Remove-ADSyncRule`.
pub(super) static REMOVE: CommandSpec = CommandSpec {
    name: "Remove-ADSyncRule",
    aliases: &[],
    module: "ADSync",
    summary: "Removes a sync rule from the server; disable a standard rule instead",
    example: "Remove-ADSyncRule -Identifier 3f6a1c55-0000-4000-8000-000000000001",
    parameters: &[
        P::new("SynchronizationRule", K::Any).at(0).piped(),
        P::new("Identifier", K::Guid),
        P::text("Name"),
    ],
    sets: &[ParameterSet { names: &["SynchronizationRule", "Identifier", "Name"], required: true }],
    run: remove,
};

/// Returns the rules of the server by precedence.
fn rules(session: &mut Session<'_>) -> Result<Vec<RuleDefinition>, CommandError> {
    Ok(session.world().rules()?.definitions())
}

fn get(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let mut rules = rules(session)?;
    if let Some(identifier) = bound.text("Identifier") {
        let id = identifier.parse::<Guid>().unwrap_or(Guid::NIL);
        rules.retain(|rule| rule.id == id);
        if rules.is_empty() {
            return Err(unknown(bound, identifier, "identifier"));
        }
    }
    if let Some(name) = bound.text("Name") {
        rules.retain(|rule| rule.name.eq_ignore_ascii_case(name));
        if rules.is_empty() {
            return Err(unknown(bound, name, "name"));
        }
    }
    Ok(rules.iter().map(object::show).collect())
}

fn unknown(bound: &Bound, shown: &str, what: &str) -> CommandError {
    let message = format!("No synchronization rule has the {what} '{shown}'.");
    server_refused(bound, shown, "SR-001", message)
}

fn new(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let name = bound.required("Name").to_owned();
    let connector = connector(session, bound)?;
    let direction = match bound.text("Direction") {
        Some("Outbound") => Direction::Outbound,
        _ => Direction::Inbound,
    };
    let (source, target) = (bound.required("SourceObjectType"), bound.required("TargetObjectType"));
    let (cs_class, mv_class) = match direction {
        Direction::Inbound => (source, target),
        Direction::Outbound => (target, source),
    };
    let id = match bound.text("Identifier").and_then(|text| text.parse().ok()) {
        Some(id) => id,
        None => free_id(&rules(session)?, &name, connector),
    };
    let link = bound.text("LinkType").and_then(object::link_type).unwrap_or_default();
    let rule = RuleDefinition {
        id,
        name,
        description: bound.required("Description").to_owned(),
        tag: bound.required("ImmutableTag").to_owned(),
        version: 1,
        direction,
        connector,
        cs_class: cs_class.to_owned(),
        mv_class: mv_class.to_owned(),
        link,
        precedence: precedence(bound)?.unwrap_or(0),
        disabled: bound.switch("Disabled"),
        password_sync: bound.switch("EnablePasswordSync"),
        soft_delete_expiry_ms: expiry(bound)?.unwrap_or(0),
        scope: Vec::new(),
        join: Vec::new(),
        flows: Vec::new(),
    };
    let guid = |name: &str| bound.text(name).and_then(|text| text.parse().ok());
    Ok(vec![object::with_place(
        object::show(&rule),
        guid("PrecedenceAfter").unwrap_or(Guid::NIL),
        guid("PrecedenceBefore").unwrap_or(Guid::NIL),
    )])
}

/// Returns the connector that `-Connector` means: its name or identity, or the identity that it has
/// on a server of which the workspace was told (CE-074).
fn connector(session: &Session<'_>, bound: &Bound) -> Result<Guid, CommandError> {
    let named = bound.required("Connector");
    let guid = named.parse::<Guid>().ok();
    let answered = match guid {
        Some(guid) => dirsim_world::answers(session.tables())?.remove(&guid),
        None => None,
    };
    let name = answered.as_deref().unwrap_or(named);
    match dirsim_sync::connector::find(session.tables(), name)? {
        Some(found) => Ok(found.guid),
        None if guid.is_some() => {
            let message = format!(
                "There is no connector with the identifier '{named}' on this server. A script that \
                 another server exported is brought in by `dirsim load rules FILE`, which finds the \
                 connector that is meant."
            );
            Err(server_refused(bound, named, "CE-074", message))
        }
        None => Ok(super::sync_connector::find(session, bound, named)?.guid),
    }
}

/// Returns an identity that no rule has: made from name and connector, so that the same script
/// gives the same rules in every world.
fn free_id(rules: &[RuleDefinition], name: &str, connector: Guid) -> Guid {
    (0..=u32::MAX)
        .map(|count| derived_rule_id(name, connector, count))
        .find(|id| rules.iter().all(|rule| rule.id != *id))
        .unwrap_or(Guid::NIL)
}

/// Reads `-Precedence` (SR-001).
fn precedence(bound: &Bound) -> Result<Option<u32>, CommandError> {
    let Some(number) = bound.integer("Precedence") else { return Ok(None) };
    let precedence = u32::try_from(number).ok().filter(|number| i32::try_from(*number).is_ok());
    precedence.map(Some).ok_or_else(|| {
        let message = format!("The precedence {number} is not between 0 and {}.", i32::MAX);
        server_refused(bound, &number.to_string(), "SR-001", message)
    })
}

/// Reads `-SoftDeleteExpiryInterval`: `[d.]hh:mm:ss`, or the number 0 (SR-066).
fn expiry(bound: &Bound) -> Result<Option<i64>, CommandError> {
    let Some(text) = bound.text("SoftDeleteExpiryInterval") else { return Ok(None) };
    let span = if text.trim() == "0" { Some(0) } else { parse_duration(text) };
    span.filter(|ms| *ms >= 0 && (text.trim() == "0" || text.contains(':'))).map(Some).ok_or_else(
        || {
            let message =
                format!("The interval '{text}' is not of the form d.hh:mm:ss or hh:mm:ss.");
            server_refused(bound, text, "SR-066", message)
        },
    )
}

/// Reads `-SynchronizationRule`; a rule without identifier gets one.
fn given(session: &mut Session<'_>, bound: &Bound) -> Result<object::Given, CommandError> {
    let value = bound.get("SynchronizationRule").unwrap_or(&PsValue::Null);
    let mut given = object::read(value, |connector| {
        dirsim_sync::connector::find(session.tables(), connector)
            .ok()
            .flatten()
            .map(|found| found.guid)
    })
    .map_err(|message| server_refused(bound, "SynchronizationRule", "SR-001", message))?;
    if given.rule.id == Guid::NIL {
        given.rule.id = free_id(&rules(session)?, &given.rule.name, given.rule.connector);
    }
    Ok(given)
}

fn add(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let given = given(session, bound)?;
    save(session, bound, given)
}

/// Saves a rule and returns it as the server keeps it.
fn save(
    session: &mut Session<'_>,
    bound: &Bound,
    given: object::Given,
) -> Result<Vec<Object>, CommandError> {
    let object::Given { rule, after, before } = given;
    let known = rules(session)?.into_iter().find(|known| known.id == rule.id);
    let place = if rule.precedence == 0 && before != Guid::NIL {
        RulePlace::Before(before)
    } else if rule.precedence == 0 && after != Guid::NIL {
        RulePlace::After(after)
    } else if known.is_some_and(|known| known.precedence == rule.precedence) {
        RulePlace::Kept
    } else {
        RulePlace::Exact(rule.precedence)
    };
    let (id, name) = (rule.id, rule.name.clone());
    edit(session, bound, &name, RuleEdit::Put { rule: Box::new(rule), place })?;
    let saved = rules(session)?.into_iter().find(|rule| rule.id == id);
    Ok(saved.iter().map(object::show).collect())
}

fn edit(
    session: &mut Session<'_>,
    bound: &Bound,
    target: &str,
    edit: RuleEdit,
) -> Result<(), CommandError> {
    session.act(bound, target, Input::Server(ServerEdit::EditRule(edit)))?;
    Ok(())
}

/// Returns the one rule that `-SynchronizationRule`, `-Identifier` or `-Name` means.
fn meant(session: &mut Session<'_>, bound: &Bound) -> Result<RuleDefinition, CommandError> {
    let rules = rules(session)?;
    let (shown, what, found): (String, _, Vec<RuleDefinition>) =
        if let Some(value) = bound.get("SynchronizationRule") {
            let id = object::identifier(value).unwrap_or(Guid::NIL);
            let found = rules.into_iter().filter(|rule| rule.id == id).collect();
            (id.to_string(), "identifier", found)
        } else if let Some(text) = bound.text("Identifier") {
            let id = text.parse::<Guid>().unwrap_or(Guid::NIL);
            let found = rules.into_iter().filter(|rule| rule.id == id).collect();
            (text.to_owned(), "identifier", found)
        } else {
            let name = bound.required("Name").to_owned();
            let named = |rule: &RuleDefinition| rule.name.eq_ignore_ascii_case(&name);
            let found = rules.into_iter().filter(named).collect();
            (name, "name", found)
        };
    match <[RuleDefinition; 1]>::try_from(found) {
        Ok([rule]) => Ok(rule),
        Err(none) if none.is_empty() => Err(unknown(bound, &shown, what)),
        Err(several) => {
            let ids: Vec<String> = several.iter().map(|rule| rule.id.to_string()).collect();
            let message = format!(
                "{} synchronization rules have the name '{shown}'. Use -Identifier with one of: {}.",
                several.len(),
                ids.join(", ")
            );
            Err(server_refused(bound, &shown, "SR-001", message))
        }
    }
}

fn set(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let known = meant(session, bound)?;
    let mut given = match bound.get("SynchronizationRule") {
        Some(_) => given(session, bound)?,
        None => object::Given { rule: known.clone(), after: Guid::NIL, before: Guid::NIL },
    };
    if let Some(disabled) = bound.boolean("Disabled") {
        given.rule.disabled = disabled;
    }
    if given.rule == (RuleDefinition { disabled: given.rule.disabled, ..known.clone() }) {
        // Nothing but the switch: the rule goes on to follow its file.
        let (id, disabled) = (known.id, given.rule.disabled);
        if bound.boolean("Disabled").is_some()
            && !["Precedence", "PrecedenceAfter", "PrecedenceBefore", "Description", "LinkType"]
                .into_iter()
                .chain(["SoftDeleteExpiryInterval", "EnablePasswordSync"])
                .any(|name| bound.has(name))
        {
            edit(session, bound, &known.name, RuleEdit::Disable { id, disabled })?;
            return Ok(Vec::new());
        }
    }
    let rule = &mut given.rule;
    if let Some(text) = bound.text("Description") {
        text.clone_into(&mut rule.description);
    }
    if let Some(link) = bound.text("LinkType").and_then(object::link_type) {
        rule.link = link;
    }
    if let Some(ms) = expiry(bound)? {
        rule.soft_delete_expiry_ms = ms;
    }
    if let Some(on) = bound.boolean("EnablePasswordSync") {
        rule.password_sync = on;
    }
    if let Some(number) = precedence(bound)? {
        rule.precedence = number;
    }
    let guid = |name: &str| bound.text(name).and_then(|text| text.parse::<Guid>().ok());
    if let Some(id) = guid("PrecedenceBefore") {
        (rule.precedence, given.before) = (0, id);
    } else if let Some(id) = guid("PrecedenceAfter") {
        (rule.precedence, given.after) = (0, id);
    }
    save(session, bound, given)?;
    Ok(Vec::new())
}

fn remove(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let rule = meant(session, bound)?;
    edit(session, bound, &rule.name, RuleEdit::Remove(rule.id))?;
    Ok(Vec::new())
}

/// The words of the parameters are those of the rules.
const _: () = assert!(LINK_TYPES.len() == LinkType::ALL.len());
