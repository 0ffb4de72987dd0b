#!/usr/bin/env bash
# Checks docker-compose.yml against the Compose specification with its reference implementation, compose-go: the code
# that `docker compose config` runs, which needs no Docker engine. Also that without a .env the file is refused, with
# the names of the secrets: there is no default password. Needs Go; tests/compose checks what the specification does
# not know.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly RELEASE=v2.16.2
readonly FOLDER="${SENSORIUM_CACHE:-$HOME/.cache/sensorium}/compose-go-$RELEASE"

die() { printf 'check-compose: %s\n' "$*" >&2; exit 1; }

if [ ! -x "$FOLDER/cmd" ]; then
  mkdir -p "$FOLDER"
  # shellcheck source=scripts/real/go.sh
  . scripts/real/go.sh
  use_go
  GOBIN="$FOLDER" CGO_ENABLED=0 go install "github.com/compose-spec/compose-go/v2/cmd@$RELEASE" 2>"$FOLDER/build.log" ||
    die "cannot build compose-go; see $FOLDER/build.log"
fi

"$FOLDER/cmd" -no-interpolation docker-compose.yml >/dev/null || die 'docker-compose.yml is not valid'

# The tool looks nowhere for values, so every variable that the file requires is missing.
refusal=$("$FOLDER/cmd" docker-compose.yml 2>&1 >/dev/null) && die 'docker-compose.yml works without secrets'
for secret in POSTGRES_PASSWORD SENSORIUM_READER_PASSWORD SENSORIUM_OTLP_TOKEN GRAFANA_ADMIN_PASSWORD; do
  grep -q "required variable $secret is missing" <<<"$refusal" || die "$secret is not required; the refusal: $refusal"
done
echo 'docker-compose.yml: valid, and refused without its secrets'
