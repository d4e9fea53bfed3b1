//! Mail programs: how they write headers. Good and bad senders use the same ones.

use crate::generate::calendar::Civil;
use crate::generate::dice::Dice;

/// A mail program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mua {
    Outlook,
    Exchange,
    Thunderbird,
    Apple,
    Webmail,
    Script,
    Mass,
    Console,
}

impl Mua {
    const ALL: [Self; 8] = [
        Self::Outlook,
        Self::Exchange,
        Self::Thunderbird,
        Self::Apple,
        Self::Webmail,
        Self::Script,
        Self::Mass,
        Self::Console,
    ];

    /// For a person.
    pub(super) fn personal(dice: &mut Dice) -> Self {
        Self::ALL[dice.weighted(&[6.0, 4.0, 3.0, 3.0, 3.0, 0.4, 0.2, 0.5])]
    }

    /// For a machine that sends to many.
    pub(super) fn bulk(dice: &mut Dice) -> Self {
        Self::ALL[dice.weighted(&[1.5, 0.5, 0.7, 0.5, 1.5, 4.0, 4.0, 0.2])]
    }

    /// What spam claims to come from.
    pub(super) fn forged(dice: &mut Dice) -> Self {
        Self::ALL[dice.weighted(&[5.0, 1.5, 2.0, 1.0, 2.5, 3.0, 2.5, 0.2])]
    }

    /// X-Mailer or User-Agent, where the program writes one.
    pub(super) fn header(self, dice: &mut Dice) -> Option<(&'static str, String)> {
        let minor = dice.between(0, 9);
        Some(match self {
            Self::Outlook => {
                ("X-Mailer", format!("Microsoft Outlook 1{}.0", 4 + minor % 3))
            }
            Self::Thunderbird => {
                ("User-Agent", format!("Mozilla Thunderbird 115.{minor}.0"))
            }
            Self::Apple => ("X-Mailer", format!("Apple Mail (2.37{minor}.300)")),
            Self::Script => ("X-Mailer", format!("PHPMailer 6.{minor}.1")),
            Self::Mass => ("X-Mailer", format!("Massmail Express 4.{minor}")),
            Self::Console => ("User-Agent", format!("Mutt/2.{minor}.5")),
            Self::Exchange | Self::Webmail => return None,
        })
    }

    pub(super) fn message_id(self, host: &str, time: i64, dice: &mut Dice) -> String {
        let c = Civil::new(time, 0);
        let left = match self {
            Self::Outlook => {
                format!("{:012x}${}${}", dice.bits() >> 16, dice.hex(8), dice.hex(8))
            }
            Self::Exchange => {
                format!("{}@{}", dice.hex(32).to_ascii_uppercase(), dice.word(8))
            }
            Self::Thunderbird => format!(
                "{}-{}-{}-{}-{}",
                dice.hex(8),
                dice.hex(4),
                dice.hex(4),
                dice.hex(4),
                dice.hex(12)
            ),
            Self::Apple => format!(
                "{}-{}-{}",
                dice.hex(8).to_ascii_uppercase(),
                dice.hex(4).to_ascii_uppercase(),
                dice.hex(12).to_ascii_uppercase()
            ),
            Self::Webmail => format!("CA{}", dice.word(40)),
            Self::Script => format!("{}.{}", dice.hex(32), dice.digits(4)),
            Self::Mass => format!("{time}.{}.{}", dice.digits(5), dice.word(6)),
            Self::Console => format!(
                "{}{:02}{:02}{:02}{:02}.{}",
                c.year,
                c.month,
                c.day,
                c.hour,
                c.minute,
                dice.word(10)
            ),
        };
        match left.split_once('@') {
            Some((left, label)) => format!("<{left}@{label}.{host}>"),
            None => format!("<{left}@{host}>"),
        }
    }

    pub(super) fn boundary(self, dice: &mut Dice) -> String {
        match self {
            Self::Outlook => {
                format!("----=_NextPart_000_00{}_01D{}", dice.hex(2), dice.hex(5))
            }
            Self::Exchange => format!("_000_{}_", dice.hex(32).to_ascii_uppercase()),
            Self::Thunderbird => format!("------------{}", dice.word(24)),
            Self::Apple => format!("Apple-Mail={}", dice.hex(24).to_ascii_uppercase()),
            Self::Webmail => format!("00000000000{}", dice.hex(17)),
            Self::Script => format!("b1_{}", dice.hex(32)),
            Self::Mass => format!("=_{}", dice.word(20)),
            Self::Console => dice.word(16),
        }
    }

    /// Whether Date comes before From, as a habit of the program.
    pub(super) const fn date_first(self) -> bool {
        matches!(self, Self::Thunderbird | Self::Console | Self::Script | Self::Webmail)
    }
}
