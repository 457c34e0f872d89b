Import-Module MSOnline
Connect-MsolService

$guid = (Get-ADUser -Identity ann).ObjectGUID
$immutableID = [System.Convert]::ToBase64String($guid.ToByteArray())
Write-Host "ImmutableID: $immutableID"

Set-MsolUser -UserPrincipalName ann@contoso.com -ImmutableId $immutableID
$same = (Get-MsolUser -UserPrincipalName ann@contoso.com).ImmutableId -ceq $immutableID
Write-Host "Same value in the cloud: $same"

Import-Module ADSync
Start-ADSyncSyncCycle -PolicyType Initial | Out-Null
