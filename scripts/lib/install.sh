# Installs what Bramble and its tests need on Debian and Raspberry Pi OS. Sourced; the caller has set -euo pipefail.
# Everything here is done once: a second call finds it and changes nothing.

say() { printf '%s\n' "==> $*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# quietly COMMAND ...: shows what it printed only when it failed
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 || status=$?
  [ "$status" = 0 ] || cat "$log" >&2
  rm -f "$log"
  return "$status"
}

# version_at_least HAVE WANT
version_at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

need_root() { [ "$(id -u)" = 0 ] || die "this runs containers and installs packages, and needs root: try 'sudo $0'"; }

apt_updated=no
apt_update() {
  [ "$apt_updated" = yes ] && return
  say "reading the package lists"
  quietly apt-get update -qq
  apt_updated=yes
}

# Packages whose services Bramble does not use must not run beside it because Bramble brought them here.
quiet_service() {
  if [ -d /run/systemd/system ]; then systemctl disable --quiet --now "$1.service" 2>/dev/null || say "$1.service could not be disabled; it is not needed by Bramble"; fi
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# candidate_of NAME: the upstream version that this system's packages would install, without epoch and revision
candidate_of() { apt-cache policy "$1" | sed -n 's/^  Candidate: *\([0-9]*:\)\{0,1\}\([0-9][0-9.]*\).*/\2/p'; }

# ensure_packages NAME ...
ensure_packages() {
  local missing=() name
  for name in "$@"; do installed "$name" || missing+=("$name"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "install these first, with your system's package manager: ${missing[*]}"
  apt_update
  say "installing ${missing[*]}"
  DEBIAN_FRONTEND=noninteractive quietly apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends "${missing[@]}"
  case " ${missing[*]} " in *" containerd "*) quiet_service containerd ;; esac
}

node_wanted=20.19
ensure_node() {
  local have=none
  if command -v node >/dev/null; then have=$(node --version | tr -d v); fi
  if [ "$have" != none ] && version_at_least "$have" "$node_wanted"; then
    command -v npm >/dev/null || ensure_packages npm
    return 0
  fi
  if command -v apt-get >/dev/null; then
    apt_update
    local candidate
    candidate=$(candidate_of nodejs)
    if [ -n "$candidate" ] && version_at_least "$candidate" "$node_wanted"; then
      ensure_packages nodejs npm
      return 0
    fi
  fi
  die "Node.js $node_wanted or newer is needed, found $have, and this system's packages have none: install Node.js 20 or 22 (with npm), then run this again"
}

nats_wanted=2.10
nats_version() { nats-server --version 2>/dev/null | sed -n 's/^nats-server: v*\([0-9.]*\).*/\1/p'; }
nats_is_good() { command -v nats-server >/dev/null && version_at_least "$(nats_version)" "$nats_wanted"; }

ensure_nats_server() {
  nats_is_good && return 0
  local found
  found=$(command -v nats-server >/dev/null && nats_version || echo none)
  command -v apt-get >/dev/null || die "nats-server $nats_wanted or newer is needed, found $found: install it and run this again"
  apt_update
  local candidate
  candidate=$(candidate_of nats-server)
  if [ -n "$candidate" ] && version_at_least "$candidate" "$nats_wanted"; then
    ensure_packages nats-server
    quiet_service nats-server
  else
    nats_from_next_release
  fi
  nats_is_good || die "nats-server $nats_wanted or newer is needed, found $found: install it and run this again"
}

# The next Debian release's package, from the mirror and with the key that this machine's own apt uses, fetched with
# a configuration of its own: nothing of the system's sources changes, so no later upgrade pulls anything from there.
nats_from_next_release() {
  local next=trixie site key dir
  site=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(SITE) $(SUITE)' 'Created-By: Packages' |
    awk '$1 == "Debian" && $2 == "main" && $4 !~ /security/ { print $3; exit }')
  [ -n "$site" ] || die "no Debian mirror is configured on this machine: install nats-server $nats_wanted or newer and run this again"
  key=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -f "$key" ] || ensure_packages debian-archive-keyring
  dir=$(mktemp -d)
  chmod 755 "$dir"
  mkdir -p "$dir/lists/partial" "$dir/archives/partial"
  printf 'deb [signed-by=%s] %s %s main\n' "$key" "$site" "$next" >"$dir/sources.list"
  local apt=(apt-get -qq -o "Dir::Etc::SourceList=$dir/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$dir/lists" -o "Dir::Cache=$dir" -o APT::Sandbox::User=root)
  say "installing nats-server from Debian $next (this release's is too old)"
  if ! quietly "${apt[@]}" update || ! (cd "$dir" && quietly "${apt[@]}" download nats-server); then
    rm -rf "$dir"
    die "nats-server $nats_wanted or newer could not be fetched from Debian $next: install it and run this again"
  fi
  ensure_packages adduser
  if ! quietly dpkg -i "$dir"/nats-server_*.deb; then
    rm -rf "$dir"
    die "Debian $next's nats-server does not install here: install nats-server $nats_wanted or newer and run this again"
  fi
  rm -rf "$dir"
  quiet_service nats-server
}

# What has been done for which input is remembered by a digest, so that a second run does nothing.
ensure_node_packages() {
  local stamp=node_modules/.bramble-lock digest
  digest=$(sha256sum package-lock.json | cut -d ' ' -f 1)
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$digest" ]; then return 0; fi
  say "installing the Node packages"
  npm ci --no-audit --no-fund --loglevel=error >&2
  printf '%s' "$digest" >"$stamp"
}

ensure_built() {
  local stamp=dist/.bramble-source digest
  digest=$( (find src package-lock.json scripts/build.mjs -type f -print0 | sort -z | xargs -0 sha256sum) | sha256sum | cut -d ' ' -f 1)
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$digest" ]; then return 0; fi
  say "building"
  npm run --silent build >&2
  printf '%s' "$digest" >"$stamp"
}

runtime_packages=(containerd runc containernetworking-plugins busybox-static iptables iproute2 kmod)
