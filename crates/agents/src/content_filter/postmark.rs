//! Postmarks of Outlook: a solved puzzle in the header says that sending cost some work.

use mail::Message;

/// Parts of the puzzle field, between semicolons: solutions, number of recipients,
/// recipients, algorithm, difficulty, puzzle, sender, date, subject.
const PARTS: usize = 9;
const SOLUTIONS: usize = 16;
const ALGORITHM: &str = "sosha1_v1";
const DIFFICULTY: u8 = 7;

/// Whether the message has a well-formed postmark: one puzzle field whose puzzle is the one
/// that the identity field names, with all its solutions, by the known algorithm at its
/// usual difficulty. The solutions are not checked.
pub(super) fn is_there(message: &Message) -> bool {
    let mut puzzles = message.header("X-CR-HashedPuzzle");
    let mut identities = message.header("X-CR-PuzzleID");
    match (puzzles.next(), puzzles.next(), identities.next(), identities.next()) {
        (Some(puzzle), None, Some(identity), None) => {
            is_well_formed(puzzle, identity.trim())
        }
        _ => false,
    }
}

fn is_well_formed(puzzle: &str, identity: &str) -> bool {
    let parts: Vec<&str> = puzzle.split(';').map(str::trim).collect();
    let braced =
        identity.len() > 2 && identity.starts_with('{') && identity.ends_with('}');
    parts.len() == PARTS
        && parts[0].split_ascii_whitespace().count() == SOLUTIONS
        && parts[1].parse::<u16>().is_ok_and(|recipients| recipients > 0)
        && parts[3].eq_ignore_ascii_case(ALGORITHM)
        && parts[4].parse::<u8>().is_ok_and(|difficulty| difficulty >= DIFFICULTY)
        && braced
        && parts[5].eq_ignore_ascii_case(identity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_postmark_names_its_puzzle_with_all_solutions() {
        let solutions = vec!["BjHi"; 16].join(" ");
        let good = format!("{solutions};1;dQA=;Sosha1_v1;7;{{D04B}};cwA=;Tue;UgA=");
        assert!(is_well_formed(&good, "{d04b}"));
        for (old, new) in [
            ("BjHi ", ""),
            (";1;", ";0;"),
            ("Sosha1_v1", "sha1"),
            (";7;", ";6;"),
            ("D04B", "D04C"),
            (";UgA=", ""),
        ] {
            let bad = good.replacen(old, new, 1);
            assert!(!is_well_formed(&bad, "{d04b}"), "{bad}");
        }
        assert!(!is_well_formed(&good, "d04b"));
    }
}
