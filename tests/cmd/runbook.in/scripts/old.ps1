class Person { [string]$Name }
workflow Sync-All { parallel { Get-Date } }
function Get-Total {
    trap { continue }
    data Words { 'a' }
    foreach -Parallel ($x in 1..3) { $x }
}
enum Color { Red; Green }
Get-AdUsers ann
Set-ADUser ann -Cty Oslo
[Systm.Text.Encoding]::UTF8
Start-Job { Get-Date } &
'fine'
