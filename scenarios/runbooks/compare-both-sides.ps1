Import-Module ActiveDirectory
Connect-MgGraph -Scopes 'User.Read.All' -NoWelcome

$ad    = Get-ADUser -Filter * -SearchBase 'OU=Staff,DC=contoso,DC=com' -Properties DisplayName | Select-Object UserPrincipalName, DisplayName
$cloud = Get-MgUser -All -Property UserPrincipalName, DisplayName | Select-Object UserPrincipalName, DisplayName

$differences = Compare-Object -ReferenceObject $ad -DifferenceObject $cloud -Property UserPrincipalName
foreach ($difference in $differences | Sort-Object SideIndicator) {
    switch ($difference.SideIndicator) {
        '<=' { Write-Host "Only in AD   : $($difference.UserPrincipalName)" }
        '=>' { Write-Host "Only in cloud: $($difference.UserPrincipalName)" }
    }
}

$names = @{}
$cloud | ForEach-Object { $names[$_.UserPrincipalName] = $_.DisplayName }
foreach ($user in $ad) {
    if ($names.ContainsKey($user.UserPrincipalName) -and $names[$user.UserPrincipalName] -cne $user.DisplayName) {
        Write-Host "Differs      : $($user.UserPrincipalName): $($user.DisplayName) / $($names[$user.UserPrincipalName])"
    }
}
