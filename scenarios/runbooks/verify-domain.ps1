Connect-MgGraph -Scopes 'Domain.ReadWrite.All', 'User.Read.All' -NoWelcome

$domain = 'fabrikam.com'
$lee = Get-MgUser -Filter "startsWith(userPrincipalName,'lee.sperry')"
Write-Host "Before: $($lee.UserPrincipalName)"

if (-not (Get-MgDomain | Where-Object Id -eq $domain)) {
    New-MgDomain -Id $domain | Out-Null
}
# The TXT record is in place; the service looks it up.
$result = Confirm-MgDomain -DomainId $domain
Write-Host "$domain verified: $($result.IsVerified)"

$lee = Get-MgUser -UserId $lee.Id
Write-Host "After: $($lee.UserPrincipalName)"
