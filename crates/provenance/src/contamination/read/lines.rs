//! Whole lines in blocks.

use std::io::{self, Read};

use super::json::find_two;
use super::{BLOCK, Block};

/// A file of lines.
pub(crate) struct Lines {
    reader: Box<dyn Read + Send>,
    /// What was read behind the last line that was given.
    rest: Vec<u8>,
    /// The number of the first line of `rest`, from 1.
    next: u64,
    longest: usize,
    state: State,
}

enum State {
    Open,
    /// The reader ended, or failed with this.
    Ended(Option<io::Error>),
}

impl Lines {
    pub(super) fn new(reader: Box<dyn Read + Send>, longest: usize) -> Self {
        Self { reader, rest: Vec::new(), next: 1, longest, state: State::Open }
    }

    pub(super) fn next(&mut self) -> io::Result<Option<Block>> {
        loop {
            let from = self.rest.len();
            if matches!(self.state, State::Open) {
                self.fill()?;
            }
            if let State::Ended(fault) = &mut self.state {
                // What was read before a fault is looked at first.
                if self.rest.is_empty() {
                    return fault.take().map_or(Ok(None), Err);
                }
                let bytes = std::mem::take(&mut self.rest);
                return Ok(Some(self.block(bytes)));
            }
            if let Some(end) = self.rest[from..].iter().rposition(|byte| *byte == b'\n') {
                let rest = self.rest.split_off(from + end + 1);
                let bytes = std::mem::replace(&mut self.rest, rest);
                return Ok(Some(self.block(bytes)));
            }
            if self.rest.len() > self.longest {
                let record = self.next;
                self.pass_over()?;
                return Ok(Some(Block::TooLong { record }));
            }
        }
    }

    fn block(&mut self, bytes: Vec<u8>) -> Block {
        let first = self.next;
        self.next += count(&bytes);
        Block::Lines { first, bytes }
    }

    /// Reads up to a block more.
    fn fill(&mut self) -> io::Result<()> {
        let from = self.rest.len();
        self.rest.resize(from + BLOCK, 0);
        let mut filled = from;
        while filled < self.rest.len() {
            match self.reader.read(&mut self.rest[filled..]) {
                Ok(0) => {
                    self.state = State::Ended(None);
                    break;
                }
                Ok(length) => filled += length,
                Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
                Err(fault) => {
                    self.state = State::Ended(Some(fault));
                    break;
                }
            }
        }
        self.rest.truncate(filled);
        Ok(())
    }

    /// Reads on to the end of a line and keeps nothing of it.
    fn pass_over(&mut self) -> io::Result<()> {
        self.next += 1;
        loop {
            self.rest.clear();
            self.fill()?;
            if let Some(end) = find_two(&self.rest, b'\n', b'\n') {
                self.rest.drain(..=end);
                self.rest.shrink_to(2 * BLOCK);
                return Ok(());
            }
            if matches!(self.state, State::Ended(_)) {
                self.rest.clear();
                return Ok(());
            }
        }
    }
}

/// How many lines end in some bytes.
fn count(bytes: &[u8]) -> u64 {
    // Sums of bytes are added many at a time.
    bytes
        .chunks(255)
        .map(|chunk| u64::from(chunk.iter().fold(0_u8, |sum, byte| sum.wrapping_add(u8::from(*byte == b'\n')))))
        .sum()
}
