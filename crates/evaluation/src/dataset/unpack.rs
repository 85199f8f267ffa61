//! Compressed files, unpacked once into the cache.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::fault::DatasetFault;

/// Unpacked bytes beyond this, and more than [`RATIO`] times the packed ones, are taken for a bomb.
const PLAIN: u64 = if cfg!(test) { 1 << 20 } else { 1 << 28 };
/// Real data packs by 3 to 20; a run of equal bytes by 1,000 in gzip and far more in zstd and bzip2.
const RATIO: u64 = 200;

/// The ways of packing, by the end of a file's name.
pub(super) const PACKED: [&str; 4] = ["gz", "zst", "bz2", "gzip"];

/// The file to read for `path`: itself, or what it unpacks to, kept in `cache` until the file changes.
pub(super) fn plain(path: &Path, cache: &Path) -> Result<PathBuf, DatasetFault> {
    let packing = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
    if !PACKED.contains(&packing) {
        return Ok(path.to_owned());
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let (target, ready) = place(path, cache, &stem)?;
    if !ready {
        let part = part(&target)?;
        let written = unpack(path, packing, &part);
        if written.is_err() {
            drop(fs::remove_file(&part));
        }
        written?;
        fs::rename(&part, &target).map_err(DatasetFault::disk(&target))?;
    }
    Ok(target)
}

/// Where something made of `path` is kept, and whether it is there; the name tells one state of the file from another.
pub(super) fn place(path: &Path, cache: &Path, name: &str) -> Result<(PathBuf, bool), DatasetFault> {
    let real = path.canonicalize().map_err(DatasetFault::disk(path))?;
    let state = fs::metadata(&real).map_err(DatasetFault::disk(path))?;
    let changed =
        state.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
    let key = format!("{}\n{}\n{}", real.display(), state.len(), changed.as_nanos());
    let folder = cache.join(&hex::encode(Sha256::digest(key))[..32]);
    fs::create_dir_all(&folder).map_err(DatasetFault::disk(&folder))?;
    let target = folder.join(name);
    let ready = target.is_file();
    Ok((target, ready))
}

/// A name beside `target` that nobody else writes to.
pub(super) fn part(target: &Path) -> Result<PathBuf, DatasetFault> {
    let mut name = [0; 8];
    getrandom::fill(&mut name)
        .map_err(|fault| DatasetFault::file(target.display(), format!("no random name: {fault}")))?;
    Ok(target.with_extension(format!("{}.part", hex::encode(name))))
}

fn unpack(path: &Path, packing: &str, to: &Path) -> Result<(), DatasetFault> {
    let packed = File::open(path).map_err(DatasetFault::disk(path))?;
    let size = packed.metadata().map_err(DatasetFault::disk(path))?.len();
    let packed = BufReader::new(packed);
    let mut unpacked: Box<dyn Read> = match packing {
        "zst" => {
            Box::new(zstd::Decoder::with_buffer(packed).map_err(|fault| DatasetFault::file(path.display(), fault))?)
        }
        "bz2" => Box::new(bzip2::read::MultiBzDecoder::new(packed)),
        _ => Box::new(flate2::read::MultiGzDecoder::new(packed)),
    };
    let limit = PLAIN.max(size.saturating_mul(RATIO));
    let mut out = BufWriter::new(File::create(to).map_err(DatasetFault::disk(to))?);
    let (mut total, mut buffer) = (0_u64, vec![0; 1 << 16]);
    loop {
        let taken = unpacked.read(&mut buffer).map_err(|fault| DatasetFault::file(path.display(), fault))?;
        if taken == 0 {
            break;
        }
        total += taken as u64;
        if total > limit {
            let reason = format!("unpacks to more than {limit} bytes from {size}; unpack it by hand if that is right");
            return Err(DatasetFault::file(path.display(), reason));
        }
        out.write_all(&buffer[..taken]).map_err(DatasetFault::disk(to))?;
    }
    out.flush().map_err(DatasetFault::disk(to))
}
