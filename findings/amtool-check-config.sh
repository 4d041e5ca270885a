#!/usr/bin/env bash
# amtool passes a configuration that Alertmanager refuses to start with.
#
# Expected: with what `amtool check-config` passes Alertmanager starts; and where it starts, it can send.
# Seen: amtool 0.28.1 looks into none of the files that a configuration names. With a `ca_file` that is missing it says
# SUCCESS, and Alertmanager exits with 1. With a webhook's `url_file` that is missing Alertmanager does start, says that
# it is ready, and fails at the first notification.
# So: check beside amtool that each file exists for Alertmanager's user, and watch its count of failed notifications.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

package=$(alertmanager trixie '0.28.1+ds-1*')
# configuration FILE SETTINGS: writes one with a webhook of these settings
configuration() {
  printf '%s\n' 'route: {receiver: hook, group_wait: 0s}' "receivers: [{name: hook, webhook_configs: [{$2}]}]" >"$1"
}
# amtool_says FILE: prints the exit code and the verdict
amtool_says() {
  try "$package/usr/bin/amtool" check-config "$1"
  echo "$code $(grep -o 'SUCCESS\|FAILED' "$work/out" || true)"
}
failed() {
  curl --silent "$alertmanager/metrics" |
    awk '/^alertmanager_notification_requests_failed_total\{.*"webhook"/ { n += $2 } END { print n + 0 }'
}

configuration "$work/ca.yml" "url: 'http://127.0.0.1:9/', http_config: {tls_config: {ca_file: '$work/absent.pem'}}"
expect "amtool 0.28.1 with a missing ca_file" "$(amtool_says "$work/ca.yml")" "0 SUCCESS"
cd "$package"
try timeout 30 usr/bin/prometheus-alertmanager --config.file "$work/ca.yml" --storage.path "$work/data" \
  --web.listen-address "127.0.0.1:$(free_port)" --cluster.listen-address=
expect "Alertmanager 0.28.1 with it, exit code" "$code" 1

configuration "$work/url.yml" "url_file: '$work/absent.txt'"
expect "amtool 0.28.1 with a missing url_file" "$(amtool_says "$work/url.yml")" "0 SUCCESS"
serve_alertmanager "$package" "$work/url.yml"
expect "Alertmanager 0.28.1 with it, status of /-/ready" \
  "$(curl --silent --output /dev/null --write-out '%{http_code}' "$alertmanager/-/ready")" 200
curl --silent --json '[{"labels": {"alertname": "Test"}}]' "$alertmanager/api/v2/alerts"
for _ in {1..100}; do
  [[ $(failed) == 0 ]] || break
  sleep 0.1
done
expect "failed notifications after one alert" "$(failed)" 1
