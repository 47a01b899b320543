# the AWS CLI, unmodified, against lambdainvoked
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
case $BUILD in /*) ;; *) BUILD=$root/$BUILD ;; esac
aws=
for candidate in /usr/bin/aws $(command -v aws 2>/dev/null); do
    if "$candidate" --version >/dev/null 2>&1; then aws=$candidate; break; fi
done
[ -n "$aws" ] || { echo 'the AWS CLI is missing: make test-deps'; exit 77; }
[ -x "$BUILD/lambdainvoked" ] || { echo 'lambdainvoked is not built (libmicrohttpd is missing)'; exit 77; }
tmp=$(mktemp -d)
"$BUILD/lambdainvoked" --listen 127.0.0.1:0 --port-file "$tmp/port" --handlers "$BUILD/examples/handlers.so" >"$tmp/log" 2>&1 &
host=$!
trap 'kill $host 2>/dev/null; wait $host 2>/dev/null; rm -rf "$tmp"' EXIT
i=0
while [ ! -s "$tmp/port" ] && [ $i -lt 200 ]; do i=$((i + 1)); sleep 0.05; done
[ -s "$tmp/port" ] || { cat "$tmp/log"; exit 1; }
export AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=y AWS_DEFAULT_REGION=us-east-1 AWS_MAX_ATTEMPTS=1 AWS_PAGER=
url=http://$(cat "$tmp/port")
checks=0

fail() { echo "$1: $(cat "$tmp/out" "$tmp/err" 2>/dev/null)"; exit 1; }
lambda() { "$aws" lambda "$@" --endpoint-url "$url" >"$tmp/meta" 2>"$tmp/err"; }
expect() { checks=$((checks + 1)); grep -q -- "$1" "$2" || fail "no $1"; }

raw='--cli-binary-format raw-in-base64-out'
"$aws" --version 2>&1 | grep -q 'aws-cli/1' && raw=
# shellcheck disable=SC2086
{
    lambda invoke --function-name echo $raw --payload '{"a": 1.0}' --log-type Tail "$tmp/out" || fail invoke
    expect '^{"a": 1.0}$' "$tmp/out"
    expect '"StatusCode": 200' "$tmp/meta"
    expect '"ExecutedVersion": "\$LATEST"' "$tmp/meta"
    expect '"LogResult": "U1RBUlQ' "$tmp/meta"
    lambda invoke --function-name echo --invocation-type Event $raw --payload '{}' "$tmp/out" || fail event
    expect '"StatusCode": 202' "$tmp/meta"
    lambda invoke --function-name echo --invocation-type DryRun "$tmp/out" || fail dry-run
    expect '"StatusCode": 204' "$tmp/meta"
    lambda invoke --function-name fail $raw --payload '{"errorType":"Boom"}' "$tmp/out" || fail fail
    expect '"FunctionError": "Unhandled"' "$tmp/meta"
    expect '"errorType":"Boom"' "$tmp/out"
    lambda invoke --function-name nope "$tmp/out" && fail 'an unknown function was found'
    expect 'ResourceNotFoundException' "$tmp/err"
    lambda invoke --function-name echo $raw --payload '{' "$tmp/out" && fail 'broken JSON was accepted'
    expect 'InvalidRequestContentException' "$tmp/err"
    lambda put-function-event-invoke-config --function-name echo --maximum-retry-attempts 1 || fail config
    expect '"MaximumRetryAttempts": 1' "$tmp/meta"
    lambda list-functions || fail list
    expect '"FunctionName": "orders"' "$tmp/meta"
}
echo "$checks checks with $("$aws" --version 2>&1 | cut -d' ' -f1)"
