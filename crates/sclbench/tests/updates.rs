//! Definition updates through the binary: build, list, detect, install, uninstall, status,
//! over a folder and over loopback HTTP, and killed at any moment.

#![expect(clippy::unwrap_used, reason = "a setup that fails is a failed test")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

fn sclbench(folder: &Path, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sclbench"));
    command.current_dir(folder).args(line.split_whitespace()).stdin(Stdio::null());
    command
}

fn output(folder: &Path, line: &str) -> Output {
    sclbench(folder, line).output().unwrap()
}

fn run(folder: &Path, line: &str) -> String {
    let output = output(folder, line);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(folder: &Path, line: &str) -> Value {
    serde_json::from_str(&run(folder, &format!("--json {line}"))).unwrap()
}

/// Runs a command that must fail on one line that contains every one of `told`.
fn refused(folder: &Path, line: &str, told: &[&str]) {
    let output = output(folder, line);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{line}: {error}");
    let errors: Vec<_> = error.lines().filter(|l| l.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "{error}");
    for words in told {
        assert!(errors[0].contains(words), "{line}: {error}");
    }
}

/// A folder with a model, a feed of two definitions and one other update, and a server.
fn setup(delivery: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    for (label, words) in [("ham", "minutes of the meeting"), ("spam", "prize money")] {
        fs::create_dir(at.join(label)).unwrap();
        for n in 0..12 {
            let text = format!(
                "From: <a{n}@{label}.example>\nTo: <ann@corp.example>\n\
                 Subject: {label} {words} {n}\nDate: Mon, {:02} Jan 2024 10:00:00 +0000\n\
                 \n{words} number {} for {label}{n}\n",
                1 + n,
                n * 7919
            );
            fs::write(at.join(label).join(format!("{n:02}")), text).unwrap();
        }
    }
    run(at, "-q train ham:ham spam:spam -o a.model --trainer fast");
    run(at, "update build a.model --released 2006-01-04 -o feed");
    run(at, "update build a.model --released 2006-01-18 -o feed");
    run(at, "update build --other Hotfix --as 6.5.7650.28 --released 2006-01-10 -o feed");
    run(at, &format!("update init --delivery {delivery}"));
    folder
}

const FIRST: &str = "6.5.7777.0";
const SECOND: &str = "6.5.7791.0";

#[test]
fn a_scheduled_server_goes_through_the_whole_procedure() {
    let folder = setup("scheduled");
    let at = folder.path();
    let list = json(at, "update list feed");
    assert_eq!(list.as_array().unwrap().len(), 3);
    assert_eq!(json(at, "update list feed --filter-only").as_array().unwrap().len(), 2);
    let text = run(at, "update detect feed");
    let numbers: Vec<_> = text
        .lines()
        .filter_map(|line| line.trim_start().split(' ').next()?.parse::<u32>().ok())
        .collect();
    assert_eq!(numbers[..10], [1, 2, 3, 4, 5, 1, 2, 3, 4, 5], "{text}");
    let done = json(at, "update install feed");
    assert_eq!(done["result_code"], 2);
    assert_eq!(done["account"], "LocalSystem");
    assert_eq!(done["reboot_required"], false);
    assert_eq!(done["script_exit_code"], 0);
    assert_eq!(done["installed"], serde_json::json!([FIRST, SECOND]));
    let status = json(at, "update status feed");
    let count = |lists: &str, part: &str| status[lists][part].as_array().unwrap().len();
    assert_eq!([count("all", "installed"), count("all", "not_installed")], [2, 1]);
    assert_eq!([count("filter", "installed"), count("filter", "not_installed")], [2, 0]);
    assert_eq!(status["active"], SECOND);
    assert!(at.join("MSCFV2").join(SECOND).join("filter.model").is_file());
    let alone = json(at, "update status");
    assert_eq!(alone["all"]["installed"], status["all"]["installed"]);
    assert_eq!(alone["all"]["not_installed"], serde_json::json!([]));
    assert!(run(at, "update status").contains("no feed named"));
    let again = json(at, "update install feed");
    assert_eq!([&again["result_code"], &again["script_exit_code"]], [0, 0]);
    refused(at, &format!("update install feed --only {FIRST}"), &["installed already"]);
    let gone = json(at, &format!("update uninstall {SECOND}"));
    assert_eq!(gone["active"], FIRST);
    refused(at, &format!("update uninstall {SECOND}"), &[SECOND, "server.toml"]);
}

#[test]
fn the_other_delivery_modes_ask_first_ask_later_or_wait() {
    let kept =
        |at: &Path| fs::read_dir(at.join("MSCFV2/.downloads")).map_or(0, Iterator::count);
    let folder = setup("download-then-ask");
    let at = folder.path();
    let waiting = json(at, "update install feed");
    assert_eq!([&waiting["result_code"], &waiting["active"]], [&0.into(), &Value::Null]);
    assert_eq!((waiting["downloaded"].as_array().unwrap().len(), kept(at)), (2, 2));
    assert_eq!(json(at, "update install feed --no")["result_code"], 5);
    let done = json(at, "update install feed --yes");
    assert_eq!(
        [&done["result_code"], &done["account"]],
        [&Value::from(2), &"local user".into()]
    );
    assert_eq!(kept(at), 0);

    let folder = setup("ask-first");
    let at = folder.path();
    assert_eq!(json(at, "update install feed")["result_code"], 0);
    assert_eq!(json(at, "update install feed --no")["result_code"], 5);
    assert_eq!(kept(at), 0);
    assert_eq!(json(at, "update install feed --yes")["active"], SECOND);

    let folder = setup("manual");
    let at = folder.path();
    refused(at, "update install feed", &["--only", "manually"]);
    let done = json(at, &format!("update install feed --only {FIRST}"));
    assert_eq!([&done["active"], &done["account"]], [FIRST, "local user"]);
}

#[test]
fn clusters_wrong_types_and_changed_packages_are_refused() {
    let folder = setup("scheduled");
    let at = folder.path();
    let state = fs::read_to_string(at.join("server.toml")).unwrap();
    let with = |from: &str, to: &str| {
        assert!(state.contains(from), "{state}");
        fs::write(at.join("server.toml"), state.replace(from, to)).unwrap();
    };
    with("clustered = false", "clustered = true");
    refused(
        at,
        "update install feed",
        &["server.toml", "clustered", "outside the cluster"],
    );
    assert!(run(at, "update detect feed").contains("do not support clustered servers"));
    with("REG_DWORD", "REG_SZ");
    refused(at, &format!("update install feed --only {FIRST}"), &["make it a REG_DWORD"]);
    assert_eq!(json(at, "update install feed")["result_code"], 0);
    with("edition", "edtion");
    refused(at, "update status feed", &["server.toml, line 13", "edtion"]);
    fs::write(at.join("server.toml"), &state).unwrap();
    let list = json(at, "update list feed --filter-only");
    let package = at.join("feed").join(list[1]["identity"].as_str().unwrap());
    let mut bytes = fs::read(package.join("filter.model")).unwrap();
    bytes[100] ^= 1;
    fs::write(package.join("filter.model"), bytes).unwrap();
    refused(at, "update install feed", &["SHA-256", "filter.model"]);
    let status = json(at, "update status feed");
    assert_eq!(status["active"], FIRST);
    refused(at, "update list https://feed.example", &["TLS"]);
}

#[test]
fn weights_are_not_carried_over_unless_asked() {
    let folder = setup("scheduled");
    let at = folder.path();
    fs::create_dir_all(at.join("MSCFV2")).unwrap();
    fs::write(at.join("MSCFV2/MSExchange.UceContentFilter.xml"), "x").unwrap();
    let left = output(at, &format!("update install feed --only {FIRST}"));
    let warning = String::from_utf8(left.stderr).unwrap();
    assert!(warning.contains("warning: custom weights in"), "{warning}");
    let first = at.join("MSCFV2").join(FIRST).join("MSExchange.UceContentFilter.xml");
    assert!(!first.exists());
    fs::write(&first, "y").unwrap();
    let text = run(at, &format!("update install feed --only {SECOND} --carry-weights"));
    assert!(text.contains("custom weights copied to"), "{text}");
}

#[test]
fn definitions_that_need_a_restart_become_active_by_it() {
    let folder = setup("scheduled");
    let at = folder.path();
    run(at, "update build a.model --released 2006-02-01 --reboot-required -o feed");
    let done = json(at, "update install feed");
    assert_eq!(
        [&done["reboot_required"], &done["active"]],
        [&true.into(), &Value::from(SECOND)]
    );
    assert_eq!(json(at, "update restart")["active"], "6.5.7805.0");
}

/// Serves a folder on loopback until the test ends; `spoil` may change an answer.
fn serve(folder: PathBuf, spoil: fn(&str, Vec<u8>) -> Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                if reader.read_line(&mut head).unwrap_or(0) == 0 {
                    break;
                }
            }
            let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
            let file = folder.join(path.trim_start_matches('/'));
            let answer = match fs::read(file) {
                Ok(bytes) => {
                    [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec(), bytes]
                        .concat()
                }
                Err(_) => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\
                            Connection: close\r\n\r\n"
                    .to_vec(),
            };
            // A reader that has had enough closes; that is its right.
            let _ = stream.write_all(&spoil(&path, answer));
        }
    });
    format!("http://{address}")
}

#[test]
fn a_feed_is_reached_over_http() {
    let folder = setup("scheduled");
    let at = folder.path();
    let feed = serve(at.join("feed"), |_, answer| answer);
    assert_eq!(json(at, &format!("update list {feed}")), json(at, "update list feed"));
    let done = json(at, &format!("update install {feed}"));
    assert_eq!(
        [&done["result_code"], &done["active"]],
        [&Value::from(2), &SECOND.into()]
    );
    refused(at, &format!("update list {feed}/nowhere"), &["404", "/nowhere/feed.toml"]);
    refused(at, "update list http://127.0.0.1:9", &["fetch", "check the address"]);
}

#[test]
fn a_hostile_server_gets_nowhere() {
    let folder = setup("scheduled");
    let at = folder.path();
    let endless = serve(at.join("feed"), |path, answer| match path {
        "/feed.toml" => [answer, vec![b'#'; 2 << 20]].concat(),
        _ => answer,
    });
    refused(at, &format!("update list {endless}"), &["longer than 1048576 bytes"]);
    let elsewhere = serve(at.join("feed"), |_, _| {
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\
          Connection: close\r\n\r\n"
            .to_vec()
    });
    refused(at, &format!("update list {elsewhere}"), &["fetch", "feed.toml"]);
    let changed = serve(at.join("feed"), |path, mut answer| {
        if path.ends_with("filter.model") {
            let last = answer.len() - 1;
            answer[last] ^= 1;
        }
        answer
    });
    refused(at, &format!("update install {changed}"), &["SHA-256"]);
    let noise = serve(at.join("feed"), |_, _| b"\x00\xff no http \r\n\r\n".to_vec());
    refused(at, &format!("update list {noise}"), &["fetch"]);
    assert_eq!(json(at, "update status feed")["active"], Value::Null);
}

/// Kills installations and removals after ever longer times: whenever it was, the server
/// has the old definitions or the new ones, whole, and the next attempt goes through.
#[test]
fn a_killed_installation_leaves_the_old_or_the_new() {
    let folder = setup("scheduled");
    let at = folder.path();
    run(at, &format!("update install feed --only {FIRST}"));
    let active = || {
        // `status` reads the active model and compares its digest.
        json(at, "update status feed")["active"].as_str().unwrap().to_owned()
    };
    let mut ends = [0, 0];
    for round in 0_u64..24 {
        let installed = active() == SECOND;
        let line = match installed {
            false => format!("update install feed --only {SECOND}"),
            true => format!("update uninstall {SECOND}"),
        };
        let mut child = sclbench(at, &line)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(round * 1_500));
        // It may have ended by itself.
        let _ = child.kill();
        child.wait().unwrap();
        let mut told = String::new();
        child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        assert!(!told.contains("error"), "{told}");
        let now = active();
        assert!(now == FIRST || now == SECOND, "{now}");
        ends[usize::from((now == SECOND) != installed)] += 1;
    }
    assert!(ends[0] > 0, "every kill came too late: {ends:?}");
    if active() == FIRST {
        run(at, &format!("update install feed --only {SECOND}"));
    }
    assert_eq!(active(), SECOND);
}
