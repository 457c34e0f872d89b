<#
.SYNOPSIS
    Stamps the anchors of a CSV file on cloud users. Every row is checked before the first one is written.
.PARAMETER WhatIf
    Only the checks and what would be stamped.
#>
[CmdletBinding()]
param(
    [string]$Path = 'C:\Temp\pairs.csv',
    [string]$ReportPath = 'C:\Temp\pairs-result.csv',
    [switch]$Force,
    [switch]$WhatIf
)
Import-Module ActiveDirectory
Connect-MgGraph -Scopes 'User.ReadWrite.All' -NoWelcome

function ConvertTo-Anchor([guid]$Guid) { [Convert]::ToBase64String($Guid.ToByteArray()) }

function Test-Pair {
    # Returns the reasons why a row cannot be stamped; nothing when it can.
    param([Parameter(Mandatory)]$Row, $Account, $Cloud)
    if (-not $Account) { 'no such account'; return }
    if (-not $Cloud) { 'no such cloud user'; return }
    if (-not $Account.Enabled) { 'the account is disabled' }
    if ($Cloud.OnPremisesSyncEnabled) { 'the cloud user is synchronized already' }
    if ($Cloud.OnPremisesImmutableId -and $Cloud.OnPremisesImmutableId -cne (ConvertTo-Anchor $Account.ObjectGUID)) {
        "the cloud user has the anchor $($Cloud.OnPremisesImmutableId)"
    }
}

# --- preflight --------------------------------------------------------------------------------
$rows = @(Import-Csv -Path $Path)
$twice = @($rows | Group-Object Account | Where-Object Count -gt 1 | ForEach-Object Name)
$plan = foreach ($row in $rows) {
    $account = $cloud = $null
    try { $account = Get-ADUser -Identity $row.Account } catch { Write-Verbose "AD: $_" }
    try { $cloud = Get-MgUser -UserId $row.CloudUser -Property Id, UserPrincipalName, OnPremisesSyncEnabled, OnPremisesImmutableId -ErrorAction Stop }
    catch { Write-Verbose "Graph: $_" }
    $reasons = @(Test-Pair -Row $row -Account $account -Cloud $cloud)
    if ($row.Account -in $twice) { $reasons += 'the account stands twice in the file' }
    [pscustomobject]@{
        Account   = $row.Account
        CloudUser = $row.CloudUser
        Anchor    = if ($account) { ConvertTo-Anchor $account.ObjectGUID }
        Reasons   = $reasons
        Status    = if ($reasons) { 'skipped' } else { 'ready' }
    }
}
$ready = @($plan | Where-Object Status -eq 'ready')
$bad = @($plan | Where-Object Status -eq 'skipped')
Write-Host "$($rows.Count) rows: $($ready.Count) ready, $($bad.Count) not"
$bad | ForEach-Object { Write-Host ('  {0,-6} {1}' -f $_.Account, ($_.Reasons -join '; ')) -ForegroundColor Yellow }

if ($bad -and -not $Force) {
    $answer = Read-Host 'Stamp the rows that are ready? (y/n)'
    if ($answer -ne 'y') {
        Write-Host 'Nothing was stamped'
        exit 1
    }
}

# --- the writes -------------------------------------------------------------------------------
foreach ($item in $ready) {
    if ($WhatIf) { $item.Status = 'would be stamped'; continue }
    try {
        Update-MgUser -UserId $item.CloudUser -OnPremisesImmutableId $item.Anchor -ErrorAction Stop
        $check = Get-MgUser -UserId $item.CloudUser -Property OnPremisesImmutableId
        $item.Status = if ($check.OnPremisesImmutableId -ceq $item.Anchor) { 'stamped' } else { 'not kept' }
    }
    catch {
        $item.Status = 'failed'
        $item.Reasons = @($_.Exception.Message)
    }
}

$plan |
    Select-Object Account, CloudUser, Anchor, Status, @{ Name = 'Why'; Expression = { $_.Reasons -join '; ' } } |
    Export-Csv -Path $ReportPath -NoTypeInformation -Encoding UTF8
$plan | Group-Object Status | Sort-Object Name | ForEach-Object { Write-Host "$($_.Name): $($_.Count)" }
