//! The `ADSync` and `ADSyncTools` modules (SE section 15).

use dirsim_world::Event;
use insta::assert_snapshot;

use crate::{outcome, quietly, shell, world};

/// SE-239, SE-250: one command runs the whole cycle.
#[test]
fn a_cycle_runs_to_its_end() {
    let world = &mut world();
    let outcome = outcome(world, "Start-ADSyncSyncCycle -PolicyType Initial");
    assert!(outcome.failed.is_none());
    let runs: Vec<String> = outcome
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Run(run) => {
                Some(format!("{}, {}: {}", run.connector_name, run.profile, run.result))
            }
            _ => None,
        })
        .collect();
    assert_snapshot!(runs.join("\n"), @r"
    contoso.com, Full Import: success
    contoso.onmicrosoft.com - AAD, Full Import: completed-no-objects
    contoso.com, Full Synchronization: success
    contoso.onmicrosoft.com - AAD, Full Synchronization: success
    contoso.onmicrosoft.com - AAD, Export: success
    contoso.com, Export: success
    ");
    assert!(matches!(outcome.events.last(), Some(Event::CycleEnded)));
    assert_snapshot!(shell(world, "Start-ADSyncSyncCycle\nGet-ADSyncScheduler"), @r"
    Result : Success


    AllowedSyncCycleInterval            : 00:30:00
    CurrentlyEffectiveSyncCycleInterval : 00:30:00
    CustomizedSyncCycleInterval         :
    NextSyncCyclePolicyType             : Delta
    NextSyncCycleStartTimeInUTC         : 2026-01-05T08:30:00Z
    PurgeRunHistoryInterval             : 7.00:00:00
    SyncCycleEnabled                    : True
    MaintenanceEnabled                  : True
    StagingModeEnabled                  : False
    SchedulerSuspended                  : False
    SyncCycleInProgress                 : False
    ");
    quietly(world, "Stop-ADSyncSyncCycle");
}

#[test]
fn runs_are_done_and_listed() {
    let world = &mut world();
    assert_snapshot!(shell(world, "Invoke-ADSyncRunProfile contoso.com 'Full Import'"), @r"
    RunHistoryId      : 16952986-6d07-4b94-b206-3aff422ff644
    ConnectorId       : dd30a495-62da-44ca-9cf3-be61ce611f7b
    ConnectorName     : contoso.com
    RunProfileId      : dd30a495-62da-44ca-9cf3-be60ce611f7a
    RunProfileName    : Full Import
    RunNumber         : 1
    Username          : NT SERVICE\ADSync
    IsRunComplete     : True
    Result            : success
    CurrentStepNumber : 1
    TotalSteps        : 1
    StartDate         : 2026-01-05T08:00:00Z
    EndDate           : 2026-01-05T08:00:00Z
    RunStepResults    :
    ");
    let history = shell(world, "Get-ADSyncRunProfileResult -NumberRequested 1 -RunStepDetails");
    assert!(history.contains("StageAdd="), "{history}");
    let steps = shell(world, "Get-ADSyncRunStepResult -First");
    assert!(steps.lines().any(|line| line.starts_with("StageAdd ")), "{steps}");
    assert_snapshot!(shell(world, "Invoke-ADSyncRunProfile nowhere 'Full Import'"), @"
    Invoke-ADSyncRunProfile : Connector 'nowhere' is not found. There are: contoso.com, contoso.onmicrosoft.com - AAD.
        + CategoryInfo          : InvalidOperation: (nowhere) [Invoke-ADSyncRunProfile], InvalidOperationException
        + FullyQualifiedErrorId : System.InvalidOperationException,Microsoft.IdentityManagement.PowerShell.Cmdlet.InvokeADSyncRunProfileCmdlet
    ");
}

#[test]
fn the_scheduler_is_set() {
    let world = &mut world();
    quietly(
        world,
        "Set-ADSyncScheduler -SyncCycleEnabled $false -NextSyncCyclePolicyType Delta -CustomizedSyncCycleInterval 01:00:00",
    );
    let shown = shell(world, "Get-ADSyncScheduler");
    for line in [
        "CurrentlyEffectiveSyncCycleInterval : 01:00:00",
        "SyncCycleEnabled                    : False",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
    assert!(
        shell(world, "Set-ADSyncScheduler -CustomizedSyncCycleInterval 00:10:00")
            .contains("WARNING")
    );
    quietly(
        world,
        "Set-ADSyncSchedulerConnectorOverride -ConnectorName contoso.com -FullImportRequired $true",
    );
    assert_snapshot!(shell(world, "Get-ADSyncSchedulerConnectorOverride -ConnectorName contoso.com"), @r"
    ConnectorIdentifier                  ConnectorName FullImportRequired FullSyncRequired
    -------------------                  ------------- ------------------ ----------------
    dd30a495-62da-44ca-9cf3-be61ce611f7b contoso.com   True               False
    ");
}

/// SE-260, SE-353.
#[test]
fn the_deletion_threshold_is_read_and_set() {
    let world = &mut world();
    assert_snapshot!(shell(world, "Get-ADSyncExportDeletionThreshold\nEnable-ADSyncExportDeletionThreshold 5 -AADUserName kim@contoso.com\nDisable-ADSyncExportDeletionThreshold"), @"
    DeletionPrevention ThresholdCount ThresholdPercentage
    ------------------ -------------- -------------------
    EnabledForCount               500                   0


    DeletionPrevention ThresholdCount ThresholdPercentage
    ------------------ -------------- -------------------
    EnabledForCount                 5                   0


    DeletionPrevention ThresholdCount ThresholdPercentage
    ------------------ -------------- -------------------
    Disabled                        5                   0
    ");
    assert!(
        shell(world, "Get-ADSyncExportDeletionThreshold -AADUserName x@contoso.com")
            .contains("Access denied")
    );
}

#[test]
fn connectors_and_objects_are_shown() {
    let world = &mut world();
    outcome(world, "Start-ADSyncSyncCycle -PolicyType Initial");
    let connectors = shell(world, "Get-ADSyncConnector");
    assert!(connectors.contains("contoso.onmicrosoft.com - AAD"), "{connectors}");
    assert_snapshot!(shell(world, "Get-ADSyncConnectorStatistics -ConnectorName contoso.com"), @"
    ConnectorName         : contoso.com
    TotalObjects          : 15
    TotalConnectors       : 2
    ExplicitConnectors    : 0
    Disconnectors         : 13
    ExplicitDisconnectors : 0
    FilteredDisconnectors : 0
    Placeholders          : 1
    PendingImportAdds     : 0
    PendingImportUpdates  : 0
    PendingImportDeletes  : 0
    PendingImportNone     : 15
    PendingExportAdds     : 0
    PendingExportUpdates  : 0
    PendingExportDeletes  : 0
    Transients            : 0
    UnconfirmedExports    : 1
    ImportErrors          : 0
    ExportErrors          : 0
    ");
    let ann = "Get-ADSyncCSObject -ConnectorName contoso.com -DistinguishedName 'CN=Ann Lee,OU=Staff,DC=contoso,DC=com'";
    let shown = shell(world, ann);
    let value = |text: &str, name: &str| -> String {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once(" : ").map(|(_, value)| value.to_owned()).unwrap_or_default()
    };
    assert_eq!(value(&shown, "ObjectType"), "user");
    assert_eq!(value(&shown, "IsConnector"), "True");
    let by_id = shell(world, &format!("Get-ADSyncCSObject {}", value(&shown, "ObjectId")));
    assert_eq!(by_id, shown);
    let mv = shell(world, &format!("Get-ADSyncMVObject {}", value(&shown, "ConnectedMVObjectId")));
    assert_eq!(value(&mv, "ObjectType"), "person");
    assert!(mv.contains("Name=displayName") && mv.contains("SyncRuleName="), "{mv}");
    assert!(
        shell(world, "Get-ADSyncCSObject -ConnectorName contoso.com -DistinguishedName 'CN=X'")
            .contains("was not found")
    );
}

/// SE-014, SE-291, ET-014.
#[test]
fn anchors_are_converted() {
    let world = &mut world();
    assert_snapshot!(shell(world, "ConvertTo-ADSyncToolsImmutableID 00112233-4455-6677-8899-aabbccddeeff
ConvertFrom-ADSyncToolsImmutableID 'MyIRAFVEd2aImaq7zN3u/w=='
ConvertTo-ADSyncToolsAadDistinguishedName 'QF5HMK7n80qvdYsUPIHa9Q=='
ConvertFrom-ADSyncToolsAadDistinguishedName 'CN={514635484D4B376E38307176645973555049486139513D3D}'
ConvertFrom-ADSyncToolsImmutableID 'xMf1FXx9RIcbcAbDlqeOA=='"), @"
    MyIRAFVEd2aImaq7zN3u/w==
    00112233-4455-6677-8899-aabbccddeeff
    CN={514635484D4B376E38307176645973555049486139513D3D}
    QF5HMK7n80qvdYsUPIHa9Q==
    ConvertFrom-ADSyncToolsImmutableID : Cannot convert 'xMf1FXx9RIcbcAbDlqeOA==': not a 16-byte GUID encoding (21 data characters).
        + CategoryInfo          : InvalidOperation: (xMf1FXx9RIcbcAbDlqeOA==) [ConvertFrom-ADSyncToolsImmutableID], InvalidOperationException
        + FullyQualifiedErrorId : System.InvalidOperationException,ConvertFromADSyncToolsImmutableID
    ");
}

/// SE-078, SE-243: what the wizard sets.
#[test]
fn staging_mode_and_containers() {
    let world = &mut world();
    quietly(
        world,
        "Set-DirsimServer -StagingMode $true -ExcludeContainer 'OU=Staff,DC=contoso,DC=com'",
    );
    assert!(
        shell(world, "Get-ADSyncScheduler").contains("StagingModeEnabled                  : True")
    );
    assert!(shell(world, "Get-ADSyncConnector contoso.com").contains("OU=Staff,DC=contoso,DC=com"));
    quietly(world, "Set-DirsimServer -ExcludeContainer @()");
    assert!(!shell(world, "Get-ADSyncConnector contoso.com").contains("OU=Staff"));
    assert!(
        shell(world, "Set-DirsimServer -IncludeContainer 'OU=X,DC=y'").contains("No partition")
    );
}
