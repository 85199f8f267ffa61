//! The weights before the first step.

use crate::math::{Normals, stream};
use crate::{Kind, Layout, Shape};

/// Standard deviation of a matrix at the start.
///
/// Source: GPT-2 (Radford et al., 2019) and `initializer_range` of Qwen3's `config.json`.
const DEVIATION: f32 = 0.02;

/// The weights of a model that has learned nothing: matrices normal with standard deviation 0.02, gains 1, biases 0.
///
/// The two matrices of a block that write to the stream, the attention's output and `down`, are divided by
/// √(2 · layers), so that the stream does not grow with depth (GPT-2, section 2.3). The same seed and shape give the same
/// bits everywhere; each tensor has a stream of its own, told by its name.
#[must_use]
pub fn initialise(shape: &Shape, seed: u64) -> Vec<f32> {
    let layout = Layout::of(shape);
    let mut weights = vec![0.0; layout.floats()];
    let into_stream = DEVIATION / (2.0 * shape.layers as f32).sqrt();
    for place in layout.places() {
        let tensor = &mut weights[place.range()];
        match place.kind {
            Kind::Gain => tensor.fill(1.0),
            Kind::Bias => tensor.fill(0.0),
            Kind::Embedding | Kind::Matrix | Kind::Head => {
                let writes = place.name.ends_with("o_proj.weight") || place.name.ends_with("down_proj.weight");
                let deviation = if writes { into_stream } else { DEVIATION };
                let normals = Normals::new(stream(seed, &format!("weights/{}", place.name)));
                tensor.iter_mut().zip(normals).for_each(|(weight, normal)| *weight = deviation * normal);
            }
        }
    }
    weights
}
