Import-Module ActiveDirectory
Connect-ExchangeOnline -UserPrincipalName admin@contoso.com -ShowBanner:$false

foreach ($row in Import-Csv -Path C:\Temp\mailboxes.csv) {
    $arguments = @{
        Identity             = $row.Account
        RemoteRoutingAddress = "$($row.Account)@contoso.mail.onmicrosoft.com"
    }
    if ($row.Kind -eq 'Shared') { $arguments.Shared = $true }
    $mailbox = Enable-RemoteMailbox @arguments
    Write-Host $mailbox.Alias $mailbox.RecipientTypeDetails $mailbox.PrimarySmtpAddress
}

Set-RemoteMailbox -Identity ann -EmailAddresses @{ add = 'smtp:ann.lee@contoso.com' }
Start-ADSyncSyncCycle -PolicyType Initial | Out-Null

try {
    Set-MailUser -Identity ann@contoso.com -EmailAddresses @{ add = 'smtp:a@contoso.com' } -ErrorAction Stop
}
catch {
    Write-Host $_.Exception.Message -ForegroundColor Red
}
