//! A plan as one self-contained page: no script from elsewhere, no picture, no font; it can be mailed.

use std::fmt::Write as _;

use dirsim_world::ledger::loss;
use dirsim_world::plan::{Level, Plan as Planned, PlanItem};

use super::text::rank;

/// The look of the page; it follows the reader's choice of light or dark.
const STYLE: &str = include_str!("plan.css");
/// Hides the objects that do not hold what is typed.
const SCRIPT: &str = "const f=document.getElementById('find');\
f.addEventListener('input',()=>{const t=f.value.toLowerCase();\
document.querySelectorAll('.object').forEach(o=>{o.hidden=!o.textContent.toLowerCase().includes(t)})});";

/// Writes the page.
pub(super) fn page(planned: &Planned, workspace: &str, all: bool) -> String {
    let mut out = String::new();
    lay_out(&mut out, planned, workspace, all).expect("a text takes every line");
    out
}

fn lay_out(out: &mut String, planned: &Planned, workspace: &str, all: bool) -> std::fmt::Result {
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Plan of {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>",
        escape(workspace)
    )?;
    writeln!(
        out,
        "<header><h1>What the next cycle would do</h1>\n<p>Workspace <b>{}</b> at {}, service of {}, seed \
         {}. Nothing was changed.</p></header>",
        escape(workspace),
        planned.at,
        escape(&planned.as_of.to_string()),
        planned.seed
    )?;
    tiles(out, planned)?;
    writeln!(out, "<p class=\"throughput\">{}.</p>", escape(&planned.throughput.words()))?;
    runs(out, planned)?;
    let mut items: Vec<&PlanItem> =
        planned.items.iter().filter(|item| all || item.deserves_a_look()).collect();
    items.sort_by_key(|item| (rank(item), item.outcome));
    let heading = if all { "Every object" } else { "Objects that deserve a look" };
    writeln!(
        out,
        "<section><h2>{heading} <small>{} of {}</small></h2>\n<input id=\"find\" type=\"search\" \
         placeholder=\"find an object, an error, a rule\" aria-label=\"find\">",
        items.len(),
        planned.items.len()
    )?;
    for item in items {
        object(out, item)?;
    }
    writeln!(
        out,
        "</section>\n<footer>dirsim {}. DATA-LOSS, IRREVERSIBLE and other notes are dirsim's own; the \
         service does not give them.</footer>\n</main>\n<script>{SCRIPT}</script>\n</body>\n</html>",
        env!("CARGO_PKG_VERSION")
    )
}

fn tiles(out: &mut String, planned: &Planned) -> std::fmt::Result {
    writeln!(out, "<section class=\"tiles\">")?;
    for (outcome, count) in planned.totals() {
        let kind = match outcome.symbol() {
            '!' => "bad",
            '-' => "gone",
            '+' => "new",
            _ => "changed",
        };
        let words = escape(outcome.words());
        writeln!(out, "<div class=\"tile {kind}\"><b>{count}</b><span>{words}</span></div>")?;
    }
    let held = planned.items.iter().map(|item| item.quarantined.len()).sum::<usize>();
    if held > 0 {
        writeln!(
            out,
            "<div class=\"tile held\"><b>{held}</b><span>values in quarantine</span></div>"
        )?;
    }
    writeln!(out, "</section>")
}

fn runs(out: &mut String, planned: &Planned) -> std::fmt::Result {
    writeln!(
        out,
        "<section><h2>Runs</h2>\n<table><thead><tr><th>Connector<th>Profile<th>Result<th>What happens\
         </tr></thead><tbody>"
    )?;
    for run in &planned.runs {
        writeln!(
            out,
            "<tr><td>{}<td>{}<td>{}<td>{}</tr>",
            escape(&run.connector_name),
            run.profile,
            run.result.name(),
            escape(&dirsim_world::view::run_words(run))
        )?;
    }
    writeln!(out, "</tbody></table></section>")
}

fn object(out: &mut String, item: &PlanItem) -> std::fmt::Result {
    let kind = match item.outcome.symbol() {
        '!' => "bad",
        '-' => "gone",
        '+' => "new",
        _ => "changed",
    };
    let mut verdict = match &item.refusal {
        Some(refusal) => format!("{}: {}", item.outcome.words(), refusal.name),
        None => item.outcome.words().to_owned(),
    };
    if !item.quarantined.is_empty() {
        write!(verdict, ", {} in quarantine", item.quarantined.len())?;
    }
    writeln!(
        out,
        "<details class=\"object {kind}\"><summary><b>{}</b> <i>{}</i> <span>{}</span></summary>",
        escape(&item.object),
        escape(&item.kind),
        escape(&verdict)
    )?;
    let dn = item.forest_dn.as_ref().unwrap_or(&item.dn);
    writeln!(out, "<p class=\"dn\">{}</p>", escape(dn))?;
    for finding in item.findings() {
        let class = match finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        };
        writeln!(
            out,
            "<p class=\"{class}\"><b>{}</b> {} <small>{}</small></p>",
            escape(&finding.rule),
            escape(&finding.message),
            escape(&finding.specification)
        )?;
    }
    if !item.overwritten.is_empty() {
        writeln!(
            out,
            "<table><thead><tr><th>Cloud value<th>before<th>after<th>why</tr></thead><tbody>"
        )?;
        for lost in item.overwritten.iter().map(loss) {
            writeln!(
                out,
                "<tr><td>{}<td>{}<td>{}<td>{} <small>{}</small></tr>",
                escape(&lost.attribute),
                lines(&lost.before),
                lines(&lost.after),
                lost.why,
                lost.rule
            )?;
        }
        writeln!(out, "</tbody></table>")?;
    }
    writeln!(out, "<ol>")?;
    for check in &item.checks {
        writeln!(out, "<li>{} <small>{}</small>", escape(&check.fact), escape(&check.rule))?;
    }
    writeln!(out, "</ol></details>")
}

fn lines(values: &[String]) -> String {
    values.iter().map(|value| escape(value)).collect::<Vec<_>>().join("<br>")
}

/// Escapes a text for HTML; names come from directories and hold anything.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_become_markup() {
        assert_eq!(escape("<b onclick='x'>&\""), "&lt;b onclick=&#39;x&#39;&gt;&amp;&quot;");
    }
}
