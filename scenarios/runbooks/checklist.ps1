# Reads only. Nothing here changes anything.
Import-Module ActiveDirectory
Import-Module ADSync
Connect-MgGraph -Scopes 'User.Read.All', 'Domain.Read.All', 'Organization.Read.All', 'RoleManagement.Read.Directory' -NoWelcome

$script:look = 0
function Write-Check([bool]$Good, [string]$Text) {
    if ($Good) { Write-Host "[ OK ] $Text" -ForegroundColor Green }
    else { Write-Host "[LOOK] $Text" -ForegroundColor Yellow; $script:look++ }
}

$organization = Get-MgOrganization
Write-Check ($organization.OnPremisesSyncEnabled -eq $true) 'Synchronization of the tenant is on'

$bin = Get-ADOptionalFeature -Filter 'Name -like "Recycle Bin Feature"'
Write-Check ($bin.EnabledScopes.Count -gt 0) 'AD recycle bin is on'

# Every suffix in use has to be verified, or its users get names at the initial domain.
$verified = (Get-MgDomain | Where-Object IsVerified).Id
$suffixes = Get-ADUser -Filter 'userPrincipalName -like "*"' -SearchBase 'OU=Staff,DC=contoso,DC=com' |
    ForEach-Object { $_.UserPrincipalName.Split('@')[1] } | Sort-Object -Unique
foreach ($suffix in $suffixes) {
    $good = $verified -contains $suffix
    $text = if ($good) { "UPN suffix $suffix is verified" } else { "UPN suffix $suffix is not verified" }
    Write-Check $good $text
}

# Accounts with a role are not soft matched.
foreach ($role in Get-MgDirectoryRole) {
    foreach ($member in Get-MgDirectoryRoleMember -DirectoryRoleId $role.Id) {
        $upn = $member.AdditionalProperties.userPrincipalName
        if (Get-ADUser -Filter "userPrincipalName -eq '$upn'") {
            Write-Check $false "$upn holds $($role.DisplayName)"
        }
    }
}

$scheduler = Get-ADSyncScheduler
Write-Check (-not $scheduler.StagingModeEnabled) 'Staging mode is off'
$threshold = Get-ADSyncExportDeletionThreshold
Write-Check ($threshold.DeletionPrevention -eq 'EnabledForCount') "Deletion threshold is $($threshold.ThresholdCount)"

Write-Host "$look points to look at"
