Connect-MgGraph -Scopes "User.ReadWrite.All"
Get-MgUser -Filter "startsWith(displayName,'A') and accountEnabled eq true" -All
$params = @{ accountEnabled = $false; businessPhones = @("1") }
Update-MgUser -UserId ann@contoso.com -BodyParameter $params
Invoke-MgGraphRequest -Method PATCH -Uri "/v1.0/users/ann@contoso.com" -Body '{"onPremisesImmutableId": null}'
