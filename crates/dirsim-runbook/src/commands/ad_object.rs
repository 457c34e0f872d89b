//! `*-ADObject`: anything in the directory, by DN or GUID; and what creating, searching and
//! deleting have in common (`interfaces.md` 5.1).

use dirsim_forest::{ForestEdit, NewObject, lookup, view};
use dirsim_model::dn::Rdn;
use dirsim_model::schema::Side;
use dirsim_model::{AttributeId, ClassId, Dn, Value};
use dirsim_world::{Event, Input};

use crate::ad::{self, AdObject, Noun, directory_service, edit, identity, property};
use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, forest_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::value::{Object, PsValue};

use super::ad_user;

/// Parameters of every `New-AD…` cmdlet.
pub(super) const CREATE_PARAMETERS: [P; 7] = [
    P::text("Name").at(0).required(),
    P::text("Path"),
    P::table("OtherAttributes"),
    P::switch("PassThru"),
    P::boolean("ProtectedFromAccidentalDeletion"),
    P::text("Server"),
    P::new("Credential", K::Any).ignored(),
];

/// Parameters of every searching `Get-AD…` cmdlet.
pub(super) static SEARCH_PARAMETERS: [P; 9] = [
    P::text("Identity").at(0),
    P::new("Filter", K::Filter),
    P::new("LDAPFilter", K::LdapFilter),
    P::texts("Properties").or(&["Property"]),
    P::text("SearchBase"),
    P::new("SearchScope", K::Choice(&["Base", "OneLevel", "Subtree"])),
    P::integer("ResultSetSize"),
    P::text("Server"),
    P::new("Credential", K::Any).ignored(),
];

/// One object or a search, not both.
pub(super) const SEARCH_SETS: &[ParameterSet] =
    &[ParameterSet { names: &["Identity", "Filter", "LDAPFilter"], required: true }];

/// Parameters of every `Remove-AD…` cmdlet.
pub(super) const REMOVE_PARAMETERS: &[P] = &[
    P::text("Identity").at(0).required(),
    P::switch("Recursive"),
    P::text("Server"),
    P::new("Credential", K::Any).ignored(),
];

/// `New-ADObject`.
pub(super) static NEW: CommandSpec = CommandSpec {
    name: "New-ADObject",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Creates an object of any class, a contact for instance",
    example: "New-ADObject -Type contact -Name 'Zoe Ext' -Path 'OU=Contacts,DC=contoso,DC=com' -OtherAttributes @{mail='zoe@fabrikam.com'}",
    parameters: &[
        P::text("Name").at(0).required(),
        P::text("Type").at(1).required(),
        P::text("Path"),
        P::text("DisplayName"),
        P::text("Description"),
        P::table("OtherAttributes"),
        P::switch("PassThru"),
        P::boolean("ProtectedFromAccidentalDeletion"),
        P::text("Server"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: &[],
    run: new,
};

/// `Get-ADObject`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-ADObject",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Shows objects of any class; with -IncludeDeletedObjects deleted ones too",
    example: "Get-ADObject -Filter \"isDeleted -eq $true\" -IncludeDeletedObjects",
    parameters: &[
        P::text("Identity").at(0),
        P::new("Filter", K::Filter),
        P::new("LDAPFilter", K::LdapFilter),
        P::switch("IncludeDeletedObjects"),
        P::texts("Properties").or(&["Property"]),
        P::text("SearchBase"),
        P::new("SearchScope", K::Choice(&["Base", "OneLevel", "Subtree"])),
        P::integer("ResultSetSize"),
        P::text("Partition").ignored(),
        P::text("Server"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: SEARCH_SETS,
    run: |session, bound| ad_user::get_as(session, bound, Noun::Object),
};

/// `Set-ADObject`.
pub(super) static SET: CommandSpec = CommandSpec {
    name: "Set-ADObject",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Changes attributes of an object of any class",
    example: "Set-ADObject 'CN=Zoe Ext,OU=Contacts,DC=contoso,DC=com' -Replace @{mail='zoe@contoso.com'}",
    parameters: &[
        P::text("Identity").at(0).required(),
        P::text("DisplayName"),
        P::text("Description"),
        P::table("Add"),
        P::table("Remove"),
        P::table("Replace"),
        P::texts("Clear"),
        P::switch("PassThru"),
        P::boolean("ProtectedFromAccidentalDeletion"),
        P::text("Partition").ignored(),
        P::text("Server"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: &[],
    run: set,
};

/// `Remove-ADObject`.
pub(super) static REMOVE: CommandSpec = CommandSpec {
    name: "Remove-ADObject",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Deletes an object; with -Recursive everything below it too",
    example: "Remove-ADObject 'OU=Leavers,DC=contoso,DC=com' -Recursive -Confirm:$false",
    parameters: REMOVE_PARAMETERS,
    sets: &[],
    run: |session, bound| remove_as(session, bound, Noun::Object),
};

/// `Move-ADObject`.
pub(super) static MOVE: CommandSpec = CommandSpec {
    name: "Move-ADObject",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Moves an object to another container",
    example: "Move-ADObject 'CN=Ann Lee,OU=Staff,DC=contoso,DC=com' -TargetPath 'OU=Leavers,DC=contoso,DC=com'",
    parameters: &[
        P::text("Identity").at(0).required(),
        P::text("TargetPath").at(1).required(),
        P::text("TargetServer").ignored(),
        P::switch("PassThru"),
        P::text("Server"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: &[],
    run: relocate,
};

/// `Rename-ADObject`.
pub(super) static RENAME: CommandSpec = CommandSpec {
    name: "Rename-ADObject",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Gives an object another name in its container",
    example: "Rename-ADObject 'CN=Ann Lee,OU=Staff,DC=contoso,DC=com' -NewName 'Ann Berg'",
    parameters: &[
        P::text("Identity").at(0).required(),
        P::text("NewName").at(1).required(),
        P::switch("PassThru"),
        P::text("Server"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: &[],
    run: rename,
};

/// `Restore-ADObject`.
pub(super) static RESTORE: CommandSpec = CommandSpec {
    name: "Restore-ADObject",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Brings a deleted object back, by GUID or the name it has among the deleted ones",
    example: "Restore-ADObject 25c2879e-20ed-4e66-83f0-9e20460aedf8 -TargetPath 'OU=Staff,DC=contoso,DC=com'",
    parameters: &[
        P::text("Identity").at(0).required(),
        P::text("NewName"),
        P::text("TargetPath"),
        P::switch("PassThru"),
        P::text("Server"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: &[],
    run: restore,
};

/// An object about to be created.
pub(super) struct Creation(NewObject);

impl Creation {
    /// Places a new object by `-Name` and `-Path`; without `-Path` below the container
    /// `CN=<fallback>` of the domain, or at its root when `fallback` is empty.
    pub(super) fn start(
        session: &Session<'_>,
        bound: &Bound,
        class: ClassId,
        naming: &str,
        fallback: &str,
    ) -> Result<Self, CommandError> {
        let parent = if let Some(path) = bound.text("Path") {
            ad::dn(bound, path)?
        } else {
            let (_, domain) = ad::domain(session, bound)?;
            let root = domain.naming_context();
            if fallback.is_empty() { root } else { root.child(Rdn::new("CN", fallback)) }
        };
        let dn = parent.child(Rdn::new(naming, bound.required("Name")));
        let (attributes, references) = (Vec::new(), Vec::new());
        Ok(Self(NewObject { dn, class, guid: None, sid: None, attributes, references }))
    }

    /// Sets the values of an attribute.
    pub(super) fn put(&mut self, attribute: AttributeId, values: Vec<Value>) {
        self.0.attributes.retain(|(known, _)| *known != attribute);
        if !values.is_empty() {
            self.0.attributes.push((attribute, values));
        }
    }

    /// Sets a property by its name of the module or of the directory.
    pub(super) fn set(
        &mut self,
        session: &Session<'_>,
        bound: &Bound,
        name: &str,
        value: &PsValue,
    ) -> Result<(), CommandError> {
        let attribute = edit::attribute(session, bound, name)?;
        if session.schema().is_reference(Side::Forest, attribute) {
            let targets = references(session, bound, value)?;
            self.0.references.retain(|(known, _)| *known != attribute);
            self.0.references.push((attribute, targets));
            return Ok(());
        }
        let values = match value {
            PsValue::Text(text) if text.is_empty() => Vec::new(),
            value => edit::values(session, bound, attribute, value)?,
        };
        self.put(attribute, values);
        Ok(())
    }

    /// Creates the object with the attributes of `-OtherAttributes`; returns it for `-PassThru`.
    pub(super) fn finish(
        mut self,
        session: &mut Session<'_>,
        bound: &Bound,
        noun: Noun,
    ) -> Result<Vec<Object>, CommandError> {
        for (name, value) in bound.table("OtherAttributes") {
            self.set(session, bound, name, value)?;
        }
        if let Some(value) = bound.get(view::PROTECTED) {
            self.set(session, bound, view::PROTECTED, value)?;
        }
        let target = self.0.dn.to_string();
        let edit = ForestEdit::Create(Box::new(self.0));
        let Some(stepped) = session.act(bound, &target, Input::Forest(edit))? else {
            return Ok(Vec::new());
        };
        if !bound.switch("PassThru") {
            return Ok(Vec::new());
        }
        let made = stepped.events.iter().find_map(|event| match event {
            Event::Touched(guid) => Some(guid.to_string()),
            _ => None,
        });
        let made = identity::find_deleted(session, bound, &made.unwrap_or_default())?;
        Ok(vec![property::show(session, noun, &made, &[])?])
    }
}

/// Returns the names of the objects that a value refers to.
fn references(
    session: &Session<'_>,
    bound: &Bound,
    value: &PsValue,
) -> Result<Vec<Dn>, CommandError> {
    value
        .each()
        .into_iter()
        .map(|one| {
            let text = one.to_text();
            let found = match identity::find(session, bound, Noun::Principal, &text) {
                Err(CommandError::Refused(record)) => {
                    // Contacts and the like are no principals, but can be referred to.
                    identity::find(session, bound, Noun::Object, &text)
                        .map_err(|_| CommandError::Refused(record))?
                }
                other => other?,
            };
            Ok(lookup::dn(session.tables(), found.id)?)
        })
        .collect()
}

fn new(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let written = bound.required("Type");
    let class = session.schema().class(written).ok_or_else(|| {
        let message = "The specified class is not defined".to_owned();
        forest_refused(bound, written, "ADInvalidOperationException", "SE 2.2", message)
    })?;
    let naming = match class {
        dirsim_model::schema::class::ORGANIZATIONAL_UNIT => "OU",
        _ => "CN",
    };
    let mut creation = Creation::start(session, bound, class, naming, "")?;
    for name in ["DisplayName", "Description", view::PROTECTED] {
        if let Some(value) = bound.get(name) {
            creation.set(session, bound, name, value)?;
        }
    }
    creation.finish(session, bound, Noun::Object)
}

fn set(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    if let Some(root) = directory_service::find(session, bound.required("Identity"))? {
        directory_service::set(session, bound, &root)?;
        if !bound.switch("PassThru") {
            return Ok(Vec::new());
        }
        return Ok(vec![directory_service::show(session, bound, &root, &[])?]);
    }
    let target = identity::find(session, bound, Noun::Object, bound.required("Identity"))?;
    let mut changes = Vec::new();
    for name in ["DisplayName", "Description", view::PROTECTED] {
        if let Some(value) = bound.get(name) {
            changes.push(edit::replace(session, bound, name, value)?);
        }
    }
    changes.extend(edit::from_tables(session, bound)?);
    edit::apply(session, bound, &target, changes)?;
    ad_user::pass_through(session, bound, Noun::Object, &target)
}

/// Deletes the object that `-Identity` names.
pub(super) fn remove_as(
    session: &mut Session<'_>,
    bound: &Bound,
    noun: Noun,
) -> Result<Vec<Object>, CommandError> {
    let target = identity::find(session, bound, noun, bound.required("Identity"))?;
    let recursive = bound.switch("Recursive");
    act(session, bound, &target, ForestEdit::Delete { target: target.object.guid, recursive })?;
    Ok(Vec::new())
}

fn relocate(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let target = identity::find(session, bound, Noun::Object, bound.required("Identity"))?;
    let parent = container(session, bound, bound.required("TargetPath"))?;
    act(session, bound, &target, ForestEdit::Move { target: target.object.guid, parent })?;
    ad_user::pass_through(session, bound, Noun::Object, &target)
}

/// Returns the name of the container that a DN or GUID names.
fn container(session: &Session<'_>, bound: &Bound, text: &str) -> Result<Dn, CommandError> {
    if text.trim().parse::<dirsim_model::Guid>().is_ok() {
        let found = identity::find(session, bound, Noun::Object, text)?;
        return Ok(lookup::dn(session.tables(), found.id)?);
    }
    ad::dn(bound, text)
}

fn rename(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let target = identity::find(session, bound, Noun::Object, bound.required("Identity"))?;
    let name = bound.required("NewName").to_owned();
    act(session, bound, &target, ForestEdit::Rename { target: target.object.guid, name })?;
    ad_user::pass_through(session, bound, Noun::Object, &target)
}

fn restore(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let target = identity::find_deleted(session, bound, bound.required("Identity"))?;
    let parent = match bound.text("TargetPath") {
        Some(path) => Some(container(session, bound, path)?),
        None => None,
    };
    let name = bound.text("NewName").map(str::to_owned);
    let edit = ForestEdit::Restore { target: target.object.guid, parent, name };
    act(session, bound, &target, edit)?;
    ad_user::pass_through(session, bound, Noun::Object, &target)
}

fn act(
    session: &mut Session<'_>,
    bound: &Bound,
    target: &AdObject,
    edit: ForestEdit,
) -> Result<(), CommandError> {
    let dn = lookup::dn(session.tables(), target.id)?.to_string();
    session.act(bound, &dn, Input::Forest(edit)).map(drop)
}
