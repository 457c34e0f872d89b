//! The change query (SE 2.7).

use dirsim_forest::{ForestEdit, read};
use dirsim_model::schema::class;

use crate::lab::{Lab, dn};

/// The example of SE 2.7, row by row: SE-067, SE-069, SE-070, SE-071.
#[test]
fn the_example_of_the_change_query() {
    let mut lab = Lab::new(true);
    let cookie = lab.usn();
    lab.set("CN=Ada Bell,OU=Corp", "department", &["IT"]).unwrap();
    lab.remove("CN=Sales,OU=Corp", "ben").unwrap();
    lab.mv("CN=Cy Dunn,OU=Corp", "OU=NoSync").unwrap();
    lab.rename("OU=Corp", "Staff").unwrap();
    let gone = lab.guid_of("CN=Di Eck,OU=NoSync");
    lab.delete("CN=Di Eck,OU=NoSync").unwrap();
    assert_eq!(lab.usn(), cookie + 5);
    assert_eq!(
        lab.changes(cookie),
        [
            &format!("deleted CN=Di Eck\\0ADEL:{gone},CN=Deleted Objects"),
            "OU=Staff ou=Staff name=Staff",
            "CN=Ada Bell,OU=Staff department=IT",
            "CN=Sales,OU=Staff member-Ben Cole",
            "CN=Cy Dunn,OU=NoSync",
        ]
    );
    assert!(lab.changes(lab.usn()).is_empty());
}

/// SE-066: live objects only, each once, whatever the size of a piece.
#[test]
fn a_complete_read_has_every_live_object() {
    let mut lab = Lab::new(true);
    lab.delete("CN=Di Eck,OU=NoSync").unwrap();
    let all = lab.complete();
    let names: Vec<String> = all.iter().map(|row| lab.line(row)).collect();
    assert!(names.contains(&"new CN=Sales,OU=Corp member+Ada Bell member+Ben Cole".into()));
    assert!(names.contains(&"new CN=Ben Cole,OU=Corp manager+Ada Bell".into()));
    assert!(!names.iter().any(|name| name.contains("Deleted Objects") || name.contains("Di Eck")));
    assert_eq!(all[0].parent, None);
    assert_eq!(all[0].dn, dn("DC=contoso,DC=com"));
    let ada = all.iter().find(|row| row.object == lab.at("CN=Ada Bell,OU=Corp")).unwrap();
    assert_eq!(ada.parent, Some(lab.guid_of("OU=Corp")));
    let mut pieces = Vec::new();
    while let Some(piece) = Some(
        read::complete(
            &lab.tables,
            &lab.schema,
            lab.domain,
            pieces.last().map(|row: &dirsim_forest::FeedRow| row.object),
            3,
            None,
        )
        .unwrap(),
    )
    .filter(|piece| !piece.is_empty())
    {
        pieces.extend(piece);
    }
    assert_eq!(pieces, all);
}

/// SE-068: one row with the final state.
#[test]
fn several_changes_are_one_row() {
    let mut lab = Lab::new(true);
    let cookie = lab.usn();
    lab.set("CN=Ada Bell,OU=Corp", "department", &["IT"]).unwrap();
    lab.set("CN=Ada Bell,OU=Corp", "department", &["HR"]).unwrap();
    lab.set("CN=Ada Bell,OU=Corp", "title", &["Boss"]).unwrap();
    lab.set("CN=Ada Bell,OU=Corp", "title", &[]).unwrap();
    lab.add("CN=Sales,OU=Corp", "cy").unwrap();
    lab.remove("CN=Sales,OU=Corp", "cy").unwrap();
    assert_eq!(
        lab.changes(cookie),
        ["CN=Ada Bell,OU=Corp department=HR title=", "CN=Sales,OU=Corp member-Cy Dunn"]
    );
}

/// SE-068: created and deleted in between is one deletion row.
#[test]
fn a_short_life_is_one_deletion_row() {
    let mut lab = Lab::new(true);
    let cookie = lab.usn();
    lab.create(lab.object("CN=Eve,OU=Corp", class::USER, None, &[], &[])).unwrap();
    lab.create(lab.object("CN=Flo,OU=Corp", class::USER, None, &[("title", "x")], &[])).unwrap();
    assert_eq!(lab.changes(cookie), ["new CN=Eve,OU=Corp", "new CN=Flo,OU=Corp"]);
    let gone = lab.guid_of("CN=Eve,OU=Corp");
    lab.delete("CN=Eve,OU=Corp").unwrap();
    assert_eq!(
        lab.changes(cookie),
        [&format!("deleted CN=Eve\\0ADEL:{gone},CN=Deleted Objects"), "new CN=Flo,OU=Corp"]
    );
}

/// SE-057, SE-069: one change record, on the container.
#[test]
fn a_moved_container_is_one_row() {
    let mut lab = Lab::new(true);
    let cookie = lab.usn();
    lab.mv("OU=Corp", "OU=NoSync").unwrap();
    assert_eq!(lab.changes(cookie), ["OU=Corp,OU=NoSync"]);
    assert_eq!(lab.show("CN=Ada Bell,OU=Corp,OU=NoSync", "dn"), ["CN=Ada Bell,OU=Corp,OU=NoSync"]);
}

/// SE-071: containers come before what they hold, whatever their change numbers.
#[test]
fn containers_come_first() {
    let mut lab = Lab::new(true);
    let cookie = lab.usn();
    lab.create(lab.object("OU=New", class::ORGANIZATIONAL_UNIT, None, &[], &[])).unwrap();
    lab.create(lab.object("OU=Deep,OU=New", class::ORGANIZATIONAL_UNIT, None, &[], &[])).unwrap();
    lab.mv("CN=Ada Bell,OU=Corp", "OU=Deep,OU=New").unwrap();
    lab.set("OU=Deep,OU=New", "description", &["x"]).unwrap();
    lab.set("OU=New", "description", &["x"]).unwrap();
    assert_eq!(
        lab.changes(cookie),
        ["new OU=New", "new OU=Deep,OU=New", "CN=Ada Bell,OU=Deep,OU=New"]
    );
}

/// SE-310: a move to another domain is a deletion in the old one and an addition in the new one.
#[test]
fn a_move_between_domains_is_seen_from_both() {
    let mut lab = Lab::new(true);
    let cookie = lab.usn();
    let guid = lab.guid_of("CN=Ada Bell,OU=Corp");
    lab.mv("CN=Ada Bell,OU=Corp", "CN=Users,DC=child,DC=contoso,DC=com").unwrap();
    assert_eq!(
        lab.changes(cookie),
        [format!("deleted CN=Ada Bell\\0ADEL:{guid},CN=Deleted Objects")]
    );
    let child = lab.domain + 1;
    let rows = read::changes(&lab.tables, &lab.schema, child, 0, None).unwrap();
    let ada = rows.last().unwrap();
    assert!(ada.complete && ada.guid == guid, "the same anchor");
    lab.edit(&ForestEdit::Move { target: guid, parent: dn("OU=Corp") }).unwrap();
    assert_eq!(lab.changes(cookie), ["new CN=Ada Bell,OU=Corp"]);
    let rows = read::changes(&lab.tables, &lab.schema, child, 0, None).unwrap();
    assert!(rows[0].deleted && rows[0].guid == guid);
}

/// SE-074: after the tombstone lifetime the cookie is refused.
#[test]
fn an_old_cookie_is_refused() {
    let mut lab = Lab::new(true);
    let taken = lab.now;
    lab.days(180);
    assert!(read::accepts_cookie(&lab.tables, lab.domain, taken, lab.now).unwrap());
    lab.days(1);
    assert!(!read::accepts_cookie(&lab.tables, lab.domain, taken, lab.now).unwrap());
}

/// SE-102: the complete row of one object.
#[test]
fn one_object_is_read_again() {
    let lab = Lab::new(true);
    let id = lab.at("CN=Sales,OU=Corp");
    let row = read::one(&lab.tables, &lab.schema, id).unwrap();
    assert_eq!(Some(&row), lab.complete().iter().find(|row| row.object == id));
}
