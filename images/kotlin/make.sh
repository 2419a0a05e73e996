#!/bin/sh
# Run while the image is made: compiles the build program and the runner of scripts, and writes the shared archives of the
# compiler's classes and of those that most programs load. An archive holds what one run loads, already parsed; the JVM
# maps it and falls back to the classes themselves where it cannot.
set -eu

cd /usr/local/lib/superos
work=$(mktemp -d)
mkdir "$work/build" "$work/script" "$work/one" "$work/two"
javac -Xlint:all,-serial,-classfile -d "$work/build" -cp /usr/local/lib/kotlin/lib/kotlin-compiler.jar:/usr/local/lib/kotlin/lib/kotlin-stdlib.jar \
  build/Build.java build/EntryPoint.java
javac -d "$work/script" build/ScriptRunner.java
jar --create --file build.jar -C "$work/build" .
jar --create --file script.jar -C "$work/script" .

# The arguments as they will be, but for the archive, which is yet to be written, and for the collector: only G1 can put
# objects into an archive, which all can read.
for name in build.args jvm.args; do
  grep -v -e SharedArchiveFile "$name" | sed 's/-XX:+UseSerialGC/-XX:+UseG1GC/' >"$work/$name"
done

java -Xshare:off -XX:DumpLoadedClassList="$work/one.list" "@$work/build.args" "$PWD/build/warm.kt" "$PWD/build" "$work/one"
java -Xshare:off -XX:DumpLoadedClassList="$work/two.list" "@$work/build.args" "$PWD/build/warm.kts" "$PWD/build" "$work/two"
cat "$work/one.list" "$work/two.list" | grep -v 'source:' | sed 's/ id: .*//' | sort -u >"$work/build.list"
sed '$d' "$work/build.args" >"$work/dump.args"
java -Xshare:dump -XX:SharedClassListFile="$work/build.list" -XX:SharedArchiveFile="$PWD/build.jsa" "@$work/dump.args" >/dev/null

echo "some words" | java -Xshare:off -XX:DumpLoadedClassList="$work/run.list" "@$work/jvm.args" "@$work/one/run.args" >/dev/null
grep -v -e 'source:' -e '^Warm' -e '^Shape' -e '^Colour' -e '^Counter' "$work/run.list" >"$work/shared.list"
# The class path of every program begins with the libraries.
libraries=$(sed -n 2p "$work/one/run.args" | cut -d '"' -f 2 | sed "s|:$work/.*||")
java -Xshare:dump -XX:SharedClassListFile="$work/shared.list" -XX:SharedArchiveFile="$PWD/jvm.jsa" "@$work/jvm.args" \
  -cp "$libraries" >/dev/null
rm -rf "$work" build
chmod 0644 ./*.jar ./*.jsa ./*.args
