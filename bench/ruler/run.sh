#!/bin/sh
# run.sh EVENTS SECONDS RULES... - event-ruler on those files: a line of figures a file. Status 77, and why, when it cannot be had.
here=$(cd "$(dirname "$0")" && pwd)
work=${BUILD:-build}/ruler
for tool in java javac mvn; do
    command -v $tool >/dev/null || { echo "$tool is missing"; exit 77; }
done
mkdir -p "$work/classes"
if [ ! -f "$work/lib/event-ruler-2.1.0.jar" ]; then
    timeout 300 mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$(cd "$work" && pwd)/lib" >"$work/mvn.log" 2>&1 ||
        { echo 'maven cannot fetch event-ruler 2.1.0'; exit 77; }
fi
javac -cp "$work/lib/*" -d "$work/classes" "$here/RulerBench.java" || exit 1
exec java -XX:+UseSerialGC -Xmx4g -cp "$work/lib/*:$work/classes" RulerBench "$@"
