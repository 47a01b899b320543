# Four lists are one: exported symbols, LI_API declarations, lib/symbols.txt (lib/api/symbols.txt), names in man/.
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
list() { sed -n 's/^\(li_[a-z0-9_]*\).*/\1/p' "$1" | sort -u; }
declared() { cat "$@" | tr '\n' ' ' | grep -o 'LI_API [^;({]*[ *]li_[a-z0-9_]*(' | grep -o 'li_[a-z0-9_]*($' | tr -d '(' | sort -u; }
same() { diff "$1" "$2" >"$tmp/diff" || { echo "$3"; cat "$tmp/diff"; exit 1; }; }

list lib/symbols.txt >"$tmp/core"
list lib/api/symbols.txt >"$tmp/api"
declared $(ls include/lambdainvoke/*.h | grep -v '/api\.h$') >"$tmp/core.h"
declared include/lambdainvoke/api.h >"$tmp/api.h"
same "$tmp/core.h" "$tmp/core" 'headers (<) and lib/symbols.txt (>) differ:'
same "$tmp/api.h" "$tmp/api" 'api.h (<) and lib/api/symbols.txt (>) differ:'
for part in '' -api; do
    so=$BUILD/liblambdainvoke$part.so
    [ -f "$so" ] || continue
    nm -D --defined-only "$so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u >"$tmp/so"
    same "$tmp/so" "$tmp/$([ -z "$part" ] && echo core || echo api)" "$so (<) and its list (>) differ:"
done
sort -u "$tmp/core" "$tmp/api" >"$tmp/all"
cat man/*.3 | sed -n 's/^\.Nm \(li_[a-z0-9_]*\).*/\1/p' | sort -u >"$tmp/man"
same "$tmp/man" "$tmp/all" 'names in man/ (<) and the lists (>) differ:'
echo "$(wc -l <"$tmp/all") symbols in four lists"
