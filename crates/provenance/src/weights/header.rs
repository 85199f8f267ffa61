//! The header of a safetensors file: what tensors it holds, of what shape, where.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::os::unix::fs::FileExt as _;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::entries::Entries;
use super::{Dtype, HeaderFault};

/// The longest header that the format allows, in bytes.
pub const MOST_HEADER: u64 = 100_000_000;

/// The most tensors in a file. The largest mixtures of experts have about 100,000 in all their files.
pub const MOST_TENSORS: usize = 1_000_000;

/// The most dimensions of a tensor.
pub const MOST_DIMENSIONS: usize = 16;

/// One tensor of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// How its numbers are written.
    pub dtype: Dtype,
    /// Its sizes, slowest first.
    pub shape: Vec<u64>,
    /// Its first byte, from the end of the header.
    pub start: u64,
    /// Its bytes.
    pub bytes: u64,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// The tensors, in the order of their bytes.
    pub tensors: Vec<Entry>,
    /// The texts under `__metadata__`.
    pub metadata: BTreeMap<String, String>,
    /// Where the tensors' bytes begin in the file.
    pub first: u64,
}

impl Header {
    /// Reads the header of an open file. Nothing is allocated before its length is known to be possible.
    ///
    /// # Errors
    ///
    /// What the system says as the outer error; what is wrong with the header as the inner one.
    pub fn read(file: &File) -> std::io::Result<Result<Self, HeaderFault>> {
        let bytes = file.metadata()?.len();
        if bytes < 8 {
            return Ok(Err(HeaderFault::Short { bytes }));
        }
        let mut length = [0; 8];
        file.read_exact_at(&mut length, 0)?;
        let says = u64::from_le_bytes(length);
        let most = MOST_HEADER.min(bytes - 8);
        if says > most {
            return Ok(Err(HeaderFault::Length { says, most }));
        }
        let mut text = vec![0; says as usize];
        file.read_exact_at(&mut text, 8)?;
        Ok(Self::parse(&text, bytes - 8 - says))
    }

    /// Reads a header's text and holds it against the bytes of data that follow it.
    ///
    /// # Errors
    ///
    /// When it is no JSON object followed by spaces at most, a name stands twice, a tensor's bytes are not as its shape
    /// says, or a byte of the data belongs to no tensor or to two.
    pub fn parse(text: &[u8], data: u64) -> Result<Self, HeaderFault> {
        let length = text.len() as u64;
        if length > MOST_HEADER {
            return Err(HeaderFault::Length { says: length, most: MOST_HEADER });
        }
        let wrong = |what: String| HeaderFault::Text { what };
        if text.first() != Some(&b'{') {
            return Err(wrong("does not begin with `{`".to_owned()));
        }
        let unpadded = text.trim_ascii_end();
        if text[unpadded.len()..].iter().any(|byte| *byte != b' ') || unpadded.last() != Some(&b'}') {
            return Err(wrong("is followed by something else than spaces".to_owned()));
        }
        let unpadded = str::from_utf8(unpadded).map_err(|fault| wrong(format!("is no UTF-8: {fault}")))?;
        let raw: RawHeader = serde_json::from_str(unpadded).map_err(|fault| wrong(format!("is malformed: {fault}")))?;
        let mut header = Self { tensors: Vec::new(), metadata: raw.metadata, first: 8 + length };
        header.tensors.reserve_exact(raw.tensors.len());
        for (name, raw) in raw.tensors {
            header.tensors.push(entry(name, raw, data)?);
        }
        check_names(&mut header.tensors)?;
        header.tensors.sort_by_key(|entry| (entry.start, entry.bytes));
        check_order(&header.tensors, data)?;
        Ok(header)
    }

    /// The tensor of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.tensors.iter().find(|entry| entry.name == name)
    }
}

struct RawHeader {
    tensors: Vec<(String, RawTensor)>,
    metadata: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTensor {
    dtype: Dtype,
    #[serde(deserialize_with = "shape")]
    shape: Vec<u64>,
    data_offsets: [u64; 2],
}

impl<'de> Deserialize<'de> for RawHeader {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = RawHeader;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawHeader, A::Error> {
                let mut tensors = Vec::new();
                let mut metadata = None;
                while let Some(key) = map.next_key::<String>()? {
                    if key == "__metadata__" {
                        if metadata.replace(map.next_value::<Entries<String>>()?.0).is_some() {
                            return Err(A::Error::custom("`__metadata__` stands twice"));
                        }
                    } else if tensors.len() == MOST_TENSORS {
                        return Err(A::Error::custom(format_args!("more than {MOST_TENSORS} tensors in one file")));
                    } else {
                        tensors.push((key, map.next_value()?));
                    }
                }
                Ok(RawHeader { tensors, metadata: metadata.unwrap_or_default() })
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// Sizes, no more of them than there may be.
fn shape<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
    struct Sizes;

    impl<'de> Visitor<'de> for Sizes {
        type Value = Vec<u64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of whole numbers")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<u64>, A::Error> {
            let mut sizes = Vec::new();
            while let Some(size) = list.next_element()? {
                if sizes.len() == MOST_DIMENSIONS {
                    return Err(A::Error::custom(format_args!("a shape of more than {MOST_DIMENSIONS} dimensions")));
                }
                sizes.push(size);
            }
            Ok(sizes)
        }
    }

    deserializer.deserialize_seq(Sizes)
}

fn fault(name: &str, what: String) -> HeaderFault {
    HeaderFault::Tensor { tensor: name.chars().take(200).collect(), what }
}

fn entry(name: String, raw: RawTensor, data: u64) -> Result<Entry, HeaderFault> {
    let [from, to] = raw.data_offsets;
    if from > to || to > data {
        return Err(fault(&name, format!("its bytes {from} to {to} do not lie in the {data} bytes of data")));
    }
    let numbers = raw.shape.iter().try_fold(1u64, |product, size| product.checked_mul(*size));
    let bits = numbers.and_then(|numbers| numbers.checked_mul(raw.dtype.bits()));
    let wanted = bits.filter(|bits| bits % 8 == 0).map(|bits| bits / 8);
    if wanted != Some(to - from) {
        let should = wanted.map_or("no countable number of bytes".to_owned(), |bytes| format!("{bytes} bytes"));
        let what = format!("it has {} bytes where {} of shape {:?} has {should}", to - from, raw.dtype, raw.shape);
        return Err(fault(&name, what));
    }
    Ok(Entry { name, dtype: raw.dtype, shape: raw.shape, start: from, bytes: to - from })
}

/// Leaves the tensors sorted by name.
fn check_names(tensors: &mut [Entry]) -> Result<(), HeaderFault> {
    tensors.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    match tensors.array_windows().find(|[one, other]| one.name == other.name) {
        Some([one, _]) => Err(fault(&one.name, "its name stands twice where every name may stand once".to_owned())),
        None => Ok(()),
    }
}

/// Every byte of the data belongs to exactly one tensor.
fn check_order(tensors: &[Entry], data: u64) -> Result<(), HeaderFault> {
    let mut next = 0;
    for entry in tensors {
        if entry.start != next {
            let how = if entry.start < next { "overlaps the tensor before it" } else { "leaves a gap before it" };
            let what = format!("it begins at byte {} of the data and {how}; it must begin at {next}", entry.start);
            return Err(fault(&entry.name, what));
        }
        next += entry.bytes;
    }
    if next == data { Ok(()) } else { Err(HeaderFault::Tail { bytes: data - next }) }
}
