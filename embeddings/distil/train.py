"""Trains a vector for every token, so that the sum of a text's vectors points where the teacher's vector of it does.

    python train.py WORK_FOLDER OUT_FILE [--steps N] [--dimensions N]

The loss is the cosine with the teacher's vector, brought to few dimensions by its principal axes. Half of what is no
question is seen as Sensorium stores them: behind the name of a service, or behind the class and the frame of an exception; so these
rows learn to say little. Adam over the rows that a batch holds, numpy alone.
"""

import argparse
import json
import random
import time
from collections import Counter
from pathlib import Path

import numpy as np
import scipy.sparse as sparse

from table import write_table
from words import check, words_of

SEED = 1
BATCH = 768
RATE = 0.01
WARM_UP = 30
DECORATED = 0.5
ENDINGS = ["ts", "py", "java", "go", "cs", "js", "rb", "kt", "php", "rs"]
GENERAL_ERRORS = ["Error", "TypeError", "Exception", "RuntimeError", "panic", "DataError", "ClientError", "HttpError"]


class Vocabulary:
    """Words to rows: the whole word, or the longest pieces from the left."""

    def __init__(self, tokens: list[str]):
        self.row = {token: i for i, token in enumerate(tokens)}
        self.longest = max(map(len, tokens))
        self.kept: dict[str, list[int]] = {}

    def pieces(self, word: str) -> list[int]:
        found = self.kept.get(word)
        if found is None:
            found, at = [], 0
            while at < len(word):
                end = min(len(word), at + self.longest)
                while end > at and (row := self.row.get(word[:end] if at == 0 else "##" + word[at:end])) is None:
                    end -= 1
                if end == at:
                    at += 1
                else:
                    found.append(row)
                    at = end
            self.kept[word] = found
        return found

    def rows(self, text: str) -> list[int]:
        return [row for word in words_of(text) for row in self.pieces(word)]


def matrix(rows: list[list[int]], width: int) -> sparse.csr_matrix:
    """One line a text: how often it holds each row."""
    bounds = np.concatenate([[0], np.cumsum([len(r) for r in rows])])
    columns = np.concatenate([np.array(r, np.int32) for r in rows] or [np.zeros(0, np.int32)])
    counted = sparse.csr_matrix((np.ones(len(columns), np.float32), columns, bounds), shape=(len(rows), width))
    counted.sum_duplicates()
    return counted


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def start(vectors: np.ndarray, ranks: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """What the teacher says of the token alone, and the less the more frequent it is (Zipf's law stands in for counts)."""
    order = ranks + 2
    share = 1 / (order * np.log(len(order)))
    weight = 1e-3 / (1e-3 + share)
    rows = ((vectors - vectors.mean(0)) @ axes * weight[:, None]).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1).mean()


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("work")
    options.add_argument("out")
    options.add_argument("--steps", type=int, default=930)
    options.add_argument("--dimensions", type=int, default=128)
    given = options.parse_args()
    check()
    chance, numbers = random.Random(SEED), np.random.default_rng(SEED)

    stored = np.load(Path(given.work, "tokens.npz"))
    tokens = [str(token) for token in stored["tokens"]]
    lessons = json.loads(Path(given.work, "lessons.json").read_text())
    teacher = np.load(Path(given.work, "taught.npy")).astype(np.float32)
    spread, axes = np.linalg.eigh(teacher.T @ teacher / len(teacher))
    axes = axes[:, np.argsort(-spread)][:, : given.dimensions]
    goals = unit(teacher @ axes)
    table = start(stored["vectors"].astype(np.float32), stored["ranks"], axes)

    words = Vocabulary(tokens)
    rows = [words.rows(read) for read, _, _ in lessons]
    counts = Counter(w for _, text, _ in lessons for w in set(words_of(text)))
    common = [w for w, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[150:3_000] if len(w) > 3]
    heads = [text.split(":")[0] for text, _, kind in lessons if kind in ("error", "model")]
    errors = sorted({head.replace(" ", "") for head in heads if head.count(" ") < 5})
    errors += GENERAL_ERRORS * (len(errors) // 40)

    def decorated(i: int) -> list[int]:
        if lessons[i][2] == "question":
            return rows[i]
        service = chance.choice(common) + (f"-{chance.choice(common)}" if chance.random() < 0.5 else "")
        if chance.random() < 0.5:
            return words.rows(service) + rows[i]
        error, a, b, c = chance.choice(errors), *chance.choices(common, k=3)
        place = f"{chance.choice(['src', 'app', 'lib', 'internal', b])}/{c}.{chance.choice(ENDINGS)}"
        return words.rows(f"{service}: {error} at {a}{b.title()} in {place} {error}: ") + rows[i]

    mean, square = np.zeros_like(table), np.zeros_like(table)
    seen = np.zeros(len(table), np.float32)
    order, at = numbers.permutation(len(lessons)), 0
    told, summed, began = 0.0, 0, time.process_time()
    for step in range(1, given.steps + 1):
        if at + BATCH > len(lessons):
            order, at = numbers.permutation(len(lessons)), 0
        batch = order[at : at + BATCH]
        at += BATCH
        texts = [rows[i] for i in batch] + [decorated(i) if chance.random() < DECORATED else rows[i] for i in batch]
        counted = matrix(texts, len(table))
        columns, places = np.unique(counted.indices, return_inverse=True)
        counted = sparse.csr_matrix((counted.data, places, counted.indptr), shape=(len(texts), len(columns)))
        own = table[columns]
        sums = np.asarray(counted @ own)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True) + 1e-6
        pointing = sums / lengths
        goal = np.concatenate([goals[batch], goals[batch]])
        told += float((pointing * goal).sum(1).mean())
        summed += 1
        pull = -goal / len(batch)
        gradient = counted.T @ ((pull - pointing * (pull * pointing).sum(1, keepdims=True)) / lengths).astype(np.float32)
        rate = RATE * min(1, step / WARM_UP) * 0.5 * (1 + np.cos(np.pi * step / given.steps))
        seen[columns] += 1
        times = seen[columns][:, None]
        mean[columns] = mean[columns] * 0.9 + 0.1 * gradient
        square[columns] = square[columns] * 0.98 + 0.02 * gradient * gradient
        table[columns] = own - rate * (mean[columns] / (1 - 0.9**times)) / (np.sqrt(square[columns] / (1 - 0.98**times)) + 1e-7)
        if step % 150 == 0 or step == given.steps:
            print(f"step {step}: cosine {told / summed:.4f}, {time.process_time() - began:.0f} CPU s", flush=True)
            told, summed = 0.0, 0
    write_table(given.out, tokens, table)


if __name__ == "__main__":
    main()
