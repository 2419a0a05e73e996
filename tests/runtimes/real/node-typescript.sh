#!/bin/sh
# node-typescript.sh DIRECTORY: zod as it is in the npm registry, with its tests in TypeScript; what runs them, Vitest, is for its
# build to install. The three files that are left out need more packages, or the repository they come from.
set -eu
cd "$1"
npm pack --silent zod@4.6.7 >/dev/null
tar -xzf zod-4.6.7.tgz
rm zod-4.6.7.tgz
cd package
cd src/v4/classic/tests
rm file.test.ts redos.test.ts to-json-schema.test.ts
cd "$1/package"
npm pkg set devDependencies.vitest=5.1.1 "scripts.test=vitest run --configLoader runner --no-color src/v4/classic/tests"
