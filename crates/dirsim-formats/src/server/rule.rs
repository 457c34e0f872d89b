//! A synchronization rule as a server exports it, in whatever form (SR-001).

use dirsim_model::Guid;
use dirsim_rules::{Direction, LinkType, MergeType};

/// A rule of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedRule {
    /// The file that it stands in.
    pub file: String,
    /// The line where it begins, from 1.
    pub line: u32,
    /// The identity.
    pub id: Guid,
    /// The second identity, which survives upgrades.
    pub internal_id: Guid,
    /// Raised with each change.
    pub version: u32,
    /// The name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// `Microsoft.…` marks a standard rule (SR-005).
    pub tag: String,
    /// Which way it flows.
    pub direction: Direction,
    /// Whether it is switched off.
    pub disabled: bool,
    /// The connector, by its identity on the server.
    pub connector: Guid,
    /// The object class that it reads (SR-002).
    pub source_type: String,
    /// The object class that it writes.
    pub target_type: String,
    /// What it does to links.
    pub link: LinkType,
    /// Smaller numbers win.
    pub precedence: u32,
    /// The rule behind which it is to be put; nil in every stored rule (SR-007).
    pub precedence_after: Guid,
    /// The rule before which it is to be put.
    pub precedence_before: Guid,
    /// How long a deprovisioned object stays, as `[d.]hh:mm:ss`.
    pub soft_delete_expiry: String,
    /// Whether it carries the password flag (SR-110).
    pub password_sync: bool,
    /// The attribute flows in the order of the file.
    pub flows: Vec<ExportedFlow>,
    /// Groups of join criteria, tried in order.
    pub join: Vec<Vec<ExportedCriterion>>,
    /// Groups of clauses, one of which must hold.
    pub scope: Vec<Vec<ExportedClause>>,
}

/// One attribute flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedFlow {
    /// The line, from 1.
    pub line: u32,
    /// The attribute that is written.
    pub target: String,
    /// Where the value comes from.
    pub source: FlowSource,
    /// The list of source attributes that the server keeps beside an expression (SR-086); it
    /// informs people, and is kept to be written back. `None` when there is none.
    pub stored_sources: Option<Vec<String>>,
    /// How it meets other flows.
    pub merge: MergeType,
    /// Whether it counts only when the target object is new.
    pub once: bool,
}

/// Where the value of a flow comes from (CE-010).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlowSource {
    /// An attribute as it is.
    Direct(String),
    /// Always the same text.
    Constant(String),
    /// An expression, with its white space.
    Expression(String),
}

/// One join criterion (CE-011).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedCriterion {
    /// The line, from 1.
    pub line: u32,
    /// The attribute of the connector space.
    pub cs_attribute: String,
    /// The attribute of the metaverse.
    pub mv_attribute: String,
    /// Whether letter case counts.
    pub case_sensitive: bool,
}

/// One clause of a scoping filter (CE-012).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedClause {
    /// The line, from 1.
    pub line: u32,
    /// The attribute of the source side (SR-004).
    pub attribute: String,
    /// The operator as it was written.
    pub operator: String,
    /// The operand; may be empty.
    pub value: String,
}

impl ExportedRule {
    /// Returns whether the rule goes before or behind another one instead of to its number (SR-007).
    pub fn has_place_of_its_own(&self) -> bool {
        self.precedence_before != Guid::NIL || self.precedence_after != Guid::NIL
    }

    /// Whether the rule came with the product (SR-005).
    pub fn is_standard(&self) -> bool {
        self.tag.starts_with("Microsoft.")
    }

    /// Returns the class in the connector space.
    pub fn cs_type(&self) -> &str {
        match self.direction {
            Direction::Inbound => &self.source_type,
            Direction::Outbound => &self.target_type,
        }
    }

    /// Returns the class in the metaverse.
    pub fn mv_type(&self) -> &str {
        match self.direction {
            Direction::Inbound => &self.target_type,
            Direction::Outbound => &self.source_type,
        }
    }

    /// Returns the rule without what says where it stands, to compare rules of two files.
    #[must_use]
    pub fn without_places(&self) -> Self {
        let mut rule = self.clone();
        rule.file.clear();
        rule.line = 0;
        for flow in &mut rule.flows {
            flow.line = 0;
        }
        for criterion in rule.join.iter_mut().flatten() {
            criterion.line = 0;
        }
        for clause in rule.scope.iter_mut().flatten() {
            clause.line = 0;
        }
        rule
    }
}

impl ExportedFlow {
    /// Returns the source attributes to write: for an expression those that it reads, in the order
    /// of their first use (SR-086); with `stored` those that the server kept.
    pub fn sources(&self, stored: bool) -> Vec<String> {
        match (&self.source, &self.stored_sources) {
            (FlowSource::Direct(name), _) => vec![name.clone()],
            (FlowSource::Constant(_), _) => Vec::new(),
            (FlowSource::Expression(_), Some(kept)) if stored => kept.clone(),
            (FlowSource::Expression(_), None) if stored => Vec::new(),
            (FlowSource::Expression(text), _) => {
                let mut names = dirsim_expr::attribute_names(text);
                names.sort_by_key(|name| first_use(text, name));
                names
            }
        }
    }
}

/// Returns where an expression first names an attribute, in brackets or in quotes.
fn first_use(text: &str, name: &str) -> usize {
    [format!("[{name}]"), format!("\"{name}\"")]
        .iter()
        .filter_map(|written| text.find(written.as_str()))
        .min()
        .unwrap_or(usize::MAX)
}

/// Reads a boolean of an export (CE-003).
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}

/// Returns the link type of a name, without case.
pub(super) fn link_type(text: &str) -> Option<LinkType> {
    LINK_TYPES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, link)| *link)
}

/// Returns the name of a link type.
pub(super) fn link_name(link: LinkType) -> &'static str {
    LINK_TYPES.iter().find(|(_, known)| *known == link).map_or("Join", |(name, _)| name)
}

/// Link types by the names that exports use.
pub(super) const LINK_TYPES: &[(&str, LinkType)] = &[
    ("Join", LinkType::Join),
    ("StickyJoin", LinkType::StickyJoin),
    ("Provision", LinkType::Provision),
    ("JoinNoFlow", LinkType::JoinNoFlow),
];

/// Returns the merge type of a name, without case.
pub(super) fn merge_type(text: &str) -> Option<MergeType> {
    MERGE_TYPES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, merge)| *merge)
}

/// Returns the name of a merge type.
pub(super) fn merge_name(merge: MergeType) -> &'static str {
    MERGE_TYPES.iter().find(|(_, known)| *known == merge).map_or("Update", |(name, _)| name)
}

/// Merge types by the names that exports use.
pub(super) const MERGE_TYPES: &[(&str, MergeType)] = &[
    ("Update", MergeType::Update),
    ("Replace", MergeType::Replace),
    ("Merge", MergeType::Merge),
    ("MergeCaseInsensitive", MergeType::MergeCaseInsensitive),
];

/// Returns the name of a direction.
pub(super) const fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "Inbound",
        Direction::Outbound => "Outbound",
    }
}

/// Returns a rule that takes everybody of a class who is no direct member of a group out of the
/// cloud (CE-035).
pub(super) fn pilot_rule(
    connector: &super::ExportedConnector,
    group: &str,
    class: &str,
    target: &str,
    precedence: u32,
) -> ExportedRule {
    let name = format!("In from AD - {class} outside of the pilot group");
    let mut bytes = connector.id.as_bytes().to_vec();
    bytes.extend_from_slice(name.as_bytes());
    ExportedRule {
        file: connector.file.clone(),
        line: 1,
        id: Guid::from_bytes(xxhash_rust::xxh3::xxh3_128(&bytes).to_le_bytes()),
        internal_id: Guid::NIL,
        version: 1,
        name,
        description: "Stands for the wizard's filter by group.".to_owned(),
        tag: "dirsim.PilotGroup.001".to_owned(),
        direction: Direction::Inbound,
        disabled: false,
        connector: connector.id,
        source_type: class.to_owned(),
        target_type: target.to_owned(),
        link: LinkType::Join,
        precedence,
        precedence_after: Guid::NIL,
        precedence_before: Guid::NIL,
        soft_delete_expiry: "00:00:00".to_owned(),
        password_sync: false,
        flows: vec![ExportedFlow {
            line: 1,
            target: "cloudFiltered".to_owned(),
            source: FlowSource::Constant("True".to_owned()),
            stored_sources: None,
            merge: MergeType::Update,
            once: false,
        }],
        join: Vec::new(),
        scope: vec![vec![ExportedClause {
            line: 1,
            attribute: "dn".to_owned(),
            operator: "ISNOTMEMBEROF".to_owned(),
            value: group.to_owned(),
        }]],
    }
}
