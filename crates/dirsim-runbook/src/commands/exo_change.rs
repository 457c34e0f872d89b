//! Changing recipients of Exchange Online, which refuses what Active Directory masters
//! (`interfaces.md` 5.5, ET-020).

use dirsim_model::Value;
use dirsim_model::attribute::well_known as a;
use dirsim_tenant::{TenantEdit, TenantType};
use dirsim_world::Input;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph::{self, Found, body};
use crate::session::{Session, tenant_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::{Object, PsValue};

use super::exo_recipient::{self, Recipient};
use super::mg_user;

const SET: &[P] = &[
    P::text("Identity").at(0).required(),
    P::new("EmailAddresses", K::Any),
    P::text("WindowsEmailAddress"),
    P::text("PrimarySmtpAddress"),
    P::text("Alias"),
    P::text("DisplayName"),
    P::boolean("HiddenFromAddressListsEnabled"),
    P::text("ImmutableId"),
    P::boolean("IsExchangeCloudManaged"),
    P::new("Type", K::Choice(&["Regular", "Shared", "Room", "Equipment"])).ignored(),
    P::switch("Force").ignored(),
];

/// `Set-Mailbox`.
pub(super) static SET_MAILBOX: CommandSpec = CommandSpec {
    name: "Set-Mailbox",
    aliases: &[],
    module: "ExchangeOnlineManagement",
    summary: "Changes addresses, alias and name of a mailbox that is not synchronized",
    example: "Set-Mailbox ann@contoso.com -EmailAddresses @{add='smtp:a@contoso.com'}",
    parameters: SET,
    sets: &[],
    run: |session, bound| set(session, bound, |kind| kind == Recipient::Mailbox),
};

/// `Set-MailUser`.
pub(super) static SET_MAIL_USER: CommandSpec = CommandSpec {
    name: "Set-MailUser",
    aliases: &[],
    module: "ExchangeOnlineManagement",
    summary: "Changes addresses, alias and name of a mail user that is not synchronized",
    example: "Set-MailUser ann@contoso.com -EmailAddresses @{remove='smtp:a@contoso.com'}",
    parameters: SET,
    sets: &[],
    run: |session, bound| set(session, bound, |kind| kind == Recipient::MailUser),
};

/// `Set-DistributionGroup`.
pub(super) static SET_GROUP: CommandSpec = CommandSpec {
    name: "Set-DistributionGroup",
    aliases: &[],
    module: "ExchangeOnlineManagement",
    summary: "Changes addresses, alias and name of a group that is not synchronized",
    example: "Set-DistributionGroup sales@contoso.com -EmailAddresses @{add='smtp:s@contoso.com'}",
    parameters: SET,
    sets: &[],
    run: |session, bound| {
        set(session, bound, |kind| matches!(kind, Recipient::Distribution | Recipient::Security))
    },
};

/// `Remove-MailContact`.
pub(super) static REMOVE_CONTACT: CommandSpec = CommandSpec {
    name: "Remove-MailContact",
    aliases: &[],
    module: "ExchangeOnlineManagement",
    summary: "Deletes a contact that is not synchronized, for good",
    example: "Remove-MailContact zoe@fabrikam.com -Confirm:$false",
    parameters: &[P::text("Identity").at(0).required(), P::switch("Force").ignored()],
    sets: &[],
    run: |session, bound| remove(session, bound, |kind| kind == Recipient::Contact),
};

/// `Remove-Mailbox`.
pub(super) static REMOVE_MAILBOX: CommandSpec = CommandSpec {
    name: "Remove-Mailbox",
    aliases: &[],
    module: "ExchangeOnlineManagement",
    summary: "Deletes a user with the mailbox: to the recycle bin",
    example: "Remove-Mailbox ann@contoso.com -Confirm:$false",
    parameters: &[P::text("Identity").at(0).required(), P::switch("Force").ignored()],
    sets: &[],
    run: |session, bound| remove(session, bound, |kind| kind == Recipient::Mailbox),
};

/// `New-MailContact`.
pub(super) static NEW_CONTACT: CommandSpec = CommandSpec {
    name: "New-MailContact",
    aliases: &[],
    module: "ExchangeOnlineManagement",
    summary: "Creates a cloud contact",
    example: "New-MailContact -Name 'Zoe Ext' -ExternalEmailAddress zoe@fabrikam.com",
    parameters: &[
        P::text("Name").at(0).required(),
        P::text("ExternalEmailAddress").at(1).required(),
        P::text("Alias"),
        P::text("DisplayName"),
        P::text("FirstName"),
        P::text("LastName"),
    ],
    sets: &[],
    run: new_contact,
};

/// Refuses a change to an object that sync masters, in the words of Exchange.
fn check_owner(bound: &Bound, found: &Found, parameter: &str) -> Result<(), CommandError> {
    if !found.object.is_synced() {
        return Ok(());
    }
    let name = graph::target(found);
    let message = format!(
        "The operation on mailbox \"{name}\" failed because it's out of the current user's write scope. The action '{}', '{parameter}', can't be performed on the object '{name}' because the object is being synchronized from your on-premises organization. This action should be performed on the object in your on-premises organization.",
        bound.command.name
    );
    Err(tenant_refused(bound, &name, (400, "InvalidOperationException"), "ET-020", message))
}

fn set(
    session: &mut Session<'_>,
    bound: &Bound,
    fits: impl Fn(Recipient) -> bool,
) -> Result<Vec<Object>, CommandError> {
    let (found, _) = exo_recipient::find(session, bound, bound.required("Identity"), &fits)?;
    if let Some(managed) = bound.boolean("IsExchangeCloudManaged") {
        let edit = TenantEdit::SetCloudManaged { target: found.object.id, managed };
        session.act(bound, &graph::target(&found), Input::Tenant(edit))?;
        return Ok(Vec::new());
    }
    let mut changes = body::Body::new();
    if let Some(value) = bound.get("EmailAddresses") {
        check_owner(bound, &found, "EmailAddresses")?;
        let addresses = addresses(&found.object.addresses, value);
        changes.push((a::PROXY_ADDRESSES, addresses.into_iter().map(Value::from).collect()));
    }
    for parameter in ["WindowsEmailAddress", "PrimarySmtpAddress"] {
        if let Some(address) = bound.text(parameter) {
            check_owner(bound, &found, parameter)?;
            let all = with_primary(&found.object.addresses, address);
            changes.push((a::PROXY_ADDRESSES, all.into_iter().map(Value::from).collect()));
        }
    }
    for (parameter, property) in [
        ("Alias", "mailNickname"),
        ("DisplayName", "displayName"),
        ("ImmutableId", "onPremisesImmutableId"),
        ("HiddenFromAddressListsEnabled", "msExchHideFromAddressLists"),
    ] {
        if let Some(value) = bound.get(parameter).filter(|value| **value != PsValue::Null) {
            check_owner(bound, &found, parameter)?;
            body::push(session, bound, &mut changes, property, value)?;
        }
    }
    body::settle_immutable_id(session, &mut changes);
    mg_user::apply(session, bound, &found, changes)
}

/// Returns a list of addresses after `@{add=…; remove=…}`, or the list that replaces it. One
/// `SMTP:` is left, the last one written.
pub(super) fn addresses(before: &[Box<str>], value: &PsValue) -> Vec<String> {
    let prefixed = |text: String| if text.contains(':') { text } else { format!("smtp:{text}") };
    let texts = |value: &PsValue| -> Vec<String> {
        value.each().into_iter().map(|one| prefixed(one.to_text())).collect()
    };
    let PsValue::Table(pairs) = value else { return texts(value) };
    let mut all: Vec<String> = before.iter().map(ToString::to_string).collect();
    for (operation, values) in pairs {
        let values = texts(values);
        all.retain(|known| !values.iter().any(|value| value.eq_ignore_ascii_case(known)));
        if operation.eq_ignore_ascii_case("add") {
            for value in values {
                if value.starts_with("SMTP:") {
                    for known in &mut all {
                        *known = known.replacen("SMTP:", "smtp:", 1);
                    }
                }
                all.push(value);
            }
        }
    }
    all
}

/// Returns a list of addresses with another primary one; the old one stays as a secondary.
pub(super) fn with_primary(before: &[Box<str>], address: &str) -> Vec<String> {
    let others = before
        .iter()
        .filter(|known| !known.get(5..).is_some_and(|known| known.eq_ignore_ascii_case(address)));
    let others = others.map(|known| known.replacen("SMTP:", "smtp:", 1));
    std::iter::once(format!("SMTP:{address}")).chain(others).collect()
}

fn remove(
    session: &mut Session<'_>,
    bound: &Bound,
    fits: impl Fn(Recipient) -> bool,
) -> Result<Vec<Object>, CommandError> {
    let (found, kind) = exo_recipient::find(session, bound, bound.required("Identity"), &fits)?;
    if kind == Recipient::Contact {
        check_owner(bound, &found, "Identity")?;
    }
    let edit = TenantEdit::Delete { target: found.object.id };
    session.act(bound, &graph::target(&found), Input::Tenant(edit))?;
    Ok(Vec::new())
}

fn new_contact(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let address = bound.required("ExternalEmailAddress");
    let address = address.split_once(':').map_or(address, |(_, address)| address);
    let alias = bound.text("Alias").unwrap_or(address.split('@').next().unwrap_or_default());
    let mut attributes = body::Body::new();
    for (property, value) in [
        ("displayName", Some(bound.text("DisplayName").unwrap_or(bound.required("Name")))),
        ("givenName", bound.text("FirstName")),
        ("surname", bound.text("LastName")),
        ("mailNickname", Some(alias)),
        ("mail", Some(address)),
    ] {
        if let Some(value) = value {
            body::push(session, bound, &mut attributes, property, &PsValue::from(value))?;
        }
    }
    let primary = PsValue::from(format!("SMTP:{address}"));
    body::push(session, bound, &mut attributes, "proxyAddresses", &primary)?;
    body::push(session, bound, &mut attributes, "targetAddress", &primary)?;
    mg_user::create(session, bound, TenantType::Contact, attributes)?;
    if session.what_if {
        return Ok(Vec::new());
    }
    let fits = |kind| kind == Recipient::Contact;
    let (found, kind) = exo_recipient::find(session, bound, address, &fits)?;
    Ok(vec![exo_recipient::show(session, &found.object, kind)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_tables_add_and_remove() {
        let before: Vec<Box<str>> = vec!["SMTP:a@x.com".into(), "smtp:b@x.com".into()];
        let change = |operation: &str, value: &str| {
            PsValue::Table(vec![(operation.to_owned(), PsValue::from(value))])
        };
        assert_eq!(
            addresses(&before, &change("add", "SMTP:c@x.com")),
            ["smtp:a@x.com", "smtp:b@x.com", "SMTP:c@x.com"]
        );
        assert_eq!(addresses(&before, &change("Remove", "SMTP:B@x.com")), ["SMTP:a@x.com"]);
        assert_eq!(addresses(&before, &PsValue::from("d@x.com")), ["smtp:d@x.com"]);
    }
}
