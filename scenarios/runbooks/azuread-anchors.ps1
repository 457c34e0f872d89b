Connect-AzureAD | Out-Null
Import-Module ActiveDirectory

$stamped = 0
$alone = 0
$cloudUsers = Get-AzureADUser -All $true | Where-Object { [string]::IsNullOrEmpty($_.ImmutableId) }

foreach ($cloudUser in $cloudUsers) {
    $upn = $cloudUser.UserPrincipalName
    $adUser = Get-ADUser -Filter { UserPrincipalName -eq $upn }
    if ($adUser -eq $null) {
        $alone += 1
        continue
    }
    $immutableId = [System.Convert]::ToBase64String($adUser.ObjectGUID.ToByteArray())
    Set-AzureADUser -ObjectId $cloudUser.ObjectId -ImmutableId $immutableId
    $stamped += 1
}
Write-Output "Stamped: $stamped"
Write-Output "Without an account: $alone"
