#!/bin/sh
# run.sh PROGRAM... - run benches one after the other: the table of README, and at its end which rows fall short.
report=$(mktemp) || exit 1
trap 'rm -f "$report"' EXIT INT TERM
echo '| row | what | against | ours | ratio | target | |'
echo '| --- | --- | --- | --- | --- | --- | --- |'
for program in "$@"; do
    "$program" > "$report.one" || { cat "$report.one"; rm -f "$report.one"; echo "$program failed" >&2; exit 1; }
    sed 's/^/| /; s/$/ |/' "$report.one" | tee -a "$report"
    rm -f "$report.one"
done
awk -F' [|] ' '
    { sub(/^[|] /, "", $1); sub(/ [|]$/, "", $7); what = $1 " " $2 }
    $7 == "short" { short = short "\n  " what " (" $5 ", target " $6 ")"; n++ }
    $7 == "absent" { absent = absent "\n  " what ": " $3 }
    $7 == "ok" { ok++ }
    END { printf "\n%d rows ok, %d short%s%s\n", ok, n, (n ? ":" short : ""), (absent ? "\nnot measured:" absent : "") }' "$report"
