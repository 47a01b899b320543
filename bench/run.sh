#!/bin/sh
# run.sh LIBRARY PROGRAM... - run benches one after the other: the table of README, and at its end which rows fall short.
# The last row is the size of the shared library, stripped.
report=$(mktemp) || exit 1
trap 'rm -f "$report" "$report.one"' EXIT INT TERM
library=$1
shift
echo '| row | what | against | ours | ratio | target | |'
echo '| --- | --- | --- | --- | --- | --- | --- |'
for program in "$@"; do
    "$program" > "$report.one" || { cat "$report.one"; echo "$program failed" >&2; exit 1; }
    sed 's/^/| /; s/$/ |/' "$report.one" | tee -a "$report"
done
strip -o "$report.one" "$library" &&
    awk -v bytes="$(wc -c < "$report.one")" 'BEGIN { kb = bytes / 1024
        printf "| | stripped core library | 350 KB | %.0f KB | %.2f | <= 1 | %s |\n", kb, kb / 350, (kb <= 350 ? "ok" : "short") }' |
    tee -a "$report"
awk -F' *[|] *' '
    { for (i = 1; i < 8; i++) $i = $(i + 1); what = $1 " " $2 }
    $7 == "short" { short = short "\n  " what " (" $5 ", target " $6 ")"; n++ }
    $7 == "absent" { absent = absent "\n  " what ": " $3 }
    $7 == "ok" { ok++ }
    END { printf "\n%d rows ok, %d short%s%s\n", ok, n, (n ? ":" short : ""), (absent ? "\nnot measured:" absent : "") }' "$report"
