# What the box refuses is refused: writing to the system, becoming root, namespaces, the network. Prints `ok`, exits 0.
allowed=()
try() {
  if "$@" >/dev/null 2>&1; then allowed+=("$*"); fi
}

try touch /usr/bin/planted
try touch /planted
try chown 0 /tmp
try unshare --user true
try unshare --net true
try mount -t tmpfs none /mnt
try mknod /tmp/device c 1 3
try bash -c 'exec 3<>/dev/tcp/192.0.2.1/80'
cp /bin/true /tmp/true && try /tmp/true
grep -q '^CapEff:[[:space:]]*0*$' /proc/self/status || allowed+=("capabilities")

if ((${#allowed[@]})); then
  printf 'allowed: %s\n' "${allowed[@]}"
  exit 1
fi
echo ok
