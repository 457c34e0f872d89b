Connect-MgGraph -Scopes 'User.DeleteRestore.All', 'User.Read.All' -NoWelcome

$deleted = Get-MgDirectoryDeletedItemAsUser -All -Property Id, DisplayName, UserPrincipalName | Sort-Object DisplayName
foreach ($user in $deleted) {
    # In the bin the id stands in front of the name.
    $upn = $user.UserPrincipalName.Substring(32)
    try {
        $restored = Restore-MgDirectoryDeletedItem -DirectoryObjectId $user.Id -ErrorAction Stop
    }
    catch {
        $name, $suffix = $upn -split '@'
        $restored = Restore-MgDirectoryDeletedItem -DirectoryObjectId $user.Id -BodyParameter @{
            newUserPrincipalName       = "$name.old@$suffix"
            autoReconcileProxyConflict = $true
        }
    }
    Write-Host "$($user.DisplayName): restored as $($restored.UserPrincipalName)"
}
