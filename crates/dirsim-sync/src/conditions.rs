//! What one step meets in its environment: the faults that stand, put in the words of the step
//! (SE-227, SE-228, SE 7.2 and section 13).

use dirsim_forest::{Controller, Domain, Horizon, controller, controllers};
use dirsim_model::time::MINUTE_MS;
use dirsim_model::{AttributeId, Dn, Schema, Timestamp};
use dirsim_store::{StoreResult, Tables};

use crate::connector::{Connector, Partition};
use crate::fault::{self, Fault, Kind};
use crate::run::{Connection, ConnectionResult, Profile, StepResult};
use crate::{server, statistics};

/// Rows of one call to a directory (SE-214).
pub(crate) const CALL: u64 = 30;
/// References of one row from which a short time-out of a proxy is too short (FM-40).
const SLOW_ROW: u64 = 1000;
/// Wrong by more than this, a clock keeps everybody from signing in.
const SKEW_MAX_MS: i64 = 5 * MINUTE_MS;
/// How much longer every call takes while the tenant makes the server wait (FM-42).
pub(crate) const THROTTLED_CALL_MS: i64 = MINUTE_MS;
/// The endpoint of the tenant, as connection results show it.
const ENDPOINT: &str = "adminwebservice.microsoftonline.com";
/// The code of a missing right (SE 5.4).
pub(crate) const INSUFFICIENT_RIGHTS: &str = "8344";
/// The attribute that the most common missing right is about (FM-09).
const WRITTEN_BACK: &str = "mS-DS-ConsistencyGuid";

/// Why a step does not start.
#[derive(Debug, Clone)]
pub(crate) struct NoStart {
    pub(crate) result: StepResult,
    pub(crate) connection: Option<Connection>,
    pub(crate) events: Vec<(u32, String)>,
    pub(crate) fault: u32,
}

/// What ends a step before its time.
#[derive(Debug, Clone)]
pub(crate) struct Break {
    /// Rows that are unharmed.
    pub(crate) after: u64,
    pub(crate) result: StepResult,
    /// Whether rows that were under way arrive in the directory without an answer; `None` when none
    /// is under way: the step ends between two rows.
    pub(crate) under_way: Option<bool>,
    pub(crate) fault: u32,
}

/// What one step meets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conditions {
    pub(crate) no_start: Option<NoStart>,
    pub(crate) breaks: Option<Break>,
    /// What the step is connected to.
    pub(crate) controller: String,
    /// Changes made later than this have not reached the controller yet (SE-073).
    pub(crate) horizon: Option<Horizon>,
    /// How far the controller is behind, in milliseconds.
    pub(crate) lag_ms: i64,
    /// Containers below which nothing is readable (FM-08).
    pub(crate) hidden: Vec<Dn>,
    /// Attributes that are not readable (FM-10).
    pub(crate) unreadable: Vec<AttributeId>,
    /// Attributes that may not be written; everything when the list holds `None` (FM-09).
    pub(crate) unwritable: Vec<Option<AttributeId>>,
    /// Attributes that somebody sets back (FM-29).
    pub(crate) reset: Vec<AttributeId>,
    /// Errors of rows: at which row, or at each, and which error; with the number of the fault.
    pub(crate) row_errors: Vec<(Option<u64>, String, u32)>,
    /// References of one row that are too many for a proxy, and the number of the fault.
    pub(crate) proxy: Option<(u64, u32)>,
    /// Whether the tenant makes the server wait.
    pub(crate) throttled: bool,
    /// Whether a deletion that waits cannot be withdrawn (SE-168).
    pub(crate) withdrawal_fails: bool,
    /// Whether provisioning of new objects asks for itself without end (SE-175).
    pub(crate) provisioning_loops: bool,
}

/// Reads the conditions of one step.
pub(crate) struct Weather<'a> {
    pub(crate) tables: &'a dyn Tables,
    pub(crate) schema: &'a Schema,
    pub(crate) now: Timestamp,
    /// The number of the server that runs.
    pub(crate) server: u8,
    pub(crate) connector: &'a Connector,
    pub(crate) partition: &'a Partition,
    /// The domain of the partition; `None` in the tenant, and when it is gone.
    pub(crate) domain: Option<&'a Domain>,
    pub(crate) profile: Profile,
}

impl Weather<'_> {
    /// Returns what the step meets.
    pub(crate) fn conditions(&self) -> StoreResult<Conditions> {
        let mut met = Conditions::default();
        let faults: Vec<Fault> = fault::all(self.tables)?
            .into_iter()
            .filter(|fault| fault.stands(self.now))
            .filter(|fault| fault.server.is_none_or(|server| server == self.server))
            .collect();
        self.find_controller(&faults, &mut met)?;
        for fault in &faults {
            if self.concerns(fault) {
                self.meet(fault, &mut met);
            }
        }
        if let Some(full) = self.full_database()? {
            no_start(&mut met, full);
        }
        Ok(met)
    }

    /// Returns whether a fault's target is part of this step.
    fn concerns(&self, fault: &Fault) -> bool {
        use crate::fault::Target;
        let is_forest = self.connector.is_forest();
        let connects = !self.profile.is_synchronization();
        let named = || {
            fault.hits(&self.connector.name)
                || fault.hits(&self.partition.name)
                || self.domain.is_some_and(|d| fault.hits(&d.fqdn) || fault.hits(&d.forest))
        };
        match fault.kind.target() {
            Target::Connector => named() && (connects || fault.kind == Kind::BadConfiguration),
            Target::Forest => connects && is_forest && named(),
            Target::Tenant => connects && !is_forest && named(),
            Target::Container => connects && is_forest,
            Target::Service => true,
            Target::Controller | Target::Event => false,
        }
    }

    /// Chooses a controller that answers (FM-03, FM-04).
    fn find_controller(&self, faults: &[Fault], met: &mut Conditions) -> StoreResult<()> {
        if self.profile.is_synchronization() {
            return Ok(());
        }
        let Some(domain) = self.domain else {
            ENDPOINT.clone_into(&mut met.controller);
            return Ok(());
        };
        let known = controllers(self.tables, self.partition.domain, domain)?;
        let down = |controller: &Controller| {
            faults.iter().find(|fault| {
                fault.kind == Kind::ControllerDown
                    && (fault.hits(&controller.name)
                        || fault.hits(&controller.host(domain))
                        || fault.hits(&domain.fqdn)
                        || fault.hits(&domain.forest))
            })
        };
        if let Some(found) = known.iter().find(|controller| down(controller).is_none()) {
            met.controller = found.host(domain);
            met.lag_ms = found.delay_ms;
            met.horizon = controller::horizon(self.tables, found, domain, self.now)?;
            return Ok(());
        }
        let fault = known.first().and_then(down);
        let by_name = fault.is_some_and(|fault| {
            known.len() == 1
                && fault.target.as_ref().is_some_and(|_| {
                    known.iter().any(|c| fault.hits(&c.name) || fault.hits(&c.host(domain)))
                })
        });
        let result = if by_name {
            StepResult::NoStartConnection
        } else {
            StepResult::NoStartNoDomainController
        };
        let text = format!("no domain controller of {} answers", domain.fqdn);
        no_start(
            met,
            NoStart {
                result,
                connection: Some(failed(ConnectionResult::FailedConnection, "", text)),
                events: Vec::new(),
                fault: fault.map_or(0, |fault| fault.number),
            },
        );
        Ok(())
    }

    /// Returns why no step ends well when the objects and the history outgrow the database (SE-259).
    fn full_database(&self) -> StoreResult<Option<NoStart>> {
        let database = server::settings(self.tables)?.database;
        if !database.local || size(self.tables, &database)? < database.limit_bytes {
            return Ok(None);
        }
        Ok(Some(NoStart {
            result: StepResult::StoppedDatabaseFull,
            connection: None,
            events: Vec::new(),
            fault: 0,
        }))
    }

    fn meet(&self, fault: &Fault, met: &mut Conditions) {
        use StepResult as R;
        let host = met.controller.clone();
        let is_forest = self.connector.is_forest();
        let number = fault.number;
        let stop_at_start =
            |result, connection, events| NoStart { result, connection, events, fault: number };
        let at = fault.at.unwrap_or(1).saturating_sub(1);
        let lost = if is_forest { R::StoppedConnectivity } else { R::StoppedServerDown };
        let breaks = |result, under_way| Break { after: at, result, under_way, fault: number };
        let attribute = || self.schema.attribute(fault.value.as_deref().unwrap_or(WRITTEN_BACK));
        match fault.kind {
            Kind::AccountPassword | Kind::AccountLocked => {
                let why = if fault.kind == Kind::AccountPassword {
                    "the user name or password of the connector account is incorrect"
                } else {
                    "the connector account is locked out or expired"
                };
                let connection = Some(failed(ConnectionResult::FailedAuthentication, &host, why));
                let event = format!(
                    "the management agent \"{}\" failed to run because the credentials were \
                     invalid: {why}",
                    self.connector.name
                );
                no_start(
                    met,
                    stop_at_start(R::NoStartCredentials, connection, vec![(6000, event)]),
                );
            }
            Kind::Dns => {
                let text = "the name of the directory does not resolve";
                let connection = Some(failed(ConnectionResult::FailedConnection, "", text));
                no_start(met, stop_at_start(R::NoStartMa, connection, Vec::new()));
            }
            Kind::NetworkDown => {
                let text = "the remote name could not be resolved";
                let connection = Some(failed(ConnectionResult::FailedConnection, "", text));
                no_start(met, stop_at_start(R::NoStartConnection, connection, Vec::new()));
            }
            Kind::NoReplicationRight if self.profile.is_import() => {
                let text = "replication access was denied: the account lacks Replicating Directory \
                            Changes";
                let connection = Some(failed(ConnectionResult::FailedPermission, &host, text));
                no_start(met, stop_at_start(R::NoStartConnection, connection, Vec::new()));
            }
            Kind::DomainGone => {
                no_start(met, stop_at_start(R::NoStartPartitionDelete, None, Vec::new()));
            }
            Kind::DomainRenamed => {
                no_start(met, stop_at_start(R::NoStartPartitionRename, None, Vec::new()));
            }
            Kind::BadConfiguration => {
                no_start(met, stop_at_start(R::NoStartBadConfiguration, None, Vec::new()));
            }
            Kind::MissingPartition => {
                no_start(met, stop_at_start(R::MissingPartition, None, Vec::new()));
            }
            Kind::NoStartServer => {
                no_start(met, stop_at_start(R::NoStartServer, None, Vec::new()));
            }
            Kind::WatermarkLost if self.profile == Profile::DeltaImport => {
                let text = "the directory does not know the watermark";
                let connection = Some(failed(ConnectionResult::WarningNoWatermark, &host, text));
                no_start(met, stop_at_start(R::NoStartFullImportRequired, connection, Vec::new()));
            }
            Kind::ClockSkew if !self.profile.is_synchronization() => {
                let minutes: i64 =
                    fault.value.as_deref().and_then(|v| v.trim().parse().ok()).unwrap_or(0);
                if minutes.saturating_mul(MINUTE_MS).abs() > SKEW_MAX_MS {
                    let text = format!("the clocks differ by {minutes} minutes");
                    let connection =
                        Some(failed(ConnectionResult::FailedAuthentication, &host, text));
                    let result =
                        if is_forest { R::NoStartCredentials } else { R::StoppedExtension };
                    let event = if is_forest { 6000 } else { 115 };
                    let text = "the clock of the server is wrong; it cannot sign in".to_owned();
                    no_start(met, stop_at_start(result, connection, vec![(event, text)]));
                }
            }
            Kind::TenantAuth | Kind::TenantBlocked => {
                let (result, why) = if fault.kind == Kind::TenantAuth {
                    (R::NoStartCredentials, "the password of the account has expired")
                } else {
                    (R::StoppedExtension, "a policy of the tenant blocks the sign-in")
                };
                let connection = Some(failed(ConnectionResult::FailedAuthentication, &host, why));
                let mut events = vec![(115, format!("access to the tenant was denied: {why}"))];
                if self.profile.is_import() {
                    events.push((109, format!("failure while importing from the tenant: {why}")));
                }
                no_start(met, stop_at_start(result, connection, events));
            }
            Kind::ConnectionLost => met.break_with(breaks(lost, Some(false))),
            Kind::AnswersLost => met.break_with(breaks(lost, Some(true))),
            Kind::ServiceKill => met.break_with(breaks(R::StoppedServiceShutdown, Some(true))),
            Kind::OperatorStop => met.break_with(breaks(R::StoppedUser, None)),
            Kind::ObjectLimit => {
                let result = R::StoppedObjectLimit;
                let after = fault.at.unwrap_or(u64::MAX);
                met.break_with(Break { after, result, under_way: None, fault: number });
            }
            Kind::TokenExpired => met.break_with(breaks(R::StoppedBadCredentials, None)),
            Kind::ReadError if self.profile.is_import() => {
                met.break_with(breaks(R::StoppedImportRead, None));
            }
            Kind::DatabaseFull => met.break_with(breaks(R::StoppedDatabaseFull, None)),
            Kind::DatabaseLost => met.break_with(breaks(R::StoppedDatabaseLost, Some(true))),
            Kind::Deadlock => met.break_with(breaks(R::StoppedDeadlocked, None)),
            Kind::OutOfMemory => met.break_with(breaks(R::StoppedOutOfMemory, None)),
            Kind::DiskFull => met.break_with(breaks(R::StoppedDiskFull, None)),
            Kind::ServerError => met.break_with(breaks(R::StoppedServer, None)),
            Kind::AclContainer => {
                met.hidden.extend(fault.target.as_deref().and_then(|dn| dn.parse().ok()));
            }
            Kind::AclAttribute => met.unreadable.extend(attribute()),
            Kind::NoWriteRight => {
                let everything = fault.value.as_deref() == Some("*");
                met.unwritable.push(if everything { None } else { attribute() });
            }
            Kind::ValueReset => met.reset.extend(attribute()),
            Kind::RowError if self.profile == Profile::Export => {
                met.row_errors.push((fault.at, error_type(fault, "unexpected-error"), number));
            }
            Kind::DiscoveryError if self.profile.is_import() => {
                met.row_errors.push((fault.at, error_type(fault, "staging-error"), number));
            }
            Kind::ProxyTimeout => met.proxy = Some((fault.at.unwrap_or(SLOW_ROW), number)),
            Kind::TenantThrottle => met.throttled = true,
            Kind::WithdrawalFails => met.withdrawal_fails = true,
            Kind::ProvisioningLoop => met.provisioning_loops = true,
            Kind::NoReplicationRight
            | Kind::WatermarkLost
            | Kind::ClockSkew
            | Kind::ReadError
            | Kind::RowError
            | Kind::DiscoveryError
            | Kind::ControllerDown
            | Kind::RidPoolRollback
            | Kind::ConflictObject => {}
        }
    }
}

impl Conditions {
    fn break_with(&mut self, new: Break) {
        if self.breaks.as_ref().is_none_or(|known| new.after < known.after) {
            self.breaks = Some(new);
        }
    }

    /// Returns what ends the step when so many rows are done.
    pub(crate) fn break_after(&self, rows: u64) -> Option<&Break> {
        self.breaks.as_ref().filter(|known| known.after <= rows)
    }

    /// Returns the error that a row meets, and the number of its fault; rows count from 1.
    pub(crate) fn row_error(&self, row: u64) -> Option<(String, u32)> {
        self.row_errors
            .iter()
            .find(|(at, ..)| at.is_none_or(|at| at == row))
            .map(|(_, error, fault)| (error.clone(), *fault))
    }

    /// Returns whether an object of a forest is not readable (SE-076).
    pub(crate) fn hides(&self, dn: &Dn) -> bool {
        self.hidden.iter().any(|container| dn.is_within(container))
    }

    /// Returns whether nothing may be written, no object made or deleted.
    pub(crate) fn forbids_everything(&self) -> bool {
        self.unwritable.contains(&None)
    }

    /// Returns whether an attribute may not be written.
    pub(crate) fn forbids(&self, attribute: AttributeId) -> bool {
        self.unwritable.iter().any(|known| known.is_none_or(|known| known == attribute))
    }

    /// Returns the connection of a step that went well.
    pub(crate) fn connected(&self) -> Connection {
        Connection {
            result: ConnectionResult::Success,
            server: self.controller.clone(),
            incident: String::new(),
        }
    }
}

/// Keeps the first reason for which a step does not start.
fn no_start(met: &mut Conditions, why: NoStart) {
    met.no_start.get_or_insert(why);
}

fn failed(result: ConnectionResult, server: &str, incident: impl Into<String>) -> Connection {
    Connection { result, server: server.to_owned(), incident: incident.into() }
}

fn error_type(fault: &Fault, otherwise: &str) -> String {
    fault.value.clone().unwrap_or_else(|| otherwise.to_owned())
}

/// Returns the simulated size of the database in bytes (SE-259).
pub fn size(tables: &dyn Tables, database: &server::Database) -> StoreResult<u64> {
    let objects: i64 = statistics::all(tables)?
        .values()
        .map(|numbers| numbers.objects + numbers.placeholders)
        .sum();
    let details = crate::run::details_kept(tables)?;
    Ok(u64::try_from(objects).unwrap_or(0).saturating_mul(database.object_bytes)
        + details.saturating_mul(database.detail_bytes))
}
