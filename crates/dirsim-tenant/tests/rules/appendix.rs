//! The compact table of appendix A: a new user with resiliency on, line by line.

use dirsim_tenant::TenantType::Group;

use crate::stage::{Stage, outcome};

#[test]
fn appendix_a_the_thirteen_lines() {
    let row = "upn=kim@contoso.com; proxy=SMTP:kim@contoso.com,smtp:k@contoso.com; sid=S1";
    for (line, world, expected) in [
        (1, "sync A1 upn=old@contoso.com", "Updated Anchor"),
        (2, "upn=old@contoso.com; anchor=A1", "Updated Hard"),
        (2, "upn=old@contoso.com; anchor=A1; flag=false", "Updated Hard"),
        (3, "bin A1 upn=old@contoso.com", "Restored Hard"),
        (
            4,
            "sync A2 upn=b@contoso.com; proxy=SMTP:kim@contoso.com; sid=S1",
            "AttributeValueMustBeUnique OnPremiseSecurityIdentifier",
        ),
        (
            4,
            "sync A2 upn=b@contoso.com; proxy=SMTP:kim@contoso.com; sid=S2",
            "AttributeValueMustBeUnique ProxyAddresses",
        ),
        (5, "upn=kim@contoso.com; proxy=SMTP:kim@contoso.com", "Updated SoftSmtp"),
        (5, "upn=b@contoso.com; proxy=SMTP:kim@contoso.com", "Updated SoftSmtp"),
        (
            6,
            "upn=b@contoso.com; proxy=SMTP:kim@contoso.com / upn=kim@contoso.com",
            "Updated SoftSmtp, quarantined kim@contoso.com",
        ),
        (
            7,
            "upn=b@contoso.com; proxy=SMTP:kim@contoso.com | Global Administrator",
            "Created None, quarantined SMTP:kim@contoso.com",
        ),
        (
            7,
            "block upn=kim@contoso.com; proxy=SMTP:kim@contoso.com",
            "Created None, quarantined kim@contoso.com, quarantined SMTP:kim@contoso.com",
        ),
        (8, "group name=G; proxy=SMTP:kim@contoso.com", "ObjectTypeMismatch ProxyAddresses"),
        (
            8,
            "group name=G; proxy=smtp:k@contoso.com,SMTP:g@contoso.com",
            "AttributeValueMustBeUnique ProxyAddresses",
        ),
        (9, "upn=kim@contoso.com", "Updated SoftUpn"),
        (10, "sync A2 upn=kim@contoso.com", "Created None, quarantined kim@contoso.com"),
        (
            10,
            "upn=kim@contoso.com | User Administrator",
            "Created None, quarantined kim@contoso.com",
        ),
        (
            11,
            "upn=b@contoso.com; proxy=SMTP:b@contoso.com,smtp:k@contoso.com",
            "Created None, quarantined smtp:k@contoso.com",
        ),
        (
            12,
            "bin A2 upn=b@contoso.com; proxy=SMTP:kim@contoso.com",
            "AttributeValueMustBeUnique ProxyAddresses",
        ),
        (13, "upn=b@contoso.com", "Created None"),
    ] {
        let mut stage = Stage::new();
        for object in world.split(" / ") {
            if let Some(text) = object.strip_prefix("sync ") {
                stage.add(&text[..2], &text[3..]);
            } else if let Some(text) = object.strip_prefix("bin ") {
                stage.add(&text[..2], &text[3..]);
                stage.delete(&text[..2]);
            } else if let Some(text) = object.strip_prefix("group ") {
                stage.cloud(Group, &format!("mailEnabled=true; {text}"));
            } else if let Some(text) = object.strip_prefix("block ") {
                stage.feature("blockSoftMatch", true);
                stage.user(text);
            } else {
                stage.user(object);
            }
        }
        assert_eq!(outcome(&stage.add("A1", row)), expected, "line {line}: {world}");
    }
}

/// D10, appendix A: an answer lists the checks in the order in which they were made, with the rule
/// of each, for everything that a row can lead to.
#[test]
fn every_answer_carries_its_checks_in_order() {
    let rules = |answer: &dirsim_tenant::Answer| -> String {
        let rules: Vec<&str> = answer.checks.iter().map(|check| &check.rule[3..]).collect();
        assert!(answer.checks.iter().all(|check| !check.fact.is_empty()));
        rules.join(" ")
    };
    let mut stage = Stage::new();
    stage.user("upn=eva@contoso.com; proxy=SMTP:eva@contoso.com; title=CFO");
    stage.user("upn=own@contoso.com; anchor=A7");
    stage.user("upn=root@contoso.com | Global Administrator");
    let new = stage.add("A1", "upn=ann@contoso.com; proxy=SMTP:ann@contoso.com; sid=S1");
    assert_eq!(rules(&new), "031 160 039 040 070 052 176 055", "a new object");
    assert_eq!(rules(&stage.set("A1", "title=T")), "031 160 030", "an update");
    let soft = stage.add("A2", "upn=e@contoso.com; proxy=SMTP:eva@contoso.com; title=CEO");
    assert_eq!(rules(&soft), "031 160 039 038 060 070 061", "a soft match");
    let hard = stage.add("A7", "upn=own@contoso.com; oid=1");
    assert_eq!(rules(&hard), "031 160 045 050 060 070 061", "a hard match");
    assert_eq!(rules(&stage.delete("A7")), "031 171 170", "a deletion");
    let back = stage.add("A7", "upn=own@contoso.com; oid=1");
    assert_eq!(rules(&back), "031 160 051 045 050 035 060 070 061", "a restore");
    let held =
        stage.add("A3", "upn=ann@contoso.com; proxy=SMTP:b@contoso.com,smtp:ann@contoso.com");
    let text = "031 160 039 040 038 070 070 176 072 055 072 075 072";
    assert_eq!(rules(&held), text, "quarantine of name and address");
    let admin = stage.add("A4", "upn=root@contoso.com");
    assert_eq!(rules(&admin), "031 160 040 047 070 072 055 072 075", "an administrator");
    let refused = stage.add("A5", "upn=x@contoso.com; proxy=SMTP:ann@contoso.com");
    assert_eq!(rules(&refused), "031 160 039 038 070 176 042", "another anchor");
    assert_eq!(rules(&stage.delete("A9")), "031 171", "nothing to delete");
}
