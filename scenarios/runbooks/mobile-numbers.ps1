Import-Module ActiveDirectory
Connect-MgGraph -Scopes 'User.Read.All', 'OnPremDirectorySynchronization.ReadWrite.All' -NoWelcome

function Get-MobileDifference {
    Get-ADUser -Filter 'mobile -like "*"' -Properties mobile | ForEach-Object {
        $cloud = Get-MgUser -UserId $_.UserPrincipalName -Property UserPrincipalName, MobilePhone
        if ($cloud.MobilePhone -ne $_.mobile) {
            [pscustomobject]@{ User = $cloud.UserPrincipalName; AD = $_.mobile; Cloud = $cloud.MobilePhone }
        }
    }
}

Get-MobileDifference | ForEach-Object { Write-Host "$($_.User): AD $($_.AD), cloud $($_.Cloud)" }

$sync = Get-MgDirectoryOnPremiseSynchronization
Update-MgDirectoryOnPremiseSynchronization -OnPremisesDirectorySynchronizationId $sync.Id -BodyParameter @{
    features = @{ bypassDirSyncOverridesEnabled = $true }
}
Start-ADSyncSyncCycle -PolicyType Initial | Out-Null
Write-Host "After: $(@(Get-MobileDifference).Count) differ"
