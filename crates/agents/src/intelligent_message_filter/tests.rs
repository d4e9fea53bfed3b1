//! What text cases cannot say: limits of settings, and the comparisons as numbers.

use std::sync::Arc;

use filter::{Document, Rating, ScoreSource, Scratch};
use mail::{CaseId, Scl, Threshold};

use super::{GatewayComparison, ImfSpec, IntelligentMessageFilter};

/// Says SCL 9 of every message.
struct Nine;

impl ScoreSource for Nine {
    fn rate(&self, _: CaseId, _: &Document<'_>, _: &mut Scratch) -> Option<Rating> {
        Some(Rating { score: 1.0, scl: Scl::MAX })
    }
}

fn error(spec: &ImfSpec) -> String {
    match IntelligentMessageFilter::resolve(spec, Arc::new(Nine)) {
        Ok(_) => String::new(),
        Err(error) => error.key,
    }
}

#[test]
fn settings_out_of_range_are_named() {
    assert_eq!(error(&ImfSpec::default()), "");
    let text = |text: &str| ImfSpec {
        custom_reject_response: Some(text.to_owned()),
        ..ImfSpec::default()
    };
    let at = |key: &str| format!("intelligent-message-filter.{key}");
    assert_eq!(error(&text("550 5.7.1 No")), "");
    assert_eq!(error(&text(&format!("550 {}", "x".repeat(236)))), "");
    let long = format!("550 {}", "x".repeat(237));
    for wrong in ["No", "250 OK", "5é0 x", "550 a\r\nb", "", long.as_str()] {
        assert_eq!(error(&text(wrong)), at("custom-reject-response"), "{wrong}");
    }
    let steps = ImfSpec { sender_id_fail_steps: 10, ..ImfSpec::default() };
    assert_eq!(error(&steps), at("sender-id-fail-steps"));
    let steps = ImfSpec { sender_id_soft_fail_steps: -10, ..ImfSpec::default() };
    assert_eq!(error(&steps), at("sender-id-soft-fail-steps"));
    let file =
        ImfSpec { custom_weighting_file: Some("x.xml".into()), ..ImfSpec::default() };
    assert_eq!(error(&file), at("custom-weighting-file"));
}

#[test]
fn the_lowest_level_acted_on_depends_on_the_comparison_and_comes_back() {
    let at = |value| Threshold::new(value).unwrap();
    let mut spec = ImfSpec { gateway_threshold: at(7), ..ImfSpec::default() };
    assert_eq!(spec.acts_from(), Some(at(7)));
    spec.gateway_comparison = GatewayComparison::Gt;
    assert_eq!(spec.acts_from(), Some(at(8)));
    spec.act_from(at(3));
    assert_eq!((spec.gateway_threshold, spec.acts_from()), (at(2), Some(at(3))));
    spec.gateway_threshold = at(9);
    assert_eq!(spec.acts_from(), None);
}
