<#
.SYNOPSIS
    Writes mS-DS-ConsistencyGuid where it is empty, keeps what was there before, and proves what changed.
.DESCRIPTION
    The anchor comes from the file of the old forest where it names the account, else from objectGUID. What
    the accounts had before is kept as Clixml: Undo reads it and puts every account back.
#>
param(
    [string]$SearchBase = 'OU=Staff,DC=contoso,DC=com',
    [string]$OldAnchors = 'C:\Temp\old-anchors.csv',
    [string]$Before = 'C:\Temp\anchors-before.xml',
    [string]$Undo = 'no'
)
$ErrorActionPreference = 'Stop'
Import-Module ActiveDirectory

function Get-Anchored {
    Get-ADUser -Filter * -SearchBase $SearchBase -Properties 'mS-DS-ConsistencyGuid' |
        Sort-Object SamAccountName |
        ForEach-Object {
            $bytes = $_.'mS-DS-ConsistencyGuid'
            [pscustomobject]@{
                Account    = $_.SamAccountName
                ObjectGuid = $_.ObjectGUID.ToString()
                Anchor     = if ($bytes) { ([guid][byte[]]$bytes).ToString() } else { $null }
            }
        }
}

function Set-Anchor([string]$Account, $Guid) {
    if ($Guid) { Set-ADUser $Account -Replace @{ 'mS-DS-ConsistencyGuid' = ([guid]$Guid).ToByteArray() } }
    else { Set-ADUser $Account -Clear 'mS-DS-ConsistencyGuid' }
}

# --- back to what was -------------------------------------------------------------------------
if ($Undo -eq 'yes' -or (Test-Path 'C:\Temp\undo-anchors.txt')) {
    $kept = @(Import-Clixml $Before)
    $now = @{}
    Get-Anchored | ForEach-Object { $now[$_.Account] = $_.Anchor }
    $restored = 0
    foreach ($account in $kept | Where-Object { $now[$_.Account] -ne $_.Anchor }) {
        Set-Anchor $account.Account $account.Anchor
        $restored++
    }
    Write-Host "Restored $restored of $($kept.Count)"
    return
}

# --- stamp ------------------------------------------------------------------------------------
$old = @{}
if (Test-Path $OldAnchors) {
    foreach ($row in Import-Csv $OldAnchors) {
        try { $old[$row.Account] = [guid]$row.Anchor }
        catch [System.Management.Automation.PSInvalidCastException] {
            Write-Warning "$($row.Account): '$($row.Anchor)' is no GUID and is left out"
        }
    }
}

$accounts = @(Get-Anchored)
$accounts | Export-Clixml $Before
foreach ($account in $accounts | Where-Object { -not $_.Anchor }) {
    $source = 'objectGUID'
    $guid = $account.ObjectGuid
    if ($old.ContainsKey($account.Account)) {
        $source = 'old forest'
        $guid = $old[$account.Account]
    }
    Set-Anchor $account.Account $guid
    Write-Host ('{0,-5} {1} from {2}' -f $account.Account, $guid, $source)
}

# --- proof ------------------------------------------------------------------------------------
$after = @(Get-Anchored)
$difference = Compare-Object (Import-Clixml $Before) $after -Property Account, Anchor | Where-Object SideIndicator -eq '=>'
Write-Host "$(@($difference).Count) accounts changed, $(@($after | Where-Object { -not $_.Anchor }).Count) without an anchor"
$shared = @($after | Group-Object Anchor | Where-Object Count -gt 1)
if ($shared) { throw "the anchor $($shared[0].Name) stands $($shared[0].Count) times" }
