#!/bin/sh
# run.sh - what `make check` does once everything is built: suites, checks of the house, examples, integration; one total.
#
# A script passes with status 0, is skipped with 77 (its last line says why) and fails with any other.
set -u
cd "$(dirname "$0")/.." || exit 1
# Scripts run from folders of their own: what they are handed are whole paths.
case $BUILD in /*) ;; *) BUILD=$(pwd)/$BUILD ;; esac
case $VENV in /*) ;; *) VENV=$(pwd)/$VENV ;; esac
case $GODIR in /*) ;; *) GODIR=$(pwd)/$GODIR ;; esac
PYTHON=$(command -v python3)
[ -x "$VENV/bin/python" ] && PYTHON=$VENV/bin/python
export BUILD VENV GODIR PYTHON SAN CC CXX CFLAGS MAKE VERSION EXAMPLES HOST OTHER_TESTS LEFT_OUT
passed=0 failed=0 skipped=0
reasons=

skip() # reason
{
    skipped=$((skipped + 1))
    reasons="$reasons${reasons:+; }$1"
    echo "skipped: $1"
}

run() # name, command …
{
    name=$1
    shift
    out=$("$@" 2>&1)
    status=$?
    case $status in
        0) passed=$((passed + 1)); echo "ok: $name${out:+ - $(printf '%s\n' "$out" | tail -n 1)}" ;;
        77) skip "$name: $(printf '%s\n' "$out" | tail -n 1)" ;;
        *) failed=$((failed + 1)); printf '%s\n' "$out"; echo "FAILED: $name (status $status)" ;;
    esac
}

if [ -n "$CHECK_PROG" ]; then
    log=$BUILD/tests/check.log
    # shellcheck disable=SC2086  # T may name several suites
    { CK_DEFAULT_TIMEOUT=${CK_DEFAULT_TIMEOUT:-60} "$CHECK_PROG" ${T:-}; echo "status $?"; } 2>&1 | tee "$log" | grep -v '^status '
    totals=$(sed -n 's/.*Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\).*/\1 \2 \3/p' "$log" | tail -n 1)
    # shellcheck disable=SC2086
    set -- ${totals:-1 0 1}
    passed=$(($1 - $2 - $3))
    failed=$(($2 + $3))
    if [ "$failed" = 0 ] && ! grep -q '^status 0$' "$log"; then
        failed=1
        echo 'FAILED: the runner of the suites ended badly'
    fi
else
    skip 'Check suites: check is missing'
fi

if [ -z "${T:-}" ]; then
    for program in $OTHER_TESTS; do run "$program" "$program"; done
    for program in $EXAMPLES; do run "$program" "$program"; done
    for script in tests/house/*.sh; do [ -e "$script" ] && run "$script" sh "$script"; done
    for script in tests/integration/*.sh; do [ -e "$script" ] && run "$script" sh "$script"; done
    if [ -d examples/python ]; then run examples/python sh tests/house/python examples/python; fi
    for part in $LEFT_OUT; do skip "$(printf '%s' "$part" | tr '~' ' ')"; done
fi

[ "$skipped" = 0 ] || echo "skipped: $skipped ($reasons)"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
