//! Writes test reports as common build servers read them: `JUnit` XML (`interfaces.md` 12.1).

use std::fmt::Write as _;

/// A report: suites of cases.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The name of the whole.
    pub name: String,
    /// The suites in order.
    pub suites: Vec<Suite>,
}

/// A group of cases.
#[derive(Debug, Clone, Default)]
pub struct Suite {
    /// Its name.
    pub name: String,
    /// When it ran, in ISO 8601.
    pub timestamp: String,
    /// Facts about the suite.
    pub properties: Vec<(String, String)>,
    /// The cases in order.
    pub cases: Vec<Case>,
}

/// One case.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// What it belongs to.
    pub class: String,
    /// Why it failed; none when it passed.
    pub failure: Option<Failure>,
    /// What else it says.
    pub output: String,
}

/// Why a case failed.
#[derive(Debug, Clone, Default)]
pub struct Failure {
    /// The kind.
    pub kind: String,
    /// One line.
    pub message: String,
    /// The whole text.
    pub text: String,
}

/// Escapes a text for XML. Characters that no XML file can hold are replaced.
fn escape(text: &str) -> String {
    let held = |c: char| match c {
        '\n' | '\t' => c,
        c if c.is_ascii_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => '\u{FFFD}',
        c => c,
    };
    let text: String = text.chars().map(held).collect();
    quick_xml::escape::escape(text).into_owned()
}

/// Writes a report.
pub fn write(report: &Report) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let cases = || report.suites.iter().flat_map(|suite| &suite.cases);
    let failures = cases().filter(|case| case.failure.is_some()).count();
    let line = |out: &mut String, text: String| {
        writeln!(out, "{text}").expect("a text takes every line");
    };
    line(
        &mut out,
        format!(
            "<testsuites name=\"{}\" tests=\"{}\" failures=\"{failures}\" errors=\"0\" time=\"0\">",
            escape(&report.name),
            cases().count()
        ),
    );
    for suite in &report.suites {
        let failures = suite.cases.iter().filter(|case| case.failure.is_some()).count();
        line(
            &mut out,
            format!(
                "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\" \
                 time=\"0\" timestamp=\"{}\">",
                escape(&suite.name),
                suite.cases.len(),
                escape(&suite.timestamp)
            ),
        );
        if !suite.properties.is_empty() {
            line(&mut out, "    <properties>".to_owned());
            for (name, value) in &suite.properties {
                let (name, value) = (escape(name), escape(value));
                line(&mut out, format!("      <property name=\"{name}\" value=\"{value}\"/>"));
            }
            line(&mut out, "    </properties>".to_owned());
        }
        for case in &suite.cases {
            write_case(&mut out, case);
        }
        line(&mut out, "  </testsuite>".to_owned());
    }
    out.push_str("</testsuites>\n");
    out
}

fn write_case(out: &mut String, case: &Case) {
    let head = format!(
        "    <testcase name=\"{}\" classname=\"{}\" time=\"0\"",
        escape(&case.name),
        escape(&case.class)
    );
    if case.failure.is_none() && case.output.is_empty() {
        writeln!(out, "{head}/>").expect("a text takes every line");
        return;
    }
    writeln!(out, "{head}>").expect("a text takes every line");
    if let Some(Failure { kind, message, text }) = &case.failure {
        writeln!(
            out,
            "      <failure type=\"{}\" message=\"{}\">{}</failure>",
            escape(kind),
            escape(message),
            escape(text)
        )
        .expect("a text takes every line");
    }
    if !case.output.is_empty() {
        writeln!(out, "      <system-out>{}</system-out>", escape(&case.output))
            .expect("a text takes every line");
    }
    out.push_str("    </testcase>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_counts_and_escapes() {
        let failed = Failure {
            kind: "InvalidSoftMatch".to_owned(),
            message: "a < b & \"c\"".to_owned(),
            text: "two\nlines\u{1}".to_owned(),
        };
        let cases = vec![
            Case { name: "ann".to_owned(), class: "User".to_owned(), ..Case::default() },
            Case {
                name: "bob".to_owned(),
                class: "User".to_owned(),
                failure: Some(failed),
                output: "fix it".to_owned(),
            },
        ];
        let suite = Suite {
            name: "contoso.onmicrosoft.com - AAD".to_owned(),
            timestamp: "2026-01-05T08:00:00Z".to_owned(),
            properties: vec![("asOf".to_owned(), "today".to_owned())],
            cases,
        };
        let text = write(&Report { name: "plan".to_owned(), suites: vec![suite] });
        insta::assert_snapshot!(text, @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="plan" tests="2" failures="1" errors="0" time="0">
          <testsuite name="contoso.onmicrosoft.com - AAD" tests="2" failures="1" errors="0" skipped="0" time="0" timestamp="2026-01-05T08:00:00Z">
            <properties>
              <property name="asOf" value="today"/>
            </properties>
            <testcase name="ann" classname="User" time="0"/>
            <testcase name="bob" classname="User" time="0">
              <failure type="InvalidSoftMatch" message="a &lt; b &amp; &quot;c&quot;">two
        lines�</failure>
              <system-out>fix it</system-out>
            </testcase>
          </testsuite>
        </testsuites>
        "#);
    }
}
