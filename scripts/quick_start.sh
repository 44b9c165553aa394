#!/usr/bin/env bash
# Sets up machine A: the runner, a model server and, where REMOTE_HOST is given, the tunnel to machine B. What is up already is left alone.
# A step that fails prints what to do and ends the script.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: quick_start.sh [--model FILE.gguf] [--remote-host machine-b.example] [--remote-user USER]

  --model FILE         MODEL         the GGUF file (default: a toy model that comes with the product and needs no GPU)
  --remote-host HOST   REMOTE_HOST   machine B; without it there is no tunnel
  --remote-user USER   REMOTE_USER

The settings of start_llm_server.sh and maintain_tunnel.sh (PORT, CONTEXT, GPU_LAYERS, REMOTE_PORT, IDENTITY_FILE …) work as variables.
TEXT
}

step() { echo "── $1"; }
fail() {
  echo "✗ $1" >&2
  echo "  $2" >&2
  exit 1
}

root=$(cd "$(dirname "$0")/.." && pwd)
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage && exit 0 ;;
    --model | --remote-host | --remote-user)
      [ $# -ge 2 ] || fail "$1 needs a value." "See --help."
      name=$(tr a-z- A-Z_ <<<"${1#--}")
      export "$name=$2"
      shift 2
      ;;
    *) fail "There is no option $1." "See --help." ;;
  esac
done

step "Node.js"
command -v node >/dev/null || fail "Node.js was not found." "Install Node.js 18 or newer: https://nodejs.org"
version=$(node -p 'process.versions.node.split(".")[0]')
[ "$version" -ge 18 ] || fail "Node.js $version is too old." "Install Node.js 18 or newer: https://nodejs.org"
command -v npm >/dev/null || fail "npm was not found." "Install it: it comes with Node.js; on Debian it is the package npm."

step "Model"
if [ -z "${MODEL:-}" ]; then
  export MODEL=$root/presets/models/tiny-chat.gguf RECIPE=${RECIPE:-embedded}
  echo "  the toy model that comes with the product; set MODEL=FILE.gguf for your own"
fi
[ -r "$MODEL" ] || fail "There is no model file at $MODEL, or it may not be read." "Check the path, or leave MODEL out for the demo."
case $MODEL in /*) ;; *) MODEL=$PWD/$MODEL ;; esac

step "Runner"
# Prints its URL. Exit code 0: a runner is up; 3: none.
find_runner() { "$root/node_modules/.bin/node" "$root/scripts/find-runner.ts"; }
if [ -x "$root/node_modules/.bin/node" ] && url=$(find_runner 2>/dev/null); then
  echo "  runs at $url"
else
  log=$root/.cache/quick-start.log
  mkdir -p "$root/.cache"
  echo "  starting it; the first start installs and builds for a minute or two. Log: $log"
  # In a session of its own, where setsid exists, so that it outlives this terminal; --keep leaves the models running for the next runner.
  detach=$(command -v setsid || command -v nohup)
  (cd "$root" && exec "$detach" npm start -- --keep >"$log" 2>&1 </dev/null) &
  started=$!
  give_up=$((SECONDS + 900))
  until [ -x "$root/node_modules/.bin/node" ] && url=$(find_runner 2>/dev/null); do
    kill -0 "$started" 2>/dev/null || {
      tail -n 15 "$log" >&2
      fail "The runner ended." "Fix what it reports above, then run this again."
    }
    [ "$SECONDS" -lt "$give_up" ] || fail "The runner does not answer after 15 minutes." "See $log; kill $started ends it."
    sleep 1
  done
  echo "  runs at $url (kill $started ends it)"
fi

step "Model server"
"$root/scripts/start_llm_server.sh" || fail "The model server is not ready." "Its output is above; its whole log is on the page $url"

step "Tunnel"
if [ -z "${REMOTE_HOST:-}" ]; then
  echo "  none: --remote-host machine-b.example sets one up"
else
  LOCAL_PORT=${LOCAL_PORT:-${PORT:-8080}} "$root/scripts/maintain_tunnel.sh" --once ||
    fail "The tunnel is not up." "The reason is above. The runner keeps trying; to see each step: scripts/maintain_tunnel.sh $REMOTE_HOST --check"
fi

echo "── Done. The page: $url"
[ -z "${REMOTE_HOST:-}" ] || echo "   On $REMOTE_HOST: curl http://127.0.0.1:${REMOTE_PORT:-8080}/health, then docs/two-machines.md from \"Machine B\" on"
