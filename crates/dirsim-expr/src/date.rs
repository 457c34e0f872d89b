//! Dates: 100-nanosecond ticks of the years 1 to 9999, always UTC (EX-015).

use std::ops::Range;

use chrono::{Datelike as _, NaiveDate};
use dirsim_model::Timestamp;

/// Ticks since 0001-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date(i64);

pub(crate) const TICKS_PER_SECOND: i64 = 10_000_000;
const TICKS_PER_MS: i64 = 10_000;
pub(crate) const TICKS_PER_DAY: i64 = 86_400 * TICKS_PER_SECOND;
/// The last tick of the year 9999.
const LAST: i64 = 3_652_059 * TICKS_PER_DAY - 1;
/// Milliseconds from year 1 to 1970.
const UNIX_EPOCH_MS: i64 = 62_135_596_800_000;
/// Ticks from year 1 to 1601.
const FILETIME_EPOCH: i64 = 504_911_232_000_000_000;

/// A date taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    /// 0 is Sunday.
    pub(crate) weekday: usize,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
    /// Ticks within the second.
    pub(crate) ticks: i64,
}

impl Date {
    /// Wraps ticks; `None` outside the years 1 to 9999.
    pub(crate) fn from_ticks(ticks: i64) -> Option<Self> {
        (0..=LAST).contains(&ticks).then_some(Self(ticks))
    }

    /// Reads an instant of the simulated clock; instants outside the calendar take its end.
    pub(crate) fn from_timestamp(time: Timestamp) -> Self {
        Self(time.0.saturating_add(UNIX_EPOCH_MS).saturating_mul(TICKS_PER_MS).clamp(0, LAST))
    }

    /// Returns the instant in the milliseconds of the simulated clock.
    pub(crate) const fn timestamp(self) -> Timestamp {
        Timestamp(self.0 / TICKS_PER_MS - UNIX_EPOCH_MS)
    }

    /// Reads ticks since 1601; `None` when negative or beyond the year 9999.
    pub(crate) fn from_filetime(filetime: i64) -> Option<Self> {
        (filetime >= 0).then_some(())?;
        Self::from_ticks(filetime.checked_add(FILETIME_EPOCH)?)
    }

    /// Returns ticks since 1601; `None` before.
    pub(crate) fn to_filetime(self) -> Option<i64> {
        self.0.checked_sub(FILETIME_EPOCH).filter(|filetime| *filetime >= 0)
    }

    /// Adds ticks; `None` outside the calendar.
    pub(crate) fn plus_ticks(self, ticks: i64) -> Option<Self> {
        Self::from_ticks(self.0.checked_add(ticks)?)
    }

    /// Adds months; a day that the month does not have becomes its last one.
    pub(crate) fn plus_months(self, months: i64) -> Option<Self> {
        let civil = self.civil();
        let month = (civil.year * 12 + civil.month - 1).checked_add(months)?;
        let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
        let midnight = (0..=3).find_map(|less| midnight(year, month, civil.day - less))?;
        midnight.plus_ticks(self.0 % TICKS_PER_DAY)
    }

    /// Takes the date apart.
    pub(crate) fn civil(self) -> Civil {
        let days = i32::try_from(self.0 / TICKS_PER_DAY).unwrap_or_default();
        let date = NaiveDate::from_num_days_from_ce_opt(days + 1).unwrap_or_default();
        let rest = self.0 % TICKS_PER_DAY;
        let seconds = rest / TICKS_PER_SECOND;
        Civil {
            year: i64::from(date.year()),
            month: i64::from(date.month()),
            day: i64::from(date.day()),
            weekday: date.weekday().num_days_from_sunday() as usize,
            hour: seconds / 3600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            ticks: rest % TICKS_PER_SECOND,
        }
    }

    /// Parses the forms that `CDate` accepts.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        parse_generalized(text).or_else(|| parse_written(text))
    }
}

/// Returns the begin of a day; `None` when the calendar has no such day.
pub(crate) fn midnight(year: i64, month: i64, day: i64) -> Option<Date> {
    if !(1..=9999).contains(&year) {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(
        i32::try_from(year).ok()?,
        u32::try_from(month).ok()?,
        u32::try_from(day).ok()?,
    )?;
    Date::from_ticks(i64::from(date.num_days_from_ce() - 1) * TICKS_PER_DAY)
}

/// Parses `yyyyMMddHHmmss[.f]Z`.
fn parse_generalized(text: &str) -> Option<Date> {
    let text = text.strip_suffix('Z')?;
    let (digits, fraction) = text.split_once('.').map_or((text, None), |(d, f)| (d, Some(f)));
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |range: Range<usize>| digits.get(range)?.parse::<i64>().ok();
    let time = time_of_day(number(8..10)?, number(10..12)?, number(12..14)?)?;
    let ticks = fraction.map_or(Some(0), fraction_ticks)?;
    midnight(number(0..4)?, number(4..6)?, number(6..8)?)?.plus_ticks(time + ticks)
}

/// Parses `yyyy-M-d` and `M/d/yyyy`, each with an optional time, half of day and zone.
fn parse_written(text: &str) -> Option<Date> {
    let mut rest = text;
    let first = take_number(&mut rest, 4)?;
    let date = if take(&mut rest, "-") {
        let month = take_number(&mut rest, 2)?;
        take(&mut rest, "-").then_some(())?;
        (first.1 == 4).then_some(())?;
        midnight(first.0, month.0, take_number(&mut rest, 2)?.0)?
    } else {
        take(&mut rest, "/").then_some(())?;
        let day = take_number(&mut rest, 2)?;
        take(&mut rest, "/").then_some(())?;
        let year = take_number(&mut rest, 4).filter(|(_, digits)| *digits == 4)?;
        (first.1 <= 2).then_some(())?;
        midnight(year.0, first.0, day.0)?
    };
    if rest.is_empty() {
        return Some(date);
    }
    let separated = take(&mut rest, "T") || rest.starts_with(' ');
    separated.then_some(())?;
    rest = rest.trim_start();
    let mut hour = take_number(&mut rest, 2)?.0;
    take(&mut rest, ":").then_some(())?;
    let minute = take_number(&mut rest, 2).filter(|(_, digits)| *digits == 2)?.0;
    let (mut second, mut ticks) = (0, 0);
    if take(&mut rest, ":") {
        second = take_number(&mut rest, 2).filter(|(_, digits)| *digits == 2)?.0;
        if take(&mut rest, ".") {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            ticks = fraction_ticks(rest.get(..digits)?)?;
            rest = rest.get(digits..)?;
        }
    }
    rest = rest.trim_start();
    let half = rest.get(..2).unwrap_or_default();
    let afternoon = half.eq_ignore_ascii_case("PM");
    if afternoon || half.eq_ignore_ascii_case("AM") {
        (1..=12).contains(&hour).then_some(())?;
        hour = hour % 12 + if afternoon { 12 } else { 0 };
        rest = rest.get(2..)?.trim_start();
    }
    let shift = parse_zone(rest)?;
    date.plus_ticks(time_of_day(hour, minute, second)? + ticks - shift)
}

/// Parses `Z`, `+hh`, `+hh:mm`, `-h` or nothing; returns the ticks east of UTC.
fn parse_zone(mut rest: &str) -> Option<i64> {
    if rest.is_empty() || rest.eq_ignore_ascii_case("Z") {
        return Some(0);
    }
    let sign = if take(&mut rest, "-") { -1 } else { take(&mut rest, "+").then_some(1)? };
    let hours = take_number(&mut rest, 2)?.0;
    let minutes = if take(&mut rest, ":") {
        take_number(&mut rest, 2).filter(|(_, digits)| *digits == 2)?.0
    } else {
        0
    };
    (rest.is_empty() && hours <= 14 && minutes < 60).then_some(())?;
    Some(sign * (hours * 3600 + minutes * 60) * TICKS_PER_SECOND)
}

fn time_of_day(hour: i64, minute: i64, second: i64) -> Option<i64> {
    (hour < 24 && minute < 60 && second < 60).then_some(())?;
    Some((hour * 3600 + minute * 60 + second) * TICKS_PER_SECOND)
}

/// Reads one to seven digits behind the point.
fn fraction_ticks(digits: &str) -> Option<i64> {
    let usable = (1..=7).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    usable.then(|| format!("{digits:0<7}").parse().ok())?
}

fn take(rest: &mut &str, text: &str) -> bool {
    rest.strip_prefix(text).map(|after| *rest = after).is_some()
}

/// Takes up to `most` digits off; returns the number and how many digits it had.
fn take_number(rest: &mut &str, most: usize) -> Option<(i64, usize)> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    (1..=most).contains(&digits).then_some(())?;
    let (number, after) = rest.split_at_checked(digits)?;
    *rest = after;
    Some((number.parse().ok()?, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> String {
        Date::parse(text).map_or("refused".to_owned(), |date| date.timestamp().to_string())
    }

    #[test]
    fn written_dates_have_many_forms() {
        for (text, expected) in [
            ("2024-2-9", "2024-02-09T00:00:00Z"),
            ("12/31/1999", "1999-12-31T00:00:00Z"),
            ("2024-03-01T9:30", "2024-03-01T09:30:00Z"),
            ("2024-03-01 09:30:15.25", "2024-03-01T09:30:15.250Z"),
            ("2024-03-01 12:15 am", "2024-03-01T00:15:00Z"),
            ("2024-03-01 12:15 PM", "2024-03-01T12:15:00Z"),
            ("2024-03-01 11:00 PM -5", "2024-03-02T04:00:00Z"),
            ("2024-03-01T12:00:00+02:30", "2024-03-01T09:30:00Z"),
            ("20240131120000.0Z", "2024-01-31T12:00:00Z"),
            ("20240131120000Z", "2024-01-31T12:00:00Z"),
            ("2023-02-29", "refused"),
            ("24-02-09", "refused"),
            ("2024-03-01 24:00", "refused"),
            ("2024-03-01 13:00 PM", "refused"),
            ("2024-03-01 09:30 CET", "refused"),
            ("0001-01-01 00:00 +1", "refused"),
            ("", "refused"),
        ] {
            assert_eq!(parsed(text), expected, "{text}");
        }
    }

    #[test]
    fn a_day_is_taken_apart() {
        let civil = Date::parse("2024-03-09 16:05:06.7").unwrap().civil();
        assert_eq!((civil.year, civil.month, civil.day, civil.weekday), (2024, 3, 9, 6));
        assert_eq!((civil.hour, civil.minute, civil.second), (16, 5, 6));
        assert_eq!(civil.ticks, 7_000_000);
        assert_eq!(Date::from_ticks(LAST).unwrap().civil().year, 9999);
        assert_eq!(Date::from_ticks(LAST + 1), None);
    }

    #[test]
    fn months_keep_the_day_where_they_can() {
        let day = |text: &str, months| {
            Date::parse(text).unwrap().plus_months(months).map(|date| date.timestamp().to_string())
        };
        assert_eq!(day("2024-01-31", 1).unwrap(), "2024-02-29T00:00:00Z");
        assert_eq!(day("2024-01-31 10:00", -2).unwrap(), "2023-11-30T10:00:00Z");
        assert_eq!(day("9999-12-01", 1), None);
        assert_eq!(day("2024-01-31", i64::MAX), None);
    }
}
