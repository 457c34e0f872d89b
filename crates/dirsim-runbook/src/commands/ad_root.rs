//! What the directory says of itself: naming contexts, controllers, optional features
//! (`interfaces.md` 5.1).

use dirsim_forest::{Domain, lookup};

use crate::ad;
use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, forest_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::Object;

/// `Get-ADRootDSE`.
pub(super) static ROOT_DSE: CommandSpec = CommandSpec {
    name: "Get-ADRootDSE",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Shows the naming contexts of a domain",
    example: "Get-ADRootDSE",
    parameters: &[
        P::texts("Properties").ignored(),
        P::text("Server"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        let (_, domain) = ad::domain(session, bound)?;
        let root = dirsim_model::Dn::from_domain_fqdn(&domain.forest).to_string();
        Ok(vec![
            Object::new("Microsoft.ActiveDirectory.Management.ADRootDSE")
                .with("configurationNamingContext", format!("CN=Configuration,{root}"))
                .with("currentTime", session.now()?)
                .with("defaultNamingContext", domain.naming_context().to_string())
                .with("dnsHostName", host(&domain))
                .with("domainFunctionality", "Windows2016Domain")
                .with("forestFunctionality", "Windows2016Forest")
                .with("highestCommittedUSN", domain.highest_usn)
                .with("rootDomainNamingContext", root.clone())
                .with("schemaNamingContext", format!("CN=Schema,CN=Configuration,{root}")),
        ])
    },
};

/// `Get-ADOptionalFeature`.
pub(super) static FEATURES: CommandSpec = CommandSpec {
    name: "Get-ADOptionalFeature",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Shows the recycle bin feature and where it is on",
    example: "Get-ADOptionalFeature -Filter *",
    parameters: &[
        P::text("Identity").at(0),
        P::new("Filter", K::Filter),
        P::texts("Properties").ignored(),
        P::text("Server"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: &[crate::spec::ParameterSet { names: &["Identity", "Filter"], required: true }],
    run: features,
};

/// The one optional feature that is simulated.
const RECYCLE_BIN: &str = "Recycle Bin Feature";

/// Returns the name of the controller that answers for a domain.
fn host(domain: &Domain) -> String {
    format!("DC1.{}", domain.fqdn)
}

fn features(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    if let Some(name) = bound.text("Identity")
        && !name.eq_ignore_ascii_case(RECYCLE_BIN)
    {
        let message = format!("Cannot find an object with identity: '{name}'.");
        let error = "ADIdentityNotFoundException";
        return Err(forest_refused(bound, name, error, "SE-059", message));
    }
    let (_, domain) = ad::domain(session, bound)?;
    let root = dirsim_model::Dn::from_domain_fqdn(&domain.forest).to_string();
    let on = lookup::domains(session.tables())?
        .into_iter()
        .any(|(_, other)| other.forest == domain.forest && other.recycle_bin);
    let scopes: Vec<String> =
        on.then(|| format!("CN=Partitions,CN=Configuration,{root}")).into_iter().collect();
    let object = Object::new("Microsoft.ActiveDirectory.Management.ADOptionalFeature")
        .with(
            "DistinguishedName",
            format!("CN={RECYCLE_BIN},CN=Optional Features,CN=Directory Service,CN=Windows NT,CN=Services,CN=Configuration,{root}"),
        )
        .with("EnabledScopes", scopes)
        .with("FeatureGUID", "766ddcd8-acd0-445e-f3b9-a7f9b6744f2a")
        .with("FeatureScope", vec!["ForestOrConfigurationSet"])
        .with("Name", RECYCLE_BIN);
    let filter = bound.text("Filter").map(crate::filter::parse).transpose().map_err(|problem| {
        let message = format!("Error parsing query: {problem}");
        let error = "ADFilterParsingException";
        forest_refused(bound, "Filter", error, "interfaces 5.1", message)
    })?;
    let fits = filter.is_none_or(|filter| {
        filter.matches(&|name| object.get(name).cloned().into_iter().collect())
    });
    Ok(if fits { vec![object] } else { Vec::new() })
}
