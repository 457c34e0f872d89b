Get-Total
