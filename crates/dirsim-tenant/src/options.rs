//! What a rehearsal sets about the tenant and no administrator of the real service can: who is
//! acting, limits in force, delays, known defects of the portal.

use dirsim_model::{SourceAnchor, Timestamp};
use dirsim_store::{StoreResult, Tables, rows};
use serde::{Deserialize, Serialize};

use crate::admin::Done;
use crate::edit::TenantRefusal;
use crate::{log, settings};

/// The settings of a rehearsal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// Whether the write window of the service is enforced (ET-167).
    pub throttled: bool,
    /// The version of the provisioning interface, 1 or 2; it decides how large groups may be
    /// (ET-223).
    pub api_version: u8,
    /// Milliseconds between a row and the calculation of addresses; 0 calculates within the row
    /// (ET-113).
    pub calculation_delay_ms: i64,
    /// Whether the portal view has its known cosmetic defects (ET-084).
    pub cosmetic_defects: bool,
    /// Roles of the administrator who acts; `None` may do everything (ET-123).
    pub actor_roles: Option<Vec<String>>,
    /// Milliseconds until a turn-off of synchronization completes; `None` for the documented
    /// longest time (ET-202).
    pub turn_off_ms: Option<i64>,
    /// Object writes of one window; `None` for the documented number (ET-167).
    pub write_limit: Option<u64>,
    /// Anchors whose next Delete is lost on its way (ET-182).
    pub lost_deletes: Vec<SourceAnchor>,
    /// Milliseconds until synchronization that was turned on again accepts rows (ET-202).
    pub turn_on_ms: i64,
    /// Members of a synchronized group with the second version of the interface; the first one takes
    /// a fifth. `None` for the documented numbers (ET-223).
    pub member_limit: Option<u32>,
    /// Scopes of Graph that the administrator who acts has consent for; `None` for all (ET-123).
    pub actor_scopes: Option<Vec<String>>,
}

/// One setting of a rehearsal to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TenantOption {
    /// Enforces the write window of the service, or not (ET-167).
    Throttled(bool),
    /// The version of the provisioning interface: 1 or 2 (ET-223).
    ApiVersion(u8),
    /// Milliseconds until addresses are calculated (ET-113).
    CalculationDelay(i64),
    /// The known cosmetic defects of the portal (ET-084).
    CosmeticDefects(bool),
    /// Roles of the administrator who acts from now on; `None` for one who may do everything
    /// (ET-123).
    ActorRoles(Option<Vec<String>>),
    /// Milliseconds until a turn-off completes (ET-202).
    TurnOff(i64),
    /// Objects that the directory may hold; `None` for the documented number (ET-166).
    Quota(Option<u64>),
    /// Object writes of one window, for rehearsals with few objects; `None` for the documented
    /// number (ET-167).
    WriteLimit(Option<u64>),
    /// Loses the next Delete of an anchor on its way (ET-182).
    LoseDelete(SourceAnchor),
    /// Milliseconds until synchronization that was turned on again accepts rows (ET-202).
    TurnOn(i64),
    /// Members of a synchronized group with the second version of the interface, for rehearsals with
    /// few objects; the first version takes a fifth. `None` for the documented numbers (ET-223).
    MemberLimit(Option<u32>),
    /// Scopes of Graph that the administrator who acts has consent for; `None` for all (ET-123).
    ActorScopes(Option<Vec<String>>),
}

const OPTIONS: &str = "tenant-options";

impl Default for Options {
    fn default() -> Self {
        Self {
            throttled: false,
            api_version: 2,
            calculation_delay_ms: 0,
            cosmetic_defects: false,
            actor_roles: None,
            turn_off_ms: None,
            write_limit: None,
            lost_deletes: Vec::new(),
            turn_on_ms: 0,
            member_limit: None,
            actor_scopes: None,
        }
    }
}

impl Options {
    /// Returns whether the administrator who acts holds one of some roles (ET-123).
    pub fn acts_as(&self, roles: &[&str]) -> bool {
        self.actor_roles.as_ref().is_none_or(|held| {
            held.iter().any(|role| roles.iter().any(|wanted| role.eq_ignore_ascii_case(wanted)))
        })
    }
}

/// Returns the settings of a rehearsal.
pub fn options(tables: &dyn Tables) -> StoreResult<Options> {
    Ok(rows::meta(tables, OPTIONS)?.unwrap_or_default())
}

/// Sets the version of the provisioning interface that a new tenant is asked through (ET-223).
pub(crate) fn start_with_api_version(tables: &mut dyn Tables, version: u8) -> StoreResult<()> {
    rows::put_meta(tables, OPTIONS, &Options { api_version: version, ..Options::default() })
}

/// Writes the settings of a rehearsal.
pub(crate) fn put(tables: &mut dyn Tables, options: &Options) -> StoreResult<()> {
    rows::put_meta(tables, OPTIONS, options)
}

/// Changes one setting.
pub(crate) fn set(tables: &mut dyn Tables, option: &TenantOption, now: Timestamp) -> Done<()> {
    let mut options = options(tables)?;
    let refuse = |rule, text: &str| TenantRefusal::bad_request(rule, text.to_owned(), None);
    let text = match option {
        TenantOption::Throttled(on) => {
            options.throttled = *on;
            format!("throttling = {on}")
        }
        TenantOption::ApiVersion(version @ (1 | 2)) => {
            options.api_version = *version;
            format!("version of the provisioning interface = {version}")
        }
        TenantOption::ApiVersion(_) => {
            return Err(
                refuse("ET-223", "The provisioning interface has the versions 1 and 2.").into()
            );
        }
        TenantOption::CalculationDelay(ms) if *ms >= 0 => {
            options.calculation_delay_ms = *ms;
            format!("addresses are calculated after {} seconds", ms / 1000)
        }
        TenantOption::CalculationDelay(_) => {
            return Err(refuse("ET-113", "A delay is not negative.").into());
        }
        TenantOption::CosmeticDefects(on) => {
            options.cosmetic_defects = *on;
            format!("cosmetic defects of the portal = {on}")
        }
        TenantOption::ActorRoles(roles) => {
            options.actor_roles.clone_from(roles);
            let held = roles.as_ref().map_or_else(|| "all".to_owned(), |roles| roles.join(", "));
            format!("roles of the acting administrator: {held}")
        }
        TenantOption::ActorScopes(scopes) => {
            options.actor_scopes.clone_from(scopes);
            let held = scopes.as_ref().map_or_else(|| "all".to_owned(), |held| held.join(", "));
            format!("scopes of the acting administrator: {held}")
        }
        TenantOption::TurnOff(ms) if *ms >= 0 => {
            options.turn_off_ms = Some(*ms);
            format!("a turn-off takes {} seconds", ms / 1000)
        }
        TenantOption::TurnOff(_) => {
            return Err(refuse("ET-202", "A turn-off does not take negative time.").into());
        }
        TenantOption::TurnOn(ms) if *ms >= 0 => {
            options.turn_on_ms = *ms;
            format!("turning on again takes {} seconds", ms / 1000)
        }
        TenantOption::TurnOn(_) => {
            return Err(refuse("ET-202", "Turning on does not take negative time.").into());
        }
        TenantOption::MemberLimit(members) => {
            options.member_limit = *members;
            format!("members of a synchronized group = {members:?}")
        }
        TenantOption::LoseDelete(anchor) => {
            options.lost_deletes.push(anchor.clone());
            format!("the next deletion of {anchor} is lost")
        }
        TenantOption::WriteLimit(writes) => {
            options.write_limit = *writes;
            format!("object writes of one window = {writes:?}")
        }
        TenantOption::Quota(objects) => {
            settings::set_quota(tables, *objects)?;
            format!("directory quota = {objects:?}")
        }
    };
    put(tables, &options)?;
    log::append(tables, now, "REHEARSAL", None, text)?;
    Ok(())
}
