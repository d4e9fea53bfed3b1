//! Patterns of rules, by trying every way: characters, `.`, `[…]`, `(…|…)`, `\d \s \w`,
//! escaped signs, `? * +`, `^` and `$`, in any letter case.

/// Whether one of the patterns is somewhere in the text.
pub(super) fn matches_any(text: &str, patterns: &[String]) -> bool {
    patterns.iter().any(|pattern| matches(text, pattern))
}

fn matches(text: &str, pattern: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (ways, end) = alternatives(&pattern, 0);
    assert_eq!(end, pattern.len(), "a pattern of the generator is whole");
    (0..=text.len())
        .any(|start| !ends(&Part::Choice(ways.clone()), &text, start).is_empty())
}

#[derive(Debug, Clone)]
enum Part {
    /// One character of these kinds.
    One(Vec<Kind>),
    /// One character of none of these kinds.
    Other(Vec<Kind>),
    Start,
    End,
    /// Any of these sequences.
    Choice(Vec<Vec<Part>>),
    /// So many times: at least, at most.
    Times(Box<Part>, usize, usize),
}

#[derive(Debug, Clone)]
enum Kind {
    Range(char, char),
    Digit,
    Space,
    Word,
    AnyButLineEnd,
}

impl Kind {
    fn has(&self, c: char) -> bool {
        match self {
            Self::Range(first, last) => {
                let folded = |c: char| c.to_lowercase().next().unwrap_or(c);
                let upper = |c: char| c.to_uppercase().next().unwrap_or(c);
                [c, folded(c), upper(c)].iter().any(|c| first <= c && c <= last)
            }
            Self::Digit => c.is_numeric(),
            Self::Space => c.is_whitespace(),
            Self::Word => c.is_alphanumeric() || c == '_',
            Self::AnyButLineEnd => c != '\n',
        }
    }
}

/// Sequences between `|`, up to a `)` or the end.
fn alternatives(pattern: &[char], mut at: usize) -> (Vec<Vec<Part>>, usize) {
    let mut ways = vec![Vec::new()];
    while let Some(c) = pattern.get(at) {
        let part = match c {
            ')' => break,
            '|' => {
                ways.push(Vec::new());
                at += 1;
                continue;
            }
            '(' => {
                let (inner, end) = alternatives(pattern, at + 1);
                at = end;
                Part::Choice(inner)
            }
            '[' => {
                let (part, end) = class(pattern, at + 1);
                at = end;
                part
            }
            '^' => Part::Start,
            '$' => Part::End,
            '.' => Part::One(vec![Kind::AnyButLineEnd]),
            '\\' => {
                at += 1;
                Part::One(vec![escaped(pattern[at])])
            }
            c => Part::One(vec![Kind::Range(*c, *c)]),
        };
        at += 1;
        let way = ways.last_mut().expect("there is one");
        let times = match pattern.get(at) {
            Some('?') => Some((0, 1)),
            Some('*') => Some((0, usize::MAX)),
            Some('+') => Some((1, usize::MAX)),
            _ => None,
        };
        way.push(match times {
            Some((least, most)) => {
                at += 1;
                Part::Times(Box::new(part), least, most)
            }
            None => part,
        });
    }
    (ways, at)
}

/// The rest of `[…]`, and where its bracket is.
fn class(pattern: &[char], mut at: usize) -> (Part, usize) {
    let negated = pattern[at] == '^';
    at += usize::from(negated);
    let mut kinds = Vec::new();
    while pattern[at] != ']' {
        if pattern[at] == '\\' {
            kinds.push(escaped(pattern[at + 1]));
            at += 2;
        } else if pattern[at + 1] == '-' {
            kinds.push(Kind::Range(pattern[at], pattern[at + 2]));
            at += 3;
        } else {
            kinds.push(Kind::Range(pattern[at], pattern[at]));
            at += 1;
        }
    }
    (if negated { Part::Other(kinds) } else { Part::One(kinds) }, at)
}

fn escaped(c: char) -> Kind {
    match c {
        'd' => Kind::Digit,
        's' => Kind::Space,
        'w' => Kind::Word,
        c => Kind::Range(c, c),
    }
}

/// Every place at which a part that begins at `at` may end.
fn ends(part: &Part, text: &[char], at: usize) -> Vec<usize> {
    let one = |fits: bool| if fits { vec![at + 1] } else { Vec::new() };
    match part {
        Part::One(kinds) => {
            one(text.get(at).is_some_and(|c| kinds.iter().any(|k| k.has(*c))))
        }
        Part::Other(kinds) => {
            one(text.get(at).is_some_and(|c| !kinds.iter().any(|k| k.has(*c))))
        }
        Part::Start => {
            if at == 0 {
                vec![at]
            } else {
                Vec::new()
            }
        }
        Part::End => {
            if at == text.len() {
                vec![at]
            } else {
                Vec::new()
            }
        }
        Part::Choice(ways) => {
            ways.iter().flat_map(|way| in_turn(way, text, at)).collect()
        }
        Part::Times(part, least, most) => {
            let mut all = Vec::new();
            let mut places = vec![at];
            for times in 0.. {
                if times >= *least {
                    all.extend(&places);
                }
                if times == *most {
                    break;
                }
                places = places.iter().flat_map(|at| ends(part, text, *at)).collect();
                places.sort_unstable();
                places.dedup();
                // What was reached before leads nowhere new.
                places.retain(|place| !all.contains(place));
                if places.is_empty() {
                    break;
                }
            }
            all
        }
    }
}

fn in_turn(parts: &[Part], text: &[char], at: usize) -> Vec<usize> {
    parts.iter().fold(vec![at], |places, part| {
        let mut next: Vec<usize> =
            places.iter().flat_map(|at| ends(part, text, *at)).collect();
        next.sort_unstable();
        next.dedup();
        next
    })
}

#[test]
fn patterns_mean_what_they_say() {
    for (pattern, text, found) in [
        ("^weekly\\s", "Weekly offers", true),
        ("^weekly\\s", "the weekly", false),
        ("r [5-9]$", "offer 5", true),
        ("r [5-9]$", "offer 4", false),
        ("OFF?ERS? \\d", "ofers 3", true),
        ("^[^@]+@\\w+\\.example$", "a.b@good.example", true),
        ("^[^@]+@\\w+\\.example$", "a@sub.good.example", false),
        ("free\\s+money", "free \n money", true),
        ("n.w", "n\nw", false),
        ("(ab|c)*d", "xabcabd", true),
    ] {
        assert_eq!(matches(text, pattern), found, "{pattern} in {text}");
    }
}
