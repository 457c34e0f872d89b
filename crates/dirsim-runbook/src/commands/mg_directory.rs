//! Contacts, devices and directory objects of any type (`interfaces.md` 5.3, 6.1, ET-012).

use dirsim_tenant::TenantType;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph::{self, body, object};
use crate::session::Session;
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, join};
use crate::value::Object;

use super::mg_user::READ;
use super::{mg_read, mg_user};

static CONTACT_PARAMETERS: [P; 12] = join([P::text("OrgContactId").at(0)], READ);
static DEVICE_PARAMETERS: [P; 12] = join([P::text("DeviceId").at(0)], READ);

/// `Get-MgContact`.
pub(super) static CONTACTS: CommandSpec = CommandSpec {
    name: "Get-MgContact",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows contacts of the tenant; nothing changes them there",
    example: "Get-MgContact -All",
    parameters: &CONTACT_PARAMETERS,
    sets: &[],
    run: |session, bound| mg_read::get(session, bound, TenantType::Contact, "OrgContactId"),
};

/// `Get-MgDevice`.
pub(super) static DEVICES: CommandSpec = CommandSpec {
    name: "Get-MgDevice",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows devices of the tenant, by object id or filter",
    example: "Get-MgDevice -Filter \"trustType eq 'ServerAd'\" -All",
    parameters: &DEVICE_PARAMETERS,
    sets: &[],
    run: |session, bound| mg_read::get(session, bound, TenantType::Device, "DeviceId"),
};

/// `Update-MgDevice`.
pub(super) static UPDATE_DEVICE: CommandSpec = CommandSpec {
    name: "Update-MgDevice",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Changes a device, whether it is enabled above all",
    example: "Update-MgDevice -DeviceId 00112233-4455-6677-8899-aabbccddeeff -AccountEnabled:$false",
    parameters: &[
        P::text("DeviceId").at(0).required(),
        P::switch("AccountEnabled"),
        P::text("DisplayName"),
        P::text("OperatingSystem"),
        P::text("OperatingSystemVersion"),
        P::new("BodyParameter", K::Table),
    ],
    sets: &[],
    run: |session, bound| {
        let found =
            graph::find(session, bound, Some(TenantType::Device), bound.required("DeviceId"))?;
        let names = ["AccountEnabled", "DisplayName", "OperatingSystem", "OperatingSystemVersion"];
        let changes = body::of_parameters(session, bound, &names)?;
        mg_user::apply(session, bound, &found, changes)
    },
};

/// `Remove-MgDevice`.
pub(super) static REMOVE_DEVICE: CommandSpec = CommandSpec {
    name: "Remove-MgDevice",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Deletes a device for good (ET-180)",
    example: "Remove-MgDevice -DeviceId 00112233-4455-6677-8899-aabbccddeeff",
    parameters: &[P::text("DeviceId").at(0).required(), P::switch("PassThru").ignored()],
    sets: &[],
    run: |session, bound| mg_user::remove(session, bound, TenantType::Device, "DeviceId"),
};

/// `Get-MgDirectoryObject`.
pub(super) static OBJECT: CommandSpec = CommandSpec {
    name: "Get-MgDirectoryObject",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows an object of any type by its id",
    example: "Get-MgDirectoryObject -DirectoryObjectId a98368aa-f0cb-41b5-a7c6-10f18c6c837d",
    parameters: &[
        P::text("DirectoryObjectId").at(0).required(),
        P::texts("Property").or(&["Select"]).ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        let found = graph::find(session, bound, None, bound.required("DirectoryObjectId"))?;
        Ok(vec![object::wrapped(session, &found.object)])
    },
};

/// `Get-MgDirectoryObjectById`.
pub(super) static BY_ID: CommandSpec = CommandSpec {
    name: "Get-MgDirectoryObjectById",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows objects of any type by their ids; ids of nothing are left out",
    example: "Get-MgDirectoryObjectById -Ids a98368aa-f0cb-41b5-a7c6-10f18c6c837d -Types user",
    parameters: &[P::texts("Ids").at(0).required(), P::texts("Types")],
    sets: &[],
    run: by_id,
};

fn by_id(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let types = bound.texts("Types");
    let mut shown = Vec::new();
    for id in bound.texts("Ids") {
        let found = match graph::find(session, bound, None, id) {
            Ok(found) => found,
            Err(CommandError::Refused(_)) => continue,
            Err(other) => return Err(other),
        };
        let name = object::odata_type(found.object.kind).trim_start_matches("#microsoft.graph.");
        if types.is_empty() || types.iter().any(|kind| kind.eq_ignore_ascii_case(name)) {
            shown.push(object::wrapped(session, &found.object));
        }
    }
    Ok(shown)
}
