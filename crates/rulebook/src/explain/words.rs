//! The words for what the file says in one word.

use super::page::{Page, say};
use crate::{
    Component, Format, Item, LicenceClass, MissingItems, Moment, OrganisationKind, Permission, Reader, Released,
    TieKind,
};

pub(super) fn format(page: &Page, format: Format) -> String {
    match format {
        Format::Pdf => "PDF".to_owned(),
        Format::Hwpx => "HWPX".to_owned(),
        Format::Odt => "ODT".to_owned(),
        Format::Csv => "CSV".to_owned(),
        Format::Json => "JSON".to_owned(),
        Format::Text => say!(page, "텍스트", "plain text"),
    }
}

pub(super) fn organisation(page: &Page, kind: OrganisationKind) -> String {
    match kind {
        OrganisationKind::LargeFirm => say!(page, "대기업", "large firm"),
        OrganisationKind::MidFirm => say!(page, "중견기업", "firm of middle size"),
        OrganisationKind::SmallFirm => say!(page, "중소·창업기업", "small firm"),
        OrganisationKind::University => say!(page, "대학", "university"),
        OrganisationKind::ResearchInstitute => say!(page, "연구기관", "research institute"),
        OrganisationKind::Other => say!(page, "그 밖의 기관", "body of another kind"),
    }
}

pub(super) fn tie(page: &Page, tie: TieKind) -> String {
    match tie {
        TieKind::Money => say!(page, "금전 관계", "money"),
        TieKind::Duty => say!(page, "직무 관계", "employment or office"),
        TieKind::Person => say!(page, "인적 관계", "personal ties"),
    }
}

pub(super) fn item(page: &Page, item: Item) -> String {
    match item {
        Item::Applicants => say!(page, "신청한 팀", "who applied"),
        Item::Kept => say!(page, "선정된 팀", "who was kept"),
        Item::Totals => say!(page, "팀별 총점", "every total"),
        Item::NodePoints => say!(page, "팀별 부문 점수", "points in each part"),
        Item::NodeSummary => say!(page, "부문별 최고·평균", "best and mean"),
        Item::Sheets => say!(page, "채점표(익명)", "sheets, no names"),
        Item::Opinions => say!(page, "평가 의견(익명)", "opinions, no names"),
        Item::EvaluatorNames => say!(page, "평가위원 이름", "evaluators' names"),
        Item::Votes => say!(page, "관문 투표", "votes at gates"),
        Item::Reasons => say!(page, "탈락 사유", "reasons"),
        Item::CutLine => say!(page, "선정선과의 차이", "how near the line"),
        Item::Documents => say!(page, "신청 서류", "documents"),
    }
}

pub(super) fn reader(page: &Page, reader: Reader) -> String {
    match reader {
        Reader::Public => say!(page, "국민", "public"),
        Reader::OwnTeam => say!(page, "그 팀", "own team"),
        Reader::OtherTeams => say!(page, "다른 팀", "others"),
        Reader::Evaluator => say!(page, "평가위원", "evaluator"),
        Reader::Officer => say!(page, "담당자", "officer"),
        Reader::Auditor => say!(page, "감사인", "auditor"),
    }
}

pub(super) fn moment(page: &Page, moment: Moment) -> String {
    match moment {
        Moment::Always => say!(page, "처음부터", "always"),
        Moment::Closed => say!(page, "마감 후", "closed"),
        Moment::Revealed => say!(page, "채점 후", "revealed"),
        Moment::Decided => say!(page, "결정 후", "decided"),
        Moment::Notified => say!(page, "통지 후", "notified"),
        Moment::Published => say!(page, "공표 후", "published"),
        Moment::Final => say!(page, "확정 후", "final"),
        Moment::Never => "-".to_owned(),
    }
}

/// Whether something may be used; in Korean the stem of the verb, which 고 and 습니다 go on from.
pub(super) fn permission(page: &Page, permission: Permission) -> String {
    match permission {
        Permission::Forbidden => say!(page, "쓸 수 없", "not at all"),
        Permission::IfTrainedFurther => say!(page, "밝히고 더 학습시키면 쓸 수 있", "if declared and trained further"),
        Permission::IfDeclared => say!(page, "밝히면 쓸 수 있", "if declared"),
        Permission::Allowed => say!(page, "자유롭게 쓸 수 있", "freely"),
    }
}

pub(super) fn component(page: &Page, component: Component) -> String {
    match component {
        Component::Tokenizer => say!(page, "토크나이저", "the tokenizer"),
        Component::Embedding => say!(page, "임베딩", "the embedding"),
        Component::Blocks => say!(page, "트랜스포머 블록", "the transformer blocks"),
        Component::Head => say!(page, "출력층", "the output head"),
        Component::VisionEncoder => say!(page, "시각 인코더", "the vision encoder"),
        Component::AudioEncoder => say!(page, "음성 인코더", "the audio encoder"),
        Component::Connector => say!(page, "연결층", "the connector"),
    }
}

pub(super) fn released(page: &Page, released: Released) -> String {
    match released {
        Released::Weights => say!(page, "가중치", "weights"),
        Released::Checkpoints => say!(page, "중간 가중치", "checkpoints"),
        Released::InferenceCode => say!(page, "실행 코드", "code that runs it"),
        Released::TrainingCode => say!(page, "학습 코드", "code that trains it"),
        Released::Data => say!(page, "데이터", "data"),
        Released::DataManifest => say!(page, "데이터 명세", "a description of the data"),
        Released::Report => say!(page, "기술보고서", "a report"),
    }
}

pub(super) fn licence(page: &Page, licence: LicenceClass) -> String {
    match licence {
        LicenceClass::Own => say!(page, "자체 라이선스", "the team's own terms"),
        LicenceClass::NonCommercial => say!(page, "상업적이지 않은 용도", "uses that are not commercial"),
        LicenceClass::Conditional => say!(page, "조건을 지키면 모든 용도", "every use, with conditions"),
        LicenceClass::Open => say!(page, "오픈소스 라이선스", "an open-source licence"),
    }
}

pub(super) fn missing(page: &Page, missing: MissingItems) -> String {
    match missing {
        MissingItems::Wrong => {
            say!(page, "답이 없는 문항은 틀린 것으로 셉니다.", "An item without an answer counts as wrong.")
        }
        MissingItems::LeftOut => say!(
            page,
            "답이 없는 문항은 두 모델 모두에서 뺍니다.",
            "An item without an answer is left out of both models."
        ),
        MissingItems::NotShown => say!(
            page,
            "답이 없는 문항이 있으면 \"확인되지 않음\"으로 둡니다.",
            "Where an item has no answer, the verdict is \"not shown\"."
        ),
    }
}

/// How often, in English.
pub(super) fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}
