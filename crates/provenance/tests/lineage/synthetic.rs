//! Models whose weights are drawn here: low rank under noise and heavy-tailed norms, as training leaves them.

use std::ops::Range;

use provenance::anatomy::{Axis, Component, Expert, Role, Spot, Tower};
use provenance::fingerprint::{Facts, Fingerprint, Moments, Part, SKETCH, TokenizerPrint, Units};
use provenance::lineage::RawWeights;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// The shape of a model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) blocks: u32,
    pub(crate) width: usize,
    pub(crate) hidden: usize,
    pub(crate) heads: usize,
    pub(crate) kv_heads: usize,
    pub(crate) head: usize,
    pub(crate) vocabulary: usize,
    /// 0 for a dense model.
    pub(crate) experts: u32,
}

pub(crate) const SMALL: Shape =
    Shape { blocks: 4, width: 128, hidden: 320, heads: 8, kv_heads: 4, head: 16, vocabulary: 600, experts: 0 };

/// A model with all its weights.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) facts: Facts,
    /// Parts, with their weights unit by unit.
    pub(crate) parts: Vec<(Part, Vec<f32>)>,
    pub(crate) tokenizer: Option<TokenizerPrint>,
}

/// A number of mean 0 and variance 1, near normal: the sum of four uniform ones (a quick draw, as there are many).
pub(crate) fn normal(random: &mut ChaCha8Rng) -> f64 {
    let bits = random.next_u64();
    let sum: i64 = (0..4).map(|part| ((bits >> (16 * part)) & 0xffff) as i64 - 0x8000).sum();
    (sum as f64 + 2.0) / 65_536.0 * 3.0f64.sqrt()
}

/// Units of a few common directions, noise, and norms with a heavy tail.
pub(crate) fn matrix(random: &mut ChaCha8Rng, units: usize, width: usize) -> Vec<f32> {
    let rank = 6;
    let directions: Vec<f64> = (0..rank * width).map(|_| normal(random)).collect();
    let common: Vec<f64> = (0..width).map(|_| 0.3 * normal(random)).collect();
    let mut floats = Vec::with_capacity(units * width);
    for _ in 0..units {
        let norm = 0.02 * (0.4 * normal(random)).exp();
        let share: Vec<f64> = (0..rank).map(|_| 0.4 * normal(random)).collect();
        for channel in 0..width {
            let low: f64 = share.iter().enumerate().map(|(k, share)| share * directions[k * width + channel]).sum();
            floats.push((norm * (low + common[channel] + normal(random))) as f32);
        }
    }
    floats
}

/// Rows of an embedding: what each token means is the same for all models, in which channels is each model's own.
fn meanings(random: &mut ChaCha8Rng, tokens: usize, width: usize) -> Vec<f32> {
    let rank = 16;
    let mut shared = ChaCha8Rng::seed_from_u64(99);
    let mut meaning = || -> Vec<f64> { (0..rank).map(|k| normal(&mut shared) / (1.0 + 0.3 * f64::from(k))).collect() };
    let directions: Vec<Vec<f64>> = (0..rank).map(|_| (0..width).map(|_| normal(random)).collect()).collect();
    let mut floats = Vec::with_capacity(tokens * width);
    for _ in 0..tokens {
        let meaning = meaning();
        for channel in 0..width {
            let low: f64 = meaning.iter().zip(&directions).map(|(share, direction)| share * direction[channel]).sum();
            floats.push((0.02 * (low + 0.7 * normal(random))) as f32);
        }
    }
    floats
}

pub(crate) fn block(number: u32) -> Component {
    Component { tower: Tower::Language, spot: Spot::Block(number) }
}

pub(crate) fn part(component: Component, role: Role, expert: Option<Expert>, units: usize, width: usize) -> Part {
    let axis = if matches!(role, Role::Down | Role::Output) { Axis::Columns } else { Axis::Rows };
    Part {
        component,
        role,
        expert,
        tensor: format!("{component} {role:?} {expert:?}"),
        dtype: "F32".to_owned(),
        axis,
        units: units as u64,
        width: width as u64,
        digest: String::new(),
        moments: Moments::default(),
    }
}

impl Model {
    /// A model of its own, from a seed.
    pub(crate) fn new(name: &str, shape: Shape, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut parts = Vec::new();
        let embedding = Component { tower: Tower::Language, spot: Spot::Embedding };
        parts.push(part(embedding, Role::TokenEmbedding, None, shape.vocabulary, shape.width));
        for number in 0..shape.blocks {
            let of = |role, units| part(block(number), role, None, units, shape.width);
            parts.push(of(Role::Query, shape.heads * shape.head));
            parts.push(of(Role::Key, shape.kv_heads * shape.head));
            parts.push(of(Role::Value, shape.kv_heads * shape.head));
            parts.push(of(Role::Output, shape.heads * shape.head));
            let experts: Vec<Option<Expert>> = match shape.experts {
                0 => vec![None],
                count => (0..count).map(|expert| Some(Expert::Routed(expert))).collect(),
            };
            for role in [Role::Gate, Role::Up, Role::Down] {
                parts.extend(experts.iter().map(|e| part(block(number), role, *e, shape.hidden, shape.width)));
            }
            if shape.experts > 0 {
                parts.push(of(Role::Router, shape.experts as usize));
            }
            let mut norm = part(block(number), Role::Norm, None, 1, shape.width);
            norm.tensor = format!("model.layers.{number}.post_attention_layernorm.weight");
            parts.push(norm);
        }
        let parts = parts
            .into_iter()
            .map(|part| {
                let (units, width) = (part.units as usize, part.width as usize);
                let gains = |random: &mut ChaCha8Rng| (0..width).map(|_| (1.0 + 0.1 * normal(random)) as f32).collect();
                let floats = match part.role {
                    Role::Norm => gains(&mut random),
                    Role::TokenEmbedding => meanings(&mut random, units, width),
                    _ => matrix(&mut random, units, width),
                };
                (part, floats)
            })
            .collect();
        let facts = Facts {
            name: name.to_owned(),
            weights: None,
            digest: format!("{name} {seed}"),
            seed: 0,
            parameters: 0,
            family: Some("synthetic".to_owned()),
            width: Some(shape.width as u32),
            blocks: Some(shape.blocks),
            heads: Some(shape.heads as u32),
            kv_heads: Some(shape.kv_heads as u32),
            head_width: Some(shape.head as u32),
            tied: true,
            declared: Vec::new(),
        };
        let tokens = (1..=shape.vocabulary as u64).collect();
        let tokenizer = Some(TokenizerPrint { tokens, merges: (1..=400).collect(), special: vec![0] });
        Self { facts, parts, tokenizer }
    }

    /// The same under another name.
    pub(crate) fn named(mut self, name: &str) -> Self {
        self.facts.name = name.to_owned();
        self.facts.digest = name.to_owned();
        self
    }

    /// Every weight moved by noise, so that units keep about the cosine `kept`.
    pub(crate) fn trained_on(mut self, kept: f64, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        for (part, floats) in &mut self.parts {
            let (units, width) = (part.units as usize, part.width as usize);
            let noise = matrix(&mut random, units, width);
            for (unit, noise) in floats.chunks_exact_mut(width).zip(noise.chunks_exact(width)) {
                let norm = |floats: &[f32]| floats.iter().map(|float| float * float).sum::<f32>().sqrt();
                let scale = norm(unit) / norm(noise) * (1.0 - kept * kept).sqrt() as f32;
                unit.iter_mut().zip(noise).for_each(|(float, noise)| *float = kept as f32 * *float + scale * noise);
            }
        }
        self
    }

    /// Reorders units of the hidden layers; what they compute stays the same.
    pub(crate) fn hidden_permuted(mut self, seed: u64) -> Self {
        let mut orders = std::collections::BTreeMap::new();
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        for (part, floats) in &mut self.parts {
            if !matches!(part.role, Role::Gate | Role::Up | Role::Down) {
                continue;
            }
            let order = orders.entry((part.component, part.expert)).or_insert_with(|| {
                let mut order: Vec<usize> = (0..part.units as usize).collect();
                provenance::lineage::statistics::relabel::shuffle(&mut random, &mut order);
                order
            });
            *floats = gather(floats, order, part.width as usize);
        }
        self
    }

    /// Of each block's hidden units, those that a seed keeps, in their order.
    pub(crate) fn hidden_cut(mut self, keep: usize, seed: u64) -> Self {
        for number in 0..self.facts.blocks.unwrap_or(0) {
            let mut random = ChaCha8Rng::seed_from_u64(seed + u64::from(number));
            for (part, floats) in self.parts.iter_mut().filter(|(part, _)| part.component == block(number)) {
                if !matches!(part.role, Role::Gate | Role::Up | Role::Down) {
                    continue;
                }
                let mut units: Vec<usize> = (0..part.units as usize).collect();
                provenance::lineage::statistics::relabel::shuffle(&mut random.clone(), &mut units);
                units.truncate(keep);
                units.sort_unstable();
                *floats = gather(floats, &units, part.width as usize);
                part.units = keep as u64;
            }
            let _ = normal(&mut random);
        }
        self
    }

    /// Heads in another order: groups of query heads with their key and value head.
    pub(crate) fn heads_moved(mut self, by: usize) -> Self {
        let (head, kv) = (self.facts.head_width.unwrap_or(1) as usize, self.facts.kv_heads.unwrap_or(1) as usize);
        for (part, floats) in &mut self.parts {
            if !matches!(part.role, Role::Query | Role::Key | Role::Value | Role::Output) {
                continue;
            }
            let mut groups: Vec<usize> = (0..kv).collect();
            // No head stays, or its values would still be in place.
            groups.rotate_left(by);
            let of_group = part.units as usize / kv;
            assert!(of_group.is_multiple_of(head));
            let order: Vec<usize> = groups.iter().flat_map(|group| group * of_group..(group + 1) * of_group).collect();
            *floats = gather(floats, &order, part.width as usize);
        }
        self
    }

    /// Experts in another order, with their rows of the router.
    pub(crate) fn experts_permuted(mut self, by: u32, count: u32) -> Self {
        for (part, _) in &mut self.parts {
            if let Some(Expert::Routed(expert)) = &mut part.expert {
                *expert = (*expert + by) % count;
            }
        }
        self.parts.sort_by_key(|(part, _)| (part.component, part.role, part.expert));
        self
    }

    /// Each dense network copied into a number of experts.
    pub(crate) fn upcycled(mut self, experts: u32) -> Self {
        let all = std::mem::take(&mut self.parts);
        for (part, floats) in all {
            if matches!(part.role, Role::Gate | Role::Up | Role::Down) {
                for expert in 0..experts {
                    let mut part = part.clone();
                    part.expert = Some(Expert::Routed(expert));
                    self.parts.push((part, floats.clone()));
                }
            } else {
                self.parts.push((part, floats));
            }
        }
        self
    }

    /// A weighted sum with another model of the same shape.
    pub(crate) fn merged_with(mut self, own: f32, other: &Self, theirs: f32) -> Self {
        for ((_, floats), (_, others)) in self.parts.iter_mut().zip(&other.parts) {
            floats.iter_mut().zip(others).for_each(|(float, other)| *float = own * *float + theirs * other);
        }
        self
    }

    /// Tokens under other ids.
    pub(crate) fn tokens_permuted(mut self, seed: u64) -> Self {
        let mut order: Vec<usize> = (0..self.tokenizer.as_ref().map_or(0, |print| print.tokens.len())).collect();
        provenance::lineage::statistics::relabel::shuffle(&mut ChaCha8Rng::seed_from_u64(seed), &mut order);
        if let Some(print) = &mut self.tokenizer {
            print.tokens = order.iter().map(|from| print.tokens[*from]).collect();
        }
        for (part, floats) in self.parts.iter_mut().filter(|(part, _)| part.role == Role::TokenEmbedding) {
            *floats = gather(floats, &order, part.width as usize);
        }
        self
    }

    /// Blocks in another order, some twice or not at all.
    pub(crate) fn with_blocks(mut self, order: &[u32]) -> Self {
        let all = std::mem::take(&mut self.parts);
        self.parts = all.iter().filter(|(part, _)| !matches!(part.component.spot, Spot::Block(_))).cloned().collect();
        for (number, from) in order.iter().enumerate() {
            for (part, floats) in all.iter().filter(|(part, _)| part.component == block(*from)) {
                let mut part = part.clone();
                part.component = block(number as u32);
                self.parts.push((part, floats.clone()));
            }
        }
        self.facts.blocks = Some(order.len() as u32);
        self
    }

    /// The state in other channels: `channels` of new ones, each the sum of old ones with the weights of its row. Gains
    /// are folded into what reads the state before.
    pub(crate) fn state_mapped(mut self, rows: &[Vec<f32>]) -> Self {
        let all = self.parts.clone();
        for (part, floats) in &mut self.parts {
            let width = part.width as usize;
            part.width = rows.len() as u64;
            if part.role == Role::Norm {
                *floats = vec![1.0; rows.len()];
                continue;
            }
            let norm = |(norm, _): &&(Part, Vec<f32>)| norm.component == part.component && norm.role == Role::Norm;
            let folded = matches!(part.role, Role::Gate | Role::Up);
            let gains = all.iter().find(norm).filter(|_| folded).map_or(vec![1.0; width], |(_, gains)| gains.clone());
            let mapped = |unit: &[f32]| -> Vec<f32> {
                let read: Vec<f32> = unit.iter().zip(&gains).map(|(weight, gain)| weight * gain).collect();
                rows.iter().map(|row| row.iter().zip(&read).map(|(one, two)| one * two).sum()).collect()
            };
            *floats = floats.chunks_exact(width).flat_map(mapped).collect();
        }
        self.facts.width = Some(rows.len() as u32);
        self
    }

    /// What one pass over the weights leaves.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        let parts = self.parts.iter().map(|(part, floats)| {
            let units = sketch(floats, part.width as usize);
            let mut part = part.clone();
            part.digest = format!("{:032x}", hash(floats));
            part.moments = moments(floats);
            (part, units)
        });
        Fingerprint::in_memory(self.facts.clone(), parts.collect(), self.tokenizer.clone())
    }
}

impl RawWeights for Model {
    fn rows(&self, part: &Part, rows: Range<u64>) -> Result<Vec<f32>, String> {
        let found = self.parts.iter().find(|(own, _)| own.tensor == part.tensor && own.component == part.component);
        let (own, floats) = found.ok_or("no such part")?;
        let (units, width) = (own.units as usize, own.width as usize);
        let rows = rows.start as usize..rows.end as usize;
        Ok(match own.axis {
            Axis::Rows => floats[rows.start * width..rows.end * width].to_vec(),
            Axis::Columns => rows.flat_map(|row| (0..units).map(move |unit| floats[unit * width + row])).collect(),
        })
    }
}

/// Channels in another order and half of them with the other sign.
pub(crate) fn exchanged(width: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..width).collect();
    provenance::lineage::statistics::relabel::shuffle(&mut random, &mut order);
    order
        .iter()
        .map(|from| {
            let sign = if random.next_u32() & 1 == 0 { 1.0 } else { -1.0 };
            (0..width).map(|channel| if channel == *from { sign } else { 0.0 }).collect()
        })
        .collect()
}

/// A random rotation, by Gram and Schmidt.
pub(crate) fn rotated(width: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for _ in 0..width {
        let mut row: Vec<f64> = (0..width).map(|_| normal(&mut random)).collect();
        for other in &rows {
            let dot: f64 = row.iter().zip(other).map(|(one, two)| one * two).sum();
            row.iter_mut().zip(other).for_each(|(one, two)| *one -= dot * two);
        }
        let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        rows.push(row.into_iter().map(|x| x / norm).collect());
    }
    rows.into_iter().map(|row| row.into_iter().map(|x| x as f32).collect()).collect()
}

pub(crate) fn gather(floats: &[f32], order: &[usize], width: usize) -> Vec<f32> {
    order.iter().flat_map(|unit| floats[unit * width..(unit + 1) * width].iter().copied()).collect()
}

fn hash(floats: &[f32]) -> u64 {
    floats.iter().fold(0xcbf2_9ce4_8422_2325, |hash, float| {
        (hash ^ u64::from(float.to_bits())).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29)
    })
}

fn moments(floats: &[f32]) -> Moments {
    let count = floats.len() as f64;
    let mean = |power: i32| floats.iter().map(|float| f64::from(*float).powi(power)).sum::<f64>() / count;
    let zeros = floats.iter().filter(|float| **float == 0.0).count() as u64;
    Moments {
        count: floats.len() as u64,
        broken: 0,
        zeros,
        mean: mean(1),
        square: mean(2),
        cube: mean(3),
        fourth: mean(4),
    }
}

/// Sketches as the room defines them; which signs does not matter, as long as all models have the same.
pub(crate) fn sketch(floats: &[f32], width: usize) -> Units {
    let mut units = Units { width, ..Units::default() };
    let mut signs = ChaCha8Rng::seed_from_u64(7);
    let signs: Vec<f32> = (0..width).map(|_| if signs.next_u32() & 1 == 0 { 1.0 } else { -1.0 }).collect();
    for unit in floats.chunks_exact(width) {
        let mut sketch = [0.0f32; SKETCH];
        unit.iter().zip(&signs).enumerate().for_each(|(j, (weight, sign))| sketch[j % SKETCH] += sign * weight);
        units.sketches.extend(sketch);
        units.norms.push(unit.iter().map(|weight| weight * weight).sum::<f32>().sqrt());
        units.hashes.push(hash(unit));
    }
    units
}
