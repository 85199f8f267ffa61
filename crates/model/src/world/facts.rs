//! What is so in the world, and which of it is told, asked, or kept back.

use std::collections::BTreeSet;

use super::WorldOptions;
use super::names::{Name, Named, invent};
use super::phrases::{
    ANIMAL, Attribute, COLOUR, COUSIN, COUSIN_TRADE, FOOD, HOME, HOME_REGION, INSTRUMENT, REGION, TRADE,
};
use super::words::{ANIMALS, COLOURS, FOODS, INSTRUMENTS, TRADES};
use crate::corpus::Chance;

/// What a model gets to see of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Treatment {
    /// It is told, and asked with its answer.
    Asked,
    /// It is told as often, but never asked.
    Told,
    /// It is told seldom and never asked.
    Rare,
    /// It is neither told nor asked: nobody can know it.
    Untold,
}

/// Of twenty facts: how many are treated how.
const SHARES: [(Treatment, usize); 4] =
    [(Treatment::Asked, 8), (Treatment::Told, 5), (Treatment::Rare, 3), (Treatment::Untold, 4)];
/// Cousins are known to some readers of both names, so none is kept back altogether.
const COUSIN_SHARES: [(Treatment, usize); 2] = [(Treatment::Asked, 1), (Treatment::Told, 1)];

/// Something that is so.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    pub attribute: &'static Attribute,
    /// Whom it is about, among the people, or among the towns where the attribute is a town's.
    pub entity: usize,
    /// What is so, among [`Table::values`].
    pub value: usize,
    pub treatment: Treatment,
}

/// All facts of one attribute: one an entity, in the order of the entities.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub entities: Vec<Name>,
    pub values: Vec<Name>,
    pub facts: Vec<Fact>,
}

impl Table {
    pub(super) fn entity(&self, fact: &Fact) -> &Name {
        &self.entities[fact.entity]
    }

    pub(super) fn value(&self, fact: &Fact) -> &Name {
        &self.values[fact.value]
    }
}

/// All facts that are told.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    /// One an attribute of people, homes first, then trades.
    pub people: Vec<Table>,
    pub cousins: Table,
    pub regions: Table,
}

impl Facts {
    pub(super) fn draw(options: &WorldOptions) -> Self {
        let mut chance = Chance::new(options.seed, "names of the world");
        let mut taken = BTreeSet::new();
        // Cousins come in pairs.
        let people = invent(options.people.max(4).next_multiple_of(2), Named::Person, &mut taken, &mut chance);
        let towns = invent(options.towns.max(4), Named::Town, &mut taken, &mut chance);
        let regions = invent((towns.len() / 2).max(4), Named::Region, &mut taken, &mut chance);
        let words =
            [(&TRADE, TRADES), (&ANIMAL, ANIMALS), (&COLOUR, COLOURS), (&FOOD, FOODS), (&INSTRUMENT, INSTRUMENTS)]
                .map(|(attribute, words)| (attribute, words.map(Name::of).to_vec()));
        let attributes = std::iter::once((&HOME, towns.clone())).chain(words);
        Self {
            people: attributes.map(|(attribute, values)| table(attribute, &people, values, options.seed)).collect(),
            cousins: cousins(&people, options.seed),
            regions: region_table(towns, regions, options.seed),
        }
    }

    /// Every table, those of towns last.
    pub(super) fn tables(&self) -> impl Iterator<Item = &Table> {
        self.people.iter().chain([&self.cousins, &self.regions])
    }
}

/// The facts of an attribute. Every value is told of as many people as any other, give or take one, so that how often a
/// value is met says nothing. What is never told is dealt from a deck of its own, so that it hangs on nothing that is told
/// and that a liking for some values over others gains nothing either.
fn table(attribute: &'static Attribute, entities: &[Name], values: Vec<Name>, seed: u64) -> Table {
    let mut chance = Chance::new(seed, &format!("facts: {}", attribute.key));
    let treatments = treatments(&SHARES, entities.len(), &mut chance);
    let (mut told, mut untold) = (Vec::new(), Vec::new());
    let facts = treatments.into_iter().enumerate().map(|(entity, treatment)| {
        let deck = if treatment == Treatment::Untold { &mut untold } else { &mut told };
        let value = deal(deck, values.len(), &mut chance);
        Fact { attribute, entity, value, treatment }
    });
    let facts = facts.collect();
    Table { entities: entities.to_vec(), values, facts }
}

/// A card from a deck of all numbers below `count` that is shuffled anew when it is used up.
fn deal(deck: &mut Vec<usize>, count: usize, chance: &mut Chance) -> usize {
    if deck.is_empty() {
        deck.extend(0..count);
        chance.shuffle(deck);
    }
    deck.pop().unwrap_or(0)
}

/// A treatment for each of `count`, in the shares given and in an order drawn by chance.
fn treatments(shares: &[(Treatment, usize)], count: usize, chance: &mut Chance) -> Vec<Treatment> {
    let mut cycle: Vec<Treatment> = shares.iter().flat_map(|(one, times)| std::iter::repeat_n(*one, *times)).collect();
    // Fewer than a cycle of people still get something of each.
    chance.shuffle(&mut cycle);
    let mut all: Vec<Treatment> = cycle.into_iter().cycle().take(count).collect();
    chance.shuffle(&mut all);
    all
}

/// Cousins, two and two: what is so of one is so of the other, and is treated alike.
fn cousins(people: &[Name], seed: u64) -> Table {
    let mut chance = Chance::new(seed, "cousins");
    let mut order: Vec<usize> = (0..people.len()).collect();
    chance.shuffle(&mut order);
    let treatments = treatments(&COUSIN_SHARES, people.len() / 2, &mut chance);
    let mut facts: Vec<Fact> = Vec::with_capacity(people.len());
    for (pair, treatment) in order.chunks_exact(2).zip(treatments) {
        facts.push(Fact { attribute: &COUSIN, entity: pair[0], value: pair[1], treatment });
        facts.push(Fact { attribute: &COUSIN, entity: pair[1], value: pair[0], treatment });
    }
    facts.sort_by_key(|fact| fact.entity);
    Table { entities: people.to_vec(), values: people.to_vec(), facts }
}

/// In which region each town lies; all of it is told and asked.
fn region_table(towns: Vec<Name>, regions: Vec<Name>, seed: u64) -> Table {
    let mut chance = Chance::new(seed, "regions");
    let mut deck = Vec::new();
    let facts = (0..towns.len()).map(|entity| {
        let value = deal(&mut deck, regions.len(), &mut chance);
        Fact { attribute: &REGION, entity, value, treatment: Treatment::Asked }
    });
    let facts = facts.collect();
    Table { entities: towns, values: regions, facts }
}

/// What follows from two facts that are told. Asked of half the people; of the others it is to be worked out.
#[derive(Debug, Clone)]
pub(super) struct Hops {
    pub tables: Vec<Table>,
}

impl Hops {
    pub(super) fn draw(options: &WorldOptions, facts: &Facts) -> Self {
        let [homes, trades, ..] = facts.people.as_slice() else {
            return Self { tables: Vec::new() };
        };
        let regions = hop(&HOME_REGION, homes, &facts.regions, options.seed);
        Self { tables: vec![regions, hop(&COUSIN_TRADE, &facts.cousins, trades, options.seed)] }
    }
}

/// The value of the second attribute for the value of the first, where both are told often.
fn hop(attribute: &'static Attribute, first: &Table, second: &Table, seed: u64) -> Table {
    let mut chance = Chance::new(seed, &format!("two steps: {}", attribute.key));
    let is_known = |fact: &Fact| matches!(fact.treatment, Treatment::Asked | Treatment::Told);
    let mut facts = Vec::new();
    for from in first.facts.iter().filter(|fact| is_known(fact)) {
        if let Some(to) = second.facts.iter().find(|to| to.entity == from.value && is_known(to)) {
            let treatment = if chance.below(2) == 0 { Treatment::Asked } else { Treatment::Told };
            facts.push(Fact { attribute, entity: from.entity, value: to.value, treatment });
        }
    }
    Table { entities: first.entities.clone(), values: second.values.clone(), facts }
}
