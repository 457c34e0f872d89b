Connect-MgGraph -Scopes 'User.ReadWrite.All', 'RoleManagement.ReadWrite.Directory', 'User.DeleteRestore.All' -NoWelcome

$upn  = 'root@contoso.com'
$user = Get-MgUser -UserId $upn -Property Id, UserPrincipalName

# What the account holds now, by name.
$roleNames = @{}
Get-MgRoleManagementDirectoryRoleDefinition -All | ForEach-Object { $roleNames[$_.Id] = $_.DisplayName }
$held = @(Get-MgRoleManagementDirectoryRoleAssignment -Filter "principalId eq '$($user.Id)'" -All)
Write-Host "$upn holds $($held.Count) roles"

try {
    foreach ($assignment in $held) {
        Remove-MgRoleManagementDirectoryRoleAssignment -UnifiedRoleAssignmentId $assignment.Id
    }

    # The duplicate waits for the name of the administrator.
    $duplicates = Get-MgUser -All -Property Id, UserPrincipalName, OnPremisesProvisioningErrors |
        Where-Object { $_.OnPremisesProvisioningErrors.Value -contains $upn }
    foreach ($duplicate in $duplicates) {
        Remove-MgUser -UserId $duplicate.Id
        Remove-MgDirectoryDeletedItem -DirectoryObjectId $duplicate.Id
        Write-Host "Duplicate $($duplicate.UserPrincipalName) removed"
    }
    Start-ADSyncSyncCycle -PolicyType Delta | Out-Null
}
finally {
    $names = foreach ($assignment in $held) {
        New-MgRoleManagementDirectoryRoleAssignment -PrincipalId $user.Id -RoleDefinitionId $assignment.RoleDefinitionId -DirectoryScopeId '/' | Out-Null
        $roleNames[$assignment.RoleDefinitionId]
    }
    Write-Host "Roles given back: $(($names | Sort-Object) -join ', ')"
}
