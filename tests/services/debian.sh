# Packages of Debian for the scripts that start servers or play notebooks; to be sourced. Nothing is installed by hand.
#
# debian_install LOG PACKAGE...   installs them, with a new list of packages where the old one does not do. Only root may.
#                                 What apt-get says goes to LOG. Fails where it may not, or could not: the caller says so.
debian_install() {
  local log=$1
  shift
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  mkdir -p "$(dirname "$log")"
  local -a install=(timeout 600 env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@")
  { "${install[@]}" || { timeout 600 apt-get update -q && "${install[@]}"; } } </dev/null >>"$log" 2>&1
}
