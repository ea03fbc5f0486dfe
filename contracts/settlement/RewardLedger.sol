// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IGenesisDistribution} from "../../interfaces/IGenesisDistribution.sol";
import {IRewardLedger} from "../../interfaces/IRewardLedger.sol";
import {MerkleRoot} from "../libraries/MerkleRoot.sol";
import {Payments, PaymentsLib} from "../libraries/Payments.sol";
import {Signatures} from "../libraries/Signatures.sol";
import {TokenIntake} from "./TokenIntake.sol";

/// @title A stream of rewards that were computed off chain
/// @notice See {IRewardLedger}.
contract RewardLedger is IRewardLedger, TokenIntake, EIP712 {
    uint40 private constant LEAST_DELAY = 1 hours;
    uint40 private constant MOST_DELAY = 30 days;
    uint40 private constant SILENCE = 180 days;
    bytes32 private constant CLAIM_TYPEHASH = keccak256(
        "ClaimTo(address account,uint256 cumulative,address receiver,uint256 nonce,uint256 deadline)"
    );

    bytes32 private constant FUND_TYPEHASH = keccak256("Fund(address funder,uint256 amount,bytes32 salt)");

    /// @dev A struct of one word, so that a slot is computed once to be read and written.
    struct Paid {
        uint256 amount;
    }

    IGenesisDistribution private immutable SOURCE;
    uint256 private immutable GRANT;
    address private immutable GOVERNANCE;
    address private immutable FALLBACK_RECEIVER;
    uint40 private immutable DELAY;

    /// @inheritdoc IRewardLedger
    mapping(bytes32 root => uint256 time) public activeAt;
    /// @inheritdoc IRewardLedger
    mapping(address account => Paid) public paid;
    /// @inheritdoc IRewardLedger
    mapping(address account => uint256 nonce) public claimNonces;

    /// @dev The newest proposal; active once its time has come, without anybody's doing.
    Proposal private _newest;
    /// @dev Of the newest root that was active when it was superseded or dropped its successor: its total and its time.
    uint96 private _settledTotal;
    uint40 private _settledAt;
    uint96 private _deposited;
    uint96 private _swept;
    /// @inheritdoc IRewardLedger
    address public operator;
    /// @inheritdoc IRewardLedger
    address public guardian;

    /// @notice Opens a stream; see {IRewardLedger-Terms}.
    constructor(Terms memory terms_) TokenIntake(terms_.lvo) EIP712("LIVE VIDEO RewardLedger", "1") {
        _checkReceiver(terms_.operator);
        _checkReceiver(terms_.guardian);
        _checkReceiver(terms_.governance);
        _checkReceiver(terms_.fallbackReceiver);
        if (terms_.delay < LEAST_DELAY || terms_.delay > MOST_DELAY) {
            revert RewardLedger_DelayOutOfBounds(terms_.delay, LEAST_DELAY, MOST_DELAY);
        }
        _checkSource(terms_);
        SOURCE = terms_.source;
        GRANT = terms_.grant;
        GOVERNANCE = terms_.governance;
        FALLBACK_RECEIVER = terms_.fallbackReceiver;
        DELAY = terms_.delay;
        operator = terms_.operator;
        guardian = terms_.guardian;
        _settledAt = uint40(block.timestamp);
        emit LedgerOpened(terms_);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      FUNDING
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IRewardLedger
    function fund(uint256 amount) external {
        _book(msg.sender, amount);
        _pull(msg.sender, amount);
    }

    /// @inheritdoc IRewardLedger
    function fundWithAuthorization(
        address funder,
        uint256 amount,
        bytes32 salt,
        Authorization calldata authorization
    ) external {
        _book(funder, amount);
        _pullAuthorized(funder, amount, fundHash(funder, amount, salt), authorization);
    }

    /// @inheritdoc IRewardLedger
    function replenish() external {
        if (address(SOURCE) == address(0)) revert RewardLedger_NoSource();
        emit Replenished(SOURCE.release(GRANT));
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      ROOTS
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IRewardLedger
    function propose(bytes32 root, uint96 newTotal, bytes32 dataHash) external {
        if (msg.sender != operator) revert RewardLedger_NotAllowed(msg.sender, operator);
        Proposal memory newest = _newest;
        if (block.timestamp < newest.activeAt) revert RewardLedger_RootQueued(newest.root, newest.activeAt);
        if (root == bytes32(0)) revert RewardLedger_RootZero();
        if (activeAt[root] != 0) revert RewardLedger_RootKnown(root, uint40(activeAt[root]));
        // Nothing is queued, so the newest root, if there is one, is active: it becomes what later roots build on.
        if (newest.root != bytes32(0)) (_settledTotal, _settledAt) = (newest.total, newest.activeAt);
        if (newTotal < _settledTotal) revert RewardLedger_TotalFalls(newTotal, _settledTotal);
        uint256 received = funded();
        if (newTotal > received) revert RewardLedger_TotalUnfunded(newTotal, received);

        uint40 time = uint40(block.timestamp) + DELAY;
        activeAt[root] = time;
        _newest = Proposal(root, newTotal, time);
        emit RootProposed(root, newTotal, dataHash, time);
    }

    /// @inheritdoc IRewardLedger
    function drop() external {
        if (msg.sender != guardian && msg.sender != operator) revert RewardLedger_NotAllowed(msg.sender, guardian);
        Proposal memory newest = _newest;
        if (block.timestamp >= newest.activeAt) revert RewardLedger_NothingQueued(newest.root, newest.activeAt);
        delete activeAt[newest.root];
        delete _newest;
        emit RootDropped(newest.root, msg.sender);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      CLAIMS
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IRewardLedger
    function claim(address account, uint256 cumulative, bytes32[] calldata proof) external {
        uint256 due = _settle(account, cumulative, proof);
        emit Claimed(account, due);
        LVO.transfer(account, due);
    }

    /// @inheritdoc IRewardLedger
    function claimTo(
        address account,
        uint256 cumulative,
        bytes32[] calldata proof,
        address receiver,
        uint256 deadline,
        bytes calldata signature,
        Delegation calldata delegation
    ) external {
        if (block.timestamp >= deadline) revert RewardLedger_ClaimExpired(account, block.timestamp, deadline);
        if (msg.sender != account) {
            bytes32 hash = keccak256(
                abi.encode(CLAIM_TYPEHASH, account, cumulative, receiver, claimNonces[account], deadline)
            );
            (bool valid, address signer) = Signatures.check(account, _hashTypedDataV4(hash), signature);
            if (!valid) revert RewardLedger_InvalidSigner(signer, account);
        }
        _checkReceiver(receiver);
        uint256 due = _settle(account, cumulative, proof);
        emit ClaimedTo(account, receiver, due);
        LVO.transfer(receiver, due);
        // A nonce that is used means that somebody sent the delegation first. A failure is not swallowed: whoever sends
        // this with too little gas, or too early, would have the claim without the delegation.
        if (delegation.signature.length != 0 && LVO.nonces(account) <= delegation.nonce) {
            LVO.delegateBySig(account, delegation.delegatee, delegation.nonce, delegation.expiry, delegation.signature);
        }
    }

    /// @inheritdoc IRewardLedger
    function claimMany(Entitlement[] calldata entitlements, bytes32[] calldata proof, bool[] calldata flags) external {
        uint256 count = entitlements.length;
        if (count == 0) revert RewardLedger_BatchEmpty();
        bytes32[] memory nodes = new bytes32[](count + flags.length);
        Payments payments = PaymentsLib.open(count);
        Payments end = _bookMany(entitlements, nodes, payments);
        // What was booked was not proven yet; this undoes it all if it cannot be.
        _checkActive(MerkleRoot.ofMany(nodes, proof, flags));
        emit ClaimedMany(payments.close(end));
        payments.pay(LVO);
    }

    /// @inheritdoc IRewardLedger
    function cancelClaims() external {
        emit ClaimsCanceled(msg.sender, claimNonces[msg.sender]++);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                    GOVERNANCE
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IRewardLedger
    function setOperator(address account) external {
        _checkGovernance();
        _checkReceiver(account);
        emit OperatorChanged(operator, account);
        operator = account;
    }

    /// @inheritdoc IRewardLedger
    function setGuardian(address account) external {
        _checkGovernance();
        _checkReceiver(account);
        emit GuardianChanged(guardian, account);
        guardian = account;
    }

    /// @inheritdoc IRewardLedger
    function sweep() external {
        uint256 silentFrom = uint256(_newest.root == bytes32(0) ? _settledAt : _newest.activeAt) + SILENCE;
        if (block.timestamp < silentFrom) revert RewardLedger_StreamAlive(block.timestamp, silentFrom);
        uint256 received = funded();
        uint256 promised = total();
        uint256 balance = LVO.balanceOf(address(this));
        // A root that promised more than its total may have paid some of the rest already.
        uint256 amount = received - promised;
        if (amount > balance) amount = balance;
        if (amount == 0) revert RewardLedger_NothingLeft(received, promised);
        _swept += uint96(amount);
        emit Swept(FALLBACK_RECEIVER, amount);
        LVO.transfer(FALLBACK_RECEIVER, amount);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                        VIEWS
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IRewardLedger
    function funded() public view returns (uint256) {
        uint256 released = address(SOURCE) == address(0) ? 0 : SOURCE.grants(GRANT).released;
        return uint256(_deposited) + released - _swept;
    }

    /// @inheritdoc IRewardLedger
    function total() public view returns (uint256) {
        Proposal memory newest = _newest;
        return newest.root != bytes32(0) && block.timestamp >= newest.activeAt ? newest.total : _settledTotal;
    }

    /// @inheritdoc IRewardLedger
    function proposal() external view returns (Proposal memory) {
        return _newest;
    }

    /// @inheritdoc IRewardLedger
    function terms() external view returns (Terms memory) {
        return Terms(LVO, SOURCE, GRANT, operator, guardian, GOVERNANCE, FALLBACK_RECEIVER, DELAY);
    }

    /// @inheritdoc IRewardLedger
    function fundHash(address funder, uint256 amount, bytes32 salt) public pure returns (bytes32) {
        return keccak256(abi.encode(FUND_TYPEHASH, funder, amount, salt));
    }

    /// @inheritdoc IRewardLedger
    // solhint-disable-next-line func-name-mixedcase
    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      PRIVATE
    //////////////////////////////////////////////////////////////////////////*/

    /// @dev What another took out of a pool would count as the stream's own money.
    function _checkSource(Terms memory terms_) private view {
        if (address(terms_.source) == address(0)) return;
        IGenesisDistribution.Grant memory pool = terms_.source.grants(terms_.grant);
        // Only a pool can never be revoked, so what it has released never falls.
        bool ours = pool.beneficiary == address(this) && pool.kind == IGenesisDistribution.Kind.Pool;
        if (!ours || terms_.source.LVO() != terms_.lvo) {
            revert RewardLedger_SourceNotOurs(address(terms_.source), terms_.grant, pool.beneficiary);
        }
    }

    function _book(address funder, uint256 amount) private {
        // Nobody has more than 96 bits of wei, so an amount that is cut here cannot be pulled.
        _deposited += uint96(amount);
        emit Funded(funder, amount);
    }

    /// @dev Books a proven claim and returns what is to be paid for it.
    function _settle(address account, uint256 cumulative, bytes32[] calldata proof) private returns (uint256) {
        _checkActive(MerkleRoot.ofOne(_leaf(account, cumulative), proof));
        Paid storage settled = paid[account];
        uint256 before = settled.amount;
        if (cumulative <= before) revert RewardLedger_NothingDue(account, cumulative, before);
        settled.amount = cumulative;
        // Unchecked: compared above.
        unchecked {
            return cumulative - before;
        }
    }

    /// @dev Writes the leaves of a batch and what to pay for them. Whatever cannot be paid is left out, so that it
    /// stops nobody else.
    function _bookMany(
        Entitlement[] calldata entitlements,
        bytes32[] memory nodes,
        Payments end
    ) private returns (Payments) {
        uint256 left = LVO.balanceOf(address(this));
        for (uint256 i = 0; i < entitlements.length; ++i) {
            Entitlement calldata entitlement = entitlements[i];
            (address account, uint256 cumulative) = (entitlement.account, entitlement.cumulative);
            nodes[i] = _leaf(account, cumulative);
            Paid storage settled = paid[account];
            uint256 before = settled.amount;
            // Unchecked: only a difference that is not negative is used.
            unchecked {
                uint256 due = cumulative - before;
                if (cumulative <= before || due > left || account == address(0) || account == address(LVO)) {
                    emit ClaimSkipped(account);
                    continue;
                }
                left -= due;
                settled.amount = cumulative;
                end = end.add(account, due);
            }
        }
        return end;
    }

    function _leaf(address account, uint256 cumulative) private view returns (bytes32 leaf) {
        // Safe: writes free memory and scratch space only. The same as
        // keccak256(bytes.concat(keccak256(abi.encode(address(this), block.chainid, account, cumulative)))),
        // without taking new memory for every leaf of a batch.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let free := mload(64)
            mstore(free, address())
            mstore(add(free, 32), chainid())
            mstore(add(free, 64), account)
            mstore(add(free, 96), cumulative)
            mstore(0, keccak256(free, 128))
            leaf := keccak256(0, 32)
        }
    }

    function _checkActive(bytes32 root) private view {
        uint256 time = activeAt[root];
        if (time == 0 || block.timestamp < time) revert RewardLedger_RootNotActive(root, uint40(time));
    }

    function _checkGovernance() private view {
        if (msg.sender != GOVERNANCE) revert RewardLedger_NotAllowed(msg.sender, GOVERNANCE);
    }
}
