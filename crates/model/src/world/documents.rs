//! The texts of the world: lives of people, notes on towns, sums, questions with their answers, short stories.

use super::arithmetic::{Sum, sums};
use super::facts::{Fact, Table, Treatment};
use super::phrases::fill;
use super::questions::prompt;
use super::{LANGUAGES, World};
use crate::corpus::{Chance, Document, Language};

/// The name of the world as a source.
pub(super) const SOURCE: &str = "world";

/// Questions with their answers in one text, at most.
const MOST_QUESTIONS: usize = 6;
/// Sums in one text.
const SUMS_A_TEXT: usize = 8;
/// Of so many questions that are asked at all, one is asked in a telling.
const ASKED_OF: usize = 2;
/// People of a telling for each story.
const PEOPLE_A_STORY: usize = 4;

impl World {
    /// The texts to learn from: as many tellings of everything as the options say, each in other words and in another
    /// order. The texts of one telling are made at a time.
    pub fn documents(&self) -> impl Iterator<Item = Document> {
        let (told, _) = sums(self.options.operands, self.options.seed);
        (0..self.options.tellings).flat_map(move |round| Telling::new(self, round).documents(&told))
    }
}

/// Everything told once.
struct Telling<'a> {
    world: &'a World,
    round: usize,
    chance: Chance,
}

impl<'a> Telling<'a> {
    fn new(world: &'a World, round: usize) -> Self {
        Self { world, round, chance: Chance::new(world.options.seed, &format!("telling {round}")) }
    }

    fn documents(mut self, sums: &[Sum]) -> Vec<Document> {
        let mut all = Vec::new();
        for language in LANGUAGES {
            let mut texts = self.lives(language);
            texts.extend(self.towns(language));
            texts.extend(self.sums(sums, language));
            texts.extend(self.questions(sums, language));
            texts.extend(self.stories(language));
            all.extend(texts.into_iter().map(|text| Document { text, source: SOURCE.to_owned(), language }));
        }
        self.chance.shuffle(&mut all);
        all
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.chance.below(items.len())]
    }

    /// Whether a fact is told this time. Rare facts take turns.
    fn is_told(&self, fact: &Fact) -> bool {
        match fact.treatment {
            Treatment::Asked | Treatment::Told => true,
            Treatment::Rare => (self.round + fact.entity).is_multiple_of(self.world.options.rare_every.max(1)),
            Treatment::Untold => false,
        }
    }

    fn state(&mut self, table: &Table, fact: &Fact, language: Language) -> String {
        let form = self.pick(fact.attribute.phrases(language).statements);
        fill(form, table.entity(fact), table.value(fact), language)
    }

    /// Of every person, all that is told of them.
    fn lives(&mut self, language: Language) -> Vec<String> {
        let world = self.world;
        let people = world.facts.cousins.entities.len();
        let life = |person: usize| {
            let tables = world.facts.people.iter().chain([&world.facts.cousins]);
            let facts = tables.filter_map(|table| table.facts.get(person).map(|fact| (table, fact)));
            let told: Vec<(&Table, &Fact)> = facts.filter(|(_, fact)| self.is_told(fact)).collect();
            let mut lines: Vec<String> = told.iter().map(|(table, fact)| self.state(table, fact, language)).collect();
            self.chance.shuffle(&mut lines);
            lines.join(" ")
        };
        (0..people).map(life).collect()
    }

    /// Where towns lie, a few towns a text.
    fn towns(&mut self, language: Language) -> Vec<String> {
        let table = &self.world.facts.regions;
        let mut lines: Vec<String> = table.facts.iter().map(|fact| self.state(table, fact, language)).collect();
        self.chance.shuffle(&mut lines);
        lines.chunks(4).map(|lines| lines.join(" ")).collect()
    }

    /// A share of the sums, so that all are told about once in eight tellings.
    fn sums(&mut self, sums: &[Sum], language: Language) -> Vec<String> {
        let texts = sums.len().div_ceil(SUMS_A_TEXT * 8);
        let mut text = || {
            let lines = (0..SUMS_A_TEXT).map(|_| {
                let (sum, form) = (self.pick(sums), self.chance.below(3));
                sum.statement(language, form)
            });
            lines.collect::<Vec<_>>().join("\n")
        };
        (0..texts).map(|_| text()).collect()
    }

    /// Questions with their answers about what may be asked.
    fn questions(&mut self, sums: &[Sum], language: Language) -> Vec<String> {
        let world = self.world;
        let tables = world.facts.tables().chain(&world.hops.tables);
        let facts = tables.flat_map(|table| table.facts.iter().map(move |fact| (table, fact)));
        let asked = facts.filter(|(_, fact)| fact.treatment == Treatment::Asked);
        let mut lines = Vec::new();
        for (table, fact) in asked {
            if self.chance.below(ASKED_OF) == 0 {
                let form = self.pick(fact.attribute.phrases(language).questions);
                let question = fill(form, table.entity(fact), table.value(fact), language);
                lines.push(answered(&question, table.value(fact).in_language(language), language));
            }
        }
        for _ in 0..sums.len().div_ceil(16) {
            let (sum, form) = (self.pick(sums), self.chance.below(2));
            lines.push(answered(&sum.question(language, form), &sum.total().to_string(), language));
        }
        self.chance.shuffle(&mut lines);
        let mut texts = Vec::new();
        while !lines.is_empty() {
            let kept = lines.len().saturating_sub(1 + self.chance.below(MOST_QUESTIONS));
            texts.push(lines.split_off(kept).join("\n\n"));
        }
        texts
    }

    /// Two people meet, and it is asked who they were: to be read, not known.
    fn stories(&mut self, language: Language) -> Vec<String> {
        let people = self.world.facts.cousins.entities.len();
        (0..people / PEOPLE_A_STORY).map(|_| self.story(people, language)).collect()
    }

    fn story(&mut self, people: usize, language: Language) -> String {
        let facts = &self.world.facts;
        let one = self.chance.below(people);
        let other = (one + 1 + self.chance.below(people - 1)) % people;
        let town = self.pick(&facts.regions.facts.iter().map(|fact| fact.entity).collect::<Vec<_>>());
        let name = |person: usize| &facts.cousins.entities[person];
        let (opening, question) = self.pick(openings(language));
        let scene = |form: &str| {
            let form = form.replace("{t}", facts.regions.entities[town].in_language(language));
            fill(&form, name(one), name(other), language)
        };
        let mut text = vec![scene(opening)];
        for person in [one, other] {
            let told = facts.people.iter().map(|table| (table, &table.facts[person]));
            let told: Vec<(&Table, &Fact)> = told.filter(|(_, fact)| self.is_told(fact)).collect();
            if let Some((table, fact)) = self.chance.choose(&told).copied() {
                text.push(self.state(table, fact, language));
            }
        }
        text.join(" ") + "\n" + &answered(&scene(question), name(other).in_language(language), language)
    }
}

fn answered(question: &str, answer: &str, language: Language) -> String {
    format!("{} {answer}", prompt(question, language))
}

/// How stories begin, and what is asked about them: `{e}` meets `{v}` in the town `{t}`.
fn openings(language: Language) -> &'static [(&'static str, &'static str)] {
    if language == Language::Korean {
        &[
            ("어느 날 아침 {e}은(는) {t}에서 {v}을(를) 만났다.", "{t}에서 {e}은(는) 누구를 만났습니까?"),
            ("비가 오던 날 {e}은(는) {t} 장터에서 {v}에게 길을 물었다.", "{e}은(는) 누구에게 길을 물었습니까?"),
            ("{e}은(는) {t}까지 걸어가 {v}에게 편지를 건넸다.", "{e}은(는) 누구에게 편지를 건넸습니까?"),
        ]
    } else {
        &[
            ("One morning {e} met {v} in {t}.", "Whom did {e} meet in {t}?"),
            ("It rained, and at the market of {t} {e} asked {v} the way.", "Whom did {e} ask the way?"),
            ("{e} walked as far as {t} and gave {v} a letter.", "To whom did {e} give a letter?"),
        ]
    }
}
