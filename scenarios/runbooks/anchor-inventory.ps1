Import-Module ActiveDirectory, ADSyncTools
Connect-MgGraph -Scopes 'User.Read.All' -NoWelcome

$user     = Get-ADUser ann
$guid     = [guid]$user.ObjectGUID
$anchor   = [Convert]::ToBase64String($guid.ToByteArray())
$csName   = ConvertTo-ADSyncToolsAadDistinguishedName -ImmutableId $anchor
$back     = [guid]([Convert]::FromBase64String($anchor))

$spellings = [ordered]@{
    GUID                = $guid.ToString()
    ImmutableId         = $anchor
    'Connector space'   = $csName
    'Round trip'        = ($back -eq $guid)
}
$spellings.GetEnumerator() | ForEach-Object { Write-Host "$($_.Key): $($_.Value)" }

# The text order of a GUID, byte by byte: what a careless script encodes.
$hex   = $guid.ToString('N')
$bytes = for ($i = 0; $i -lt 32; $i += 2) { [Convert]::ToByte($hex.Substring($i, 2), 16) }
$wrong = [Convert]::ToBase64String([byte[]]$bytes)

$cloud = Get-MgUser -UserId $user.UserPrincipalName -Property UserPrincipalName, OnPremisesImmutableId
if ($cloud.OnPremisesImmutableId -ceq $wrong) {
    Write-Warning "$($cloud.UserPrincipalName) was stamped with the bytes in the order of the text"
}
