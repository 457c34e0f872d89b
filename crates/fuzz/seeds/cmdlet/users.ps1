# People
New-ADUser -Name "Ann Lee" -Path 'OU=Staff,DC=contoso,DC=com' -SamAccountName ann -Enabled $true
Get-ADUser -Filter {Name -like "Ann*" -and Enabled -eq $true} -Properties mail, proxyAddresses
Set-ADUser ann -Replace @{title = "CEO"; proxyAddresses = @("SMTP:ann@contoso.com", 'smtp:a@contoso.com')} -Clear mail
Get-ADUser -LDAPFilter "(&(objectClass=user)(|(mail=*@contoso.com)(!(cn=A\2a))))"
