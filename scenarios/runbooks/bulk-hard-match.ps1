param(
    [string]$CsvPath = 'C:\Temp\hardmatch.csv',
    [string]$ReportPath = 'C:\Temp\hardmatch-result.csv'
)

Import-Module ActiveDirectory
Connect-MgGraph -Scopes 'User.ReadWrite.All' -NoWelcome

if (-not (Test-Path -Path $CsvPath)) {
    throw "No such file: $CsvPath"
}

$rows = Import-Csv -Path $CsvPath
$results = @()

foreach ($row in $rows) {
    $status = 'stamped'
    $detail = ''
    try {
        $adUser = Get-ADUser -Identity $row.SamAccountName -ErrorAction Stop
        $anchor = [Convert]::ToBase64String($adUser.ObjectGUID.ToByteArray())
        Update-MgUser -UserId $row.CloudUPN -OnPremisesImmutableId $anchor -ErrorAction Stop
        $detail = $anchor
    }
    catch {
        $status = 'FAILED'
        $detail = $_.Exception.Message
    }
    Write-Host "$($row.CloudUPN): $status"
    $results += [pscustomobject]@{
        SamAccountName = $row.SamAccountName
        CloudUPN       = $row.CloudUPN
        Status         = $status
        Detail         = $detail
    }
}

$results | Export-Csv -Path $ReportPath -NoTypeInformation -Encoding UTF8
$good = @($results | Where-Object Status -eq 'stamped')
Write-Host "Stamped $($good.Count) of $(@($rows).Count)"

# Those that carry their anchor may come into scope now.
foreach ($one in $good) {
    Get-ADUser -Identity $one.SamAccountName | Move-ADObject -TargetPath 'OU=Staff,DC=contoso,DC=com'
}
Start-ADSyncSyncCycle -PolicyType Delta | Out-Null
