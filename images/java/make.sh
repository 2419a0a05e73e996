#!/bin/sh
# Run while the image is made: compiles the build program and writes the shared archives of its classes and of those that
# most programs load. An archive holds what one run loads, already parsed; the JVM maps it and falls back to the classes
# themselves where it cannot.
set -eu

cd /usr/local/lib/superos
work=$(mktemp -d)
mkdir "$work/classes" "$work/nothing"
javac -Xlint:all,-serial -Werror -d "$work/classes" build/Build.java build/Program.java build/Refusal.java build/Source.java
jar --create --file build.jar -C "$work/classes" .

set -- build/Warm.java "$PWD/build" "$work/out"
java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ArchiveClassesAtExit=build.jsa -cp "$PWD/build.jar" Build "$@"

java -XX:+UseSerialGC -Xshare:off -XX:DumpLoadedClassList="$work/loaded" -cp "$work/out/classes" Warm </dev/null >/dev/null
grep -v -e '^Warm' "$work/loaded" >"$work/shared"
java -XX:+UseSerialGC -Xshare:dump -XX:SharedClassListFile="$work/shared" -XX:SharedArchiveFile="$PWD/jvm.jsa" \
  -cp "$work/nothing" >/dev/null
rm -rf "$work" build
chmod 0644 ./*.jar ./*.jsa ./*.args
