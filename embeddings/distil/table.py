"""The file that embeddings/static/table.ts reads, and the page that tells what it is."""

import hashlib
import json
from pathlib import Path

import numpy as np

VERSION = "2"
ORIGIN = {
    "version": VERSION,
    "license": "Apache-2.0",
    "teacher": {"model": "sentence-transformers/all-MiniLM-L6-v2", "license": "Apache-2.0"},
    "vocabulary": "of the teacher (BERT, Apache-2.0), words of English and of the corpus, a-z and 0-9 only",
    "corpus": "embeddings/distil/packages.txt and archives.txt name each package and its licence; terms.tsv and phrases.tsv are our own",
    "made_by": "embeddings/distil/run.sh",
}


def write_table(path: str, tokens: list[str], vectors: np.ndarray) -> None:
    """A line of JSON, the tokens one a line, a float32 scale for each row, the rows as int8: little-endian, no padding."""
    scales = np.abs(vectors).max(1) / 127
    rows = np.round(vectors / np.maximum(scales, 1e-12)[:, None]).astype(np.int8)
    head = {"format": 1, "rows": len(tokens), "dimensions": vectors.shape[1]}
    content = json.dumps(head).encode() + b"\n" + "\n".join(tokens).encode() + b"\n"
    content += scales.astype("<f4").tobytes() + rows.tobytes()
    Path(path).write_bytes(content)
    page = {**ORIGIN, **head, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    Path(path).with_suffix(".json").write_text(json.dumps(page, indent=2) + "\n")
