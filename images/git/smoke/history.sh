#!/bin/sh
# init, add, commit, branch, merge, log, diff, tag, clone and fsck of a repository in /tmp. Prints `ok` and exits 0.
# It is run by `sh`: the runtime itself has no endings.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

git init --quiet project
cd project
printf 'one\ntwo\n' >text
git add text
git commit --quiet --message "First"
git switch --quiet --create other
printf 'one\ntwo\nthree\n' >text
git commit --quiet --all --message "Second: ünïcode"
git switch --quiet main
printf 'beside\n' >file
git add file
git commit --quiet --message "Third"
git merge --quiet --message "Merge" other
git tag v1

[ "$(git log --format=%s | sort | tr '\n' '|')" = "First|Merge|Second: ünïcode|Third|" ]
[ "$(git diff --stat HEAD~1 HEAD -- text | tail -1)" = " 1 file changed, 1 insertion(+)" ]
[ "$(git show v1:text | tail -1)" = three ]
[ "$(git log -1 --format=%an)" = SuperOS ]

git clone --quiet . ../copy
[ "$(git -C ../copy rev-parse HEAD)" = "$(git rev-parse HEAD)" ]
git fsck --strict
git gc --quiet
git bundle create --quiet ../all.bundle --all
git bundle verify --quiet ../all.bundle
echo ok
