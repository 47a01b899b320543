# Every C, C++ and Python snippet of README.md is compiled; whole programs run and print what the ```text after them says.
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
[ -z "${SAN:-}" ] || { echo 'snippets are built without sanitizers'; exit 77; }
awk -v dir="$tmp" '
    /^```(c|cpp|python)$/ { n++; kind = substr($0, 4); file = dir "/" n "." (kind == "cpp" ? "cc" : kind == "python" ? "py" : "c"); next }
    /^```text$/ && n { file = dir "/" n ".expected"; next }
    /^```/ { file = ""; next }
    file != "" { print > file }' README.md
case $BUILD in /*) build=$BUILD ;; *) build=$(pwd)/$BUILD ;; esac
n=0
for source in "$tmp"/*.c "$tmp"/*.cc "$tmp"/*.py; do
    [ -f "$source" ] || continue
    base=${source%.*}
    case $source in
        *.py)
            command -v "${PYTHON:-python3}" >/dev/null || continue
            LAMBDAINVOKE_LIBRARY=$build/liblambdainvoke.so PYTHONPATH=examples/python PYTHONDONTWRITEBYTECODE=1 \
                "${PYTHON:-python3}" "$source" >"$base.out" || exit 1 ;;
        *)
            compiler=${CC:-cc}; std=c11
            case $source in *.cc) compiler=${CXX:-c++}; std=c++11 ;; esac
            if grep -q 'main(' "$source"; then
                $compiler -std=$std -Wall -Wextra -Iinclude "$source" -o "$base" -L"$build" -llambdainvoke -Wl,-rpath,"$build" || exit 1
                "$base" >"$base.out" || { cat "$base.out"; exit 1; }
            else
                $compiler -std=$std -Wall -Wextra -Iinclude -c "$source" -o "$base.o" || exit 1
                n=$((n + 1))
                continue
            fi ;;
    esac
    [ ! -f "$base.expected" ] || diff "$base.expected" "$base.out" || { echo "$source prints something else"; exit 1; }
    n=$((n + 1))
done
[ "$n" -ge 2 ] || { echo "only $n snippets were found"; exit 1; }
echo "$n snippets"
