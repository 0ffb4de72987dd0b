"""How a text becomes words. embeddings/static does the same; words.cases.json there holds cases that both keep."""

import json
import re
import unicodedata
from pathlib import Path

MAX_CHARS, MAX_WORD = 8192, 64
UNFOLDED = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"})
CASES = Path(__file__).parent / "../static/words.cases.json"


def split_name(text: str) -> str:
    """`PSQLException` is `PSQL Exception`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)


def folded(text: str) -> str:
    """Letters without their marks."""
    if text.isascii():
        return text
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.category(c).startswith("M"))
    return plain.translate(UNFOLDED)


def words_of(text: str) -> list[str]:
    return [word[:MAX_WORD] for word in re.findall(r"[a-z0-9]+", split_name(folded(text[:MAX_CHARS])).lower())]


def for_teacher(text: str) -> str:
    """The teacher reads prose better than punctuation."""
    return re.sub(r"[_/\\.\-:;,(){}\[\]\"'<>=@#|*+?!]+", " ", split_name(text))


def check() -> None:
    for text, words in json.loads(CASES.read_text()):
        assert words_of(text) == words, (text, words_of(text), words)
