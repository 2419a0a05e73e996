#!/bin/sh
# arduino.sh DIRECTORY: the example sketches of the libraries that come with Arduino's core, from its Debian package.
set -eu
sh "$(dirname -- "$0")/debian-package.sh" "$1/packages" arduino-core-avr
for examples in "$1"/packages/usr/share/arduino/hardware/arduino/avr/libraries/*/examples; do
  library=$(basename -- "$(dirname -- "$examples")")
  mkdir -p "$1/$library"
  cp -R "$examples/." "$1/$library/"
done
rm -rf "$1/packages"
