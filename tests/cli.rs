//! The program as a whole: recorded terminal sessions under tests/cmd, and the journey of a
//! migration owner from two exports to a rehearsed cut-over.
#![expect(clippy::disallowed_methods, reason = "these tests are users: they read and write files")]

use std::path::Path;
use std::process::{Command, Output};

/// Runs dirsim in a folder.
fn dirsim(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dirsim"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .expect("the program was built for this test")
}

/// Runs dirsim, which must succeed, and returns what it printed.
fn succeed(folder: &Path, arguments: &[&str]) -> String {
    let output = dirsim(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "dirsim {}: {errors}", arguments.join(" "));
    String::from_utf8(output.stdout).expect("reports are UTF-8")
}

/// Returns the exit code and what dirsim printed on stderr.
fn fail(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = dirsim(folder, arguments);
    let errors = String::from_utf8(output.stderr).expect("messages are UTF-8");
    (output.status.code().expect("no signal ended it"), errors)
}

#[test]
fn recorded_sessions_still_hold() {
    trycmd::TestCases::new().case("../../tests/cmd/*.trycmd").env("NO_COLOR", "1");
}

/// A long history is cut short: what stays is as it was, what is gone is named.
#[test]
fn a_compacted_workspace_keeps_its_last_steps() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    succeed(here, &["generate", "--users", "60", "--groups", "4", "--out", "demo"]);
    let exports = ["--ad", "demo/contoso.com.ldif", "--tenant", "demo/tenant"];
    succeed(here, &[&["init", "ws"], &exports[..]].concat());
    succeed(here, &["cycle", "initial", "-w", "ws"]);
    let digest = succeed(here, &["show", "digest", "-w", "ws"]);
    let told = succeed(here, &["compact", "--keep-steps", "3", "-w", "ws"]);
    assert!(told.contains("steps 1 to ") && told.contains(" are forgotten"), "{told}");
    assert_eq!(succeed(here, &["show", "digest", "-w", "ws"]), digest);

    // Going back too far goes nowhere.
    let (code, said) = fail(here, &["back", "5", "-w", "ws"]);
    assert!(code == 3 && said.contains("was forgotten; the journal begins at step"), "{said}");
    assert_eq!(succeed(here, &["show", "digest", "-w", "ws"]), digest);
    succeed(here, &["back", "3", "-w", "ws"]);
    let replayed = succeed(here, &["replay", "-w", "ws"]);
    assert!(replayed.contains("3 steps replayed, every digest equal"), "{replayed}");
    succeed(here, &["forward", "3", "-w", "ws"]);
    assert_eq!(succeed(here, &["show", "digest", "-w", "ws"]), digest);

    // The bound stays in force: a few cycles later early steps are gone as well.
    for _ in 0..12 {
        succeed(here, &["cycle", "delta", "-w", "ws"]);
    }
    let log = succeed(here, &["log", "-w", "ws", "--format", "json"]);
    assert!(log.lines().count() < 75, "{} steps are kept", log.lines().count());
}

/// The main job of the README, word for word, on a small population.
#[test]
fn two_exports_become_a_rehearsed_migration() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    succeed(here, &["generate", "--users", "200", "--groups", "10", "--out", "demo"]);
    succeed(here, &["init", "ws", "--ad", "demo/contoso.com.ldif", "--tenant", "demo/tenant"]);

    let before = succeed(here, &["show", "digest", "-w", "ws"]);
    let planned = dirsim(here, &["plan", "-w", "ws", "--detailed-exitcode"]);
    assert_eq!(planned.status.code(), Some(2), "changes are pending");
    let text = String::from_utf8(planned.stdout).unwrap();
    assert!(text.contains("soft match by SMTP") && text.contains("refused"), "{text}");
    let document = succeed(here, &["plan", "-w", "ws", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["formatVersion"], 2);
    let objects = document["objects"].as_array().unwrap();
    for object in objects {
        assert!(object["key"].is_string() && object["action"].is_string(), "{object}");
    }
    assert_eq!(succeed(here, &["show", "digest", "-w", "ws"]), before, "a plan changes nothing");

    // The plan told the truth: the cycle refuses exactly the objects that it named.
    let refused = objects.iter().filter(|object| object["action"] == "refused").count();
    succeed(here, &["cycle", "initial", "-w", "ws"]);
    let errors = succeed(here, &["show", "errors", "-w", "ws", "--format", "json", "--limit", "0"]);
    assert_eq!(errors.lines().count(), refused);

    let after = succeed(here, &["show", "digest", "-w", "ws"]);
    succeed(here, &["back", "7", "-w", "ws"]);
    assert_eq!(succeed(here, &["show", "digest", "-w", "ws"]), before);
    succeed(here, &["forward", "7", "-w", "ws"]);
    assert_eq!(succeed(here, &["show", "digest", "-w", "ws"]), after);

    let users = succeed(here, &["show", "tenant", "-w", "ws", "--format", "csv", "--limit", "0"]);
    let synced =
        users.lines().find(|line| line.starts_with("User,") && line.contains("on-premises"));
    let name = synced.unwrap().split(',').nth(1).unwrap();
    let story = succeed(here, &["explain", name, "-w", "ws"]);
    for place in ["forest contoso.com", "connector space contoso.com", "metaverse", "tenant"] {
        assert!(story.contains(place), "{place} is missing in the story of {name}: {story}");
    }
    assert!(story.contains("ET-"), "a story names rules: {story}");

    let edit = format!("Set-ADUser {} -City Stavanger", name.split('@').next().unwrap());
    let cycle = "Start-ADSyncSyncCycle -PolicyType Delta";
    succeed(here, &["runbook", "-c", &edit, "-c", cycle, "-w", "ws"]);
    let changed = succeed(here, &["show", "tenant", name, "-w", "ws", "--format", "json"]);
    assert!(changed.contains("\"city\":\"Stavanger\""), "{changed}");

    let replayed = succeed(here, &["replay", "-w", "ws"]);
    assert!(replayed.contains("every digest equal"), "{replayed}");
}

/// The plan for programs: every field that it promises, and what it says about values is what the
/// cycle then does.
#[test]
fn the_plan_for_programs_is_complete_and_true() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let lab = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/cmd/tenant.in/lab.yaml");
    std::fs::copy(lab, here.join("lab.yaml")).unwrap();
    succeed(here, &["init", "ws", "--scenario", "lab.yaml"]);
    let plan = succeed(here, &["plan", "-w", "ws", "--format", "json"]);
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    let names = |value: &serde_json::Value| -> Vec<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    let engine = concat!("dirsim ", env!("CARGO_PKG_VERSION"));
    assert_eq!(plan["engine"], engine);
    assert_eq!((&plan["asOf"], &plan["seed"]), (&"today".into(), &1.into()));
    assert_eq!(plan["at"], "2026-01-05T08:00:00Z");
    let digest = <sha2::Sha256 as sha2::Digest>::digest(std::fs::read(lab).unwrap());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let input = serde_json::json!({"path": "lab.yaml", "sha256": digest, "kind": "scenario"});
    assert_eq!(plan["inputs"], serde_json::json!([input]));
    let summary =
        serde_json::json!({"create": 1, "softMatchBySmtp": 1, "refused": 1, "writeBack": 2});
    assert_eq!(plan["summary"], summary);
    assert_eq!(plan["runs"].as_array().unwrap().len(), 6);

    let objects = plan["objects"].as_array().unwrap();
    assert_eq!(objects.len(), 5);
    for object in objects {
        for field in [
            "key",
            "type",
            "adDn",
            "anchor",
            "cloudId",
            "situation",
            "action",
            "blockedBy",
            "risk",
            "changes",
            "explain",
            "connector",
            "csDn",
            "outcome",
            "quarantined",
            "notes",
        ] {
            assert!(names(object).iter().any(|name| name == field), "{field}: {object}");
        }
        assert!(object["adDn"].as_str().unwrap().ends_with(",OU=Staff,DC=contoso,DC=com"));
        for change in object["changes"].as_array().unwrap() {
            let fields = names(change);
            for field in ["attribute", "system", "before", "after", "rule", "precedence"] {
                assert!(fields.iter().any(|name| name == field), "{field}: {change}");
            }
            assert_ne!(change["before"], change["after"], "{change}");
            // A synchronization rule has a precedence, a rule of the tenant has none.
            let rule = change["rule"].as_str().unwrap_or_else(|| panic!("{change}"));
            assert_eq!(change["precedence"].is_null(), rule.starts_with("ET-"), "{change}");
        }
        for (at, check) in object["explain"].as_array().unwrap().iter().enumerate() {
            assert_eq!(check["step"], at + 1);
            assert!(check["fact"].is_string());
            assert!(check["source"].as_str().unwrap().contains('-'), "a rule: {check}");
        }
    }
    let entra = "contoso.onmicrosoft.com - AAD";
    let of = |key: &str, connector: &str| {
        let found =
            objects.iter().find(|object| object["key"] == key && object["connector"] == connector);
        found.unwrap_or_else(|| panic!("{key} is missing"))
    };
    let change = |object: &serde_json::Value, attribute: &str| -> serde_json::Value {
        let mut changes = object["changes"].as_array().unwrap().iter();
        changes.find(|change| change["attribute"] == attribute).unwrap().clone()
    };
    let root = of("root@contoso.com", entra);
    assert_eq!((&root["situation"], &root["action"]), (&"blocked".into(), &"refused".into()));
    assert_eq!(root["blockedBy"], "InvalidHardMatch");
    assert_eq!(root["changes"], serde_json::json!([]));
    assert_eq!(root["anchor"], "ERERESIiMzNERFVVVVVVVQ==");

    let kim = of("kim@contoso.com", entra);
    assert_eq!(kim["situation"], "softMatchSmtp");
    assert_eq!(kim["action"], "takeover");
    assert_eq!(kim["cloudId"], "User_b0000000-0000-4000-8000-00000000000b");
    assert_eq!(kim["risk"], serde_json::json!(["DATA-LOSS"]));
    let title = change(kim, "jobTitle");
    assert_eq!((&title["before"], &title["after"]), (&"CFO".into(), &"CEO".into()));
    assert_eq!(title["rule"], "Out to AAD - User ExchangeOnline");
    assert_eq!(title["system"], "tenant");
    assert_eq!(title["overwritten"], true);
    let group = of("Treasury", entra);
    assert_eq!(change(group, "members")["after"], serde_json::json!(["kim@contoso.com"]));
    let back = of("kim@contoso.com", "contoso.com");
    let anchor = change(back, "mS-DS-ConsistencyGuid");
    assert_eq!((&anchor["system"], &anchor["before"]), (&"forest contoso.com".into(), &().into()));

    let findings = plan["findings"].as_array().unwrap();
    assert!(findings.iter().any(|finding| finding["rule"] == "InvalidHardMatch"));

    // The cycle does what the plan said.
    succeed(here, &["cycle", "initial", "-w", "ws"]);
    let after =
        succeed(here, &["show", "tenant", "kim@contoso.com", "-w", "ws", "--format", "json"]);
    let after: serde_json::Value = serde_json::from_str(&after).unwrap();
    for change in kim["changes"].as_array().unwrap() {
        let name = change["attribute"].as_str().unwrap();
        assert_eq!(after[name], change["after"], "{name}");
    }
    // An update and a deletion.
    succeed(here, &["cycle", "delta", "-w", "ws"]);
    let edits = ["Set-ADUser kim -Title Chair -City $null", "Remove-ADGroup Treasury"];
    succeed(here, &["runbook", "-w", "ws", "-c", edits[0], "-c", edits[1]]);
    let plan = succeed(here, &["plan", "-w", "ws", "--format", "json"]);
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    let objects = plan["objects"].as_array().unwrap();
    let kim = objects.iter().find(|object| object["key"] == "kim@contoso.com").unwrap();
    assert_eq!(kim["action"], "update");
    let title = change(kim, "jobTitle");
    assert_eq!((&title["before"], &title["after"]), (&"CEO".into(), &"Chair".into()));
    let gone = objects.iter().find(|object| object["key"] == "Treasury").unwrap();
    assert_eq!(gone["action"], "deleteForGood");
    assert_eq!(gone["adDn"], "CN=Treasury,OU=Staff,DC=contoso,DC=com");
}

#[test]
fn a_run_step_at_a_time_comes_to_the_same_end() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    succeed(here, &["generate", "--users", "40", "--groups", "4", "--out", "demo"]);
    for workspace in ["whole", "steps"] {
        let ad = "demo/contoso.com.ldif";
        succeed(here, &["init", workspace, "--ad", ad, "--tenant", "demo/tenant"]);
    }
    succeed(here, &["cycle", "-w", "whole"]);
    let mut steps = 0;
    while !succeed(here, &["step", "-w", "steps"]).contains("the cycle has ended") {
        steps += 1;
    }
    assert_eq!(steps, 5, "a cycle of one forest has six runs");
    let digest = |workspace| succeed(here, &["show", "digest", "-w", workspace]);
    assert_eq!(digest("steps"), digest("whole"));
}

/// SE 6.3: a connector that is added later asks for its full runs itself.
#[test]
fn a_forest_that_joins_later_is_read_in_full_once() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for (domain, seed) in [("contoso.com", "1"), ("fabrikam.com", "2")] {
        let arguments = ["--users", "10", "--groups", "1", "--domain", domain, "--seed", seed];
        succeed(here, &[&["generate", "--out", domain], &arguments[..]].concat());
    }
    let (first, tenant) = ("contoso.com/contoso.com.ldif", "contoso.com/tenant");
    succeed(here, &["init", "ws", "--ad", first, "--tenant", tenant]);
    succeed(here, &["cycle", "initial", "-w", "ws"]);
    succeed(here, &["load", "--ad", "fabrikam.com/fabrikam.com.ldif", "-w", "ws"]);
    let runs = |text: String| text.lines().filter(|run| run.contains("fabrikam.com,Full")).count();
    let csv = ["cycle", "delta", "-w", "ws", "--format", "csv"];
    assert_eq!(runs(succeed(here, &csv)), 2, "full import and full synchronization");
    assert_eq!(runs(succeed(here, &csv)), 0, "once");
}

#[test]
fn mistakes_in_exports_are_all_reported_and_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let twice = "dn: CN=Ann,DC=contoso,DC=com\nobjectClass: user\nobjectGUID:: EREREaqqqkqKqgAAAAAAAQ==\n\
                 sAMAccountName: ann\n\ndn: CN=Bob,DC=contoso,DC=com\nobjectClass: user\n\
                 objectGUID:: EREREaqqqkqKqgAAAAAAAQ==\nsAMAccountName bob\n";
    std::fs::write(here.join("ad.ldif"), twice).unwrap();
    let (code, errors) = fail(here, &["init", "ws", "--ad", "ad.ldif"]);
    assert_eq!(code, 3);
    assert!(errors.contains("ad.ldif:9:1") && errors.contains("ad.ldif:1"), "{errors}");
    assert!(!here.join("ws").exists(), "nothing half-loaded remains");
}

#[test]
fn a_second_process_is_told_that_the_workspace_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    succeed(here, &["generate", "--users", "10", "--groups", "1", "--out", "demo"]);
    succeed(here, &["init", "ws", "--ad", "demo/contoso.com.ldif", "--tenant", "demo/tenant"]);
    let held = dirsim_store::Workspace::open(&here.join("ws")).unwrap();
    let (code, errors) = fail(here, &["log", "-w", "ws"]);
    drop(held);
    assert_eq!(code, 3);
    assert!(errors.contains("is open in another dirsim process"), "{errors}");
}

#[test]
fn accepted_expectations_are_rewritten_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let text = "name: Counting   # kept\nsteps:\n  - do: Start-ADSyncSyncCycle -PolicyType Initial\n    \
                expect:\n      counts: {tenantUsers: 7,   metaverse: 1}\ngiven:\n  forests:\n    - name: contoso.com\n      \
                objects: [{dn: CN=Ann, mail: ann@contoso.com}]\n";
    std::fs::write(here.join("a.yaml"), text).unwrap();
    let (code, _) = fail(here, &["run", "a.yaml"]);
    assert_eq!(code, 1);
    succeed(here, &["run", "a.yaml", "--accept"]);
    let accepted = std::fs::read_to_string(here.join("a.yaml")).unwrap();
    assert_eq!(accepted, text.replace("tenantUsers: 7", "tenantUsers: 1"));
    succeed(here, &["run", "a.yaml"]);
}

/// Types lines into `dirsim shell`; returns the exit code, what it printed and its errors.
fn type_into_shell(folder: &Path, arguments: &[&str], lines: &str) -> (i32, String, String) {
    use std::io::Write as _;
    let mut child = Command::new(env!("CARGO_BIN_EXE_dirsim"))
        .arg("shell")
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program was built for this test");
    let mut input = child.stdin.take().expect("stdin is a pipe");
    input.write_all(lines.as_bytes()).expect("the shell reads");
    drop(input);
    let output = child.wait_with_output().expect("the shell ends");
    let text = |bytes| String::from_utf8(bytes).expect("reports are UTF-8");
    (output.status.code().expect("no signal ended it"), text(output.stdout), text(output.stderr))
}

const LAB: &str = "name: Lab
given:
  tenant: {domains: [{name: contoso.com}]}
  forests:
    - name: contoso.com
      objects: [{dn: CN=Ann Lee, sAMAccountName: ann, userPrincipalName: ann@contoso.com, l: Bergen}]
steps: [{do: Get-ADUser ann}]
";

#[test]
fn a_shell_keeps_undoes_and_teaches() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join("lab.yaml"), LAB).unwrap();
    succeed(here, &["init", "ws", "--scenario", "lab.yaml"]);
    let digest = succeed(here, &["show", "digest", "-w", "ws"]);
    let lines = "Set-ADUser ann -City Oslo\n\
                 (Get-ADUser ann -Properties l).l\n\
                 foreach ($n in 1..2) {\n  \"row $n\"\n}\n\
                 $name = Read-Host Name\nEva\n\"Hello $name\"\n\
                 Get-ADUzer ann\n\
                 Set-ADUser nobody -City Oslo\n\
                 'kept' > C:\\Temp\\note.txt\n\
                 back\nback\n\
                 (Get-ADUser ann -Properties l).l\n\
                 help\n\
                 exit 4\n";
    let (code, printed, errors) = type_into_shell(here, &["-w", "ws", "--files", "f"], lines);
    assert_eq!(code, 4, "{errors}");
    let said = ["Oslo\n", "row 1\nrow 2\n", "Hello Eva\n", "undone: Set-ADUser ann -City Oslo"];
    for expected in said.iter().chain(&["nothing to undo", "Bergen\n", "Get-Help <cmdlet>"]) {
        assert!(printed.contains(expected), "{expected} is missing: {printed}");
    }
    for expected in
        ["^^^^^^^^^^", "did you mean `Get-ADUser`?", "Cannot find an object with identity"]
    {
        assert!(errors.contains(expected), "{expected} is missing: {errors}");
    }
    assert!(here.join("f/Temp/note.txt").is_file());
    assert_eq!(succeed(here, &["show", "digest", "-w", "ws"]), digest, "everything was undone");
}

#[test]
fn a_rehearsal_answers_at_breaks_and_ends_where_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join("lab.yaml"), LAB).unwrap();
    succeed(here, &["init", "ws", "--scenario", "lab.yaml"]);
    let script = "foreach ($city in 'Oslo', 'Molde') {\n  Set-ADUser ann -City $city\n}\n'end'\n";
    std::fs::write(here.join("a.ps1"), script).unwrap();
    let condition = "(Get-ADUser ann -Properties l).l -eq 'Oslo'";
    let until = ["runbook", "a.ps1", "-w", "ws", "--undo", "--until", condition];
    let printed = succeed(here, &until);
    assert!(
        printed.contains("ended in front of line 2: the condition of --until holds"),
        "{printed}"
    );
    assert!(printed.contains("Bergen → Oslo") && !printed.contains("→ Molde"), "{printed}");
    // Nobody answers: the script ends where it would have asked.
    let output = Command::new(env!("CARGO_BIN_EXE_dirsim"))
        .args(["runbook", "a.ps1", "-w", "ws", "--undo", "--break", "4"])
        .current_dir(here)
        .env("NO_COLOR", "1")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("ended in front of line 4: there was no answer"), "{printed}");
    assert!(printed.contains("Bergen → Molde"), "{printed}");
}

#[test]
fn completions_and_man_pages_are_generated() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    assert!(succeed(here, &["completions", "bash"]).contains("_dirsim"));
    succeed(here, &["man", "man"]);
    let page = std::fs::read_to_string(here.join("man/dirsim-explain.1")).unwrap();
    assert!(page.contains("dirsim explain ann@contoso.com"), "{page}");
}

/// Rules leave a workspace and come back without a difference (CE-013, CE-076): as a script, as a
/// rule file, as a folder; and a script runs as a runbook too, as on the server (CE-070).
#[test]
fn exported_rules_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    succeed(
        here,
        &["generate", "--users", "5", "--groups", "2", "--contacts", "1", "--out", "demo"],
    );
    succeed(here, &["init", "ws", "--ad", "demo/contoso.com.ldif", "--tenant", "demo/tenant"]);
    // A standard rule is changed the safe way: a copy below 100, the original disabled (SR-120).
    let name = "In from AD - User AccountEnabled";
    let cloned = succeed(here, &["rules", "clone", name, "--precedence", "90", "-w", "ws"]);
    assert!(cloned.contains("  90  In from AD - User AccountEnabled - Cloned"), "{cloned}");
    assert!(cloned.contains(" 102  In from AD - User AccountEnabled  disabled"), "{cloned}");
    let taken = fail(here, &["rules", "clone", name, "--precedence", "100", "-w", "ws"]);
    assert!(taken.1.contains("duplicate-precedence"), "{}", taken.1);

    let equal = "rules: 0 added, 0 removed, 0 changed, 0 moved\n\nno effect on ";
    for target in ["all.ps1", "all.yaml", "each"] {
        succeed(here, &["rules", "export", "-o", target, "-w", "ws"]);
        let told = succeed(here, &["rules", "diff", "current", target, "--alone", "-w", "ws"]);
        assert!(told.starts_with(equal), "{target}: {told}");
    }
    assert!(here.join("each/090-in-from-ad-user-accountenabled-cloned.ps1").is_file());

    // The copy is taken away, and the script that the editor would write brings it back.
    succeed(here, &["rules", "export", "90", "-o", "copy.ps1", "-w", "ws"]);
    let get = format!("Get-ADSyncRule -Name '{name} - Cloned'");
    succeed(here, &["runbook", "-c", &format!("{get} | Remove-ADSyncRule"), "-w", "ws"]);
    let gone = succeed(here, &["rules", "diff", "current", "all.ps1", "--alone", "-w", "ws"]);
    assert!(gone.starts_with("rules: 1 added, "), "{gone}");
    succeed(here, &["runbook", "copy.ps1", "-w", "ws"]);
    let back = succeed(here, &["rules", "diff", "current", "all.ps1", "--alone", "-w", "ws"]);
    assert!(back.starts_with(equal), "{back}");

    // For a real server the identity of the forest's connector must be said (CE-076).
    let custom = ["rules", "export", "--custom", "--for-server", "-w", "ws"];
    let (code, told) = fail(here, &custom);
    assert!(code == 4 && told.contains("--map-connector GUID=contoso.com"), "{told}");
    let guid = "5d1c0000-0000-4000-8000-00000000c001";
    let answer = format!("{guid}=contoso.com");
    let mapped = [&custom[..], &["--map-connector", &answer]].concat();
    assert!(succeed(here, &mapped).contains(&format!("-Connector '{guid}' `")));
}

/// CE-054: two configuration folders, compared before a swing migration.
#[test]
fn two_server_configurations_are_compared() {
    let export =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/server-configuration/export");
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let same = succeed(here, &["config", "diff", export, export, "--detailed-exitcode"]);
    assert!(same.ends_with("the configurations are equal\n"), "{same}");
    let other = here.join("other");
    for part in ["Connectors", "GlobalSettings", "SynchronizationRules"] {
        std::fs::create_dir_all(other.join(part)).unwrap();
        for file in std::fs::read_dir(Path::new(export).join(part)).unwrap() {
            let file = file.unwrap();
            let text = std::fs::read_to_string(file.path()).unwrap();
            let text = text.replace("<linkType>Provision<", "<linkType>Join<");
            std::fs::write(other.join(part).join(file.file_name()), text).unwrap();
        }
    }
    let different = dirsim(here, &["config", "diff", export, "other", "--detailed-exitcode"]);
    assert_eq!(different.status.code(), Some(2));
    let told = String::from_utf8(different.stdout).unwrap();
    assert!(told.contains("link type: Provision → Join"), "{told}");
}
