//! Markup taken out: HTML tags, comments and entities, targets of Markdown links, LaTeX commands, escapes of escapes.

use super::kinds::can_glue;

/// What stands at the beginning of some text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Markup {
    /// What parts words.
    Gap,
    /// A character in other letters, which goes on in the word it stands in.
    Letter(char),
    /// A character that is a word by itself, such as a Greek letter of a formula.
    Word(char),
}

const LONGEST_TAG: usize = 512;
const LONGEST_COMMENT: usize = 4096;

/// What begins at the first byte, one of `<`, `&`, `\` and `]`, and how long it is.
pub(super) fn markup(bytes: &[u8]) -> (Markup, usize) {
    let found = match bytes {
        [b'<', ..] => tag(bytes).map(|length| (Markup::Gap, length)),
        [b'&', ..] => entity(bytes),
        [b'\\', ..] => command(bytes),
        [b']', b'(', ..] => target(bytes).map(|length| (Markup::Gap, length)),
        _ => None,
    };
    found.unwrap_or((Markup::Gap, 1))
}

fn until(bytes: &[u8], longest: usize, end: &[u8]) -> Option<usize> {
    let window = &bytes[..bytes.len().min(longest)];
    window.windows(end.len()).position(|part| part == end).map(|at| at + end.len())
}

/// `<name …>`, `</name>`, `<!-- … -->`.
fn tag(bytes: &[u8]) -> Option<usize> {
    if bytes.starts_with(b"<!--") {
        return until(bytes, LONGEST_COMMENT, b"-->");
    }
    let name = 1 + usize::from(bytes.get(1) == Some(&b'/'));
    if !bytes.get(name)?.is_ascii_alphabetic() {
        return None;
    }
    let rest = bytes[name..].iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-')?;
    if !matches!(bytes[name + rest], b'>' | b'/' | b' ' | b'\n' | b'\t') {
        return None;
    }
    let length = until(bytes, LONGEST_TAG, b">")?;
    (!bytes[1..length].contains(&b'<')).then_some(length)
}

/// Entities that are no letters.
const SIGNS: &[&[u8]] = &[
    b"amp", b"lt", b"gt", b"quot", b"apos", b"nbsp", b"ensp", b"emsp", b"thinsp", b"ndash", b"mdash", b"lsquo",
    b"rsquo", b"ldquo", b"rdquo", b"laquo", b"raquo", b"hellip", b"bull", b"middot", b"times", b"divide", b"minus",
    b"plusmn", b"deg", b"copy", b"reg", b"trade", b"sect", b"para", b"le", b"ge", b"ne", b"larr", b"rarr", b"harr",
    b"sdot",
];

fn entity(bytes: &[u8]) -> Option<(Markup, usize)> {
    let end = bytes.iter().take(12).position(|byte| *byte == b';')?;
    let name = &bytes[1..end];
    if let Some(number) = name.strip_prefix(b"#") {
        let code = match number {
            [b'x' | b'X', digits @ ..] => number_of(digits, 16),
            digits => number_of(digits, 10),
        };
        return Some((letter(code?), end + 1));
    }
    SIGNS.contains(&name).then_some((Markup::Gap, end + 1))
}

/// A character by its number. What would change the character before it is left out.
fn letter(code: u32) -> Markup {
    char::from_u32(code).filter(|sign| !can_glue(*sign)).map_or(Markup::Gap, Markup::Letter)
}

fn number_of(digits: &[u8], radix: u32) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u32::from_str_radix(digits, radix).ok()
}

/// `](target)` of a Markdown link, up to its closing bracket.
fn target(bytes: &[u8]) -> Option<usize> {
    let length = until(bytes, LONGEST_TAG, b")")?;
    (!bytes[..length].iter().any(u8::is_ascii_whitespace)).then_some(length)
}

/// LaTeX commands that say how something looks, and no word.
const LOOKS: &[&str] = &[
    "approx",
    "bar",
    "begin",
    "big",
    "bigg",
    "binom",
    "boldsymbol",
    "boxed",
    "cap",
    "cdot",
    "cdots",
    "circ",
    "cup",
    "dfrac",
    "displaystyle",
    "div",
    "dots",
    "emph",
    "end",
    "equiv",
    "exists",
    "forall",
    "frac",
    "ge",
    "geq",
    "hat",
    "hline",
    "hspace",
    "in",
    "infty",
    "int",
    "item",
    "label",
    "langle",
    "ldots",
    "le",
    "left",
    "leftarrow",
    "leq",
    "lfloor",
    "lceil",
    "mathbb",
    "mathbf",
    "mathcal",
    "mathit",
    "mathrm",
    "mathsf",
    "mid",
    "nabla",
    "ne",
    "neq",
    "notin",
    "operatorname",
    "overline",
    "partial",
    "perp",
    "pm",
    "prime",
    "prod",
    "propto",
    "qquad",
    "quad",
    "rangle",
    "rceil",
    "rfloor",
    "right",
    "rightarrow",
    "rm",
    "section",
    "sim",
    "sqrt",
    "subset",
    "subseteq",
    "subsection",
    "sum",
    "tag",
    "text",
    "textbf",
    "textit",
    "textrm",
    "texttt",
    "textstyle",
    "tfrac",
    "tilde",
    "times",
    "to",
    "underline",
    "vec",
    "vspace",
    "widehat",
];

const GREEK: &[(&str, char)] = &[
    ("alpha", 'α'),
    ("beta", 'β'),
    ("gamma", 'γ'),
    ("delta", 'δ'),
    ("epsilon", 'ε'),
    ("varepsilon", 'ε'),
    ("zeta", 'ζ'),
    ("eta", 'η'),
    ("theta", 'θ'),
    ("iota", 'ι'),
    ("kappa", 'κ'),
    ("lambda", 'λ'),
    ("mu", 'μ'),
    ("nu", 'ν'),
    ("xi", 'ξ'),
    ("pi", 'π'),
    ("rho", 'ρ'),
    ("sigma", 'σ'),
    ("tau", 'τ'),
    ("upsilon", 'υ'),
    ("phi", 'φ'),
    ("varphi", 'φ'),
    ("chi", 'χ'),
    ("psi", 'ψ'),
    ("omega", 'ω'),
];

/// `\name`, and `\n`, `\t`, `\r` and `\uXXXX` of text that was escaped twice.
fn command(bytes: &[u8]) -> Option<(Markup, usize)> {
    let letters = bytes[1..].iter().take(20).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let name = std::str::from_utf8(&bytes[1..=letters]).ok()?;
    let small = name.to_ascii_lowercase();
    if let Some((_, sign)) = GREEK.iter().find(|(word, _)| *word == small) {
        return Some((Markup::Word(*sign), letters + 1));
    }
    if LOOKS.contains(&name) {
        return Some((Markup::Gap, letters + 1));
    }
    match bytes {
        [_, b'u', digits @ ..] if digits.len() >= 4 => {
            let code = number_of(&digits[..4], 16)?;
            Some((letter(code), 6))
        }
        [_, b'n' | b't' | b'r', ..] => Some((Markup::Gap, 2)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_known_and_what_only_looks_like_it_is_not() {
        let table: &[(&str, Markup, usize)] = &[
            ("<b>x", Markup::Gap, 3),
            ("</b>x", Markup::Gap, 4),
            ("<a href=\"x\">y", Markup::Gap, 12),
            ("<!-- a > b -->c", Markup::Gap, 14),
            ("< b and c >", Markup::Gap, 1),
            ("<b < c>", Markup::Gap, 1),
            ("<3 >", Markup::Gap, 1),
            ("&amp;x", Markup::Gap, 5),
            ("&#44032;x", Markup::Letter('가'), 8),
            ("&#xAC00;x", Markup::Letter('가'), 8),
            ("&#x301;x", Markup::Gap, 7),
            ("&#xD800;x", Markup::Gap, 8),
            ("&co; x", Markup::Gap, 1),
            ("](http://a.b)c", Markup::Gap, 13),
            ("](a b)", Markup::Gap, 1),
            ("\\frac{1}", Markup::Gap, 5),
            ("\\alpha b", Markup::Word('α'), 6),
            ("\\nWhat", Markup::Gap, 2),
            ("\\neq x", Markup::Gap, 4),
            ("\\uAC00b", Markup::Letter('가'), 6),
            ("\\user", Markup::Gap, 1),
            ("\\", Markup::Gap, 1),
            ("<", Markup::Gap, 1),
            ("&", Markup::Gap, 1),
        ];
        for (text, kind, length) in table {
            assert_eq!(markup(text.as_bytes()), (*kind, *length), "{text}");
        }
    }
}
