//! The container filter: which rows of a forest are in scope (SE-078, SE-079).

use std::collections::BTreeMap;

use dirsim_model::{Dn, Guid};

/// The lists of one partition, ready to decide.
#[derive(Debug, Clone)]
pub struct ContainerFilter {
    /// Listed names from the top down, and whether each is an inclusion.
    listed: Vec<(Vec<String>, bool)>,
    decided: BTreeMap<Guid, bool>,
}

impl ContainerFilter {
    /// Prepares the lists of a partition.
    pub fn new(include: &[Dn], exclude: &[Dn]) -> Self {
        let path = |dn: &Dn| dn.parts().iter().rev().map(dirsim_model::dn::Rdn::key).collect();
        let listed = include
            .iter()
            .map(|dn| (path(dn), true))
            .chain(exclude.iter().map(|dn| (path(dn), false)))
            .collect();
        Self { listed, decided: BTreeMap::new() }
    }

    /// Returns whether a name is in scope: the nearest listed ancestor-or-self decides; a name
    /// without any is in. An inclusion beats an exclusion of the same name.
    pub fn decide(&self, dn: &Dn) -> bool {
        let path: Vec<String> = dn.parts().iter().rev().map(dirsim_model::dn::Rdn::key).collect();
        self.listed
            .iter()
            .filter(|(listed, _)| path.starts_with(listed))
            .max_by_key(|(listed, include)| (listed.len(), *include))
            .is_none_or(|(_, include)| *include)
    }

    /// Does [`ContainerFilter::decide`], remembering what was decided for the children of a
    /// container that are not listed themselves.
    pub fn decide_below(&mut self, parent: Option<Guid>, dn: &Dn) -> bool {
        if self.listed.is_empty() {
            return true;
        }
        let depth = dn.depth();
        let Some(parent) = parent.filter(|_| self.listed.iter().all(|(p, _)| p.len() != depth))
        else {
            return self.decide(dn);
        };
        if let Some(known) = self.decided.get(&parent) {
            return *known;
        }
        let decision = self.decide(dn);
        self.decided.insert(parent, decision);
        decision
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dn(text: &str) -> Dn {
        text.parse().unwrap()
    }

    /// SE-078, SE-079.
    #[test]
    fn the_nearest_listed_container_decides() {
        let filter = ContainerFilter::new(
            &[dn("OU=Corp,DC=contoso,DC=com"), dn("OU=In,OU=Out,OU=Corp,DC=contoso,DC=com")],
            &[dn("DC=contoso,DC=com"), dn("ou=out,OU=Corp,DC=contoso,DC=com")],
        );
        for (name, expected) in [
            ("CN=Di Eck,OU=NoSync,DC=contoso,DC=com", false),
            ("OU=Corp,DC=contoso,DC=com", true),
            ("CN=Ada Bell,OU=New,OU=corp,DC=contoso,DC=com", true),
            ("CN=X,OU=Out,OU=Corp,DC=contoso,DC=com", false),
            ("CN=X,OU=In,OU=Out,OU=Corp,DC=contoso,DC=com", true),
            ("DC=contoso,DC=com", false),
            ("CN=X,DC=other,DC=com", true),
        ] {
            assert_eq!(filter.decide(&dn(name)), expected, "{name}");
            let parent = Some(Guid::NIL);
            assert_eq!(filter.clone().decide_below(parent, &dn(name)), expected, "{name}");
        }
    }
}
