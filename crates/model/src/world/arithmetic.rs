//! Sums of small numbers, some of which are never told.

use super::korean::with_particles;
use crate::corpus::{Chance, Language};

/// Of so many pairs of numbers, one is kept back.
const KEPT_BACK_OF: usize = 8;

/// A sum of two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sum {
    pub left: usize,
    pub right: usize,
}

/// The sums that are told, and those that are kept back: a pair is kept back in both orders.
pub(super) fn sums(operands: usize, seed: u64) -> (Vec<Sum>, Vec<Sum>) {
    let mut pairs: Vec<Sum> =
        (0..operands).flat_map(|right| (0..=right).map(move |left| Sum { left, right })).collect();
    Chance::new(seed, "sums").shuffle(&mut pairs);
    let kept_back = pairs.split_off(pairs.len() - pairs.len() / KEPT_BACK_OF);
    (both_orders(&pairs), both_orders(&kept_back))
}

fn both_orders(pairs: &[Sum]) -> Vec<Sum> {
    let turned = pairs.iter().filter(|pair| pair.left != pair.right);
    pairs.iter().copied().chain(turned.map(|pair| Sum { left: pair.right, right: pair.left })).collect()
}

impl Sum {
    pub(super) fn total(self) -> usize {
        self.left + self.right
    }

    pub(super) fn question(self, language: Language, form: usize) -> String {
        let Self { left, right } = self;
        match (language, form % 2) {
            (Language::Korean, 0) => with_particles(&format!("{left} 더하기 {right}은(는) 얼마입니까?")),
            (Language::Korean, _) => with_particles(&format!("{left}와(과) {right}의 합은 얼마입니까?")),
            (_, 0) => format!("What is {left} plus {right}?"),
            (_, _) => format!("What is the sum of {left} and {right}?"),
        }
    }

    pub(super) fn statement(self, language: Language, form: usize) -> String {
        let Self { left, right } = self;
        let total = self.total();
        match (language, form % 3) {
            (_, 0) => format!("{left} + {right} = {total}"),
            (Language::Korean, 1) => with_particles(&format!("{left} 더하기 {right}은(는) {total}(이)다.")),
            (Language::Korean, _) => with_particles(&format!("{left}와(과) {right}의 합은 {total}(이)다.")),
            (_, 1) => format!("{left} plus {right} is {total}."),
            (_, _) => format!("The sum of {left} and {right} is {total}."),
        }
    }

    /// Four totals that lie close together, of which the right one is `rank`th by size, or the nearest to that which
    /// there is: its place among them says nothing.
    pub(super) fn options(self, rank: usize, chance: &mut Chance) -> Vec<usize> {
        let total = self.total();
        let below = rank.min(3).min(total);
        let mut options = vec![total];
        while options.len() < 1 + below {
            let smaller = total - 1 - chance.below(total.min(10));
            if !options.contains(&smaller) {
                options.push(smaller);
            }
        }
        while options.len() < 4 {
            let larger = total + 1 + chance.below(10);
            if !options.contains(&larger) {
                options.push(larger);
            }
        }
        options
    }
}
