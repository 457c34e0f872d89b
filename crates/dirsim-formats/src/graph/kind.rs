//! What a record is, told by its content: nobody names files alike.

use dirsim_tenant::TenantType;

use super::json::{Json, Node};

/// The kinds of records that a tenant export holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RecordKind {
    /// An object that sync can write.
    Object(TenantType),
    /// A domain of the tenant (`/domains`).
    Domain,
    /// The organization with its verified domains.
    Organization,
    /// The synchronization features (`/directory/onPremisesSynchronization`).
    Features,
    /// A directory role with its members.
    Role,
    /// A role assignment; true when it only makes eligible.
    Assignment(bool),
    /// Anything else, by the name of its kind.
    Other(String),
}

impl RecordKind {
    /// Tells the kind of a record in a page with this context.
    pub(super) fn of(node: &Node<'_>, page: Option<&str>) -> Self {
        let has = |name: &str| node.member(name).is_some();
        let inner = node.member("AdditionalProperties");
        let typed = node
            .text("@odata.type")
            .or_else(|| inner.and_then(|inner| inner.text("@odata.type")))
            .and_then(|name| name.rsplit('.').next());
        if let Some(name) = typed {
            return Self::named(name);
        }
        let context = page.or_else(|| node.text("@odata.context"));
        if let Some(kind) = context.and_then(Self::of_context) {
            return kind;
        }
        if has("userPrincipalName") {
            Self::Object(TenantType::User)
        } else if has("groupTypes") || (has("securityEnabled") && has("mailEnabled")) {
            Self::Object(TenantType::Group)
        } else if matches!(node.member("features"), Some(Node { value: Json::Object(_), .. })) {
            Self::Features
        } else if has("verifiedDomains") {
            Self::Organization
        } else if has("isVerified") || has("authenticationType") {
            Self::Domain
        } else if has("principalId") && has("roleDefinitionId") {
            Self::Assignment(has("roleEligibilityScheduleId"))
        } else if has("roleTemplateId") || (has("members") && !has("id")) {
            Self::Role
        } else if has("deviceId") {
            Self::Object(TenantType::Device)
        } else if has("skuPartNumber") {
            Self::Other("subscribedSku".to_owned())
        } else if has("phones") || has("addresses") {
            Self::Object(TenantType::Contact)
        } else {
            Self::Other("unknown".to_owned())
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "user" => Self::Object(TenantType::User),
            "group" => Self::Object(TenantType::Group),
            "orgContact" => Self::Object(TenantType::Contact),
            "device" => Self::Object(TenantType::Device),
            "domain" => Self::Domain,
            "organization" => Self::Organization,
            "onPremisesDirectorySynchronization" => Self::Features,
            "directoryRole" => Self::Role,
            _ => Self::Other(name.to_owned()),
        }
    }

    /// Reads `https://graph.microsoft.com/v1.0/$metadata#users(id,mail)`.
    fn of_context(context: &str) -> Option<Self> {
        let set = context.rsplit_once('#')?.1;
        let path = set.split('(').next()?.trim_end_matches("/$entity");
        Some(match path.rsplit(['/', '.']).next()? {
            "users" | "user" => Self::Object(TenantType::User),
            "groups" | "group" => Self::Object(TenantType::Group),
            "contacts" | "orgContact" => Self::Object(TenantType::Contact),
            "devices" | "device" => Self::Object(TenantType::Device),
            "domains" => Self::Domain,
            "organization" => Self::Organization,
            "onPremisesSynchronization" => Self::Features,
            "directoryRoles" => Self::Role,
            "roleAssignments" | "roleAssignmentSchedules" | "roleAssignmentScheduleInstances" => {
                Self::Assignment(false)
            }
            "roleEligibilitySchedules" | "roleEligibilityScheduleInstances" => {
                Self::Assignment(true)
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::Parser;
    use super::*;

    fn kind(text: &str) -> RecordKind {
        RecordKind::of(&Parser::new(text).only().unwrap(), None)
    }

    #[test]
    fn content_tells_the_kind() {
        use RecordKind::{Assignment, Domain, Features, Object, Organization, Other, Role};
        for (text, expected) in [
            (r#"{"Id":"1","UserPrincipalName":"a@b.c"}"#, Object(TenantType::User)),
            (r#"{"id":"1","groupTypes":[]}"#, Object(TenantType::Group)),
            (r#"{"id":"1","deviceId":"2"}"#, Object(TenantType::Device)),
            (r#"{"id":"1","phones":[]}"#, Object(TenantType::Contact)),
            (
                r##"{"Id":"1","AdditionalProperties":{"@odata.type":"#microsoft.graph.orgContact"}}"##,
                Object(TenantType::Contact),
            ),
            (r#"{"id":"contoso.com","isVerified":true}"#, Domain),
            (r#"{"id":"1","verifiedDomains":[]}"#, Organization),
            (r#"{"id":"1","features":{"softMatchOnUpnEnabled":true}}"#, Features),
            (r#"{"displayName":"Global Administrator","members":["a@b.c"]}"#, Role),
            (r#"{"principalId":"1","roleDefinitionId":"2"}"#, Assignment(false)),
            (r#"{"skuPartNumber":"E5"}"#, Other("subscribedSku".into())),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
        let context = "https://graph.microsoft.com/v1.0/$metadata#directory/deletedItems/microsoft.graph.user";
        assert_eq!(RecordKind::of_context(context), Some(Object(TenantType::User)));
        assert_eq!(RecordKind::of_context("x#users(id,mail)"), Some(Object(TenantType::User)));
        assert_eq!(RecordKind::of_context("x#directoryObjects"), None);
    }
}
