<#
.SYNOPSIS
    Exports what a migration project wants on file: people, groups with members, domains, errors, and a
    summary as JSON. Reads only; one folder per run.
#>
param(
    [string]$Root = 'C:\Temp\inventory',
    [string[]]$Sections = @('People', 'Groups', 'Domains', 'Errors')
)
Import-Module ActiveDirectory, ADSync
Connect-MgGraph -Scopes 'User.Read.All', 'Group.Read.All', 'Domain.Read.All' -NoWelcome

$folder = Join-Path $Root (Get-Date -Format 'yyyy-MM-dd')
New-Item -ItemType Directory -Path $folder -Force | Out-Null
$summary = [ordered]@{ when = (Get-Date).ToString('s'); sections = [ordered]@{} }

function Save-Section {
    param(
        [Parameter(Mandatory)][string]$Name,
        [Parameter(ValueFromPipeline)]$InputObject
    )
    begin { $all = [System.Collections.ArrayList]@() }
    process { if ($null -ne $InputObject) { [void]$all.Add($InputObject) } }
    end {
        $path = Join-Path $folder "$($Name.ToLower()).csv"
        if ($all.Count -gt 0) { $all | Export-Csv -Path $path -NoTypeInformation -Encoding UTF8 }
        $summary.sections[$Name] = $all.Count
        Write-Host ('{0,-8} {1,4} rows' -f $Name, $all.Count)
    }
}

switch ($Sections) {
    'People' {
        $cloud = @{}
        Get-MgUser -All -Property Id, UserPrincipalName, OnPremisesImmutableId, OnPremisesSyncEnabled |
            Where-Object OnPremisesImmutableId |
            ForEach-Object { $cloud[$_.OnPremisesImmutableId] = $_ }
        Get-ADUser -Filter 'userPrincipalName -like "*"' -Properties mail, department | Sort-Object SamAccountName | ForEach-Object {
            $anchor = [Convert]::ToBase64String($_.ObjectGUID.ToByteArray())
            $twin = $cloud[$anchor]
            [pscustomobject]@{
                Account    = $_.SamAccountName
                Upn        = $_.UserPrincipalName
                Department = $_.department
                Anchor     = $anchor
                CloudId    = $twin.Id
                InCloud    = [bool]$twin
            }
        } | Save-Section -Name People
    }
    'Groups' {
        Get-ADGroup -Filter 'mail -like "*"' | Sort-Object Name | ForEach-Object {
            $group = $_
            Get-ADGroupMember -Identity $group.SamAccountName | Sort-Object name | ForEach-Object {
                [pscustomobject]@{ Group = $group.Name; Member = $_.name; Class = $_.objectClass }
            }
        } | Save-Section -Name Groups
    }
    'Domains' {
        Get-MgDomain -All | Sort-Object Id | Select-Object Id, IsVerified, IsDefault | Save-Section -Name Domains
    }
    'Errors' {
        Get-MgUser -All -Property UserPrincipalName, OnPremisesProvisioningErrors |
            Where-Object { $_.OnPremisesProvisioningErrors } |
            Select-Object UserPrincipalName, @{ n = 'Value'; e = { $_.OnPremisesProvisioningErrors.Value -join ' ' } } |
            Save-Section -Name Errors
    }
    default { Write-Warning "there is no section $_" }
}

$summary.files = @(Get-ChildItem $folder -Filter *.csv | Sort-Object Name | ForEach-Object Name)
$summary | ConvertTo-Json -Depth 4 | Set-Content (Join-Path $folder 'summary.json')
Write-Host "Wrote $($summary.files.Count) files to $folder"
