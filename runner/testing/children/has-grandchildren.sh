#!/bin/sh
# A wrapper as people write them: two servers in the background, and it waits for them.
sleep 1000 & echo "grandchild $!"
sh -c 'trap "" TERM; echo "grandchild $$"; while :; do sleep 1000; done' &
wait
