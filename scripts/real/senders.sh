#!/usr/bin/env bash
# Makes ready what the genuine senders of tests/real/senders need, and prints where it is, as lines for `eval`:
#
#   PYTHON_PACKAGES=/…          OpenTelemetry's SDK, exporters and protobuf classes, for PYTHONPATH
#   GO_SENDER=/…/sender        tests/real/senders/go, built
#   JAVA_AGENT=/…/…agent.jar   OpenTelemetry's agent for the JVM
#   JAVA_CLASSES=/…/*          the classes for Java (tests/real/senders/java/pom.xml), for -cp
#   JS_CLASSES=/…              the classes for JavaScript, in node_modules
#   LOGFIRE_PACKAGES=/…        Logfire, for PYTHONPATH
#
# All of it lies in the cache, ${SENSORIUM_CACHE:-$HOME/.cache/sensorium}/senders, under names made of the versions: the
# first run takes a minute or two, later ones nothing. Needs python3 with pip, Go, a JDK, Maven and npm.
set -euo pipefail

readonly PYTHON_SDK=1.45.2
readonly JAVA_AGENT_VERSION=2.20.1
# The last line of releases that held generated classes; later ones write the bytes by hand and read none.
readonly JS_CLASSES_VERSION=0.203.0
readonly LOGFIRE_VERSION=5.4.0
SOURCES="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/tests/real/senders"
readonly SOURCES
readonly CACHE="${SENSORIUM_CACHE:-$HOME/.cache/sensorium}/senders"

# shellcheck source=scripts/real/go.sh
. "$(dirname "${BASH_SOURCE[0]}")/go.sh"

# once FOLDER COMMAND…: runs the command with a folder beside FOLDER, which gets its name when all went well.
once() {
  local folder=$1
  shift
  [ -d "$folder" ] && return
  printf 'senders: making %s\n' "$folder" >&2
  rm -rf "$folder.partial"
  mkdir -p "$folder.partial"
  "$@" "$folder.partial" >&2
  mv "$folder.partial" "$folder"
}

make_python() {
  # A venv does not survive its renaming; packages in a folder do.
  python3 -m pip install --quiet --disable-pip-version-check --target "$1" "opentelemetry-sdk==$PYTHON_SDK" \
    "opentelemetry-exporter-otlp-proto-http==$PYTHON_SDK" "opentelemetry-proto==$PYTHON_SDK"
}
make_go() { (cd "$SOURCES/go" && CGO_ENABLED=0 go build -trimpath -o "$1/sender" .); }
make_java() {
  mvn -q -B dependency:copy -DoutputDirectory="$1" \
    -Dartifact="io.opentelemetry.javaagent:opentelemetry-javaagent:$JAVA_AGENT_VERSION"
}
make_java_classes() { mvn -q -B -f "$SOURCES/java/pom.xml" dependency:copy-dependencies -DoutputDirectory="$1"; }
make_js_classes() {
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$1" \
    "@opentelemetry/otlp-transformer@$JS_CLASSES_VERSION"
}
make_logfire() { python3 -m pip install --quiet --disable-pip-version-check --target "$1" "logfire==$LOGFIRE_VERSION"; }

mkdir -p "$CACHE"
use_go
exec 9>"$CACHE/lock"
flock 9
go_key=$( (cat "$SOURCES"/go/*; go env GOVERSION GOOS GOARCH) | sha256sum | cut -c1-16)
once "$CACHE/python-$PYTHON_SDK" make_python
once "$CACHE/go-$go_key" make_go
once "$CACHE/java-$JAVA_AGENT_VERSION" make_java
pom_key=$(sha256sum "$SOURCES/java/pom.xml" | cut -c1-16)
once "$CACHE/java-classes-$pom_key" make_java_classes
once "$CACHE/js-classes-$JS_CLASSES_VERSION" make_js_classes
once "$CACHE/logfire-$LOGFIRE_VERSION" make_logfire
printf 'PYTHON_PACKAGES=%s\nGO_SENDER=%s\nJAVA_AGENT=%s\n' "$CACHE/python-$PYTHON_SDK" "$CACHE/go-$go_key/sender" \
  "$CACHE/java-$JAVA_AGENT_VERSION/opentelemetry-javaagent-$JAVA_AGENT_VERSION.jar"
printf 'JAVA_CLASSES=%s\nJS_CLASSES=%s\nLOGFIRE_PACKAGES=%s\n' "$CACHE/java-classes-$pom_key/*" \
  "$CACHE/js-classes-$JS_CLASSES_VERSION" "$CACHE/logfire-$LOGFIRE_VERSION"
