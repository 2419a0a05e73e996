#!/bin/sh
# Makes sure that a Docker engine answers: finds it, else starts it, else (as root on Debian or Ubuntu) installs it.
#
# usage: sh docker/engine.sh        (with Node in PATH)
#
# Where it may not act, it says exactly what to run and exits 1. DOCKER_HOST is taken as a decision already made.
set -eu

cd "$(dirname "$0")/.."
log=/var/log/superos-dockerd.log
say() { echo "==> $*" >&2; }
die() { echo "superos: $1" >&2; [ $# -lt 2 ] || echo "hint: $2" >&2; exit 1; }

state() { rc=0; node docker/engine-ping.mjs || rc=$?; echo "$rc"; }

# answers SECONDS [PID]: waits for the engine, a dot a second, no longer than process PID lives.
answers() {
  left=$1
  until [ "$(state)" -eq 0 ]; do
    if [ "$left" -le 0 ] || { [ $# -gt 1 ] && ! kill -0 "$2" 2>/dev/null; }; then
      echo >&2
      return 1
    fi
    left=$((left - 1))
    printf . >&2
    sleep 1
  done
  [ "$left" -eq "$1" ] || echo >&2
}

has_dockerd() { command -v dockerd >/dev/null || [ -x /usr/sbin/dockerd ] || [ -x /usr/bin/dockerd ]; }
has_systemd() { [ -d /run/systemd/system ]; }
is_debian() {
  command -v apt-get >/dev/null && [ -r /etc/os-release ] && (
    . /etc/os-release
    case " ${ID:-} ${ID_LIKE:-} " in *" debian "* | *" ubuntu "*) ;; *) exit 1 ;; esac
  )
}

explain() {
  if [ "$1" -eq 3 ]; then
    die "The Docker engine runs, but this user may not use it." \
      "Run: sudo usermod -aG docker $(id -un)   then log in again."
  elif has_dockerd; then
    start='sudo systemctl start docker'
    has_systemd || start='sudo service docker start'
    die "Docker is installed, but its engine does not answer on /var/run/docker.sock." "Run: $start"
  elif is_debian; then
    die "Docker is not installed." \
      "Run: sudo apt-get install -y docker.io && sudo usermod -aG docker $(id -un)   then log in again."
  fi
  die "Docker is not installed." "Install a Docker engine (20.10 or newer) with this system's package manager and start it."
}

start_engine() {
  say "Starting the Docker engine"
  if has_systemd; then
    systemctl start docker || die "systemctl start docker failed." "Look at: journalctl -u docker -n 50"
    answers 60 || die "The Docker engine does not answer." "Look at: journalctl -u docker -n 50"
    return
  fi
  if [ -x /etc/init.d/docker ] && service docker start </dev/null >&2; then
    answers 15 && return
  fi
  PATH="$PATH:/usr/sbin:/sbin" setsid dockerd >"$log" 2>&1 </dev/null &
  answers 60 $! && return
  tail -n 20 "$log" >&2
  die "The Docker engine did not start." "Its log is $log"
}

[ "$(uname -s)" = Linux ] || die "SuperOS runs on Linux; this is $(uname -s)."
[ -z "${DOCKER_HOST:-}" ] || exit 0
now=$(state)
[ "$now" -ne 0 ] || exit 0
[ "$now" -ne 4 ] || die "Something on /var/run/docker.sock answers, but not as a Docker engine."
[ "$(id -u)" -eq 0 ] || explain "$now"
if ! has_dockerd; then
  is_debian || explain "$now"
  sh docker/apt-install.sh docker.io iptables
fi
[ "$(state)" -eq 0 ] || start_engine
