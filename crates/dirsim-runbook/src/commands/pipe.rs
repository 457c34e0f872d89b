//! Cmdlets that choose, change and sort what passes through a pipeline.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::ast::{Comparison, TypeName};
use crate::bind::Bound;
use crate::error::CommandError;
use crate::live::{Live, LiveObject, Table, TableKind};
use crate::operators::{compare, number, wildcard};
use crate::session::Session;
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::stop::{Run, Stop};
use crate::types;
use crate::value::Object;

type Done = Result<Vec<Object>, CommandError>;

const UTILITY: &str = "Microsoft.PowerShell.Utility";
const CORE: &str = "Microsoft.PowerShell.Core";

/// All objects of the pipeline, or those that a parameter names.
pub(super) const INPUT: P = P::new("InputObject", K::Any).collecting();

/// `Where-Object`.
pub(super) static WHERE: CommandSpec = CommandSpec {
    name: "Where-Object",
    aliases: &["?", "where"],
    module: CORE,
    summary: "Keeps the objects for which a condition holds",
    example: "Get-ADUser -Filter * | Where-Object { $_.Enabled }",
    parameters: &[
        P::new("FilterScript", K::Block).at(0),
        P::text("Property").at(0),
        P::new("Value", K::Any).at(1),
        INPUT,
        P::switch("EQ").or(&["IEQ"]),
        P::switch("NE").or(&["INE"]),
        P::switch("GT").or(&["IGT"]),
        P::switch("GE").or(&["IGE"]),
        P::switch("LT").or(&["ILT"]),
        P::switch("LE").or(&["ILE"]),
        P::switch("Like").or(&["ILike"]),
        P::switch("NotLike").or(&["INotLike"]),
        P::switch("Match").or(&["IMatch"]),
        P::switch("NotMatch").or(&["INotMatch"]),
        P::switch("Contains").or(&["IContains"]),
        P::switch("NotContains").or(&["INotContains"]),
        P::switch("In").or(&["IIn"]),
        P::switch("NotIn").or(&["INotIn"]),
        P::switch("CEQ"),
        P::switch("CNE"),
        P::switch("CLike"),
        P::switch("CMatch"),
        P::switch("CContains"),
        P::switch("Is"),
        P::switch("IsNot"),
        P::switch("Not"),
    ],
    sets: &[ParameterSet { names: &["FilterScript", "Property"], required: true }],
    run: where_object,
};

/// `ForEach-Object`.
pub(super) static FOREACH: CommandSpec = CommandSpec {
    name: "ForEach-Object",
    aliases: &["%", "foreach"],
    module: CORE,
    summary: "Does something with each object",
    example: "Get-ADUser -Filter * | ForEach-Object { $_.Name }",
    parameters: &[
        P::new("Process", K::Block).at(0),
        P::text("MemberName").at(0),
        P::new("Begin", K::Block),
        P::new("End", K::Block),
        P::new("RemainingScripts", K::Any).remaining(),
        P::new("ArgumentList", K::Any).or(&["Args"]),
        P::new("Parallel", K::Block),
        P::integer("ThrottleLimit").ignored(),
        P::integer("TimeoutSeconds").ignored(),
        INPUT,
    ],
    sets: &[ParameterSet { names: &["Process", "MemberName", "Parallel"], required: true }],
    run: foreach_object,
};

/// `Select-Object`.
pub(super) static SELECT: CommandSpec = CommandSpec {
    name: "Select-Object",
    aliases: &["select"],
    module: UTILITY,
    summary: "Chooses properties, computes some, or takes the first, last or distinct objects",
    example: "Get-ADUser -Filter * | Select-Object Name, @{n='Domain'; e={$_.UserPrincipalName.Split('@')[1]}} -First 5",
    parameters: &[
        P::new("Property", K::Any).at(0),
        P::text("ExpandProperty"),
        P::texts("ExcludeProperty"),
        P::integer("First"),
        P::integer("Last"),
        P::integer("Skip"),
        P::integer("SkipLast"),
        P::new("Index", K::Any),
        P::switch("Unique"),
        P::switch("Wait").ignored(),
        INPUT,
    ],
    sets: &[],
    run: select_object,
};

/// `Sort-Object`.
pub(super) static SORT: CommandSpec = CommandSpec {
    name: "Sort-Object",
    aliases: &["sort"],
    module: UTILITY,
    summary: "Sorts objects by properties or computed values",
    example: "Get-ADUser -Filter * | Sort-Object Surname, GivenName",
    parameters: &[
        P::new("Property", K::Any).at(0),
        P::switch("Descending"),
        P::switch("Unique"),
        P::switch("CaseSensitive"),
        P::integer("Top"),
        P::integer("Bottom"),
        P::switch("Stable").ignored(),
        P::text("Culture").ignored(),
        INPUT,
    ],
    sets: &[],
    run: sort_object,
};

/// `Group-Object`.
pub(super) static GROUP: CommandSpec = CommandSpec {
    name: "Group-Object",
    aliases: &["group"],
    module: UTILITY,
    summary: "Groups objects by a property or computed value, and counts them",
    example: "Get-ADUser -Filter * -Properties Department | Group-Object Department",
    parameters: &[
        P::new("Property", K::Any).at(0),
        P::switch("NoElement"),
        P::switch("AsHashTable").or(&["AHT"]),
        P::switch("AsString"),
        P::switch("CaseSensitive"),
        P::text("Culture").ignored(),
        INPUT,
    ],
    sets: &[],
    run: group_object,
};

/// `Measure-Object`.
pub(super) static MEASURE: CommandSpec = CommandSpec {
    name: "Measure-Object",
    aliases: &["measure"],
    module: UTILITY,
    summary: "Counts objects, and adds up or compares a property",
    example: "Get-ADUser -Filter * | Measure-Object",
    parameters: &[
        P::texts("Property").at(0),
        P::switch("Sum"),
        P::switch("Average"),
        P::switch("Minimum"),
        P::switch("Maximum"),
        P::switch("Line"),
        P::switch("Word"),
        P::switch("Character"),
        P::switch("AllStats"),
        INPUT,
    ],
    sets: &[],
    run: measure_object,
};

/// `Get-Unique`.
pub(super) static UNIQUE: CommandSpec = CommandSpec {
    name: "Get-Unique",
    aliases: &["gu"],
    module: UTILITY,
    summary: "Leaves out what equals its neighbor",
    example: "'a','a','b' | Get-Unique",
    parameters: &[P::switch("AsString").ignored(), P::switch("OnType"), INPUT],
    sets: &[],
    run: |session, bound| {
        let mut last: Option<Live> = None;
        for item in inputs(bound) {
            if !last.as_ref().is_some_and(|last| compare::equal(last, &item, true)) {
                session.emit(item.clone());
            }
            last = Some(item);
        }
        Ok(Vec::new())
    },
};

/// `Tee-Object`.
pub(super) static TEE: CommandSpec = CommandSpec {
    name: "Tee-Object",
    aliases: &["tee"],
    module: UTILITY,
    summary: "Keeps what passes through in a variable or file as well",
    example: "Get-ADUser -Filter * | Tee-Object -Variable users",
    parameters: &[P::text("FilePath").at(0), P::text("Variable"), P::switch("Append"), INPUT],
    sets: &[ParameterSet { names: &["FilePath", "Variable"], required: true }],
    run: |session, bound| {
        let items = inputs(bound);
        if let Some(name) = bound.text("Variable") {
            session.state.set_local(&name.to_lowercase(), Live::of_many(items.clone()).settled());
        }
        if let Some(path) = bound.text("FilePath") {
            let text = crate::format::live_text(&items);
            session.write_file(path, &text, bound.switch("Append"))?;
        }
        for item in items {
            session.emit(item);
        }
        Ok(Vec::new())
    },
};

/// Returns the objects that a cmdlet works on.
pub(super) fn inputs(bound: &Bound) -> Vec<Live> {
    match bound.live("InputObject") {
        Some(value) => value.clone().into_items(),
        None => bound.input().to_vec(),
    }
}

fn where_object(session: &mut Session<'_>, bound: &Bound) -> Done {
    if let Some(Live::Block(closure)) = bound.live("FilterScript").cloned() {
        for item in inputs(bound) {
            session.state.budget.step()?;
            let values =
                session.capture(|session| session.in_place(&closure, Some(item.clone())))?;
            if Live::of_many(values).truth() {
                session.emit(item);
            }
        }
        return Ok(Vec::new());
    }
    let property = bound.required("Property");
    let wanted = bound.live("Value").cloned().unwrap_or(Live::Null);
    let operators: &[(&str, Comparison, bool)] = &[
        ("EQ", Comparison::Equal, false),
        ("NE", Comparison::NotEqual, false),
        ("GT", Comparison::Greater, false),
        ("GE", Comparison::GreaterOrEqual, false),
        ("LT", Comparison::Less, false),
        ("LE", Comparison::LessOrEqual, false),
        ("Like", Comparison::Like, false),
        ("NotLike", Comparison::NotLike, false),
        ("Match", Comparison::Match, false),
        ("NotMatch", Comparison::NotMatch, false),
        ("Contains", Comparison::Contains, false),
        ("NotContains", Comparison::NotContains, false),
        ("In", Comparison::In, false),
        ("NotIn", Comparison::NotIn, false),
        ("CEQ", Comparison::Equal, true),
        ("CNE", Comparison::NotEqual, true),
        ("CLike", Comparison::Like, true),
        ("CMatch", Comparison::Match, true),
        ("CContains", Comparison::Contains, true),
    ];
    let operator = operators.iter().find(|(name, ..)| bound.switch(name));
    for item in inputs(bound) {
        let value = session.member(&item, &Live::text(property))?;
        let holds = match operator {
            Some((_, comparison, case)) => crate::operators::binary(
                crate::ast::BinaryOperator::Compare(*comparison, *case),
                &value,
                &wanted,
                &mut session.state.budget,
            )?
            .truth(),
            None if bound.switch("Is") || bound.switch("IsNot") => {
                let name = match &wanted {
                    Live::Type(name) => (**name).clone(),
                    other => TypeName {
                        name: other.to_text().into(),
                        arguments: Vec::new(),
                        array: false,
                        span: bound.span,
                    },
                };
                types::is(&value, &name) == bound.switch("Is")
            }
            None if bound.switch("Not") => !value.truth(),
            None => value.truth(),
        };
        if holds {
            session.emit(item);
        }
    }
    Ok(Vec::new())
}

fn foreach_object(session: &mut Session<'_>, bound: &Bound) -> Done {
    if let Some(member) = bound.text("MemberName") {
        let arguments = match bound.live("ArgumentList") {
            Some(arguments) => arguments.clone().into_arguments(),
            None => bound
                .live("RemainingScripts")
                .map_or_else(Vec::new, |rest| rest.clone().into_arguments()),
        };
        for item in inputs(bound) {
            let value = match session.property(&item, member)? {
                Some(value) if arguments.is_empty() => value,
                _ if crate::members::is_method(member) => {
                    session.call_method(&item, member, arguments.clone())?
                }
                _ => session.member(&item, &Live::text(member))?,
            };
            session.emit_each(value);
        }
        return Ok(Vec::new());
    }
    if let Some(Live::Block(closure)) = bound.live("Parallel") {
        // One after the other: the same script gives the same bytes. Variables do not leave the block.
        for item in inputs(bound) {
            session.state.budget.step()?;
            session.state.push_scope();
            let result = session.in_place(closure, Some(item));
            session.state.pop_scope();
            result?;
        }
        return Ok(Vec::new());
    }
    let mut blocks: Vec<Live> = bound.live("Process").cloned().into_iter().collect();
    if let Some(rest) = bound.live("RemainingScripts") {
        blocks.extend(rest.clone().into_arguments());
    }
    // Two blocks are begin and process, three begin, process and end.
    let (mut begin, mut end) = (bound.live("Begin").cloned(), bound.live("End").cloned());
    if blocks.len() >= 2 && begin.is_none() {
        begin = Some(blocks.remove(0));
    }
    if blocks.len() >= 2 && end.is_none() {
        end = blocks.pop();
    }
    if let Some(Live::Block(closure)) = begin {
        session.in_place(&closure, None)?;
    }
    for item in inputs(bound) {
        session.state.budget.step()?;
        for block in &blocks {
            let Live::Block(closure) = block else { continue };
            session.in_place(closure, Some(item.clone()))?;
        }
    }
    if let Some(Live::Block(closure)) = end {
        session.in_place(&closure, None)?;
    }
    Ok(Vec::new())
}

/// A property by name or pattern, or a computed one.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) value: ColumnValue,
    pub(super) format: Option<String>,
    pub(super) align: Option<String>,
    pub(super) width: Option<usize>,
    pub(super) descending: Option<bool>,
}

pub(super) enum ColumnValue {
    Property(String),
    Block(Live),
}

/// Reads a list of properties and calculated properties.
pub(super) fn columns(value: Option<&Live>) -> Run<Vec<Column>> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for item in value.clone().into_arguments() {
        let plain = |name: String, value: ColumnValue| Column {
            name,
            value,
            format: None,
            align: None,
            width: None,
            descending: None,
        };
        match &item {
            Live::Table(table) => {
                let mut column = plain(String::new(), ColumnValue::Property(String::new()));
                for (key, value) in table.pairs() {
                    let key = key.to_text().to_lowercase();
                    match key.as_str() {
                        "n" | "name" | "l" | "label" => column.name = value.to_text(),
                        "e" | "expression" | "ex" | "exp" | "expr" => {
                            column.value = match value {
                                Live::Block(_) => ColumnValue::Block(value),
                                other => ColumnValue::Property(other.to_text()),
                            };
                        }
                        "f" | "format" | "formatstring" => column.format = Some(value.to_text()),
                        "a" | "align" | "alignment" => {
                            column.align = Some(value.to_text().to_lowercase());
                        }
                        "w" | "width" => {
                            column.width = number::number(&value)
                                .and_then(number::Number::rounded)
                                .and_then(|n| usize::try_from(n).ok());
                        }
                        "descending" => column.descending = Some(value.truth()),
                        "ascending" => column.descending = Some(!value.truth()),
                        other => {
                            return Err(Stop::error(
                                "System.NotSupportedException",
                                "DictionaryKeyUnknown",
                                format!("The {other} key is not valid."),
                            ));
                        }
                    }
                }
                if column.name.is_empty() {
                    column.name = match &column.value {
                        ColumnValue::Property(name) => name.clone(),
                        ColumnValue::Block(block) => block.to_text().trim().to_owned(),
                    };
                }
                found.push(column);
            }
            Live::Block(_) => {
                let name = item.to_text().trim().to_owned();
                found.push(plain(name, ColumnValue::Block(item)));
            }
            other => {
                let name = other.to_text();
                found.push(plain(name.clone(), ColumnValue::Property(name)));
            }
        }
    }
    Ok(found)
}

impl Column {
    /// Returns the value of the column for an object.
    pub(super) fn of(&self, session: &mut Session<'_>, item: &Live) -> Run<Live> {
        match &self.value {
            ColumnValue::Property(name) => session.member(item, &Live::text(name.as_str())),
            ColumnValue::Block(Live::Block(closure)) => {
                let values =
                    session.capture(|session| session.in_place(closure, Some(item.clone())))?;
                Ok(Live::of_many(values).settled())
            }
            ColumnValue::Block(_) => Ok(Live::Null),
        }
    }

    /// Returns the names of the properties that the column means for an object.
    pub(super) fn expand(&self, item: &Live) -> Vec<String> {
        match &self.value {
            ColumnValue::Property(pattern)
                if wildcard::is_pattern(pattern) && self.name == *pattern =>
            {
                property_names(item)
                    .into_iter()
                    .filter(|name| wildcard::matches(name, pattern, false))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn is_pattern(&self) -> bool {
        matches!(&self.value, ColumnValue::Property(pattern) if wildcard::is_pattern(pattern) && self.name == *pattern)
    }
}

/// Returns the names of the properties of an object, in order.
pub(super) fn property_names(item: &Live) -> Vec<String> {
    match item {
        Live::Object(object) => {
            object.properties().iter().map(|(name, _)| name.to_string()).collect()
        }
        Live::Text(_) => vec!["Length".to_owned()],
        Live::Table(table) => table.keys().iter().map(Live::to_text).collect(),
        _ => Vec::new(),
    }
}

fn select_object(session: &mut Session<'_>, bound: &Bound) -> Done {
    let mut items = inputs(bound);
    let count = |name: &str| bound.integer(name).and_then(|n| usize::try_from(n).ok());
    if let Some(skip) = count("Skip") {
        if bound.has("Last") && !bound.has("First") {
            items.truncate(items.len().saturating_sub(skip));
        } else {
            items.drain(..skip.min(items.len()));
        }
    }
    if let Some(skip) = count("SkipLast") {
        items.truncate(items.len().saturating_sub(skip));
    }
    match (count("First"), count("Last")) {
        (Some(first), Some(last)) => {
            let tail: Vec<Live> =
                items.iter().skip(first.max(items.len().saturating_sub(last))).cloned().collect();
            items.truncate(first);
            items.extend(tail);
        }
        (Some(first), None) => items.truncate(first),
        (None, Some(last)) => {
            items.drain(..items.len().saturating_sub(last));
        }
        (None, None) => {}
    }
    if let Some(index) = bound.live("Index") {
        let places: Vec<usize> = index
            .clone()
            .into_arguments()
            .iter()
            .filter_map(|n| {
                number::number(n)
                    .and_then(number::Number::rounded)
                    .and_then(|n| usize::try_from(n).ok())
            })
            .collect();
        items = items
            .into_iter()
            .enumerate()
            .filter(|(at, _)| places.contains(at))
            .map(|(_, item)| item)
            .collect();
    }
    let columns = columns(bound.live("Property"))?;
    let excluded = bound.texts("ExcludeProperty");
    let mut results = Vec::new();
    for item in items {
        session.state.budget.step()?;
        if let Some(name) = bound.text("ExpandProperty") {
            let value = session.property(&item, name)?;
            let Some(value) = value else {
                let stop = Stop::error(
                    "System.ArgumentException",
                    "ExpandPropertyNotFound,Microsoft.PowerShell.Commands.SelectObjectCommand",
                    format!("Property \"{name}\" cannot be found."),
                );
                if let Stop::Failed(thrown) = stop {
                    let action = bound.text("ErrorAction").and_then(crate::ErrorAction::of);
                    session.failed(*thrown, action)?;
                }
                continue;
            };
            for value in value.into_items() {
                // Chosen properties are added to the value.
                if let (Live::Object(object), false) = (&value, columns.is_empty()) {
                    let more = object.copy();
                    for column in &columns {
                        let value = column.of(session, &item)?;
                        more.put(&column.name, value);
                    }
                    results.push(Live::Object(Rc::new(more)));
                } else {
                    results.push(value);
                }
            }
            continue;
        }
        if columns.is_empty() && excluded.is_empty() {
            results.push(item);
            continue;
        }
        let selected = LiveObject::custom();
        let put = |session: &mut Session<'_>, name: &str, value: Live| -> Run<()> {
            session.state.budget.charge(64)?;
            if !excluded.iter().any(|pattern| wildcard::matches(name, pattern, false)) {
                selected.put(name, value);
            }
            Ok(())
        };
        if columns.is_empty() {
            for name in property_names(&item) {
                let value = session.member(&item, &Live::text(name.as_str()))?;
                put(session, &name, value)?;
            }
        }
        for column in &columns {
            if column.is_pattern() {
                for name in column.expand(&item) {
                    let value = session.member(&item, &Live::text(name.as_str()))?;
                    put(session, &name, value)?;
                }
            } else {
                let value = column.of(session, &item)?;
                // The name is spelled as the object spells it.
                let name = match &column.value {
                    ColumnValue::Property(property) if *property == column.name => {
                        property_names(&item)
                            .into_iter()
                            .find(|name| name.eq_ignore_ascii_case(property))
                            .unwrap_or_else(|| column.name.clone())
                    }
                    _ => column.name.clone(),
                };
                put(session, &name, value.settled())?;
            }
        }
        results.push(Live::Object(Rc::new(selected)));
    }
    if bound.switch("Unique") {
        let mut kept: Vec<Live> = Vec::new();
        let mut seen = BTreeSet::new();
        for item in results {
            let key: String = match &item {
                Live::Object(object) => object
                    .properties()
                    .iter()
                    .map(|(n, v)| format!("{n}={}\u{1}", v.to_text()))
                    .collect(),
                other => format!("{}{}", other.type_name(), other.to_text()),
            };
            if seen.insert(key) {
                kept.push(item);
            }
        }
        results = kept;
    }
    for item in results {
        session.emit(item);
    }
    Ok(Vec::new())
}

/// Returns the values by which objects are sorted or grouped.
pub(super) fn keys(session: &mut Session<'_>, columns: &[Column], item: &Live) -> Run<Vec<Live>> {
    if columns.is_empty() {
        return Ok(vec![item.clone()]);
    }
    columns.iter().map(|column| column.of(session, item)).collect()
}

fn order(a: &Live, b: &Live, case: bool) -> std::cmp::Ordering {
    // Null stands first; values of kinds that do not compare stand by their text.
    compare::order(a, b, case)
        .unwrap_or_else(|_| compare::text_order(&a.to_text(), &b.to_text(), case))
}

fn sort_object(session: &mut Session<'_>, bound: &Bound) -> Done {
    let columns = columns(bound.live("Property"))?;
    let (down, case) = (bound.switch("Descending"), bound.switch("CaseSensitive"));
    let mut rows = Vec::new();
    for item in inputs(bound) {
        session.state.budget.step()?;
        let keys = keys(session, &columns, &item)?;
        rows.push((keys, item));
    }
    let directions: Vec<bool> = if columns.is_empty() {
        vec![down]
    } else {
        columns.iter().map(|column| column.descending.unwrap_or(down)).collect()
    };
    let by = |a: &[Live], b: &[Live]| {
        for ((a, b), down) in a.iter().zip(b).zip(&directions) {
            let found = order(a, b, case);
            if !found.is_eq() {
                return if *down { found.reverse() } else { found };
            }
        }
        std::cmp::Ordering::Equal
    };
    rows.sort_by(|a, b| by(&a.0, &b.0));
    if bound.switch("Unique") {
        rows.dedup_by(|a, b| by(&a.0, &b.0).is_eq());
    }
    let count = |name: &str| bound.integer(name).and_then(|n| usize::try_from(n).ok());
    if let Some(top) = count("Top") {
        rows.truncate(top);
    }
    if let Some(bottom) = count("Bottom") {
        rows.drain(..rows.len().saturating_sub(bottom));
    }
    for (_, item) in rows {
        session.emit(item);
    }
    Ok(Vec::new())
}

fn group_object(session: &mut Session<'_>, bound: &Bound) -> Done {
    let columns = columns(bound.live("Property"))?;
    let case = bound.switch("CaseSensitive");
    // In the order of the names, as PowerShell returns them.
    let mut groups: Vec<(Vec<Live>, Vec<Live>)> = Vec::new();
    let mut index: BTreeMap<String, usize> = BTreeMap::new();
    for item in inputs(bound) {
        session.state.budget.step()?;
        let keys = keys(session, &columns, &item)?;
        let text: Vec<String> = keys.iter().map(Live::to_text).collect();
        let text = text.join("\u{1}");
        let text = if case { text } else { text.to_lowercase() };
        let at = *index.entry(text).or_insert_with(|| {
            groups.push((keys, Vec::new()));
            groups.len() - 1
        });
        if let Some((_, members)) = groups.get_mut(at) {
            members.push(item);
        }
    }
    groups.sort_by(|(a, _), (b, _)| {
        a.iter()
            .zip(b)
            .map(|(a, b)| order(a, b, case))
            .find(|o| !o.is_eq())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    if bound.switch("AsHashTable") {
        let table = Table::new(TableKind::Hash);
        for (keys, members) in groups {
            let key = keys.into_iter().next().unwrap_or(Live::Null);
            let key = if bound.switch("AsString") { Live::text(key.to_text()) } else { key };
            table.set(key, Live::array(members));
        }
        session.emit(Live::Table(Rc::new(table)));
        return Ok(Vec::new());
    }
    for (keys, members) in groups {
        let name: Vec<String> = keys.iter().map(Live::to_text).collect();
        let kind = if bound.switch("NoElement") {
            "Microsoft.PowerShell.Commands.GroupInfoNoElement"
        } else {
            "Microsoft.PowerShell.Commands.GroupInfo"
        };
        let mut group = LiveObject::new(kind)
            .with("Count", Live::count(members.len()))
            .with("Name", name.join(", "));
        if !bound.switch("NoElement") {
            group = group.with("Group", Live::array(members)).with("Values", Live::array(keys));
        }
        session.emit(Live::Object(Rc::new(group)));
    }
    Ok(Vec::new())
}

fn measure_object(session: &mut Session<'_>, bound: &Bound) -> Done {
    let items = inputs(bound);
    if bound.switch("Line") || bound.switch("Word") || bound.switch("Character") {
        let texts: Vec<String> = items.iter().map(Live::to_text).collect();
        let total = |name: &str, count: usize| {
            if bound.switch(name) { Live::count(count) } else { Live::Null }
        };
        let info = LiveObject::new("Microsoft.PowerShell.Commands.TextMeasureInfo")
            .with("Lines", total("Line", texts.iter().map(|t| t.lines().count()).sum()))
            .with("Words", total("Word", texts.iter().map(|t| t.split_whitespace().count()).sum()))
            .with("Characters", total("Character", texts.iter().map(|t| t.chars().count()).sum()))
            .with("Property", Live::Null);
        session.emit(Live::Object(Rc::new(info)));
        return Ok(Vec::new());
    }
    let properties = bound.texts("Property");
    let each: Vec<Option<&str>> =
        if properties.is_empty() { vec![None] } else { properties.into_iter().map(Some).collect() };
    let all = bound.switch("AllStats");
    for property in each {
        let mut values = Vec::new();
        for item in &items {
            match property {
                None if item.is_null() => {}
                None => values.push(item.clone()),
                Some(name) => match session.property(item, name)? {
                    Some(value) if !value.is_null() => values.push(value),
                    _ => {}
                },
            }
        }
        let numeric = bound.switch("Sum") || bound.switch("Average") || all;
        let mut sum = 0.0;
        if numeric {
            for value in &values {
                match number::number(value) {
                    Some(number) => sum += number.double(),
                    None => {
                        let stop = Stop::error(
                            "System.Management.Automation.PSInvalidOperationException",
                            "NonNumericInputObject,Microsoft.PowerShell.Commands.MeasureObjectCommand",
                            format!("Input object \"{}\" is not numeric.", value.to_text()),
                        );
                        if let Stop::Failed(thrown) = stop {
                            session.failed(
                                *thrown,
                                bound.text("ErrorAction").and_then(crate::ErrorAction::of),
                            )?;
                        }
                    }
                }
            }
        }
        let extreme = |largest: bool| {
            let mut best: Option<&Live> = None;
            for value in &values {
                let better = best.is_none_or(|best| {
                    let found = order(value, best, false);
                    if largest { found.is_gt() } else { found.is_lt() }
                });
                if better {
                    best = Some(value);
                }
            }
            let best = best.cloned().unwrap_or(Live::Null);
            // Numbers are shown as numbers with a fraction.
            match number::is_number(&best).then(|| number::number(&best)).flatten() {
                Some(number) => Live::Double(number.double()),
                None => best,
            }
        };
        #[expect(clippy::cast_precision_loss, reason = "a count of objects in memory")]
        let average = sum / values.len().max(1) as f64;
        let info = LiveObject::new("Microsoft.PowerShell.Commands.GenericMeasureInfo")
            .with("Count", Live::count(values.len()))
            .with(
                "Average",
                if bound.switch("Average") || all { Live::Double(average) } else { Live::Null },
            )
            .with("Sum", if bound.switch("Sum") || all { Live::Double(sum) } else { Live::Null })
            .with(
                "Maximum",
                if bound.switch("Maximum") || all { extreme(true) } else { Live::Null },
            )
            .with(
                "Minimum",
                if bound.switch("Minimum") || all { extreme(false) } else { Live::Null },
            )
            .with("Property", property.map_or(Live::Null, Live::text));
        session.emit(Live::Object(Rc::new(info)));
    }
    Ok(Vec::new())
}
