//! The cast: teams and people that do not exist and cannot be taken for anybody who does.

/// A team of the rehearsal. It is named after an animal, and its organisations after the team.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Character {
    /// In Korean.
    pub(crate) ko: &'static str,
    /// In English.
    pub(crate) en: &'static str,
    /// What it is here for, besides applying.
    pub(crate) part: Part,
}

/// What a team is in the play for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// It applies in time.
    Applies,
    /// It applies without one of its documents and mends that in time.
    Mends,
    /// It applies and withdraws before the window closes.
    Withdraws,
    /// It comes too late.
    ComesLate,
}

const fn team(ko: &'static str, en: &'static str, part: Part) -> Character {
    Character { ko, en, part }
}

/// The teams: fifteen that stand, one that withdraws and one that comes too late.
pub(crate) const TEAMS: [Character; 17] = [
    team("고라니", "Water Deer", Part::Applies),
    team("꾀꼬리", "Oriole", Part::Applies),
    team("담비", "Marten", Part::Applies),
    team("도롱뇽", "Salamander", Part::Mends),
    team("두루미", "Crane", Part::Applies),
    team("뜸부기", "Watercock", Part::Withdraws),
    team("맹꽁이", "Digging Frog", Part::Applies),
    team("반달곰", "Moon Bear", Part::Applies),
    team("부엉이", "Owl", Part::Applies),
    team("산양", "Goral", Part::Applies),
    team("삵", "Leopard Cat", Part::Applies),
    team("수달", "Otter", Part::Applies),
    team("쉬리", "Gudgeon", Part::Applies),
    team("장수하늘소", "Longhorn", Part::Applies),
    team("저어새", "Spoonbill", Part::Applies),
    team("제비", "Swallow", Part::ComesLate),
    team("하늘다람쥐", "Flying Squirrel", Part::Applies),
];

impl Character {
    /// The team's name.
    pub(crate) fn name(self) -> String {
        format!("{} {}", self.ko, self.en)
    }

    /// The name of one of the team's organisations.
    pub(crate) fn organisation(self, what: &str) -> String {
        format!("{what} of Team {}", self.en)
    }
}
