//! Bytes of a tensor read at their place, through the page cache or past it.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::PathBuf;

/// What direct reads have to be aligned to: the largest block of disks in use.
const BLOCK: u64 = 4096;

/// `O_DIRECT` of Linux on this processor.
#[cfg(all(target_os = "linux", any(target_arch = "aarch64", target_arch = "arm", target_arch = "powerpc64")))]
const DIRECT: i32 = 0o200_000;
#[cfg(all(target_os = "linux", not(any(target_arch = "aarch64", target_arch = "arm", target_arch = "powerpc64"))))]
const DIRECT: i32 = 0o40_000;

/// The open files of a checkpoint.
#[derive(Debug)]
pub(crate) struct Reader {
    files: Vec<(PathBuf, File)>,
    direct: bool,
}

/// A buffer that grows and is used again, the bytes wanted beginning at a block's boundary or a little after.
#[derive(Debug, Default)]
pub(crate) struct Aligned {
    bytes: Vec<u8>,
}

impl Reader {
    /// Opens the files; past the page cache if `direct`, where the system can.
    pub(crate) fn open(shards: &[PathBuf], direct: bool) -> Result<Self, (PathBuf, io::Error)> {
        let mut options = OpenOptions::new();
        options.read(true);
        #[cfg(target_os = "linux")]
        if direct {
            options.custom_flags(DIRECT);
        }
        let open = |path: &PathBuf| match options.open(path) {
            Ok(file) => Ok((path.clone(), file)),
            Err(fault) => Err((path.clone(), fault)),
        };
        Ok(Self { files: shards.iter().map(open).collect::<Result<_, _>>()?, direct })
    }

    /// Reads `length` bytes at `start` of a shard.
    pub(crate) fn read<'a>(
        &self,
        shard: usize,
        start: u64,
        length: usize,
        into: &'a mut Aligned,
    ) -> Result<&'a [u8], (PathBuf, io::Error)> {
        let (path, file) = &self.files[shard];
        let told = |fault| (path.clone(), fault);
        if !self.direct {
            let bytes = into.room(length);
            file.read_exact_at(bytes, start).map_err(told)?;
            return Ok(bytes);
        }
        let skip = (start % BLOCK) as usize;
        let whole = (skip + length).next_multiple_of(BLOCK as usize);
        let bytes = into.room(whole);
        read_direct(file, start - skip as u64, skip + length, bytes).map_err(told)?;
        Ok(&bytes[skip..skip + length])
    }
}

/// Fills `bytes`, whose length and place are aligned, at least as far as `wanted`: the file may end before the block does.
fn read_direct(file: &File, start: u64, wanted: usize, bytes: &mut [u8]) -> io::Result<()> {
    let mut done = 0;
    while done < wanted {
        let read = file.read_at(&mut bytes[done..], start + done as u64)?;
        if read == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        done += read;
        if done < wanted && !(done as u64).is_multiple_of(BLOCK) {
            // A short read in the middle: go on from the block that it ended in.
            done -= done % BLOCK as usize;
        }
    }
    Ok(())
}

impl Aligned {
    /// `length` bytes that begin at a block's boundary in memory.
    fn room(&mut self, length: usize) -> &mut [u8] {
        let most = length + BLOCK as usize;
        if self.bytes.len() < most {
            self.bytes.resize(most, 0);
        }
        // `usize::MAX` would mean that there is no such place; the slice below would then be refused.
        let skip = self.bytes.as_ptr().align_offset(BLOCK as usize).min(BLOCK as usize);
        &mut self.bytes[skip..skip + length]
    }
}
