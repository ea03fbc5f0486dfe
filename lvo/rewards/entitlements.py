"""Who is entitled to what under a root: accounts and cumulative amounts, packed, in the order of the accounts."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from lvo.merkle import Leaf, StandardMerkleTree

LEAF_TYPES = ("address", "uint256", "address", "uint256")
"""Ledger, chain id, account, cumulative wei: the leaf of RewardLedger."""
_ACCOUNT = 20
_AMOUNT = 12
"""Bytes; amounts are below 2^96 as all amounts of LVO are."""


class Entitlements(Sequence[Leaf]):
    """Accounts and their cumulative amounts; as a sequence, the leaves of their tree. 32 bytes a row.

    Attributes
    ----------
    ledger
        The RewardLedger, 20 bytes.
    chain_id
        Its chain.
    """

    def __init__(self, ledger: bytes, chain_id: int, rows: Iterable[tuple[bytes, int]]) -> None:
        """Pack rows.

        Parameters
        ----------
        ledger, chain_id
            See the class.
        rows
            Account of 20 bytes and cumulative wei, the accounts in ascending order, none twice.

        Raises
        ------
        ValueError
            If the accounts are not so, or an amount is not below 2^96.
        """
        self.ledger = ledger
        self.chain_id = chain_id
        self._accounts = bytearray()
        self._amounts = bytearray()
        before = b""
        total = 0
        for account, amount in rows:
            if len(account) != _ACCOUNT or account <= before:
                raise ValueError(f"account 0x{account.hex()} is not in ascending order, or there twice")
            before = account
            if not 0 <= amount < 1 << 8 * _AMOUNT:
                raise ValueError(f"{amount} wei does not fit 96 bits")
            self._accounts += account
            self._amounts += amount.to_bytes(_AMOUNT, "big")
            total += amount
        self._total = total

    @property
    def total(self) -> int:
        """What all rows sum to, in wei."""
        return self._total

    def __len__(self) -> int:
        return len(self._amounts) // _AMOUNT

    def account(self, index: int) -> bytes:
        """Return the account of a row, 20 bytes."""
        return bytes(self._accounts[_ACCOUNT * index : _ACCOUNT * (index + 1)])

    def amount(self, index: int) -> int:
        """Return the cumulative amount of a row, in wei."""
        return int.from_bytes(self._amounts[_AMOUNT * index : _AMOUNT * (index + 1)], "big")

    def rows(self) -> Iterator[tuple[bytes, int]]:
        """Yield account and cumulative wei of each row."""
        for i in range(len(self)):
            yield self.account(i), self.amount(i)

    def find(self, account: bytes) -> int | None:
        """Return the row of an account, or None."""
        i = bisect_left(range(len(self)), account, key=self.account)
        return i if i < len(self) and self.account(i) == account else None

    @overload
    def __getitem__(self, index: int) -> Leaf: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Leaf]: ...

    def __getitem__(self, index: int | slice) -> Leaf | Sequence[Leaf]:
        if isinstance(index, slice):
            return [self._leaf(i) for i in range(*index.indices(len(self)))]
        return self._leaf(range(len(self))[index])

    def __iter__(self) -> Iterator[Leaf]:
        return (self._leaf(i) for i in range(len(self)))

    def _leaf(self, index: int) -> Leaf:
        return self.ledger, self.chain_id, self.account(index), self.amount(index)

    def tree(self) -> StandardMerkleTree:
        """Build the tree of these leaves, whose root the ledger takes."""
        return StandardMerkleTree.of(self, LEAF_TYPES)
