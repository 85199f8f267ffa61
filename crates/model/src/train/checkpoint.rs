//! Checkpoints: all of a training's state in one file that is there whole or not at all.
//!
//! The file is `daepyo-checkpoint-1` and a line's end, the length of a header as little-endian u64, the header as JSON,
//! the weights, first and second moments as little-endian f32, and the SHA-256 of all that. It is written under another
//! name, forced to the disk, renamed, and the folder forced to the disk: a kill or a power cut at any moment leaves the
//! checkpoint before it.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::engine::State;
use provenance::evidence::{CHECKPOINT_ENDING, digest_of_floats};

const MAGIC: &[u8] = b"daepyo-checkpoint-1\n";
const PARTIAL_ENDING: &str = "partial";
/// No header is longer; a longer one is damage.
const MOST_HEADER: u64 = 1 << 16;
const FLOATS_AT_ONCE: usize = 1 << 14;

/// A checkpoint that is on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Steps done.
    pub step: u64,
    /// Its name in the folder.
    pub file: String,
    /// SHA-256 of the file, in hexadecimal.
    pub digest: String,
    /// SHA-256 of the weights in it, as little-endian floats.
    pub weights: String,
}

/// A folder of checkpoints of one run.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    folder: PathBuf,
    run: String,
    kept: usize,
}

/// Why a checkpoint was not written or read.
#[derive(Debug, Error)]
pub enum CheckpointFault {
    /// A file cannot be read or written.
    #[error("{path}: {fault}; see that the folder is there, can be written, and that the disk is not full")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        fault: io::Error,
    },
    /// The file is not whole.
    #[error("{path} is damaged: {what}; delete it, and the run goes on from the one before")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The checkpoint is of another recipe, text or tokenizer.
    #[error(
        "{path} is of another run: its recipe, text or tokenizer differ; bring those back, or choose another folder"
    )]
    OtherRun {
        /// Which file.
        path: PathBuf,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    run: String,
    step: u64,
    floats: usize,
    weights: String,
}

/// What was found in a folder.
#[derive(Debug)]
pub struct Newest {
    /// The newest checkpoint that is whole.
    pub found: Option<(Checkpoint, State)>,
    /// Newer ones that are damaged, and how.
    pub damaged: Vec<CheckpointFault>,
}

impl Checkpoints {
    /// The checkpoints of a run in a folder, which is made where it is not there. `run` is a digest of all that the run
    /// is made from; the `kept` newest are kept. Half-written files of a killed run are deleted.
    ///
    /// # Errors
    /// [`CheckpointFault::File`].
    pub fn open(folder: &Path, run: String, kept: usize) -> Result<Self, CheckpointFault> {
        fs::create_dir_all(folder).map_err(|fault| file_fault(folder, fault))?;
        let checkpoints = Self { folder: folder.to_owned(), run, kept: kept.max(1) };
        for name in checkpoints.names(PARTIAL_ENDING)? {
            let path = folder.join(name);
            fs::remove_file(&path).map_err(|fault| file_fault(&path, fault))?;
        }
        Ok(checkpoints)
    }

    /// Writes a checkpoint, and deletes the oldest that are too many.
    ///
    /// # Errors
    /// [`CheckpointFault::File`].
    pub fn write(&self, state: &State) -> Result<Checkpoint, CheckpointFault> {
        let file = format!("step-{:010}.{CHECKPOINT_ENDING}", state.step);
        let path = self.folder.join(&file);
        let partial = path.with_extension(PARTIAL_ENDING);
        let weights = digest_of_floats(&state.weights);
        let header = Header { run: self.run.clone(), step: state.step, floats: state.weights.len(), weights };
        let digest = write_file(&partial, &header, state).map_err(|fault| file_fault(&partial, fault))?;
        let lasting = fs::rename(&partial, &path).and_then(|()| File::open(&self.folder)?.sync_all());
        lasting.map_err(|fault| file_fault(&path, fault))?;
        self.prune()?;
        Ok(Checkpoint { step: state.step, file, digest, weights: header.weights })
    }

    /// Reads the newest checkpoint that is whole.
    ///
    /// # Errors
    /// [`CheckpointFault::File`], and [`CheckpointFault::OtherRun`] where the folder is another run's.
    pub fn newest(&self) -> Result<Newest, CheckpointFault> {
        let mut damaged = Vec::new();
        for name in self.names(CHECKPOINT_ENDING)?.into_iter().rev() {
            match self.read(&name) {
                Ok(found) => return Ok(Newest { found: Some(found), damaged }),
                Err(fault @ CheckpointFault::Damaged { .. }) => damaged.push(fault),
                Err(fault) => return Err(fault),
            }
        }
        Ok(Newest { found: None, damaged })
    }

    fn read(&self, name: &str) -> Result<(Checkpoint, State), CheckpointFault> {
        let path = self.folder.join(name);
        let file = File::open(&path).map_err(|fault| file_fault(&path, fault))?;
        let mut reader = HashingReader { file: BufReader::new(file), hash: Sha256::new() };
        let damaged = |fault: io::Error| CheckpointFault::Damaged { path: path.clone(), what: fault.to_string() };
        let (header, state) = read_file(&mut reader).map_err(damaged)?;
        if header.run != self.run {
            return Err(CheckpointFault::OtherRun { path });
        }
        let digest = hex::encode(reader.hash.finalize());
        Ok((Checkpoint { step: header.step, file: name.to_owned(), digest, weights: header.weights }, state))
    }

    fn prune(&self) -> Result<(), CheckpointFault> {
        let names = self.names(CHECKPOINT_ENDING)?;
        for name in &names[..names.len().saturating_sub(self.kept)] {
            let path = self.folder.join(name);
            fs::remove_file(&path).map_err(|fault| file_fault(&path, fault))?;
        }
        Ok(())
    }

    /// Names with an ending, in the order of their steps.
    fn names(&self, ending: &str) -> Result<Vec<String>, CheckpointFault> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(|fault| file_fault(&self.folder, fault))? {
            let path = entry.map_err(|fault| file_fault(&self.folder, fault))?.path();
            if path.extension().is_some_and(|has| has == ending) {
                names.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
            }
        }
        names.sort();
        Ok(names)
    }
}

fn file_fault(path: &Path, fault: io::Error) -> CheckpointFault {
    CheckpointFault::File { path: path.to_owned(), fault }
}

/// Writes a whole file, forces it to the disk, and gives its SHA-256.
fn write_file(path: &Path, header: &Header, state: &State) -> io::Result<String> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut hash = Sha256::new();
    let header = serde_json::to_vec(header)?;
    let mut put = |bytes: &[u8], hash: &mut Sha256| {
        hash.update(bytes);
        file.write_all(bytes)
    };
    put(MAGIC, &mut hash)?;
    put(&(header.len() as u64).to_le_bytes(), &mut hash)?;
    put(&header, &mut hash)?;
    for floats in [&state.weights, &state.first, &state.second] {
        for chunk in floats.chunks(FLOATS_AT_ONCE) {
            let bytes: Vec<u8> = chunk.iter().flat_map(|float| float.to_le_bytes()).collect();
            put(&bytes, &mut hash)?;
        }
    }
    let inside = hash.clone().finalize();
    put(&inside, &mut hash)?;
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    Ok(hex::encode(hash.finalize()))
}

/// Reads and keeps the digest of what was read.
struct HashingReader<R> {
    file: R,
    hash: Sha256,
}

impl<R: Read> HashingReader<R> {
    fn bytes(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.file.read_exact(&mut bytes)?;
        self.hash.update(&bytes);
        Ok(bytes)
    }

    fn floats(&mut self, count: usize) -> io::Result<Vec<f32>> {
        let mut floats = Vec::new();
        while floats.len() < count {
            let bytes = self.bytes(4 * FLOATS_AT_ONCE.min(count - floats.len()))?;
            let (words, _) = bytes.as_chunks::<4>();
            floats.extend(words.iter().map(|word| f32::from_le_bytes(*word)));
        }
        Ok(floats)
    }
}

fn read_file(reader: &mut HashingReader<impl Read>) -> io::Result<(Header, State)> {
    let damage = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what);
    if reader.bytes(MAGIC.len())? != MAGIC {
        return Err(damage("it does not begin as a checkpoint does"));
    }
    let length = reader.bytes(8)?.try_into().map(u64::from_le_bytes).unwrap_or(u64::MAX);
    if length > MOST_HEADER {
        return Err(damage("its header is longer than any is"));
    }
    let header: Header = serde_json::from_slice(&reader.bytes(length as usize)?)?;
    let weights = reader.floats(header.floats)?;
    let first = reader.floats(header.floats)?;
    let second = reader.floats(header.floats)?;
    let expected = reader.hash.clone().finalize();
    if reader.bytes(expected.len())? != expected.as_slice() {
        return Err(damage("it does not hold its own digest"));
    }
    if !reader.file.by_ref().take(1).read_to_end(&mut Vec::new()).is_ok_and(|more| more == 0) {
        return Err(damage("something follows its digest"));
    }
    let state = State { step: header.step, weights, first, second };
    Ok((header, state))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(step: u64) -> State {
        let floats = |offset: usize| (0..40_000).map(|place| (place + offset) as f32 * 0.1 - 7.0).collect();
        State { step, weights: floats(step as usize), first: floats(1), second: floats(2) }
    }

    fn open(folder: &Path) -> Checkpoints {
        Checkpoints::open(folder, "run".to_owned(), 2).expect("a folder that can be written")
    }

    #[test]
    fn what_was_written_comes_back_and_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = open(folder.path());
        assert!(checkpoints.newest().unwrap().found.is_none());
        let written: Vec<Checkpoint> = [5, 10, 100].map(|step| checkpoints.write(&state(step)).unwrap()).to_vec();
        let names = checkpoints.names(CHECKPOINT_ENDING).unwrap();
        assert_eq!(names, [written[1].file.as_str(), written[2].file.as_str()]);
        let (checkpoint, back) = checkpoints.newest().unwrap().found.expect("there are two");
        assert_eq!((checkpoint, back), (written[2].clone(), state(100)));
        let digest = provenance::evidence::digest_of_file(&folder.path().join(&written[2].file)).unwrap();
        assert_eq!(digest, written[2].digest);
    }

    #[test]
    fn a_damaged_file_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = open(folder.path());
        checkpoints.write(&state(5)).unwrap();
        let path = folder.path().join(checkpoints.write(&state(10)).unwrap().file);
        let whole = fs::read(&path).unwrap();
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        let longer = [whole.as_slice(), b"x"].concat();
        let mut huge = whole.clone();
        huge[MAGIC.len() + 7] = 0xff;
        for damaged in [&whole[..whole.len() - 1], &whole[..10], b"", &flipped, &longer, &huge] {
            fs::write(&path, damaged).unwrap();
            let newest = checkpoints.newest().unwrap();
            assert_eq!(newest.found.expect("the one before is whole").0.step, 5);
            assert_eq!(newest.damaged.len(), 1);
            assert!(newest.damaged[0].to_string().contains("is damaged"), "{}", newest.damaged[0]);
        }
    }

    #[test]
    fn half_a_file_is_swept_away_and_another_runs_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        open(folder.path()).write(&state(5)).unwrap();
        let partial = folder.path().join("step-0000000010.partial");
        fs::write(&partial, b"half").unwrap();
        let other = Checkpoints::open(folder.path(), "other".to_owned(), 2).unwrap();
        assert!(!partial.exists());
        assert!(matches!(other.newest(), Err(CheckpointFault::OtherRun { .. })));
    }
}
