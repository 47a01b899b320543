# boto3, unmodified, against lambdainvoked
cd "$(dirname "$0")" || exit 1
command -v "${PYTHON:-python3}" >/dev/null || { echo 'python3 is missing'; exit 77; }
root=$(cd ../.. && pwd)
case $BUILD in /*) ;; *) BUILD=$root/$BUILD ;; esac
case ${PYTHON:-python3} in */*) case $PYTHON in /*) ;; *) PYTHON=$root/$PYTHON ;; esac ;; esac
export BUILD
exec "${PYTHON:-python3}" boto3_client.py
