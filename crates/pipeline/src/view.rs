//! The pipeline as the product's `Get-TransportPipeline` prints it. Source: specification
//! section 2.4.

use mail::SmtpEvent;

/// Columns of a label, with the blanks behind it.
const LABEL: usize = 15;
/// Columns of a value on one line of an 80-column console.
const VALUE: usize = 61;

/// The list for people: every event with its agents, in the order in which they run. A long
/// list of agents is cut every 61 characters, also within a word, as the product does.
pub fn pipeline_view(events: &[(SmtpEvent, Vec<&str>)]) -> Vec<String> {
    let mut lines = Vec::new();
    for (event, agents) in events {
        lines.push(format!("{:<LABEL$} : {event}", "Event"));
        let value: Vec<char> = format!("{{{}}}", agents.join(", ")).chars().collect();
        for (number, piece) in value.chunks(VALUE).enumerate() {
            let piece: String = piece.iter().collect();
            lines.push(match number {
                0 => format!("{:<LABEL$} : {piece}", "TransportAgents"),
                _ => format!("{:indent$}{piece}", "", indent = LABEL + 3),
            });
        }
        lines.push(String::new());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut_at_61_characters_and_empty_events_are_shown() {
        let agents = vec![
            "Edge Rule Agent",
            "Content Filter Agent",
            "Protocol Analysis Agent",
            "Attachment Filtering Agent",
        ];
        let lines = pipeline_view(&[
            (SmtpEvent::OnHelpCommand, vec![]),
            (SmtpEvent::OnEndOfData, agents),
        ]);
        assert_eq!(
            lines,
            [
                "Event           : OnHelpCommand",
                "TransportAgents : {}",
                "",
                "Event           : OnEndOfData",
                "TransportAgents : {Edge Rule Agent, Content Filter Agent, Protocol Analysis Ag",
                "                  ent, Attachment Filtering Agent}",
                "",
            ]
        );
        assert!(lines.iter().all(|line| line.len() <= 79));
    }
}
