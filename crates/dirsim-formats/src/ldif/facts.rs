//! What a forest is, gathered from its objects: name, domains, SIDs, UPN suffixes.

use std::collections::BTreeMap;

use dirsim_forest::NewForest;
use dirsim_model::{Dn, Sid};

/// Where an object lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Partition {
    /// In a domain: its DNS name in lower case.
    Domain(String),
    /// In the configuration of the forest whose root domain has this name.
    Configuration(String),
    /// In a partition of an application, such as `DC=DomainDnsZones`.
    Application,
    /// The name does not end in `DC=` parts.
    None,
}

/// Returns where a name lies.
pub(super) fn partition(dn: &Dn) -> Partition {
    let parts = dn.parts();
    let labels = parts.iter().rev().take_while(|p| p.attribute.eq_ignore_ascii_case("DC")).count();
    if labels == 0 {
        return Partition::None;
    }
    let above = parts.len() - labels;
    let names: Vec<&str> =
        parts.get(above..).unwrap_or_default().iter().map(|part| &*part.value).collect();
    let zones = ["DomainDnsZones", "ForestDnsZones"];
    if names.iter().any(|name| zones.iter().any(|zone| name.eq_ignore_ascii_case(zone))) {
        return Partition::Application;
    }
    // A naming context has the shortest run of labels; a leaf such as a DNS record is never
    // directly below them, so the run is the domain.
    let fqdn = names.join(".").to_lowercase();
    let configuration = above.checked_sub(1).and_then(|at| parts.get(at)).is_some_and(|part| {
        part.attribute.eq_ignore_ascii_case("CN")
            && part.value.eq_ignore_ascii_case("Configuration")
    });
    if configuration { Partition::Configuration(fqdn) } else { Partition::Domain(fqdn) }
}

/// The facts gathered so far.
#[derive(Debug, Default)]
pub(super) struct Facts {
    domains: BTreeMap<String, DomainFacts>,
    order: Vec<String>,
    root: Option<String>,
    upn_suffixes: Vec<String>,
    netbios: BTreeMap<String, String>,
    tombstone_lifetime_days: Option<u32>,
}

#[derive(Debug, Default)]
struct DomainFacts {
    own_sid: Option<Sid>,
    sids: BTreeMap<Sid, u64>,
}

impl Facts {
    /// Notes an object of a domain.
    pub(super) fn object(&mut self, fqdn: &str, is_root: bool, sid: Option<&Sid>) {
        if !self.domains.contains_key(fqdn) {
            self.domains.insert(fqdn.to_owned(), DomainFacts::default());
            self.order.push(fqdn.to_owned());
        }
        let Some(sid) = sid else { return };
        let Some(domain) = self.domains.get_mut(fqdn) else { return };
        if is_root {
            domain.own_sid = Some(sid.clone());
        } else if let Some(issuer) = sid.domain().filter(is_domain_sid) {
            *domain.sids.entry(issuer).or_default() += 1;
        }
    }

    /// Notes that the forest has this root domain.
    pub(super) fn configuration(&mut self, root: &str) {
        self.root.get_or_insert_with(|| root.to_owned());
    }

    /// Notes one value of an object of the configuration partition.
    pub(super) fn setting(&mut self, name: &str, value: &str) {
        if name.eq_ignore_ascii_case("uPNSuffixes") {
            if !self.upn_suffixes.iter().any(|known| known.eq_ignore_ascii_case(value)) {
                self.upn_suffixes.push(value.to_owned());
            }
        } else if name.eq_ignore_ascii_case("tombstoneLifetime") {
            self.tombstone_lifetime_days = value.trim().parse().ok();
        }
    }

    /// Notes the `NetBIOS` name of a naming context.
    pub(super) fn netbios(&mut self, naming_context: &str, name: &str) {
        if let Ok(dn) = naming_context.parse::<Dn>()
            && let Partition::Domain(fqdn) = partition(&dn)
        {
            self.netbios.insert(fqdn, name.to_owned());
        }
    }

    /// Describes the forest; `None` when no object lies in a domain.
    ///
    /// The root is the domain that holds the configuration, else the one with the fewest labels,
    /// the first met of several. Nothing in an export says that the recycle bin is off, so that it
    /// is on.
    pub(super) fn forest(self) -> Option<NewForest> {
        let known = |root: &String| self.domains.contains_key(root);
        let root = self
            .root
            .filter(known)
            .or_else(|| self.order.iter().min_by_key(|fqdn| fqdn.matches('.').count()).cloned())?;
        let sid = self.domains.get(&root).and_then(|domain| {
            let most = domain.sids.iter().max_by_key(|(_, count)| **count);
            domain.own_sid.clone().or_else(|| most.map(|(sid, _)| sid.clone()))
        });
        Some(NewForest {
            netbios: self.netbios.get(&root).cloned(),
            sid,
            recycle_bin: true,
            tombstone_lifetime_days: self.tombstone_lifetime_days.unwrap_or(180),
            upn_suffixes: self.upn_suffixes,
            child_domains: self.order.into_iter().filter(|fqdn| *fqdn != root).collect(),
            name: root,
        })
    }
}

/// Whether a SID is that of a domain, `S-1-5-21-…` with three numbers behind.
fn is_domain_sid(sid: &Sid) -> bool {
    sid.as_bytes().len() == 24 && sid.as_bytes().starts_with(&[1, 4, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Partition {
        partition(&text.parse().unwrap())
    }

    #[test]
    fn a_name_tells_its_partition() {
        assert_eq!(at("CN=a,OU=b,DC=Contoso,DC=com"), Partition::Domain("contoso.com".into()));
        assert_eq!(
            at("CN=Partitions,CN=Configuration,DC=contoso,DC=com"),
            Partition::Configuration("contoso.com".into())
        );
        assert_eq!(
            at("DC=www,DC=zone,CN=MicrosoftDNS,DC=DomainDnsZones,DC=contoso,DC=com"),
            Partition::Application
        );
        assert_eq!(at("CN=a,O=b"), Partition::None);
    }

    #[test]
    fn the_forest_is_named_for_its_root_domain() {
        let mut facts = Facts::default();
        let sid: Sid = "S-1-5-21-1-2-3-1104".parse().unwrap();
        facts.object("emea.contoso.com", false, None);
        facts.object("contoso.com", false, Some(&sid));
        facts.setting("upnsuffixes", "fabrikam.com");
        facts.netbios("DC=contoso,DC=com", "CORP");
        let forest = facts.forest().unwrap();
        assert_eq!(forest.name, "contoso.com");
        assert_eq!(forest.child_domains, ["emea.contoso.com"]);
        assert_eq!(forest.sid.unwrap().to_string(), "S-1-5-21-1-2-3");
        assert_eq!(
            (forest.netbios.as_deref(), forest.upn_suffixes),
            (Some("CORP"), vec!["fabrikam.com".to_owned()])
        );
        assert!(forest.recycle_bin);
        assert_eq!(Facts::default().forest(), None);
    }
}
