#!/usr/bin/env bash
# Writes the settings of this machine's runner to .env (0600, in one step): asks for what it needs, keeps the present lines and adds none
# twice. `deploy.sh --help` lists the flags. With --install-units, as root, it also installs the systemd units.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: deploy.sh [options]

Asks for what is not given and offers the values of .env. Each option is also an environment variable; the option wins.

  --mode sse|mqtt        LLM_COMM_MODE      how the runner reaches the model server
  --server-url URL       LLM_SERVER_URL     sse: the model server, or the end of the tunnel (http://localhost:8080)
  --broker-url URL       MQTT_BROKER_URL    mqtt: mqtt://broker.example:1883, or mqtts://…; none: the embedded broker
  --broker-user NAME     MQTT_USERNAME
                         MQTT_PASSWORD      (as a variable, or typed: others can see arguments)
  --domain NAME          DOMAIN             the name of the proxy in front (deploy/nginx.conf, deploy/Caddyfile); none: no proxy
  --gateway-port N       GATEWAY_PORT       port of /v1 for other machines; none: no gateway
  --yes                                     no questions: flags, variables, .env, defaults
  --env-file FILE                           instead of .env beside the product
  --install-units                           root: writes the systemd units, and prints how to enable them
  --service-user NAME                       the user they run as (the owner of this folder)
  --unit-dir FOLDER                         /etc/systemd/system

"none" as an answer or value removes a setting.
TEXT
}

fail() {
  echo "deploy.sh: $1" >&2
  exit 2
}

root=$(cd "$(dirname "$0")/.." && pwd)
env_file=$root/.env
unit_dir=/etc/systemd/system
service_user=
ask=yes
install_units=no
while [ $# -gt 0 ]; do
  option=$1
  case $option in
    -h | --help) usage && exit 0 ;;
    --yes | -y) ask=no && shift && continue ;;
    --install-units) install_units=yes && shift && continue ;;
  esac
  [ $# -ge 2 ] || fail "there is no option $option, or it needs a value. See --help."
  case $option in
    --mode) export "LLM_COMM_MODE=$2" ;;
    --server-url) export "LLM_SERVER_URL=$2" ;;
    --broker-url) export "MQTT_BROKER_URL=$2" ;;
    --broker-user) export "MQTT_USERNAME=$2" ;;
    --domain) export "DOMAIN=$2" ;;
    --gateway-port) export "GATEWAY_PORT=$2" ;;
    --env-file) env_file=$2 ;;
    --service-user) service_user=$2 ;;
    --unit-dir) unit_dir=$2 ;;
    *) fail "there is no option $option. See --help." ;;
  esac
  shift 2
done
if [ "$install_units" = yes ]; then
  : "${service_user:=$(stat -c %U "$root")}"
  [ -w "$unit_dir" ] || fail "no permission to write to $unit_dir: run this again with sudo."
  [ "$service_user" != root ] || fail "the units do not run as root, the owner of this folder. Give --service-user NAME; to make one: useradd --system --create-home llm"
  id "$service_user" >/dev/null 2>&1 || fail "there is no user $service_user. To make one: useradd --system --create-home $service_user"
  [[ $root =~ ^[A-Za-z0-9_./-]+$ ]] || fail "systemd units cannot contain the folder name $root: move the product to one without spaces, such as /opt/llm-server-manager."
fi
[ ! -L "$env_file" ] || env_file=$(readlink -f "$env_file")

# The settings as they will be written, by Node's rules for .env: the last line of a name counts.
text=
[ ! -e "$env_file" ] || text=$(cat "$env_file")

# Prints a name's value in .env; nothing where it has none.
value_of() {
  local line value
  line=$(grep -E "^[[:space:]]*(export[[:space:]]+)?$1[[:space:]]*=" <<<"$text" | tail -n 1) || return 0
  value=${line#*=}
  value=${value#"${value%%[![:space:]]*}"}
  case $value in
    \"*\"*) value=${value#\"} && value=${value%%\"*} ;;
    \'*\'*) value=${value#\'} && value=${value%%\'*} ;;
    *) value=${value%%#*} && value=${value%"${value##*[![:space:]]}"} ;;
  esac
  printf '%s' "$value"
}

# Prints a value in the syntax of .env.
quoted() {
  if [[ $1 =~ ^[A-Za-z0-9_./:@,+=~%*-]*$ ]]; then
    printf '%s' "$1"
  elif [[ $1 != *\'* ]]; then
    printf "'%s'" "$1"
  elif [[ $1 != *\"* && $1 != *\\* ]]; then
    printf '"%s"' "$1"
  else
    fail "a value with both kinds of quotes, or a quote and a backslash, cannot be written to .env."
  fi
}

# Sets a name to a value ("" removes its lines): in place of its last line, after a commented one, or at the end.
put() {
  local name=$1 line=
  [ "$(value_of "$name")" != "$2" ] || return 0
  [ -z "$2" ] || line="$name=$(quoted "$2")"
  text=$(NAME=$name LINE=$line awk '
    { lines[NR] = $0 }
    $0 ~ "^[ \t]*(export[ \t]+)?" ENVIRON["NAME"] "[ \t]*=" { active[NR] = 1; at = NR }
    $0 ~ "^#" ENVIRON["NAME"] "=" { comment = NR }
    END {
      if (!at && comment) after = comment
      for (n = 1; n <= NR; n++) {
        if (n == at && ENVIRON["LINE"] != "") print ENVIRON["LINE"]
        if (!(n in active)) print lines[n]
        if (n == after) print ENVIRON["LINE"]
      }
      if (!at && !after && ENVIRON["LINE"] != "") print ENVIRON["LINE"]
    }' <<<"$text")
}

is_mode() { [[ $1 == sse || $1 == mqtt ]]; }
is_http_url() { [[ $1 =~ ^https?://[^[:space:]/]+(/[^[:space:]]*)?$ ]]; }
is_broker_url() { [[ -z $1 || $1 =~ ^mqtts?://[^[:space:]/]+(/[^[:space:]]*)?$ ]]; }
is_domain() { [[ -z $1 || $1 =~ ^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$ ]]; }
is_port() { [[ -z $1 || ($1 =~ ^[1-9][0-9]{0,4}$ && $1 -le 65535) ]]; }
is_one_line() { [[ $1 != *$'\n'* && $1 != *\`* ]]; }

# question NAME CHECK "text" DEFAULT: puts the answer into the variable `answer`.
question() {
  local name=$1 is_valid=$2 words=$3 given
  given=${!name:-$(value_of "$name")}
  answer=${given:-$4}
  while :; do
    # No question for a value that was given by flag or variable.
    if [ "$ask" = yes ] && [ -z "${!name-}" ]; then
      printf '%s [%s]: ' "$words" "${answer:-none}" >&2
      read -r given || fail "no answer came. With --yes there are no questions."
      answer=${given:-$answer}
    fi
    [ "$answer" != none ] || answer=
    ! $is_valid "$answer" || return 0
    if [ "$ask" = no ] || [ -n "${!name-}" ]; then fail "\"$answer\" is not valid for: $words ($name)"; fi
    echo "Not valid: \"$answer\"." >&2
    answer=$4
  done
}

secret() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

before=$text
[ -n "$text" ] || text='# Settings of LLM Server Manager, written by scripts/deploy.sh. All of them: .env.example'

question LLM_COMM_MODE is_mode "How does this runner reach the model server: sse (HTTP) or mqtt (a broker)?" sse
mode=$answer
put LLM_COMM_MODE "$mode"
if [ "$mode" = sse ]; then
  question LLM_SERVER_URL is_http_url "URL of the model server" http://localhost:8080
  put LLM_SERVER_URL "${answer%/}"
else
  question MQTT_BROKER_URL is_broker_url "URL of the MQTT broker (none: the embedded one)" ""
  put MQTT_BROKER_URL "$answer"
  if [ -n "$answer" ]; then
    question MQTT_USERNAME is_one_line "User name at the broker" ""
    put MQTT_USERNAME "$answer"
    # Never shown: neither as the default nor while it is typed.
    if [ "$ask" = yes ] && [ -n "$answer" ] && [ -z "${MQTT_PASSWORD-}" ]; then
      printf 'Password at the broker (empty: unchanged): ' >&2
      read -rs MQTT_PASSWORD || fail "no answer came. With --yes there are no questions."
      echo >&2
    fi
    is_one_line "${MQTT_PASSWORD-}" || fail "the password must be one line without a backtick."
    [ -z "${MQTT_PASSWORD-}" ] || put MQTT_PASSWORD "$MQTT_PASSWORD"
  fi
fi

# The domain is stored as a host name that the runner accepts.
hosts=$(value_of RUNNER_ALLOWED_HOSTS)
[ -n "${DOMAIN-}" ] || known_domain=${hosts%%,*}
question DOMAIN is_domain "Domain of the proxy in front of this runner" "${known_domain-}"
domain=$answer
if [ -n "$domain" ]; then
  [[ ",$hosts," == *",$domain,"* ]] || put RUNNER_ALLOWED_HOSTS "$domain${hosts:+,$hosts}"
  # To the runner all requests through the proxy come from this machine: only a token shows who may use it.
  [ -n "$(value_of RUNNER_TOKEN)" ] || put RUNNER_TOKEN "$(secret)"
fi

question GATEWAY_PORT is_port "Port of the gateway (/v1) for other machines" "${domain:+8000}"
port=$answer
put GATEWAY_PORT "$port"
if [ -n "$port" ]; then
  # Behind the proxy it listens on the loopback only.
  if [ -z "$(value_of GATEWAY_HOST)" ]; then put GATEWAY_HOST "$([ -n "$domain" ] && echo 127.0.0.1 || echo 0.0.0.0)"; fi
  # Without any key a gateway on the loopback is open to everyone on this machine.
  [ -n "$(value_of API_KEYS)" ] || put API_KEYS "sk-$(secret)"
fi

if [ "$text" != "$before" ]; then
  umask 077
  temporary=$(mktemp "$env_file.XXXXXX")
  trap 'rm -f "$temporary"' EXIT
  printf '%s\n' "$text" >"$temporary"
  [ "$(id -u)" -ne 0 ] || chown --reference="$(dirname "$env_file")" "$temporary"
  mv "$temporary" "$env_file"
  trap - EXIT
  echo "Wrote $env_file (readable by its owner only)."
else
  chmod 600 "$env_file"
  echo "$env_file is up to date: nothing changed."
fi

if [ "$install_units" = yes ]; then
  chown "$service_user" "$env_file"
  for unit in "$root"/deploy/systemd/*.service; do
    sed "s|/opt/llm-server-manager|$root|g; s|^User=llm$|User=$service_user|" "$unit" >"$unit_dir/${unit##*/}"
    echo "Wrote $unit_dir/${unit##*/}"
  done
fi

echo
echo "Next:"
if [ "$install_units" = yes ]; then
  echo "  npm start                                            # once, as the owner of this folder: installs and builds; Ctrl-C when it runs"
  echo "  systemctl daemon-reload"
  echo "  systemctl enable --now llm-server-manager            # the runner; docs/deployment.md describes the other units"
else
  echo "  npm start"
fi
if [ "$mode" = sse ]; then
  echo "  curl $(value_of LLM_SERVER_URL)/health                # the model server, or the tunnel to it: docs/two-machines.md"
else
  echo "  docs/sse-or-mqtt.md                                  # the worker beside the model"
fi
if [ -n "$domain" ]; then
  echo "  deploy/nginx.conf or deploy/Caddyfile                # the proxy for $domain"
  echo "  https://$domain/llm/#token=…                         # the page; the token is RUNNER_TOKEN in $env_file"
fi
if [ -n "$domain" ] && [ -n "$port" ] && [ "$(value_of GATEWAY_HOST)" != 127.0.0.1 ]; then
  echo "  GATEWAY_HOST is $(value_of GATEWAY_HOST): port $port can be reached without the proxy and without TLS. 127.0.0.1 closes it."
fi
[ -z "$port" ] || echo "  API_KEYS in $env_file                # the key for other machines: docs/machine-c.md"
