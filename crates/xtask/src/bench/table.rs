//! The results as a table in docs/performance.md, and their growth as a picture.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::measure::Measured;

/// Where the results are kept.
const PAGE: &str = "docs/performance.md";
/// Where the picture is kept.
const PICTURE: &str = "docs/performance.svg";
/// Between these lines of the page stands what this command writes.
const BEGIN: &str = "<!-- written by cargo xtask bench -->";
const END: &str = "<!-- end of what cargo xtask bench writes -->";
/// Jobs in the picture.
const DRAWN: [(&str, &str); 5] = [
    ("initial cycle", "#0b6e99"),
    ("floor: objects written once", "#8a8a8a"),
    ("plan", "#b5651d"),
    ("delta cycle, 100 changed", "#2e8b57"),
    ("match, CSV in and out", "#7b2d8b"),
];

/// One figure.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    /// A process.
    Job(Measured),
    /// Seconds within a process.
    Seconds(f64),
    /// How many times as much.
    Ratio(f64),
    /// Bytes on disk.
    Bytes(u64),
}

impl Cell {
    fn text(&self) -> String {
        match self {
            Self::Job(Measured { wall, cpu, memory }) => {
                format!("{wall:.2} s ({cpu:.2} s cpu, {} MiB)", memory >> 20)
            }
            Self::Seconds(seconds) => format!("{seconds:.2} s"),
            Self::Ratio(ratio) => format!("**{ratio:.1} ×**"),
            Self::Bytes(bytes) => format!("{} MiB", bytes >> 20),
        }
    }

    const fn seconds(&self) -> Option<f64> {
        match self {
            Self::Job(Measured { wall, .. }) | Self::Seconds(wall) => Some(*wall),
            Self::Ratio(_) | Self::Bytes(_) => None,
        }
    }
}

/// Figures by job and size.
pub(crate) struct Table {
    sizes: Vec<u64>,
    rows: Vec<(String, Vec<Option<Cell>>)>,
}

impl Table {
    /// Starts a table for some sizes.
    pub(crate) fn new(sizes: &[u64]) -> Self {
        Self { sizes: sizes.to_vec(), rows: Vec::new() }
    }

    /// Adds a figure.
    pub(crate) fn add(&mut self, name: &str, users: u64, cell: Cell) {
        let Some(column) = self.sizes.iter().position(|size| *size == users) else { return };
        let at = self.rows.iter().position(|(row, _)| row == name).unwrap_or_else(|| {
            self.rows.push((name.to_owned(), vec![None; self.sizes.len()]));
            self.rows.len() - 1
        });
        if let Some(place) = self.rows.get_mut(at).and_then(|(_, cells)| cells.get_mut(column)) {
            *place = Some(cell);
        }
    }

    /// Writes the table into the page and draws the picture; the page keeps everything else.
    pub(crate) fn write(&self, root: &Path) -> Result<(), String> {
        let told = |error: std::io::Error| error.to_string();
        let table = self.markdown();
        println!("\n{table}");
        let page = std::fs::read_to_string(PAGE).map_err(|error| format!("{PAGE}: {error}"))?;
        let (head, rest) = page.split_once(BEGIN).ok_or(format!("{PAGE} lacks {BEGIN}"))?;
        let (_, tail) = rest.split_once(END).ok_or(format!("{PAGE} lacks {END}"))?;
        std::fs::write(PAGE, format!("{head}{BEGIN}\n\n{table}\n{END}{tail}")).map_err(told)?;
        std::fs::write(PICTURE, self.picture()).map_err(told)?;
        println!("written: {PAGE}, {PICTURE}; files of the run: {}", root.display());
        Ok(())
    }

    fn markdown(&self) -> String {
        let mut text = format!("{}\n\n| |", machine());
        for size in &self.sizes {
            let _ = write!(text, " {} users |", grouped(*size));
        }
        text.push_str(" growth |\n|---|");
        text.push_str(&"---:|".repeat(self.sizes.len() + 1));
        text.push('\n');
        for (name, cells) in &self.rows {
            let _ = write!(text, "| {name} |");
            for cell in cells {
                let _ = write!(text, " {} |", cell.as_ref().map(Cell::text).unwrap_or_default());
            }
            let growth = self.growth(cells).map(|exponent| format!("n^{exponent:.2}"));
            let _ = writeln!(text, " {} |", growth.unwrap_or_default());
        }
        text
    }

    /// Returns the exponent with which the time grows from the smallest size to the largest.
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
    fn growth(&self, cells: &[Option<Cell>]) -> Option<f64> {
        let points: Vec<(f64, f64)> = self
            .sizes
            .iter()
            .zip(cells)
            .filter_map(|(size, cell)| Some((*size as f64, cell.as_ref()?.seconds()?)))
            .collect();
        let (first, last) = (points.first()?, points.last()?);
        (last.0 > first.0).then(|| (last.1 / first.1).ln() / (last.0 / first.0).ln())
    }

    /// Draws seconds over users, both logarithmic.
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
    fn picture(&self) -> String {
        let (width, height, left, bottom) = (760.0, 420.0, 60.0, 40.0);
        let (low, high) = (3.5, 6.2);
        let (fast, slow) = (-2.5, 3.5);
        let x = |users: f64| left + (users.log10() - low) / (high - low) * (width - left - 220.0);
        let y = |seconds: f64| {
            (height - bottom) * (1.0 - (seconds.max(0.004).log10() - fast) / (slow - fast))
        };
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        );
        for (seconds, label) in [
            (0.01, "10 ms"),
            (0.1, "0.1 s"),
            (1.0, "1 s"),
            (10.0, "10 s"),
            (100.0, "100 s"),
            (1000.0, "1000 s"),
        ] {
            let (at, right) = (y(seconds), width - 220.0);
            let _ = writeln!(
                svg,
                "<line x1=\"{left}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#ddd\"/><text x=\"6\" y=\"{:.1}\">{label}</text>",
                at + 4.0
            );
        }
        for size in &self.sizes {
            let at = x(*size as f64);
            let _ = writeln!(
                svg,
                "<text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{} users</text>",
                height - 12.0,
                grouped(*size)
            );
        }
        for (name, color) in DRAWN {
            let Some((_, cells)) = self.rows.iter().find(|(row, _)| row == name) else { continue };
            let points: Vec<(f64, f64)> = self
                .sizes
                .iter()
                .zip(cells)
                .filter_map(|(size, cell)| Some((x(*size as f64), y(cell.as_ref()?.seconds()?))))
                .collect();
            let line: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            let _ = writeln!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>",
                line.join(" ")
            );
            for (x, y) in &points {
                let _ = writeln!(
                    svg,
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{color}\"/>"
                );
            }
            if let Some((x, y)) = points.last() {
                let _ = writeln!(
                    svg,
                    "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"{color}\">{name}</text>",
                    x + 10.0,
                    y + 4.0
                );
            }
        }
        svg.push_str("</svg>\n");
        svg
    }
}

/// Tells when and on what the figures were measured.
fn machine() -> String {
    let run = |program: &str, argument: &str| {
        let output = Command::new(program).arg(argument).output();
        output.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned()).unwrap_or_default()
    };
    let model = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!(
        "Measured on {}, {cores} cores ({}), {}.",
        run("date", "-I"),
        model.map_or("unknown", |(_, name)| name),
        run("rustc", "--version")
    )
}

/// Writes a number with separators between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
