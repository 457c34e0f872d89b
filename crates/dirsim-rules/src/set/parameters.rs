//! Parameters of a connector, `%Name%` (SR-010).

use std::borrow::Cow;

use dirsim_model::Dn;

use crate::options::{ConnectorInfo, ConnectorKind, RuleOptions};
use crate::rule::Direction;

/// The system and connector parameters of one connector; names compare without case.
#[derive(Debug, Default)]
pub(crate) struct Parameters(Vec<(Cow<'static, str>, String)>);

/// dirsim's own parameter, beside those of the product.
const MEMBER_LIMIT: &str = "MemberLimit";

/// The parameters that dirsim knows and a real server does not (CE-076).
pub const OWN_PARAMETERS: &[&str] = &[MEMBER_LIMIT];

/// No parameters.
pub(crate) static NONE: Parameters = Parameters(Vec::new());

/// Parameters of the partition, answered by the object (inbound from AD).
const OF_THE_PARTITION: &[&str] = &["Domain.FQDN", "Domain.Netbios", "Domain.LDAP"];

impl Parameters {
    /// Returns the parameters of a connector.
    pub(crate) fn of(connector: &ConnectorInfo, options: &RuleOptions) -> Self {
        let mut known = vec![
            ("Connector.ID".into(), format!("{{{}}}", connector.guid)),
            // The limit is an option of the set (SR-113).
            (MEMBER_LIMIT.into(), options.member_limit.to_string()),
        ];
        if connector.kind == ConnectorKind::Forest {
            let ldap = Dn::from_domain_fqdn(&connector.forest_fqdn).to_string();
            known.push(("Forest.FQDN".into(), connector.forest_fqdn.clone()));
            known.push(("Forest.Netbios".into(), connector.forest_netbios.clone()));
            known.push(("Forest.LDAP".into(), ldap.clone()));
            known.push(("ForestLDAP".into(), ldap));
            known.push(("ADS_UF_ACCOUNTDISABLE".into(), "0x2".to_owned()));
        }
        // Those of the product come first: a parameter of the same name cannot replace them.
        let own = connector.parameters.iter();
        known.extend(own.map(|(name, value)| (Cow::Owned(name.clone()), value.clone())));
        Self(known)
    }

    /// Returns the value of a parameter that does not depend on the object.
    pub(crate) fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| Cow::Borrowed(value.as_str()))
    }

    /// Whether rules of this direction may name a parameter.
    pub(crate) fn knows(&self, name: &str, kind: ConnectorKind, direction: Direction) -> bool {
        self.get(name).is_some()
            || kind == ConnectorKind::Forest
                && direction == Direction::Inbound
                && of_the_partition(name)
    }

    /// Replaces the parameters of a scope operand (SR-036); those of the partition stay where rules
    /// of this direction may name them, and the answer tells whether there are any. `Err` is the name
    /// that is unknown.
    pub(crate) fn replace(
        &self,
        text: &str,
        kind: ConnectorKind,
        direction: Direction,
    ) -> Result<(String, bool), String> {
        let (mut replaced, mut late) = (String::with_capacity(text.len()), false);
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('%') {
            let Some((name, after)) = behind.split_once('%') else { break };
            replaced.push_str(before);
            match self.get(name) {
                Some(value) => replaced.push_str(&value),
                None if self.knows(name, kind, direction) => {
                    late = true;
                    replaced.extend(["%", name, "%"]);
                }
                None => return Err(name.to_owned()),
            }
            rest = after;
        }
        replaced.push_str(rest);
        Ok((replaced, late))
    }
}

/// Replaces the parameters that only an object knows; one that it does not know is empty.
pub(crate) fn of_object<'a>(
    text: &str,
    parameter: impl Fn(&str) -> Option<Cow<'a, str>>,
) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('%') {
        let Some((name, after)) = behind.split_once('%') else { break };
        replaced.push_str(before);
        if let Some(value) = parameter(name) {
            replaced.push_str(&value);
        }
        rest = after;
    }
    replaced.push_str(rest);
    replaced
}

/// Whether the parameter is one of the object's partition.
pub(crate) fn of_the_partition(name: &str) -> bool {
    OF_THE_PARTITION.iter().any(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SR-010, SR-036.
    #[test]
    fn parameters_are_replaced_without_case() {
        let connector = ConnectorInfo {
            id: 1,
            name: "contoso.com".into(),
            guid: "11111111-0000-0000-0000-000000000001".parse().unwrap(),
            kind: ConnectorKind::Forest,
            forest_fqdn: "contoso.com".into(),
            forest_netbios: "CONTOSO".into(),
            parameters: vec![("Mine".into(), "0x4".into())],
        };
        let parameters = Parameters::of(&connector, &RuleOptions::default());
        let replace = |text: &str| {
            let found = parameters.replace(text, ConnectorKind::Forest, Direction::Outbound);
            found.map(|(text, late)| {
                assert!(!late);
                text
            })
        };
        assert_eq!(
            replace("a %connector.id% b"),
            Ok("a {11111111-0000-0000-0000-000000000001} b".into())
        );
        assert_eq!(replace("%ForestLDAP%"), Ok("DC=contoso,DC=com".into()));
        assert_eq!(replace("%mine%"), Ok("0x4".into()));
        assert_eq!(replace("100%"), Ok("100%".into()));
        assert_eq!(replace("%Nope%"), Err("Nope".into()));
        // What only an object of a forest knows waits for it; outbound there is none.
        let inbound = |text| parameters.replace(text, ConnectorKind::Forest, Direction::Inbound);
        assert_eq!(inbound("@%Domain.FQDN%"), Ok(("@%Domain.FQDN%".into(), true)));
        assert_eq!(replace("@%Domain.FQDN%"), Err("Domain.FQDN".into()));
        let of_object =
            |text| of_object(text, |name| (name == "Domain.FQDN").then(|| "x.y".into()));
        assert_eq!(of_object("@%Domain.FQDN% %"), "@x.y %");
        assert!(parameters.knows("domain.fqdn", ConnectorKind::Forest, Direction::Inbound));
        assert!(!parameters.knows("Domain.FQDN", ConnectorKind::Forest, Direction::Outbound));
    }
}
