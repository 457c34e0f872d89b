Import-Module ActiveDirectory, ADSync
Connect-MgGraph -Scopes 'User.Read.All' -NoWelcome

$source    = 'OU=Waiting,DC=contoso,DC=com'
$target    = 'OU=Staff,DC=contoso,DC=com'
$batchSize = 5

$waiting = @(Get-ADUser -Filter * -SearchBase $source -SearchScope OneLevel)
$batches = [math]::Ceiling($waiting.Count / $batchSize)
Write-Host "$($waiting.Count) accounts in $batches batches"

for ($i = 0; $i -lt $batches; $i++) {
    $first = $i * $batchSize
    $last  = [math]::Min($first + $batchSize, $waiting.Count) - 1
    $batch = @($waiting[$first..$last])

    $batch | Move-ADObject -TargetPath $target
    Start-ADSyncSyncCycle -PolicyType Delta | Out-Null

    $cloud = @(Get-MgUser -All -Property Id, OnPremisesSyncEnabled | Where-Object OnPremisesSyncEnabled)
    Write-Host "Batch $($i + 1): $($batch.Count) moved, $($cloud.Count) in the cloud"

    $export = Get-ADSyncRunProfileResult | Where-Object RunProfileName -eq 'Export' | Select-Object -First 1
    if ($export.Result -ne 'success') {
        Write-Error "The export ended with $($export.Result); the remaining batches wait"
        break
    }
    if ($i -lt $batches - 1) { Start-Sleep -Seconds 3600 }
}
