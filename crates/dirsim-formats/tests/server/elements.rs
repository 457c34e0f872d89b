//! What single elements of an export mean: scalars, joins, scopes, run profiles, private
//! configuration, syntaxes, parameters; and the report of it all.

use dirsim_formats::server::{ExportedKind, Level};
use dirsim_model::{Guid, Syntax};

use crate::made::{ENTRA, FOREST, codes, files, imported, mapping, read, rule, told, with};

/// CE-003: booleans in six spellings, identities in any case with and without braces, intervals, and
/// an empty element that is as good as none.
#[test]
fn scalars_are_read_in_every_spelling_of_the_product() {
    for (text, expected) in [
        ("1", true),
        ("true", true),
        ("True", true),
        ("0", false),
        ("false", false),
        ("False", false),
        ("", false),
    ] {
        let more = format!("<disabled>{text}</disabled>");
        let export = read(&files(vec![rule(1, "One", &more)]));
        assert_eq!(export.rules[0].disabled, expected, "{text}");
    }
    let export = read(&files(vec![rule(1, "One", "<disabled>maybe</disabled>")]));
    assert!(export.rules.is_empty(), "a word that is no boolean is no rule");

    // The connector writes its own identity in capitals, rules write it in small letters.
    let bare = FOREST.trim_matches(['{', '}']);
    for spelled in [FOREST.to_uppercase(), bare.to_owned(), bare.to_uppercase()] {
        let made =
            files(vec![rule(1, "One", &mapping("displayName", "<src><attr>cn</attr></src>"))]);
        let made =
            with(made, "Connector_{5d1c", &format!("<id>{FOREST}"), &format!("<id>{spelled}"));
        assert_eq!(told(&imported(&made, &["contoso.com"])), "", "{spelled}");
    }
    let nil = "<precedence-after>{00000000-0000-0000-0000-000000000000}</precedence-after>";
    assert_eq!(read(&files(vec![rule(1, "One", nil)])).rules[0].precedence_after, Guid::NIL);

    for (text, told) in [("00:30:00", Some(1_800_000)), ("7.00:00:00", Some(604_800_000))] {
        let parameter = format!(
            "<parameter name='Microsoft.Synchronize.TimeInterval'>{text}</parameter></parameter-values>"
        );
        let made = with(files(Vec::new()), "MV.xml", "</parameter-values>", &parameter);
        assert_eq!(read(&made).metaverse.globals.interval_ms, told, "{text}");
    }
}

/// CE-011: groups and criteria keep their order; case counts only where it is said; a group without
/// criteria is dropped and told.
#[test]
fn join_criteria_keep_their_groups_and_order() {
    let more = "<relationshipCriteria>\
        <conditions><condition><csAttribute>title</csAttribute><ilmAttribute>displayName</ilmAttribute>\
        <caseSensitive>True</caseSensitive></condition>\
        <condition><csAttribute>cn</csAttribute><ilmAttribute>cn</ilmAttribute></condition></conditions>\
        <conditions/>\
        <conditions><condition><csAttribute>cn</csAttribute><ilmAttribute>title</ilmAttribute>\
        <caseSensitive>false</caseSensitive></condition></conditions></relationshipCriteria>";
    let made = files(vec![rule(1, "One", more)]);
    let export = read(&made);
    let groups: Vec<Vec<String>> = export.rules[0]
        .join
        .iter()
        .map(|group| {
            let told = |c: &dirsim_formats::server::ExportedCriterion| {
                format!("{}={} {}", c.cs_attribute, c.mv_attribute, c.case_sensitive)
            };
            group.iter().map(told).collect()
        })
        .collect();
    assert_eq!(groups, [vec!["title=displayName true", "cn=cn false"], vec!["cn=title false"]],);
    assert!(told(&imported(&made, &["contoso.com"])).contains("empty-group"));
    let text = &imported(&made, &["contoso.com"]).configuration.rules.unwrap()[0].text;
    let expected = "    join:\n      -\n        - \"title = displayName (case-sensitive)\"\n        \
                    - \"cn = cn\"\n      -\n        - \"cn = title\"\n";
    assert!(text.contains(expected), "{text}");
}

/// CE-012: a clause is attribute, operator and value; the attribute is one of the source side
/// (SR-004), an operator without value takes an empty one, an alias is told and understood.
#[test]
fn scopes_are_read_as_groups_of_clauses() {
    let clause = |attribute: &str, operator: &str, value: &str| {
        format!(
            "<scope><csAttribute>{attribute}</csAttribute><csOperator>{operator}</csOperator>\
             <csValue>{value}</csValue></scope>"
        )
    };
    let more = format!(
        "<synchronizationCriteria><conditions>{}{}</conditions><conditions>{}</conditions>\
         </synchronizationCriteria>",
        clause("title", "EQUAL", "Boss"),
        clause("cn", "ISNOTNULL", ""),
        clause("cn", "STARTWITH", "A"),
    );
    let made = files(vec![rule(1, "One", &more)]);
    let groups: Vec<usize> = read(&made).rules[0].scope.iter().map(Vec::len).collect();
    assert_eq!(groups, [2, 1]);
    let result = imported(&made, &["contoso.com"]);
    assert_eq!(codes(&result), ["warning operator-alias One"]);
    // Outbound, the clause names an attribute of the metaverse, which knows no `badge`.
    let outbound = with(made, "Rule_{5d1c", "Inbound", "Outbound");
    let outbound = with(outbound, "Rule_{5d1c", "<csAttribute>title", "<csAttribute>badge");
    let outbound =
        with(outbound, "Rule_{5d1c", "<sourceObjectType>user", "<sourceObjectType>person");
    let outbound =
        with(outbound, "Rule_{5d1c", "<targetObjectType>person", "<targetObjectType>user");
    let told = told(&imported(&outbound, &["contoso.com"]));
    assert!(told.contains("the metaverse has no attribute `badge`"), "{told}");
}

/// CE-030: the step types of the table, several steps in one profile, and a step that dirsim does
/// not know.
#[test]
fn run_profiles_are_translated_step_by_step() {
    let step = |kind: &str, import: &str, apply: &str| {
        format!(
            "<step><step-type type='{kind}'>{import}{apply}</step-type><threshold><object>0</object>\
             <delete>25</delete></threshold></step>"
        )
    };
    let to_cs = "<import-subtype>to-cs</import-subtype>";
    let apply = |word: &str| format!("<apply-rules-subtype>{word}</apply-rules-subtype>");
    let steps = [
        (step("full-import", to_cs, ""), "full import"),
        (step("delta-import", to_cs, ""), "delta import"),
        (step("full-import", "", ""), "full import, then delta synchronization"),
        (step("delta-import", "", ""), "delta import, then delta synchronization"),
        (step("full-import-reevaluate-rules", to_cs, ""), "full import, then full synchronization"),
        (step("apply-rules", "", &apply("apply-pending")), "delta synchronization"),
        (step("apply-rules", "", &apply("reevaluate-flow-connectors")), "full synchronization"),
        (step("export", "", ""), "export"),
        (step("apply-rules", "", &apply("sideways")), "unknown"),
    ];
    let all: String = steps.iter().map(|(xml, _)| xml.as_str()).collect();
    let data = format!(
        "<ma-run-data><run-configuration><name>Everything</name><configuration>{all}\
         </configuration></run-configuration></ma-run-data>\n</ma-data>"
    );
    let made = with(files(Vec::new()), "Connector_{5d1c", "</ma-data>", &data);
    let export = read(&made);
    let forest = export.connectors.iter().find(|c| c.kind == ExportedKind::Forest).unwrap();
    assert_eq!(forest.profiles[0].name, "Everything");
    assert_eq!(forest.profiles[0].steps, steps.map(|(_, words)| words));
    let found: Vec<String> = export
        .findings
        .sorted()
        .iter()
        .filter(|f| f.code == "unknown-step-type" || f.path.ends_with("threshold/delete"))
        .map(|f| format!("{} {} x{}", f.level.word(), f.code, f.count))
        .collect();
    // Thresholds of steps are the older mechanism, which dirsim does not have.
    assert_eq!(found, ["warning unknown-step-type x1", "information not-simulated x9"]);
}

/// CE-035: forest, global parameters (encrypted ones dropped), and where password hashes go.
#[test]
fn the_private_configuration_of_a_forest_tells_forest_parameters_and_password_hashes() {
    let config = |target: &str| {
        let config = format!(
            "<password-hash-sync-config><enabled>1</enabled><target>{target}</target>\
             </password-hash-sync-config></adma-configuration>"
        );
        with(files(Vec::new()), "Connector_{5d1c", "</adma-configuration>", &config)
    };
    let export = read(&config(ENTRA));
    let forest = export.connectors.iter().find(|c| c.kind == ExportedKind::Forest).unwrap();
    assert_eq!(forest.forest, "contoso.com");
    assert!(forest.password_hash_sync);
    assert_eq!(forest.parameters, [("Badge.Prefix".to_owned(), "B-".to_owned())]);
    let result = imported(&config(ENTRA), &["contoso.com"]);
    assert!(result.configuration.options.unwrap().password_hash_sync);
    let elsewhere = imported(&config(&FOREST.to_uppercase()), &["contoso.com"]);
    let told = told(&elsewhere);
    assert!(told.contains("phs-target-unknown: password hashes of `contoso.com` go to"), "{told}");
}

/// CE-035, SE-323: the group of a pilot becomes rules before all others which filter whoever is no
/// direct member.
#[test]
fn a_pilot_group_becomes_rules_in_front() {
    let parameter = "<parameter name='Connector.GroupFilteringGroupDn' use='global'>\
                     CN=Pilot,OU=Corp,DC=contoso,DC=com</parameter></parameter-values>";
    let made = with(files(Vec::new()), "Connector_{5d1c", "</parameter-values>", parameter);
    let text = imported(&made, &["contoso.com"]).configuration.rules.unwrap()[0].text.clone();
    for (class, number) in [("user", 0), ("inetOrgPerson", 1), ("contact", 2), ("group", 3)] {
        let name = format!("  - name: \"In from AD - {class} outside of the pilot group\"");
        let (_, rest) = text.split_once(&name).expect(class);
        let rule = rest.split("  - name:").next().unwrap();
        assert!(rule.contains(&format!("precedence: {number}\n")), "{rule}");
        assert!(rule.contains("\"dn ISNOTMEMBEROF CN=Pilot,OU=Corp,DC=contoso,DC=com\""), "{rule}");
        assert!(rule.contains("cloudFiltered: \"True\""), "{rule}");
    }
}

/// CE-036: the version, the tenant's name out of the account, password write-back, and anchors.
#[test]
fn the_private_configuration_of_the_tenant_tells_version_tenant_and_anchors() {
    let config = "<private-configuration><MAConfig>\
        <extension-config><assembly-version>2.3.2.0</assembly-version></extension-config>\
        <importing><anchor><attribute object_class='user'>cloudAnchor</attribute>\
        <attribute object_class='group'>objectId</attribute></anchor></importing>\
        <aad-password-reset-config><enabled>1</enabled></aad-password-reset-config>\
        <parameter-values><parameter name='UserName'>Sync_SYNC01_1@contoso.onmicrosoft.com</parameter>\
        </parameter-values></MAConfig></private-configuration>\n</ma-data>";
    let made = with(files(Vec::new()), "Connector_{b891", "</ma-data>", config);
    let export = read(&made);
    let entra = export.connectors.iter().find(|c| c.kind == ExportedKind::Entra).unwrap();
    assert_eq!((&*entra.version, &*entra.tenant_domain), ("2.3.2.0", "contoso.onmicrosoft.com"));
    assert!(entra.password_writeback);
    let result = imported(&made, &["contoso.com"]);
    assert_eq!(result.report.product, "2.3.2.0");
    assert!(codes(&result).contains(&"warning unexpected-anchor group".to_owned()));
}

/// CE-038: every syntax of the table, and one that is not on it.
#[test]
fn a_syntax_has_its_type() {
    let ldap = |end: u32| format!("1.3.6.1.4.1.1466.115.121.1.{end}");
    let microsoft = |end: u32| format!("1.2.840.113556.1.4.{end}");
    let table = [
        (ldap(27), Syntax::Integer),
        (microsoft(906), Syntax::Integer),
        (ldap(7), Syntax::Boolean),
        (ldap(5), Syntax::Bytes),
        (ldap(40), Syntax::Bytes),
        (ldap(15), Syntax::Text),
        (ldap(26), Syntax::Text),
        (ldap(36), Syntax::Text),
        (ldap(38), Syntax::Text),
        (ldap(44), Syntax::Text),
        (microsoft(905), Syntax::Text),
        (microsoft(1362), Syntax::Text),
        (ldap(24), Syntax::Text),
        (ldap(53), Syntax::Text),
        (ldap(12), Syntax::Reference),
        (microsoft(1221), Syntax::Reference),
        (microsoft(903), Syntax::Text),
        (microsoft(904), Syntax::Text),
        (ldap(999), Syntax::Text),
    ];
    for (oid, syntax) in table {
        let attribute = format!(
            "<attribute-type id='A1' single-value='true'><name>badgeColor</name><syntax>{oid}</syntax>\
             </attribute-type></directory-schema>"
        );
        let made = with(files(Vec::new()), "Connector_{5d1c", "</directory-schema>", &attribute);
        let made = with(
            made,
            "Connector_{5d1c",
            "<attribute-inclusion>",
            "<attribute-inclusion><attribute>badgeColor</attribute>",
        );
        let export = read(&made);
        let forest = export.connectors.iter().find(|c| c.kind == ExportedKind::Forest).unwrap();
        let found = &forest.schema.attributes["badgeColor"];
        assert_eq!(
            (found.definition.syntax, found.definition.multi_valued),
            (syntax, false),
            "{oid}"
        );
        let result = imported(&made, &["contoso.com"]);
        let learned = result.attributes.iter().find(|new| new.name == "badgeColor").unwrap();
        assert_eq!(learned.definition.syntax, syntax, "{oid}");
        let codes: Vec<String> =
            codes(&result).into_iter().filter(|code| code.ends_with("badgeColor")).collect();
        let expected: &[&str] = match &*oid {
            "1.2.840.113556.1.4.903" | "1.2.840.113556.1.4.904" => {
                &["information not-simulated badgeColor"]
            }
            "1.3.6.1.4.1.1466.115.121.1.999" => &["warning unknown-syntax badgeColor"],
            _ => &[],
        };
        assert_eq!(codes, expected, "{oid}");
    }
}

/// CE-052: the report names server, connectors, metaverse, rules, features, filters, threshold and
/// the number of findings, a line each.
#[test]
fn the_report_says_what_was_imported() {
    let flows = "<attribute-mappings>\
        <mapping><dest>displayName</dest><src><attr>cn</attr></src></mapping>\
        <mapping><dest>title</dest><expression>Trim([title])</expression></mapping>\
        <mapping><dest>cloudFiltered</dest><src>True</src></mapping></attribute-mappings>\
        <immutable-tag>Microsoft.One.001</immutable-tag>";
    let off = "<disabled>1</disabled>";
    let made = files(vec![rule(1, "One", flows), rule(2, "Two", off)]);
    let feature = "<parameter name='Microsoft.OptionalFeature.HybridExchange'>True</parameter>\
                   </parameter-values>";
    let made = with(made, "MV.xml", "</parameter-values>", feature);
    let report = imported(&made, &["contoso.com"]).report;
    let lines: Vec<String> =
        report.lines().into_iter().map(|(label, text)| format!("{label:<16}{text}")).collect();
    insta::assert_snapshot!(lines.join("\n"));
    assert_eq!(report.counts()[0], (Level::Error, 0));
}
