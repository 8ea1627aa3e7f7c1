#!/usr/bin/env bash
# Tests the client of HiveServer2 against a real one in each way of speaking to it, one server at a time, and without
# SASL the statements for it too.
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

if (($# == 0)); then set -- nosasl plain http tls; fi
for way; do
  [[ -v start[$way] ]] || { printf 'hs2-tests: no such way: %s\n' "$way" >&2; exit 2; }
done
for way; do
  printf '\n== %s\n' "$way"
  # shellcheck disable=SC2086
  env ${start[$way]} tests/services/hs2-server.sh start
  # shellcheck disable=SC1091
  (. "$HS2_DIR/env" && cargo test --locked -p flow-oa-hs2 -p flow-oa-hive --test real_server)
  # shellcheck disable=SC1091
  [[ $way != nosasl ]] || (. "$HS2_DIR/env" && cargo test --locked -p flow-oa --test engines hive::)
  stop
done
