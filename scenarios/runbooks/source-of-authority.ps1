Connect-MgGraph -Scopes 'User.ReadWrite.All', 'User-OnPremisesSyncBehavior.ReadWrite.All' -NoWelcome

foreach ($upn in 'ann@contoso.com', 'bob@contoso.com') {
    $user = Get-MgUser -UserId $upn -Property Id, UserPrincipalName, OnPremisesSyncEnabled

    try   { Update-MgUser -UserId $user.Id -JobTitle 'Consultant' -ErrorAction Stop }
    catch { Write-Host "$upn before: refused" }

    $uri = "https://graph.microsoft.com/beta/users/$($user.Id)/onPremisesSyncBehavior"
    Invoke-MgGraphRequest -Method PATCH -Uri $uri -Body @{ isCloudManaged = $true }

    $behavior = Invoke-MgGraphRequest -Method GET -Uri "${uri}?`$select=isCloudManaged"
    Write-Host "$upn now: cloud managed $($behavior.isCloudManaged)"
    Update-MgUser -UserId $user.Id -JobTitle 'Consultant'
}

# What Active Directory says does not count any more.
Set-ADUser ann -Title 'Clerk'
Start-ADSyncSyncCycle -PolicyType Delta | Out-Null
