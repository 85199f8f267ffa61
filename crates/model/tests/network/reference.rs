//! The same model once more, in double precision, token by token, as plainly as it can be written: what the fast one is
//! measured against.

use model::{Layout, Shape};

/// A model in double precision.
pub(super) struct Reference<'a> {
    shape: &'a Shape,
    layout: Layout,
    pub(super) weights: Vec<f64>,
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

fn add(to: &mut [f64], from: &[f64]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
}

impl<'a> Reference<'a> {
    pub(super) fn new(shape: &'a Shape, weights: &[f32]) -> Self {
        Self { shape, layout: Layout::of(shape), weights: weights.iter().copied().map(f64::from).collect() }
    }

    fn tensor(&self, name: &str) -> &[f64] {
        &self.weights[self.layout.find(name).unwrap_or_else(|| panic!("no {name}")).range()]
    }

    fn times(&self, name: &str, x: &[f64]) -> Vec<f64> {
        let mut y: Vec<f64> =
            self.tensor(&format!("{name}.weight")).chunks_exact(x.len()).map(|row| dot(row, x)).collect();
        if let Some(bias) = self.layout.find(&format!("{name}.bias")) {
            add(&mut y, &self.weights[bias.range()]);
        }
        y
    }

    fn norm(&self, name: &str, x: &[f64]) -> Vec<f64> {
        let root = (dot(x, x) / x.len() as f64 + self.shape.norm_epsilon).sqrt();
        x.iter().zip(self.tensor(&format!("{name}.weight"))).map(|(x, gain)| gain * x / root).collect()
    }

    /// One head, normalised if the model does so, and turned.
    fn head(&self, name: &str, x: &[f64], position: usize) -> Vec<f64> {
        let x = if self.shape.head_norms { self.norm(name, x) } else { x.to_vec() };
        let half = x.len() / 2;
        let angle = |i: usize| position as f64 * self.shape.rope_theta.powf(-((2 * i) as f64) / x.len() as f64);
        let turn = |i: usize| x[i] * angle(i).cos() - x[i + half] * angle(i).sin();
        let turn_other = |i: usize| x[i + half] * angle(i).cos() + x[i] * angle(i).sin();
        (0..half).map(turn).chain((0..half).map(turn_other)).collect()
    }

    fn attention(&self, block: &str, stream: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let (size, group) = (self.shape.head_size, self.shape.heads / self.shape.kv_heads);
        let normed: Vec<Vec<f64>> = stream.iter().map(|x| self.norm(&format!("{block}input_layernorm"), x)).collect();
        let project = |kind: &str| -> Vec<Vec<f64>> {
            normed.iter().map(|x| self.times(&format!("{block}self_attn.{kind}_proj"), x)).collect()
        };
        let (queries, keys, values) = (project("q"), project("k"), project("v"));
        let part = |row: &[f64], head: usize| row[head * size..(head + 1) * size].to_vec();
        let gathered = (0..stream.len()).map(|token| {
            let mut mixed = Vec::new();
            for head in 0..self.shape.heads {
                let query = self.head(&format!("{block}self_attn.q_norm"), &part(&queries[token], head), token);
                let scores: Vec<f64> = (0..=token)
                    .map(|earlier| {
                        let key = part(&keys[earlier], head / group);
                        let key = self.head(&format!("{block}self_attn.k_norm"), &key, earlier);
                        (dot(&query, &key) / (size as f64).sqrt()).exp()
                    })
                    .collect();
                let mut sum = vec![0.0; size];
                for (earlier, score) in scores.iter().enumerate() {
                    let share = score / scores.iter().sum::<f64>();
                    let value = part(&values[earlier], head / group);
                    add(&mut sum, &value.iter().map(|value| share * value).collect::<Vec<_>>());
                }
                mixed.extend(sum);
            }
            self.times(&format!("{block}self_attn.o_proj"), &mixed)
        });
        gathered.collect()
    }

    fn feed_forward(&self, block: &str, x: &[f64]) -> Vec<f64> {
        let x = self.norm(&format!("{block}post_attention_layernorm"), x);
        let (gate, up) =
            (self.times(&format!("{block}mlp.gate_proj"), &x), self.times(&format!("{block}mlp.up_proj"), &x));
        let hidden: Vec<f64> = gate.iter().zip(&up).map(|(gate, up)| gate / (1.0 + (-gate).exp()) * up).collect();
        self.times(&format!("{block}mlp.down_proj"), &hidden)
    }

    /// `−ln p` of each target of one sequence.
    pub(super) fn losses(&self, inputs: &[u32], targets: &[u32]) -> Vec<f64> {
        let embedding = self.tensor("model.embed_tokens.weight");
        let mut stream: Vec<Vec<f64>> =
            inputs.iter().map(|id| embedding[*id as usize * self.shape.width..][..self.shape.width].to_vec()).collect();
        for block in (0..self.shape.layers).map(|block| format!("model.layers.{block}.")) {
            let attended = self.attention(&block, &stream);
            stream.iter_mut().zip(&attended).for_each(|(x, more)| add(x, more));
            for x in &mut stream {
                let more = self.feed_forward(&block, x);
                add(x, &more);
            }
        }
        let head = if self.shape.tied { "model.embed_tokens" } else { "lm_head" };
        let rows = stream.iter().zip(targets).map(|(x, target)| {
            let logits = self.times(head, &self.norm("model.norm", x));
            logits.iter().map(|logit| logit.exp()).sum::<f64>().ln() - logits[*target as usize]
        });
        rows.collect()
    }
}
