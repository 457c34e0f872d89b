Import-Module ActiveDirectory
Import-Module ADSyncTools

$users = Get-ADUser -Filter * -SearchBase 'OU=Staff,DC=contoso,DC=com' -Properties 'mS-DS-ConsistencyGuid'
$log = foreach ($user in $users) {
    $action = 'kept'
    if ($null -eq $user.'mS-DS-ConsistencyGuid') {
        Set-ADUser -Identity $user -Replace @{ 'mS-DS-ConsistencyGuid' = $user.ObjectGUID.ToByteArray() }
        $action = 'written'
    }
    $now = (Get-ADUser -Identity $user -Properties 'mS-DS-ConsistencyGuid').'mS-DS-ConsistencyGuid'
    $anchor = ConvertTo-ADSyncToolsImmutableID -Value ([guid]$now)
    Write-Host "$($user.SamAccountName): $action $anchor"
    [pscustomobject]@{ Account = $user.SamAccountName; Action = $action; Anchor = $anchor }
}
$log | Export-Csv C:\Temp\consistency.csv -NoTypeInformation
