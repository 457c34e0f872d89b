//! The users of a population as the two CSV exports that `dirsim match` and spreadsheets read.

use std::io::{self, Write};

use dirsim_model::{AttributeId, SourceAnchor, Value};

use super::Population;

/// Columns of the AD export, as `Get-ADUser | Export-Csv` names them; the anchor is calculated.
const DIRECTORY: [&str; 8] = [
    "DistinguishedName",
    "ObjectGUID",
    "ImmutableId",
    "UserPrincipalName",
    "mail",
    "proxyAddresses",
    "objectSid",
    "SamAccountName",
];
/// Columns of the tenant export, as `Get-MgUser | Export-Csv` names them.
const TENANT: [&str; 9] = [
    "Id",
    "UserPrincipalName",
    "Mail",
    "ProxyAddresses",
    "OnPremisesImmutableId",
    "OnPremisesSyncEnabled",
    "UserType",
    "DeletedDateTime",
    "Roles",
];

impl Population {
    /// Writes the users of the forest; addresses are joined with `;`.
    pub fn write_directory_csv(&self, out: &mut dyn Write) -> io::Result<()> {
        let a = &self.attributes;
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(DIRECTORY)?;
        for number in 0..self.options.users {
            let user = self.user(number);
            let text = |attribute| joined(&user.attributes, attribute);
            csv.write_record([
                user.dn.to_string(),
                user.guid.map(|guid| guid.to_string()).unwrap_or_default(),
                user.guid.map(|guid| SourceAnchor::from_guid(guid).to_string()).unwrap_or_default(),
                text(a.upn),
                text(a.mail),
                text(a.proxy_addresses),
                user.sid.as_ref().map(ToString::to_string).unwrap_or_default(),
                text(a.sam),
            ])?;
        }
        csv.flush()?;
        Ok(())
    }

    /// Writes the users of the tenant, the deleted ones behind the others; addresses and roles are
    /// joined with `;`.
    pub fn write_tenant_csv(&self, out: &mut dyn Write) -> io::Result<()> {
        let a = &self.attributes;
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(TENANT)?;
        for user in self.tenant_users().chain(self.deleted_users()) {
            let text = |attribute| joined(&user.attributes, attribute);
            csv.write_record([
                user.id.map(|id| id.to_string()).unwrap_or_default(),
                text(a.upn),
                text(a.mail),
                text(a.proxy_addresses),
                text(a.immutable_id),
                text(a.sync_enabled),
                text(a.user_type),
                user.deleted.map(|at| at.to_string()).unwrap_or_default(),
                user.roles.join(";"),
            ])?;
        }
        csv.flush()?;
        Ok(())
    }
}

/// Returns the values of an attribute as a field holds them.
fn joined(attributes: &[(AttributeId, Vec<Value>)], attribute: AttributeId) -> String {
    let found = attributes.iter().find(|(id, _)| *id == attribute);
    let texts = found.iter().flat_map(|(_, values)| values).filter_map(|value| match value {
        Value::Text(text) => Some(text.to_string()),
        Value::Boolean(truth) => Some(if *truth { "True" } else { "False" }.to_owned()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use crate::generate::{GenerateOptions, Names, Population};
    use crate::keys;
    use dirsim_model::Schema;

    #[test]
    fn what_is_written_is_read_again() {
        let options = GenerateOptions { users: 400, stamped_share: 20, ..Default::default() };
        let population =
            Population::new(options, Names::built_in(), &mut Schema::built_in()).unwrap();
        let (mut directory, mut tenant) = (Vec::new(), Vec::new());
        population.write_directory_csv(&mut directory).unwrap();
        population.write_tenant_csv(&mut tenant).unwrap();

        let (users, lints) = keys::read_directory("ad.csv", &*directory).unwrap();
        assert_eq!((users.len(), lints.len()), (400, 0));
        assert!(users.tells_addresses);
        assert!(users.iter().all(|row| row.keys.anchor.is_some() && row.keys.sid.is_some()));
        let (mut held, mut stamped) = (0, 0);
        keys::read_tenant("tenant.csv", &*tenant, &mut |holding| {
            held += 1;
            stamped += usize::from(holding.keys.anchor.is_some());
        })
        .unwrap();
        // Eight in ten of them, and what defects and cloud-only users add.
        assert!((290..390).contains(&held), "{held}");
        assert!((50..110).contains(&stamped), "{stamped}");
    }
}
