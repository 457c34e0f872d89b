//! What the wizard and the connector properties set on a real server: domains, run steps, classes,
//! attributes, the group of a pilot (SE-077, SE-080, SE-081, SE-237, SE-323).

use dirsim_model::{AttributeId, ClassId, Dn};
use dirsim_sync::{Connector, Profile};
use dirsim_world::{Input, ServerEdit};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::Object;

use super::sync_connector;

/// The names of the run profiles (SE 6.1).
const PROFILES: K = K::Choice(&[
    "Full Import",
    "Delta Import",
    "Full Synchronization",
    "Delta Synchronization",
    "Export",
]);

/// `Set-DirsimConnector`.
pub(super) static SET: CommandSpec = CommandSpec {
    name: "Set-DirsimConnector",
    aliases: &[],
    module: "Dirsim",
    summary: "Sets what a connector imports: domains, object classes, attributes, the group of a pilot",
    example: "Set-DirsimConnector contoso.com -ObjectClass user, group",
    parameters: &[
        P::text("Name").at(0).required(),
        P::text("Domain"),
        P::boolean("Selected"),
        P::new("RunProfileName", PROFILES),
        P::boolean("HasRunStep"),
        P::texts("ObjectClass"),
        P::texts("Attribute"),
        P::switch("AllAttributes"),
        P::text("GroupFilter"),
        P::switch("NoGroupFilter"),
    ],
    sets: &[],
    run: set,
};

/// `Clear-DirsimConnectorSpace`.
pub(super) static CLEAR: CommandSpec = CommandSpec {
    name: "Clear-DirsimConnectorSpace",
    aliases: &[],
    module: "Dirsim",
    summary: "Removes everything from a connector space at once; nobody should do this to a real server",
    example: "Clear-DirsimConnectorSpace contoso.com",
    parameters: &[P::text("Name").at(0).required()],
    sets: &[],
    run: |session, bound| {
        let connector = sync_connector::find(session, bound, bound.required("Name"))?;
        let edit = ServerEdit::ClearConnectorSpace(connector.name.clone());
        session.act(bound, &connector.name, Input::Server(edit))?;
        Ok(Vec::new())
    },
};

fn set(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let connector = sync_connector::find(session, bound, bound.required("Name"))?;
    let mut edits = Vec::new();
    if let Some(selected) = bound.boolean("Selected") {
        let partition = partition(bound, &connector)?;
        edits.push(ServerEdit::SelectPartition {
            connector: connector.name.clone(),
            partition,
            selected,
        });
    }
    if let Some(present) = bound.boolean("HasRunStep") {
        let name = bound.text("RunProfileName").unwrap_or_default();
        let profile: Profile =
            name.parse().map_err(|text: String| server_refused(bound, name, "SE-237", text))?;
        edits.push(ServerEdit::RunStep {
            connector: connector.name.clone(),
            partition: partition(bound, &connector)?,
            profile,
            present,
        });
    }
    let classes = bound.has("ObjectClass").then(|| classes(session, bound)).transpose()?;
    let attributes = if bound.switch("AllAttributes") {
        Some(None)
    } else if bound.has("Attribute") {
        Some(Some(attributes(session, bound)?))
    } else {
        None
    };
    if classes.is_some() || attributes.is_some() {
        edits.push(ServerEdit::Inclusion {
            connector: connector.name.clone(),
            classes,
            attributes,
        });
    }
    if bound.switch("NoGroupFilter") {
        edits.push(ServerEdit::GroupFilter { connector: connector.name.clone(), group: None });
    } else if let Some(text) = bound.text("GroupFilter") {
        let group: Dn = crate::ad::dn(bound, text)?;
        edits.push(ServerEdit::GroupFilter {
            connector: connector.name.clone(),
            group: Some(group),
        });
    }
    for edit in edits {
        session.act(bound, &connector.name, Input::Server(edit))?;
    }
    Ok(Vec::new())
}

/// Returns the naming context of `-Domain`, a DNS name or a DN; the only one without it.
fn partition(bound: &Bound, connector: &Connector) -> Result<String, CommandError> {
    let known = |text: &str| {
        let context = Dn::from_domain_fqdn(text).to_string();
        connector
            .partitions
            .iter()
            .map(|partition| partition.name.clone())
            .find(|name| name.eq_ignore_ascii_case(text) || name.eq_ignore_ascii_case(&context))
    };
    match (bound.text("Domain"), connector.partitions.as_slice()) {
        (None, [only]) => Ok(only.name.clone()),
        (Some(text), _) => known(text).ok_or_else(|| {
            let message = format!("'{}' has no domain '{text}'.", connector.name);
            server_refused(bound, text, "SE-077", message)
        }),
        (None, _) => {
            let message = format!("'{}' has several domains; name one.", connector.name);
            Err(server_refused(bound, &connector.name, "SE-077", message))
        }
    }
}

fn classes(session: &Session<'_>, bound: &Bound) -> Result<Vec<ClassId>, CommandError> {
    bound
        .texts("ObjectClass")
        .into_iter()
        .map(|name| {
            session.schema().class(name).ok_or_else(|| {
                let message = format!("There is no object class '{name}'.");
                server_refused(bound, name, "SE-080", message)
            })
        })
        .collect()
}

fn attributes(session: &Session<'_>, bound: &Bound) -> Result<Vec<AttributeId>, CommandError> {
    bound
        .texts("Attribute")
        .into_iter()
        .map(|name| {
            session.schema().attribute(name).ok_or_else(|| {
                let message = format!("There is no attribute '{name}'.");
                server_refused(bound, name, "SE-081", message)
            })
        })
        .collect()
}
