# sample_shapes.sh - samples beside those of other projects, member by member (TRG-37, TRG-219). Theirs are not ours to ship.
theirs=${SAMPLE_EVENTS:-../shared/events}
[ -d "$theirs" ] || { echo 'the samples of other projects are not here'; exit 77; }
command -v "${PYTHON:-python3}" >/dev/null || { echo 'python3 is missing'; exit 77; }
. tests/integration/events_made
PYTHONDONTWRITEBYTECODE=1 "${PYTHON:-python3}" tests/integration/sample_shapes.py "$made" "$theirs"
