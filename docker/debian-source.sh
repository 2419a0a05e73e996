#!/bin/sh
# Downloads and unpacks the source of a Debian package, without touching the system's apt configuration.
#
# usage: sh docker/debian-source.sh PACKAGE DESTINATION
#
# The archive, its components and its key are those of the host's first deb entry; the release is trixie on Debian and the
# host's own elsewhere. Index and archives are verified by apt. Nothing is left behind but DESTINATION, which must not
# exist yet. Needs no root.
set -eu

die() { echo "superos: $1" >&2; [ $# -lt 2 ] || echo "hint: $2" >&2; exit 1; }

[ $# -eq 2 ] || { echo "usage: sh docker/debian-source.sh PACKAGE DESTINATION" >&2; exit 2; }
package=$1 destination=$2
case $package in "" | -* | *[!a-z0-9.+-]*) die "not a package name: $package" ;; esac
case $destination in /*) ;; *) destination=$PWD/$destination ;; esac
[ ! -e "$destination" ] || die "$destination exists already."
command -v apt-get >/dev/null || die "Debian sources are fetched with apt-get, which is not here."

. /etc/os-release
host=${VERSION_CODENAME:-}
[ -n "$host" ] || die "/etc/os-release names no release."

# Prints "URI KEYRING COMPONENTS..." of the first entry of either format for the host's own release.
first_entry() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | awk -v host="$host" '
    $1 == "deb" {
      key = "-"; i = 2
      if ($i ~ /^\[/) {
        for (done = 0; !done; i++) {
          option = $i; done = option ~ /\]$/
          gsub(/[][]/, "", option)
          if (sub(/^signed-by=/, "", option)) key = option
        }
      }
      if ($(i + 1) != host) next
      parts = ""
      for (j = i + 2; j <= NF && $j !~ /^#/; j++) parts = parts " " $j
      print $i, key parts
      exit
    }'
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -r "$file" ] || continue
    # Comments go, then a paragraph at a time.
    sed '/^#/d' "$file" | awk -v host="$host" 'BEGIN { RS = ""; FS = "\n" }
      {
        uri = ""; key = "-"; parts = ""; own = 0; binary = 0
        for (n = 1; n <= NF; n++) {
          field = tolower($n); sub(/:.*/, "", field)
          value = $n; sub(/^[^:]*:[ \t]*/, "", value); split(value, words, /[ \t]+/)
          if (field == "types") for (w in words) if (words[w] == "deb") binary = 1
          if (field == "suites") for (w in words) if (words[w] == host) own = 1
          if (field == "uris") uri = words[1]
          if (field == "components") parts = " " value
          if (field == "signed-by" && words[1] ~ /^\//) key = words[1]
        }
        if (own && binary && uri != "") { print uri, key parts; exit }
      }'
  done
}

entry=$(first_entry | head -n 1)
[ -n "$entry" ] || die "No deb entry for $host in /etc/apt/sources.list or sources.list.d."
# shellcheck disable=SC2086 # words of the entry
set -- $entry
uri=$1 key=$2
shift 2
suite=$host components=$*
[ "${ID:-}" != debian ] || { suite=trixie; components=main; }
[ "$key" != - ] || [ "${ID:-}" != debian ] || key=/usr/share/keyrings/debian-archive-keyring.gpg

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial" "$work/source"
signed=
[ "$key" = - ] || signed="[signed-by=$key] "
echo "deb-src $signed$uri $suite $components" >"$work/sources.list"

# The private folder is not readable for apt's own download user.
private() {
  apt-get -q -o Dir::State="$work/state" -o Dir::State::status=/var/lib/dpkg/status -o Dir::Cache="$work/cache" \
    -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none -o Acquire::Retries=2 "$@" </dev/null >&2
}
private update
cd "$work/source"
if command -v dpkg-source >/dev/null && private source --download-only --only-source "$package"; then
  # apt has checked the archives against the signed index; the maintainer's own signature needs keys that hosts lack.
  dpkg-source --no-check -x ./*.dsc "$work/unpacked" >&2
else
  # Mirrors are not always complete, and the upstream archive is most of a source package.
  echo "==> Without Debian's own changes to $package" >&2
  private source --download-only --only-source --tar-only "$package"
  mkdir "$work/unpacked"
  for archive in ./*.orig.tar.*; do
    case $archive in *.asc) ;; *) tar -xf "$archive" -C "$work/unpacked" --strip-components=1 ;; esac
  done
fi
mkdir -p "$(dirname "$destination")"
mv "$work/unpacked" "$destination"
