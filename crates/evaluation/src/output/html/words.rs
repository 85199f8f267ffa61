//! The page's words in English and Korean.

use serde::Serialize;

/// Which words a page speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// English.
    En,
    /// Korean.
    Ko,
}

/// Every text of the page.
#[derive(Serialize)]
pub(super) struct Texts {
    lang: &'static str,
    heading: &'static str,
    run: &'static str,
    scores: &'static str,
    scores_note: &'static str,
    task: &'static str,
    shots: &'static str,
    metric: &'static str,
    value: &'static str,
    interval: &'static str,
    as_lm_eval: &'static str,
    items: &'static str,
    classes: &'static str,
    classes_note: &'static str,
    lengths: &'static str,
    lengths_note: &'static str,
    cost: &'static str,
    problems: &'static str,
    problems_note: &'static str,
    document: &'static str,
    class: &'static str,
    reason: &'static str,
    none: &'static str,
    class_names: ClassNames,
}

/// What people call the classes, by their own names.
#[derive(Serialize)]
struct ClassNames {
    scored: &'static str,
    truncated: &'static str,
    refused: &'static str,
    transport_error: &'static str,
    extractor_failed: &'static str,
    judge_invalid: &'static str,
}

impl Words {
    pub(super) fn texts(self) -> Texts {
        match self {
            Self::En => ENGLISH,
            Self::Ko => KOREAN,
        }
    }

    /// The titles of the plots: scores, classes, lengths.
    pub(super) fn titles(self) -> (&'static str, &'static str, &'static str) {
        let texts = self.texts();
        (texts.scores, texts.classes, texts.lengths)
    }
}

const ENGLISH: Texts = Texts {
    lang: "en",
    heading: "Evaluation of",
    run: "The run",
    scores: "Scores",
    scores_note: "The dot is the score over the items that were scored; the line is its 95 % interval. Metrics that are \
                  not shares are in the table alone.",
    task: "Task",
    shots: "Shots",
    metric: "Metric",
    value: "Score",
    interval: "95 % interval",
    as_lm_eval: "As lm-eval counts",
    items: "Items",
    classes: "What became of the items",
    classes_note: "Every item ends in exactly one class. Only what was scored is in the score; nothing else counts as wrong.",
    lengths: "How long answers are",
    lengths_note: "Tokens written, thoughts among them, as the endpoint counts them.",
    cost: "What it took",
    problems: "Items without a score",
    problems_note: "The first of each kind. All of them are in the samples files.",
    document: "Document",
    class: "Class",
    reason: "Reason",
    none: "None: every item was scored.",
    class_names: ClassNames {
        scored: "scored",
        truncated: "truncated",
        refused: "refused",
        transport_error: "transport error",
        extractor_failed: "no answer found",
        judge_invalid: "no valid judgement",
    },
};

const KOREAN: Texts = Texts {
    lang: "ko",
    heading: "평가 보고서:",
    run: "실행 정보",
    scores: "점수",
    scores_note: "점은 채점된 문항의 점수이고, 선은 95 % 구간입니다. 비율이 아닌 지표는 표에만 있습니다.",
    task: "과제",
    shots: "예시 수",
    metric: "지표",
    value: "점수",
    interval: "95 % 구간",
    as_lm_eval: "lm-eval 방식 점수",
    items: "문항",
    classes: "문항의 결과 분류",
    classes_note: "모든 문항은 정확히 하나의 분류로 끝납니다. 채점된 문항만 점수에 들어가며, 나머지를 오답으로 세지 않습니다.",
    lengths: "답변의 길이",
    lengths_note: "엔드포인트가 센 출력 토큰 수이며, 추론 과정도 포함합니다.",
    cost: "사용량",
    problems: "채점되지 않은 문항",
    problems_note: "종류마다 처음 몇 개만 보입니다. 전체는 samples 파일에 있습니다.",
    document: "문항 번호",
    class: "분류",
    reason: "이유",
    none: "없습니다. 모든 문항이 채점되었습니다.",
    class_names: ClassNames {
        scored: "채점됨",
        truncated: "잘림",
        refused: "거부됨",
        transport_error: "전송 오류",
        extractor_failed: "답 추출 실패",
        judge_invalid: "판정 무효",
    },
};
