#!/bin/sh
# web-page.sh DIRECTORY: the page, style sheet and icons of HTML5 Boilerplate, as its npm package has them.
set -eu
cd "$1"
npm pack --silent html5-boilerplate@9.0.1 >/dev/null
tar -xzf html5-boilerplate-9.0.1.tgz
rm html5-boilerplate-9.0.1.tgz
