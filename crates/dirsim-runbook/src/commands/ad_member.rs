//! Group members (`interfaces.md` 5.1).

use std::collections::BTreeSet;

use dirsim_forest::{AttributeEdit, EditOperation, lookup, view};
use dirsim_model::attribute::well_known as a;
use dirsim_model::schema::class;
use dirsim_model::{Value, ValueRef};

use crate::ad::{AdObject, Noun, edit, identity, property};
use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, forest_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::Object;

use super::ad_user;

/// Members that one read returns at most: the web service's own limit.
const MEMBERS_MAX: usize = 5_000;

const CHANGE_PARAMETERS: &[P] = &[
    P::text("Identity").at(0).required(),
    P::texts("Members").at(1).required(),
    P::switch("PassThru"),
    P::text("Server"),
    P::new("Credential", K::Any).ignored(),
];

/// `Add-ADGroupMember`.
pub(super) static ADD: CommandSpec = CommandSpec {
    name: "Add-ADGroupMember",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Adds members to a group",
    example: "Add-ADGroupMember Sales -Members ann, bob",
    parameters: CHANGE_PARAMETERS,
    sets: &[],
    run: |session, bound| change(session, bound, EditOperation::Add),
};

/// `Remove-ADGroupMember`.
pub(super) static REMOVE: CommandSpec = CommandSpec {
    name: "Remove-ADGroupMember",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Removes members from a group",
    example: "Remove-ADGroupMember Sales -Members ann -Confirm:$false",
    parameters: CHANGE_PARAMETERS,
    sets: &[],
    run: |session, bound| change(session, bound, EditOperation::Remove),
};

/// `Get-ADGroupMember`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-ADGroupMember",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Shows the members of a group; with -Recursive those of nested groups instead of the groups",
    example: "Get-ADGroupMember Sales -Recursive",
    parameters: &[
        P::text("Identity").at(0).required(),
        P::switch("Recursive"),
        P::text("Server"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: &[],
    run: members,
};

/// `Get-ADPrincipalGroupMembership`.
pub(super) static MEMBERSHIPS: CommandSpec = CommandSpec {
    name: "Get-ADPrincipalGroupMembership",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Shows the groups that a user, group or computer is a member of",
    example: "Get-ADPrincipalGroupMembership ann",
    parameters: &[
        P::text("Identity").at(0).required(),
        P::text("Server"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: &[],
    run: memberships,
};

/// `Add-ADPrincipalGroupMembership`.
pub(super) static JOIN: CommandSpec = CommandSpec {
    name: "Add-ADPrincipalGroupMembership",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Adds a user, group or computer to groups",
    example: "Add-ADPrincipalGroupMembership ann -MemberOf Sales",
    parameters: MEMBERSHIP_PARAMETERS,
    sets: &[],
    run: |session, bound| change_groups(session, bound, EditOperation::Add),
};

/// `Remove-ADPrincipalGroupMembership`.
pub(super) static LEAVE: CommandSpec = CommandSpec {
    name: "Remove-ADPrincipalGroupMembership",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Removes a user, group or computer from groups",
    example: "Remove-ADPrincipalGroupMembership ann -MemberOf Sales -Confirm:$false",
    parameters: MEMBERSHIP_PARAMETERS,
    sets: &[],
    run: |session, bound| change_groups(session, bound, EditOperation::Remove),
};

const MEMBERSHIP_PARAMETERS: &[P] = &[
    P::text("Identity").at(0).required(),
    P::texts("MemberOf").at(1).required(),
    P::switch("PassThru"),
    P::text("Server"),
    P::new("Credential", K::Any).ignored(),
];

fn change_groups(
    session: &mut Session<'_>,
    bound: &Bound,
    operation: EditOperation,
) -> Result<Vec<Object>, CommandError> {
    let member = identity::find(session, bound, Noun::Principal, bound.required("Identity"))?;
    let value = Value::from(lookup::dn(session.tables(), member.id)?.to_string());
    for group in bound.texts("MemberOf") {
        let group = identity::find(session, bound, Noun::Group, group)?;
        let values = vec![value.clone()];
        let change = AttributeEdit { attribute: a::MEMBER, operation, values };
        edit::apply(session, bound, &group, vec![change])?;
    }
    ad_user::pass_through(session, bound, Noun::Principal, &member)
}

fn change(
    session: &mut Session<'_>,
    bound: &Bound,
    operation: EditOperation,
) -> Result<Vec<Object>, CommandError> {
    let group = identity::find(session, bound, Noun::Group, bound.required("Identity"))?;
    let mut values = Vec::new();
    for member in bound.texts("Members") {
        let found = match identity::find(session, bound, Noun::Principal, member) {
            // A contact can be a member too; the module takes it by DN or GUID.
            Err(CommandError::Refused(record)) => {
                identity::find(session, bound, Noun::Object, member)
                    .map_err(|_| CommandError::Refused(record))?
            }
            other => other?,
        };
        values.push(Value::from(lookup::dn(session.tables(), found.id)?.to_string()));
    }
    if !values.is_empty() {
        let change = AttributeEdit { attribute: a::MEMBER, operation, values };
        edit::apply(session, bound, &group, vec![change])?;
    }
    ad_user::pass_through(session, bound, Noun::Group, &group)
}

fn members(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let group = identity::find(session, bound, Noun::Group, bound.required("Identity"))?;
    let (mut found, mut seen) = (Vec::new(), BTreeSet::from([group.id]));
    let mut open = vec![group.id];
    while let Some(at) = open.pop() {
        for id in view::targets(session.tables(), at, a::MEMBER)? {
            if !seen.insert(id) {
                continue;
            }
            let Some(object) = lookup::object(session.tables(), id)? else { continue };
            if bound.switch("Recursive") && object.class == class::GROUP {
                open.push(id);
            } else if Noun::Principal.holds(object.class) {
                found.push(AdObject { id, object });
            }
        }
    }
    if found.len() > MEMBERS_MAX {
        let message = "The size limit for this request was exceeded".to_owned();
        let target = bound.required("Identity");
        return Err(forest_refused(bound, target, "ADException", "interfaces 5.1", message));
    }
    found.sort_by_key(|member| member.id);
    found.iter().map(|member| property::show(session, Noun::Principal, member, &[])).collect()
}

fn memberships(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let principal = identity::find(session, bound, Noun::Principal, bound.required("Identity"))?;
    let mut groups = view::holders(session.tables(), principal.id, a::MEMBER)?;
    // The primary group is no link (SE-052).
    let rid =
        principal.object.entry.get(a::PRIMARY_GROUP_ID).first().and_then(ValueRef::as_integer);
    let domain = lookup::sid(&principal.object).and_then(|sid| sid.domain());
    if let (Some(rid), Some(domain)) = (rid.and_then(|rid| u32::try_from(rid).ok()), domain) {
        groups.extend(lookup::by_sid(session.tables(), &domain.with_rid(rid))?);
    }
    groups.sort_unstable();
    groups.dedup();
    show_all(session, &groups)
}

fn show_all(session: &Session<'_>, ids: &[u64]) -> Result<Vec<Object>, CommandError> {
    let mut shown = Vec::new();
    for id in ids {
        if let Some(object) = lookup::object(session.tables(), *id)? {
            let found = AdObject { id: *id, object };
            shown.push(property::show(session, Noun::Group, &found, &[])?);
        }
    }
    Ok(shown)
}
