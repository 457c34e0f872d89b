//! The closed list of cmdlets: one line each here, one file per family below.

mod ad_account;
mod ad_computer;
mod ad_forest;
mod ad_group;
mod ad_member;
mod ad_object;
mod ad_root;
mod ad_unit;
mod ad_user;
mod azuread;
mod clixml;
mod compare;
mod connect;
mod data;
mod dirsim;
mod dirsim_alert;
mod dirsim_connector;
mod dirsim_cycle;
mod dirsim_fault;
mod dirsim_identity;
mod dirsim_server;
mod dirsim_tenant;
mod entra;
mod exo_change;
mod exo_recipient;
mod exo_remote;
mod file;
mod general;
mod mg_audit;
mod mg_deleted;
mod mg_directory;
mod mg_domain;
mod mg_group;
mod mg_license;
mod mg_organization;
mod mg_read;
mod mg_relation;
mod mg_request;
mod mg_request_write;
mod mg_role;
mod mg_role_read;
mod mg_sync;
mod mg_user;
mod msol;
mod msol_tenant;
mod pipe;
mod shell;
mod sync_company;
mod sync_configuration;
mod sync_connector;
mod sync_cycle;
mod sync_export;
mod sync_history;
mod sync_object;
mod sync_rights;
mod sync_rule;
mod sync_rule_object;
mod sync_rule_parts;
mod sync_scheduler;
mod sync_search;
mod sync_server;
mod sync_single;
mod sync_single_report;
mod sync_threshold;
mod sync_tools;
mod sync_tools_cloud;
mod sync_tools_report;
mod text;
mod transcript;
mod write;

use crate::spec::CommandSpec;

/// All cmdlets, by module.
pub static COMMANDS: &[&CommandSpec] = &[
    &ad_user::NEW,
    &ad_user::GET,
    &ad_user::SET,
    &ad_user::REMOVE,
    &ad_group::NEW,
    &ad_group::GET,
    &ad_group::SET,
    &ad_group::REMOVE,
    &ad_member::ADD,
    &ad_member::REMOVE,
    &ad_member::GET,
    &ad_member::MEMBERSHIPS,
    &ad_member::JOIN,
    &ad_member::LEAVE,
    &ad_computer::NEW,
    &ad_computer::GET,
    &ad_computer::SET,
    &ad_computer::REMOVE,
    &ad_object::NEW,
    &ad_object::GET,
    &ad_object::SET,
    &ad_object::REMOVE,
    &ad_object::MOVE,
    &ad_object::RENAME,
    &ad_object::RESTORE,
    &ad_unit::NEW,
    &ad_unit::GET,
    &ad_unit::SET,
    &ad_unit::REMOVE,
    &ad_account::ENABLE,
    &ad_account::DISABLE,
    &ad_account::UNLOCK,
    &ad_account::SET_PASSWORD,
    &ad_account::SET_EXPIRATION,
    &ad_account::CLEAR_EXPIRATION,
    &ad_account::SEARCH,
    &ad_forest::GET,
    &ad_forest::SET,
    &ad_forest::DOMAIN,
    &ad_forest::FEATURE,
    &ad_root::ROOT_DSE,
    &ad_root::FEATURES,
    &sync_cycle::START,
    &sync_cycle::STOP,
    &sync_cycle::RUN_PROFILE,
    &sync_cycle::RESULTS,
    &sync_cycle::STEPS,
    &sync_scheduler::GET,
    &sync_scheduler::SET,
    &sync_scheduler::GET_OVERRIDE,
    &sync_scheduler::SET_OVERRIDE,
    &sync_threshold::GET,
    &sync_threshold::ENABLE,
    &sync_threshold::DISABLE,
    &sync_company::GET,
    &sync_company::SET,
    &sync_connector::GET,
    &sync_connector::STATISTICS,
    &sync_history::PURGE,
    &sync_history::STOP,
    &sync_history::STATUS,
    &sync_history::TOOLS,
    &sync_history::TOOLS_STEPS,
    &sync_history::EVENTS,
    &sync_history::WIN_EVENTS,
    &sync_single::PREVIEW,
    &sync_single::SINGLE,
    &sync_single::REMOVE,
    &sync_single::LOG,
    &sync_single::SEARCH,
    &sync_search::SEARCH,
    &sync_single::PASSWORD,
    &sync_export::CSEXPORT,
    &sync_export::ANALYZER,
    &sync_export::DIAGNOSTICS,
    &sync_server::SETTINGS,
    &sync_server::AUTO_UPGRADE,
    &sync_server::SET_AUTO_UPGRADE,
    &sync_server::SCHEMA,
    &sync_server::DATABASE,
    &sync_server::PARTITIONS,
    &sync_server::ACCOUNT,
    &sync_configuration::CONFIGURATION,
    &sync_configuration::PASSWORDS,
    &sync_server::SERVICES,
    &sync_server::RESTART,
    &sync_server::START,
    &sync_server::STOP,
    &sync_rights::BASIC_READ,
    &sync_rights::CONSISTENCY_GUID,
    &sync_rights::PASSWORD_HASH,
    &sync_rights::PASSWORD_WRITEBACK,
    &sync_rights::EXCHANGE_HYBRID,
    &sync_rights::UNIFIED_GROUPS,
    &sync_rights::RESTRICTED,
    &sync_rights::FOREST_ACCOUNT,
    &sync_rights::TENANT_ACCOUNT,
    &sync_rights::REMOVE_TENANT_ACCOUNT,
    &sync_rights::TEST_SERVICE,
    &sync_rights::TEST_RIGHTS,
    &sync_rights::BLOCKED,
    &sync_rights::PERMISSIONS,
    &sync_object::CS,
    &sync_object::MV,
    &sync_rule::GET,
    &sync_rule::NEW,
    &sync_rule::ADD,
    &sync_rule::SET,
    &sync_rule::REMOVE,
    &sync_rule_parts::ADD_FLOW,
    &sync_rule_parts::REMOVE_FLOW,
    &sync_rule_parts::NEW_SCOPE,
    &sync_rule_parts::NEW_JOIN,
    &sync_rule_parts::ADD_SCOPE,
    &sync_rule_parts::ADD_JOIN,
    &sync_tools_report::DISCONNECTORS,
    &sync_tools_report::CLOUD_ANCHOR,
    &sync_tools_report::SEARCH,
    &sync_tools_report::EXPORT_RUNS,
    &sync_tools_report::IMPORT_RUNS,
    &sync_tools_report::EXPORT_OBJECTS,
    &sync_tools_cloud::IMPORT_OBJECTS,
    &sync_tools_cloud::REMOVE_OBJECT,
    &sync_tools_cloud::JOIN,
    &sync_tools::TO_IMMUTABLE_ID,
    &sync_tools::FROM_IMMUTABLE_ID,
    &sync_tools::GET_CONSISTENCY_GUID,
    &sync_tools::SET_CONSISTENCY_GUID,
    &sync_tools::CLEAR_CONSISTENCY_GUID,
    &sync_tools::FROM_AAD_NAME,
    &sync_tools::TO_AAD_NAME,
    &mg_user::NEW,
    &mg_user::GET,
    &mg_user::UPDATE,
    &mg_user::REMOVE,
    &mg_group::GET,
    &mg_group::NEW,
    &mg_group::UPDATE,
    &mg_group::REMOVE,
    &mg_group::ADD_MEMBER,
    &mg_group::ADD_MEMBER_BY_REF,
    &mg_group::REMOVE_MEMBER_BY_REF,
    &mg_relation::MEMBERS,
    &mg_relation::TRANSITIVE_MEMBERS,
    &mg_relation::OWNERS,
    &mg_relation::ADD_OWNER,
    &mg_relation::REMOVE_OWNER,
    &mg_relation::MEMBER_OF,
    &mg_relation::TRANSITIVE_MEMBER_OF,
    &mg_relation::REPORTS,
    &mg_relation::MANAGER,
    &mg_relation::SET_MANAGER,
    &mg_relation::REMOVE_MANAGER,
    &mg_directory::CONTACTS,
    &mg_directory::DEVICES,
    &mg_directory::UPDATE_DEVICE,
    &mg_directory::REMOVE_DEVICE,
    &mg_directory::OBJECT,
    &mg_directory::BY_ID,
    &mg_domain::GET,
    &mg_domain::NEW,
    &mg_domain::CONFIRM,
    &mg_domain::UPDATE,
    &mg_domain::REMOVE,
    &mg_organization::GET,
    &mg_organization::UPDATE,
    &mg_organization::SKUS,
    &mg_organization::LICENSES,
    &mg_deleted::GET,
    &mg_deleted::GET_USERS,
    &mg_deleted::GET_GROUPS,
    &mg_deleted::RESTORE,
    &mg_deleted::REMOVE,
    &mg_sync::GET,
    &mg_sync::UPDATE,
    &mg_role::NEW_ASSIGNMENT,
    &mg_role::REMOVE_ASSIGNMENT,
    &mg_role::ADD_MEMBER,
    &mg_role::REMOVE_MEMBER,
    &mg_role_read::ROLES,
    &mg_role_read::MEMBERS,
    &mg_role_read::DEFINITIONS,
    &mg_role_read::ASSIGNMENTS,
    &mg_role_read::ELIGIBLE,
    &mg_role_read::REQUEST,
    &mg_audit::AUDITS,
    &mg_audit::PROVISIONING,
    &mg_license::SET,
    &mg_request::INVOKE,
    &msol::GET_USER,
    &msol::SET_USER,
    &msol::SET_NAME,
    &msol::REMOVE_USER,
    &msol::RESTORE_USER,
    &msol_tenant::SET_FEATURE,
    &msol_tenant::GET_FEATURES,
    &msol_tenant::ERRORS,
    &msol_tenant::HAS_ERRORS,
    &msol_tenant::COMPANY,
    &msol_tenant::SET_ENABLED,
    &msol_tenant::DOMAINS,
    &msol_tenant::SET_AUTHENTICATION,
    &msol_tenant::GROUPS,
    &msol_tenant::ROLES,
    &msol_tenant::ROLE_MEMBERS,
    &msol_tenant::ADD_ROLE_MEMBER,
    &msol_tenant::REMOVE_ROLE_MEMBER,
    &azuread::USERS,
    &azuread::GROUPS,
    &azuread::CONTACTS,
    &azuread::MEMBERS,
    &azuread::SET_USER,
    &azuread::NEW_USER,
    &azuread::REMOVE_USER,
    &azuread::DELETED_OBJECT,
    &azuread::RESTORE,
    &azuread::PURGE,
    &azuread::TENANT,
    &entra::USERS,
    &entra::GROUPS,
    &entra::SET_USER,
    &entra::REMOVE_USER,
    &entra::DELETED_USERS,
    &entra::RESTORE,
    &entra::PURGE,
    &entra::FEATURES,
    &entra::SET_FEATURE,
    &entra::SET_ENABLED,
    &entra::ERRORS,
    &exo_recipient::RECIPIENTS,
    &exo_recipient::MAILBOXES,
    &exo_recipient::MAIL_USERS,
    &exo_recipient::CONTACTS,
    &exo_recipient::UNIFIED,
    &exo_recipient::DISTRIBUTION,
    &exo_recipient::PUBLIC_FOLDERS,
    &exo_change::SET_MAILBOX,
    &exo_change::SET_MAIL_USER,
    &exo_change::SET_GROUP,
    &exo_change::REMOVE_CONTACT,
    &exo_change::REMOVE_MAILBOX,
    &exo_change::NEW_CONTACT,
    &exo_remote::GET,
    &exo_remote::ENABLE,
    &exo_remote::SET,
    &exo_remote::DISABLE,
    &connect::AZURE_AD,
    &connect::AZURE_AD_OFF,
    &connect::ENTRA,
    &connect::ENTRA_OFF,
    &connect::EXCHANGE,
    &connect::EXCHANGE_OFF,
    &connect::CONTEXT,
    &connect::ENVIRONMENTS,
    &connect::ADD_ENVIRONMENT,
    &connect::REMOVE_ENVIRONMENT,
    &shell::CONNECT_GRAPH,
    &shell::DISCONNECT_GRAPH,
    &shell::CONNECT_MSOL,
    &shell::IMPORT_MODULE,
    &shell::START_SLEEP,
    &shell::GET_DATE,
    &shell::GET_HELP,
    &shell::GET_COMMAND,
    &dirsim::SET_CLOCK,
    &dirsim::SET_SERVER,
    &dirsim_tenant::GET_TENANT,
    &dirsim_tenant::SET_TENANT,
    &dirsim_tenant::SERVICE_ERROR,
    &dirsim_tenant::TEST_SIGN_IN,
    &dirsim_identity::SET,
    &dirsim_identity::SUFFIXES,
    &dirsim_cycle::START,
    &dirsim_cycle::STEP,
    &dirsim_cycle::WAIT,
    &dirsim_connector::SET,
    &dirsim_connector::CLEAR,
    &dirsim_fault::SET,
    &dirsim_fault::GET,
    &dirsim_fault::CLEAR,
    &dirsim_alert::GET,
    &dirsim_server::NEW,
    &dirsim_server::GET,
    &dirsim_server::USE,
    &dirsim_server::REMOVE,
    &dirsim_server::RESTORE,
    &dirsim_server::SET_CONTROLLERS,
    &dirsim_server::GET_CONTROLLERS,
    &pipe::WHERE,
    &pipe::FOREACH,
    &pipe::SELECT,
    &pipe::SORT,
    &pipe::GROUP,
    &pipe::MEASURE,
    &compare::COMPARE,
    &pipe::UNIQUE,
    &pipe::TEE,
    &write::HOST,
    &write::OUTPUT,
    &write::WARNING,
    &write::VERBOSE,
    &write::DEBUG,
    &write::INFORMATION,
    &write::PROGRESS,
    &write::ERROR,
    &write::NULL,
    &write::OUT_HOST,
    &write::STRING,
    &write::READ_HOST,
    &data::IMPORT_CSV,
    &data::FROM_CSV,
    &data::EXPORT_CSV,
    &data::TO_CSV,
    &data::TO_JSON,
    &data::FROM_JSON,
    &clixml::IMPORT,
    &clixml::EXPORT,
    &transcript::START,
    &transcript::STOP,
    &text::JOIN,
    &text::FROM_DATA,
    &text::TO_HTML,
    &data::GRID,
    &connect::EXCHANGE_STATE,
    &connect::PROFILE,
    &data::TABLE,
    &data::LIST,
    &file::GET_CONTENT,
    &file::SET_CONTENT,
    &file::ADD_CONTENT,
    &file::OUT_FILE,
    &file::TEST_PATH,
    &file::JOIN_PATH,
    &file::SPLIT_PATH,
    &file::NEW_ITEM,
    &file::REMOVE_ITEM,
    &file::CHILDREN,
    &general::TO_SECURE,
    &general::CREDENTIAL,
    &general::NEW_OBJECT,
    &general::ADD_MEMBER,
    &general::GET_MEMBER,
    &general::RANDOM,
    &general::SET_VARIABLE,
    &general::GET_VARIABLE,
    &general::REMOVE_VARIABLE,
    &general::SET_ALIAS,
    &general::STRICT,
    &general::POLICY,
    &general::GET_MODULE,
    &general::INSTALL_MODULE,
    &general::INVOKE_COMMAND,
    &general::GET_HOST,
    &general::NEW_TIMESPAN,
    &general::NEW_GUID,
];

/// Returns all cmdlets.
pub fn commands() -> &'static [&'static CommandSpec] {
    COMMANDS
}

/// Finds a cmdlet by its name or an alias, in any letter case; `Module\Name` works too.
pub fn find(name: &str) -> Option<&'static CommandSpec> {
    let bare = name.rsplit_once('\\').map_or(name, |(_, bare)| bare);
    COMMANDS.iter().copied().find(|command| {
        command.name.eq_ignore_ascii_case(bare)
            || command.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(bare))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::spec::COMMON;

    #[test]
    fn names_are_unique_and_documented() {
        let mut names = BTreeSet::new();
        for command in COMMANDS {
            for name in std::iter::once(&command.name).chain(command.aliases) {
                assert!(names.insert(name.to_lowercase()), "{name} stands twice");
            }
            assert!(!command.summary.is_empty() && !command.summary.ends_with('.'));
            let mut parameters = BTreeSet::new();
            for parameter in command.parameters.iter().chain(COMMON) {
                for name in std::iter::once(&parameter.name).chain(parameter.aliases) {
                    assert!(
                        parameters.insert(name.to_lowercase()),
                        "{} has -{name} twice",
                        command.name
                    );
                }
            }
            for set in command.sets {
                for name in set.names {
                    assert!(
                        command.parameters.iter().any(|p| p.name == *name),
                        "{} has a set with -{name}",
                        command.name
                    );
                }
            }
        }
    }

    #[test]
    fn every_example_is_a_script_without_mistakes() {
        for command in COMMANDS {
            if let Err(errors) = crate::check(command.example, command.name) {
                panic!("{}: {}", command.example, errors[0]);
            }
        }
    }
}
