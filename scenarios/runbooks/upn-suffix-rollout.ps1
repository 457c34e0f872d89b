Import-Module ActiveDirectory

$oldSuffix = 'contoso.local'
$newSuffix = 'contoso.com'

$forest = Get-ADForest
if ($forest.UPNSuffixes -notcontains $newSuffix) {
    Set-ADForest -Identity $forest.Name -UPNSuffixes @{ Add = $newSuffix }
    Write-Host "Added $newSuffix"
}

Get-ADUser -Filter "UserPrincipalName -like '*@$oldSuffix'" -SearchBase 'OU=Staff,DC=contoso,DC=local' | ForEach-Object {
    $newUpn = $_.UserPrincipalName.Replace("@$oldSuffix", "@$newSuffix")
    Set-ADUser -Identity $_ -UserPrincipalName $newUpn
    Write-Host "$($_.UserPrincipalName) -> $newUpn"
}

Start-ADSyncSyncCycle -PolicyType Delta | Out-Null
