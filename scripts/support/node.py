"""A connection that does not give up at the first trouble: public nodes time out, limit rates and lag behind.

Brownie's web3 asks through it from the first verb on. What only asks is asked again, with growing pauses, until the
patience of ``LVO_PATIENCE`` seconds is over; what would do something is asked once.
"""

import os
import time
from collections.abc import Callable
from typing import Any

from brownie import web3
from brownie._config import CONFIG
from brownie.network.middlewares.caching import RequestCachingMiddleware
from requests.exceptions import HTTPError, RequestException
from web3 import HTTPProvider
from web3.types import RPCEndpoint

from scripts.support.console import ScriptError, opening
from scripts.support.refusals import why

PATIENCE = 60
"""Seconds of trouble after which the node is given up, unless ``LVO_PATIENCE`` says otherwise."""
FIRST_PAUSE_MS = 100
LONGEST_PAUSE_MS = 8_000
_REPEATABLE = (
    "eth_get",
    "eth_call",
    "eth_estimateGas",
    "eth_blockNumber",
    "eth_chainId",
    "eth_maxPriorityFeePerGas",
    "eth_gasPrice",
    "eth_accounts",
    "eth_signTransaction",
    "eth_feeHistory",
    "net_version",
    "web3_clientVersion",
)
_BUSY = ("rate limit", "too many requests", "limit exceeded", "capacity", "timeout", "timed out", "try again", "busy")
_BEHIND = ("header not found", "unknown block", "block not found", "could not find block", "cannot find block")
_NO_ARCHIVE = ("missing trie node", "archive", "state is not available", "pruned", "historical state")
_RANGE = ("range", "more than", "too large", "too many results", "too many blocks", "exceeds", "up to a ")


def is_development() -> bool:
    """Whether this is a chain of one's own, whose clock can be moved."""
    return bool(CONFIG.network_type == "development")


def transient(error: Any) -> bool:
    """Whether a node's error says that the same question may be answered later: it is busy, or behind."""
    words = _words(error)
    if any(known in words for known in _NO_ARCHIVE):
        return False
    # -32005 is a limit of rates with some, of results with others, and then its words say range.
    if limits_range(error):
        return False
    code = error.get("code") if isinstance(error, dict) else None
    return code in (-32005, 429) or any(known in words for known in _BUSY + _BEHIND)


def limits_range(error: Any) -> bool:
    """Whether a node's error says that logs of fewer blocks would be answered."""
    words = _words(error)
    return any(known in words for known in _RANGE) and "rate" not in words and "requests" not in words


def lacks_history(error: Any) -> bool:
    """Whether a node's error says that it keeps no state of so old a block."""
    return any(known in _words(error) for known in _NO_ARCHIVE)


def _words(error: Any) -> str:
    message = error.get("message", error) if isinstance(error, dict) else error
    return str(message).lower()


class Node(HTTPProvider):
    """An HTTP provider that asks again, and remembers the newest block that it was shown."""

    def __init__(self, provider: HTTPProvider) -> None:
        super().__init__(provider.endpoint_uri, provider._request_kwargs, exception_retry_configuration=None)
        self.newest = 0

    def make_request(self, method: RPCEndpoint, params: Any) -> Any:
        """Ask; see :class:`web3.HTTPProvider`."""

        def ask() -> Any:
            return super(Node, self).make_request(method, params)

        answer = _patiently(method, ask) if method.startswith(_REPEATABLE) else ask()
        self._remember(answer.get("result"), method)
        return answer

    def make_batch_request(self, batch_requests: Any) -> Any:
        """Ask many things at once; those that a busy node did not answer are asked again, alone."""
        answers = _patiently("a batch", lambda: super(Node, self).make_batch_request(batch_requests))
        if not isinstance(answers, list) or len(answers) != len(batch_requests):  # it takes no batches, or shorter ones
            return [self.make_request(method, params) for method, params in batch_requests]
        return [
            self.make_request(*question) if "error" in answer and transient(answer["error"]) else answer
            for question, answer in zip(batch_requests, answers, strict=True)
        ]

    def _remember(self, result: Any, method: str) -> None:
        number = None
        if method == "eth_blockNumber":
            number = result
        elif isinstance(result, dict):
            number = result.get("number" if method == "eth_getBlockByNumber" else "blockNumber")
        if isinstance(number, str):
            self.newest = max(self.newest, int(number, 16))


def _patiently(what: str, ask: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + _patience()
    pause_ms = FIRST_PAUSE_MS
    while True:
        wait_ms = pause_ms
        try:
            answer = ask()
            if not isinstance(answer, dict) or "error" not in answer or not transient(answer["error"]):
                return answer
            trouble = why(answer["error"])
        except HTTPError as error:
            status = error.response.status_code
            if status in (401, 403, 404):
                raise ScriptError(
                    f"The node answers {status}: the address of the network, or the key in it, is wrong."
                ) from None
            trouble = f"HTTP {status}"
            wait_ms = max(wait_ms, _retry_after_ms(error))
        except (RequestException, ValueError) as error:  # no connection, no answer in time, or no JSON
            trouble = type(error).__name__
        if time.monotonic() + wait_ms / 1000 > deadline:
            raise ScriptError(
                f"The node did not answer {what} for {_patience()} seconds ({trouble}): wait, or connect to another "
                "one, and run the same command again. What was sent before stays."
            )
        time.sleep(wait_ms / 1000)
        pause_ms = min(2 * pause_ms, LONGEST_PAUSE_MS)


def _patience() -> int:
    return int(os.environ.get("LVO_PATIENCE", PATIENCE))


def _retry_after_ms(error: HTTPError) -> int:
    text = str(error.response.headers.get("Retry-After", ""))
    return 1000 * int(text) if text.isdigit() else 0


def install() -> None:
    """Let Brownie's web3 ask patiently, and past Brownie's memory, which lasts until it hears of a new block."""
    for builder, middleware in list(web3._custom_middleware):
        if isinstance(middleware, RequestCachingMiddleware):
            web3.middleware_onion.remove(builder)
            middleware.uninstall()
            web3._custom_middleware.remove((builder, middleware))
    if isinstance(web3.provider, HTTPProvider):
        web3.provider = Node(web3.provider)


opening.append(install)


# ------------------------------------------------------------------------------------------------------- questions


class NodeError(ScriptError):
    """A node's refusal of one question.

    Attributes
    ----------
    error
        As the node gave it.
    """

    def __init__(self, method: str, error: Any) -> None:
        super().__init__(f"The node refused {method}: {why(error)}.")
        self.error = error


def ask(method: str, *parameters: Any) -> Any:
    """Ask the node, past everything that Brownie would do to the question.

    Raises
    ------
    NodeError
        If it refuses.
    ScriptError
        If it does not answer.
    """
    answer: Any = web3.provider.make_request(RPCEndpoint(method), list(parameters))
    if "error" in answer:
        raise NodeError(method, answer["error"])
    return answer["result"]


def head() -> dict[str, Any]:
    """Return the newest block, never one older than was seen before: nodes behind one address differ in age.

    On a chain of one's own, which can be set back, it is whatever the node says.
    """
    deadline = time.monotonic() + _patience()
    while True:
        floor = getattr(web3.provider, "newest", 0)
        block: dict[str, Any] = ask("eth_getBlockByNumber", "latest", False)
        number = int(block["number"], 16)
        if number >= floor or is_development():
            return block
        if time.monotonic() > deadline:
            raise ScriptError(
                f"The node is at block {number:,}, and block {floor:,} was seen before: wait until it has caught up, "
                "or connect to another one, and run the same command again."
            )
        time.sleep(FIRST_PAUSE_MS / 1000)
