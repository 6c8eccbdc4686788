#!/usr/bin/env bash
# Installs what the tests need and runs all of them: types, lint, unused code, then every test with real nats-server
# and real containerd. Closes with a line "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/install.sh

need_root
ensure_packages "${runtime_packages[@]}" docker-registry systemd prometheus e2fsprogs patch
ensure_node
ensure_nats_server
ensure_node_packages
ensure_built

say "checking types, lint and unused code"
npm run --silent check >&2

say "running the tests"
exec node scripts/run-tests.mjs "$@"
