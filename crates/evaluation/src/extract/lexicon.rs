//! Labels of options in all the scripts in which they are written, and options named by their texts.

/// What may follow a digit that is the number of an option.
const AFTER_DIGIT: [&str; 15] = [
    "번",
    "입니다",
    "이다",
    "이에요",
    "예요",
    "이며",
    "이고",
    "이므로",
    "이 정답",
    "이 답",
    "이 맞",
    "가 정답",
    "가 답",
    "가 맞",
    "이라고",
];
/// What may follow a syllable that is the label of an option.
const AFTER_SYLLABLE: [&str; 6] = ["번", "입니다", "이다", "이에요", "예요", "항"];
/// Words after which a capital A is a label and no article.
const AFTER_ARTICLE: [&str; 15] = [
    "is", "was", "or", "and", "because", "but", "since", "as", "must", "would", "has", "isn't", "seems", "are", "fits",
];
/// What may stand between two options that are named in one breath.
pub(super) const JOINTS: [&str; 13] =
    ["이나 ", "나 ", "와 ", "과 ", "도 ", "하고 ", " 또는 ", " 혹은 ", " or ", " and ", ", ", ", or ", ", and "];
const SYLLABLES: &str = "가나다라마바사아자차";
const JAMO: &str = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊ";

/// Something in a text that names an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    /// Where it begins, in bytes.
    pub(super) start: usize,
    /// Where it ends, in bytes.
    pub(super) end: usize,
    /// The option, from 0; it may be beyond the options that there are.
    pub(super) option: usize,
    /// Whether it is the option's text and no label.
    pub(super) is_text: bool,
}

/// How sure it is from the surroundings that a label is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Right after words that announce an answer, or alone.
    Announced,
    /// Anywhere in a text.
    Free,
}

/// The options of one question.
pub(super) struct Lexicon<'a> {
    options: &'a [String],
    /// The options by length, longest first, so that "ㄱ, ㄴ" is found before "ㄱ".
    by_length: Vec<usize>,
}

impl<'a> Lexicon<'a> {
    pub(super) fn new(options: &'a [String]) -> Self {
        let mut by_length: Vec<usize> = (0..options.len()).collect();
        by_length.sort_by_key(|&option| std::cmp::Reverse(options[option].len()));
        Self { options, by_length }
    }

    /// How many options there are.
    pub(super) fn len(&self) -> usize {
        self.options.len()
    }

    /// The option that is named at byte `at`, in the longest way.
    pub(super) fn at(&self, text: &str, at: usize, place: Place) -> Option<Mention> {
        let label = label_at(text, at, place);
        let found = self.text_at(text, at);
        match (label, found) {
            // An option of one letter or digit is looked at as a text only where its sign is no letter.
            (Some((option, end)), Some(named)) if named.end < end || self.is_letter(named.option) => {
                Some(Mention { start: at, end, option, is_text: false })
            }
            (_, Some(named)) => Some(named),
            (Some((option, end)), None) => Some(Mention { start: at, end, option, is_text: false }),
            (None, None) => None,
        }
    }

    /// Every option that is named, from left to right and without overlaps.
    pub(super) fn mentions(&self, text: &str) -> Vec<Mention> {
        let mut found = Vec::new();
        let mut free = 0;
        for (at, _) in text.char_indices() {
            if at >= free
                && let Some(mention) = self.at(text, at, Place::Free)
            {
                free = mention.end;
                found.push(mention);
            }
        }
        found
    }

    fn is_letter(&self, option: usize) -> bool {
        let mut chars = self.options[option].chars();
        chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.next().is_none()
    }

    fn text_at(&self, text: &str, at: usize) -> Option<Mention> {
        let rest = &text[at..];
        let before = text[..at].chars().next_back();
        let found = self.by_length.iter().find(|&&option| {
            let wanted = self.options[option].trim_end_matches(['.', '!', '?']);
            let Some(head) = rest.get(..wanted.len()).filter(|_| !wanted.is_empty()) else { return false };
            head.eq_ignore_ascii_case(wanted) && is_apart(before, wanted, rest[wanted.len()..].chars().next())
        });
        let option = *found?;
        let end = at + self.options[option].trim_end_matches(['.', '!', '?']).len();
        Some(Mention { start: at, end, option, is_text: true })
    }
}

/// Whether a text stands for itself: no word or number goes on across its ends. After Hangul a particle may follow.
fn is_apart(before: Option<char>, wanted: &str, after: Option<char>) -> bool {
    let starts = wanted.chars().next();
    let ends = wanted.chars().next_back();
    let joined = |a: Option<char>, b: Option<char>| match (a, b) {
        (Some(a), Some(b)) => a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric() || is_jamo(a) && is_jamo(b),
        _ => false,
    };
    let inside = matches!((before, starts), (Some(b), Some(s)) if b.is_alphanumeric() && is_hangul(s));
    // "3개" names a count and no option.
    let counted = ends.is_some_and(|c| c.is_ascii_digit()) && after.is_some_and(|c| "개명년월일시분초원%".contains(c));
    !inside && !counted && !joined(before, starts) && !joined(ends, after)
}

fn is_hangul(c: char) -> bool {
    ('\u{ac00}'..='\u{d7a3}').contains(&c)
}

fn is_jamo(c: char) -> bool {
    ('\u{3131}'..='\u{318e}').contains(&c)
}

/// The label at byte `at`: which option it is the label of, and where it ends.
fn label_at(text: &str, at: usize, place: Place) -> Option<(usize, usize)> {
    let c = text[at..].chars().next()?;
    let before = text[..at].chars().next_back();
    let end = at + c.len_utf8();
    let around = Around { before, rest: &text[end..], place };
    match c {
        'A'..='Z' => around.capital(matches!(c, 'A' | 'I')).then(|| (index(c, 'A'), end)),
        'a'..='z' => around.small().then(|| (index(c, 'a'), end)),
        '①'..='⑳' => Some((index(c, '①'), end)),
        '0'..='9' => digits(text, at, place),
        _ if SYLLABLES.contains(c) => {
            around.syllable().then(|| (SYLLABLES.chars().position(|s| s == c), end)).and_then(known)
        }
        _ if JAMO.contains(c) => around.jamo().then(|| (JAMO.chars().position(|s| s == c), end)).and_then(known),
        _ => None,
    }
}

fn known((option, end): (Option<usize>, usize)) -> Option<(usize, usize)> {
    Some((option?, end))
}

fn index(c: char, first: char) -> usize {
    (u32::from(c) - u32::from(first)) as usize
}

fn digits(text: &str, at: usize, place: Place) -> Option<(usize, usize)> {
    let length = text[at..].bytes().take_while(u8::is_ascii_digit).count();
    let end = at + length;
    let around = Around { before: text[..at].chars().next_back(), rest: &text[end..], place };
    let number: usize = text[at..end].parse().ok().filter(|n| (1..=20).contains(n) && length <= 2)?;
    around.digit().then_some((number - 1, end))
}

/// What stands around a label.
struct Around<'a> {
    before: Option<char>,
    rest: &'a str,
    place: Place,
}

impl Around<'_> {
    fn next(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn begins_line(&self) -> bool {
        self.before.is_none_or(|c| c == '\n')
    }

    /// In brackets, or with a bracket or full stop behind it at the beginning of a line.
    fn is_marked(&self) -> bool {
        let closed = self.next() == Some(')');
        let listed = self.rest.starts_with(". ") || self.rest.starts_with(": ") || closed;
        self.before == Some('(') && closed || self.begins_line() && listed
    }

    fn is_alone(&self) -> bool {
        self.begins_line()
            && self.next().is_none_or(|c| matches!(c, '\n' | '.'))
            && self.rest.trim_matches('.').is_empty()
    }

    fn capital(&self, may_be_word: bool) -> bool {
        let apart = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric() && !matches!(c, '\'' | '\\' | '_'));
        let quoted = self.before == Some('\'') && self.next() == Some('\'');
        // "A good way": an article, unless the answer was announced.
        let article = may_be_word && self.place == Place::Free && self.rest.starts_with(' ') && {
            let word = self.rest.trim_start().split([' ', '\n', '.', ',']).next().unwrap_or("");
            let goes_on = word.starts_with(|c: char| c.is_ascii_lowercase());
            goes_on && !AFTER_ARTICLE.contains(&word)
        };
        (quoted || apart(self.before) && apart(self.next())) && !article
    }

    fn small(&self) -> bool {
        let apart = self.before.is_none_or(|c| !c.is_ascii_alphanumeric())
            && self.next().is_none_or(|c| !c.is_ascii_alphanumeric());
        let ends = self.rest.trim_start().is_empty() || self.rest.starts_with(['.', ')', ',', '\n', ':', '"']);
        let bracketed = self.before == Some('(') && self.next() == Some(')');
        apart
            && match self.place {
                Place::Announced => ends && self.before != Some('\''),
                Place::Free => bracketed || self.is_alone(),
            }
    }

    fn digit(&self) -> bool {
        let part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '%' | '/' | '='));
        let decimal = self.rest.starts_with(['.', ',']) && self.rest[1..].starts_with(|c: char| c.is_ascii_digit());
        let before = self.before.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | ',' | '-' | '/' | '$'));
        if part(self.next()) || decimal || before {
            return false;
        }
        match self.place {
            Place::Announced => {
                !self.next().is_some_and(is_hangul) || AFTER_DIGIT.iter().any(|after| self.rest.starts_with(after))
            }
            Place::Free => {
                let called = AFTER_DIGIT.iter().any(|after| after.contains(' ') && self.rest.starts_with(after));
                called || self.rest.starts_with('번') || self.is_marked() || self.is_alone()
            }
        }
    }

    fn syllable(&self) -> bool {
        let after = AFTER_SYLLABLE.iter().any(|after| self.rest.starts_with(after));
        let ends = self.rest.trim_end().is_empty() || self.rest.trim_end_matches(['.', ' ', '\n']).is_empty();
        let closed = self.next().is_some_and(|c| matches!(c, ')' | '.' | ',' | '\n' | '"' | '\'' | ':'));
        let apart = self.before.is_none_or(|c| !c.is_alphanumeric());
        apart
            && match self.place {
                Place::Announced => after || closed || ends,
                Place::Free => self.is_marked() || self.rest.starts_with('번') || ends,
            }
    }

    fn jamo(&self) -> bool {
        let apart = |c: Option<char>| c.is_none_or(|c| !is_jamo(c));
        apart(self.before) && apart(self.next()) && !self.before.is_some_and(|c| c.is_alphanumeric())
    }
}

/// Whether what stands around a mention takes it away: "A가 아니라", "not A", "A는 틀렸고".
pub(super) fn is_denied(text: &str, mention: &Mention) -> bool {
    is_denied_after(text, mention) || is_denied_before(text, mention)
}

fn is_denied_after(text: &str, mention: &Mention) -> bool {
    let after = after_particles(&text[mention.end..]);
    let denials = [
        "아니",
        "아닌",
        "아닙",
        "틀렸",
        "틀린",
        "틀리",
        "정답이 아",
        "답이 아",
        "맞지 않",
        "옳지 않",
        "적절하지 않",
        "is wrong",
        "is incorrect",
        "is not",
        "isn't",
    ];
    denials.iter().any(|word| after.starts_with(word))
}

fn is_denied_before(text: &str, mention: &Mention) -> bool {
    let mut before = shortly_before(text, mention.start).trim_end_matches(['(', '"', '\'', ' ']).to_ascii_lowercase();
    for word in ["option", "choice", "answer"] {
        before = before.trim_end_matches(word).trim_end().into();
    }
    let denials =
        ["not", "n't", "nor", "neither", "rather than", "instead of", "except", "eliminate", "considered", "rule out"];
    denials.iter().any(|word| before.ends_with(word))
}

/// Which of the mentions are taken away; what denies one denies those that are joined to it: "A, B는 아니다", "not A or B".
pub(super) fn denials(text: &str, mentions: &[Mention]) -> Vec<bool> {
    let joined = |left: usize, right: usize| {
        let between = text[mentions[left].end..mentions[right].start].trim_matches(['(', ')', '"', '\'']);
        JOINTS.contains(&between.strip_prefix("번").unwrap_or(between))
    };
    let mut before: Vec<bool> = mentions.iter().map(|mention| is_denied_before(text, mention)).collect();
    let mut after: Vec<bool> = mentions.iter().map(|mention| is_denied_after(text, mention)).collect();
    for right in 1..mentions.len() {
        before[right] |= before[right - 1] && joined(right - 1, right);
    }
    for left in (1..mentions.len()).rev() {
        after[left - 1] |= after[left] && joined(left - 1, left);
    }
    before.into_iter().zip(after).map(|(before, after)| before || after).collect()
}

/// The few words before byte `at`, so that long answers are not looked through for every mention.
pub(super) fn shortly_before(text: &str, at: usize) -> &str {
    let mut start = at.saturating_sub(60);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..at]
}

/// What follows a label once closing signs, "번" and particles are passed.
pub(super) fn after_particles(rest: &str) -> &str {
    let mut rest = rest.trim_start_matches([')', '"', '\'', ' ']);
    rest = rest.strip_prefix("번").unwrap_or(rest).trim_start_matches([')', '"', '\'', ' ']);
    for particle in ["이라", "이", "가", "은", "는", "도", "을", "를"] {
        // The particle ends its word: "이다" and "가장" are no particles.
        let Some(after) = rest.strip_prefix(particle) else { continue };
        if after.starts_with(' ') {
            return after.trim_start();
        }
    }
    rest
}
