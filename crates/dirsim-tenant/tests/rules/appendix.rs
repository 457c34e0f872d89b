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
