# Private headers are included as "folder/name.h", and only along these edges: arrows point down.
allowed='
base base
json base json
match base json match
schedule base json schedule
queue base json queue
store base json store
retry base json retry
destination base json destination
engine base json engine
trigger base json schedule match engine trigger
source base json match engine source
service base json schedule match engine trigger service
api base json api
sqlite base json sqlite
samples base json samples
'
extra='engine queue/local.h
engine destination/local.h
engine destination/function.h
samples trigger/template.h'
bad=$(for file in lib/*/*.[ch]; do
    from=${file#lib/}
    from=${from%%/*}
    sed -n 's/^#include "\([^"]*\)".*/\1/p' "$file" | while read -r header; do
        to=${header%%/*}
        printf '%s\n' "$extra" | grep -qx "$from $header" && continue
        printf '%s\n' "$allowed" | grep -q "^$from .*\b$to\b" && [ -f "lib/$header" ] && continue
        echo "$file includes $header"
    done
done)
[ -z "$bad" ] || { echo "$bad"; exit 1; }
echo "$(cat lib/*/*.[ch] | grep -c '^#include "') edges"
