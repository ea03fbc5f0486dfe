// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IGenesisDistribution} from "../../interfaces/IGenesisDistribution.sol";
import {ILVOToken} from "../../interfaces/ILVOToken.sol";
import {VestingCurve} from "../libraries/VestingCurve.sol";
import {LVOToken} from "../token/LVOToken.sol";

/// @title Where every LVO begins
/// @notice See {IGenesisDistribution}.
contract GenesisDistribution is IGenesisDistribution {
    /// @dev A grant in two slots; times after the start are kept as distances from it.
    struct Position {
        // slot 0
        address beneficiary;
        uint96 total;
        // slot 1
        uint96 released;
        uint32 start;
        uint32 toCliff;
        uint32 toEnd;
        uint16 initialBps;
        uint24 parent;
        uint8 bucket;
        Kind kind;
        bool recovering;
    }

    uint256 private constant BUCKETS = 6;
    uint256 private constant FOUNDATION_BPS = 2_000;
    uint256 private constant TEAM_BPS = 1_500;
    uint256 private constant APPLICATION_BPS = 2_000;
    uint256 private constant PROMOTION_BPS = 1_500;
    uint256 private constant CORNERSTONE_BPS = 1_500;
    uint256 private constant EXCHANGE_BPS = 1_500;
    uint256 private constant SUPPLY = 1_000_000_000e18;
    uint256 private constant MAX_GRANTS = 1 << 24;
    uint32 private constant MIN_RECOVERY_DELAY = 90 days;

    /// @inheritdoc IGenesisDistribution
    // solhint-disable-next-line immutable-vars-naming
    ILVOToken public immutable LVO;

    /// @inheritdoc IGenesisDistribution
    uint256 public grantCount;

    mapping(uint256 id => Position) private _positions;
    mapping(uint256 pool => mapping(uint256 word => uint256 bits)) private _usedSalts;
    mapping(uint256 id => Succession) private _successions;

    /// @notice Creates the token and opens the six buckets: foundation, founding team, application construction, global
    /// promotion, cornerstone investment, exchange ecology.
    constructor(Bucket[6] memory buckets) {
        LVO = new LVOToken(address(this));
        for (uint256 i = 0; i < BUCKETS; ++i) {
            Bucket memory bucket = buckets[i];
            Schedule memory schedule = bucket.schedule;
            if (schedule.start < block.timestamp) {
                revert GenesisDistribution_StartInPast(i, schedule.start, block.timestamp);
            }
            Piece memory piece = Piece(bucket.beneficiary, uint96(_share(i)), schedule, Kind.Pool);
            _open(i, i, uint8(i), piece);
        }
        grantCount = BUCKETS;
    }

    /*//////////////////////////////////////////////////////////////////////////
                                PAYING OUT WHAT IS VESTED
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IGenesisDistribution
    function release(uint256 id) external returns (uint256 amount) {
        Position memory position = _position(id);
        if (msg.sender == position.beneficiary) _showLife(id, position);
        else if (!_isOpenToAll(position)) {
            revert GenesisDistribution_NotBeneficiary(id, msg.sender, position.beneficiary);
        }
        amount = _book(id, position);
        if (amount == 0) revert GenesisDistribution_NothingToRelease(id, position.released);
        LVO.transfer(position.beneficiary, amount);
    }

    /// @inheritdoc IGenesisDistribution
    function releaseMany(uint256[] calldata ids) external returns (uint256 amount) {
        for (uint256 i = 0; i < ids.length; ++i) {
            uint256 id = ids[i];
            // Nothing is due on a grant that does not exist, because its total is zero.
            Position memory position = _positions[id];
            bool byBeneficiary = msg.sender == position.beneficiary;
            if (byBeneficiary) _showLife(id, position);
            uint256 due = byBeneficiary || _isOpenToAll(position) ? _book(id, position) : 0;
            if (due == 0) {
                emit ReleaseSkipped(id);
                continue;
            }
            amount += due;
            LVO.transfer(position.beneficiary, due);
        }
    }

    /*//////////////////////////////////////////////////////////////////////////
                                SPLITTING AND REVOKING
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IGenesisDistribution
    function split(uint256 pool, Piece[] calldata pieces, uint256 salt) external returns (uint256 firstId) {
        Position memory parent = _position(pool);
        if (parent.kind != Kind.Pool) revert GenesisDistribution_NotPool(pool, parent.kind);
        if (msg.sender != parent.beneficiary) {
            revert GenesisDistribution_NotBeneficiary(pool, msg.sender, parent.beneficiary);
        }
        _showLife(pool, parent);
        _useSalt(pool, salt);
        if (pieces.length == 0) revert GenesisDistribution_NoPieces(pool);
        firstId = grantCount;
        uint256 nextId = firstId + pieces.length;
        if (nextId > MAX_GRANTS) revert GenesisDistribution_TooManyGrants(pool, nextId, MAX_GRANTS);

        uint256 sum = 0;
        for (uint256 i = 0; i < pieces.length; ++i) {
            Piece memory piece = pieces[i];
            _checkPiece(pool, i, parent, piece);
            _open(firstId + i, pool, parent.bucket, piece);
            sum += piece.amount;
        }

        if (sum > parent.total) revert GenesisDistribution_PoolExceeded(pool, sum, parent.total);
        parent.total -= uint96(sum);
        uint256 stillVested = _vested(parent, block.timestamp);
        if (parent.released > stillVested) {
            revert GenesisDistribution_PoolAhead(pool, parent.released, stillVested);
        }
        _positions[pool].total = parent.total;
        grantCount = nextId;
        emit PoolSplit(pool, salt);
    }

    /// @inheritdoc IGenesisDistribution
    function revoke(uint256 id) external {
        Position memory position = _position(id);
        if (position.kind != Kind.Revocable) revert GenesisDistribution_NotRevocable(id, position.kind);
        uint256 pool = position.parent;
        Position memory parent = _positions[pool];
        if (msg.sender != parent.beneficiary) {
            revert GenesisDistribution_NotBeneficiary(id, msg.sender, parent.beneficiary);
        }
        _showLife(pool, parent);

        uint256 due = _book(id, position);
        _positions[pool].total = parent.total + position.total;
        _positions[pool].released = parent.released + position.released;
        Position storage stopped = _positions[id];
        stopped.total = 0;
        stopped.released = 0;
        stopped.kind = Kind.Revoked;
        emit Revoked(id, pool, position.released, position.total - position.released);

        if (due != 0) LVO.transfer(position.beneficiary, due);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                WHO IS THE BENEFICIARY
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IGenesisDistribution
    function offer(uint256 id, address to) external {
        _checkBeneficiary(id);
        if (to != address(0)) _checkReceiver(id, to);
        _successions[id].offeredTo = to;
        emit GrantOffered(id, msg.sender, to);
    }

    /// @inheritdoc IGenesisDistribution
    function accept(uint256 id) external {
        address offeredTo = _successions[id].offeredTo;
        // An offer to the zero address is none, and nobody calls from there.
        if (msg.sender != offeredTo) revert GenesisDistribution_NotOffered(id, msg.sender, offeredTo);
        _succeed(id);
    }

    /// @inheritdoc IGenesisDistribution
    function nameRescuer(uint256 id, address rescuer, uint32 delay) external {
        _checkBeneficiary(id);
        if (rescuer != address(0) && delay < MIN_RECOVERY_DELAY) {
            revert GenesisDistribution_DelayTooShort(id, delay, MIN_RECOVERY_DELAY);
        }
        Succession storage succession = _successions[id];
        succession.rescuer = rescuer;
        succession.delay = delay;
        emit RescuerNamed(id, rescuer, delay);
    }

    /// @inheritdoc IGenesisDistribution
    function startRecovery(uint256 id, address candidate) external {
        Succession storage succession = _successions[id];
        if (msg.sender != succession.rescuer) {
            revert GenesisDistribution_NotRescuer(id, msg.sender, succession.rescuer);
        }
        _checkReceiver(id, candidate);
        uint40 effectiveAt = uint40(block.timestamp) + succession.delay;
        succession.candidate = candidate;
        succession.effectiveAt = effectiveAt;
        _positions[id].recovering = true;
        emit RecoveryStarted(id, candidate, effectiveAt);
    }

    /// @inheritdoc IGenesisDistribution
    function cancelRecovery(uint256 id) external {
        _checkBeneficiary(id);
    }

    /// @inheritdoc IGenesisDistribution
    function finishRecovery(uint256 id) external {
        Succession storage succession = _successions[id];
        if (msg.sender != succession.candidate) {
            revert GenesisDistribution_NotCandidate(id, msg.sender, succession.candidate);
        }
        if (block.timestamp < succession.effectiveAt) {
            revert GenesisDistribution_RecoveryTooEarly(id, block.timestamp, succession.effectiveAt);
        }
        _succeed(id);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                        VIEWS
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IGenesisDistribution
    function grants(uint256 id) external view returns (Grant memory) {
        Position memory position = _position(id);
        return
            Grant({
                beneficiary: position.beneficiary,
                total: position.total,
                released: position.released,
                schedule: Schedule({
                    start: position.start,
                    cliff: uint40(position.start) + position.toCliff,
                    end: uint40(position.start) + position.toEnd,
                    initialBps: position.initialBps
                }),
                parent: position.parent,
                bucket: position.bucket,
                kind: position.kind
            });
    }

    /// @inheritdoc IGenesisDistribution
    function successions(uint256 id) external view returns (Succession memory) {
        return _successions[id];
    }

    /// @inheritdoc IGenesisDistribution
    function isSaltUsed(uint256 pool, uint256 salt) external view returns (bool) {
        return _usedSalts[pool][salt >> 8] & (1 << (salt & 0xff)) != 0;
    }

    /// @inheritdoc IGenesisDistribution
    function vestedAt(uint256 id, uint256 time) external view returns (uint256) {
        return _vested(_position(id), time);
    }

    /// @inheritdoc IGenesisDistribution
    function releasable(uint256 id) external view returns (uint256) {
        Position memory position = _position(id);
        return _vested(position, block.timestamp) - position.released;
    }

    /// @inheritdoc IGenesisDistribution
    function unlockedAt(uint256 time) external view returns (uint256 unlocked) {
        for (uint256 i = 0; i < BUCKETS; ++i) {
            Position memory position = _positions[i];
            position.total = uint96(_share(i));
            unlocked += _vested(position, time);
        }
    }

    /// @inheritdoc IGenesisDistribution
    function proveBuckets() external view returns (BucketBooks[6] memory books, uint256 balance) {
        books = sumGrants(0, grantCount);
        balance = LVO.balanceOf(address(this));
    }

    /// @inheritdoc IGenesisDistribution
    function sumGrants(uint256 from, uint256 to) public view returns (BucketBooks[6] memory books) {
        if (to > grantCount) revert GenesisDistribution_UnknownGrant(to, grantCount);
        for (uint256 i = 0; i < BUCKETS; ++i) books[i].share = _share(i);
        for (uint256 id = from; id < to; ++id) {
            Position storage position = _positions[id];
            BucketBooks memory bucket = books[position.bucket];
            bucket.allotted += position.total;
            bucket.paid += position.released;
            bucket.owed = bucket.allotted - bucket.paid;
        }
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      PRIVATE
    //////////////////////////////////////////////////////////////////////////*/

    /// @dev Books everything vested as released, here and in storage; the caller pays the difference, which may be
    /// nothing.
    function _book(uint256 id, Position memory position) private returns (uint256 due) {
        uint256 vested = _vested(position, block.timestamp);
        due = vested - position.released;
        if (due == 0) return 0;
        position.released = uint96(vested);
        _positions[id].released = uint96(vested);
        emit Released(id, position.beneficiary, due);
    }

    /// @dev Writes a new grant whose schedule was checked against its pool's, if it has one.
    function _open(uint256 id, uint256 parent, uint8 bucket, Piece memory piece) private {
        Schedule memory schedule = piece.schedule;
        _checkReceiver(id, piece.to);
        _checkSchedule(id, schedule);
        _positions[id] = Position({
            beneficiary: piece.to,
            total: piece.amount,
            released: 0,
            start: uint32(schedule.start),
            toCliff: uint32(schedule.cliff - schedule.start),
            toEnd: uint32(schedule.end - schedule.start),
            initialBps: schedule.initialBps,
            parent: uint24(parent),
            bucket: bucket,
            kind: piece.kind,
            recovering: false
        });
        emit GrantCreated(id, parent, piece.to, piece.amount, schedule, piece.kind);
    }

    function _useSalt(uint256 pool, uint256 salt) private {
        uint256 bit = 1 << (salt & 0xff);
        uint256 word = _usedSalts[pool][salt >> 8];
        if (word & bit != 0) revert GenesisDistribution_SaltUsed(pool, salt);
        _usedSalts[pool][salt >> 8] = word | bit;
    }

    /// @dev Makes the caller the beneficiary; nothing that its predecessor arranged outlives it.
    function _succeed(uint256 id) private {
        Position storage position = _positions[id];
        address previous = position.beneficiary;
        position.beneficiary = msg.sender;
        position.recovering = false;
        delete _successions[id];
        emit BeneficiaryChanged(id, previous, msg.sender);
    }

    /// @dev Any act of the beneficiary ends a running recovery.
    function _showLife(uint256 id, Position memory position) private {
        if (!position.recovering) return;
        _positions[id].recovering = false;
        Succession storage succession = _successions[id];
        succession.candidate = address(0);
        succession.effectiveAt = 0;
        emit RecoveryCanceled(id);
    }

    function _checkBeneficiary(uint256 id) private {
        Position memory position = _position(id);
        if (msg.sender != position.beneficiary) {
            revert GenesisDistribution_NotBeneficiary(id, msg.sender, position.beneficiary);
        }
        _showLife(id, position);
    }

    function _checkReceiver(uint256 id, address account) private view {
        if (account == address(0) || account == address(LVO) || account == address(this)) {
            revert GenesisDistribution_InvalidBeneficiary(id, account);
        }
    }

    function _checkSchedule(uint256 id, Schedule memory schedule) private pure {
        (uint40 start, uint40 cliff, uint40 end) = (schedule.start, schedule.cliff, schedule.end);
        if (start > cliff || cliff > end) revert GenesisDistribution_ScheduleUnordered(id, start, cliff, end);
        if (start > type(uint32).max) revert GenesisDistribution_TimeTooLong(id, start, type(uint32).max);
        if (end - start > type(uint32).max) {
            revert GenesisDistribution_TimeTooLong(id, end - start, type(uint32).max);
        }
        if (schedule.initialBps > VestingCurve.WHOLE_BPS) {
            revert GenesisDistribution_InitialAboveWhole(id, schedule.initialBps, uint16(VestingCurve.WHOLE_BPS));
        }
    }

    /// @dev A piece is alive, not empty, and not faster than its pool in any field.
    function _checkPiece(uint256 pool, uint256 index, Position memory parent, Piece memory piece) private pure {
        Schedule memory schedule = piece.schedule;
        uint40 start = parent.start;
        uint40 cliff = start + parent.toCliff;
        uint40 end = start + parent.toEnd;
        if (piece.amount == 0) revert GenesisDistribution_PieceEmpty(pool, index);
        if (piece.kind == Kind.Revoked) revert GenesisDistribution_PieceRevoked(pool, index);
        if (schedule.start < start) revert GenesisDistribution_StartEarlier(pool, index, schedule.start, start);
        if (schedule.cliff < cliff) revert GenesisDistribution_CliffEarlier(pool, index, schedule.cliff, cliff);
        if (schedule.end < end) revert GenesisDistribution_EndEarlier(pool, index, schedule.end, end);
        if (schedule.initialBps > parent.initialBps) {
            revert GenesisDistribution_InitialHigher(pool, index, schedule.initialBps, parent.initialBps);
        }
    }

    function _isOpenToAll(Position memory position) private view returns (bool) {
        return position.kind != Kind.Pool || block.timestamp >= uint256(position.start) + position.toEnd;
    }

    function _position(uint256 id) private view returns (Position memory position) {
        position = _positions[id];
        if (position.beneficiary == address(0)) revert GenesisDistribution_UnknownGrant(id, grantCount);
    }

    function _vested(Position memory position, uint256 time) private pure returns (uint256) {
        uint256 start = position.start;
        return
            VestingCurve.vested(
                position.total,
                start,
                start + position.toCliff,
                start + position.toEnd,
                position.initialBps,
                time
            );
    }

    /// @dev The published share of a bucket in wei; the six sum to the supply.
    function _share(uint256 bucket) private pure returns (uint256) {
        if (bucket == 0) return (SUPPLY * FOUNDATION_BPS) / VestingCurve.WHOLE_BPS;
        if (bucket == 1) return (SUPPLY * TEAM_BPS) / VestingCurve.WHOLE_BPS;
        if (bucket == 2) return (SUPPLY * APPLICATION_BPS) / VestingCurve.WHOLE_BPS;
        if (bucket == 3) return (SUPPLY * PROMOTION_BPS) / VestingCurve.WHOLE_BPS;
        if (bucket == 4) return (SUPPLY * CORNERSTONE_BPS) / VestingCurve.WHOLE_BPS;
        return (SUPPLY * EXCHANGE_BPS) / VestingCurve.WHOLE_BPS;
    }
}
