//! What text cases cannot say: large messages, limits of settings, texts by edition.

use filter::{Rating, ScoreSource};
use mail::{CaseId, Scl, Threshold};

use super::*;
use crate::trial::{case, walk};

/// Rates every message with 9.
struct Nine;

impl ScoreSource for Nine {
    fn rate(&self, _: CaseId, _: &Document<'_>, _: &mut Scratch) -> Option<Rating> {
        Some(Rating { score: 1.0, scl: Scl::rating(9) })
    }
}

fn resolve(spec: &ContentFilterSpec) -> Result<ContentFilter, SpecError> {
    ContentFilter::resolve(spec, Edition::Se, Arc::new(Nine))
}

#[test]
fn a_message_over_eleven_megabytes_passes_unrated() {
    for (bytes, scl) in [(11 << 20, Some(Scl::rating(9))), ((11 << 20) + 1, None)] {
        let mut large = case("ann@a.example", &["bob@corp.example"]);
        large.raw = vec![b'x'; bytes];
        let agent = resolve(&ContentFilterSpec::default()).unwrap();
        let walked = walk(agent, large, &World::default());
        assert_eq!(walked.mail.stamps.scl, scl, "{bytes}");
        assert_eq!(walked.mail.scanned(), scl.is_some());
    }
}

#[test]
fn limits_of_lists_steps_and_texts_are_checked() {
    let list = |count: usize, limit| ContentFilterSpec {
        bypassed_senders: vec!["a@b.example".into(); count],
        bypass_list_limit: limit,
        ..ContentFilterSpec::default()
    };
    for (count, limit, fits) in [
        (100, 100, true),
        (101, 100, false),
        (800, 800, true),
        (801, 800, false),
        (0, 500, false),
    ] {
        assert_eq!(resolve(&list(count, limit)).is_ok(), fits, "{count} of {limit}");
    }
    let text = |length| ContentFilterSpec {
        rejection_response: Some("x".repeat(length)),
        ..ContentFilterSpec::default()
    };
    assert!(resolve(&text(240)).is_ok() && resolve(&text(241)).is_err());
    let steps = |postmark_steps| ContentFilterSpec {
        postmark_steps,
        scl_delete_threshold: Threshold::new(9).unwrap(),
        ..ContentFilterSpec::default()
    };
    assert!(resolve(&steps(-9)).is_ok() && resolve(&steps(-10)).is_err());
}

#[test]
fn only_2007_has_the_first_reply_text() {
    let reply = |edition| {
        let spec = ContentFilterSpec::default();
        let agent = ContentFilter::resolve(&spec, edition, Arc::new(Nine)).unwrap();
        Agent::response(&agent, REJECT, 9)
    };
    for edition in Edition::ALL {
        let text = match edition {
            Edition::E2003Sp2 | Edition::E2007 => {
                "550 5.7.1 Message rejected due to content restrictions"
            }
            _ => "550 5.7.1 Message rejected as spam by Content Filtering.",
        };
        assert_eq!(reply(edition), text);
    }
}

#[test]
fn the_code_of_a_refusal_is_550_or_500() {
    let reply = |rejection_code| {
        let spec = ContentFilterSpec { rejection_code, ..ContentFilterSpec::default() };
        resolve(&spec).map(|agent| Agent::response(&agent, REJECT, 9))
    };
    assert!(reply(500).unwrap().starts_with("500 5.7.1 Message rejected"));
    assert!(reply(550).unwrap().starts_with("550 5.7.1 Message rejected"));
    assert_eq!(reply(551).unwrap_err().key, "content-filter.rejection-code");
}
