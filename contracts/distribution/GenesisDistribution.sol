// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IGenesisDistribution} from "../../interfaces/IGenesisDistribution.sol";
import {ILVOToken} from "../../interfaces/ILVOToken.sol";
import {VestingCurve} from "../libraries/VestingCurve.sol";
import {LVOToken} from "../token/LVOToken.sol";
import {Terms, TermsLib} from "./Terms.sol";
import {Title, TitleLib} from "./Title.sol";

/// @title Where every LVO begins
/// @notice See {IGenesisDistribution}.
contract GenesisDistribution is IGenesisDistribution {
    /// @dev A grant in two slots.
    struct Position {
        Title title;
        Terms terms;
    }

    uint256 private constant BUCKETS = 6;
    uint256 private constant FOUNDATION_BPS = 2_000;
    uint256 private constant TEAM_BPS = 1_500;
    uint256 private constant APPLICATION_BPS = 2_000;
    uint256 private constant PROMOTION_BPS = 1_500;
    uint256 private constant CORNERSTONE_BPS = 1_500;
    uint256 private constant EXCHANGE_BPS = 1_500;
    uint256 private constant SUPPLY = 1_000_000_000e18;
    uint256 private constant MAX_GRANTS = 1 << 40;
    uint32 private constant MIN_RECOVERY_DELAY = 90 days;
    uint256 private constant RECOVERY_GRACE = 30 days;

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
            if (schedule.start <= block.timestamp) {
                revert GenesisDistribution_StartInPast(i, schedule.start, block.timestamp);
            }
            _checkReceiver(i, bucket.beneficiary);
            _checkSchedule(i, schedule);
            // Only here: no piece of a split may have more than its pool.
            if (schedule.initialBps > VestingCurve.WHOLE_BPS) {
                revert GenesisDistribution_InitialAboveWhole(i, schedule.initialBps, uint16(VestingCurve.WHOLE_BPS));
            }
            _open(i, i, i, Piece(bucket.beneficiary, uint96(_share(i)), schedule, Kind.Pool));
        }
        grantCount = BUCKETS;
    }

    /*//////////////////////////////////////////////////////////////////////////
                                PAYING OUT WHAT IS VESTED
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IGenesisDistribution
    function release(uint256 id) external returns (uint256 amount) {
        Position memory position = _position(id);
        address beneficiary = position.title.beneficiary();
        if (msg.sender == beneficiary) _showLife(id, position);
        else if (!_isOpenToAll(id, position.terms)) {
            revert GenesisDistribution_NotBeneficiary(id, msg.sender, beneficiary);
        }
        amount = _book(id, position);
        if (amount == 0) revert GenesisDistribution_NothingToRelease(id, position.terms.released());
        LVO.transfer(beneficiary, amount);
    }

    /// @inheritdoc IGenesisDistribution
    function releaseMany(uint256[] calldata ids) external returns (uint256 amount) {
        for (uint256 i = 0; i < ids.length; ++i) {
            uint256 id = ids[i];
            // Nothing is due on a grant that does not exist, because its total is zero.
            Position memory position = _positions[id];
            address beneficiary = position.title.beneficiary();
            if (msg.sender == beneficiary) _showLife(id, position);
            uint256 due = msg.sender == beneficiary || _isOpenToAll(id, position.terms) ? _book(id, position) : 0;
            if (due == 0) {
                emit ReleaseSkipped(id);
                continue;
            }
            amount += due;
            LVO.transfer(beneficiary, due);
        }
    }

    /*//////////////////////////////////////////////////////////////////////////
                                SPLITTING AND REVOKING
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IGenesisDistribution
    function split(uint256 pool, Piece[] calldata pieces, uint256 salt) external returns (uint256 firstId) {
        Position memory parent = _position(pool);
        if (parent.terms.kind() != Kind.Pool) revert GenesisDistribution_NotPool(pool, parent.terms.kind());
        if (msg.sender != parent.title.beneficiary()) {
            revert GenesisDistribution_NotBeneficiary(pool, msg.sender, parent.title.beneficiary());
        }
        _showLife(pool, parent);
        _useSalt(pool, salt);
        if (pieces.length == 0) revert GenesisDistribution_NoPieces(pool);
        firstId = grantCount;
        uint256 nextId = firstId + pieces.length;
        if (nextId > MAX_GRANTS) revert GenesisDistribution_TooManyGrants(pool, nextId, MAX_GRANTS);

        uint256 sum = _openAll(firstId, pool, parent.terms, pieces);
        uint256 total = parent.title.total();
        if (sum > total) revert GenesisDistribution_PoolExceeded(pool, sum, total);
        parent.title = TitleLib.pack(msg.sender, total - sum);
        uint256 stillVested = _vested(parent, block.timestamp);
        if (parent.terms.released() > stillVested) {
            revert GenesisDistribution_PoolAhead(pool, parent.terms.released(), stillVested);
        }
        _positions[pool].title = parent.title;
        grantCount = nextId;
        emit PoolSplit(pool, salt);
    }

    /// @inheritdoc IGenesisDistribution
    function revoke(uint256 id) external {
        Position memory position = _position(id);
        if (position.terms.kind() != Kind.Revocable) {
            revert GenesisDistribution_NotRevocable(id, position.terms.kind());
        }
        uint256 pool = position.terms.parent();
        Position memory parent = _positions[pool];
        if (msg.sender != parent.title.beneficiary()) {
            revert GenesisDistribution_NotBeneficiary(id, msg.sender, parent.title.beneficiary());
        }
        _showLife(pool, parent);

        uint256 due = _book(id, position);
        (address beneficiary, uint256 total) = (position.title.beneficiary(), position.title.total());
        uint256 paid = position.terms.released();
        _positions[pool] = Position(
            TitleLib.pack(msg.sender, parent.title.total() + total),
            parent.terms.withReleased(parent.terms.released() + paid)
        );
        _positions[id] = Position(TitleLib.pack(beneficiary, 0), position.terms.withReleased(0).withKind(Kind.Revoked));
        emit Revoked(id, pool, paid, total - paid);

        if (due != 0) LVO.transfer(beneficiary, due);
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
    function accept(uint256 id, uint256 minOwed) external {
        address offeredTo = _successions[id].offeredTo;
        // An offer to the zero address is none, and nobody calls from there.
        if (msg.sender != offeredTo) revert GenesisDistribution_NotOffered(id, msg.sender, offeredTo);
        uint256 owed = _positions[id].title.total() - _positions[id].terms.released();
        if (owed < minOwed) revert GenesisDistribution_LessOwed(id, owed, minOwed);
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
        _positions[id].terms = _positions[id].terms.withRecovering(true);
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
        (Title title, Terms terms) = (position.title, position.terms);
        return
            Grant({
                beneficiary: title.beneficiary(),
                total: uint96(title.total()),
                released: uint96(terms.released()),
                schedule: _schedule(terms),
                parent: terms.parent(),
                bucket: terms.bucket(),
                kind: terms.kind()
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
        return _vested(position, block.timestamp) - position.terms.released();
    }

    /// @inheritdoc IGenesisDistribution
    function unlockedAt(uint256 time) external view returns (uint256 unlocked) {
        for (uint256 i = 0; i < BUCKETS; ++i) {
            Position memory position = _positions[i];
            position.title = TitleLib.pack(address(0), _share(i));
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
        if (from > to) revert GenesisDistribution_PageReversed(from, to);
        for (uint256 i = 0; i < BUCKETS; ++i) books[i].share = _share(i);
        for (uint256 id = from; id < to; ++id) {
            Position memory position = _positions[id];
            BucketBooks memory bucket = books[position.terms.bucket()];
            bucket.allotted += position.title.total();
            bucket.paid += position.terms.released();
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
        due = vested - position.terms.released();
        if (due == 0) return 0;
        position.terms = position.terms.withReleased(vested);
        _positions[id].terms = position.terms;
        emit Released(id, position.title.beneficiary(), due);
    }

    /// @dev Checks and writes the pieces of a split; returns the sum of what they promise.
    function _openAll(
        uint256 firstId,
        uint256 pool,
        Terms parent,
        Piece[] calldata pieces
    ) private returns (uint256 sum) {
        Schedule memory limits = _schedule(parent);
        uint256 bucket = parent.bucket();
        for (uint256 i = 0; i < pieces.length; ++i) {
            Piece memory piece = pieces[i];
            _checkPiece(pool, i, limits, piece);
            // Unchecked: there are at most 2^40 grants of less than 2^96 wei.
            unchecked {
                uint256 id = firstId + i;
                _checkReceiver(id, piece.to);
                _checkSchedule(id, piece.schedule);
                _open(id, pool, bucket, piece);
                sum += piece.amount;
            }
        }
    }

    /// @dev Writes a new grant whose piece was checked.
    function _open(uint256 id, uint256 parent, uint256 bucket, Piece memory piece) private {
        Position storage position = _positions[id];
        position.title = TitleLib.pack(piece.to, piece.amount);
        position.terms = TermsLib.pack(piece.schedule, parent, bucket, piece.kind);
        emit GrantCreated(id, parent, piece.to, piece.amount, piece.schedule, piece.kind);
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
        Title title = position.title;
        address previous = title.beneficiary();
        position.title = TitleLib.pack(msg.sender, title.total());
        position.terms = position.terms.withRecovering(false);
        delete _successions[id];
        emit BeneficiaryChanged(id, previous, msg.sender);
    }

    /// @dev Any act of the beneficiary ends a running recovery, here and in storage.
    function _showLife(uint256 id, Position memory position) private {
        if (!position.terms.recovering()) return;
        position.terms = position.terms.withRecovering(false);
        _positions[id].terms = position.terms;
        Succession storage succession = _successions[id];
        succession.candidate = address(0);
        succession.effectiveAt = 0;
        emit RecoveryCanceled(id);
    }

    function _checkBeneficiary(uint256 id) private {
        Position memory position = _position(id);
        address beneficiary = position.title.beneficiary();
        if (msg.sender != beneficiary) revert GenesisDistribution_NotBeneficiary(id, msg.sender, beneficiary);
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
        // Unchecked: in order, as of above.
        unchecked {
            if (end - start > type(uint32).max) {
                revert GenesisDistribution_TimeTooLong(id, end - start, type(uint32).max);
            }
        }
    }

    /// @dev A piece is alive, not empty, and not faster than its pool in any field.
    function _checkPiece(uint256 pool, uint256 index, Schedule memory limits, Piece memory piece) private pure {
        Schedule memory schedule = piece.schedule;
        if (piece.amount == 0) revert GenesisDistribution_PieceEmpty(pool, index);
        if (piece.kind == Kind.Revoked) revert GenesisDistribution_PieceRevoked(pool, index);
        if (schedule.start < limits.start) {
            revert GenesisDistribution_StartEarlier(pool, index, schedule.start, limits.start);
        }
        if (schedule.cliff < limits.cliff) {
            revert GenesisDistribution_CliffEarlier(pool, index, schedule.cliff, limits.cliff);
        }
        if (schedule.end < limits.end) {
            revert GenesisDistribution_EndEarlier(pool, index, schedule.end, limits.end);
        }
        if (schedule.initialBps > limits.initialBps) {
            revert GenesisDistribution_InitialHigher(pool, index, schedule.initialBps, limits.initialBps);
        }
    }

    function _schedule(Terms terms) private pure returns (Schedule memory) {
        return Schedule(uint40(terms.start()), uint40(terms.cliff()), uint40(terms.end()), terms.initialBps());
    }

    /// @dev Whether anyone may release the grant: not a pool before its end, nor what may be about to change hands.
    function _isOpenToAll(uint256 id, Terms terms) private view returns (bool) {
        if (terms.kind() == Kind.Pool && block.timestamp < terms.end()) return false;
        return !terms.recovering() || block.timestamp >= _successions[id].effectiveAt + RECOVERY_GRACE;
    }

    function _position(uint256 id) private view returns (Position memory position) {
        position = _positions[id];
        if (position.title.beneficiary() == address(0)) revert GenesisDistribution_UnknownGrant(id, grantCount);
    }

    function _vested(Position memory position, uint256 time) private pure returns (uint256) {
        Terms terms = position.terms;
        return
            VestingCurve.vested(
                position.title.total(),
                terms.start(),
                terms.cliff(),
                terms.end(),
                terms.initialBps(),
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
