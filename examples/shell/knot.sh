# create_session PRODUCT USER: prints the id of a new session, or the error and fails. Wants KNOT_BASE_URL,
# KNOT_CLIENT_ID and KNOT_SECRET; curl tries again after 429 and 5xx, and waits as long as Retry-After asks.
create_session() {
  curl --silent --show-error --fail-with-body --retry 3 --retry-connrefused \
    --user "$KNOT_CLIENT_ID:$KNOT_SECRET" --header 'Content-Type: application/json' \
    --data "{\"type\":\"$1\",\"external_user_id\":\"$2\"}" "$KNOT_BASE_URL/session/create" 2>/dev/null |
    sed -n 's/.*{"session":"\(.*\)"}$/\1/p; s/.*\({"error_type".*\)/\1/p'
  return "${PIPESTATUS[0]}"
}
