Import-Module ActiveDirectory
Connect-MgGraph -Scopes 'Group.Read.All' -NoWelcome

$path = 'OU=Staff,DC=contoso,DC=com'
$rows = Import-Csv -Path 'C:\Temp\groups.csv' -Delimiter ';'

$byGroup = $rows | Group-Object -Property Group
foreach ($entry in $byGroup) {
    $name = $entry.Name
    if (-not (Get-ADGroup -Filter "Name -eq '$name'")) {
        New-ADGroup -Name $name -SamAccountName $name -GroupScope Global -GroupCategory Security -Path $path
    }
    $wanted  = $entry.Group.Member | Select-Object -Unique
    $present = (Get-ADGroupMember -Identity $name).SamAccountName
    $missing = $wanted | Where-Object { $present -notcontains $_ }
    if ($missing) { Add-ADGroupMember -Identity $name -Members $missing }
}

Start-ADSyncSyncCycle -PolicyType Initial | Out-Null

foreach ($entry in $byGroup) {
    $inAd  = @(Get-ADGroupMember -Identity $entry.Name).Count
    $group = Get-MgGroup -Filter "displayName eq '$($entry.Name)'"
    $cloud = @(Get-MgGroupMember -GroupId $group.Id -All).Count
    '{0}: {1} in AD, {2} in the cloud' -f $entry.Name, $inAd, $cloud
}
