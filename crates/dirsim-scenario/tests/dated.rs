//! A scenario on two dates parts where the service changed, and the change behind it is named (D3).
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "these tests read the scenario library, which must be readable"
)]

use std::path::Path;

use dirsim_model::{AsOf, service_changes};
use dirsim_scenario::dated::{Dated, play_dated, with_roll_outs};

/// Plays a scenario of the library on some dates; the only place in these tests that does.
fn play(name: &str, chosen: &[AsOf]) -> Dated {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    let scenario = dirsim_scenario::parse(name, &text).unwrap();
    let read = |_: &str| Err("no file beside".to_owned());
    play_dated(&scenario, chosen, name, &text, &read).unwrap()
}

fn date(text: &str) -> AsOf {
    AsOf::date(service_changes().date(text).unwrap())
}

/// ET-001: on both sides of each date, the first step that differs and the change behind it, also when
/// several changes lie between the dates.
#[test]
fn every_change_is_found_behind_the_step_that_it_changes() {
    for (scenario, before, after, step, change) in [
        (
            "duplicate-upn-since-august-2016",
            "2016-08-23",
            "2016-08-24",
            1,
            "duplicate-attribute-resiliency",
        ),
        (
            "anchor-of-an-installation-of-2015",
            "2017-04-30",
            "2017-05-01",
            1,
            "consistency-guid-anchor",
        ),
        (
            "anchor-of-an-installation-of-2018",
            "2020-04-01",
            "2020-04-02",
            1,
            "group-consistency-guid",
        ),
        ("federated-suffix-change-in-2018", "2019-02-28", "2019-03-01", 2, "federated-upn-change"),
        ("large-group-since-july-2021", "2021-07-19", "2021-07-20", 1, "sync-api-v2"),
        ("cloud-group-since-2026", "p2025", "p2026", 1, "cloud-security-group-recycle-bin"),
        ("source-of-authority-since-2026", "p2025", "p2026", 1, "source-of-authority"),
        ("admin-hard-match-before-june-2026", "p2025", "p2026", 1, "hard-match-privileged-role"),
        ("copied-anchor-since-july-2026", "p2025", "p2026", 1, "object-identifier-locked"),
    ] {
        let dated = play(&format!("dated/{scenario}.yaml"), &[date(before), date(after)]);
        let [parting] = dated.partings.as_slice() else {
            panic!("{scenario} does not part once: {:?}", dated.partings)
        };
        assert_eq!(
            (parting.step, parting.because.as_slice()),
            (step, &[change.to_owned()][..]),
            "{scenario}"
        );
        assert!(!parting.differences.is_empty(), "{scenario}");
    }
}

/// ET-176: a reading without a date parts by its switch.
#[test]
fn a_switch_parts_without_a_date() {
    let on = AsOf::default();
    let off = on.clone().with("orphan-proxy-check", false);
    let dated = play("dated/orphan-keeps-its-address.yaml", &[on, off]);
    let because: Vec<&str> =
        dated.partings.iter().flat_map(|p| &p.because).map(String::as_str).collect();
    assert_eq!(because, ["orphan-proxy-check"]);
    let telling = dated.partings.first().and_then(|parting| parting.differences.first()).unwrap();
    assert_eq!(telling.what, "object ann@contoso.com");
    assert!(
        telling.before.starts_with("refused: AttributeValueMustBeUnique (ET-176)"),
        "{telling:?}"
    );
    assert!(telling.after.starts_with("create"), "{telling:?}");
}

/// A story that no change touches gives the same on every date.
#[test]
fn a_story_without_dates_does_not_part() {
    let chosen = [date("p2025"), date("2026-05-01"), date("p2026")];
    let dated = play("matching/soft-match-by-smtp.yaml", &chosen);
    assert_eq!(dated.variants.len(), 3);
    assert_eq!(dated.partings, []);
    assert!(dated.variants.iter().all(|variant| variant.played.passed()));
}

/// A date within a roll-out stands for two kinds of tenants (section 9.5 of the interfaces).
#[test]
fn a_roll_out_gives_two_verdicts() {
    let both = with_roll_outs(&[date("2026-08-01")]);
    let texts: Vec<String> = both.iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["2026-08-01 with object-identifier-locked off", "2026-08-01"]);
    let dated = play("dated/copied-anchor-since-july-2026.yaml", &both);
    assert_eq!(dated.partings.len(), 1);
    assert_eq!(with_roll_outs(&[date("2026-11-01")]).len(), 1);
}
