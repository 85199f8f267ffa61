//! Pages of a scan that took place.

use super::*;
use crate::contamination::{Benchmark, Item, Options, compare, scan, self_test};

const QUESTION: &str = "한강 하류의 작은 포구에서 매년 음력 이월 초하룻날 배를 띄우며 지내던 제사를 무엇이라고 부르는가, <b>그리고</b> 그 제사를 맡은 집안은?";

fn report() -> Report {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("corpus.jsonl");
    let filler = "The harbour opens at six in the morning and the boats go out with the tide, one after the other.";
    let lines = [filler, &format!("{filler} {QUESTION} 이월 영등굿이며 장씨 집안이 맡았다."), filler];
    let text: String = lines.iter().map(|line| serde_json::json!({ "text": line }).to_string() + "\n").collect();
    std::fs::write(&path, text + "not json\n").expect("a corpus");
    let item = |id: &str, question: &str, answer: &str| Item {
        id: id.to_owned(),
        question: question.to_owned(),
        answer: Some(answer.to_owned()),
        ..Item::default()
    };
    let other =
        "Which of the seven lighthouses on the northern coast was built before the harbour wall, and who paid for it?";
    let items = vec![item("0", QUESTION, "이월 영등굿"), item("1", other, "the third one"), item("2", "Why?", "So.")];
    let benchmark = Benchmark { name: "harbour".to_owned(), items };
    scan(&[path], &[benchmark], &Options { threads: 1, ..Options::default() }, &()).expect("a report")
}

#[test]
fn what_was_found_is_on_the_page_in_both_languages() {
    let mut report = report();
    report.self_test = Some(self_test(1, 10));
    let scores = ["0", "1"].map(|id| crate::contamination::ItemScore { id: id.to_owned(), score: 1.0 });
    let scores = [compare(&report, "harbour", &scores).expect("scores")];
    let page = render(&report, &scores, Language::Ko);
    for part in ["harbour: 1 of 2 items (50.0 %)", "corpus.jsonl:2", "영등굿", "not json", "reworded", "1 items"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(page.contains("&lt;b&gt;그리고") && !page.contains("<b>그리고"));
    let without_names = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for foreign in ["<script", "http:", "https:", "src=", "href=", "@import", "url("] {
        assert!(!without_names.contains(foreign), "{foreign}");
    }
    for tag in ["div", "table", "tr", "td", "th", "details", "dl", "span", "p", "ul", "li"] {
        let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
    if let Ok(folder) = std::env::var("DAEPYO_KEEP") {
        std::fs::write(std::path::Path::new(&folder).join("contamination.html"), page).expect("a page");
    }
}

#[test]
fn every_blind_spot_is_told_in_korean_too() {
    for told in report().blind_spots {
        assert_ne!(blind_spot(&told).ko, told);
    }
}
