// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILVOToken} from "./ILVOToken.sol";

/// @title Where every LVO begins: six published buckets that nobody can open early
/// @notice Creates the token, holds its whole supply and releases it along six curves, whatever insiders do.
/// @dev A *grant* promises LVO to a beneficiary along a vesting curve. The six buckets are the grants 0 to 5. A *pool*
/// may be split into slower grants; a *personal* grant pays one beneficiary.
///
/// The promise, for every bucket and every time t:
///
///   what was paid under the bucket  <=  its share * its curve at t
///
/// Why it holds: a piece never runs ahead of its pool, the curve rounds down (so pieces never sum to more than their
/// pool would have vested), a pool can only be split as far as what it has released stays vested, and a revocation puts
/// the pool back to where it would be had the piece never been split off.
///
/// Amounts are in wei (10^-18 LVO), times in Unix seconds, shares in basis points (bps, 1/10,000). There is no owner.
interface IGenesisDistribution {
    /// @notice What may be done with a grant.
    /// @param Pool May be split; released by its beneficiary, from its end by anyone.
    /// @param Personal Never split, never revoked; released by anyone, always to its beneficiary.
    /// @param Revocable As Personal, but the beneficiary of its pool may stop it; what has vested stays paid.
    /// @param Revoked Was stopped; nothing is left in it, for ever.
    enum Kind {
        Pool,
        Personal,
        Revocable,
        Revoked
    }

    /// @notice A vesting curve: nothing before `cliff`, then `initialBps` of the whole plus a linear rise from `start`
    /// to `end`, everything from `end`.
    /// @param start When the linear rise begins, seconds. Below 2^32 (year 2106).
    /// @param cliff Before it nothing is vested, seconds. `start <= cliff <= end`.
    /// @param end From then on everything is vested, seconds. At most 2^32 - 1 seconds (136 years) after `start`.
    /// @param initialBps What is vested at once at the cliff, in 1/10,000 of the whole, rounded down.
    struct Schedule {
        uint40 start;
        uint40 cliff;
        uint40 end;
        uint16 initialBps;
    }

    /// @notice A bucket as the constructor takes it; its share is a constant of the code.
    /// @param beneficiary Who releases and splits the bucket: not zero, not the token, not this contract.
    /// @param schedule The published curve; `start` is in the future.
    struct Bucket {
        address beneficiary;
        Schedule schedule;
    }

    /// @notice One piece of a split.
    /// @param to Beneficiary of the new grant: not zero, not the token, not this contract.
    /// @param amount LVO taken out of the pool, in wei, above zero.
    /// @param schedule Not earlier and not steeper than the pool's, field by field.
    /// @param kind Pool, Personal or Revocable.
    struct Piece {
        address to;
        uint96 amount;
        Schedule schedule;
        Kind kind;
    }

    /// @notice A grant as it stands.
    /// @param beneficiary Who is paid.
    /// @param total What the grant promises in all, in wei; a pool's shrinks when it is split.
    /// @param released What was paid so far, in wei; never more than is vested.
    /// @param schedule The curve of `total`.
    /// @param parent The pool it was split from; of a bucket, itself.
    /// @param bucket The bucket it belongs to, 0 to 5.
    /// @param kind What may be done with it.
    struct Grant {
        address beneficiary;
        uint96 total;
        uint96 released;
        Schedule schedule;
        uint256 parent;
        uint256 bucket;
        Kind kind;
    }

    /// @notice Who may follow the beneficiary of a grant.
    /// @param offeredTo Who may accept the grant now; zero: nobody.
    /// @param rescuer Whom the beneficiary named to recover the grant should its key be lost; zero: nobody.
    /// @param delay How long the beneficiary can object to a recovery, seconds.
    /// @param candidate Who takes the grant when the running recovery ends; zero: none runs.
    /// @param effectiveAt When the running recovery can be finished.
    struct Succession {
        address offeredTo;
        address rescuer;
        uint32 delay;
        address candidate;
        uint40 effectiveAt;
    }

    /// @notice The books of a bucket, summed over its grants.
    /// @param share What the code gives the bucket, in wei.
    /// @param allotted Sum of the totals of its grants, in wei: equal to `share`, always.
    /// @param paid Sum of what its grants released, in wei.
    /// @param owed `allotted - paid`, in wei.
    struct BucketBooks {
        uint256 share;
        uint256 allotted;
        uint256 paid;
        uint256 owed;
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      EVENTS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Emitted for each bucket at deployment (`parent` is the grant itself) and for each piece of a split.
    event GrantCreated(
        uint256 indexed id,
        uint256 indexed parent,
        address indexed beneficiary,
        uint96 amount,
        Schedule schedule,
        Kind kind
    );

    /// @notice Emitted when `pool` was split; `salt` cannot be used on it again.
    event PoolSplit(uint256 indexed pool, uint256 indexed salt);

    /// @notice Emitted when a grant paid its beneficiary `amount` wei.
    event Released(uint256 indexed id, address indexed beneficiary, uint256 amount);

    /// @notice Emitted when a batch left out a grant that had nothing to pay or that the caller may not release.
    event ReleaseSkipped(uint256 indexed id);

    /// @notice Emitted when a grant was stopped: it paid `paid` wei in all, `returned` wei went back to `pool`
    /// unvested.
    event Revoked(uint256 indexed id, uint256 indexed pool, uint256 paid, uint256 returned);

    /// @notice Emitted when the beneficiary offers a grant to `to`; zero takes the offer back.
    event GrantOffered(uint256 indexed id, address indexed beneficiary, address indexed to);

    /// @notice Emitted when a grant has a new beneficiary; its offer, rescuer and recovery are void.
    event BeneficiaryChanged(uint256 indexed id, address indexed previous, address indexed current);

    /// @notice Emitted when the beneficiary names who may recover the grant, and after which delay in seconds.
    event RescuerNamed(uint256 indexed id, address indexed rescuer, uint32 delay);

    /// @notice Emitted when the rescuer asks to hand the grant to `candidate` at `effectiveAt`.
    event RecoveryStarted(uint256 indexed id, address indexed candidate, uint40 effectiveAt);

    /// @notice Emitted when the beneficiary showed that its key is not lost.
    event RecoveryCanceled(uint256 indexed id);

    /*//////////////////////////////////////////////////////////////////////////
                                      ERRORS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Thrown when a grant would belong to the zero address, the token or this contract.
    error GenesisDistribution_InvalidBeneficiary(uint256 id, address beneficiary);

    /// @notice Thrown when a schedule is not in the order `start <= cliff <= end`.
    error GenesisDistribution_ScheduleUnordered(uint256 id, uint40 start, uint40 cliff, uint40 end);

    /// @notice Thrown when more than the whole would be vested at the cliff.
    error GenesisDistribution_InitialAboveWhole(uint256 id, uint16 initialBps, uint16 limit);

    /// @notice Thrown when a start or a duration does not fit 32 bits.
    error GenesisDistribution_TimeTooLong(uint256 id, uint256 time, uint256 limit);

    /// @notice Thrown when a bucket's curve would begin before, or as soon as, anyone could see it.
    error GenesisDistribution_StartInPast(uint256 bucket, uint40 start, uint256 time);

    /// @notice Thrown when there is no grant of this number.
    error GenesisDistribution_UnknownGrant(uint256 id, uint256 count);

    /// @notice Thrown when the caller is not the beneficiary who alone may do this.
    error GenesisDistribution_NotBeneficiary(uint256 id, address caller, address beneficiary);

    /// @notice Thrown when a grant that is not a pool is split.
    error GenesisDistribution_NotPool(uint256 id, Kind kind);

    /// @notice Thrown when a split was made before under this salt.
    error GenesisDistribution_SaltUsed(uint256 pool, uint256 salt);

    /// @notice Thrown when a split has no pieces.
    error GenesisDistribution_NoPieces(uint256 pool);

    /// @notice Thrown when there would be more grants than can be numbered.
    error GenesisDistribution_TooManyGrants(uint256 pool, uint256 count, uint256 limit);

    /// @notice Thrown when a piece is of zero wei.
    error GenesisDistribution_PieceEmpty(uint256 pool, uint256 index);

    /// @notice Thrown when a piece would begin revoked.
    error GenesisDistribution_PieceRevoked(uint256 pool, uint256 index);

    /// @notice Thrown when a piece starts before its pool.
    error GenesisDistribution_StartEarlier(uint256 pool, uint256 index, uint40 start, uint40 limit);

    /// @notice Thrown when a piece has its cliff before its pool's.
    error GenesisDistribution_CliffEarlier(uint256 pool, uint256 index, uint40 cliff, uint40 limit);

    /// @notice Thrown when a piece ends before its pool.
    error GenesisDistribution_EndEarlier(uint256 pool, uint256 index, uint40 end, uint40 limit);

    /// @notice Thrown when more of a piece than of its pool would be vested at the cliff.
    error GenesisDistribution_InitialHigher(uint256 pool, uint256 index, uint16 initialBps, uint16 limit);

    /// @notice Thrown when the pieces sum to more than the pool has.
    error GenesisDistribution_PoolExceeded(uint256 pool, uint256 sum, uint256 total);

    /// @notice Thrown when the pool has released more than what would be left of it had vested by now.
    error GenesisDistribution_PoolAhead(uint256 pool, uint256 released, uint256 vested);

    /// @notice Thrown when everything vested so far is paid.
    error GenesisDistribution_NothingToRelease(uint256 id, uint256 released);

    /// @notice Thrown when a grant cannot be revoked.
    error GenesisDistribution_NotRevocable(uint256 id, Kind kind);

    /// @notice Thrown when the caller accepts a grant that is offered to somebody else or to nobody.
    error GenesisDistribution_NotOffered(uint256 id, address caller, address offeredTo);

    /// @notice Thrown when the caller would accept a grant that owes `owed` wei, less than the `minOwed` it agreed to.
    error GenesisDistribution_LessOwed(uint256 id, uint256 owed, uint256 minOwed);

    /// @notice Thrown when the delay to object to a recovery is too short, in seconds.
    error GenesisDistribution_DelayTooShort(uint256 id, uint32 delay, uint32 limit);

    /// @notice Thrown when the caller is not the rescuer whom the beneficiary named.
    error GenesisDistribution_NotRescuer(uint256 id, address caller, address rescuer);

    /// @notice Thrown when the caller is not the candidate of a running recovery.
    error GenesisDistribution_NotCandidate(uint256 id, address caller, address candidate);

    /// @notice Thrown when a recovery is finished before the beneficiary had its time to object.
    error GenesisDistribution_RecoveryTooEarly(uint256 id, uint256 time, uint40 effectiveAt);

    /// @notice Thrown when a page of grants would begin at `from`, after its end `to`.
    error GenesisDistribution_PageReversed(uint256 from, uint256 to);

    /*//////////////////////////////////////////////////////////////////////////
                                PAYING OUT WHAT IS VESTED
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Pays the beneficiary of a grant everything that has vested and is not paid.
    /// @dev Emits {Released} and, when the beneficiary itself calls during a recovery, {RecoveryCanceled}.
    ///
    /// Notes:
    /// - The amount paid by a time does not depend on how often this was called before.
    /// - While a recovery runs, and for 30 days after it could be finished, only the beneficiary may release: nobody
    ///   pays out to a key that may be lost.
    ///
    /// Requirements:
    /// - The grant exists ({GenesisDistribution_UnknownGrant}).
    /// - The caller is the beneficiary, unless the grant is not a pool or has ended, and no recovery runs
    ///   ({GenesisDistribution_NotBeneficiary}).
    /// - Something is due ({GenesisDistribution_NothingToRelease}).
    /// @return amount What was paid, in wei.
    function release(uint256 id) external returns (uint256 amount);

    /// @notice Releases many grants; those that cannot be released now are left out and reported.
    /// @dev Emits {Released} or {ReleaseSkipped} for each, and {RecoveryCanceled} where the caller is its beneficiary.
    /// @return amount The sum of what was paid, in wei.
    function releaseMany(uint256[] calldata ids) external returns (uint256 amount);

    /*//////////////////////////////////////////////////////////////////////////
                                SPLITTING AND REVOKING
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Makes new grants out of a pool, each on the pool's curve or a slower one.
    /// @dev Emits {GrantCreated} for each piece, in order, and {PoolSplit}; ends a recovery of the pool. The new grants
    /// are numbered from {grantCount}.
    ///
    /// Notes:
    /// - A salt works once for a pool, so a split that is sent twice is made once.
    /// - Salts that share all but their lowest 8 bits share a storage word: number the batches of a plan there.
    ///
    /// Requirements:
    /// - The grant exists and is a pool ({GenesisDistribution_UnknownGrant}, {GenesisDistribution_NotPool}).
    /// - The caller is its beneficiary ({GenesisDistribution_NotBeneficiary}).
    /// - The salt is new ({GenesisDistribution_SaltUsed}), there is a piece ({GenesisDistribution_NoPieces}) and a
    ///   number for each ({GenesisDistribution_TooManyGrants}).
    /// - Each piece: a valid receiver ({GenesisDistribution_InvalidBeneficiary}), wei
    ///   ({GenesisDistribution_PieceEmpty}), a living kind ({GenesisDistribution_PieceRevoked}), a schedule in order
    ///   and range ({GenesisDistribution_ScheduleUnordered}, {GenesisDistribution_TimeTooLong}) that is not faster than
    ///   the pool's ({GenesisDistribution_StartEarlier}, {GenesisDistribution_CliffEarlier},
    ///   {GenesisDistribution_EndEarlier}, {GenesisDistribution_InitialHigher}).
    /// - The pool has the sum ({GenesisDistribution_PoolExceeded}), and what it has released is vested of the rest
    ///   ({GenesisDistribution_PoolAhead}).
    /// @return firstId The number of the first new grant.
    function split(uint256 pool, Piece[] calldata pieces, uint256 salt) external returns (uint256 firstId);

    /// @notice Stops a revocable grant: pays what has vested, gives the rest back to its pool.
    /// @dev Emits {Released} if something was due, and {Revoked}; ends a recovery of the pool. The pool stands as if
    /// the grant had never been split off: its total grows by the grant's total, what it has released by what the grant
    /// was paid.
    ///
    /// Requirements:
    /// - The grant exists and is revocable ({GenesisDistribution_UnknownGrant}, {GenesisDistribution_NotRevocable}).
    /// - The caller is the beneficiary of its pool ({GenesisDistribution_NotBeneficiary}).
    function revoke(uint256 id) external;

    /*//////////////////////////////////////////////////////////////////////////
                                WHO IS THE BENEFICIARY
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Offers a grant to another account, which becomes the beneficiary when it accepts; zero takes the offer
    /// back.
    /// @dev Emits {GrantOffered}; ends a running recovery.
    ///
    /// Notes:
    /// - A revocable grant that is handed on stays revocable: who buys one buys what has vested, no more.
    ///
    /// Requirements:
    /// - The caller is the beneficiary ({GenesisDistribution_NotBeneficiary}).
    /// - `to` is not the token or this contract ({GenesisDistribution_InvalidBeneficiary}).
    function offer(uint256 id, address to) external;

    /// @notice Takes over a grant that was offered to the caller and still owes at least `minOwed` wei.
    /// @dev Emits {BeneficiaryChanged}. Offer, rescuer and recovery of the predecessor are void.
    ///
    /// Notes:
    /// - What a grant owes is its total less what it has released. Until the offer is accepted, its beneficiary may
    ///   split a pool or release what has vested; `minOwed` is what the caller agreed to, vested or not.
    /// - Of a personal grant anyone may release what has vested in the meantime: leave room for it.
    ///
    /// Requirements:
    /// - The grant is offered to the caller ({GenesisDistribution_NotOffered}).
    /// - It owes `minOwed` or more ({GenesisDistribution_LessOwed}).
    function accept(uint256 id, uint256 minOwed) external;

    /// @notice Names who may recover the grant should the beneficiary's key be lost; zero names nobody.
    /// @dev Emits {RescuerNamed}. Cancels a running recovery.
    ///
    /// Requirements:
    /// - The caller is the beneficiary ({GenesisDistribution_NotBeneficiary}).
    /// - `delay` is 90 days or more, unless nobody is named ({GenesisDistribution_DelayTooShort}).
    function nameRescuer(uint256 id, address rescuer, uint32 delay) external;

    /// @notice Asks to hand the grant to `candidate` after the delay; a new call begins anew.
    /// @dev Emits {RecoveryStarted}.
    ///
    /// Requirements:
    /// - The caller is the rescuer ({GenesisDistribution_NotRescuer}).
    /// - `candidate` is not zero, the token or this contract ({GenesisDistribution_InvalidBeneficiary}).
    function startRecovery(uint256 id, address candidate) external;

    /// @notice Shows that the key is not lost, as any other act of the beneficiary on this grant does.
    /// @dev Emits {RecoveryCanceled} if a recovery was running.
    ///
    /// Requirements:
    /// - The caller is the beneficiary ({GenesisDistribution_NotBeneficiary}).
    function cancelRecovery(uint256 id) external;

    /// @notice Takes over the grant after a recovery to which the beneficiary never objected.
    /// @dev Emits {BeneficiaryChanged}. Offer and rescuer of the predecessor are void.
    ///
    /// Requirements:
    /// - The caller is the candidate ({GenesisDistribution_NotCandidate}).
    /// - The delay has passed ({GenesisDistribution_RecoveryTooEarly}).
    function finishRecovery(uint256 id) external;

    /*//////////////////////////////////////////////////////////////////////////
                                        VIEWS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Returns the token.
    function LVO() external view returns (ILVOToken); // solhint-disable-line func-name-mixedcase

    /// @notice Returns how many grants there are; they are numbered from 0, the buckets first.
    function grantCount() external view returns (uint256);

    /// @notice Returns a grant.
    /// @dev Requirements:
    /// - The grant exists ({GenesisDistribution_UnknownGrant}).
    function grants(uint256 id) external view returns (Grant memory);

    /// @notice Returns who may follow the beneficiary of a grant.
    function successions(uint256 id) external view returns (Succession memory);

    /// @notice Tells whether `pool` was split under `salt`.
    function isSaltUsed(uint256 pool, uint256 salt) external view returns (bool);

    /// @notice Returns what has vested of a grant at `time`, in wei, rounded down.
    /// @dev Requirements:
    /// - The grant exists ({GenesisDistribution_UnknownGrant}).
    function vestedAt(uint256 id, uint256 time) external view returns (uint256);

    /// @notice Returns what a release would pay now, in wei.
    /// @dev Requirements:
    /// - The grant exists ({GenesisDistribution_UnknownGrant}).
    function releasable(uint256 id) external view returns (uint256);

    /// @notice Returns what the six published curves have unlocked at `time`, in wei: the sum of what could be paid by
    /// then.
    function unlockedAt(uint256 time) external view returns (uint256);

    /// @notice Returns the books of the six buckets, summed over every grant, and the balance that stands behind them.
    /// @dev Notes:
    /// - For each bucket `allotted == share`; the balance covers the sum of `owed`, with equality when nobody donated.
    /// - Costs about 5,000 gas a grant: from some 8,000 grants on ask for pages by {sumGrants} and add them up.
    function proveBuckets() external view returns (BucketBooks[6] memory books, uint256 balance);

    /// @notice Returns the books of the six buckets over the grants `from` to `to - 1` only.
    /// @dev Requirements:
    /// - `to` is not above {grantCount} ({GenesisDistribution_UnknownGrant}), and `from` not above `to`
    ///   ({GenesisDistribution_PageReversed}).
    function sumGrants(uint256 from, uint256 to) external view returns (BucketBooks[6] memory books);
}
