//! Where each tensor of a model stands in one flat run of floats.

use crate::Shape;

/// What kind of tensor it is; the optimiser treats kinds differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Rows are looked up by token id.
    Embedding,
    /// A matrix inside a block, `[out, in]`.
    Matrix,
    /// The head over the vocabulary where it is not the embedding.
    Head,
    /// Gains of a norm.
    Gain,
    /// A bias.
    Bias,
}

/// One tensor in the flat run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its name in a Hugging Face folder, e.g. `model.layers.0.self_attn.q_proj.weight`.
    pub name: String,
    /// Rows: outputs of a matrix; 1 for a vector.
    pub rows: usize,
    /// Columns: inputs of a matrix; the length of a vector.
    pub columns: usize,
    /// Where it starts, in floats.
    pub start: usize,
    /// What it is.
    pub kind: Kind,
}

impl Place {
    /// Its floats in the flat run.
    #[must_use]
    pub fn range(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.rows * self.columns
    }

    /// Whether it is a vector and not a matrix.
    #[must_use]
    pub fn is_vector(&self) -> bool {
        matches!(self.kind, Kind::Gain | Kind::Bias)
    }
}

/// Every tensor of a model in the order in which they stand: embedding, blocks from first to last, last norm, head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    places: Vec<Place>,
    floats: usize,
}

impl Layout {
    /// The layout of a shape.
    #[must_use]
    pub fn of(shape: &Shape) -> Self {
        let mut layout = Self { places: Vec::new(), floats: 0 };
        layout.push("model.embed_tokens.weight".to_owned(), shape.vocab, shape.width, Kind::Embedding);
        for block in 0..shape.layers {
            layout.push_block(shape, &format!("model.layers.{block}."));
        }
        layout.push("model.norm.weight".to_owned(), 1, shape.width, Kind::Gain);
        if !shape.tied {
            layout.push("lm_head.weight".to_owned(), shape.vocab, shape.width, Kind::Head);
        }
        layout
    }

    /// All tensors.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// Floats of all tensors together.
    #[must_use]
    pub fn floats(&self) -> usize {
        self.floats
    }

    /// The tensor of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Place> {
        self.places.iter().find(|place| place.name == name)
    }

    fn push_block(&mut self, shape: &Shape, block: &str) {
        let named = |name: &str| format!("{block}{name}.weight");
        self.push(named("input_layernorm"), 1, shape.width, Kind::Gain);
        for (name, rows) in [("q", shape.query_width()), ("k", shape.kv_width()), ("v", shape.kv_width())] {
            self.push(named(&format!("self_attn.{name}_proj")), rows, shape.width, Kind::Matrix);
            if shape.attention_bias {
                self.push(format!("{block}self_attn.{name}_proj.bias"), 1, rows, Kind::Bias);
            }
        }
        if shape.head_norms {
            self.push(named("self_attn.q_norm"), 1, shape.head_size, Kind::Gain);
            self.push(named("self_attn.k_norm"), 1, shape.head_size, Kind::Gain);
        }
        self.push(named("self_attn.o_proj"), shape.width, shape.query_width(), Kind::Matrix);
        self.push(named("post_attention_layernorm"), 1, shape.width, Kind::Gain);
        self.push(named("mlp.gate_proj"), shape.hidden, shape.width, Kind::Matrix);
        self.push(named("mlp.up_proj"), shape.hidden, shape.width, Kind::Matrix);
        self.push(named("mlp.down_proj"), shape.width, shape.hidden, Kind::Matrix);
    }

    fn push(&mut self, name: String, rows: usize, columns: usize, kind: Kind) {
        self.places.push(Place { name, rows, columns, start: self.floats, kind });
        self.floats += rows * columns;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(tied: bool) -> Shape {
        Shape {
            vocab: 96,
            width: 32,
            layers: 2,
            heads: 4,
            kv_heads: 2,
            head_size: 8,
            hidden: 64,
            context: 16,
            rope_theta: 10_000.0,
            rope_scaling: None,
            norm_epsilon: 1e-6,
            head_norms: true,
            attention_bias: false,
            tied,
        }
    }

    #[test]
    fn tensors_stand_side_by_side_without_gaps() {
        let layout = Layout::of(&shape(false));
        let mut next = 0;
        for place in layout.places() {
            assert_eq!(place.start, next, "{}", place.name);
            next = place.range().end;
        }
        assert_eq!(next, layout.floats());
    }

    #[test]
    fn a_tied_model_has_no_head_of_its_own() {
        assert!(Layout::of(&shape(true)).find("lm_head.weight").is_none());
        let head = Layout::of(&shape(false)).find("lm_head.weight").cloned().expect("an untied model has a head");
        assert_eq!((head.rows, head.columns, head.kind), (96, 32, Kind::Head));
    }
}
