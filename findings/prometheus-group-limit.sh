#!/usr/bin/env bash
# One alert too many in a rule group with a `limit` ends those that were firing, `keep_firing_for` or not.
#
# Expected: a group's `limit` keeps further alerts out, or `keep_firing_for` at least holds those that fire already.
# Seen: when the rule gives more alerts than the limit, Prometheus 2.53.3 fails the evaluation and drops every alert of
# the rule, also one that fired before and is kept for an hour. Once below the limit again it begins anew.
# So: a limit meant as protection silences a rule in the very hour in which most breaks. Where one is set, alert on
# prometheus_rule_evaluation_failures_total too, from another group.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

prometheus=$(debian trixie prometheus '2.53.3+ds1-*')/usr/bin/prometheus
mkdir "$work/www"
# broken NUMBER: from the next scrape on, so many repositories are broken
broken() {
  for ((n = 1; n <= $1; n++)); do echo "broken{repository=\"$n\"} 1"; done >"$work/www/new"
  mv "$work/www/new" "$work/www/metrics"
}
broken 1
target=127.0.0.1:$(free_port)
serve "http://$target/" python3 -m http.server --directory "$work/www" --bind 127.0.0.1 "${target#*:}"
cat >"$work/prometheus.yml" <<END
global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
scrape_configs: [{job_name: test, static_configs: [{targets: ["$target"]}]}]
END
cat >"$work/rules.yml" <<END
groups:
- {name: limited, limit: 2, rules: [{alert: Limited, expr: broken == 1, keep_firing_for: 1h}]}
- {name: unlimited, rules: [{alert: Unlimited, expr: broken == 1, keep_firing_for: 1h}]}
END
server=127.0.0.1:$(free_port)
serve "http://$server/-/ready" "$prometheus" --config.file "$work/prometheus.yml" --storage.tsdb.path "$work/data" \
  --web.listen-address "$server"

alerts() {
  curl --silent "http://$server/api/v1/alerts" | json "', '.join(
    '%d %s' % ([alert['labels']['alertname'] for alert in d['data']['alerts']].count(name), name)
    for name in ('Limited', 'Unlimited'))"
}
# settles STATED: waits for it up to 30 seconds, prints what there is
settles() {
  for _ in {1..300}; do
    [[ $(alerts) != "$1" ]] || break
    sleep 0.1
  done
  alerts
}

expect "one repository broken" "$(settles '1 Limited, 1 Unlimited')" "1 Limited, 1 Unlimited"
broken 3
expect "three broken, the limit is two" "$(settles '0 Limited, 3 Unlimited')" "0 Limited, 3 Unlimited"
broken 1
expect "one broken again" "$(settles '1 Limited, 3 Unlimited')" "1 Limited, 3 Unlimited"
