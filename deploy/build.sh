#!/bin/sh
# The steps that make the image: `sh deploy/build.sh STEP VENV`. The Dockerfile takes them in its order, and so does
# `make trials ARGS=clean-install`, without an engine and without rights. Nothing here needs root.
set -eu
step=$1
venv=$2
cd "$(dirname "$0")/.."

case $step in
    environment)
        "${PYTHON:-python3}" -m venv "$venv"
        "$venv/bin/python" -m pip install --quiet --no-cache-dir --disable-pip-version-check -r requirements.txt
        "$venv/bin/python" -m pip check
        ;;
    application)
        # The root file system will be read-only, and without compiled modules each start pays two seconds.
        "$venv/bin/python" -m compileall -q -x '(^|/)(tests|bench|node_modules|\.venv)/' .
        scratch=$(mktemp -d)
        trap 'rm -rf "$scratch"' EXIT
        # All that is missing is missing now, not on the first visit.
        CARBUROAM_OUTPUTS_DIR=$scratch "$venv/bin/python" -c 'import server, etl'
        CARBUROAM_OUTPUTS_DIR=$scratch "$venv/bin/python" etl.py prepare
        ;;
    *)
        echo "no such step: $step" >&2
        exit 2
        ;;
esac
