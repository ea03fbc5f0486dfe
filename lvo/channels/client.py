"""A viewer's side of the service: signs, remembers, posts, and asks again when an answer is lost."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp

from lvo.channels import wire
from lvo.channels.hub import Invoice
from lvo.channels.service import Committer
from lvo.channels.sides import Payer, Refused
from lvo.channels.vouchers import Address, Channel, Signed
from lvo.merkle import keccak256

SLACK = 60
"""Seconds by which a lock ends before it must, for clocks that differ."""
TRIES = 4
"""How often a request is sent whose answer is lost."""


class Client:
    """One viewer, one channel, one service: a payee's or a hub's.

    Parameters
    ----------
    session, url
        An open session, and where the service listens.
    payer, committer
        Who signs, and who writes what it must remember; viewers of one process may share a committer.
    channel
        The channel whose payee the service is.
    """

    def __init__(
        self, session: aiohttp.ClientSession, url: str, payer: Payer, committer: Committer, channel: Channel
    ) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._payer = payer
        self._committer = committer
        self.channel = channel

    async def introduce(self) -> int:
        """Tell the service of the channel; returns what it has been promised on it, wei."""
        answer = await self._post("/channels", wire.write_channel(self.channel))
        return wire.read(answer, "earned", wire.amount)

    async def invoice(self, creator: Address, first: int, amount: int, count: int) -> Invoice:
        """Get locks of a creator for tips of ``amount`` wei.

        Raises
        ------
        Refused
            If what comes back is not the creator's, or for another viewer, number or amount.
        """
        viewer = self.channel.payer
        wanted = {"creator": creator, "viewer": viewer, "first": first, "amount": str(amount), "count": count}
        invoice = wire.read_invoice(await self._post("/invoices", wanted))
        facts = (invoice.creator, invoice.viewer, invoice.first, invoice.amount, len(invoice.locks))
        if facts != (creator, viewer, first, amount, count) or not invoice.is_signed(self._payer.domain):
            raise Refused("signature", f"The hub's invoice is not what {creator} signs for {viewer}.")
        return invoice

    async def pay(self, amount: int, item: str = "") -> Signed:
        """Pay the service's owner ``amount`` wei more."""
        signed, changes = self._payer.stage(self.channel.id, amount, item.encode())
        await self._committer.commit(changes)
        await self._post("/vouchers", wire.write_voucher(signed))
        return signed

    async def tip(self, invoice: Invoice, place: int, item: str = "") -> bytes:
        """Tip the creator of an invoice through the hub; returns the secret, the receipt."""
        lock = invoice.locks[place]
        standing = self._payer.standings[self.channel.id]
        expiry = min(self._payer.now() + self.channel.notice - SLACK, standing.end)
        signed, changes = self._payer.stage(self.channel.id, invoice.amount, item.encode(), lock, expiry)
        await self._committer.commit(changes)
        ticket = str(invoice.ticket(place))
        record = {**wire.write_voucher(signed), "creator": invoice.creator, "ticket": ticket, "item": item}
        answer = await self._post("/tips", record)
        secret = wire.read(answer, "secret", wire.data(32))
        if keccak256(secret) != lock:
            raise Refused("lock", "The hub told a secret that opens nothing.")
        await self._committer.commit(self._payer.learn(self.channel.id, secret))
        return secret

    async def _post(self, path: str, record: Mapping[str, Any]) -> dict[str, Any]:
        for again in range(TRIES):
            try:
                async with self._session.post(self._url + path, json=record) as response:
                    answer: dict[str, Any] = await response.json()
                if response.status == 200:
                    return answer
                reason, words = str(answer.get("reason", "")), str(answer.get("words", ""))
                if response.status not in (429, 502, 503) or again == TRIES - 1:
                    raise Refused(reason, words)
            except (aiohttp.ClientError, asyncio.TimeoutError):
                if again == TRIES - 1:
                    raise
            await asyncio.sleep(2**again / 5)
        raise AssertionError("the last try returns or raises")
