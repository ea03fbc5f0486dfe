// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {ILVOToken} from "../../interfaces/ILVOToken.sol";
import {Signatures} from "../libraries/Signatures.sol";
import {Account, AccountLib} from "./Account.sol";
import {VoteTrace} from "./VoteTrace.sol";

/// @title The LIVE VIDEO token
/// @notice See {ILVOToken}.
contract LVOToken is ILVOToken, EIP712 {
    using VoteTrace for VoteTrace.Trace;

    // solhint-disable const-name-snakecase
    /// @inheritdoc ILVOToken
    string public constant name = "LIVE VIDEO";
    /// @inheritdoc ILVOToken
    string public constant symbol = "LVO";
    /// @inheritdoc ILVOToken
    uint8 public constant decimals = 18;
    /// @inheritdoc ILVOToken
    uint256 public constant totalSupply = 1_000_000_000e18;
    // solhint-enable const-name-snakecase

    bytes32 private constant PERMIT_TYPEHASH = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant DELEGATION_TYPEHASH = keccak256(
        "Delegation(address delegatee,uint256 nonce,uint256 expiry)"
    );
    bytes32 private constant ACCOUNT_DELEGATION_TYPEHASH = keccak256(
        "AccountDelegation(address account,address delegatee,uint256 nonce,uint256 expiry)"
    );
    bytes32 private constant TRANSFER_TYPEHASH = keccak256(
        "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    bytes32 private constant RECEIVE_TYPEHASH = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    bytes32 private constant CANCEL_TYPEHASH = keccak256("CancelAuthorization(address authorizer,bytes32 nonce)");

    bytes32 private immutable DEPLOYMENT_DOMAIN;
    uint256 private immutable DEPLOYMENT_CHAIN = block.chainid;

    // Literal: assembly knows no other constants. keccak256("Approval(address,address,uint256)").
    bytes32 private constant APPROVAL = 0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925;

    /// @dev Structs of one word, so that a slot is computed once to be read and written.
    struct Holder {
        Account account;
    }
    struct Allowance {
        uint256 value;
    }

    mapping(address account => Holder) private _holders;
    mapping(address owner => mapping(address spender => Allowance)) private _allowances;
    mapping(address delegate => VoteTrace.Trace) private _traces;
    /// @inheritdoc ILVOToken
    mapping(address account => uint256 nonce) public nonces;
    /// @inheritdoc ILVOToken
    mapping(address authorizer => mapping(bytes32 nonce => bool done)) public authorizationState;

    /// @dev Ends the call with `true`. In assembly, which saves 69 gas. Safe: nothing comes after it, and the word is
    /// scratch memory.
    modifier returnsTrue() {
        _;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(0x00, true)
            return(0x00, 0x20)
        }
    }

    /// @notice Gives the whole supply to `holder`.
    constructor(address holder) EIP712("LIVE VIDEO", "1") {
        if (_isLost(holder)) revert ERC20InvalidReceiver(holder);
        DEPLOYMENT_DOMAIN = _domainSeparatorV4();
        _holders[holder].account = AccountLib.pack(address(0), totalSupply);
        emit Transfer(address(0), holder, totalSupply);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      ERC-20
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc ILVOToken
    function approve(address spender, uint256 value) external returnsTrue returns (bool) {
        _approve(msg.sender, spender, value);
    }

    /// @inheritdoc ILVOToken
    function transfer(address to, uint256 value) external returnsTrue returns (bool) {
        _transfer(msg.sender, to, value);
    }

    /// @inheritdoc ILVOToken
    function transferFrom(address from, address to, uint256 value) external returnsTrue returns (bool) {
        Allowance storage granted = _allowances[from][msg.sender];
        uint256 allowed = granted.value;
        if (allowed != type(uint256).max) {
            if (allowed <= value) {
                if (allowed != value) revert ERC20InsufficientAllowance(msg.sender, allowed, value);
                // The zero address approves nobody, so it gets here with a value of zero only.
                if (from == address(0)) revert ERC20InvalidApprover(from);
            }
            // Unchecked: compared above.
            unchecked {
                granted.value = allowed - value;
            }
        }
        _transfer(from, to, value);
    }

    /// @inheritdoc ILVOToken
    function transferBatch(Payment[] calldata payments) external {
        uint256 total = 0;
        // Unchecked: fewer than 2^64 rows of less than 2^96 wei.
        unchecked {
            for (uint256 i = 0; i < payments.length; ++i) total += payments[i].amount;
        }

        Holder storage sender = _holders[msg.sender];
        Account source = sender.account;
        if (total > source.balance()) revert ERC20InsufficientBalance(msg.sender, source.balance(), total);
        sender.account = source.debit(total);
        if (source.delegatee() != address(0)) _moveVotes(source.delegatee(), address(0), total);

        // The sender is written before the first row is read, so that a row to the sender itself adds up.
        for (uint256 i = 0; i < payments.length; ++i) {
            Payment calldata payment = payments[i];
            (address to, uint256 amount) = (payment.to, payment.amount);
            if (_isLost(to)) revert ERC20InvalidReceiver(to);
            Holder storage receiver = _holders[to];
            Account target = receiver.account;
            receiver.account = target.credit(amount);
            emit Transfer(msg.sender, to, amount);
            if (target.delegatee() != address(0)) _moveVotes(address(0), target.delegatee(), amount);
        }
    }

    /// @inheritdoc ILVOToken
    function balanceOf(address account) external view returns (uint256) {
        return _holders[account].account.balance();
    }

    /// @inheritdoc ILVOToken
    function allowance(address owner, address spender) external view returns (uint256) {
        return _allowances[owner][spender].value;
    }

    /*//////////////////////////////////////////////////////////////////////////
                                ERC-2612 AND ERC-5267
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc ILVOToken
    function permit(
        address owner,
        address spender,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        bytes32 digest = _permitDigest(owner, spender, value, deadline);
        if (!Signatures.isByKey(owner, digest, v, r, s)) _requirePermit(owner, digest, abi.encodePacked(r, s, v));
        _approve(owner, spender, value);
    }

    /// @inheritdoc ILVOToken
    function permit(
        address owner,
        address spender,
        uint256 value,
        uint256 deadline,
        bytes calldata signature
    ) external {
        _requirePermit(owner, _permitDigest(owner, spender, value, deadline), signature);
        _approve(owner, spender, value);
    }

    /// @inheritdoc ILVOToken
    function cancelNonce(uint256 nonce) external {
        _useCheckedNonce(msg.sender, nonce);
        emit NonceCanceled(msg.sender, nonce);
    }

    /// @inheritdoc ILVOToken
    // solhint-disable-next-line func-name-mixedcase
    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        return _domainSeparator();
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      ERC-3009
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc ILVOToken
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        bytes32 digest = _useAuthorization(TRANSFER_TYPEHASH, from, to, value, validAfter, validBefore, nonce);
        _requireSigned(from, digest, v, r, s);
        _transfer(from, to, value);
    }

    /// @inheritdoc ILVOToken
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external {
        bytes32 digest = _useAuthorization(TRANSFER_TYPEHASH, from, to, value, validAfter, validBefore, nonce);
        _requireSigned(from, digest, signature);
        _transfer(from, to, value);
    }

    /// @inheritdoc ILVOToken
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        if (msg.sender != to) revert LVOToken_CallerNotReceiver(nonce, msg.sender, to);
        bytes32 digest = _useAuthorization(RECEIVE_TYPEHASH, from, to, value, validAfter, validBefore, nonce);
        _requireSigned(from, digest, v, r, s);
        _transfer(from, to, value);
    }

    /// @inheritdoc ILVOToken
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external {
        if (msg.sender != to) revert LVOToken_CallerNotReceiver(nonce, msg.sender, to);
        bytes32 digest = _useAuthorization(RECEIVE_TYPEHASH, from, to, value, validAfter, validBefore, nonce);
        _requireSigned(from, digest, signature);
        _transfer(from, to, value);
    }

    /// @inheritdoc ILVOToken
    function cancelAuthorization(address authorizer, bytes32 nonce, uint8 v, bytes32 r, bytes32 s) external {
        _requireSigned(authorizer, _cancelAuthorization(authorizer, nonce), v, r, s);
    }

    /// @inheritdoc ILVOToken
    function cancelAuthorization(address authorizer, bytes32 nonce, bytes calldata signature) external {
        _requireSigned(authorizer, _cancelAuthorization(authorizer, nonce), signature);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                ERC-5805 AND ERC-6372
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc ILVOToken
    function delegate(address delegatee) external {
        _delegate(msg.sender, delegatee);
    }

    /// @inheritdoc ILVOToken
    function delegateBySig(address delegatee, uint256 nonce, uint256 expiry, uint8 v, bytes32 r, bytes32 s) external {
        _checkExpiry(expiry);
        bytes32 digest = _hash(keccak256(abi.encode(DELEGATION_TYPEHASH, delegatee, nonce, expiry)));
        // This form does not name the account: the key that signed is the account.
        (address signer, , ) = ECDSA.tryRecover(digest, v, r, s);
        if (signer == address(0)) revert LVOToken_InvalidSigner(signer, signer);
        _useCheckedNonce(signer, nonce);
        _delegate(signer, delegatee);
    }

    /// @inheritdoc ILVOToken
    function delegateBySig(
        address account,
        address delegatee,
        uint256 nonce,
        uint256 expiry,
        bytes calldata signature
    ) external {
        _checkExpiry(expiry);
        _useCheckedNonce(account, nonce);
        // The account is signed too: a key may stand behind several wallets, whose nonces are equal.
        bytes32 hash = keccak256(abi.encode(ACCOUNT_DELEGATION_TYPEHASH, account, delegatee, nonce, expiry));
        _requireSigned(account, _hash(hash), signature);
        _delegate(account, delegatee);
    }

    /// @inheritdoc ILVOToken
    function delegates(address account) external view returns (address) {
        return _holders[account].account.delegatee();
    }

    /// @inheritdoc ILVOToken
    function getVotes(address account) external view returns (uint256) {
        return _traces[account].latest();
    }

    /// @inheritdoc ILVOToken
    function getPastVotes(address account, uint256 timepoint) external view returns (uint256) {
        _checkPast(timepoint);
        return _traces[account].at(timepoint);
    }

    /// @inheritdoc ILVOToken
    function getPastTotalSupply(uint256 timepoint) external view returns (uint256) {
        _checkPast(timepoint);
        return totalSupply;
    }

    /// @inheritdoc ILVOToken
    function clock() public view returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @inheritdoc ILVOToken
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() external pure returns (string memory) {
        return "mode=timestamp";
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      PRIVATE
    //////////////////////////////////////////////////////////////////////////*/

    function _transfer(address from, address to, uint256 value) private {
        if (_isLost(to)) revert ERC20InvalidReceiver(to);
        Holder storage sender = _holders[from];
        Account source = sender.account;
        if (value > source.balance()) revert ERC20InsufficientBalance(from, source.balance(), value);

        sender.account = source.debit(value);
        // Read only now, so that a transfer to oneself adds up.
        Holder storage receiver = _holders[to];
        Account target = receiver.account;
        receiver.account = target.credit(value);
        emit Transfer(from, to, value);

        if (!source.votesWith(target)) _moveVotes(source.delegatee(), target.delegatee(), value);
    }

    function _approve(address owner, address spender, uint256 value) private {
        if (spender == address(0)) revert ERC20InvalidSpender(spender);
        // `_allowances[owner][spender].value = value`, and {Approval}. Assembly saves 65 gas. Safe: the two words are
        // scratch memory, and both addresses are clean, because they were decoded or are the caller's.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(0x00, owner)
            mstore(0x20, _allowances.slot)
            mstore(0x20, keccak256(0x00, 0x40))
            mstore(0x00, spender)
            sstore(keccak256(0x00, 0x40), value)
            mstore(0x00, value)
            log3(0x00, 0x20, APPROVAL, owner, spender)
        }
    }

    function _delegate(address account, address newDelegate) private {
        Holder storage holder = _holders[account];
        Account held = holder.account;
        uint256 amount = held.balance();
        address oldDelegate = held.delegatee();
        holder.account = AccountLib.pack(newDelegate, amount);
        emit DelegateChanged(account, oldDelegate, newDelegate);

        if (oldDelegate != newDelegate) _moveVotes(oldDelegate, newDelegate, amount);
    }

    /// @dev The caller makes sure that the two differ; so at most one of them is zero.
    function _moveVotes(address from, address to, uint256 amount) private {
        if (amount == 0) return;
        // Unchecked: amounts are below 2^96.
        unchecked {
            if (from == address(0)) _traces[to].change(to, int256(amount));
            else {
                _traces[from].change(from, -int256(amount));
                if (to != address(0)) _traces[to].change(to, int256(amount));
            }
        }
    }

    /// @dev Kept for the chain of the deployment; after a fork it is computed anew. Unlike OpenZeppelin's it does not
    /// look at its own address: nothing delegates calls to this code.
    function _domainSeparator() private view returns (bytes32) {
        return block.chainid == DEPLOYMENT_CHAIN ? DEPLOYMENT_DOMAIN : _domainSeparatorV4();
    }

    function _hash(bytes32 structHash) private view returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(_domainSeparator(), structHash);
    }

    function _useNonce(address account) private returns (uint256) {
        // Unchecked: counted one by one.
        unchecked {
            return nonces[account]++;
        }
    }

    function _useCheckedNonce(address account, uint256 nonce) private {
        uint256 current = _useNonce(account);
        if (nonce != current) revert InvalidAccountNonce(account, current);
    }

    function _permitDigest(
        address owner,
        address spender,
        uint256 value,
        uint256 deadline
    ) private returns (bytes32 digest) {
        if (block.timestamp > deadline) revert ERC2612ExpiredSignature(deadline);
        uint256 nonce = _useNonce(owner);
        (bytes32 typehash, bytes32 domain) = (PERMIT_TYPEHASH, _domainSeparator());
        // `_hash(keccak256(abi.encode(typehash, owner, spender, value, nonce, deadline)))`. Assembly saves 100 gas.
        // Safe: only free memory is written, and the addresses are clean, because they were decoded.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typehash)
            mstore(add(free, 0x20), owner)
            mstore(add(free, 0x40), spender)
            mstore(add(free, 0x60), value)
            mstore(add(free, 0x80), nonce)
            mstore(add(free, 0xa0), deadline)
            mstore(add(free, 0x22), keccak256(free, 0xc0))
            mstore(free, hex"1901")
            mstore(add(free, 0x02), domain)
            digest := keccak256(free, 0x42)
        }
    }

    function _requirePermit(address owner, bytes32 digest, bytes memory signature) private view {
        (bool valid, address signer) = Signatures.check(owner, digest, signature);
        if (!valid) revert ERC2612InvalidSigner(signer, owner);
    }

    function _useAuthorization(
        bytes32 typehash,
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce
    ) private returns (bytes32) {
        if (block.timestamp <= validAfter) {
            revert LVOToken_AuthorizationNotYetValid(nonce, block.timestamp, validAfter);
        }
        if (block.timestamp >= validBefore) {
            revert LVOToken_AuthorizationExpired(nonce, block.timestamp, validBefore);
        }
        _consumeAuthorization(from, nonce);
        emit AuthorizationUsed(from, nonce);
        return _hash(keccak256(abi.encode(typehash, from, to, value, validAfter, validBefore, nonce)));
    }

    function _cancelAuthorization(address authorizer, bytes32 nonce) private returns (bytes32) {
        _consumeAuthorization(authorizer, nonce);
        emit AuthorizationCanceled(authorizer, nonce);
        return _hash(keccak256(abi.encode(CANCEL_TYPEHASH, authorizer, nonce)));
    }

    function _consumeAuthorization(address authorizer, bytes32 nonce) private {
        if (authorizationState[authorizer][nonce]) revert LVOToken_AuthorizationUsed(authorizer, nonce);
        authorizationState[authorizer][nonce] = true;
    }

    function _requireSigned(address account, bytes32 digest, bytes memory signature) private view {
        (bool valid, address signer) = Signatures.check(account, digest, signature);
        if (!valid) revert LVOToken_InvalidSigner(signer, account);
    }

    function _requireSigned(address account, bytes32 digest, uint8 v, bytes32 r, bytes32 s) private view {
        if (!Signatures.isByKey(account, digest, v, r, s)) {
            _requireSigned(account, digest, abi.encodePacked(r, s, v));
        }
    }

    /// @dev Whether LVO sent there could never come back. The account cannot be both, so `!=` says what `||` would, and
    /// saves its jump: 19 gas.
    function _isLost(address account) private view returns (bool) {
        return (account == address(0)) != (account == address(this));
    }

    function _checkExpiry(uint256 expiry) private view {
        if (block.timestamp > expiry) revert VotesExpiredSignature(expiry);
    }

    function _checkPast(uint256 timepoint) private view {
        if (timepoint >= block.timestamp) revert ERC5805FutureLookup(timepoint, clock());
    }
}
