# Lists addresses that more than one object carries. Reads only.
Import-Module ActiveDirectory

$objects = Get-ADObject -LDAPFilter '(|(proxyAddresses=*)(mail=*))' -Properties proxyAddresses, mail, objectClass

$addresses = foreach ($object in $objects) {
    $own = @($object.proxyAddresses | ForEach-Object { $_.ToString() -replace '^smtp:', '' })
    if ($object.mail) { $own += $object.mail }
    $own | ForEach-Object { $_.ToLower() } | Select-Object -Unique | ForEach-Object {
        [pscustomobject]@{
            Address = $_
            Name    = $object.Name
            Class   = $object.ObjectClass
            DN      = $object.DistinguishedName
        }
    }
}

$duplicates = $addresses | Group-Object -Property Address | Where-Object { $_.Count -gt 1 } | Sort-Object -Property Name
Write-Host "$(@($duplicates).Count) addresses stand more than once"

$duplicates | ForEach-Object {
    Write-Host ("{0,-25} {1}" -f $_.Name, (($_.Group | ForEach-Object { $_.Class + ' ' + $_.Name }) -join ', '))
}

$duplicates |
    Select-Object -ExpandProperty Group |
    Sort-Object Address, Name |
    Export-Csv -Path C:\Temp\duplicates.csv -NoTypeInformation
