Import-Module ActiveDirectory
Connect-MgGraph -Scopes 'Directory.Read.All' -NoWelcome

$today = Get-Date -Format 'yyyy-MM-dd'
Get-Content -Path 'C:\Temp\leavers.txt' | Where-Object { $_.Trim() } | ForEach-Object {
    $user = Get-ADUser -Identity $_.Trim()
    Disable-ADAccount -Identity $user
    Set-ADUser -Identity $user -Description "Left $today"
    Move-ADObject -Identity $user -TargetPath 'OU=Leavers,DC=contoso,DC=com'
    Write-Host "Left: $($user.Name)"
}

# One cycle deletes, the next one confirms.
1..2 | ForEach-Object { Start-ADSyncSyncCycle -PolicyType Delta | Out-Null }

$bin = @(Get-MgDirectoryDeletedItemAsUser -All -Property Id, UserPrincipalName, DeletedDateTime)
$until = ($bin | Sort-Object DeletedDateTime | Select-Object -First 1).DeletedDateTime.AddDays(30)
Write-Host "$($bin.Count) in the recycle bin, until $($until.ToString('yyyy-MM-dd'))"
