"""Reading a chain through nodes that allow less than one would like."""

from types import SimpleNamespace

import pytest

from scripts.support import chain as reader
from scripts.support.console import ScriptError


class Node:
    """Answers for at most so many blocks at once; remembers what it was asked."""

    def __init__(self, limit):
        self.limit = limit
        self.answered = []
        self.eth = self

    def get_logs(self, query):
        first, last = query["fromBlock"], query["toBlock"]
        if last - first + 1 > self.limit:
            raise ValueError("range too wide")
        self.answered.append((first, last))
        return [{"blockNumber": block, "logIndex": i} for i in (1, 0) for block in range(first, last + 1)]


@pytest.mark.parametrize("limit", [1, 7, 100_000])
def test_events_reads_every_block_once_in_order_however_little_the_node_allows(monkeypatch, limit):
    node = Node(limit)
    monkeypatch.setattr(reader, "web3", node)
    monkeypatch.setattr(reader, "BLOCKS_PER_REQUEST", 50)
    logs = reader.events("0x", 5, 205)
    assert [(log["blockNumber"], log["logIndex"]) for log in logs] == [(b, i) for b in range(5, 206) for i in (0, 1)]
    assert node.answered[0][0] == 5
    assert node.answered[-1][1] == 205


def test_events_reverts_when_the_node_answers_for_no_block_at_all(monkeypatch):
    monkeypatch.setattr(reader, "web3", Node(0))
    with pytest.raises(ValueError, match="too wide"):
        reader.events("0x", 5, 205)


@pytest.mark.parametrize("answer", [{"error": "no batches"}, [{"result": "0x"}, {"error": "busy"}]])
def test_call_many_reverts_when_the_node_does_not_answer(monkeypatch, answer):
    provider = SimpleNamespace(make_batch_request=lambda requests: answer)
    monkeypatch.setattr(reader, "web3", SimpleNamespace(provider=provider))
    with pytest.raises(ScriptError, match="node"):
        list(reader.call_many("0x", ["0x1", "0x2"], 9))
