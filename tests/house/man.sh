# Man pages: mandoc and groff find nothing to say.
command -v mandoc >/dev/null || { echo 'mandoc is missing: make test-deps'; exit 77; }
bad=$(mandoc -T lint -W warning man/*.[1-8] 2>&1)
[ -z "$bad" ] || { echo "$bad" | head -20; exit 1; }
if command -v groff >/dev/null; then
    for page in man/*.[1-8]; do
        bad=$(groff -mdoc -ww -z "$page" 2>&1)
        [ -z "$bad" ] || { echo "$page: $bad" | head -20; exit 1; }
    done
fi
echo "$(ls man/*.[1-8] | wc -l) pages"
