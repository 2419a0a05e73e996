#!/bin/sh
# web.sh DIRECTORY: the starting point for React with TypeScript that create-vite has for new projects, as a project.
set -eu
cd "$1"
npm pack --silent create-vite@9.3.0 >/dev/null
tar -xzf create-vite-9.3.0.tgz
mv package/template-react-ts app
rm -r package create-vite-9.3.0.tgz
