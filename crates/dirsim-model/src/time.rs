//! Instants of the simulated clock.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// An instant in milliseconds since 1970-01-01T00:00:00Z; always UTC (SE-001).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

/// A text that is no instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time; write it like 2026-01-05T08:00:00Z")]
pub struct TimestampError(String);

/// Milliseconds of one minute.
pub const MINUTE_MS: i64 = 60_000;
/// Milliseconds of one hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Milliseconds of one day.
pub const DAY_MS: i64 = 24 * HOUR_MS;
/// 100-nanosecond intervals from 1601-01-01 to 1970-01-01.
const FILETIME_EPOCH: i64 = 116_444_736_000_000_000;

impl Timestamp {
    /// Returns the instant of a FILETIME: 100-nanosecond intervals since 1601 (UTC).
    pub const fn from_filetime(filetime: i64) -> Self {
        Self(filetime.saturating_sub(FILETIME_EPOCH) / 10_000)
    }

    /// Returns the instant as a FILETIME.
    pub const fn to_filetime(self) -> i64 {
        self.0.saturating_mul(10_000).saturating_add(FILETIME_EPOCH)
    }

    /// Returns the generalized time of the directory, `20260301093000.0Z`.
    pub fn to_generalized(self) -> String {
        self.chrono().format("%Y%m%d%H%M%S.0Z").to_string()
    }

    /// Returns the form of run history, `2026-01-05 08:00:00.000` (SE 7.1).
    pub fn to_run_history(self) -> String {
        self.chrono().format("%Y-%m-%d %H:%M:%S%.3f").to_string()
    }

    /// Parses generalized time.
    pub fn from_generalized(text: &str) -> Option<Self> {
        let digits = text.strip_suffix('Z')?.split('.').next()?;
        let naive = NaiveDateTime::parse_from_str(digits, "%Y%m%d%H%M%S").ok()?;
        Some(Self(naive.and_utc().timestamp_millis()))
    }

    /// Returns the calendar view.
    pub fn chrono(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    /// Parses ISO 8601 with a zone, a bare date, or generalized time.
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let text = text.trim();
        DateTime::parse_from_rfc3339(text)
            .map(|time| Self(time.timestamp_millis()))
            .ok()
            .or_else(|| {
                let date = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
                Some(Self(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis()))
            })
            .or_else(|| Self::from_generalized(text))
            .ok_or_else(|| TimestampError(text.to_owned()))
    }
}

impl fmt::Display for Timestamp {
    /// Writes ISO 8601, with milliseconds only when there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.chrono().to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Add<i64> for Timestamp {
    type Output = Self;

    /// Adds milliseconds.
    fn add(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

impl Sub for Timestamp {
    type Output = i64;

    /// Returns the milliseconds from `other` to `self`.
    fn sub(self, other: Self) -> i64 {
        self.0.saturating_sub(other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_name_the_same_instant() {
        let instant: Timestamp = "2026-03-01T09:30:00Z".parse().unwrap();
        assert_eq!(instant.to_string(), "2026-03-01T09:30:00Z");
        assert_eq!("20260301093000.0Z".parse(), Ok(instant));
        assert_eq!(Timestamp::from_filetime(instant.to_filetime()), instant);
        assert_eq!(instant.to_generalized(), "20260301093000.0Z");
        assert_eq!(instant.to_run_history(), "2026-03-01 09:30:00.000");
        assert!("yesterday".parse::<Timestamp>().is_err());
    }
}
