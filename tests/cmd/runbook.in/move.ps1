# Moves Ann to Oslo and lets the server tell the tenant.
param([string]$City = 'Oslo')
Set-ADUser ann -City $City -Replace @{proxyAddresses = 'SMTP:ann@contoso.com', 'smtp:lee@contoso.com'}
Start-ADSyncSyncCycle -PolicyType Initial | Out-Null
Start-Sleep -Seconds 90
Get-ADUser nobody
Write-Host "Ann is in $City"
