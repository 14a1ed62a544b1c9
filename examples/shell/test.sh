#!/usr/bin/env bash
# Run with: KNOT_BASE_URL=http://127.0.0.1:5668 bash test.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. ./knot.sh
: "${KNOT_BASE_URL:?names no sandbox}"

passed=0 failed=0

# is WHAT GOT PATTERN: one check.
is() {
  if [[ $2 =~ $3 ]]; then passed=$((passed + 1)); else
    failed=$((failed + 1))
    printf '%s: got %s, want %s\n' "$1" "$2" "$3" >&2
  fi
}

# new_client SETTINGS [FAULT]: mints a client for one test, and arms a fault for it.
new_client() {
  local pair
  pair=$(curl --silent --fail --data "$1" "$KNOT_BASE_URL/__sandbox/clients")
  KNOT_CLIENT_ID=$(sed -n 's/.*"client_id": "\(.*\)",*/\1/p' <<<"$pair")
  KNOT_SECRET=$(sed -n 's/.*"secret": "\(.*\)",*/\1/p' <<<"$pair")
  if [ $# = 2 ]; then
    curl --silent --fail --output /dev/null --data "client=$KNOT_CLIENT_ID $2" "$KNOT_BASE_URL/__sandbox/faults"
  fi
}

new_client '{}'
is good "$(create_session link u)" '^[0-9a-f-]{36}$'

is invalid "$(create_session nonsense u || true)" '"error_code":"PRODUCT_NOT_VALID"'

new_client '{}' 'InternalServerError times=2'
is 'two failures' "$(create_session link u | tail -n 1)" '^[0-9a-f-]{36}$'

new_client '{"products":["transaction_link"]}'
is 'disabled product' "$(create_session link u || true)" '"error_code":"NO_ACCESS"'

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
