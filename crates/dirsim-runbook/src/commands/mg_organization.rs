//! The organization, its products and licences (`interfaces.md` 3.9, 5.3, ET-202).

use std::collections::BTreeMap;

use dirsim_model::Timestamp;
use dirsim_store::rows;
use dirsim_sync::Profile;
use dirsim_sync::run::RunRecord;
use dirsim_tenant::object::TenantObject;
use dirsim_tenant::settings::SyncState;
use dirsim_tenant::{TenantEdit, TenantType, lookup};
use dirsim_world::Input;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph::{self, sku};
use crate::session::{Session, tenant_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::{Object, PsValue};

/// `Get-MgOrganization`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-MgOrganization",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows the organization: its domains, whether synchronization is on, when it ran last",
    example: "Get-MgOrganization",
    parameters: &[
        P::text("OrganizationId").at(0).ignored(),
        P::texts("Property").or(&["Select"]).ignored(),
        P::switch("All").ignored(),
    ],
    sets: &[],
    run: |session, _| Ok(vec![organization(session)?]),
};

/// `Update-MgOrganization`.
pub(super) static UPDATE: CommandSpec = CommandSpec {
    name: "Update-MgOrganization",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Turns synchronization off or on for the whole tenant; off takes up to 72 hours (ET-202)",
    example: "Update-MgOrganization -OrganizationId 00112233-4455-6677-8899-aabbccddeeff -OnPremisesSyncEnabled:$false",
    parameters: &[
        P::text("OrganizationId").at(0).required(),
        P::switch("OnPremisesSyncEnabled"),
        P::new("BodyParameter", K::Table),
    ],
    sets: &[],
    run: |session, bound| {
        let in_body = bound
            .table("BodyParameter")
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("onPremisesSyncEnabled"));
        let in_body = in_body.and_then(|(_, value)| match value {
            PsValue::Boolean(wanted) => Some(*wanted),
            _ => None,
        });
        let Some(wanted) = bound.boolean("OnPremisesSyncEnabled").or(in_body) else {
            let message = "Invalid value specified for property 'onPremisesSyncEnabled' of resource 'Organization'.";
            let code = (400, "Request_BadRequest");
            return Err(tenant_refused(bound, "organization", code, "ET-202", message.to_owned()));
        };
        switch_sync(session, bound, wanted)
    },
};

/// `Get-MgSubscribedSku`.
pub(super) static SKUS: CommandSpec = CommandSpec {
    name: "Get-MgSubscribedSku",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows products with the ids of their SKUs; dirsim sells any number of each",
    example: "Get-MgSubscribedSku -All",
    parameters: &[
        P::text("SubscribedSkuId").at(0).ignored(),
        P::texts("Property").or(&["Select"]).ignored(),
        P::switch("All").ignored(),
    ],
    sets: &[],
    run: |session, _| skus(session),
};

/// `Get-MgUserLicenseDetail`.
pub(super) static LICENSES: CommandSpec = CommandSpec {
    name: "Get-MgUserLicenseDetail",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows the licences of a user",
    example: "Get-MgUserLicenseDetail -UserId ann@contoso.com",
    parameters: &[
        P::text("UserId").at(0).required(),
        P::texts("Property").or(&["Select"]).ignored(),
        P::switch("All").ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        let found = graph::find(session, bound, Some(TenantType::User), bound.required("UserId"))?;
        Ok(license_details(&found.object))
    },
};

/// Returns the licences of a user with part number and id.
pub(super) fn license_details(user: &TenantObject) -> Vec<Object> {
    let details = user.licenses.iter().map(|held| {
        Object::new("Microsoft.Graph.PowerShell.Models.MicrosoftGraphLicenseDetails")
            .with("Id", sku::id_of(held))
            .with("SkuId", sku::id_of(held))
            .with("SkuPartNumber", sku::part_of(held))
    });
    details.collect()
}

/// Turns synchronization of the whole tenant on or off (ET-202).
pub(super) fn switch_sync(
    session: &mut Session<'_>,
    bound: &Bound,
    enabled: bool,
) -> Result<Vec<Object>, CommandError> {
    let edit = TenantEdit::SetDirSyncEnabled { enabled };
    session.act(bound, "organization", Input::Tenant(edit))?;
    Ok(Vec::new())
}

/// Returns when the last export to the tenant ended.
pub(super) fn last_sync(session: &Session<'_>) -> Result<Option<Timestamp>, CommandError> {
    let runs = rows::after::<RunRecord>(session.tables(), None, usize::MAX)?;
    let exports = runs
        .into_iter()
        .map(|(_, run)| run)
        .filter(|run| run.profile == Profile::Export && run.connector_name.ends_with(" - AAD"));
    Ok(exports.map(|run| run.ended).max())
}

/// Returns the organization as Graph shows it.
pub(super) fn organization(session: &Session<'_>) -> Result<Object, CommandError> {
    let settings = lookup::settings(session.tables())?;
    let domains: Vec<PsValue> = lookup::domains(session.tables())?
        .into_iter()
        .filter(|domain| domain.verified)
        .map(|domain| {
            let initial = domain.name == settings.initial_domain;
            Object::new("Microsoft.Graph.PowerShell.Models.MicrosoftGraphVerifiedDomain")
                .with("Capabilities", "Email, OfficeCommunicationsOnline")
                .with("IsDefault", initial)
                .with("IsInitial", initial)
                .with("Name", domain.name)
                .with("Type", if domain.federated { "Federated" } else { "Managed" })
                .into()
        })
        .collect();
    // A turn-off shows at once, although it takes up to 72 hours (ET-202).
    let enabled = matches!(settings.sync_state, SyncState::Enabled);
    let name = settings.initial_domain.split('.').next().unwrap_or_default();
    Ok(Object::new("Microsoft.Graph.PowerShell.Models.MicrosoftGraphOrganization")
        .with("DisplayName", name)
        .with("Id", graph::tenant_id(session)?)
        .with("OnPremisesLastSyncDateTime", last_sync(session)?)
        .with("OnPremisesSyncEnabled", enabled)
        .with("VerifiedDomains", PsValue::List(domains)))
}

/// Returns the products with their numbers of licences in use.
pub(super) fn skus(session: &Session<'_>) -> Result<Vec<Object>, CommandError> {
    let mut used: BTreeMap<&str, i64> = BTreeMap::new();
    let users = graph::everyone(session, TenantType::User)?;
    for held in users.iter().flat_map(|user| &user.object.licenses) {
        *used.entry(sku::part_of(held)).or_default() += 1;
    }
    let tenant = graph::tenant_id(session)?;
    let shown = sku::all().iter().map(|(part, id)| {
        Object::new("Microsoft.Graph.PowerShell.Models.MicrosoftGraphSubscribedSku")
            .with("AppliesTo", "User")
            .with("CapabilityStatus", "Enabled")
            .with("ConsumedUnits", used.get(part.as_str()).copied().unwrap_or(0))
            .with("Id", format!("{tenant}_{id}"))
            .with("SkuId", id.clone())
            .with("SkuPartNumber", part.clone())
    });
    Ok(shown.collect())
}
