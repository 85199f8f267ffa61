//! Chance by seed and purpose: normal numbers, places, orders.

use model::math::{Normals, stream};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng as _;

/// A stream of chance; the same seed and purpose give the same stream everywhere.
#[derive(Debug, Clone)]
pub struct Chance {
    bits: ChaCha8Rng,
    normals: Normals,
}

impl Chance {
    /// The stream of a seed for one purpose.
    #[must_use]
    pub fn new(seed: u64, purpose: &str) -> Self {
        Self { bits: stream(seed, purpose), normals: Normals::new(stream(seed, &format!("{purpose}, normal"))) }
    }

    /// A number from 0 to below 1.
    pub fn share(&mut self) -> f64 {
        (self.bits.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A whole number below `count`, which is at least 1. Its bias is below 2⁻⁵⁰ for the counts met here.
    pub fn below(&mut self, count: usize) -> usize {
        ((self.share() * count as f64) as usize).min(count.saturating_sub(1))
    }

    /// A number of the standard normal distribution.
    pub fn normal(&mut self) -> f32 {
        self.normals.next().unwrap_or_default()
    }

    /// So many normal numbers with this standard deviation.
    pub fn normals(&mut self, count: usize, deviation: f32) -> Vec<f32> {
        (0..count).map(|_| deviation * self.normal()).collect()
    }

    /// All numbers below `count` in an order that is as likely as any other (Fisher and Yates).
    pub fn order(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            order.swap(last, self.below(last + 1));
        }
        order
    }

    /// So many different numbers below `of`, in rising order.
    pub fn some(&mut self, count: usize, of: usize) -> Vec<usize> {
        let mut some = self.order(of);
        some.truncate(count);
        some.sort_unstable();
        some
    }

    /// 1 or −1.
    pub fn sign(&mut self) -> f32 {
        if self.share() < 0.5 { -1.0 } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_holds_every_number_once_and_no_place_is_liked_more() {
        let mut chance = Chance::new(1, "orders");
        let mut counts = [[0_u32; 5]; 5];
        for _ in 0..5000 {
            let order = chance.order(5);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4]);
            order.iter().enumerate().for_each(|(place, number)| counts[place][*number] += 1);
        }
        // Six standard deviations: 6 · √(5000 · 0.2 · 0.8) = 170.
        assert!(counts.iter().flatten().all(|count| count.abs_diff(1000) < 170), "{counts:?}");
    }
}
