//! Words and numbers on a chart: cleaned, measured, shortened.

use std::sync::LazyLock;

use plotters::style::{FontDesc, FontFamily, FontStyle, register_font};

use crate::picture::Weight;

/// Family named in SVG files; the first is the one that measures and that draws the PNG.
pub(crate) const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// Height of `DejaVu Sans` from ascent to descent in em: what the rasteriser calls its size.
pub(crate) const HEIGHT_PER_EM: f64 = (1901.0 + 483.0) / 2048.0;

/// Longest text that is looked at; anything longer would be shortened anyway.
const LONGEST: usize = 400;

/// Registers the carried fonts when it is first looked at.
static FONTS: LazyLock<()> = LazyLock::new(|| {
    let faces = [
        (FontStyle::Normal, dejavu::sans::regular()),
        (FontStyle::Bold, dejavu::sans::bold()),
    ];
    for (style, bytes) in faces {
        let registered = register_font(FAMILY, style, bytes).is_ok();
        assert!(registered, "the carried fonts are well-formed");
    }
});

/// The carried font, `size` in the rasteriser's measure.
pub(crate) fn font(size: f64, weight: Weight) -> FontDesc<'static> {
    // Not within an assertion: release builds would leave that out, and the fonts with it.
    LazyLock::force(&FONTS);
    let style = match weight {
        Weight::Regular => FontStyle::Normal,
        Weight::Bold => FontStyle::Bold,
    };
    FontDesc::new(FontFamily::Name(FAMILY), size, style)
}

/// Width of `text` at `size` em.
pub(crate) fn width(text: &str, size: f64, weight: Weight) -> f64 {
    // Measured large, because the library rounds to whole pixels.
    const FINE: f64 = 200.0;
    let measured = font(FINE * HEIGHT_PER_EM, weight)
        .layout_box(text)
        .map_or(0.0, |((left, _), (right, _))| f64::from(right - left));
    let plain = measured / FINE * size;
    plain + text.chars().map(|c| wideness(c) * size).sum::<f64>()
}

/// What a viewer's own font may need beyond the carried one, which lacks these scripts.
fn wideness(c: char) -> f64 {
    match c {
        '\u{1100}'..='\u{11FF}' | '\u{2E80}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}' => {
            0.45
        }
        '\u{FE30}'..='\u{FE4F}' | '\u{FF00}'..='\u{FF60}' | '\u{1F000}'.. => 0.75,
        _ => 0.0,
    }
}

/// `text` without anything that is not ink: controls, line ends, direction marks and what
/// XML forbids; runs of blanks become one.
pub(crate) fn clean(text: &str) -> String {
    let visible = |c: char| {
        !c.is_control()
            && !matches!(c,
                '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{FEFF}'
                | '\u{FFF9}'..='\u{FFFB}'
                | '\u{FFFE}'..='\u{FFFF}'
                | '\u{E0000}'..='\u{E007F}')
    };
    let kept: String =
        text.chars().take(LONGEST).filter(|c| visible(*c) || c.is_whitespace()).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `text` cleaned and, where it is wider than `room`, cut with `…` at its end.
pub(crate) fn shorten(text: &str, size: f64, weight: Weight, room: f64) -> String {
    let whole = clean(text);
    if width(&whole, size, weight) <= room {
        return whole;
    }
    let letters: Vec<char> = whole.chars().collect();
    let cut = |kept: usize| {
        let mut cut = letters[..kept].iter().collect::<String>().trim_end().to_owned();
        cut.push('…');
        cut
    };
    let (mut fits, mut over) = (0, letters.len());
    while over - fits > 1 {
        let middle = usize::midpoint(fits, over);
        if width(&cut(middle), size, weight) <= room {
            fits = middle;
        } else {
            over = middle;
        }
    }
    if fits == 0 { String::new() } else { cut(fits) }
}

/// `text` cleaned and broken between words into lines no wider than `room`, at most `most`;
/// what is left over is cut with `…`.
pub(crate) fn wrap(
    text: &str,
    size: f64,
    weight: Weight,
    room: f64,
    most: usize,
) -> Vec<String> {
    let whole = clean(text);
    let mut lines: Vec<String> = Vec::new();
    let mut rest = whole.as_str();
    while !rest.is_empty() && lines.len() + 1 < most {
        let ends = rest.match_indices(' ').map(|(at, _)| at).chain([rest.len()]);
        let fits = |at: &usize| width(&rest[..*at], size, weight) <= room;
        let Some(end) = ends.take_while(fits).last() else { break };
        lines.push(rest[..end].to_owned());
        rest = rest[end..].trim_start();
    }
    if !rest.is_empty() {
        lines.push(shorten(rest, size, weight, room));
    }
    lines
}

/// The first of several ways to say a thing that fits `room`; else the last one, cut.
pub(crate) fn fitting(ways: &[&str], size: f64, weight: Weight, room: f64) -> String {
    let fits = |text: &&&str| width(&clean(text), size, weight) <= room;
    match ways.iter().find(fits) {
        Some(text) => clean(text),
        None => {
            ways.last().map_or_else(String::new, |text| shorten(text, size, weight, room))
        }
    }
}

/// `1,234,567`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Like [`thousands`], but `12.3M` and the like from ten million up.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(crate) fn compact(number: u64) -> String {
    const STEPS: [(u64, f64, &str); 4] = [
        (10_000_000_000_000_000, 1e15, "P"),
        (10_000_000_000_000, 1e12, "T"),
        (10_000_000_000, 1e9, "G"),
        (10_000_000, 1e6, "M"),
    ];
    STEPS.iter().find(|(from, _, _)| number >= *from).map_or_else(
        || thousands(number),
        |(_, unit, letter)| format!("{:.1}{letter}", number as f64 / unit),
    )
}

/// Like [`thousands`], but with three figures from ten thousand up: `12.3k`, `9.99M`.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(crate) fn brief(number: u64) -> String {
    const STEPS: [(f64, &str); 6] =
        [(1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    let value = number as f64;
    // Rounding must not lead to `1000k`.
    let step = STEPS.iter().find(|(unit, _)| value >= unit * 0.9995);
    match step {
        Some((unit, letter)) if number >= 10_000 => {
            let share = value / unit;
            let digits = match share {
                share if share >= 99.95 => 0,
                share if share >= 9.995 => 1,
                _ => 2,
            };
            format!("{share:.digits$}{letter}")
        }
        Some(_) | None => thousands(number),
    }
}

/// `3/2,075`.
pub(crate) fn fraction(count: u64, of: u64) -> String {
    format!("{}/{}", compact(count), compact(of))
}

/// A share from 0 to 1 as per cent with no more digits than it needs: `0.05 %`, `12.5 %`.
pub(crate) fn percent(share: f64) -> String {
    let value = share * 100.0;
    if value > 0.0 && value < 0.000_099 {
        // More zeros than anybody counts.
        return format!("{value:.0e} %");
    }
    let text = format!("{value:.7}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(2075), "2,075");
        assert_eq!(thousands(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(compact(9_999_999), "9,999,999");
        assert_eq!(compact(12_345_678), "12.3M");
        let numbers = [9_999, 10_000, 12_345, 999_499, 999_999, 9_999_999, u64::MAX];
        let brief = numbers.map(brief);
        assert_eq!(brief, ["9,999", "10.0k", "12.3k", "999k", "1.00M", "10.0M", "18.4E"]);
    }

    #[test]
    fn per_cents_carry_no_idle_digits() {
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.001), "0.1 %");
        assert_eq!(percent(0.00001), "0.001 %");
        assert_eq!(percent(0.000_001), "0.0001 %");
        assert_eq!(percent(1e-9), "1e-7 %");
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(0.125), "12.5 %");
    }

    #[test]
    fn cleaning_leaves_only_ink() {
        assert_eq!(clean("a\u{0}\u{202E}b\r\n  c\u{2028}d"), "ab c d");
        assert_eq!(clean("<script>"), "<script>");
    }

    #[test]
    fn lines_break_between_words_and_lose_none_where_there_is_room() {
        let text = "one two three four five six seven eight nine ten";
        let lines = wrap(text, 11.0, Weight::Regular, 90.0, 9);
        assert!(lines.len() > 2 && lines.len() < 9);
        assert_eq!(lines.join(" "), text);
        assert!(lines.iter().all(|line| width(line, 11.0, Weight::Regular) <= 90.0));
        let lines = wrap(text, 11.0, Weight::Regular, 90.0, 2);
        assert!(lines.len() == 2 && lines[1].ends_with('…'));
        assert_eq!(wrap("", 11.0, Weight::Regular, 90.0, 2), Vec::<String>::new());
    }

    #[test]
    fn the_longest_words_that_fit_are_taken() {
        let ways = ["a long way to say it", "a short one"];
        let said = |room| fitting(&ways, 11.0, Weight::Regular, room);
        assert_eq!(said(500.0), ways[0]);
        assert_eq!(said(90.0), ways[1]);
        assert!(said(40.0).ends_with('…'));
    }

    #[test]
    fn shortening_fits_the_room() {
        let long = "a very long policy name ".repeat(20);
        let short = shorten(&long, 11.0, Weight::Regular, 120.0);
        assert!(short.ends_with('…') && short.len() > 5);
        assert!(width(&short, 11.0, Weight::Regular) <= 120.0);
        assert_eq!(shorten("plain", 11.0, Weight::Regular, 120.0), "plain");
        assert_eq!(shorten("plain", 11.0, Weight::Regular, 1.0), "");
    }
}
