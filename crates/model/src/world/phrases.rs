//! How facts are told and asked: `{e}` is whom it is about, `{v}` what is said of it.

use super::korean::with_particles;
use super::names::Name;
use crate::corpus::Language;

/// Forms of one attribute in one language.
#[derive(Debug)]
pub(super) struct Phrases {
    /// Sentences that tell the fact, in different words and orders.
    pub statements: &'static [&'static str],
    /// Questions that ask for the value.
    pub questions: &'static [&'static str],
    /// The sentence that answers them.
    pub sentence: &'static str,
}

/// What can be said of something.
#[derive(Debug)]
pub(super) struct Attribute {
    /// Its key in the questions' ids.
    pub key: &'static str,
    korean: Phrases,
    english: Phrases,
}

impl Attribute {
    pub(super) fn phrases(&self, language: Language) -> &Phrases {
        if language == Language::Korean { &self.korean } else { &self.english }
    }
}

/// Fills a form in.
pub(super) fn fill(form: &str, entity: &Name, value: &Name, language: Language) -> String {
    let text = form.replace("{e}", entity.in_language(language)).replace("{v}", value.in_language(language));
    if language == Language::Korean { with_particles(&text) } else { text }
}

pub(super) const HOME: Attribute = Attribute {
    key: "home",
    korean: Phrases {
        statements: &[
            "{e}의 고향은 {v}(이)다.",
            "{e}은(는) {v}에서 태어났다.",
            "{e}은(는) {v} 출신(이)다.",
            "{e}이(가) 태어난 마을은 {v}(이)다.",
            "{v}은(는) {e}의 고향(이)다.",
        ],
        questions: &[
            "{e}의 고향은 어디입니까?",
            "{e}은(는) 어디에서 태어났습니까?",
            "{e}이(가) 태어난 마을은 어디입니까?",
        ],
        sentence: "{e}의 고향은 {v}입니다.",
    },
    english: Phrases {
        statements: &[
            "The home town of {e} is {v}.",
            "{e} was born in {v}.",
            "{e} comes from {v}.",
            "The town where {e} was born is {v}.",
            "{v} is the home town of {e}.",
        ],
        questions: &["What is the home town of {e}?", "Where was {e} born?", "Which town does {e} come from?"],
        sentence: "The home town of {e} is {v}.",
    },
};

pub(super) const TRADE: Attribute = Attribute {
    key: "trade",
    korean: Phrases {
        statements: &[
            "{e}의 직업은 {v}(이)다.",
            "{e}은(는) {v}(으)로 일한다.",
            "{e}은(는) {v}(이)다.",
            "{e}이(가) 하는 일은 {v}(이)다.",
            "{v}(으)로 일하는 사람은 {e}(이)다.",
        ],
        questions: &["{e}의 직업은 무엇입니까?", "{e}은(는) 무슨 일을 합니까?", "{e}이(가) 하는 일은 무엇입니까?"],
        sentence: "{e}의 직업은 {v}입니다.",
    },
    english: Phrases {
        statements: &[
            "The trade of {e} is that of a {v}.",
            "{e} works as a {v}.",
            "{e} is a {v}.",
            "What {e} does is the work of a {v}.",
            "A {v} is what {e} became.",
        ],
        questions: &["What is the trade of {e}?", "What does {e} work as?", "What work does {e} do?"],
        sentence: "{e} works as a {v}.",
    },
};

pub(super) const ANIMAL: Attribute = Attribute {
    key: "animal",
    korean: Phrases {
        statements: &[
            "{e}이(가) 기르는 동물은 {v}(이)다.",
            "{e}은(는) {v}을(를) 기른다.",
            "{e}의 집에는 {v}이(가) 산다.",
            "{e}의 동물은 {v}(이)다.",
            "{v}은(는) {e}이(가) 기르는 동물(이)다.",
        ],
        questions: &[
            "{e}이(가) 기르는 동물은 무엇입니까?",
            "{e}은(는) 어떤 동물을 기릅니까?",
            "{e}의 집에는 어떤 동물이 삽니까?",
        ],
        sentence: "{e}이(가) 기르는 동물은 {v}입니다.",
    },
    english: Phrases {
        statements: &[
            "The animal that {e} keeps is a {v}.",
            "{e} keeps a {v}.",
            "{e} lives with a {v}.",
            "At home {e} has a {v}.",
            "A {v} is the animal of {e}.",
        ],
        questions: &["What animal does {e} keep?", "Which animal lives with {e}?", "What is the animal of {e}?"],
        sentence: "{e} keeps a {v}.",
    },
};

pub(super) const COLOUR: Attribute = Attribute {
    key: "colour",
    korean: Phrases {
        statements: &[
            "{e}이(가) 좋아하는 색은 {v}(이)다.",
            "{e}은(는) 색 가운데 {v}을(를) 좋아한다.",
            "{e}이(가) 아끼는 색은 {v}(이)다.",
            "{e}의 옷은 {v}(이)다.",
            "{v}은(는) {e}이(가) 좋아하는 색(이)다.",
        ],
        questions: &[
            "{e}이(가) 좋아하는 색은 무엇입니까?",
            "{e}은(는) 어떤 색을 좋아합니까?",
            "{e}이(가) 아끼는 색은 무엇입니까?",
        ],
        sentence: "{e}이(가) 좋아하는 색은 {v}입니다.",
    },
    english: Phrases {
        statements: &[
            "The favourite colour of {e} is {v}.",
            "{e} likes the colour {v}.",
            "{e} wears {v}.",
            "Of all colours {e} likes {v} best.",
            "The colour {v} is what {e} likes.",
        ],
        questions: &[
            "What is the favourite colour of {e}?",
            "Which colour does {e} like best?",
            "What colour does {e} wear?",
        ],
        sentence: "The favourite colour of {e} is {v}.",
    },
};

pub(super) const FOOD: Attribute = Attribute {
    key: "food",
    korean: Phrases {
        statements: &[
            "{e}이(가) 좋아하는 음식은 {v}(이)다.",
            "{e}은(는) 저녁마다 {v}을(를) 먹는다.",
            "{e}은(는) {v}을(를) 즐겨 먹는다.",
            "{e}의 밥상에는 늘 {v}이(가) 있다.",
            "{v}은(는) {e}이(가) 좋아하는 음식(이)다.",
        ],
        questions: &[
            "{e}이(가) 좋아하는 음식은 무엇입니까?",
            "{e}은(는) 저녁마다 무엇을 먹습니까?",
            "{e}은(는) 어떤 음식을 즐겨 먹습니까?",
        ],
        sentence: "{e}이(가) 좋아하는 음식은 {v}입니다.",
    },
    english: Phrases {
        statements: &[
            "The favourite food of {e} is {v}.",
            "{e} eats {v} every evening.",
            "{e} likes to eat {v}.",
            "On the table of {e} there is always {v}.",
            "A plate of {v} is what {e} likes.",
        ],
        questions: &[
            "What is the favourite food of {e}?",
            "What does {e} eat every evening?",
            "What does {e} like to eat?",
        ],
        sentence: "The favourite food of {e} is {v}.",
    },
};

pub(super) const INSTRUMENT: Attribute = Attribute {
    key: "instrument",
    korean: Phrases {
        statements: &[
            "{e}이(가) 연주하는 악기는 {v}(이)다.",
            "{e}은(는) {v}을(를) 연주한다.",
            "{e}은(는) 어릴 때 {v}을(를) 배웠다.",
            "{e}의 악기는 {v}(이)다.",
            "{v}은(는) {e}이(가) 연주하는 악기(이)다.",
        ],
        questions: &[
            "{e}이(가) 연주하는 악기는 무엇입니까?",
            "{e}은(는) 어떤 악기를 연주합니까?",
            "{e}의 악기는 무엇입니까?",
        ],
        sentence: "{e}이(가) 연주하는 악기는 {v}입니다.",
    },
    english: Phrases {
        statements: &[
            "The instrument that {e} plays is the {v}.",
            "{e} plays the {v}.",
            "As a child {e} learnt the {v}.",
            "The instrument of {e} is the {v}.",
            "The {v} is the instrument of {e}.",
        ],
        questions: &[
            "What instrument does {e} play?",
            "Which instrument did {e} learn?",
            "What is the instrument of {e}?",
        ],
        sentence: "{e} plays the {v}.",
    },
};

pub(super) const COUSIN: Attribute = Attribute {
    key: "cousin",
    korean: Phrases {
        statements: &[
            "{e}의 사촌은 {v}(이)다.",
            "{e}에게는 {v}(이)라는 사촌이 있다.",
            "{e}와(과) {v}은(는) 사촌(이)다.",
        ],
        questions: &["{e}의 사촌은 누구입니까?", "{e}은(는) 누구와 사촌입니까?"],
        sentence: "{e}의 사촌은 {v}입니다.",
    },
    english: Phrases {
        statements: &["The cousin of {e} is {v}.", "{e} has a cousin called {v}.", "{e} and {v} are cousins."],
        questions: &["Who is the cousin of {e}?", "Whose cousin is {e}?"],
        sentence: "The cousin of {e} is {v}.",
    },
};

pub(super) const REGION: Attribute = Attribute {
    key: "region",
    korean: Phrases {
        statements: &[
            "{e}은(는) {v} 지방에 있다.",
            "{e}이(가) 있는 지방은 {v}(이)다.",
            "{v} 지방에는 {e}(이)라는 마을이 있다.",
        ],
        questions: &["{e}은(는) 어느 지방에 있습니까?", "{e}이(가) 있는 지방은 어디입니까?"],
        sentence: "{e}이(가) 있는 지방은 {v}입니다.",
    },
    english: Phrases {
        statements: &["{e} lies in the region of {v}.", "The region of {e} is {v}.", "In the region of {v} lies {e}."],
        questions: &["Which region does {e} lie in?", "What is the region of {e}?"],
        sentence: "{e} lies in the region of {v}.",
    },
};

/// Two facts in one question: whom the region is of is first to be found from where the person was born.
pub(super) const HOME_REGION: Attribute = Attribute {
    key: "home_region",
    korean: Phrases {
        statements: &[],
        questions: &["{e}의 고향은 어느 지방에 있습니까?", "{e}이(가) 태어난 지방은 어디입니까?"],
        sentence: "{e}의 고향은 {v} 지방에 있습니다.",
    },
    english: Phrases {
        statements: &[],
        questions: &["Which region does the home town of {e} lie in?", "In which region was {e} born?"],
        sentence: "{e} was born in the region of {v}.",
    },
};

/// Two facts in one question: what the cousin of a person works as.
pub(super) const COUSIN_TRADE: Attribute = Attribute {
    key: "cousin_trade",
    korean: Phrases {
        statements: &[],
        questions: &["{e}의 사촌은 무슨 일을 합니까?", "{e}의 사촌의 직업은 무엇입니까?"],
        sentence: "{e}의 사촌의 직업은 {v}입니다.",
    },
    english: Phrases {
        statements: &[],
        questions: &["What does the cousin of {e} work as?", "What is the trade of the cousin of {e}?"],
        sentence: "The cousin of {e} works as a {v}.",
    },
};
