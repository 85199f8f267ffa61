//! The record: opened by one process for writing, or by any number for reading.

use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::{self, JoinHandle};

use crate::batch::{Appended, Batch};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::durable;
use crate::event::Event;
use crate::folder::{self, CHECKPOINT, DATABASE, PRIVATE, SECRET, VAULT, VKEY};
use crate::key::{KeyError, LogKey, Signer, VerifierKey};
use crate::log::{Entry, Log, ReadError, ReplayError};
use crate::receipt::Receipt;
use crate::seal::{self, Part, SealError};
use crate::sqlite::{Access, Sqlite};
use crate::store::{Append, Engine, StorageError};
use crate::tree::Hash;
use crate::vault::Vault;
use crate::writer::{AppendError, Request, Writer};

/// A record open for writing. Cloning is cheap; all clones are the same record.
#[derive(Clone)]
pub struct Record(Arc<Inner>);

struct Inner {
    dir: PathBuf,
    signer: Signer,
    log: Arc<Log>,
    vault: Vault,
    writer: RwLock<Option<Handle>>,
    desk: Mutex<Desk>,
}

struct Handle {
    requests: Sender<Request>,
    thread: JoinHandle<Option<Box<dyn Append>>>,
    /// The right to write.
    lock: File,
}

/// What signing needs to know.
struct Desk {
    checkpoint: Checkpoint,
    /// Events below this index were read back and agreed with the tree.
    reread: u64,
}

/// Why a record was not created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// There is a record, or part of one.
    #[error("{0} already holds a record; choose another folder")]
    Exists(PathBuf),
    /// The origin cannot name a log.
    #[error("the origin cannot name a log")]
    Origin(#[source] KeyError),
    /// The file system failed.
    #[error("the folder could not be created")]
    Folder(#[source] io::Error),
    /// The database failed.
    #[error("the database could not be created")]
    Storage(#[source] StorageError),
    /// It was created and does not open.
    #[error("the new record does not open")]
    Open(#[source] OpenError),
}

/// Why a record was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no record.
    #[error("{0} holds no record, or one whose creation was interrupted before anything was recorded")]
    NoRecord(PathBuf),
    /// Another process, or another part of this one, has it open.
    #[error("the record is open for writing elsewhere; stop that first, or open it for reading")]
    Locked,
    /// The folder is a copy without its private part.
    #[error("the signing key private/log.key is not here; open the copy for reading")]
    NoSigningKey,
    /// The signing key is damaged.
    #[error("the signing key private/log.key is damaged; restore it from a copy")]
    SigningKey(#[source] KeyError),
    /// The verifier key is not the one that belongs to the signing key, or is damaged.
    #[error("log.vkey is not the log's verifier key; restore it from a copy")]
    VerifierKey,
    /// The stored checkpoint is not the log's.
    #[error("the stored checkpoint is not to be believed; verify the record and restore it from a copy")]
    Checkpoint(#[source] CheckpointError),
    /// The folder changed since it was sealed.
    #[error("{0} was changed after the record was closed; verify the record and restore it from a copy")]
    SealBroken(String),
    /// The stored events do not hold together.
    #[error("the stored log does not hold together")]
    Replay(#[source] ReplayError),
    /// The log holds less, or other events, than its own checkpoint says.
    #[error(
        "the log does not contain the {size} events of its checkpoint; verify the record and restore it from a copy"
    )]
    Behind {
        /// The checkpoint's size.
        size: u64,
    },
    /// The file system failed.
    #[error("the folder could not be read")]
    Folder(#[source] io::Error),
}

/// Why no checkpoint was signed, or no receipt written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// What is stored could not be read back unchanged, so it is not signed for.
    #[error("the events could not be read back, so nothing was signed")]
    Read(#[source] ReadError),
    /// The checkpoint could not be kept.
    #[error("the checkpoint could not be written")]
    Storage(#[source] io::Error),
    /// The log has no such event, or the reader's checkpoint does not cover it.
    #[error("there is no event {index} among the {size} that the checkpoint covers")]
    NotCovered {
        /// What was asked for.
        index: u64,
        /// What is covered.
        size: u64,
    },
}

/// Why a record was not closed; it stays unsealed, and nothing acknowledged is lost.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CloseError {
    /// It was closed already.
    #[error("the record is closed already")]
    Closed,
    /// The database is not in order.
    #[error("the database could not be brought to rest")]
    Replay(#[source] ReplayError),
    /// The last checkpoint could not be made.
    #[error("the last checkpoint could not be made")]
    Sign(#[source] SignError),
    /// Another process still reads the database.
    #[error("another process still reads the log; stop it, then open and close the record again")]
    StillRead,
    /// The seal could not be made.
    #[error("the folder could not be sealed")]
    Seal(#[source] SealError),
}

impl Record {
    /// Makes a folder into a new, empty record and opens it. The origin names the log for good: a
    /// URL without scheme is customary, such as `example.kr/programme-2026`.
    pub fn create(dir: &Path, origin: &str, key: LogKey) -> Result<Record, CreateError> {
        let signer = Signer::new(origin, key).map_err(CreateError::Origin)?;
        if [DATABASE, VKEY, CHECKPOINT, SECRET].iter().any(|name| dir.join(name).exists()) {
            return Err(CreateError::Exists(dir.to_owned()));
        }
        durable::create_folders(dir).map_err(CreateError::Folder)?;
        let write = |name: &str, text: &str| durable::write_file(&dir.join(name), text.as_bytes());
        let begin = || {
            durable::create_folder(&dir.join(PRIVATE))?;
            durable::create_folder(&dir.join(VAULT))?;
            write(SECRET, &signer.to_secret_text())?;
            write(VKEY, &format!("{}\n", signer.vkey()))
        };
        begin().map_err(CreateError::Folder)?;
        Sqlite::create(&dir.join(DATABASE)).map_err(CreateError::Storage)?;
        durable::sync_folder(dir).map_err(CreateError::Folder)?;
        // Last: a folder with a checkpoint is a whole record.
        let empty = Checkpoint::sign(0, crate::tree::Tree::default().root(), &signer);
        write(CHECKPOINT, empty.text()).map_err(CreateError::Folder)?;
        Record::open(dir).map_err(CreateError::Open)
    }

    /// Opens a record for writing, or refuses: SQLite is checked for its version and asked back for
    /// every setting that durability rests on, all events are replayed, and the result must contain
    /// the stored checkpoint. The seal is taken off.
    pub fn open(dir: &Path) -> Result<Record, OpenError> {
        let lock = lock(dir)?;
        let signer = read_signer(dir)?;
        if read_vkey(dir)? != *signer.vkey() {
            return Err(OpenError::VerifierKey);
        }
        let checkpoint = read_checkpoint(dir, signer.vkey())?;
        check_seal(dir, signer.vkey())?;
        seal::break_seals(dir).map_err(OpenError::Folder)?;
        let engine: Arc<dyn Engine> = Arc::new(Sqlite { path: dir.join(DATABASE), access: Access::Shared });
        let (log, store) = Log::open(engine).map_err(OpenError::Replay)?;
        check_contains(&log, &checkpoint)?;
        let vault = Vault::new(dir.join(VAULT), true);
        for folder in [dir, &dir.join(PRIVATE), &dir.join(VAULT)] {
            durable::sweep(folder).map_err(OpenError::Folder)?;
        }
        let log = Arc::new(log);
        let writer = Writer { log: Arc::clone(&log), store: Some(store) };
        let (requests, waiting) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("record-writer".to_owned())
            .spawn(move || writer.run(&waiting))
            .map_err(OpenError::Folder)?;
        let reread = log.tree().size();
        Ok(Record(Arc::new(Inner {
            dir: dir.to_owned(),
            signer,
            log,
            vault,
            writer: RwLock::new(Some(Handle { requests, thread, lock })),
            desk: Mutex::new(Desk { checkpoint, reread }),
        })))
    }

    /// Opens a record for reading. Works beside a writer, on a closed folder on read-only media, and
    /// on what a crash left behind; it never changes the folder.
    pub fn read(dir: &Path) -> Result<crate::Reader, OpenError> {
        crate::Reader::open(dir)
    }

    /// Appends a batch and returns once it survives a power cut. Appends that wait at the same time
    /// share a commit.
    pub fn append(&self, batch: Batch) -> Result<Vec<Appended>, AppendError> {
        if batch.events.is_empty() {
            return Err(AppendError::Empty);
        }
        let leaves = batch.events.iter().map(Event::leaf_hash).collect();
        let (reply, answer) = mpsc::sync_channel(1);
        {
            let writer = self.0.writer.read().unwrap_or_else(PoisonError::into_inner);
            let writer = writer.as_ref().ok_or(AppendError::Closed)?;
            // Only a writer that died on a bug has hung up; nothing reached it.
            let request = Request { batch, leaves, reply };
            writer.requests.send(request).map_err(|_| AppendError::Closed)?;
        }
        answer.recv().unwrap_or(Err(AppendError::Unknown(None)))
    }

    /// How many events were acknowledged.
    pub fn size(&self) -> u64 {
        self.0.log.tree().size()
    }

    /// The root over all of them.
    pub fn root(&self) -> Hash {
        self.0.log.tree().root()
    }

    /// The events of a range, as many as there are, each compared with the tree.
    pub fn entries(&self, range: Range<u64>) -> Result<Vec<Entry>, ReadError> {
        self.0.log.entries(range)
    }

    /// Reads what is new back from the database, signs the current size and root, and keeps that as
    /// the folder's checkpoint.
    pub fn checkpoint(&self) -> Result<Checkpoint, SignError> {
        self.0.checkpoint()
    }

    /// Proof that an event is in the log, under a checkpoint that covers it.
    pub fn receipt(&self, index: u64) -> Result<Receipt, SignError> {
        let mut checkpoint = self.0.desk().checkpoint.clone();
        if index >= checkpoint.size() {
            checkpoint = self.0.checkpoint()?;
        }
        receipt(&self.0.log, index, &checkpoint)
    }

    /// The documents and personal data beside the log.
    pub fn vault(&self) -> &Vault {
        &self.0.vault
    }

    /// The key that anyone needs to check this log.
    pub fn vkey(&self) -> &VerifierKey {
        self.0.signer.vkey()
    }

    /// The record's folder.
    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    /// Finishes what waits, makes a last checkpoint, brings the database to rest in one file, and
    /// seals the folder. Files of the caller's own in the folder are sealed too, so they must be
    /// written before. For all clones the record is closed afterwards, whatever the outcome.
    pub fn close(self) -> Result<(), CloseError> {
        let inner = &self.0;
        let handle = inner.writer.write().unwrap_or_else(PoisonError::into_inner).take();
        let Handle { requests, thread, lock } = handle.ok_or(CloseError::Closed)?;
        drop(requests);
        inner.vault.shut();
        let store = match thread.join().ok().flatten() {
            Some(store) => store,
            None => inner.log.reopen().map_err(CloseError::Replay)?,
        };
        let checkpoint = inner.checkpoint().map_err(CloseError::Sign);
        // The reading handle first: the last one to go clears the write-ahead log away, and it must
        // be one that may write.
        inner.log.shut();
        let settled = { store }.settle();
        checkpoint?;
        settled.map_err(ReplayError::Storage).map_err(CloseError::Replay)?;
        if folder::write_ahead_log(&inner.dir).exists() {
            return Err(CloseError::StillRead);
        }
        seal::seal(&inner.dir, &inner.signer).map_err(CloseError::Seal)?;
        drop(lock);
        Ok(())
    }
}

impl Inner {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn checkpoint(&self) -> Result<Checkpoint, SignError> {
        let mut desk = self.desk();
        let (size, root) = {
            let tree = self.log.tree();
            (tree.size(), tree.root())
        };
        self.log.reread(desk.reread..size).map_err(SignError::Read)?;
        desk.reread = size;
        if size != desk.checkpoint.size() {
            let checkpoint = Checkpoint::sign(size, root, &self.signer);
            durable::write_file(&self.dir.join(CHECKPOINT), checkpoint.text().as_bytes())
                .map_err(SignError::Storage)?;
            desk.checkpoint = checkpoint;
        }
        Ok(desk.checkpoint.clone())
    }
}

impl Drop for Inner {
    /// Without a close the folder stays unsealed, but the writer has left before the lock falls.
    fn drop(&mut self) {
        let handle = self.writer.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Handle { requests, thread, lock }) = handle {
            drop(requests);
            self.log.shut();
            drop(thread.join());
            drop(lock);
        }
    }
}

pub(crate) fn receipt(log: &Log, index: u64, checkpoint: &Checkpoint) -> Result<Receipt, SignError> {
    let size = checkpoint.size();
    let path = log.tree().inclusion(index, size).ok_or(SignError::NotCovered { index, size })?;
    Ok(Receipt::new(index, &path, checkpoint))
}

fn lock(dir: &Path) -> Result<File, OpenError> {
    if !dir.join(CHECKPOINT).exists() {
        return Err(OpenError::NoRecord(dir.to_owned()));
    }
    match folder::lock_for_writing(dir) {
        Ok(Some(lock)) => Ok(lock),
        Ok(None) => Err(OpenError::Locked),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(OpenError::NoSigningKey),
        Err(error) => Err(OpenError::Folder(error)),
    }
}

fn read_signer(dir: &Path) -> Result<Signer, OpenError> {
    let text = fs::read_to_string(dir.join(SECRET)).map_err(OpenError::Folder)?;
    Signer::from_secret_text(&text).map_err(OpenError::SigningKey)
}

pub(crate) fn read_vkey(dir: &Path) -> Result<VerifierKey, OpenError> {
    let text = fs::read_to_string(dir.join(VKEY)).map_err(|_| OpenError::VerifierKey)?;
    let vkey = text.strip_suffix('\n').and_then(|line| line.parse().ok());
    vkey.ok_or(OpenError::VerifierKey)
}

pub(crate) fn read_checkpoint(dir: &Path, vkey: &VerifierKey) -> Result<Checkpoint, OpenError> {
    let text = fs::read_to_string(dir.join(CHECKPOINT)).map_err(OpenError::Folder)?;
    Checkpoint::parse_own(&text, vkey).map_err(OpenError::Checkpoint)
}

pub(crate) fn check_contains(log: &Log, checkpoint: &Checkpoint) -> Result<(), OpenError> {
    let size = checkpoint.size();
    if log.tree().root_at(size) == Some(checkpoint.root()) { Ok(()) } else { Err(OpenError::Behind { size }) }
}

/// The files this room writes must be as they were sealed. The vault's are named by their content,
/// and the caller's own are the caller's: both are left to `verify`.
fn check_seal(dir: &Path, vkey: &VerifierKey) -> Result<(), OpenError> {
    let broken = |path: &str| OpenError::SealBroken(path.to_owned());
    let listing = seal::read(dir, Part::Folder, vkey);
    let Some(listing) = listing.map_err(|_| broken(folder::SEAL))? else { return Ok(()) };
    for path in [DATABASE, VKEY, CHECKPOINT] {
        let found = seal::digest(&dir.join(path)).map_err(OpenError::Folder)?;
        if listing.get(path) != Some(&found) {
            return Err(broken(path));
        }
    }
    Ok(())
}
