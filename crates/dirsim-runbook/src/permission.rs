//! What a sign-in may do: the scopes that the script asked for, and the roles and scopes that the
//! scenario's actor has (ET-123, `interfaces.md` 6.3).
//!
//! A script that signs in to nothing, and an actor without roles and scopes, may do everything.

use std::rc::Rc;

use dirsim_tenant::options;
use serde::Deserialize;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, tenant_refused};

/// Scopes that every sign-in has.
const ALWAYS: &[&str] = &["openid", "profile", "email", "offline_access", "User.Read"];

const MESSAGE: &str = "Insufficient privileges to complete the operation.";

/// What calls need, from `config/runbook/permissions.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Permissions {
    areas: Vec<Area>,
    modules: std::collections::BTreeMap<String, Module>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Area {
    about: Vec<String>,
    read: Needs,
    #[serde(default)]
    write: Needs,
}

/// One of the scopes, and one of the roles unless there are none.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Needs {
    scopes: Vec<String>,
    #[serde(default)]
    roles: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Module {
    roles: Vec<String>,
    refusal: String,
}

/// How a script signed in to Graph.
#[derive(Debug, Clone)]
pub(crate) struct SignIn {
    /// The scopes that it asked for; `None` when it takes all that the actor has.
    pub(crate) scopes: Option<Vec<String>>,
    /// Whether it is an application, which has no roles.
    pub(crate) app: bool,
}

impl Permissions {
    fn built_in() -> Self {
        serde_saphyr::from_str(include_str!("../../../config/runbook/permissions.yaml"))
            .expect("the permissions that are compiled in are read by a test")
    }

    /// Returns the area whose entry is the longest beginning of a noun or path.
    fn area(&self, about: &str) -> Option<&Area> {
        let length = |area: &Area| {
            let begins = |entry: &&String| {
                about.get(..entry.len()).is_some_and(|start| start.eq_ignore_ascii_case(entry))
            };
            area.about.iter().filter(begins).map(String::len).max()
        };
        self.areas
            .iter()
            .filter_map(|area| Some((length(area)?, area)))
            .max_by_key(|(length, _)| *length)
            .map(|(_, area)| area)
    }
}

impl Session<'_> {
    /// Refuses a cmdlet that the sign-in does not allow.
    pub(crate) fn check_permission(&mut self, bound: &Bound) -> Result<(), CommandError> {
        let (verb, noun) = bound.command.name.split_once('-').unwrap_or_default();
        let reads = verb.eq_ignore_ascii_case("Get");
        match bound.command.module {
            "Microsoft.Graph" | "Microsoft.Entra" => {
                let signs = ["Connect", "Disconnect", "Invoke"].contains(&verb);
                if signs { Ok(()) } else { self.check_graph(bound, noun, reads) }
            }
            module if !reads && !["Connect", "Disconnect"].contains(&verb) => {
                self.check_module(bound, module)
            }
            _ => Ok(()),
        }
    }

    /// Refuses a request that the sign-in does not allow.
    pub(crate) fn check_request(
        &mut self,
        bound: &Bound,
        method: &str,
        segments: &[String],
    ) -> Result<(), CommandError> {
        // Identities in a path say nothing about what it is about.
        let first = segments.first().map_or("", String::as_str);
        let named = ["users", "groups"].iter().any(|list| list.eq_ignore_ascii_case(first));
        let path = match segments.get(2) {
            Some(relation) if named => format!("{first}/{relation}"),
            _ => segments.join("/"),
        };
        self.check_graph(bound, &path, method.eq_ignore_ascii_case("GET"))
    }

    fn check_graph(&mut self, bound: &Bound, about: &str, reads: bool) -> Result<(), CommandError> {
        let actor = options::options(self.tables())?;
        let sign_in = self.state.sign_in.clone();
        let app = sign_in.as_ref().is_some_and(|sign_in| sign_in.app);
        let scopes =
            sign_in.and_then(|sign_in| sign_in.scopes).or_else(|| actor.actor_scopes.clone());
        if scopes.is_none() && (actor.actor_roles.is_none() || app) {
            return Ok(());
        }
        let permissions = self.permissions();
        let Some(area) = permissions.area(about) else { return Ok(()) };
        let needs = if reads { &area.read } else { &area.write };
        let lacks_scope = scopes.as_ref().is_some_and(|held| {
            !needs
                .scopes
                .iter()
                .any(|scope| held.iter().any(|held| held.eq_ignore_ascii_case(scope)))
        });
        let roles: Vec<&str> = needs.roles.iter().map(String::as_str).collect();
        let lacks_role = !app && !roles.is_empty() && !actor.acts_as(&roles);
        if !lacks_scope && !lacks_role {
            return Ok(());
        }
        let name = bound.command.name;
        let missing = if lacks_scope { &needs.scopes } else { &needs.roles };
        let what = if lacks_scope { "scope" } else { "role" };
        let one_of = missing.join(", ");
        self.warn(format!("{name} needs one {what} of: {one_of}"));
        let target = about.to_owned();
        let code = (403, "Authorization_RequestDenied");
        Err(tenant_refused(bound, &target, code, "ET-123", MESSAGE.to_owned()))
    }

    fn check_module(&mut self, bound: &Bound, module: &str) -> Result<(), CommandError> {
        let actor = options::options(self.tables())?;
        if actor.actor_roles.is_none() {
            return Ok(());
        }
        let permissions = self.permissions();
        let Some(needs) = permissions.modules.get(module) else { return Ok(()) };
        let roles: Vec<&str> = needs.roles.iter().map(String::as_str).collect();
        if actor.acts_as(&roles) {
            return Ok(());
        }
        let name = bound.command.name;
        self.warn(format!("{name} needs one role of: {}", needs.roles.join(", ")));
        let code = (403, "Authorization_RequestDenied");
        Err(tenant_refused(bound, name, code, "ET-123", needs.refusal.clone()))
    }

    /// Signs in to Graph; refuses scopes that the actor has no consent for.
    pub(crate) fn sign_in(&mut self, bound: &Bound, app: bool) -> Result<(), CommandError> {
        let wanted: Vec<String> =
            bound.texts("Scopes").into_iter().map(|scope| bare(scope).to_owned()).collect();
        let all = wanted.is_empty() || wanted.iter().any(|scope| scope == ".default");
        let held = options::options(self.tables())?.actor_scopes;
        if let (Some(held), false) = (&held, all) {
            let knows = |scope: &&String| {
                let mut known = held.iter().map(String::as_str).chain(ALWAYS.iter().copied());
                !known.any(|known| known.eq_ignore_ascii_case(scope))
            };
            if let Some(scope) = wanted.iter().find(knows) {
                let message = format!(
                    "AADSTS65001: The user or administrator has not consented to use the application with ID '14d82eec-204b-4c2f-b7e8-296a70dab67e' named 'Microsoft Graph Command Line Tools'. Send an interactive authorization request for this user and resource. ({scope})"
                );
                let code = (401, "AuthenticationFailed");
                return Err(tenant_refused(bound, scope, code, "ET-123", message));
            }
        }
        let scopes = if all {
            None
        } else {
            // What was granted before in this session stays granted.
            let before = self.state.sign_in.take().and_then(|sign_in| sign_in.scopes);
            let mut scopes = before.unwrap_or_default();
            for scope in wanted {
                if !scopes.iter().any(|known| known.eq_ignore_ascii_case(&scope)) {
                    scopes.push(scope);
                }
            }
            Some(scopes)
        };
        self.state.sign_in = Some(SignIn { scopes, app });
        Ok(())
    }

    /// Returns the scopes that a script sees of its sign-in.
    pub(crate) fn scopes(&self) -> Result<Vec<String>, CommandError> {
        let asked = self.state.sign_in.as_ref().and_then(|sign_in| sign_in.scopes.clone());
        let held = match asked {
            Some(asked) => Some(asked),
            None => options::options(self.tables())?.actor_scopes,
        };
        let mut scopes: Vec<String> = ALWAYS.iter().map(|&scope| scope.to_owned()).collect();
        scopes.extend(held.unwrap_or_default());
        Ok(scopes)
    }

    fn permissions(&mut self) -> Rc<Permissions> {
        Rc::clone(self.state.permissions.get_or_insert_with(|| Rc::new(Permissions::built_in())))
    }
}

/// Returns a scope without the address of the service in front.
fn bare(scope: &str) -> &str {
    scope.rsplit('/').next().unwrap_or(scope)
}

#[cfg(test)]
mod tests {
    use super::Permissions;
    use crate::commands::COMMANDS;

    /// Every cmdlet of Graph has an area, so that none is free by mistake.
    #[test]
    fn every_graph_cmdlet_needs_something() {
        let permissions = Permissions::built_in();
        let free: Vec<&str> = COMMANDS
            .iter()
            .filter(|command| ["Microsoft.Graph", "Microsoft.Entra"].contains(&command.module))
            .map(|command| command.name)
            .filter(|name| {
                let (verb, noun) = name.split_once('-').unwrap_or_default();
                !["Connect", "Disconnect", "Invoke"].contains(&verb)
                    && !noun.contains("Environment")
                    && !noun.contains("Context")
                    && !noun.contains("Profile")
                    && permissions.area(noun).is_none()
            })
            .collect();
        assert!(free.is_empty(), "{free:?}");
    }

    #[test]
    fn the_longest_beginning_decides() {
        let permissions = Permissions::built_in();
        let scopes = |about: &str| permissions.area(about).map(|area| area.write.scopes.join(" "));
        assert!(scopes("MgUserLicense").is_some_and(|s| s.starts_with("LicenseAssignment")));
        assert!(scopes("MgUserManagerByRef").is_some_and(|s| s.starts_with("User.ReadWrite.All")));
        assert!(scopes("groups/members").is_some_and(|s| s.starts_with("GroupMember")));
        assert_eq!(scopes("nothing"), None);
    }
}
