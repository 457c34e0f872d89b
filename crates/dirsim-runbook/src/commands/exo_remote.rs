//! Remote mailboxes: the on-premises half of a mailbox in the cloud (`interfaces.md` 5.5).

use dirsim_forest::lookup;

use crate::ad::{AdObject, Noun, edit, identity, property};
use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, forest_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::{Object, PsValue};

/// msExchRecipientTypeDetails of remote mailboxes, and msExchRemoteRecipientType, by `-Type`
/// (`interfaces.md` 2.1, 3.8).
const TYPES: &[(&str, i64, i64)] = &[
    ("Regular", 2_147_483_648, 1),
    ("Room", 8_589_934_592, 33),
    ("Equipment", 17_179_869_184, 65),
    ("Shared", 34_359_738_368, 97),
];

/// `Get-RemoteMailbox`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-RemoteMailbox",
    aliases: &[],
    module: "Exchange",
    summary: "Shows the remote mailboxes of Active Directory",
    example: "Get-RemoteMailbox ann",
    parameters: &[
        P::text("Identity").at(0),
        P::text("ResultSize").ignored(),
        P::text("OnPremisesOrganizationalUnit").or(&["OrganizationalUnit"]).ignored(),
    ],
    sets: &[],
    run: get,
};

/// `Enable-RemoteMailbox`.
pub(super) static ENABLE: CommandSpec = CommandSpec {
    name: "Enable-RemoteMailbox",
    aliases: &[],
    module: "Exchange",
    summary: "Gives an account the attributes of a mailbox that lies in the cloud",
    example: "Enable-RemoteMailbox ann -RemoteRoutingAddress ann@contoso.mail.onmicrosoft.com",
    parameters: &[
        P::text("Identity").at(0).required(),
        P::text("RemoteRoutingAddress"),
        P::text("PrimarySmtpAddress"),
        P::text("Alias"),
        P::switch("Shared"),
        P::switch("Room"),
        P::switch("Equipment"),
    ],
    sets: &[crate::spec::ParameterSet { names: &["Shared", "Room", "Equipment"], required: false }],
    run: enable,
};

/// `Set-RemoteMailbox`.
pub(super) static SET: CommandSpec = CommandSpec {
    name: "Set-RemoteMailbox",
    aliases: &[],
    module: "Exchange",
    summary: "Changes addresses and type of a remote mailbox",
    example: "Set-RemoteMailbox ann -EmailAddresses @{add='smtp:ann.lee@contoso.com'}",
    parameters: &[
        P::text("Identity").at(0).required(),
        P::new("EmailAddresses", K::Any),
        P::text("PrimarySmtpAddress"),
        P::text("RemoteRoutingAddress"),
        P::text("Alias"),
        P::new("Type", K::Choice(&["Regular", "Shared", "Room", "Equipment"])),
        P::boolean("HiddenFromAddressListsEnabled"),
        P::boolean("EmailAddressPolicyEnabled").ignored(),
    ],
    sets: &[],
    run: set,
};

/// `Disable-RemoteMailbox`.
pub(super) static DISABLE: CommandSpec = CommandSpec {
    name: "Disable-RemoteMailbox",
    aliases: &[],
    module: "Exchange",
    summary: "Takes the attributes of a remote mailbox from an account, which stays",
    example: "Disable-RemoteMailbox ann -Confirm:$false",
    parameters: &[P::text("Identity").at(0).required()],
    sets: &[],
    run: |session, bound| {
        let target = find(session, bound)?;
        check(session, bound, &target, true)?;
        let names = [
            "msExchRecipientTypeDetails",
            "msExchRemoteRecipientType",
            "targetAddress",
            "proxyAddresses",
            "mailNickname",
            "mail",
        ];
        let none = PsValue::List(Vec::new());
        let changes: Vec<(&str, PsValue)> =
            names.iter().map(|name| (*name, none.clone())).collect();
        write(session, bound, &target, &changes)
    },
};

/// Finds an account by what Exchange takes: also UPN and address.
fn find(session: &Session<'_>, bound: &Bound) -> Result<AdObject, CommandError> {
    let identity = bound.required("Identity");
    if identity.contains('@') {
        let tables = session.tables();
        let mut ids = lookup::by_address(tables, identity)?;
        ids.extend(lookup::by_upn(tables, identity)?);
        for id in ids {
            if let Some(object) = lookup::object(tables, id)?
                && Noun::User.holds(object.class)
            {
                return Ok(AdObject { id, object });
            }
        }
    }
    identity::find(session, bound, Noun::User, identity)
}

fn one(session: &Session<'_>, found: &AdObject, name: &str) -> Result<PsValue, CommandError> {
    let value = property::values(session, found, name)?.into_iter().next();
    Ok(value.unwrap_or(PsValue::Null))
}

fn is_remote(session: &Session<'_>, found: &AdObject) -> Result<bool, CommandError> {
    let kind = one(session, found, "msExchRecipientTypeDetails")?;
    Ok(TYPES.iter().any(|(_, details, _)| kind == PsValue::Integer(*details)))
}

/// Refuses a mailbox that is there already, or one that is not.
fn check(
    session: &Session<'_>,
    bound: &Bound,
    target: &AdObject,
    wanted: bool,
) -> Result<(), CommandError> {
    if is_remote(session, target)? == wanted {
        return Ok(());
    }
    let dn = lookup::dn(session.tables(), target.id)?.to_string();
    let message = if wanted {
        format!(
            "The operation couldn't be performed because object '{dn}' couldn't be found as a remote mailbox."
        )
    } else {
        format!(
            "This task does not support recipients of this type. The specified recipient {dn} is of type RemoteUserMailbox."
        )
    };
    Err(forest_refused(bound, &dn, "ADInvalidOperationException", "interfaces 5.5", message))
}

fn write(
    session: &mut Session<'_>,
    bound: &Bound,
    target: &AdObject,
    values: &[(&str, PsValue)],
) -> Result<Vec<Object>, CommandError> {
    let mut changes = Vec::new();
    for (name, value) in values {
        changes.push(edit::replace(session, bound, name, value)?);
    }
    edit::apply(session, bound, target, changes)?;
    Ok(Vec::new())
}

fn get(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let found = if bound.has("Identity") {
        let target = find(session, bound)?;
        check(session, bound, &target, true)?;
        vec![target]
    } else {
        let mut all = Vec::new();
        for (id, object) in dirsim_store::rows::after::<dirsim_forest::ForestObject>(
            session.tables(),
            None,
            usize::MAX,
        )? {
            let found = AdObject { id, object };
            let live = found.object.deleted.is_none() && Noun::User.holds(found.object.class);
            if live && is_remote(session, &found)? {
                all.push(found);
            }
        }
        all
    };
    found.iter().map(|found| show(session, found)).collect()
}

fn show(session: &Session<'_>, found: &AdObject) -> Result<Object, CommandError> {
    let addresses = property::values(session, found, "proxyAddresses")?;
    let primary = addresses
        .iter()
        .map(PsValue::to_text)
        .find_map(|address| address.strip_prefix("SMTP:").map(str::to_owned));
    let kind = one(session, found, "msExchRecipientTypeDetails")?;
    let kind = TYPES.iter().find(|(_, details, _)| kind == PsValue::Integer(*details));
    let details = match kind {
        Some(("Regular", ..)) | None => "RemoteUserMailbox".to_owned(),
        Some((name, ..)) => format!("Remote{name}Mailbox"),
    };
    Ok(Object::new("Microsoft.Exchange.Data.Directory.Management.RemoteMailbox")
        .with("Name", one(session, found, "Name")?)
        .with("RecipientTypeDetails", details)
        .with("RemoteRoutingAddress", one(session, found, "targetAddress")?)
        .with("Alias", one(session, found, "mailNickname")?)
        .with("DistinguishedName", one(session, found, "DistinguishedName")?)
        .with("EmailAddresses", PsValue::List(addresses))
        .with("PrimarySmtpAddress", primary)
        .with("SamAccountName", one(session, found, "sAMAccountName")?)
        .with("UserPrincipalName", one(session, found, "userPrincipalName")?))
}

fn enable(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let target = find(session, bound)?;
    check(session, bound, &target, false)?;
    let sam = one(session, &target, "sAMAccountName")?.to_text();
    let alias = bound.text("Alias").map_or(sam, str::to_owned);
    let upn = one(session, &target, "userPrincipalName")?.to_text();
    let primary = bound.text("PrimarySmtpAddress").map_or(upn, str::to_owned);
    let wanted = ["Shared", "Room", "Equipment"].into_iter().find(|name| bound.switch(name));
    let wanted = wanted.unwrap_or("Regular");
    let (_, details, remote) =
        TYPES.iter().find(|(name, ..)| *name == wanted).copied().unwrap_or(("", 0, 0));
    let mut addresses = vec![PsValue::from(format!("SMTP:{primary}"))];
    let routing = bound
        .text("RemoteRoutingAddress")
        .map(|address| address.split_once(':').map_or(address, |(_, address)| address).to_owned());
    if let Some(routing) = &routing {
        addresses.push(format!("smtp:{routing}").into());
    }
    let mut values = vec![
        ("mailNickname", PsValue::from(alias)),
        ("mail", PsValue::from(primary)),
        ("proxyAddresses", PsValue::List(addresses)),
        ("msExchRecipientTypeDetails", PsValue::Integer(details)),
        ("msExchRemoteRecipientType", PsValue::Integer(remote)),
    ];
    if let Some(routing) = routing {
        values.push(("targetAddress", PsValue::from(format!("SMTP:{routing}"))));
    }
    write(session, bound, &target, &values)?;
    if session.what_if {
        return Ok(Vec::new());
    }
    let now = find(session, bound)?;
    Ok(vec![show(session, &now)?])
}

fn set(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let target = find(session, bound)?;
    check(session, bound, &target, true)?;
    let before: Vec<Box<str>> = property::values(session, &target, "proxyAddresses")?
        .iter()
        .map(|address| address.to_text().into())
        .collect();
    let mut values: Vec<(&str, PsValue)> = Vec::new();
    if let Some(value) = bound.get("EmailAddresses") {
        let all = super::exo_change::addresses(&before, value);
        values.push(("proxyAddresses", PsValue::from(all)));
    }
    if let Some(address) = bound.text("PrimarySmtpAddress") {
        let all = super::exo_change::with_primary(&before, address);
        values.push(("proxyAddresses", PsValue::from(all)));
        values.push(("mail", PsValue::from(address)));
    }
    if let Some(address) = bound.text("RemoteRoutingAddress") {
        let address = address.split_once(':').map_or(address, |(_, address)| address);
        values.push(("targetAddress", PsValue::from(format!("SMTP:{address}"))));
    }
    if let Some(alias) = bound.get("Alias") {
        values.push(("mailNickname", alias.clone()));
    }
    if let Some(hidden) = bound.get("HiddenFromAddressListsEnabled") {
        values.push(("msExchHideFromAddressLists", hidden.clone()));
    }
    if let Some(wanted) = bound.text("Type")
        && let Some((_, details, remote)) = TYPES.iter().find(|(name, ..)| *name == wanted)
    {
        values.push(("msExchRecipientTypeDetails", PsValue::Integer(*details)));
        values.push(("msExchRemoteRecipientType", PsValue::Integer(*remote)));
    }
    write(session, bound, &target, &values)
}
