//! Forests and domains: UPN suffixes, the recycle bin (`interfaces.md` 5.1).

use dirsim_forest::{Domain, ForestEdit, lookup};
use dirsim_world::Input;

use crate::ad;
use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, forest_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::{Object, PsValue};

/// `Get-ADForest`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-ADForest",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Shows a forest: its domains and UPN suffixes",
    example: "Get-ADForest contoso.com",
    parameters: &[
        P::text("Identity").at(0),
        P::text("Server"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: &[],
    run: get,
};

/// `Set-ADForest`.
pub(super) static SET: CommandSpec = CommandSpec {
    name: "Set-ADForest",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Changes the UPN suffixes of a forest",
    example: "Set-ADForest contoso.com -UPNSuffixes @{Add='contoso.net'}",
    parameters: &[
        P::text("Identity").at(0),
        P::table("UPNSuffixes").required(),
        P::text("Server"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: &[],
    run: set,
};

/// `Get-ADDomain`.
pub(super) static DOMAIN: CommandSpec = CommandSpec {
    name: "Get-ADDomain",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Shows a domain: names and SID",
    example: "Get-ADDomain contoso.com",
    parameters: &[
        P::text("Identity").at(0),
        P::text("Server"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: &[],
    run: domain,
};

/// `Enable-ADOptionalFeature`.
pub(super) static FEATURE: CommandSpec = CommandSpec {
    name: "Enable-ADOptionalFeature",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Turns the recycle bin of a forest on, for good",
    example: "Enable-ADOptionalFeature 'Recycle Bin Feature' -Scope ForestOrConfigurationSet -Target contoso.com",
    parameters: &[
        P::text("Identity").at(0).required(),
        P::new("Scope", K::Choice(&["ForestOrConfigurationSet", "Domain"])).at(1).required(),
        P::text("Target").at(2).required(),
        P::text("Server"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: &[],
    run: feature,
};

/// Returns the root domain of the forest that a name names: the forest or one of its domains;
/// without a name that of the domain the command talks to.
fn forest(
    session: &Session<'_>,
    bound: &Bound,
    name: Option<&str>,
) -> Result<Domain, CommandError> {
    let domains = lookup::domains(session.tables())?;
    let forest = match name {
        Some(name) => {
            let name = name
                .parse::<dirsim_model::Dn>()
                .ok()
                .filter(|dn| dn.depth() > 0)
                .map_or_else(|| name.to_owned(), |dn| dn.domain_fqdn());
            let found = lookup::domain(session.tables(), &name)?;
            found.map(|(_, domain)| domain.forest).ok_or_else(|| {
                let message = format!("Cannot find a forest with identity: '{name}'.");
                forest_refused(bound, &name, "ADIdentityNotFoundException", "SE-035", message)
            })?
        }
        None => ad::domain(session, bound)?.1.forest,
    };
    let root = domains.into_iter().map(|(_, domain)| domain).find(|domain| {
        domain.forest.eq_ignore_ascii_case(&forest) && domain.fqdn.eq_ignore_ascii_case(&forest)
    });
    root.ok_or_else(|| {
        let message = format!("Cannot find a forest with identity: '{forest}'.");
        forest_refused(bound, &forest, "ADIdentityNotFoundException", "SE-035", message)
    })
}

fn get(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let root = forest(session, bound, bound.text("Identity"))?;
    let domains: Vec<String> = lookup::domains(session.tables())?
        .into_iter()
        .filter(|(_, domain)| domain.forest == root.forest)
        .map(|(_, domain)| domain.fqdn)
        .collect();
    Ok(vec![
        Object::new("Microsoft.ActiveDirectory.Management.ADForest")
            .with("Domains", domains)
            .with("ForestMode", "Windows2016Forest")
            .with("Name", root.forest.clone())
            .with("RootDomain", root.fqdn.clone())
            .with("UPNSuffixes", root.upn_suffixes),
    ])
}

fn set(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let root = forest(session, bound, bound.text("Identity"))?;
    let (mut add, mut remove) = (Vec::new(), Vec::new());
    for (operation, value) in bound.table("UPNSuffixes") {
        let suffixes = value.each().into_iter().map(PsValue::to_text);
        match operation.to_ascii_lowercase().as_str() {
            "add" => add.extend(suffixes),
            "remove" => remove.extend(suffixes),
            "replace" => {
                let wanted: Vec<String> = suffixes.collect();
                let kept = |known: &String| wanted.iter().any(|w| w.eq_ignore_ascii_case(known));
                remove.extend(root.upn_suffixes.iter().filter(|known| !kept(known)).cloned());
                add.extend(wanted);
            }
            _ => {
                let message = format!(
                    "The key '{operation}' is not valid. Valid keys are Add, Remove and Replace."
                );
                let name = "ADInvalidOperationException";
                return Err(forest_refused(bound, operation, name, "interfaces 5.1", message));
            }
        }
    }
    add.retain(|suffix| !root.upn_suffixes.iter().any(|known| known.eq_ignore_ascii_case(suffix)));
    let edit = ForestEdit::UpnSuffixes { forest: root.forest.clone(), add, remove };
    session.act(bound, &root.forest, Input::Forest(edit))?;
    Ok(Vec::new())
}

fn domain(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let domain = match bound.text("Identity") {
        Some(name) => {
            let fqdn = name
                .parse::<dirsim_model::Dn>()
                .ok()
                .filter(|dn| dn.depth() > 0)
                .map_or_else(|| name.to_owned(), |dn| dn.domain_fqdn());
            let found = lookup::domain(session.tables(), &fqdn)?.map(|(_, domain)| domain);
            found.ok_or_else(|| {
                let message = format!("Cannot find an object with identity: '{name}'.");
                forest_refused(bound, name, "ADIdentityNotFoundException", "SE-035", message)
            })?
        }
        None => ad::domain(session, bound)?.1,
    };
    Ok(vec![
        Object::new("Microsoft.ActiveDirectory.Management.ADDomain")
            .with("DistinguishedName", domain.naming_context().to_string())
            .with("DNSRoot", domain.fqdn.clone())
            .with("DomainSID", domain.sid.to_string())
            .with("Forest", domain.forest.clone())
            .with("NetBIOSName", domain.netbios),
    ])
}

fn feature(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let identity = bound.required("Identity");
    let known = ["Recycle Bin Feature", "766ddcd8-acd0-445e-f3b9-a7f9b6744f2a"];
    let named = identity.to_ascii_lowercase();
    if !known.iter().any(|name| identity.eq_ignore_ascii_case(name))
        && !named.starts_with("cn=recycle bin feature,")
    {
        let message = format!("Cannot find an object with identity: '{identity}'.");
        let name = "ADIdentityNotFoundException";
        return Err(forest_refused(bound, identity, name, "SE-059", message));
    }
    let root = forest(session, bound, bound.text("Target"))?;
    let edit = ForestEdit::EnableRecycleBin { forest: root.forest.clone() };
    session.act(bound, &root.forest, Input::Forest(edit))?;
    Ok(Vec::new())
}
