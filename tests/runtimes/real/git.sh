#!/bin/sh
# git.sh DIRECTORY: four releases of deep-equal, as the npm registry has them, and history.sh, which makes each a commit.
set -eu
cd "$1"
for version in 0.2.2 1.0.0 1.0.1 1.1.2; do
  npm pack --silent "deep-equal@$version" >/dev/null
  mkdir "$version"
  tar -xzf "deep-equal-$version.tgz" -C "$version" --strip-components=1
  rm "deep-equal-$version.tgz"
done
cat >history.sh <<'END'
set -eu
git init --quiet /tmp/work
cd /tmp/work
for version in 0.2.2 1.0.0 1.0.1 1.1.2; do
  git rm -rq --ignore-unmatch .
  cp -R "/project/$version/." .
  git add --all --force
  git commit --quiet --message "Release $version"
  git tag "v$version"
done
git log --reverse --format='%s by %an'
git diff --shortstat v1.0.0 v1.0.1
git blame --line-porcelain -- index.js | grep -c '^summary '
git -c advice.detachedHead=false clone --quiet --branch v1.0.0 /tmp/work /tmp/copy
diff -r --exclude=.git /project/1.0.0 /tmp/copy && echo "v1.0.0 is as released"
git fsck --strict && git gc --quiet && git verify-pack .git/objects/pack/*.idx && echo "sound"
END
