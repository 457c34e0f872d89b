//! Attribute identifiers: names interned once, compared as numbers.

use serde::{Deserialize, Serialize};

/// The number of an attribute name in the [`Schema`](crate::Schema)'s table of names.
///
/// One name has one number on every side; `objectSid` of a forest, of the metaverse and of the
/// Entra connector differ in syntax, not in number. Names compare without case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttributeId(pub u16);

/// Declares the names that code refers to. Their numbers are fixed by their place in the list, so
/// new names go to the end.
macro_rules! well_known {
    ($($constant:ident = $name:literal,)*) => {
        /// The names in [`well_known`](self), in the order of their numbers.
        pub const NAMES: &[&str] = &[$($name),*];
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "numbers the constants")]
        #[repr(u16)]
        enum Number { $($constant),* }
        $(
            #[doc = concat!("`", $name, "`.")]
            pub const $constant: super::AttributeId = super::AttributeId(Number::$constant as u16);
        )*
    };
}

/// Attributes that the simulated directories themselves read or write.
///
/// Everything else is known to the schema and the rule files only.
pub mod well_known {
    well_known! {
        DN = "dn",
        OBJECT_GUID = "objectGUID",
        OBJECT_SID = "objectSid",
        CONSISTENCY_GUID = "mS-DS-ConsistencyGuid",
        OBJECT_CLASS = "objectClass",
        SAM_ACCOUNT_NAME = "sAMAccountName",
        USER_PRINCIPAL_NAME = "userPrincipalName",
        USER_ACCOUNT_CONTROL = "userAccountControl",
        MAIL = "mail",
        MAIL_NICKNAME = "mailNickname",
        PROXY_ADDRESSES = "proxyAddresses",
        DISPLAY_NAME = "displayName",
        CN = "cn",
        OU = "ou",
        DC = "dc",
        NAME = "name",
        MEMBER = "member",
        MEMBER_OF = "memberOf",
        MANAGER = "manager",
        DIRECT_REPORTS = "directReports",
        MANAGED_BY = "managedBy",
        GROUP_TYPE = "groupType",
        PRIMARY_GROUP_ID = "primaryGroupID",
        WHEN_CREATED = "whenCreated",
        WHEN_CHANGED = "whenChanged",
        PWD_LAST_SET = "pwdLastSet",
        IS_DELETED = "isDeleted",
        LAST_KNOWN_PARENT = "lastKnownParent",
        IS_CRITICAL_SYSTEM_OBJECT = "isCriticalSystemObject",
        SOURCE_ANCHOR = "sourceAnchor",
        SOURCE_ANCHOR_BINARY = "sourceAnchorBinary",
        CLOUD_ANCHOR = "cloudAnchor",
        CLOUD_SOURCE_ANCHOR = "cloudSourceAnchor",
        CLOUD_FILTERED = "cloudFiltered",
        CLOUD_MASTERED = "cloudMastered",
        BLOCK_ON_PREMISES_SYNC = "blockOnPremisesSync",
        ACCOUNT_ENABLED = "accountEnabled",
        ALIAS = "alias",
        GIVEN_NAME = "givenName",
        SN = "sn",
        SURNAME = "surname",
        ON_PREMISE_SECURITY_IDENTIFIER = "onPremiseSecurityIdentifier",
        ON_PREMISES_SAM_ACCOUNT_NAME = "onPremisesSamAccountName",
        ON_PREMISES_USER_PRINCIPAL_NAME = "onPremisesUserPrincipalName",
        ON_PREMISES_DISTINGUISHED_NAME = "onPremisesDistinguishedName",
        ON_PREMISES_OBJECT_IDENTIFIER = "onPremisesObjectIdentifier",
        DNS_DOMAIN_NAME = "dnsDomainName",
        NET_BIOS_NAME = "netBiosName",
        SECURITY_ENABLED = "securityEnabled",
        MAIL_ENABLED = "mailEnabled",
        MOBILE_PHONE = "mobilePhone",
        MOBILE = "mobile",
        ALTERNATE_MOBILE_PHONES = "alternateMobilePhones",
        OTHER_MOBILE = "otherMobile",
        OTHER_MAILS = "otherMails",
        USAGE_LOCATION = "usageLocation",
        USER_CERTIFICATE = "userCertificate",
        USER_SMIME_CERTIFICATE = "userSMIMECertificate",
        THUMBNAIL_PHOTO = "thumbnailPhoto",
        TARGET_ADDRESS = "targetAddress",
        DEVICE_ID = "deviceId",
        DESCRIPTION = "description",
        SOURCE_OBJECT_TYPE = "sourceObjectType",
        MEMBER_COUNT = "memberCount",
        USN_CHANGED = "uSNChanged",
        USN_CREATED = "uSNCreated",
        ADMIN_DESCRIPTION = "adminDescription",
        SID_HISTORY = "sIDHistory",
        PARENT_GUID = "parentGUID",
        LAST_KNOWN_RDN = "msDS-LastKnownRDN",
    }
}

#[cfg(test)]
mod tests {
    use super::well_known;

    #[test]
    fn numbers_follow_the_list() {
        assert_eq!(well_known::NAMES[usize::from(well_known::MEMBER_OF.0)], "memberOf");
        let mut names: Vec<String> =
            well_known::NAMES.iter().map(|name| name.to_lowercase()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), well_known::NAMES.len(), "a name stands twice in the list");
    }
}
