//! Random numbers that are the same everywhere: a stream for each purpose, and normal numbers from it.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// The stream of random bits of a seed for one purpose; streams of two purposes have nothing to do with each other.
#[must_use]
pub fn stream(seed: u64, purpose: &str) -> ChaCha8Rng {
    let digest = Sha256::new().chain_update(seed.to_le_bytes()).chain_update(purpose.as_bytes()).finalize();
    ChaCha8Rng::from_seed(digest.into())
}

/// Numbers of the standard normal distribution, by the method of Box and Muller (1958).
#[derive(Debug, Clone)]
pub struct Normals {
    bits: ChaCha8Rng,
    second: Option<f32>,
}

impl Normals {
    /// Normal numbers made from a stream.
    #[must_use]
    pub fn new(bits: ChaCha8Rng) -> Self {
        Self { bits, second: None }
    }

    /// A number above 0 and at most 1, in steps of 2⁻⁵³.
    fn share(&mut self) -> f64 {
        ((self.bits.next_u64() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }
}

impl Iterator for Normals {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        if let Some(second) = self.second.take() {
            return Some(second);
        }
        let radius = (-2.0 * libm::log(self.share())).sqrt();
        let (sine, cosine) = libm::sincos(std::f64::consts::TAU * self.share());
        self.second = Some((radius * sine) as f32);
        Some((radius * cosine) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_have_the_moments_of_the_normal_distribution() {
        let drawn: Vec<f64> = Normals::new(stream(1, "test")).take(200_000).map(f64::from).collect();
        let moment = |power: i32| drawn.iter().map(|number| number.powi(power)).sum::<f64>() / drawn.len() as f64;
        assert!(moment(1).abs() < 0.01 && (moment(2) - 1.0).abs() < 0.02, "{} {}", moment(1), moment(2));
        assert!(moment(3).abs() < 0.03 && (moment(4) - 3.0).abs() < 0.1, "{} {}", moment(3), moment(4));
    }

    #[test]
    fn a_stream_is_told_by_seed_and_purpose() {
        let first = |seed, purpose: &str| Normals::new(stream(seed, purpose)).next();
        assert_eq!(first(1, "a"), first(1, "a"));
        assert_ne!(first(1, "a"), first(2, "a"));
        assert_ne!(first(1, "a"), first(1, "b"));
    }
}
