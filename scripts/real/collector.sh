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

readonly MANIFEST="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/collector/builder.yaml"
readonly CACHE="${SENSORIUM_CACHE:-$HOME/.cache/sensorium}/collector"
readonly RELEASE="v$(sed -n 's/^  version: //p' "$MANIFEST")"
# What the release's go.mod asks for, and what is taken where an older Go is installed.
readonly GO_MINOR_NEEDED=26
readonly GO_TOOLCHAIN=go1.26.8
# A module proxy that fails now mostly answers a moment later; what was fetched is kept.
readonly ATTEMPTS=3

say() { printf 'collector: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Any Go can fetch the toolchain that is needed: it is a module like others, checked against the checksum database.
use_go() {
  command -v go >/dev/null || die "Go is missing. Install Go 1.$GO_MINOR_NEEDED or newer, or any Go from 1.17 that your
  system has (Debian: apt-get install --no-install-recommends golang-go); the right one is then fetched by it."
  local minor
  minor=$(go env GOVERSION | sed 's/^go1\.\([0-9]*\).*/\1/')
  [ "$minor" -ge "$GO_MINOR_NEEDED" ] && return
  local root="$CACHE/$GO_TOOLCHAIN"
  if [ ! -d "$root" ]; then
    say "$(go env GOVERSION) is too old; fetching $GO_TOOLCHAIN"
    local module fetched
    module="golang.org/toolchain@v0.0.1-$GO_TOOLCHAIN.$(go env GOOS)-$(go env GOARCH)"
    # In a folder without a go.mod, where `go mod download` takes any module.
    fetched=$(cd "$CACHE" && retry go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$/\1/p')
    [ -n "$fetched" ] || die "cannot fetch $module; is the module proxy ($(go env GOPROXY)) reachable?"
    rm -rf "$root.partial"
    cp -r "$fetched" "$root.partial"
    # The module cache holds files without their execute bits.
    chmod -R u+w "$root.partial" && chmod +x "$root.partial"/bin/* "$root.partial"/pkg/tool/*/*
    mv "$root.partial" "$root"
  fi
  export GOROOT="$root" PATH="$root/bin:$PATH" GOTOOLCHAIN=local
}

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
  key=$( (cat "$MANIFEST"; go env GOVERSION GOOS GOARCH) | sha256sum | cut -c1-16)
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
