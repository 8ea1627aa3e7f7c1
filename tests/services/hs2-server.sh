#!/usr/bin/env bash
# A real HiveServer2 for tests: Spark's Thrift Server, from PyPI's pyspark.
#
# It must not listen on other interfaces than loopback, and must not stop or reuse a server that it did not start.
#
#   tests/services/hs2-server.sh start    install pyspark if it is missing, start, wait until a session opens
#   tests/services/hs2-server.sh stop     stop the server of this HS2_DIR's pid file
#   tests/services/hs2-server.sh status   exit 0 and print the address, or exit 1
#
# Then: . "$HS2_DIR/env" && cargo test -p flow-oa-hs2 --test real_server. tests/services/hs2-tests.sh runs the tests with
# all four kinds of connection.
#
# Listens on 127.0.0.1 only. After start, "$HS2_DIR/env" can be sourced for HS2_HOST, HS2_PORT, ... and for the
# variable with which the client's tests find the server (FLOW_OA_TEST_HS2, or that with _PLAIN, _HTTP or _TLS).
# Needs: bash, python3 with venv, a Java 17 (or 8 or 11), and javac for HS2_AUTH=PASSWORD; root installs missing Java from
# Debian. Also openssl for HS2_TLS=1, and cc for HS2_TRANSPORT=http (that listener ignores the bind address: see
# make_loopback_only).
#
# Environment (all optional)
#   HS2_DIR        state directory: metastore, warehouse, log, pid    [${TMPDIR:-/tmp}/hs2-server]
#   HS2_PORT       port; 0 picks a free one                           [21050]
#   HS2_AUTH       NOSASL   raw thrift, no SASL (impalad's default)   [NOSASL]
#                  NONE     SASL PLAIN, any password accepted (HiveServer2's default)
#                  PASSWORD SASL PLAIN (Basic over http), only HS2_USER / HS2_PASSWORD accepted
#   HS2_USER, HS2_PASSWORD                                            [spot, spot-secret]
#   HS2_TRANSPORT  binary | http (POST /HS2_HTTP_PATH)                [binary]
#   HS2_HTTP_PATH                                                     [cliservice]
#   HS2_TLS        1: TLS, with a throw-away CA in HS2_DIR/tls/ca.pem; other.pem is an unrelated CA       [0]
#   HS2_LONG_POLL_MS  how long GetOperationStatus may block           [100]  (Hive's own default is 5000)
#   HS2_KEEP       1: keep metastore and warehouse of the last run    [0]
#   HS2_MEMORY     JVM heap                                           [1g]
#   HS2_TIMEOUT    seconds to wait for the first session              [120]
#   HS2_PYSPARK    pyspark version                                    [3.5.9]
#   HS2_VENV       folder of pyspark (shared by any number of HS2_DIRs)
#                                        [${XDG_CACHE_HOME:-$HOME/.cache}/hs2-server/pyspark-$HS2_PYSPARK]
#   HADOOP_USER_NAME  the user with which tables in hdfs:// are read and written [the Unix user]
#   HS2_CONF       extra "key=value" Spark settings, separated by blanks
set -euo pipefail
# shellcheck source=tests/services/debian.sh
. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

HS2_DIR=${HS2_DIR:-${TMPDIR:-/tmp}/hs2-server}
HS2_HOST=127.0.0.1
HS2_PORT=${HS2_PORT:-21050}
HS2_AUTH=${HS2_AUTH:-NOSASL}
HS2_USER=${HS2_USER:-spot}
HS2_PASSWORD=${HS2_PASSWORD:-spot-secret}
HS2_TRANSPORT=${HS2_TRANSPORT:-binary}
HS2_HTTP_PATH=${HS2_HTTP_PATH:-cliservice}
HS2_TLS=${HS2_TLS:-0}
HS2_LONG_POLL_MS=${HS2_LONG_POLL_MS:-100}
HS2_KEEP=${HS2_KEEP:-0}
HS2_MEMORY=${HS2_MEMORY:-1g}
HS2_TIMEOUT=${HS2_TIMEOUT:-120}
HS2_PYSPARK=${HS2_PYSPARK:-3.5.9}
HS2_VENV=${HS2_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/hs2-server/pyspark-$HS2_PYSPARK}
HS2_CONF=${HS2_CONF:-}

say() { printf 'hs2-server: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

pid_file() { printf '%s/server.pid' "$HS2_DIR"; }

# The pid of our running server, or nothing. Its command line is checked, since the system may have reused the pid.
running_pid() {
  local pid
  pid=$(cat "$(pid_file)" 2>/dev/null) || return 1
  [ -n "$pid" ] && [ -r "/proc/$pid/cmdline" ] || return 1
  tr '\0' '\n' <"/proc/$pid/cmdline" >"$HS2_DIR/cmdline" || return 1
  grep -q '^org.apache.spark.sql.hive.thriftserver.HiveThriftServer2$' "$HS2_DIR/cmdline" || return 1
  grep -qF "spark.sql.warehouse.dir=$HS2_DIR/warehouse" "$HS2_DIR/cmdline" || return 1
  printf '%s' "$pid"
}

# Installs Java and its compiler from Debian. The JDK contains both.
install_java() {
  say "installing Debian's openjdk-17-jdk-headless"
  debian_install "$HS2_DIR/apt.log" openjdk-17-jdk-headless ||
    die "$1 not found, and openjdk-17-jdk-headless could not be installed (see $HS2_DIR/apt.log; only root may): install a Java 17, and say where it is by JAVA_HOME"
  command -v "$1" >/dev/null || die "openjdk-17-jdk-headless was installed, but there is no $1"
}

check_settings() {
  case $HS2_DIR in /*) ;; *) die "HS2_DIR must be an absolute path: $HS2_DIR" ;; esac
  case $HS2_DIR in *[[:space:]]*) die "HS2_DIR must not contain blanks: $HS2_DIR" ;; esac
  case $HS2_AUTH in NOSASL|NONE|PASSWORD) ;; *) die "HS2_AUTH must be NOSASL, NONE or PASSWORD, not '$HS2_AUTH'" ;; esac
  case $HS2_TRANSPORT in binary|http) ;; *) die "HS2_TRANSPORT must be binary or http, not '$HS2_TRANSPORT'" ;; esac
  case $HS2_TLS in 0|1) ;; *) die "HS2_TLS must be 0 or 1, not '$HS2_TLS'" ;; esac
  case $HS2_PORT in ''|*[!0-9]*) die "HS2_PORT must be a number, not '$HS2_PORT'" ;; esac
  command -v python3 >/dev/null || die "python3 not found"
  [ -z "${JAVA_HOME:-}" ] || [ -x "$JAVA_HOME/bin/java" ] || die "there is no bin/java in JAVA_HOME=$JAVA_HOME"
  [ "$HS2_TRANSPORT" != http ] || command -v cc >/dev/null || die "HS2_TRANSPORT=http needs cc: apt-get install gcc libc6-dev"
  [ "$HS2_TLS" != 1 ] || command -v openssl >/dev/null || die "HS2_TLS=1 needs openssl: apt-get install openssl"
  [ -n "${JAVA_HOME:-}" ] || command -v java >/dev/null || install_java java
  [ "$HS2_AUTH" != PASSWORD ] || command -v javac >/dev/null || install_java javac
}

spark_home() {
  local d
  for d in "$HS2_VENV"/lib/python3*/site-packages/pyspark; do
    if compgen -G "$d/jars/spark-hive-thriftserver_*.jar" >/dev/null; then printf '%s' "$d"; return 0; fi
  done
  return 1
}

install_pyspark() {
  spark_home >/dev/null && return 0
  mkdir -p "$HS2_VENV"
  ( flock 9
    spark_home >/dev/null && exit 0
    say "installing pyspark $HS2_PYSPARK into $HS2_VENV (a download of about 320 MB)"
    python3 -m venv "$HS2_VENV" && "$HS2_VENV/bin/pip" install --quiet --disable-pip-version-check "pyspark==$HS2_PYSPARK"
  ) 9>"$HS2_VENV/.install.lock" >&2 || die "could not install pyspark==$HS2_PYSPARK into $HS2_VENV"
  spark_home >/dev/null || die "pyspark==$HS2_PYSPARK has no spark-hive-thriftserver jar"
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

port_taken() { python3 - "$HS2_PORT" <<'PY'
import socket, sys
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try: s.bind(("127.0.0.1", int(sys.argv[1])))
except OSError: sys.exit(0)
sys.exit(1)
PY
}

# Creates a throw-away CA with a certificate for localhost / 127.0.0.1, and an unrelated CA. They are kept in HS2_DIR.
make_tls() {
  local d=$HS2_DIR/tls
  [ -s "$d/server.p12" ] && return 0
  mkdir -p "$d"
  { openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=hs2-server test CA' \
        -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
        -keyout "$d/ca.key" -out "$d/ca.pem"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=another test CA' -keyout "$d/other.key" -out "$d/other.pem"
    openssl req -newkey rsa:2048 -nodes -subj '/CN=localhost' -keyout "$d/server.key" -out "$d/server.csr"
    printf '%s\n' 'subjectAltName=DNS:localhost,IP:127.0.0.1' 'basicConstraints=CA:FALSE' 'extendedKeyUsage=serverAuth' >"$d/server.ext"
    openssl x509 -req -in "$d/server.csr" -CA "$d/ca.pem" -CAkey "$d/ca.key" -CAcreateserial -days 3650 \
        -extfile "$d/server.ext" -out "$d/server.pem"
    openssl pkcs12 -export -name hs2 -inkey "$d/server.key" -in "$d/server.pem" -passout pass:changeit -out "$d/server.p12"
  } >"$d/openssl.log" 2>&1 || die "openssl failed: see $d/openssl.log"
}

# Spark's http listener ignores hive.server2.thrift.bind.host and would listen on every interface. This library is
# preloaded into the JVM and changes each bind to a wildcard address into a bind to loopback.
make_loopback_only() {
  local d=$HS2_DIR/loopback
  [ -s "$d/loopback.so" ] && return 0
  mkdir -p "$d"
  cat >"$d/loopback.c" <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
int bind(int fd, const struct sockaddr *addr, socklen_t len) {
  static int (*real)(int, const struct sockaddr *, socklen_t);
  if (!real) real = (int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "bind");
  if (addr && addr->sa_family == AF_INET && len >= sizeof(struct sockaddr_in)) {
    struct sockaddr_in a;
    memcpy(&a, addr, sizeof a);
    if (a.sin_addr.s_addr == htonl(INADDR_ANY)) {
      a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      return real(fd, (struct sockaddr *)&a, sizeof a);
    }
  }
  if (addr && addr->sa_family == AF_INET6 && len >= sizeof(struct sockaddr_in6)) {
    struct sockaddr_in6 a;
    memcpy(&a, addr, sizeof a);
    if (IN6_IS_ADDR_UNSPECIFIED(&a.sin6_addr)) {
      static const unsigned char mapped[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
      memcpy(&a.sin6_addr, mapped, 16);
      return real(fd, (struct sockaddr *)&a, sizeof a);
    }
  }
  return real(fd, addr, len);
}
C
  cc -O2 -shared -fPIC -o "$d/loopback.so" "$d/loopback.c" -ldl >"$d/cc.log" 2>&1 || die "cc failed: see $d/cc.log"
}

# Checks in /proc that all listening sockets of the server are on loopback. Fails and lists the others, one per line.
check_loopback_only() {
  python3 - "$1" <<'PY' || die "the server listens beyond 127.0.0.1: stopped it"
import os, sys
pid = sys.argv[1]
inodes = set()
for fd in os.listdir("/proc/%s/fd" % pid):
    try: target = os.readlink("/proc/%s/fd/%s" % (pid, fd))
    except OSError: continue
    if target.startswith("socket:["): inodes.add(target[8:-1])
bad = []
loopback = {"tcp": ("0100007F",), "tcp6": ("0000000000000000FFFF00000100007F", "00000000000000000000000001000000")}
for table, ok in loopback.items():
    try: lines = open("/proc/%s/net/%s" % (pid, table)).read().splitlines()[1:]
    except OSError: continue
    for f in map(str.split, lines):
        address, port = f[1].split(":")
        if f[3] == "0A" and f[9] in inodes and address not in ok: bad.append("%s %s port %d" % (table, address, int(port, 16)))
if bad: sys.exit("\n".join(bad))
PY
}

# Authenticates a single user, with a password from a file that only the server's user can read.
make_password_provider() {
  local d=$HS2_DIR/auth home=$1
  mkdir -p "$d"
  ( umask 077; printf '%s\n%s\n' "$HS2_USER" "$HS2_PASSWORD" >"$d/credentials" )
  cat >"$d/OneUser.java" <<'JAVA'
import java.nio.file.*;
import java.util.*;
import javax.security.sasl.AuthenticationException;
public class OneUser implements org.apache.hive.service.auth.PasswdAuthenticationProvider {
  public void Authenticate(String user, String password) throws AuthenticationException {
    List<String> want;
    try { want = Files.readAllLines(Paths.get(System.getProperty("hs2.test.credentials"))); }
    catch (java.io.IOException e) { throw new AuthenticationException("no credentials file", e); }
    if (!want.get(0).equals(user) || !want.get(1).equals(password)) {
      throw new AuthenticationException("wrong user or password");
    }
  }
}
JAVA
  javac -cp "$(echo "$home"/jars/spark-hive-thriftserver_*.jar)" -d "$d" "$d/OneUser.java" >"$d/javac.log" 2>&1 \
    || die "javac failed: see $d/javac.log"
}

# Opens and closes a session over the chosen transport, without a client library. Exits with 0 on success.
probe() {
  HS2_PORT=$HS2_PORT HS2_AUTH=$HS2_AUTH HS2_USER=$HS2_USER HS2_PASSWORD=$HS2_PASSWORD HS2_TLS=$HS2_TLS \
  HS2_TRANSPORT=$HS2_TRANSPORT HS2_HTTP_PATH=$HS2_HTTP_PATH HS2_CA=$HS2_DIR/tls/ca.pem python3 - <<'PY'
import base64, http.client, os, socket, ssl, struct, sys
e = os.environ
port, user, password = int(e["HS2_PORT"]), e["HS2_USER"].encode(), e["HS2_PASSWORD"].encode()
tls = ssl.create_default_context(cafile=e["HS2_CA"]) if e["HS2_TLS"] == "1" else None

def message(name, body):                   # TBinaryProtocol, strict, CALL, sequence id 0
    return b"\x80\x01\x00\x01" + struct.pack(">I", len(name)) + name + struct.pack(">I", 0) + body
def string(field, s): return b"\x0b" + struct.pack(">hI", field, len(s)) + s
open_session = message(b"OpenSession", b"\x0c\x00\x01" + b"\x08\x00\x01\x00\x00\x00\x05" + string(2, user) + b"\x00\x00")
def close_session(guid, secret):
    return message(b"CloseSession", b"\x0c\x00\x01\x0c\x00\x01\x0c\x00\x01" + string(1, guid) + string(2, secret) + b"\x00\x00\x00\x00")

def check(reply):                          # the reply's status, and the session's handle
    assert reply[:4] == b"\x80\x01\x00\x02" and b"OpenSession" in reply[:24], reply[:80]
    at = 4 + 4 + len("OpenSession") + 4
    assert reply[at:at + 10] == b"\x0c\x00\x00\x0c\x00\x01\x08\x00\x01\x00"[:10], reply[at:at + 40]
    assert reply[at + 9:at + 13] == b"\x00\x00\x00\x00", "OpenSession: status is not SUCCESS"
    g = reply.index(b"\x0b\x00\x01\x00\x00\x00\x10") + 7
    s = reply.index(b"\x0b\x00\x02\x00\x00\x00\x10", g) + 7
    return reply[g:g + 16], reply[s:s + 16]

if e["HS2_TRANSPORT"] == "http":
    cls = http.client.HTTPSConnection if tls else http.client.HTTPConnection
    c = cls("127.0.0.1", port, timeout=10, **({"context": tls} if tls else {}))
    basic = base64.b64encode(user + b":" + password).decode()
    head = {"Content-Type": "application/x-thrift", "Authorization": "Basic " + basic}
    def call(m):
        c.request("POST", "/" + e["HS2_HTTP_PATH"], m, head); r = c.getresponse(); b = r.read()
        assert r.status == 200, (r.status, b[:200]); return b
else:
    s = socket.create_connection(("127.0.0.1", port), timeout=10)
    if tls: s = tls.wrap_socket(s, server_hostname="localhost")
    def need(n):
        b = b""
        while len(b) < n:
            x = s.recv(n - len(b)); assert x, "connection closed"; b += x
        return b
    if e["HS2_AUTH"] == "NOSASL":
        def call(m): s.sendall(m); return s.recv(65536)
    else:
        sasl = lambda status, body: struct.pack(">BI", status, len(body)) + body
        s.sendall(sasl(1, b"PLAIN") + sasl(2, b"\0" + user + b"\0" + password))
        status, n = struct.unpack(">BI", need(5)); text = need(n)
        assert status == 5, ("SASL", status, text)
        def call(m): s.sendall(struct.pack(">I", len(m)) + m); return need(struct.unpack(">I", need(4))[0])
call(close_session(*check(call(open_session))))
PY
}

# The variable that names the server for runtime/hs2/tests/real_server.rs, and its value.
test_variable() {
  local name=FLOW_OA_TEST_HS2 value="$HS2_HOST:$HS2_PORT user=$HS2_USER"
  if [ "$HS2_AUTH" != NOSASL ]; then name=FLOW_OA_TEST_HS2_PLAIN value+=" auth=plain"; fi
  if [ "$HS2_AUTH" = PASSWORD ]; then value+=" password=$HS2_PASSWORD"; fi
  if [ "$HS2_TLS" = 1 ]; then name=FLOW_OA_TEST_HS2_TLS value+=" ca=$HS2_DIR/tls/ca.pem"; fi
  if [ "$HS2_TRANSPORT" = http ]; then name=FLOW_OA_TEST_HS2_HTTP value+=" path=$HS2_HTTP_PATH"; fi
  printf 'export %s=%q\n' "$name" "$value"
}

write_env() {
  local scheme=thrift
  [ "$HS2_TRANSPORT" = http ] && scheme=http
  [ "$HS2_TLS" = 1 ] && scheme=$scheme+tls
  ( umask 077
    { printf 'HS2_HOST=%s\nHS2_PORT=%s\nHS2_AUTH=%s\n' "$HS2_HOST" "$HS2_PORT" "$HS2_AUTH"
      printf 'HS2_TRANSPORT=%s\nHS2_HTTP_PATH=%s\nHS2_TLS=%s\n' "$HS2_TRANSPORT" "$HS2_HTTP_PATH" "$HS2_TLS"
      printf 'HS2_USER=%q\nHS2_PASSWORD=%q\nHS2_WAREHOUSE=%q\n' "$HS2_USER" "$HS2_PASSWORD" "$HS2_DIR/warehouse"
      if [ "$HS2_TLS" = 1 ]; then printf 'HS2_CA=%q\n' "$HS2_DIR/tls/ca.pem"; fi
      test_variable
    } >"$HS2_DIR/env" )
  say "ready: $scheme://$HS2_HOST:$HS2_PORT auth=$HS2_AUTH pid=$(cat "$(pid_file)") log=$HS2_DIR/server.log env=$HS2_DIR/env"
}

start() {
  local pid home d t0
  check_settings
  if pid=$(running_pid); then
    [ -f "$HS2_DIR/env" ] || die "already running, pid $pid, but it has no $HS2_DIR/env: stop it first"
    say "already running, pid $pid"
    return 0
  fi
  mkdir -p "$HS2_DIR"
  install_pyspark
  home=$(spark_home)
  if [ "$HS2_PORT" = 0 ]; then HS2_PORT=$(free_port)
  elif port_taken; then die "port $HS2_PORT on 127.0.0.1 is already in use: HS2_PORT=0 picks a free one"
  fi
  if [ "$HS2_KEEP" != 1 ]; then rm -rf "$HS2_DIR"/{metastore_db,warehouse}; fi
  rm -rf "$HS2_DIR"/{tmp,scratch,env,server.log,derby.log}
  for d in warehouse tmp scratch conf; do mkdir -p "$HS2_DIR/$d"; done

  local preload=
  local jvm="-Djava.io.tmpdir=$HS2_DIR/tmp -Dderby.system.home=$HS2_DIR"
  local -a conf=(--conf spark.ui.enabled=false --conf spark.driver.host=127.0.0.1 --conf spark.driver.bindAddress=127.0.0.1
    --conf "spark.local.dir=$HS2_DIR/tmp" --conf "spark.sql.warehouse.dir=$HS2_DIR/warehouse" --conf spark.sql.shuffle.partitions=2
    # With several sessions at once, the metastore now and then refuses to look for partitions by a filter. Spark then
    # looks at all of them.
    --conf spark.sql.hive.metastorePartitionPruningFallbackOnException=true
    --conf "spark.hadoop.javax.jdo.option.ConnectionURL=jdbc:derby:;databaseName=$HS2_DIR/metastore_db;create=true"
    --conf "spark.hadoop.hive.server2.long.polling.timeout=${HS2_LONG_POLL_MS}ms")    # --hiveconf is ignored for it
  local -a hive=(--hiveconf hive.server2.thrift.bind.host=127.0.0.1 --hiveconf hive.server2.enable.doAs=false
    --hiveconf "hive.exec.scratchdir=$HS2_DIR/scratch" --hiveconf "hive.exec.local.scratchdir=$HS2_DIR/scratch")
  if [ "$HS2_AUTH" = PASSWORD ]; then
    make_password_provider "$home"
    jvm="$jvm -Dhs2.test.credentials=$HS2_DIR/auth/credentials"
    conf+=(--conf "spark.driver.extraClassPath=$HS2_DIR/auth")
    hive+=(--hiveconf hive.server2.authentication=CUSTOM --hiveconf hive.server2.custom.authentication.class=OneUser)
  else
    hive+=(--hiveconf "hive.server2.authentication=$HS2_AUTH")
  fi
  if [ "$HS2_TRANSPORT" = http ]; then
    hive+=(--hiveconf hive.server2.transport.mode=http --hiveconf "hive.server2.thrift.http.port=$HS2_PORT"
      --hiveconf "hive.server2.thrift.http.path=$HS2_HTTP_PATH")
    if [ "$HS2_TLS" = 0 ]; then hive+=(--hiveconf hive.server2.thrift.http.cookie.is.secure=false); fi
    make_loopback_only
    preload="$HS2_DIR/loopback/loopback.so"
  else
    hive+=(--hiveconf "hive.server2.thrift.port=$HS2_PORT")
  fi
  if [ "$HS2_TLS" = 1 ]; then
    make_tls
    hive+=(--hiveconf hive.server2.use.SSL=true --hiveconf "hive.server2.keystore.path=$HS2_DIR/tls/server.p12"
      --hiveconf hive.server2.keystore.password=changeit)
  fi
  local kv
  for kv in $HS2_CONF; do conf+=(--conf "$kv"); done

  cd "$HS2_DIR"
  env -u SPARK_SUBMIT_OPTS -u HADOOP_CONF_DIR -u HIVE_CONF_DIR \
    SPARK_HOME="$home" SPARK_CONF_DIR="$HS2_DIR/conf" SPARK_LOCAL_IP=127.0.0.1 LD_PRELOAD="$preload" \
    setsid "$home/bin/spark-submit" --class org.apache.spark.sql.hive.thriftserver.HiveThriftServer2 --master 'local[2]' \
    --driver-memory "$HS2_MEMORY" --conf "spark.driver.extraJavaOptions=$jvm" "${conf[@]}" spark-internal "${hive[@]}" \
    </dev/null >"$HS2_DIR/server.log" 2>&1 &
  pid=$!
  printf '%s\n' "$pid" >"$(pid_file)"

  t0=$SECONDS
  until probe >"$HS2_DIR/probe.log" 2>&1; do
    if ! kill -0 "$pid" 2>/dev/null; then
      rm -f "$(pid_file)"; tail -n 20 "$HS2_DIR/server.log" >&2; die "the server exited while starting: see $HS2_DIR/server.log"
    fi
    if [ $((SECONDS - t0)) -ge "$HS2_TIMEOUT" ]; then
      tail -n 3 "$HS2_DIR/probe.log" >&2; kill "$pid" 2>/dev/null || true; rm -f "$(pid_file)"
      die "no session after $HS2_TIMEOUT s: see $HS2_DIR/server.log"
    fi
    sleep 0.3
  done
  ( check_loopback_only "$pid" ) || { stop >/dev/null 2>&1 || true; exit 1; }
  write_env
}

stop() {
  local pid i
  if ! pid=$(running_pid); then rm -f "$(pid_file)"; say "not running"; return 0; fi
  kill "$pid"
  for i in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; [ "$i" = 80 ] && kill -9 "$pid" 2>/dev/null; sleep 0.25; done
  if kill -0 "$pid" 2>/dev/null; then die "pid $pid would not stop"; fi
  rm -f "$(pid_file)" "$HS2_DIR/env"
  say "stopped pid $pid"
}

status() {
  local pid
  if ! pid=$(running_pid); then say "not running"; return 1; fi
  [ -f "$HS2_DIR/env" ] || { say "pid $pid is still starting"; return 1; }
  # shellcheck disable=SC1091
  . "$HS2_DIR/env"
  probe >/dev/null 2>&1 || { say "pid $pid runs but opens no session"; return 1; }
  say "running: pid=$pid $HS2_HOST:$HS2_PORT auth=$HS2_AUTH transport=$HS2_TRANSPORT tls=$HS2_TLS"
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  status) status ;;
  *) say "usage: $0 start|stop|status"; exit 2 ;;
esac
