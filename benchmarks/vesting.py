"""What it costs to grant LVO along a schedule and to release what has vested: ours, and the peers."""

from web3 import Web3
from web3.contract import Contract

from benchmarks.chain import Built, Chain, key, receiver
from benchmarks.tokens import ROWS, SUPPLY, Figures, token

GRANT = 100_000 * 10**18
"""In wei."""
DAY = 86_400
"""Seconds."""
FIRST_RELEASE, NEXT_RELEASE = 365, 400
"""Days after the schedule's start."""
SABLIER_ROWS = 50
"""Streams of one of Sablier's batches: 200 do not fit into a block."""

ONE, EACH = "vesting grant, single", f"vesting grants, batch of {ROWS}, each"
RELEASE, AGAIN = "vesting release, first", "vesting release, again"


def _release(chain: Chain, start: int, contract: Contract, function: str, *args: object) -> Figures:
    """Both releases, sent by a third party."""
    chain.jump(start + FIRST_RELEASE * DAY)
    first = chain.gas("operator", contract, function, *args)
    chain.jump(start + NEXT_RELEASE * DAY)
    return {RELEASE: first, AGAIN: chain.gas("operator", contract, function, *args)}


def ours(chain: Chain, built: Built) -> Figures:
    """Grants split off a bucket of the genesis distribution."""
    start = chain.time() + 1_000
    end = start + 1_461 * DAY
    bucket = (key("treasury").address, (start, start, end, 500))
    distribution = chain.deploy(built["GenesisDistribution"], [bucket] * 6)[0]

    def split(salt: int, pieces: list[tuple[object, ...]]) -> int:
        return chain.gas("treasury", distribution, "split", 0, pieces, salt)

    def piece(row: int) -> tuple[object, ...]:
        # Every row has a schedule of its own: another start, cliff and end.
        return receiver(f"grantee {row}"), GRANT, (start + row, start + (30 + row) * DAY, end + row * DAY, 250), 1

    figures = {
        "vesting grant, the pool's very first": split(0, [piece(ROWS)]),
        ONE: split(1, [piece(ROWS + 1)]),
        EACH: -(-split(2, [piece(row) for row in range(ROWS)]) // ROWS),
    }
    # The seventh grant is the one of the second split; the beneficiary never held the token.
    return figures | _release(chain, start, distribution, "release", 7)


def peers(chain: Chain, built: Built) -> dict[str, Figures]:
    """OpenZeppelin's vesting wallets and Sablier's streams of a plain OpenZeppelin token, which is cheap to move."""
    asset = token(chain, built["OpenZeppelinToken"], SUPPLY)
    return {
        "OpenZeppelin VestingWallet 5.3.0, deployed and funded": _wallet(chain, built, asset),
        "OpenZeppelin VestingWalletUpgradeable 5.3.0, cloned and funded": _clone(chain, built, asset),
        "Sablier Lockup 4.0.1": _sablier(chain, built, asset),
    }


def _wallet(chain: Chain, built: Built, asset: Contract) -> Figures:
    start = chain.time() + 1_000
    wallet, deployment = chain.deploy(built["VestingWallet"], receiver("wallet owner"), start, 1_461 * DAY)
    funding = chain.gas("treasury", asset, "transfer", wallet.address, GRANT)
    return {ONE: deployment + funding} | _release(chain, start, wallet, "release", asset.address)


def _clone(chain: Chain, built: Built, asset: Contract) -> Figures:
    start = chain.time() + 1_000
    master = chain.deploy(built["VestingWalletUpgradeable"])[0]
    factory = chain.deploy(built["VestingWalletFactory"], master.address)[0]
    chain.gas("treasury", asset, "approve", factory.address, 2**256 - 1)
    terms = [asset.address, receiver("clone owner"), start, 1_461 * DAY, GRANT]
    receipt = chain.send("treasury", factory.address, factory.encode_abi("create", args=terms))
    # The clone is the first to speak: its ownership moves to the beneficiary.
    clone = chain.web3.eth.contract(address=Web3.to_checksum_address(receipt["logs"][0]["address"]), abi=master.abi)
    return {ONE: int(receipt["gasUsed"], 16)} | _release(chain, start, clone, "release", asset.address)


def _sablier(chain: Chain, built: Built, asset: Contract) -> Figures:
    """Linear streams without a fee, as cheap as they come: not to be cancelled or handed on, one second's steps."""
    treasury = key("treasury").address
    logic = chain.deploy(built["SablierComptroller"], treasury)[0]
    nobody = "0x" + "00" * 20
    start_up = logic.encode_abi("initialize", args=[treasury, 0, 0, 0, 0, nobody])
    comptroller = chain.deploy(built["ERC1967Proxy"], logic.address, start_up)[0]
    arithmetic = chain.deploy(built["LockupMath"])[0].address
    helpers = chain.deploy(built["LockupHelpers"].link(built["LockupMath"], arithmetic))[0].address
    linked = built["SablierLockup"].link(built["LockupMath"], arithmetic).link(built["LockupHelpers"], helpers)
    lockup = chain.deploy(linked, comptroller.address, nobody)[0]
    batch = chain.deploy(built["SablierBatchLockup"])[0]
    for spender in (lockup, batch):
        chain.gas("treasury", asset, "approve", spender.address, 2**256 - 1)

    start = chain.time() + 1_000
    end = start + 1_461 * DAY

    def create(name: str) -> int:
        terms = (treasury, receiver(name), GRANT, asset.address, False, False, (start, end), "")
        return chain.gas("treasury", lockup, "createWithTimestampsLL", terms, (0, 0), 1, 0)

    create("first streamer")  # Later ones find the contract's own slots written.
    one = create("streamer")
    rows = [
        (treasury, receiver(f"streamer {row}"), GRANT, False, False, (start + row, end + row), 0, (0, 0), 1, "")
        for row in range(SABLIER_ROWS)
    ]
    many = chain.gas("treasury", batch, "createWithTimestampsLL", lockup.address, asset.address, rows)
    return {ONE: one, EACH: -(-many // SABLIER_ROWS)} | _release(
        chain, start, lockup, "withdrawMax", 2, receiver("streamer")
    )
