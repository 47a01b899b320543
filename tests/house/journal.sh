#!/bin/sh
# journal.sh - lambdainvoke-journal(5) tells every step and every reason of a drop, and no others.
cd "$(dirname "$0")/../.." || exit 1
page=man/lambdainvoke-journal.5
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
sed -n 's/^ *X(LI_STEP_[A-Z_]*, [0-9]*, "\([a-z-]*\)").*/\1/p' include/lambdainvoke/journal.h | sort > "$dir/steps"
sed -n 's/^\.It Sy \([a-z-]*\)$/\1/p' $page | sort > "$dir/told"
diff "$dir/steps" "$dir/told" || { echo "$page and LI_STEP_MAP differ"; exit 1; }
for reason in $(sed -n 's/^ *X(LI_DROP_[A-Z_]*, [1-9][0-9]*, "\([a-z-]*\)").*/\1/p' include/lambdainvoke/event.h); do
    grep -q "^$reason[,.]$" $page || { echo "$page does not tell the reason $reason"; exit 1; }
done
echo "$(wc -l < "$dir/steps") steps"
