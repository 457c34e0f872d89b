//! Features of the tenant as the synchronization server reads and switches them (`interfaces.md` 5.2).

use dirsim_tenant::features::Feature;
use dirsim_tenant::{TenantEdit, lookup};
use dirsim_world::Input;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::Session;
use crate::spec::{CommandSpec, Parameter as P, ParameterSet};
use crate::value::Object;

/// The names of the module, and the features behind them.
const FEATURES: [(&str, Feature); 5] = [
    ("PasswordHashSync", Feature::PasswordSync),
    ("ForcePasswordChangeOnLogOn", Feature::UserForcePasswordChangeOnLogon),
    ("UserWriteback", Feature::UserWriteback),
    ("DeviceWriteback", Feature::DeviceWriteback),
    ("UnifiedGroupWriteback", Feature::UnifiedGroupWriteback),
];

/// `Get-ADSyncAADCompanyFeature`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-ADSyncAADCompanyFeature",
    aliases: &[],
    module: "ADSync",
    summary: "Shows the features of the tenant that the server cares about",
    example: "Get-ADSyncAADCompanyFeature",
    parameters: &[],
    sets: &[],
    run: |session, _| Ok(vec![shown(session)?]),
};

/// `Set-ADSyncAADCompanyFeature`.
pub(super) static SET: CommandSpec = CommandSpec {
    name: "Set-ADSyncAADCompanyFeature",
    aliases: &[],
    module: "ADSync",
    summary: "Switches features of the tenant that the server cares about (ET-120, ET-245)",
    example: "Set-ADSyncAADCompanyFeature -ForcePasswordChangeOnLogOn $true",
    parameters: &[
        P::boolean("PasswordHashSync"),
        P::boolean("ForcePasswordChangeOnLogOn"),
        P::boolean("UserWriteback"),
        P::boolean("DeviceWriteback"),
        P::boolean("UnifiedGroupWriteback"),
        P::boolean("GroupWritebackV2").ignored(),
    ],
    sets: &[ParameterSet {
        names: &[
            "PasswordHashSync",
            "ForcePasswordChangeOnLogOn",
            "UserWriteback",
            "DeviceWriteback",
            "UnifiedGroupWriteback",
            "GroupWritebackV2",
        ],
        required: true,
    }],
    run: set,
};

fn shown(session: &Session<'_>) -> Result<Object, CommandError> {
    let settings = lookup::settings(session.tables())?;
    let shown = Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.CompanyFeature");
    let shown = FEATURES
        .iter()
        .fold(shown, |shown, (name, feature)| shown.with(name, settings.features.has(*feature)));
    // The second version can be enabled no more (ET-229).
    Ok(shown.with("GroupWritebackV2", false))
}

fn set(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    for (name, feature) in FEATURES {
        if let Some(enabled) = bound.boolean(name) {
            let edit = TenantEdit::SetFeature { name: feature.name().to_owned(), enabled };
            session.act(bound, name, Input::Tenant(edit))?;
        }
    }
    Ok(vec![shown(session)?])
}
