Import-Module ActiveDirectory
Import-Module ExchangeOnlineManagement
Connect-ExchangeOnline -ShowBanner:$false
Connect-MgGraph -Scopes 'User.Read.All' -NoWelcome

$address = 'zoe@contoso.com'

$holder = Get-Recipient -Filter "EmailAddresses -eq 'smtp:$address'"
if ($holder.RecipientType -ne 'MailContact') {
    Write-Error "$address is held by a $($holder.RecipientType); nothing is done"
    return
}
Write-Host "$($holder.RecipientType) $($holder.DisplayName) holds $address"

Get-MailContact -Identity $address |
    Select-Object DisplayName, PrimarySmtpAddress, EmailAddresses |
    ConvertTo-Json |
    Set-Content -Path 'C:\Temp\removed-contacts.json'

Remove-MailContact -Identity $address -Confirm:$false
Start-ADSyncSyncCycle -PolicyType Delta | Out-Null

$user = Get-MgUser -UserId $address -Property DisplayName, Id, OnPremisesSyncEnabled
$adUser = Get-ADUser -Filter "mail -eq '$address'"
Write-Host "$($adUser.Name) arrived as $($user.Id)"
