# Man pages: every header has one, mandoc and groff find nothing to say, and they are what man/pages.py makes of the headers.
tools=
for header in include/lambdainvoke/*.h; do
    topic=$(basename "$header" .h)
    page=man/lambdainvoke-$topic.3
    [ "$topic" != lambdainvoke ] || page=man/lambdainvoke.3
    [ -f "$page" ] || { echo "$header has no $page"; exit 1; }
done
if command -v mandoc >/dev/null; then
    tools="$tools mandoc"
    bad=$(mandoc -T lint -W warning man/*.[1-8] 2>&1)
    [ -z "$bad" ] || { echo "$bad" | head -20; exit 1; }
fi
if command -v groff >/dev/null; then
    tools="$tools groff"
    for page in man/*.[1-8]; do
        bad=$(groff -mdoc -ww -z "$page" 2>&1)
        [ -z "$bad" ] || { echo "$page: $bad" | head -20; exit 1; }
    done
fi
if command -v "${PYTHON:-python3}" >/dev/null; then
    tools="$tools pages.py"
    tmp=$(mktemp -d)
    trap 'rm -rf "$tmp"' EXIT
    PYTHONDONTWRITEBYTECODE=1 "${PYTHON:-python3}" man/pages.py "$tmp" || exit 1
    for page in "$tmp"/*; do
        diff "man/${page##*/}" "$page" >"$tmp/diff" || { echo "man/${page##*/} is not what the headers say: make man"; head -20 "$tmp/diff"; exit 1; }
    done
fi
[ -n "$tools" ] || { echo 'mandoc, groff and python3 are missing: make test-deps'; exit 77; }
echo "$(ls man/*.[1-8] | wc -l) pages, by$tools"
