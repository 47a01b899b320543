# lambdainvoke match: verdicts, errors and explanations by the line; its exit status and its messages.
cli=$BUILD/lambdainvoke
[ -x "$cli" ] || { echo 'lambdainvoke is not built'; exit 77; }
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

expect() # what, status wanted, status got, expected file, file
{
    [ "$2" = "$3" ] || { echo "$1: status $3, not $2"; exit 1; }
    diff "$4" "$5" || { echo "$1 prints something else"; exit 1; }
}

# the recorded cases, from a file and from standard input
sed 's/.*"match":\([a-z]*\).*/\1/' tests/data/pattern-cases.jsonl > "$tmp/wanted"
"$cli" match tests/data/pattern-cases.jsonl > "$tmp/got"
expect 'match FILE' 0 $? "$tmp/wanted" "$tmp/got"
"$cli" match < tests/data/pattern-cases.jsonl > "$tmp/got"
expect 'match' 0 $? "$tmp/wanted" "$tmp/got"

# the recorded errors
sed 's/.*"kind":"\([^"]*\)".*/error \1/' tests/data/pattern-errors.jsonl > "$tmp/wanted"
sed 's/^{/{"event":{},/' tests/data/pattern-errors.jsonl | "$cli" match - > "$tmp/got"
expect 'errors' 0 $? "$tmp/wanted" "$tmp/got"

cat > "$tmp/lines" <<'EOF'
{"pattern":{"a":["x"]},"event":"{\"a\":\"x\"}"}
{"pattern":"{\"a\":[1.0]}","event":{"a":1}}
{"pattern":{"a":["x"]},"event":[]}
{"pattern":{"a":["x"]},"event":"{"}
{"pattern":{"a":["x"]}}
nonsense
EOF
printf 'true\ntrue\nerror event-json\nerror event-json\nerror line\nerror line\n' > "$tmp/wanted"
"$cli" match "$tmp/lines" > "$tmp/got" 2> "$tmp/said"
expect 'lines' 1 $? "$tmp/wanted" "$tmp/got"
printf 'lambdainvoke match: line %s is no JSON object with members "pattern" and "event"\n' 5 6 > "$tmp/wanted"
expect 'lines' 0 0 "$tmp/wanted" "$tmp/said"

printf 'false\n  0 a: differs: "y", wanted ["x"]\n  0 b: absent, wanted [{"exists":true}]\n' > "$tmp/wanted"
echo '{"pattern":{"a":["x"],"b":[{"exists":true}]},"event":{"a":"y"}}' | "$cli" match --explain > "$tmp/got"
expect '--explain' 0 $? "$tmp/wanted" "$tmp/got"

printf 'true\nfalse\nerror nested\n' > "$tmp/wanted"
printf '%s\n' '{"pattern":{"c":["b"]},"event":{"c":{"Type":"String.Array","Value":"[\"a\",\"b\"]"}}}' \
    '{"pattern":{"c":["b"]},"event":{"c":{"Type":"Binary","Value":"b"}}}' '{"pattern":{"c":{"d":["b"]}},"event":{}}' |
    "$cli" match --dialect sns-attributes > "$tmp/got"
expect '--dialect' 0 $? "$tmp/wanted" "$tmp/got"

: > "$tmp/wanted"
"$cli" match --dialect nonsense < /dev/null > "$tmp/got" 2> "$tmp/said"
expect 'a bad dialect' 2 $? "$tmp/wanted" "$tmp/got"
grep -q 'sns-attributes' "$tmp/said" || { echo 'a bad dialect is not explained'; exit 1; }
"$cli" match /nonexistent > "$tmp/got" 2> /dev/null
expect 'no such file' 1 $? "$tmp/wanted" "$tmp/got"
"$cli" match --help | grep -q '^usage: lambdainvoke match' || { echo '--help says no usage'; exit 1; }
echo 'patterns and events by the line: verdicts, errors, explanations'
