//! The Active Directory module (`interfaces.md` 5.1).

use insta::assert_snapshot;

use crate::{quietly, shell, world};

#[test]
fn a_user_is_created_read_changed_and_deleted() {
    let world = &mut world();
    quietly(
        world,
        "New-ADUser -Name 'Bob Berg' -SamAccountName bob -UserPrincipalName bob@contoso.com -Path 'OU=Staff,DC=contoso,DC=com' -EmailAddress bob@contoso.com -Enabled $true -OtherAttributes @{proxyAddresses='SMTP:bob@contoso.com','smtp:b@contoso.com'; extensionAttribute1='x'}
         Set-ADUser bob -City Oslo -Manager ann -Add @{proxyAddresses='smtp:bb@contoso.com'} -Remove @{proxyAddresses='smtp:b@contoso.com'} -Replace @{title='Boss'} -Clear extensionAttribute1",
    );
    assert_snapshot!(shell(world, "Get-ADUser bob -Properties City, EmailAddress, proxyAddresses, Manager, title, extensionAttribute1, userAccountControl"), @r"
    City                : Oslo
    DistinguishedName   : CN=Bob Berg,OU=Staff,DC=contoso,DC=com
    EmailAddress        : bob@contoso.com
    Enabled             : True
    extensionAttribute1 :
    GivenName           :
    Manager             : CN=Ann Lee,OU=Staff,DC=contoso,DC=com
    Name                : Bob Berg
    ObjectClass         : user
    ObjectGUID          : 7c1d190e-5258-4921-b6cb-26a525c0f201
    proxyAddresses      : {SMTP:bob@contoso.com, smtp:bb@contoso.com}
    SamAccountName      : bob
    SID                 : S-1-5-21-1000-2000-3000-1002
    Surname             :
    title               : Boss
    userAccountControl  : 512
    UserPrincipalName   : bob@contoso.com
    ");
    quietly(world, "Remove-ADUser bob -Confirm:$false");
    assert_snapshot!(shell(world, "Get-ADUser bob"), @"
    Get-ADUser : Cannot find an object with identity: 'bob' under: 'DC=contoso,DC=com'.
        + CategoryInfo          : ObjectNotFound: (bob:ADUser) [Get-ADUser], ADIdentityNotFoundException
        + FullyQualifiedErrorId : ActiveDirectoryCmdlet:Microsoft.ActiveDirectory.Management.ADIdentityNotFoundException,Microsoft.ActiveDirectory.Management.Commands.GetADUser
    ");
}

/// SE-044: an account without password starts disabled; the account cmdlets flip one bit.
#[test]
fn accounts_are_enabled_and_disabled() {
    let world = &mut world();
    quietly(world, "New-ADUser Eva -SamAccountName eva");
    assert_snapshot!(shell(world, "Enable-ADAccount eva\nGet-ADUser -Filter 'Enabled -eq $true -and Name -like \"E*\"' -Properties userAccountControl\nDisable-ADAccount eva\nGet-ADUser -LDAPFilter '(&(sAMAccountName=eva)(userAccountControl:1.2.840.113556.1.4.803:=2))'"), @r"
    DistinguishedName  : CN=Eva,CN=Users,DC=contoso,DC=com
    Enabled            : True
    GivenName          :
    Name               : Eva
    ObjectClass        : user
    ObjectGUID         : 7c1d190e-5258-4921-b6cb-26a525c0f201
    SamAccountName     : eva
    SID                : S-1-5-21-1000-2000-3000-1002
    Surname            :
    userAccountControl : 512
    UserPrincipalName  :


    DistinguishedName : CN=Eva,CN=Users,DC=contoso,DC=com
    Enabled           : False
    GivenName         :
    Name              : Eva
    ObjectClass       : user
    ObjectGUID        : 7c1d190e-5258-4921-b6cb-26a525c0f201
    SamAccountName    : eva
    SID               : S-1-5-21-1000-2000-3000-1002
    Surname           :
    UserPrincipalName :
    ");
}

/// `interfaces.md` 5.1: DN, GUID, SID and sAMAccountName are identities, a UPN is none.
#[test]
fn a_upn_is_no_identity() {
    let world = &mut world();
    for identity in ["ann", "'CN=Ann Lee,OU=Staff,DC=contoso,DC=com'", "'CONTOSO\\ann'"] {
        assert!(shell(world, &format!("Get-ADUser {identity}")).contains("ann@contoso.com"));
    }
    assert_snapshot!(shell(world, "Set-ADUser ann@contoso.com -City Oslo"), @"
    Set-ADUser : Cannot find an object with identity: 'ann@contoso.com' under: 'DC=contoso,DC=com'.
        + CategoryInfo          : ObjectNotFound: (ann@contoso.com:ADUser) [Set-ADUser], ADIdentityNotFoundException
        + FullyQualifiedErrorId : ActiveDirectoryCmdlet:Microsoft.ActiveDirectory.Management.ADIdentityNotFoundException,Microsoft.ActiveDirectory.Management.Commands.SetADUser
    ");
    assert!(
        shell(world, "Get-ADObject ann").contains("Cannot find an object with identity: 'ann'")
    );
    assert!(shell(world, "Get-ADGroup ann").contains("Cannot find"));
}

#[test]
fn refusals_read_as_the_module_prints_them() {
    let world = &mut world();
    assert_snapshot!(shell(world, "New-ADUser Ann2 -SamAccountName ann"), @"
    New-ADUser : The specified account already exists: the sAMAccountName 'ann' of 'CN=Ann2,CN=Users,DC=contoso,DC=com' is taken by 'CN=Ann Lee,OU=Staff,DC=contoso,DC=com'.
        + CategoryInfo          : ResourceExists: (CN=Ann2,CN=Users,DC=contoso,DC=com) [New-ADUser], ADIdentityAlreadyExistsException
        + FullyQualifiedErrorId : ActiveDirectoryServer:1316,Microsoft.ActiveDirectory.Management.Commands.NewADUser
    ");
    assert_snapshot!(shell(world, "Set-ADUser ann -Add @{noSuchThing='x'}"), @"
    Set-ADUser : The specified directory service attribute or value does not exist
    Parameter name: noSuchThing
        + CategoryInfo          : InvalidOperation: (noSuchThing) [Set-ADUser], ADInvalidOperationException
        + FullyQualifiedErrorId : ActiveDirectoryServer:8202,Microsoft.ActiveDirectory.Management.Commands.SetADUser
    ");
    assert_snapshot!(shell(world, "New-ADUser X -Path 'OU=Nowhere,DC=contoso,DC=com'"), @"
    New-ADUser : Directory object not found: there is no 'OU=Nowhere,DC=contoso,DC=com'.
        + CategoryInfo          : ObjectNotFound: (CN=X,OU=Nowhere,DC=contoso,DC=com) [New-ADUser], ADIdentityNotFoundException
        + FullyQualifiedErrorId : ActiveDirectoryServer:8333,Microsoft.ActiveDirectory.Management.Commands.NewADUser
    ");
    assert_snapshot!(shell(world, "Remove-ADOrganizationalUnit 'OU=Staff,DC=contoso,DC=com' -Confirm:$false"), @"
    Remove-ADOrganizationalUnit : The directory service can perform the requested operation only on a leaf object: 'OU=Staff,DC=contoso,DC=com' has objects below it.
        + CategoryInfo          : NotSpecified: (OU=Staff,DC=contoso,DC=com) [Remove-ADOrganizationalUnit], ADException
        + FullyQualifiedErrorId : ActiveDirectoryServer:8213,Microsoft.ActiveDirectory.Management.Commands.RemoveADOrganizationalUnit
    ");
    assert_snapshot!(shell(world, "Set-ADUser ann -Replace @{objectGUID='00112233-4455-6677-8899-aabbccddeeff'}"), @"
    Set-ADUser : The attribute cannot be modified because it is owned by the system: 'objectGUID'.
        + CategoryInfo          : NotSpecified: (CN=Ann Lee,OU=Staff,DC=contoso,DC=com) [Set-ADUser], ADException
        + FullyQualifiedErrorId : ActiveDirectoryServer:8369,Microsoft.ActiveDirectory.Management.Commands.SetADUser
    ");
    assert_snapshot!(shell(world, "Get-ADUser ann -Server nowhere.example"), @"
    Get-ADUser : Unable to contact the server. This may be because this server does not exist, it is currently down, or it does not have the Active Directory Web Services running.
        + CategoryInfo          : NotSpecified: (nowhere.example) [Get-ADUser], ADServerDownException
        + FullyQualifiedErrorId : ActiveDirectoryCmdlet:Microsoft.ActiveDirectory.Management.ADServerDownException,Microsoft.ActiveDirectory.Management.Commands.GetADUser
    ");
}

#[test]
fn objects_move_are_renamed_and_come_back() {
    let world = &mut world();
    quietly(
        world,
        "New-ADOrganizationalUnit Leavers
         Move-ADObject 'CN=Ann Lee,OU=Staff,DC=contoso,DC=com' 'OU=Leavers,DC=contoso,DC=com'
         Rename-ADObject 'CN=Ann Lee,OU=Leavers,DC=contoso,DC=com' -NewName 'Ann Berg'",
    );
    let found = shell(world, "Get-ADUser -Filter * -SearchBase 'OU=Leavers,DC=contoso,DC=com'");
    assert!(found.contains("CN=Ann Berg,OU=Leavers,DC=contoso,DC=com"), "{found}");
    // New units are protected, as the module makes them.
    let remove = "Remove-ADOrganizationalUnit 'OU=Leavers,DC=contoso,DC=com' -Recursive";
    assert!(shell(world, remove).contains("Access is denied"));
    quietly(
        world,
        "Set-ADOrganizationalUnit 'OU=Leavers,DC=contoso,DC=com' -ProtectedFromAccidentalDeletion $false",
    );
    quietly(world, remove);
    let deleted = shell(
        world,
        "Get-ADObject -Filter \"isDeleted -eq $true -and sAMAccountName -eq 'ann'\" -IncludeDeletedObjects -Properties LastKnownParent",
    );
    assert!(deleted.contains("Deleted"), "{deleted}");
    let guid = deleted.lines().find_map(|line| line.strip_prefix("ObjectGUID")).unwrap();
    let guid = guid.trim_start_matches([' ', ':']);
    assert_snapshot!(shell(world, &format!("Restore-ADObject {guid}")), @r"
    Restore-ADObject : The operation could not be performed because the object's parent is either uninstantiated or deleted: 'OU=Leavers\0ADEL:7c1d190e-5258-4921-b6cb-26a525c0f201,CN=Deleted Objects,DC=contoso,DC=com'.
        + CategoryInfo          : NotSpecified: (CN=Ann Berg\0ADEL:cb1cefbd-706b-4bff-a216-291a97a39841,CN=Deleted Objects,DC=contoso,DC=com) [Restore-ADObject], ADException
        + FullyQualifiedErrorId : ActiveDirectoryServer:8329,Microsoft.ActiveDirectory.Management.Commands.RestoreADObject
    ");
    let path = "-TargetPath 'OU=Staff,DC=contoso,DC=com' -NewName 'Ann Lee'";
    quietly(world, &format!("Restore-ADObject {guid} {path}"));
    assert!(shell(world, "Get-ADUser ann").contains("CN=Ann Lee,OU=Staff"));
}

#[test]
fn groups_and_their_members() {
    let world = &mut world();
    quietly(
        world,
        "New-ADGroup Nested -GroupScope Universal -Path 'OU=Staff,DC=contoso,DC=com'
         New-ADUser Bob -SamAccountName bob
         New-ADObject -Type contact -Name 'Zoe' -Path 'OU=Staff,DC=contoso,DC=com' -OtherAttributes @{mail='zoe@fabrikam.com'}
         Add-ADGroupMember Nested -Members bob
         Add-ADGroupMember Sales -Members Nested, ann, 'CN=Zoe,OU=Staff,DC=contoso,DC=com'",
    );
    let names = |text: String| -> Vec<String> {
        let name =
            |line: &str| Some(line.strip_prefix("Name")?.trim_start_matches([' ', ':']).to_owned());
        text.lines().filter_map(name).collect()
    };
    assert_eq!(names(shell(world, "Get-ADGroupMember Sales")), ["Ann Lee", "Nested"]);
    assert_eq!(names(shell(world, "Get-ADGroupMember Sales -Recursive")), ["Ann Lee", "Bob"]);
    assert_eq!(
        names(shell(world, "Get-ADPrincipalGroupMembership ann")),
        ["Domain Users", "Sales"]
    );
    quietly(world, "Remove-ADGroupMember Sales -Members ann -Confirm:$false");
    assert!(shell(world, "Remove-ADGroupMember Sales -Members ann").contains("not a member"));
    quietly(world, "Set-ADGroup Sales -GroupScope Universal -GroupCategory Distribution");
    assert_snapshot!(shell(world, "Get-ADGroup Sales -Properties groupType, member"), @r"
    DistinguishedName : CN=Sales,OU=Staff,DC=contoso,DC=com
    GroupCategory     : Distribution
    GroupScope        : Universal
    groupType         : 8
    member            : {CN=Nested,OU=Staff,DC=contoso,DC=com, CN=Zoe,OU=Staff,DC=contoso,DC=com}
    Name              : Sales
    ObjectClass       : group
    ObjectGUID        : 59cfed30-2665-47b8-96b8-e244eb17a35d
    SamAccountName    : Sales
    SID               : S-1-5-21-1000-2000-3000-1001
    ");
    quietly(world, "Remove-ADGroup Nested");
    quietly(
        world,
        "Set-ADObject 'CN=Zoe,OU=Staff,DC=contoso,DC=com' -Replace @{mail='z@fabrikam.com'} -DisplayName Z\nRemove-ADObject 'CN=Zoe,OU=Staff,DC=contoso,DC=com'",
    );
}

#[test]
fn forests_have_suffixes_and_a_recycle_bin() {
    let world = &mut world();
    quietly(
        world,
        "Set-ADForest contoso.com -UPNSuffixes @{Add='contoso.net','contoso.org'}\nSet-ADForest -UPNSuffixes @{Remove='contoso.org'}",
    );
    assert_snapshot!(shell(world, "Get-ADForest\nGet-ADDomain"), @r"
    Domains     : {contoso.com}
    ForestMode  : Windows2016Forest
    Name        : contoso.com
    RootDomain  : contoso.com
    UPNSuffixes : {contoso.net}


    DistinguishedName : DC=contoso,DC=com
    DNSRoot           : contoso.com
    DomainSID         : S-1-5-21-1000-2000-3000
    Forest            : contoso.com
    NetBIOSName       : CONTOSO
    ");
    let feature = "-Scope ForestOrConfigurationSet -Target contoso.com";
    let again = shell(world, &format!("Enable-ADOptionalFeature 'Recycle Bin Feature' {feature}"));
    assert!(again.is_empty() || again.contains("already"), "{again}");
    assert!(
        shell(world, &format!("Enable-ADOptionalFeature 'No Such' {feature}"))
            .contains("Cannot find")
    );
}

/// `-Replace` of bytes: a list of numbers, a GUID, base64.
#[test]
fn bytes_are_written_in_three_ways() {
    let world = &mut world();
    for value in
        ["[16 numbers]", "'00112233-4455-6677-8899-aabbccddeeff'", "'MyIRAFVEd2aImaq7zN3u/w=='"]
    {
        let value = value
            .replace("[16 numbers]", "51,34,17,0,85,68,119,102,136,153,170,187,204,221,238,255");
        quietly(world, &format!("Set-ADUser ann -Replace @{{'mS-DS-ConsistencyGuid'={value}}}"));
        assert!(
            shell(world, "Get-ADSyncToolsMsDsConsistencyGuid ann")
                .contains("00112233-4455-6677-8899-aabbccddeeff")
        );
        quietly(world, "Clear-ADSyncToolsMsDsConsistencyGuid ann");
        quietly(world, "Get-ADSyncToolsMsDsConsistencyGuid ann");
    }
    quietly(world, "Set-ADSyncToolsMsDsConsistencyGuid ann@contoso.com 'MyIRAFVEd2aImaq7zN3u/w=='");
}
