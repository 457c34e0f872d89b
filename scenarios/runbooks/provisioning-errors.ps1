Connect-MsolService
Import-Module ActiveDirectory

$errors = Get-MsolDirSyncProvisioningError -ErrorCategory PropertyConflict -All
foreach ($item in $errors) {
    foreach ($detail in $item.ProvisioningErrors) {
        Write-Host "$($item.UserPrincipalName) wants $($detail.PropertyName) $($detail.PropertyValue) since $($detail.WhenStarted)"
    }
}

# The first Ann changes her name; the second one gets it with the next sweep.
Set-ADUser -Identity ann -UserPrincipalName 'ann.lee@contoso.com' -Server contoso.com
Start-ADSyncSyncCycle -PolicyType Delta | Out-Null
Start-Sleep -Seconds 3600

$left = @(Get-MsolDirSyncProvisioningError -ErrorCategory PropertyConflict -PropertyName UserPrincipalName -All)
Write-Host "Errors left: $($left.Count)"
