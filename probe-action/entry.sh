#!/bin/sh
# In the container of the action: makes the folder for pictures, then runs the probe as a user without rights, as its
# browser has no sandbox there.
set -eu
artefacts=${PROBE_ARTEFACTS:-probe-artefacts}
mkdir -p "$artefacts"
user=$(id -u pptruser)
group=$(id -g pptruser)
chown "$user" "$artefacts"
PROBE_ARTEFACTS=$(realpath "$artefacts")
HOME=$(mktemp -d)
chown "$user" "$HOME"
export PROBE_ARTEFACTS HOME
exec setpriv --reuid "$user" --regid "$group" --clear-groups node /probe/probe.mjs
