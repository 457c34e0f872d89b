Connect-MsolService
Connect-MgGraph -Scopes 'Organization.ReadWrite.All', 'User.ReadWrite.All' -NoWelcome

$organization = Get-MgOrganization
Update-MgOrganization -OrganizationId $organization.Id -BodyParameter @{ onPremisesSyncEnabled = $false }
Write-Host "Status: $((Get-MsolCompanyInformation).DirectorySynchronizationStatus)"

$hours = 0
do {
    Start-Sleep -Seconds (12 * 3600)
    $hours += 12
    $status = (Get-MsolCompanyInformation).DirectorySynchronizationStatus
} until ($status -eq 'Disabled' -or $hours -ge 168)
Write-Host "$status after $hours hours"

Update-MgUser -UserId ann@contoso.com -JobTitle 'Freelancer'
Write-Host 'Edited in the cloud'

Set-MsolDirSyncEnabled -EnableDirSync $true -Force
Write-Host "Status: $((Get-MsolCompanyInformation).DirectorySynchronizationStatus)"
Start-ADSyncSyncCycle -PolicyType Delta | Out-Null
