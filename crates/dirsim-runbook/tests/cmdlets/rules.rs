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

/// CE-070, CE-077: the export of the rule editor with everything that is rare runs as it is:
/// `-OutVariable` fills a list, `[0]` takes the rule out of it, conditions are .NET objects.
#[test]
fn the_export_of_the_rule_editor_runs_as_a_script() {
    let mut world = world();
    let connector = world.rules().unwrap().connectors()[0].guid.to_string();
    let script = include_str!("../../../dirsim-formats/tests/server/rare.ps1")
        .replace("5d1c0000-0000-4000-8000-00000000c001", &connector);
    shell(&mut world, &script);
    let rules = world.rules().unwrap().definitions();
    let rule = rules.iter().find(|rule| rule.name == "Out to AD - Visitor's badge").unwrap();
    assert_eq!(rule.id.to_string(), "5d1c0000-0000-4000-8000-00000000b001");
    assert!(rule.disabled && rule.precedence == 61);
    let flows: Vec<(&str, &str, bool)> =
        rule.flows.iter().map(|f| (&*f.target, &*f.source, f.apply_once)).collect();
    assert!(flows.contains(&("info", "\n  [company] & \" / \" &\n  [title]", false)), "{flows:?}");
    assert!(flows.contains(&("pager", "AuthoritativeNull", false)), "{flows:?}");
    assert!(flows.contains(&("extensionAttribute9", "badge's due", true)), "{flows:?}");
    let clauses: Vec<String> = rule.scope[0]
        .iter()
        .map(|c| format!("{} {} {}", c.attribute, c.operator, c.value).trim().to_owned())
        .collect();
    assert_eq!(
        (rule.scope.len(), clauses),
        (1, vec!["company EQUAL Visitors".to_owned(), "title ISNOTNULL".to_owned()])
    );
    let join: Vec<(&str, bool)> =
        rule.join.iter().map(|group| (&*group[0].cs_attribute, group[0].case_sensitive)).collect();
    assert_eq!(join, [("employeeID", true), ("mail", false)]);
}

/// CE-070, CE-074: what a script of another server, or a mistake in one, is told.
#[test]
fn a_script_that_does_not_fit_is_told_why() {
    let mut world = world();
    let condition = "New-Object Microsoft.IdentityManagement.PowerShell.ObjectModel.ScopeCondition";
    insta::assert_snapshot!(shell(&mut world, &format!("{condition} -ArgumentList 'title','Boss'")), @"
    New-Object : A constructor was not found. Cannot find an appropriate constructor for type Microsoft.IdentityManagement.PowerShell.ObjectModel.ScopeCondition: it takes Attribute, ComparisonValue, ComparisonOperator, and 2 are given.
        + CategoryInfo          : NotSpecified: () [New-Object], PSArgumentException
        + FullyQualifiedErrorId : CannotFindAppropriateCtor,Microsoft.PowerShell.Commands.NewObjectCommand
    ");
    insta::assert_snapshot!(shell(&mut world, &format!("{condition} 'title','Boss','EQUAL' | ForEach-Object ComparisonOperator")), @"EQUAL");
    let join = "New-Object Microsoft.IdentityManagement.PowerShell.ObjectModel.JoinCondition";
    insta::assert_snapshot!(shell(&mut world, &format!("({join} 'mail','mail').CaseSensitive")), @"False");
    insta::assert_snapshot!(shell(&mut world, "New-ADSyncRule -Name X -Direction Inbound -SourceObjectType user -TargetObjectType person -Connector 5d1c0000-0000-4000-8000-00000000c001"), @"
    New-ADSyncRule : There is no connector with the identifier '5d1c0000-0000-4000-8000-00000000c001' on this server. A script that another server exported is brought in by `dirsim load rules FILE`, which finds the connector that is meant.
        + CategoryInfo          : InvalidOperation: (5d1c0000-0000-4000-8000-00000000c001) [New-ADSyncRule], InvalidOperationException
        + FullyQualifiedErrorId : System.InvalidOperationException,Microsoft.IdentityManagement.PowerShell.Cmdlet.NewADSyncRuleCmdlet
    ");
}

/// SE section 15: rules travel through the pipeline.
#[test]
fn rules_come_out_of_the_pipeline() {
    let mut world = world();
    shell(&mut world, INTERNS);
    let id = "3f6a1c55-0000-4000-8000-000000000001";
    shell(&mut world, &format!("Get-ADSyncRule {id} | Set-ADSyncRule -Disabled $true"));
    let disabled = |world: &mut dirsim_world::World| {
        let rules = world.rules().unwrap().definitions();
        rules.iter().find(|rule| rule.id.to_string() == id).map(|rule| rule.disabled)
    };
    assert_eq!(disabled(&mut world), Some(true));
    shell(
        &mut world,
        &format!(
            "Get-ADSyncRule {id} | Add-ADSyncAttributeFlowMapping -Source title -Destination title \
             -FlowType Direct | Remove-ADSyncAttributeFlowMapping -Destination cloudFiltered | Add-ADSyncRule"
        ),
    );
    let rules = world.rules().unwrap().definitions();
    let rule = rules.iter().find(|rule| rule.id.to_string() == id).unwrap();
    assert_eq!(rule.flows.iter().map(|f| &*f.target).collect::<Vec<_>>(), ["title"]);
    shell(&mut world, &format!("Get-ADSyncRule {id} | Remove-ADSyncRule"));
    assert_eq!(disabled(&mut world), None);
}
