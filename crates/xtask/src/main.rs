//! Development commands: `cargo xtask test` is everything that a change must pass.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a command line for developers: it prints, reads files and starts programs"
)]

mod bench;
mod crash;
mod fuzz;
mod rule_mentions;
mod rule_pages;
mod soak;
mod test;
mod tidy;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask COMMAND

  test             formatting, lints, boundaries, unit, property, scenario, crash and doc tests
  tidy             forgotten files, machine paths, file names, oversized files
  crash [KILLS]    kills `dirsim cycle` at random moments and checks what is left (default 50)
  rules-pages      writes docs/rules-*.md: which code and tests stand behind each rule
  bench [USERS…]   main jobs at several sizes beside the floor and other people's tools
                   (default 10000 100000; a million takes a long while)
  bench rules      the default rules for one user beside a reference, a few seconds
  soak [TIME]      random worlds under invariants, from seeds of the commit, optimized: minutes, or
                   hours as in 8h (default 10 minutes)
  fuzz [SECONDS]   runs every fuzz target for so long (default 60; needs a nightly toolchain)
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let words: Vec<String> = arguments.collect();
    let about_rules = words.first().is_some_and(|word| word == "rules");
    let numbers: Vec<u64> = words.iter().map_while(|text| text.parse().ok()).collect();
    let number = numbers.first().copied();
    let passed = match command.as_str() {
        "test" => test::run(),
        "tidy" => tidy::run(),
        "crash" => crash::run(number.unwrap_or(50)),
        "rules-pages" => rule_pages::run(),
        "bench" if about_rules => bench::rules(),
        "bench" => bench::run(&numbers),
        "soak" => match words.first().map_or(Some(10), |word| soak::minutes(word)) {
            Some(minutes) => soak::run(minutes),
            None => {
                println!("{USAGE}");
                return ExitCode::from(64);
            }
        },
        "fuzz" => fuzz::run(number.unwrap_or(60)),
        _ => {
            println!("{USAGE}");
            return ExitCode::from(64);
        }
    };
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
