//! Microsoft Graph and `MSOnline` (`interfaces.md` 5.3, 5.4).

use insta::assert_snapshot;

use crate::{outcome, quietly, shell, world};

const KIM: &str = "a98368aa-f0cb-41b5-a7c6-10f18c6c837d";

#[test]
fn a_user_is_created_read_changed_deleted_and_restored() {
    let world = &mut world();
    let made = shell(
        world,
        "New-MgUser -DisplayName Bob -MailNickname bob -UserPrincipalName bob@contoso.com -AccountEnabled -PasswordProfile @{Password='Spring2026!'}",
    );
    assert!(made.contains("bob@contoso.com"), "{made}");
    quietly(
        world,
        "Update-MgUser -UserId bob@contoso.com -City Oslo -OnPremisesImmutableId 'MyIRAFVEd2aImaq7zN3u/w=='",
    );
    let read = "Get-MgUser -UserId bob@contoso.com -Property UserPrincipalName,City,OnPremisesImmutableId,OnPremisesSyncEnabled";
    assert!(outcome(world, read).failed.is_none());
    let shown = crate::outcome(world, read).outputs;
    assert_snapshot!(serde_json::to_string(&shown).unwrap(), @r#"[{"Objects":{"span":{"start":0,"end":111,"line":1,"column":1},"objects":[{"UserPrincipalName":"bob@contoso.com","City":"Oslo","OnPremisesImmutableId":"MyIRAFVEd2aImaq7zN3u/w==","OnPremisesSyncEnabled":null}]}}]"#);
    quietly(world, "Remove-MgUser -UserId bob@contoso.com");
    assert_snapshot!(shell(world, "Get-MgUser -UserId bob@contoso.com"), @"
    Get-MgUser_Get: Resource 'bob@contoso.com' does not exist or one of its queried reference-property objects are not present.

    Status: 404 (NotFound)
    ErrorCode: Request_ResourceNotFound
    Date: 2026-01-05T08:00:00Z
        + CategoryInfo          : InvalidOperation: (bob@contoso.com) [Get-MgUser], Exception
        + FullyQualifiedErrorId : Request_ResourceNotFound,Microsoft.Graph.PowerShell.Cmdlets.GetMgUser_Get
    ");
    let bin = shell(
        world,
        "Get-MgDirectoryDeletedItemAsUser -All -Filter \"onPremisesImmutableId eq 'MyIRAFVEd2aImaq7zN3u/w=='\" -Property Id",
    );
    let id = bin
        .lines()
        .find_map(|line| line.split_whitespace().find(|word| word.len() == 36))
        .unwrap()
        .to_owned();
    assert!(
        shell(world, &format!("Restore-MgDirectoryDeletedItem -DirectoryObjectId {id}"))
            .contains("bob@contoso.com")
    );
    quietly(
        world,
        &format!(
            "Remove-MgUser -UserId {id}\nRemove-MgDirectoryDeletedItem -DirectoryObjectId {id}"
        ),
    );
    assert!(shell(world, &format!("Get-MgDirectoryDeletedItem {id}")).contains("does not exist"));
}

/// `interfaces.md` 5.3, ET-192: what clears an immutable id, and what only seems to.
#[test]
fn an_immutable_id_is_cleared_by_a_null_in_the_body() {
    let world = &mut world();
    let stamp =
        "Update-MgUser -UserId kim@contoso.com -OnPremisesImmutableId 'MyIRAFVEd2aImaq7zN3u/w=='";
    let read = "Get-MgUser -Filter \"onPremisesImmutableId eq 'MyIRAFVEd2aImaq7zN3u/w=='\"";
    quietly(world, stamp);
    assert_snapshot!(shell(world, "Update-MgUser -UserId kim@contoso.com -OnPremisesImmutableId $null"), @"WARNING: Update-MgUser sends nothing for -OnPremisesImmutableId $null; to clear the property use Invoke-MgGraphRequest -Method PATCH with a null in the body");
    assert!(shell(world, read).contains("Kim"));
    quietly(
        world,
        "Invoke-MgGraphRequest -Method PATCH -Uri https://graph.microsoft.com/v1.0/Users/kim@contoso.com -Body '{\"OnPremisesImmutableId\": null}'",
    );
    quietly(world, read);
    quietly(world, stamp);
    assert_snapshot!(shell(world, "Update-MgUser -UserId kim@contoso.com -OnPremisesImmutableId ''"), @"WARNING: EMPTY-IMMUTABLEID: dirsim clears the value; the real service may ignore or refuse an empty text. Send a null: Invoke-MgGraphRequest -Method PATCH -Body @{onPremisesImmutableId=$null} (ET-192)");
    quietly(world, read);
    quietly(world, stamp);
    assert!(
        shell(world, "Set-MsolUser -UserPrincipalName kim@contoso.com -ImmutableId \"$null\"")
            .contains("EMPTY-IMMUTABLEID")
    );
    quietly(world, read);
    let rest = shell(
        world,
        "Invoke-MgGraphRequest -Uri 'v1.0/users/kim@contoso.com?$select=id,onPremisesImmutableId' -OutputType Json",
    );
    assert_eq!(rest, format!("{{\n  \"id\": \"{KIM}\",\n  \"onPremisesImmutableId\": null\n}}"));
}

/// ET-020: properties mastered on-premises are refused to cloud callers.
#[test]
fn a_synchronized_user_is_guarded() {
    let world = &mut world();
    outcome(world, "Start-ADSyncSyncCycle -PolicyType Initial");
    assert_snapshot!(shell(world, "Update-MgUser -UserId ann@contoso.com -DisplayName X"), @"
    Update-MgUser_UpdateExpanded: Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.

    Status: 400 (BadRequest)
    ErrorCode: Request_BadRequest
    Date: 2026-01-05T08:00:00Z
        + CategoryInfo          : InvalidOperation: (ann@contoso.com) [Update-MgUser], Exception
        + FullyQualifiedErrorId : Request_BadRequest,Microsoft.Graph.PowerShell.Cmdlets.UpdateMgUser_UpdateExpanded
    ");
    quietly(world, "Update-MgUser -UserId ann@contoso.com -UsageLocation DE");
    let shown = shell(
        world,
        "Get-MgUser -Filter \"onPremisesSyncEnabled eq true and startsWith(userPrincipalName,'ann')\"",
    );
    assert!(shown.contains("Ann Lee"), "{shown}");
    quietly(
        world,
        "Update-MgUser -UserId ann@contoso.com -DisplayName X -ErrorAction SilentlyContinue",
    );
}

/// ET-120, ET-122.
#[test]
fn features_are_switched() {
    let world = &mut world();
    quietly(
        world,
        "Update-MgDirectoryOnPremiseSynchronization -Features @{BlockSoftMatchEnabled=$true}",
    );
    assert!(
        shell(world, "Get-MgDirectoryOnPremiseSynchronization")
            .contains("BlockSoftMatchEnabled=True")
    );
    assert_snapshot!(shell(world, "Set-MsolDirSyncFeature -Feature EnableSoftMatchOnUpn -Enable $false -Force"), @"
    WARNING: Set-MsolDirSyncFeature belongs to the MSOnline module, which the service retired in 2025; use Update-MgDirectoryOnPremiseSynchronization
    Set-MsolDirSyncFeature : Property 'softMatchOnUpnEnabled' cannot be set to false.
        + CategoryInfo          : OperationStopped: (softMatchOnUpn) [Set-MsolDirSyncFeature], MicrosoftOnlineException
        + FullyQualifiedErrorId : Microsoft.Online.Administration.Automation.MicrosoftOnlineException,Microsoft.Online.Administration.Automation.SetDirSyncFeature
    ");
    assert!(
        shell(world, "Get-MsolDirSyncFeatures -Feature BlockSoftMatch")
            .contains("BlockSoftMatch True")
    );
    assert!(
        shell(
            world,
            "Update-MgDirectoryOnPremiseSynchronization -Features @{BlockSoftMatsch=$true}"
        )
        .contains("Did you mean 'blockSoftMatch'?")
    );
}

#[test]
fn groups_roles_and_licences() {
    let world = &mut world();
    let group = shell(
        world,
        "New-MgGroup -DisplayName Team -MailNickname team -MailEnabled:$false -SecurityEnabled",
    );
    let id = group.split_whitespace().find(|word| word.len() == 36).unwrap().to_owned();
    quietly(world, &format!("New-MgGroupMember -GroupId {id} -DirectoryObjectId {KIM}"));
    assert!(
        shell(world, &format!("New-MgGroupMember -GroupId {id} -DirectoryObjectId {KIM}"))
            .contains("already exist")
    );
    assert!(shell(world, &format!("Get-MgGroupMember -GroupId {id} -All")).contains(KIM));
    quietly(
        world,
        &format!(
            "Update-MgGroup -GroupId {id} -Description d\nRemove-MgGroupMemberByRef -GroupId {id} -DirectoryObjectId {KIM}\nRemove-MgGroup -GroupId {id}"
        ),
    );
    assert!(shell(world, "Get-MgDirectoryDeletedItemAsGroup -All").contains("Team"));
    let assigned = shell(
        world,
        &format!(
            "New-MgRoleManagementDirectoryRoleAssignment -PrincipalId {KIM} -RoleDefinitionId fe930be7-5e62-47db-91af-98c3a49a38b1 -DirectoryScopeId '/'"
        ),
    );
    assert!(assigned.contains("_User Administrator"), "{assigned}");
    quietly(
        world,
        &format!(
            "Remove-MgRoleManagementDirectoryRoleAssignment -UnifiedRoleAssignmentId '{KIM}_User Administrator'"
        ),
    );
    quietly(
        world,
        &format!(
            "Remove-MgDirectoryRoleMemberByRef -DirectoryRoleId 'Global Administrator' -DirectoryObjectId {KIM}\nNew-MgDirectoryRoleMemberByRef -DirectoryRoleId 'Global Administrator' -OdataId https://graph.microsoft.com/v1.0/directoryObjects/{KIM}"
        ),
    );
    assert!(shell(world, &format!("New-MgRoleManagementDirectoryRoleAssignment -PrincipalId {KIM} -RoleDefinitionId 'Globl Administrator'")).contains("Did you mean 'Global Administrator'?"));
    assert!(shell(world, "Set-MgUserLicense -UserId kim@contoso.com -AddLicenses @{SkuId='EXCHANGESTANDARD'} -RemoveLicenses @()").contains("kim@contoso.com"));
    assert!(shell(world, "Get-MsolUser -UserPrincipalName kim@contoso.com").contains("True"));
}

#[test]
fn the_old_module_deletes_restores_and_renames() {
    let world = &mut world();
    let lines = |text: String| -> Vec<String> {
        text.lines().filter(|line| !line.starts_with("WARNING")).map(str::to_owned).collect()
    };
    assert!(lines(shell(world, "Set-MsolUserPrincipalName -UserPrincipalName kim@contoso.com -NewUserPrincipalName kim.b@contoso.com\nRemove-MsolUser -UserPrincipalName kim.b@contoso.com -Force")).is_empty());
    assert!(shell(world, "Get-MsolUser -ReturnDeletedUsers").contains("kim.b@contoso.com"));
    assert!(
        shell(world, "Restore-MsolUser -UserPrincipalName kim.b@contoso.com")
            .contains("kim.b@contoso.com")
    );
    assert!(lines(shell(world, "Remove-MsolUser -ObjectId a98368aa-f0cb-41b5-a7c6-10f18c6c837d -Force\nRemove-MsolUser -UserPrincipalName kim.b@contoso.com -RemoveFromRecycleBin -Force")).is_empty());
    assert_snapshot!(shell(world, "Restore-MsolUser -UserPrincipalName kim.b@contoso.com"), @"
    WARNING: Restore-MsolUser belongs to the MSOnline module, which the service retired in 2025; use Restore-MgDirectoryDeletedItem
    Restore-MsolUser : User Not Found.  User: kim.b@contoso.com.
        + CategoryInfo          : OperationStopped: (kim.b@contoso.com) [Restore-MsolUser], MicrosoftOnlineException
        + FullyQualifiedErrorId : Microsoft.Online.Administration.Automation.MicrosoftOnlineException,Microsoft.Online.Administration.Automation.RestoreUser
    ");
}
