Import-Module ActiveDirectory
Connect-MgGraph -Scopes 'User.Read.All' -NoWelcome

$folder = 'C:\Export'
if (-not (Test-Path $folder)) { New-Item -Path $folder -ItemType Directory | Out-Null }

$adUsers = Get-ADUser -Filter * -SearchBase 'OU=Staff,DC=contoso,DC=com' -Properties mail, proxyAddresses, whenChanged
$adUsers |
    Select-Object SamAccountName, UserPrincipalName, mail,
        @{ Name = 'ProxyAddresses'; Expression = { $_.proxyAddresses -join ';' } },
        @{ n = 'ImmutableId'; e = { [Convert]::ToBase64String($_.ObjectGUID.ToByteArray()) } } |
    Export-Csv -Path (Join-Path $folder 'ad-users.csv') -NoTypeInformation -Encoding UTF8
Write-Host "AD: $(@($adUsers).Count) users"

$cloudUsers = Get-MgUser -All -Property Id, UserPrincipalName, Mail, ProxyAddresses, OnPremisesImmutableId, OnPremisesSyncEnabled
$cloudUsers |
    Select-Object Id, UserPrincipalName, Mail, ProxyAddresses, OnPremisesImmutableId, OnPremisesSyncEnabled |
    ConvertTo-Json -Depth 4 |
    Out-File -FilePath "$folder\cloud-users.json" -Encoding utf8
Write-Host "Cloud: $(@($cloudUsers).Count) users"
