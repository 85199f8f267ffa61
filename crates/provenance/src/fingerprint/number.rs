//! Numbers of every kind that weights are written in, as floats of 32 bits.

use half::bf16;

use crate::weights::Dtype;

/// Fills `out` with the numbers in `bytes`, without their factors. Kinds that are no weights are left zero.
#[inline(always)]
pub(super) fn decode(dtype: Dtype, bytes: &[u8], out: &mut [f32]) {
    match dtype {
        Dtype::Bf16 => each(bytes, out, |bytes| bf16::from_le_bytes(bytes).to_f32_plain()),
        Dtype::F16 => each(bytes, out, |bytes| from_f16(u16::from_le_bytes(bytes))),
        Dtype::F32 => each(bytes, out, f32::from_le_bytes),
        Dtype::F64 => each(bytes, out, |bytes| f64::from_le_bytes(bytes) as f32),
        Dtype::I8 => each(bytes, out, |[byte]| f32::from(byte as i8)),
        Dtype::U8 => each(bytes, out, |[byte]| f32::from(byte)),
        Dtype::I32 => each(bytes, out, |bytes| i32::from_le_bytes(bytes) as f32),
        Dtype::F8E4M3 => each(bytes, out, |[byte]| E4M3[usize::from(byte)]),
        Dtype::F8E5M2 => each(bytes, out, |[byte]| from_f16(u16::from(byte) << 8)),
        Dtype::F8E8M0 => each(bytes, out, |[byte]| from_e8m0(byte)),
        _ => out.fill(0.0),
    }
}

#[inline(always)]
fn each<const N: usize>(bytes: &[u8], out: &mut [f32], number: impl Fn([u8; N]) -> f32) {
    for (out, bytes) in out.iter_mut().zip(bytes.as_chunks::<N>().0) {
        *out = number(*bytes);
    }
}

/// The upper half of an f32, which vectorises where the conversion that quiets NaN does not.
trait Plain {
    fn to_f32_plain(self) -> f32;
}

impl Plain for bf16 {
    #[inline(always)]
    fn to_f32_plain(self) -> f32 {
        f32::from_bits(u32::from(self.to_bits()) << 16)
    }
}

/// The value of a number of sixteen bits (IEEE 754-2019, clause 3.4, binary16), without a branch: the exponent is moved by
/// a product, which also makes the numbers below the least normal one right.
#[inline(always)]
fn from_f16(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let size = u32::from(bits & 0x7fff) << 13;
    let value = f32::from_bits(size) * f32::from_bits(0x7780_0000);
    let top = if bits & 0x7c00 == 0x7c00 { 0x7f80_0000 } else { 0 };
    f32::from_bits(value.to_bits() | top | sign)
}

/// A power of two, as microscaling formats write their factors (OCP Microscaling Formats 1.0, section 5.4.1).
fn from_e8m0(byte: u8) -> f32 {
    match byte {
        0xff => f32::NAN,
        0 => f32::from_bits(1 << 22),
        exponent => f32::from_bits(u32::from(exponent) << 23),
    }
}

/// The values of E4M3 (OCP 8-bit Floating Point Specification 1.0): four bits of exponent with bias 7, three of fraction,
/// no infinity.
static E4M3: [f32; 256] = e4m3();

const fn e4m3() -> [f32; 256] {
    let mut values = [0.0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (exponent, fraction) = ((byte >> 3) & 15, byte & 7);
        let size = match (exponent, fraction) {
            (15, 7) => f32::NAN,
            (0, _) => fraction as f32 / 512.0,
            _ => f32::from_bits(((exponent + 120) << 23 | fraction << 20) as u32),
        };
        values[byte] = if byte < 128 { size } else { -size };
        byte += 1;
    }
    values
}

/// A number of sixteen bits as the library `half` has it, for the tests.
#[cfg(test)]
fn reference(bits: u16) -> f32 {
    half::f16::from_bits(bits).to_f32()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_is_what_the_library_has() {
        for bits in 0..=u16::MAX {
            let (ours, theirs) = (from_f16(bits), reference(bits));
            assert!(ours.to_bits() == theirs.to_bits() || (ours.is_nan() && theirs.is_nan()), "{bits:#x}");
        }
    }

    #[test]
    fn numbers_of_eight_bits_are_those_of_their_tables() {
        let one = |dtype, byte: u8| {
            let mut out = [0.0];
            decode(dtype, &[byte], &mut out);
            out[0]
        };
        for (byte, value) in
            [(0x00, 0.0), (0x01, 0.001953125), (0x08, 0.015625), (0x38, 1.0), (0x7e, 448.0), (0xb8, -1.0)]
        {
            assert_eq!(one(Dtype::F8E4M3, byte), value);
        }
        assert!(one(Dtype::F8E4M3, 0x7f).is_nan() && one(Dtype::F8E4M3, 0xff).is_nan());
        for (byte, value) in [(0x01, 2f32.powi(-16)), (0x3c, 1.0), (0x7b, 57344.0), (0x7c, f32::INFINITY)] {
            assert_eq!(one(Dtype::F8E5M2, byte), value);
        }
        assert_eq!((one(Dtype::F8E8M0, 127), one(Dtype::F8E8M0, 0)), (1.0, 2f32.powi(-127)));
        assert_eq!((one(Dtype::I8, 0xff), one(Dtype::U8, 0xff)), (-1.0, 255.0));
    }

    #[test]
    fn wide_numbers_are_read_and_rounded() {
        let mut out = [0.0; 1];
        for (dtype, bytes) in [(Dtype::F64, 0.1f64.to_le_bytes().to_vec()), (Dtype::F32, 0.1f32.to_le_bytes().to_vec())]
        {
            decode(dtype, &bytes, &mut out);
            assert_eq!(out[0], 0.1);
        }
        decode(Dtype::Bf16, &[0x80, 0x3f], &mut out);
        assert_eq!(out[0], 1.0);
    }
}
