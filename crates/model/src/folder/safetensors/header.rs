//! The header of a safetensors file: what tensors it holds, of what shape, where.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};

use super::Entries;
use crate::folder::LoadFault;

/// The longest header that the format allows.
const MOST_HEADER: u64 = 100_000_000;

/// How the numbers of a tensor are written, of those that can be read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// IEEE 754, 32 bits.
    F32,
    /// The upper half of an f32.
    Bf16,
    /// IEEE 754, 16 bits.
    F16,
    /// Another of the format's kinds of numbers, this many bits wide.
    Other {
        /// Bits of a number.
        bits: u64,
    },
}

impl Kind {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "F32" => Self::F32,
            "BF16" => Self::Bf16,
            "F16" => Self::F16,
            "F4" => Self::Other { bits: 4 },
            "F6_E2M3" | "F6_E3M2" => Self::Other { bits: 6 },
            "BOOL" | "U8" | "I8" | "F8_E5M2" | "F8_E4M3" | "F8_E8M0" | "F8_E4M3FNUZ" | "F8_E5M2FNUZ" => {
                Self::Other { bits: 8 }
            }
            "I16" | "U16" => Self::Other { bits: 16 },
            "I32" | "U32" => Self::Other { bits: 32 },
            "I64" | "U64" | "F64" | "C64" => Self::Other { bits: 64 },
            _ => return None,
        })
    }

    /// Bits of one number.
    #[must_use]
    pub fn bits(self) -> u64 {
        match self {
            Self::F32 => 32,
            Self::Bf16 | Self::F16 => 16,
            Self::Other { bits } => bits,
        }
    }
}

/// One tensor of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// How its numbers are written, e.g. `BF16`.
    pub written: String,
    /// The same, understood.
    pub kind: Kind,
    /// Its sizes, slowest first.
    pub shape: Vec<u64>,
    /// Its first byte, from the start of the file.
    pub start: u64,
    /// Its bytes.
    pub bytes: u64,
}

/// What a file holds, in the order of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The tensors, by where they stand.
    pub entries: Vec<Entry>,
}

/// An entry as JSON has it; `__metadata__` stands among them and is something else.
enum Raw {
    Metadata,
    Other,
    Tensor(RawTensor),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTensor {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: [u64; 2],
}

/// Texts by name, none of which says anything about tensors.
struct Texts;

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Entries::<String>::deserialize(deserializer).map(|_| Self)
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Tensor(RawTensor),
            Metadata(Texts),
            Other(IgnoredAny),
        }
        Ok(match Either::deserialize(deserializer)? {
            Either::Tensor(tensor) => Self::Tensor(tensor),
            Either::Metadata(Texts) => Self::Metadata,
            Either::Other(_) => Self::Other,
        })
    }
}

impl Header {
    /// Reads the header of an open file and holds it against the length of the file.
    ///
    /// # Errors
    ///
    /// [`LoadFault::Read`], [`LoadFault::Malformed`] for a header that is none, [`LoadFault::Tensor`] for a tensor whose
    /// bytes do not fit its shape or its neighbours.
    pub fn read(path: &Path, file: &mut File) -> Result<Self, LoadFault> {
        let read = |source| LoadFault::Read { file: path.to_owned(), source };
        let malformed = |what: String| LoadFault::Malformed { file: path.to_owned(), what };
        let whole = file.metadata().map_err(read)?.len();
        let mut length = [0; 8];
        if whole < 8 {
            return Err(malformed(format!("{whole} bytes are no safetensors file; the least is ten")));
        }
        file.read_exact(&mut length).map_err(read)?;
        let length = u64::from_le_bytes(length);
        if length > MOST_HEADER || length > whole - 8 {
            let most = MOST_HEADER.min(whole - 8);
            return Err(malformed(format!(
                "the header says it is {length} bytes long where at most {most} can be; the file is cut off or no \
                 safetensors file: fetch it again"
            )));
        }
        // Bounded by the length of the file, so that a lie costs nothing.
        let mut text = Vec::new();
        file.take(length).read_to_end(&mut text).map_err(read)?;
        if text.first() != Some(&b'{') {
            return Err(malformed("the header does not begin with `{`; fetch the file again".to_owned()));
        }
        let entries: Entries<Raw> = serde_json::from_slice(&text)
            .map_err(|fault| malformed(format!("the header is not as it must be: {fault}")))?;
        Self::check(path, entries, 8 + length, whole)
    }

    fn check(path: &Path, raw: Entries<Raw>, first: u64, whole: u64) -> Result<Self, LoadFault> {
        let mut entries = Vec::new();
        for (name, raw) in raw.0 {
            match raw {
                Raw::Metadata if name == "__metadata__" => {}
                Raw::Other if name == "__metadata__" => {
                    let what = "`__metadata__` in the header must hold texts only".to_owned();
                    return Err(LoadFault::Malformed { file: path.to_owned(), what });
                }
                Raw::Metadata | Raw::Other => {
                    let what = "must have exactly `dtype`, `shape` and `data_offsets`, of whole numbers".to_owned();
                    return Err(LoadFault::Tensor { file: path.to_owned(), tensor: name, what });
                }
                Raw::Tensor(raw) => entries.push(entry(path, name, raw, first, whole)?),
            }
        }
        entries.sort_by_key(|entry| (entry.start, entry.bytes));
        check_order(path, &entries, first, whole)?;
        Ok(Self { entries })
    }

    /// The tensor of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }
}

fn entry(path: &Path, name: String, raw: RawTensor, first: u64, whole: u64) -> Result<Entry, LoadFault> {
    let [from, to] = raw.data_offsets;
    let data = whole - first;
    let Some(kind) = Kind::of(&raw.dtype) else {
        let what = format!("its dtype {} is none of the format's; fetch the file again", raw.dtype);
        return Err(LoadFault::Tensor { file: path.to_owned(), tensor: name, what });
    };
    let numbers = raw.shape.iter().try_fold(1u64, |product, size| product.checked_mul(*size));
    let bits = numbers.and_then(|numbers| numbers.checked_mul(kind.bits()));
    let wanted = bits.filter(|bits| bits % 8 == 0).map(|bits| bits / 8);
    let what = if from > to || to > data {
        format!("its bytes {from} to {to} do not lie in the {data} bytes of data; the file is cut off: fetch it again")
    } else if wanted != Some(to - from) {
        let should = wanted.map_or("more bytes than can be counted".to_owned(), |bytes| format!("{bytes} bytes"));
        format!("it has {} bytes where {} of shape {:?} has {should}", to - from, raw.dtype, raw.shape)
    } else {
        let (start, bytes) = (first + from, to - from);
        return Ok(Entry { name, written: raw.dtype, kind, shape: raw.shape, start, bytes });
    };
    Err(LoadFault::Tensor { file: path.to_owned(), tensor: name, what })
}

/// Every byte after the header belongs to exactly one tensor.
fn check_order(path: &Path, entries: &[Entry], first: u64, whole: u64) -> Result<(), LoadFault> {
    let mut next = first;
    for entry in entries {
        if entry.start != next {
            let how = if entry.start < next { "overlaps the tensor before it" } else { "leaves a gap before it" };
            let what = format!(
                "begins at byte {} of the data and {how}; it must begin at {}",
                entry.start - first,
                next - first
            );
            return Err(LoadFault::Tensor { file: path.to_owned(), tensor: entry.name.clone(), what });
        }
        next += entry.bytes;
    }
    if next != whole {
        let what =
            format!("{} bytes after the last tensor belong to none; the header and the data do not fit", whole - next);
        return Err(LoadFault::Malformed { file: path.to_owned(), what });
    }
    Ok(())
}
