<#
.SYNOPSIS
    Finds addresses and names that more than one recipient claims: users, groups and contacts of AD, and the
    cloud with its recycle bin. Reads only.
#>
[CmdletBinding()]
param([string]$ReportPath = 'C:\Temp\recipients-twice.csv')

Import-Module ActiveDirectory
Connect-MgGraph -Scopes 'User.Read.All', 'Group.Read.All', 'User.DeleteRestore.All' -NoWelcome

# One line per claim: what is claimed, by whom, and where.
$claims = [System.Collections.ArrayList]::new()
function Add-Claim {
    param([string]$Value, [string]$Owner, [string]$Place, [string]$Anchor)
    if ([string]::IsNullOrWhiteSpace($Value)) { return }
    $plain = $Value -replace '^(smtp|sip|x500):', ''
    [void]$claims.Add([pscustomobject]@{
        Address = $plain.ToLowerInvariant()
        Owner   = $Owner
        Place   = $Place
        Anchor  = $Anchor
    })
}

# --- Active Directory -------------------------------------------------------------------------
$properties = 'mail', 'proxyAddresses', 'userPrincipalName', 'mS-DS-ConsistencyGuid'
foreach ($object in Get-ADObject -LDAPFilter '(|(proxyAddresses=*)(mail=*))' -Properties $properties) {
    $anchor = [Convert]::ToBase64String($object.ObjectGUID.ToByteArray())
    $bytes = $object.'mS-DS-ConsistencyGuid'
    if ($bytes) { $anchor = [Convert]::ToBase64String([byte[]]$bytes) }
    $owner = "$($object.ObjectClass) $($object.Name)"
    $own = @($object.mail) + @($object.userPrincipalName) + @($object.proxyAddresses)
    $own | Where-Object { $_ } | ForEach-Object { ($_ -replace '^smtp:', '').ToLower() } |
        Sort-Object -Unique |
        ForEach-Object { Add-Claim -Value $_ -Owner $owner -Place 'AD' -Anchor $anchor }
}

# --- the cloud --------------------------------------------------------------------------------
$cloud = @()
$cloud += Get-MgUser -All -Property Id, UserPrincipalName, DisplayName, ProxyAddresses, OnPremisesImmutableId |
    Select-Object *, @{ n = 'Place'; e = { 'cloud' } }
$cloud += Get-MgDirectoryDeletedItemAsUser -All -Property Id, UserPrincipalName, DisplayName, ProxyAddresses, OnPremisesImmutableId |
    Select-Object *, @{ n = 'Place'; e = { 'recycle bin' } }
foreach ($user in $cloud) {
    $own = @($user.UserPrincipalName) + @($user.ProxyAddresses)
    $own | Where-Object { $_ } | ForEach-Object { ($_ -replace '^smtp:', '').ToLower() } |
        Sort-Object -Unique |
        ForEach-Object { Add-Claim $_ "user $($user.DisplayName)" $user.Place $user.OnPremisesImmutableId }
}

# --- what is claimed by two that are not the same person --------------------------------------
$twice = $claims | Group-Object Address | Where-Object { $_.Count -gt 1 } | ForEach-Object {
    $anchors = @($_.Group.Anchor | Where-Object { $_ } | Select-Object -Unique)
    $places = @($_.Group.Place | Sort-Object -Unique)
    $kind = if ($places.Count -eq 1 -and $places[0] -eq 'AD') { 'two in AD' }
    elseif ($places -contains 'recycle bin') { 'blocked by the recycle bin' }
    elseif ($anchors.Count -eq 1 -and @($_.Group | Where-Object Anchor).Count -eq $_.Count) { 'the same person' }
    else { 'soft match, or a conflict' }
    [pscustomobject]@{
        Address = $_.Name
        Kind    = $kind
        Owners  = ($_.Group | ForEach-Object { "$($_.Owner) ($($_.Place))" }) -join ', '
    }
}

$twice | Group-Object Kind | Sort-Object Name | ForEach-Object { Write-Host "$($_.Name): $($_.Count)" }
$twice | Sort-Object Kind, Address | ForEach-Object { Write-Host ('  {0,-28}{1,-24}{2}' -f $_.Kind, $_.Address, $_.Owners) }
$twice | Where-Object Kind -ne 'the same person' | Sort-Object Address | Export-Csv $ReportPath -NoTypeInformation
Write-Host "$($claims.Count) claims, $(@($twice).Count) addresses claimed twice"
