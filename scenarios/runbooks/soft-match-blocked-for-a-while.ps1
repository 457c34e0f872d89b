Connect-MgGraph -Scopes 'OnPremDirectorySynchronization.ReadWrite.All' -NoWelcome

function Get-BlockSoftMatch {
    (Get-MgDirectoryOnPremiseSynchronization).Features.BlockSoftMatchEnabled
}

$sync = Get-MgDirectoryOnPremiseSynchronization
Write-Host "BlockSoftMatch before: $(Get-BlockSoftMatch)"

$sync.Features.BlockSoftMatchEnabled = $true
Update-MgDirectoryOnPremiseSynchronization -OnPremisesDirectorySynchronizationId $sync.Id -Features @{ BlockSoftMatchEnabled = $true }
Write-Host "BlockSoftMatch now: $(Get-BlockSoftMatch)"

try {
    Start-ADSyncSyncCycle -PolicyType Initial | Out-Null
}
finally {
    $body = @{ features = @{ blockSoftMatchEnabled = $false } }
    Invoke-MgGraphRequest -Method PATCH -Uri "https://graph.microsoft.com/v1.0/directory/onPremisesSynchronization/$($sync.Id)" -Body $body
    Write-Host "BlockSoftMatch after: $(Get-BlockSoftMatch)"
}
