#!/usr/bin/env bash
# Keeps a reverse SSH tunnel up: machine B's REMOTE_PORT leads to this machine's LOCAL_PORT. Where a runner is up, it is the runner's own
# supervised tunnel; otherwise ssh runs here and is restarted whenever it ends. `maintain_tunnel.sh --help` lists the settings.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: maintain_tunnel.sh [--remote-host] machine-b.example [options]

Each option is also an environment variable; the option wins.

  --remote-host HOST    REMOTE_HOST     machine B
  --remote-user USER    REMOTE_USER     the user there (as ssh's own configuration says)
  --remote-port N       REMOTE_PORT     port that opens on B (8080)
  --local-port N        LOCAL_PORT      port of the model server here (8080)
  --local-host ADDRESS  LOCAL_HOST      127.0.0.1
  --bind-address ADDR   BIND_ADDRESS    where B listens (127.0.0.1; others need GatewayPorts in B's sshd)
  --ssh-port N          SSH_PORT        22
  --identity-file FILE  IDENTITY_FILE   private key (as ssh's own configuration says)
  --jump-host HOST      JUMP_HOST       [user@]host[:port] on the way
  --name NAME           TUNNEL_NAME     name in the runner (HOST:PORT)
  --compression         COMPRESSION=yes
  --check               tries once, prints what is wrong, keeps nothing
  --once                with a runner: ends when the tunnel is up; the tunnel stays
  --no-runner           ssh from here, even where a runner is up
                        RUNNER_URL      http://127.0.0.1:3002, or as .env says
                        MAX_DELAY       longest wait between two tries, in seconds (60)
TEXT
}

fail() {
  echo "maintain_tunnel.sh: $1" >&2
  exit 2
}

say() { echo "$(date '+%Y-%m-%dT%H:%M:%S%z') $1" >&2; }

here=$(cd "$(dirname "$0")" && pwd)
use_runner=yes
mode=keep
while [ $# -gt 0 ]; do
  option=$1
  case $option in
    -h | --help) usage && exit 0 ;;
    --check) mode=check && shift && continue ;;
    --once) mode=once && shift && continue ;;
    --no-runner) use_runner=no && shift && continue ;;
    --compression) export COMPRESSION=yes && shift && continue ;;
    --remote-host | --remote-user | --remote-port | --local-port | --local-host | --bind-address | --ssh-port | --identity-file | --jump-host | --name)
      [ $# -ge 2 ] || fail "$option needs a value. See --help."
      name=$(tr a-z- A-Z_ <<<"${option#--}")
      [ "$name" != NAME ] || name=TUNNEL_NAME
      export "$name=$2"
      shift 2
      ;;
    -*) fail "there is no option $option. See --help." ;;
    *) export REMOTE_HOST=$option && shift ;;
  esac
done

[ -n "${REMOTE_HOST:-}" ] || fail "give the other machine: maintain_tunnel.sh machine-b.example. See --help."
# ssh takes a word that begins with a dash for an option.
for name in REMOTE_HOST REMOTE_USER LOCAL_HOST BIND_ADDRESS JUMP_HOST IDENTITY_FILE; do
  value=${!name:-}
  [[ $value != -* ]] || fail "$name must not begin with a dash."
done
for name in REMOTE_PORT LOCAL_PORT SSH_PORT MAX_DELAY; do
  value=${!name:-}
  [[ -z $value || ($value =~ ^[1-9][0-9]{0,4}$ && $value -le 65535) ]] || fail "$name must be between 1 and 65535, not \"$value\"."
done

if [ "$use_runner" = yes ]; then
  node=$here/../node_modules/.bin/node
  if [ -x "$node" ] && [ -f "$here/keep-tunnel.ts" ]; then
    status=0
    "$node" "$here/find-runner.ts" >/dev/null || status=$?
    # exec: a signal to this process reaches it.
    [ "$status" -ne 0 ] || exec "$node" "$here/keep-tunnel.ts" "--$mode"
    [ "$status" -eq 3 ] || exit "$status"
  fi
  echo "Without the runner: ssh runs from here until Ctrl-C." >&2
fi
[ "$mode" != once ] || fail "--once needs a runner: without one nothing would keep up the tunnel."

remote_port=${REMOTE_PORT:-8080}
local_port=${LOCAL_PORT:-8080}
target=${REMOTE_USER:+$REMOTE_USER@}$REMOTE_HOST
command -v ssh >/dev/null || fail "ssh was not found: install the OpenSSH client."
[ -z "${IDENTITY_FILE:-}" ] || [ -r "$IDENTITY_FILE" ] || fail "the key $IDENTITY_FILE does not exist or may not be read."

# Its own known hosts: a host's first key is stored, a different one later is refused. In a configuration file, because ssh passes that on to the
# ssh of a jump host.
data=${RUNNER_DATA_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/llm-server-manager}
umask 077
mkdir -p "$data"
quoted() { sed 's/[\\%]/&&/g; s/.*/"&"/' <<<"$1"; }
configuration=$(mktemp "$data/ssh_config.XXXXXX")
trap 'rm -f "$configuration"' EXIT
{
  printf '%s\n' 'BatchMode yes' 'StrictHostKeyChecking accept-new' 'ConnectTimeout 15' 'ServerAliveInterval 15' 'ServerAliveCountMax 3' \
    'ControlPath none' 'ForwardAgent no' 'ForwardX11 no' "UserKnownHostsFile $(quoted "$data/tunnel_known_hosts") ~/.ssh/known_hosts"
  [ -z "${IDENTITY_FILE:-}" ] || printf '%s\n' "IdentityFile $(quoted "$IDENTITY_FILE")" 'IdentitiesOnly yes'
  [ "${COMPRESSION:-}" != yes ] || echo 'Compression yes'
  printf '%s\n' 'Include ~/.ssh/config' 'Include /etc/ssh/ssh_config'
} >"$configuration"
options=(-N -T -F "$configuration" -o ExitOnForwardFailure=yes
  -R "${BIND_ADDRESS:-127.0.0.1}:$remote_port:${LOCAL_HOST:-127.0.0.1}:$local_port")
[ "${SSH_PORT:-22}" = 22 ] || options+=(-p "$SSH_PORT")
[ -z "${JUMP_HOST:-}" ] || options+=(-J "$JUMP_HOST")

is_listening() { (: <"/dev/tcp/${LOCAL_HOST:-127.0.0.1}/$local_port") 2>/dev/null; }

check() {
  local folder
  folder=$(mktemp -d)
  if is_listening; then
    echo "✓ target: something listens on port $local_port here"
  else
    echo "✗ target: nothing listens on port $local_port here. Start the model server: scripts/start_llm_server.sh"
  fi
  # With -f ssh returns as soon as the forwarding is up; the control socket ends the background part.
  if ssh -f -M -S "$folder/ssh" "${options[@]}" -- "$target"; then
    echo "✓ connect, forward: port $remote_port of $REMOTE_HOST leads here"
    ssh -F "$configuration" -S "$folder/ssh" -O exit -- "$target" 2>/dev/null || true
    rm -rf "$folder"
    is_listening
  else
    rm -rf "$folder"
    echo "✗ connect, forward: see the output of ssh above; docs/troubleshooting.md lists the cases"
    return 1
  fi
}

if [ "$mode" = check ]; then
  check && exit 0
  exit 1
fi

child=
stop() {
  trap - TERM INT HUP
  [ -z "$child" ] || kill "$child" 2>/dev/null || true
  wait || true
  say "Stopped."
  exit 0
}
trap stop TERM INT HUP

longest=${MAX_DELAY:-60}
delay=1
while :; do
  say "Connecting: port $remote_port of $target to port ${LOCAL_HOST:-127.0.0.1}:$local_port here."
  started=$SECONDS
  ssh -o PermitLocalCommand=yes -o "LocalCommand=echo Connected. >&2" "${options[@]}" -- "$target" </dev/null &
  child=$!
  status=0
  wait "$child" || status=$?
  child=
  # Exit code 0 is an end as well: B's sshd was stopped, or someone closed the session.
  [ $((SECONDS - started)) -lt 60 ] || delay=1
  # Jitter, between half of the delay and all of it: many tunnels must not reconnect at the same moment.
  pause=$((delay * (500 + RANDOM % 501)))
  pause=$((pause / 1000)).$(printf '%03d' $((pause % 1000)))
  say "ssh ended with $status. Next try in $pause s."
  delay=$((delay * 2 > longest ? longest : delay * 2))
  sleep "$pause" &
  child=$!
  wait "$child" || true
  child=
done
