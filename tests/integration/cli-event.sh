#!/bin/sh
# cli-event.sh - lambdainvoke event as a user calls it: a document or a list on stdout, errors on stderr, exit statuses.
cli=$BUILD/lambdainvoke
[ -x "$cli" ] || { echo "lambdainvoke is not built"; exit 77; }
n=0 bad=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

expect() # status, what stands on stdout, what stands on stderr, arguments …
{
    wanted=$1 out=$2 err=$3
    shift 3
    "$cli" event "$@" >"$tmp/out" 2>"$tmp/err"
    status=$?
    n=$((n + 1))
    [ $status = "$wanted" ] && { [ -z "$out" ] || grep -qF -e "$out" "$tmp/out"; } && { [ -z "$err" ] || grep -qF -e "$err" "$tmp/err"; } &&
        { [ "$wanted" = 0 ] || [ ! -s "$tmp/out" ]; } && return
    echo "event $*: status $status"
    cat "$tmp/out" "$tmp/err"
    bad=1
}

expect 0 's3 put' ''
expect 0 '  --key                  test/key' '' s3
expect 0 '"key": "test/key"' '' s3 put
expect 0 '"key": "my+cat.jpg"' '' s3 put key='my cat.jpg'
expect 0 '"key": "my+cat.jpg"' '' s3 put --key 'my cat.jpg'
expect 0 '"key": "a%3Db"' '' s3 put --key=a=b
expect 0 '"awsRegion": "--x"' '' s3 put --region --x bucket=
expect 0 '"Error": "a=b"' '' stepfunctions error 'error=a=b'
expect 1 '' 'is it "s3"?' s4 put
expect 1 '' 'is it "s3"?' s4
expect 1 '' 's3 has no event "get"; it has batch-invocation, batch-invocation-v2, copy, delete' s3 get
expect 1 '' 's3 put has no parameter "keys"; it has region, partition, bucket, key' s3 put keys=x
expect 1 '' 'account-id: "1" is not 12 digits' sqs receive-message --account-id 1
expect 1 '' 'querystringparameters: "x" is not a JSON object' apigateway aws-proxy querystringparameters=x
expect 2 '' 'a value is missing: --key' s3 put --key
expect 2 '' 'neither name=value nor --name value: key' s3 put key
expect 2 '' 'a service comes first: --key' --key x
expect 0 'usage: lambdainvoke event' '' --help
# TRG-215: the same arguments, the same bytes
"$cli" event sqs receive-message --count 100 >"$tmp/a"
"$cli" event sqs receive-message count=100 >"$tmp/b"
cmp -s "$tmp/a" "$tmp/b" && [ "$(grep -c messageId "$tmp/a")" = 100 ] || { echo 'two runs differ'; bad=1; }
# every event of the list is one
"$cli" event | while read -r service event; do "$cli" event "$service" "$event" >"$tmp/one" && [ -s "$tmp/one" ] || exit 1; done || bad=1
[ $bad = 0 ] && echo "$n calls, $("$cli" event | wc -l) events"
exit $bad
