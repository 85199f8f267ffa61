//! Items and documents made up from lists of words: nobody can have trained on them, and no two say the same.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};

use super::super::Item;
use super::Language;

/// Lots, drawn from a seed and a purpose.
pub(super) struct Lots(ChaCha8Rng);

impl Lots {
    pub(super) fn new(seed: u64, purpose: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        hash.update(purpose);
        Self(ChaCha8Rng::from_seed(hash.finalize().into()))
    }

    /// A number below another. The bias is below 2^-40 for the short lists drawn from here.
    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.0.next_u64() % end.max(1) as u64) as usize
    }

    pub(super) fn one<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }

    /// Whether something happens that happens once in so many times.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

const WHO: &[&str] = &[
    "beekeeper",
    "cartographer",
    "glazier",
    "ferryman",
    "librarian",
    "cooper",
    "astronomer",
    "seamstress",
    "locksmith",
    "gardener",
    "surveyor",
    "baker",
    "violinist",
    "stonemason",
    "printer",
    "shepherd",
    "chemist",
    "potter",
    "archivist",
    "miller",
    "falconer",
    "draftsman",
    "apothecary",
    "carpenter",
    "weaver",
    "signalman",
    "translator",
    "tinsmith",
];
const HOW: &[&str] = &[
    "patient",
    "left-handed",
    "retired",
    "cheerful",
    "near-sighted",
    "stubborn",
    "young",
    "weary",
    "meticulous",
    "quiet",
    "travelling",
    "soft-spoken",
    "elderly",
    "curious",
    "thrifty",
    "absent-minded",
    "red-haired",
    "newly hired",
];
const DID: &[&str] = &[
    "repaired",
    "catalogued",
    "carried",
    "painted",
    "weighed",
    "borrowed",
    "polished",
    "wrapped",
    "counted",
    "traded",
    "measured",
    "hid",
    "sketched",
    "assembled",
    "collected",
    "dismantled",
    "labelled",
    "auctioned",
    "inherited",
    "melted",
];
const LIKE: &[&str] = &[
    "copper",
    "wooden",
    "cracked",
    "foreign",
    "narrow",
    "silver",
    "borrowed",
    "antique",
    "faded",
    "hollow",
    "striped",
    "rusty",
    "enamelled",
    "woven",
    "heavy",
    "unfinished",
    "marble",
    "folding",
    "brass",
    "crooked",
    "painted",
    "velvet",
];
const WHAT: &[&str] = &[
    "lanterns",
    "compasses",
    "barrels",
    "ledgers",
    "bells",
    "ladders",
    "teacups",
    "anchors",
    "sundials",
    "kites",
    "mirrors",
    "saddles",
    "telescopes",
    "blankets",
    "hinges",
    "baskets",
    "candlesticks",
    "puppets",
    "oars",
    "clocks",
    "stamps",
    "umbrellas",
    "chessboards",
    "thimbles",
    "wheelbarrows",
    "prisms",
    "whistles",
    "tapestries",
    "bottles",
];
const WHERE: &[&str] = &[
    "behind the old granary",
    "near the tidal mill",
    "in the attic of the customs house",
    "beside the frozen canal",
    "under the railway arch",
    "at the edge of the orchard",
    "in the harbour chapel",
    "above the tannery",
    "along the chalk cliffs",
    "inside the botanical garden",
    "across the market square",
    "below the observatory dome",
    "next to the abandoned quarry",
    "on the ferry to the northern islands",
    "at the crossroads inn",
];
const WHEN: &[&str] = &[
    "before the spring flood",
    "on a windless Thursday",
    "after the harvest supper",
    "during the long strike",
    "in the week of the comet",
    "when the fog lifted",
    "shortly before midnight",
    "while the bells were silent",
    "on the eve of the regatta",
    "in the driest summer for decades",
    "after the bridge had closed",
    "at first light",
];
const NAMES: &[&str] = &[
    "Odalys Fenn",
    "Teodor Brask",
    "Ilse Marrow",
    "Caspian Rudd",
    "Wenna Tolliver",
    "Joaquim Sable",
    "Petra Lindqvist",
    "Amadou Keita",
    "Rosalind Thwaite",
    "Emrys Vaughan",
    "Saskia Doorn",
    "Milo Hathersage",
    "Noor Aziri",
    "Bram Ostrander",
];

const WHO_KO: &[&str] = &[
    "양봉가",
    "지도 제작자",
    "유리 장인",
    "뱃사공",
    "사서",
    "천문학자",
    "재봉사",
    "열쇠공",
    "정원사",
    "측량사",
    "제빵사",
    "석공",
    "인쇄공",
    "목동",
    "화학자",
    "도공",
    "기록관",
    "방앗간 주인",
    "목수",
    "직조공",
    "통역사",
    "대장장이",
    "등대지기",
    "약초꾼",
];
const HOW_KO: &[&str] = &[
    "참을성 많은",
    "왼손잡이",
    "은퇴한",
    "쾌활한",
    "고집 센",
    "젊은",
    "지친",
    "꼼꼼한",
    "말수 적은",
    "떠돌이",
    "나이 든",
    "호기심 많은",
    "검소한",
    "건망증 심한",
    "새로 온",
    "눈 밝은",
];
const DID_KO: &[&str] = &[
    "고쳤다",
    "정리했다",
    "옮겼다",
    "칠했다",
    "저울에 달았다",
    "빌렸다",
    "닦았다",
    "포장했다",
    "세어 보았다",
    "맞바꾸었다",
    "재어 보았다",
    "숨겼다",
    "그려 두었다",
    "조립했다",
    "모았다",
    "해체했다",
    "경매에 내놓았다",
    "물려받았다",
];
const LIKE_KO: &[&str] = &[
    "구리",
    "나무",
    "금이 간",
    "외국산",
    "좁다란",
    "은빛",
    "빌려 온",
    "골동품",
    "빛바랜",
    "속이 빈",
    "줄무늬",
    "녹슨",
    "묵직한",
    "미완성",
    "대리석",
    "접이식",
    "놋쇠",
    "비뚤어진",
    "색칠한",
    "비단",
];
const WHAT_KO: &[&str] = &[
    "등불",
    "나침반",
    "나무통",
    "장부",
    "종",
    "사다리",
    "찻잔",
    "닻",
    "해시계",
    "연",
    "거울",
    "안장",
    "망원경",
    "담요",
    "경첩",
    "바구니",
    "촛대",
    "꼭두각시",
    "노",
    "벽시계",
    "우표",
    "우산",
    "바둑판",
    "골무",
    "손수레",
    "호루라기",
    "유리병",
];
const WHERE_KO: &[&str] = &[
    "낡은 곡물 창고 뒤에서",
    "물레방아 곁에서",
    "세관 다락방에서",
    "얼어붙은 운하 옆에서",
    "철교 아래에서",
    "과수원 끝자락에서",
    "항구 예배당에서",
    "흰 절벽을 따라",
    "식물원 안에서",
    "장터 한가운데서",
    "천문대 돔 밑에서",
    "버려진 채석장 근처에서",
    "북쪽 섬으로 가는 배 위에서",
    "갈림길 주막에서",
];
const WHEN_KO: &[&str] = &[
    "봄 홍수가 나기 전에",
    "바람 없는 목요일에",
    "추수 잔치가 끝난 뒤",
    "긴 파업 중에",
    "혜성이 나타난 주에",
    "안개가 걷히자",
    "자정 직전에",
    "종소리가 멎은 동안",
    "보트 경주 전날에",
    "수십 년 만의 가뭄에",
    "다리가 막힌 뒤에",
    "동틀 무렵에",
];
const NAMES_KO: &[&str] = &[
    "강하람",
    "윤다솔",
    "서로운",
    "표마루",
    "남궁빛나",
    "천가람",
    "도해든",
    "마루한",
    "봉누리",
    "선우별",
    "제갈온",
    "탁미르",
    "황보슬",
];

/// What an item is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// A story of two or three sentences with numbers, and what comes of them.
    Sums,
    /// A story without numbers, and who did it, with options.
    Choice,
    /// One short question with an answer.
    Short,
}

/// Which of the many sentences: its words.
fn sentence(language: Language, lots: &mut Lots, with_number: bool) -> String {
    let number = with_number.then(|| 3 + lots.below(90));
    match language {
        Language::English => {
            let many = number.map_or_else(|| "the".to_owned(), |number| number.to_string());
            let parts = [
                format!("the {} {}", lots.one(HOW), lots.one(WHO)),
                lots.one(DID).to_owned(),
                format!("{many} {} {}", lots.one(LIKE), lots.one(WHAT)),
                lots.one(WHERE).to_owned(),
                lots.one(WHEN).to_owned(),
            ];
            let parts =
                if lots.once_in(2) { parts.join(" ") } else { format!("{} {}", parts[4], parts[..4].join(" ")) };
            capital(&parts) + "."
        }
        Language::Korean => {
            let who = lots.one(WHO_KO);
            let what = lots.one(WHAT_KO);
            let many = number.map_or_else(String::new, |number| format!(" {number}개"));
            let object = if many.is_empty() { particle(what, "을", "를") } else { "를".to_owned() };
            let subject = particle(who, "이", "가");
            let (when, place) = (lots.one(WHEN_KO), lots.one(WHERE_KO));
            let subject = format!("{} {who}{subject}", lots.one(HOW_KO));
            let object = format!("{} {what}{many}{object}", lots.one(LIKE_KO));
            let did = lots.one(DID_KO);
            if lots.once_in(2) {
                format!("{when} {subject} {place} {object} {did}.")
            } else {
                format!("{subject} {when} {place} {object} {did}.")
            }
        }
    }
}

fn capital(text: &str) -> String {
    let mut signs = text.chars();
    signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
}

/// The particle that suits how a word ends.
fn particle(word: &str, closed: &str, open: &str) -> String {
    let last = word.chars().last().map_or(0, u32::from);
    let is_closed = (0xAC00..=0xD7A3).contains(&last) && !(last - 0xAC00).is_multiple_of(28);
    if is_closed { closed } else { open }.to_owned()
}

/// An item.
pub(super) fn item(language: Language, style: Style, id: String, lots: &mut Lots) -> Item {
    let name = |lots: &mut Lots| lots.one(if language == Language::English { NAMES } else { NAMES_KO }).to_owned();
    let answer = match style {
        Style::Sums => (100 + lots.below(900)).to_string(),
        Style::Choice | Style::Short => name(lots),
    };
    let sentences = if style == Style::Sums { 2 + lots.below(2) } else { 2 };
    let story: Vec<String> = (0..sentences).map(|_| sentence(language, lots, style == Style::Sums)).collect();
    let question = match (language, style) {
        (Language::English, Style::Sums) => {
            format!("{} How many {} were there in all?", story.join(" "), lots.one(WHAT))
        }
        (Language::Korean, Style::Sums) => format!("{} {}은 모두 몇 개인가?", story.join(" "), lots.one(WHAT_KO)),
        (Language::English, Style::Choice) => format!("{} Who kept the {}?", story.join(" "), lots.one(WHAT)),
        (Language::Korean, Style::Choice) => {
            let what = lots.one(WHAT_KO);
            format!("{} {what}{} 간직한 사람은 누구인가?", story.join(" "), particle(what, "을", "를"))
        }
        (Language::English, Style::Short) => {
            format!("Who {} the {} {} {}?", lots.one(DID), lots.one(LIKE), lots.one(WHAT), lots.one(WHERE))
        }
        (Language::Korean, Style::Short) => {
            let what = lots.one(WHAT_KO);
            let verb = lots.one(DID_KO).trim_end_matches('다').to_owned();
            format!(
                "{} {} {what}{} {verb}던 사람은?",
                lots.one(WHERE_KO),
                lots.one(LIKE_KO),
                particle(what, "을", "를")
            )
        }
    };
    let mut options = vec![answer.clone()];
    while style == Style::Choice && options.len() < 4 {
        let other = name(lots);
        if !options.contains(&other) {
            options.push(other);
        }
    }
    let options = if style == Style::Choice { options } else { Vec::new() };
    Item { id, question, answer: Some(answer), options, passage: None }
}

/// Some sentences of a document that no item is from.
pub(super) fn filler(language: Language, sentences: usize, lots: &mut Lots) -> String {
    (0..sentences).map(|at| sentence(language, lots, at % 3 == 2)).collect::<Vec<String>>().join(" ")
}

/// A text in which about one word in eight is another: light rewording. Numbers stay.
pub(super) fn reworded(language: Language, text: &str, lots: &mut Lots) -> String {
    let others = if language == Language::English { LIKE } else { LIKE_KO };
    let mut since = 0;
    let words = text.split(' ').map(|word| {
        since += 1;
        let keeps = word.chars().any(|sign| sign.is_ascii_digit()) || since < 6 || !lots.once_in(3);
        if keeps {
            return word.to_owned();
        }
        since = 0;
        lots.one(others).to_owned()
    });
    words.collect::<Vec<String>>().join(" ")
}

/// A text in which every number is another: a template filled anew.
pub(super) fn renumbered(text: &str, lots: &mut Lots) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for sign in text.chars().chain(['\0']) {
        if sign.is_ascii_digit() {
            digits.push(sign);
            continue;
        }
        if let Ok(number) = std::mem::take(&mut digits).parse::<usize>() {
            out.push_str(&(number + 100 + lots.below(800)).to_string());
        }
        out.extend((sign != '\0').then_some(sign));
    }
    out
}
