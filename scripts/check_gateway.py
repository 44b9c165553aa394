"""Checks from another machine (C) that a gateway (B) and the model servers behind it (A) can be used by the `openai` package.

Each failure names the machine to look at. Copy this one file: it needs Python 3.8 and `pip install openai` (any version from 1.0). See docs/machine-c.md.

    TEST_BASE_URL=http://MACHINE-B:8000/v1 TEST_API_KEY=<key> python check_gateway.py
"""

from __future__ import annotations

import argparse
import os
import socket
import ssl
import sys
import time
import urllib.error
import urllib.request
from typing import Any, Callable
from urllib.parse import urlsplit

try:
    import openai
    from openai import OpenAI
except ImportError:
    sys.exit("The openai package is missing. Run: python -m pip install openai")

MACHINES = {"A": "the model server", "B": "the gateway", "C": "this one"}
CONNECT_TIMEOUT = 10.0

# For each code (the gateway's, or the system's): machine, likely cause, command to run there. check-gateway.ts has the same table.
ADVICE = """
ENOTFOUND :: C :: the name {host} is unknown here: a typo, or no DNS :: nslookup {host}
ECONNREFUSED :: B :: nothing listens there: the gateway does not run, has another port, or listens for its own machine only :: GATEWAY_HOST=0.0.0.0 GATEWAY_PORT={port} API_KEYS=<your key> npm start
ETIMEDOUT :: B :: a firewall drops the connection (of the machine, or of its cloud), or the address is wrong :: sudo ufw allow {port}/tcp
ENETUNREACH :: C :: this machine has no route to that network: no VPN, no Internet :: ping {host}
ECONNRESET :: B :: what listens there closes the connection: no gateway, or https where http is spoken :: curl -v http://127.0.0.1:{port}/health
not_tls :: C :: plain http is spoken there, not https :: export TEST_BASE_URL=http://{host}:{port}/v1
TLS :: B :: the certificate does not fit this name, has expired, or its issuer is not known here :: openssl s_client -connect {host}:{port} -servername {host} </dev/null
redirect :: C :: the address has moved, often from http to https :: export TEST_BASE_URL=<that address, up to /v1>
broken_proxy :: B :: a proxy responds, but the gateway behind it does not :: curl http://127.0.0.1:8000/health
not_json :: C :: another program listens there, or the base URL is not that of a gateway :: export TEST_BASE_URL=http://MACHINE-B:8000/v1
unknown_url :: C :: the base URL is not right: it ends with /v1 :: export TEST_BASE_URL=http://MACHINE-B:8000/v1
missing_api_key :: C :: no key was sent :: export TEST_API_KEY=<your key>
no_keys :: B :: the gateway has no keys yet, so it refuses every request :: {newkey}
invalid_api_key :: C :: this key is not one of the gateway's: a typo, or quotes or spaces around it :: export TEST_API_KEY=<your key>
key_revoked :: B :: the key was revoked: make another :: {newkey}
key_expired :: B :: the key has expired: make another :: {newkey}
model_not_allowed :: B :: the key is valid for other models only :: {keys}
route_not_allowed :: B :: the key is valid for other routes only :: {keys}
rate_limit_exceeded :: B :: the key has used up its limit per minute: wait, or raise the limit :: {keys}
insufficient_quota :: B :: the key has used up its tokens: make another, or raise its quota :: {keys}
open :: B :: what listens here asks for no key: anyone who reaches it can use it :: GATEWAY_HOST=0.0.0.0 GATEWAY_PORT={port} API_KEYS=<your key> npm start
forbidden_host :: B :: this listener serves its own machine only: start the gateway's own, which serves others :: GATEWAY_HOST=0.0.0.0 GATEWAY_PORT=8000 API_KEYS=<your key> npm start
model_not_found :: C :: the model name is not one of the gateway's :: export TEST_MODEL=<a name that it lists>
no_models :: A :: no model server is running, it is still loading, or the key may use none of its models :: {server}
model_loading :: A :: the model is being loaded: wait, then check again :: {server}
no_upstream :: A :: the model server is stopped, or the tunnel from A to B is down :: {server}
upstream_error :: A :: the model server broke off: it crashed or was stopped, or the tunnel from A to B is down :: {server}
upstream_timeout :: A :: the model server hangs, or is too slow for the prompt :: {slots}
silence :: A :: the model server is too slow or hangs; if it only needs longer: --timeout 600 :: {slots}
empty_answer :: A :: the model server runs, but its chat template or its model file does not fit :: {server}
no_stream :: A :: the model server, or a proxy before it, does not stream :: {server}
held_back :: B :: a proxy before the gateway collects the stream (nginx: proxy_buffering; also gzip, a CDN, a virus scanner) :: sudo nginx -T | grep -nE 'proxy_pass|proxy_buffering|proxy_ignore_headers|gzip'
upstream_unauthorized :: B :: the gateway has a wrong key for the model server :: curl http://127.0.0.1:3002/api/endpoints
other :: B :: the gateway's log may say more :: curl http://127.0.0.1:3002/api/endpoints
"""

COMMANDS = {
    "newkey": "curl -X POST http://127.0.0.1:3002/api/gateway/keys -H 'Content-Type: application/json' -d '{\"name\":\"machine-c\"}'",
    "keys": "curl http://127.0.0.1:3002/api/gateway/keys",
    "server": "curl http://127.0.0.1:8080/health   # 8080: the port of the model server",
    "slots": "curl http://127.0.0.1:8080/slots   # 8080: the port of the model server",
}

# Codes that mean the same as one of the table.
SYNONYMS = {"not_found": "unknown_url", "shutting_down": "ECONNREFUSED"}


class Failure(Exception):
    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class Session:
    def __init__(self, base_url: str, api_key: str | None, model: str | None, timeout: float) -> None:
        self.base_url = base_url.rstrip("/")
        self.url = urlsplit(self.base_url)
        self.api_key = api_key
        self.model = model
        self.timeout = timeout
        # How long a one-word answer took: a stream needs at least as long before it begins.
        self.short_answer = 0.0

    @property
    def host(self) -> str:
        return self.url.hostname or ""

    @property
    def port(self) -> int:
        return self.url.port or (443 if self.url.scheme == "https" else 80)

    def client(self, api_key: str | None = None) -> OpenAI:
        # The package refuses an empty key; a gateway without keys takes any.
        return make_client(base_url=self.base_url, api_key=api_key or self.api_key or "no-key", timeout=self.timeout, max_retries=0)


def make_client(**options: Any) -> OpenAI:
    try:
        return OpenAI(**options)
    except TypeError:
        # openai before 1.55.3 passes "proxies" to httpx, which no longer knows it since 0.28.
        import httpx

        return OpenAI(**options, http_client=httpx.Client(follow_redirects=True))


# ---- the checks: each returns what is worth reporting, or raises ----


def check_reachable(session: Session) -> str:
    address = socket.getaddrinfo(session.host, session.port, type=socket.SOCK_STREAM)[0][4][0]
    socket.create_connection((session.host, session.port), timeout=CONNECT_TIMEOUT).close()
    at = f"{address}:{session.port}"
    base = session.base_url[: -len("/v1")] if session.base_url.endswith("/v1") else session.base_url
    try:
        with urllib.request.urlopen(f"{base}/health", timeout=min(session.timeout, CONNECT_TIMEOUT)) as response:
            if response.geturl() != f"{base}/health":
                raise Failure(f"redirects to {response.geturl()}", "redirect")
    except urllib.error.HTTPError as error:
        # The runner's own port, and proxies that pass on /v1 only, have no /health.
        if error.code == 404:
            return f"{at} answers, without /health"
        raise Failure(f"{error.code} at /health: {shorten(error.read().decode(errors='replace'))}", "broken_proxy") from error
    return f"{at} answers, /health is ok"


def check_models(session: Session) -> str:
    names = [model.id for model in session.client().models.list().data]
    shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
    # The list lacks short names, aliases and models that are stopped: the chat shows whether they work.
    if session.model is not None and session.model not in names:
        return f"{shown or 'none'}; {session.model} is not listed"
    session.model = session.model or (names[0] if names else None)
    if session.model is None:
        raise Failure("the list is empty", "no_models")
    return shown


def check_chat(session: Session) -> str:
    started = time.perf_counter()
    messages = [{"role": "user", "content": "Reply with the word pong"}]
    answer = session.client().chat.completions.create(model=session.model, messages=messages, max_tokens=256)
    session.short_answer = time.perf_counter() - started
    message = answer.choices[0].message
    if (message.content or "").strip():
        return f"{session.model}: {shorten(message.content)}"
    if getattr(message, "reasoning_content", None):
        return f"{session.model} thought for 256 tokens: give it more for an answer"
    raise Failure("the answer is empty", "empty_answer")


def check_streaming(session: Session) -> str:
    arrivals, written = read_stream(session)
    # Once more: the pieces of a server that was busy bunch up, too.
    if is_held_back(arrivals, written, session.short_answer):
        arrivals, written = read_stream(session)
    if not arrivals:
        raise Failure("the stream has no text in it", "empty_answer")
    summary = f"{len(arrivals)} pieces, the first after {arrivals[0] * 1000:.0f} ms, the last {(arrivals[-1] - arrivals[0]) * 1000:.0f} ms later"
    if is_held_back(arrivals, written, session.short_answer):
        raise Failure(f"{summary}: not one by one", "held_back")
    return summary


def check_wrong_key(session: Session) -> str:
    try:
        session.client(api_key=f"sk-wrong-{os.urandom(8).hex()}").models.list()
    except openai.AuthenticationError:
        return "refused with 401"
    if session.host in ("localhost", "::1") or session.host.startswith("127."):
        return "accepted: without keys the gateway is open to its own machine"
    raise Failure("it was accepted", "open")


CHECKS: list[tuple[str, list[str], Callable[[Session], str]]] = [
    ("Reachable", [], check_reachable),
    ("Models", ["Reachable"], check_models),
    ("Chat", ["Reachable", "Models"], check_chat),
    ("Streaming", ["Reachable", "Models", "Chat"], check_streaming),
    ("Wrong key", ["Reachable"], check_wrong_key),
]


def read_stream(session: Session) -> tuple[list[float], float | None]:
    """When each piece of the answer arrived, and how long the server reports that it wrote (None: it reports nothing), in seconds."""
    started = time.perf_counter()
    messages = [{"role": "user", "content": "Write a short poem about the sea."}]
    arrivals: list[float] = []
    written = None
    is_finished = False
    for chunk in session.client().chat.completions.create(model=session.model, messages=messages, max_tokens=48, stream=True):
        timings = getattr(chunk, "timings", None)
        if isinstance(timings, dict) and "predicted_ms" in timings:
            written = timings["predicted_ms"] / 1000
        if not chunk.choices:
            continue
        choice = chunk.choices[0]
        is_finished = is_finished or choice.finish_reason is not None
        if choice.delta.content or getattr(choice.delta, "reasoning_content", None):
            arrivals.append(time.perf_counter() - started)
    if not is_finished:
        raise Failure("the stream broke off before its end", "upstream_error")
    return arrivals, written


def is_held_back(arrivals: list[float], written: float | None, short_answer: float) -> bool:
    """Whether over a third of the answer arrived within a tenth of the time in which it was written.

    Below 0.3 s no one would notice and the times say nothing. Where the server does not report how long it wrote, it is the time beyond that
    of a one-word answer.
    """
    if len(arrivals) < 6:
        return False
    duration = arrivals[-1] - short_answer if written is None else written
    if duration < 0.3:
        return False
    most = max(sum(1 for at in arrivals if start <= at < start + duration / 10) for start in arrivals)
    return most > len(arrivals) * 0.35


# ---- what failures mean ----


def failure_of(error: BaseException, session: Session) -> Failure:
    if isinstance(error, Failure):
        return error
    if isinstance(error, openai.APIStatusError):
        return refused(error, session)
    if isinstance(error, openai.APITimeoutError):
        return Failure(f"received nothing for {session.timeout:.0f} s", "silence")
    # An error in mid-stream.
    if isinstance(error, openai.APIError) and isinstance(getattr(error, "code", None), str):
        return Failure(f"{error.code}: {error.message}", error.code)
    if isinstance(error, (AttributeError, ValueError, openai.APIResponseValidationError)):
        return Failure("the response is not what the OpenAI API defines", "not_json")
    reason: BaseException = error
    while reason.__cause__ is not None or isinstance(getattr(reason, "reason", None), BaseException):
        reason = reason.__cause__ or reason.reason
    return Failure(shorten(f"{type(reason).__name__}: {reason}"), code_of(reason))


def refused(error: openai.APIStatusError, session: Session) -> Failure:
    """The Failure of a response whose status is no success. `error.body` is the content of its "error"."""
    body = error.body if isinstance(error.body, dict) else {}
    code, message = body.get("code"), body.get("message", "")
    if not isinstance(code, str):
        text = shorten(error.response.text)
        return Failure(f"{error.status_code}, and not from a gateway: {text}", "broken_proxy" if error.status_code >= 500 else "not_json")
    meaning = code.lower()
    if error.status_code == 401 and session.api_key is None:
        meaning = "missing_api_key"
    if code == "missing_api_key" and "no API keys yet" in message:
        meaning = "no_keys"
    return Failure(f"{error.status_code} {code}: {message}", meaning)


def code_of(reason: BaseException) -> str:
    if isinstance(reason, ssl.SSLError) or "SSL" in str(reason):
        return "not_tls" if "WRONG_VERSION_NUMBER" in str(reason) else "TLS"
    if isinstance(reason, socket.gaierror):
        return "ENOTFOUND"
    if isinstance(reason, ConnectionRefusedError):
        return "ECONNREFUSED"
    if isinstance(reason, (TimeoutError, socket.timeout)):
        return "ETIMEDOUT"
    if isinstance(reason, OSError) and not isinstance(reason, ConnectionError):
        return "ENETUNREACH"
    return "ECONNRESET"


def advice_of(code: str, session: Session) -> tuple[str, str, str]:
    rows = ADVICE.strip().split("\n")
    row = next((line for line in rows if line.startswith(f"{SYNONYMS.get(code, code)} :: ")), rows[-1])
    for name, command in COMMANDS.items():
        row = row.replace("{" + name + "}", command)
    _, machine, cause, run = row.replace("{host}", session.host).replace("{port}", str(session.port)).split(" :: ")
    if machine == "C" and sys.platform == "win32" and run.startswith("export "):
        name, value = run[len("export ") :].split("=", 1)
        run = f'$env:{name}="{value}"'
    return machine, cause, run


def shorten(text: str) -> str:
    line = " ".join(text.split())
    return line[:79] + "…" if len(line) > 80 else line


# ---- the program ----


def read_session() -> Session:
    def setting(name: str) -> str | None:
        return os.environ.get(f"TEST_{name}") or os.environ.get(f"LLM_{name}") or None

    parser = argparse.ArgumentParser(description="Checks that a gateway can be used from this machine.")
    parser.add_argument("--base-url", default=setting("BASE_URL"), help="http://MACHINE-B:8000/v1 (TEST_BASE_URL or LLM_BASE_URL)")
    parser.add_argument("--api-key", default=setting("API_KEY"), help="TEST_API_KEY or LLM_API_KEY")
    parser.add_argument("--model", default=setting("MODEL"), help="TEST_MODEL or LLM_MODEL; default: the first one in the list")
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds")
    given = parser.parse_args()
    if not (given.base_url or "").startswith(("http://", "https://")):
        parser.print_help()
        sys.exit(1)
    return Session(given.base_url, given.api_key, given.model, given.timeout)


def check_all(session: Session) -> bool:
    """Whether all checks passed."""
    key = f"{session.api_key[:4]}…" if session.api_key else "none"
    print(f"Gateway {session.base_url}, key {key}, model {session.model or 'the first one'}, openai {openai.__version__}\n")
    passed: list[str] = []
    for name, needs, run in CHECKS:
        missing = next((need for need in needs if need not in passed), None)
        if missing is not None:
            print(f'- {name}: not tried, needs "{missing}"')
            continue
        started = time.perf_counter()
        try:
            result = run(session)
        except Exception as error:
            failure = failure_of(error, session)
            machine, cause, command = advice_of(failure.code, session)
            print(f"✗ {name} ({(time.perf_counter() - started) * 1000:.0f} ms): {failure}")
            print(f"    look at  machine {machine}, {MACHINES[machine]}\n    likely   {cause}\n    run      {command}")
        else:
            print(f"✓ {name} ({(time.perf_counter() - started) * 1000:.0f} ms): {result}")
            passed.append(name)
    have_passed = len(passed) == len(CHECKS)
    print("\nAll checks passed: this machine can use the models." if have_passed else f"\n{len(passed)} of {len(CHECKS)} checks passed.")
    return have_passed


if __name__ == "__main__":
    # The encoding of a Windows console may lack "✓".
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    sys.exit(0 if check_all(read_session()) else 1)
