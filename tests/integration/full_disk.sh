# lambdainvoked --data on a disk that is full (unshare and mount of util-linux; standard library of Python)
cd "$(dirname "$0")" || exit 1
command -v "${PYTHON:-python3}" >/dev/null || { echo 'python3 is missing'; exit 77; }
unshare -rm true 2>/dev/null || { echo 'a mount name space of our own is not allowed here'; exit 77; }
case $BUILD in /*) ;; *) BUILD=$(cd ../.. && pwd)/$BUILD ;; esac
export BUILD
exec unshare -rm "${PYTHON:-python3}" full_disk.py
