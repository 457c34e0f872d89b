Import-Module ActiveDirectory, ADSync

$threshold = (Get-ADSyncExportDeletionThreshold).ThresholdCount
$accounts  = @(Get-ADUser -Filter 'Name -like "Closed*"' -SearchBase 'OU=Closed,DC=contoso,DC=com')
$accounts | Remove-ADUser -Confirm:$false
Write-Host "Removed $($accounts.Count) accounts"

function Get-LastExport {
    Get-ADSyncRunProfileResult | Where-Object { $_.RunProfileName -eq 'Export' -and $_.ConnectorName -like '* - AAD' } |
        Select-Object -First 1
}

Start-ADSyncSyncCycle -PolicyType Delta | Out-Null
$export = Get-LastExport
Write-Host "The export ended with $($export.Result)"

if ($export.Result -eq 'stopped-deletion-threshold-exceeded') {
    Disable-ADSyncExportDeletionThreshold | Out-Null
    try { Start-ADSyncSyncCycle -PolicyType Delta | Out-Null }
    finally { Enable-ADSyncExportDeletionThreshold -DeletionThreshold $threshold | Out-Null }
    Write-Host "The export ended with $((Get-LastExport).Result)"
    Write-Host "Threshold is $((Get-ADSyncExportDeletionThreshold).ThresholdCount) again"
}
