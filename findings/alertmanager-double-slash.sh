#!/usr/bin/env bash
# One slash too many turns a post of alerts into a success that posts nothing.
#
# Expected: a POST to //api/v2/alerts (a base URL that ends in a slash, and the path appended to it) works or fails.
# Seen: Alertmanager 0.28.1 answers 301 to the path with one slash. Clients that follow it, as HTTP allows for 301,
# repeat the request as GET; that is the listing of alerts, so the answer is 200, and Alertmanager knows no alert.
# So: join the URL with care, and let a client that posts alerts follow no redirects at all.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

package=$(alertmanager trixie '0.28.1+ds-1*')
printf '%s\n' 'route: {receiver: none}' 'receivers: [{name: none}]' >"$work/alertmanager.yml"
serve_alertmanager "$package" "$work/alertmanager.yml"

# post PATH [OPTION OF CURL...]: posts an alert; prints the status, the last method and the number of redirects
post() {
  curl --silent --output /dev/null --write-out '%{http_code} %{method} %{num_redirects}' "${@:2}" \
    --json '[{"labels": {"alertname": "Test"}}]' "$alertmanager$1"
}
known() { curl --silent "$alertmanager/api/v2/alerts" | json 'len(d)'; }

expect "two slashes, no redirects followed" "$(post //api/v2/alerts)" "301 POST 0"
expect "two slashes, redirects followed" "$(post //api/v2/alerts --location)" "200 GET 1"
expect "alerts that Alertmanager knows then" "$(known)" 0
expect "one slash" "$(post /api/v2/alerts)" "200 POST 0"
expect "alerts that Alertmanager knows then" "$(known)" 1
