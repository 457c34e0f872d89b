//! Passwords as state: hash rows, resets by an administrator, and who gets in (ET-240 to ET-251).
//!
//! There is no hash anywhere. What counts is who set the password last, when, and whether it must
//! be changed; that decides the outcome of a sign-in.

use dirsim_model::attribute::well_known as a;
use dirsim_model::{AttributeId, Schema, SourceAnchor, Timestamp, Value};
use dirsim_store::{StoreResult, Tables};
use serde::{Deserialize, Serialize};

use crate::admin::Done;
use crate::answer::{Answer, AppliedAs, MatchKind, Verdict};
use crate::catalogue::catalogue;
use crate::directory;
use crate::edit::TenantRefusal;
use crate::features::Feature;
use crate::lookup;
use crate::object::{TenantObject, domain_of};
use crate::planner::{Decided, Facts, Planner, Stop};
use crate::row::TenantType;
use crate::{checks, settings, throttle};

/// A password as the tenant knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// When it was set: on-premises for a synchronized one, in the cloud for a reset.
    pub changed: Timestamp,
    /// Whether it came as a hash from on-premises.
    pub synced: bool,
    /// A temporary password whose change the tenant does not ask for: it does not let anybody in
    /// (ET-245).
    pub temporary: bool,
}

/// One row of the password channel (ET-240). Hashes travel apart from attributes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashRow {
    /// The anchor of the user.
    pub source_anchor: SourceAnchor,
    /// When the password was changed on-premises.
    pub changed: Timestamp,
    /// Whether the account says that the password must be changed at the next logon.
    pub must_change: bool,
}

/// What happens at a sign-in with the right password (ET-251).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignIn {
    /// The user gets in.
    Allowed,
    /// The federation server of the domain decides.
    FederationServer,
    /// An agent asks Active Directory (pass-through authentication).
    ActiveDirectory,
    /// The user gets in after setting a new password.
    ChangePassword,
    /// The account is disabled.
    Disabled,
    /// There is no password yet (ET-242).
    NoPassword,
    /// The password is a temporary one and the tenant does not let it be changed (ET-245).
    TemporaryPassword,
    /// Nobody active has the name.
    UnknownUser,
}

/// The value of passwordPolicies that synchronized passwords bring along (ET-244).
const NEVER_EXPIRES: &str = "DisablePasswordExpiration";

impl SignIn {
    /// Returns the name that views show.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::FederationServer => "federation-server",
            Self::ActiveDirectory => "active-directory",
            Self::ChangePassword => "change-password",
            Self::Disabled => "disabled",
            Self::NoPassword => "no-password",
            Self::TemporaryPassword => "temporary-password",
            Self::UnknownUser => "unknown-user",
        }
    }
}

/// Answers one row of the password channel; each row is a request of its own (ET-247).
pub fn receive_hash(
    tables: &mut dyn Tables,
    schema: &Schema,
    row: &HashRow,
    now: Timestamp,
) -> StoreResult<Answer> {
    let mut planner = Planner::new(tables, schema, now)?;
    let decided = decide(&mut planner, row);
    let throttled = planner.options.throttled;
    let (dice, rolled) = (settings::dice(planner.tables)?, planner.dice.clone());
    let Planner { checks, notes, object, matched, .. } = planner;
    if dice != rolled {
        settings::put_dice(tables, &rolled)?;
    }
    let verdict = match decided {
        Err(Stop::Store(error)) => return Err(error),
        Err(Stop::Refused(refusal)) => Verdict::Failure(refusal),
        Ok((number, before, mut after)) => {
            directory::save(tables, number, Some(&before), &mut after)?;
            if throttled {
                throttle::record(tables, now, 1)?;
            }
            Verdict::Success(AppliedAs::Updated)
        }
    };
    Ok(Answer {
        verdict,
        matched,
        object,
        checks,
        quarantined: Vec::new(),
        overwritten: Vec::new(),
        notes,
        at: now,
    })
}

fn decide(planner: &mut Planner<'_>, row: &HashRow) -> Decided<(u64, TenantObject, TenantObject)> {
    checks::synchronization_is_on(planner)?; //                                          [202, 240]
    checks::window_has_room(planner)?; //                                                     [167]
    if !planner.has(Feature::PasswordSync) {
        let reason = "password hash synchronization is off for the tenant".to_owned();
        let facts = Facts { reason, ..Facts::default() };
        return Err(planner.refuse("PasswordSyncNotEnabled", "ET-120", facts));
    }
    let holder = planner.holders_of(&row.source_anchor)?.into_iter().find(|(_, o)| o.is_active());
    let Some((number, before)) = holder else {
        let reason = format!("nobody active holds anchor {}", row.source_anchor);
        let facts = Facts { reason, ..Facts::default() };
        return Err(planner.refuse("ObjectNotFound", "ET-247", facts));
    };
    planner
        .check("ET-240", format!("anchor {} is held by {}", row.source_anchor, before.describe()));
    planner.object = Some(before.cloud_anchor());
    if before.kind != TenantType::User {
        let reason = format!("a {} has no password", before.kind.name());
        let facts = Facts { conflict: Some(&before), reason, ..Facts::default() };
        return Err(planner.refuse("ObjectTypeMismatch", "ET-240", facts));
    }
    if !before.is_synced() {
        let reason = "sync does not own the user".to_owned();
        let facts = Facts { object: Some(&before), reason, ..Facts::default() };
        return Err(planner.refuse("CloudOnlyCredentialUpdateNotAllowed", "ET-247", facts));
    }
    planner.matched = MatchKind::Anchor;
    let mut after = before.clone();
    let is_new = before.credential.is_none();
    let asks = planner.has(Feature::UserForcePasswordChangeOnLogon);
    let forced = row.must_change && (is_new || asks);
    after.credential = Some(Credential {
        changed: row.changed,
        synced: true,
        temporary: row.must_change && !forced,
    });
    planner.check("ET-241", format!("the password of {} replaces the stored one", row.changed));
    if row.must_change {
        let because = match (is_new, asks) {
            (true, _) => "a new user must change it",
            (false, true) => "userForcePasswordChangeOnLogon is on, so it must be changed",
            (false, false) => "userForcePasswordChangeOnLogon is off, so nobody gets in with it",
        };
        planner.check("ET-245", format!("the password is temporary: {because}"));
    }
    let mut profile = Vec::new();
    put(planner.schema, &mut profile, "forceChangePasswordNextSignIn", &[Value::Boolean(forced)]);
    policies(planner, &before, &mut profile);
    after.profile = after.profile.with(profile);
    Ok((number, before, after))
}

/// Sets or takes the value that keeps a password from expiring (ET-244).
fn policies(
    planner: &mut Planner<'_>,
    user: &TenantObject,
    profile: &mut Vec<(AttributeId, Vec<Value>)>,
) {
    let cloud = planner.has(Feature::CloudPasswordPolicy);
    let Some(id) = planner.schema.attribute("passwordPolicies") else { return };
    let held = user.profile.text(id).unwrap_or_default();
    let mut words: Vec<&str> = held
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty() && !word.eq_ignore_ascii_case("None"))
        .filter(|word| !word.eq_ignore_ascii_case(NEVER_EXPIRES))
        .collect();
    if !cloud {
        words.insert(0, NEVER_EXPIRES);
    }
    let text = words.join(", ");
    planner.check("ET-244", format!("the cloud policy is {}", if cloud { "on" } else { "off" }));
    let values = if text.is_empty() { Vec::new() } else { vec![Value::text(text)] };
    profile.push((id, values));
}

fn put(
    schema: &Schema,
    profile: &mut Vec<(AttributeId, Vec<Value>)>,
    name: &str,
    values: &[Value],
) {
    if let Some(id) = schema.attribute(name) {
        profile.push((id, values.to_vec()));
    }
}

/// Returns whether the tenant takes a password that somebody sets in the cloud. Passwords that come as
/// hashes from on-premises are never asked (ET-243).
pub fn complies(password: &str) -> bool {
    let limits = &catalogue().limits.password;
    let length = password.chars().count();
    let kinds = [
        password.chars().any(char::is_lowercase),
        password.chars().any(char::is_uppercase),
        password.chars().any(char::is_numeric),
        password.chars().any(|letter| !letter.is_alphanumeric()),
    ];
    (limits.shortest..=limits.longest).contains(&length)
        && kinds.into_iter().filter(|kind| *kind).count() >= limits.kinds
}

/// Sets the password of a user in the cloud: it holds until the next change on-premises (ET-020,
/// ET-241).
pub(crate) fn set_in_cloud(planner: &mut Planner<'_>, user: &mut TenantObject) -> Done<()> {
    if planner.is_federated(user.upn.as_deref().map_or("", domain_of))? {
        let text = "The password of a user in a federated domain is not in the cloud.";
        return Err(TenantRefusal::bad_request("ET-020", text, Some("passwordProfile")).into());
    }
    user.credential = Some(Credential { changed: planner.now, synced: false, temporary: false });
    Ok(())
}

/// Tells what happens when somebody signs in with a name and the right password (ET-251).
pub fn sign_in(tables: &dyn Tables, schema: &Schema, name: &str) -> StoreResult<SignIn> {
    let Some(number) = lookup::by_upn(tables, name)? else { return Ok(SignIn::UnknownUser) };
    match lookup::object(tables, number)? {
        Some(user) => outcome(tables, schema, &user),
        None => Ok(SignIn::UnknownUser),
    }
}

/// Tells what happens when a user signs in with the right password (ET-251).
pub fn outcome(tables: &dyn Tables, schema: &Schema, user: &TenantObject) -> StoreResult<SignIn> {
    if !user.is_active() || user.kind != TenantType::User {
        return Ok(SignIn::UnknownUser);
    }
    let truth = |name: &str| {
        let id = schema.attribute(name)?;
        crate::merge::read_boolean(user.profile.get(id).first()?)
    };
    if user.profile.get(a::ACCOUNT_ENABLED).first().and_then(crate::merge::read_boolean)
        == Some(false)
    {
        return Ok(SignIn::Disabled);
    }
    let domain = settings::domain(tables, user.upn.as_deref().map_or("", domain_of))?;
    if domain.is_some_and(|domain| domain.verified && domain.federated) {
        return Ok(SignIn::FederationServer);
    }
    let settings = settings::settings(tables)?;
    if user.is_synced() && settings.features.has(Feature::PassThroughAuthentication) {
        return Ok(SignIn::ActiveDirectory);
    }
    Ok(match user.credential {
        None => SignIn::NoPassword,
        Some(Credential { temporary: true, .. }) => SignIn::TemporaryPassword,
        Some(_) if truth("forceChangePasswordNextSignIn") == Some(true) => SignIn::ChangePassword,
        Some(_) => SignIn::Allowed,
    })
}
