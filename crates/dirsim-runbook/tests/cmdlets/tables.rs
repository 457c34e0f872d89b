//! Cmdlets line by line: what is typed, and a part of what appears (`interfaces.md` section 5).
//!
//! The lines of a table act on one world, in order.

use crate::{shell, world};

const KIM: &str = "a98368aa-f0cb-41b5-a7c6-10f18c6c837d";

/// The only place in these tests that runs a table. An empty expectation means that nothing
/// appears; a leading `!` that something does not.
fn holds(table: &[(&str, &str)]) {
    let mut world = world();
    for (line, expected) in table {
        let shown = shell(&mut world, line);
        let flat = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        match expected.strip_prefix('!') {
            Some(absent) => assert!(!flat.contains(absent), "{line}\n{shown}"),
            None if expected.is_empty() => assert_eq!(shown, "", "{line}"),
            None => assert!(flat.contains(expected), "{line}\nexpected: {expected}\n{shown}"),
        }
    }
}

/// `interfaces.md` 2.3, 5.1.
#[test]
fn active_directory_users_and_computers() {
    holds(&[
        ("New-ADComputer PC1 -Path 'OU=Staff,DC=contoso,DC=com'", ""),
        ("Get-ADComputer PC1", "SamAccountName : PC1$"),
        ("Get-ADComputer 'PC1$'", "ObjectClass : computer"),
        ("Set-ADComputer PC1 -Enabled $false -Description Old", ""),
        ("Get-ADComputer PC1 -Properties Description", "Enabled : False"),
        ("Get-ADUser PC1", "Cannot find an object with identity: 'PC1'"),
        ("Search-ADAccount -AccountDisabled -ComputersOnly", "Name : PC1"),
        ("Set-ADAccountExpiration ann -DateTime 2026-06-30", ""),
        ("Get-ADUser ann -Properties AccountExpirationDate", "AccountExpirationDate : 2026-06-30"),
        ("Clear-ADAccountExpiration ann", ""),
        ("Set-ADUser ann -Replace @{lockoutTime='134168310000000000'}", ""),
        ("Get-ADUser ann -Properties LockedOut", "LockedOut : True"),
        ("Unlock-ADAccount ann", ""),
        ("Get-ADUser ann -Properties LockedOut", "LockedOut : False"),
        ("Set-ADAccountPassword ann -Reset -NewPassword 'x'", ""),
        ("Get-ADUser ann -Properties PasswordLastSet", "PasswordLastSet : 2026-01-05T08:00:00Z"),
        ("Get-ADUser ann -Properties CanonicalName", "contoso.com/Staff/Ann Lee"),
        (
            "Get-ADUser ann -Properties noSuchThing",
            "One or more properties are invalid. Parameter name: noSuchThing + CategoryInfo : InvalidArgument: (ann) [Get-ADUser], ArgumentException",
        ),
        ("Remove-ADComputer PC1 -Confirm:$false", ""),
        ("Get-ADComputer -Filter *", ""),
    ]);
}

/// `interfaces.md` 5.1: `-LDAPFilter` and `-Filter` with classes and chains of groups.
#[test]
fn active_directory_filters() {
    holds(&[
        ("New-ADGroup Inner -GroupScope Global -Path 'OU=Staff,DC=contoso,DC=com'", ""),
        ("Add-ADPrincipalGroupMembership Inner -MemberOf Sales", ""),
        ("Remove-ADGroupMember Sales -Members ann -Confirm:$false", ""),
        ("Add-ADGroupMember Inner -Members ann", ""),
        (
            "Get-ADUser -LDAPFilter '(memberOf:1.2.840.113556.1.4.1941:=CN=Sales,OU=Staff,DC=contoso,DC=com)'",
            "Name : Ann Lee",
        ),
        (
            "Get-ADUser -Filter \"memberOf -recursivematch 'CN=Sales,OU=Staff,DC=contoso,DC=com'\"",
            "Name : Ann Lee",
        ),
        ("Get-ADUser -LDAPFilter '(memberOf=CN=Sales,OU=Staff,DC=contoso,DC=com)'", ""),
        ("Get-ADObject -LDAPFilter '(&(objectClass=person)(sAMAccountName=ann))'", "Ann Lee"),
        ("Get-ADObject -LDAPFilter '(&(objectCategory=group)(name=Inner))'", "Inner"),
        ("Remove-ADPrincipalGroupMembership Inner -MemberOf Sales -Confirm:$false", ""),
        ("Get-ADPrincipalGroupMembership Inner", "!Sales"),
    ]);
}

/// `interfaces.md` 5.1: units are protected when they are made, and the protection denies moving too.
#[test]
fn units_and_the_root_of_the_directory() {
    holds(&[
        ("New-ADOrganizationalUnit Closed", ""),
        (
            "Get-ADOrganizationalUnit 'OU=Closed,DC=contoso,DC=com' -Properties ProtectedFromAccidentalDeletion",
            "ProtectedFromAccidentalDeletion : True",
        ),
        (
            "Remove-ADObject 'OU=Closed,DC=contoso,DC=com' -Confirm:$false",
            "UnauthorizedAccessException",
        ),
        (
            "Move-ADObject 'OU=Closed,DC=contoso,DC=com' -TargetPath 'OU=Staff,DC=contoso,DC=com'",
            "Access is denied",
        ),
        ("Set-ADObject 'OU=Closed,DC=contoso,DC=com' -ProtectedFromAccidentalDeletion $false", ""),
        ("Remove-ADObject 'OU=Closed,DC=contoso,DC=com' -Confirm:$false", ""),
        ("Get-ADRootDSE", "defaultNamingContext : DC=contoso,DC=com"),
        ("Get-ADOptionalFeature -Filter *", "CN=Partitions,CN=Configuration,DC=contoso,DC=com"),
    ]);
}

/// `interfaces.md` 6.2: what needs the header of advanced queries, search, order, pages, expansion.
#[test]
fn graph_lists() {
    holds(&[
        (
            "New-MgUser -DisplayName Bob -MailNickname bob -UserPrincipalName bob@contoso.com -AccountEnabled -PasswordProfile @{Password='Spring2026!'}",
            "bob@contoso.com",
        ),
        (
            "Get-MgUser -Filter \"endsWith(userPrincipalName,'@contoso.com')\"",
            "Request_UnsupportedQuery",
        ),
        (
            "Get-MgUser -Filter \"endsWith(userPrincipalName,'@contoso.com')\" -ConsistencyLevel eventual -CountVariable n -Sort 'displayName desc'",
            "Kim",
        ),
        (
            "Get-MgUser -Search '\"displayName:bo\"'",
            "special request header: 'ConsistencyLevel: eventual'",
        ),
        ("Get-MgUser -Search '\"displayName:bo\"' -ConsistencyLevel eventual", "Bob"),
        ("Get-MgUser -UserId bob@contoso.com -Property SignInActivity,Id", "!Could not find"),
        (
            "Get-MgUser -UserId bob@contoso.com -Property noSuch",
            "Could not find a property named 'noSuch' on type 'microsoft.graph.user'.",
        ),
        (
            "Set-MgUserManagerByRef -UserId bob@contoso.com -BodyParameter @{'@odata.id'='https://graph.microsoft.com/v1.0/users/a98368aa-f0cb-41b5-a7c6-10f18c6c837d'}",
            "",
        ),
        ("Get-MgUserManager -UserId bob@contoso.com", KIM),
        ("Get-MgUserDirectReport -UserId kim@contoso.com", "Id"),
        ("Get-MgUser -UserId bob@contoso.com -ExpandProperty manager", "bob@contoso.com"),
        ("Remove-MgUserManagerByRef -UserId bob@contoso.com", ""),
        ("Get-MgUserManager -UserId bob@contoso.com", "Request_ResourceNotFound"),
    ]);
}

/// `interfaces.md` 5.3, ET-047, ET-050, ET-108, ET-202.
#[test]
fn graph_roles_domains_and_the_organization() {
    holds(&[
        ("Get-MgDirectoryRole", "Global Administrator"),
        ("Get-MgDirectoryRoleMember -DirectoryRoleId 62e90394-69f5-4237-9190-012177145e10", KIM),
        (
            "Get-MgRoleManagementDirectoryRoleAssignment -Filter \"principalId eq 'a98368aa-f0cb-41b5-a7c6-10f18c6c837d'\"",
            "62e90394-69f5-4237-9190-012177145e10",
        ),
        (
            "New-MgRoleManagementDirectoryRoleEligibilityScheduleRequest -Action adminAssign -PrincipalId a98368aa-f0cb-41b5-a7c6-10f18c6c837d -RoleDefinitionId 'User Administrator'",
            "Provisioned",
        ),
        (
            "Get-MgRoleManagementDirectoryRoleEligibilitySchedule -All",
            "fe930be7-5e62-47db-91af-98c3a49a38b1",
        ),
        ("New-MgDomain -Id fabrikam.com", "IsVerified : False"),
        ("New-MgDomain -Id fabrikam.com", "A conflicting object"),
        ("Confirm-MgDomain -DomainId fabrikam.com", "IsVerified : True"),
        ("Confirm-MgDomain -DomainId fabrikam.com", "already verified"),
        ("Update-MgDomain -DomainId fabrikam.com -AuthenticationType Federated", ""),
        ("Get-MgDomain -DomainId fabrikam.com", "AuthenticationType : Federated"),
        ("Remove-MgDomain -DomainId fabrikam.com", ""),
        ("Get-MgDomain -DomainId fabrikam.com", "Request_ResourceNotFound"),
        ("Get-MgAuditLogDirectoryAudit -Top 1", "Remove verified domain"),
        ("Get-MgOrganization", "OnPremisesSyncEnabled : True"),
        ("Update-MgOrganization -OrganizationId x -OnPremisesSyncEnabled:$false", ""),
        ("Get-MgOrganization", "OnPremisesSyncEnabled : False"),
        ("Update-MgOrganization -OrganizationId x -OnPremisesSyncEnabled", "72 hours"),
    ]);
}

/// `interfaces.md` 6.1: paths by hand.
#[test]
fn graph_requests() {
    holds(&[
        ("Invoke-MgGraphRequest GET 'v1.0/users/$count'", "$count is not currently supported."),
        (
            "Invoke-MgGraphRequest GET 'v1.0/users/$count' -Headers @{ConsistencyLevel='eventual'}",
            "1",
        ),
        (
            "Invoke-MgGraphRequest -Method POST -Uri v1.0/groups -Body @{displayName='T'; mailNickname='t'; mailEnabled=$false; securityEnabled=$true} -OutputType Json",
            "\"displayName\": \"T\"",
        ),
        (
            "Invoke-MgGraphRequest GET \"v1.0/users?`$select=id&`$top=1&`$count=true\" -OutputType Json",
            "\"id\": \"a98368aa-f0cb-41b5-a7c6-10f18c6c837d\"",
        ),
        (
            "Invoke-MgGraphRequest GET v1.0/domains/contoso.com -OutputType Json",
            "\"isVerified\": true",
        ),
        ("Invoke-MgGraphRequest GET v1.0/me", "/me request is only valid"),
        ("Invoke-MgGraphRequest GET v1.0/userz", "The nearest path is 'users'"),
        (
            "Invoke-MgGraphRequest -Method PATCH -Uri v1.0/users/kim@contoso.com -Body '{\"city\": '",
            "Unable to read JSON request payload",
        ),
        ("Invoke-MgGraphRequest -Method DELETE -Uri v1.0/users/kim@contoso.com", ""),
        (
            "Invoke-MgGraphRequest GET v1.0/directory/deletedItems/microsoft.graph.user -OutputType Json",
            KIM,
        ),
        (
            "Invoke-MgGraphRequest -Method POST -Uri v1.0/directory/deletedItems/a98368aa-f0cb-41b5-a7c6-10f18c6c837d/restore -OutputType Json",
            "kim@contoso.com",
        ),
    ]);
}

/// `interfaces.md` 5.4: retired modules run, with a warning that names the replacement.
#[test]
fn retired_modules() {
    holds(&[
        ("Connect-AzureAD", "WARNING: the service retired the AzureAD module in 2025"),
        (
            "Set-AzureADUser -ObjectId kim@contoso.com -ImmutableId 'MyIRAFVEd2aImaq7zN3u/w=='",
            "use Update-MgUser",
        ),
        (
            "Get-AzureADUser -Filter \"immutableId eq 'MyIRAFVEd2aImaq7zN3u/w=='\"",
            "ImmutableId : MyIRAFVEd2aImaq7zN3u/w==",
        ),
        ("Remove-AzureADUser -ObjectId kim@contoso.com", "use Remove-MgUser"),
        (
            "Restore-AzureADMSDeletedDirectoryObject -Id a98368aa-f0cb-41b5-a7c6-10f18c6c837d",
            "use Restore-MgDirectoryDeletedItem",
        ),
        ("Get-MsolCompanyInformation", "DirectorySynchronizationStatus : Enabled"),
        ("Get-MsolDomain", "contoso.com Verified Managed"),
        ("Get-MsolRole -RoleName 'Company Administrator'", "62e90394-69f5-4237-9190-012177145e10"),
        (
            "Add-MsolRoleMember -RoleName 'User Account Administrator' -RoleMemberEmailAddress kim@contoso.com",
            "WARNING",
        ),
        (
            "Get-MsolRoleMember -RoleObjectId fe930be7-5e62-47db-91af-98c3a49a38b1",
            "kim@contoso.com",
        ),
        (
            "Get-MsolUser -UserPrincipalName nobody@contoso.com",
            "User Not Found. User: nobody@contoso.com.",
        ),
        ("Get-MsolHasObjectsWithDirSyncProvisioningErrors", "False"),
        ("Get-EntraDirSyncFeature -Feature BlockSoftMatch", "False BlockSoftMatch"),
        ("Set-EntraDirSyncFeature -Feature BlockSoftMatch -Enabled $true -Force", ""),
        ("Get-EntraDirSyncFeature -Feature BlockSoftMatch", "True BlockSoftMatch"),
        ("Set-EntraUser -UserId kim@contoso.com -City Oslo", ""),
        ("Get-EntraUser -UserId kim@contoso.com", "kim@contoso.com"),
    ]);
}

/// `interfaces.md` 5.5, ET-020, ET-110: Exchange reads recipients, and refuses what sync masters.
#[test]
fn exchange_recipients() {
    holds(&[
        ("Get-Mailbox kim@contoso.com", "ManagementObjectNotFoundException"),
        (
            "Set-MgUserLicense -UserId kim@contoso.com -AddLicenses @{SkuId='05e9a617-0261-4cee-bb44-138d3ef5d965'} -RemoveLicenses @()",
            "Kim",
        ),
        ("Get-MgUserLicenseDetail -UserId kim@contoso.com", "SPE_E3"),
        ("Get-Mailbox kim@contoso.com", "PrimarySmtpAddress : kim@contoso.com"),
        ("Set-Mailbox kim@contoso.com -EmailAddresses @{add='smtp:k@contoso.com'}", ""),
        (
            "Get-Recipient -Filter \"EmailAddresses -eq 'smtp:k@contoso.com'\"",
            "RecipientType : UserMailbox",
        ),
        (
            "Set-MgUserLicense -UserId kim@contoso.com -AddLicenses @() -RemoveLicenses @('SPE_E5')",
            "does not have a corresponding license",
        ),
        (
            "New-MailContact -Name 'Zoe Ext' -ExternalEmailAddress zoe@fabrikam.com",
            "RecipientType : MailContact",
        ),
        ("Remove-MailContact zoe@fabrikam.com -Confirm:$false", ""),
        ("Get-MailContact", ""),
        (
            "Enable-RemoteMailbox ann -RemoteRoutingAddress ann@contoso.mail.onmicrosoft.com -Shared",
            "RecipientTypeDetails : RemoteSharedMailbox",
        ),
        ("Enable-RemoteMailbox ann", "does not support recipients of this type"),
        ("Set-RemoteMailbox ann -Type Regular -PrimarySmtpAddress ann.lee@contoso.com", ""),
        ("Get-RemoteMailbox ann.lee@contoso.com", "RecipientTypeDetails : RemoteUserMailbox"),
        ("Start-ADSyncSyncCycle -PolicyType Initial", "Success"),
        (
            "Set-MailUser ann@contoso.com -Alias x",
            "because the object is being synchronized from your on-premises organization",
        ),
        ("Disable-RemoteMailbox ann -Confirm:$false", ""),
        ("Get-RemoteMailbox", ""),
    ]);
}

/// Modules that dirsim knows nothing of are refused in the words of PowerShell.
#[test]
fn modules_and_sign_in() {
    holds(&[
        ("Install-Module Microsoft.Graph -Scope CurrentUser -Force", ""),
        ("Import-Module Microsoft.Graph.Users, ActiveDirectory", ""),
        (
            "Import-Module ActiveDirektory",
            "was not loaded because no valid module file was found in any module directory. Did you mean ActiveDirectory?",
        ),
        ("Get-Module ActiveDirectory", "ActiveDirectory"),
        ("Get-Module NoSuchModule", ""),
        ("Connect-ExchangeOnline -ShowBanner:$false", ""),
        ("Get-MgContext", "admin@contoso.onmicrosoft.com"),
    ]);
}
