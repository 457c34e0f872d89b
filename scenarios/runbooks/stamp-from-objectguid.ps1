#Requires -Modules ActiveDirectory, Microsoft.Graph.Users
Import-Module ActiveDirectory
Connect-MgGraph -Scopes "User.ReadWrite.All" -NoWelcome

$searchBase = "OU=Staff,DC=contoso,DC=com"
$stamped = 0
$missing = 0

foreach ($user in Get-ADUser -Filter * -SearchBase $searchBase | Sort-Object SamAccountName) {
    # The anchor is the base64 text of the sixteen bytes of objectGUID.
    $immutableId = [System.Convert]::ToBase64String($user.ObjectGUID.ToByteArray())

    $cloudUser = Get-MgUser -Filter "userPrincipalName eq '$($user.UserPrincipalName)'" -Property Id, UserPrincipalName, OnPremisesImmutableId
    if ($null -eq $cloudUser) {
        Write-Warning "$($user.UserPrincipalName) has no cloud user"
        $missing++
        continue
    }
    Update-MgUser -UserId $cloudUser.Id -OnPremisesImmutableId $immutableId
    Write-Host "$($cloudUser.UserPrincipalName) <- $immutableId"
    $stamped++
}

"{0} stamped, {1} without a partner" -f $stamped, $missing
Start-ADSyncSyncCycle -PolicyType Initial
