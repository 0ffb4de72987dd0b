"""What no model of sentences knows: that ENOSPC is a full disk, and `moved to dead letter` a message nobody could process.

terms.tsv holds codes, abbreviations and names, phrases.tsv what systems say, each with its meaning in words that people
use. The table reads the term where the teacher reads the meaning, alone and within sentences of the corpus: so the rows
of the term learn where its meaning lies. Each lesson is (what the table reads, what the teacher reads).
"""

import random
from pathlib import Path

HERE = Path(__file__).parent
SEED = 9
FRAMES = [
    "{}", "error {}", "write failed: {}", "{} while reading", "answered {}", "got {} from the server", "open: {}", "{} at start",
    "{} for request", "failed with {}", "{} in the log", "connection: {}", "{} problem", "why {}", "{} again",
]
FRAMES_OF_TERM, SENTENCES_OF_TERM = 7, 9
FRAMES_OF_PHRASE, SENTENCES_OF_PHRASE = 5, 6


def entries(name: str) -> list[tuple[str, str]]:
    lines = (HERE / name).read_text().splitlines()
    return [tuple(line.split("\t")) for line in lines if not line.startswith("#")]


def glossary_lessons(sentences: list[str]) -> list[tuple[str, str, str]]:
    """`sentences`: texts of the corpus that terms are put into."""
    chance = random.Random(SEED)
    short = [text for text in sentences if 3 <= len(text.split()) <= 9]
    lessons = []
    for term, meaning in entries("terms.tsv"):
        lessons.append((term, meaning, "term"))
        lessons += framed(chance, term, meaning, "term", FRAMES_OF_TERM)
        lessons += within(chance, short, term, meaning, "term", SENTENCES_OF_TERM)
    for phrase, meaning in entries("phrases.tsv"):
        # Words of a phrase have meanings of their own, which the teacher knows.
        both = f"{phrase}: {meaning}"
        lessons += [(phrase, meaning, "phrase"), (phrase, both, "phrase"), (phrase, both, "phrase")]
        lessons += framed(chance, phrase, both, "phrase", FRAMES_OF_PHRASE)
        lessons += within(chance, short, phrase, both, "phrase", SENTENCES_OF_PHRASE)
    return lessons


def framed(chance: random.Random, said: str, meant: str, kind: str, count: int) -> list[tuple[str, str, str]]:
    return [(frame.format(said), frame.format(meant), kind) for frame in chance.sample(FRAMES, count)]


def within(chance: random.Random, short: list[str], said: str, meant: str, kind: str, count: int) -> list[tuple[str, str, str]]:
    found = []
    for text in chance.sample(short, count):
        is_last = chance.random() < 0.5
        found.append((f"{text}: {said}", f"{text}: {meant}", kind) if is_last else (f"{said} {text}", f"{meant}: {text}", kind))
    return found
