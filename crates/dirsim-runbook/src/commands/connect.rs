//! Signing in and out, modules, endpoints: understood, so that scripts run unchanged
//! (`interfaces.md` 5.3 to 5.5).

use dirsim_model::nearest;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph;
use crate::session::server_refused;
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::{Object, PsValue};

use super::COMMANDS;

/// The account that a script runs as, when nothing says otherwise.
const ACCOUNT: &str = "admin";

/// `Connect-AzureAD`.
pub(super) static AZURE_AD: CommandSpec = CommandSpec {
    name: "Connect-AzureAD",
    aliases: &[],
    module: "AzureAD",
    summary: "Understood; the service retired the module in 2025",
    example: "Connect-AzureAD",
    parameters: &[
        P::new("Credential", K::Any).ignored(),
        P::text("TenantId").ignored(),
        P::text("AccountId").ignored(),
        P::text("ApplicationId").ignored(),
        P::text("CertificateThumbprint").ignored(),
        P::text("AzureEnvironmentName").ignored(),
    ],
    sets: &[],
    run: |session, _| {
        session.warn("the service retired the AzureAD module in 2025; use Connect-MgGraph");
        let domain = dirsim_tenant::lookup::settings(session.tables())?.initial_domain;
        Ok(vec![
            Object::new("Microsoft.Open.Azure.AD.CommonLibrary.PSAzureContext")
                .with("Account", format!("{ACCOUNT}@{domain}"))
                .with("Environment", "AzureCloud")
                .with("TenantId", graph::tenant_id(session)?)
                .with("TenantDomain", domain),
        ])
    },
};

/// `Disconnect-AzureAD`.
pub(super) static AZURE_AD_OFF: CommandSpec = CommandSpec {
    name: "Disconnect-AzureAD",
    aliases: &[],
    module: "AzureAD",
    summary: "Understood, no effect: nobody signs in to a simulated tenant",
    example: "Disconnect-AzureAD",
    parameters: &[],
    sets: &[],
    run: |_, _| Ok(Vec::new()),
};

/// `Connect-Entra`.
pub(super) static ENTRA: CommandSpec = CommandSpec {
    name: "Connect-Entra",
    aliases: &[],
    module: "Microsoft.Entra",
    summary: "Signs in to the tenant: later calls need one of the scopes that it names",
    example: "Connect-Entra -Scopes 'User.ReadWrite.All'",
    parameters: &[
        P::texts("Scopes").at(0),
        P::text("TenantId").ignored(),
        P::text("ClientId").ignored(),
        P::text("CertificateThumbprint"),
        P::text("Environment").ignored(),
        P::switch("NoWelcome").ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        session.sign_in(bound, bound.has("CertificateThumbprint"))?;
        Ok(Vec::new())
    },
};

/// `Disconnect-Entra`.
pub(super) static ENTRA_OFF: CommandSpec = CommandSpec {
    name: "Disconnect-Entra",
    aliases: &[],
    module: "Microsoft.Entra",
    summary: "Signs out: later calls may do again what the actor may do",
    example: "Disconnect-Entra",
    parameters: &[],
    sets: &[],
    run: |session, _| {
        session.state.sign_in = None;
        Ok(Vec::new())
    },
};

/// `Connect-ExchangeOnline`.
pub(super) static EXCHANGE: CommandSpec = CommandSpec {
    name: "Connect-ExchangeOnline",
    aliases: &[],
    module: "ExchangeOnlineManagement",
    summary: "Understood, no effect: nobody signs in to a simulated tenant",
    example: "Connect-ExchangeOnline -UserPrincipalName admin@contoso.com -ShowBanner:$false",
    parameters: &[
        P::text("UserPrincipalName").ignored(),
        P::text("Organization").ignored(),
        P::text("AppId").ignored(),
        P::text("CertificateThumbprint").ignored(),
        P::new("Credential", K::Any).ignored(),
        P::switch("ShowBanner").ignored(),
        P::switch("ShowProgress").ignored(),
        P::switch("Device").ignored(),
        P::switch("DisableWAM").ignored(),
        P::switch("SkipLoadingCmdletHelp").ignored(),
        P::switch("SkipLoadingFormatData").ignored(),
        P::switch("ManagedIdentity").ignored(),
    ],
    sets: &[],
    run: |_, _| Ok(Vec::new()),
};

/// `Disconnect-ExchangeOnline`.
pub(super) static EXCHANGE_OFF: CommandSpec = CommandSpec {
    name: "Disconnect-ExchangeOnline",
    aliases: &[],
    module: "ExchangeOnlineManagement",
    summary: "Understood, no effect: nobody signs in to a simulated tenant",
    example: "Disconnect-ExchangeOnline -Confirm:$false",
    parameters: &[],
    sets: &[],
    run: |_, _| Ok(Vec::new()),
};

/// `Get-ConnectionInformation`.
pub(super) static EXCHANGE_STATE: CommandSpec = CommandSpec {
    name: "Get-ConnectionInformation",
    aliases: &[],
    module: "ExchangeOnlineManagement",
    summary: "Shows the connection to Exchange Online, which is always there",
    example: "Get-ConnectionInformation",
    parameters: &[],
    sets: &[],
    run: |session, _| {
        let domain = dirsim_tenant::lookup::settings(session.tables())?.initial_domain;
        Ok(vec![
            Object::new("Microsoft.Exchange.Management.ConnectionInformation")
                .with("State", "Connected")
                .with("UserPrincipalName", format!("{ACCOUNT}@{domain}"))
                .with("TokenStatus", "Active")
                .with("Organization", domain),
        ])
    },
};

/// `Select-MgProfile`.
pub(super) static PROFILE: CommandSpec = CommandSpec {
    name: "Select-MgProfile",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Understood, no effect: version 2 of the module has no profiles",
    example: "Select-MgProfile -Name v1.0",
    parameters: &[P::text("Name").or(&["ProfileName"]).at(0).required().ignored()],
    sets: &[],
    run: |_, _| Ok(Vec::new()),
};

/// `Get-MgContext`.
pub(super) static CONTEXT: CommandSpec = CommandSpec {
    name: "Get-MgContext",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows who is signed in: an administrator of the simulated tenant",
    example: "Get-MgContext",
    parameters: &[],
    sets: &[],
    run: |session, _| {
        let domain = dirsim_tenant::lookup::settings(session.tables())?.initial_domain;
        let scopes = session.scopes()?.into_iter().map(PsValue::from).collect();
        let app = session.state.sign_in.as_ref().is_some_and(|sign_in| sign_in.app);
        Ok(vec![
            Object::new("Microsoft.Graph.PowerShell.Authentication.AuthContext")
                .with("Account", format!("{ACCOUNT}@{domain}"))
                .with("AppName", "Microsoft Graph Command Line Tools")
                .with("AuthType", if app { "AppOnly" } else { "Delegated" })
                .with("Scopes", PsValue::List(scopes))
                .with("ContextScope", "CurrentUser")
                .with("Environment", "Global")
                .with("TenantId", graph::tenant_id(session)?),
        ])
    },
};

/// `Get-MgEnvironment`.
pub(super) static ENVIRONMENTS: CommandSpec = CommandSpec {
    name: "Get-MgEnvironment",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows the clouds that the module knows",
    example: "Get-MgEnvironment",
    parameters: &[P::text("Name").at(0)],
    sets: &[],
    run: |_, bound| {
        let known = [
            ("China", "https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn"),
            ("Global", "https://login.microsoftonline.com", "https://graph.microsoft.com"),
            ("USGov", "https://login.microsoftonline.us", "https://graph.microsoft.us"),
            ("USGovDoD", "https://login.microsoftonline.us", "https://dod-graph.microsoft.us"),
        ];
        let wanted =
            |name: &str| bound.text("Name").is_none_or(|wanted| wanted.eq_ignore_ascii_case(name));
        Ok(known
            .iter()
            .filter(|(name, ..)| wanted(name))
            .map(|(name, sign_in, graph)| {
                Object::new("Microsoft.Graph.PowerShell.Authentication.GraphEnvironment")
                    .with("Name", *name)
                    .with("AzureADEndpoint", *sign_in)
                    .with("GraphEndpoint", *graph)
                    .with("Type", "Built-in")
            })
            .collect())
    },
};

const ENVIRONMENT: &[P] = &[
    P::text("Name").at(0).required(),
    P::text("GraphEndpoint").ignored(),
    P::text("AzureADEndpoint").ignored(),
];

/// `Add-MgEnvironment`.
pub(super) static ADD_ENVIRONMENT: CommandSpec = CommandSpec {
    name: "Add-MgEnvironment",
    aliases: &["Set-MgEnvironment"],
    module: "Microsoft.Graph",
    summary: "Understood, no effect: a simulated tenant is in one cloud",
    example: "Add-MgEnvironment -Name dirsim -GraphEndpoint https://localhost:8443 -AzureADEndpoint https://localhost:8443",
    parameters: ENVIRONMENT,
    sets: &[],
    run: |_, _| Ok(Vec::new()),
};

/// `Remove-MgEnvironment`.
pub(super) static REMOVE_ENVIRONMENT: CommandSpec = CommandSpec {
    name: "Remove-MgEnvironment",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Understood, no effect: a simulated tenant is in one cloud",
    example: "Remove-MgEnvironment -Name dirsim",
    parameters: &[P::text("Name").at(0).required()],
    sets: &[],
    run: |_, _| Ok(Vec::new()),
};

/// Modules whose cmdlets are known under the name of a larger one.
const PARTS: &[(&str, &str)] = &[
    ("Microsoft.Graph.", "Microsoft.Graph"),
    ("Microsoft.Entra.", "Microsoft.Entra"),
    ("AzureADPreview", "AzureAD"),
    ("Microsoft.PowerShell.", "Microsoft.PowerShell.Utility"),
    ("AADConnect", "ADSync"),
    ("ADSyncDiagnostics", "ADSync"),
    ("ADSyncConfig", "ADSync"),
    ("AzureADConnectHealth", "ADSync"),
    ("PowerShellGet", "Microsoft.PowerShell.Utility"),
    ("PackageManagement", "Microsoft.PowerShell.Utility"),
];

/// Returns the module that a name means; `None` when dirsim knows no cmdlet of it.
fn module(name: &str) -> Option<&'static str> {
    // A path to a module file names it at its end.
    let last = name.rsplit(['\\', '/']).next().unwrap_or(name);
    let bare = last.strip_suffix(".psd1").or(last.strip_suffix(".psm1")).unwrap_or(last);
    let known = COMMANDS.iter().map(|command| command.module);
    known.clone().find(|module| module.eq_ignore_ascii_case(bare)).or_else(|| {
        let lower = bare.to_ascii_lowercase();
        PARTS
            .iter()
            .find(|(start, _)| lower.starts_with(&start.to_ascii_lowercase()))
            .map(|(_, module)| *module)
    })
}

/// Refuses a module that dirsim knows nothing of.
pub(super) fn check_modules(bound: &Bound, names: &[&str]) -> Result<(), CommandError> {
    for name in names {
        if module(name).is_none() {
            let near = nearest(name, COMMANDS.iter().map(|command| command.module));
            let hint = near.map_or_else(String::new, |near| format!(" Did you mean {near}?"));
            let message = format!(
                "The specified module '{name}' was not loaded because no valid module file was found in any module directory.{hint}"
            );
            return Err(server_refused(bound, name, "interfaces 5", message));
        }
    }
    Ok(())
}
