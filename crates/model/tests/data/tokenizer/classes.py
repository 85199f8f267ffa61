"""Writes src/tokenizer/unicode.rs: what `\\p{L}` and `\\p{N}` are to Hugging Face `tokenizers` (Oniguruma).

usage: classes.py > ../../../src/tokenizer/unicode.rs      (tokenizers 0.23.3)
"""

from tokenizers import Regex, pre_tokenizers

CHARACTERS = [chr(code) for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]
HEAD = """//! Unicode's letters and numbers, frozen at version 16.0: a tokenizer must not cut text otherwise because a library's
//! tables moved. It is the version that Hugging Face `tokenizers` 0.23 (Oniguruma) and the regex crates have.
//!
//! Written by `tests/data/tokenizer/classes.py`; a test holds every code point against the regex crate.
"""


def runs(pattern):
    """First and last code point of each run of characters that the pattern removes."""
    cut = pre_tokenizers.Split(Regex(pattern), "removed")
    found = []
    for start in range(0, len(CHARACTERS), 4096):
        text = "".join(CHARACTERS[start : start + 4096])
        kept = {character for piece, _ in cut.pre_tokenize_str(text) for character in piece}
        found += [ord(character) for character in text if character not in kept]
    out = []
    for code in found:
        if out and out[-1][1] == code - 1:
            out[-1][1] = code
        else:
            out.append([code, code])
    return out


def table(name, category):
    lines = [
        "",
        f"/// General category {category} (`\\p{{{category}}}`): first and last code point of each run, in turn.",
        f"pub(super) const {name}: &[u32] = &[",
    ]
    line = "   "
    for first, last in runs(rf"\p{{{category}}}"):
        for item in (f" 0x{first:X},", f" 0x{last:X},"):
            if len(line) + len(item) > 120:
                lines.append(line)
                line = "   "
            line += item
    return lines + [line, "];"]


print(HEAD + "\n".join(table("LETTERS", "L") + table("NUMBERS", "N")))
