//! Linked attributes (SE 2.4).

use dirsim_forest::EditOperation::{Add, Remove};
use dirsim_forest::{create, lookup};
use dirsim_model::schema::class;

use crate::lab::{Lab, new_forest, refused};

const ADA: &str = "CN=Ada Bell,OU=Corp";
const BEN: &str = "CN=Ben Cole,OU=Corp";
const CY: &str = "CN=Cy Dunn,OU=Corp";
const SALES: &str = "CN=Sales,OU=Corp";

/// SE-047: the back link is computed, and only the holder gets a new change number.
#[test]
fn back_links_are_computed() {
    let mut lab = Lab::new(true);
    let cookie = lab.usn();
    lab.add(SALES, "cy").unwrap();
    assert_eq!(lab.changes(cookie), ["CN=Sales,OU=Corp member+Cy Dunn"]);
    assert_eq!(lab.show(CY, "memberOf"), [SALES]);
    assert_eq!(lab.show(ADA, "directReports"), [BEN]);
    assert_eq!(lab.show(SALES, "member"), [ADA, BEN, CY]);
    refused(lab.modify(CY, Add, "memberOf", &[SALES]), "owned by the system");
}

/// SE-048: a delta reports the added value, not the list.
#[test]
fn each_value_has_its_own_record() {
    let mut lab = Lab::new(true);
    lab.add(SALES, "cy").unwrap();
    let cookie = lab.usn();
    lab.remove(SALES, "cy").unwrap();
    lab.add(SALES, "CN=Ext One,OU=Corp,DC=contoso,DC=com").unwrap();
    assert_eq!(lab.changes(cookie), ["CN=Sales,OU=Corp member-Cy Dunn member+Ext One"]);
    refused(lab.remove(SALES, "cy"), "is not a member of the group");
}

/// References are written as DN, GUID, SID or sAMAccountName; a UPN is no identity.
#[test]
fn references_are_resolved() {
    let mut lab = Lab::new(true);
    let guid = lab.guid_of(CY).to_string();
    for name in ["cy", "CONTOSO\\CY", &guid, "S-1-5-21-1000-2000-3000-1103"] {
        lab.add(SALES, name).unwrap();
        lab.remove(SALES, "CN=cy dunn, OU=corp, DC=contoso, DC=com").unwrap();
    }
    refused(lab.add(SALES, "ada@contoso.com"), "Cannot find an object with identity: 'ada@");
}

/// SE-049: links follow a renamed target without a change of the holder.
#[test]
fn a_renamed_target_does_not_touch_the_holder() {
    let mut lab = Lab::new(true);
    let cookie = lab.usn();
    lab.rename(ADA, "Ada Cole").unwrap();
    assert_eq!(lab.changes(cookie), ["CN=Ada Cole,OU=Corp cn=Ada Cole name=Ada Cole"]);
    assert_eq!(lab.show(BEN, "manager"), ["CN=Ada Cole,OU=Corp"]);
}

/// SE-041: one value in a single-valued reference.
#[test]
fn a_user_has_one_manager() {
    let mut lab = Lab::new(true);
    refused(lab.modify(BEN, Add, "manager", &["cy"]), "can have only one value");
    lab.set(BEN, "manager", &["cy"]).unwrap();
    assert_eq!(lab.show(BEN, "manager"), [CY]);
    lab.modify(BEN, Remove, "manager", &["cy"]).unwrap();
    assert!(lab.show(BEN, "manager").is_empty());
}

/// SE-050, SE-051 with the recycle bin on: the holder is silent on deletion and reported on return.
#[test]
fn the_recycle_bin_keeps_links() {
    let mut lab = Lab::new(true);
    let (ada, id) = (lab.guid_of(ADA), lab.at(ADA));
    let cookie = lab.usn();
    lab.delete(ADA).unwrap();
    assert_eq!(lab.changes(cookie).len(), 1, "the group is not reported");
    assert_eq!(lab.show(SALES, "member"), [BEN]);
    assert!(lab.show_id(id, "memberOf").is_empty());
    let cookie = lab.usn();
    lab.restore(ada).unwrap();
    assert_eq!(
        lab.changes(cookie),
        [
            "CN=Ada Bell,OU=Corp cn=Ada Bell name=Ada Bell",
            "CN=Sales,OU=Corp member+Ada Bell",
            "CN=Ben Cole,OU=Corp manager+Ada Bell",
        ]
    );
    assert_eq!(lab.show(SALES, "member"), [ADA, BEN]);
}

/// SE-051: a link is back when both of its ends are.
#[test]
fn a_group_and_its_member_return_one_after_the_other() {
    let mut lab = Lab::new(true);
    let (ada, sales) = (lab.guid_of(ADA), lab.guid_of(SALES));
    lab.delete(SALES).unwrap();
    lab.delete(ADA).unwrap();
    lab.restore(sales).unwrap();
    assert_eq!(lab.show(SALES, "member"), [BEN]);
    lab.restore(ada).unwrap();
    assert_eq!(lab.show(SALES, "member"), [ADA, BEN]);
}

/// SE-050, SE-063 with the recycle bin off: the value is removed for good.
#[test]
fn without_recycle_bin_membership_is_lost() {
    let mut lab = Lab::new(false);
    let ada = lab.guid_of(ADA);
    let cookie = lab.usn();
    lab.delete(ADA).unwrap();
    assert_eq!(lab.changes(cookie).len(), 1, "the group is not reported");
    lab.restore(ada).unwrap();
    assert_eq!(lab.show(SALES, "member"), [BEN]);
    assert!(lab.show(ADA, "memberOf").is_empty());
}

/// SE-052: the primary group does not list the account; the former one does from then on.
#[test]
fn changing_the_primary_group_moves_the_membership() {
    let mut lab = Lab::new(true);
    let users = "CN=Domain Users,CN=Users";
    assert_eq!(lab.show(ADA, "primaryGroupID"), ["513"]);
    assert!(!lab.show(ADA, "memberOf").contains(&users.to_owned()));
    refused(lab.add(users, "ada"), "already a member of the group");
    let sid = lookup::sid(&lab.get(SALES)).unwrap();
    let rid = sid.rid().unwrap().to_string();
    refused(lab.set(CY, "primaryGroupID", &[&rid]), "is not a member of the specified group");
    let cookie = lab.usn();
    lab.set(ADA, "primaryGroupID", &[&rid]).unwrap();
    assert_eq!(lab.show(ADA, "memberOf"), [users]);
    assert_eq!(lab.show(SALES, "member"), [BEN]);
    assert_eq!(
        lab.changes(cookie),
        [
            &format!("CN=Ada Bell,OU=Corp primaryGroupID={rid}"),
            "CN=Sales,OU=Corp member-Ada Bell",
            "CN=Domain Users,CN=Users member+Ada Bell",
        ]
    );
}

/// SE-053: a stand-in is made for a member from another forest, once.
#[test]
fn a_foreign_member_gets_a_stand_in() {
    let mut lab = Lab::new(true);
    let forest = new_forest("fabrikam.com", true);
    create(&mut lab.tables, &lab.schema, &forest, &mut lab.dice, lab.now).unwrap().unwrap();
    let kim = lab.object("CN=Kim,OU=X,DC=fabrikam,DC=com", class::USER, None, &[], &[]);
    lab.load_into("fabrikam.com", &[kim]).unwrap();
    let sid = lookup::sid(&lab.get("CN=Kim,OU=X,DC=fabrikam,DC=com")).unwrap();
    let kim = "CN=Kim,OU=X,DC=fabrikam,DC=com";
    refused(lab.add(SALES, kim), "A global group cannot have a cross-domain member");
    let local =
        lab.object("CN=Local,OU=Corp", class::GROUP, None, &[("groupType", "-2147483644")], &[]);
    lab.create(local).unwrap();
    lab.add("CN=Local,OU=Corp", kim).unwrap();
    let stand_in = format!("CN={sid},CN=ForeignSecurityPrincipals");
    assert_eq!(lab.show("CN=Local,OU=Corp", "member"), std::slice::from_ref(&stand_in));
    assert_eq!(lab.show(&stand_in, "objectSid").len(), 1);
    assert_eq!(lookup::by_sid(&lab.tables, &sid).unwrap(), Some(lab.at(kim)));
    let usn = lab.usn();
    lab.add("CN=Local,OU=Corp", &sid.to_string()).unwrap();
    assert_eq!(lab.usn(), usn, "SE-056");
    lab.add("CN=Local,OU=Corp", "S-1-5-21-9-9-9-1234").unwrap();
    assert_eq!(lab.show("CN=Local,OU=Corp", "member").len(), 2);
}

/// SE-045, SE-046: one scope bit, and changes of scope that nesting allows.
#[test]
fn a_scope_changes_as_nesting_allows() {
    let mut lab = Lab::new(true);
    let group = |lab: &Lab, name: &str, kind: &str| {
        lab.object(&format!("CN={name},OU=Corp"), class::GROUP, None, &[("groupType", kind)], &[])
    };
    for (name, kind) in [("G", "2"), ("L", "4"), ("L2", "4"), ("U", "8"), ("U2", "8")] {
        lab.create(group(&lab, name, kind)).unwrap();
    }
    refused(lab.set("CN=U,OU=Corp", "groupType", &["10"]), "exactly one scope bit");
    refused(lab.set("CN=G,OU=Corp", "groupType", &["4"]), "by way of universal");
    lab.add("CN=L,OU=Corp", "L2").unwrap();
    refused(lab.set("CN=L,OU=Corp", "groupType", &["8"]), "cannot have a local group");
    lab.set("CN=L2,OU=Corp", "groupType", &["8"]).unwrap();
    lab.set("CN=L,OU=Corp", "groupType", &["8"]).unwrap();
    lab.add(SALES, "G").unwrap();
    refused(lab.set("CN=G,OU=Corp", "groupType", &["8"]), "universal group as a member");
    lab.add("CN=U,OU=Corp", "U2").unwrap();
    refused(lab.set("CN=U,OU=Corp", "groupType", &["2"]), "universal group as a member");
    lab.set("CN=U,OU=Corp", "groupType", &["4"]).unwrap();
    lab.set("CN=U2,OU=Corp", "groupType", &["-2147483646"]).unwrap();
}
