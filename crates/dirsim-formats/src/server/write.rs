//! Writes the configuration of a simulated server as the folder that `Get-ADSyncServerConfiguration`
//! makes (`interfaces.md` 8.5): connectors, metaverse with global settings, rules.

use std::fmt::Write as _;

use dirsim_model::{ClassId, Guid, Schema, Side, Syntax};
use dirsim_rules::RuleDefinition;
use dirsim_store::{StoreResult, Tables, rows};
use dirsim_sync::{Connector, Partition, Profile, connector, servers};
use dirsim_world::view::global_parameters;
use quick_xml::escape::escape;

use super::{load, rule_xml};

/// One file of the folder: its path below it, and its text.
pub type ConfigurationFile = (String, String);

/// Returns the files of the folder.
pub fn folder(
    tables: &dyn Tables,
    schema: &Schema,
    rules: &[RuleDefinition],
    now: dirsim_model::Timestamp,
) -> StoreResult<Vec<ConfigurationFile>> {
    let mut files = Vec::new();
    for found in connector::all(tables)? {
        let name = format!("Connectors/Connector_{{{}}}.xml", found.guid);
        files.push((name, connector_file(tables, schema, &found)?));
    }
    files.push(("GlobalSettings/MV.xml".to_owned(), metaverse_file(tables, schema, now)?));
    for rule in load::exported(rules) {
        let name = format!("SynchronizationRules/SynchronizationRule_{{{}}}.xml", rule.id);
        files.push((name, rule_xml::write(&rule, false)));
    }
    Ok(files)
}

/// Writes lines of XML, indented.
#[derive(Default)]
struct Xml {
    text: String,
    depth: usize,
}

impl Xml {
    fn raw(&mut self, line: &str) {
        let indent = "  ".repeat(self.depth);
        let _ = writeln!(self.text, "{indent}{line}");
    }

    fn leaf(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            self.raw(&format!("<{name} />"));
        } else {
            self.raw(&format!("<{name}>{}</{name}>", escape(value)));
        }
    }

    fn within(&mut self, open: &str, body: impl FnOnce(&mut Self)) {
        self.raw(&format!("<{open}>"));
        self.depth += 1;
        body(self);
        self.depth -= 1;
        let name = open.split(' ').next().unwrap_or(open);
        self.raw(&format!("</{name}>"));
    }

    fn parameter(&mut self, name: &str, usage: &str, value: &str) {
        let head = format!(
            "parameter name=\"{}\" type=\"string\" use=\"{usage}\" dataType=\"String\"",
            escape(name)
        );
        if value.is_empty() {
            self.raw(&format!("<{head} />"));
        } else {
            self.raw(&format!("<{head}>{}</parameter>", escape(value)));
        }
    }
}

fn braced(guid: Guid) -> String {
    format!("{{{guid}}}")
}

const fn flag(on: bool) -> &'static str {
    if on { "1" } else { "0" }
}

/// Returns the object identifier of a syntax (CE-037).
const fn oid(syntax: Syntax) -> &'static str {
    match syntax {
        Syntax::Text => "1.3.6.1.4.1.1466.115.121.1.15",
        Syntax::Integer => "1.3.6.1.4.1.1466.115.121.1.27",
        Syntax::Boolean => "1.3.6.1.4.1.1466.115.121.1.7",
        Syntax::Bytes | Syntax::Guid | Syntax::Sid => "1.3.6.1.4.1.1466.115.121.1.40",
        Syntax::Time => "1.3.6.1.4.1.1466.115.121.1.24",
        Syntax::Reference => "1.3.6.1.4.1.1466.115.121.1.12",
    }
}

/// Writes a schema: every class has every attribute, as dirsim keeps no list per class.
fn dsml(xml: &mut Xml, schema: &Schema, side: Side, classes: &[&str], names: &[String]) {
    xml.within("schema", |xml| {
        xml.within("dsml:dsml xmlns:dsml=\"http://www.dsml.org/DSML\"", |xml| {
            xml.within("dsml:directory-schema", |xml| {
                for class in classes {
                    xml.within(&format!("dsml:class id=\"{class}\" type=\"structural\""), |xml| {
                        xml.leaf("dsml:name", class);
                        for name in names {
                            xml.raw(&format!(
                                "<dsml:attribute ref=\"#{name}\" required=\"false\" />"
                            ));
                        }
                    });
                }
                for name in names {
                    let Some(id) = schema.attribute(name) else { continue };
                    let single = !schema.is_multi_valued(side, id);
                    let head =
                        format!("dsml:attribute-type id=\"{name}\" dsml:single-value=\"{single}\"");
                    xml.within(&head, |xml| {
                        xml.leaf("dsml:name", name);
                        xml.leaf("dsml:syntax", oid(schema.syntax(side, id)));
                    });
                }
            });
        });
    });
}

/// Returns the names of all attributes of a side, in order.
fn all_names(schema: &Schema, side: Side) -> Vec<String> {
    let mut names: Vec<String> =
        schema.attributes_of(side).map(|(id, _)| schema.name(id).to_owned()).collect();
    names.sort_unstable_by_key(|name| name.to_lowercase());
    names
}

fn connector_file(tables: &dyn Tables, schema: &Schema, found: &Connector) -> StoreResult<String> {
    let side = if found.is_forest() { Side::Forest } else { Side::Entra };
    let mut names = match &found.attributes {
        Some(listed) => listed.iter().map(|id| schema.name(*id).to_owned()).collect(),
        None => all_names(schema, side),
    };
    names.sort_unstable_by_key(|name| name.to_lowercase());
    let class_name = |id: &ClassId| schema.class_name(*id);
    let mut classes: Vec<&str> = found.classes.iter().map(class_name).collect();
    classes.sort_unstable_by_key(|name| name.to_lowercase());
    let setup: Option<dirsim_world::Setup> = rows::meta(tables, "setup")?;
    let hashes = setup.is_some_and(|setup| setup.rules.password_hash_sync);
    let info = found.info(tables)?;
    let mut xml = Xml::default();
    xml.within("ma-data", |xml| {
        xml.leaf("format-version", "1");
        xml.leaf("id", &braced(found.guid).to_uppercase());
        xml.leaf("name", &found.name);
        xml.leaf("category", if found.is_forest() { "AD" } else { "Extensible2" });
        let entra = "Windows Azure Active Directory (Microsoft)";
        xml.leaf("subtype", if found.is_forest() { "" } else { entra });
        xml.leaf("creation-time", &found.created.to_string());
        dsml(xml, schema, side, &classes, &names);
        if found.is_forest() {
            xml.within("private-configuration", |xml| {
                xml.within("adma-configuration", |xml| {
                    xml.leaf("forest-name", &info.forest_fqdn);
                    xml.within("password-hash-sync-config", |xml| {
                        xml.leaf("enabled", flag(hashes));
                        xml.leaf("target", &braced(connector::ENTRA).to_uppercase());
                    });
                    xml.within("parameter-values", |xml| {
                        for (name, value) in connector::global_parameters(found, &info) {
                            xml.parameter(&name, "global", &value);
                        }
                    });
                });
            });
        }
        xml.within("attribute-inclusion", |xml| {
            for name in &names {
                xml.leaf("attribute", name);
            }
        });
        xml.within("ma-partition-data", |xml| {
            for partition in &found.partitions {
                partition_element(xml, found, partition, &classes);
            }
        });
        xml.within("ma-run-data", |xml| {
            for profile in Profile::ALL {
                profile_element(xml, found, *profile);
            }
        });
    });
    Ok(xml.text)
}

fn partition_element(xml: &mut Xml, of: &Connector, partition: &Partition, classes: &[&str]) {
    xml.within("partition", |xml| {
        xml.leaf("id", &braced(of.partition_guid(partition.domain)));
        xml.leaf("name", &partition.name);
        xml.leaf("selected", flag(partition.selected));
        xml.within("filter", |xml| {
            xml.within("object-classes", |xml| {
                for class in classes {
                    xml.leaf("object-class", class);
                }
            });
            if of.is_forest() {
                xml.within("containers", |xml| {
                    xml.within("exclusions", |xml| {
                        for dn in &partition.exclude {
                            xml.leaf("exclusion", &dn.to_string());
                        }
                    });
                    xml.within("inclusions", |xml| {
                        for dn in &partition.include {
                            xml.leaf("inclusion", &dn.to_string());
                        }
                    });
                });
            }
        });
        if of.is_forest() {
            xml.within("custom-data", |xml| {
                xml.within("adma-partition-data", |xml| {
                    xml.leaf("dn", &partition.name);
                    xml.leaf("is-domain", "1");
                });
            });
        }
    });
}

/// Writes a run profile with one step for every selected partition that has one (SE 6.1).
fn profile_element(xml: &mut Xml, of: &Connector, profile: Profile) {
    let (kind, tag, subtype) = match profile {
        Profile::FullImport => ("full-import", "import-subtype", "to-cs"),
        Profile::DeltaImport => ("delta-import", "import-subtype", "to-cs"),
        Profile::FullSynchronization => {
            ("apply-rules", "apply-rules-subtype", "reevaluate-flow-connectors")
        }
        Profile::DeltaSynchronization => ("apply-rules", "apply-rules-subtype", "apply-pending"),
        Profile::Export => ("export", "", ""),
    };
    xml.within("run-configuration", |xml| {
        xml.leaf("id", &braced(of.profile_guid(profile)));
        xml.leaf("name", profile.name());
        xml.within("configuration", |xml| {
            let steps =
                of.partitions.iter().filter(|p| p.selected && p.profiles.contains(&profile));
            for partition in steps {
                xml.within("step", |xml| {
                    if tag.is_empty() {
                        xml.raw(&format!("<step-type type=\"{kind}\" />"));
                    } else {
                        xml.within(&format!("step-type type=\"{kind}\""), |xml| {
                            xml.leaf(tag, subtype);
                        });
                    }
                    let id = braced(of.partition_guid(partition.domain)).to_uppercase();
                    xml.leaf("partition", &id);
                });
            }
        });
    });
}

fn metaverse_file(
    tables: &dyn Tables,
    schema: &Schema,
    now: dirsim_model::Timestamp,
) -> StoreResult<String> {
    let own = servers::in_use(tables)?;
    let server = servers::all(tables)?.into_iter().find(|known| known.number == own);
    let server = server.map(|known| known.name).unwrap_or_default();
    let names = all_names(schema, Side::Metaverse);
    let globals = global_parameters(tables)?;
    let mut xml = Xml::default();
    let head =
        format!("saved-mv-configuration server='{}' export-date='{now}'", escape(server.as_str()));
    xml.within(&head, |xml| {
        xml.within("mv-data", |xml| {
            xml.leaf("format-version", "1");
            dsml(xml, schema, Side::Metaverse, &["person", "group", "device"], &names);
            xml.within("parameter-values", |xml| {
                for (name, value) in &globals {
                    xml.parameter(name, "SynchronizationGlobal", value);
                }
            });
        });
    });
    Ok(xml.text)
}
