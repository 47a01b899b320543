#!/bin/sh
# symbols.sh - four lists agree: exported symbols, LI_API declarations, symbols.txt, names of the manual pages.
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
bad=0

declared() # headers …: the names after LI_API, comments and macros taken away
{
    cat "$@" | awk '{
        while (match($0, /\/\*[^*]*\*+([^\/*][^*]*\*+)*\//)) $0 = substr($0, 1, RSTART - 1) substr($0, RSTART + RLENGTH)
        if (in_comment) { if (!sub(/^.*\*\//, "")) next; in_comment = 0 }
        if (sub(/\/\*.*/, "")) in_comment = 1
        if (/^#/) next
        text = text " " $0 }
        END { n = split(text, part, /LI_API /)
            for (i = 2; i <= n; i++) if (match(part[i], /li_[a-z0-9_]+ *\(/)) {
                name = substr(part[i], RSTART, RLENGTH); sub(/ *\(/, "", name); print name } }' | sort
}

same() # what, file, what, file
{
    cmp -s "$2" "$4" && return
    bad=1
    comm -23 "$2" "$4" | sed "s|^|in $1 but not in $3: |"
    comm -13 "$2" "$4" | sed "s|^|in $3 but not in $1: |"
}

part() # symbols.txt, library, headers …
{
    list=$1 so=$2
    shift 2
    declared "$@" > "$dir/declared"
    sed -e 's/#.*//' -e '/^ *$/d' "$list" | awk '{ print $1 }' | sort > "$dir/listed"
    same 'the headers' "$dir/declared" "$list" "$dir/listed"
    [ -e "$so" ] || { echo "$so is not built"; bad=1; return; }
    nm -D --defined-only "$so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort > "$dir/exported"
    same "$list" "$dir/listed" "$so" "$dir/exported"
    cat "$dir/declared" >> "$dir/all"
}

headers_of() # symbols.txt of a part: the headers that its line "# headers: ..." names
{
    sed -n 's/^# headers: *//p' "$1" | tr ' ' '\n' | sed 's|^|include/lambdainvoke/|'
}

for list in lib/*/symbols.txt; do headers_of "$list"; done > "$dir/of-parts"
part lib/symbols.txt "$BUILD/liblambdainvoke.so" $(ls include/lambdainvoke/*.h | grep -vxF -f "$dir/of-parts")
for list in lib/*/symbols.txt; do
    name=$(sed -n '1s/.*liblambdainvoke-\([a-z]*\).*/\1/p' "$list")
    case $LEFT_OUT in
        *liblambdainvoke-"$name"~*) declared $(headers_of "$list") >> "$dir/all" ;;
        *) part "$list" "$BUILD/liblambdainvoke-$name.so" $(headers_of "$list") ;;
    esac
done
sort "$dir/all" > "$dir/declared"
for page in man/*.3; do
    sed -n '/^\.Sh NAME/,/^\.Sh LIBRARY/s/^\.Nm \(li_[a-z0-9_]*\).*/\1/p' "$page"
done | sort > "$dir/named"
same 'the headers' "$dir/declared" 'man/' "$dir/named"
[ $bad = 0 ] && echo "$(wc -l < "$dir/declared") symbols, four lists the same"
exit $bad
