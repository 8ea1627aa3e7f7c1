#!/usr/bin/env bash
# A real PostgreSQL for tests, from Debian's packages: its own data folder, on 127.0.0.1, with TLS.
#
# It must not listen on other interfaces than loopback, and must not stop or reuse a server that it did not start.
#
#   tests/services/postgres-server.sh start    install PostgreSQL if it is missing (as root), create the data folder, start
#   tests/services/postgres-server.sh stop     stop the server of this PG_DIR's pid file
#   tests/services/postgres-server.sh status   exit 0 and print the address, or exit 1
#
# Then: . "$PG_DIR/env" && cargo test -p flow-oa --test engines
#
# The env file exports variables for the tests:
#   FLOW_OA_TEST_POSTGRES            URL of a superuser without a password
#   FLOW_OA_TEST_POSTGRES_TLS_GROUP  a role whose members need TLS
#   FLOW_OA_TEST_POSTGRES_CA         certificate of the throw-away authority. The server's certificate is for
#                                    "localhost" only. `other.pem` beside it is an unrelated authority.
# Every other role needs its password.
#
# PostgreSQL does not run as root. If root starts it, the server runs as PG_USER, which must be able to access PG_DIR.
#
# Environment (all optional)
#   PG_DIR      state directory                          [${TMPDIR:-/tmp}/postgres-server]
#   PG_PORT     port; 0 picks a free one                 [0]
#   PG_USER     the server's user if root starts it      [postgres]
#   PG_BIN      folder of initdb, pg_ctl, postgres       [the newest of /usr/lib/postgresql/*/bin]
#   PG_TIMEOUT  seconds to wait                          [60]
set -euo pipefail
# shellcheck source=tests/services/debian.sh
. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

PG_DIR=${PG_DIR:-${TMPDIR:-/tmp}/postgres-server}
PG_PORT=${PG_PORT:-0}
PG_USER=${PG_USER:-postgres}
PG_BIN=${PG_BIN:-}
PG_TIMEOUT=${PG_TIMEOUT:-60}

say() { printf 'postgres-server: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Runs a command as the user of the server.
as_user() {
  if [ "$(id -u)" = 0 ]; then runuser -u "$PG_USER" -- "$@"; else "$@"; fi
}

# The pid of our running server, or nothing. Its command line is checked, since the system may have reused the pid.
running_pid() {
  local pid
  pid=$(head -n 1 "$PG_DIR/data/postmaster.pid" 2>/dev/null) || return 1
  [ -n "$pid" ] && [ -r "/proc/$pid/cmdline" ] || return 1
  tr '\0' '\n' <"/proc/$pid/cmdline" | grep -qFx -- "$PG_DIR/data" || return 1
  printf '%s' "$pid"
}

find_bin() {
  local folder
  if [ -n "$PG_BIN" ]; then [ -x "$PG_BIN/initdb" ]; return; fi
  for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV); do
    if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then PG_BIN=$folder; return 0; fi
  done
  return 1
}

install_postgres() {
  if find_bin && command -v psql >/dev/null; then return 0; fi
  [ -z "$PG_BIN" ] || [ -x "$PG_BIN/initdb" ] || die "there is no initdb in PG_BIN=$PG_BIN"
  local failed="PostgreSQL is not there, and Debian's could not be installed (see $PG_DIR/apt.log; only root may)"
  say "installing Debian's postgresql"
  debian_install "$PG_DIR/apt.log" postgresql-common || die "$failed"
  # Prevents the package from starting its own server.
  sed -i 's/^#*create_main_cluster *=.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
  debian_install "$PG_DIR/apt.log" postgresql postgresql-client || die "$failed"
  find_bin || die "Debian's postgresql was installed, but there is no /usr/lib/postgresql/*/bin/initdb"
}

check_settings() {
  case $PG_DIR in /*) ;; *) die "PG_DIR must be an absolute path: $PG_DIR" ;; esac
  case $PG_DIR in *[[:space:]\'\\]*) die "PG_DIR must not contain blanks, quotes or backslashes: $PG_DIR" ;; esac
  case $PG_PORT in ''|*[!0-9]*) die "PG_PORT must be a number, not '$PG_PORT'" ;; esac
  command -v openssl >/dev/null || die "openssl not found: apt-get install openssl"
  command -v python3 >/dev/null || die "python3 not found"
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Creates an authority with a certificate for "localhost", and an unrelated authority.
make_tls() {
  local d=$PG_DIR/tls
  mkdir -p "$d"
  authority() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=postgres-server test $1" \
      -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
      -keyout "$d/$1.key" -out "$d/$1.pem"
  }
  { authority ca && authority other &&
    openssl req -newkey rsa:2048 -nodes -subj '/CN=localhost' -keyout "$d/server.key" -out "$d/server.csr" &&
    printf '%s\n' 'subjectAltName=DNS:localhost' 'basicConstraints=CA:FALSE' 'extendedKeyUsage=serverAuth' >"$d/server.ext" &&
    openssl x509 -req -in "$d/server.csr" -CA "$d/ca.pem" -CAkey "$d/ca.key" -CAcreateserial -days 3650 \
      -extfile "$d/server.ext" -out "$d/server.pem"
  } >"$d/openssl.log" 2>&1 || die "openssl failed: see $d/openssl.log"
  chmod 600 "$d"/*.key
}

# The data is deleted after the tests, so it need not survive a power failure.
configure() {
  cat >>"$PG_DIR/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $PG_PORT
unix_socket_directories = ''
max_connections = 100
fsync = off
synchronous_commit = off
full_page_writes = off
ssl = on
ssl_cert_file = '$PG_DIR/tls/server.pem'
ssl_key_file = '$PG_DIR/tls/server.key'
password_encryption = 'scram-sha-256'
log_min_messages = warning
CONF
  cat >"$PG_DIR/data/pg_hba.conf" <<'HBA'
# The superuser needs no password, members of the TLS group are refused without TLS, and all other roles need a password.
host       all  postgres         127.0.0.1/32  trust
hostnossl  all  +flow_oa_veiled  127.0.0.1/32  reject
host       all  all              127.0.0.1/32  scram-sha-256
HBA
}

prepare() {
  cat <<'SQL'
CREATE ROLE flow_oa_veiled;
CREATE DATABASE test ENCODING 'UTF8' TEMPLATE template0;
SQL
}

write_env() {
  local at=127.0.0.1:$PG_PORT
  cat >"$PG_DIR/env" <<ENV
export FLOW_OA_TEST_POSTGRES='postgres://postgres@$at/test'
export FLOW_OA_TEST_POSTGRES_TLS_GROUP=flow_oa_veiled
export FLOW_OA_TEST_POSTGRES_CA='$PG_DIR/tls/ca.pem'
ENV
}

start() {
  local pid
  check_settings
  if pid=$(running_pid); then
    [ -f "$PG_DIR/env" ] || die "already running, pid $pid, but it has no $PG_DIR/env: stop it first"
    say "already running, pid $pid"
    return 0
  fi
  mkdir -p "$PG_DIR"
  install_postgres
  rm -rf "$PG_DIR"/{data,tls,env,server.log}
  make_tls
  if [ "$(id -u)" = 0 ]; then
    id "$PG_USER" >/dev/null 2>&1 || die "there is no user $PG_USER: PG_USER names who is to run the server"
    chown -R "$PG_USER" "$PG_DIR"
    chmod 755 "$PG_DIR" "$PG_DIR/tls"
    as_user test -w "$PG_DIR" || die "$PG_USER cannot reach $PG_DIR: PG_DIR must be where that user can go"
  fi
  as_user timeout "$PG_TIMEOUT" "$PG_BIN/initdb" -D "$PG_DIR/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
    >"$PG_DIR/initdb.log" 2>&1 || { tail -n 5 "$PG_DIR/initdb.log" >&2; die "initdb failed: see $PG_DIR/initdb.log"; }
  if [ "$PG_PORT" = 0 ]; then PG_PORT=$(free_port); fi
  configure
  # A separate process group: an interrupt of this script's caller must not stop the server during its tests.
  as_user setsid "$PG_BIN/pg_ctl" -D "$PG_DIR/data" -l "$PG_DIR/server.log" -w -t "$PG_TIMEOUT" start >"$PG_DIR/start.log" 2>&1 </dev/null \
    || { tail -n 5 "$PG_DIR/server.log" >&2; die "the server did not start: see $PG_DIR/server.log"; }
  prepare | PGCONNECT_TIMEOUT=$PG_TIMEOUT psql -X -q -v ON_ERROR_STOP=1 "postgres://postgres@127.0.0.1:$PG_PORT/postgres" >"$PG_DIR/prepare.log" 2>&1 \
    || { stop >/dev/null 2>&1 || true; die "the database could not be made: see $PG_DIR/prepare.log"; }
  write_env
  say "ready: postgres://postgres@127.0.0.1:$PG_PORT/test pid=$(running_pid) log=$PG_DIR/server.log env=$PG_DIR/env"
}

stop() {
  local pid i
  if pid=$(running_pid); then
    kill -INT "$pid"      # a fast shutdown: clients are disconnected
    for i in $(seq 60); do kill -0 "$pid" 2>/dev/null || break; [ "$i" = 50 ] && kill -QUIT "$pid" 2>/dev/null; sleep 0.2; done
    if kill -0 "$pid" 2>/dev/null; then die "pid $pid would not stop"; fi
    say "stopped, pid $pid"
  fi
  rm -f "$PG_DIR/env"
}

status() {
  local pid
  if ! pid=$(running_pid) || ! [ -f "$PG_DIR/env" ]; then say "not running"; return 1; fi
  # shellcheck disable=SC1091
  . "$PG_DIR/env"
  timeout 10 psql -X -q -c 'SELECT 1' "$FLOW_OA_TEST_POSTGRES" >/dev/null 2>&1 || { say "pid $pid runs, but does not answer"; return 1; }
  say "running: $FLOW_OA_TEST_POSTGRES"
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  status) status ;;
  *) say "usage: $0 start|stop|status"; exit 2 ;;
esac
