Connect-MgGraph -Scopes 'User.ReadWrite.All' -NoWelcome

$users = Get-MgUser -All -Property Id, UserPrincipalName, OnPremisesImmutableId, OnPremisesSyncEnabled |
    Where-Object { $_.OnPremisesImmutableId } |
    Sort-Object UserPrincipalName

$cleared = 0
$refused = 0
foreach ($user in $users) {
    try {
        $params = @{
            Method      = 'PATCH'
            Uri         = "https://graph.microsoft.com/v1.0/users/$($user.Id)"
            Body        = @{ onPremisesImmutableId = $null }
            ErrorAction = 'Stop'
        }
        Invoke-MgGraphRequest @params
        Write-Host "Cleared $($user.UserPrincipalName)"
        $cleared++
    }
    catch {
        Write-Host "$($user.UserPrincipalName) refused: $($_.Exception.Message)" -ForegroundColor Yellow
        $refused++
    }
}
Write-Host "$cleared cleared, $refused refused"
