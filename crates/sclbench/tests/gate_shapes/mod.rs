//! Whether the gate's files have the shape that their readers ask for: JUnit as the schema
//! of the Jenkins reader has it, SARIF 2.1.0 by its required properties.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// An XML element with what stands in it.
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    children: Vec<Element>,
    text: String,
}

/// Reads an XML document strictly: what is no well-formed XML is a failed test.
fn parse(text: &str) -> Element {
    let body = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").unwrap();
    assert!(!body.chars().any(|c| c.is_control() && c != '\n'), "a control character");
    let mut open = vec![Element::new("")];
    let mut rest = body;
    while let Some((before, after)) = rest.split_once('<') {
        assert!(!before.contains('>'), "{before}");
        open.last_mut().unwrap().text.push_str(before);
        let (tag, after) = after.split_once('>').expect("a tag ends");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let closed = open.pop().unwrap();
            assert_eq!(closed.name, name);
            open.last_mut().unwrap().children.push(closed);
        } else if let Some(tag) = tag.strip_suffix('/') {
            open.last_mut().unwrap().children.push(Element::read(tag));
        } else {
            open.push(Element::read(tag));
        }
    }
    assert_eq!((open.len(), rest.trim()), (1, ""), "everything is closed");
    let mut roots = open.pop().unwrap().children;
    assert_eq!(roots.len(), 1, "one root");
    roots.pop().unwrap()
}

impl Element {
    fn new(name: &str) -> Self {
        let name = name.to_owned();
        let (attributes, children) = (BTreeMap::new(), Vec::new());
        Self { name, attributes, children, text: String::new() }
    }

    fn read(tag: &str) -> Self {
        let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut element = Self::new(name);
        while let Some((name, after)) = rest.trim_start().split_once("=\"") {
            let (value, after) = after.split_once('"').expect("a value ends");
            assert!(!value.contains('<'), "{value}");
            for entity in value.split('&').skip(1) {
                let known = ["amp;", "lt;", "gt;", "quot;", "apos;"];
                assert!(known.iter().any(|known| entity.starts_with(known)), "{value}");
            }
            let twice = element.attributes.insert(name.to_owned(), value.to_owned());
            assert!(twice.is_none(), "{name} twice");
            rest = after;
        }
        assert_eq!(rest.trim(), "");
        element
    }

    fn has(&self, names: &[&str]) {
        for name in names {
            assert!(self.attributes.contains_key(*name), "{} without {name}", self.name);
        }
    }

    fn number(&self, name: &str) -> usize {
        self.attributes[name].parse().unwrap()
    }
}

/// Checks a JUnit file, and that it says the verdict of the report beside it.
pub(crate) fn assert_junit(text: &str, verdict: &str) {
    let root = parse(text);
    assert_eq!(root.name, "testsuites");
    let [suite] = &root.children[..] else { panic!("one suite") };
    assert_eq!(suite.name, "testsuite");
    suite.has(&["name", "tests", "failures", "errors"]);
    let names: Vec<_> = suite.children.iter().map(|child| child.name.as_str()).collect();
    let (out, cases) = names.split_last().unwrap();
    assert_eq!(*out, "system-out", "what was said stands last");
    assert!(cases.iter().all(|name| *name == "testcase"), "{names:?}");
    let mut ended = BTreeMap::from([("failure", 0), ("error", 0)]);
    let mut seen = BTreeSet::new();
    for case in &suite.children[..cases.len()] {
        case.has(&["name", "classname"]);
        let key = (&case.attributes["classname"], &case.attributes["name"]);
        assert!(seen.insert(key), "{key:?} twice");
        assert!(case.children.len() <= 1);
        for end in &case.children {
            end.has(&["message", "type"]);
            *ended.get_mut(end.name.as_str()).expect("a failure or an error") += 1;
        }
    }
    for element in [&root, suite] {
        assert_eq!(element.number("tests"), cases.len());
        assert_eq!(element.number("failures"), ended["failure"]);
        assert_eq!(element.number("errors"), ended["error"]);
    }
    let told = suite.children.last().unwrap().text.lines().next().unwrap().to_owned();
    assert_eq!(told, format!("verdict {verdict}"));
    let found = match (ended["error"], ended["failure"]) {
        (0, 0) => "pass",
        (0, _) => "regression",
        _ => "cannot-judge",
    };
    assert_eq!(found, verdict, "a reader of failures and errors sees the same");
}

/// Checks a SARIF log, and that it says the verdict and exit code of the report beside it.
pub(crate) fn assert_sarif(text: &str, verdict: &str, code: &Value) {
    let log: Value = serde_json::from_str(text).unwrap();
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().contains("sarif-2.1.0"));
    let [run] = &log["runs"].as_array().unwrap()[..] else { panic!("one run") };
    let driver = &run["tool"]["driver"];
    assert!(!driver["name"].as_str().unwrap().is_empty());
    let rules: BTreeSet<_> = driver["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    assert_eq!(rules.len(), driver["rules"].as_array().unwrap().len(), "ids are unique");
    let mut errors = BTreeSet::new();
    for result in run["results"].as_array().unwrap() {
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        assert!(rules.contains(result["ruleId"].as_str().unwrap()), "{result}");
        let level = result["level"].as_str().unwrap();
        assert!(["none", "note", "warning", "error"].contains(&level), "{level}");
        if level == "error" {
            errors.insert(result["ruleId"].as_str().unwrap());
        }
        for location in result["locations"].as_array().unwrap() {
            let place = &location["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().unwrap();
            assert!(
                !uri.is_empty() && uri.bytes().all(|b| b.is_ascii_graphic()),
                "{uri}"
            );
            assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
        }
        assert!(result["partialFingerprints"].is_object());
    }
    assert_eq!(run["properties"]["verdict"], verdict);
    assert_eq!(&run["properties"]["exitCode"], code);
    assert_eq!(errors.is_empty(), verdict == "pass", "{errors:?}");
    assert_eq!(errors.contains("cannot-judge"), verdict == "cannot-judge");
}
