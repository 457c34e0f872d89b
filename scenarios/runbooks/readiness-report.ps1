<#
.SYNOPSIS
    Answers the questions of the evening before a cut-over and writes them to a report. Reads only.
.NOTES
    Exit code 2 when there is something to look at, 0 when there is not.
#>
#Requires -Modules ActiveDirectory
[CmdletBinding()]
param(
    [string]$SearchBase = 'OU=Staff,DC=contoso,DC=com',
    [string]$ReportPath = 'C:\Temp\readiness.csv',
    [int]$StaleAfterHours = 3
)

Import-Module ActiveDirectory, ADSync
Connect-MgGraph -Scopes 'User.Read.All', 'Domain.Read.All', 'Organization.Read.All' -NoWelcome

$findings = [System.Collections.Generic.List[object]]::new()

function Add-Finding {
    param(
        [Parameter(Mandatory)][ValidateSet('Good', 'Look', 'Stop')][string]$Level,
        [Parameter(Mandatory)][string]$Area,
        [Parameter(Mandatory)][string]$Text
    )
    $findings.Add([pscustomobject]@{ Level = $Level; Area = $Area; Text = $Text })
    $color = switch ($Level) {
        'Good' { 'Green' }
        'Look' { 'Yellow' }
        'Stop' { 'Red' }
    }
    Write-Host ('[{0,-4}] {1}: {2}' -f $Level.ToUpper(), $Area, $Text) -ForegroundColor $color
}

# --- the server -------------------------------------------------------------------------------
$scheduler = Get-ADSyncScheduler
if ($scheduler.StagingModeEnabled) {
    Add-Finding -Level Stop -Area Server -Text 'the server is in staging mode'
}
else {
    Add-Finding -Level Good -Area Server -Text 'the server exports'
}
$last = Get-ADSyncRunProfileResult | Where-Object RunProfileName -eq 'Export' | Select-Object -First 1
if ($null -eq $last) {
    Add-Finding -Level Look -Area Server -Text 'there was no export yet'
}
else {
    Add-Finding -Level Good -Area Server -Text "the last export ended with $($last.Result)"
}

# --- the tenant -------------------------------------------------------------------------------
$verified = @(Get-MgDomain -All | Where-Object IsVerified | ForEach-Object Id)
$cloud = @{}
Get-MgUser -All -Property Id, UserPrincipalName, OnPremisesSyncEnabled, OnPremisesImmutableId |
    ForEach-Object { $cloud[$_.UserPrincipalName] = $_ }
Add-Finding Good Tenant "$($cloud.Count) users, domains $(($verified | Sort-Object) -join ', ')"

# --- the people -------------------------------------------------------------------------------
$people = @(Get-ADUser -Filter { Enabled -eq $true } -SearchBase $SearchBase -Properties mail, proxyAddresses)
foreach ($person in $people | Sort-Object SamAccountName) {
    $upn = $person.UserPrincipalName
    if (-not $upn) {
        Add-Finding Stop People "$($person.SamAccountName) has no user principal name"
        continue
    }
    $suffix = $upn.Split('@')[-1]
    if ($suffix -notin $verified) {
        Add-Finding Look People "$upn has the suffix $suffix, which is not verified"
    }
    $primaries = @($person.proxyAddresses | Where-Object { $_ -clike 'SMTP:*' })
    switch ($primaries.Count) {
        0 { if ($person.mail) { Add-Finding Look People "$upn has a mail address and no primary one" } }
        1 { break }
        default { Add-Finding Stop People "$upn has $($primaries.Count) primary addresses" }
    }
    $twin = $cloud[$upn]
    if ($twin -and $twin.OnPremisesImmutableId) {
        $own = [Convert]::ToBase64String($person.ObjectGUID.ToByteArray())
        if ($twin.OnPremisesImmutableId -cne $own) {
            Add-Finding Stop People "$upn is taken in the cloud by another anchor"
        }
    }
}

$findings | Export-Csv -Path $ReportPath -NoTypeInformation
$summary = $findings | Group-Object Level -AsHashTable -AsString
$count = { param($level) @($summary[$level]).Where({ $_ }).Count }
Write-Host "Good: $(& $count 'Good'), look: $(& $count 'Look'), stop: $(& $count 'Stop')"
if ((& $count 'Stop') + (& $count 'Look') -gt 0) { exit 2 }
