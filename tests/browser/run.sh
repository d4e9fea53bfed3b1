#!/usr/bin/env bash
# The browser tests: needs node, npm, Chromium and a built `sclbench` (target/debug, or
# SCLBENCH). Packages are installed below target, never into the tree.
set -euo pipefail
cd "$(dirname "$0")"

root=$(cd ../.. && pwd)
tests="$root/target/browser-tests"
mkdir -p "$tests"
cp package.json package-lock.json ./*.mjs "$tests/"
cd "$tests"
npm ci --no-audit --no-fund --silent
SCLBENCH_ROOT="$root" npm run --silent "${1:-test}"
