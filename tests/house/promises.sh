# What the library promises about itself: it never ends the process and never prints; the host stays thin; the project
# speaks of itself alone.
so=$BUILD/liblambdainvoke.so
if [ -f "$so" ] && [ -z "${SAN:-}" ]; then
    # REL-41: no call that ends or prints
    bad=$(nm -D --undefined-only "$so" | awk '{ sub(/@.*/, "", $2); print $2 }' |
        grep -xE 'abort|exit|_exit|_Exit|quick_exit|raise|kill|puts|putchar|printf|vprintf|fprintf|vfprintf|perror|fputs|fwrite|stdout|stderr|__assert_fail|__printf_chk|__fprintf_chk')
    [ -z "$bad" ] || { echo "the library calls: $bad"; exit 1; }
    # it links libc and, where it needs them, pthreads; nobody who compiles against it has to have more
    bad=$(readelf -d "$so" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -vE '^(libc|libpthread|libm|ld-linux.*)\.')
    [ -z "$bad" ] || { echo "the library needs: $bad"; exit 1; }
    ! grep '^Requires' "$BUILD/lambdainvoke.pc" || { echo 'lambdainvoke.pc requires what the library does not'; exit 1; }
fi
lines=$(cat examples/host/* | wc -l)
[ "$lines" -lt 800 ] || { echo "the host has $lines lines; it is to have under 800"; exit 1; }
lines=$(wc -l <examples/minimal/minimal.c)
[ "$lines" -lt 30 ] || { echo "minimal.c has $lines lines"; exit 1; }
bad=$(grep -rnE '/(home|root|work)/|shared/(spec|accept|data|DESIGN|STYLE)' --include='*.[ch]' --include='*.cc' --include='*.py' --include='*.sh' \
    --include='*.md' --include=Makefile . 2>/dev/null | grep -v '^./build' | grep -v 'tests/house/')
[ -z "$bad" ] || { echo "$bad"; exit 1; }
echo "no exit, no print, host of $(cat examples/host/* | wc -l) lines"
