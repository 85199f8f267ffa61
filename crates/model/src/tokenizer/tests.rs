//! The parts together: the splitter against its pattern, the trainer against its definition, and what is refused.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::split::{Pieces, Splitter, cut_all};
use super::*;

/// Characters that decide something in a pattern, between any others.
fn nasty() -> impl Strategy<Value = String> {
    let decisive: Vec<char> = " \t\r\n\u{b}\u{a0}\u{3000}\u{2028}'’sStTrReEvVmMlLdD\u{17f}\u{212a}09٣½Ⅷ五가힣ㄱ\u{1112}\u{1161}é\u{301}/_-.!😀\u{200d}\u{fe0f}\u{0}\u{85}ʰǅß𠀀"
        .chars()
        .collect();
    prop::collection::vec(prop_oneof![9 => prop::sample::select(decisive), 1 => any::<char>()], 0..40)
        .prop_map(|characters| characters.into_iter().collect())
}

static PATTERNS: LazyLock<[fancy_regex::Regex; 2]> =
    LazyLock::new(|| [QWEN2, LLAMA3].map(|pattern| fancy_regex::Regex::new(pattern).unwrap()));

/// The pieces under [`QWEN2`] or, with three digits, [`LLAMA3`].
fn by_pattern(text: &str, digits: usize) -> Vec<String> {
    PATTERNS[digits / 2].find_iter(text).map(|found| found.unwrap().as_str().to_string()).collect()
}

fn by_hand(text: &str, digits: usize) -> Vec<String> {
    Pieces::new(text, digits).map(|(start, end)| text[start..end].to_string()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn the_splitter_by_hand_cuts_as_the_pattern(text in nasty()) {
        prop_assert_eq!(by_hand(&text, 1), by_pattern(&text, 1));
        prop_assert_eq!(by_hand(&text, 3), by_pattern(&text, 3));
    }
}

#[test]
fn pieces_read_as_they_should() {
    let pieces = |text: &str| by_hand(text, 1).join("|");
    assert_eq!(pieces("제12조(정의) 이 법에서"), "제|1|2|조|(정의|)| 이| 법에서");
    assert_eq!(pieces("I'll DON'T 'em"), "I|'ll| DON|'T| '|em");
    assert_eq!(pieces("a  b\n\n  c \n"), "a| | b|\n\n| | c| \n");
    assert_eq!(by_hand("1234567", 3).join("|"), "123|456|7");
}

/// Pieces of any other pattern, with what lies between its matches.
#[test]
fn a_pattern_that_leaves_text_out_loses_none() {
    let splitters = [Splitter::of(r"\p{N}{1,2}").unwrap(), Splitter::of("b").unwrap()];
    let mut pieces = Vec::new();
    cut_all(&splitters, "abc123d4", &mut |piece| pieces.push(piece.to_string()));
    assert_eq!(pieces, ["a", "b", "c", "12", "3", "d", "4"]);
}

/// Training by its definition: all pairs are counted anew before each merge.
fn train_slowly(texts: &[String], first: u32, room: usize) -> Vec<(u32, u32, u32)> {
    let mut words: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
    let id = |byte: u8| first + alphabet::ORDER.iter().position(|&other| other == byte).unwrap() as u32;
    for piece in texts.iter().flat_map(|text| by_pattern(text, 1)) {
        *words.entry(piece.bytes().map(id).collect()).or_default() += 1;
    }
    let mut words: Vec<(Vec<u32>, u64)> = words.into_iter().collect();
    let mut merges = Vec::new();
    for made in (first + 256..).take(room) {
        let mut counts: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        for (word, count) in &words {
            for two in word.windows(2) {
                *counts.entry((two[0], two[1])).or_default() += count;
            }
        }
        let Some((&(left, right), _)) =
            counts.iter().filter(|pair| *pair.1 >= 2).max_by_key(|(pair, count)| (**count, std::cmp::Reverse(**pair)))
        else {
            break;
        };
        merges.push((left, right, made));
        for (word, _) in &mut words {
            let mut merged: Vec<u32> = Vec::new();
            let mut rest = word.as_slice();
            while let [symbol, after @ ..] = rest {
                let is_pair = *symbol == left && after.first() == Some(&right);
                merged.push(if is_pair { made } else { *symbol });
                rest = if is_pair { &after[1..] } else { after };
            }
            *word = merged;
        }
    }
    merges
}

fn options(specials: &[&str], room: usize) -> TrainOptions {
    TrainOptions {
        vocab_size: specials.len() + 256 + room,
        specials: specials.iter().map(|text| (*text).to_string()).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_trainer_follows_its_definition(
        texts in prop::collection::vec("[ab가각 ]{0,24}", 1..12),
        room in 0_usize..24,
        specials in 0_usize..3,
    ) {
        let specials = &["<|a|>", "<|b|>"][..specials.min(2)];
        let tokenizer = train(&texts, &options(specials, room)).unwrap();
        prop_assert_eq!(&tokenizer.0.merges, &train_slowly(&texts, specials.len() as u32, room));
        let backwards = train(texts.iter().rev(), &options(specials, room)).unwrap();
        prop_assert_eq!(&tokenizer.0.merges, &backwards.0.merges);
    }

    #[test]
    fn every_text_comes_back_and_the_file_says_the_same(text in nasty(), more in any::<String>()) {
        let tokenizer = train([text.repeat(3), "책을 읽는 학생 the student reads ".repeat(4)], &TrainOptions::new(300)).unwrap();
        let read = Tokenizer::from_json(&tokenizer.to_json()).unwrap();
        prop_assert_eq!(read.to_json(), tokenizer.to_json());
        for text in [&text, &more, &format!("{text}<|endoftext|>{more}")] {
            let ids = tokenizer.encode(text);
            prop_assert_eq!(&tokenizer.decode(&ids), text);
            prop_assert_eq!(&read.encode(text), &ids);
            prop_assert!(ids.iter().all(|&id| !tokenizer.is_special(id)));
            prop_assert_eq!(read.encode_with_special(text), tokenizer.encode_with_special(text));
        }
    }

    /// Whatever the ids, the texts of a stream are together the text of the whole, and each is whole characters.
    #[test]
    fn a_stream_says_what_the_whole_says(ids in prop::collection::vec(0_u32..270, 0..60), skip in any::<bool>()) {
        let tokenizer = train(["가나다 가나다"], &TrainOptions::new(265)).unwrap();
        let mut decoder = tokenizer.decoder();
        if skip {
            decoder = decoder.without_specials();
        }
        let mut texts: Vec<String> = ids.iter().filter_map(|&id| decoder.push(id)).collect();
        prop_assert!(decoder.held().len() < 4);
        texts.extend(decoder.flush());
        let whole = if skip { tokenizer.decode_without_specials(&ids) } else { tokenizer.decode(&ids) };
        prop_assert_eq!(texts.concat(), whole);
        prop_assert!(texts.iter().all(|text| !text.is_empty()));
    }
}

#[test]
fn a_stream_holds_a_syllable_until_it_is_whole() {
    let tokenizer = train::<&str>([], &TrainOptions::new(259)).unwrap();
    let mut decoder = tokenizer.decoder();
    let given: Vec<Option<String>> = tokenizer.encode("한a").into_iter().map(|id| decoder.push(id)).collect();
    assert_eq!(given, [None, None, Some("한".into()), Some("a".into())]);
    let half = tokenizer.encode("글")[0];
    assert_eq!((decoder.push(half), decoder.held()), (None, &[0xEA][..]));
    assert_eq!((decoder.flush(), decoder.flush()), (Some("\u{FFFD}".into()), None));
}

#[test]
fn special_text_is_prose_unless_it_is_meant() {
    let tokenizer = train(["<|endoftext|> ".repeat(50)], &TrainOptions::new(300)).unwrap();
    assert_eq!((tokenizer.special(END_OF_TEXT), tokenizer.special(TURN_START)), (Some(0), Some(1)));
    assert_eq!((tokenizer.end_of_text(), tokenizer.special("<|none|>")), (Some(0), None));
    let text = "a<|endoftext|>b<|im_end|>";
    assert!(tokenizer.encode(text).iter().all(|&id| id > 2));
    let meant = tokenizer.encode_with_special(text);
    assert_eq!(meant.iter().filter(|&&id| id < 3).collect::<Vec<_>>(), [&0, &2]);
    assert_eq!((tokenizer.decode(&meant), tokenizer.decode_without_specials(&meant)), (text.into(), "ab".into()));
}

#[test]
fn what_cannot_be_trained_is_refused() {
    let fault = |options: TrainOptions| train(["a"], &options).unwrap_err().to_string();
    assert_eq!(
        fault(TrainOptions::new(258)),
        "a vocabulary of 258 ids is too small: 259 are needed for the special tokens and the 256 bytes"
    );
    assert_eq!(fault(TrainOptions::new(1 << 25)), "a vocabulary of 33554432 ids is too large: the most is 16777216");
    assert_eq!(fault(options(&["<|x|>", "<|x|>"], 0)), "the special token `<|x|>` is given twice");
    assert_eq!(fault(options(&[""], 0)), "a special token is empty; give it a text such as `<|endoftext|>`");
    for ordinary in ["a", "the", "Ġthe", "é"] {
        let said = fault(options(&[ordinary], 0));
        assert!(said.starts_with(&format!("the special token `{ordinary}` could come out of ordinary text")), "{said}");
    }
}

/// A small file with one thing changed.
fn changed(change: impl FnOnce(&mut serde_json::Value)) -> String {
    let text = train(["aaaa bbbb"], &TrainOptions::new(262)).unwrap().to_json();
    let mut file = serde_json::from_str(&text).unwrap();
    change(&mut file);
    match Tokenizer::from_json(&file.to_string()) {
        Ok(_) => "read".into(),
        Err(fault) => fault.to_string(),
    }
}

#[test]
fn what_is_broken_in_a_file_is_named() {
    use serde_json::json;
    assert_eq!(changed(|_| {}), "read");
    let said = [
        changed(|file| file["model"]["vocab"] = json!([["a", 0.5]])),
        changed(|file| file["model"]["merges"] = json!(null)),
        changed(|file| file["model"]["merges"][0] = json!(["a", "없음"])),
        changed(|file| file["model"]["merges"][1] = json!("a b c")),
        changed(|file| file["model"]["merges"][1] = json!(["a"])),
        changed(|file| file["model"]["vocab"]["!"] = json!(1000)),
        changed(|file| file["model"]["vocab"]["!"] = json!(5)),
        changed(|file| file["model"]["vocab"]["!"] = json!(-1)),
        changed(|file| file["added_tokens"][1]["id"] = json!(7)),
        changed(|file| file["added_tokens"][2] = file["added_tokens"][1].clone()),
        changed(|file| {
            let vocab = file["model"]["vocab"].as_object_mut().unwrap();
            vocab.remove("!");
            vocab.insert("한".into(), json!(3));
        }),
    ];
    insta::assert_snapshot!(said.join("\n"));
    let twice = r#"{"model": {"type": "BPE", "vocab": {"a": 0, "a": 1}, "merges": []}}"#;
    let said = Tokenizer::from_json(twice).unwrap_err().to_string();
    assert_eq!(
        said,
        "not a tokenizer.json: `a` is listed twice in `model.vocab`, with 0 and 1; remove one at line 1 column 51"
    );
    assert!(Tokenizer::from_json("{").unwrap_err().to_string().ends_with("at line 1 column 1"));
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    use serde_json::json;
    let said = [
        changed(|file| file["model"] = json!({"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0]]})),
        changed(|file| file["model"] = json!({"type": "WordPiece", "unk_token": "[UNK]", "vocab": {"[UNK]": 0}})),
        changed(|file| file["model"]["byte_fallback"] = json!(true)),
        changed(|file| file["model"]["dropout"] = json!(0.1)),
        changed(|file| file["model"]["end_of_word_suffix"] = json!("</w>")),
        changed(|file| file["added_tokens"][0]["lstrip"] = json!(true)),
        changed(|file| file["normalizer"] = json!({"type": "NFKC"})),
        changed(|file| {
            file["normalizer"] = json!({"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]})
        }),
        changed(|file| file["pre_tokenizer"] = json!(null)),
        changed(|file| {
            file["pre_tokenizer"] = json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"})
        }),
        changed(|file| file["pre_tokenizer"]["pretokenizers"][0]["behavior"] = json!("Removed")),
        changed(|file| file["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = json!("(a")),
        changed(|file| file["pre_tokenizer"]["pretokenizers"][1]["add_prefix_space"] = json!(true)),
        changed(|file| file["decoder"] = json!({"type": "Metaspace"})),
        changed(|file| file["post_processor"] = json!({"type": "RobertaProcessing"})),
    ];
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn figures_of_fertility_follow_their_formulas() {
    let tokenizer = train::<&str>([], &TrainOptions::new(259)).unwrap();
    let mut figures = Fertility::new(&tokenizer);
    for text in ["가 ab", "aa"] {
        figures.add(text, &tokenizer.encode(text));
    }
    assert_eq!((figures.words, figures.characters, figures.bytes, figures.tokens), (3, 6, 8, 8));
    let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    close(figures.tokens_per_word(), 8.0 / 3.0);
    close(figures.characters_per_token(), 0.75);
    close(figures.bytes_per_token(), 1.0);
    // Three bytes of a syllable, a space and b once each, a three times.
    close(figures.used(), 6.0 / 259.0);
    let sum = 5.0 * 0.125_f64.powf(2.5) + 0.375_f64.powf(2.5);
    close(figures.renyi_efficiency(), sum.ln() / -1.5 / 259.0_f64.ln());
}

#[test]
fn a_folder_is_read_by_the_file_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Tokenizer::load(folder.path()).unwrap_err().to_string();
    assert!(missing.contains("tokenizer.json cannot be read: "), "{missing}");
    let tokenizer = train(["aaaa bbbb"], &TrainOptions::new(262)).unwrap();
    std::fs::write(folder.path().join("tokenizer.json"), tokenizer.to_json()).unwrap();
    for path in [folder.path().to_path_buf(), folder.path().join("tokenizer.json")] {
        assert_eq!(Tokenizer::load(&path).unwrap().to_json(), tokenizer.to_json());
    }
}
