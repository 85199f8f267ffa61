//! The printable stand-ins of bytes in byte-level vocabularies, as GPT-2 introduced them: a byte that prints in Latin-1
//! stands for itself, the 68 others for U+0100 and on, in order.

/// Whether the byte stands for itself.
const fn prints(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF)
}

/// The stand-in of each byte.
const CHARACTERS: [char; 256] = {
    let mut characters = ['\0'; 256];
    let (mut byte, mut moved) = (0_usize, 0_u8);
    while byte < 256 {
        characters[byte] = if prints(byte as u8) {
            byte as u8 as char
        } else {
            let low = moved;
            moved += 1;
            // U+0100 to U+0143 lie outside u8: the table of surrogates is not touched, so the conversion always holds.
            match char::from_u32(0x100 + low as u32) {
                Some(character) => character,
                None => '\0',
            }
        };
        byte += 1;
    }
    characters
};

/// The byte of each stand-in from U+0000 to U+0143; 256 where there is none.
const BYTES: [u16; 0x144] = {
    let mut bytes = [256; 0x144];
    let mut byte = 0;
    while byte < 256 {
        bytes[CHARACTERS[byte] as usize] = byte as u16;
        byte += 1;
    }
    bytes
};

/// The bytes in order of their stand-ins: the order of ids in GPT-2's vocabulary and in that of Hugging Face's trainer.
pub(super) const ORDER: [u8; 256] = {
    let mut order = [0; 256];
    let (mut place, mut byte) = (0, 0);
    while byte < 512 {
        // All that print, then all that do not.
        if prints((byte % 256) as u8) == (byte < 256) {
            order[place] = (byte % 256) as u8;
            place += 1;
        }
        byte += 1;
    }
    order
};

/// Bytes as the vocabulary of a `tokenizer.json` spells them.
pub(super) fn spell(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| CHARACTERS[usize::from(byte)]).collect()
}

/// The bytes of a token so spelt; `None` where a character stands for no byte.
pub(super) fn unspell(token: &str) -> Option<Vec<u8>> {
    token.chars().map(|character| BYTES.get(character as usize).and_then(|&byte| u8::try_from(byte).ok())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_is_gpt_2s() {
        assert_eq!(spell(b" a\n\t\x00\xAD~\x7F"), "Ġa\u{10A}\u{109}\u{100}\u{143}~\u{121}");
        assert_eq!(spell("한".as_bytes()), "íķľ");
        let order: Vec<char> = ORDER.iter().map(|&byte| CHARACTERS[usize::from(byte)]).collect();
        assert!(order.is_sorted());
        assert_eq!((order[0], order[255]), ('!', '\u{143}'));
    }

    #[test]
    fn every_byte_comes_back_and_nothing_else_does() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(unspell(&spell(&all)), Some(all));
        for stranger in [" ", "\u{7F}", "\u{144}", "한", "▁"] {
            assert_eq!(unspell(stranger), None, "{stranger:?}");
        }
    }
}
