Import-Module ActiveDirectory
$ErrorActionPreference = 'Stop'

function Update-Person {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, ValueFromPipeline)]
        [psobject]$Row
    )
    process {
        $set   = @{ Identity = $Row.Id }
        $clear = @()
        foreach ($name in 'Department', 'Title', 'Manager') {
            if ([string]::IsNullOrWhiteSpace($Row.$name)) { $clear += $name.ToLower() }
            else { $set[$name] = $Row.$name }
        }
        if ($clear.Count -gt 0) { $set['Clear'] = $clear }
        Set-ADUser @set
    }
}

$changed = 0; $unknown = 0
foreach ($row in Import-Csv C:\HR\people.csv) {
    try {
        $row | Update-Person
        $changed++
    }
    catch [Microsoft.ActiveDirectory.Management.ADIdentityNotFoundException] {
        Write-Warning "$($row.Id) is unknown"
        $unknown++
    }
}
Write-Host "$changed changed, $unknown unknown"
Start-ADSyncSyncCycle -PolicyType Initial | Out-Null
