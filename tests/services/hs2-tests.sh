#!/usr/bin/env bash
# Tests the client of HiveServer2, and the program with it, against a real server in each way of speaking to it, one at a
# time; without SASL the statements for it too, and what a client that is not ours reads: impyla, a tool of tests alone.
#
# It must not leave a server behind, nor touch one that somebody else started. Other ways than all four are named as
# arguments: tests/services/hs2-tests.sh nosasl http
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

HS2_DIR=$(mktemp -d "${TMPDIR:-/tmp}/flow-oa-hs2.XXXXXX")
export HS2_DIR HS2_PORT=0
stop() { tests/services/hs2-server.sh stop; }
trap 'stop; rm -rf "$HS2_DIR"' EXIT

# How a server is started for each way. With `plain` it is silent for seconds at a time, as Hive is by default, which
# an interrupt must get past.
declare -A start=(
  [nosasl]='HS2_AUTH=NOSASL'
  [plain]='HS2_AUTH=PASSWORD HS2_LONG_POLL_MS=5000'
  [http]='HS2_AUTH=PASSWORD HS2_TRANSPORT=http'
  [tls]='HS2_AUTH=NOSASL HS2_TLS=1'
)

# Prints the Python that has impyla, which is installed beside pyspark; fails, with a word, where it cannot be had.
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

if (($# == 0)); then set -- nosasl plain http tls; fi
for way; do
  [[ -v start[$way] ]] || { printf 'hs2-tests: no such way: %s\n' "$way" >&2; exit 2; }
done
for way; do
  printf '\n== %s\n' "$way"
  # shellcheck disable=SC2086
  env ${start[$way]} tests/services/hs2-server.sh start
  # With the program beside them, the crates are built with the features that they have below, and once.
  # shellcheck disable=SC1091
  (. "$HS2_DIR/env" && cargo test --locked --workspace --features flow-oa/failpoints --test real_server)
  # The whole suite of the program, with stops in the middle; or the one day that it stores in this way.
  case $way in
    nosasl)
      tests=(--test engines --test kills)
      scenes=hive
      FLOW_OA_TEST_IMPYLA=$(impyla)
      export FLOW_OA_TEST_IMPYLA
      ;;
    plain) tests=(--test engines) scenes=hive_ways::by_a_password ;;
    http) tests=(--test engines) scenes=hive_ways::over_http ;;
    tls) tests=(--test engines) scenes=hive_ways::with_tls ;;
  esac
  # A statement is mostly waited for, so more tests than cores are at work.
  # shellcheck disable=SC1091
  (. "$HS2_DIR/env" && cargo test --locked --workspace --features flow-oa/failpoints "${tests[@]}" -- --test-threads 4 "$scenes")
  stop
done
