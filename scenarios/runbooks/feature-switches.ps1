Connect-MsolService

$names = 'BlockSoftMatch', 'DuplicateUPNResiliency', 'EnableSoftMatchOnUpn', 'SynchronizeUpnForManagedUsers'
foreach ($name in $names) {
    try {
        Set-MsolDirSyncFeature -Feature $name -Enable $true -Force -ErrorAction Stop
        Set-MsolDirSyncFeature -Feature $name -Enable $false -Force -ErrorAction Stop
        Write-Host "${name}: on, then off"
    }
    catch {
        $reason = if ($_.Exception.Message -match 'cannot be set to false') { $Matches[0] } else { $_.Exception.Message }
        Write-Host "${name}: $reason"
    }
}

Get-MsolDirSyncFeatures | Where-Object Enabled | Format-Table DirSyncFeature, Enabled -AutoSize
