// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IGenesisDistribution} from "./IGenesisDistribution.sol";
import {ILVOToken} from "./ILVOToken.sol";
import {ITokenIntake} from "./ITokenIntake.sol";

/// @title A stream of rewards that were computed off chain
/// @notice Pays what published Merkle trees say, from a stream's own money, to whoever is named, in any order and for
/// ever.
/// @dev One ledger is one stream: its balance is its cap, so nothing can drain another. Money comes from a pool of the
/// genesis distribution whose beneficiary the ledger is, and from deposits.
///
/// An *operator* proposes roots. A root waits for the delay, in which anyone can recompute it and the *guardian* can
/// veto it. Then it is active, and stays claimable for ever: no later root in which nobody's amount falls can take
/// anything from anyone.
///
/// A leaf is, as in OpenZeppelin's StandardMerkleTree with the types (address, uint256, address, uint256),
///
///   keccak256(bytes.concat(keccak256(abi.encode(ledger, chain id, account, cumulative))))
///
/// where `cumulative` is everything the stream ever gave the account. A claim pays the difference to what was paid, so
/// one claim settles all periods, and a leaf of another ledger or chain is worthless here.
///
/// Amounts are in wei (10^-18 LVO), times in Unix seconds.
interface IRewardLedger is ITokenIntake {
    /// @notice What a ledger is made with.
    /// @param lvo The token.
    /// @param source The distribution that holds the stream's pool; zero: the stream lives on deposits.
    /// @param grant The number of that pool, whose beneficiary is the ledger.
    /// @param operator Who proposes roots.
    /// @param guardian Who may veto a queued root, and nothing else.
    /// @param governance Who may replace operator and guardian.
    /// @param fallbackReceiver Who gets what is left after 180 days without a new root: not zero, not the token, not
    /// the ledger.
    /// @param delay How long a root waits before it is active, seconds, from 1 hour to 30 days.
    struct Terms {
        ILVOToken lvo;
        IGenesisDistribution source;
        uint256 grant;
        address operator;
        address guardian;
        address governance;
        address fallbackReceiver;
        uint40 delay;
    }

    /// @notice The newest proposal that was neither vetoed nor withdrawn.
    /// @param root The root; zero: there is none.
    /// @param total What all leaves of it sum to, in wei.
    /// @param activeAt From then on it is active, for ever.
    struct Proposal {
        bytes32 root;
        uint96 total;
        uint40 activeAt;
    }

    /// @notice What a list gives an account.
    /// @param account Who is paid.
    /// @param cumulative Everything that the stream ever gave it, in wei.
    struct Entitlement {
        address account;
        uint256 cumulative;
    }

    /// @notice A delegation that travels with a claim; see {ILVOToken-delegateBySig}.
    /// @param delegatee Who is to vote with what the account holds.
    /// @param nonce The account's next nonce in the token.
    /// @param expiry Until then the delegation is valid, seconds.
    /// @param signature Of the account over an AccountDelegation; empty: there is no delegation.
    struct Delegation {
        address delegatee;
        uint256 nonce;
        uint256 expiry;
        bytes signature;
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      EVENTS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Emitted once, with everything that never changes.
    event LedgerOpened(Terms terms);

    /// @notice Emitted when `funder` deposited `amount` wei.
    event Funded(address indexed funder, uint256 amount);

    /// @notice Emitted when the ledger took `amount` wei out of its pool.
    event Replenished(uint256 amount);

    /// @notice Emitted when a root was queued; `dataHash` is the hash of the manifest from which anyone can recompute
    /// it.
    event RootProposed(bytes32 indexed root, uint256 total, bytes32 dataHash, uint40 activeAt);

    /// @notice Emitted when the guardian vetoed a queued root, or the operator withdrew it.
    event RootDropped(bytes32 indexed root, address indexed by);

    /// @notice Emitted when `account` was paid `amount` wei.
    event Claimed(address indexed account, uint256 amount);

    /// @notice Emitted when `amount` wei that were due to `account` went to a `receiver` that it chose.
    event ClaimedTo(address indexed account, address indexed receiver, uint256 amount);

    /// @notice Emitted when a batch paid `count` accounts: the next so many {ILVOToken-Transfer}s from the ledger say
    /// to whom and how much.
    event ClaimedMany(uint256 count);

    /// @notice Emitted when a batch left out an account that cannot be paid, or to which nothing is due.
    event ClaimSkipped(address indexed account);

    /// @notice Emitted when an account made all its signed claims void.
    event ClaimsCanceled(address indexed account, uint256 nonce);

    /// @notice Emitted when governance named another operator.
    event OperatorChanged(address indexed previous, address indexed current);

    /// @notice Emitted when governance named another guardian.
    event GuardianChanged(address indexed previous, address indexed current);

    /// @notice Emitted when what nobody was promised went to the fallback receiver.
    event Swept(address indexed receiver, uint256 amount);

    /*//////////////////////////////////////////////////////////////////////////
                                      ERRORS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Thrown when the delay is out of bounds, in seconds.
    error RewardLedger_DelayOutOfBounds(uint40 delay, uint40 least, uint40 most);

    /// @notice Thrown when the source holds another token, or its grant is no pool, or of another `beneficiary` than
    /// the ledger.
    error RewardLedger_SourceNotOurs(address source, uint256 grant, address beneficiary);

    /// @notice Thrown when the caller is not who alone may do this.
    error RewardLedger_NotAllowed(address caller, address allowed);

    /// @notice Thrown when the stream has no pool to draw from.
    error RewardLedger_NoSource();

    /// @notice Thrown when a root is zero.
    error RewardLedger_RootZero();

    /// @notice Thrown when a root was proposed before and is active.
    error RewardLedger_RootKnown(bytes32 root, uint40 activeAt);

    /// @notice Thrown when a root is proposed while another waits.
    error RewardLedger_RootQueued(bytes32 root, uint40 activeAt);

    /// @notice Thrown when no root is queued that could be dropped.
    error RewardLedger_NothingQueued(bytes32 newest, uint40 activeAt);

    /// @notice Thrown when a proposed total is below the last.
    error RewardLedger_TotalFalls(uint256 total, uint256 last);

    /// @notice Thrown when a proposed total is above what the stream has received.
    error RewardLedger_TotalUnfunded(uint256 total, uint256 funded);

    /// @notice Thrown when a proof leads to a root that is not active: never proposed, dropped, or still waiting.
    error RewardLedger_RootNotActive(bytes32 root, uint40 activeAt);

    /// @notice Thrown when the account was paid all of it.
    error RewardLedger_NothingDue(address account, uint256 cumulative, uint256 paid);

    /// @notice Thrown when a batch is empty.
    error RewardLedger_BatchEmpty();

    /// @notice Thrown when a signed claim is used at its deadline or later.
    error RewardLedger_ClaimExpired(address account, uint256 time, uint256 deadline);

    /// @notice Thrown when a claim was signed by `signer` (zero: by nobody) and not by `account`.
    error RewardLedger_InvalidSigner(address signer, address account);

    /// @notice Thrown when the stream had a new root less than 180 days ago.
    error RewardLedger_StreamAlive(uint256 time, uint256 silentFrom);

    /// @notice Thrown when everything is promised and nothing can go to the fallback receiver.
    error RewardLedger_NothingLeft(uint256 funded, uint256 total);

    /*//////////////////////////////////////////////////////////////////////////
                                      FUNDING
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Deposits `amount` wei of the caller, from its allowance; with a permit, by `multicall`.
    /// @dev Emits {Funded}.
    function fund(uint256 amount) external;

    /// @notice Deposits `amount` wei of `funder`, whoever sends it, by an authorization whose nonce is {fundHash}.
    /// @dev Emits {Funded}.
    /// @param salt Anything; with another one the same deposit can be made again.
    function fundWithAuthorization(
        address funder,
        uint256 amount,
        bytes32 salt,
        Authorization calldata authorization
    ) external;

    /// @notice Takes what has vested of the stream's pool.
    /// @dev Emits {Replenished}.
    ///
    /// Requirements:
    /// - The stream has a pool ({RewardLedger_NoSource}).
    /// - Something has vested ({IGenesisDistribution-GenesisDistribution_NothingToRelease}).
    function replenish() external;

    /*//////////////////////////////////////////////////////////////////////////
                                      ROOTS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Queues a root whose leaves sum to `total` wei.
    /// @dev Emits {RootProposed}.
    ///
    /// Notes:
    /// - While a root is queued none can be proposed, so nobody can push its time back or skip the delay.
    ///
    /// Requirements:
    /// - The caller is the operator ({RewardLedger_NotAllowed}).
    /// - No root is queued ({RewardLedger_RootQueued}).
    /// - The root is not zero ({RewardLedger_RootZero}) and not active ({RewardLedger_RootKnown}).
    /// - The total is not below the last ({RewardLedger_TotalFalls}) and not above {funded}
    ///   ({RewardLedger_TotalUnfunded}).
    function propose(bytes32 root, uint96 total, bytes32 dataHash) external;

    /// @notice Drops the queued root: a veto by the guardian, a withdrawal by the operator.
    /// @dev Emits {RootDropped}.
    ///
    /// Requirements:
    /// - The caller is the guardian or the operator ({RewardLedger_NotAllowed}, which names the guardian).
    /// - A root is queued and not yet active ({RewardLedger_NothingQueued}).
    function drop() external;

    /*//////////////////////////////////////////////////////////////////////////
                                      CLAIMS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Pays `account` everything that is due to it under any active root.
    /// @dev Emits {Claimed}. Anyone may send it; the account is paid.
    ///
    /// Requirements:
    /// - The proof leads to an active root ({RewardLedger_RootNotActive}).
    /// - Something is due ({RewardLedger_NothingDue}).
    function claim(address account, uint256 cumulative, bytes32[] calldata proof) external;

    /// @notice Pays what is due to `account` to a `receiver` that the account chose. It signed
    /// `ClaimTo(address account,uint256 cumulative,address receiver,uint256 nonce,uint256 deadline)`, or it sends this
    /// itself.
    /// @dev Emits {ClaimedTo}.
    ///
    /// Notes:
    /// - A delegation that comes with it is carried out, and reverts as {ILVOToken-delegateBySig} does, unless its
    ///   nonce is no longer the next: whoever sends it first does not stop the claim.
    ///
    /// Requirements:
    /// - The time is earlier than `deadline` ({RewardLedger_ClaimExpired}).
    /// - The caller is the account, or it signed it with its present nonce ({RewardLedger_InvalidSigner}).
    /// - The receiver can be paid ({TokenIntake_InvalidReceiver}).
    /// - As {claim}.
    function claimTo(
        address account,
        uint256 cumulative,
        bytes32[] calldata proof,
        address receiver,
        uint256 deadline,
        bytes calldata signature,
        Delegation calldata delegation
    ) external;

    /// @notice Pays many accounts under one active root by a multiproof, in the order of the tree's leaves.
    /// @dev Emits {ClaimedMany}, and {ClaimSkipped} for each that it leaves out.
    ///
    /// Notes:
    /// - Proof and flags are those of OpenZeppelin's StandardMerkleTree.
    ///
    /// Requirements:
    /// - The batch is not empty ({RewardLedger_BatchEmpty}).
    /// - The proof leads to an active root ({RewardLedger_RootNotActive}; zero is the root of a proof whose parts do
    ///   not fit each other).
    function claimMany(Entitlement[] calldata entitlements, bytes32[] calldata proof, bool[] calldata flags) external;

    /// @notice Makes every claim void that the caller has signed so far.
    /// @dev Emits {ClaimsCanceled}.
    function cancelClaims() external;

    /*//////////////////////////////////////////////////////////////////////////
                                    GOVERNANCE
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Names who proposes roots from now on.
    /// @dev Emits {OperatorChanged}.
    ///
    /// Requirements:
    /// - The caller is governance ({RewardLedger_NotAllowed}).
    /// - The account is not zero, the token or the ledger ({TokenIntake_InvalidReceiver}).
    function setOperator(address account) external;

    /// @notice Names who may veto queued roots from now on.
    /// @dev Emits {GuardianChanged}.
    ///
    /// Requirements:
    /// - The caller is governance ({RewardLedger_NotAllowed}).
    /// - The account is not zero, the token or the ledger ({TokenIntake_InvalidReceiver}).
    function setGuardian(address account) external;

    /// @notice After 180 days without a new root, sends what is promised to nobody to the fallback receiver.
    /// @dev Emits {Swept}. Anyone may call; everything promised stays claimable.
    ///
    /// Requirements:
    /// - 180 days have passed since the newest root became active, or since deployment ({RewardLedger_StreamAlive}).
    /// - Something is promised to nobody ({RewardLedger_NothingLeft}).
    function sweep() external;

    /*//////////////////////////////////////////////////////////////////////////
                                        VIEWS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Returns what the ledger was made with, and who is operator and guardian now.
    function terms() external view returns (Terms memory);

    /// @notice Returns who proposes roots.
    function operator() external view returns (address);

    /// @notice Returns who may veto queued roots.
    function guardian() external view returns (address);

    /// @notice Returns what the stream has received in all, less what went to the fallback receiver, in wei.
    function funded() external view returns (uint256);

    /// @notice Returns what all active roots promise together, in wei: the total of the newest of them.
    function total() external view returns (uint256);

    /// @notice Returns the newest proposal, queued or active; zeros after it was dropped, until the next.
    function proposal() external view returns (Proposal memory);

    /// @notice Returns from when on a root is active; zero: it was never proposed, or dropped.
    function activeAt(bytes32 root) external view returns (uint256);

    /// @notice Returns everything that was paid to or for `account`, in wei.
    function paid(address account) external view returns (uint256);

    /// @notice Returns the nonce that a signed claim of `account` must bear.
    function claimNonces(address account) external view returns (uint256);

    /// @notice Returns the nonce of the authorization that pays for a deposit: the hash of the struct
    /// `Fund(address funder,uint256 amount,bytes32 salt)` (EIP-712's hashStruct).
    function fundHash(address funder, uint256 amount, bytes32 salt) external pure returns (bytes32);

    /// @notice Returns the hash of the EIP-712 domain ("LIVE VIDEO RewardLedger", "1").
    function DOMAIN_SEPARATOR() external view returns (bytes32); // solhint-disable-line func-name-mixedcase
}
