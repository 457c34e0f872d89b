//! Properties and methods of `[datetime]` and `[timespan]`.

use chrono::{Datelike, Months, Timelike};

use crate::live::{Live, TICKS_EPOCH, timestamp};
use crate::operators::number::{self, whole_of};
use crate::operators::{cast, format};
use crate::stop::{Run, Stop};

/// The names of the methods, in lower case.
pub(super) const METHODS: &[&str] = &[
    "adddays",
    "addhours",
    "addminutes",
    "addseconds",
    "addmilliseconds",
    "addmonths",
    "addyears",
    "addticks",
    "add",
    "subtract",
    "touniversaltime",
    "tolocaltime",
    "tofiletime",
    "tofiletimeutc",
    "toshortdatestring",
    "toshorttimestring",
    "tolongdatestring",
    "tolongtimestring",
    "negate",
    "duration",
    "tobytearray",
    "isdaylightsavingtime",
];

const SECOND: i64 = 10_000_000;
/// Ticks from 0001-01-01 to 1601-01-01, where file times begin.
const FILETIME: i64 = 504_911_232_000_000_000;

/// Returns a property of an instant.
pub(super) fn property(ticks: i64, lower: &str) -> Option<Live> {
    let moment = timestamp(ticks).chrono();
    let small = |number: u32| Live::Int(i32::try_from(number).unwrap_or(0));
    Some(match lower {
        "year" => Live::Int(moment.year()),
        "month" => small(moment.month()),
        "day" => small(moment.day()),
        "hour" => small(moment.hour()),
        "minute" => small(moment.minute()),
        "second" => small(moment.second()),
        "millisecond" => small(moment.timestamp_subsec_millis()),
        "dayofyear" => small(moment.ordinal()),
        "dayofweek" => Live::text(moment.format("%A").to_string()),
        "date" => Live::Time(ticks - ticks.rem_euclid(86_400 * SECOND)),
        "timeofday" => Live::Span(ticks.rem_euclid(86_400 * SECOND)),
        "ticks" => Live::Long(ticks),
        "kind" => Live::text("Utc"),
        "datetime" => Live::text(format::time(ticks, "dddd, MMMM d, yyyy h:mm:ss tt")),
        _ => return None,
    })
}

/// Returns a property of a span of time.
pub(super) fn span_property(ticks: i64, lower: &str) -> Option<Live> {
    let part = |unit: i64, of: i64| Live::whole(ticks / unit % of);
    #[expect(clippy::cast_precision_loss, reason = "so does .NET")]
    let total = |unit: i64| Live::Double(ticks as f64 / unit as f64);
    Some(match lower {
        "days" => Live::whole(ticks / (86_400 * SECOND)),
        "hours" => part(3600 * SECOND, 24),
        "minutes" => part(60 * SECOND, 60),
        "seconds" => part(SECOND, 60),
        "milliseconds" => part(10_000, 1000),
        "ticks" => Live::Long(ticks),
        "totaldays" => total(86_400 * SECOND),
        "totalhours" => total(3600 * SECOND),
        "totalminutes" => total(60 * SECOND),
        "totalseconds" => total(SECOND),
        "totalmilliseconds" => total(10_000),
        _ => return None,
    })
}

fn beyond() -> Stop {
    Stop::method(
        "AddDays",
        "The added or subtracted value results in an un-representable DateTime. (Parameter 'value')",
    )
}

/// The last instant: 9999-12-31T23:59:59.9999999.
const LAST: i64 = 3_155_378_975_999_999_999;

/// Calls a method of an instant; `None` when there is none of this name.
pub(super) fn call(ticks: i64, name: &str, arguments: &[Live]) -> Option<Run<Live>> {
    let amount = || arguments.first().and_then(number::number).map_or(0.0, number::Number::double);
    let moved = |ticks: Option<i64>| match ticks.filter(|ticks| (0..=LAST).contains(ticks)) {
        Some(ticks) => Ok(Live::Time(ticks)),
        None => Err(beyond()),
    };
    #[expect(clippy::cast_precision_loss, reason = "so does .NET")]
    let by = |unit: i64| {
        moved(whole_of((amount() * unit as f64).round()).and_then(|more| ticks.checked_add(more)))
    };
    let months = |count: i64| -> Run<Live> {
        let moment = timestamp(ticks).chrono();
        let steps = u32::try_from(count.unsigned_abs()).map_err(|_| beyond())?;
        let moved = if count < 0 {
            moment.checked_sub_months(Months::new(steps))
        } else {
            moment.checked_add_months(Months::new(steps))
        };
        let moved = moved.ok_or_else(beyond)?;
        Ok(Live::Time(moved.timestamp() * SECOND + TICKS_EPOCH + ticks.rem_euclid(SECOND)))
    };
    let whole = || whole_of(amount().trunc()).unwrap_or(0);
    Some(match name {
        "adddays" => by(86_400 * SECOND),
        "addhours" => by(3600 * SECOND),
        "addminutes" => by(60 * SECOND),
        "addseconds" => by(SECOND),
        "addmilliseconds" => by(10_000),
        "addticks" => by(1),
        "addmonths" => months(whole()),
        "addyears" => months(whole().saturating_mul(12)),
        "add" => match arguments.first().map(cast::to_span) {
            Some(Ok(Live::Span(span))) => moved(ticks.checked_add(span)),
            Some(Err(stop)) => Err(stop),
            _ => Err(beyond()),
        },
        "subtract" => match arguments.first() {
            Some(Live::Time(other)) => Ok(Live::Span(ticks.saturating_sub(*other))),
            Some(other) => match cast::to_span(other) {
                Ok(Live::Span(span)) => moved(ticks.checked_sub(span)),
                Ok(_) => Err(beyond()),
                Err(stop) => Err(stop),
            },
            None => Err(beyond()),
        },
        "touniversaltime" | "tolocaltime" => Ok(Live::Time(ticks)),
        "tofiletime" | "tofiletimeutc" => Ok(Live::Long(ticks.saturating_sub(FILETIME))),
        "toshortdatestring" => Ok(Live::text(format::time(ticks, "d"))),
        "toshorttimestring" => Ok(Live::text(format::time(ticks, "t"))),
        "tolongdatestring" => Ok(Live::text(format::time(ticks, "D"))),
        "tolongtimestring" => Ok(Live::text(format::time(ticks, "T"))),
        "isdaylightsavingtime" => Ok(Live::Bool(false)),
        _ => return None,
    })
}

/// Returns the ticks of a file time.
pub(super) const fn from_filetime(filetime: i64) -> i64 {
    filetime.saturating_add(FILETIME)
}

/// Calls a method of a span of time; `None` when there is none of this name.
pub(super) fn span_call(ticks: i64, name: &str, arguments: &[Live]) -> Option<Run<Live>> {
    let other = || arguments.first().map_or(Ok(Live::Span(0)), cast::to_span);
    let both = |apply: fn(i64, i64) -> Option<i64>| match other()? {
        Live::Span(other) => apply(ticks, other).map(Live::Span).ok_or_else(beyond),
        _ => Err(beyond()),
    };
    Some(match name {
        "add" => both(i64::checked_add),
        "subtract" => both(i64::checked_sub),
        "negate" => Ok(Live::Span(ticks.saturating_neg())),
        "duration" => Ok(Live::Span(ticks.saturating_abs())),
        _ => return None,
    })
}
