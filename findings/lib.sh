# shellcheck shell=bash
# What the findings share: a temporary folder, pinned public packages, and a way to state what was seen.
# It is sourced, never run. A finding exits with 0 if it still holds, 1 if it does not, 2 if it could not be tried.

set -euo pipefail
shopt -s inherit_errexit

umask 022
work=$(mktemp -d "${TMPDIR:-/tmp}/finding.XXXXXXXX")
chmod 711 "$work" # another user may go to what is theirs, and list nothing
mkdir "$work/packages" "$work/mine"
servers=()
unset "${!RESTIC_@}" "${!PG@}" # settings of the machine that would change the answers
export LC_ALL=C.UTF-8 TZ=UTC no_proxy=127.0.0.1
export PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
export RESTIC_PASSWORD=finding RESTIC_CACHE_DIR=$work/cache

clean_up() {
  for server in "${servers[@]}"; do
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap clean_up EXIT

cannot_try() {
  echo "CANNOT BE TRIED: $1" >&2
  exit 2
}

for program in curl python3; do
  command -v "$program" >/dev/null || cannot_try "$program is not on PATH"
done

# expect WHAT SEEN STATED: prints what was seen and ends with 1 when it is not what the finding states.
expect() {
  if [[ $2 != "$3" ]]; then
    printf 'CHANGED: %s\n  stated: %s\n  seen:   %s\n' "$1" "$3" "$2" >&2
    exit 1
  fi
  printf '%s: %s\n' "$1" "$2"
}

# try COMMAND...: sets $code to its exit code; its output is in the files $work/out and $work/err.
# shellcheck disable=SC2034 # the findings read it
try() {
  code=0
  "$@" >"$work/out" 2>"$work/err" || code=$?
}

# json EXPRESSION: prints what the Python expression makes of the JSON document on stdin, which it calls `d`.
json() {
  python3 -c 'import json, sys; d = json.load(sys.stdin); print(eval("(" + sys.argv[1] + ")"))' "$1"
}

# debian RELEASE PACKAGE VERSION: unpacks a package of a Debian release and prints the folder. VERSION may hold a `*`,
# for the suffix of a rebuild. Nothing is installed: apt gets a state of its own and the mirror that this machine uses.
debian() {
  local release=$1 package=$2 version=$3 apt=$work/packages/apt-$1 target=$work/packages/$2_$3 mirror keyring
  if [[ ! -d $apt ]]; then
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
    touch "$apt/status"
    mirror=$(apt-get indextargets --format "\$(ORIGIN)|\$(COMPONENT)|\$(REPO_URI)" 'Created-By: Packages' 2>/dev/null |
      awk -F'|' '($1 == "Debian" || $1 == "") && $2 == "main" { print ($3 ~ /\/debian\/?$/ ? 1 : 2), $3 }' |
      sort --stable --key 1,1 | sed -n '1s/^. //p') || mirror=
    mirror=${DEBIAN_MIRROR:-$mirror}
    [[ -n $mirror ]] || cannot_try "apt's configuration names no Debian mirror; set DEBIAN_MIRROR to the address of one"
    for keyring in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
      [[ ! -e $keyring ]] || break
    done
    echo "deb [signed-by=$keyring] $mirror $release main" >"$apt/sources.list"
    cat >"$apt/apt.conf" <<END
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "$apt";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Update::Error-Mode "any";
APT::Sandbox::User "";
END
    APT_CONFIG=$apt/apt.conf apt-get -qq update >/dev/null 2>&1 ||
      cannot_try "apt-get update failed for Debian $release"
  fi
  (cd "$apt" && APT_CONFIG=$apt/apt.conf apt-get -qq download "$package=$version" >/dev/null 2>&1) ||
    cannot_try "Debian $release no longer has $package $version"
  mkdir "$target"
  dpkg -x "$apt/${package}"_*.deb "$target"
  rm "$apt/${package}"_*.deb
  echo "$target"
}

# pypi REQUIREMENT...: installs pinned packages into a virtual environment and prints its folder.
pypi() {
  local target=$work/packages/venv
  python3 -m venv "$target" >/dev/null || cannot_try "python3 has no working venv module"
  "$target/bin/pip" install --quiet "$@" >"$work/pip.log" 2>&1 || cannot_try "pip could not install $*"
  echo "$target"
}

# "${as_user[@]}" COMMAND...: runs it as `nobody` where the finding runs as root, since PostgreSQL refuses root and no
# file is unreadable for it. Such a command owns the folder $work/mine.
as_user=()
if ((EUID == 0)); then
  as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  chown 65534:65534 "$work/mine"
fi

free_port() {
  python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start COMMAND...: runs a server in the background, which ends with the script.
start() {
  "$@" >"$work/server.log" 2>&1 &
  servers+=($!)
}

# await COMMAND...: waits until the command succeeds, for as long as the last server runs and 30 seconds at most.
await() {
  for _ in {1..300}; do
    ! "$@" >/dev/null 2>&1 || return 0
    kill -0 "${servers[-1]}" 2>/dev/null || break
    sleep 0.1
  done
  cannot_try "a server did not start; it said: $(tail -n 1 "$work/server.log")"
}

# serve URL COMMAND...: starts a server and waits until URL answers anything.
serve() {
  start "${@:2}"
  await curl --silent --max-time 5 --output /dev/null "$1"
}

# alertmanager RELEASE VERSION: Debian's Alertmanager and amtool; prints the package's folder. The program reads its
# templates from an absolute path below /usr. In this copy the path is relative, so it has to be started in that folder.
alertmanager() {
  local package
  package=$(debian "$1" prometheus-alertmanager "$2")
  LC_ALL=C sed --in-place 's#/usr/share/prometheus/#usr/share//prometheus/#g' "$package/usr/bin/prometheus-alertmanager"
  echo "$package"
}

# serve_alertmanager PACKAGE CONFIGURATION: starts it on loopback and sets $alertmanager to its URL.
serve_alertmanager() {
  local port
  port=$(free_port)
  alertmanager=http://127.0.0.1:$port
  cd "$1"
  serve "$alertmanager/-/ready" usr/bin/prometheus-alertmanager --config.file "$2" --storage.path "$work/data" \
    --web.listen-address "127.0.0.1:$port" --cluster.listen-address=
}

# serve_postgres PROGRAMS: makes and starts a PostgreSQL cluster on a socket, and sets what libpq needs to reach it.
serve_postgres() {
  export PGHOST=$work/mine PGUSER=postgres PGDATABASE=postgres
  cd "$work/mine"
  "${as_user[@]}" "$1/initdb" --pgdata cluster --username postgres --auth trust --no-sync >"$work/server.log" 2>&1 ||
    cannot_try "initdb failed: $(tail -n 1 "$work/server.log")"
  start "${as_user[@]}" "$1/postgres" -D cluster -k "$work/mine" -c listen_addresses=
  await "$1/pg_isready"
}
