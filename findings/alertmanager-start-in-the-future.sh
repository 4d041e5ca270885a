#!/usr/bin/env bash
# An alert posted with its end alone begins in the future, and is active at once.
#
# Expected: an alert without `startsAt` starts when Alertmanager receives it.
# Seen: that is so when neither time is given. With `endsAt` alone, 20 minutes ahead, Alertmanager 0.28.1 takes the end
# for the start as well: it lists the alert as active with `startsAt` 20 minutes from now. That very `startsAt`, posted
# by itself, is refused with 400.
# So: send both times or neither. A receiver that computes "firing since" gets a negative age otherwise.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

package=$(alertmanager trixie '0.28.1+ds-1*')
printf '%s\n' 'route: {receiver: none}' 'receivers: [{name: none}]' >"$work/alertmanager.yml"
serve_alertmanager "$package" "$work/alertmanager.yml"

later=$(date --utc --date '+20 minutes' +%FT%TZ)
# post NAME [TIME OF THE ALERT]: prints the status of the answer
post() {
  curl --silent --output /dev/null --write-out '%{http_code}' --json '[{"labels": {"alertname": "'"$1"'"}'"${2-}"'}]' \
    "$alertmanager/api/v2/alerts"
}
# listed NAME: prints the state of an alert, and which of its times its start is
listed() {
  curl --silent "$alertmanager/api/v2/alerts?filter=alertname=$1" | json \
    "d[0]['status']['state'] + ', starts ' +
      {d[0]['updatedAt']: 'when received', d[0]['endsAt']: 'at its end'}[d[0]['startsAt']]"
}

expect "posted without times" "$(post Neither)" 200
expect "is listed as" "$(listed Neither)" "active, starts when received"
expect "posted with endsAt in 20 minutes" "$(post End ', "endsAt": "'"$later"'"')" 200
expect "is listed as" "$(listed End)" "active, starts at its end"
expect "posted with startsAt in 20 minutes" "$(post Start ', "startsAt": "'"$later"'"')" 400
