//! A report as one page that opens from disk.

#[cfg(test)]
mod tests;

use super::{BenchmarkReport, Comparison, Evidence, ItemReport, Report, SelfTest, Tier, Unchecked};
use crate::page::{Cell, Said, count, details, element, escape, page, span, table};

pub use crate::page::Language;

/// So many items of a benchmark are shown with what stands in the corpus; the JSON report has all.
const MOST: usize = 100;

/// The page of a report, with the scores of a model on clean and dirty items where there are some. Both languages stand
/// in it, with a switch; it opens in the one named.
#[must_use]
pub fn render(report: &Report, scores: &[Comparison], language: Language) -> String {
    let title = Said::new("Benchmark items in a corpus", "말뭉치에 든 평가 문항");
    let body = [
        element("h1", &title),
        summary(report),
        tiles(report),
        benchmarks(report),
        compared(scores),
        report.benchmarks.iter().map(items).collect(),
        report.self_test.iter().map(tested).collect(),
        reading(report),
        left_out(report),
    ]
    .concat();
    page(&title, &body, language)
}

fn summary(report: &Report) -> String {
    let found: Vec<Said> = report.benchmarks.iter().filter(|one| one.verbatim + one.near > 0).map(sentence).collect();
    let class = if found.is_empty() { "words" } else { "words found" };
    let mut out = format!("<div class=\"{class}\">\n");
    found.iter().for_each(|said| out.push_str(&element("p", said)));
    let checked: u64 = report.benchmarks.iter().map(|one| one.checked).sum();
    if found.is_empty() {
        out.push_str(&element(
            "p",
            &Said::made(
                format!(
                    "None of the {checked} items that were looked for was found word for word or lightly reworded."
                ),
                format!("찾아본 문항 {checked}개 가운데 그대로, 또는 조금 고쳐져 들어 있는 것은 없었습니다."),
            ),
        ));
    }
    if !report.corpus.faults.is_empty() {
        let faults = report.corpus.faults.len();
        out.push_str(&element(
            "p",
            &Said::made(
                format!("{faults} files could not be read to their end; nothing is known of the rest of them."),
                format!("끝까지 읽지 못한 파일이 {faults}개 있습니다. 읽지 못한 부분에 대해서는 알 수 없습니다."),
            ),
        ));
    }
    if !found.is_empty() {
        out.push_str(&element(
            "p",
            &Said::new(
                "This says that text of items stands in the corpus, not that a model has learned it by heart, nor how it got there.",
                "문항의 글이 말뭉치에 있다는 뜻입니다. 모델이 외웠는지, 어떻게 들어갔는지는 말하지 않습니다.",
            ),
        ));
    }
    out.push_str("</div>\n");
    out
}

fn sentence(one: &BenchmarkReport) -> Said {
    let (name, share) = (&one.name, 100.0 * one.share);
    let (found, checked) = (one.verbatim + one.near, one.checked);
    Said::made(
        format!(
            "{name}: {found} of {checked} items ({share:.1} %) stand in the corpus, {} of them word for word.",
            one.verbatim
        ),
        format!(
            "{name}: 문항 {checked}개 가운데 {found}개({share:.1}%)가 말뭉치에 있고, 그중 {}개는 글자 그대로입니다.",
            one.verbatim
        ),
    )
}

fn tiles(report: &Report) -> String {
    let tile = |number: String, name: Said| format!("<div><b>{number}</b><small>{}</small></div>\n", span(&name));
    let corpus = &report.corpus;
    [
        "<div class=\"tiles\">\n".to_owned(),
        tile(count(corpus.documents), Said::new("documents", "문서")),
        tile(count(corpus.files), Said::new("files", "파일")),
        tile(format!("{:.1} MB", corpus.bytes as f64 / 1e6), Said::new("of text", "글의 양")),
        tile(
            count(report.benchmarks.iter().map(|one| one.checked).sum()),
            Said::new("items looked for", "찾아본 문항"),
        ),
        "</div>\n".to_owned(),
    ]
    .concat()
}

fn benchmarks(report: &Report) -> String {
    let head = [
        Said::new("Benchmark", "평가"),
        Said::new("Items", "문항"),
        Said::new("Looked for", "찾아본 문항"),
        Said::new("Verbatim", "그대로"),
        Said::new("Lightly reworded", "조금 고침"),
        Said::new("Common words only", "흔한 말뿐"),
        Said::new("Share", "비율"),
    ];
    let rows: Vec<Vec<Cell>> = report
        .benchmarks
        .iter()
        .map(|one| {
            let share = if one.checked == 0 { "–".to_owned() } else { format!("{:.1} %", 100.0 * one.share) };
            let counts = [one.items, one.checked, one.verbatim, one.near, one.boilerplate];
            let head = Cell::Head(escape(&one.name));
            [head]
                .into_iter()
                .chain(counts.map(|number| Cell::Number(count(number))))
                .chain([Cell::Number(share)])
                .collect()
        })
        .collect();
    let caption = Said::new(
        "The share is of items looked for; common words do not count.",
        "비율은 찾아본 문항에 대한 것이며, 흔한 말은 세지 않습니다.",
    );
    element("h2", &Said::new("Benchmarks", "평가별 결과")) + &table(&caption, &head, &rows)
}

fn compared(scores: &[Comparison]) -> String {
    if scores.is_empty() {
        return String::new();
    }
    let head = [
        Said::new("Benchmark", "평가"),
        Said::new("All", "전체"),
        Said::new("Clean", "깨끗한 문항"),
        Said::new("Dirty", "들어 있던 문항"),
        Said::new("Dirty − clean", "차이"),
        Said::new("95 % interval", "95% 구간"),
    ];
    let mean = |one: super::Mean| {
        let items = Said::made(format!("{} items", one.items), format!("{}문항", one.items));
        Cell::Number(format!("{:.4} <small>{}</small>", one.mean, span(&items)))
    };
    let dash = || "–".to_owned();
    let rows: Vec<Vec<Cell>> = scores
        .iter()
        .map(|one| {
            let interval = one.interval.map_or_else(dash, |(low, high)| format!("{low:+.4} … {high:+.4}"));
            vec![
                Cell::Head(escape(&one.benchmark)),
                mean(one.all),
                mean(one.clean),
                mean(one.dirty),
                Cell::Number(one.difference.map_or_else(dash, |difference| format!("{difference:+.4}"))),
                Cell::Number(format!("{interval}<br><small>{}</small>", escape(&one.method))),
            ]
        })
        .collect();
    let caption = Said::new(
        "Scores of a model on items that stand in the corpus and on those that do not. A difference is no proof of learning by \
         heart: items found in many places may be easier.",
        "말뭉치에 있던 문항과 없던 문항에 대한 모델의 점수입니다. 차이가 암기의 증거는 아닙니다. 여러 곳에 실린 문항이 더 쉬울 수도 있습니다.",
    );
    element("h2", &Said::new("Scores", "점수")) + &table(&caption, &head, &rows)
}

/// The items of a benchmark that were found, with the best find of each.
fn items(one: &BenchmarkReport) -> String {
    let counted: Vec<&ItemReport> = one.found.iter().filter(|item| item.tier != Tier::Boilerplate).collect();
    if counted.is_empty() {
        return String::new();
    }
    let head = [
        Said::new("Item", "문항"),
        Said::new("How", "형태"),
        Said::new("Question", "질문"),
        Said::new("Answer", "정답"),
        Said::new("Documents", "문서"),
        Said::new("Place and text", "자리와 글"),
    ];
    let rows: Vec<Vec<Cell>> = counted.iter().take(MOST).map(|item| item_row(item)).collect();
    let caption = Said::made(
        format!("Items of {} in the corpus, with the best find of each", one.name),
        format!("말뭉치에 있는 {}의 문항과 가장 뚜렷한 자리", one.name),
    );
    let mut out = format!("<h2>{}</h2>\n", escape(&one.name)) + &table(&caption, &head, &rows);
    if counted.len() > MOST {
        let all = counted.len();
        out.push_str(&element(
            "p",
            &Said::made(
                format!("The first {MOST} of {all}; the JSON report has all."),
                format!("{all}개 가운데 처음 {MOST}개입니다. JSON 보고서에 모두 있습니다."),
            ),
        ));
    }
    out
}

fn item_row(item: &ItemReport) -> Vec<Cell> {
    let tier = match item.tier {
        Tier::Verbatim => Said::new("verbatim", "그대로"),
        Tier::Near => Said::new("lightly reworded", "조금 고침"),
        Tier::Boilerplate => Said::new("common words only", "흔한 말뿐"),
    };
    let best = item.evidence.first();
    let share = |share: Option<f64>| share.map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", 100.0 * share));
    vec![
        Cell::Head(escape(&item.id)),
        Cell::Text(span(&tier)),
        Cell::Number(share(best.map(|best| best.question))),
        Cell::Number(share(best.and_then(|best| best.answer))),
        Cell::Number(count(item.documents)),
        Cell::Text(best.map(place).unwrap_or_default()),
    ]
}

fn place(best: &Evidence) -> String {
    let text: Vec<&str> = best.excerpt.split_whitespace().collect();
    let at = format!("{}:{} [{}–{}]", best.file, best.record, best.start, best.end);
    format!("<code>{}</code><br>{}", escape(&at), escape(&text.join(" ")))
}

fn tested(test: &SelfTest) -> String {
    let head = [
        Said::new("Planted", "심은 방식"),
        Said::new("Language", "언어"),
        Said::new("Documents", "문서"),
        Said::new("Found", "찾음"),
        Said::new("To be found", "기대"),
    ];
    let word = |value: serde_json::Result<String>| value.unwrap_or_default().trim_matches('"').replace('_', " ");
    let row = |one: &super::Recall, all: bool| {
        let wanted = if all { one.documents } else { 0 };
        vec![
            Cell::Head(escape(&word(serde_json::to_string(&one.kind)))),
            Cell::Text(escape(&word(serde_json::to_string(&one.language)))),
            Cell::Number(count(one.documents)),
            Cell::Number(count(one.found)),
            Cell::Number(count(wanted)),
        ]
    };
    let rows = test.planted.iter().map(|one| row(one, true)).chain(test.alike.iter().map(|one| row(one, false)));
    let (seed, clean, flagged) = (test.seed, test.clean_documents, test.clean_found);
    let caption = Said::made(
        format!(
            "Items planted in made-up documents, seed {seed}; {flagged} of {clean} documents with nothing in them were flagged"
        ),
        format!(
            "지어낸 문서에 문항을 심어 본 결과, 시드 {seed}. 아무것도 심지 않은 문서 {clean}개 중 {flagged}개가 잘못 걸렸습니다"
        ),
    );
    element("h2", &Said::new("Self-test", "자체 시험")) + &table(&caption, &head, &rows.collect::<Vec<_>>())
}

fn reading(report: &Report) -> String {
    let entries = [
        (
            Said::new("Verbatim", "그대로"),
            Said::new(
                "The item stands there word for word, but for spelling forms of Unicode, spacing, case and markup.",
                "유니코드 표기 형태, 띄어쓰기, 대소문자, 서식만 빼고 문항이 그대로 있습니다.",
            ),
        ),
        (
            Said::new("Lightly reworded", "조금 고침"),
            Said::new(
                "Most of what the question tells stands there in the same order; the shares say how much.",
                "질문이 말하는 것의 대부분이 같은 순서로 있습니다. 비율이 그 정도를 나타냅니다.",
            ),
        ),
        (
            Said::new("Common words only", "흔한 말뿐"),
            Said::made(
                format!(
                    "Only words that more than {} documents hold: a famous quotation, a template. Not counted.",
                    report.common_documents
                ),
                format!(
                    "문서 {}개 넘게 실린 말뿐입니다. 유명한 인용이나 틀에 박힌 문장이며 세지 않습니다.",
                    report.common_documents
                ),
            ),
        ),
    ];
    let mut out = element("h2", &Said::new("How to read it", "읽는 법"));
    out.push_str("<dl>\n");
    for (name, said) in &entries {
        out.push_str(&format!("<dt>{}</dt><dd>{}</dd>\n", span(name), span(said)));
    }
    out.push_str("</dl>\n");
    out.push_str(&element("h2", &Said::new("What this cannot see", "이 검사가 볼 수 없는 것")));
    out.push_str("<ul>\n");
    for told in &report.blind_spots {
        out.push_str(&format!("<li>{}</li>\n", span(&blind_spot(told))));
    }
    out.push_str("</ul>\n");
    out
}

/// A blind spot in Korean too, where it is one of those that are known.
fn blind_spot(told: &str) -> Said {
    let ko = match told {
        "items told in other words throughout, or translated" => "통째로 다른 말로 쓰였거나 번역된 문항",
        "English words run together without spaces" => "띄어쓰기 없이 붙여 쓴 영어",
        "short items (under 13 words) that were reworded, or whose answer does not stand near them" => {
            "13단어가 안 되는 짧은 문항을 고쳐 쓴 것, 또는 정답이 가까이에 없는 것"
        }
        "items whose numbers were written out as words" => "숫자를 말로 풀어 쓴 문항",
        "items in pictures, tables of pixels or sound" => "그림, 화소 표, 소리에 담긴 문항",
        _ => return Said::same(told),
    };
    Said::made(told.to_owned(), ko.to_owned())
}

fn left_out(report: &Report) -> String {
    let mut lines: Vec<String> = report
        .corpus
        .faults
        .iter()
        .map(|fault| format!("<code>{}</code>: {}", escape(&fault.file), escape(&fault.why)))
        .collect();
    for (why, skipped) in &report.corpus.skipped {
        let why = serde_json::to_string(why).unwrap_or_default().trim_matches('"').replace('_', " ");
        let at = format!("{}:{}", skipped.file, skipped.record);
        let told = Said::made(
            format!("{} records passed over ({why}), the first at ", skipped.count),
            format!("레코드 {}개를 건너뜀({why}), 처음은 ", skipped.count),
        );
        lines.push(format!("{}<code>{}</code>", span(&told), escape(&at)));
    }
    for one in &report.benchmarks {
        lines.extend(one.unchecked.iter().map(|(why, ids)| unchecked(&one.name, why, ids)));
    }
    let mut out = element("h2", &Said::new("What was left out", "하지 못한 것"));
    if lines.is_empty() {
        out.push_str(&element("p", &Said::new("Nothing.", "없습니다.")));
        return out;
    }
    out.push_str("<ul>\n");
    lines.iter().for_each(|line| out.push_str(&format!("<li>{line}</li>\n")));
    out.push_str("</ul>\n");
    out
}

fn unchecked(benchmark: &str, why: &Unchecked, ids: &[String]) -> String {
    let why = serde_json::to_string(why).unwrap_or_default().trim_matches('"').replace('_', " ");
    let (name, many) = (benchmark, ids.len());
    let told = Said::made(
        format!("{name}: {many} items cannot be looked for ({why})"),
        format!("{name}: 찾아볼 수 없는 문항 {many}개({why})"),
    );
    details(&told, &format!("<p>{}</p>\n", escape(&ids.join(", "))))
}
