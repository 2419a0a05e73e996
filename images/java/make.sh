#!/bin/sh
# Run while the image is made: compiles the build program and writes an archive of its classes and the compiler's, already
# parsed. The JVM maps it, and falls back to the classes themselves where it cannot. Programs need none beside the JDK's own.
set -eu

cd /usr/local/lib/superos
work=$(mktemp -d)
mkdir "$work/classes"
javac -Xlint:all,-serial -Werror -d "$work/classes" build/Build.java build/Program.java build/Refusal.java build/Source.java
jar --create --file build.jar -C "$work/classes" .

java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ArchiveClassesAtExit=build.jsa -cp "$PWD/build.jar" \
  Build build/Warm.java "$PWD/build" "$work/out"
rm -rf "$work" build
chmod 0644 ./*.jar ./*.jsa ./*.args
