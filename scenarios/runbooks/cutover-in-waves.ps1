<#
.SYNOPSIS
    Moves accounts into scope in waves. A wave with export errors is taken back and ends the run.
#>
param(
    [string]$Waiting = 'OU=Waiting,DC=contoso,DC=com',
    [string]$Scope = 'OU=Staff,DC=contoso,DC=com',
    [ValidateRange(1, 500)][int]$WaveSize = 2,
    [timespan]$Pause = '00:30:00',
    [string]$Log = 'C:\Temp\cutover.log',
    [string]$Report = 'C:\Temp\cutover.json'
)
$ErrorActionPreference = 'Stop'

Import-Module ActiveDirectory, ADSync
Connect-MgGraph -Scopes 'User.Read.All' -NoWelcome
Start-Transcript -Path $Log | Out-Null

function Wait-Cycle {
    # One delta cycle; nobody starts a second one while it runs.
    while ((Get-ADSyncScheduler).SyncCycleInProgress) { Start-Sleep -Seconds 10 }
    Start-ADSyncSyncCycle -PolicyType Delta | Out-Null
    Get-ADSyncRunProfileResult | Where-Object RunProfileName -eq 'Export' | Sort-Object RunNumber -Descending |
        Where-Object ConnectorName -like '*AAD' | Select-Object -First 1
}

function Get-CloudUser([string]$Upn) {
    $found = Get-MgUser -Filter "userPrincipalName eq '$($Upn -replace "'", "''")'" -Property Id, UserPrincipalName, OnPremisesSyncEnabled
    if ($found) { $found.OnPremisesSyncEnabled -eq $true } else { $false }
}

$started = Get-Date
$people = @(Get-ADUser -Filter * -SearchBase $Waiting -SearchScope OneLevel | Sort-Object SamAccountName)
$waves = for ($i = 0; $i -lt $people.Count; $i += $WaveSize) {
    , @($people[$i..([math]::Min($i + $WaveSize, $people.Count) - 1)])
}
Write-Host "$($people.Count) people in $(@($waves).Count) waves of $WaveSize"

$results = [ordered]@{}
$number = 0
try {
    foreach ($wave in $waves) {
        $number++
        $names = ($wave | ForEach-Object SamAccountName) -join ', '
        foreach ($person in $wave) {
            Move-ADObject -Identity $person.ObjectGUID -TargetPath $Scope
        }
        $export = Wait-Cycle
        $arrived = @($wave | Where-Object { Get-CloudUser $_.UserPrincipalName })
        $results["wave $number"] = [pscustomobject]@{
            People  = $names
            Export  = $export.Result
            Arrived = $arrived.Count
        }
        if ($arrived.Count -lt $wave.Count) {
            Write-Warning "Wave ${number}: $($arrived.Count) of $($wave.Count) arrived ($($export.Result)); it is taken back"
            foreach ($person in $wave) {
                Move-ADObject -Identity $person.ObjectGUID -TargetPath $Waiting
            }
            Wait-Cycle | Out-Null
            throw "wave $number failed"
        }
        Write-Host "Wave ${number}: $names arrived"
        if ($number -lt @($waves).Count) { Start-Sleep -Seconds $Pause.TotalSeconds }
    }
    Write-Host 'All waves arrived'
}
catch {
    Write-Host "Ended: $($_.Exception.Message)" -ForegroundColor Red
}
finally {
    $results.duration = '{0:hh\:mm}' -f ((Get-Date) - $started)
    $results | ConvertTo-Json -Depth 4 | Set-Content -Path $Report
    Write-Host "It took $($results.duration)"
    Stop-Transcript | Out-Null
}
