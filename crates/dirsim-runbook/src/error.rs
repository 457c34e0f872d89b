//! How a cmdlet fails: the simulated product said no, or dirsim cannot go on.

use dirsim_forest::ForestRefusal;
use dirsim_store::StoreError;
use dirsim_tenant::TenantRefusal;
use dirsim_world::{Refusal, WorldError};
use serde::Serialize;

use crate::bind::Bound;

/// What PowerShell keeps of an error: the text, and the names that people search for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorRecord {
    /// The cmdlet that failed.
    pub command: &'static str,
    /// The text of the module.
    pub message: String,
    /// The .NET exception, `ADIdentityNotFoundException` for instance.
    pub exception: String,
    /// The `FullyQualifiedErrorId`.
    pub fully_qualified_error_id: String,
    /// The category of `CategoryInfo`, `ObjectNotFound` for instance.
    pub category: &'static str,
    /// What the command was about, as `CategoryInfo` shows it.
    pub target: String,
    /// Lines behind the message, such as `Status: 400 (BadRequest)`.
    pub details: Vec<String>,
    /// What the module of Graph puts behind the name of the cmdlet, `_UpdateExpanded` for instance.
    pub variant: &'static str,
    /// The rule of the specification that decided.
    pub rule: String,
}

/// Why a cmdlet did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The simulated product refused.
    #[error("{}", .0.message)]
    Refused(Box<ErrorRecord>),
    /// The world cannot do it: no such connector, an unreadable workspace.
    #[error(transparent)]
    World(#[from] WorldError),
    /// Something in a script block of the command left it: an error, `break`, `exit`, a limit.
    #[error("{}", stop_text(.0))]
    Stop(Box<crate::stop::Stop>),
}

/// Says what left a script block.
fn stop_text(stop: &crate::stop::Stop) -> String {
    match stop {
        crate::stop::Stop::Failed(thrown) | crate::stop::Stop::Limit(thrown) => {
            thrown.record.message.clone()
        }
        crate::stop::Stop::World(error) => error.to_string(),
        crate::stop::Stop::Exit(code) => format!("exit {code}"),
        crate::stop::Stop::Ended => "the script was stopped".to_owned(),
        _ => "a jump without a loop".to_owned(),
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::World(error.into())
    }
}

/// Server error codes of the directory by the beginning of their text (winerror.h).
const DIRECTORY_CODES: &[(&str, u32)] = &[
    ("Access is denied", 5),
    ("The specified account already exists", 1316),
    ("The specified account name is not a member", 1377),
    ("The specified account name is already a member", 1378),
    ("The specified directory service attribute or value does not exist", 8202),
    ("The attribute syntax specified", 8203),
    ("The directory service can perform the requested operation only on a leaf", 8213),
    ("The directory service cannot perform the requested operation on the RDN", 8214),
    ("The server is unwilling", 8245),
    ("An attempt was made to add an object", 8305),
    ("Illegal modify operation", 8311),
    ("Multiple values were specified", 8321),
    ("A value for the attribute was not in the acceptable range", 8322),
    ("The operation could not be performed because the object's parent", 8329),
    ("Directory object not found", 8333),
    ("The object name has bad syntax", 8335),
    ("The object cannot be added because the parent", 8345),
    ("The attribute cannot be modified because it is owned by the system", 8369),
    ("The operation failed because UPN value", 8648),
];

impl ErrorRecord {
    /// Builds the record of a refusal that the world returned.
    pub fn of_refusal(bound: &Bound, target: &str, refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Forest(refusal) => Self::of_forest(bound, target, refusal),
            Refusal::Tenant(refusal) => Self::of_tenant(bound, target, refusal),
            Refusal::Server { message, rule } => Self {
                command: bound.command.name,
                message: message.clone(),
                exception: "InvalidOperationException".to_owned(),
                fully_qualified_error_id: format!(
                    "System.InvalidOperationException,{}",
                    class_of(bound.command.module, bound.command.name)
                ),
                category: "InvalidOperation",
                target: target.to_owned(),
                details: Vec::new(),
                variant: "",
                rule: (*rule).to_owned(),
            },
        }
    }

    /// Builds the record of a refusal by Active Directory.
    pub fn of_forest(bound: &Bound, target: &str, refusal: &ForestRefusal) -> Self {
        let category = match refusal.name {
            "ADIdentityNotFoundException" => "ObjectNotFound",
            "ADIdentityAlreadyExistsException" => "ResourceExists",
            "ADInvalidOperationException" => "InvalidOperation",
            "UnauthorizedAccessException" => "PermissionDenied",
            "ArgumentException" => "InvalidArgument",
            _ => "NotSpecified",
        };
        let code = DIRECTORY_CODES
            .iter()
            .find(|(text, _)| refusal.message.starts_with(text))
            .map(|(_, code)| format!("ActiveDirectoryServer:{code}"));
        let id = code.unwrap_or_else(|| {
            let space = match refusal.name {
                "ArgumentException" => "System",
                _ => "Microsoft.ActiveDirectory.Management",
            };
            format!("ActiveDirectoryCmdlet:{space}.{}", refusal.name)
        });
        let command = bound.command.name;
        Self {
            command,
            message: refusal.message.clone(),
            exception: refusal.name.to_owned(),
            fully_qualified_error_id: format!("{id},{}", class_of(bound.command.module, command)),
            category,
            target: target.to_owned(),
            details: Vec::new(),
            variant: "",
            rule: refusal.rule.to_owned(),
        }
    }

    /// Builds the record of a refusal by the tenant, as the module of the cmdlet prints it.
    pub fn of_tenant(bound: &Bound, target: &str, refusal: &TenantRefusal) -> Self {
        let command = bound.command.name;
        let class = class_of(bound.command.module, command);
        let reason = status_text(refusal.status);
        if bound.command.module == "MSOnline" {
            return Self {
                command,
                message: refusal.message.clone(),
                exception: "MicrosoftOnlineException".to_owned(),
                fully_qualified_error_id: format!(
                    "Microsoft.Online.Administration.Automation.MicrosoftOnlineException,{class}"
                ),
                category: "OperationStopped",
                target: target.to_owned(),
                details: Vec::new(),
                variant: "",
                rule: refusal.rule.to_owned(),
            };
        }
        let variant = variant_of(bound);
        Self {
            command,
            message: refusal.message.clone(),
            exception: "Exception".to_owned(),
            fully_qualified_error_id: format!("{},{class}{variant}", refusal.code),
            category: "InvalidOperation",
            target: target.to_owned(),
            details: vec![
                format!("Status: {} ({reason})", refusal.status),
                format!("ErrorCode: {}", refusal.code),
            ],
            variant,
            rule: refusal.rule.to_owned(),
        }
    }

    /// Returns whether the cmdlets of the module end their statement when they fail: `catch` takes
    /// the error without `-ErrorAction Stop`.
    pub(crate) fn ends_statement(&self) -> bool {
        let id = &self.fully_qualified_error_id;
        id.starts_with("ActiveDirectory")
            || id.contains("Microsoft.Open.AzureAD")
            || id.ends_with("ConvertFromJsonCommand")
    }

    /// Returns the text as PowerShell prints it.
    pub fn text(&self) -> String {
        let mut lines = if self.details.is_empty() {
            vec![if self.command.is_empty() {
                self.message.clone()
            } else {
                format!("{} : {}", self.command, self.message)
            }]
        } else {
            let first = format!("{}{}: {}", self.command, self.variant, self.message);
            [first, String::new()].into_iter().chain(self.details.iter().cloned()).collect()
        };
        lines.push(format!(
            "    + CategoryInfo          : {}: ({}) [{}], {}",
            self.category, self.target, self.command, self.exception
        ));
        lines.push(format!("    + FullyQualifiedErrorId : {}", self.fully_qualified_error_id));
        lines.join("\n")
    }
}

/// Returns the variant of a Graph cmdlet that the parameters chose.
fn variant_of(bound: &Bound) -> &'static str {
    let body = bound.has("BodyParameter");
    let listed = ["UserId", "GroupId", "DirectoryObjectId"].iter().all(|name| !bound.has(name));
    match bound.command.name.split('-').next().unwrap_or_default() {
        "Update" | "Set" if body => "_Update",
        "Update" | "Set" => "_UpdateExpanded",
        "New" if body => "_Create",
        "New" => "_CreateExpanded",
        "Remove" => "_Delete",
        "Restore" => "_Restore",
        "Get" if listed => "_List",
        "Get" => "_Get",
        _ => "",
    }
}

/// Returns the .NET class of a cmdlet.
fn class_of(module: &str, command: &str) -> String {
    let plain: String = command.chars().filter(|c| *c != '-').collect();
    match module {
        "ActiveDirectory" => format!("Microsoft.ActiveDirectory.Management.Commands.{plain}"),
        "ADSync" => format!("Microsoft.IdentityManagement.PowerShell.Cmdlet.{plain}Cmdlet"),
        "MSOnline" => {
            format!("Microsoft.Online.Administration.Automation.{}", plain.replacen("Msol", "", 1))
        }
        "Microsoft.Graph" => format!("Microsoft.Graph.PowerShell.Cmdlets.{plain}"),
        _ => plain,
    }
}

fn status_text(status: u16) -> &'static str {
    match status {
        400 => "BadRequest",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        409 => "Conflict",
        429 => "TooManyRequests",
        _ => "Error",
    }
}
