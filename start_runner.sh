#!/bin/sh
# Starts LLM Server Manager. Needs Node.js 18 or newer; everything else is fetched by npm at the first start.
cd "$(dirname "$0")" || exit 1
if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
  echo "Node.js with npm was not found. Install Node.js 18 or newer (https://nodejs.org), then run this again." >&2
  exit 1
fi
exec npm start -- "$@"
