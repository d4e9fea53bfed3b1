//! Differences that the oracle found, each by name: both ways have to end as stated.

use corpus::Parser;
use mail::{Case, CaseId, Field, Label, Origin, Parse as _, Session, Timestamp, World};
use sha2::{Digest as _, Sha256};

use crate::compare::{docket, one_pass, two_passes};
use crate::generate::Way;
use crate::simulator::End;

/// A letter from an anonymous client at 192.0.2.5.
fn letter(to: &str, minute: i64, raw: &str) -> Case {
    let known = Origin::Recorded;
    Case {
        id: CaseId(Sha256::digest(raw).into()),
        label: Label::Spam,
        category: String::new(),
        time: Timestamp(minute * 60),
        session: Session {
            client_ip: Field::known("192.0.2.5".parse().unwrap(), known),
            helo: Field::known("localhost".into(), known),
            authenticated: Field::known(false, known),
            mail_from: Field::known("ann@good.example".into(), known),
            rcpt_to: Field::known(vec![to.into()], known),
            time: Field::known((), known),
        },
        message: Parser.parse(raw.as_bytes()).unwrap(),
        raw: raw.into(),
    }
}

/// Both ways of all cases, which have to agree: `tier: agent, reason; SCL`.
fn both(policy: &str, world: &World, cases: &[Case], order: [u8; 10]) -> Vec<String> {
    let policy = toml::from_str(policy).unwrap();
    let way = Way::new(order.to_vec(), [Some(9), Some(7), None, Some(4)]);
    let two = two_passes(&docket(&policy, world, cases), &policy, &way);
    assert_eq!(two, one_pass(&policy, world, cases, &way).0);
    let told = |end: &End| {
        let scl = end.scl.map_or("no SCL".to_owned(), |scl| format!("SCL {scl}"));
        format!("{}: {}, {}; {scl}", end.tier, end.cause.agent, end.cause.reason)
    };
    two.iter().map(told).collect()
}

const DEFAULT: [u8; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/// The bypass list of the block list providers was compared with the address as the client
/// had named it, also where address rewriting had run before.
#[test]
fn connection_filtering_behind_rewriting_sees_the_rewritten_recipient() {
    let policy = "
        [connection-filter]
        ip-block-list-providers-config = { bypassed-recipients = ['u1@corp.example'] }
        ip-block-list-providers = [{ name = 'any', lookup-domain = 'bl.example' }]
        [[address-rewriting.entries]]
        name = 'old'
        internal-address = 'corp.example'
        external-address = 'old.example'
    ";
    let mut world = World::default();
    let listing =
        mail::Listing { from: None, until: None, answer: [127, 0, 0, 2].into() };
    let zone = [("192.0.2.5".parse().unwrap(), vec![listing])].into();
    world.listings.zones.insert("bl.example".into(), zone);
    let cases = [letter("u1@old.example", 0, "From: <ann@good.example>\n\nx\n")];
    let rewriting_first = [1, 0, 2, 3, 4, 5, 6, 7, 8, 9];
    assert_eq!(
        both(policy, &world, &cases, rewriting_first),
        ["inbox: Server, Delivered; no SCL"]
    );
    assert_eq!(
        both(policy, &world, &cases, DEFAULT),
        ["reject: Connection Filtering Agent, BlockListProvider; no SCL"]
    );
}

/// A rule could not remove what only an earlier rule had put into the message.
#[test]
fn a_rule_removes_the_field_that_an_earlier_rule_has_set() {
    let policy = "
        [[rules]]
        name = 'set'
        actions.set-header = { header = 'X-Mark', value = 'new' }
        [[rules]]
        name = 'remove'
        actions.remove-header = 'x-mark'
        [[rules]]
        name = 'seen'
        conditions.header-contains = { header = 'X-Mark', words = ['new'] }
        actions.delete = true
    ";
    let cases = [letter("u1@corp.example", 0, "From: <ann@good.example>\n\nx\n")];
    let ends = both(policy, &World::default(), &cases, DEFAULT);
    assert_eq!(ends, ["inbox: Server, Delivered; no SCL"]);
}

/// The header firewall also took what the server's own rules wrote: it may act on arrival
/// only, and what arrived has to stay away.
#[test]
fn the_firewall_acts_on_arrival_only() {
    let policy = "
        [[rules]]
        name = 'set'
        actions.set-header = { header = 'X-MS-Exchange-Organization-A', value = 'ours' }
        [[rules]]
        name = 'forged'
        conditions.header-contains = { header = 'X-MS-Exchange-Organization-B', words = ['b'] }
        actions.delete = true
        [[rules]]
        name = 'seen'
        conditions.header-contains = { header = 'X-MS-Exchange-Organization-A', words = ['ours'] }
        actions.reject = {}
    ";
    let raw = "From: <ann@good.example>\nX-MS-Exchange-Organization-B: b\n\nx\n";
    let cases = [letter("u1@corp.example", 0, raw)];
    let ends = both(policy, &World::default(), &cases, DEFAULT);
    assert_eq!(ends, ["reject: Edge Rule Agent, EdgeRule; no SCL"]);
}

/// A message that a rule refused at the end of its data, before anybody had rated it, was
/// left out of the sender's history as if its data had never come.
#[test]
fn reputation_counts_what_was_received_and_refused_without_a_level() {
    let policy = "
        [[rules]]
        name = 'all'
        actions.reject = {}
        [sender-reputation]
        srl-block-threshold = 1
    ";
    let raw = |number| format!("From: <ann@good.example>\nX-N: {number}\n\nx\n");
    let cases: Vec<_> =
        (0..21).map(|minute| letter("u1@corp.example", minute, &raw(minute))).collect();
    let ends = both(policy, &World::default(), &cases, DEFAULT);
    let rule = "reject: Edge Rule Agent, EdgeRule; no SCL";
    assert!(ends[..20].iter().all(|end| end == rule), "{ends:?}");
    assert_eq!(ends[20], "reject: Connection Filtering Agent, MachineBlockList; no SCL");
}

/// A message that is nothing but an attachment kept its type and name after the strip, so
/// that the attachment seemed to be there still, with the size of the text put in its place.
#[test]
fn a_message_that_is_an_attachment_is_stripped_to_a_text() {
    let policy = "
        [[rules]]
        name = 'large'
        conditions.attachment-size-over = 8
        actions.delete = true
    ";
    let raw = "From: <ann@good.example>\nSubject: 3\n\
               Content-Type: application/octet-stream; name=rotten.exe\n\nMZ\n";
    let cases = [letter("u1@corp.example", 0, raw)];
    let attachments_first = [0, 1, 8, 2, 3, 4, 5, 6, 7, 9];
    let ends = both(policy, &World::default(), &cases, attachments_first);
    assert_eq!(ends, ["inbox: Server, Delivered; SCL 3"]);
}
