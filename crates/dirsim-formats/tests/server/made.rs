//! A small export, written here, that tests break in one place at a time.

use dirsim_formats::SourceFile;
use dirsim_formats::server::{
    Answers, Imported, ServerExport, Target, WorldConnector, import, read_folder,
};
use dirsim_model::Schema;
use dirsim_rules::RuleOptions;

/// Identity of the forest connector.
pub(crate) const FOREST: &str = "{5d1c0000-0000-4000-8000-00000000c001}";
/// Identity of the Entra connector.
pub(crate) const ENTRA: &str = "{b891884f-051e-4a83-95af-2544101c9083}";

/// Files by name.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

/// A rule file.
pub(crate) fn rule(id: u32, name: &str, more: &str) -> (String, Vec<u8>) {
    let id = format!("{{5d1c0000-0000-4000-8000-{id:012x}}}");
    let text = format!(
        "<synchronizationRule>\n<id>{id}</id>\n<name>{name}</name>\n<direction>Inbound</direction>\n\
         <connector>{FOREST}</connector>\n<sourceObjectType>user</sourceObjectType>\n\
         <targetObjectType>person</targetObjectType>\n<linkType>Provision</linkType>\n\
         <precedence>{}</precedence>\n{more}\n</synchronizationRule>",
        id.as_bytes()[36] - b'0' + 50
    );
    (format!("SynchronizationRules/SynchronizationRule_{id}.xml"), text.into_bytes())
}

/// A mapping.
pub(crate) fn mapping(dest: &str, inside: &str) -> String {
    format!(
        "<attribute-mappings><mapping><dest>{dest}</dest>{inside}</mapping></attribute-mappings>"
    )
}

/// An attribute type.
fn attribute(name: &str, oid: &str, single: bool) -> String {
    format!(
        "<attribute-type id=\"{name}\" single-value=\"{single}\"><name>{name}</name><syntax>{oid}</syntax></attribute-type>"
    )
}

fn schema() -> String {
    const TEXT: &str = "1.3.6.1.4.1.1466.115.121.1.15";
    const NUMBER: &str = "1.3.6.1.4.1.1466.115.121.1.27";
    const BYTES: &str = "1.3.6.1.4.1.1466.115.121.1.40";
    let attributes = [
        attribute("cn", TEXT, true),
        attribute("title", TEXT, true),
        attribute("displayName", TEXT, true),
        attribute("cloudFiltered", "1.3.6.1.4.1.1466.115.121.1.7", true),
        attribute("sourceAnchor", TEXT, true),
        attribute("objectGUID", BYTES, true),
        attribute("badgeNumber", NUMBER, true),
    ];
    format!(
        "<schema><dsml xmlns='http://www.dsml.org/DSML'><directory-schema>{}</directory-schema></dsml></schema>",
        attributes.concat()
    )
}

/// The files of an export with one forest, `contoso.com`, and the tenant.
pub(crate) fn files(rules: Vec<(String, Vec<u8>)>) -> Files {
    let forest = format!(
        "<ma-data>\n<format-version>1</format-version>\n<id>{FOREST}</id>\n<name>contoso.com</name>\n\
         <category>AD</category>\n<creation-time>2026-01-01 08:00:00.000</creation-time>\n{}\n\
         <private-configuration><adma-configuration><forest-name>contoso.com</forest-name>\
         <parameter-values><parameter name='Badge.Prefix' use='global'>B-</parameter>\
         <parameter name='Secret' use='global' encrypted='1'>hunter2</parameter></parameter-values>\
         </adma-configuration></private-configuration>\n\
         <attribute-inclusion><attribute>cn</attribute><attribute>title</attribute>\
         <attribute>objectGUID</attribute><attribute>badgeNumber</attribute></attribute-inclusion>\n\
         <ma-partition-data><partition><id>{{5d1c0000-0000-4000-8000-00000000d001}}</id>\
         <name>DC=contoso,DC=com</name><selected>1</selected><filter><object-classes>\
         <object-class>user</object-class><object-class>organizationalUnit</object-class>\
         </object-classes><containers><exclusions><exclusion>DC=contoso,DC=com</exclusion></exclusions>\
         <inclusions><inclusion>OU=Corp,DC=contoso,DC=com</inclusion></inclusions></containers></filter>\
         </partition></ma-partition-data>\n</ma-data>",
        schema()
    );
    let tenant = format!(
        "<ma-data>\n<id>{ENTRA}</id>\n<name>contoso.onmicrosoft.com - AAD</name>\n\
         <category>Extensible2</category>\n<subtype>Windows Azure Active Directory (Microsoft)</subtype>\n\
         <creation-time>2026-01-01 07:00:00.000</creation-time>\n{}\n</ma-data>",
        schema()
    );
    let metaverse = format!(
        "<saved-mv-configuration server='SYNC01' export-date='2026-01-02 03:04:05.006'>\n<mv-data>{}\n\
         <parameter-values>\
         <parameter name='Microsoft.OptionalFeature.ExportDeletionThreshold' use='SynchronizationGlobal'>True</parameter>\
         <parameter name='Microsoft.OptionalFeature.ExportDeletionThresholdValue' use='SynchronizationGlobal'>25</parameter>\
         </parameter-values></mv-data>\n</saved-mv-configuration>",
        schema()
    );
    let mut files = vec![
        (format!("Connectors/Connector_{FOREST}.xml"), forest.into_bytes()),
        (format!("Connectors/Connector_{ENTRA}.xml"), tenant.into_bytes()),
        ("GlobalSettings/MV.xml".to_owned(), metaverse.into_bytes()),
    ];
    files.extend(rules);
    files
}

/// The files with one text of one file replaced by another.
pub(crate) fn with(mut files: Files, file: &str, from: &str, to: &str) -> Files {
    let (_, bytes) = files.iter_mut().find(|(name, _)| name.contains(file)).expect("a file");
    let text = String::from_utf8(std::mem::take(bytes)).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    *bytes = text.replace(from, to).into_bytes();
    files
}

/// All findings in one line each: level, code, path.
pub(crate) fn codes(imported: &Imported) -> Vec<String> {
    let found = imported.report.findings.iter();
    found.map(|f| format!("{} {} {}", f.level.word(), f.code, f.path)).collect()
}

pub(crate) fn read(files: &Files) -> ServerExport {
    let files: Vec<SourceFile<'_>> =
        files.iter().map(|(name, bytes)| SourceFile { name, bytes }).collect();
    read_folder(&files, false)
}

/// Imports into a world of these forests and the tenant of contoso.
pub(crate) fn imported(files: &Files, forests: &[&str]) -> Imported {
    let mut connectors: Vec<WorldConnector> =
        forests.iter().map(|name| WorldConnector::forest(name, &[])).collect();
    connectors.push(WorldConnector::tenant("contoso.onmicrosoft.com"));
    let target = Target {
        connectors: &connectors,
        schema: &Schema::built_in(),
        options: &RuleOptions::default(),
        answers: &Answers::new(),
    };
    import("export", &read(files), target)
}

/// The errors and warnings, as the administrator sees them.
pub(crate) fn told(imported: &Imported) -> String {
    let shown = imported
        .report
        .findings
        .iter()
        .filter(|finding| finding.level != dirsim_formats::server::Level::Information)
        .map(ToString::to_string);
    shown.collect::<Vec<_>>().join("\n")
}
