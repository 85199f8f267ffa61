//! Folding in one pass against folding in the plainest way.

use proptest::prelude::*;
use provenance::contamination::fold::{Unit, fold, plain};

fn units(text: &str) -> Vec<Unit> {
    let mut units = Vec::new();
    fold(text, &mut units);
    units
}

fn keys(text: &str) -> Vec<u64> {
    units(text).iter().map(|unit| unit.key).collect()
}

fn same(one: &str, other: &str) {
    assert_eq!(keys(one), keys(other), "{one:?} {:?} | {other:?} {:?}", plain::fold(one), plain::fold(other));
}

#[test]
fn spelling_spacing_case_and_markup_change_nothing() {
    let question = "대한민국의 수도는 어디인가요? What is the Capital of Korea";
    same(question, "대한민국의수도는어디인가요 what IS the capital of korea");
    same(question, "\u{1103}\u{1162}한민국의 수도는 어디인가요? What is the Capital of Korea");
    same(question, "대\u{200B}한\u{FEFF}민국의 수\u{AD}도는 어디인가요? Wh\u{200D}at is the Cap\u{AD}ital of Korea");
    same(question, "<p>대한민국의 <b>수도</b>는 어디인가요?</p> **What** is the [Capital](http://a.b/c) of _Korea_");
    same(question, "대한민국의 수도는 어디인가요?&nbsp;What is the Ｃａｐｉｔａｌ of &#75;orea");
    same("café ﬁne", "CAFE\u{301} fine");
    same("\\frac{1}{2} \\alpha", "1/2 α");
    same("ｶﾞｷﾞ", "ガギ");
    same("① ②", "1 2");
    same("ㄱㅏ", "가");
    assert_ne!(keys("か"), keys("が"));
    assert_ne!(keys("resume"), keys("resumé"));
}

#[test]
fn places_are_those_of_the_text() {
    let text = "  The cafe\u{301}, 대한 <b>민국</b> 12";
    let stands: Vec<&str> = units(text).iter().map(|unit| &text[unit.start as usize..unit.end as usize]).collect();
    assert_eq!(stands, ["The", "cafe\u{301}", "대", "한", "민", "국", "12"]);
}

/// Texts that are hard to fold: jamo, marks, what is dropped, what composes, markup and its parts.
fn hard() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => "[a-zA-Z0-9 .,\n]{1,6}",
        2 => "[가-힣]{1,4}",
        2 => "[\u{1100}-\u{11FF}\u{3131}-\u{318E}\u{FFA0}-\u{FFDC}]{1,3}",
        2 => "[\u{300}-\u{345}\u{338}\u{3099}\u{309A}\u{302A}\u{64B}\u{5B0}\u{94D}]{1,3}",
        2 => "[\u{200B}\u{200D}\u{AD}\u{FEFF}\u{FE0F}\u{E0041}]",
        1 => "[\u{0}-\u{24F}]{1,4}",
        1 => "[\u{250}-\u{52F}]{1,3}",
        1 => "[ぁ-んァ-ヶｦ-ﾟ。、ー々〇]{1,3}",
        1 => "[\u{2000}-\u{2fff}]{1,3}",
        1 => "[\u{900}-\u{DFF}]{1,3}",
        1 => "[ก-๛]{1,3}",
        1 => "[\u{3000}-\u{33FF}]{1,3}",
        1 => "[\u{F900}-\u{FFFF}]{1,3}",
        1 => "[\u{A800}-\u{ABFF}\u{D7B0}-\u{D7FF}]{1,3}",
        1 => "\\PC{1,4}",
        1 => prop::sample::select(vec![
            "<b>", "</b>", "<", "&", "\\", "]", "](", ")", "&amp;", "&#44032;", "&#x301;", "&#x200b;", "\\n", "\\alpha", "\\frac",
            "\\u0301", "\\uAC00", "=\u{338}", "<\u{338}", "ß", "İ", "ſ", "ς", "ΐ", "ŉ", "ǰ", "½", "㎏", "ﷺ", "가\u{11A8}", "か\u{3099}",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn one_pass_gives_what_the_plainest_way_gives(text in hard()) {
        prop_assert_eq!(keys(&text), plain::keys(&text), "{:?}", plain::fold(&text));
    }

    #[test]
    fn folding_what_was_folded_changes_nothing(text in hard()) {
        let folded = plain::fold(&text);
        prop_assert_eq!(plain::fold(&folded.join(" ")), folded);
    }

    #[test]
    fn places_stand_in_order_and_on_characters(text in hard()) {
        for unit in units(&text) {
            prop_assert!(unit.start < unit.end);
            prop_assert!(text.get(unit.start as usize..unit.end as usize).is_some());
        }
    }
}

#[test]
fn zero_width_spaces_anywhere_change_nothing() {
    let text = "Who weighed the faded whistles on a ferry, 12 of 305 a to the Islands? 한국 a";
    for step in 1..5 {
        let sown: String = text
            .char_indices()
            .flat_map(|(at, sign)| [Some(sign), (at % step == 0).then_some('\u{200B}')])
            .flatten()
            .collect();
        same(text, &sown);
    }
}
