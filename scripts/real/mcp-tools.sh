#!/usr/bin/env bash
# The official MCP conformance suite and the inspector, in a folder of their own: they bring other versions of what we
# use. Prints the folder, as a line for `eval`: MCP_TOOLS=/…
# It lies in the cache, ${SENSORIUM_CACHE:-$HOME/.cache/sensorium}; the first run takes a minute, later ones nothing.
set -euo pipefail

readonly CONFORMANCE=0.1.16 INSPECTOR=2.12.0
readonly FOLDER="${SENSORIUM_CACHE:-$HOME/.cache/sensorium}/mcp-$CONFORMANCE-$INSPECTOR"

mkdir -p "$(dirname "$FOLDER")"
# Two callers at once install once; an interrupted install is made again.
exec 9>"$FOLDER.lock"
flock 9
if [ ! -d "$FOLDER" ]; then
  rm -rf "$FOLDER.partial"
  mkdir -p "$FOLDER.partial"
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$FOLDER.partial" \
    "@modelcontextprotocol/conformance@$CONFORMANCE" "@modelcontextprotocol/inspector@$INSPECTOR" >&2
  mv "$FOLDER.partial" "$FOLDER"
fi
printf 'MCP_TOOLS=%s\n' "$FOLDER"
