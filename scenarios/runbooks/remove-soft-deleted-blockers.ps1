Import-Module ActiveDirectory
Connect-MgGraph -Scopes 'User.DeleteRestore.All', 'Directory.AccessAsUser.All' -NoWelcome

$deleted = @(Get-MgDirectoryDeletedItemAsUser -All -Property Id, UserPrincipalName, ProxyAddresses, DeletedDateTime, OnPremisesImmutableId)
Write-Host "In the bin: $($deleted.Count)"

$removed = 0
foreach ($item in $deleted) {
    foreach ($address in $item.ProxyAddresses) {
        $plain = ($address -split ':')[1]
        $holder = Get-ADUser -LDAPFilter "(proxyAddresses=smtp:$plain)" -Properties proxyAddresses
        if ($holder) {
            Write-Host "$($item.Id) with $plain blocks $($holder.DistinguishedName)"
            Remove-MgDirectoryDeletedItem -DirectoryObjectId $item.Id -Confirm:$false
            $removed++
            break
        }
    }
}
Write-Host "Removed $removed"
if ($removed -gt 0) {
    Start-ADSyncSyncCycle -PolicyType Delta | Out-Null
}
