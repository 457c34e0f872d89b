//! What holds for every script.

use insta::assert_snapshot;

use crate::{outcome, quietly, shell, world};

#[test]
fn a_script_ends_at_its_first_failure_when_it_asks_for_that() {
    let world = &mut world();
    let script = "Set-ADUser nobody -City Oslo\nSet-ADUser ann -City Oslo";
    let first = outcome(world, &format!("$ErrorActionPreference = 'Stop'\n{script}"));
    assert_eq!(
        first.failed.map(|failure| (failure.span.line, failure.command)),
        Some((2, "Set-ADUser nobody -City Oslo".into()))
    );
    assert!(!shell(world, "Get-ADUser ann -Properties City").contains("Oslo"));
    assert_snapshot!(shell(world, &script.replace("nobody", "nobody -ErrorAction Continue")), @r"
    Set-ADUser : Cannot find an object with identity: 'nobody' under: 'DC=contoso,DC=com'.
        + CategoryInfo          : ObjectNotFound: (nobody:ADUser) [Set-ADUser], ADIdentityNotFoundException
        + FullyQualifiedErrorId : ActiveDirectoryCmdlet:Microsoft.ActiveDirectory.Management.ADIdentityNotFoundException,Microsoft.ActiveDirectory.Management.Commands.SetADUser
    ");
    assert!(shell(world, "Get-ADUser ann -Properties City").contains("Oslo"));
}

#[test]
fn what_if_changes_nothing() {
    let world = &mut world();
    let before = world.head();
    assert_snapshot!(shell(world, "Remove-ADUser ann -WhatIf\nStart-ADSyncSyncCycle -WhatIf\nUpdate-MgUser -UserId kim@contoso.com -City Oslo -WhatIf"), @r#"
    What if: Performing the operation "Remove" on target "CN=Ann Lee,OU=Staff,DC=contoso,DC=com".
    What if: Performing the operation "Start" on target "cycle".
    What if: Performing the operation "Update" on target "kim@contoso.com".
    "#);
    assert_eq!(world.head(), before);
}

#[test]
fn the_clock_moves_forward_only() {
    let world = &mut world();
    assert_snapshot!(shell(world, "Start-Sleep -Seconds 90\nGet-Date\nSet-DirsimClock -Add 01:00:00\nSet-DirsimClock -To 2026-01-06T00:00:00Z\nGet-Date\nSet-DirsimClock -To 2026-01-01"), @"
    2026-01-05T08:01:30Z
    2026-01-06T00:00:00Z
    Set-DirsimClock : The clock cannot go back.
        + CategoryInfo          : InvalidOperation: (clock) [Set-DirsimClock], InvalidOperationException
        + FullyQualifiedErrorId : System.InvalidOperationException,SetDirsimClock
    ");
}

#[test]
fn sign_in_and_modules_are_understood() {
    let world = &mut world();
    quietly(
        world,
        "Import-Module ActiveDirectory, ADSync\nConnect-MgGraph -Scopes User.ReadWrite.All -NoWelcome\nDisconnect-MgGraph",
    );
    assert!(shell(world, "Connect-MsolService").starts_with("WARNING"));
}

#[test]
fn help_comes_from_the_command_table() {
    let world = &mut world();
    assert_snapshot!(shell(world, "Get-Help Start-ADSyncSyncCycle"), @r"
    Name       : Start-ADSyncSyncCycle
    Synopsis   : Runs a cycle from the first import to the last export
    Module     : ADSync
    Aliases    : {}
    Syntax     : Start-ADSyncSyncCycle [[-PolicyType] {Delta | Initial | Unspecified}]
    Parameters : -PolicyType <choice> Delta | Initial | Unspecified
                 -InteractiveMode <bool> (no effect)
    Example    : Start-ADSyncSyncCycle -PolicyType Delta
    ");
    assert!(shell(world, "Get-Command *-ADGroupMember").contains("Add-ADGroupMember"));
    assert!(shell(world, "Get-Help Get-AdUsr").contains("Did you mean Get-ADUser?"));
}

#[test]
fn a_script_goes_on_behind_an_error_and_counts_it() {
    let world = &mut world();
    let text = shell(world, "Set-ADUser nobody -City Oslo\nSet-ADUser ann -City Oslo\n'done'");
    assert!(
        text.starts_with("Set-ADUser : Cannot find an object") && text.ends_with("done"),
        "{text}"
    );
    assert!(shell(world, "Get-ADUser ann -Properties City").contains("Oslo"));
}

/// Design principle 1: the same script gives the same bytes.
#[test]
fn a_script_is_deterministic() {
    let script = "New-ADUser Bob -SamAccountName bob -UserPrincipalName bob@contoso.com -Enabled $true\nStart-ADSyncSyncCycle -PolicyType Initial\nNew-MgUser -DisplayName C -MailNickname c -UserPrincipalName c@contoso.com -AccountEnabled -PasswordProfile @{Password='x'}";
    let (mut first, mut second) = (world(), world());
    assert_eq!(shell(&mut first, script), shell(&mut second, script));
    assert_eq!(first.digest(), second.digest());
}
