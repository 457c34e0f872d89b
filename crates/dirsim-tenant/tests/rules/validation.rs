//! Limits and formats (ET-016, ET-160 to ET-166).

use dirsim_model::{Value, attribute::well_known as a};
use dirsim_tenant::TenantType::{Group, User};
use dirsim_tenant::{Operation, TenantEdit, settings};

use crate::stage::{Stage, outcome};

/// ET-160: values and their errors.
#[test]
fn et_160_and_161_values_and_their_errors() {
    let long = |name: &str, n: usize| format!("upn=ok@contoso.com; {name}={}", "x".repeat(n));
    let upn = |user: usize, suffix: &str| format!("upn={}@{suffix}", "x".repeat(user));
    let suffix48 = format!("{}.com", "s".repeat(44));
    let identity = "IdentityDataValidationFailed userPrincipalName";
    for (row, expected) in [
        (upn(64, &suffix48), "Created None"),
        (upn(65, "contoso.com"), identity),
        (upn(10, &format!("x{suffix48}")), identity),
        ("upn=bob+x@contoso.com".to_owned(), identity),
        ("upn=bob.@contoso.com".to_owned(), identity),
        ("upn=@contoso.com".to_owned(), identity),
        ("upn=nobody".to_owned(), identity),
        ("upn=o'hara-_!#^~@contoso.com".to_owned(), "Created None"),
        (long("name", 256), "Created None"),
        (long("name", 257), "ExceededAllowedLength displayName"),
        (long("givenName", 65), "ExceededAllowedLength givenName"),
        (long("title", 128), "Created None"),
        (long("title", 129), "ExceededAllowedLength title"),
        (long("department", 65), "ExceededAllowedLength department"),
        (long("proxy", 257), "ExceededAllowedLength proxyAddresses"),
        (
            "upn=a@contoso.com; sid=S-not-a-sid".to_owned(),
            "InvalidAttributeValue OnPremiseSecurityIdentifier",
        ),
    ] {
        let mut stage = Stage::new();
        assert_eq!(outcome(&stage.add("A1", &row)), expected, "{row}");
    }
    let mut stage = Stage::new();
    let blank = stage.row(Operation::Add, Group, "A1", "");
    let mut row = blank;
    row.attributes = vec![(a::DISPLAY_NAME, vec![Value::text("  ")])];
    assert_eq!(outcome(&stage.send(&row)), "DataValidationFailed displayName");
    // ET-016
    assert_eq!(
        outcome(&stage.add("emp_0042", "upn=e@contoso.com")),
        "DataValidationFailed SourceAnchor"
    );
    assert_eq!(outcome(&stage.add("emp-0042", "upn=e@contoso.com")), "Created None");
    // ET-014: the undecodable sample is an opaque anchor.
    let sample = "xMf1FXx9RIcbcAbDlqeOA==";
    assert_eq!(outcome(&stage.add(sample, "upn=s@contoso.com")), "Created None");
    assert_eq!(outcome(&stage.set(sample, "title=x")), "Updated Anchor");
}

/// ET-164: sixteen certificates stop everything.
#[test]
fn et_164_sixteen_certificates_stop_everything() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=a@contoso.com");
    for (count, expected) in [(15u8, "Updated Anchor"), (16, "LargeObject userCertificate")] {
        let mut row = stage.row(Operation::Set, User, "A1", "title=New");
        row.attributes
            .push((a::USER_CERTIFICATE, (0..count).map(|n| Value::bytes(vec![n])).collect()));
        assert_eq!(outcome(&stage.send(&row)), expected);
    }
    let mut row = stage.row(Operation::Set, User, "A1", "");
    row.attributes = vec![(a::THUMBNAIL_PHOTO, vec![Value::bytes(vec![0; 102_401])])];
    assert_eq!(outcome(&stage.send(&row)), "LargeObject thumbnailPhoto");
}

/// ET-165, appendix C item 13: 332, 329, 311 and 312 addresses.
#[test]
fn et_165_the_size_budget() {
    let list = |n: usize| {
        let values: Vec<String> = (0..n).map(|n| format!("smtp:a{n}@contoso.com")).collect();
        format!("upn=a@contoso.com; proxy={}", values.join(","))
    };
    // Addresses, certificates, licences, accepted.
    for (addresses, certificates, licenses, fits) in [
        (332, 0, 0, true),
        (333, 0, 0, false),
        (329, 10, 0, true),
        (330, 10, 0, false),
        (311, 10, 4, true),
        (312, 10, 4, false),
        (312, 8, 4, false),
        (312, 7, 4, true),
    ] {
        let mut stage = Stage::new();
        let skus: Vec<String> = (0..licenses).map(|n| format!("PLAN{n}")).collect();
        stage.user(&format!("upn=a@contoso.com; sku={}", skus.join(",")));
        let mut row = stage.row(Operation::Add, User, "A1", &list(addresses));
        let values = (0..certificates).map(|n| Value::bytes(vec![n])).collect();
        row.attributes.push((a::USER_CERTIFICATE, values));
        let expected = if fits { "Updated SoftUpn" } else { "LargeObject ProxyAddresses" };
        let answer = stage.send(&row);
        assert_eq!(outcome(&answer), expected, "{addresses} {certificates} {licenses}");
    }
}

/// ET-166 with small numbers.
#[test]
fn et_166_purged_objects_count_a_quarter() {
    let mut stage = Stage::new();
    settings::set_quota(&mut stage.tables, Some(10)).unwrap();
    for n in 0..8 {
        stage.add_kind(Group, &format!("group{n}"), "name=G; securityEnabled=true");
        let row = stage.row(Operation::Delete, Group, &format!("group{n}"), "");
        stage.send(&row);
    }
    for n in 0..8 {
        let answer = stage.add(&format!("user{n}"), &format!("upn=u{n}@contoso.com"));
        assert_eq!(outcome(&answer), "Created None");
    }
    let refused = "DirectoryQuotaExceeded -";
    assert_eq!(outcome(&stage.add("user8", "upn=u8@contoso.com")), refused);
    assert_eq!(outcome(&stage.set("user0", "title=x")), "Updated Anchor");
    // Restorable objects weigh as much as active ones, purged ones a quarter for thirty days.
    stage.delete("user0");
    assert_eq!(outcome(&stage.add("user8", "upn=u8@contoso.com")), refused);
    let target = stage.get("user0").id;
    stage.edit(TenantEdit::Purge { target });
    assert_eq!(outcome(&stage.add("user8", "upn=u8@contoso.com")), refused);
    stage.run_to(crate::stage::at("31 09:00"));
    assert_eq!(outcome(&stage.add("user8", "upn=u8@contoso.com")), "Created None");
}

/// ET-141: a partial update of something that is not there.
#[test]
fn et_141_object_not_found() {
    let mut stage = Stage::new();
    assert_eq!(outcome(&stage.set("A1", "title=x")), "ObjectNotFound -");
    stage.add("A1", "upn=a@contoso.com");
    stage.delete("A1");
    assert_eq!(outcome(&stage.set("A1", "title=x")), "ObjectNotFound -");
    let mut full = stage.row(Operation::Set, User, "A2", "upn=b@contoso.com");
    full.complete = true;
    assert_eq!(outcome(&stage.send(&full)), "Created None");
}

/// ET-160, ET-164: every limit of the table: the longest value fits, one character more does not.
#[test]
fn et_160_every_length_of_the_table() {
    for (name, most) in [
        ("displayName", 256),
        ("givenName", 64),
        ("surname", 64),
        ("alias", 64),
        ("targetAddress", 256),
        ("title", 128),
        ("state", 128),
        ("city", 128),
        ("country", 128),
        ("department", 64),
        ("company", 64),
        ("mobile", 64),
        ("streetAddress", 1024),
        ("postalCode", 40),
        ("employeeId", 16),
    ] {
        for (length, fits) in [(most, true), (most + 1, false)] {
            let mut stage = Stage::new();
            let text = format!("upn=ok@contoso.com; {name}={}", "x".repeat(length));
            let expected = if fits {
                "Created None".to_owned()
            } else {
                format!("ExceededAllowedLength {name}")
            };
            let found = outcome(&stage.add("A1", &text));
            assert!(found.eq_ignore_ascii_case(&expected), "{name} {length}: {found}");
        }
    }
    // Blanks at the ends of a display name are trimmed; those of others count.
    let mut stage = Stage::new();
    let mut row = stage.row(Operation::Add, User, "A1", "upn=ok@contoso.com");
    row.attributes.push((a::DISPLAY_NAME, vec![Value::text(format!(" {} ", "x".repeat(256)))]));
    row.attributes.sort_by_key(|(id, _)| *id);
    assert_eq!(outcome(&stage.send(&row)), "Created None");
    assert_eq!(stage.profile(stage.get("A1").id, "displayName").len(), 256);
    // A mail that is too long is ignored.
    let long = format!("upn=m@contoso.com; mail={}@contoso.com", "x".repeat(250));
    assert_eq!(outcome(&stage.add("A2", &long)), "Created None");
    assert_eq!(stage.get("A2").mail, None);
    // A photo of 100 KB fits.
    for (key, size, expected) in
        [("A3", 102_400, "Created None"), ("A4", 102_401, "LargeObject thumbnailPhoto")]
    {
        let mut row = stage.row(Operation::Add, User, key, &format!("upn=p{key}@contoso.com"));
        row.attributes.push((a::THUMBNAIL_PHOTO, vec![Value::bytes(vec![7; size])]));
        row.attributes.sort_by_key(|(id, _)| *id);
        assert_eq!(outcome(&stage.send(&row)), expected);
    }
}

/// ET-160: directory extensions: 250 characters a value, 100 values an object.
#[test]
fn et_160_directory_extensions() {
    let mut stage = Stage::new();
    stage.feature("directoryExtensions", true);
    let name = "extension_1_costCenter";
    for (key, text, expected) in [
        ("A1", "x".repeat(250), "Created None".to_owned()),
        ("A2", "x".repeat(251), format!("ExceededAllowedLength {name}")),
        ("A3", vec!["x"; 100].join(","), "Created None".to_owned()),
        ("A4", vec!["x"; 101].join(","), "LargeObject extensions".to_owned()),
    ] {
        let row = format!("upn=e{key}@contoso.com; {name}={text}");
        assert_eq!(outcome(&stage.add(key, &row)), expected, "{key}");
    }
}

/// ET-160, ET-115: mailNickname is cleaned, a sAMAccountName is judged only where it stands in for a
/// UPN.
#[test]
fn et_160_nicknames_and_account_names() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=a@contoso.com; nick=.x y(z).");
    assert_eq!(stage.get("A1").mail_nickname.as_deref(), Some("x_y_z_"));
    let long = "x".repeat(21);
    assert_eq!(
        outcome(&stage.add("A2", &format!("sam={long}"))),
        "DataValidationFailed sAMAccountName"
    );
    assert_eq!(outcome(&stage.add("A2", "sam=a+b")), "DataValidationFailed sAMAccountName");
    let named = format!("upn=b@contoso.com; sam={long}");
    assert_eq!(outcome(&stage.add("A2", &named)), "Created None");
    assert_eq!(outcome(&stage.add("A3", "sam=svc1")), "Created None");
    assert_eq!(stage.get("A3").upn.as_deref(), Some("svc1@contoso.onmicrosoft.com"));
    assert_eq!(
        outcome(&stage.add("A4", "title=T")),
        "IdentityDataValidationFailed userPrincipalName"
    );
}
