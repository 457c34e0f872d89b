//! Mistakes that are found before anything runs.

use dirsim_runbook::{ScriptErrorCode, check};
use insta::assert_snapshot;

/// The only place in these tests that checks a script: its mistakes, one per line.
fn mistakes(script: &str) -> String {
    match check(script, "cutover.ps1") {
        Ok(script) => format!("fine, {} commands", script.commands()),
        Err(errors) => errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

#[test]
fn names_that_are_nearly_right() {
    assert_snapshot!(mistakes("Get-AdUsers ann\nSet-ADUser ann -Cty Oslo\nStart-ADSyncSyncCycle -PolicyType Detla\nOut-File x"), @"
    cutover.ps1:1:1: unknown cmdlet `Get-AdUsers` (did you mean `Get-ADUser`?)
    cutover.ps1:2:16: `Set-ADUser` has no parameter `-Cty` (did you mean `-City`?)
    cutover.ps1:3:35: parameter `-PolicyType`: `Detla` is none of its words (did you mean `Delta`?)
    ");
}

#[test]
fn values_that_do_not_fit() {
    assert_snapshot!(mistakes("Set-ADUser ann -Enabled 'true' -Add 'x' -Clear @{a=1}\nSet-DirsimClock yesterday\nSet-DirsimClock -Add 25:00\nNew-ADUser Ann -Path CN=Users,DC=contoso,DC=com\nGet-ADUser -Filter 'mail -eg x'\nGet-MgUser -Filter \"mail eq ann\"\nSet-ADUser ann -Add @{mail='a'; Mail='b'}\nEnable-ADSyncExportDeletionThreshold many"), @r#"
    cutover.ps1:1:25: parameter `-Enabled`: the text `true` is no truth value (write $true)
    cutover.ps1:1:37: parameter `-Add`: a text does not fit (write a hashtable such as @{name='value'})
    cutover.ps1:1:48: parameter `-Clear`: a hashtable does not fit (write one text, or several with commas between them)
    cutover.ps1:2:17: parameter `-To`: `yesterday` is no time (write a time such as 2026-01-05T09:00:00Z)
    cutover.ps1:3:22: parameter `-Add`: `25:00` is no span of time (write a span of time such as 00:30:00)
    cutover.ps1:4:22: parameter `-Path`: a list does not fit (put a distinguished name into quotes)
    cutover.ps1:5:20: parameter `-Filter`: the filter has the unknown operator `-eg`; use -eq, -ne, -like, -notlike, -gt, -ge, -lt, -le, -band, -bor or -recursivematch (write * or a filter such as "mail -like '*@contoso.com'")
    cutover.ps1:6:20: parameter `-Filter`: the filter has `ann` where a value; texts stand in single quotes is expected (write a filter such as "userPrincipalName eq 'ann@contoso.com'")
    cutover.ps1:7:33: the key `Mail` stands twice (write several values as one list: @{key='a','b'})
    cutover.ps1:8:38: parameter `-DeletionThreshold`: a text does not fit (write a whole number)
    "#);
}

#[test]
fn parameters_that_are_missing_too_many_or_unclear() {
    assert_snapshot!(mistakes("Set-ADUser -City Oslo\nSet-ADUser ann bob\nGet-ADUser\nGet-ADUser ann -Filter *\nSet-ADUser ann -City\nSet-ADUser ann -City a -City b\nSet-ADUser ann -Em x\nMove-ADObject $null 'OU=x,DC=y'\nSet-MsolUser -ImmutableId x"), @r#"
    cutover.ps1:1:1: `Set-ADUser` needs one of `-Identity`, `-Instance` (for example: Set-ADUser ann -City Oslo -Add @{proxyAddresses='smtp:ann.lee@contoso.com'})
    cutover.ps1:2:16: `Set-ADUser` takes no further value here (values without a name go to -Identity; put texts with spaces into quotes)
    cutover.ps1:3:1: `Get-ADUser` needs one of `-Identity`, `-Filter`, `-LDAPFilter` (for example: Get-ADUser -Filter "mail -like '*@contoso.com'" -Properties mail, proxyAddresses)
    cutover.ps1:4:1: only one of `-Identity`, `-Filter`, `-LDAPFilter` can be given
    cutover.ps1:5:16: parameter `-City` has no value (write a text)
    cutover.ps1:6:24: parameter `-City` is given twice
    cutover.ps1:7:16: `-Em` is short for several parameters (write one of `-EmailAddress`, `-EmployeeID`, `-EmployeeNumber`)
    cutover.ps1:8:15: parameter `-Identity` cannot be null (write a text)
    cutover.ps1:9:1: `Set-MsolUser` needs one of `-UserPrincipalName`, `-ObjectId` (for example: Set-MsolUser -UserPrincipalName ann@contoso.com -ImmutableId 'MyIRAFVEd2aImaq7zN3u/w==')
    "#);
}

#[test]
fn every_command_of_a_pipeline_is_checked() {
    assert_snapshot!(mistakes("Get-ADUser -Filter * | Remove-ADUsr"), @"cutover.ps1:1:24: unknown cmdlet `Remove-ADUsr` (did you mean `Remove-ADUser`?)");
}

#[test]
fn short_names_aliases_and_module_names_are_understood() {
    assert_snapshot!(mistakes("ACTIVEDIRECTORY\\get-aduser ann -Prop mail\nget-aduser -id ann -ea SilentlyContinue\nsleep 5\nGet-MgUser -All:$true -Select id"), @"fine, 4 commands");
}

#[test]
fn errors_carry_spans_and_codes() {
    let errors = check("\n  Get-ADUsr 'é' -x", "f").unwrap_err();
    let error = &errors[0];
    assert_eq!((error.span.line, error.span.column, error.span.start), (2, 3, 3));
    assert_eq!(error.code, ScriptErrorCode::UnknownCommand);
    assert_eq!(error.code.text(), "runbook::unknown-command");
}

/// Looking for what was meant takes long, so it ends with the last mistake that is reported.
#[test]
fn a_text_of_mistakes_is_given_up_quickly() {
    let parameters = format!("Get-ADUser ann{}", " -Zq b".repeat(200_000));
    let values = format!("Get-ADUser{}", " ann".repeat(200_000));
    for text in ["Get-ADUzer a\n".repeat(200_000), parameters, values] {
        assert_eq!(check(&text, "f").unwrap_err().len(), 100);
    }
}
