# The code that the README and the manual pages show is compiled and run, and prints what the text after it says.
#
# README.md: blocks fenced as c, cpp or python, and after each the block fenced as text. Man pages: the program of EXAMPLES,
# and after it the block that follows "It prints:".
[ -z "${SAN:-}" ] || { echo 'snippets are built without sanitizers'; exit 77; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python=${PYTHON:-python3}
n=0 left=0
parts=
for so in "$BUILD"/liblambdainvoke-*.so; do so=${so##*/lib}; parts="$parts -l${so%.so}"; done

awk -v dir="$tmp" '
    /^```(c|cpp|python)$/ { n++; kind = substr($0, 4); file = dir "/readme-" n "." kind; next }
    /^```text$/ && n { file = dir "/readme-" n ".expected"; next }
    /^```/ { file = ""; next }
    file != "" { print > file }' README.md
for page in man/*.3; do
    awk -v base="$tmp/$(basename "$page" .3)" '
        /^\.Sh/ { examples = $0 == ".Sh EXAMPLES"; next }
        examples && /^\.Bd -literal/ { file = base (++n == 1 ? ".c" : ".expected"); next }
        /^\.Ed/ { file = ""; next }
        file != "" { sub(/^\\&/, ""); gsub(/\\e/, "\\"); print > file }' "$page"
    [ -f "$tmp/$(basename "$page" .3).c" ] || { echo "$page shows no program"; exit 1; }
done

for source in "$tmp"/*.c "$tmp"/*.cpp "$tmp"/*.python; do
    [ -f "$source" ] || continue
    base=${source%.*}
    if [ ! -e "$BUILD/liblambdainvoke-sqlite.so" ] && grep -q 'lambdainvoke/sqlite.h' "$source"; then left=$((left + 1)); continue; fi
    case $source in
        *.python)
            command -v "$python" >/dev/null || { left=$((left + 1)); continue; }
            LAMBDAINVOKE_LIBRARY=$BUILD/liblambdainvoke.so PYTHONPATH=examples/python PYTHONDONTWRITEBYTECODE=1 \
                "$python" "$source" >"$base.out" || exit 1 ;;
        *)
            compiler="${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L"
            case $source in *.cpp)
                compiler="${CXX:-c++} -std=c++11"
                command -v "${CXX:-c++}" >/dev/null || { left=$((left + 1)); continue; } ;;
            esac
            $compiler -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Iinclude "$source" -o "$base" \
                -L"$BUILD" $parts -llambdainvoke -Wl,-rpath,"$BUILD" -pthread || { echo "${base##*/} does not compile"; exit 1; }
            timeout 60 "$base" >"$base.out" || { cat "$base.out"; echo "${base##*/} fails"; exit 1; } ;;
    esac
    n=$((n + 1))
    [ ! -f "$base.expected" ] || diff "$base.expected" "$base.out" || { echo "${base##*/} prints something else"; exit 1; }
done
[ "$n" -gt 20 ] || { echo "only $n snippets were found"; exit 1; }
echo "$n snippets run, $left left out for want of a compiler or interpreter"
