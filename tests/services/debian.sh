# Installs Debian packages for the scripts that start servers or play notebooks. To be sourced.
#
# debian_install LOG PACKAGE...   installs the packages as root; after a failure it updates the package lists and retries.
#                                 The output of apt-get goes to LOG. Fails if it is not root or the installation fails;
#                                 the caller reports it.
debian_install() {
  local log=$1
  shift
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  mkdir -p "$(dirname "$log")"
  local -a install=(timeout 600 env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@")
  { "${install[@]}" || { timeout 600 apt-get update -q && "${install[@]}"; } } </dev/null >>"$log" 2>&1
}
