#!/usr/bin/env bash
# Builds deploy/kubernetes with kustomize, and checks what comes out against the schemas of Kubernetes' API, unknown
# fields being faults. Needs no cluster; Go and Python for the two tools, which are kept in the cache.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly KUSTOMIZE=v5.8.1 VALIDATE=1.37.0 KUBERNETES=1.37.0
readonly FOLDER="${SENSORIUM_CACHE:-$HOME/.cache/sensorium}/kubernetes-$KUSTOMIZE-$VALIDATE"

die() { printf 'check-kubernetes: %s\n' "$*" >&2; exit 1; }

mkdir -p "$FOLDER"
if [ ! -x "$FOLDER/kustomize" ]; then
  # shellcheck source=scripts/real/go.sh
  . scripts/real/go.sh
  use_go
  GOBIN="$FOLDER" CGO_ENABLED=0 go install "sigs.k8s.io/kustomize/kustomize/v5@$KUSTOMIZE" 2>"$FOLDER/build.log" ||
    die "cannot build kustomize; see $FOLDER/build.log"
fi
if [ ! -x "$FOLDER/python/bin/kubernetes-validate" ]; then
  # Packages in a folder rather than a virtual environment: Debian's Python brings no venv.
  python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target "$FOLDER/python" \
    "kubernetes-validate==$VALIDATE" setuptools || die 'cannot install kubernetes-validate'
fi

for part in base collector; do
  "$FOLDER/kustomize" build "deploy/kubernetes/$part" >"$FOLDER/$part.yaml" || die "$part does not build"
  PYTHONPATH="$FOLDER/python" python3 -W ignore "$FOLDER/python/bin/kubernetes-validate" -k "$KUBERNETES" --strict \
    "$FOLDER/$part.yaml" || die "$part is not valid"
done
# Network policies go by this label of pods.
[ "$(grep -cE '^ {8}app.kubernetes.io/part-of: sensorium$' "$FOLDER/base.yaml")" = 2 ] || die 'pods have no label'
echo 'Kubernetes: builds and is valid'
