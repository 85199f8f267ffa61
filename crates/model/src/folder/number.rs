//! Numbers of sixteen bits, and their bytes in a file.

/// How weights are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// As they are, to the bit.
    #[default]
    F32,
    /// Half as long: the upper half of an f32, rounded to nearest, ties to even.
    Bf16,
}

impl Precision {
    /// Its name in `config.json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "float32",
            Self::Bf16 => "bfloat16",
        }
    }

    /// Bytes of one weight.
    pub(super) fn bytes(self) -> u64 {
        match self {
            Self::F32 => 4,
            Self::Bf16 => 2,
        }
    }
}

/// The nearest bf16, ties to even. What is not a number stays so.
///
/// Source: the rounding of IEEE 754-2019, clause 4.3.1, applied to the upper sixteen bits.
pub(super) fn to_bf16(value: f32) -> u16 {
    let bits = value.to_bits();
    if value.is_nan() {
        return (bits >> 16) as u16 | 0x40;
    }
    let odd = (bits >> 16) & 1;
    // Cannot pass the end: the largest bits of a number that is one are infinity's, 0x7f80_0000 and its negative.
    ((bits + 0x7fff + odd) >> 16) as u16
}

pub(super) fn from_bf16(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

/// The value of a number of sixteen bits: five of exponent, ten of fraction.
///
/// Source: IEEE 754-2019, clause 3.4, binary16.
pub(super) fn from_f16(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let exponent = u32::from(bits >> 10) & 0x1f;
    let fraction = u32::from(bits & 0x3ff);
    let size = match exponent {
        // Below the least normal number: a whole number of 2^-24, and f32 holds each of them.
        0 => (fraction as f32 * f32::from_bits(0x3380_0000)).to_bits(),
        0x1f => 0x7f80_0000 | (fraction << 13),
        _ => ((exponent + 112) << 23) | (fraction << 13),
    };
    f32::from_bits(sign | size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_f16_is_the_number_its_bits_say() {
        for bits in 0..=u16::MAX {
            let exponent = i32::from(bits >> 10 & 0x1f);
            let fraction = f64::from(bits & 0x3ff) / 1024.0;
            let size = match exponent {
                0 => fraction * 2f64.powi(-14),
                31 if fraction == 0.0 => f64::INFINITY,
                31 => f64::NAN,
                _ => (1.0 + fraction) * 2f64.powi(exponent - 15),
            };
            let wanted = if bits & 0x8000 == 0 { size } else { -size } as f32;
            let found = from_f16(bits);
            assert!(found.to_bits() == wanted.to_bits() || (found.is_nan() && wanted.is_nan()), "{bits:04x}");
        }
    }

    #[test]
    fn every_bf16_survives_and_the_middle_goes_to_the_even_one() {
        for bits in 0..=u16::MAX {
            let value = from_bf16(bits);
            if value.is_nan() {
                assert!(from_bf16(to_bf16(value)).is_nan());
                continue;
            }
            assert_eq!(to_bf16(value), bits);
            if value.is_infinite() {
                continue;
            }
            let middle = u32::from(bits) << 16 | 0x8000;
            assert_eq!(to_bf16(f32::from_bits(middle)), bits + (bits & 1), "{bits:04x}");
            assert_eq!(to_bf16(f32::from_bits(middle - 1)), bits, "{bits:04x}");
            assert_eq!(to_bf16(f32::from_bits(middle + 1)), bits + 1, "{bits:04x}");
        }
    }
}
