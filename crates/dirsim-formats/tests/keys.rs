//! Keys from CSV exports: spellings, pitfalls, and files that are not what they seem.

#![expect(clippy::unwrap_used, reason = "tests may stop at a surprise")]

use dirsim_formats::keys::{DirectoryKeys, read_directory, read_tenant};
use dirsim_formats::{Lint, LintCode};
use dirsim_tenant::TenantType;
use dirsim_tenant::forecast::Trait;

fn directory(text: &str) -> (DirectoryKeys, Vec<Lint>) {
    read_directory("ad.csv", text.as_bytes()).unwrap()
}

fn refusal(text: &[u8]) -> String {
    read_directory("ad.csv", text).unwrap_err().to_string()
}

/// `interfaces.md` 1 and 2.3: a type line, semicolons, module names, hand-joined addresses.
#[test]
fn an_ad_export_of_powershell_is_read() {
    let (keys, lints) = directory(
        "\u{feff}#TYPE Selected.Microsoft.ActiveDirectory.Management.ADUser\r\n\
         \"distinguishedname\";\"ObjectClass\";\"ObjectGUID\";\"UserPrincipalName\";\"EmailAddress\";\"ProxyAddresses\";\"SID\";\"SamAccountName\"\r\n\
         \"CN=Ann,DC=contoso,DC=com\";\"user\";\"3f2504e0-4f89-11d3-9a0c-0305e82c3301\";\"ann@contoso.com\";\"ann@contoso.com\";\"SMTP:ann@contoso.com smtp:a@contoso.com\";\"S-1-5-21-1-2-3-4\";\"ann\"\r\n\
         \"CN=Bo,DC=contoso,DC=com\";\"user\";\"00112233-4455-6677-8899-aabbccddeeff\";\"\";\"\";\"\";\"\";\"bo\"\r\n",
    );
    let rows: Vec<_> = keys.iter().collect();
    assert_eq!(rows[0].line, 3);
    assert_eq!(rows[0].keys.anchor, Some("4AQlP4lP0xGaDAMF6CwzAQ=="));
    assert_eq!(rows[0].keys.addresses, "SMTP:ann@contoso.com;smtp:a@contoso.com");
    assert_eq!(rows[0].keys.mail, Some("ann@contoso.com"));
    assert_eq!(rows[0].keys.sid, Some("S-1-5-21-1-2-3-4"));
    // A user without a UPN gets the one that the default rules make.
    assert_eq!(
        (rows[1].name, rows[1].keys.upn),
        ("CN=Bo,DC=contoso,DC=com", Some("bo@contoso.com"))
    );
    assert_eq!(lints, []);
}

/// SE-300 to SE-304: mS-DS-ConsistencyGuid goes before objectGUID, a calculated anchor before both.
#[test]
fn the_anchor_comes_from_the_first_source_that_is_there() {
    let (keys, _) = directory(
        "ObjectGUID,mS-DS-ConsistencyGuid,ImmutableId,objectClass\n\
         3f2504e0-4f89-11d3-9a0c-0305e82c3301,,,user\n\
         3f2504e0-4f89-11d3-9a0c-0305e82c3301,MyIRAFVEd2aImaq7zN3u/w==,,group\n\
         3f2504e0-4f89-11d3-9a0c-0305e82c3301,X'33221100554477668899aabbccddeeff',,contact\n\
         3f2504e0-4f89-11d3-9a0c-0305e82c3301,MyIRAFVEd2aImaq7zN3u/w==,own,user\n",
    );
    let found: Vec<_> = keys.iter().map(|row| (row.keys.kind, row.keys.anchor.unwrap())).collect();
    assert_eq!(
        found,
        [
            (TenantType::User, "4AQlP4lP0xGaDAMF6CwzAQ=="),
            (TenantType::Group, "MyIRAFVEd2aImaq7zN3u/w=="),
            (TenantType::Contact, "MyIRAFVEd2aImaq7zN3u/w=="),
            (TenantType::User, "own"),
        ]
    );
    assert!(!keys.tells_addresses);
}

/// `interfaces.md` 2.3 and 14: what an export lost is named.
#[test]
fn lost_values_are_remarks() {
    let (keys, lints) = directory(
        "ObjectGUID,mS-DS-ConsistencyGuid,proxyAddresses\n\
         3f2504e0-4f89-11d3-9a0c-0305e82c3301,System.Byte[],Microsoft.ActiveDirectory.Management.ADPropertyValueCollection\n\
         ,,\n,,SMTP:x@contoso.com\n",
    );
    let codes: Vec<_> = lints.iter().map(|lint| lint.code).collect();
    assert_eq!(
        codes,
        [LintCode::CsvBytesTypename, LintCode::CsvCollectionTypename, LintCode::NoObjectGuid]
    );
    assert!(!keys.tells_addresses);
    assert_eq!(keys.len(), 2, "an empty line is no object");
}

/// Mistakes come with file, line, reason and what to do.
#[test]
fn other_files_are_refused() {
    for (text, message) in [
        (
            &b"Name,Phone\nAnn,1\n"[..],
            "no column objectGUID or mS-DS-ConsistencyGuid or immutableId: this is not an AD export",
        ),
        (b"", "this is not an AD export"),
        (b"\xFF\xFEO\0", "the file is written in UTF-16"),
        (b"objectGUID\nnonsense\n", "`nonsense` is no GUID"),
        (
            b"objectGUID,mail\n3f2504e0-4f89-11d3-9a0c-0305e82c3301,a,b\n",
            "3 fields under 2 columns",
        ),
        (
            b"objectGUID,mail\n3f2504e0-4f89-11d3-9a0c-0305e82c3301,\xE9\n",
            "field 2 is not text in UTF-8",
        ),
    ] {
        let told = refusal(text);
        assert!(told.contains(message), "{told}");
        assert!(told.contains("ad.csv:"), "{told}");
    }
    let open_quote = format!("objectGUID,mail\n,\"{}", "a\n".repeat(600_000));
    assert!(refusal(open_quote.as_bytes()).contains("longer than 1 MiB"));
}

/// `interfaces.md` 3.3, 3.4 and 3.8: names of Graph, of the portal and of Exchange.
#[test]
fn a_tenant_export_is_read() {
    let mut seen = Vec::new();
    let told = read_tenant(
        "tenant.csv",
        &b"ExternalDirectoryObjectId,PrimarySmtpAddress,EmailAddresses,IsDirSynced,RecipientType,onPremisesImmutableId,roles,deletedDateTime\n\
           1,ann@contoso.com,\"SMTP:ann@contoso.com,smtp:a@contoso.com\",True,UserMailbox,A1,Global Administrator,\n\
           2,dl@contoso.com,System.String[],False,MailUniversalDistributionGroup,,,2026-01-01\n"[..],
        &mut |holding| {
            let has = |fact| holding.traits.has(fact);
            seen.push((
                holding.id.to_owned(),
                holding.keys.kind,
                holding.keys.addresses.to_owned(),
                [has(Trait::Synchronized), has(Trait::Privileged), has(Trait::Deleted)],
            ));
        },
    )
    .unwrap();
    assert_eq!(
        seen,
        [
            (
                "1".to_owned(),
                TenantType::User,
                "SMTP:ann@contoso.com;smtp:a@contoso.com".to_owned(),
                [true, true, false]
            ),
            ("2".to_owned(), TenantType::Group, String::new(), [false, false, true]),
        ]
    );
    assert!(!told.addresses);
    assert_eq!(told.lints[0].code, LintCode::CsvArrayTypename);
}
