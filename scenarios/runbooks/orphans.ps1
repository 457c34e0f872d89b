Import-Module ActiveDirectory
Connect-MgGraph -Scopes 'User.ReadWrite.All' -NoWelcome

$anchors = @{}
Get-ADUser -Filter * -Properties 'mS-DS-ConsistencyGuid' | ForEach-Object {
    $bytes = $_.'mS-DS-ConsistencyGuid'
    if (-not $bytes) { $bytes = $_.ObjectGUID.ToByteArray() }
    $anchors[[Convert]::ToBase64String($bytes)] = $_.DistinguishedName
}

$synced = @(Get-MgUser -Filter 'onPremisesSyncEnabled eq true' -All -Property Id, UserPrincipalName, OnPremisesImmutableId, AssignedLicenses)
$orphans = @($synced | Where-Object { -not $anchors.ContainsKey($_.OnPremisesImmutableId) } | Sort-Object UserPrincipalName)

foreach ($orphan in $orphans) {
    if (@($orphan.AssignedLicenses).Count -gt 0) {
        Write-Host "Orphan $($orphan.UserPrincipalName): licensed, left alone"
    }
    else {
        Remove-MgUser -UserId $orphan.Id -Confirm:$false
        Write-Host "Orphan $($orphan.UserPrincipalName): removed"
    }
}
Write-Host "$($orphans.Count) orphans of $($synced.Count) synchronized users"
