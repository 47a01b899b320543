# powertools.sh - samples and events built from occurrences, read by the models of AWS Lambda Powertools for Python (TRG-220).
command -v "${PYTHON:-python3}" >/dev/null || { echo 'python3 is missing'; exit 77; }
"${PYTHON:-python3}" -c 'import aws_lambda_powertools, pydantic' 2>/dev/null || { echo 'Powertools is missing: make test-deps'; exit 77; }
. tests/integration/events_made
PYTHONDONTWRITEBYTECODE=1 "${PYTHON:-python3}" tests/integration/powertools.py "$made"
