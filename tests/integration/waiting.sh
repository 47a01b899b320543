# clients that wait for the disk, and those that leave (standard library of Python only)
cd "$(dirname "$0")" || exit 1
command -v "${PYTHON:-python3}" >/dev/null || { echo 'python3 is missing'; exit 77; }
case $BUILD in /*) ;; *) BUILD=$(cd ../.. && pwd)/$BUILD ;; esac
export BUILD
exec "${PYTHON:-python3}" waiting.py
