Connect-MgGraph -Scopes 'User.ReadWrite.All' -NoWelcome

$uri   = 'https://graph.microsoft.com/v1.0/users?$select=id,userPrincipalName,usageLocation&$top=20'
$users = @()
$pages = 0
while ($uri) {
    $response = Invoke-MgGraphRequest -Method GET -Uri $uri
    $users += $response.value
    $pages++
    $uri = $response.'@odata.nextLink'
}
Write-Host "$($users.Count) users on $pages pages"

$todo = @($users | Where-Object { -not $_.usageLocation })
$batches = 0
$good = 0
for ($i = 0; $i -lt $todo.Count; $i += 20) {
    $slice = $todo[$i..([Math]::Min($i + 19, $todo.Count - 1))]
    $n = 0
    $requests = foreach ($user in $slice) {
        $n++
        @{
            id      = "$n"
            method  = 'PATCH'
            url     = "/users/$($user.id)"
            headers = @{ 'Content-Type' = 'application/json' }
            body    = @{ usageLocation = 'NO' }
        }
    }
    $answer = Invoke-MgGraphRequest -Method POST -Uri 'v1.0/$batch' -Body (@{ requests = @($requests) } | ConvertTo-Json -Depth 5)
    $good += @($answer.responses | Where-Object { $_.status -eq 204 }).Count
    $batches++
}
Write-Host "$batches batches, $good answers with 204"

$left = @(Get-MgUser -All -Property UsageLocation | Where-Object { -not $_.UsageLocation })
Write-Host "Left: $($left.Count)"
