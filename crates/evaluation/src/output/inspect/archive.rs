//! The zip archive that a log is.
//!
//! It is written here and not by `zip`, since a log has a member for every sample: one set of deflate's tables serves all of
//! them, and the directory, which comes last, waits on disk. What is written is what `zip` writes for the same members (APPNOTE
//! 6.3.3: 4.3 and 4.4), with the 64-bit fields only where the others do not suffice.

use std::fs::File;
use std::io::{self, Read as _, Write};
use std::path::Path;

use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zip::ZipArchive;

use crate::output::file::WholeFile;
use crate::output::spool::Spool;

/// Members larger than this are not read: a log that says more is not one.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// What stands in a field of 32 bits whose value stands in one of 64.
const ELSEWHERE: u32 = u32::MAX;
/// The first day that the format knows. All members have it, so that the same samples make the same bytes.
const FIRST_DAY: u16 = 1 << 5 | 1;
const DEFLATED: u16 = 8;

/// An archive that is being written.
pub(super) struct Archive {
    file: WholeFile,
    /// Where the next member begins.
    at: u64,
    members: u64,
    directory: Spool,
    directory_bytes: u64,
    deflater: Deflater,
    text: Vec<u8>,
    packed: Vec<u8>,
}

/// What the format says of a member.
#[derive(Clone, Copy)]
struct Entry<'a> {
    name: &'a str,
    crc: u32,
    packed: u64,
    plain: u64,
    at: u64,
}

/// A list whose entries come one by one while other members are written.
pub(super) struct List {
    deflater: Deflater,
    spool: Spool,
    packed: u64,
    /// What of it is not packed yet.
    text: Vec<u8>,
    is_empty: bool,
}

/// So many bytes of a list are packed at once.
const PIECE: usize = 32 << 10;

/// Deflate, with one set of tables for everything that is packed one after the other.
struct Deflater {
    state: Compress,
    crc: Crc,
}

impl Deflater {
    /// The lowest level: half as large again as the usual one on prompts with five examples, in a quarter of the time.
    fn new() -> Self {
        Self { state: Compress::new(Compression::fast(), false), crc: Crc::new() }
    }

    fn pack(&mut self, mut bytes: &[u8], packed: &mut Vec<u8>, flush: FlushCompress) -> io::Result<()> {
        self.crc.update(bytes);
        loop {
            packed.reserve(bytes.len() / 2 + 1024);
            let before = self.state.total_in();
            let status = self.state.compress_vec(bytes, packed, flush).map_err(io::Error::other)?;
            let taken = usize::try_from(self.state.total_in() - before).unwrap_or(bytes.len());
            bytes = &bytes[taken..];
            let is_done = match flush {
                FlushCompress::Finish => status == Status::StreamEnd,
                _ => bytes.is_empty() && packed.len() < packed.capacity(),
            };
            if is_done {
                return Ok(());
            }
        }
    }

    /// The checksum and the length of what was packed; the next member begins.
    fn close(&mut self) -> (u32, u64) {
        let closed = (self.crc.sum(), self.state.total_in());
        self.state.reset();
        self.crc.reset();
        closed
    }
}

impl List {
    pub(super) fn beside(path: &Path) -> io::Result<Self> {
        let (deflater, spool) = (Deflater::new(), Spool::beside(path)?);
        Ok(Self { deflater, spool, packed: 0, text: b"[".to_vec(), is_empty: true })
    }

    pub(super) fn add(&mut self, entry: &impl Serialize) -> io::Result<()> {
        if !std::mem::take(&mut self.is_empty) {
            self.text.push(b',');
        }
        serde_json::to_writer(&mut self.text, entry)?;
        if self.text.len() >= PIECE { self.pack(FlushCompress::None) } else { Ok(()) }
    }

    fn pack(&mut self, flush: FlushCompress) -> io::Result<()> {
        let mut packed = Vec::new();
        self.deflater.pack(&self.text, &mut packed, flush)?;
        self.text.clear();
        self.packed += packed.len() as u64;
        self.spool.write_all(&packed)
    }
}

impl Archive {
    /// Begins an archive that will stand at `path`.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: WholeFile::create(path)?,
            at: 0,
            members: 0,
            directory: Spool::beside(path)?,
            directory_bytes: 0,
            deflater: Deflater::new(),
            text: Vec::new(),
            packed: Vec::new(),
        })
    }

    /// Adds a member with `content` as JSON.
    pub(super) fn add(&mut self, name: &str, content: &impl Serialize) -> io::Result<()> {
        self.add_text(name, |text| serde_json::to_writer(text, content))
    }

    /// Adds a member with the text that `fill` writes. Deflate is read by every release of inspect.
    pub(super) fn add_text(
        &mut self,
        name: &str,
        fill: impl FnOnce(&mut Vec<u8>) -> serde_json::Result<()>,
    ) -> io::Result<()> {
        self.text.clear();
        self.packed.clear();
        fill(&mut self.text)?;
        self.deflater.pack(&self.text, &mut self.packed, FlushCompress::Finish)?;
        let (crc, plain) = self.deflater.close();
        self.begin(name, crc, (self.packed.len() as u64, plain))?;
        self.file.write_all(&self.packed)
    }

    /// Adds a list as a member.
    pub(super) fn add_list(&mut self, name: &str, mut list: List) -> io::Result<()> {
        list.text.push(b']');
        list.pack(FlushCompress::Finish)?;
        let (crc, plain) = list.deflater.close();
        self.begin(name, crc, (list.packed, plain))?;
        io::copy(&mut list.spool.read()?, &mut self.file).map(|_| ())
    }

    /// Writes what stands before a member's bytes, and enters it into the directory.
    fn begin(&mut self, name: &str, crc: u32, (packed, plain): (u64, u64)) -> io::Result<()> {
        let entry = Entry { name, crc, packed, plain, at: self.at };
        let (head, line) = (entry.head(), entry.line());
        self.file.write_all(&head)?;
        self.directory.write_all(&line)?;
        self.at += head.len() as u64 + packed;
        self.directory_bytes += line.len() as u64;
        self.members += 1;
        Ok(())
    }

    /// Writes the directory and makes the archive last.
    pub(super) fn finish(mut self) -> io::Result<()> {
        io::copy(&mut self.directory.read()?, &mut self.file)?;
        self.file.write_all(&ending(self.members, self.directory_bytes, self.at))?;
        self.file.keep()
    }
}

/// A number in a field of 32 bits, if it has room there.
fn short(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(ELSEWHERE)
}

/// The numbers that have no room in 32 bits, as the field with tag 1 has them.
fn long(numbers: &[u64]) -> Vec<u8> {
    let large = numbers.iter().filter(|number| **number >= u64::from(ELSEWHERE));
    let bytes: Vec<u8> = large.flat_map(|number| number.to_le_bytes()).collect();
    match u16::try_from(bytes.len()) {
        Ok(0) | Err(_) => Vec::new(),
        Ok(length) => [&1_u16.to_le_bytes()[..], &length.to_le_bytes(), &bytes].concat(),
    }
}

impl Entry<'_> {
    /// What head and line of the directory have in common: from the version that is needed to the length of the name.
    fn middle(&self, has_long: bool, sizes: [u32; 2]) -> Vec<u8> {
        let version: u16 = if has_long { 45 } else { 20 };
        let mut bytes = Vec::with_capacity(24);
        for field in [version, 0, DEFLATED, 0, FIRST_DAY] {
            bytes.extend(field.to_le_bytes());
        }
        for field in [self.crc, sizes[0], sizes[1]] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend(u16::try_from(self.name.len()).unwrap_or(u16::MAX).to_le_bytes());
        bytes
    }

    /// What stands before the member's bytes. The format wants both sizes in 64 bits here, or neither.
    fn head(&self) -> Vec<u8> {
        let is_long = self.packed.max(self.plain) >= u64::from(ELSEWHERE);
        let sizes = if is_long { [ELSEWHERE; 2] } else { [short(self.packed), short(self.plain)] };
        let fields = [self.plain.to_le_bytes(), self.packed.to_le_bytes()].concat();
        let extra = if is_long { [&[1, 0, 16, 0], &fields[..]].concat() } else { Vec::new() };
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.extend(self.middle(is_long, sizes));
        bytes.extend(u16::try_from(extra.len()).unwrap_or(0).to_le_bytes());
        bytes.extend(self.name.as_bytes());
        bytes.extend(extra);
        bytes
    }

    /// The line of the directory.
    fn line(&self) -> Vec<u8> {
        let extra = long(&[self.plain, self.packed, self.at]);
        let mut bytes = b"PK\x01\x02".to_vec();
        bytes.extend(45_u16.to_le_bytes());
        bytes.extend(self.middle(!extra.is_empty(), [short(self.packed), short(self.plain)]));
        bytes.extend(u16::try_from(extra.len()).unwrap_or(0).to_le_bytes());
        // No comment, the first disk, no attributes.
        bytes.extend([0; 10]);
        bytes.extend(short(self.at).to_le_bytes());
        bytes.extend(self.name.as_bytes());
        bytes.extend(extra);
        bytes
    }
}

/// What stands at the end: where the directory is and how much is in it.
fn ending(members: u64, length: u64, at: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let count = u16::try_from(members).unwrap_or(u16::MAX);
    if count == u16::MAX || length.max(at) >= u64::from(ELSEWHERE) {
        bytes.extend(b"PK\x06\x06");
        bytes.extend(44_u64.to_le_bytes());
        bytes.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for field in [members, members, length, at] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend(b"PK\x06\x07\0\0\0\0");
        bytes.extend((at + length).to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
    }
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    bytes.extend([short(length).to_le_bytes(), short(at).to_le_bytes()].concat());
    bytes.extend([0, 0]);
    bytes
}

/// Reads the member `name`, or nothing where there is none.
pub(super) fn member<T: DeserializeOwned>(archive: &mut ZipArchive<File>, name: &str) -> io::Result<Option<T>> {
    let file = match archive.by_name(name) {
        Ok(file) => file,
        Err(zip::result::ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if file.size() > MOST_BYTES {
        return Err(io::Error::other(format!("{name} says it has {} bytes", file.size())));
    }
    let mut text = Vec::new();
    file.take(MOST_BYTES).read_to_end(&mut text)?;
    // Inspect writes NaN as the bare word, which JSON does not have.
    serde_json::from_slice(&text).map(Some).map_err(|error| io::Error::other(format!("{name}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(members: usize, at: u64) -> (tempfile::TempDir, ZipArchive<File>) {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("log.eval");
        let mut archive = Archive::create(&path).unwrap();
        archive.skip(at);
        let mut list = List::beside(&path).unwrap();
        for number in 0..members {
            archive.add(&format!("samples/{number}.json"), &format!("{number} 답 ").repeat(number % 90)).unwrap();
            list.add(&number).unwrap();
        }
        archive.add_list("summaries.json", list).unwrap();
        archive.finish().unwrap();
        assert!(!folder.path().join("log.eval.partial").exists());
        (folder, ZipArchive::new(File::open(path).unwrap()).unwrap())
    }

    impl Archive {
        /// Leaves a hole before the first member, which takes no room on the disk.
        fn skip(&mut self, bytes: u64) {
            self.file.skip(bytes);
            self.at = bytes;
        }
    }

    fn is_whole(archive: &mut ZipArchive<File>, members: usize) {
        assert_eq!(archive.len(), members + 1);
        for number in [0, 1, members / 2, members - 1] {
            let text: Option<String> = member(archive, &format!("samples/{number}.json")).unwrap();
            assert_eq!(text, Some(format!("{number} 답 ").repeat(number % 90)));
        }
        let list: Option<Vec<usize>> = member(archive, "summaries.json").unwrap();
        assert_eq!(list, Some((0..members).collect()));
        assert_eq!(member::<usize>(archive, "header.json").unwrap(), None);
    }

    #[test]
    fn what_is_written_is_read() {
        let (_folder, mut archive) = written(200, 0);
        is_whole(&mut archive, 200);
    }

    #[test]
    fn more_members_than_sixteen_bits_count_are_read() {
        let (_folder, mut archive) = written(70_000, 0);
        is_whole(&mut archive, 70_000);
    }

    #[test]
    fn members_beyond_what_thirty_two_bits_reach_are_read() {
        let (_folder, mut archive) = written(3, 5 << 30);
        is_whole(&mut archive, 3);
    }

    #[test]
    fn a_large_member_has_its_sizes_in_sixty_four_bits() {
        let entry = Entry { name: "n", crc: 7, packed: 1, plain: 1 << 33, at: 2 };
        let sizes = [&[1, 0, 16, 0][..], &(1_u64 << 33).to_le_bytes(), &1_u64.to_le_bytes()].concat();
        assert!(entry.head().ends_with(&[b"n", &sizes[..]].concat()));
        assert_eq!(entry.head()[18..26], [0xff; 8]);
        let line = [&2_u32.to_le_bytes()[..], b"n", &[1, 0, 8, 0], &(1_u64 << 33).to_le_bytes()].concat();
        assert!(entry.line().ends_with(&line));
    }

    #[test]
    fn an_archive_that_is_not_finished_leaves_nothing() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut archive = Archive::create(&folder.path().join("log.eval")).unwrap();
        archive.add("samples/1.json", &1).unwrap();
        drop(archive);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
