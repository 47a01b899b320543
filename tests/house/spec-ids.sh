#!/bin/sh
# spec-ids.sh - names of tests: a spec id and a claim, each name once; counts the ids that have a test.
cd "$(dirname "$0")/../.." || exit 1
names=$(sed -n 's/^START_TEST(\([a-z0-9_]*\)).*/\1/p' tests/test_*.c)
bad=0
for file in tests/test_*.c; do
    double=$(sed -n 's/^START_TEST(\([a-z0-9_]*\)).*/\1/p' "$file" | sort | uniq -d)
    [ -z "$double" ] || { echo "$file: twice: $double"; bad=1; }
    # A test that is written and never added does not run.
    for name in $(sed -n 's/^START_TEST(\([a-z0-9_]*\)).*/\1/p' "$file"); do
        [ "$(grep -cw "$name" "$file")" -gt 1 ] || { echo "$file: $name is not added to a case"; bad=1; }
    done
done
ids=$(printf '%s\n' "$names" | grep -oE '(^|_)(inv|rel|trg|esm|pat|gs)_[0-9]+' | sed 's/^_//' | sort -u)
echo "$(printf '%s\n' "$names" | wc -l) tests name $(printf '%s\n' "$ids" | grep -c .) spec ids:" \
    "$(printf '%s\n' "$ids" | sort -t_ -k1,1 -k2,2n | tr 'a-z_\n' 'A-Z- ')" > "${BUILD:-build}/tests/spec-ids.txt"
sed 's/:.*//' "${BUILD:-build}/tests/spec-ids.txt"
exit $bad
