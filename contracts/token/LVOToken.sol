// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {ILVOToken} from "../../interfaces/ILVOToken.sol";
import {Signatures} from "../libraries/Signatures.sol";
import {Account} from "./Account.sol";
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

    /// @notice Gives the whole supply to `holder`.
    constructor(address holder) EIP712("LIVE VIDEO", "1") {
        if (holder == address(0) || holder == address(this)) revert ERC20InvalidReceiver(holder);
        _holders[holder].account = _holders[holder].account.credit(totalSupply);
        emit Transfer(address(0), holder, totalSupply);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      ERC-20
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc ILVOToken
    function approve(address spender, uint256 value) external returns (bool) {
        _approve(msg.sender, spender, value);
        return true;
    }

    /// @inheritdoc ILVOToken
    function transfer(address to, uint256 value) external returns (bool) {
        _transfer(msg.sender, to, value);
        return true;
    }

    /// @inheritdoc ILVOToken
    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        Allowance storage granted = _allowances[from][msg.sender];
        uint256 allowed = granted.value;
        if (allowed != type(uint256).max) {
            if (allowed < value) revert ERC20InsufficientAllowance(msg.sender, allowed, value);
            // The zero address approves nobody, so it gets here with a value of zero only.
            if (from == address(0)) revert ERC20InvalidApprover(from);
            // Unchecked: compared above.
            unchecked {
                granted.value = allowed - value;
            }
        }
        _transfer(from, to, value);
        return true;
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
        _moveVotes(source.delegatee(), address(0), total);

        // The sender is written before the first row is read, so that a row to the sender itself adds up.
        for (uint256 i = 0; i < payments.length; ++i) {
            Payment calldata payment = payments[i];
            (address to, uint256 amount) = (payment.to, payment.amount);
            if (to == address(0) || to == address(this)) revert ERC20InvalidReceiver(to);
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
        (bool valid, address signer) = Signatures.check(owner, digest, v, r, s);
        if (!valid) revert ERC2612InvalidSigner(signer, owner);
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
        bytes32 digest = _permitDigest(owner, spender, value, deadline);
        (bool valid, address signer) = Signatures.check(owner, digest, signature);
        if (!valid) revert ERC2612InvalidSigner(signer, owner);
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
        return _domainSeparatorV4();
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
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(DELEGATION_TYPEHASH, delegatee, nonce, expiry)));
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
        _requireSigned(account, _hashTypedDataV4(hash), signature);
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
        if (to == address(0) || to == address(this)) revert ERC20InvalidReceiver(to);
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
        _allowances[owner][spender].value = value;
        emit Approval(owner, spender, value);
    }

    function _delegate(address account, address newDelegate) private {
        Holder storage holder = _holders[account];
        Account held = holder.account;
        address oldDelegate = held.delegatee();
        holder.account = held.withDelegatee(newDelegate);
        emit DelegateChanged(account, oldDelegate, newDelegate);

        if (oldDelegate != newDelegate) _moveVotes(oldDelegate, newDelegate, held.balance());
    }

    /// @dev The caller makes sure that the two differ.
    function _moveVotes(address from, address to, uint256 amount) private {
        if (amount == 0) return;
        // Unchecked: amounts are below 2^96.
        unchecked {
            if (from != address(0)) _traces[from].change(from, -int256(amount));
            if (to != address(0)) _traces[to].change(to, int256(amount));
        }
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

    function _permitDigest(address owner, address spender, uint256 value, uint256 deadline) private returns (bytes32) {
        if (block.timestamp > deadline) revert ERC2612ExpiredSignature(deadline);
        return
            _hashTypedDataV4(keccak256(abi.encode(PERMIT_TYPEHASH, owner, spender, value, _useNonce(owner), deadline)));
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
        return _hashTypedDataV4(keccak256(abi.encode(typehash, from, to, value, validAfter, validBefore, nonce)));
    }

    function _cancelAuthorization(address authorizer, bytes32 nonce) private returns (bytes32) {
        _consumeAuthorization(authorizer, nonce);
        emit AuthorizationCanceled(authorizer, nonce);
        return _hashTypedDataV4(keccak256(abi.encode(CANCEL_TYPEHASH, authorizer, nonce)));
    }

    function _consumeAuthorization(address authorizer, bytes32 nonce) private {
        if (authorizationState[authorizer][nonce]) revert LVOToken_AuthorizationUsed(authorizer, nonce);
        authorizationState[authorizer][nonce] = true;
    }

    function _requireSigned(address account, bytes32 digest, bytes calldata signature) private view {
        (bool valid, address signer) = Signatures.check(account, digest, signature);
        if (!valid) revert LVOToken_InvalidSigner(signer, account);
    }

    function _requireSigned(address account, bytes32 digest, uint8 v, bytes32 r, bytes32 s) private view {
        (bool valid, address signer) = Signatures.check(account, digest, v, r, s);
        if (!valid) revert LVOToken_InvalidSigner(signer, account);
    }

    function _checkExpiry(uint256 expiry) private view {
        if (block.timestamp > expiry) revert VotesExpiredSignature(expiry);
    }

    function _checkPast(uint256 timepoint) private view {
        if (timepoint >= block.timestamp) revert ERC5805FutureLookup(timepoint, clock());
    }
}
