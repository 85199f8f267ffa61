//! Each way to derive a model by its name, and what the audit owes it.

use model::corpus::Tokens;
use model::{Shape, Tokenizer};
use provenance::lineage::Test;
use serde_json::Value;

use crate::derive::{self, Grid, Names};
use crate::train::{self, Plan};
use crate::{Fault, Plain};

/// The trained models that everything is derived from and held against, and what they were trained on.
#[derive(Debug)]
pub struct Bases {
    /// The parent of whatever has one parent.
    pub alpha: Plain,
    /// Other first weights, the same text in the same order as alpha: as alike as two independent models can be.
    pub beta: Plain,
    /// Other first weights, other text.
    pub gamma: Plain,
    /// Another architecture (Qwen3's, tied), another tokenizer, alpha's text.
    pub delta: Plain,
    /// Two texts in the tokens that all but delta have.
    pub texts: [Tokens; 2],
    /// Delta's tokenizer, as a file.
    pub other_tokenizer: Value,
    steps: u64,
}

impl Bases {
    /// Trains them, so many steps each.
    ///
    /// # Errors
    ///
    /// Those of training.
    pub fn train(steps: u64) -> Result<Self, Fault> {
        let (tokenizer, json) = tokenizer(1, 512)?;
        let texts = [1, 2].map(|world| train::text(world, &tokenizer));
        let shape = train::shape(tokenizer.vocab_size());
        let model = |name, seed, text: usize| {
            train::train(name, &shape, Plan::new(seed, text as u64, steps), &texts[text], &json)
        };
        let (alpha, beta, gamma) = (model("alpha", 1, 0)?, model("beta", 2, 0)?, model("gamma", 3, 1)?);
        let (other, other_json) = self::tokenizer(3, 448)?;
        let shape = Shape { layers: 3, head_norms: true, tied: true, ..train::shape(other.vocab_size()) };
        let delta = train::train("delta", &shape, Plan::new(4, 0, steps), &train::text(1, &other), &other_json)?;
        Ok(Self { alpha, beta, gamma, delta, texts, other_tokenizer: other_json, steps })
    }

    /// What candidates are held against: alpha with an encoder beside it, and the others.
    #[must_use]
    pub fn library(&self) -> [Plain; 4] {
        [with_encoder(self), self.beta.clone(), self.gamma.clone(), self.delta.clone()]
    }

    /// A plan from first weights as the bases were trained.
    fn plan(&self, seed: u64, order: u64) -> Plan {
        Plan::new(seed, order, self.steps)
    }

    /// Alpha tuned briefly on the other text.
    fn tuned(&self, order: u64) -> Result<Plain, Fault> {
        train::go_on(&self.alpha, Plan::tuning(order, self.steps / 5), &self.texts[1])
    }
}

fn tokenizer(world: u64, vocab: usize) -> Result<(Tokenizer, Value), Fault> {
    let tokenizer = train::tokenizer(world, vocab)?;
    let json = tokenizer.to_json().parse().unwrap_or(Value::Null);
    Ok((tokenizer, json))
}

/// What the audit owes a kind of model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owed {
    /// To find the dependence on each of the parents.
    Dependence,
    /// To find it, and that it is of the encoder and not of the language model.
    DependenceOfEncoder,
    /// To find nothing: there is no dependence of weights.
    Nothing,
    /// Nothing, though there is a dependence: it is not one of weights.
    Blind,
}

/// A way to make a candidate.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// What it is called.
    pub name: &'static str,
    /// On which of the library's models it depends.
    pub parents: &'static [&'static str],
    /// What the audit owes.
    pub owed: Owed,
    /// Tests each of which must find it, against each of the parents.
    pub by: &'static [Test],
    /// Makes one.
    pub make: Make,
}

/// Seed of whatever a derivation draws.
const SEED: u64 = 17;

/// How one is made.
type Make = fn(&Bases) -> Result<Plain, Fault>;

const fn child(name: &'static str, by: &'static [Test], make: Make) -> Kind {
    Kind { name, parents: &["alpha"], owed: Owed::Dependence, by, make }
}

const fn of_two(name: &'static str, by: &'static [Test], make: Make) -> Kind {
    Kind { name, parents: &["alpha", "gamma"], owed: Owed::Dependence, by, make }
}

const fn stranger(name: &'static str, make: Make) -> Kind {
    Kind { name, parents: &[], owed: Owed::Nothing, by: &[], make }
}

/// Trained on.
const TUNED: &[Kind] = &[
    child("copy", &[Test::IdenticalTensors, Test::IdenticalUnits, Test::AlignedUnits], |bases| Ok(bases.alpha.clone())),
    child("fine-tuned", &[Test::AlignedUnits, Test::MatchedUnits, Test::SharedTokens], |bases| bases.tuned(5)),
    child("continued training", &[Test::AlignedUnits, Test::MatchedUnits], |bases| {
        train::go_on(&bases.alpha, Plan { rate: 0.006, ..bases.plan(0, 6) }, &bases.texts[1])
    }),
    child("low-rank adapters merged", &[Test::IdenticalTensors, Test::IdenticalUnits, Test::AlignedUnits], |bases| {
        train::adapt(&bases.alpha, 4, Plan::tuning(7, bases.steps / 5), &bases.texts[1])
    }),
];

/// Other sizes.
const RESIZED: &[Kind] = &[
    child("depth pruned", &[Test::IdenticalTensors, Test::AlignedUnits], |bases| {
        derive::drop_blocks(&bases.alpha, &[1])
    }),
    child("depth grown", &[Test::IdenticalTensors, Test::AlignedUnits], |bases| derive::repeat_blocks(&bases.alpha, 1)),
    child("hidden units pruned", &[Test::MatchedUnits], |bases| derive::prune_units(&bases.alpha, 128)),
    child("state pruned", &[Test::SignedPermutation], |bases| derive::prune_state(&bases.alpha, 48)),
    child("experts, DeepSeek's names", &[Test::MatchedUnits], |bases| {
        derive::upcycle(&bases.alpha, 4, 0.3, Names::DeepSeek, SEED)
    }),
    child("experts, Mixtral's names", &[Test::MatchedUnits], |bases| {
        derive::upcycle(&bases.alpha, 4, 0.3, Names::Mixtral, SEED)
    }),
    child("vocabulary extended", &[Test::IdenticalTensors, Test::AlignedUnits, Test::SharedTokens], |bases| {
        derive::extend_vocabulary(&bases.alpha, 64, SEED)
    }),
    child("vocabulary permuted", &[Test::IdenticalTensors, Test::AlignedUnits, Test::SharedTokens], |bases| {
        derive::permute_vocabulary(&bases.alpha, SEED)
    }),
    child("vocabulary replaced", &[Test::IdenticalTensors, Test::AlignedUnits, Test::SharedTokens], |bases| {
        derive::replace_vocabulary(&bases.alpha, &bases.other_tokenizer, SEED)
    }),
];

/// Several models in one.
const MERGED: &[Kind] = &[
    child("merge of two children", &[Test::AlignedUnits], |bases| {
        derive::linear(&bases.tuned(5)?, &bases.tuned(8)?, 0.5)
    }),
    of_two("linear merge", &[Test::AlignedUnits, Test::SharedTokens], |bases| {
        derive::linear(&bases.alpha, &bases.gamma, 0.4)
    }),
    of_two("spherical merge", &[Test::AlignedUnits, Test::SharedTokens], |bases| {
        derive::slerp(&bases.alpha, &bases.gamma, 0.4)
    }),
    of_two("stack of blocks", &[Test::IdenticalTensors, Test::AlignedUnits], |bases| {
        derive::stack(&bases.alpha, 2, &bases.gamma, 1)
    }),
    child("one block borrowed", &[Test::IdenticalTensors, Test::AlignedUnits], |bases| {
        derive::borrow_blocks(&own(bases)?, &bases.alpha, &[2])
    }),
    child("a tenth of the units borrowed", &[Test::IdenticalUnits, Test::AlignedUnits], |bases| {
        derive::borrow_units(&own(bases)?, &bases.alpha, 0.1, SEED)
    }),
    Kind {
        name: "encoder taken over",
        parents: &["alpha"],
        owed: Owed::DependenceOfEncoder,
        by: &[Test::AlignedUnits],
        make: |bases| Ok(derive::adopt_encoder(&own(bases)?, &with_encoder(bases), 0.2, SEED)),
    },
];

/// Rounded.
const ROUNDED: &[Kind] = &[
    child("8-bit integers", &[Test::AlignedUnits, Test::MatchedUnits], |bases| {
        Ok(derive::quantise(&bases.alpha, Grid::Int8))
    }),
    child("8-bit floats", &[Test::AlignedUnits, Test::MatchedUnits], |bases| {
        Ok(derive::quantise(&bases.alpha, Grid::Fp8))
    }),
    child("4-bit integers", &[Test::AlignedUnits, Test::MatchedUnits], |bases| {
        Ok(derive::quantise(&bases.alpha, Grid::Int4))
    }),
];

/// The same function in other numbers.
const DISGUISED: &[Kind] = &[
    child("hidden units permuted", &[Test::MatchedUnits], |bases| derive::permute_units(&bases.alpha, SEED)),
    child("heads permuted", &[Test::MatchedHeads], |bases| derive::permute_heads(&bases.alpha, SEED)),
    child("bases of heads turned", &[Test::AlignedUnits, Test::MatchedUnits], |bases| {
        derive::rotate_heads(&bases.alpha, SEED)
    }),
    child("rescaled", &[Test::AlignedUnits, Test::MatchedUnits], |bases| {
        let child = derive::rescale_heads(&derive::rescale_units(&bases.alpha, SEED)?, SEED)?;
        derive::rescale_state(&child, 3.0)
    }),
    child("state permuted, signs turned", &[Test::SignedPermutation], |bases| {
        derive::permute_state(&bases.alpha, SEED)
    }),
    child("gains folded, state rotated", &[Test::Rotation], |bases| derive::rotate_state(&bases.alpha, SEED)),
    child("all of these at once", &[Test::Rotation], |bases| derive::disguise(&bases.alpha, SEED)),
    child("all of these, then fine-tuned", &[Test::Rotation], |bases| {
        train::go_on(&derive::disguise(&bases.alpha, SEED)?, Plan::tuning(5, bases.steps / 5), &bases.texts[1])
    }),
    Kind {
        name: "all of these, other ids of tokens",
        parents: &["alpha"],
        owed: Owed::Dependence,
        by: &[Test::Rotation],
        make: |bases| derive::permute_vocabulary(&derive::disguise(&bases.alpha, SEED)?, SEED),
    },
];

/// What shares no weights with any model of the library, and what shares more than weights.
const STRANGERS: &[Kind] = &[
    child("same first weights, other text", &[Test::AlignedUnits], |bases| {
        train::train("twin", &bases.alpha.shape, bases.plan(1, 1), &bases.texts[1], &bases.alpha.tokenizer)
    }),
    Kind {
        name: "distilled from what it says",
        parents: &["alpha"],
        owed: Owed::Blind,
        by: &[],
        make: |bases| train::distil("student", &bases.alpha, &bases.alpha.shape, bases.plan(31, 9), &bases.texts[0]),
    },
    stranger("same text in the same order", |bases| {
        train::train("own", &bases.alpha.shape, bases.plan(32, 0), &bases.texts[0], &bases.alpha.tokenizer)
    }),
    stranger("other text", own),
];

/// All of them, in the order of the tables.
#[must_use]
pub fn all() -> Vec<Kind> {
    [TUNED, RESIZED, MERGED, ROUNDED, DISGUISED, STRANGERS].concat()
}

/// A model that depends on none of the library.
fn own(bases: &Bases) -> Result<Plain, Fault> {
    train::train("own", &bases.alpha.shape, bases.plan(33, 3), &bases.texts[1], &bases.alpha.tokenizer)
}

/// Alpha with the encoder that [`Owed::DependenceOfEncoder`] is about.
fn with_encoder(bases: &Bases) -> Plain {
    derive::with_encoder(&bases.alpha, SEED + 1)
}

/// So many tiny models of different seeds, trained for so many steps each, every other one on another text: for pairs in
/// which nothing may be found.
///
/// # Errors
///
/// Those of training.
pub fn crowd(count: u64, steps: u64) -> Result<Vec<Plain>, Fault> {
    let (tokenizer, json) = tokenizer(1, 300)?;
    let texts = [1, 2].map(|world| train::text(world, &tokenizer));
    let shape = tiny(tokenizer.vocab_size());
    let one = |number: u64| {
        let text = (number % 2) as usize;
        let plan = Plan::new(1000 + number, text as u64, steps);
        train::train(&format!("crowd {number}"), &shape, plan, &texts[text], &json)
    };
    (0..count).map(one).collect()
}

/// Two blocks, 32 channels, 96 hidden units, four heads on two.
#[must_use]
pub fn tiny(vocab: usize) -> Shape {
    Shape { width: 32, layers: 2, head_size: 8, hidden: 96, context: 32, ..train::shape(vocab) }
}
