Import-Module ActiveDirectory
Connect-MgGraph -Scopes 'User.ReadWrite.All', 'Domain.Read.All' -NoWelcome

$upn     = 'eve@fabrikam.com'
$anchor  = [Convert]::ToBase64String((Get-ADUser eve).ObjectGUID.ToByteArray())
$initial = (Get-MgDomain | Where-Object IsInitial).Id
$user    = Get-MgUser -UserId $upn

try {
    Update-MgUser -UserId $user.Id -OnPremisesImmutableId $anchor -ErrorAction Stop
}
catch {
    Write-Host $_.Exception.Message -ForegroundColor Yellow
    $detour = ($upn -split '@')[0] + '@' + $initial
    Update-MgUser -UserId $user.Id -UserPrincipalName $detour
    Update-MgUser -UserId $user.Id -OnPremisesImmutableId $anchor
    Update-MgUser -UserId $user.Id -UserPrincipalName $upn
}
Write-Host "Stamped $anchor"
Start-ADSyncSyncCycle -PolicyType Initial | Out-Null
