//! Tenant exports as Graph and its modules write them, and errors as the user sees them.

use std::fmt::Write as _;

use dirsim_formats::graph::GraphOptions;
use dirsim_formats::{SourceFile, read_tenant};
use dirsim_model::{Schema, ValueRef};
use proptest::prelude::*;

/// The only place in these tests that calls the reader; tells what was read, or the errors.
fn read_files(files: &[(&str, &[u8])]) -> String {
    let mut schema = Schema::built_in();
    let files: Vec<SourceFile<'_>> =
        files.iter().map(|(name, bytes)| SourceFile { name, bytes }).collect();
    let loaded = match read_tenant(&files, &mut schema, &GraphOptions::default()) {
        Ok(loaded) => loaded,
        Err(errors) => return errors.to_string(),
    };
    let mut out = String::new();
    let _ = writeln!(out, "tenant {}", loaded.new.initial_domain);
    for domain in &loaded.new.domains {
        let _ = writeln!(
            out,
            "  domain {} verified {} federated {}",
            domain.name, domain.verified, domain.federated
        );
    }
    for (name, enabled) in &loaded.new.features {
        let _ = writeln!(out, "  feature {name} {enabled}");
    }
    for (object, place) in loaded.objects.iter().zip(&loaded.places) {
        let id = object.id.map(|id| id.to_string()).unwrap_or_default();
        let _ = writeln!(out, "{place}: {:?} {id}", object.kind);
        let mut lines: Vec<String> = object
            .attributes
            .iter()
            .map(|(attribute, values)| {
                let shown: Vec<String> = values
                    .iter()
                    .map(|value| match value.as_ref() {
                        ValueRef::Bytes(bytes) => format!("{} bytes", bytes.len()),
                        other => format!("{other:?}"),
                    })
                    .collect();
                format!("  {} {}", schema.name(*attribute), shown.join(" "))
            })
            .collect();
        // By name, so that new names in the schema files change nothing here.
        lines.sort();
        for line in lines {
            let _ = writeln!(out, "{line}");
        }
        for (attribute, targets) in &object.references {
            let _ = writeln!(out, "  {} -> {}", schema.name(*attribute), targets.join(" "));
        }
        for role in &object.roles {
            let _ = writeln!(out, "  role {role}");
        }
        for role in &object.eligible_roles {
            let _ = writeln!(out, "  eligible {role}");
        }
        if let Some(deleted) = object.deleted {
            let _ = writeln!(out, "  deleted {deleted}");
        }
    }
    let _ = writeln!(
        out,
        "names {:?} left out {:?} newest {:?}",
        loaded.names, loaded.left_out, loaded.newest
    );
    for lint in &loaded.lints {
        let _ = writeln!(out, "{lint}");
    }
    out
}

fn read(text: &str) -> String {
    read_files(&[("tenant.json", text.as_bytes())])
}

#[test]
fn a_page_of_users_with_domains_features_and_roles() {
    insta::assert_snapshot!(read_files(&[
        ("users.json", include_bytes!("data/graph-users.json")),
        ("facts.json", include_bytes!("data/tenant-facts.json")),
    ]));
}

#[test]
fn pages_of_groups_contacts_and_devices() {
    insta::assert_snapshot!(read_files(&[(
        "groups.json",
        include_bytes!("data/graph-groups.json")
    )]));
}

#[test]
fn users_of_get_mguser_in_windows_powershell() {
    insta::assert_snapshot!(read_files(&[("users.json", include_bytes!("data/get-mguser.json"))]));
}

const ANN: &str = r#"{"id":"64c6616b-f961-4882-a03e-9209d01711aa","userPrincipalName":"ann@contoso.com","displayName":"Ann"}"#;
const BO: &str = r#"{"id":"a98368aa-f0cb-41b5-a7c6-10f18c6c837d","userPrincipalName":"bo@contoso.com","displayName":"Bo"}"#;

#[test]
fn every_wrapping_gives_the_same_objects() {
    let objects = |text: &str| {
        let out = read(text);
        let lines = out.lines().filter(|line| line.starts_with("  userPrincipalName"));
        lines.map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    let both = [
        "userPrincipalName Text(\"ann@contoso.com\")",
        "userPrincipalName Text(\"bo@contoso.com\")",
    ];
    for text in [
        format!("[{ANN},{BO}]"),
        format!("{{\"value\":[{ANN},{BO}]}}"),
        format!("[{{\"value\":[{ANN}]}},{{\"value\":[{BO}]}}]"),
        format!("{ANN}\r\n{BO}\r\n"),
        format!("{{\"value\":[{ANN},{BO}],\"Count\":2}}"),
    ] {
        assert_eq!(objects(&text), both, "{text}");
    }
    assert_eq!(objects(ANN).len(), 1);
}

#[test]
fn a_default_export_is_not_taken_for_a_tenant_without_anchors() {
    let out = read(ANN);
    assert!(out.contains("tenant.json:1: error graph-default-select"), "{out}");
    for code in ["no-domains", "no-features", "no-roles", "no-deleted"] {
        assert!(out.contains(&format!("warning {code}")), "{out}");
    }
    let empty_bin =
        r#"{"@odata.context":"x#directory/deletedItems/microsoft.graph.user","value":[]}"#;
    assert!(!read(&format!("{ANN}{empty_bin}")).contains("no-deleted"));
}

#[test]
fn every_mistake_of_a_file_is_reported_with_its_place() {
    insta::assert_snapshot!(read(
        "[\n\
         {\"id\": \"nonsense\", \"userPrincipalName\": \"a@contoso.com\"},\n\
         {\"id\": \"64c6616b-f961-4882-a03e-9209d01711aa\", \"userPrincipalName\": \"b@contoso.com\", \"accountEnabled\": \"maybe\"},\n\
         {\"id\": \"64c6616b-f961-4882-a03e-9209d01711ab\", \"userPrincipalName\": null},\n\
         {\"id\": \"64c6616b-f961-4882-a03e-9209d01711ac\", \"userPrincipalName\": \"d@contoso.com\", \"deletedDateTime\": \"yesterday\"},\n\
         42\n\
         ]\n"
    ));
}

#[test]
fn text_that_is_not_json_is_located() {
    insta::assert_snapshot!(
        [
            read("{\"id\": \"1\""),
            read("[{\"id\": 1}, oops]"),
            read("id,userPrincipalName\n1,a@contoso.com\n"),
            read(""),
            read(&format!("{ANN}\n{{\"id\" 1}}\n{{\"id\": }}\n{BO}\n")),
            read(&format!("{{\"a\":{}", "[".repeat(70))),
            read("{}"),
        ]
        .join("\n")
    );
}

#[test]
fn objects_that_stand_twice_name_both_places() {
    let same_name = BO.replace("bo@", "ANN@");
    let deleted = ANN
        .replace("64c6616b", "74c6616b")
        .replace("\"displayName\"", "\"deletedDateTime\":\"2026-02-20T08:00:00Z\",\"displayName\"");
    insta::assert_snapshot!(read_files(&[
        ("one.json", format!("[{ANN},\n{deleted}]").as_bytes()),
        ("two.json", format!("[{ANN},\n{same_name}]").as_bytes()),
    ]));
}

proptest! {
    #[test]
    fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read_files(&[("x", &bytes)]);
    }

    #[test]
    fn pieces_of_json_never_panic(pieces in proptest::collection::vec(
        prop_oneof![
            Just("{".to_owned()), Just("}".to_owned()), Just("[".to_owned()), Just("]".to_owned()),
            Just(",".to_owned()), Just("\"value\":[".to_owned()), Just("\"id\":".to_owned()),
            Just("\"userPrincipalName\":\"a@b.c\"".to_owned()), Just("\"members\":[".to_owned()),
            Just("\"features\":{".to_owned()), Just("\"\\u12".to_owned()), Just("-1.5e".to_owned()),
            Just("null".to_owned()), Just("\"groupTypes\":[]".to_owned()), "\"[^\"]{0,8}\":?", ".{0,4}",
        ], 0..40)
    ) {
        read(&pieces.concat());
    }

    #[test]
    fn any_json_never_panics(value in json()) {
        read(&value.to_string());
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let name = prop_oneof![
        Just("id"),
        Just("userPrincipalName"),
        Just("value"),
        Just("members"),
        Just("features"),
        Just("AdditionalProperties"),
        Just("deletedDateTime"),
        Just("proxyAddresses"),
        Just("assignedLicenses"),
        Just("@odata.type"),
        Just("verifiedDomains"),
        Just("Count"),
        Just("thumbnailPhoto"),
        Just("onPremisesExtensionAttributes"),
        Just("accountEnabled"),
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        ".{0,20}".prop_map(Into::into),
        Just("#microsoft.graph.user".into()),
        Just("/Date(1772357400000)/".into()),
    ];
    leaf.prop_recursive(5, 60, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            proptest::collection::vec((name.clone(), inner), 0..8).prop_map(|members| {
                members
                    .into_iter()
                    .map(|(k, v)| (k.to_owned(), v))
                    .collect::<serde_json::Map<_, _>>()
                    .into()
            }),
        ]
    })
}
