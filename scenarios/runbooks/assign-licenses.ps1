Connect-MgGraph -Scopes 'User.ReadWrite.All', 'Group.Read.All', 'Organization.Read.All' -NoWelcome

$sku   = Get-MgSubscribedSku -All | Where-Object SkuPartNumber -eq 'SPE_E3'
$group = Get-MgGroup -Filter "displayName eq 'Mailboxes'"
$count = 0

foreach ($member in Get-MgGroupMember -GroupId $group.Id -All) {
    $user = Get-MgUser -UserId $member.Id -Property Id, UserPrincipalName, UsageLocation, AssignedLicenses
    if ($user.AssignedLicenses.SkuId -contains $sku.SkuId) { continue }

    if (-not $user.UsageLocation) {
        Update-MgUser -UserId $user.Id -UsageLocation 'NO'
    }
    Set-MgUserLicense -UserId $user.Id -AddLicenses @(@{ SkuId = $sku.SkuId }) -RemoveLicenses @() | Out-Null
    $detail = Get-MgUserLicenseDetail -UserId $user.Id
    Write-Host "$($user.UserPrincipalName): $($detail.SkuPartNumber -join ', ')"
    $count++
}
Write-Host "$count licensed"
