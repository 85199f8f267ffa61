//! Files that are either whole or absent after a power cut: write beside, sync, rename, sync the
//! folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::tree::Hash;

/// A file that will appear under its name all at once, or never.
pub(crate) struct Incoming {
    file: File,
    path: PathBuf,
    landed: bool,
}

impl Incoming {
    /// A new file under a temporary name, readable by its owner only.
    pub(crate) fn new(path: PathBuf) -> io::Result<Incoming> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        Ok(Incoming { file, path, landed: false })
    }

    pub(crate) fn land(mut self, at: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, at)?;
        self.landed = true;
        sync_parent(at)
    }
}

impl Write for Incoming {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.landed {
            // Best effort: what stays behind is swept when the record is next opened.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The ending of files that never landed.
pub(crate) const INCOMING: &str = ".incoming";

/// Writes a small file, replacing what is there.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = incoming(path);
    remove_if_there(&beside)?;
    let mut incoming = Incoming::new(beside)?;
    incoming.write_all(bytes)?;
    incoming.land(path)
}

/// The temporary name beside a file.
fn incoming(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(INCOMING);
    name.into()
}

/// Whether the disk takes anything at all: writes and syncs a file of that size, and removes it.
pub(crate) fn probe(beside: &Path, size_bytes: usize) -> io::Result<()> {
    let path = incoming(beside);
    remove_if_there(&path)?;
    let mut probe = Incoming::new(path)?;
    probe.write_all(&vec![0; size_bytes])?;
    probe.file.sync_all()
}

/// Removes what an interrupted run left half written in a folder.
pub(crate) fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(INCOMING) {
            remove_file(&path)?;
        }
    }
    Ok(())
}

/// Writes a file's bytes over themselves and syncs it, if it is there.
pub(crate) fn rewrite_file(path: &Path) -> io::Result<()> {
    let mut file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut piece = vec![0; 1 << 16];
    let mut at = 0;
    loop {
        file.seek(SeekFrom::Start(at))?;
        let count = file.read(&mut piece)?;
        if count == 0 {
            return file.sync_all();
        }
        file.seek(SeekFrom::Start(at))?;
        file.write_all(&piece[..count])?;
        at += count as u64;
    }
}

/// Removes a file for good; `false` if there was none.
pub(crate) fn remove_file(path: &Path) -> io::Result<bool> {
    let removed = remove_if_there(path)?;
    if removed {
        sync_parent(path)?;
    }
    Ok(removed)
}

fn remove_if_there(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes the folder itself durable: without this a rename may be forgotten.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Makes a file durable that somebody else wrote.
pub(crate) fn sync_file(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |parent| sync_folder(or_here(parent)))
}

/// The parent of a bare name is the empty path, which no system call understands.
fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// Creates a folder and what is missing above it, each name durably.
pub(crate) fn create_folders(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    folder.parent().map_or(Ok(()), |parent| create_folders(or_here(parent)))?;
    fs::create_dir(folder)?;
    sync_parent(folder)
}

/// Creates a folder that only its owner may enter, durably.
pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) => Err(error),
        Ok(()) => sync_parent(folder),
    }
}

/// A file's text, or `None` if there is no such file.
pub(crate) fn read_text(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// SHA-256 and length of a file, read in pieces.
pub(crate) fn digest_file(path: &Path) -> io::Result<(Hash, u64)> {
    use sha2::{Digest as _, Sha256};

    struct Hashing(Sha256);
    impl Write for Hashing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let mut hashing = Hashing(Sha256::new());
    let mut file = io::BufReader::with_capacity(1 << 16, File::open(path)?);
    let size_bytes = io::copy(&mut file, &mut hashing)?;
    Ok((Hash::from(<[u8; 32]>::from(hashing.0.finalize())), size_bytes))
}
