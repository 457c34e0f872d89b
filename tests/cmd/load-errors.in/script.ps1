New-ADSyncRule -Name 'First' -Identifier '3f6a1c55-0000-4000-8000-000000000001' `
    -Direction 'Inbound' -Precedence 'x' -SourceObjectType 'user' -TargetObjectType 'person' `
    -Connector 'ae4db4cc-b16b-4eb2-acf5-837ca84e4d7d' -LinkType 'Join' -OutVariable syncRule
Add-ADSyncRule -SynchronizationRule $syncRule[0]

New-ADSyncRule -Name 'In from AD - Second' -Identifier '3f6a1c55-0000-4000-8000-000000000002' `
    -Direction 'Inbound' -Precedence 51 -SourceObjectType 'user' -TargetObjectType 'person' `
    -Connector 'ae4db4cc-b16b-4eb2-acf5-837ca84e4d7d' -LinkType 'Join' -OutVariable syncRule
Add-ADSyncAttributeFlowMapping -SynchronizationRule $syncRule[0] `
    -Source @('title') -Destination 'tittle' -FlowType 'Direct' -OutVariable syncRule
Add-ADSyncAttributeFlowMapping -SynchronizationRule $syncRule[0] `
    -Destination 'c' -FlowType 'Expression' -Expression 'UCas([c])' -OutVariable syncRule
Add-ADSyncRule -SynchronizationRule $syncRule[0]
Restart-Service ADSync
