//! Whether a text is prose that is worth learning from, told by counting.

use std::collections::BTreeMap;

use super::Language;
use super::hashing::mix;

/// Limits that a text has to keep to.
///
/// Source: Rae et al., "Scaling Language Models" (Gopher), arXiv 2112.11446, table A1 and appendix A.1.1. Where their
/// rules speak of English words, Korean has limits of its own: its words are short, since they are written in syllables,
/// and joined with particles, so that the rule of stop words cannot be kept (FineWeb2, arXiv 2506.20920, section 3,
/// finds that thresholds must be chosen language by language).
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quality {
    /// Fewest words of a text. Gopher: 50. Korean says the same in about two thirds of the words, so it needs two thirds.
    pub least_words: usize,
    /// Most words of a text. Gopher: 100,000.
    pub most_words: usize,
    /// Most of the words that may be without a letter. Gopher: 0.2; law and technical text has more numbers.
    pub most_words_without_letters: f64,
    /// Most runs of `#`, `…`, `|`, `{` or `}` for each word. Gopher: 0.1 of `#` and of `…`; a run counts once, so that a
    /// heading of Markdown is one.
    pub most_symbols_per_word: f64,
    /// Most of the lines that may begin with a bullet. Gopher: 0.9.
    pub most_bullets: f64,
    /// Most of the lines that may end in an ellipsis. Gopher: 0.3.
    pub most_ellipses: f64,
    /// Most of the characters that may stand in lines that came before. Gopher: 0.2.
    pub most_in_repeated_lines: f64,
    /// Most of the characters that may stand in the most frequent run of two words. Gopher: 0.2.
    pub most_in_frequent_pair: f64,
    /// Most of the characters that may stand in runs of ten words that came before. Gopher: 0.1.
    pub most_in_repeated_runs: f64,
    /// Least and most characters of a word on average in English. Gopher: 3 to 10.
    pub english_word: (f64, f64),
    /// The same in Korean.
    pub korean_word: (f64, f64),
}

impl Default for Quality {
    fn default() -> Self {
        Self {
            least_words: 50,
            most_words: 100_000,
            most_words_without_letters: 0.3,
            most_symbols_per_word: 0.1,
            most_bullets: 0.9,
            most_ellipses: 0.3,
            most_in_repeated_lines: 0.2,
            most_in_frequent_pair: 0.2,
            most_in_repeated_runs: 0.1,
            english_word: (3.0, 10.0),
            korean_word: (1.6, 8.0),
        }
    }
}

/// Words in a row that count as a repetition.
const RUN: usize = 10;

impl Quality {
    /// The first limit that a text breaks, in words; none if it keeps to all.
    #[must_use]
    pub fn fault(&self, text: &str, language: Language) -> Option<&'static str> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let least = if language == Language::Korean { self.least_words * 2 / 3 } else { self.least_words };
        match words.len() {
            count if count < least => return Some("too few words"),
            count if count > self.most_words => return Some("too many words"),
            _ => {}
        }
        self.fault_of_words(text, &words, language)
            .or_else(|| self.fault_of_lines(text))
            .or_else(|| self.fault_of_runs(&words))
    }

    fn fault_of_words(&self, text: &str, words: &[&str], language: Language) -> Option<&'static str> {
        let count = words.len().max(1) as f64;
        let characters: usize = words.iter().map(|word| word.chars().count()).sum();
        let symbols = symbol_runs(text);
        let without = words.iter().filter(|word| !word.chars().any(char::is_alphabetic)).count();
        let (least, most) = if language == Language::Korean { self.korean_word } else { self.english_word };
        let mean = characters as f64 / count;
        if mean < least || mean > most {
            return Some("words of unlikely length");
        }
        if without as f64 / count > self.most_words_without_letters {
            return Some("too many words without letters");
        }
        (symbols as f64 / count > self.most_symbols_per_word).then_some("too many symbols")
    }

    fn fault_of_lines(&self, text: &str) -> Option<&'static str> {
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let share = |is_one: &dyn Fn(&str) -> bool| {
            lines.iter().filter(|line| is_one(line)).count() as f64 / lines.len().max(1) as f64
        };
        if share(&|line| line.starts_with(['-', '*', '•', '‣', '·', '○', '●', '■', '□', '▪'])) > self.most_bullets
        {
            return Some("mostly bullets");
        }
        if share(&|line| line.ends_with('…') || line.ends_with("...")) > self.most_ellipses {
            return Some("too many lines end in an ellipsis");
        }
        let mut seen: BTreeMap<&str, ()> = BTreeMap::new();
        let repeated: usize = lines.iter().filter(|line| seen.insert(line, ()).is_some()).map(|line| line.len()).sum();
        let all: usize = lines.iter().map(|line| line.len()).sum();
        (repeated as f64 / all.max(1) as f64 > self.most_in_repeated_lines).then_some("repeated lines")
    }

    fn fault_of_runs(&self, words: &[&str]) -> Option<&'static str> {
        let hashes: Vec<u64> = words.iter().map(|word| hash(word)).collect();
        let lengths: Vec<usize> = words.iter().map(|word| word.len()).collect();
        let all = lengths.iter().sum::<usize>().max(1) as f64;
        let mut pairs: BTreeMap<u64, (usize, usize)> = BTreeMap::new();
        for (pair, lengths) in hashes.windows(2).zip(lengths.windows(2)) {
            let entry = pairs.entry(run_hash(pair)).or_default();
            *entry = (entry.0 + 1, entry.1 + lengths.iter().sum::<usize>());
        }
        let frequent = pairs.values().filter(|(count, _)| *count > 1).map(|(_, bytes)| *bytes).max().unwrap_or(0);
        if frequent as f64 / all > self.most_in_frequent_pair {
            return Some("one pair of words makes up too much");
        }
        (repeated_bytes(&hashes, &lengths) as f64 / all > self.most_in_repeated_runs).then_some("repeated passages")
    }
}

fn symbol_runs(text: &str) -> usize {
    let mut before = None;
    let starts = text.chars().filter(|sign| {
        let is_start = matches!(sign, '#' | '…' | '|' | '{' | '}') && before != Some(*sign);
        before = Some(*sign);
        is_start
    });
    starts.count()
}

/// Bytes of the words that stand in a run of [`RUN`] words that came before, each word once.
fn repeated_bytes(hashes: &[u64], lengths: &[usize]) -> usize {
    let mut seen: BTreeMap<u64, ()> = BTreeMap::new();
    let (mut bytes, mut counted_to) = (0, 0);
    for (start, run) in hashes.windows(RUN).enumerate() {
        if seen.insert(run_hash(run), ()).is_some() {
            let from = start.max(counted_to);
            bytes += lengths[from..start + RUN].iter().sum::<usize>();
            counted_to = start + RUN;
        }
    }
    bytes
}

fn hash(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn run_hash(run: &[u64]) -> u64 {
    run.iter().fold(0, |sum, word| mix(sum.rotate_left(7) ^ word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prose(words: usize) -> String {
        let stems = ["사람", "나라", "법률", "권리", "의무", "자유", "국회", "정부", "법원", "지방"];
        let ends = ["은", "이", "을", "의", "에서", "으로", "과", "에"];
        let verbs = ["정한다", "가진다", "지킨다", "만든다", "따른다"];
        let word = |at: usize| match at % 4 {
            3 => format!("{}{}", verbs[(at * 7 / 4) % 5], if at % 8 == 7 { ".\n" } else { "." }),
            _ => format!("{}{}{}", stems[(at * 13 + at / 7) % 10], at / 40, ends[(at * 5 + at / 11) % 8]),
        };
        (0..words).map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn prose_passes() {
        assert_eq!(Quality::default().fault(&prose(120), Language::Korean), None);
        let english = "The council met in the old town hall on the first day of spring, and the members spoke for a long \
                       time about bridges, about schools and about the price of bread. Nobody agreed with anybody else; \
                       still they found, late in the evening, that a new well was wanted by all of them, and they wrote \
                       down who should dig it and who should pay.";
        assert_eq!(Quality::default().fault(english, Language::English), None);
    }

    #[test]
    fn statutes_with_headings_and_notes_of_amendments_pass() {
        let article = format!("##### 제1조 (지방의 사무)\n\n{} \\<개정 2010. 1. 1.\\>\n", prose(60));
        assert_eq!(symbol_runs(&article), 1);
        assert_eq!(Quality::default().fault(&article, Language::Korean), None);
    }

    #[test]
    fn each_limit_is_told_by_its_name() {
        let lines =
            |line: &str, times: usize| (0..times).map(|at| line.replace('N', &at.to_string())).collect::<String>();
        let cases = [
            (prose(20), "too few words"),
            (prose(100_001), "too many words"),
            ("가 ".repeat(100), "words of unlikely length"),
            (prose(60) + &" 12345".repeat(60), "too many words without letters"),
            (prose(60) + &" {가나}".repeat(20), "too many symbols"),
            (lines("- 항목 N번은 이러하고 저러하다\n", 40), "mostly bullets"),
            (lines("N번째 이야기는 길고 다음에 이어진다...\n", 40), "too many lines end in an ellipsis"),
            (prose(60) + &"\n같은 줄이 다시 나온다".repeat(30), "repeated lines"),
            (lines("좋은아침 입니다 N번 ", 60), "one pair of words makes up too much"),
            (prose(80).replace('\n', "") + &prose(80).replace('\n', ""), "repeated passages"),
        ];
        for (text, wanted) in cases {
            assert_eq!(Quality::default().fault(&text, Language::Korean), Some(wanted), "{text}");
        }
    }
}
