#!/usr/bin/env bash
# Builds the stock OpenTelemetry Collector that collector/builder.yaml describes, with the official builder (ocb), and
# telemetrygen of the same release. Prints where they are, as lines for `eval`:
#
#   OTELCOL=/…/otelcol-sensorium
#   TELEMETRYGEN=/…/telemetrygen
#
# Both lie in the cache, ${SENSORIUM_CACHE:-$HOME/.cache/sensorium}, under a name made of the manifest and of Go's
# version: the first run takes minutes (5 on two idle cores, and 3 GB of memory at its peak), later ones nothing.
set -euo pipefail

MANIFEST="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/collector/builder.yaml"
readonly CACHE="${SENSORIUM_CACHE:-$HOME/.cache/sensorium}/collector"
RELEASE="v$(sed -n 's/^  version: //p' "$MANIFEST")"
readonly MANIFEST RELEASE
# A module proxy that fails now mostly answers a moment later; what was fetched is kept.
readonly ATTEMPTS=3

say() { printf 'collector: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# shellcheck source=scripts/real/go.sh
. "$(dirname "${BASH_SOURCE[0]}")/go.sh"

retry() {
  local attempt
  for attempt in $(seq "$ATTEMPTS"); do
    "$@" && return
    [ "$attempt" = "$ATTEMPTS" ] || { say "attempt $attempt of $ATTEMPTS failed: $*"; sleep 5; }
  done
  return 1
}

# build FOLDER: leaves both programs in FOLDER, statically linked.
build() {
  export CGO_ENABLED=0
  mkdir -p "$1/source"
  sed "s|^  output_path: .*|  output_path: $1/source|" "$MANIFEST" >"$1/builder.yaml"
  say "building the collector $RELEASE with $(go env GOVERSION); log: $CACHE/build.log"
  {
    GOBIN="$1" retry go install "go.opentelemetry.io/collector/cmd/builder@$RELEASE" &&
      GOBIN="$1" retry go install -trimpath -ldflags='-s -w' \
        "github.com/open-telemetry/opentelemetry-collector-contrib/cmd/telemetrygen@$RELEASE" &&
      retry "$1/builder" --config "$1/builder.yaml"
  } >"$CACHE/build.log" 2>&1 || die "the build failed; the end of $CACHE/build.log:
$(tail -n 8 "$CACHE/build.log")"
  mv "$1/source/otelcol-sensorium" "$1/"
  # The sources are ocb's to make again; its copy of 150 MB is not worth keeping.
  rm -rf "$1/source" "$1/builder" "$1/builder.yaml"
}

main() {
  mkdir -p "$CACHE"
  use_go
  local key folder
  key=$( (grep -v '^ *#' "$MANIFEST"; go env GOVERSION GOOS GOARCH) | sha256sum | cut -c1-16)
  folder="$CACHE/$RELEASE-$key"
  # Two callers at once build once; an interrupted build leaves a folder of another name, which the next one removes.
  exec 9>"$CACHE/lock"
  flock 9
  if [ ! -d "$folder" ]; then
    rm -rf "$folder.partial"
    build "$folder.partial"
    mv "$folder.partial" "$folder"
  fi
  printf 'OTELCOL=%s\nTELEMETRYGEN=%s\n' "$folder/otelcol-sensorium" "$folder/telemetrygen"
}

main "$@"
