Connect-Entra -Scopes 'OnPremDirectorySynchronization.ReadWrite.All', 'User.Read.All'

$feature = 'BlockCloudObjectTakeoverThroughHardMatch'
if ((Get-EntraDirSyncFeature -Feature $feature).Enabled) { Write-Host 'Block is on' }

Set-EntraDirSyncFeature -Feature $feature -Enabled $false -Force
try {
    Start-ADSyncSyncCycle -PolicyType Delta | Out-Null
    $bob = Get-EntraUser -UserId 'bob@contoso.com'
    Write-Host "$($bob.UserPrincipalName) synchronized: $($bob.OnPremisesSyncEnabled)"
}
finally {
    Set-EntraDirSyncFeature -Feature $feature -Enabled $true -Force
    Write-Host "Block is on again: $((Get-EntraDirSyncFeature -Feature $feature).Enabled)"
}
