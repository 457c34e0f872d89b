//! UPN, mailNickname and address calculation (ET-090 to ET-115).

use dirsim_tenant::TenantEdit;
use dirsim_tenant::TenantType::{Contact, Group};

use crate::stage::{Stage, card, outcome};

fn license(stage: &mut Stage, key: &str, assigned: bool) {
    let target = stage.get(key).id;
    assert_eq!(stage.edit(TenantEdit::SetLicense { target, sku: "E3".to_owned(), assigned }), "ok");
}

/// The list, the mail and the mailNickname of an object.
fn mail(stage: &Stage, key: &str) -> String {
    let object = stage.get(key);
    format!(
        "{} | {} | {}",
        object.addresses.join("; "),
        object.mail.as_deref().unwrap_or("-"),
        object.mail_nickname.as_deref().unwrap_or("-")
    )
}

/// ET-095, ET-098, ET-099: scenarios 1 to 5 of UPN population.
#[test]
fn et_095_to_099_upn_population() {
    let mut stage = Stage::new();
    stage
        .add("A1", "upn=user3@contoso.local; mail=user2@contoso.com; proxy=SMTP:user1@contoso.com");
    let upn = |stage: &Stage| stage.get("A1").upn.unwrap().to_string();
    assert_eq!(upn(&stage), "user1@contoso.onmicrosoft.com");
    assert_eq!(stage.get("A1").mail_nickname.as_deref(), Some("user1"));
    stage.set("A1", "nick=user4");
    assert_eq!(upn(&stage), "user1@contoso.onmicrosoft.com");
    stage.set("A1", "proxy=SMTP:other@contoso.com; mail=other@contoso.com");
    assert_eq!(upn(&stage), "user1@contoso.onmicrosoft.com");
    stage.set("A1", "upn=user5@contoso.local");
    assert_eq!(upn(&stage), "user4@contoso.onmicrosoft.com");
    stage.set("A1", "upn=user5@contoso.com");
    assert_eq!(upn(&stage), "user5@contoso.com");
}

/// ET-096: odd characters lead to the initial domain.
#[test]
fn et_096_odd_characters_lead_to_the_initial_domain() {
    for (upn, nickname, expected) in [
        ("john .smith@contoso.com", "smithj", "smithj@contoso.onmicrosoft.com"),
        ("bôb@contoso.com", "bob", "bob@contoso.onmicrosoft.com"),
        ("ok@contoso.com", "x", "ok@contoso.com"),
    ] {
        let mut stage = Stage::new();
        assert_eq!(
            outcome(&stage.add("A1", &format!("upn={upn}; nick={nickname}"))),
            "Created None"
        );
        assert_eq!(stage.get("A1").upn.as_deref(), Some(expected));
    }
}

/// ET-097: where the nickname comes from.
#[test]
fn et_097_where_the_nickname_comes_from() {
    for (row, expected) in [
        ("upn=u3@contoso.com; mail=u2@contoso.com; proxy=SMTP:u1@contoso.com; nick=n", "n"),
        ("upn=u3@contoso.com; mail=u2@contoso.com; proxy=SMTP:u1@contoso.com", "u1"),
        ("upn=u3@contoso.com; mail=u2@contoso.com", "u2"),
        ("upn=u3@contoso.com; proxy=smtp:u4@contoso.com", "u3"),
        ("upn=u3@contoso.com; nick=a b(c", "a_b_c"),
    ] {
        let mut stage = Stage::new();
        stage.add("A1", row);
        assert_eq!(stage.get("A1").mail_nickname.as_deref(), Some(expected), "{row}");
    }
    // For a group without anything else, a secondary address.
    let mut stage = Stage::new();
    stage.add_kind(Group, "A1", "name=G; proxy=smtp:g@contoso.com");
    assert_eq!(stage.get("A1").mail_nickname.as_deref(), Some("g"));
}

/// ET-111 cases 1, 4, 4b and 5.
#[test]
fn et_111_case_1_4_and_5() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=u1@contoso.com");
    assert_eq!(mail(&stage, "A1"), " | - | u1");
    license(&mut stage, "A1", true);
    let licensed = "SMTP:u1@contoso.com; smtp:u1@contoso.onmicrosoft.com | u1@contoso.com";
    assert_eq!(mail(&stage, "A1"), format!("{licensed} | u1"));
    stage.set("A1", "nick=nn");
    assert_eq!(mail(&stage, "A1"), format!("{licensed} | nn"));
    license(&mut stage, "A1", false);
    assert_eq!(
        mail(&stage, "A1"),
        "SMTP:u1@contoso.onmicrosoft.com | u1@contoso.onmicrosoft.com | nn"
    );
    stage.set("A1", "proxy=smtp:new@contoso.com");
    assert_eq!(
        mail(&stage, "A1"),
        "SMTP:u1@contoso.onmicrosoft.com; smtp:new@contoso.com; smtp:u1@contoso.com | u1@contoso.onmicrosoft.com | nn"
    );
}

/// ET-111: case 2 and 3.
#[test]
fn et_111_case_2_and_3() {
    let mut stage = Stage::new();
    stage.add("A2", "upn=u2@contoso.com; mail=m2@contoso.com");
    assert_eq!(mail(&stage, "A2"), "SMTP:m2@contoso.com | m2@contoso.com | m2");
    license(&mut stage, "A2", true);
    assert_eq!(
        mail(&stage, "A2"),
        "SMTP:m2@contoso.com; smtp:u2@contoso.com; smtp:m2@contoso.onmicrosoft.com | m2@contoso.com | m2"
    );
    stage.add(
        "A3",
        "upn=u3@contoso.com; proxy=SMTP:p1@contoso.com,smtp:p2@contoso.onmicrosoft.com,smtp:p3@x.microsoftonline.com",
    );
    assert_eq!(mail(&stage, "A3"), "SMTP:p1@contoso.com | p1@contoso.com | p1");
    license(&mut stage, "A3", true);
    assert_eq!(
        mail(&stage, "A3"),
        "SMTP:p1@contoso.com; smtp:u3@contoso.com; smtp:p1@contoso.onmicrosoft.com | p1@contoso.com | p1"
    );
    stage.set("A3", "proxy=SMTP:n1@contoso.com");
    assert_eq!(
        mail(&stage, "A3"),
        "SMTP:n1@contoso.com; smtp:u3@contoso.com; smtp:p1@contoso.onmicrosoft.com | n1@contoso.com | p1"
    );
}

/// ET-111 case 6, ET-103.
#[test]
fn et_103_two_users_with_one_nickname() {
    let mut stage = Stage::new();
    for (key, upn) in [("A1", "x@contoso.com"), ("A2", "y@contoso.com")] {
        stage.add(key, &format!("upn={upn}; nick=user6mnn"));
        license(&mut stage, key, true);
    }
    assert!(mail(&stage, "A1").contains("smtp:user6mnn@contoso.onmicrosoft.com"));
    assert!(mail(&stage, "A2").contains("smtp:user6mnn1234@contoso.onmicrosoft.com"));
    assert_eq!(stage.get("A2").mail_nickname.as_deref(), Some("user6mnn"));
    // As UPN too; nothing is quarantined.
    stage.add("A3", "upn=z@contoso.local; nick=user6mnn");
    assert_eq!(card(&stage.get("A3")), "user6mnn5678@contoso.onmicrosoft.com true []");
    assert!(stage.get("A3").conflicts.is_empty());
}

/// ET-104, ET-105.
#[test]
fn et_104_licensed_managed_users_keep_their_upn() {
    let mut stage = Stage::with("seed-sample", None, &[]);
    stage.add("A1", "upn=ann@contoso.com");
    stage.add("A2", "upn=bob@contoso.com");
    license(&mut stage, "A1", true);
    assert_eq!(outcome(&stage.set("A1", "upn=ann.new@contoso.com")), "Updated Anchor");
    stage.set("A2", "upn=bob.new@contoso.com");
    assert_eq!(stage.get("A1").upn.as_deref(), Some("ann@contoso.com"));
    assert_eq!(stage.get("A1").shadow.upn.as_deref(), Some("ann.new@contoso.com"));
    assert_eq!(stage.get("A2").upn.as_deref(), Some("bob.new@contoso.com"));
    stage.feature("synchronizeUpnForManagedUsers", true);
    assert_eq!(stage.get("A1").upn.as_deref(), Some("ann@contoso.com"));
    stage.set("A1", "upn=ann3@contoso.com");
    assert_eq!(stage.get("A1").upn.as_deref(), Some("ann3@contoso.com"));
}

/// ET-106, ET-107.
#[test]
fn et_106_federated_users() {
    for (profile, same, other) in [
        ("p2018", "bob@fabrikam.com", "FederatedDomainChangeError FederatedUser.UserPrincipalName"),
        ("p2026", "bobby@fabrikam.com", "Updated Anchor"),
    ] {
        let mut stage = Stage::with("new-tenant", Some(profile), &[]);
        stage.add("A1", "upn=bob@fabrikam.com");
        assert_eq!(outcome(&stage.set("A1", "upn=bobby@fabrikam.com")), "Updated Anchor");
        assert_eq!(stage.get("A1").upn.as_deref(), Some(same), "{profile}");
        assert_eq!(outcome(&stage.set("A1", "upn=bob@wingtip.com")), other, "{profile}");
    }
}

/// ET-104, ET-107: renaming by hand is the detour where sync may not change the name.
#[test]
fn et_107_a_federated_user_moves_by_the_initial_domain() {
    let mut stage = Stage::with("new-tenant", Some("p2018"), &[]);
    stage.add("A1", "upn=bob@fabrikam.com");
    let id = stage.get("A1").id;
    assert_eq!(stage.patch(id, "upn=bob@contoso.onmicrosoft.com"), "ok");
    assert_eq!(outcome(&stage.set("A1", "upn=bob@wingtip.com")), "Updated Anchor");
    assert_eq!(stage.get("A1").upn.as_deref(), Some("bob@wingtip.com"));
}

/// ET-108: a domain is verified and removed.
#[test]
fn et_108_a_domain_is_verified_and_removed() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=lee.sperry@fabrikam.example; nick=lee.sperry");
    let cloud = stage.user("upn=c@contoso.com");
    let domain = |verified| TenantEdit::SetDomain {
        name: "Fabrikam.example".to_owned(),
        verified,
        federated: false,
    };
    assert_eq!(stage.get("A1").upn.as_deref(), Some("lee.sperry@contoso.onmicrosoft.com"));
    stage.edit(domain(Some(true)));
    assert_eq!(stage.get("A1").upn.as_deref(), Some("lee.sperry@fabrikam.example"));
    stage.edit(domain(None));
    assert_eq!(stage.get("A1").upn.as_deref(), Some("lee.sperry@contoso.onmicrosoft.com"));
    let contoso =
        TenantEdit::SetDomain { name: "contoso.com".to_owned(), verified: None, federated: false };
    stage.edit(contoso);
    assert_eq!(stage.of(cloud).upn.as_deref(), Some("c@contoso.onmicrosoft.com"));
}

/// ET-091, ET-108, ET-112: addresses of unverified domains of recipients.
#[test]
fn et_112_recipients_lose_unverified_domains() {
    let mut stage = Stage::new();
    let list = "proxy=SMTP:a@contoso.com,smtp:a@wing.example";
    stage.add("A1", &format!("upn=a@contoso.com; {list}"));
    license(&mut stage, "A1", true);
    assert!(!mail(&stage, "A1").contains("wing.example"));
    stage.edit(TenantEdit::SetDomain {
        name: "wing.example".to_owned(),
        verified: Some(true),
        federated: false,
    });
    assert!(mail(&stage, "A1").contains("smtp:a@wing.example"));
    stage.add_kind(Contact, "A2", "name=C; proxy=SMTP:b@contoso.com,smtp:b@contoso.local");
    assert_eq!(mail(&stage, "A2"), "SMTP:b@contoso.com; smtp:b@contoso.local | b@contoso.com | b");
    stage.add("A3", "upn=r@contoso.com; msExchRemoteRecipientType=1; proxy=SMTP:r@contoso.com,smtp:r@contoso.local");
    assert!(!mail(&stage, "A3").contains("contoso.local"));
}

/// ET-110 steps 3 and 4.
#[test]
fn et_110_malformed_and_legacy_values_are_dropped() {
    let mut stage = Stage::new();
    stage.add(
        "A1",
        "upn=j@contoso.com; proxy=SMTP: John@contoso.com,X400:c=us,noprefix,smtp:a@b@contoso.com,smtp:jé@contoso.com,X500:/o=c/cn=a b,SMTP:one@contoso.com,SMTP:two@contoso.com",
    );
    assert_eq!(
        stage.get("A1").addresses.join("; "),
        "SMTP:one@contoso.com; X500:/o=c/cn=a b; smtp:two@contoso.com"
    );
    let mut stage = Stage::new();
    stage.add("A1", "upn=j@contoso.com; proxy=SMTP: John@contoso.com");
    license(&mut stage, "A1", true);
    assert_eq!(stage.get("A1").mail.as_deref(), Some("j@contoso.com"));
}

/// ET-114, ET-227: a mail-enabled group stays one; appendix C item 15.
#[test]
fn et_114_a_group_stays_mail_enabled() {
    let mut stage = Stage::new();
    stage.add_kind(Group, "A1", "name=Tax; mail=tax@contoso.com; securityEnabled=true");
    assert_eq!(
        mail(&stage, "A1"),
        "SMTP:tax@contoso.com; smtp:tax@contoso.onmicrosoft.com | tax@contoso.com | tax"
    );
    stage.set_kind(Group, "A1", "mail=; proxy=");
    assert_eq!(
        mail(&stage, "A1"),
        "SMTP:tax@contoso.onmicrosoft.com | tax@contoso.onmicrosoft.com | tax"
    );
    assert!(stage.get("A1").mail_enabled);
}

/// ET-115: a row without upn.
#[test]
fn et_115_a_row_without_upn() {
    let mut stage = Stage::new();
    stage.add("A1", "sam=svc1");
    assert_eq!(stage.get("A1").upn.as_deref(), Some("svc1@contoso.onmicrosoft.com"));
    let refused = "IdentityDataValidationFailed userPrincipalName";
    assert_eq!(outcome(&stage.add("A2", "name=Nobody")), refused);
}
