#!/usr/bin/env bash
# The newest release of Grafana's Foundation SDK is one that pip never chooses.
#
# Expected: `pip install grafana-foundation-sdk` brings the newest release, and `>=0.0.18` at least that one.
# Seen: besides the releases 0.0.x the index holds some for Grafana 10 and 11 whose version begins with an epoch, such
# as 1769699998!10.1.0. An epoch outranks every version without one, so that with either requirement pip takes a release
# for Grafana 10.1. It has no `dashboardv2`, and builds dashboards of schema 36 where 0.0.18 builds schema 42.
# So: pin it with `==`. A lower bound does not help.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

venv=$(pypi grafana-foundation-sdk==0.0.18)
installed() { "$venv/bin/pip" list --format json | json '[p["version"] for p in d if "foundation" in p["name"]][0]'; }
# builds: prints the schema of a dashboard that it builds, and whether it has the second generation of dashboards
builds() {
  "$venv/bin/python" -W ignore -c '
from importlib.util import find_spec
from grafana_foundation_sdk.builders.dashboard import Dashboard
second = find_spec("grafana_foundation_sdk.models.dashboardv2")
print("schema", Dashboard("").build().schema_version, "with dashboardv2" if second else "without dashboardv2")'
}

expect "release for requirement ==0.0.18" "$(installed)" 0.0.18
expect "what it builds" "$(builds)" "schema 42 with dashboardv2"
"$venv/bin/pip" install --quiet --upgrade 'grafana-foundation-sdk>=0.0.18' 2>"$work/err" ||
  cannot_try "pip could not upgrade: $(tail -n 1 "$work/err")"
expect "release for requirement >=0.0.18, without the time in its epoch" \
  "$(installed | sed 's/^[0-9]*!/TIME!/')" 'TIME!10.1.0'
expect "what it builds" "$(builds)" "schema 36 without dashboardv2"
