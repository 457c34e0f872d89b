//! Reading recipients of Exchange Online: mailboxes, mail users, contacts, groups
//! (`interfaces.md` 3.8, 5.5).

use dirsim_tenant::object::TenantObject;
use dirsim_tenant::{TenantType, lookup};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph::object::{self, Names};
use crate::graph::{self, Found};
use crate::session::{Session, tenant_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::{Object, PsValue};

/// Objects that one read returns without `-ResultSize Unlimited`.
const RESULTS: usize = 1_000;

/// Parameters of every reading cmdlet.
const READ: &[P] = &[
    P::text("Identity").at(0),
    P::new("Filter", K::Filter),
    P::text("ResultSize"),
    P::texts("Properties").ignored(),
    P::texts("PropertySets").ignored(),
    P::text("Anr"),
    P::texts("RecipientTypeDetails"),
    P::texts("RecipientType"),
    P::text("SortBy").ignored(),
    P::switch("IncludeSoftDeletedRecipients").ignored(),
];

/// `Get-Recipient`.
pub(super) static RECIPIENTS: CommandSpec = CommandSpec {
    name: "Get-Recipient",
    aliases: &["Get-EXORecipient"],
    module: "ExchangeOnlineManagement",
    summary: "Shows whoever has an address in the tenant: mailboxes, mail users, contacts, groups",
    example: "Get-Recipient -Filter \"EmailAddresses -eq 'smtp:ann@contoso.com'\"",
    parameters: READ,
    sets: &[],
    run: |session, bound| list(session, bound, |_| true),
};

/// `Get-Mailbox`.
pub(super) static MAILBOXES: CommandSpec = CommandSpec {
    name: "Get-Mailbox",
    aliases: &["Get-EXOMailbox"],
    module: "ExchangeOnlineManagement",
    summary: "Shows mailboxes; with -SoftDeletedMailbox those of deleted users",
    example: "Get-Mailbox ann@contoso.com",
    parameters: &[
        P::text("Identity").at(0),
        P::new("Filter", K::Filter),
        P::text("ResultSize"),
        P::switch("SoftDeletedMailbox"),
        P::switch("InactiveMailboxOnly"),
        P::switch("IncludeInactiveMailbox"),
        P::text("Anr"),
        P::texts("RecipientTypeDetails"),
        P::texts("Properties").ignored(),
        P::texts("PropertySets").ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        if bound.switch("InactiveMailboxOnly") {
            // Holds are not simulated, so no mailbox outlives its user.
            return Ok(Vec::new());
        }
        list(session, bound, |kind| kind == Recipient::Mailbox)
    },
};

/// `Get-MailUser`.
pub(super) static MAIL_USERS: CommandSpec = CommandSpec {
    name: "Get-MailUser",
    aliases: &[],
    module: "ExchangeOnlineManagement",
    summary: "Shows users with addresses and without a mailbox",
    example: "Get-MailUser -ResultSize Unlimited",
    parameters: READ,
    sets: &[],
    run: |session, bound| list(session, bound, |kind| kind == Recipient::MailUser),
};

/// `Get-MailContact`.
pub(super) static CONTACTS: CommandSpec = CommandSpec {
    name: "Get-MailContact",
    aliases: &["Get-Contact"],
    module: "ExchangeOnlineManagement",
    summary: "Shows mail contacts",
    example: "Get-MailContact -ResultSize Unlimited",
    parameters: READ,
    sets: &[],
    run: |session, bound| list(session, bound, |kind| kind == Recipient::Contact),
};

/// `Get-UnifiedGroup`.
pub(super) static UNIFIED: CommandSpec = CommandSpec {
    name: "Get-UnifiedGroup",
    aliases: &[],
    module: "ExchangeOnlineManagement",
    summary: "Shows Microsoft 365 groups",
    example: "Get-UnifiedGroup",
    parameters: READ,
    sets: &[],
    run: |session, bound| list(session, bound, |kind| kind == Recipient::Unified),
};

/// `Get-DistributionGroup`.
pub(super) static DISTRIBUTION: CommandSpec = CommandSpec {
    name: "Get-DistributionGroup",
    aliases: &[],
    module: "ExchangeOnlineManagement",
    summary: "Shows distribution groups and mail-enabled security groups",
    example: "Get-DistributionGroup -ResultSize Unlimited",
    parameters: READ,
    sets: &[],
    run: |session, bound| {
        list(session, bound, |kind| matches!(kind, Recipient::Distribution | Recipient::Security))
    },
};

/// `Get-MailPublicFolder`.
pub(super) static PUBLIC_FOLDERS: CommandSpec = CommandSpec {
    name: "Get-MailPublicFolder",
    aliases: &[],
    module: "ExchangeOnlineManagement",
    summary: "Shows mail-enabled public folders; dirsim simulates none, so the list is empty",
    example: "Get-MailPublicFolder -ResultSize Unlimited",
    parameters: READ,
    sets: &[],
    run: |_, _| Ok(Vec::new()),
};

/// What Exchange makes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recipient {
    /// A user with a mailbox.
    Mailbox,
    /// A user with addresses only.
    MailUser,
    /// A contact.
    Contact,
    /// A Microsoft 365 group.
    Unified,
    /// A distribution group.
    Distribution,
    /// A mail-enabled security group.
    Security,
}

impl Recipient {
    /// Returns what an object is to Exchange; nothing when it has no address.
    pub(super) fn of(object: &TenantObject) -> Option<Self> {
        let unified = object.group_types.iter().any(|kind| &**kind == "Unified");
        match object.kind {
            TenantType::User if object.has_exchange_license() => Some(Self::Mailbox),
            TenantType::User => (!object.addresses.is_empty()).then_some(Self::MailUser),
            TenantType::Contact => (!object.addresses.is_empty()).then_some(Self::Contact),
            TenantType::Group if unified => Some(Self::Unified),
            TenantType::Group if object.mail_enabled && object.security_enabled => {
                Some(Self::Security)
            }
            TenantType::Group if object.mail_enabled => Some(Self::Distribution),
            TenantType::Group | TenantType::Device => None,
        }
    }

    /// Returns `RecipientType` and `RecipientTypeDetails`.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Mailbox => ("UserMailbox", "UserMailbox"),
            Self::MailUser => ("MailUser", "MailUser"),
            Self::Contact => ("MailContact", "MailContact"),
            Self::Unified => ("MailUniversalDistributionGroup", "GroupMailbox"),
            Self::Distribution => {
                ("MailUniversalDistributionGroup", "MailUniversalDistributionGroup")
            }
            Self::Security => ("MailUniversalSecurityGroup", "MailUniversalSecurityGroup"),
        }
    }

    const fn type_name(self) -> &'static str {
        match self {
            Self::Mailbox => "Microsoft.Exchange.Data.Directory.Management.Mailbox",
            Self::MailUser => "Microsoft.Exchange.Data.Directory.Management.MailUser",
            Self::Contact => "Microsoft.Exchange.Data.Directory.Management.MailContact",
            Self::Unified => "Microsoft.Exchange.Data.Directory.Management.UnifiedGroup",
            Self::Distribution | Self::Security => {
                "Microsoft.Exchange.Data.Directory.Management.DistributionGroup"
            }
        }
    }
}

/// Builds the failure for an identity that names nothing.
pub(super) fn not_found(bound: &Bound, identity: &str) -> CommandError {
    let message = format!(
        "Ex6F9304|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|The operation couldn't be performed because object '{identity}' couldn't be found."
    );
    tenant_refused(
        bound,
        identity,
        (404, "ManagementObjectNotFoundException"),
        "interfaces 5.5",
        message,
    )
}

/// Finds the recipient that a text names: id, UPN, any address, alias, name or display name.
pub(super) fn find(
    session: &Session<'_>,
    bound: &Bound,
    identity: &str,
    fits: &dyn Fn(Recipient) -> bool,
) -> Result<(Found, Recipient), CommandError> {
    let of = |found: Found| {
        let kind = Recipient::of(&found.object).filter(|kind| fits(*kind))?;
        found.object.is_active().then_some((found, kind))
    };
    let tables = session.tables();
    let mut numbers = lookup::by_address(tables, identity)?;
    numbers.extend(lookup::by_upn(tables, identity)?);
    if let Ok(id) = identity.parse() {
        numbers.extend(lookup::by_id(tables, id)?);
    }
    for number in numbers {
        if let Some(found) = graph::read(session, number)?.and_then(of) {
            return Ok(found);
        }
    }
    for kind in [TenantType::User, TenantType::Contact, TenantType::Group] {
        for found in graph::everyone(session, kind)? {
            let named = ["mailNickname", "displayName"].iter().any(|name| {
                let values = object::values(session, &found.object, name);
                values.iter().any(|value| value.to_text().eq_ignore_ascii_case(identity))
            });
            if named && let Some(found) = of(found) {
                return Ok(found);
            }
        }
    }
    Err(not_found(bound, identity))
}

fn list(
    session: &mut Session<'_>,
    bound: &Bound,
    fits: impl Fn(Recipient) -> bool,
) -> Result<Vec<Object>, CommandError> {
    if let Some(identity) = bound.text("Identity")
        && !bound.switch("SoftDeletedMailbox")
    {
        let (found, kind) = find(session, bound, identity, &fits)?;
        return Ok(vec![show(session, &found.object, kind)]);
    }
    let filter = bound.text("Filter").map(crate::filter::parse).transpose().map_err(|problem| {
        let message = format!("Invalid filter syntax: {problem}");
        tenant_refused(bound, "Filter", (400, "InvalidFilter"), "interfaces 5.5", message)
    })?;
    let mut objects = Vec::new();
    if bound.switch("SoftDeletedMailbox") {
        objects.extend(lookup::recycle_bin(session.tables())?.into_iter().map(|(_, one)| one));
    } else {
        for kind in [TenantType::User, TenantType::Contact, TenantType::Group] {
            objects.extend(graph::everyone(session, kind)?.into_iter().map(|one| one.object));
        }
    }
    let limit = match bound.text("ResultSize") {
        Some(size) if size.eq_ignore_ascii_case("Unlimited") => usize::MAX,
        Some(size) => size.parse().unwrap_or(RESULTS),
        None => RESULTS,
    };
    let types = [bound.texts("RecipientTypeDetails"), bound.texts("RecipientType")].concat();
    let mut shown = Vec::new();
    let mut more = false;
    for one in &objects {
        let Some(kind) = Recipient::of(one).filter(|kind| fits(*kind)) else { continue };
        let (general, details) = kind.names();
        let wanted = |name: &&str| {
            name.split(',').map(str::trim).any(|name| {
                name.eq_ignore_ascii_case(general) || name.eq_ignore_ascii_case(details)
            })
        };
        if !types.is_empty() && !types.iter().any(wanted) {
            continue;
        }
        let object = show(session, one, kind);
        let meets = filter.as_ref().is_none_or(|filter| {
            filter.matches(&|name| {
                let value = object.get(name);
                value.map_or_else(Vec::new, |value| value.each().into_iter().cloned().collect())
            })
        });
        let named = bound.text("Anr").is_none_or(|start| {
            let start = start.to_lowercase();
            ["Alias", "DisplayName", "PrimarySmtpAddress"].iter().any(|name| {
                object.get(name).is_some_and(|v| v.to_text().to_lowercase().starts_with(&start))
            })
        });
        if !meets || !named {
            continue;
        }
        if shown.len() == limit {
            more = true;
            break;
        }
        shown.push(object);
    }
    if more && !bound.has("ResultSize") {
        session.warn(format!(
            "By default, only the first {RESULTS} items are returned. Use the ResultSize parameter to specify the number of items returned. To return all items, specify \"-ResultSize Unlimited\"."
        ));
    }
    Ok(shown)
}

/// Returns an object as Exchange shows it.
pub(super) fn show(session: &Session<'_>, one: &TenantObject, kind: Recipient) -> Object {
    let value = |name: &str| object::value(session, one, name, Names::Module);
    let primary = one.primary_smtp().map(|address| address.trim_start_matches("SMTP:").to_owned());
    let (general, details) = kind.names();
    let hidden = value("msExchHideFromAddressLists") == PsValue::Boolean(true);
    let name = match value("displayName") {
        PsValue::Null => PsValue::from(one.id),
        name => name,
    };
    let mut shown = Object::new(kind.type_name())
        .with("Name", name)
        .with("Alias", value("mailNickname"))
        .with("DisplayName", value("displayName"))
        .with("EmailAddresses", value("proxyAddresses"))
        .with("ExternalDirectoryObjectId", one.id)
        .with("ExternalEmailAddress", value("targetAddress"))
        .with("Guid", one.id)
        .with("HiddenFromAddressListsEnabled", hidden)
        .with("Identity", value("displayName"))
        .with("IsDirSynced", one.is_synced())
        .with("PrimarySmtpAddress", primary)
        .with("RecipientType", general)
        .with("RecipientTypeDetails", details)
        .with("WhenCreated", one.created);
    if one.kind == TenantType::User {
        shown = shown
            .with("ImmutableId", value("onPremisesImmutableId"))
            .with("UserPrincipalName", value("userPrincipalName"))
            .with("WindowsLiveID", value("userPrincipalName"));
    }
    if kind == Recipient::Mailbox {
        shown = shown
            .with("IsExchangeCloudManaged", one.cloud_managed)
            .with("IsInactiveMailbox", false)
            .with("IsSoftDeletedByRemove", !one.is_active());
    }
    shown
}
