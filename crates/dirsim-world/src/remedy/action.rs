//! One change an administrator could make: the inputs that do it, and the cmdlets that say it.

use dirsim_forest::{AttributeEdit, EditOperation, ForestEdit, ForestObject};
use dirsim_model::attribute::well_known as a;
use dirsim_model::schema::class;
use dirsim_model::{AttributeId, Guid, Schema, SourceAnchor, Value};
use dirsim_store::{StoreResult, Tables};
use dirsim_tenant::features::Feature;
use dirsim_tenant::{TenantEdit, TenantObject, TenantType};

use crate::input::Input;

/// A change, as inputs and as cmdlets.
#[derive(Debug, Clone)]
pub(super) struct Action {
    pub(super) what: String,
    pub(super) inputs: Vec<Input>,
    pub(super) cmdlets: Vec<String>,
    /// Cmdlets that put back what was only in the way.
    pub(super) afterwards: Vec<String>,
    pub(super) rule: &'static str,
    /// Whether something is deleted for good.
    pub(super) irreversible: bool,
}

/// Quotes a text as PowerShell reads it back.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Returns how cmdlets name a forest object: its account name, else its DN.
pub(super) fn identity(tables: &dyn Tables, id: u64, object: &ForestObject) -> StoreResult<String> {
    let account = object.entry.text(a::SAM_ACCOUNT_NAME).filter(|_| object.class != class::CONTACT);
    Ok(match account {
        Some(name) if name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) => {
            name.to_owned()
        }
        Some(name) => quoted(name),
        None => quoted(&dirsim_forest::lookup::dn(tables, id)?.to_string()),
    })
}

/// Returns how cmdlets name a tenant object: a UPN, else its id.
pub(super) fn cloud_name(object: &TenantObject) -> String {
    match object.upn.as_deref() {
        Some(upn) if object.is_active() && !upn.contains(['\'', ' ', '#']) => upn.to_owned(),
        _ => object.id.to_string(),
    }
}

fn update(target: &TenantObject, attribute: AttributeId, values: Vec<Value>) -> Vec<Input> {
    let changes = vec![(attribute, values)];
    vec![Input::Tenant(TenantEdit::Update { target: target.id, changes })]
}

/// Stamps an anchor on a cloud user (ET-034, ET-191).
pub(super) fn stamp(
    schema: &Schema,
    target: &TenantObject,
    anchor: &SourceAnchor,
) -> Option<Action> {
    let attribute = schema.attribute("onPremisesImmutableId")?;
    Some(Action {
        what: format!("stamp the anchor on {}", cloud_name(target)),
        inputs: update(target, attribute, vec![Value::text(anchor.as_str())]),
        cmdlets: vec![format!(
            "Update-MgUser -UserId {} -OnPremisesImmutableId {}",
            cloud_name(target),
            quoted(anchor.as_str())
        )],
        afterwards: Vec::new(),
        rule: "ET-034",
        irreversible: false,
    })
}

/// Clears a property of a cloud user with a JSON null (ET-192, ET-196).
pub(super) fn clear(
    schema: &Schema,
    target: &TenantObject,
    property: &str,
    rule: &'static str,
) -> Option<Action> {
    let attribute = schema.attribute(property)?;
    let uri = quoted(&format!("v1.0/users/{}", cloud_name(target)));
    Some(Action {
        what: format!("clear {property} of {}", cloud_name(target)),
        inputs: update(target, attribute, Vec::new()),
        cmdlets: vec![format!(
            "Invoke-MgGraphRequest -Method PATCH -Uri {uri} -Body @{{{property}=$null}}"
        )],
        afterwards: Vec::new(),
        rule,
        irreversible: false,
    })
}

/// Takes every role away, and the eligibility for one when `eligible` (ET-047, ET-050).
pub(super) fn take_roles(target: &TenantObject, eligible: bool, rule: &'static str) -> Action {
    let mut action = Action {
        what: String::new(),
        inputs: Vec::new(),
        cmdlets: Vec::new(),
        afterwards: Vec::new(),
        rule,
        irreversible: false,
    };
    let id = target.id;
    let mut names = Vec::new();
    for role in &target.roles {
        names.push(role.to_string());
        action.inputs.push(role_edit(id, role, false));
        action.cmdlets.push(format!(
            "Remove-MgRoleManagementDirectoryRoleAssignment -PrincipalId {id} -RoleDefinitionId {}",
            quoted(role)
        ));
        action.afterwards.push(format!(
            "New-MgRoleManagementDirectoryRoleAssignment -PrincipalId {id} -RoleDefinitionId {} \
             -DirectoryScopeId '/'",
            quoted(role)
        ));
    }
    for role in target.eligible_roles.iter().filter(|_| eligible) {
        names.push(format!("eligible {role}"));
        action.inputs.push(role_edit(id, role, true));
        for (verb, list) in
            [("adminRemove", &mut action.cmdlets), ("adminAssign", &mut action.afterwards)]
        {
            list.push(format!(
                "New-MgRoleManagementDirectoryRoleEligibilityScheduleRequest -Action {verb} \
                 -PrincipalId {id} -RoleDefinitionId {} -DirectoryScopeId '/'",
                quoted(role)
            ));
        }
    }
    action.what = format!("take the roles of {} away: {}", cloud_name(target), names.join(", "));
    action
}

fn role_edit(target: Guid, role: &str, eligible: bool) -> Input {
    let role = role.to_owned();
    Input::Tenant(TenantEdit::SetRole { target, role, assigned: false, eligible })
}

/// Switches a feature of the tenant (ET-045, ET-046, ET-051).
pub(super) fn switch(feature: Feature, enabled: bool, rule: &'static str) -> Action {
    let mut letters = feature.name().chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    let name: String = first.into_iter().chain(letters).chain("Enabled".chars()).collect();
    let line = |on: bool| {
        format!("Update-MgDirectoryOnPremiseSynchronization -Features @{{{name}=${on}}}")
    };
    // A switch that cannot be turned back is not offered to be.
    let afterwards = if feature == Feature::SoftMatchOnUpn { vec![] } else { vec![line(!enabled)] };
    Action {
        what: format!("switch {} {}", feature.name(), if enabled { "on" } else { "off" }),
        inputs: vec![Input::Tenant(TenantEdit::SetFeature {
            name: feature.name().to_owned(),
            enabled,
        })],
        cmdlets: vec![line(enabled)],
        afterwards,
        rule,
        irreversible: false,
    }
}

/// Removes a cloud object for good: a user by way of the recycle bin (ET-049, ET-177).
pub(super) fn remove(target: &TenantObject, why: &str, rule: &'static str) -> Action {
    let id = target.id;
    let mut inputs = Vec::new();
    let mut cmdlets = Vec::new();
    if target.is_active() {
        inputs.push(Input::Tenant(TenantEdit::Delete { target: id }));
        cmdlets.push(match target.kind {
            TenantType::User => format!("Remove-MgUser -UserId {id}"),
            TenantType::Group => format!("Remove-MgGroup -GroupId {id}"),
            TenantType::Contact => {
                format!("Invoke-MgGraphRequest -Method DELETE -Uri 'v1.0/contacts/{id}'")
            }
            TenantType::Device => {
                format!("Invoke-MgGraphRequest -Method DELETE -Uri 'v1.0/devices/{id}'")
            }
        });
    }
    if target.kind == TenantType::User {
        inputs.push(Input::Tenant(TenantEdit::Purge { target: id }));
        cmdlets.push(format!("Remove-MgDirectoryDeletedItem -DirectoryObjectId {id}"));
    }
    let what = format!("delete {why} {} for good", cloud_name(target));
    Action { what, inputs, cmdlets, afterwards: Vec::new(), rule, irreversible: true }
}

/// Brings a user back from the recycle bin (ET-050, ET-175).
pub(super) fn restore(target: &TenantObject) -> Action {
    Action {
        what: format!("restore {} from the recycle bin", target.upn.as_deref().unwrap_or("it")),
        inputs: vec![Input::Tenant(TenantEdit::Restore {
            target: target.id,
            new_user_principal_name: None,
            auto_reconcile_proxy_conflict: false,
        })],
        cmdlets: vec![format!("Restore-MgDirectoryDeletedItem -DirectoryObjectId {}", target.id)],
        afterwards: Vec::new(),
        rule: "ET-175",
        irreversible: false,
    }
}

/// Hands the source of authority back (ET-210).
pub(super) fn hand_back(target: &TenantObject) -> Action {
    let collection = match target.kind {
        TenantType::Group => "groups",
        TenantType::Contact => "contacts",
        TenantType::User | TenantType::Device => "users",
    };
    let uri = quoted(&format!("v1.0/{collection}/{}/onPremisesSyncBehavior", target.id));
    Action {
        what: format!("hand {} back to on-premises", cloud_name(target)),
        inputs: vec![Input::Tenant(TenantEdit::SetCloudManaged {
            target: target.id,
            managed: false,
        })],
        cmdlets: vec![format!(
            "Invoke-MgGraphRequest -Method PATCH -Uri {uri} -Body @{{isCloudManaged=$false}}"
        )],
        afterwards: Vec::new(),
        rule: "ET-210",
        irreversible: false,
    }
}

/// The forest object that an on-premises change is for.
pub(super) struct Here<'a> {
    pub(super) object: &'a ForestObject,
    pub(super) identity: &'a str,
}

impl Here<'_> {
    fn set(&self) -> &'static str {
        match self.object.class {
            class::USER => "Set-ADUser",
            class::GROUP => "Set-ADGroup",
            _ => "Set-ADObject",
        }
    }

    fn change(&self, edit: AttributeEdit) -> Vec<Input> {
        let changes = vec![edit];
        vec![Input::Forest(ForestEdit::Modify { target: self.object.guid, changes })]
    }

    /// Gives the account the anchor that a cloud object has (ET-042, ET-049).
    pub(super) fn take_anchor(&self, target: &TenantObject) -> Option<Action> {
        let guid = target.anchor.as_ref()?.decode().ok()?.guid;
        Some(Action {
            what: format!("give {} the anchor of {}", self.identity, cloud_name(target)),
            inputs: self.change(AttributeEdit {
                attribute: a::CONSISTENCY_GUID,
                operation: EditOperation::Replace,
                values: vec![Value::bytes(*guid.as_bytes())],
            }),
            cmdlets: vec![format!(
                "Set-ADSyncToolsMsDsConsistencyGuid -Identity {} -Value {}",
                self.identity,
                quoted(&guid.to_string())
            )],
            afterwards: Vec::new(),
            rule: "ET-042",
            irreversible: false,
        })
    }

    /// Gives the account the UPN that a cloud user has (ET-040).
    pub(super) fn take_upn(&self, target: &TenantObject) -> Option<Action> {
        self.set_upn(target.upn.as_deref()?, "ET-040")
    }

    /// Gives the account the UPN that its account name makes, in place of one that is taken (ET-082).
    pub(super) fn free_upn(&self, taken: &str) -> Option<Action> {
        let account = self.object.entry.text(a::SAM_ACCOUNT_NAME)?.to_lowercase();
        let (prefix, domain) = taken.split_once('@')?;
        if account.eq_ignore_ascii_case(prefix) {
            return None;
        }
        self.set_upn(&format!("{account}@{domain}"), "ET-082")
    }

    fn set_upn(&self, upn: &str, rule: &'static str) -> Option<Action> {
        if self.object.class != class::USER {
            return None;
        }
        Some(Action {
            what: format!("set the UPN of {} to {upn}", self.identity),
            inputs: self.change(AttributeEdit {
                attribute: a::USER_PRINCIPAL_NAME,
                operation: EditOperation::Replace,
                values: vec![Value::text(upn)],
            }),
            cmdlets: vec![format!(
                "Set-ADUser {} -UserPrincipalName {}",
                self.identity,
                quoted(upn)
            )],
            afterwards: Vec::new(),
            rule,
            irreversible: false,
        })
    }

    /// Makes the primary address of a cloud object that of the account (ET-039).
    pub(super) fn take_primary(&self, target: &TenantObject) -> Option<Action> {
        let primary = target.primary_smtp()?;
        let bare = primary.get(5..).unwrap_or_default();
        let mut addresses = vec![format!("SMTP:{bare}")];
        for value in self.object.entry.get(a::PROXY_ADDRESSES) {
            let text = value.as_text().unwrap_or_default();
            let kept = match text.strip_prefix("SMTP:") {
                Some(old) => format!("smtp:{old}"),
                None => text.to_owned(),
            };
            if !kept.eq_ignore_ascii_case(primary) {
                addresses.push(kept);
            }
        }
        let list: Vec<String> = addresses.iter().map(|address| quoted(address)).collect();
        Some(Action {
            what: format!("make {bare} the primary address of {}", self.identity),
            inputs: self.change(AttributeEdit {
                attribute: a::PROXY_ADDRESSES,
                operation: EditOperation::Replace,
                values: addresses.iter().map(|address| Value::text(address.as_str())).collect(),
            }),
            cmdlets: vec![format!(
                "{} {} -Replace @{{proxyAddresses={}}}",
                self.set(),
                self.identity,
                list.join(",")
            )],
            afterwards: Vec::new(),
            rule: "ET-039",
            irreversible: false,
        })
    }

    /// Takes a quarantined address off the account (ET-082).
    pub(super) fn drop_address(&self, value: &str) -> Option<Action> {
        let stored = self.object.entry.get(a::PROXY_ADDRESSES);
        let written = stored
            .iter()
            .filter_map(dirsim_model::ValueRef::as_text)
            .find(|stored| stored.eq_ignore_ascii_case(value))?;
        Some(Action {
            what: format!("take {written} off {}", self.identity),
            inputs: self.change(AttributeEdit {
                attribute: a::PROXY_ADDRESSES,
                operation: EditOperation::Remove,
                values: vec![Value::text(written)],
            }),
            cmdlets: vec![format!(
                "{} {} -Remove @{{proxyAddresses={}}}",
                self.set(),
                self.identity,
                quoted(written)
            )],
            afterwards: Vec::new(),
            rule: "ET-082",
            irreversible: false,
        })
    }
}
