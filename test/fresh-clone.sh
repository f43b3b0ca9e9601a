#!/usr/bin/env bash
# A new user's first minutes: a clone in an empty folder, every cache empty, then the README's two commands, and the first
# once more. Takes as long as a first build of the server. Not part of `npm test`, which it runs.
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
place=$(mktemp -d)
cleanUp() {
  # Go's module cache is read-only.
  chmod -R u+w "$place" && rm -rf "$place"
}
trap cleanUp EXIT

git clone --quiet "$repository" "$place/flotilla"
mkdir "$place/home"
cd "$place/flotilla"

newUser() {
  echo "== $* =="
  local startedAt=$SECONDS
  env -i HOME="$place/home" PATH="$PATH" LANG="${LANG:-C.UTF-8}" "$@"
  echo "== ended well after $((SECONDS - startedAt)) s =="
}

newUser npm start -- --once
newUser npm start -- --once
newUser npm test
[ -z "$(git status --porcelain)" ] || { echo 'The commands left something in the clone:' && git status --short && exit 1; }
