//! Texts that a shell would take for something else.

use proptest::prelude::*;

/// Quotes of every kind, what is expanded, what ends a text, what acts on a terminal.
pub(crate) fn hostile() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        any::<char>().prop_map(String::from),
        proptest::sample::select(vec![
            "'",
            "''",
            "\"",
            "`",
            "`'",
            "$(",
            "$(Remove-Item x)",
            "$null",
            "${x}",
            "\u{2018}",
            "\u{2019}",
            "\u{201A}",
            "\u{201B}",
            "\u{201C}",
            "\u{201D}",
            "\u{201E}",
            "\n",
            "\r\n",
            ";",
            "#",
            "<#",
            "#>",
            "@'",
            "'@",
            "\n'@\n",
            "--%",
            "\u{1b}[31m",
            "\u{202e}",
            "\0",
            "é",
            "{",
            "}",
            "|",
            "&",
            ",",
            "Tag:",
            "\u{feff}",
        ])
        .prop_map(str::to_owned),
        "[ -~]{0,6}",
    ];
    proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}
