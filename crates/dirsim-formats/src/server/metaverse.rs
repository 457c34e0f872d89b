//! The file of the metaverse: its schema and the global parameters (CE section 6).

use dirsim_model::time::{DAY_MS, HOUR_MS, MINUTE_MS};

use super::config;
use super::finding::{Findings, Level};
use super::rule::boolean;
use super::schema::{self, ExportedSchema};
use super::xml::Element;

/// What the file of the metaverse says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportedMetaverse {
    /// Name of the exported server.
    pub server: String,
    /// When it was exported, as it is written there.
    pub exported: String,
    /// Classes and attributes.
    pub schema: ExportedSchema,
    /// Global parameters.
    pub globals: Globals,
}

/// Global parameters (CE-040); `None` where the export says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Globals {
    /// The attribute that is the source anchor.
    pub anchor: Option<String>,
    /// Whether too many deletions stop an export.
    pub deletion_threshold: Option<bool>,
    /// The largest number of deletions.
    pub deletions_max: Option<u32>,
    /// `Delta` or `Initial`.
    pub policy: Option<String>,
    /// Interval of cycles, in milliseconds.
    pub interval_ms: Option<i64>,
    /// Whether cycles start by themselves.
    pub sync_cycle_enabled: Option<bool>,
    /// Whether a wizard holds all cycles.
    pub suspended: Option<bool>,
    /// Whether maintenance runs.
    pub maintenance_enabled: Option<bool>,
    /// How long run history is kept, in milliseconds.
    pub purge_interval_ms: Option<i64>,
    /// Whether the server exports nothing.
    pub staging_mode: Option<bool>,
    /// Version of the product.
    pub version: Option<String>,
    /// The features of the wizard, by the words of the report, and whether each is on.
    pub features: Vec<(String, bool)>,
    /// What else is told: name and value.
    pub shown: Vec<(String, String)>,
    /// How many parameters the file has.
    pub count: usize,
}

impl Globals {
    /// Returns whether a feature is on.
    pub fn feature(&self, words: &str) -> bool {
        self.features.iter().any(|(name, on)| name == words && *on)
    }
}

impl Globals {
    /// Returns everything that is told, by its name in reports.
    pub fn told(&self) -> Vec<(String, String)> {
        let flag = |on: bool| if on { "on" } else { "off" }.to_owned();
        let span = |ms: i64| super::load::expiry_text(ms);
        let known: [(&str, Option<String>); 11] = [
            ("anchor", self.anchor.clone()),
            ("deletionThreshold.enabled", self.deletion_threshold.map(flag)),
            ("deletionThreshold.value", self.deletions_max.map(|count| count.to_string())),
            ("scheduler.policy", self.policy.clone()),
            ("scheduler.interval", self.interval_ms.map(span)),
            ("scheduler.enabled", self.sync_cycle_enabled.map(flag)),
            ("scheduler.suspended", self.suspended.map(flag)),
            ("scheduler.maintenance", self.maintenance_enabled.map(flag)),
            ("runHistoryKeep", self.purge_interval_ms.map(span)),
            ("stagingMode", self.staging_mode.map(flag)),
            ("productVersion", self.version.clone()),
        ];
        let known = known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let features = self.features.iter().map(|(name, on)| (name.clone(), flag(*on)));
        known.chain(features).chain(self.shown.iter().cloned()).collect()
    }
}

/// Reads the file.
pub(super) fn read(root: &Element, file: &str, findings: &mut Findings) -> ExportedMetaverse {
    let mut metaverse = ExportedMetaverse {
        server: root.attribute("server").unwrap_or_default().to_owned(),
        exported: root.attribute("export-date").unwrap_or_default().to_owned(),
        ..ExportedMetaverse::default()
    };
    let Some(data) = root.child("mv-data") else { return metaverse };
    metaverse.schema = schema::read(data, file, findings);
    let values = data.child("parameter-values");
    for parameter in values.into_iter().flat_map(|values| values.all("parameter")) {
        metaverse.globals.count += 1;
        if parameter.attribute("encrypted").and_then(boolean).unwrap_or(false) {
            continue;
        }
        let name = parameter.attribute("name").unwrap_or_default();
        let value = parameter.trimmed();
        if !metaverse.globals.take(name, value) {
            let text = format!("the global parameter `{name}`");
            findings.add(
                Level::Information,
                "unknown-parameter",
                file,
                parameter.line,
                name,
                text,
                "",
            );
        }
    }
    metaverse
}

impl Globals {
    /// Takes a parameter over; false when its name or value is not known.
    fn take(&mut self, name: &str, value: &str) -> bool {
        let known = config::parameters();
        let find = |map: &'static std::collections::BTreeMap<String, String>| {
            map.iter().find(|(segments, _)| ends_with(name, segments)).map(|(_, key)| key.as_str())
        };
        if let Some(key) = find(&known.setting) {
            return value.is_empty() || self.set(key, value);
        }
        if let Some(words) = find(&known.feature) {
            self.features.push((words.to_owned(), boolean(value).unwrap_or(false)));
            return true;
        }
        if let Some(key) = find(&known.shown) {
            if !value.is_empty() {
                self.shown.push((key.to_owned(), value.to_owned()));
            }
            return true;
        }
        find(&known.ignored).is_some()
    }

    fn set(&mut self, key: &str, value: &str) -> bool {
        match key {
            "anchor" => self.anchor = Some(value.to_owned()),
            "deletionThreshold.enabled" => self.deletion_threshold = boolean(value),
            "deletionThreshold.value" => {
                self.deletions_max = value.parse().ok();
                return self.deletions_max.is_some();
            }
            "scheduler.policy" => self.policy = Some(value.to_owned()),
            "scheduler.interval" => {
                self.interval_ms = duration_ms(value);
                return self.interval_ms.is_some();
            }
            "scheduler.enabled" => self.sync_cycle_enabled = boolean(value),
            "scheduler.suspended" => self.suspended = boolean(value),
            "scheduler.maintenance" => self.maintenance_enabled = boolean(value),
            "runHistoryKeep" => {
                self.purge_interval_ms = duration_ms(value);
                return self.purge_interval_ms.is_some();
            }
            "stagingMode" => self.staging_mode = boolean(value),
            "productVersion" => self.version = Some(value.to_owned()),
            _ => return false,
        }
        true
    }
}

/// Whether a name ends with these segments; prefixes differ between versions (CE-040).
fn ends_with(name: &str, segments: &str) -> bool {
    name.len() >= segments.len()
        && name
            .get(name.len() - segments.len()..)
            .is_some_and(|end| end.eq_ignore_ascii_case(segments))
        && name
            .get(..name.len() - segments.len())
            .is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// Reads `[d.]hh:mm:ss` (CE-003).
pub(super) fn duration_ms(text: &str) -> Option<i64> {
    let (days, clock) = match text.trim().split_once('.') {
        Some((days, clock)) => (days.parse::<i64>().ok()?, clock),
        None => (0, text.trim()),
    };
    let mut parts = clock.split(':').map(|part| part.parse::<i64>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let valid = parts.next().is_none()
        && (0..100_000).contains(&days)
        && (0..24).contains(&hours)
        && (0..60).contains(&minutes)
        && (0..60).contains(&seconds);
    valid.then(|| days * DAY_MS + hours * HOUR_MS + minutes * MINUTE_MS + seconds * 1_000)
}
