// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title The LIVE VIDEO token
/// @notice A fixed supply of 1,000,000,000 LVO (18 decimals) that nobody can mint, burn, freeze or tax.
/// @dev ERC-20, ERC-2612 (permit), ERC-3009 (authorised transfers), ERC-5805 (votes) with an ERC-6372 timestamp clock,
/// and ERC-5267 (signature domain). Names, events and errors are those of the standards and of ERC-6093; `LVOToken_`
/// errors are what no standard names. Amounts are in wei (10^-18 LVO), times in Unix seconds.
///
/// Notes on every function that takes a signature:
///
/// - The signature is EIP-712 typed data over the domain ("LIVE VIDEO", "1", chain id, this contract).
/// - The key of the account is tried first (65 bytes, low `s`); an account with code is then asked by ERC-1271. The
///   64-byte form of EIP-2098 is refused, so that one signature has one form.
/// - The `v, r, s` form and the `bytes` form do the same. Only {delegateBySig} has two types: a key may stand behind
///   several wallets, so the form that names the account also signs its name.
interface ILVOToken {
    /// @notice One row of a batch.
    /// @param to Receiver: not zero, not this contract.
    /// @param amount LVO to send, in wei.
    struct Payment {
        address to;
        uint96 amount;
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      EVENTS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Emitted when LVO moves, also when the amount is zero.
    event Transfer(address indexed from, address indexed to, uint256 value);

    /// @notice Emitted when `owner` lets `spender` spend `value`; spending it emits no further Approval.
    event Approval(address indexed owner, address indexed spender, uint256 value);

    /// @notice Emitted when `delegator` chooses who votes with its balance.
    event DelegateChanged(address indexed delegator, address indexed fromDelegate, address indexed toDelegate);

    /// @notice Emitted when the votes of `delegate` change from `previousVotes` to `newVotes` (in wei).
    event DelegateVotesChanged(address indexed delegate, uint256 previousVotes, uint256 newVotes);

    /// @notice Emitted when an authorised transfer was carried out.
    event AuthorizationUsed(address indexed authorizer, bytes32 indexed nonce);

    /// @notice Emitted when `authorizer` made an authorisation void before anyone used it.
    event AuthorizationCanceled(address indexed authorizer, bytes32 indexed nonce);

    /// @notice Emitted when `account` made its permit or delegation that bears `nonce` void.
    event NonceCanceled(address indexed account, uint256 nonce);

    /*//////////////////////////////////////////////////////////////////////////
                                      ERRORS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Thrown when `sender` holds `balance`, less than the `needed` amount.
    error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);

    /// @notice Thrown when nothing would be moved from the zero address, which approved nobody.
    error ERC20InvalidApprover(address approver);

    /// @notice Thrown when a transfer goes to the zero address or to the token itself, where it would be lost.
    error ERC20InvalidReceiver(address receiver);

    /// @notice Thrown when `spender` may spend `allowance`, less than the `needed` amount.
    error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed);

    /// @notice Thrown when the allowance would be given to the zero address.
    error ERC20InvalidSpender(address spender);

    /// @notice Thrown when a permit is used after its `deadline`.
    error ERC2612ExpiredSignature(uint256 deadline);

    /// @notice Thrown when a permit was signed by `signer` (zero: by nobody) and not by `owner`.
    error ERC2612InvalidSigner(address signer, address owner);

    /// @notice Thrown when a signature bears `nonce` while the next nonce of `account` is `currentNonce`.
    error InvalidAccountNonce(address account, uint256 currentNonce);

    /// @notice Thrown when a signed delegation is used after its `expiry`.
    error VotesExpiredSignature(uint256 expiry);

    /// @notice Thrown when votes are asked for at a `timepoint` that has not passed at `clock`.
    error ERC5805FutureLookup(uint256 timepoint, uint48 clock);

    /// @notice Thrown when an authorisation or a delegation was signed by `signer` (zero: by nobody) and not by
    /// `account`.
    error LVOToken_InvalidSigner(address signer, address account);

    /// @notice Thrown when an authorised transfer comes at `time`, not later than `validAfter`.
    error LVOToken_AuthorizationNotYetValid(bytes32 nonce, uint256 time, uint256 validAfter);

    /// @notice Thrown when an authorised transfer comes at `time`, not earlier than `validBefore`.
    error LVOToken_AuthorizationExpired(bytes32 nonce, uint256 time, uint256 validBefore);

    /// @notice Thrown when an authorisation was used or cancelled before.
    error LVOToken_AuthorizationUsed(address authorizer, bytes32 nonce);

    /// @notice Thrown when `caller` is not the receiver that `receiveWithAuthorization` pays.
    error LVOToken_CallerNotReceiver(bytes32 nonce, address caller, address receiver);

    /*//////////////////////////////////////////////////////////////////////////
                                      ERC-20
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Returns the name, "LIVE VIDEO".
    function name() external view returns (string memory);

    /// @notice Returns the symbol, "LVO".
    function symbol() external view returns (string memory);

    /// @notice Returns 18: one LVO is 10^18 wei.
    function decimals() external view returns (uint8);

    /// @notice Returns the supply, 10^27 wei, for ever.
    function totalSupply() external view returns (uint256);

    /// @notice Returns the wei that `account` holds.
    function balanceOf(address account) external view returns (uint256);

    /// @notice Returns the wei that `spender` may still take from `owner`; the largest number never shrinks.
    function allowance(address owner, address spender) external view returns (uint256);

    /// @notice Lets `spender` take up to `value` wei from the caller.
    /// @dev Emits {Approval}.
    ///
    /// Requirements:
    /// - `spender` is not zero ({ERC20InvalidSpender}).
    function approve(address spender, uint256 value) external returns (bool);

    /// @notice Sends `value` wei of the caller to `to`.
    /// @dev Emits {Transfer} and, where a side has delegated, {DelegateVotesChanged}.
    ///
    /// Requirements:
    /// - `to` is neither zero nor this contract ({ERC20InvalidReceiver}).
    /// - The caller holds `value` ({ERC20InsufficientBalance}).
    function transfer(address to, uint256 value) external returns (bool);

    /// @notice Sends `value` wei of `from` to `to` out of the caller's allowance.
    /// @dev Emits {Transfer} and, where a side has delegated, {DelegateVotesChanged}.
    ///
    /// Requirements:
    /// - The allowance covers `value` ({ERC20InsufficientAllowance}).
    /// - `from` is not zero ({ERC20InvalidApprover}) and holds `value` ({ERC20InsufficientBalance}).
    /// - `to` is neither zero nor this contract ({ERC20InvalidReceiver}).
    function transferFrom(address from, address to, uint256 value) external returns (bool);

    /// @notice Pays many receivers from the caller's balance, all or none.
    /// @dev Emits one {Transfer} a row and, where a side has delegated, {DelegateVotesChanged}. The sender's balance
    /// and votes are written once.
    ///
    /// Notes:
    /// - A receiver may repeat, and may be the caller.
    /// - An empty batch does nothing.
    ///
    /// Requirements:
    /// - No receiver is zero or this contract ({ERC20InvalidReceiver}).
    /// - The caller holds the sum of the rows ({ERC20InsufficientBalance}).
    function transferBatch(Payment[] calldata payments) external;

    /*//////////////////////////////////////////////////////////////////////////
                                ERC-2612 AND ERC-5267
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Returns the hash of the EIP-712 domain on the present chain.
    function DOMAIN_SEPARATOR() external view returns (bytes32); // solhint-disable-line func-name-mixedcase

    /// @notice Returns the next nonce of `account` for permits and signed delegations.
    function nonces(address account) external view returns (uint256);

    /// @notice Lets `spender` take up to `value` wei from `owner`, who signed
    /// `Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)`.
    /// @dev Emits {Approval}.
    ///
    /// Notes:
    /// - Anyone may send it; a contract that calls it must go on when it fails and rely on the allowance, because a
    ///   stranger may have sent the same signature first.
    ///
    /// Requirements:
    /// - The time is not later than `deadline` ({ERC2612ExpiredSignature}).
    /// - `owner` signed it with its next nonce ({ERC2612InvalidSigner}).
    /// - `spender` is not zero ({ERC20InvalidSpender}).
    function permit(
        address owner,
        address spender,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Same as the other `permit`, for signatures of any length (contract wallets).
    function permit(address owner, address spender, uint256 value, uint256 deadline, bytes calldata signature) external;

    /// @notice Uses up the caller's `nonce`, so that a permit or delegation signed with it can never be carried out.
    /// @dev Emits {NonceCanceled}.
    ///
    /// Notes:
    /// - Whoever carries out the signature first wins: the cancellation then reverts, and does not void the signature
    ///   that comes next.
    ///
    /// Requirements:
    /// - `nonce` is the caller's next ({InvalidAccountNonce}).
    function cancelNonce(uint256 nonce) external;

    /*//////////////////////////////////////////////////////////////////////////
                                      ERC-3009
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Tells whether the authorisation of `authorizer` with this `nonce` was used or cancelled.
    function authorizationState(address authorizer, bytes32 nonce) external view returns (bool);

    /// @notice Sends `value` wei from `from`, who signed
    /// `TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,
    /// bytes32 nonce)`, to `to`.
    /// @dev Emits {AuthorizationUsed} and {Transfer}.
    ///
    /// Requirements:
    /// - The time is later than `validAfter` ({LVOToken_AuthorizationNotYetValid}) and earlier than `validBefore`
    ///   ({LVOToken_AuthorizationExpired}).
    /// - The nonce was neither used nor cancelled ({LVOToken_AuthorizationUsed}).
    /// - `from` signed it ({LVOToken_InvalidSigner}).
    /// - As {transfer} by `from`.
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
    ) external;

    /// @notice Same as the other `transferWithAuthorization`, for signatures of any length (contract wallets).
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;

    /// @notice As `transferWithAuthorization` for `ReceiveWithAuthorization(...)`, but only the receiver may send it: a
    /// contract that is paid this way cannot be front-run.
    /// @dev Emits {AuthorizationUsed} and {Transfer}.
    ///
    /// Requirements:
    /// - The caller is `to` ({LVOToken_CallerNotReceiver}).
    /// - As {transferWithAuthorization}.
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
    ) external;

    /// @notice Same as the other `receiveWithAuthorization`, for signatures of any length (contract wallets).
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;

    /// @notice Makes an authorisation void. `authorizer` signed
    /// `CancelAuthorization(address authorizer,bytes32 nonce)`.
    /// @dev Emits {AuthorizationCanceled}.
    ///
    /// Requirements:
    /// - The nonce was neither used nor cancelled ({LVOToken_AuthorizationUsed}).
    /// - `authorizer` signed it ({LVOToken_InvalidSigner}).
    function cancelAuthorization(address authorizer, bytes32 nonce, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Same as the other `cancelAuthorization`, for signatures of any length (contract wallets).
    function cancelAuthorization(address authorizer, bytes32 nonce, bytes calldata signature) external;

    /*//////////////////////////////////////////////////////////////////////////
                                ERC-5805 AND ERC-6372
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Returns the present time in seconds, the clock of all votes.
    function clock() external view returns (uint48);

    /// @notice Returns "mode=timestamp".
    function CLOCK_MODE() external pure returns (string memory); // solhint-disable-line func-name-mixedcase

    /// @notice Returns who votes with the balance of `account`; zero: nobody.
    function delegates(address account) external view returns (address);

    /// @notice Returns the votes of `account` now, in wei.
    function getVotes(address account) external view returns (uint256);

    /// @notice Returns the votes of `account` at the end of the second `timepoint`, in wei.
    /// @dev Requirements:
    /// - `timepoint` has passed ({ERC5805FutureLookup}).
    function getPastVotes(address account, uint256 timepoint) external view returns (uint256);

    /// @notice Returns the supply, which never changed.
    /// @dev Requirements:
    /// - `timepoint` has passed ({ERC5805FutureLookup}).
    function getPastTotalSupply(uint256 timepoint) external view returns (uint256);

    /// @notice Lets `delegatee` vote with the caller's balance, present and future; zero takes the votes back.
    /// @dev Emits {DelegateChanged} and {DelegateVotesChanged}.
    function delegate(address delegatee) external;

    /// @notice Delegates for the account that signed `Delegation(address delegatee,uint256 nonce,uint256 expiry)`.
    /// @dev Emits {DelegateChanged} and {DelegateVotesChanged}.
    ///
    /// Requirements:
    /// - The time is not later than `expiry` ({VotesExpiredSignature}).
    /// - The signature is of an account's key ({LVOToken_InvalidSigner}) with its next nonce ({InvalidAccountNonce}).
    function delegateBySig(address delegatee, uint256 nonce, uint256 expiry, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Delegates for `account`, which signed `AccountDelegation(address account,address delegatee,uint256
    /// nonce, uint256 expiry)`; its signature may be of any length (contract wallets).
    /// @dev Emits {DelegateChanged} and {DelegateVotesChanged}.
    ///
    /// Requirements:
    /// - The time is not later than `expiry` ({VotesExpiredSignature}).
    /// - `nonce` is the next of `account` ({InvalidAccountNonce}).
    /// - `account` signed it ({LVOToken_InvalidSigner}).
    function delegateBySig(
        address account,
        address delegatee,
        uint256 nonce,
        uint256 expiry,
        bytes calldata signature
    ) external;
}
