//! Thoughts and answers told apart, and answers cut at stop texts.

use super::Thinks;

/// How models mark thoughts in plain text: Qwen, DeepSeek and most others; Mistral.
const TAGS: [(&str, &str); 2] = [("<think>", "</think>"), ("[THINK]", "[/THINK]")];

/// A text, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Told<'a> {
    /// An answer, perhaps after a thought.
    Answer {
        /// The thought, trimmed.
        thought: Option<&'a str>,
        /// The answer; after a thought, without blanks before it.
        text: &'a str,
    },
    /// A thought that never came to its end.
    Unfinished(&'a str),
}

/// Takes a text apart. As in lm-eval's `think_end_token`, the answer stands behind the last closing tag.
pub(crate) fn split(text: &str, thinks: Thinks) -> Told<'_> {
    for (open, close) in TAGS {
        if let Some(end) = text.rfind(close) {
            let thought = text[..end].trim();
            let thought = thought.strip_prefix(open).unwrap_or(thought).trim();
            let text = text[end + close.len()..].trim_start();
            return Told::Answer { thought: Some(thought).filter(|thought| !thought.is_empty()), text };
        }
    }
    let start = text.trim_start();
    match TAGS.into_iter().find_map(|(open, _)| start.strip_prefix(open)) {
        Some(thought) => Told::Unfinished(thought.trim()),
        None if thinks == Thinks::Always => Told::Unfinished(start.trim_end()),
        None => Told::Answer { thought: None, text },
    }
}

/// The text before the first stop text, and whether there was one.
pub(crate) fn cut<'a>(text: &'a str, until: &[String]) -> (&'a str, bool) {
    let first = until.iter().filter(|stop| !stop.is_empty()).filter_map(|stop| text.find(stop.as_str())).min();
    (&text[..first.unwrap_or(text.len())], first.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thoughts_are_told_from_answers() {
        let answer = |thought, text| Told::Answer { thought, text };
        let table = [
            ("The answer is 5.", answer(None, "The answer is 5.")),
            ("  plain, blanks kept ", answer(None, "  plain, blanks kept ")),
            ("<think>\nPerhaps 4.\n</think>\n\n5", answer(Some("Perhaps 4."), "5")),
            ("Perhaps 4.</think>5", answer(Some("Perhaps 4."), "5")),
            ("<think></think>5", answer(None, "5")),
            ("<think>a</think>b<think>c</think> d", answer(Some("a</think>b<think>c"), "d")),
            ("[THINK]hm[/THINK]나", answer(Some("hm"), "나")),
            ("<think>The answer is 4, no,", Told::Unfinished("The answer is 4, no,")),
            ("\n<think>", Told::Unfinished("")),
        ];
        for (text, told) in table {
            assert_eq!(split(text, Thinks::Tagged), told, "{text}");
        }
        assert_eq!(split("no tag at all", Thinks::Always), Told::Unfinished("no tag at all"));
        assert_eq!(split("so</think>5", Thinks::Always), answer(Some("so"), "5"));
    }

    #[test]
    fn the_first_stop_text_counts_whatever_its_place_in_the_list() {
        let until = ["\n\n", "Q:", "", "</s>"].map(String::from);
        assert_eq!(cut("a Q: b\n\nc", &until), ("a ", true));
        assert_eq!(cut("정답</s>", &until), ("정답", true));
        assert_eq!(cut("nothing", &until), ("nothing", false));
    }
}
