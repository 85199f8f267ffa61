//! The way back.

use std::collections::BTreeMap;

use super::super::memory::{Memory, blocks, int, long};
use super::super::{Argument, Element, Kernel};
use super::block::BlockPlaces;
use super::scratch::{GATHERED, Saved};
use super::{GpuFault, GpuNetwork, Out, plain, turned};

/// The norm through which a gradient goes back: what went in, the scales, and where its gain stands.
struct Through<'a> {
    stream: &'a Memory,
    rstd: &'a Memory,
    gain: usize,
}

impl GpuNetwork {
    /// From `scratch.dnormal`, the gradient of the last norm's result, down to the embedding.
    pub(super) fn pull_back(&self, inputs: &[u32]) -> Result<(), GpuFault> {
        let scratch = &self.scratch;
        scratch.dstream.clear(self.tokens() * self.shape.width)?;
        let last = Through { stream: &scratch.stream, rstd: &scratch.last_rstd, gain: self.last_gain };
        self.norm_back(&last)?;
        for (places, saved) in self.places.iter().zip(&self.saved).rev() {
            self.feed_forward_back(places, saved)?;
            self.attend_back(places, saved)?;
        }
        self.embed_back(inputs)
    }

    fn feed_forward_back(&self, places: &BlockPlaces, saved: &Saved) -> Result<(), GpuFault> {
        let (scratch, [tokens, width, hidden]) = (&self.scratch, [self.tokens(), self.shape.width, self.shape.hidden]);
        self.round_dstream()?;
        self.gate(saved)?;
        let dstream = scratch.dstream_half.address();
        let out = Out::on_top(self.slope(places.down));
        self.multiply(out, turned(dstream), plain(scratch.gated.address()), [width, hidden, tokens])?;
        let out = Out::new(&scratch.dgated, Element::Bfloat16);
        self.multiply(out, plain(dstream), plain(self.half(places.down)), [tokens, hidden, width])?;
        let arguments = [scratch.dgate_up.argument(), scratch.dgated.argument(), saved.gate_up.argument(), int(hidden)];
        self.launch(Kernel::GateBackward, self.token_blocks(), &arguments)?;
        let dboth = scratch.dgate_up.address();
        let out = Out::on_top(self.slope(places.gate_up));
        self.multiply(out, turned(dboth), plain(saved.second.address()), [2 * hidden, width, tokens])?;
        let out = Out::new(&scratch.dnormal, Element::Float32);
        self.multiply(out, plain(dboth), plain(self.half(places.gate_up)), [tokens, width, 2 * hidden])?;
        self.norm_back(&Through { stream: &saved.between, rstd: &saved.second_rstd, gain: places.second_gain })
    }

    fn attend_back(&self, places: &BlockPlaces, saved: &Saved) -> Result<(), GpuFault> {
        let (scratch, shape) = (&self.scratch, &self.shape);
        let [tokens, width, queries] = [self.tokens(), shape.width, shape.query_width()];
        let all = queries + 2 * shape.kv_width();
        self.round_dstream()?;
        let dstream = scratch.dstream_half.address();
        let out = Out::on_top(self.slope(places.out));
        self.multiply(out, turned(dstream), plain(saved.mixed.address()), [width, queries, tokens])?;
        let out = Out::new(&scratch.dmixed, Element::Bfloat16);
        self.multiply(out, plain(dstream), plain(self.half(places.out)), [tokens, queries, width])?;
        self.mix_back(saved)?;
        self.split_heads_back(places, saved)?;
        let dqkv = scratch.dqkv.address();
        let out = Out::on_top(self.slope(places.qkv));
        self.multiply(out, turned(dqkv), plain(saved.first.address()), [all, width, tokens])?;
        let out = Out::new(&scratch.dnormal, Element::Float32);
        self.multiply(out, plain(dqkv), plain(self.half(places.qkv)), [tokens, width, all])?;
        self.norm_back(&Through { stream: &saved.before, rstd: &saved.first_rstd, gain: places.first_gain })
    }

    fn round_dstream(&self) -> Result<(), GpuFault> {
        let (scratch, count) = (&self.scratch, self.tokens() * self.shape.width);
        let arguments = [scratch.dstream_half.argument(), scratch.dstream.argument(), long(count)];
        self.launch(Kernel::Cast, blocks(count), &arguments)
    }

    /// Adds to the gradient of the stream what comes back through a norm, and to that of its gain.
    fn norm_back(&self, through: &Through<'_>) -> Result<(), GpuFault> {
        let (scratch, width) = (&self.scratch, self.shape.width);
        let arguments = [
            scratch.dstream.argument(),
            scratch.partial.argument(),
            scratch.dnormal.argument(),
            through.stream.argument(),
            through.rstd.argument(),
            self.weight(through.gain),
            int(width),
            int(self.tokens()),
        ];
        self.launch(Kernel::RmsBackward, GATHERED as u32, &arguments)?;
        self.gather(through.gain, width)
    }

    /// Adds up what blocks gathered for a vector of gains.
    fn gather(&self, gain: usize, columns: usize) -> Result<(), GpuFault> {
        let arguments =
            [Argument::Address(self.slope(gain)), self.scratch.partial.argument(), int(GATHERED), int(columns)];
        self.launch(Kernel::SumRows, blocks(columns), &arguments)
    }

    fn mix_back(&self, saved: &Saved) -> Result<(), GpuFault> {
        let (scratch, shape) = (&self.scratch, &self.shape);
        let arguments = [
            scratch.delta.argument(),
            saved.mixed.argument(),
            scratch.dmixed.argument(),
            int(shape.heads),
            int(self.length),
        ];
        let heads = u32::try_from(shape.heads.div_ceil(8)).unwrap_or(u32::MAX);
        self.parameters.device().launch(Kernel::AttentionDelta, [self.token_blocks(), heads, 1], &arguments)?;
        let inputs = self.attention_inputs(saved);
        let given = [scratch.dmixed.argument(), saved.lse.argument(), scratch.delta.argument()];
        let outs = [scratch.dkeys.argument(), scratch.dvalues.argument()];
        let arguments = [&outs[..], &given, &inputs].concat();
        self.parameters.device().launch(Kernel::AttentionBackwardKv, self.tile_grid(shape.kv_heads), &arguments)?;
        let arguments = [&[scratch.dqueries.argument()][..], &given, &inputs].concat();
        Ok(self.parameters.device().launch(Kernel::AttentionBackwardQ, self.tile_grid(shape.heads), &arguments)?)
    }

    fn split_heads_back(&self, places: &BlockPlaces, saved: &Saved) -> Result<(), GpuFault> {
        let scratch = &self.scratch;
        let arguments = [
            scratch.dqkv.argument(),
            scratch.partial.argument(),
            scratch.dqueries.argument(),
            scratch.dkeys.argument(),
            scratch.dvalues.argument(),
            saved.qkv.argument(),
            saved.head_rstd.argument(),
            self.head_gains(places),
            self.cosines.argument(),
            self.sines.argument(),
            int(self.shape.heads),
            int(self.shape.kv_heads),
            int(self.length),
            int(self.tokens()),
        ];
        self.launch(Kernel::HeadsBackward, GATHERED as u32, &arguments)?;
        places.head_gains.map_or(Ok(()), |gains| self.gather(gains, 128))
    }

    fn embed_back(&self, inputs: &[u32]) -> Result<(), GpuFault> {
        let scratch = &self.scratch;
        let sorted = Sorted::of(inputs);
        scratch.distinct.write_ids(&sorted.distinct)?;
        scratch.starts.write_ids(&sorted.starts)?;
        scratch.order.write_ids(&sorted.order)?;
        let arguments = [
            Argument::Address(self.slope(self.embedding)),
            scratch.dstream.argument(),
            scratch.distinct.argument(),
            scratch.starts.argument(),
            scratch.order.argument(),
            int(self.shape.width),
        ];
        self.launch(Kernel::EmbedBackward, u32::try_from(sorted.distinct.len()).unwrap_or(u32::MAX), &arguments)
    }
}

/// The places of every id, so that each row of the embedding is added to by one block, in one order.
struct Sorted {
    distinct: Vec<u32>,
    starts: Vec<u32>,
    order: Vec<u32>,
}

impl Sorted {
    fn of(inputs: &[u32]) -> Self {
        let mut places: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (at, id) in (0..).zip(inputs) {
            places.entry(*id).or_default().push(at);
        }
        let mut sorted = Self { distinct: Vec::new(), starts: vec![0], order: Vec::with_capacity(inputs.len()) };
        for (id, places) in places {
            sorted.distinct.push(id);
            sorted.order.extend(places);
            sorted.starts.push(u32::try_from(sorted.order.len()).unwrap_or(u32::MAX));
        }
        sorted
    }
}
