//! What pseudonyms look like.

use uuid::Uuid;

/// What a value is, as far as its pseudonym says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    App,
    User,
    Tenant,
    Group,
    Policy,
    Meeting,
    Address,
    Other,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::User => "user",
            Self::Tenant => "tenant",
            Self::Group => "group",
            Self::Policy => "policy",
            Self::Meeting => "meeting",
            Self::Address => "host",
            Self::Other => "id",
        }
    }

    const fn digit(self) -> u128 {
        match self {
            Self::App => 0xa,
            Self::User => 0xb,
            Self::Tenant => 0xc,
            Self::Group => 0xd,
            Self::Policy | Self::Meeting | Self::Address | Self::Other => 0xe,
        }
    }
}

/// An id that nobody has: the kind in its first digit, the number in its last ones, as people write it.
pub(super) fn id_of(kind: Kind, number: usize) -> Uuid {
    let decimal = number.to_string().bytes().fold(0_u128, |sum, digit| (sum << 4) | u128::from(digit - b'0'));
    Uuid::from_u128((kind.digit() << 124) | (decimal & 0xffff_ffff_ffff))
}

/// A pseudonym with the bytes and characters of `original`: `user-1`, filled up with `_`; `user1@xxxx.invalid` for an
/// address.
pub(super) fn fitted(kind: Kind, number: usize, original: &str) -> String {
    let room = original.chars().filter(char::is_ascii).count();
    let mark = ["%2540", "%40", "@"].into_iter().find(|mark| kind == Kind::User && original.contains(mark));
    let candidates = match mark {
        Some(mark) => {
            let head = format!("{}{number}{mark}", kind.word());
            let full = room
                .checked_sub(head.len() + ".invalid".len() + 1)
                .map(|free| format!("{head}x{}.invalid", "x".repeat(free)));
            [full, Some(head), Some(format!("u{number}"))]
        }
        None => [Some(format!("{}-{number}", kind.word())), Some(format!("{:.1}{number}", kind.word())), None],
    };
    let fitting = candidates.into_iter().flatten().find(|text| text.len() <= room);
    // What has no room for a number keeps nothing of the value either.
    let mut letters = fitting.as_deref().unwrap_or_default().chars();
    let filler = if fitting.is_some() { '_' } else { '*' };
    original
        .chars()
        .map(|c| match c.len_utf8() {
            1 => letters.next().unwrap_or(filler),
            2 => '·',
            3 => '…',
            _ => '🔒',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonyms_fit() {
        for original in
            ["Meetings", "HR", "x", "Müller-Lüdenscheidt", "李", "adele@contoso.com", "a@b.co", "a%40b.example", "🦀"]
        {
            for number in [1, 12, 123_456] {
                let new = fitted(Kind::User, number, original);
                assert_eq!(
                    (new.len(), new.chars().count()),
                    (original.len(), original.chars().count()),
                    "{original}: {new}"
                );
            }
        }
        assert_eq!(fitted(Kind::Policy, 3, "Meetings"), "policy-3");
        assert_eq!(fitted(Kind::User, 1, "adele@contoso.com"), "user1@xxx.invalid");
        assert_eq!(fitted(Kind::Policy, 12, "HR1"), "p12");
        assert_eq!(id_of(Kind::App, 12).to_string(), "a0000000-0000-0000-0000-000000000012");
    }
}
