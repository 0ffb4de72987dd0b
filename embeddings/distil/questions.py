"""What people ask when something is wrong, made of nouns of the corpus and of complaints: "parcel label is missing".

A question is written otherwise than documentation, and the table has to read both. Nobody's questions are in here: the
nouns are those of the corpus that WordNet has, the complaints are the lists below.
"""

import random
import re
import tarfile
from collections import Counter
from pathlib import Path

SEED = 5
MIN_TEXTS, MIN_TEXTS_OF_VERB, MIN_PAIRS, MAX_PAIRS = 15, 25, 6, 6_000
STOP = set(
    "a an the of to in on for and or is be been are was were it its this that as at by with from if when not no new one use "
    "used using can may must should will would any all more same other such only given default".split()
)
STATES = (
    "fails|is broken|is slow|is very slow|hangs|is stuck|is missing|is empty|is full|is wrong|is down|is lost|is not found|"
    "is not available|cannot be reached|does not answer|takes too long|timed out|was rejected|was refused|was cancelled|"
    "is invalid|has expired|ran out|keeps failing|is not updated|was deleted|is locked|is blocked|is duplicated|is delayed|"
    "is too large|is corrupt|crashed|stopped working|restarts over and over|does not start|does not load|cannot be opened|"
    "cannot be read|cannot be written|cannot be saved|is out of sync|is overloaded|is too hot|is offline|disappeared|"
    "is not delivered|arrives twice|is not sent|is denied|is forbidden|is not allowed|is not accepted|is not created|"
    "is unknown|keeps growing|is running low|was lost|succeeded|was created|was updated|has started|was finished|"
    "is not trusted|does not match|is out of range"
).split("|")
PEOPLE = "customers|users|people|shoppers|drivers|patients|players|clients|the team|someone|buyers|employees|guests|partners|we".split("|")
DOINGS = (
    "find|see|open|read|change|save|delete|send|receive|buy|pay for|cancel|download|upload|print|update|create|use|reach|"
    "load|get|book|order|return|register|connect to"
).split("|")
FAILINGS = ["fail", "hang", "take so long", "not work", "break", "stop", "crash"]


def questions(texts: list[str], wordnet: Path, count: int) -> list[str]:
    nouns, pairs = names_of_things(texts, wordnet)
    chance = random.Random(SEED)

    def thing() -> str:
        return chance.choice(pairs) if chance.random() < 0.45 else chance.choice(nouns)

    def question() -> str:
        kind = chance.random()
        if kind < 0.4:
            return f"{thing()} {chance.choice(STATES)}"
        if kind < 0.55:
            return f"{chance.choice(PEOPLE)} cannot {chance.choice(DOINGS)} {chance.choice(['the ', '', 'their ', 'a '])}{thing()}"
        if kind < 0.63:
            return f"why does the {thing()} {chance.choice(FAILINGS)}"
        if kind < 0.70:
            return f"{thing()} {chance.choice(STATES)} {chance.choice(['after', 'during', 'because of', 'while using', 'before'])} {thing()}"
        if kind < 0.76:
            return f"too many {chance.choice(nouns)}s in the {thing()}"
        if kind < 0.82:
            return f"no {thing()} for {thing()}"
        if kind < 0.88:
            return f"{thing()} from {thing()} to {thing()}"
        if kind < 0.94:
            return f"{thing()} of the {thing()} {chance.choice(STATES)}"
        return f"wrong {thing()} in {thing()}"

    found: dict[str, None] = {}
    while len(found) < count:
        found.setdefault(question())
    return list(found)


def names_of_things(texts: list[str], wordnet: Path) -> tuple[list[str], list[str]]:
    """Nouns, and nouns that follow each other often, the most frequent first and of equal counts in the order of letters."""
    counts: Counter[str] = Counter()
    followed: Counter[tuple[str, str]] = Counter()
    for text in texts:
        words = re.findall(r"[a-z]+", text.lower())
        counts.update(set(words))
        followed.update(set(zip(words, words[1:])))
    is_noun, is_verb = lemmas(wordnet, "noun"), lemmas(wordnet, "verb")
    frequent = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:6_000]
    nouns = [
        word
        for word, n in frequent
        if n >= (MIN_TEXTS_OF_VERB if word in is_verb else MIN_TEXTS) and word in is_noun and len(word) > 2 and word not in STOP
    ]
    among = set(nouns)
    often = sorted(followed.items(), key=lambda item: (-item[1], item[0]))
    pairs = [f"{a} {b}" for (a, b), n in often if n >= MIN_PAIRS and a in among and b in among and a != b][:MAX_PAIRS]
    return nouns, pairs


def lemmas(wordnet: Path, part: str) -> set[str]:
    with tarfile.open(wordnet) as archive:
        lines = archive.extractfile(f"package/dict/index.{part}").read().decode("latin1").splitlines()
    return {line.split(" ", 1)[0] for line in lines if not line.startswith(" ")}
