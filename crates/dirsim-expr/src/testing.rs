//! What the tests of this crate share: a JSON object as the object that is read.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use dirsim_model::schema::AttributeDefinition;
use dirsim_model::{AttributeId, Dice, Schema, Side, Timestamp, Value, Values};
use serde_json::Value as Json;

use crate::evaluate::{Evaluator, given};
use crate::{
    CompileContext, Environment, EvalError, Expression, Outcome, attribute_names, compile,
};

/// A certificate of Ann Lee, signed by herself, with every kind of alternative name.
const CERTIFICATE: &str = "\
    MIICszCCAhygAwIBAgIDAIABMA0GCSqGSIb3DQEBCwUAMEYxCzAJBgNVBAYTAlNFMRUwEwYDVQQKDAxDb250b3Nv\
    LCBMdGQxDjAMBgNVBAsMBVN0YWZmMRAwDgYDVQQDDAdBbm4gTGVlMCAXDTI1MDMwMTA5MzAwMFoYDzIwNTEwMzAy\
    MDAwMDAwWjBGMQswCQYDVQQGEwJTRTEVMBMGA1UECgwMQ29udG9zbywgTHRkMQ4wDAYDVQQLDAVTdGFmZjEQMA4G\
    A1UEAwwHQW5uIExlZTCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEAsv6f5SkN66fw0K84B9TEim9E9HluPoRd\
    M24KzUzOKfJir8TMYRSeuECA5XCSoPyQDkpjb1K+u/xuCbSBErEo0XiagSB7ak8IO9i5f2eMf77Iz3Pe0mRb4ig9\
    f4ELwLNpAFayRJvs2OUwPR30BqhNMXzwUhgUJG9yadRdU7clvpcCAwEAAaOBrDCBqTAMBgNVHRMBAf8EAjAAMA4G\
    A1UdDwEB/wQEAwIHgDBqBgNVHREEYzBhgQ9hbm5AY29udG9zby5jb22CD2Fubi5jb250b3NvLmNvbYYXaHR0cHM6\
    Ly9jb250b3NvLmNvbS9hbm6gJAYKKwYBBAGCNxQCA6AWDBRhbm5AY29ycC5jb250b3NvLmNvbTAdBgNVHQ4EFgQU\
    3qpZCX1PvZQ6IAXQ8C5IC64I9HEwDQYJKoZIhvcNAQELBQADgYEAC+yuntO5Ul9D9eJDzCydk6LAt1AxcOWczvHh\
    7OtMx5rDcQP/mtScQTHshQS4ixeH+TpDDqFIopCivtAco+c5YoRav+us2tOEPhnqpX/hoaASyHJsF/f4WpuHlHUK\
    kFLZLGKmCzWnnm7ga+Zu6taM6BYW0M2C8pzb8HFUU6SyjKA=";

/// Compiles and evaluates every expression and compares the printed result.
#[track_caller]
pub(crate) fn check(cases: &[(&str, &str, &str)]) {
    let mut wrong = String::new();
    for (expression, given, expected) in cases {
        let found = eval(expression, given);
        if found != *expected {
            let _ = writeln!(
                wrong,
                "{expression}\n  given    {given}\n  found    {found}\n  expected {expected}"
            );
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Compiles and evaluates an expression; the only place in these tests that does.
pub(crate) fn eval(expression: &str, given: &str) -> String {
    eval_object(&Object::from_json(given), expression)
}

/// Does the same for an object that was made before.
pub(crate) fn eval_object(object: &Object, expression: &str) -> String {
    match object.evaluate(expression) {
        Ok(result) => object.print(&result),
        Err((code, message)) if code == "error-function" => format!("⚠ {code} \"{message}\""),
        Err((code, _)) => format!("⚠ {code}"),
    }
}

/// Evaluates an expression and shows what every part gave, an indented line each.
pub(crate) fn traced(expression: &str, given: &str) -> String {
    let object = Object::from_json(given);
    let compiled = object.compile(expression).unwrap_or_else(|errors| panic!("{errors:?}"));
    let mut text = String::new();
    show_part(&mut text, expression, &compiled.trace(&object).root, 0);
    text
}

fn show_part(text: &mut String, expression: &str, part: &crate::TracePart, depth: usize) {
    let results: Vec<String> = part
        .results
        .iter()
        .map(|result| match &result.value {
            Ok(value) => format!("{value} ({})", result.kind),
            Err(error) => format!("⚠ {}: {}", error.code.as_str(), error.message),
        })
        .collect();
    let shown = if results.is_empty() { "not needed".to_owned() } else { results.join("; ") };
    let _ = writeln!(text, "{}{} → {shown}", "  ".repeat(depth), part.at.of(expression));
    for inner in &part.parts {
        show_part(text, expression, inner, depth + 1);
    }
}

/// Returns the shipped schema with the names that a text mentions.
pub(crate) fn schema_for(text: &str) -> Schema {
    static SHIPPED: OnceLock<Schema> = OnceLock::new();
    let mut schema = SHIPPED.get_or_init(Schema::built_in).clone();
    for name in attribute_names(text) {
        schema.intern(&name).unwrap();
    }
    schema
}

/// Compiles against the shipped schema and a rule that knows the usual parameters.
pub(crate) fn compiled(text: &str) -> Result<Expression, Vec<crate::ExprError>> {
    let schema = schema_for(text);
    let context = CompileContext {
        schema: &schema,
        side: Side::Forest,
        parameters: &|name| name == "Domain.FQDN",
    };
    compile(text, &context)
}

/// An object made of JSON: a name gives an attribute, `%name` a parameter, `imported name` a value
/// of the confirmed image. An array is a multi-valued attribute.
pub(crate) struct Object {
    given: Vec<(String, Json)>,
    schema: Schema,
    attributes: BTreeMap<AttributeId, Vec<Value>>,
    imported: BTreeMap<AttributeId, Vec<Value>>,
    parameters: BTreeMap<String, String>,
    references: Vec<String>,
    pub(crate) now: Timestamp,
    dice: Cell<u64>,
}

/// A result before a list of one becomes a single value (SR-084).
pub(crate) struct Evaluated {
    pub(crate) outcome: Outcome,
    pub(crate) list: bool,
}

impl Object {
    pub(crate) fn from_json(given: &str) -> Self {
        let json = if given.is_empty() { "{}" } else { given };
        let Json::Object(given) = serde_json::from_str(json).expect(json) else { panic!("{json}") };
        Self {
            given: given.into_iter().collect(),
            schema: schema_for(""),
            attributes: BTreeMap::new(),
            imported: BTreeMap::new(),
            parameters: BTreeMap::new(),
            references: Vec::new(),
            now: "2024-05-01T12:00:00Z".parse().unwrap(),
            dice: Cell::new(1),
        }
        .loaded()
    }

    fn loaded(mut self) -> Self {
        for (name, json) in std::mem::take(&mut self.given) {
            if let Some(name) = name.strip_prefix('%') {
                self.parameters.insert(name.to_lowercase(), json.as_str().unwrap().to_owned());
                continue;
            }
            let (imported, name) = match name.strip_prefix("imported ") {
                Some(name) => (true, name),
                None => (false, name.as_str()),
            };
            let id = self.schema.intern(name).unwrap();
            let definition = AttributeDefinition {
                syntax: self.schema.syntax(Side::Forest, id),
                multi_valued: json.is_array(),
            };
            self.schema.define(Side::Forest, id, definition);
            let values = match &json {
                Json::Array(values) => values.iter().map(|value| self.value(value)).collect(),
                single => vec![self.value(single)],
            };
            let image = if imported { &mut self.imported } else { &mut self.attributes };
            image.insert(id, values);
        }
        self
    }

    /// Compiles for this object.
    fn compile(&self, text: &str) -> Result<Expression, Vec<crate::ExprError>> {
        let mut schema = self.schema.clone();
        for name in attribute_names(text) {
            schema.intern(&name).unwrap();
        }
        let known = |name: &str| self.parameters.contains_key(&name.to_lowercase());
        compile(text, &CompileContext { schema: &schema, side: Side::Forest, parameters: &known })
    }

    /// Compiles and evaluates; an error is its code and its message.
    pub(crate) fn evaluate(&self, text: &str) -> Result<Evaluated, (&'static str, String)> {
        let expression = self.compile(text).map_err(|errors| {
            let first = errors.first().expect("a refusal has a reason");
            (first.code.as_str(), first.message.clone())
        })?;
        let failed = |error: &EvalError| (error.code.as_str(), error.message.clone());
        let value = Evaluator::new(self).eval(expression.tree()).map_err(|error| failed(&error))?;
        let list = value.is_list();
        let outcome = given(value).into();
        Ok(Evaluated { outcome, list })
    }

    fn value(&mut self, json: &Json) -> Value {
        match json {
            Json::String(text) => Value::text(text.as_str()),
            Json::Bool(truth) => Value::Boolean(*truth),
            Json::Number(number) => Value::Integer(number.as_i64().unwrap()),
            Json::Object(map) => {
                let (kind, content) = map.iter().next().unwrap();
                let text = content.as_str().unwrap_or_default();
                match kind.as_str() {
                    "$hex" => Value::bytes(bytes(text)),
                    "$bin" => Value::bytes(BASE64_STANDARD.decode(text).unwrap()),
                    "$cert" => Value::bytes(BASE64_STANDARD.decode(CERTIFICATE).unwrap()),
                    // An object whose DN nobody tells.
                    "$id" => Value::Reference(content.as_u64().unwrap()),
                    "$ref" => {
                        self.references.push(text.to_owned());
                        Value::Reference(1000 + self.references.len() as u64)
                    }
                    "$dt" => Value::Time(text.parse().unwrap()),
                    other => panic!("{other}"),
                }
            }
            other => panic!("{other}"),
        }
    }

    pub(crate) fn dn(&self, reference: u64) -> Option<&str> {
        let at = usize::try_from(reference.checked_sub(1001)?).ok()?;
        self.references.get(at).map(String::as_str)
    }

    pub(crate) fn print(&self, result: &Evaluated) -> String {
        let values = match &result.outcome {
            Outcome::Null => return "NULL".to_owned(),
            Outcome::AuthoritativeNull => return "AuthoritativeNull".to_owned(),
            Outcome::IgnoreThisFlow => return "IgnoreThisFlow".to_owned(),
            Outcome::Values(values) => values,
        };
        let print = |value: &Value| match value {
            Value::Text(text) => format!("\"{text}\""),
            Value::Bytes(bytes) => bytes.iter().fold("#".to_owned(), |mut out, byte| {
                let _ = write!(out, "{byte:02x}");
                out
            }),
            Value::Reference(id) => match self.dn(*id) {
                Some(dn) => format!("ref \"{dn}\""),
                None => format!("ref #{id}"),
            },
            other => other.to_string(),
        };
        match values.as_slice() {
            [single] if !result.list => print(single),
            values => {
                let printed: Vec<String> = values.iter().map(print).collect();
                format!("{{{}}}", printed.join(", "))
            }
        }
    }
}

impl Environment for Object {
    fn attribute(&self, attribute: AttributeId) -> Values<'_> {
        self.attributes.get(&attribute).map_or(Values::NONE, |values| Values::Slice(values))
    }

    fn imported(&self, attribute: AttributeId) -> Values<'_> {
        self.imported.get(&attribute).map_or(Values::NONE, |values| Values::Slice(values))
    }

    fn parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        self.parameters.get(&name.to_lowercase()).map(|value| Cow::Borrowed(value.as_str()))
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn random(&self) -> u64 {
        self.dice.set(self.dice.get() + 1);
        Dice::new(self.dice.get()).next()
    }

    fn reference_dn(&self, reference: u64) -> Option<Cow<'_, str>> {
        self.dn(reference).map(Cow::Borrowed)
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}
