#!/usr/bin/env bash
# Starts a model server: through the runner where one is up, which keeps its log and restarts it after a crash; otherwise by itself, in
# the foreground. `start_llm_server.sh --help` lists the settings.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: start_llm_server.sh [--model] FILE.gguf [options] [-- arguments for the server]

Each option is also an environment variable; the option wins.

  --model FILE         MODEL          the GGUF file
  --mmproj FILE        MMPROJ         its projector, for models that see images
  --host ADDRESS       HOST           where it listens (127.0.0.1: enough for a tunnel)
  --port N             PORT           8080
  --context N          CONTEXT        tokens of context (the server's own default)
  --gpu-layers N       GPU_LAYERS     layers on the GPU, -1 for all
  --threads N          THREADS
  --parallel N         PARALLEL       requests at once
  --batch-size N       BATCH_SIZE
  --alias NAME         ALIAS          the model's name for clients
                       API_KEY        clients must send it (as a variable only: others can see arguments)
  --id ID              ID             name in the runner (llama_<port>)
  --recipe NAME        RECIPE         llama-server, llama_cpp.server or embedded (the runner's default)
  --ready-timeout S    READY_TIMEOUT  seconds to wait for the model (600)
  --no-runner                         in the foreground, even where a runner is up
                       RUNNER_URL     http://127.0.0.1:3002, or as .env says
                       LLAMA_SERVER   the llama-server program, where it is not on PATH
TEXT
}

fail() {
  echo "start_llm_server.sh: $1" >&2
  exit 2
}

here=$(cd "$(dirname "$0")" && pwd)
use_runner=yes
while [ $# -gt 0 ]; do
  option=$1
  case $option in
    -h | --help) usage && exit 0 ;;
    --no-runner) use_runner=no && shift && continue ;;
    --) shift && break ;;
    --model | --mmproj | --host | --port | --context | --gpu-layers | --threads | --parallel | --batch-size | --alias | --id | --recipe | --ready-timeout)
      [ $# -ge 2 ] || fail "$option needs a value. See --help."
      name=$(tr a-z- A-Z_ <<<"${option#--}")
      export "$name=$2"
      shift 2
      ;;
    -*) fail "there is no option $option. Arguments for the server come after --. See --help." ;;
    *) export MODEL=$option && shift ;;
  esac
done

[ -n "${MODEL:-}" ] || fail "give a model: start_llm_server.sh FILE.gguf. See --help."
[ -r "$MODEL" ] || fail "there is no model file at $MODEL, or it may not be read."
for name in PORT CONTEXT GPU_LAYERS THREADS PARALLEL BATCH_SIZE READY_TIMEOUT; do
  value=${!name:-}
  [[ -z $value || $value =~ ^-?[0-9]+$ ]] || fail "$name must be a whole number, not \"$value\"."
done

if [ "$use_runner" = yes ]; then
  node=$here/../node_modules/.bin/node
  if [ -x "$node" ] && [ -f "$here/launch-server.ts" ]; then
    status=0
    "$node" "$here/find-runner.ts" >/dev/null || status=$?
    # exec: a signal to this process reaches it.
    [ "$status" -ne 0 ] || exec "$node" "$here/launch-server.ts" "$@"
    [ "$status" -eq 3 ] || exit "$status"
  fi
  echo "Without the runner: the server runs here until Ctrl-C." >&2
fi

server=${LLAMA_SERVER:-llama-server}
command -v "$server" >/dev/null || fail "$server was not found. Install llama.cpp, or set LLAMA_SERVER to its llama-server."
arguments=(-m "$MODEL")
add() { [ -z "$2" ] || arguments+=("$1" "$2"); }
add --mmproj "${MMPROJ:-}"
arguments+=(--host "${HOST:-127.0.0.1}" --port "${PORT:-8080}")
add -c "${CONTEXT:-}"
add -ngl "${GPU_LAYERS:-}"
[ "${THREADS:-0}" = 0 ] || add -t "$THREADS"
add --parallel "${PARALLEL:-}"
add -b "${BATCH_SIZE:-}"
add --alias "${ALIAS:-}"
# llama-server reads the key from its environment: an argument would be visible in the list of processes.
[ -z "${API_KEY:-}" ] || export LLAMA_API_KEY=$API_KEY
echo "$server ${arguments[*]} $*" >&2
exec "$server" "${arguments[@]}" "$@"
