//! `Set-MgUserLicense` (ET-110 counts Exchange licences).

use dirsim_tenant::{TenantEdit, TenantType};
use dirsim_world::Input;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph::{self, body, object, sku};
use crate::session::{Session, tenant_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::{Object, PsValue};

/// `Set-MgUserLicense`.
pub(super) static SET: CommandSpec = CommandSpec {
    name: "Set-MgUserLicense",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Assigns and removes licences of a user",
    example: "Set-MgUserLicense -UserId ann@contoso.com -AddLicenses @{SkuId='c7df2760-2c81-4ef7-b578-5b5392b571df'} -RemoveLicenses @()",
    parameters: &[
        P::text("UserId").at(0).required(),
        P::new("AddLicenses", K::Any),
        P::new("RemoveLicenses", K::Any),
        P::new("BodyParameter", K::Table),
    ],
    sets: &[],
    run: set,
};

fn set(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let in_body = |name: &str| {
        let pairs = bound.table("BodyParameter").iter();
        pairs.clone().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    let add = bound.get("AddLicenses").or_else(|| in_body("addLicenses"));
    let remove = bound.get("RemoveLicenses").or_else(|| in_body("removeLicenses"));
    assign(session, bound, bound.required("UserId"), add, remove)
}

/// Assigns and removes licences, the removals first; returns the user.
pub(super) fn assign(
    session: &mut Session<'_>,
    bound: &Bound,
    user: &str,
    add: Option<&PsValue>,
    remove: Option<&PsValue>,
) -> Result<Vec<Object>, CommandError> {
    let found = graph::find(session, bound, Some(TenantType::User), user)?;
    let mut changes: Vec<(String, bool)> = Vec::new();
    for item in remove.map(PsValue::each).unwrap_or_default() {
        changes.push((item.to_text(), false));
    }
    for item in add.map(PsValue::each).unwrap_or_default() {
        let sku = match item {
            PsValue::Table(_) | PsValue::Object(_) => {
                let pairs = body::pairs(item).iter();
                let sku = pairs.clone().find(|(key, _)| key.eq_ignore_ascii_case("SkuId"));
                sku.map(|(_, value)| value.to_text()).ok_or_else(|| {
                    let message =
                        "A value is required for property 'skuId' of resource.".to_owned();
                    let code = (400, "Request_BadRequest");
                    tenant_refused(bound, "AddLicenses", code, "interfaces 6.1", message)
                })?
            }
            other => other.to_text(),
        };
        changes.push((sku, true));
    }
    for (written, assigned) in changes {
        // A product has a part number and an id; the one that is there is the one to remove.
        let held = found.object.licenses.iter().find(|held| sku::same(held, &written));
        let sku = match (held, assigned) {
            (Some(held), _) => held.to_string(),
            (None, true) => written,
            (None, false) => {
                let message = format!("User does not have a corresponding license: {written}.");
                let code = (400, "Request_BadRequest");
                let target = graph::target(&found);
                return Err(tenant_refused(bound, &target, code, "interfaces 6.1", message));
            }
        };
        let edit = TenantEdit::SetLicense { target: found.object.id, sku, assigned };
        session.act(bound, &graph::target(&found), Input::Tenant(edit))?;
    }
    if session.what_if {
        return Ok(Vec::new());
    }
    let now = graph::find(session, bound, None, &found.object.id.to_string())?;
    Ok(vec![object::show(session, &now.object, &[])])
}
