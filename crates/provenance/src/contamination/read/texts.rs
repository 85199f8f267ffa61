//! A file that is one text, in pieces that overlap.

use std::io::{self, Read};

use super::{BLOCK, Block, MARGIN};

/// A file of text.
pub(crate) struct Texts {
    reader: Box<dyn Read + Send>,
    /// What has been read and is still needed.
    held: Vec<u8>,
    /// Where in the file `held` begins.
    base: u64,
    /// Where in `held` the next piece's own part begins.
    own: usize,
    ended: bool,
    fault: Option<io::Error>,
}

impl Texts {
    pub(super) fn new(reader: Box<dyn Read + Send>) -> Self {
        Self { reader, held: Vec::new(), base: 0, own: 0, ended: false, fault: None }
    }

    pub(super) fn next(&mut self) -> io::Result<Option<Block>> {
        let wanted = self.own + BLOCK + MARGIN;
        while !self.ended && self.held.len() < wanted {
            let from = self.held.len();
            self.held.resize(wanted, 0);
            let read = self.reader.read(&mut self.held[from..]);
            self.held.truncate(from + read.as_ref().map_or(0, |length| *length));
            match read {
                Ok(length) => self.ended = length == 0,
                Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
                Err(fault) => (self.ended, self.fault) = (true, Some(fault)),
            }
        }
        if self.own >= self.held.len() {
            return self.fault.take().map_or(Ok(None), Err);
        }
        let end = if self.ended && self.held.len() <= wanted { self.held.len() } else { self.own + BLOCK };
        let skipped =
            if self.base == 0 { 0 } else { self.held.iter().take(3).take_while(|byte| **byte & 0xC0 == 0x80).count() };
        let text = String::from_utf8_lossy(&self.held[skipped..]);
        let repaired = matches!(text, std::borrow::Cow::Owned(_)) && !is_only_cut(&self.held[skipped..]);
        let piece = Block::Piece {
            base: self.base + skipped as u64,
            text: text.into_owned(),
            own: self.own - skipped.min(self.own)..end - skipped,
            repaired,
        };
        let drop = end.saturating_sub(MARGIN);
        self.held.drain(..drop);
        self.base += drop as u64;
        self.own = end - drop;
        Ok(Some(piece))
    }
}

/// Whether bytes are UTF-8 but for a character at the end that is not whole.
fn is_only_cut(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|fault| fault.error_len().is_none())
}
