#!/bin/sh
# A server starts on new data, answers, is ended by SIGTERM while a client is connected, and starts again on the same data.
# Prints `ok` and exits 0. Its only argument is a directory to write; without it /tmp.
set -eu

directory=${1:-/tmp}/smoke-pg
log=/tmp/server.log
psql() { command psql -X -q -t -A -v ON_ERROR_STOP=1 -h 127.0.0.1 -U postgres "$@"; }
fail() { echo "smoke: $1" >&2; cat "$log" >&2; exit 1; }

begin() {
  pg-server "$directory" 2>"$log" >&2 &
  server=$!
  tries=0
  until pg_isready -q -h 127.0.0.1; do
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] && kill -0 "$server" || fail "the server did not start"
    sleep 0.1
  done
}

begin
psql -c 'create table t(a int primary key, b text)' -c "insert into t select i, 'Ä' || i from generate_series(1, 1000) i"
[ "$(psql -c 'set max_parallel_workers_per_gather = 2; select count(*) from t where b like $$Ä%$$')" = 1000 ] || fail "rows are missing"
if pg-server "$directory" 2>/tmp/second.log; then fail "two servers have one directory"; fi
grep -q 'another server has' /tmp/second.log || fail "the second server says nothing of the first"

psql -c 'select pg_sleep(60)' >/dev/null 2>&1 &
sleep 0.3
kill -TERM "$server"
wait "$server" || fail "the server ended with $?"
grep -q 'database system is shut down' "$log" || fail "the server was not shut down in order"

begin
[ "$(psql -c 'select b from t where a = 1000')" = Ä1000 ] || fail "the data is lost"
kill -TERM "$server"
wait "$server" || fail "the server ended with $?"
echo ok
