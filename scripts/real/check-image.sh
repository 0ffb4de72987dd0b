#!/usr/bin/env bash
# Rehearses the Dockerfile without a Docker engine: takes what .dockerignore leaves, runs the RUN step, starts the
# image's command as a user without rights on a TimescaleDB, and asks the image's own health check. Needs root, and
# the Node that the image names (node_modules/.bin/node). Works in a network namespace of its own, where the ports
# that config/container.yaml names are free whatever runs on the machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly DATABASE_PORT=54399
readonly READY_LIMIT_S=60

die() { printf 'check-image: %s\n' "$*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || die 'needs root: it makes a network namespace and changes the user'

if [ -z "${CHECK_IMAGE_ISOLATED:-}" ]; then
  scripts/real/timescale.sh build
  # npm needs the network, so this comes before the isolation.
  image=$(mktemp -d /tmp/sensorium-image-XXXXXX)
  trap 'rm -rf "$image"' EXIT
  excludes=()
  while read -r pattern; do
    case $pattern in
      '' | '#'*) ;;
      '**/'*) excludes+=(--no-anchored --exclude="${pattern#'**/'}") ;;
      *) excludes+=(--anchored --exclude="./$pattern") ;;
    esac
  done <.dockerignore
  tar -c "${excludes[@]}" . | tar -x -C "$image"
  cp .npmrc "$image/"
  export PATH="$PWD/node_modules/.bin:$PATH"
  run=$(sed -n 's/^RUN //p' Dockerfile)
  [ -n "$run" ] || die 'the Dockerfile has no RUN step'
  (cd "$image" && bash -c "$run")
  printf 'check-image: %s in all, %s of it node_modules\n' \
    "$(du -sh "$image" | cut -f1)" "$(du -sh "$image/node_modules" | cut -f1)"
  chmod -R go+rX "$image"
  CHECK_IMAGE_ISOLATED=$image unshare --net "${BASH_SOURCE[0]}"
  exit
fi

ip link set lo up
timescale() { "$ROOT/scripts/real/timescale.sh" "$1" "$DATABASE_PORT" "${@:2}"; }
ROOT=$PWD
database=$(timescale up --data /tmp/sensorium-image-database)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; timescale down' EXIT

# instruction NAME: the words of its JSON array, one per line.
instruction() {
  node -e '
    const lines = require("node:fs").readFileSync("Dockerfile", "utf8").replaceAll("\\\n", "").split("\n")
    const line = lines.find(line => line.startsWith(process.argv[1] + " "))
    console.log(JSON.parse(line.slice(line.indexOf("["))).join("\n"))' "$1"
}
mapfile -t start < <(instruction ENTRYPOINT; instruction CMD)
mapfile -t probe < <(instruction HEALTHCHECK)

cd "$CHECK_IMAGE_ISOLATED"
as_node=(setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs env HOME=/nonexistent NODE_ENV=production
  DATABASE_URL="$database" SENSORIUM_OTLP_TOKEN=0123456789abcdef0123456789abcdef)
"${as_node[@]}" "${start[@]}" &
server=$!
deadline=$((SECONDS + READY_LIMIT_S))
until "${as_node[@]}" "${probe[@]}"; do
  kill -0 "$server" 2>/dev/null || die 'Sensorium ended before it was ready'
  [ "$SECONDS" -lt "$deadline" ] || die "Sensorium is not ready after $READY_LIMIT_S s"
  sleep 0.2
done
kill -TERM "$server"
wait "$server" || die "Sensorium ended with $? after SIGTERM"
echo 'check-image: built, started without rights, healthy, stopped'
