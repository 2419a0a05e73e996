#!/bin/sh
# postgres.sh DIRECTORY: the source of pgTAP, 11,000 lines of PL/pgSQL, and its own regression tests. all.psql installs it, runs
# them one after another, each in a session of its own, and compares what each says with what upstream expects of it. The one
# test that is left out asks for pgTAP as an extension among the server's own files.
set -eu
sh "$(dirname -- "$0")/../../../docker/debian-source.sh" pgtap "$1/pgtap"
cd "$1/pgtap"
# What its Makefile does for a server of version 10 or newer.
sed -e 's/__OS__/linux/' -e 's/__VERSION__/1.3/' sql/pgtap.sql.in >sql/pgtap.sql
cat >../all.psql <<'END'
\cd /project/pgtap
\set QUIET 1
set client_min_messages = warning;
\i sql/pgtap.sql
END
for test in test/sql/*.sql; do
  name=$(basename "$test" .sql)
  [ "$name" = extension ] || printf '\\! sh /project/one.sh %s\n' "$name" >>../all.psql
done
cat >../one.sh <<'END'
# one.sh TEST: runs it, and says whether its output is one of those that are expected; some differ between the server's versions.
psql -X -f "test/sql/$1.sql" >"/tmp/$1.out" 2>&1
for expected in "test/expected/$1.out" "test/expected/$1"_?.out; do
  # The first line there is what turns echoing off.
  [ ! -f "$expected" ] || ! sed 1d "$expected" | cmp -s - "/tmp/$1.out" || { echo "as expected: $1"; exit; }
done
echo "NOT AS EXPECTED: $1"
sed 1d "test/expected/$1.out" | diff - "/tmp/$1.out"
END
