//! What the graph keeps on the device besides weights.

use std::sync::Arc;

use super::super::memory::Memory;
use super::super::{Device, DeviceFault};
use crate::Shape;

/// Blocks over which gradients of gains are gathered before they are added up.
pub(super) const GATHERED: usize = 256;

/// Rows of logits at a time: all of them at once would be the largest thing on the device.
pub(super) const CHUNK: usize = 1024;

/// What one block keeps of the way forward for the way back.
#[derive(Debug)]
pub(super) struct Saved {
    /// The stream before the block, f32 `[tokens, width]`.
    pub(super) before: Memory,
    pub(super) first_rstd: Memory,
    /// Normalised, bfloat16 `[tokens, width]`.
    pub(super) first: Memory,
    /// bfloat16 `[tokens, (heads + 2·kv) · 64]`.
    pub(super) qkv: Memory,
    pub(super) queries: Memory,
    pub(super) keys: Memory,
    pub(super) head_rstd: Memory,
    /// What attention gives, bfloat16 `[tokens, heads · 64]`.
    pub(super) mixed: Memory,
    /// f32 `[rows, heads, length]`.
    pub(super) lse: Memory,
    /// The stream between attention and the feed-forward part, f32 `[tokens, width]`.
    pub(super) between: Memory,
    pub(super) second_rstd: Memory,
    pub(super) second: Memory,
    /// bfloat16 `[tokens, 2·hidden]`.
    pub(super) gate_up: Memory,
}

impl Saved {
    pub(super) fn new(device: &Arc<dyn Device>, shape: &Shape, tokens: usize) -> Result<Self, DeviceFault> {
        let floats = |each: usize| Memory::floats(device, tokens * each);
        let halves = |each: usize| Memory::halves(device, tokens * each);
        Ok(Self {
            before: floats(shape.width)?,
            first_rstd: floats(1)?,
            first: halves(shape.width)?,
            qkv: halves(shape.query_width() + 2 * shape.kv_width())?,
            queries: halves(shape.query_width())?,
            keys: halves(shape.kv_width())?,
            head_rstd: floats(shape.heads + shape.kv_heads)?,
            mixed: halves(shape.query_width())?,
            lse: floats(shape.heads)?,
            between: floats(shape.width)?,
            second_rstd: floats(1)?,
            second: halves(shape.width)?,
            gate_up: halves(2 * shape.hidden)?,
        })
    }
}

/// What is used by one block after the other.
#[derive(Debug)]
pub(super) struct Scratch {
    pub(super) inputs: Memory,
    pub(super) targets: Memory,
    pub(super) target_weights: Memory,
    pub(super) losses: Memory,
    /// The stream after the last block, and its gradient.
    pub(super) stream: Memory,
    pub(super) dstream: Memory,
    /// The gradient of the stream as products read it.
    pub(super) dstream_half: Memory,
    /// The gradient of what a norm gave, f32 `[tokens, width]`.
    pub(super) dnormal: Memory,
    pub(super) last: Memory,
    pub(super) last_rstd: Memory,
    pub(super) logits: Memory,
    pub(super) dlogits: Memory,
    /// The product of gate and up, and its gradient, bfloat16 `[tokens, hidden]`.
    pub(super) gated: Memory,
    pub(super) dgated: Memory,
    pub(super) dgate_up: Memory,
    pub(super) dmixed: Memory,
    pub(super) delta: Memory,
    pub(super) dqueries: Memory,
    pub(super) dkeys: Memory,
    pub(super) dvalues: Memory,
    pub(super) dqkv: Memory,
    pub(super) partial: Memory,
    pub(super) distinct: Memory,
    pub(super) starts: Memory,
    pub(super) order: Memory,
}

impl Scratch {
    pub(super) fn new(device: &Arc<dyn Device>, shape: &Shape, tokens: usize) -> Result<Self, DeviceFault> {
        let floats = |each: usize| Memory::floats(device, tokens * each);
        let halves = |each: usize| Memory::halves(device, tokens * each);
        let chunk = tokens.min(CHUNK);
        Ok(Self {
            inputs: floats(1)?,
            targets: floats(1)?,
            target_weights: floats(1)?,
            losses: floats(1)?,
            stream: floats(shape.width)?,
            dstream: floats(shape.width)?,
            dstream_half: halves(shape.width)?,
            dnormal: floats(shape.width)?,
            last: halves(shape.width)?,
            last_rstd: floats(1)?,
            logits: Memory::floats(device, chunk * shape.vocab)?,
            dlogits: Memory::halves(device, chunk * shape.vocab)?,
            gated: halves(shape.hidden)?,
            dgated: halves(shape.hidden)?,
            dgate_up: halves(2 * shape.hidden)?,
            dmixed: halves(shape.query_width())?,
            delta: floats(shape.heads)?,
            dqueries: floats(shape.query_width())?,
            dkeys: floats(shape.kv_width())?,
            dvalues: floats(shape.kv_width())?,
            dqkv: halves(shape.query_width() + 2 * shape.kv_width())?,
            partial: Memory::floats(device, GATHERED * shape.width.max(128))?,
            distinct: floats(1)?,
            starts: Memory::floats(device, tokens + 1)?,
            order: floats(1)?,
        })
    }
}
