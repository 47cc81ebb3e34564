#!/bin/sh
# Writes build/first.txt: the functions that one pasted failure runs, so that they stand side by side in the release.
# Needs valgrind. A name that is gone, or not there yet, costs a little time at start-up and nothing else.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cat > "$folder/failure.json" <<'JSON'
{
  "error": {
    "code": "Forbidden",
    "message": "No application access policy found for this app.",
    "innerError": { "date": "2026-11-20T10:05:21", "request-id": "1c0a4f6e-2b7d-4e59-9a38-5d7e6c4b3a21" }
  }
}
JSON
cargo build --release --locked --no-default-features --config 'profile.release.strip=false' --target-dir "$folder/target"
# Exit 1: a cause was found.
valgrind --quiet --tool=callgrind --demangle=no --callgrind-out-file="$folder/calls" \
    "$folder/target/release/graphwhy" explain "$folder/failure.json" > /dev/null || test $? = 1
# Without what differs from compiler to compiler: the hash of a function, that of a crate.
sed -n 's/^c\{0,1\}fn=([0-9]*) \(_[ZR][^ ]*\)$/\1/p' "$folder/calls" |
    sed -e "s/'[0-9]*\$//" -e 's/17h[0-9a-f]\{16\}E.*$/17h*/' -e 's/Cs[0-9A-Za-z]\{6,\}_/Cs*_/g' -e 's/\.[0-9]*$/.*/' |
    LC_ALL=C sort -u > build/first.txt
wc -l build/first.txt
