"""Reads the packages that packages.txt and archives.txt pin and writes the texts that the table is taught with.

    python corpus.py PACKAGES_FOLDER WORK_FOLDER

Only what a package says in prose is read, as data: messages of exceptions and logs, first sentences of docstrings,
documentation in service models, strings of user interfaces. Nothing of a package is run.
"""

import json
import random
import sys
from pathlib import Path

from readers import MAX_CHARS, is_prose, package_texts, plain

SEED = 7
# A package may not outweigh the rest: the texts of a kind that are kept of one.
MAX_OF_PACKAGE = {"message": 1500, "error": 700, "doc": 700, "model": 9000, "ui": 7000, "gloss": 40_000}
# These describe hundreds of services of every trade.
WIDE = {
    ("botocore", "doc"): 25_000,
    ("google_api_python_client", "doc"): 25_000,
}


def main(packages: str, work: str) -> None:
    texts: dict[str, tuple[str, str]] = {}
    for path in sorted([*Path(packages).glob("*.whl"), *Path(packages).glob("*.tgz")]):
        of_kind: dict[str, set[str]] = {}
        for kind, raw in package_texts(path):
            text = plain(raw)[:MAX_CHARS]
            if is_prose(text):
                of_kind.setdefault(kind, set()).add(text)
        package = path.name.split("-")[0]
        counts = {}
        for kind, found in sorted(of_kind.items()):
            limit = WIDE.get((package, kind), MAX_OF_PACKAGE[kind])
            # A chance of its own for each, so that a package more or less changes nothing of the others.
            kept = random.Random(f"{SEED} {package} {kind}").sample(sorted(found), min(limit, len(found)))
            counts[kind] = f"{len(kept)}/{len(found)}"
            for text in kept:
                texts.setdefault(text, (kind, package))
        print(package, counts, flush=True)
    lines = [(text, *origin) for text, origin in sorted(texts.items())]
    random.Random(SEED).shuffle(lines)
    Path(work, "texts.json").write_text(json.dumps(lines))
    print(len(lines), "texts")


if __name__ == "__main__":
    main(*sys.argv[1:3])
