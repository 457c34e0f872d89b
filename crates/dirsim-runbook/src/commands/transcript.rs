//! `Start-Transcript` and `Stop-Transcript`: what a script prints, in a file.

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::Session;
use crate::spec::{CommandSpec, Parameter as P};
use crate::stop::Stop;
use crate::value::Object;

type Done = Result<Vec<Object>, CommandError>;

const HOST: &str = "Microsoft.PowerShell.Host";
const RULE: &str = "**********************\n";

/// `Start-Transcript`.
pub(super) static START: CommandSpec = CommandSpec {
    name: "Start-Transcript",
    aliases: &[],
    module: HOST,
    summary: "Writes what is printed from now on to a file as well",
    example: "Start-Transcript -Path C:\\Temp\\cutover.log",
    parameters: &[
        P::text("Path").at(0).or(&["LiteralPath"]),
        P::text("OutputDirectory"),
        P::switch("Append"),
        P::switch("Force").ignored(),
        P::switch("NoClobber"),
        P::switch("IncludeInvocationHeader").ignored(),
        P::switch("UseMinimalHeader"),
    ],
    sets: &[],
    run: start,
};

/// `Stop-Transcript`.
pub(super) static STOP: CommandSpec = CommandSpec {
    name: "Stop-Transcript",
    aliases: &[],
    module: HOST,
    summary: "Ends the transcript",
    example: "Stop-Transcript",
    parameters: &[],
    sets: &[],
    run: stop,
};

/// Returns the simulated time as transcripts write it.
fn stamp(session: &Session<'_>) -> Result<String, CommandError> {
    Ok(session.now()?.to_string().chars().filter(char::is_ascii_digit).take(14).collect())
}

fn start(session: &mut Session<'_>, bound: &Bound) -> Done {
    let at = stamp(session)?;
    let path = match (bound.text("Path"), bound.text("OutputDirectory")) {
        (Some(path), _) => path.to_owned(),
        (None, folder) => {
            let folder = folder.unwrap_or("C:\\Temp");
            format!("{folder}\\PowerShell_transcript.SYNC01.{at}.txt")
        }
    };
    if bound.switch("NoClobber") && super::data::exists(session, &path)? {
        return Err(Stop::error(
            "System.IO.IOException",
            "NoClobber",
            format!("File {path} already exists and NoClobber was specified."),
        )
        .into());
    }
    let details = if bound.switch("UseMinimalHeader") {
        String::new()
    } else {
        "Username: CONTOSO\\admin\nMachine: SYNC01\nPSVersion: 5.1.20348.1\n".to_owned()
    };
    let head =
        format!("{RULE}Windows PowerShell transcript start\nStart time: {at}\n{details}{RULE}");
    session.write_file(&path, &head, bound.switch("Append"))?;
    session.transcribed = session.outputs.len();
    session.state.transcript = Some(path.clone());
    let text = format!("Transcript started, output file is {path}");
    Ok(vec![Object::new("System.String").with("Value", text)])
}

fn stop(session: &mut Session<'_>, _: &Bound) -> Done {
    session.transcribe();
    let Some(path) = session.state.transcript.take() else {
        return Err(Stop::error(
            "System.InvalidOperationException",
            "InvalidOperation,Microsoft.PowerShell.Commands.StopTranscriptCommand",
            "An error occurred stopping transcription: The host is not currently transcribing.",
        )
        .into());
    };
    let at = stamp(session)?;
    let end = format!("{RULE}Windows PowerShell transcript end\nEnd time: {at}\n{RULE}");
    session.write_file(&path, &end, true)?;
    let text = format!("Transcript stopped, output file is {path}");
    Ok(vec![Object::new("System.String").with("Value", text)])
}
