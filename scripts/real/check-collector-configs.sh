#!/usr/bin/env bash
# Checks collector/*.yaml with the Collector that they are for: each is valid, keeps the rules that exactly-once rests
# on, and every variable that it reads is in the README. Names every fault; exits 1 when there is one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

faults=0
fault() { printf 'check-collector-configs: %s\n' "$*" >&2; faults=$((faults + 1)); }

# The rules are checked on what the Collector makes of a file, all defaults filled in: a key that is left out counts.
check() {
  local file=$1 text variable
  if ! text=$("$OTELCOL" validate --config "$file" 2>&1); then fault "$file: $text"; return; fi
  text=$("$OTELCOL" print-config --config "$file" --mode unredacted)
  persistent_queues "$file" "$text"
  if awk '/^ +batch:/ && $2 != "null" { found = 1 } END { exit !found }' <<<"$text"; then
    fault "$file: 'sending_queue::batch' merges requests after the queue, so a resend has other bytes"
  fi
  if sed -n '/^ *pipelines:/,$p' <<<"$text" | grep -qE '^ +- batch(/.*)?$'; then
    fault "$file: a 'batch' processor acknowledges what it holds in memory only"
  fi
  if awk '/^ +enabled:/ { on = $2 } /^ +max_elapsed_time:/ && on == "true" && $2 != "0s" { found = 1 }
      END { exit !found }' <<<"$text"; then
    fault "$file: a sender gives up: 'max_elapsed_time' must be 0s"
  fi
  while read -r variable; do
    grep -qF "\`$variable\`" collector/README.md || fault "$file: collector/README.md does not name $variable"
  done < <(grep -oE '\$\{env:[A-Z_]+' "$file" | sed 's/.*://' | sort -u)
}

# Every exporter of a pipeline has a queue, and every queue is in a file.
persistent_queues() {
  local exporters queues
  exporters=$(sed -n '/^ *pipelines:/,$p' <<<"$2" | grep -A 1 -E '^ +exporters:' | grep -E '^ +- ' | sort -u | wc -l)
  queues=$(grep -cE '^ +storage: file_storage/' <<<"$(sed -n '/^ *exporters:/,/^ *extensions:/p' <<<"$2")" || true)
  if [ "$exporters" = 0 ] || [ "$exporters" != "$queues" ]; then
    fault "$1: $exporters exporters in its pipelines, but $queues queues with a storage"
  fi
}

locations=$(scripts/real/collector.sh)
eval "$locations"
for file in collector/agent.yaml collector/gateway.yaml collector/scale-out.yaml collector/prometheus.yaml; do check "$file"; done

release=$(sed -n 's/^  version: //p' collector/builder.yaml)
# The 1.x modules of a release have a number of their own.
if grep -E '^  - gomod: .* v0\.' collector/builder.yaml | grep -vE " v$release\$"; then
  fault "collector/builder.yaml: the modules above are not of release $release"
fi
[ "$faults" = 0 ] || exit 1
echo "collector configs: no faults (collector $release)"
