#!/bin/sh
# headers.sh - each public header compiles alone as C99 and as C++11, and no public struct has padding.
cd "$(dirname "$0")/../.." || exit 1
CC=${CC:-cc} CXX=${CXX:-c++}
bad=0 n=0
parts=$(sed -n 's/^# headers: *//p' lib/*/symbols.txt)   # included one by one, not by lambdainvoke.h
for header in include/lambdainvoke/*.h include/lambdainvoke/contract/*.h; do
    name=${header#include/}
    n=$((n + 1))
    for try in "$CC -x c -std=c99 -Wpadded" "$CXX -x c++ -std=c++11 -Wpadded"; do
        command -v "${try%% *}" > /dev/null || continue
        printf '#include <%s>\n#include <%s>\n' "$name" "$name" |
            $try -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Iinclude -fsyntax-only - || {
            echo "$name does not compile alone by: $try"
            bad=1
        }
    done
    grep -q "<$name>" include/lambdainvoke/lambdainvoke.h || case " lambdainvoke.h contract.h $parts " in
        *[[:space:]]"${name#*/}"[[:space:]]*) ;;
        *) case $name in lambdainvoke/contract/*) ;; *) echo "$name is not in lambdainvoke.h"; bad=1 ;; esac ;;
    esac
done
[ $bad = 0 ] && echo "$n headers alone, C99 and C++11, no padding"
exit $bad
