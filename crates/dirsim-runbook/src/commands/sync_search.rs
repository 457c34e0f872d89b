//! The connector space search of the service manager (SE-349): by place, by what is pending, by what
//! went wrong.

use dirsim_model::Dn;
use dirsim_sync::cs::{self, Anchor, CsObject, DisconnectCause, ExportOp, Flags, ImportOp, State};
use dirsim_sync::lookup::{self, Pending};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::value::Object;

use super::{sync_connector, sync_object};

/// Objects read at once.
const PAGE: usize = 1_000;

/// `Search-ADSyncCSObject`.
pub(super) static SEARCH: CommandSpec = CommandSpec {
    name: "Search-ADSyncCSObject",
    aliases: &[],
    module: "Dirsim",
    summary: "Searches a connector space as the service manager does: pending imports and exports, \
              disconnectors, errors, what awaits confirmation, or a part of the tree",
    example: "Search-ADSyncCSObject 'contoso.onmicrosoft.com - AAD' -Scope PendingExport -Operation Delete",
    parameters: &[
        P::text("ConnectorName").at(0),
        P::new("ConnectorIdentifier", K::Guid),
        P::new(
            "Scope",
            K::Choice(&[
                "SubTree",
                "RDN",
                "DN",
                "Anchor",
                "PendingImport",
                "PendingExport",
                "Connector",
                "Disconnector",
                "DisconnectedSince",
                "ImportError",
                "ExportError",
                "AwaitingConfirmation",
                "Placeholder",
            ]),
        )
        .at(1)
        .required(),
        P::text("Value").at(2),
        P::texts("Operation"),
        P::text("ObjectType"),
        P::new("Since", K::Time),
    ],
    sets: &[ParameterSet { names: &["ConnectorName", "ConnectorIdentifier"], required: true }],
    run: search,
};

/// What is looked for.
struct Wanted<'a> {
    scope: &'a str,
    value: &'a str,
    base: Option<Dn>,
    operations: Vec<String>,
    class: Option<&'a str>,
    since: Option<dirsim_model::Timestamp>,
}

fn search(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let connector = sync_connector::named(session, bound)?;
    let scope = bound.required("Scope");
    let value = bound.text("Value").unwrap_or_default();
    if matches!(scope, "SubTree" | "RDN" | "DN" | "Anchor") && value.is_empty() {
        let message = format!("The scope {scope} needs a -Value.");
        return Err(server_refused(bound, scope, "SE-349", message));
    }
    let base = if matches!(scope, "SubTree" | "DN") && connector.is_forest() {
        Some(crate::ad::dn(bound, value)?)
    } else {
        None
    };
    let operations: Vec<String> =
        bound.texts("Operation").into_iter().map(str::to_ascii_lowercase).collect();
    for word in &operations {
        if !matches!(word.as_str(), "add" | "update" | "modify" | "delete" | "deleteadd") {
            let message = format!("'{word}' is no operation; there are Add, Update and Delete.");
            return Err(server_refused(bound, word, "SE-349", message));
        }
    }
    let (class, since) = (bound.text("ObjectType"), bound.time("Since"));
    let wanted = Wanted { scope, value, base, operations, class, since };
    let tables = session.tables();
    let mut found = Vec::new();
    // What is pending or wrong has an index; anything else is looked at object by object.
    let index = match scope {
        "PendingImport" => Some(Pending::Synchronization),
        "PendingExport" => Some(Pending::Export),
        "ImportError" => Some(Pending::ImportError),
        "ExportError" => Some(Pending::ExportError),
        "AwaitingConfirmation" => Some(Pending::Confirmation),
        _ => None,
    };
    if let Some(kind) = index {
        for id in lookup::pending(tables, connector.id, kind, None, usize::MAX)? {
            if let Some(object) = cs::get(tables, id)?
                && wanted.fits(session, id, &object)?
            {
                found.push(show(session, id, &object)?);
            }
        }
        return Ok(found);
    }
    let mut after = None;
    loop {
        let page = lookup::objects(tables, connector.id, after, PAGE)?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        for (id, object) in page {
            if wanted.fits(session, id, &object)? {
                found.push(show(session, id, &object)?);
            }
        }
    }
    Ok(found)
}

impl Wanted<'_> {
    fn fits(
        &self,
        session: &Session<'_>,
        id: u64,
        object: &CsObject,
    ) -> Result<bool, CommandError> {
        if object.is_placeholder() != (self.scope == "Placeholder") {
            return Ok(false);
        }
        let class = session.schema().class_name(object.class);
        if !object.is_placeholder()
            && self.class.is_some_and(|wanted| !wanted.eq_ignore_ascii_case(class))
        {
            return Ok(false);
        }
        let does = |word: &str| {
            let modify = word == "update" && self.operations.iter().any(|known| known == "modify");
            self.operations.is_empty()
                || modify
                || self.operations.iter().any(|known| known == word)
        };
        Ok(match self.scope {
            "PendingImport" => match object.import {
                ImportOp::None => false,
                ImportOp::Add => does("add"),
                ImportOp::Update => does("update"),
                ImportOp::Delete => does("delete"),
                ImportOp::DeleteAdd => does("deleteadd"),
            },
            "PendingExport" => match object.export {
                ExportOp::None => false,
                ExportOp::Add => does("add"),
                ExportOp::Update => does("update"),
                ExportOp::Delete => does("delete"),
            },
            "Connector" => object.mv != 0,
            "Disconnector" => object.mv == 0,
            "DisconnectedSince" => object.disconnected.is_some_and(|(at, _)| {
                object.mv == 0 && self.since.is_none_or(|since| at >= since)
            }),
            "SubTree" | "DN" => self.is_at(&lookup::dn(session.tables(), id)?),
            "RDN" => {
                let dn = lookup::dn(session.tables(), id)?;
                let leaf = dn.parse::<Dn>().ok().and_then(|dn| dn.rdn().cloned());
                leaf.is_some_and(|leaf| {
                    leaf.value.eq_ignore_ascii_case(self.value)
                        || format!("{}={}", leaf.attribute, leaf.value)
                            .eq_ignore_ascii_case(self.value)
                })
            }
            "Anchor" => object.anchor.is_some_and(|anchor| self.is_anchor(&anchor)),
            _ => true,
        })
    }

    fn is_at(&self, name: &str) -> bool {
        match (&self.base, name.parse::<Dn>()) {
            (Some(base), Ok(dn)) if self.scope == "SubTree" => dn.is_within(base),
            (Some(base), Ok(dn)) => dn == *base,
            _ => name.eq_ignore_ascii_case(self.value),
        }
    }

    fn is_anchor(&self, anchor: &Anchor) -> bool {
        anchor.to_string().eq_ignore_ascii_case(self.value)
    }
}

fn show(session: &Session<'_>, id: u64, object: &CsObject) -> Result<Object, CommandError> {
    let class =
        if object.is_placeholder() { "" } else { session.schema().class_name(object.class) };
    let cause = object.disconnected.filter(|_| object.mv == 0).map(|(_, cause)| match cause {
        DisconnectCause::ScopeLost => "scope lost",
        DisconnectCause::MvDeleted => "metaverse object deleted",
        DisconnectCause::Deprovisioned => "deprovisioned",
        DisconnectCause::Expiring => "expiring",
    });
    let since = object.disconnected.filter(|_| object.mv == 0).map(|(at, _)| at);
    let state = match (object.mv != 0, object.state) {
        (true, _) => "Connector",
        (false, State::Explicit) => "ExplicitDisconnector",
        (false, State::Normal) => "Disconnector",
    };
    Ok(Object::new("ADSync.CsSearchResult")
        .with("DistinguishedName", lookup::dn(session.tables(), id)?)
        .with("ObjectType", class)
        .with("State", if object.is_placeholder() { "Placeholder" } else { state })
        .with("ImportOperation", sync_object::import_word(object.import))
        .with("ExportOperation", sync_object::export_word(object.export))
        .with("AwaitingConfirmation", object.awaits_confirmation())
        .with("IsTransient", object.flags.has(Flags::TRANSIENT))
        .with("DisconnectedSince", since)
        .with("DisconnectionCause", cause)
        .with("ObjectId", cs::guid(id)))
}
