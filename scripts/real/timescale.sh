#!/usr/bin/env bash
# A real PostgreSQL 18 with TimescaleDB (Debian's Apache-licence build) and pgvector, for tests: run `timescale.sh help`.
#
# The packages live in Debian forky and do not install on an older Debian, so they go into a chroot that debootstrap
# makes once, in the cache folder. Every server sees that chroot through a mount namespace of its own: nothing stays
# mounted on the machine when the server is gone, however it went.
set -euo pipefail

usage() {
  cat <<'HELP'
usage: scripts/real/timescale.sh COMMAND [PORT] [OPTIONS]      (as root; PORT is 54330 unless given)

  build            make the chroot in the cache (about 40 s and 400 MB once; nothing when it is there)
  up               start a server on 127.0.0.1:PORT, with a new cluster where DIR holds none; print its URL
      --plain        do not preload timescaledb: plain PostgreSQL with pgvector
      --data DIR     where the cluster lives (default: /tmp/sensorium-timescale/PORT)
  enable           preload timescaledb in the running server of PORT (restarts it), for the upgrade of a plain one
  restart          stop at once without a checkpoint, as a crash does, and start again: the log is replayed
  kill             SIGKILL every process of the server; `up` starts it again on what is left on disk
  down             stop and delete the cluster; with --keep leave the cluster
  url              print the URL
  log              print the server's log
  psql ARGS...     run psql against the server, as the superuser

Roles: `postgres` is a superuser without a password; only loopback connections are let in.
Cache: ${SENSORIUM_CACHE:-$HOME/.cache/sensorium}. Mirror: $DEBIAN_MIRROR, else the one that apt uses.
HELP
}

readonly CACHE="${SENSORIUM_CACHE:-$HOME/.cache/sensorium}/timescale"
# The last part of the name is raised when the recipe below changes, so that nobody runs on an old chroot.
readonly CHROOT="$CACHE/forky-postgresql-18-r1"
readonly BIN=/usr/lib/postgresql/18/bin
readonly LIMIT_S=60

say() { printf 'timescale: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# The finished chroot appears under its name in one rename, so an interrupted run leaves only a folder that the next
# run deletes. The lock makes parallel callers wait for the one that builds.
build() {
  [ -d "$CHROOT" ] && return
  mkdir -p "$CACHE"
  exec 9>"$CACHE/lock"
  flock 9
  [ -d "$CHROOT" ] && return
  rm -rf "$CHROOT".partial
  need_debootstrap
  say "making the chroot $CHROOT (once)"
  # Debootstrap of an older Debian has no script named forky; sid's is the same.
  debootstrap --variant=minbase --include=postgresql-18,postgresql-18-timescaledb,postgresql-18-pgvector forky \
    "$CHROOT.partial" "${DEBIAN_MIRROR:-$(mirror)}" /usr/share/debootstrap/scripts/sid \
    >"$CACHE/build.log" 2>&1 || die "debootstrap failed; the end of $CACHE/build.log: $(tail -n 5 "$CACHE/build.log")"
  rm -rf "$CHROOT.partial"/var/cache/apt/* "$CHROOT.partial"/var/lib/apt/lists/* "$CHROOT.partial"/var/lib/postgresql/18
  make_template "$CHROOT.partial" >>"$CACHE/build.log" 2>&1 || die "initdb failed; see $CACHE/build.log"
  mv "$CHROOT.partial" "$CHROOT"
  flock -u 9
}

# The mirror of this machine's main archive: the first that apt names, but for those of security updates.
mirror() {
  local uri
  uri=$(apt-get indextargets --format '$(REPO_URI)' | grep -v security | head -n 1)
  [ -n "$uri" ] || die "apt names no mirror; set DEBIAN_MIRROR"
  printf '%s\n' "$uri"
}

need_debootstrap() {
  command -v debootstrap >/dev/null && return
  command -v apt-get >/dev/null || die 'debootstrap is missing and there is no apt-get; install debootstrap and run again'
  say 'installing debootstrap'
  { apt-get update && apt-get install -y --no-install-recommends debootstrap; } >"$CACHE/apt.log" 2>&1 ||
    die "cannot install debootstrap; see $CACHE/apt.log"
}

# Copying an empty cluster is ten times faster than initdb, and `up` is called for many tests.
make_template() {
  enter "$1" "$1/srv"
  "${ENTER[@]}" "$BIN/initdb" --auth=trust --username=postgres --encoding=UTF8 --locale=C.UTF-8 -D /mnt/template
  cat >>"$1/srv/template/postgresql.conf" <<'CONF'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
timescaledb.telemetry_level = off
CONF
}

# enter ROOT FOLDER: sets ENTER to the command prefix that runs a program as the chroot's postgres user, with FOLDER
# as /mnt. Each step replaces the process, so the program keeps the process id of what was started.
enter() {
  chown "$(postgres_ids "$1")" "$2"
  # shellcheck disable=SC2016 # the inner shell expands these
  ENTER=(unshare --mount --propagation private -- bash -c
    'mount --bind /proc "$1/proc" && mount --rbind /dev "$1/dev" && mount --bind "$2" "$1/mnt" &&
      root=$1 && shift 2 && cd / && exec chroot --userspec=postgres:postgres "$root" "$@"' bash "$1" "$2")
}

postgres_ids() { awk -F: '$1 == "postgres" { print $3 ":" $4 }' "$1/etc/passwd"; }

up() {
  build
  is_running && die "a server runs on port $PORT already: $(url); use 'restart' or 'down'"
  (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null && die "port $PORT is taken by something else; give another one"
  mkdir -p "$DATA"
  if [ ! -e "$DATA/cluster/PG_VERSION" ]; then
    # A copy that was interrupted has no PG_VERSION under its final name.
    rm -rf "$DATA/cluster" "$DATA/copying"
    cp -a "$CHROOT/srv/template" "$DATA/copying"
    [ "$PLAIN" = yes ] || preload "$DATA/copying"
    mv "$DATA/copying" "$DATA/cluster"
  elif [ "$PLAIN" = yes ] && is_preloaded "$DATA/cluster"; then
    die "$DATA holds a cluster with timescaledb; --plain needs another --data"
  fi
  start
  url
}

preload() { printf "shared_preload_libraries = 'timescaledb'\n" >>"$1/postgresql.conf"; }
is_preloaded() { grep -q '^shared_preload_libraries' "$1/postgresql.conf"; }

start() {
  enter "$CHROOT" "$DATA"
  # A session of its own: Ctrl-C in the caller's terminal must not stop the server under a test that still cleans up.
  setsid "${ENTER[@]}" "$BIN/postgres" -D /mnt/cluster -p "$PORT" </dev/null >>"$DATA/server.log" 2>&1 9>&- &
  disown
  local deadline=$((SECONDS + LIMIT_S))
  until chroot "$CHROOT" "$BIN/pg_isready" -q -h 127.0.0.1 -p "$PORT" 2>/dev/null; do
    kill -0 $! 2>/dev/null || die "the server did not start; the end of $DATA/server.log: $(tail -n 3 "$DATA/server.log")"
    [ "$SECONDS" -lt "$deadline" ] || die "the server is not ready after $LIMIT_S s; see $DATA/server.log"
    sleep 0.05
  done
}

server_pid() { [ -r "$DATA/cluster/postmaster.pid" ] && head -n 1 "$DATA/cluster/postmaster.pid"; }

# postmaster.pid outlives a killed server, and its number may belong to another process by now.
is_running() {
  local pid
  pid=$(server_pid) && [ "$(readlink "/proc/$pid/exe" 2>/dev/null)" = "$CHROOT$BIN/postgres" ]
}

# stop SIGNAL: sends it to the server and waits until the server and its children are gone.
stop() {
  is_running || return 0
  local pid children process
  pid=$(server_pid)
  children=$(pgrep -P "$pid" || true)
  kill "-$1" "$pid"
  # A child that has lost its parent ends by itself, but not before its next wait: a test that kills means now.
  # shellcheck disable=SC2086 # a list of process ids
  [ "$1" != KILL ] || kill -KILL $children 2>/dev/null || true
  for process in $pid $children; do wait_for_end "$process"; done
  # Where nobody collects orphans, the dead server's number stays taken, and the next server would take it for alive.
  [ "$1" != KILL ] || rm -f "$DATA/cluster/postmaster.pid"
}

wait_for_end() {
  local deadline=$((SECONDS + LIMIT_S))
  while [ -e "/proc/$1" ] && [ "$(awk '/^State:/ { print $2 }' "/proc/$1/status" 2>/dev/null)" != Z ]; do
    [ "$SECONDS" -lt "$deadline" ] || die "process $1 of the server did not end in $LIMIT_S s"
    sleep 0.02
  done
}

# Only what `up` made: the folder may be one that the user named.
delete_cluster() {
  rm -rf "$DATA/cluster" "$DATA/copying" "$DATA/server.log"
  rmdir "$DATA" 2>/dev/null || true
}

url() { printf 'postgres://postgres@127.0.0.1:%s/postgres\n' "$PORT"; }

main() {
  local command=${1:-help}
  [ $# -gt 0 ] && shift
  PORT=54330 PLAIN=no KEEP=no DATA=
  [[ ${1:-} =~ ^[0-9]+$ ]] && { PORT=$1; shift; }
  if [ "$command" != psql ]; then
    while [ $# -gt 0 ]; do
      case $1 in
        --plain) PLAIN=yes ;;
        --keep) KEEP=yes ;;
        --data) DATA=${2:?--data needs a folder}; shift ;;
        *) die "unknown option $1; see 'timescale.sh help'" ;;
      esac
      shift
    done
  fi
  # Later commands name only the port, so the place of a --data folder is kept beside the default one.
  local note=/tmp/sensorium-timescale/$PORT.data
  [ -n "$DATA" ] || DATA=$(cat "$note" 2>/dev/null || echo "/tmp/sensorium-timescale/$PORT")

  case $command in help | --help | -h) usage; return ;; url) url; return ;; esac
  [ "$(id -u)" = 0 ] || die 'needs root: it makes a chroot and mounts folders in it'
  case $command in
    build) build ;;
    up) mkdir -p "${note%/*}"; DATA=$(realpath -m "$DATA"); printf '%s\n' "$DATA" >"$note"; up ;;
    enable) is_running || die "no server on port $PORT"; is_preloaded "$DATA/cluster" || preload "$DATA/cluster"
      stop INT; start; url ;;
    restart) is_running || die "no server on port $PORT"; stop QUIT; start; url ;;
    kill) is_running || die "no server on port $PORT"; stop KILL ;;
    down) stop INT; [ "$KEEP" = yes ] || { delete_cluster; rm -f "$note"; } ;;
    log) cat "$DATA/server.log" ;;
    psql) exec chroot "$CHROOT" "$BIN/psql" -h 127.0.0.1 -p "$PORT" -U postgres "$@" ;;
    *) usage >&2; exit 2 ;;
  esac
}

main "$@"
