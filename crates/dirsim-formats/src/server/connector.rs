//! A connector file of a configuration folder (CE sections 3 and 4).

use dirsim_model::{Dn, Guid};

use super::finding::{Findings, Level};
use super::rule::boolean;
use super::schema::{self, ExportedSchema};
use super::xml::Element;

/// A connector of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedConnector {
    /// The file that it stands in.
    pub file: String,
    /// The identity.
    pub id: Guid,
    /// The name.
    pub name: String,
    /// What it connects to.
    pub kind: ExportedKind,
    /// When it was made, as text that sorts by time (SR-008).
    pub created: String,
    /// What its directory knows.
    pub schema: ExportedSchema,
    /// The selected attributes.
    pub selected: Vec<String>,
    /// Its partitions.
    pub partitions: Vec<ExportedPartition>,
    /// Its run profiles.
    pub profiles: Vec<ExportedProfile>,
    /// DNS name of the forest root; empty for others.
    pub forest: String,
    /// Global parameters for rules (SR-010), by name.
    pub parameters: Vec<(String, String)>,
    /// Whether password hashes are synchronized.
    pub password_hash_sync: bool,
    /// The connector that password hashes go to; `None` when none is named.
    pub password_hash_target: Option<Guid>,
    /// Whether passwords are written back.
    pub password_writeback: bool,
    /// The initial domain of the tenant, from the synchronization account; empty for others.
    pub tenant_domain: String,
    /// Version of the connector library, which is that of the product; empty when not told.
    pub version: String,
}

/// What a connector connects to (CE section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExportedKind {
    /// An Active Directory forest.
    Forest,
    /// The tenant.
    Entra,
    /// Anything else: its rules can be looked at and do nothing.
    Generic,
}

/// A partition of a connector (CE-020).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedPartition {
    /// The identity, which run steps name.
    pub id: Guid,
    /// The naming context, or `default`.
    pub name: String,
    /// Whether it is imported and exported.
    pub selected: bool,
    /// Whether it is a domain; other partitions are never simulated.
    pub is_domain: bool,
    /// The selected object classes.
    pub classes: Vec<String>,
    /// Containers that are in.
    pub include: Vec<Dn>,
    /// Containers that are out.
    pub exclude: Vec<Dn>,
}

/// A run profile (CE-030).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedProfile {
    /// The name.
    pub name: String,
    /// What its steps do, in order, in dirsim's words.
    pub steps: Vec<&'static str>,
}

impl ExportedPartition {
    /// Whether an object is imported: the longest listed name that is its own or above it decides,
    /// and an exclusion beats an inclusion of the same name (CE-021).
    pub fn includes(&self, dn: &Dn) -> bool {
        let path = |dn: &Dn| -> Vec<String> {
            dn.parts().iter().rev().map(dirsim_model::dn::Rdn::key).collect()
        };
        let own = path(dn);
        let longest = |names: &[Dn]| {
            names
                .iter()
                .map(path)
                .filter(|listed| own.starts_with(listed))
                .map(|listed| listed.len())
                .max()
                .unwrap_or(0)
        };
        let (included, excluded) = (longest(&self.include), longest(&self.exclude));
        included > excluded || included == 0 && excluded == 0
    }
}

/// Reads a connector.
pub(super) fn read(
    root: &Element,
    file: &str,
    findings: &mut Findings,
) -> Option<ExportedConnector> {
    let name = root.text_of("name").to_owned();
    let Ok(id) = root.text_of("id").parse::<Guid>() else {
        let text =
            format!("the connector `{name}` has no identity: `id` is `{}`", root.text_of("id"));
        findings.add(Level::Error, "not-well-formed", file, root.line, "ma-data/id", text, "");
        return None;
    };
    if !matches!(root.text_of("format-version"), "" | "1") {
        let text = format!("format version `{}`", root.text_of("format-version"));
        let path = "ma-data/format-version";
        findings.add(Level::Information, "unknown-format-version", file, root.line, path, text, "");
    }
    let subtype = root.text_of("subtype");
    let kind = match root.text_of("category") {
        category if category.eq_ignore_ascii_case("AD") => ExportedKind::Forest,
        category
            if category.eq_ignore_ascii_case("Extensible2")
                && subtype.contains("Azure Active Directory") =>
        {
            ExportedKind::Entra
        }
        category => {
            let text = format!("the connector `{name}` is of category `{category}`, `{subtype}`");
            let help = "its rules are left out: dirsim simulates Active Directory and Entra";
            findings.add(Level::Warning, "generic-connector", file, root.line, "", text, help);
            ExportedKind::Generic
        }
    };
    let schema = schema::read(root, file, findings);
    let selected: Vec<String> = root
        .child("attribute-inclusion")
        .into_iter()
        .flat_map(|list| list.all("attribute"))
        .map(|attribute| attribute.trimmed().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    for name in &selected {
        if schema.attributes.get(name).is_some_and(|known| schema::is_opaque(&known.oid)) {
            let text = format!("`{name}` has a syntax that dirsim carries without reading it");
            findings.add(Level::Information, "not-simulated", file, 0, name, text, "");
        }
    }
    let adma = root.at(&["private-configuration", "adma-configuration"]);
    let config = root.at(&["private-configuration", "MAConfig"]);
    if let Some(config) = config.filter(|_| kind == ExportedKind::Entra) {
        anchors(config, file, findings);
    }
    let parameters = adma.and_then(|adma| adma.child("parameter-values"));
    let hashes = adma.and_then(|adma| adma.child("password-hash-sync-config"));
    let account = config
        .and_then(|config| config.child("parameter-values"))
        .and_then(|values| {
            values.all("parameter").find(|p| p.attribute("name") == Some("UserName"))
        })
        .map_or("", Element::trimmed);
    let is_on = |element: Option<&Element>| {
        element.and_then(|found| boolean(found.text_of("enabled"))).unwrap_or(false)
    };
    Some(ExportedConnector {
        file: file.to_owned(),
        id,
        kind,
        created: root.text_of("creation-time").to_owned(),
        selected,
        partitions: partitions(root, file, findings),
        profiles: profiles(root, file, findings),
        forest: adma.map_or("", |adma| adma.text_of("forest-name")).to_owned(),
        parameters: parameters.map(global_parameters).unwrap_or_default(),
        password_hash_sync: is_on(hashes),
        password_hash_target: hashes.and_then(|found| found.text_of("target").parse().ok()),
        password_writeback: is_on(
            config.and_then(|found| found.child("aad-password-reset-config")),
        ),
        // The account itself is nobody's business (CE-005).
        tenant_domain: account.rsplit_once('@').map_or("", |(_, domain)| domain).to_owned(),
        version: config
            .and_then(|config| config.child("extension-config"))
            .map_or("", |extension| extension.text_of("assembly-version"))
            .to_owned(),
        schema,
        name,
    })
}

/// Returns the parameters that rules may name; encrypted ones are dropped (CE-005, CE-035).
fn global_parameters(values: &Element) -> Vec<(String, String)> {
    values
        .all("parameter")
        .filter(|parameter| {
            parameter.attribute("use").is_some_and(|word| word.eq_ignore_ascii_case("global"))
                && !parameter.attribute("encrypted").and_then(boolean).unwrap_or(false)
        })
        .filter_map(|parameter| {
            Some((parameter.attribute("name")?.to_owned(), parameter.trimmed().to_owned()))
        })
        .collect()
}

/// The identity of every class is `cloudAnchor` (CE-036).
fn anchors(config: &Element, file: &str, findings: &mut Findings) {
    let found = config.at(&["importing", "anchor"]);
    for attribute in found.into_iter().flat_map(|anchor| anchor.all("attribute")) {
        let (class, name) =
            (attribute.attribute("object_class").unwrap_or_default(), attribute.trimmed());
        if name != "cloudAnchor" {
            let text = format!("`{name}` is the anchor of `{class}`, in place of `cloudAnchor`");
            let help = "dirsim identifies objects of the tenant by cloudAnchor all the same";
            let line = attribute.line;
            findings.add(Level::Warning, "unexpected-anchor", file, line, class, text, help);
        }
    }
}

fn partitions(root: &Element, file: &str, findings: &mut Findings) -> Vec<ExportedPartition> {
    let all = root.child("ma-partition-data");
    all.into_iter()
        .flat_map(|data| data.all("partition"))
        .map(|partition| {
            let mut names = |list: &str, item: &str| -> Vec<Dn> {
                let mut names = Vec::new();
                let found = partition.at(&["filter", "containers", list]);
                for entry in found.into_iter().flat_map(|found| found.all(item)) {
                    // Empty entries are ignored (CE-021).
                    if entry.trimmed().is_empty() {
                        continue;
                    }
                    match entry.trimmed().parse::<Dn>() {
                        Ok(dn) => names.push(dn),
                        Err(error) => {
                            let help = "the entry is left out; mend it in the wizard's page of OUs";
                            let path = format!("partition/filter/containers/{list}/{item}");
                            let text = error.to_string();
                            let code = "container-conflict";
                            findings.add(Level::Warning, code, file, entry.line, &path, text, help);
                        }
                    }
                }
                names
            };
            let include = names("inclusions", "inclusion");
            let exclude = names("exclusions", "exclusion");
            for dn in include.iter().filter(|dn| exclude.iter().any(|out| out.key() == dn.key())) {
                let text = format!("`{dn}` is both included and excluded");
                let help = "it counts as excluded; select it again in the wizard's page of OUs";
                let (code, line) = ("container-conflict", partition.line);
                findings.add(Level::Warning, code, file, line, &dn.to_string(), text, help);
            }
            let classes = partition.at(&["filter", "object-classes"]);
            let domain = partition.at(&["custom-data", "adma-partition-data", "is-domain"]);
            ExportedPartition {
                id: partition.text_of("id").parse().unwrap_or(Guid::NIL),
                name: partition.text_of("name").to_owned(),
                selected: boolean(partition.text_of("selected")).unwrap_or(true),
                is_domain: domain.is_none_or(|flag| boolean(flag.trimmed()).unwrap_or(true)),
                classes: classes
                    .into_iter()
                    .flat_map(|list| list.all("object-class"))
                    .map(|class| class.trimmed().to_owned())
                    .collect(),
                include,
                exclude,
            }
        })
        .collect()
}

/// What a step does (CE-030): its type, its subtype, and what dirsim does for it.
const STEPS: &[(&str, &str, &str)] = &[
    ("full-import", "to-cs", "full import"),
    ("delta-import", "to-cs", "delta import"),
    ("full-import", "", "full import, then delta synchronization"),
    ("delta-import", "", "delta import, then delta synchronization"),
    ("full-import-reevaluate-rules", "*", "full import, then full synchronization"),
    ("apply-rules", "apply-pending", "delta synchronization"),
    ("apply-rules", "reevaluate-flow-connectors", "full synchronization"),
    ("export", "*", "export"),
];

fn profiles(root: &Element, file: &str, findings: &mut Findings) -> Vec<ExportedProfile> {
    let mut profiles = Vec::new();
    let all = root.child("ma-run-data");
    for run in all.into_iter().flat_map(|data| data.all("run-configuration")) {
        let name = run.text_of("name").to_owned();
        let mut steps = Vec::new();
        for step in run.child("configuration").into_iter().flat_map(|found| found.all("step")) {
            let found = step.child("step-type");
            let kind = found.and_then(|kind| kind.attribute("type")).unwrap_or_default();
            let subtype = found
                .map(|kind| match kind.text_of("import-subtype") {
                    "" => kind.text_of("apply-rules-subtype"),
                    subtype => subtype,
                })
                .unwrap_or_default();
            let known = STEPS
                .iter()
                .find(|(a, b, _)| *a == kind && (*b == subtype || *b == "*"))
                .map(|(_, _, words)| *words);
            if known.is_none() {
                let text = format!("the run profile `{name}` has a step `{kind}` `{subtype}`");
                let help = "the profile cannot be run in dirsim";
                let (code, line) = ("unknown-step-type", step.line);
                findings.add(Level::Warning, code, file, line, &name, text, help);
            }
            steps.push(known.unwrap_or("unknown"));
        }
        profiles.push(ExportedProfile { name, steps });
    }
    profiles
}
