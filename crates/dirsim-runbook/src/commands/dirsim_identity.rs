//! What the installation wizard asks about identity, and what it finds (SE-288 to SE-297, SE-312,
//! SE-314).

use std::collections::BTreeMap;

use dirsim_forest::ForestObject;
use dirsim_model::AttributeId;
use dirsim_model::attribute::well_known as a;
use dirsim_store::rows;
use dirsim_world::{IdentityChoice, Input, ServerEdit};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterSet};
use crate::value::Object;

/// `Set-DirsimInstallation`.
pub(super) static SET: CommandSpec = CommandSpec {
    name: "Set-DirsimInstallation",
    aliases: &[],
    module: "Dirsim",
    summary: "Makes the choices of the installation wizard: source anchor (Automatic or an \
              attribute), alternate ID, attribute that matches accounts; or the task that goes from \
              objectGUID to mS-DS-ConsistencyGuid",
    example: "Set-DirsimInstallation -SourceAnchor employeeID",
    parameters: &[
        P::text("SourceAnchor"),
        P::switch("SwitchToConsistencyGuid"),
        P::text("AlternateId"),
        P::text("MatchingAttribute"),
        P::text("TenantRemembers"),
        P::switch("SkipCheck"),
    ],
    sets: &[ParameterSet { names: &["SourceAnchor", "SwitchToConsistencyGuid"], required: false }],
    run: set,
};

/// `Get-DirsimUpnSuffix`.
pub(super) static SUFFIXES: CommandSpec = CommandSpec {
    name: "Get-DirsimUpnSuffix",
    aliases: &[],
    module: "Dirsim",
    summary: "Lists the UPN suffixes of the forests and what the tenant knows of them, as the wizard does",
    example: "Get-DirsimUpnSuffix",
    parameters: &[],
    sets: &[],
    run: suffixes,
};

fn attribute(
    session: &Session<'_>,
    bound: &Bound,
    name: &str,
) -> Result<AttributeId, CommandError> {
    session.schema().attribute(name).ok_or_else(|| {
        server_refused(bound, name, "SE-288", format!("There is no attribute '{name}'."))
    })
}

fn set(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let mut choices = Vec::new();
    if let Some(name) = bound.text("TenantRemembers") {
        choices.push(IdentityChoice::Remembered(name.to_owned()));
    }
    if let Some(name) = bound.text("SourceAnchor") {
        choices.push(if name.eq_ignore_ascii_case("Automatic") {
            IdentityChoice::AutomaticAnchor
        } else {
            IdentityChoice::Anchor(attribute(session, bound, name)?)
        });
    }
    let skip_check = bound.switch("SkipCheck");
    if bound.switch("SwitchToConsistencyGuid") {
        choices.push(IdentityChoice::SwitchToConsistencyGuid { skip_check });
    } else if skip_check {
        choices.push(IdentityChoice::SkipForestCheck);
    }
    if let Some(name) = bound.text("AlternateId") {
        choices.push(IdentityChoice::UserName(attribute(session, bound, name)?));
    }
    if let Some(name) = bound.text("MatchingAttribute") {
        choices.push(IdentityChoice::Matching(attribute(session, bound, name)?));
    }
    for choice in choices {
        session.act(bound, "installation", Input::Server(ServerEdit::Identity(choice)))?;
    }
    Ok(Vec::new())
}

fn suffixes(session: &mut Session<'_>, _: &Bound) -> Result<Vec<Object>, CommandError> {
    let tables = session.tables();
    let mut users: BTreeMap<String, u64> = BTreeMap::new();
    for (_, domain) in dirsim_forest::lookup::domains(tables)? {
        users.entry(domain.fqdn.to_lowercase()).or_default();
    }
    let mut after = None;
    loop {
        let page: Vec<(u64, ForestObject)> = rows::after(tables, after, 1_000)?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        for (_, object) in page.iter().filter(|(_, object)| object.deleted.is_none()) {
            let name = object.entry.text(a::USER_PRINCIPAL_NAME).unwrap_or_default();
            if let Some((_, suffix)) = name.rsplit_once('@') {
                *users.entry(suffix.to_lowercase()).or_default() += 1;
            }
        }
    }
    let mut shown = Vec::new();
    for (suffix, count) in users {
        let known = dirsim_tenant::settings::domain(tables, &suffix)?;
        let status = match known {
            Some(domain) if domain.verified => "Verified",
            Some(_) => "Not Verified",
            None => "Not Added",
        };
        // Express settings want a suffix under which people can sign in.
        let routable = suffix.rsplit_once('.').is_some_and(|(_, top)| top != "local");
        shown.push(
            Object::new("Dirsim.UpnSuffix")
                .with("Suffix", suffix)
                .with("Status", status)
                .with("Users", count)
                .with("Routable", routable),
        );
    }
    Ok(shown)
}
