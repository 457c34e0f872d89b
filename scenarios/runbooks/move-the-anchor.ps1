Import-Module ActiveDirectory
Connect-MgGraph -Scopes 'User.ReadWrite.All', 'User.DeleteRestore.All' -NoWelcome

$account  = Get-ADUser kim
$rightUpn = 'kim@contoso.com'
$anchor   = [System.Convert]::ToBase64String($account.ObjectGUID.ToByteArray())

$bogus = Get-MgUser -Filter "onPremisesImmutableId eq '$anchor'" -Property Id, UserPrincipalName
Write-Host "$($bogus.UserPrincipalName) is the bogus user"

# 1. Out of scope; the cycle deletes the bogus user, the one after it confirms.
Move-ADObject -Identity $account.DistinguishedName -TargetPath 'OU=Parked,DC=contoso,DC=com'
Start-ADSyncSyncCycle -PolicyType Initial | Out-Null
Start-ADSyncSyncCycle -PolicyType Delta | Out-Null

# 2. A soft delete keeps the anchor. Only the purge sets it free.
$inBin = Get-MgDirectoryDeletedItemAsUser -All -Property Id, OnPremisesImmutableId |
    Where-Object { $_.OnPremisesImmutableId -ceq $anchor }
if ($inBin) {
    Remove-MgDirectoryDeletedItem -DirectoryObjectId $inBin.Id
    Write-Host 'Removed for good'
}

# 3. Correct the name, back into scope.
Set-ADUser -Identity $account.ObjectGUID -UserPrincipalName $rightUpn
Move-ADObject -Identity $account.ObjectGUID -TargetPath 'OU=Staff,DC=contoso,DC=com'
Start-ADSyncSyncCycle -PolicyType Delta | Out-Null

$user = Get-MgUser -UserId $rightUpn -Property UserPrincipalName, OnPremisesImmutableId
Write-Host "$($user.UserPrincipalName) carries $($user.OnPremisesImmutableId) now"
