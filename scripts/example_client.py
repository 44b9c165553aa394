"""Chats with a gateway from another machine: an answer at once, an answer as it is written, or a conversation. To copy and change.

Needs Python 3.8 and `pip install openai` (any version from 1.0). See docs/machine-c.md.

    LLM_BASE_URL=http://MACHINE-B:8000/v1 LLM_API_KEY=<key> python example_client.py [--interactive] [question]
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any, Iterator

from openai import OpenAI, OpenAIError


def setting(name: str) -> str:
    return os.environ.get(f"LLM_{name}") or os.environ.get(f"TEST_{name}") or ""


def make_client() -> OpenAI:
    # The package refuses an empty key; a gateway without keys takes any.
    options: dict[str, Any] = {"base_url": setting("BASE_URL"), "api_key": setting("API_KEY") or "no-key"}
    try:
        return OpenAI(**options)
    except TypeError:
        # openai before 1.55.3 passes "proxies" to httpx, which no longer knows it since 0.28.
        import httpx

        return OpenAI(**options, http_client=httpx.Client(follow_redirects=True))


def chat(client: OpenAI, model: str, messages: list[dict[str, str]]) -> str:
    """The whole answer at once."""
    answer = client.chat.completions.create(model=model, messages=messages)
    return answer.choices[0].message.content or ""


def stream(client: OpenAI, model: str, messages: list[dict[str, str]]) -> Iterator[str]:
    """The answer piece by piece. Leaving the loop also ends the generation on the server."""
    with client.chat.completions.create(model=model, messages=messages, stream=True) as chunks:
        for chunk in chunks:
            if chunk.choices and chunk.choices[0].delta.content:
                yield chunk.choices[0].delta.content


def show_examples(client: OpenAI, model: str, question: str) -> None:
    messages = [{"role": "user", "content": question}]
    print(f"> {question}\n\nAt once:")
    print(chat(client, model, messages))
    print("\nAs it is written:")
    for piece in stream(client, model, messages):
        print(piece, end="", flush=True)
    print()


def converse(client: OpenAI, model: str) -> None:
    """Ctrl-C ends the answer that is being written; without one it ends the program."""
    print(f"Talking to {model}. /reset forgets the conversation, /model NAME switches to another model, /quit or Ctrl-C ends.")
    messages: list[dict[str, str]] = []
    while True:
        try:
            text = input("\n> ").strip()
        except (EOFError, KeyboardInterrupt):
            print()
            return
        command, _, name = text.partition(" ")
        if command == "/quit":
            return
        if command == "/reset":
            messages = []
            print("Forgotten.")
        elif command == "/model":
            model = name.strip() or model
            print(f"Model: {model}. There are: {', '.join(each.id for each in client.models.list().data)}")
        elif text:
            messages = answer(client, model, [*messages, {"role": "user", "content": text}])


def answer(client: OpenAI, model: str, messages: list[dict[str, str]]) -> list[dict[str, str]]:
    """Returns the conversation after the answer. Text received before Ctrl-C is kept; after a failure the question is removed."""
    content = ""
    try:
        for piece in stream(client, model, messages):
            print(piece, end="", flush=True)
            content += piece
        print()
    except KeyboardInterrupt:
        print(" … stopped")
        if not content:
            return messages[:-1]
    except OpenAIError as error:
        print(f"\n{error}")
        return messages[:-1]
    return [*messages, {"role": "assistant", "content": content}]


def main() -> None:
    parser = argparse.ArgumentParser(description="Chats with a gateway: LLM_BASE_URL, LLM_API_KEY, LLM_MODEL (default: its first model).")
    parser.add_argument("-i", "--interactive", action="store_true", help="a conversation")
    parser.add_argument("question", nargs="*")
    given = parser.parse_args()
    if not setting("BASE_URL"):
        sys.exit("Set LLM_BASE_URL to the address of the gateway, such as http://MACHINE-B:8000/v1.")
    client = make_client()
    try:
        model = setting("MODEL") or next((each.id for each in client.models.list().data), "")
        if not model:
            sys.exit("The gateway has no model now. Launch one on it.")
        if given.interactive:
            converse(client, model)
        else:
            show_examples(client, model, " ".join(given.question) or "Write a short poem about the sea.")
    except OpenAIError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    # The encoding of a Windows console may lack letters that a model writes.
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    main()
