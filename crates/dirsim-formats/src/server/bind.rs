//! Which connector of the world a connector of an export stands for (CE-050, CE-074).

use std::collections::BTreeMap;

use dirsim_model::{Dn, Guid};
use dirsim_rules::{ConnectorInfo, ConnectorKind};

use super::connector::{ExportedConnector, ExportedKind};
use super::finding::{Findings, Level};
use super::rule::ExportedRule;
use super::yaml::Bound;

/// A connector of the world that a configuration or rules are loaded into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldConnector {
    /// Its name.
    pub name: String,
    /// What it connects to.
    pub kind: ConnectorKind,
    /// Its identity; nil when the world is not made yet.
    pub guid: Guid,
    /// DNS name of the forest root; empty for the tenant.
    pub forest: String,
    /// The naming contexts of the forest's domains, the root first; empty for the tenant.
    pub domains: Vec<Dn>,
    /// The selected attributes; `None` when all of them are.
    pub selected: Option<Vec<String>>,
}

impl WorldConnector {
    /// Returns a forest of one domain that is not made yet.
    pub fn forest(name: &str, domains: &[String]) -> Self {
        let all = std::iter::once(name).chain(domains.iter().map(String::as_str));
        Self {
            name: name.to_owned(),
            kind: ConnectorKind::Forest,
            guid: Guid::NIL,
            forest: name.to_owned(),
            domains: all.map(Dn::from_domain_fqdn).collect(),
            selected: None,
        }
    }

    /// Returns the connector of a tenant that is not made yet (D5).
    pub fn tenant(initial_domain: &str) -> Self {
        Self {
            name: format!("{initial_domain} - AAD"),
            kind: ConnectorKind::Entra,
            guid: dirsim_sync::connector::ENTRA,
            forest: String::new(),
            domains: Vec::new(),
            selected: None,
        }
    }

    /// Returns what rules are compiled with, for the connector of this number.
    pub(super) fn info(&self, id: u32) -> ConnectorInfo {
        let netbios = self.forest.split('.').next().unwrap_or_default().to_uppercase();
        // Rules of two forests that are not made yet must not share identities.
        let stand_in = Guid::from_bytes([u8::try_from(id).unwrap_or(u8::MAX); 16]);
        ConnectorInfo {
            id,
            name: self.name.clone(),
            guid: if self.guid == Guid::NIL { stand_in } else { self.guid },
            kind: self.kind,
            forest_fqdn: self.forest.clone(),
            forest_netbios: netbios,
            parameters: Vec::new(),
        }
    }
}

/// Answers to the question which connector is meant (CE-074): identity on the server, and the name
/// of a connector of the world.
pub type Answers = BTreeMap<Guid, String>;

/// Whether an exported connector stands for one of the world.
type Way<'a> = &'a dyn Fn(&ExportedConnector, &WorldConnector) -> bool;

/// Binds the connectors of a folder, by identity, name, forest, and at last by being the only ones
/// left of their kind.
pub(super) fn connectors(
    exported: &[ExportedConnector],
    rules: &[ExportedRule],
    world: &[WorldConnector],
    answers: &Answers,
    findings: &mut Findings,
) -> BTreeMap<Guid, usize> {
    let mut bound: BTreeMap<Guid, usize> = BTreeMap::new();
    let usable = |found: &&ExportedConnector| found.kind != ExportedKind::Generic;
    let fits = |found: &ExportedConnector, own: &WorldConnector| match found.kind {
        ExportedKind::Forest => own.kind == ConnectorKind::Forest,
        ExportedKind::Entra => own.kind == ConnectorKind::Entra,
        ExportedKind::Generic => false,
    };
    let ways: [Way<'_>; 4] = [
        &|found, own| {
            answers.get(&found.id).is_some_and(|name| name.eq_ignore_ascii_case(&own.name))
        },
        &|found, own| own.kind == ConnectorKind::Forest && found.id == own.guid,
        &|found, own| found.kind == ExportedKind::Entra && fits(found, own),
        &|found, own| {
            fits(found, own)
                && (found.forest.eq_ignore_ascii_case(&own.forest)
                    || found.name.eq_ignore_ascii_case(&own.name))
        },
    ];
    for way in ways {
        for found in exported.iter().filter(usable) {
            let free = |at: &usize| !bound.values().any(|taken| taken == at);
            let hit = world
                .iter()
                .enumerate()
                .find(|(at, own)| free(at) && fits(found, own) && way(found, own));
            if let Some((at, _)) = hit
                && !bound.contains_key(&found.id)
            {
                bound.insert(found.id, at);
            }
        }
    }
    let left: Vec<&ExportedConnector> = exported
        .iter()
        .filter(|found| found.kind == ExportedKind::Forest && !bound.contains_key(&found.id))
        .collect();
    let free: Vec<(usize, &WorldConnector)> = world
        .iter()
        .enumerate()
        .filter(|(at, own)| {
            own.kind == ConnectorKind::Forest && !bound.values().any(|taken| taken == at)
        })
        .collect();
    if let ([found], [(at, own)]) = (&*left, &*free) {
        bound.insert(found.id, *at);
        rebound(&found.name, found.id, &own.name, rules, findings);
    } else {
        for found in left {
            let count = rules.iter().filter(|rule| rule.connector == found.id).count();
            let names: Vec<&str> = free.iter().map(|(_, own)| own.name.as_str()).collect();
            if names.is_empty() {
                let text = format!(
                    "the forest `{}` is not in the world: its {count} rules are left out",
                    found.name
                );
                let help = "load its export with --ad as well";
                let (level, code) = (Level::Warning, "unknown-connector");
                findings.add(level, code, &found.file, 1, &found.name, text, help);
            } else {
                let text = format!(
                    "which connector is `{}` ({}, {count} rules)? there are: {}",
                    found.name,
                    found.id,
                    names.join(", ")
                );
                let help = format!("say it with --map-connector {}=NAME", found.id);
                let (level, code) = (Level::Error, "unknown-connector");
                findings.add(level, code, &found.file, 1, &found.name, text, help);
            }
        }
    }
    for found in exported.iter().filter(|found| found.kind == ExportedKind::Entra) {
        if !bound.contains_key(&found.id) {
            let text = format!("the world has no tenant for `{}`", found.name);
            let help = "load one with --tenant, or with --initial-domain an empty one";
            let code = "unknown-connector";
            findings.add(Level::Error, code, &found.file, 1, &found.name, text, help);
        }
    }
    bound
}

fn rebound(from: &str, id: Guid, to: &str, rules: &[ExportedRule], findings: &mut Findings) {
    let count = rules.iter().filter(|rule| rule.connector == id).count();
    let rules = if count == 1 { "1 rule".to_owned() } else { format!("{count} rules") };
    let text = format!("`{from}` ({rules}) stands for `{to}`, the only one of its kind");
    findings.add(Level::Warning, "connector-rebound", "", 0, from, text, "");
}

/// Object classes that only Active Directory has.
const FOREST_CLASSES: &[&str] =
    &["inetOrgPerson", "computer", "foreignSecurityPrincipal", "msDS-Device"];

/// Binds the identities that the rules of a script name: a script says nothing else about its
/// connectors (CE-074).
pub(super) fn script(
    rules: &[ExportedRule],
    world: &[WorldConnector],
    answers: &Answers,
    findings: &mut Findings,
) -> Bound {
    let mut of: BTreeMap<Guid, Vec<&ExportedRule>> = BTreeMap::new();
    for rule in rules {
        of.entry(rule.connector).or_default().push(rule);
    }
    let mut bound = Bound::new();
    let mut open: Vec<(Guid, usize, Option<ConnectorKind>)> = Vec::new();
    for (guid, rules) in &of {
        let known = world.iter().find(|own| {
            own.guid == *guid && own.guid != Guid::NIL
                || answers.get(guid).is_some_and(|name| name.eq_ignore_ascii_case(&own.name))
                || *guid == dirsim_sync::connector::ENTRA && own.kind == ConnectorKind::Entra
        });
        if let Some(own) = known {
            bound.insert(*guid, (own.name.clone(), own.kind));
        } else {
            open.push((*guid, rules.len(), kind(rules)));
        }
    }
    let forests: Vec<&WorldConnector> =
        world.iter().filter(|own| own.kind == ConnectorKind::Forest).collect();
    if let ([(guid, _, Some(ConnectorKind::Forest))], [own]) = (&*open, &*forests) {
        bound.insert(*guid, (own.name.clone(), own.kind));
        rebound(&guid.to_string(), *guid, &own.name, rules, findings);
        return bound;
    }
    for (guid, count, kind) in open {
        let what = match kind {
            Some(ConnectorKind::Forest) => "a forest",
            Some(ConnectorKind::Entra) => "the tenant",
            None => "an unknown kind",
        };
        let candidates: Vec<&str> = world
            .iter()
            .filter(|own| kind.is_none_or(|kind| own.kind == kind))
            .map(|own| own.name.as_str())
            .collect();
        let text = format!(
            "which connector is {guid}, {what} with {count} rules? there are: {}",
            candidates.join(", ")
        );
        let help = format!("say it with --map-connector {guid}=NAME");
        let line = of.get(&guid).and_then(|rules| rules.first()).map_or(0, |rule| rule.line);
        let file = of.get(&guid).and_then(|rules| rules.first()).map_or("", |rule| &rule.file);
        findings.add(Level::Error, "unknown-connector", file, line, "", text, help);
    }
    bound
}

/// Concludes what a connector connects to from the rules that name it.
fn kind(rules: &[&ExportedRule]) -> Option<ConnectorKind> {
    let (mut forest, mut entra) = (false, false);
    for rule in rules {
        let told = format!("{} {}", rule.name, rule.tag);
        let is = |parts: &[&str]| parts.iter().any(|part| told.contains(part));
        if is(&["In from AAD", "Out to AAD", "InfromAAD", "OuttoAAD"]) {
            entra = true;
        } else if is(&["In from AD", "Out to AD", "InfromAD", "OuttoAD"])
            || FOREST_CLASSES.iter().any(|class| class.eq_ignore_ascii_case(rule.cs_type()))
            || rule.flows.iter().any(|flow| match &flow.source {
                super::rule::FlowSource::Expression(text) => {
                    text.contains("%Domain.") || text.contains("%Forest.")
                }
                _ => false,
            })
        {
            forest = true;
        }
    }
    match (forest, entra) {
        (true, false) => Some(ConnectorKind::Forest),
        (false, true) => Some(ConnectorKind::Entra),
        _ => None,
    }
}

/// Moves a name of an exported domain into the domain of the world that stands for it; `None` when
/// it lies elsewhere.
pub(super) fn rebase(dn: &Dn, from: &Dn, to: &Dn) -> Option<Dn> {
    let depth = from.parts().len();
    let cut = dn.parts().len().checked_sub(depth)?;
    let (own, domain) = dn.parts().split_at(cut);
    let same = domain.iter().zip(from.parts()).all(|(a, b)| a.key() == b.key());
    same.then(|| Dn::from_parts([own, to.parts()].concat()))
}
