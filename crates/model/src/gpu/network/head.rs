//! The head: from the stream to losses and, where asked, to the gradient of the stream, a chunk of rows at a time.

use super::super::memory::int;
use super::super::{Argument, Element, Kernel};
use super::forward::Normal;
use super::scratch::CHUNK;
use super::{GpuFault, GpuNetwork, Out, plain, turned};
use crate::network::Batch;

impl GpuNetwork {
    /// The loss of every target. With a scale, the gradient of the last norm's result goes to `scratch.dnormal` and that
    /// of the head to the gradient.
    pub(super) fn losses(&self, batch: &Batch<'_>, scale: Option<f32>) -> Result<Vec<f32>, GpuFault> {
        let scratch = &self.scratch;
        scratch.targets.write_ids(batch.targets)?;
        match batch.weights {
            Some(weights) => scratch.target_weights.write(weights)?,
            None => scratch.target_weights.write(&vec![1.0; batch.targets.len()])?,
        }
        self.norm(&Normal { out: &scratch.last, rstd: &scratch.last_rstd }, &scratch.stream, self.last_gain)?;
        for from in (0..self.tokens()).step_by(CHUNK) {
            self.chunk(from, CHUNK.min(self.tokens() - from), scale)?;
        }
        Ok(scratch.losses.read(self.tokens())?)
    }

    /// `rows` rows of logits from row `from`.
    fn chunk(&self, from: usize, rows: usize, scale: Option<f32>) -> Result<(), GpuFault> {
        let (scratch, [width, vocab]) = (&self.scratch, [self.shape.width, self.shape.vocab]);
        let place = |address: u64, each: usize| address + (from * each) as u64;
        let last = place(scratch.last.address(), 2 * width);
        let logits = Out::new(&scratch.logits, Element::Float32);
        self.project(logits, last, self.half(self.head), [rows, vocab, width])?;
        let arguments = [
            scale.map_or(Argument::Address(0), |_| scratch.dlogits.argument()),
            Argument::Address(place(scratch.losses.address(), 4)),
            scratch.logits.argument(),
            Argument::Address(place(scratch.targets.address(), 4)),
            Argument::Address(place(scratch.target_weights.address(), 4)),
            Argument::Float(scale.unwrap_or_default()),
            int(vocab),
        ];
        self.launch(Kernel::CrossEntropy, u32::try_from(rows).unwrap_or(u32::MAX), &arguments)?;
        if scale.is_none() {
            return Ok(());
        }
        let dlogits = scratch.dlogits.address();
        let dnormal = place(scratch.dnormal.address(), 4 * width);
        let out = Out { address: dnormal, element: Element::Float32, add: dnormal, beta: 0.0 };
        self.multiply(out, plain(dlogits), plain(self.half(self.head)), [rows, width, vocab])?;
        self.multiply(Out::on_top(self.slope(self.head)), turned(dlogits), plain(last), [vocab, width, rows])
    }
}
