#!/usr/bin/env bash
# Tests the client of HiveServer2, and the program with it, against a real server with each kind of connection, one at a
# time. Without SASL, the whole Hive suite runs, including the rows that another client reads: impyla, for tests only. With
# `family` first, only the scenes run that are about the Hive family: on the other engines the rest are the same.
#
# It must not leave a server behind, nor touch a server that it did not start. Arguments select some of the four kinds:
# tests/services/hs2-tests.sh nosasl http
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

HS2_DIR=$(mktemp -d "${TMPDIR:-/tmp}/flow-oa-hs2.XXXXXX")
export HS2_DIR HS2_PORT=0
stop() { tests/services/hs2-server.sh stop; }
trap 'stop; rm -rf "$HS2_DIR"' EXIT

# The settings of the server for each kind of connection. With `plain`, a status request may block for 5 seconds, as in
# Hive by default. An interrupt must not wait for it.
declare -A start=(
  [nosasl]='HS2_AUTH=NOSASL'
  [plain]='HS2_AUTH=PASSWORD HS2_LONG_POLL_MS=5000'
  [http]='HS2_AUTH=PASSWORD HS2_TRANSPORT=http'
  [tls]='HS2_AUTH=NOSASL HS2_TLS=1'
)

# Installs impyla beside pyspark and prints the path of its Python. Fails with a message if it cannot be installed.
impyla() {
  local venv=${XDG_CACHE_HOME:-$HOME/.cache}/hs2-server/impyla-0.24.0
  local -a pinned=(impyla==0.24.0 thrift==0.25.0 thrift-sasl==0.4.3 pure-sasl==0.6.2 bitarray==3.12.3 six==1.17.0)
  if ! timeout 60 "$venv/bin/python" -c 'import impala.dbapi' 2>/dev/null; then
    rm -rf "$venv"
    timeout 300 python3 -m venv "$venv" >&2 &&
      timeout 300 "$venv/bin/pip" install --quiet --disable-pip-version-check "${pinned[@]}" >&2 || {
      printf 'hs2-tests: %s could not be installed from PyPI into %s: what a client reads that is not ours cannot be tested\n' \
        "${pinned[0]}" "$venv" >&2
      return 1
    }
  fi
  printf '%s' "$venv/bin/python"
}

scenes_of_suite=(hive logins adopt)
if [[ ${1-} == family ]]; then
  # Copies, days that are replaced, lost connections, migrations, and real days.
  scenes_of_suite=(hive_ adopt agreement::on_hive changes::on_hive migrations::on_hive migrations::a_migration logins)
  shift
  printf 'skipped: scenes on HiveServer2 that are the same on every engine: tests/services/hs2-tests.sh nosasl\n'
fi
if (($# == 0)); then set -- nosasl plain http tls; fi
for way; do
  [[ -v start[$way] ]] || { printf 'hs2-tests: no such way: %s\n' "$way" >&2; exit 2; }
done
for way; do
  printf '\n== %s\n' "$way"
  # shellcheck disable=SC2086
  env ${start[$way]} tests/services/hs2-server.sh start
  # Building the whole workspace selects the same features as below, so that the crates are built only once.
  # shellcheck disable=SC1091
  (. "$HS2_DIR/env" && cargo test --locked --workspace --features flow-oa/failpoints --test real_server)
  # Without SASL the whole suite, including stops in the middle; otherwise the storage of a single day.
  case $way in
    nosasl)
      tests=(--test engines --test kills --test second_pipeline)
      scenes=("${scenes_of_suite[@]}")
      FLOW_OA_TEST_IMPYLA=$(impyla)
      export FLOW_OA_TEST_IMPYLA
      ;;
    plain) tests=(--test engines) scenes=(hive_ways::by_a_password) ;;
    http) tests=(--test engines) scenes=(hive_ways::over_http) ;;
    tls) tests=(--test engines) scenes=(hive_ways::with_tls) ;;
  esac
  # Tests mostly wait for the server, so more tests than cores run at once.
  # shellcheck disable=SC1091
  (. "$HS2_DIR/env" && cargo test --locked --workspace --features flow-oa/failpoints "${tests[@]}" -- --test-threads 4 "${scenes[@]}")
  stop
done
