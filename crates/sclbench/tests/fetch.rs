//! `corpus fetch` over loopback HTTP and from a folder: what has the catalogue's digest is
//! kept, nothing else.

#![expect(clippy::unwrap_used, reason = "a setup that fails is a failed test")]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

fn output(folder: &Path, line: &str) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_sclbench"))
        .current_dir(folder)
        .args(line.split_whitespace())
        .output()
        .unwrap()
}

fn json(folder: &Path, line: &str) -> Value {
    let output = output(folder, &format!("--json {line}"));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The one line that a refused command says.
fn refused(folder: &Path, line: &str) -> String {
    let output = output(folder, line);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{line}: {error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    error
}

/// Answers every request with the file it names, or sends it elsewhere.
fn serve(folder: PathBuf) -> String {
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
            let path = head.split(' ').nth(1).unwrap_or("/").trim_start_matches('/');
            let close = "Connection: close\r\n\r\n";
            let answer = match (path.starts_with("away"), fs::read(folder.join(path))) {
                (true, _) => format!(
                    "HTTP/1.1 301 Moved Permanently\r\nLocation: https://b.example/\r\n\
                     Content-Length: 0\r\n{close}"
                )
                .into_bytes(),
                (false, Ok(bytes)) => {
                    [format!("HTTP/1.1 200 OK\r\n{close}").into_bytes(), bytes].concat()
                }
                (false, Err(_)) => {
                    format!("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n{close}")
                        .into_bytes()
                }
            };
            // A reader that has had enough closes; that is its right.
            let _ = stream.write_all(&answer);
        }
    });
    format!("http://{address}")
}

/// A mailbox of good mail and one of spam.
fn mailboxes() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("files")).unwrap();
    for (label, count) in [("ham", 3), ("spam", 2)] {
        let one = |n: u32| {
            format!(
                "From a@b.example Mon Jan  1 10:00:00 2024\nFrom: <a@b.example>\n\
                 Subject: {label} {n}\nDate: Mon, 01 Jan 2024 10:00:00 +0000\n\nText {n}\n\n"
            )
        };
        let text: String = (0..count).map(one).collect();
        fs::write(folder.path().join(format!("files/{label}.mbox")), text).unwrap();
    }
    folder
}

fn catalogue(folder: &Path, address: &str, key: &str, digests: [&str; 2]) {
    let entry = |label: &str, digest: &str| {
        format!(
            "[[corpus.files]]\nfile = \"{label}.mbox\"\nlabel = \"{label}\"\n\
             {key} = \"{digest}\"\n"
        )
    };
    let text = format!(
        "[[corpus]]\nname = \"small\"\nabout = \"Five messages.\"\n\
         terms = \"Made up.\"\naddress = \"{address}\"\n{}{}",
        entry("ham", digests[0]),
        entry("spam", digests[1])
    );
    fs::write(folder.join("own.toml"), text).unwrap();
}

/// The digests that the program says the two files have.
fn digests(folder: &Path, address: &str, key: &str) -> [String; 2] {
    let wrong = "0".repeat(64);
    let mut found = [wrong.clone(), wrong];
    for nth in 0..2 {
        catalogue(folder, address, key, [&found[0], &found[1]]);
        let error = refused(folder, "corpus fetch small --catalogue own.toml -o out");
        let words: Vec<&str> = error.split([' ', ',']).collect();
        let digest = words.iter().find(|word| {
            word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
        found[nth] = (*digest.unwrap()).to_owned();
    }
    found
}

#[test]
fn a_corpus_is_fetched_checked_and_ready_to_read() {
    let folder = mailboxes();
    let at = folder.path();
    let address = serve(at.join("files"));
    for key in ["sha256", "messages-sha256"] {
        let [ham, spam] = digests(at, &address, key);
        catalogue(at, &address, key, [&ham, &spam]);
        fs::remove_dir_all(at.join("out")).unwrap();
        let fetch = "corpus fetch small --catalogue own.toml -o out";
        let done = json(at, fetch);
        let counts = |done: &Value, key: &str| {
            let files = done["files"].as_array().unwrap();
            files.iter().map(|file| file[key].clone()).collect::<Vec<_>>()
        };
        assert_eq!(counts(&done, "messages"), [3, 2]);
        assert_eq!(counts(&done, "kept"), [false, false]);
        assert_eq!(counts(&json(at, fetch), "kept"), [true, true]);
        let seen = json(at, "corpus inspect out/corpus.toml");
        assert_eq!([&seen["ham"], &seen["spam"]], [&Value::from(3), &Value::from(2)]);
        // The same from a folder, with no server to ask.
        catalogue(at, "http://127.0.0.1:9", key, [&ham, &spam]);
        let line = "corpus fetch small --catalogue own.toml --from files -o out2";
        assert_eq!(counts(&json(at, line), "messages"), [3, 2]);
        fs::remove_dir_all(at.join("out2")).unwrap();
    }
}

#[test]
fn another_file_is_refused_and_not_kept() {
    let folder = mailboxes();
    let at = folder.path();
    let address = serve(at.join("files"));
    let [ham, spam] = digests(at, &address, "messages-sha256");
    catalogue(at, &address, "messages-sha256", [&ham, &spam]);
    let path = at.join("files/ham.mbox");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("Text 1", "Text 7", 1)).unwrap();
    let error = refused(at, "corpus fetch small --catalogue own.toml -o fresh");
    assert!(error.contains("ham.mbox") && error.contains("another file"), "{error}");
    assert_eq!(fs::read_dir(at.join("fresh")).unwrap().count(), 0);
}

#[test]
fn without_the_file_the_cure_is_told() {
    let folder = mailboxes();
    let at = folder.path();
    let zero = "0".repeat(64);
    let fetch = "corpus fetch small --catalogue own.toml -o out";
    let address = serve(at.join("files"));
    for (address, told) in [
        ("http://127.0.0.1:9".to_owned(), "--from"),
        (format!("{address}/nowhere"), "404"),
        (format!("{address}/away"), "https://b.example/"),
        ("https://b.example".to_owned(), "TLS is not built in"),
    ] {
        catalogue(at, &address, "sha256", [&zero, &zero]);
        let error = refused(at, fetch);
        assert!(error.contains(told), "{error}");
    }
    assert!(refused(at, "corpus fetch nothing").contains("`spamassassin`"));
    for name in ["../out", "a/b", "..", "a\\\\b"] {
        let text = format!(
            "[[corpus]]\nname = \"small\"\nabout = \"\"\nterms = \"\"\naddress = \"\"\n\
             [[corpus.files]]\nfile = \"{name}\"\nsha256 = \"{zero}\"\n"
        );
        fs::write(at.join("own.toml"), text).unwrap();
        assert!(refused(at, fetch).contains("no plain file name"), "{name}");
    }
    let listed = output(at, "corpus fetch");
    assert!(String::from_utf8(listed.stdout).unwrap().contains("spamassassin: "));
}

/// The real corpus packed as its authors do, where it is at hand.
#[test]
fn the_catalogue_knows_the_messages_of_the_spamassassin_corpus() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let archive = root.join("../shared/corpora/spamassassin.tar.gz");
    if !archive.is_file() {
        // Past the test runner's capture, so that it is seen.
        let said = b"left out: fetching the SpamAssassin corpus; it is not at hand\n";
        std::io::stderr().write_all(said).unwrap();
        return;
    }
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let tar = |words: &[&str]| {
        let done = std::process::Command::new("tar").args(words).current_dir(at).status();
        assert!(done.unwrap().success(), "{words:?}");
    };
    tar(&["xzf", &archive.to_string_lossy()]);
    fs::create_dir(at.join("files")).unwrap();
    // Two of the five sets: reading them all takes its time.
    let own = fs::read_to_string(root.join("corpora/public.toml")).unwrap();
    let mut catalogue = String::new();
    let sets = [("ham/hard_ham", "20030228_hard_ham"), ("spam/spam", "20030228_spam")];
    for (nth, part) in own.split("[[corpus.files]]").enumerate() {
        if nth == 0 {
            catalogue.push_str(part);
        } else if sets.iter().any(|(_, name)| part.contains(&format!("{name}.tar"))) {
            catalogue.push_str("[[corpus.files]]");
            catalogue.push_str(part);
        }
    }
    fs::write(at.join("two.toml"), catalogue).unwrap();
    for (set, name) in sets {
        let from = format!("spamassassin/{set}");
        // As in the original, with a file that is no message.
        let cmds = "mv 1 00001.7848dde101aa985090474a91ec93fcf0\n";
        fs::write(at.join(&from).join("cmds"), cmds).unwrap();
        tar(&["cjf", &format!("files/{name}.tar.bz2"), "-C", &from, "."]);
    }
    let done = json(at, "corpus fetch spamassassin --catalogue two.toml --from files");
    let files = done["files"].as_array().unwrap();
    let counts: Vec<_> = files.iter().map(|file| file["messages"].clone()).collect();
    assert_eq!(counts, [250, 500]);
    assert!(at.join("spamassassin/corpus.toml").is_file());
}
