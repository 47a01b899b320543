# Each public header compiles alone, as C99 and as C++11, and hides no padding.
n=0
for header in include/lambdainvoke/*.h; do
    ${CC:-cc} -std=c99 -Wall -Wextra -Wpedantic -Wpadded -Werror -Iinclude -fsyntax-only -x c "$header" || exit 1
    if command -v "${CXX:-c++}" >/dev/null; then
        ${CXX:-c++} -std=c++11 -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only -x c++ "$header" || exit 1
    fi
    n=$((n + 1))
done
echo "$n headers, each alone"
