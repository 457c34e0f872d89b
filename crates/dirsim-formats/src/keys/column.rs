//! The columns that matter, by all the names that exports give them.

/// A column of one kind of export.
pub(super) trait Column: Copy + 'static {
    /// How many there are.
    const COUNT: usize;
    /// Each with its names, compared without case; the first one is shown to people.
    const NAMES: &'static [(Self, &'static [&'static str])];
    /// The column without which nothing can be told, for a file of another kind.
    const NEEDED: &'static [Self];
    /// What the file should be, for messages.
    const EXPORT: &'static str;

    /// Returns its place in lists.
    fn place(self) -> usize;
}

macro_rules! columns {
    ($(#[$meta:meta])* $name:ident, $export:literal, needs [$($needed:ident),*], $($column:ident = $($text:literal)|+),* $(,)?) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $name { $($column),* }

        impl Column for $name {
            const COUNT: usize = Self::NAMES.len();
            const NAMES: &'static [(Self, &'static [&'static str])] =
                &[$((Self::$column, &[$($text),+])),*];
            const NEEDED: &'static [Self] = &[$(Self::$needed),*];
            const EXPORT: &'static str = $export;

            fn place(self) -> usize {
                self as usize
            }
        }
    };
}

columns! {
    /// Columns of an AD export, by their LDAP names and those of the PowerShell module.
    DirectoryColumn, "an AD export", needs [ObjectGuid, ConsistencyGuid, ImmutableId],
    DistinguishedName = "distinguishedName" | "dn",
    ObjectClass = "objectClass",
    ObjectGuid = "objectGUID",
    ConsistencyGuid = "mS-DS-ConsistencyGuid",
    ImmutableId = "immutableId" | "sourceAnchor" | "onPremisesImmutableId",
    UserPrincipalName = "userPrincipalName",
    ProxyAddresses = "proxyAddresses",
    Mail = "mail" | "emailAddress",
    MailNickname = "mailNickname" | "alias",
    ObjectSid = "objectSid" | "sid",
    SamAccountName = "sAMAccountName",
}

columns! {
    /// Columns of a tenant export, by their names in Graph, the portal and Exchange.
    TenantColumn, "a tenant export", needs [Id],
    Id = "id" | "objectId" | "externalDirectoryObjectId",
    Type = "type" | "objectType" | "@odata.type" | "recipientType",
    UserPrincipalName = "userPrincipalName" | "windowsLiveID",
    ProxyAddresses = "proxyAddresses" | "emailAddresses",
    Mail = "mail" | "primarySmtpAddress",
    ImmutableId = "onPremisesImmutableId" | "immutableId",
    SyncEnabled = "onPremisesSyncEnabled" | "dirSyncEnabled" | "isDirSynced" | "directorySynced",
    UserType = "userType",
    SecurityIdentifier = "onPremisesSecurityIdentifier",
    ObjectIdentifier = "onPremisesObjectIdentifier",
    Deleted = "deletedDateTime",
    Roles = "roles",
    GroupTypes = "groupTypes",
    CloudManaged = "isCloudManaged",
}
