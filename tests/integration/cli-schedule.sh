#!/bin/sh
# cli-schedule.sh - lambdainvoke schedule as a user calls it: lines on stdout, errors on stderr, exit statuses.
cli=$BUILD/lambdainvoke
[ -x "$cli" ] || { echo "lambdainvoke is not built"; exit 77; }
n=0 bad=0

expect() # status, output, arguments …
{
    wanted=$1 lines=$2
    shift 2
    got=$("$cli" schedule "$@" 2>/dev/null)
    status=$?
    n=$((n + 1))
    [ $status = "$wanted" ] && [ "$got" = "$lines" ] && return
    echo "schedule $*: status $status: $got"
    bad=1
}

expect 0 '2026-01-01T10:00:00Z
2026-01-02T10:00:00Z' 'cron(0 10 * * ? *)' --from 2026-01-01T00:00:00Z --count 2
expect 0 '2026-03-07T07:30:00Z
2026-03-09T06:30:00Z' 'cron(30 2 * * ? *)' --tz America/New_York --from 2026-03-07T00:00:00Z --count 2
expect 0 '2026-01-01T00:05:30Z' 'rate(5 minutes)' --from 2026-01-01T00:00:30Z --count 1
expect 0 '2026-01-01T00:00:30Z
2026-01-01T00:05:30Z' 'rate(5 minutes)' --kind scheduler --from 2026-01-01T00:00:30Z --count 2
expect 0 '2026-11-20T13:00:00Z' 'at(2026-11-20T13:00:00)' --from 2026-01-01T00:00:00Z
expect 0 '' 'cron(0 0 30 2 ? *)' --from 2026-01-01T00:00:00Z
expect 0 '2025-12-31T23:01:00Z' 'cron(* * * * ? *)' --from 2026-01-01T00:00:00.999+01:00 --count 1
expect 0 '2026-03-28T02:30:00+01:00 2026-03-28T01:30:00Z
2026-03-30T02:30:00+02:00 2026-03-30T00:30:00Z' 'cron(30 2 * * ? *)' --tz Europe/Berlin --from 2026-03-28T00:00:00Z --count 2 --local
expect 0 '2026-01-01T10:00:00+00:00 2026-01-01T10:00:00Z' 'cron(0 10 * * ? *)' --from 2026-01-01T00:00:00Z --count 1 --local
expect 1 '' 'cron(0 24 * * ? *)' --from 2026-01-01T00:00:00Z
expect 1 '' 'cron(0 0 * * ? *)' --tz Mars/Olympus
expect 1 '' ''
expect 2 '' 'rate(1 day)' --from yesterday
expect 2 '' 'rate(1 day)' --from 2026-02-30T00:00:00Z
expect 2 '' 'rate(1 day)' --count 0
expect 2 '' 'rate(1 day)' --colour
expect 2 ''
[ "$("$cli" schedule 'rate(1 minute)' --from 2026-01-01T00:00:00Z --count 1000 | sort -u | wc -l)" = 1000 ] || { echo 'not 1000 times'; bad=1; }
"$cli" schedule 'cron(0 24 * * ? *)' 2>&1 >/dev/null | grep -q 'byte 7' || { echo 'the error says no place'; bad=1; }
[ $bad = 0 ] && echo "$n calls"
exit $bad
