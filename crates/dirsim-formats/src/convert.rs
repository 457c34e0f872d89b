//! Spellings of dates, GUIDs and anchors in exports, and what they convert to (`interfaces.md` 13).

use dirsim_model::{Guid, SourceAnchor, Timestamp};

/// The smallest FILETIME taken for one: the year 1917. Smaller numbers are Unix milliseconds.
const FILETIME_MIN: i64 = 100_000_000_000_000_000;
/// The FILETIME that says "never".
pub const FILETIME_NEVER: i64 = i64::MAX;

/// Reads a date in any spelling of exports: ISO 8601 with or without zone, `/Date(ms)/` of Windows
/// PowerShell, generalized time, FILETIME.
///
/// A time without zone is UTC. `None` for local forms such as `1/3/2026`, where day and month
/// cannot be told apart.
pub fn date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")) {
        // A zone behind the number, `+0100`, only says how to show it.
        let zone = inner.get(1..).and_then(|rest| rest.find(['+', '-'])).map(|at| at + 1);
        let number: i64 = inner.get(..zone.unwrap_or(inner.len()))?.parse().ok()?;
        return in_calendar(Timestamp(number));
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    if let Ok(number) = text.parse::<i64>() {
        return date_of_number(number);
    }
    let naive = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
        .or_else(|_| chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f"))
        .ok()?;
    Some(Timestamp(naive.and_utc().timestamp_millis()))
}

/// Reads a number as a date: a FILETIME, or milliseconds since 1970. `None` for the FILETIMEs that
/// say "never", and beyond the year 9999.
pub fn date_of_number(number: i64) -> Option<Timestamp> {
    match number {
        FILETIME_NEVER | 0 => None,
        _ if number >= FILETIME_MIN => in_calendar(Timestamp::from_filetime(number)),
        _ => in_calendar(Timestamp(number)),
    }
}

/// Returns an instant of the years 0 to 9999, which have a spelling.
fn in_calendar(time: Timestamp) -> Option<Timestamp> {
    (-62_167_219_200_000..253_402_300_800_000).contains(&time.0).then_some(time)
}

/// Returns the text that a GUID gives when its bytes are encoded in the order of its text: the
/// frequent mistake that makes a hard match fail.
pub fn wrong_order_anchor(guid: Guid) -> SourceAnchor {
    let mut bytes = *guid.as_bytes();
    for group in [0..4, 4..6, 6..8] {
        bytes.get_mut(group).expect("a GUID has sixteen bytes").reverse();
    }
    SourceAnchor::from_bytes(&bytes)
}

/// Returns whether `anchor` is the wrong-order form of `guid`, and not the right one as well.
pub fn is_wrong_order_anchor(anchor: &SourceAnchor, guid: Guid) -> bool {
    *anchor == wrong_order_anchor(guid) && *anchor != SourceAnchor::from_guid(guid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use dirsim_model::Sid;
    use dirsim_model::anchor::connector_space_name;

    /// The table of `interfaces.md` 13: GUID, bytes, anchor, connector-space name.
    #[test]
    fn guids_anchors_and_names_follow_the_table() {
        for (text, hex, anchor, name) in [
            (
                "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
                "e004253f894fd3119a0c0305e82c3301",
                "4AQlP4lP0xGaDAMF6CwzAQ==",
                "CN={3441516C50346C503078476144414D463643777A41513D3D}",
            ),
            (
                "00112233-4455-6677-8899-aabbccddeeff",
                "33221100554477668899aabbccddeeff",
                "MyIRAFVEd2aImaq7zN3u/w==",
                "CN={4D79495241465645643261496D6171377A4E33752F773D3D}",
            ),
            (
                "30475e40-e7ae-4af3-af75-8b143c81daf5",
                "405e4730aee7f34aaf758b143c81daf5",
                "QF5HMK7n80qvdYsUPIHa9Q==",
                "CN={514635484D4B376E38307176645973555049486139513D3D}",
            ),
        ] {
            let guid: Guid = text.parse().unwrap();
            let bytes = u128::from_be_bytes(*guid.as_bytes());
            assert_eq!(format!("{bytes:032x}"), hex);
            assert_eq!(SourceAnchor::from_guid(guid).as_str(), anchor);
            assert_eq!(connector_space_name(anchor), name);
        }
    }

    #[test]
    fn the_wrong_byte_order_is_recognized() {
        let guid: Guid = "3f2504e0-4f89-11d3-9a0c-0305e82c3301".parse().unwrap();
        let wrong = SourceAnchor::new("PyUE4E+JEdOaDAMF6CwzAQ==");
        assert_eq!(wrong_order_anchor(guid), wrong);
        assert!(is_wrong_order_anchor(&wrong, guid));
        assert!(!is_wrong_order_anchor(&SourceAnchor::from_guid(guid), guid));
        // A GUID that reads the same in both orders has no wrong form.
        let same: Guid = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee".parse().unwrap();
        assert!(!is_wrong_order_anchor(&SourceAnchor::from_guid(same), same));
    }

    #[test]
    fn sids_convert_both_ways() {
        let sid: Sid = "S-1-5-21-1004336348-1177238915-682003330-1105".parse().unwrap();
        assert_eq!(
            BASE64_STANDARD.encode(sid.as_bytes()),
            "AQUAAAAAAAUVAAAA3PTcO4M9K0aCi6YoUQQAAA=="
        );
        assert_eq!(sid.as_bytes().len(), 28);
        assert_eq!(Sid::from_slice(sid.as_bytes()), Some(sid));
    }

    #[test]
    fn text_converts_to_base64_of_utf_8() {
        assert_eq!(BASE64_STANDARD.encode("Zoë Müller"), "Wm/DqyBNw7xsbGVy");
    }

    #[test]
    fn every_spelling_of_a_date_is_the_same_instant() {
        let instant: Timestamp = "2026-03-01T09:30:00Z".parse().unwrap();
        assert_eq!(
            (instant.0, instant.to_filetime()),
            (1_772_357_400_000, 134_168_310_000_000_000)
        );
        for text in [
            "2026-03-01T09:30:00Z",
            "2026-03-01T09:30:00.0000000Z",
            "2026-03-01T10:30:00+01:00",
            "2026-03-01T09:30:00",
            "2026-03-01 09:30:00",
            "/Date(1772357400000)/",
            "/Date(1772357400000+0100)/",
            "20260301093000.0Z",
            "134168310000000000",
            "1772357400000",
        ] {
            assert_eq!(date(text), Some(instant), "{text}");
        }
        assert_eq!(date("/Date(-1000)/"), Some(Timestamp(-1000)));
        for text in ["1/3/2026 9:30:00 AM", "01.03.2026 10:30:00", "9223372036854775807", "0", ""] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn anchors_of_any_text_are_opaque() {
        assert!(SourceAnchor::new("emp0042").decode().is_err());
    }
}
