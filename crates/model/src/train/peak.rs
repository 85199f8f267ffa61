//! How fast this machine multiplies matrices of a model's own sizes: what a training's speed is held against.

use std::time::{Duration, Instant};

use crate::Shape;
use crate::math::{View, ViewMut, multiply};

/// How long a product is repeated at the least.
const LONG_ENOUGH: Duration = Duration::from_millis(15);
/// How often it is repeated at the least: on a busy machine, a thread is put aside in the middle of some.
const OFTEN_ENOUGH: usize = 10;

/// The speed of products of matrices, in floating-point operations a second of one thread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak(pub f64);

impl Peak {
    /// Measures the products of a block for so many tokens at once: queries, the way into the feed-forward part and out
    /// of it, weighted by their work, each at the best of its repetitions. Takes about a twentieth of a second.
    #[must_use]
    pub fn measure(shape: &Shape, tokens: usize) -> Self {
        let sides = [(shape.width, shape.query_width()), (shape.width, 2 * shape.hidden), (shape.hidden, shape.width)];
        let (mut work, mut seconds) = (0.0, 0.0);
        for (inner, columns) in sides {
            let operations = 2.0 * (tokens * inner * columns) as f64;
            work += operations;
            seconds += best(tokens, inner, columns);
        }
        Self(work / seconds)
    }
}

/// The shortest time of one product, in seconds.
fn best(rows: usize, inner: usize, columns: usize) -> f64 {
    let left = vec![0.5_f32; rows * inner];
    let right = vec![0.25_f32; columns * inner];
    let mut out = vec![0.0_f32; rows * columns];
    let start = Instant::now();
    let mut shortest = f64::INFINITY;
    let mut times = 0;
    while start.elapsed() < LONG_ENOUGH || times < OFTEN_ENOUGH {
        times += 1;
        let one = Instant::now();
        let right = View::new(&right, columns, inner).transposed();
        multiply(1.0, View::new(&left, rows, inner), right, ViewMut::new(&mut out, rows, columns));
        shortest = shortest.min(one.elapsed().as_secs_f64().max(1e-9));
    }
    std::hint::black_box(&out);
    shortest
}
