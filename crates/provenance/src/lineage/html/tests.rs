//! Pages of reports made by hand.

use super::*;
use crate::anatomy::{Component, Spot, Tower};
use crate::lineage::{
    Comparison, Control, Effect, Finding, Grid, Model, Sensitivity, Test, Tier, TokenizerFinding, TokenizerRelation,
};

fn model(name: &str, parameters: u64) -> Model {
    Model { name: name.to_owned(), digest: "9f".repeat(32), parameters, family: Some("qwen3".to_owned()) }
}

fn at(tower: Tower, spot: Spot) -> Component {
    Component { tower, spot }
}

fn parts() -> Vec<Component> {
    let mut parts = vec![at(Tower::Language, Spot::Embedding)];
    parts.extend((0..28).map(|block| at(Tower::Language, Spot::Block(block))));
    parts.extend([Spot::End, Spot::Head].map(|spot| at(Tower::Language, spot)));
    parts.push(at(Tower::Vision, Spot::Embedding));
    parts.extend((0..24).map(|block| at(Tower::Vision, Spot::Block(block))));
    parts.push(at(Tower::Connector, Spot::Embedding));
    parts
}

/// A share between 0 and 1 that looks like chance.
fn chance(place: usize) -> f64 {
    let mixed = (place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 11) as f64 / (1_u64 << 53) as f64
}

fn finding(component: Component, place: usize, dependent: bool) -> Finding {
    let log10_p = if dependent { -(800.0 + 400.0 * chance(place)) } else { chance(place).log10() };
    let negative = (0..24).map(|run| chance(place * 24 + run + 7).log10()).collect();
    let control = |name: &str, positive, log10_p| Control { name: name.to_owned(), positive, log10_p, passed: true };
    Finding {
        component,
        against: component,
        test: Test::AlignedUnits,
        tier: Tier::Exact,
        log10_p: Some(log10_p),
        log10_adjusted: Some((log10_p + 5.4).min(0.0)),
        dependent,
        effects: vec![Effect {
            name: "mean cosine".to_owned(),
            value: if dependent { 0.97 - 0.1 * chance(place) } else { 0.004 * (chance(place) - 0.5) },
        }],
        compared: 4096,
        controls: vec![control("mismatched layers", false, negative), control("derived child", true, vec![-1204.5])],
    }
}

fn grid(tower: Tower, (rows, columns): (u32, u32), dependent: bool) -> Grid {
    let pairs = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    let of = |(row, column): (u32, u32)| {
        let share = chance((row * columns + column) as usize + 31);
        if dependent && row == column {
            (0.95 - 0.2 * share, -900.0 - 80.0 * share)
        } else {
            (0.01 * share, share.log10())
        }
    };
    let (effect, log10_p) = pairs.map(of).map(|(effect, log10_p)| (effect as f32, log10_p as f32)).unzip();
    Grid { tower, test: Test::AlignedUnits, rows, columns, effect, log10_p }
}

fn tokenizer(relation: TokenizerRelation) -> TokenizerFinding {
    TokenizerFinding {
        relation,
        candidate: 131_072,
        library: 151_669,
        shared: 61_204,
        same_id: 2,
        merges: 40_117,
        order: 0.61,
    }
}

fn comparison(name: &str, borrowed: Option<Tower>) -> Comparison {
    let place = name.len() * 1000;
    let each = parts().into_iter().enumerate().map(|(number, part)| {
        finding(part, place + number, Some(part.tower) == borrowed && matches!(part.spot, Spot::Block(_)))
    });
    Comparison {
        model: name.to_owned(),
        tokenizer: Some(tokenizer(TokenizerRelation::Overlap)),
        findings: each.collect(),
        grids: vec![grid(Tower::Language, (28, 32), false), grid(Tower::Vision, (24, 24), borrowed.is_some())],
    }
}

/// A candidate whose vision encoder is another model's, and three models that have nothing to do with it.
pub(crate) fn borrowed() -> Report {
    let names = ["Baram-8B", "Qwen2.5-VL-7B", "Sol-100B", "<b>Wolf</b>-3B"];
    Report {
        program: "0.1.0".to_owned(),
        candidate: model("Haneul-7B", 7_615_616_512),
        library: names.iter().map(|name| model(name, 8_292_166_656)).collect(),
        level: 1e-6,
        hypotheses: 262_144,
        seed: 6,
        comparisons: names
            .iter()
            .map(|name| comparison(name, (*name == "Qwen2.5-VL-7B").then_some(Tower::Vision)))
            .collect(),
        sensitivity: parts()
            .into_iter()
            .enumerate()
            .map(|(place, component)| Sensitivity { component, cosine: 0.003 + 0.002 * chance(place) })
            .collect(),
        declared: vec!["hangang/Geumgang-2B".to_owned()],
        omitted: vec!["rotation: the weights of Sol-100B are not there; give --raw and the folder".to_owned()],
    }
}

/// The same candidate without the model it borrowed from.
fn alone() -> Report {
    let mut report = borrowed();
    report.library.remove(1);
    report.comparisons.remove(1);
    report.declared.clear();
    report
}

#[test]
fn what_was_found_is_said_first_in_words() {
    let report = borrowed();
    let said = Summary::of(&report).sentences("Haneul-7B");
    assert_eq!(
        said[0].en,
        "Haneul-7B shares weights or initialisation with Qwen2.5-VL-7B in: vision blocks 0–23 (by exact tests)."
    );
    assert!(said[1].en.starts_with("No dependence found on 3 other models at sensitivity 0.0050"), "{}", said[1].en);
    assert!(said[2].en.contains("hangang/Geumgang-2B"), "{said:?}");
    let alone = Summary::of(&alone()).sentences("Haneul-7B");
    assert_eq!(alone.len(), 1);
    assert!(alone[0].en.starts_with("No dependence found on 3 models at sensitivity"), "{}", alone[0].en);
}

#[test]
fn a_corroborating_finding_is_not_called_sharing() {
    let mut report = alone();
    report.comparisons[0].findings[3].dependent = true;
    report.comparisons[0].findings[3].tier = Tier::Corroborating;
    assert_eq!(Summary::of(&report).shared, []);
    report.comparisons[0].findings[3].tier = Tier::Calibrated;
    let said = Summary::of(&report).sentences("Haneul-7B");
    assert!(said[0].en.contains("by calibrated tests alone"), "{said:?}");
}

#[test]
fn a_failed_control_is_said_in_words() {
    let mut report = borrowed();
    report.comparisons[1].findings[0].controls[0].passed = false;
    let said = Summary::of(&report).sentences("Haneul-7B");
    assert!(said.iter().any(|said| said.en.starts_with("1 of 456 controls did not come out")), "{said:?}");
    assert!(render(&report, Language::En).contains("✗"));
}

#[test]
fn a_page_needs_no_other_file_and_runs_nothing() {
    for report in [borrowed(), alone()] {
        let page = render(&report, Language::Ko);
        assert!(page.starts_with("<!doctype html>"));
        let without_names = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        for foreign in ["<script", "http:", "https:", "src=", "href=", "@import", "url("] {
            assert!(!without_names.contains(foreign), "{foreign}");
        }
        assert!(page.contains("&lt;b&gt;Wolf&lt;/b&gt;-3B") && !page.contains("<b>Wolf"));
        assert_eq!(
            page.matches("lang=\"en\">").count(),
            page.matches("lang=\"ko\">").count() + report.omitted.len() - 1
        );
        for word in ["from scratch", "stolen", "theft", "NaN", "inf "] {
            assert!(!page.contains(&format!(" {word}")), "{word}");
        }
        assert_eq!(page, render(&report, Language::Ko), "the same report, the same page");
    }
}

#[test]
fn every_tag_that_opens_closes() {
    let page = render(&borrowed(), Language::En);
    for tag in ["div", "table", "tr", "td", "th", "svg", "figure", "details", "dl", "span", "p", "ul", "text"] {
        let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}

#[test]
fn a_report_with_nothing_in_it_is_a_page_as_well() {
    let mut report = alone();
    report.comparisons.clear();
    report.library.clear();
    report.sensitivity.clear();
    let page = render(&report, Language::En);
    assert!(page.contains("No dependence found on 0 models; the sensitivity was not measured."));
}

#[test]
fn numbers_that_are_none_do_not_reach_the_page() {
    let mut report = borrowed();
    report.comparisons[1].findings[0].log10_p = Some(f64::NEG_INFINITY);
    report.comparisons[1].findings[1].log10_p = Some(f64::NAN);
    report.comparisons[1].findings[2].controls[0].log10_p[0] = f64::NEG_INFINITY;
    report.comparisons[1].grids[0].log10_p[0] = f32::NEG_INFINITY;
    report.comparisons[1].grids[0].effect[0] = f32::NAN;
    let page = render(&report, Language::En);
    assert!(!page.contains("NaN") && !page.contains("inf\"") && page.contains("−∞"));
}

#[test]
fn powers_are_printed_short() {
    let told = [0.0, -0.001, -1.234, -9.999, -123.45, -1234.5, f64::NEG_INFINITY].map(power);
    assert_eq!(told, ["0.00", "0.00", "−1.23", "−10.0", "−123.5", "−1,235", "−∞"]);
}

#[test]
fn a_page_can_be_looked_at() {
    let Ok(folder) = std::env::var("DAEPYO_KEEP") else {
        eprintln!("skipped: DAEPYO_KEEP names no folder for a page to be looked at");
        return;
    };
    let folder = std::path::Path::new(&folder);
    let pages = [("borrowed-ko", borrowed(), Language::Ko), ("borrowed-en", borrowed(), Language::En)];
    let more = [("alone-ko", alone(), Language::Ko), ("alone-en", alone(), Language::En)];
    for (name, report, language) in pages.into_iter().chain(more) {
        std::fs::write(folder.join(format!("{name}.html")), render(&report, language)).expect("a page");
    }
}
