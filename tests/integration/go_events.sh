# go_events.sh - samples and events built from occurrences, decoded by aws-lambda-go (TRG-220).
command -v go >/dev/null || { echo 'go is missing: make test-deps'; exit 77; }
[ -f "$GODIR/go.sum" ] || { echo "aws-lambda-go is not there: make test-deps"; exit 77; }
. tests/integration/events_made
cp tests/integration/events.go "$GODIR/main.go" || exit 1
( cd "$GODIR" && GOFLAGS=-mod=readonly GOPROXY=off go build -o events . ) || exit 1
"$GODIR/events" "$made"
