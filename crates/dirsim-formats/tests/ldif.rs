//! LDIF as real tools write it, and errors as the user sees them.

use std::fmt::Write as _;

use dirsim_formats::ldif::LdifOptions;
use dirsim_formats::{LintCode, SourceFile, TextEncoding, read_forest};
use dirsim_model::{Schema, ValueRef};
use proptest::prelude::*;

/// The only place in these tests that calls the reader; tells what was read, or the errors.
fn read_with(files: &[(&str, &[u8])], options: &LdifOptions) -> String {
    let mut schema = Schema::built_in();
    let files: Vec<SourceFile<'_>> =
        files.iter().map(|(name, bytes)| SourceFile { name, bytes }).collect();
    let loaded = match read_forest(&files, &mut schema, options) {
        Ok(loaded) => loaded,
        Err(errors) => return errors.to_string(),
    };
    let mut out = String::new();
    let new = &loaded.new;
    let sid = new.sid.as_ref().map(ToString::to_string);
    let _ = writeln!(
        out,
        "forest {} {:?} {:?} suffixes {:?} children {:?}",
        new.name, new.netbios, sid, new.upn_suffixes, new.child_domains
    );
    for (object, place) in loaded.objects.iter().zip(&loaded.places) {
        let _ = writeln!(out, "{place}: {} {}", schema.class_name(object.class), object.dn);
        if let Some(guid) = object.guid {
            let _ = writeln!(out, "  objectGUID {guid}");
        }
        if let Some(sid) = &object.sid {
            let _ = writeln!(out, "  objectSid {sid}");
        }
        for (attribute, values) in &object.attributes {
            let shown: Vec<String> = values
                .iter()
                .map(|value| match value.as_ref() {
                    ValueRef::Bytes(bytes) => format!("{} bytes", bytes.len()),
                    other => format!("{other:?}"),
                })
                .collect();
            let _ = writeln!(out, "  {} {}", schema.name(*attribute), shown.join(" "));
        }
        for (attribute, targets) in &object.references {
            let _ = writeln!(out, "  {} -> {targets:?}", schema.name(*attribute));
        }
    }
    let _ = writeln!(
        out,
        "names {:?} left out {:?} back-links {} newest {:?}",
        loaded.names, loaded.left_out, loaded.back_links, loaded.newest
    );
    for lint in &loaded.lints {
        let _ = writeln!(out, "{lint}");
    }
    out
}

fn read(text: &str) -> String {
    read_with(&[("ad.ldf", text.as_bytes())], &LdifOptions::default())
}

#[test]
fn a_file_of_ldifde_in_utf_16() {
    let file = include_bytes!("data/ldifde.ldf");
    insta::assert_snapshot!(read_with(&[("ldifde.ldf", file)], &LdifOptions::default()));
}

#[test]
fn a_file_of_ldapsearch_with_folding_base64_and_trailers() {
    let file = include_bytes!("data/ldapsearch.ldif");
    insta::assert_snapshot!(read_with(&[("ldapsearch.ldif", file)], &LdifOptions::default()));
}

#[test]
fn files_of_several_domains_make_one_forest() {
    let out = read_with(
        &[
            ("emea.ldf", b"dn: CN=A,DC=emea,DC=contoso,DC=com\nobjectClass: contact\n" as &[u8]),
            ("root.ldf", b"dn: CN=A,DC=contoso,DC=com\nobjectClass: contact\n"),
        ],
        &LdifOptions::default(),
    );
    assert!(
        out.starts_with(
            "forest contoso.com None None suffixes [] children [\"emea.contoso.com\"]\n"
        ),
        "{out}"
    );
}

#[test]
fn every_mistake_of_a_file_is_reported_with_its_place() {
    insta::assert_snapshot!(read(
        "dn: CN=A,DC=contoso,DC=com\n\
         objectClass: user\n\
         this line has no colon\n\
         userAccountControl: many\n\
         objectGUID:: AQID\n\
         displayName: one\n\
         displayName: two\n\
         thumbnailPhoto:< file:///photo.jpg\n\
         mail:: %%%\n\
         manager: Ann\n\
         msExchHideFromAddressLists: maybe\n\
         \n\
         dn: CN=B,DC=contoso,DC=com\n\
         changetype: modify\n\
         replace: mail\n\
         mail: b@contoso.com\n\
         -\n\
         \n\
         dn: CN=C,DC=contoso,DC=com\n\
         changetype: delete\n\
         \n\
         cn: nobody\n\
         \n\
         dn: CN=D,O=acme\n\
         objectClass: user\n\
         \n\
         dn: nothing\n\
         objectClass: user\n\
         \n\
         dn: CN=E,DC=contoso,DC=com\n\
         cn: E\n"
    ));
}

#[test]
fn objects_that_stand_twice_name_both_places() {
    let user = |name: &str, rest: &str| {
        format!("dn: CN={name},DC=contoso,DC=com\nobjectClass: user\n{rest}\n")
    };
    let guid = "objectGUID: 00112233-4455-6677-8899-aabbccddeeff\n";
    let sid = "objectSid: S-1-5-21-1-2-3-1104\n";
    let one = user("A", guid)
        + &user("B", sid)
        + &user("C", "sAMAccountName: c\nuserPrincipalName: c@x.example\n");
    let two = user("a", "")
        + &user("E", guid)
        + &user("F", sid)
        + &user("G", "sAMAccountName: C\n")
        + &user("H", "userPrincipalName: C@x.example\n");
    insta::assert_snapshot!(read_with(
        &[("one.ldf", one.as_bytes()), ("two.ldf", two.as_bytes())],
        &LdifOptions::default()
    ));
}

#[test]
fn an_encoding_that_is_not_unicode_must_be_named() {
    let bytes = b"dn: CN=Zo\xEB,DC=contoso,DC=com\nobjectClass: contact\ncn: Zo\xEB\n";
    insta::assert_snapshot!(read_with(&[("ansi.ldf", bytes)], &LdifOptions::default()));
    let options = LdifOptions { encoding: TextEncoding::Windows1252, ..LdifOptions::default() };
    assert!(
        read_with(&[("ansi.ldf", bytes)], &options).contains("contact CN=Zoë,DC=contoso,DC=com")
    );
}

#[test]
fn a_lossy_file_is_remarked_on() {
    let text = "dn: CN=Zo? M?ller,DC=contoso,DC=com\nobjectClass: contact\ndisplayName: Zo? M?ller\nobjectGUID: 00112233-4455-6677-8899-aabbccddeeff\n";
    let out = read(text);
    assert!(out.contains("ad.ldf:3: warning enc-lossy"), "{out}");
    assert!(!read(&text.replace("Zo? M?ller\nobj", "Zo? Müller\nobj")).contains("enc-lossy"));
}

#[test]
fn an_external_value_may_be_left_out_when_allowed() {
    let text = "dn: CN=A,DC=contoso,DC=com\nobjectClass: contact\nthumbnailPhoto:< file:///a.jpg\n";
    assert!(read(text).contains("lies outside the file"));
    let options = LdifOptions { allow: [LintCode::LdifUrl].into(), ..LdifOptions::default() };
    let out = read_with(&[("ad.ldf", text.as_bytes())], &options);
    assert!(out.contains("error ldif-url"), "{out}");
}

#[test]
fn odd_orders_and_complete_ranges_are_accepted() {
    let out = read(
        "dn: CN=G,DC=contoso,DC=com\ncn: G\ncontrol: 1.2.3 true\nchangetype: add\nobjectClass: group\n\
         objectGUID: 00112233-4455-6677-8899-aabbccddeeff\n\
         member;range=0-0: CN=A,DC=contoso,DC=com\nmember;range=1-*: CN=B,DC=contoso,DC=com\n",
    );
    assert!(out.contains("info ldif-order") && !out.contains("ldif-range"), "{out}");
    assert!(out.contains("member -> [CN=A,DC=contoso,DC=com, CN=B,DC=contoso,DC=com]"), "{out}");
}

#[test]
fn a_file_without_objects_is_an_error() {
    insta::assert_snapshot!(read("# nothing\nversion: 1\n\nsearch: 2\nresult: 0 Success\n"));
}

#[test]
fn a_hundred_errors_are_enough() {
    let out = read(&"dn: nothing\n\n".repeat(500));
    assert_eq!(out.matches("  help: ").count(), 100);
}

#[test]
fn large_values_and_lines_are_refused() {
    let head = "dn: CN=A,DC=contoso,DC=com\nobjectClass: contact\n";
    let out = read(&format!("{head}info: {}\n", "x".repeat(17 << 20)));
    assert!(out.contains("`info`: the value is larger than 16 MiB"), "{out}");
    let out = read(&format!("{head}info: x\n{}", format!(" {}\n", "y".repeat(1 << 20)).repeat(30)));
    assert!(out.contains("ad.ldf:3:1: the line is longer than 23 MiB"), "{out}");
}

#[test]
fn references_that_lead_nowhere_can_be_dropped() {
    let text = "dn: CN=G,DC=contoso,DC=com\nobjectClass: group\nmember: CN=g,DC=contoso,DC=com\nmember: CN=X,DC=contoso,DC=com\n";
    let mut schema = Schema::built_in();
    let file = SourceFile { name: "ad.ldf", bytes: text.as_bytes() };
    let mut loaded = read_forest(&[file], &mut schema, &LdifOptions::default()).unwrap();
    let lost = loaded.unknown_targets();
    assert_eq!(lost.len(), 1);
    loaded.drop_references(&schema, &lost);
    assert_eq!(loaded.objects[0].references[0].1.len(), 1);
    assert_eq!(loaded.lints.last().map(|lint| lint.code), Some(LintCode::UnknownTarget));
}

proptest! {
    #[test]
    fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read_with(&[("x", &bytes)], &LdifOptions::default());
        let options = LdifOptions { encoding: TextEncoding::Windows1252, ..LdifOptions::default() };
        read_with(&[("x", &bytes)], &options);
    }

    #[test]
    fn pieces_of_ldif_never_panic(pieces in proptest::collection::vec(
        prop_oneof![
            Just("dn: CN=A,DC=c".to_owned()), Just("\n".to_owned()), Just("\r\n ".to_owned()),
            Just("objectClass: user\n".to_owned()), Just("objectClass: group".to_owned()),
            Just("member;range=0-*: ".to_owned()), Just("objectGUID:: ".to_owned()),
            Just("CN=Configuration,DC=c\nuPNSuffixes: ".to_owned()), Just("changetype: ".to_owned()),
            Just(":<".to_owned()), Just("isDeleted: TRUE\n".to_owned()), ".{0,12}",
        ], 0..40)
    ) {
        read(&pieces.concat());
    }
}
