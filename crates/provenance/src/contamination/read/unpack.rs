//! Files unpacked while they are read, and held to what text can unpack to.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Packing;

/// From so many bytes on, a file is held to [`MOST_TIMES`].
const FREE: u64 = 64 << 20;
/// How many times its own size text may unpack to. Text packs three to ten times; only what repeats packs more.
const MOST_TIMES: u64 = 200;

/// Opens a file and unpacks it.
pub(super) fn open(path: &Path, packing: Packing) -> io::Result<Box<dyn Read + Send>> {
    let taken = Arc::new(AtomicU64::new(0));
    let file = BufReader::with_capacity(1 << 16, Counted { file: File::open(path)?, taken: Arc::clone(&taken) });
    let reader: Box<dyn Read + Send> = match packing {
        Packing::Plain => return Ok(Box::new(file)),
        Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        Packing::Zstandard => Box::new(zstd::stream::read::Decoder::with_buffer(file)?),
        Packing::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(file)),
    };
    Ok(Box::new(Held { reader, taken, given: 0 }))
}

/// Counts what is read of a file.
struct Counted {
    file: File,
    taken: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        self.taken.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

/// Ends with a fault where a file unpacks to more than text can.
struct Held {
    reader: Box<dyn Read + Send>,
    taken: Arc<AtomicU64>,
    given: u64,
}

impl Read for Held {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.reader.read(buffer)?;
        self.given += length as u64;
        if self.given > FREE && self.given / MOST_TIMES > self.taken.load(Ordering::Relaxed) {
            let why = format!(
                "unpacks to more than {MOST_TIMES} times its size, which no text does: unpack it first if it is meant"
            );
            return Err(io::Error::other(why));
        }
        Ok(length)
    }
}
