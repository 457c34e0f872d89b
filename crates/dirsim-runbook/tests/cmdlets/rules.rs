//! Sync rules by cmdlet.

use std::fmt::Write as _;

use crate::{quietly, shell, world};

/// The rule of SR-124 in one statement.
const INTERNS: &str = "Add-ADSyncRule @{Name='In from AD - User not interns'; \
    Identifier='3f6a1c55-0000-4000-8000-000000000001'; Direction='Inbound'; Precedence=50; \
    SourceObjectType='user'; TargetObjectType='person'; Connector='contoso.com'; LinkType='Join'; \
    ScopeFilter=@(@{ScopeConditionList=@(@{Attribute='department'; ComparisonOperator='EQUAL'; ComparisonValue='Interns'})}); \
    AttributeFlowMappings=@(@{Destination='cloudFiltered'; FlowType='Constant'; Source='True'})}";

/// SR-001, SE section 15: a rule as the server keeps it, also one that has just been saved.
#[test]
fn a_saved_rule_is_shown_with_everything_the_editor_knows() {
    let mut world = world();
    insta::assert_snapshot!(shell(&mut world, INTERNS), @r"
    Name                     : In from AD - User not interns
    Identifier               : 3f6a1c55-0000-4000-8000-000000000001
    Version                  : 1
    Description              :
    Direction                : Inbound
    Connector                : dd30a495-62da-44ca-9cf3-be61ce611f7b
    SourceObjectType         : user
    TargetObjectType         : person
    LinkType                 : Join
    Precedence               : 50
    PrecedenceAfter          : 00000000-0000-0000-0000-000000000000
    PrecedenceBefore         : 00000000-0000-0000-0000-000000000000
    Disabled                 : False
    ImmutableTag             :
    IsStandardRule           : False
    EnablePasswordSync       : False
    SoftDeleteExpiryInterval : 00:00:00
    ScopeFilter              : @{ScopeConditionList=@{Attribute=department; ComparisonValue=Interns; ComparisonOperator=EQUAL}}
    JoinFilter               : {}
    AttributeFlowMappings    : @{Source=True; Destination=cloudFiltered; FlowType=Constant; ExecuteOnce=False; Expression=; ValueMergeType=Update}
    ");
    quietly(
        &mut world,
        "Set-ADSyncRule -Identifier 3f6a1c55-0000-4000-8000-000000000001 -Disabled $true",
    );
    insta::assert_snapshot!(shell(&mut world, "Get-ADSyncRule 3f6a1c55-0000-4000-8000-000000000001"), @r"
    Name                     : In from AD - User not interns
    Identifier               : 3f6a1c55-0000-4000-8000-000000000001
    Version                  : 2
    Description              :
    Direction                : Inbound
    Connector                : dd30a495-62da-44ca-9cf3-be61ce611f7b
    SourceObjectType         : user
    TargetObjectType         : person
    LinkType                 : Join
    Precedence               : 50
    PrecedenceAfter          : 00000000-0000-0000-0000-000000000000
    PrecedenceBefore         : 00000000-0000-0000-0000-000000000000
    Disabled                 : True
    ImmutableTag             :
    IsStandardRule           : False
    EnablePasswordSync       : False
    SoftDeleteExpiryInterval : 00:00:00
    ScopeFilter              : @{ScopeConditionList=@{Attribute=department; ComparisonValue=Interns; ComparisonOperator=EQUAL}}
    JoinFilter               : {}
    AttributeFlowMappings    : @{Source=True; Destination=cloudFiltered; FlowType=Constant; ExecuteOnce=False; Expression=; ValueMergeType=Update}
    ");
}

/// SR-007, SR-011: a number that is taken, and everything else that is wrong, is refused at once.
#[test]
fn a_wrong_rule_is_refused_with_everything_that_is_wrong() {
    let mut world = world();
    quietly(
        &mut world,
        "Set-ADSyncRule -Name 'In from AD - User Lync' -Disabled $true -ErrorAction SilentlyContinue",
    );
    let wrong = INTERNS
        .replace("Precedence=50", "Precedence=100")
        .replace("'department'", "'departmnt'")
        .replace("'EQUAL'", "'IS'")
        .replace("'cloudFiltered'", "'cloudFilterd'");
    insta::assert_snapshot!(shell(&mut world, &wrong), @"
    Add-ADSyncRule : bad-operator: `departmnt IS Interns` has no known operator; write `attribute OPERATOR operand`
    duplicate-precedence: precedence 100 belongs to the rule `In from AD - User Join`; give one of them another number; smaller numbers win
    unknown-attribute: the metaverse knows no attribute `cloudFilterd`; did you mean `cloudFiltered`?
        + CategoryInfo          : InvalidOperation: (In from AD - User not interns) [Add-ADSyncRule], InvalidOperationException
        + FullyQualifiedErrorId : System.InvalidOperationException,Microsoft.IdentityManagement.PowerShell.Cmdlet.AddADSyncRuleCmdlet
    ");
    insta::assert_snapshot!(shell(&mut world, "Get-ADSyncRule -Name 'In from AD - User not interns'"), @"
    Get-ADSyncRule : No synchronization rule has the name 'In from AD - User not interns'.
        + CategoryInfo          : InvalidOperation: (In from AD - User not interns) [Get-ADSyncRule], InvalidOperationException
        + FullyQualifiedErrorId : System.InvalidOperationException,Microsoft.IdentityManagement.PowerShell.Cmdlet.GetADSyncRuleCmdlet
    ");
    insta::assert_snapshot!(shell(&mut world, "Remove-ADSyncRule -Name Nope"), @"
    Remove-ADSyncRule : No synchronization rule has the name 'Nope'.
        + CategoryInfo          : InvalidOperation: (Nope) [Remove-ADSyncRule], InvalidOperationException
        + FullyQualifiedErrorId : System.InvalidOperationException,Microsoft.IdentityManagement.PowerShell.Cmdlet.RemoveADSyncRuleCmdlet
    ");
    insta::assert_snapshot!(shell(&mut world, "New-ADSyncScopeConditionObject department Interns IS"), @"
    New-ADSyncScopeConditionObject : 'IS' is no comparison operator. There are: EQUAL, NOTEQUAL, LESSTHAN, LESSTHAN_OR_EQUAL, GREATERTHAN, GREATERTHAN_OR_EQUAL, CONTAINS, NOTCONTAINS, STARTSWITH, NOTSTARTSWITH, ENDSWITH, NOTENDSWITH, ISNULL, ISNOTNULL, ISIN, ISNOTIN, ISBITSET, ISBITNOTSET, ISMEMBEROF, ISNOTMEMBEROF.
        + CategoryInfo          : InvalidOperation: (IS) [New-ADSyncScopeConditionObject], InvalidOperationException
        + FullyQualifiedErrorId : System.InvalidOperationException,Microsoft.IdentityManagement.PowerShell.Cmdlet.NewADSyncScopeConditionObjectCmdlet
    ");
}

/// CE-070: the statements of a rule script, each on its own.
#[test]
fn parts_are_added_to_the_object_that_is_given() {
    let mut world = world();
    let mut said = String::new();
    for script in [
        "New-ADSyncRule -Name Mine -Direction Inbound -Precedence 40 -SourceObjectType user -TargetObjectType person -Connector contoso.com",
        "Add-ADSyncAttributeFlowMapping @{Name='Mine'} -Source a,b -Destination c -FlowType Direct",
        "Add-ADSyncAttributeFlowMapping @{Name='Mine'} -Destination title -FlowType Expression -Expression 'Trim([title])' -ExecuteOnce",
        "Remove-ADSyncAttributeFlowMapping @{Name='Mine'} -Destination c",
        "Add-ADSyncScopeConditionGroup @{Name='Mine'} @(@{Attribute='c'; ComparisonOperator='ISNULL'})",
        "Add-ADSyncJoinConditionGroup @{Name='Mine'} @(@{CSAttribute='mail'; MVAttribute='mail'})",
        "New-ADSyncJoinConditionObject mail mail $true",
    ] {
        let _ = writeln!(said, "> {script}\n{}\n", shell(&mut world, script));
    }
    insta::assert_snapshot!(said, @"
    > New-ADSyncRule -Name Mine -Direction Inbound -Precedence 40 -SourceObjectType user -TargetObjectType person -Connector contoso.com
    Name                     : Mine
    Identifier               : f001738d-2511-f70d-8444-2af4791207b5
    Version                  : 1
    Description              :
    Direction                : Inbound
    Connector                : dd30a495-62da-44ca-9cf3-be61ce611f7b
    SourceObjectType         : user
    TargetObjectType         : person
    LinkType                 : Join
    Precedence               : 40
    PrecedenceAfter          : 00000000-0000-0000-0000-000000000000
    PrecedenceBefore         : 00000000-0000-0000-0000-000000000000
    Disabled                 : False
    ImmutableTag             :
    IsStandardRule           : False
    EnablePasswordSync       : False
    SoftDeleteExpiryInterval : 00:00:00
    ScopeFilter              : {}
    JoinFilter               : {}
    AttributeFlowMappings    : {}

    > Add-ADSyncAttributeFlowMapping @{Name='Mine'} -Source a,b -Destination c -FlowType Direct
    Add-ADSyncAttributeFlowMapping : A Direct flow takes exactly one -Source; 2 are given for 'c'.
        + CategoryInfo          : InvalidOperation: (SynchronizationRule) [Add-ADSyncAttributeFlowMapping], InvalidOperationException
        + FullyQualifiedErrorId : System.InvalidOperationException,Microsoft.IdentityManagement.PowerShell.Cmdlet.AddADSyncAttributeFlowMappingCmdlet

    > Add-ADSyncAttributeFlowMapping @{Name='Mine'} -Destination title -FlowType Expression -Expression 'Trim([title])' -ExecuteOnce
    Name AttributeFlowMappings
    ---- ---------------------
    Mine {1 objects}

    > Remove-ADSyncAttributeFlowMapping @{Name='Mine'} -Destination c
    Remove-ADSyncAttributeFlowMapping : The rule has no transformation of 'c'.
        + CategoryInfo          : InvalidOperation: (SynchronizationRule) [Remove-ADSyncAttributeFlowMapping], InvalidOperationException
        + FullyQualifiedErrorId : System.InvalidOperationException,Microsoft.IdentityManagement.PowerShell.Cmdlet.RemoveADSyncAttributeFlowMappingCmdlet

    > Add-ADSyncScopeConditionGroup @{Name='Mine'} @(@{Attribute='c'; ComparisonOperator='ISNULL'})
    Name ScopeFilter
    ---- -----------
    Mine {1 objects}

    > Add-ADSyncJoinConditionGroup @{Name='Mine'} @(@{CSAttribute='mail'; MVAttribute='mail'})
    Name JoinFilter
    ---- ----------
    Mine {1 objects}

    > New-ADSyncJoinConditionObject mail mail $true
    CSAttribute MVAttribute CaseSensitive
    ----------- ----------- -------------
    mail        mail        True
    ");
}
