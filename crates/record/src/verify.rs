//! Verification: everything that can be checked about a folder, without changing it and without
//! stopping at the first fault.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use serde::{Serialize, Serializer};

use crate::batch::BatchWalk;
use crate::canonical;
use crate::checkpoint::Checkpoint;
use crate::durable;
use crate::event::MAX_EVENT_BYTES;
use crate::folder::{CHECKPOINT, PRIVATE, VAULT, VKEY};
use crate::key::VerifierKey;
use crate::reader::Source;
use crate::seal::{self, Difference, Listing, Part};
use crate::store::{Engine, Read, Row};
use crate::tree::{Frontier, Hash, leaf_hash};
use crate::vault::{self, Commitment};

/// What the verifier is told beyond the folder itself.
#[derive(Debug, Clone, Default)]
pub struct VerifyOptions<'a> {
    /// The verifier key from a trusted place. Without it the folder's own is believed, which proves
    /// that the folder is of one piece, not whose it is.
    pub vkey: Option<&'a VerifierKey>,
    /// A checkpoint that was kept elsewhere: the log must still contain everything it covers. Only
    /// this finds a folder that was rolled back to an older copy of itself.
    pub kept_checkpoint: Option<&'a str>,
    /// Commitments whose blobs were erased on purpose. That an erasure was in order is in the
    /// events, which only the caller can read.
    pub erased: BTreeSet<Commitment>,
    /// Accept a folder that is not sealed: one in use, or one that a crash left. Then no more is
    /// checked than what the log says.
    pub allow_unsealed: bool,
}

/// One fault. The code is stable; the place is a path, or an event's index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind of fault.
    pub code: Code,
    /// Where: a path in the folder, `event 17`, or nothing.
    pub place: String,
    /// More about it, for people.
    pub detail: String,
}

/// The kinds of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Code {
    /// `log.vkey` is missing, damaged, or not the expected one.
    Vkey,
    /// The folder is not sealed.
    NotSealed,
    /// The seal is damaged or not the log's.
    Seal,
    /// A file is not what was sealed.
    FileChanged,
    /// A sealed file is gone.
    FileMissing,
    /// A file came after the seal.
    FileUnknown,
    /// Something is neither a plain file nor a folder.
    NotAFile,
    /// A file or folder could not be read.
    Unreadable,
    /// The database cannot be read as a log.
    Database,
    /// An event is not where it should be.
    EventMissing,
    /// An event is not canonical JSON.
    EventNotCanonical,
    /// A batch's key, place or events were changed.
    Batch,
    /// The stored checkpoint is missing, damaged, or not the log's.
    Checkpoint,
    /// The log does not contain what its stored checkpoint covers.
    CheckpointMismatch,
    /// The kept checkpoint is not the log's.
    KeptCheckpoint,
    /// The log does not contain what the kept checkpoint covers.
    KeptCheckpointMismatch,
    /// A vault file does not match its name.
    Vault,
}

impl Code {
    /// The code as written in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Vkey => "vkey",
            Code::NotSealed => "not_sealed",
            Code::Seal => "seal",
            Code::FileChanged => "file_changed",
            Code::FileMissing => "file_missing",
            Code::FileUnknown => "file_unknown",
            Code::NotAFile => "not_a_file",
            Code::Unreadable => "unreadable",
            Code::Database => "database",
            Code::EventMissing => "event_missing",
            Code::EventNotCanonical => "event_not_canonical",
            Code::Batch => "batch",
            Code::Checkpoint => "checkpoint",
            Code::CheckpointMismatch => "checkpoint_mismatch",
            Code::KeptCheckpoint => "kept_checkpoint",
            Code::KeptCheckpointMismatch => "kept_checkpoint_mismatch",
            Code::Vault => "vault",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())?;
        if !self.place.is_empty() {
            write!(f, " at {}", self.place)?;
        }
        write!(f, ": {}", self.detail)
    }
}

/// What verification found.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// How many events were read, if the database could be.
    pub size: Option<u64>,
    /// The root over them.
    pub root: Option<Hash>,
    /// The size that the stored checkpoint covers.
    pub checkpoint_size: Option<u64>,
    /// The folder carries a seal.
    pub sealed: bool,
    /// The folder came with its private part.
    pub private_part: bool,
    /// The key that signatures were checked with.
    #[serde(serialize_with = "as_text")]
    pub vkey: Option<VerifierKey>,
    /// Blobs that are gone and were named as erased.
    pub erased: Vec<Commitment>,
    /// Every fault found.
    pub findings: Vec<Finding>,
}

fn as_text<S: Serializer>(vkey: &Option<VerifierKey>, serializer: S) -> Result<S::Ok, S::Error> {
    match vkey {
        Some(vkey) => serializer.collect_str(vkey),
        None => serializer.serialize_none(),
    }
}

impl Report {
    /// Nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    fn find(&mut self, code: Code, place: impl Into<String>, detail: impl fmt::Display) {
        self.findings.push(Finding { code, place: place.into(), detail: detail.to_string() });
    }
}

/// Examines a record's folder. It is only read, never changed.
pub fn verify(dir: &Path, options: &VerifyOptions<'_>) -> Report {
    let mut report = Report {
        size: None,
        root: None,
        checkpoint_size: None,
        sealed: dir.join(Part::Folder.seal()).exists(),
        private_part: dir.join(PRIVATE).exists(),
        vkey: None,
        erased: Vec::new(),
        findings: Vec::new(),
    };
    let vkey = check_vkey(dir, options, &mut report);
    check_files(dir, vkey.as_ref(), options, &mut report);
    // Before the events: a writer may be at work, and the log only ever grows.
    let promises = Promises {
        stored: vkey.as_ref().and_then(|vkey| stored_checkpoint(dir, vkey, &mut report)),
        kept: vkey.as_ref().and_then(|vkey| kept_checkpoint(options, vkey, &mut report)),
    };
    check_events(dir, &promises, &mut report);
    report.vkey = vkey;
    report
}

fn check_vkey(dir: &Path, options: &VerifyOptions<'_>, report: &mut Report) -> Option<VerifierKey> {
    let text = durable::read_text(&dir.join(VKEY));
    let own: Option<VerifierKey> = match text {
        Ok(Some(text)) => match text.strip_suffix('\n').unwrap_or("").parse() {
            Ok(vkey) => Some(vkey),
            Err(error) => {
                report.find(Code::Vkey, VKEY, error);
                None
            }
        },
        Ok(None) => {
            report.find(Code::Vkey, VKEY, "it is missing");
            None
        }
        Err(error) => {
            report.find(Code::Vkey, VKEY, error);
            None
        }
    };
    match options.vkey {
        Some(trusted) => {
            if own.as_ref().is_some_and(|own| own != trusted) {
                report.find(Code::Vkey, VKEY, "it is another key than the expected one");
            }
            Some(trusted.clone())
        }
        None => own,
    }
}

/// The files against the seals, and the vault against its names.
fn check_files(dir: &Path, vkey: Option<&VerifierKey>, options: &VerifyOptions<'_>, report: &mut Report) {
    if !report.sealed {
        if !options.allow_unsealed {
            report.find(Code::NotSealed, "", "the record is in use, or was not closed");
        }
        check_vault_names(dir, report);
        return;
    }
    let Some(vkey) = vkey else { return };
    check_part(dir, Part::Folder, vkey, options, report);
    if report.private_part {
        check_part(dir, Part::Private, vkey, options, report);
    }
}

fn check_part(dir: &Path, part: Part, vkey: &VerifierKey, options: &VerifyOptions<'_>, report: &mut Report) {
    let listing = match seal::read(dir, part, vkey) {
        Ok(Some(listing)) => listing,
        Ok(None) => return report.find(Code::Seal, part.seal(), "it is missing"),
        Err(fault) => return report.find(Code::Seal, part.seal(), chain(&fault)),
    };
    let differences = match seal::compare(dir, part, &listing) {
        Ok(differences) => differences,
        Err(error) => return report.find(Code::Unreadable, "", error),
    };
    for difference in differences {
        judge(difference, options, report);
    }
    check_listed_vault(&listing, report);
}

fn judge(difference: Difference, options: &VerifyOptions<'_>, report: &mut Report) {
    match difference {
        Difference::Changed(path) => {
            report.find(Code::FileChanged, path, "it is not what was sealed");
        }
        Difference::Missing(path) => {
            let erased = vault_name(&path).filter(|name| options.erased.contains(name));
            let absent = !report.private_part && path.starts_with("private/");
            match erased {
                Some(commitment) => report.erased.push(commitment),
                None if absent => (),
                None => report.find(Code::FileMissing, path, "it was sealed and is gone"),
            }
        }
        Difference::Unknown(path) => {
            report.find(Code::FileUnknown, path, "it was not there when the record was closed");
        }
        Difference::NotAFile(path) => {
            report.find(Code::NotAFile, path, "only plain files belong into a record");
        }
        Difference::Unreadable(path, error) => report.find(Code::Unreadable, path, error),
    }
}

/// A sealed vault file's digest is at the same time its name.
fn check_listed_vault(listing: &Listing, report: &mut Report) {
    for (path, sealed) in listing.iter().filter(|(path, _)| path.starts_with("vault/")) {
        if vault_name(path).is_none_or(|name| name.to_string() != sealed.sha256) {
            report.find(Code::Vault, path, "the name is not the digest of the content");
        }
    }
}

fn check_vault_names(dir: &Path, report: &mut Report) {
    let files = match seal::walk(dir) {
        Ok(walk) => walk.files,
        Err(error) => return report.find(Code::Unreadable, "", error),
    };
    for file in files.into_iter().filter(|file| file.path.starts_with("vault/")) {
        if file.path.ends_with(durable::INCOMING) {
            continue;
        }
        match vault::commitment_of_file(&dir.join(&file.path)) {
            Ok(found) if vault_name(&file.path) == Some(found) => (),
            Ok(_) => {
                report.find(Code::Vault, file.path, "the name is not the digest of the content");
            }
            // Erased while this was running.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => (),
            Err(error) => report.find(Code::Unreadable, file.path, error),
        }
    }
}

/// The commitment that a path in the vault stands for, if it is spelt as the vault spells it.
fn vault_name(path: &str) -> Option<Commitment> {
    let (folder, name) = path.strip_prefix(VAULT)?.strip_prefix('/')?.split_once('/')?;
    let commitment: Commitment = name.parse().ok()?;
    name.starts_with(folder).then_some(commitment).filter(|_| folder.len() == 2)
}

/// What the log has signed for.
struct Promises {
    stored: Option<Checkpoint>,
    kept: Option<Checkpoint>,
}

fn stored_checkpoint(dir: &Path, vkey: &VerifierKey, report: &mut Report) -> Option<Checkpoint> {
    let text = match durable::read_text(&dir.join(CHECKPOINT)) {
        Ok(Some(text)) => text,
        Ok(None) => {
            report.find(Code::Checkpoint, CHECKPOINT, "it is missing");
            return None;
        }
        Err(error) => {
            report.find(Code::Checkpoint, CHECKPOINT, error);
            return None;
        }
    };
    match Checkpoint::parse_own(&text, vkey) {
        Ok(checkpoint) => {
            report.checkpoint_size = Some(checkpoint.size());
            Some(checkpoint)
        }
        Err(error) => {
            report.find(Code::Checkpoint, CHECKPOINT, chain(&error));
            None
        }
    }
}

fn kept_checkpoint(options: &VerifyOptions<'_>, vkey: &VerifierKey, report: &mut Report) -> Option<Checkpoint> {
    match Checkpoint::parse(options.kept_checkpoint?, vkey) {
        Ok(checkpoint) => Some(checkpoint),
        Err(error) => {
            report.find(Code::KeptCheckpoint, "", chain(&error));
            None
        }
    }
}

fn check_events(dir: &Path, promises: &Promises, report: &mut Report) {
    let source = match Source::of(dir) {
        Ok(source) => source,
        Err(error) => return report.find(Code::Database, crate::folder::DATABASE, error),
    };
    let store = match source.engine.reader() {
        Ok(store) => store,
        Err(error) => return report.find(Code::Database, crate::folder::DATABASE, chain(&error)),
    };
    match store.examine() {
        Ok(lines) => lines.into_iter().for_each(|line| {
            report.find(Code::Database, crate::folder::DATABASE, line);
        }),
        Err(error) => report.find(Code::Database, crate::folder::DATABASE, chain(&error)),
    }
    match walk_events(store.as_ref(), promises, report) {
        Ok(walk) => walk.keep_promises(promises, report),
        Err(error) => report.find(Code::Database, crate::folder::DATABASE, chain(&error)),
    }
}

/// What walking over the events leaves behind.
struct EventWalk {
    frontier: Frontier,
    /// Roots at the sizes that somebody signed for.
    roots: BTreeMap<u64, Option<Hash>>,
}

fn walk_events(store: &dyn Read, promises: &Promises, report: &mut Report) -> Result<EventWalk, crate::StorageError> {
    let sizes = promises.stored.iter().chain(&promises.kept).map(|promise| (promise.size(), None));
    let mut walk = EventWalk { frontier: Frontier::default(), roots: sizes.collect() };
    let mut batches = BatchWalk::default();
    walk.note_root();
    store.scan(0..u64::MAX, &mut |row| walk.step(&row, &mut batches, report))?;
    if let Some(first) = batches.finish() {
        report.find(Code::Batch, event_at(first), "key, place and events do not belong together");
    }
    Ok(walk)
}

fn event_at(index: impl fmt::Display) -> String {
    format!("event {index}")
}

impl EventWalk {
    fn step(&mut self, row: &Row<'_>, batches: &mut BatchWalk, report: &mut Report) {
        let next = self.frontier.size();
        if i64::try_from(next) != Ok(row.index) {
            report.find(Code::EventMissing, event_at(next), format!("{} is there", row.index));
        }
        if row.body.len() > MAX_EVENT_BYTES {
            report.find(Code::EventNotCanonical, event_at(next), "it is too long");
        } else if let Err(error) = canonical::check(row.body) {
            report.find(Code::EventNotCanonical, event_at(next), error);
        }
        let leaf = leaf_hash(row.body);
        if let Some(first) = batches.step(next, &leaf, row.batch) {
            report.find(Code::Batch, event_at(first), "key, place and events do not belong together");
        }
        self.frontier.push(leaf);
        self.note_root();
    }

    fn note_root(&mut self) {
        let size = self.frontier.size();
        if let Some(root) = self.roots.get_mut(&size) {
            *root = Some(self.frontier.root());
        }
    }

    fn keep_promises(self, promises: &Promises, report: &mut Report) {
        let size = self.frontier.size();
        report.size = Some(size);
        report.root = Some(self.frontier.root());
        let broken = |promise: &Checkpoint| match self.roots.get(&promise.size()) {
            Some(Some(root)) if *root == promise.root() => None,
            Some(Some(_)) => Some("the events it covers were changed".to_owned()),
            _ => Some(format!("it covers {} events and {size} are left", promise.size())),
        };
        if let Some(stored) = &promises.stored {
            match broken(stored) {
                Some(detail) => report.find(Code::CheckpointMismatch, CHECKPOINT, detail),
                None if report.sealed && stored.size() != size => {
                    report.find(Code::CheckpointMismatch, CHECKPOINT, "events follow after it");
                }
                None => (),
            }
        }
        if let Some(detail) = promises.kept.as_ref().and_then(broken) {
            report.find(Code::KeptCheckpointMismatch, "", detail);
        }
    }
}

/// An error with everything behind it, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
