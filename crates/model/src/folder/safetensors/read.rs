//! The numbers of one tensor, read in runs.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::{Entry, Header, Kind};
use crate::folder::LoadFault;
use crate::folder::number::{from_bf16, from_f16};

/// Numbers that are read at once.
const RUN: usize = 1 << 18;

/// An open file of tensors.
#[derive(Debug)]
pub(in crate::folder) struct Stream {
    path: PathBuf,
    file: File,
    pub(in crate::folder) header: Header,
    bytes: Vec<u8>,
}

impl Stream {
    pub(in crate::folder) fn open(path: &Path) -> Result<Self, LoadFault> {
        let mut file = File::open(path).map_err(|source| LoadFault::Read { file: path.to_owned(), source })?;
        let header = Header::read(path, &mut file)?;
        Ok(Self { path: path.to_owned(), file, header, bytes: Vec::new() })
    }

    pub(in crate::folder) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads a tensor into `out`, which has as many numbers as it.
    pub(in crate::folder) fn read(&mut self, entry: &Entry, out: &mut [f32]) -> Result<(), LoadFault> {
        self.seek(entry)?;
        for (run, out) in out.chunks_mut(RUN).enumerate() {
            self.next(entry, run * RUN, out)?;
        }
        Ok(())
    }

    /// The first place at which a tensor is not what stands in `wanted`.
    pub(in crate::folder) fn differs(&mut self, entry: &Entry, wanted: &[f32]) -> Result<Option<usize>, LoadFault> {
        self.seek(entry)?;
        let mut found = vec![0.0; RUN.min(wanted.len())];
        for (run, wanted) in wanted.chunks(RUN).enumerate() {
            let found = &mut found[..wanted.len()];
            self.next(entry, run * RUN, found)?;
            if let Some(place) = found.iter().zip(wanted).position(|(found, wanted)| found != wanted) {
                return Ok(Some(run * RUN + place));
            }
        }
        Ok(None)
    }

    fn seek(&mut self, entry: &Entry) -> Result<(), LoadFault> {
        let sought = self.file.seek(SeekFrom::Start(entry.start));
        sought.map_err(|source| LoadFault::Read { file: self.path.clone(), source })?;
        Ok(())
    }

    /// Reads the next run, which begins `done` numbers into the tensor.
    fn next(&mut self, entry: &Entry, done: usize, out: &mut [f32]) -> Result<(), LoadFault> {
        self.bytes.resize(out.len() * entry.kind.bits() as usize / 8, 0);
        let read = self.file.read_exact(&mut self.bytes);
        read.map_err(|source| LoadFault::Read { file: self.path.clone(), source })?;
        match entry.kind {
            Kind::F32 => decode(&self.bytes, out, f32::from_le_bytes),
            Kind::Bf16 => decode(&self.bytes, out, |bytes| from_bf16(u16::from_le_bytes(bytes))),
            Kind::F16 => decode(&self.bytes, out, |bytes| from_f16(u16::from_le_bytes(bytes))),
            Kind::Other { .. } => {
                let what = format!("its dtype {} is not read; convert it to F32, BF16 or F16", entry.written);
                return Err(LoadFault::Tensor { file: self.path.clone(), tensor: entry.name.clone(), what });
            }
        }
        match out.iter().position(|value| !value.is_finite()) {
            None => Ok(()),
            Some(place) => {
                let what = format!(
                    "the number at {} is {}; weights are finite: take a checkpoint from before the training broke",
                    done + place,
                    out[place]
                );
                Err(LoadFault::Tensor { file: self.path.clone(), tensor: entry.name.clone(), what })
            }
        }
    }
}

fn decode<const N: usize>(bytes: &[u8], out: &mut [f32], number: impl Fn([u8; N]) -> f32) {
    for (out, bytes) in out.iter_mut().zip(bytes.as_chunks::<N>().0) {
        *out = number(*bytes);
    }
}
