//! The object troubleshooter: why an object of a forest is not in the cloud as expected (SE-319,
//! SE-348).
//!
//! It reads what is there and changes nothing. Every check says what it found, and a failed one what
//! to do about it; unlike a single-object sync it does not stop at the first that fails.

use dirsim_forest::ForestObject;
use dirsim_model::attribute::well_known as a;
use dirsim_model::schema::class;
use dirsim_model::{AttributeId, Dn, Schema};
use dirsim_store::{Tables, rows};
use dirsim_sync::import::scope::ContainerFilter;
use dirsim_sync::{Connector, Partition, Profile, RuleBook, connector, mv, single};
use dirsim_tenant::TenantType;
use dirsim_tenant::features::Feature;

use crate::error::WorldError;

/// What the profiles of a domain need a step for (SE-237).
const NEEDED: &[Profile] = Profile::ALL;

/// The recipient type of a linked mailbox (SE-192).
const LINKED_MAILBOX: i64 = 2;

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The check.
    pub check: &'static str,
    /// Whether nothing is wrong.
    pub passed: bool,
    /// What was found.
    pub text: String,
    /// What to do; empty when nothing is wrong.
    pub advice: String,
    /// The rule behind it.
    pub rule: &'static str,
}

struct Report {
    findings: Vec<Finding>,
}

impl Report {
    fn good(&mut self, check: &'static str, rule: &'static str, text: impl Into<String>) {
        let (text, advice) = (text.into(), String::new());
        self.findings.push(Finding { check, passed: true, text, advice, rule });
    }

    fn bad(
        &mut self,
        check: &'static str,
        rule: &'static str,
        text: impl Into<String>,
        advice: impl Into<String>,
    ) {
        let (text, advice) = (text.into(), advice.into());
        self.findings.push(Finding { check, passed: false, text, advice, rule });
    }
}

/// Checks the object of a name.
pub fn object(tables: &dyn Tables, schema: &Schema, dn: &Dn) -> Result<Vec<Finding>, WorldError> {
    let mut report = Report { findings: Vec::new() };
    let connectors = connector::all(tables)?;
    let Some((forest, partition, staged)) = single::at(tables, &connectors, dn)? else {
        report.bad(
            "domain",
            "SE-077",
            format!("no connector has a domain that holds {dn}"),
            "check the name, or connect the forest with the wizard",
        );
        return Ok(report.findings);
    };
    domain(&mut report, forest, partition);
    let in_scope = ContainerFilter::new(&partition.include, &partition.exclude).decide(dn);
    if in_scope {
        report.good("container", "SE-078", "the container is in scope");
    } else {
        report.bad(
            "container",
            "SE-078",
            "the object is out of scope: its container is not selected",
            "select the container in the wizard and run a full import, or move the object",
        );
    }
    let Some(number) = dirsim_forest::lookup::by_dn(tables, dn)? else {
        report.bad(
            "object",
            "SE-076",
            "the directory has no such object, or the connector account does not read it",
            "check the name and the rights of the connector account",
        );
        return Ok(report.findings);
    };
    let object: ForestObject = rows::expect(tables, number)?;
    type_of(&mut report, schema, forest, &object);
    linked_mailbox(&mut report, schema, &object);
    let Some(staged) = staged else {
        report.bad(
            "staged",
            "SE-123",
            "the object is not in the connector space",
            "run a full import; a delta import does not bring what did not change itself",
        );
        return Ok(report.findings);
    };
    report.good("staged", "SE-009", "the object is in the connector space");
    if matches!(object.class, class::USER | class::INET_ORG_PERSON) {
        name(&mut report, tables, schema, staged, &object)?;
    }
    Ok(report.findings)
}

/// Whether the domain is selected and every run profile has a step for it (SE-077, SE-237).
fn domain(report: &mut Report, forest: &Connector, partition: &Partition) {
    if !partition.selected {
        report.bad(
            "domain",
            "SE-321",
            format!("the domain {} is not selected", partition.name),
            "select it in the wizard and run a full import",
        );
        return;
    }
    let missing: Vec<&str> = NEEDED
        .iter()
        .filter(|profile| !partition.profiles.contains(profile))
        .map(|profile| profile.name())
        .collect();
    if missing.is_empty() {
        report.good("domain", "SE-077", format!("the domain {} is selected", partition.name));
        return;
    }
    report.bad(
        "domain",
        "SE-237",
        format!(
            "the run profile {} of {} has no step for {}",
            missing.join(", "),
            forest.name,
            partition.name
        ),
        "run the wizard once and refresh the directory schema, which adds the step",
    );
}

fn type_of(report: &mut Report, schema: &Schema, forest: &Connector, object: &ForestObject) {
    let name = schema.class_name(object.class);
    if object.class == class::DYNAMIC_DISTRIBUTION_GROUP {
        report.bad(
            "object type",
            "SE-348",
            "the object is a dynamic distribution group, which is never synchronized",
            "make the group in Exchange Online, or use a static distribution group",
        );
    } else if forest.classes.contains(&object.class) {
        report.good("object type", "SE-080", format!("the connector imports {name}"));
    } else {
        report.bad(
            "object type",
            "SE-080",
            format!("the connector does not import the class {name}"),
            "select the class on the connector and run a full import",
        );
    }
}

fn linked_mailbox(report: &mut Report, schema: &Schema, object: &ForestObject) {
    let value = |name: &str| {
        let id: Option<AttributeId> = schema.attribute(name);
        id.and_then(|id| object.entry.get(id).first().map(dirsim_model::ValueRef::to_owned))
    };
    let linked = value("msExchRecipientTypeDetails")
        .is_some_and(|found| found.as_ref().as_integer() == Some(LINKED_MAILBOX));
    if !linked {
        return;
    }
    if value("msExchMasterAccountSid").is_some() {
        report.good("linked mailbox", "SE-192", "the linked mailbox names its master account");
    } else {
        report.bad(
            "linked mailbox",
            "SE-192",
            "the object is a linked mailbox without a master account, so nobody signs in with it",
            "set msExchMasterAccountSid to the SID of its owner and synchronize the owner's forest",
        );
    }
}

/// Whether the name in the cloud is the name on-premises, and if not why (SE-319).
fn name(
    report: &mut Report,
    tables: &dyn Tables,
    schema: &Schema,
    staged: u64,
    object: &ForestObject,
) -> Result<(), WorldError> {
    let Some(person) = dirsim_sync::cs::head(tables, staged)?.map(|head| head.mv) else {
        return Ok(());
    };
    let Some(person) = mv::get(tables, person)? else {
        report.bad(
            "metaverse",
            "SE-142",
            "the object is a disconnector: no rule joins or projects it",
            "preview its synchronization and read which rules are in scope",
        );
        return Ok(());
    };
    let book = RuleBook::read(tables)?;
    let wanted = person.get(&book, a::USER_PRINCIPAL_NAME).values().text().map(str::to_owned);
    let Some(wanted) =
        wanted.or_else(|| object.entry.text(a::USER_PRINCIPAL_NAME).map(str::to_owned))
    else {
        return Ok(());
    };
    let suffix = wanted.rsplit_once('@').map_or("", |(_, suffix)| suffix);
    let verified =
        dirsim_tenant::settings::domain(tables, suffix)?.is_some_and(|domain| domain.verified);
    if verified {
        report.good("UPN suffix", "SE-313", format!("{suffix} is verified in the tenant"));
    } else {
        report.bad(
            "UPN suffix",
            "SE-319",
            format!("the UPN suffix {suffix} is not verified in the tenant"),
            "verify the domain in the tenant, or give the user a verified suffix",
        );
    }
    let anchor = schema
        .attribute("sourceAnchor")
        .and_then(|id| person.get(&book, id).values().text().map(str::to_owned));
    let cloud = match anchor {
        Some(anchor) => {
            dirsim_tenant::lookup::by_anchor(tables, &dirsim_model::SourceAnchor::new(anchor))?
        }
        None => None,
    };
    let Some(cloud) = cloud else {
        let pending =
            person.links.iter().any(|cs| connector_kind(tables, *cs).is_some_and(|forest| !forest));
        let text = if pending {
            "the object waits for export, or its export fails"
        } else {
            "the rules provision no cloud object for it"
        };
        report.bad("cloud object", "SE-167", text, "read the export errors and cloudFiltered");
        return Ok(());
    };
    let Some(user) = dirsim_tenant::lookup::object(tables, cloud)? else { return Ok(()) };
    if user.kind != TenantType::User {
        return Ok(());
    }
    let shown = user.upn.clone().unwrap_or_default();
    if shown.eq_ignore_ascii_case(&wanted) {
        report.good("UPN", "SE-312", format!("the name in the cloud is {shown}"));
        return Ok(());
    }
    let licensed = user.skus().next().is_some();
    let refused = !dirsim_tenant::settings::settings(tables)?
        .features
        .has(Feature::SynchronizeUpnForManagedUsers);
    if verified && licensed && refused {
        report.bad(
            "UPN",
            "SE-319",
            format!(
                "the name in the cloud is {shown}, not {wanted}: the tenant feature \
                 SynchronizeUpnForManagedUsers is off and the user has a licence"
            ),
            "turn the feature on, which cannot be undone, or rename the user in the cloud",
        );
    } else {
        report.bad(
            "UPN",
            "SE-319",
            format!("the name in the cloud is {shown}, not {wanted}"),
            if verified {
                "synchronize the object, and read its quarantined values"
            } else {
                "it follows as soon as the suffix is verified, or the user has another one"
            },
        );
    }
    Ok(())
}

/// Returns whether the connector of an object reads a forest.
fn connector_kind(tables: &dyn Tables, cs: u64) -> Option<bool> {
    let found = connector::get(tables, dirsim_sync::cs::connector_of(cs)).ok()??;
    Some(found.is_forest())
}
