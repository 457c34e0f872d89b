//! Any text as an expression of a rule: refused with located mistakes, or evaluated without a panic;
//! what was accepted survives printing. Bytes behind a NUL are the certificate of the object.
#![no_main]

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::OnceLock;

use dirsim_expr::{CompileContext, Environment, attribute_names, compile};
use dirsim_fuzz::schema;
use dirsim_model::{AttributeId, Dice, Schema, Side, Timestamp, Value, Values};
use libfuzzer_sys::fuzz_target;

/// An object with values of every kind, and one evaluation of an expression for it.
struct Object<'a> {
    shared: &'static Shared,
    certificates: Vec<Value>,
    schema: &'a Schema,
    dice: Cell<Dice>,
}

/// What does not depend on the input.
struct Shared {
    schema: Schema,
    attributes: Vec<(AttributeId, Vec<Value>)>,
    certificates: AttributeId,
    now: Timestamp,
}

impl Shared {
    fn get() -> &'static Self {
        static SHARED: OnceLock<Shared> = OnceLock::new();
        SHARED.get_or_init(|| {
            let schema = schema();
            let now = "2026-01-05T08:00:00Z".parse().expect("a timestamp");
            let sid = [
                1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 80, 4, 0,
                0,
            ];
            let addresses = ["SMTP:a@b.example", "smtp:\u{e4}@b.example", "", "X500:/o=x"];
            let given = [
                ("dn", vec![Value::text("CN=Lee\\, Ann,OU=Staff,DC=contoso,DC=com")]),
                ("cn", vec![Value::text("Lee, Ann")]),
                ("mail", vec![Value::text("Ann.Lee@contoso.com")]),
                ("description", vec![Value::text("\u{c5}sa \u{674e}\u{301} \u{df}\u{130}\r\n")]),
                ("proxyAddresses", addresses.map(Value::text).to_vec()),
                ("userAccountControl", vec![Value::Integer(512)]),
                ("isCriticalSystemObject", vec![Value::Boolean(true)]),
                ("objectSid", vec![Value::bytes(sid)]),
                ("objectGUID", vec![Value::bytes([7; 16])]),
                ("whenCreated", vec![Value::Time(now)]),
                ("member", vec![Value::Reference(1), Value::Reference(2)]),
            ];
            let id = |name| schema.attribute(name).expect(name);
            let attributes = given.into_iter().map(|(name, values)| (id(name), values)).collect();
            let certificates = id("userCertificate");
            Self { attributes, certificates, now, schema }
        })
    }
}

impl Environment for Object<'_> {
    fn attribute(&self, attribute: AttributeId) -> Values<'_> {
        if attribute == self.shared.certificates {
            return Values::Slice(&self.certificates);
        }
        let found = self.shared.attributes.iter().find(|(id, _)| *id == attribute);
        found.map_or(Values::NONE, |(_, values)| Values::Slice(values))
    }

    fn imported(&self, attribute: AttributeId) -> Values<'_> {
        self.attribute(attribute)
    }

    fn parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        is_parameter(name).then_some(Cow::Borrowed("CONTOSO"))
    }

    fn now(&self) -> Timestamp {
        self.shared.now
    }

    fn random(&self) -> u64 {
        let mut dice = self.dice.replace(Dice::new(0));
        let number = dice.next();
        self.dice.set(dice);
        number
    }

    fn reference_dn(&self, reference: u64) -> Option<Cow<'_, str>> {
        (reference == 1).then_some(Cow::Borrowed("CN=Bo,DC=contoso,DC=com"))
    }
}

fn is_parameter(name: &str) -> bool {
    name.eq_ignore_ascii_case("Domain.Netbios")
}

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let Ok(text) = str::from_utf8(parts.next().unwrap_or_default()) else { return };
    let certificates = parts.map(Value::bytes).collect();
    let shared = Shared::get();
    let mut schema = Cow::Borrowed(&shared.schema);
    for name in attribute_names(text) {
        if schema.attribute(&name).is_none() {
            schema.to_mut().intern(&name).expect("an input has fewer names than a schema");
        }
    }
    let context = CompileContext { schema: &schema, side: Side::Forest, parameters: &is_parameter };
    let expression = match compile(text, &context) {
        Ok(expression) => expression,
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert!(text.get(error.at.range()).is_some(), "{error:?}");
            }
            return;
        }
    };
    let dice = Cell::new(Dice::new(1));
    let object = Object { shared, certificates, schema: &schema, dice };
    if let Err(error) = expression.evaluate(&object) {
        assert!(text.get(error.at.range()).is_some(), "{error:?}");
    }
    // Printing is canonical, so what it prints means the same and prints the same (EX-011).
    let printed = expression.to_string();
    match compile(&printed, &context) {
        Ok(again) => {
            assert!(again == expression, "{printed}");
            assert_eq!(again.to_string(), printed);
        }
        // The canonical form spells things out and may outgrow the longest expression.
        Err(errors) => assert!(printed.len() > 64 << 10, "{printed}: {errors:?}"),
    }
});
