Start-ADSyncSyncCycle -PolicyType Initial
Set-ADSyncScheduler -SyncCycleEnabled $false -CustomizedSyncCycleInterval 00:30:00
Enable-ADSyncExportDeletionThreshold -DeletionThreshold 500
Set-DirsimClock -To 2026-01-05T11:00:00Z
