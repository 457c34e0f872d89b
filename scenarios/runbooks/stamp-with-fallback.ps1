Import-Module ActiveDirectory
Connect-MgGraph -Scopes 'User.ReadWrite.All' -NoWelcome

function Get-SourceAnchor {
    param(
        [Parameter(Mandatory = $true)]
        $User
    )
    $consistencyGuid = $User.'mS-DS-ConsistencyGuid'
    if ($consistencyGuid -and $consistencyGuid.Length -eq 16) {
        [pscustomobject]@{
            Anchor = [System.Convert]::ToBase64String($consistencyGuid)
            Source = 'mS-DS-ConsistencyGuid'
        }
    }
    else {
        [pscustomobject]@{
            Anchor = [System.Convert]::ToBase64String(([guid]$User.ObjectGUID).ToByteArray())
            Source = 'objectGUID'
        }
    }
}

$users = Get-ADUser -Filter { Enabled -eq $true } -SearchBase 'OU=Staff,DC=contoso,DC=com' -Properties 'mS-DS-ConsistencyGuid' |
    Sort-Object -Property UserPrincipalName

foreach ($user in $users) {
    $result = Get-SourceAnchor -User $user
    Write-Output ("{0} {1} {2}" -f $user.UserPrincipalName, $result.Anchor, $result.Source)
    Update-MgUser -UserId $user.UserPrincipalName -OnPremisesImmutableId $result.Anchor
}

Start-ADSyncSyncCycle -PolicyType Initial | Out-Null
