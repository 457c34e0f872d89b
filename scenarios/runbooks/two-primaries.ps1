Import-Module ActiveDirectory

$users = Get-ADUser -Filter 'proxyAddresses -like "*"' -Properties mail, proxyAddresses
foreach ($user in $users) {
    $primaries = @($user.proxyAddresses | Where-Object { $_ -cmatch '^SMTP:' })
    if ($primaries.Count -lt 2) { continue }

    Write-Host "$($user.SamAccountName) has $($primaries.Count) primary addresses"
    $keep = "SMTP:$($user.mail)"
    $new = foreach ($address in $user.proxyAddresses) {
        switch -CaseSensitive -Regex ($address) {
            '^SMTP:' { if ($address -eq $keep) { $address } else { 'smtp:' + $address.Substring(5) } }
            default  { $address }
        }
    }
    Set-ADUser -Identity $user -Replace @{ proxyAddresses = [string[]]$new }
    Write-Host "$($user.SamAccountName): $($new -join ', ')"
}
