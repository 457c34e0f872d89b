//! What a tenant is, gathered from its exports: domains, features, roles.

use std::collections::{BTreeMap, BTreeSet};

use dirsim_tenant::{NewDomain, NewTenant, NewTenantObject, TenantType};

use super::json::{Json, Node};

/// What an export should speak of besides active objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Aspect {
    Domains,
    Features,
    Roles,
    Deleted,
}

/// The facts gathered so far.
#[derive(Debug, Default)]
pub(super) struct Facts {
    initial_domain: Option<String>,
    domains: BTreeMap<String, NewDomain>,
    features: BTreeMap<String, bool>,
    /// Roles by the lower-case id or UPN of their holder: name, whether only eligible.
    roles: BTreeMap<String, Vec<(String, bool)>>,
    suffixes: BTreeMap<String, u64>,
    /// What the files speak of.
    pub(super) spoken_of: BTreeSet<Aspect>,
}

impl Facts {
    /// Takes a record of `/domains`, or one of the verified domains of the organization.
    pub(super) fn domain(&mut self, node: &Node<'_>) {
        let Some(name) = node.text("id").or_else(|| node.text("name")) else { return };
        self.spoken_of.insert(Aspect::Domains);
        let verified = node.boolean("isVerified").unwrap_or(true);
        let kind = node.text("authenticationType").or_else(|| node.text("type"));
        let federated = kind.is_some_and(|kind| kind.eq_ignore_ascii_case("Federated"));
        if node.boolean("isInitial") == Some(true) {
            self.initial_domain = Some(name.to_lowercase());
        }
        let domain = NewDomain { name: name.to_lowercase(), verified, federated };
        self.domains.insert(domain.name.clone(), domain);
    }

    /// Takes the organization.
    pub(super) fn organization(&mut self, node: &Node<'_>) {
        for domain in node.member("verifiedDomains").map(Node::elements).unwrap_or_default() {
            // `/domains` says more, and may have come first.
            let known = domain.text("name").map(str::to_lowercase);
            if known.is_some_and(|name| !self.domains.contains_key(&name)) {
                self.domain(domain);
            }
        }
    }

    /// Takes the synchronization features.
    pub(super) fn features(&mut self, node: &Node<'_>) {
        let Some(Node { value: Json::Object(members), .. }) = node.member("features") else {
            return;
        };
        self.spoken_of.insert(Aspect::Features);
        for (name, member) in members {
            if let Json::Boolean(truth) = member.value {
                let name = name.strip_suffix("Enabled").unwrap_or(name);
                self.features.insert(lower_first(name), truth);
            }
        }
    }

    /// Takes a directory role with its members.
    pub(super) fn role(&mut self, node: &Node<'_>) {
        self.spoken_of.insert(Aspect::Roles);
        let Some(name) = node.text("displayName").or_else(|| node.text("roleTemplateId")) else {
            return;
        };
        for member in node.member("members").map(members_of).unwrap_or_default() {
            self.grant(&member, name, false);
        }
    }

    /// Takes a role assignment.
    pub(super) fn assignment(&mut self, node: &Node<'_>, eligible: bool) {
        self.spoken_of.insert(Aspect::Roles);
        let name = node
            .member("roleDefinition")
            .and_then(|definition| definition.text("displayName"))
            .or_else(|| node.text("roleDefinitionId"));
        if let (Some(holder), Some(name)) = (node.text("principalId"), name) {
            self.grant(holder, name, eligible);
        }
    }

    fn grant(&mut self, holder: &str, role: &str, eligible: bool) {
        self.roles.entry(holder.to_lowercase()).or_default().push((role.to_owned(), eligible));
    }

    /// Notes the UPN of an active user.
    pub(super) fn upn(&mut self, upn: &str) {
        let Some((_, suffix)) = upn.rsplit_once('@') else { return };
        // Most suffixes are lower case, and then nothing is copied.
        if let Some(count) = self.suffixes.get_mut(suffix) {
            *count += 1;
        } else {
            *self.suffixes.entry(suffix.to_lowercase()).or_default() += 1;
        }
    }

    /// Gives an object the roles it holds.
    pub(super) fn assign(&self, object: &mut NewTenantObject, upn: Option<&str>) {
        if self.roles.is_empty() || object.kind == TenantType::Device {
            return;
        }
        let keys = [object.id.map(|id| id.to_string()), upn.map(str::to_lowercase)];
        for (role, eligible) in
            keys.iter().flatten().filter_map(|key| self.roles.get(key)).flatten()
        {
            let list = if *eligible { &mut object.eligible_roles } else { &mut object.roles };
            if !list.contains(role) {
                list.push(role.clone());
            }
        }
    }

    /// Describes the tenant, and tells whether its initial domain is only assumed.
    ///
    /// Without a list of domains, the suffixes of its users are those that it has verified: no
    /// other can stand in a UPN.
    pub(super) fn tenant(mut self) -> (NewTenant, bool) {
        let routing = |name: &str| name.ends_with(".mail.onmicrosoft.com");
        let initial = self.initial_domain.take().or_else(|| {
            let names = self.suffixes.keys().chain(self.domains.keys());
            names
                .into_iter()
                .find(|name| name.ends_with(".onmicrosoft.com") && !routing(name))
                .cloned()
        });
        if !self.spoken_of.contains(&Aspect::Domains) {
            for suffix in self.suffixes.keys() {
                let domain = NewDomain { name: suffix.clone(), verified: true, federated: false };
                self.domains.insert(suffix.clone(), domain);
            }
        }
        let assumed = initial.is_none();
        let initial_domain = initial.unwrap_or_else(|| {
            let most = self.suffixes.iter().max_by_key(|(_, count)| **count);
            let label = most.and_then(|(name, _)| name.split('.').next()).unwrap_or("tenant");
            format!("{label}.onmicrosoft.com")
        });
        self.domains.remove(&initial_domain);
        let tenant = NewTenant {
            initial_domain,
            domains: self.domains.into_values().collect(),
            features: self.features.into_iter().collect(),
            preset: "new-tenant".to_owned(),
            as_of: None,
            next_placeholder_digits: Vec::new(),
        };
        (tenant, assumed)
    }
}

/// Returns the identities in a list of members: ids, or objects with ids.
pub(super) fn members_of(list: &Node<'_>) -> Vec<String> {
    if let Some(text) = list.as_text() {
        return vec![text.to_owned()];
    }
    let identity = |element: &Node<'_>| {
        let inner = element.member("AdditionalProperties");
        let own = element.as_text().or_else(|| element.text("id"));
        own.or_else(|| inner.and_then(|inner| inner.text("id"))).map(str::to_owned)
    };
    list.elements().iter().filter_map(identity).filter(|id| !id.is_empty()).collect()
}

/// Returns a name in the spelling of Graph: with a small first letter.
pub(super) fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
