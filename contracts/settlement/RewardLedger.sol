// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {IGenesisDistribution} from "../../interfaces/IGenesisDistribution.sol";
import {ILVOToken} from "../../interfaces/ILVOToken.sol";
import {IRewardLedger} from "../../interfaces/IRewardLedger.sol";
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

    IGenesisDistribution private immutable SOURCE;
    uint256 private immutable GRANT;
    address private immutable GOVERNANCE;
    address private immutable FALLBACK_RECEIVER;
    uint40 private immutable DELAY;

    /// @inheritdoc IRewardLedger
    mapping(bytes32 root => uint256 time) public activeAt;
    /// @inheritdoc IRewardLedger
    mapping(address account => uint256 amount) public paid;
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
        // Nobody has more than 96 bits of wei, so an amount that is cut here fails below.
        _deposited += uint96(amount);
        emit Funded(msg.sender, amount);
        _pull(msg.sender, amount);
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
        _claim(account, cumulative, proof, account);
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
        _claim(account, cumulative, proof, receiver);
        if (delegation.signature.length != 0) {
            // Somebody may have sent the delegation first; the money does not wait for it.
            // solhint-disable no-empty-blocks
            try
                LVO.delegateBySig(
                    account,
                    delegation.delegatee,
                    delegation.nonce,
                    delegation.expiry,
                    delegation.signature
                )
            {} catch {}
            // solhint-enable no-empty-blocks
        }
    }

    /// @inheritdoc IRewardLedger
    function claimMany(
        address[] calldata accounts,
        uint256[] calldata cumulatives,
        bytes32[] calldata proof,
        bool[] calldata flags
    ) external {
        uint256 count = accounts.length;
        if (count == 0) revert RewardLedger_BatchEmpty();
        if (count != cumulatives.length) revert RewardLedger_LengthsDiffer(count, cumulatives.length);
        bytes32[] memory leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) leaves[i] = _leaf(accounts[i], cumulatives[i]);
        _checkActive(MerkleProof.processMultiProofCalldata(proof, flags, leaves));
        LVO.transferBatch(_bookMany(accounts, cumulatives));
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
    // solhint-disable-next-line func-name-mixedcase
    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      PRIVATE
    //////////////////////////////////////////////////////////////////////////*/

    function _claim(address account, uint256 cumulative, bytes32[] calldata proof, address receiver) private {
        _checkActive(MerkleProof.processProofCalldata(proof, _leaf(account, cumulative)));
        uint256 before = paid[account];
        if (cumulative <= before) revert RewardLedger_NothingDue(account, cumulative, before);
        paid[account] = cumulative;
        emit Claimed(account, receiver, cumulative - before);
        LVO.transfer(receiver, cumulative - before);
    }

    /// @dev Books a batch and returns what to pay. Whatever cannot be paid is left out, so that it stops nobody else.
    function _bookMany(
        address[] calldata accounts,
        uint256[] calldata cumulatives
    ) private returns (ILVOToken.Payment[] memory payments) {
        uint256 left = LVO.balanceOf(address(this));
        payments = new ILVOToken.Payment[](accounts.length);
        uint256 count = 0;
        for (uint256 i = 0; i < accounts.length; ++i) {
            address account = accounts[i];
            uint256 before = paid[account];
            uint256 due = cumulatives[i] > before ? cumulatives[i] - before : 0;
            if (due == 0 || due > left || !_canBePaid(account)) {
                emit ClaimSkipped(account);
                continue;
            }
            left -= due;
            paid[account] = cumulatives[i];
            emit Claimed(account, account, due);
            // At most the balance, which fits 96 bits.
            payments[count++] = ILVOToken.Payment(account, uint96(due));
        }
        // Safe: only shortens an array that was just allocated. A second pass to count would read all of it again.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(payments, count)
        }
    }

    function _leaf(address account, uint256 cumulative) private view returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(address(this), block.chainid, account, cumulative))));
    }

    function _checkActive(bytes32 root) private view {
        uint256 time = activeAt[root];
        if (time == 0 || block.timestamp < time) revert RewardLedger_RootNotActive(root, uint40(time));
    }

    function _checkGovernance() private view {
        if (msg.sender != GOVERNANCE) revert RewardLedger_NotAllowed(msg.sender, GOVERNANCE);
    }

    /// @dev What the token would refuse to pay.
    function _canBePaid(address account) private view returns (bool) {
        return account != address(0) && account != address(LVO);
    }
}
