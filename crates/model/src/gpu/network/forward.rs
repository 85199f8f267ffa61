//! The way forward.

use super::super::memory::{Memory, int};
use super::super::{Argument, Element, Kernel};
use super::block::BlockPlaces;
use super::scratch::Saved;
use super::{GpuFault, GpuNetwork, Out};

/// What comes of a norm: where its result and its scales go.
pub(super) struct Normal<'a> {
    pub(super) out: &'a Memory,
    pub(super) rstd: &'a Memory,
}

impl GpuNetwork {
    /// From token ids to the stream after the last block; every block keeps what the way back needs.
    pub(super) fn forward(&self, inputs: &[u32]) -> Result<(), GpuFault> {
        self.scratch.inputs.write_ids(inputs)?;
        let first = self.saved.first().map_or(&self.scratch.stream, |saved| &saved.before);
        let arguments =
            [first.argument(), self.weight(self.embedding), self.scratch.inputs.argument(), int(self.shape.width)];
        self.launch(Kernel::EmbedForward, self.token_blocks(), &arguments)?;
        for (at, (places, saved)) in self.places.iter().zip(&self.saved).enumerate() {
            let after = self.saved.get(at + 1).map_or(&self.scratch.stream, |next| &next.before);
            self.attend(places, saved)?;
            self.feed_forward(places, saved, after)?;
        }
        Ok(())
    }

    /// `between = before + attention(norm(before))`.
    fn attend(&self, places: &BlockPlaces, saved: &Saved) -> Result<(), GpuFault> {
        let shape = &self.shape;
        let [tokens, width] = [self.tokens(), shape.width];
        let all = shape.query_width() + 2 * shape.kv_width();
        self.norm(&Normal { out: &saved.first, rstd: &saved.first_rstd }, &saved.before, places.first_gain)?;
        let out = Out::new(&saved.qkv, Element::Bfloat16);
        self.project(out, saved.first.address(), self.half(places.qkv), [tokens, all, width])?;
        self.split_heads(places, saved)?;
        self.mix(saved)?;
        let out = Out { add: saved.before.address(), beta: 1.0, ..Out::new(&saved.between, Element::Float32) };
        self.project(out, saved.mixed.address(), self.half(places.out), [tokens, width, shape.query_width()])
    }

    /// `after = between + down(silu(gate) · up)` of `norm(between)`.
    fn feed_forward(&self, places: &BlockPlaces, saved: &Saved, after: &Memory) -> Result<(), GpuFault> {
        let [tokens, width, hidden] = [self.tokens(), self.shape.width, self.shape.hidden];
        self.norm(&Normal { out: &saved.second, rstd: &saved.second_rstd }, &saved.between, places.second_gain)?;
        let out = Out::new(&saved.gate_up, Element::Bfloat16);
        self.project(out, saved.second.address(), self.half(places.gate_up), [tokens, 2 * hidden, width])?;
        self.gate(saved)?;
        let out = Out { add: saved.between.address(), beta: 1.0, ..Out::new(after, Element::Float32) };
        self.project(out, self.scratch.gated.address(), self.half(places.down), [tokens, width, hidden])
    }

    /// `scratch.gated = silu(gate) · up`.
    pub(super) fn gate(&self, saved: &Saved) -> Result<(), GpuFault> {
        let arguments = [self.scratch.gated.argument(), saved.gate_up.argument(), int(self.shape.hidden)];
        self.launch(Kernel::GateForward, self.token_blocks(), &arguments)
    }

    pub(super) fn norm(&self, normal: &Normal<'_>, stream: &Memory, gain: usize) -> Result<(), GpuFault> {
        let arguments = [
            normal.out.argument(),
            normal.rstd.argument(),
            stream.argument(),
            self.weight(gain),
            int(self.shape.width),
            self.epsilon(),
        ];
        self.launch(Kernel::RmsForward, self.token_blocks(), &arguments)
    }

    fn split_heads(&self, places: &BlockPlaces, saved: &Saved) -> Result<(), GpuFault> {
        let arguments = [
            saved.queries.argument(),
            saved.keys.argument(),
            saved.head_rstd.argument(),
            saved.qkv.argument(),
            self.head_gains(places),
            self.cosines.argument(),
            self.sines.argument(),
            int(self.shape.heads),
            int(self.shape.kv_heads),
            int(self.length),
            self.epsilon(),
        ];
        self.launch(Kernel::HeadsForward, self.token_blocks(), &arguments)
    }

    fn mix(&self, saved: &Saved) -> Result<(), GpuFault> {
        let outs = [saved.mixed.argument(), saved.lse.argument()];
        let grid = self.tile_grid(self.shape.heads);
        let arguments = [&outs[..], &self.attention_inputs(saved)].concat();
        Ok(self.parameters.device().launch(Kernel::AttentionForward, grid, &arguments)?)
    }

    /// What all kernels of attention end with: queries, keys, values and their sizes.
    pub(super) fn attention_inputs(&self, saved: &Saved) -> [Argument; 8] {
        let shape = &self.shape;
        let values = saved.qkv.address() + 2 * (shape.query_width() + shape.kv_width()) as u64;
        [
            saved.queries.argument(),
            saved.keys.argument(),
            Argument::Address(values),
            int(shape.query_width() + 2 * shape.kv_width()),
            int(shape.heads),
            int(shape.kv_heads),
            int(self.length),
            // 1 / sqrt(64)
            Argument::Float(0.125),
        ]
    }

    pub(super) fn tile_grid(&self, heads: usize) -> [u32; 3] {
        [self.length / 64, heads, self.rows].map(|count| u32::try_from(count).unwrap_or(u32::MAX))
    }

    pub(super) fn token_blocks(&self) -> u32 {
        u32::try_from(self.tokens()).unwrap_or(u32::MAX)
    }

    pub(super) fn head_gains(&self, places: &BlockPlaces) -> Argument {
        places.head_gains.map_or(Argument::Address(0), |start| self.weight(start))
    }

    fn epsilon(&self) -> Argument {
        Argument::Float(self.shape.norm_epsilon as f32)
    }
}
