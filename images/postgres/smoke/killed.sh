#!/bin/sh
# What was committed is there after the server was killed, whatever it left behind. Prints `ok` and exits 0.
set -eu

directory=${1:-/tmp}/smoke-pg-killed
log=/tmp/killed.log
psql() { command psql -X -q -t -A -v ON_ERROR_STOP=1 -h 127.0.0.1 -U postgres "$@"; }

begin() {
  pg-server "$directory" 2>"$log" >&2 &
  server=$!
  tries=0
  until pg_isready -q -h 127.0.0.1; do
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] && kill -0 "$server" || { cat "$log" >&2; exit 1; }
    sleep 0.1
  done
}

begin
psql -c 'create table t(a int)' -c 'insert into t values (1)'
postmaster=$(head -n 1 "$directory/17/postmaster.pid")
kill -KILL "$postmaster"
wait "$server" && exit 1
until flock -n "$directory/lock" true; do sleep 0.1; done
begin
[ "$(psql -c 'select a from t')" = 1 ] || exit 1
kill -TERM "$server"
wait "$server"
echo ok
