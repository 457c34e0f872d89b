//! Views: what every surface shows of an object, as JSON with the names of the field.
//!
//! Tables, scenario expectations and later the pages all show these, so that they cannot differ.

mod alerts;
mod events;
mod globals;
pub mod health;
mod lists;
mod objects;
pub mod settings;

use dirsim_model::{Entry, Schema, Side, Syntax, Value as ModelValue, typed};
use serde_json::{Map, Value, json};

pub use alerts::{Alert, alerts};
pub use events::{LogEntry, event_log};
pub use globals::{PRODUCT_VERSION, global_parameters, pilot_groups};
pub(crate) use lists::exported;
pub use lists::{
    RunSummary, counts, export_errors, notes, quarantine, recycle_bin, run, run_summary, run_words,
    sync_errors,
};
pub use objects::{
    cs_object, find_cs_object, find_forest_object, find_mv_object, find_tenant_object,
    forest_object, mv_object, name_of, tenant_object,
};

/// Names and values of one object, in the order in which people want to read them.
pub type View = Map<String, Value>;

/// Shows the attributes of an entry under the names and syntaxes of a side.
pub fn entry(schema: &Schema, side: Side, entry: &Entry) -> View {
    let mut view = View::new();
    for (attribute, values) in entry.iter() {
        let many = schema
            .definition(side, attribute)
            .map_or(values.len() > 1, |definition| definition.multi_valued);
        let syntax = schema.syntax(side, attribute);
        let shown = values.iter().map(|value| self::value(syntax, &value.to_owned()));
        let shown = if many || values.len() > 1 {
            Value::Array(shown.collect())
        } else {
            shown.into_iter().next().unwrap_or_default()
        };
        view.insert(schema.name(attribute).to_owned(), shown);
    }
    view
}

/// Shows one value.
pub fn value(syntax: Syntax, value: &ModelValue) -> Value {
    match value {
        ModelValue::Integer(number) => json!(number),
        ModelValue::Boolean(truth) => json!(truth),
        other => json!(typed::display(syntax, other)),
    }
}
