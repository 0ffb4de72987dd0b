# shellcheck shell=bash
# For scripts that build with Go: `use_go` puts a Go that is new enough into PATH, or ends the script and says what to do.

# What the go.mod of the Collector's release asks for, and what is taken where an older Go is installed.
readonly GO_MINOR_NEEDED=26
readonly GO_TOOLCHAIN=go1.26.8
readonly GO_CACHE="${SENSORIUM_CACHE:-$HOME/.cache/sensorium}/go"

# Any Go since modules exist can fetch the one that is needed: toolchains are published as a module, which is checked
# against the checksum database like any other. So Debian's Go is good enough, however old.
use_go() {
  if ! command -v go >/dev/null; then
    cat >&2 <<MESSAGE
Go is missing. Install Go 1.$GO_MINOR_NEEDED or newer, or whatever Go your system has (on Debian:
apt-get install --no-install-recommends golang-go); an old one is used only to fetch the right one.
MESSAGE
    exit 1
  fi
  local minor root=$GO_CACHE/$GO_TOOLCHAIN
  minor=$(go env GOVERSION | sed 's/^go1\.\([0-9]*\).*/\1/')
  [ "$minor" -ge "$GO_MINOR_NEEDED" ] && return
  [ -d "$root" ] || fetch_toolchain "$root"
  export GOROOT="$root" PATH="$root/bin:$PATH" GOTOOLCHAIN=local
}

fetch_toolchain() {
  local module folder
  module="golang.org/toolchain@v0.0.1-$GO_TOOLCHAIN.$(go env GOOS)-$(go env GOARCH)"
  printf 'fetching %s, as %s is too old\n' "$GO_TOOLCHAIN" "$(go env GOVERSION)" >&2
  mkdir -p "$GO_CACHE"
  # Outside any module, where `go mod download` takes what it is given.
  folder=$(cd "$GO_CACHE" && go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$/\1/p')
  if [ -z "$folder" ]; then
    printf 'cannot fetch %s; is the module proxy %s reachable?\n' "$module" "$(go env GOPROXY)" >&2
    exit 1
  fi
  rm -rf "$1.partial"
  cp -r "$folder" "$1.partial"
  # The module cache keeps files without their execute bits.
  chmod -R u+w "$1.partial"
  chmod +x "$1.partial"/bin/* "$1.partial"/pkg/tool/*/*
  mv "$1.partial" "$1"
}
