"""Checks of instructions that a program can decide.

A constraint is {"kind": ..., "number": ..., "texts": [...]}. What a kind means is said beside it below; a port in another
language has to give the same, so nothing here leans on a locale, a library or a table of Unicode.
"""

import json

SPACE = " \t\n\r\u00a0\u3000"
MARKS = ".!?\u2026\u3002\uff01\uff1f"
CLOSERS = "\"')]}\u2019\u201d\u300d\u300f\u300b>*_`"
OPENERS = "\"'([{\u2018\u201c\u300c\u300e\u300a<*_`"
INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOWER = "abcdefghijklmnopqrstuvwxyz"
DIGITS = "0123456789"


def lower(text):
    """Lower case, of ASCII letters only."""
    return "".join(LOWER[UPPER.index(c)] if c in UPPER else c for c in text)


def words(text):
    """What stands between white space."""
    for c in SPACE:
        text = text.replace(c, " ")
    return [word for word in text.split(" ") if word]


def lines(text):
    """Lines without the space around them; empty ones do not count."""
    return [line for line in (line.strip(SPACE) for line in text.split("\n")) if line]


def paragraphs(text):
    """Runs of lines between empty lines."""
    count, inside = 0, False
    for line in text.split("\n"):
        filled = line.strip(SPACE) != ""
        count += filled and not inside
        inside = filled
    return count


def sentences(text):
    """Pieces that end with a mark, closed or not by quotes or brackets, before white space or the end; a line ends one."""
    found, piece = [], ""
    for index, c in enumerate(text):
        following = text[index + 1] if index + 1 < len(text) else " "
        piece += c
        if c == "\n" or (following in SPACE and piece.rstrip(CLOSERS)[-1:] in tuple(MARKS)):
            found.append(piece)
            piece = ""
    found.append(piece)
    return [s for s in (s.strip(SPACE) for s in found) if s.strip(MARKS + CLOSERS + OPENERS + SPACE)]


def core(sentence):
    """A sentence without the marks and quotes at its ends."""
    return sentence.strip(SPACE).rstrip(MARKS + CLOSERS + SPACE).lstrip(OPENERS)


def characters(text):
    """How many characters there are, white space apart."""
    return sum(c not in SPACE for c in text)


def times(text, part):
    return lower(text).count(lower(part))


def only_items(text, is_item):
    """How many lines are items of a list."""
    return sum(is_item(line) for line in lines(text))


def is_bullet(line):
    return line.startswith(("- ", "* "))


def numbered(text):
    """How many lines are numbered, if the numbers are 1, 2, 3 and so on; else -1."""
    found = []
    for line in lines(text):
        head = line.split(".")[0]
        if head and "." in line and all(c in DIGITS for c in head):
            found.append(head)
    return len(found) if found == [str(n) for n in range(1, len(found) + 1)] else -1


def unfenced(text):
    """What stands in a Markdown fence that encloses the whole text; else the text."""
    text = text.strip(SPACE)
    if text.startswith("```") and text.endswith("```") and "\n" in text and len(text) > 6:
        return text[text.index("\n") + 1 : -3]
    return text


def refuse(_):
    raise ValueError("not JSON")


def finite(number):
    value = float(number)
    return value if abs(value) != float("inf") else refuse(number)


def parsed(text):
    """The JSON value, or None. Names that JSON does not have, and numbers without end, are not JSON."""
    try:
        value = json.loads(unfenced(text).strip(SPACE), parse_constant=refuse, parse_float=finite)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
        return value
    except (ValueError, RecursionError):
        return None


def is_hangul(c):
    return "\uac00" <= c <= "\ud7a3" or "\u3131" <= c <= "\u318e" or "\u1100" <= c <= "\u11ff"


def foreign(c):
    """A letter or digit of another script: Latin, digits, Greek, Cyrillic, kana, Han."""
    ranges = ("09", "AZ", "az", "\u00c0\u024f", "\u0370\u052f", "\u3041\u30ff", "\u3400\u4dbf", "\u4e00\u9fff", "\uff10\uff19", "\uff21\uff3a", "\uff41\uff5a")
    return any(low <= c <= high for low, high in ranges)


def every_sentence(text, holds):
    found = [core(sentence) for sentence in sentences(text)]
    return bool(found) and all(holds(sentence) for sentence in found)


def initials(text):
    """The first consonants of a text of Hangul syllables; None if there is anything else in it."""
    text = "".join(c for c in text if c not in SPACE + MARKS + CLOSERS + OPENERS)
    if not text or not all("\uac00" <= c <= "\ud7a3" for c in text):
        return None
    return "".join(INITIALS[(ord(c) - 0xAC00) // 588] for c in text)


def bare(text):
    return lower(core(text))


KINDS = {
    # So many words, sentences, characters, lines or paragraphs.
    "words_min": lambda text, n, _: len(words(text)) >= n,
    "words_max": lambda text, n, _: len(words(text)) <= n,
    "words_exact": lambda text, n, _: len(words(text)) == n,
    "sentences_min": lambda text, n, _: len(sentences(text)) >= n,
    "sentences_max": lambda text, n, _: len(sentences(text)) <= n,
    "sentences_exact": lambda text, n, _: len(sentences(text)) == n,
    "chars_min": lambda text, n, _: characters(text) >= n,
    "chars_max": lambda text, n, _: characters(text) <= n,
    "lines_min": lambda text, n, _: len(lines(text)) >= n,
    "lines_exact": lambda text, n, _: len(lines(text)) == n,
    "paragraphs": lambda text, n, _: paragraphs(text) == n,
    "line_words": lambda text, n, _: all(len(words(line)) == n for line in lines(text)),
    # Lists.
    "bullets": lambda text, n, _: only_items(text, is_bullet) == n,
    "numbered": lambda text, n, _: numbered(text) == n,
    # Words that must or must not be there.
    "keywords": lambda text, _, texts: all(times(text, part) > 0 for part in texts),
    "keyword_times": lambda text, n, texts: times(text, texts[0]) >= n,
    "forbidden": lambda text, _, texts: all(times(text, part) == 0 for part in texts),
    "starts_with": lambda text, _, texts: text.startswith(texts[0]),
    "ends_with": lambda text, _, texts: text.endswith(texts[0]),
    "last_line_starts_with": lambda text, _, texts: lines(text)[-1].startswith(texts[0]),
    "line_initials": lambda text, _, texts: len(lines(text)) == len(texts)
    and all(lower(line).startswith(lower(part)) for line, part in zip(lines(text), texts)),
    "one_of": lambda text, _, texts: bare(text) in [lower(part) for part in texts],
    # Form.
    "json_keys": lambda text, _, texts: isinstance(parsed(text), dict) and sorted(parsed(text)) == sorted(texts),
    "json_list": lambda text, n, _: isinstance(parsed(text), list)
    and len(parsed(text)) == n
    and all(isinstance(entry, str) for entry in parsed(text)),
    "title": lambda text, _, __: lines(text)[0].startswith("<<") and lines(text)[0].endswith(">>") and len(lines(text)[0]) > 4,
    "quoted": lambda text, _, __: len(text) > 2
    and (text[0] == text[-1] == '"' or (text[0] == "\u201c" and text[-1] == "\u201d")),
    # Letters.
    "no_commas": lambda text, _, __: not any(c in ",\uff0c\u3001" for c in text),
    "no_digits": lambda text, _, __: not any(c in DIGITS or "\uff10" <= c <= "\uff19" for c in text),
    "no_latin": lambda text, _, __: not any(c in UPPER + LOWER for c in text),
    "lowercase": lambda text, _, __: any(c in LOWER for c in text) and not any(c in UPPER for c in text),
    "uppercase": lambda text, _, __: any(c in UPPER for c in text) and not any(c in LOWER for c in text),
    # Korean.
    "hangul_only": lambda text, _, __: any(is_hangul(c) for c in text) and not any(foreign(c) for c in text),
    "formal": lambda text, _, __: every_sentence(text, lambda s: s.endswith(("니다", "니까"))),
    "haeyo": lambda text, _, __: every_sentence(text, lambda s: s.endswith("요")),
    "polite": lambda text, _, __: every_sentence(text, lambda s: s.endswith(("요", "니다", "니까"))),
    "plain": lambda text, _, __: every_sentence(text, lambda s: s.endswith("다") and not s.endswith("니다")),
    "initials": lambda text, _, texts: initials(text) == texts[0],
}


def keeps(text, constraint):
    """Whether a text keeps a constraint; an empty text keeps none."""
    text = text.strip(SPACE)
    return bool(text) and bool(KINDS[constraint["kind"]](text, constraint["number"], constraint["texts"]))


def check(doc, results):
    """For `process_results`: whether all constraints are kept, and the share of them that is."""
    kept = [keeps(results[0], constraint) for constraint in doc["constraints"]]
    return {"prompt_acc": float(all(kept)), "instruction_acc": sum(kept) / len(kept)}
