# cli-trigger.sh - lambdainvoke invoke and trigger, and the front doors, against lambdainvoked
set -u
[ -x "$BUILD/lambdainvoked" ] || { echo 'lambdainvoked is not built (libmicrohttpd is missing)'; exit 77; }
tmp=$(mktemp -d)
"$BUILD/lambdainvoked" --listen 127.0.0.1:0 --port-file "$tmp/port" --handlers "$BUILD/examples/handlers.so" --admin >"$tmp/log" 2>&1 &
host=$!
trap 'kill $host 2>/dev/null; wait $host 2>/dev/null; rm -rf "$tmp"' EXIT
i=0
while [ ! -s "$tmp/port" ] && [ $i -lt 200 ]; do i=$((i + 1)); sleep 0.05; done
[ -s "$tmp/port" ] || { cat "$tmp/log"; exit 1; }
export LAMBDAINVOKE_ENDPOINT=http://$(cat "$tmp/port")
cli=$BUILD/lambdainvoke
checks=0

is() # what, wanted, command …
{
    what=$1 wanted=$2
    shift 2
    got=$("$@" 2>"$tmp/err")
    status=$?
    checks=$((checks + 1))
    [ "$got" = "$wanted" ] || { echo "$what: got \"$got\" (status $status, $(cat "$tmp/err")), not \"$wanted\""; exit 1; }
}

fails() # what, status, text on stderr, command …
{
    what=$1 wanted=$2 text=$3
    shift 3
    "$@" >"$tmp/out" 2>"$tmp/err"
    status=$?
    checks=$((checks + 1))
    [ $status = "$wanted" ] || { echo "$what: status $status, not $wanted"; exit 1; }
    grep -q -- "$text" "$tmp/err" || { echo "$what: $(cat "$tmp/err")"; exit 1; }
}

is invoke '{"a": 1.0}' "$cli" invoke echo --payload '{"a": 1.0}'
echo '{"b":2}' > "$tmp/payload"
is file '{"b":2}' "$cli" invoke echo --payload-file "$tmp/payload"
is event '' "$cli" invoke echo --type Event
fails function-error 1 'the function failed (Unhandled)' "$cli" invoke fail --payload '{"errorType":"Boom"}'
fails missing 1 'the host answers 404' "$cli" invoke nowhere
fails usage 2 'which function' "$cli" invoke
fails no-host 1 'is lambdainvoked running there' "$cli" invoke echo --endpoint http://127.0.0.1:1

is add one "$cli" trigger add custom echo --id one --options '{"source":"s"}'
is list "one	custom	ENABLED		echo	s	{\"source\":\"s\"}" "$cli" trigger list
is occur '{
  "Matched": 1
}' "$cli" trigger occur custom '{"source":"s","detail":{}}'
is list-result "one	custom	ENABLED	accepted	echo	s	{\"source\":\"s\"}" "$cli" trigger list
is disable '' "$cli" trigger disable one
is occur-disabled '{
  "Matched": 0
}' "$cli" trigger occur custom '{"source":"s","detail":{}}'
fails kind 1 'no kind of trigger' "$cli" trigger add nope echo
fails options 2 'takes a JSON object' "$cli" trigger add custom echo --options '{'
fails options-list 2 'takes a JSON object' "$cli" trigger add custom echo --options '[]'
is remove '' "$cli" trigger remove one
fails remove-again 1 'no trigger' "$cli" trigger remove one
"$cli" trigger kinds alb >"$tmp/kinds" || exit 1
grep -q '"kind": "alb"' "$tmp/kinds" || { cat "$tmp/kinds"; exit 1; }

# the command of a preview, run by a shell, makes the trigger that the form makes (TRG-195)
PATH=$BUILD:$PATH
same() # kind, options
{
    command=$("$cli" trigger preview "$1" echo --options "$2" --form | sed -n 's/^  "command": "\(.*\)",*$/\1/p' | sed 's/\\"/"/g; s/\\\\/\\/g')
    case $command in "lambdainvoke trigger add $1 "*) ;; *) echo "preview of $1: $command"; exit 1 ;; esac
    formed=$("$cli" trigger add "$1" echo --options "$2" --form)
    "$cli" trigger list | grep "^$formed	" | cut -f 2- >"$tmp/formed"
    "$cli" trigger remove "$formed"
    made=$(eval "$command") || { echo "$command fails"; exit 1; }
    "$cli" trigger list | grep "^$made	" | cut -f 2- >"$tmp/made"
    cmp -s "$tmp/formed" "$tmp/made" && [ -s "$tmp/made" ] || { echo "$1: $(cat "$tmp/formed" "$tmp/made")"; exit 1; }
    "$cli" trigger remove "$made"
    checks=$((checks + 1))
}
same s3 '{"bucket":"it'"'"'s $HOME","events":["s3:ObjectCreated:*"],"recursiveAck":true,"qualifier":"$LATEST"}'
same sns '{"topic":"arn:aws:sns:us-east-1:000000000000:t","filterPolicy":{"a":["\\"]},"enabled":false}'
same scheduler '{"name":"nightly","expression":"cron(0 2 * * ? *)","timezone":"Europe/Berlin"}'
same events '{"ruleName":"r","pattern":{"source":["my.app"]}}'
"$cli" trigger preview events echo --options '{"ruleName":"r","pattern":{"detail":{"state":["open"]}}}' --sample '{"detail":{"state":"paid"}}' >"$tmp/got"
grep -q '"key": "detail.state"' "$tmp/got" || { echo "preview: $(cat "$tmp/got")"; exit 1; }
"$cli" trigger preview scheduler echo --options '{"name":"n","expression":"cron(0 2 * * ? *)","timezone":"Asia/Tokyo"}' >"$tmp/got"
[ "$(grep -c '"local": ".*T02:00:00+09:00"' "$tmp/got") $(grep -c '"utc": ".*T17:00:00Z"' "$tmp/got")" = '10 10' ] || { echo "preview: $(cat "$tmp/got")"; exit 1; }
checks=$((checks + 2))

# a route of an HTTP API, by path and by name
is route api "$cli" trigger add apigw-http echo --id api --options '{"apiId":"shop","routeKey":"GET /hello/{name}"}'
if command -v curl >/dev/null; then
    curl -s "$LAMBDAINVOKE_ENDPOINT/_aws/execute-api/shop/\$default/hello/ada?x=1" >"$tmp/got"
    grep -q '"pathParameters":{"name":"ada"}' "$tmp/got" || { echo "by path: $(cat "$tmp/got")"; exit 1; }
    curl -s -H 'Host: shop.execute-api.localhost' "$LAMBDAINVOKE_ENDPOINT/hello/bob" >"$tmp/got"
    grep -q '"pathParameters":{"name":"bob"}' "$tmp/got" || { echo "by name: $(cat "$tmp/got")"; exit 1; }
    is not-found '{"message":"Not Found"}' curl -s "$LAMBDAINVOKE_ENDPOINT/_aws/execute-api/shop/\$default/bye"
    checks=$((checks + 2))
fi
echo "$checks checks"
