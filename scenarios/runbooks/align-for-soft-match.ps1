# Aligns one on-premises account with its cloud user so that the next cycle soft matches them.
Import-Module ActiveDirectory
Import-Module Microsoft.Graph.Users
Connect-MgGraph -Scopes 'User.Read.All', 'Directory.Read.All' -NoWelcome

$samAccountName = 'jdoe'
$cloudUpn       = 'jane.doe@contoso.com'

$adUser    = Get-ADUser -Identity $samAccountName -Properties mail, proxyAddresses, displayName
$cloudUser = Get-MgUser -UserId $cloudUpn -Property Id, UserPrincipalName, Mail, ProxyAddresses, OnPremisesImmutableId, OnPremisesSyncEnabled

Write-Host "UPN in AD      : $($adUser.UserPrincipalName)"
Write-Host "UPN in cloud   : $($cloudUser.UserPrincipalName)"

if ($cloudUser.OnPremisesImmutableId) {
    throw "The cloud user has an anchor already: $($cloudUser.OnPremisesImmutableId)"
}

# The primary address decides first, so it has to be the same on both sides.
$primary = $cloudUser.ProxyAddresses | Where-Object { $_ -clike 'SMTP:*' } | Select-Object -First 1
if (-not $primary) { $primary = "SMTP:$cloudUpn" }

if ($adUser.UserPrincipalName -ne $cloudUser.UserPrincipalName) {
    Set-ADUser -Identity $adUser -UserPrincipalName $cloudUser.UserPrincipalName
}
Set-ADUser -Identity $adUser -EmailAddress ($primary -replace '^SMTP:', '') -Replace @{ proxyAddresses = $primary }
Write-Host "Aligned $samAccountName to $cloudUpn" -ForegroundColor Green

Start-ADSyncSyncCycle -PolicyType Initial | Out-Null

$after = Get-MgUser -UserId $cloudUser.Id -Property UserPrincipalName, OnPremisesSyncEnabled, OnPremisesImmutableId
if ($after.OnPremisesSyncEnabled -eq $true) {
    Write-Host "Matched: $($after.UserPrincipalName) is synchronized, anchor $($after.OnPremisesImmutableId)"
} else {
    Write-Warning "$($after.UserPrincipalName) was not matched"
}
