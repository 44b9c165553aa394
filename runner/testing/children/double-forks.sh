#!/bin/sh
# Leaves a daemon behind that has left the process group and the session, and ends with the code of its first argument.
setsid sh -c 'echo "daemon $$"; exec sleep 1000' &
sleep 0.2
exit "${1:-0}"
