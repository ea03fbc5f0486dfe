// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITokenIntake} from "./ITokenIntake.sol";

/// @title Tips: one transaction when it matters, none when it streams
/// @notice Carries a tip from a viewer to a creator at once, and holds the deposits of channels over which thousands of
/// tips a minute flow without a transaction.
/// @dev A *tip* goes from the viewer to the creator in one transaction. Nothing is held and nobody takes a fee.
///
/// A *channel* is a deposit of a payer for one payee. The payer's signer signs *vouchers* off chain, each for the sum
/// of everything so far; the payee keeps the newest, and anyone may settle it. A channel is known by the hash of its
/// struct, which every call brings along; one storage word holds all that changes:
///
///   deposit (96 bits) | settled (96) | closeAt (40) | closed (8)
///
/// | state   | from                            | who does what                                                     |
/// |---------|---------------------------------|-------------------------------------------------------------------|
/// | none    |                                 | the payer opens it                                                |
/// | open    | opening                         | anyone settles and tops up, payee closes, payer asks to close      |
/// | closing | the payer asked                 | the same, but the end is known: now + notice, at most the expiry   |
/// | ended   | `now >= end`                    | anyone closes: the payer gets what is left                         |
/// | closed  | the payee or, from the end, anyone | nothing, for ever: the word stays, so an id is never used again |
///
/// A voucher pays while `now < end`. So a payee that watches can always settle, within the notice, what it accepted:
/// the deposit never falls, no clock ever moves but by the payer's one request, the signer never changes, and no
/// contract wallet is asked whether it still thinks so.
///
/// A voucher may carry one *lock*: an amount that it pays on top if the secret behind the lock's hash is shown while
/// `now < lockExpiry`. With it a hub carries tips from a viewer's one deposit to many creators: both hops bear the same
/// lock, and the secret that gets the hub's money for the creator gets the viewer's for the hub. The hub accepts an
/// incoming lock only if
///
///   outgoing lockExpiry + margin <= incoming lockExpiry <= min(now + incoming notice, incoming end)
///
/// Signatures on vouchers are in the 64-byte form (r, vs) of EIP-2098 and in no other.
///
/// Amounts are in wei (10^-18 LVO), times in Unix seconds.
interface ITipJar is ITokenIntake {
    /// @notice What a tip says.
    /// @param Like I like it.
    /// @param Reward A reward for the creator.
    /// @param Comment Paid for a comment, whose hash is the memo.
    /// @param Subsidy Pays for something that is yet to be made.
    enum Kind {
        Like,
        Reward,
        Comment,
        Subsidy
    }

    /// @notice Why a voucher of a batch paid nothing.
    /// @param None It paid.
    /// @param NotOpen Its channel was never opened, or is closed.
    /// @param Ended Its channel has ended.
    /// @param WrongSigner Its channel's signer did not sign it.
    /// @param NothingDue Everything that it promises was settled.
    enum Fault {
        None,
        NotOpen,
        Ended,
        WrongSigner,
        NothingDue
    }

    /// @notice One tip.
    /// @param creator Who gets it: not zero, not the token, not this contract.
    /// @param contentId What it is for, a hash; zero: nothing in particular.
    /// @param amount In wei, not zero.
    /// @param kind What it says.
    /// @param memoHash The hash of a comment or of anything else that is kept elsewhere.
    struct Tip {
        address creator;
        bytes32 contentId;
        uint256 amount;
        Kind kind;
        bytes32 memoHash;
    }

    /// @notice What never changes about a channel; its hash `keccak256(abi.encode(channel))` is its id.
    /// @param payer Who deposits, may ask to close, and gets back what is left.
    /// @param payee Who is paid, and may close at any time: not zero, not the token, not this contract.
    /// @param signer The key that signs vouchers, the payer's own or one for a session: not zero.
    /// @param notice How long vouchers still pay after the payer asked to close, seconds, from 1 hour to 30 days.
    /// @param expiry When the channel ends by itself, Unix seconds: in the future, at most 1,461 days ahead. It also
    /// tells channels apart that are equal otherwise.
    struct Channel {
        address payer;
        address payee;
        address signer;
        uint256 notice;
        uint256 expiry;
    }

    /// @notice What a channel's signer promises. It signs `Voucher(bytes32 channel,uint256 cumulative,bytes32
    /// memoHash,bytes32 lock,uint256 locked,uint256 lockExpiry)` where `channel` is the channel's id.
    /// @param cumulative Everything so far that is due without condition, in wei.
    /// @param memoHash The hash of what it was paid for.
    /// @param lock The keccak-256 of a secret of 32 bytes.
    /// @param locked What is due on top to who shows the secret, in wei; zero: there is no lock.
    /// @param lockExpiry Until then the secret counts: while `now < lockExpiry`.
    struct Voucher {
        uint256 cumulative;
        bytes32 memoHash;
        bytes32 lock;
        uint256 locked;
        uint256 lockExpiry;
    }

    /// @notice A voucher with all that settling it takes.
    /// @param channel The channel.
    /// @param voucher What its signer signed.
    /// @param secret Behind the lock; anything if the voucher has none, or if only its unlocked part is wanted.
    /// @param r First half of the signature.
    /// @param vs Second half, with the parity in its highest bit (EIP-2098).
    struct Settlement {
        Channel channel;
        Voucher voucher;
        bytes32 secret;
        bytes32 r;
        bytes32 vs;
    }

    /// @notice What changes about a channel.
    /// @param deposit Everything that was put in, in wei; zero: it was never opened.
    /// @param settled Everything that the payee was paid, in wei.
    /// @param closeAt When it ends because the payer asked, Unix seconds; zero: it did not.
    /// @param closed Whether it is over, and what was left is with the payer.
    struct State {
        uint96 deposit;
        uint96 settled;
        uint40 closeAt;
        bool closed;
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      EVENTS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Emitted when `viewer` tipped `creator`.
    event Tipped(
        address indexed viewer,
        address indexed creator,
        bytes32 indexed contentId,
        uint256 amount,
        Kind kind,
        bytes32 memoHash
    );

    /// @notice Emitted when a channel was opened, with everything that its id is the hash of, and `deposit` wei.
    event ChannelOpened(
        bytes32 indexed channel,
        address indexed payer,
        address indexed payee,
        address signer,
        uint256 notice,
        uint256 expiry,
        uint256 deposit
    );

    /// @notice Emitted when `funder` put `amount` wei more into a channel.
    event ChannelToppedUp(bytes32 indexed channel, address indexed funder, uint256 amount);

    /// @notice Emitted when a voucher was settled: the payee has now been paid `settled` wei in all.
    event ChannelSettled(bytes32 indexed channel, uint256 settled, bytes32 memoHash);

    /// @notice Emitted when a batch left out a voucher, and why.
    event VoucherSkipped(bytes32 indexed channel, Fault fault);

    /// @notice Emitted when the payer asked to close: vouchers pay while `now < closeAt`.
    event CloseRequested(bytes32 indexed channel, uint256 closeAt);

    /// @notice Emitted when a channel was closed: the payee was paid `settled` wei in all, the payer got the rest back.
    event ChannelClosed(bytes32 indexed channel, uint256 settled, bytes32 memoHash);

    /*//////////////////////////////////////////////////////////////////////////
                                      ERRORS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Thrown when a tip, a deposit or a top-up is of nothing.
    error TipJar_AmountZero();

    /// @notice Thrown when a batch is empty.
    error TipJar_BatchEmpty();

    /// @notice Thrown when the caller is not who alone may do this.
    error TipJar_NotAllowed(bytes32 channel, address caller, address allowed);

    /// @notice Thrown when a channel's signer is the zero address.
    error TipJar_SignerZero();

    /// @notice Thrown when a channel's notice is out of bounds, in seconds.
    error TipJar_NoticeOutOfBounds(uint256 notice, uint256 least, uint256 most);

    /// @notice Thrown when a channel would end at `time` or before, or after `latest`.
    error TipJar_ExpiryOutOfBounds(uint256 expiry, uint256 time, uint256 latest);

    /// @notice Thrown when a channel of the same id was opened before.
    error TipJar_ChannelKnown(bytes32 channel);

    /// @notice Thrown when a channel was never opened, or is closed.
    error TipJar_NotOpen(bytes32 channel);

    /// @notice Thrown when a channel has ended.
    error TipJar_Ended(bytes32 channel, uint256 time, uint256 end);

    /// @notice Thrown when a channel has not ended, and the caller is not its payee.
    error TipJar_NotEnded(bytes32 channel, uint256 time, uint256 end);

    /// @notice Thrown when the payer has asked to close before.
    error TipJar_AlreadyClosing(bytes32 channel, uint256 closeAt);

    /// @notice Thrown when a voucher was signed by `signer` (zero: by nobody) and not by its channel's signer.
    error TipJar_WrongSigner(bytes32 channel, address signer, address expected);

    /// @notice Thrown when a voucher pays no more than was settled: `worth` is what it promises, at most the deposit,
    /// in wei.
    error TipJar_NothingDue(bytes32 channel, uint256 worth, uint256 settled);

    /*//////////////////////////////////////////////////////////////////////////
                                        TIPS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Sends a tip of the caller, from its allowance; with a permit, by `multicall`.
    /// @dev Emits {Tipped}.
    ///
    /// Requirements:
    /// - The amount is not zero ({TipJar_AmountZero}).
    /// - The creator can be paid ({TokenIntake_InvalidReceiver}).
    function tip(address creator, bytes32 contentId, uint256 amount, Kind kind, bytes32 memoHash) external;

    /// @notice Sends many tips of the caller, from its allowance: all or none.
    /// @dev Emits {Tipped} for each.
    ///
    /// Requirements:
    /// - There is at least one ({TipJar_BatchEmpty}); each as {tip}.
    function tipMany(Tip[] calldata items) external;

    /// @notice Sends one or many tips of `viewer`, whoever calls.
    /// @dev Emits {Tipped} for each. The nonce of the authorization is {tipsHash}, its value the sum.
    ///
    /// Requirements:
    /// - As {tipMany}.
    function tipManyWithAuthorization(
        address viewer,
        Tip[] calldata items,
        uint256 salt,
        Authorization calldata authorization
    ) external;

    /*//////////////////////////////////////////////////////////////////////////
                                      CHANNELS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Opens a channel of the caller with a deposit of `amount` wei, from its allowance; with a permit, by
    /// `multicall`.
    /// @dev Emits {ChannelOpened}.
    ///
    /// Requirements:
    /// - The caller is the payer ({TipJar_NotAllowed}).
    /// - The amount is not zero ({TipJar_AmountZero}), the payee can be paid ({TokenIntake_InvalidReceiver}), the
    ///   signer is not zero ({TipJar_SignerZero}), notice ({TipJar_NoticeOutOfBounds}) and expiry
    ///   ({TipJar_ExpiryOutOfBounds}) are within bounds.
    /// - No such channel was opened before ({TipJar_ChannelKnown}).
    function open(Channel calldata channel, uint256 amount) external;

    /// @notice Opens a channel of its payer with a deposit of `amount` wei, whoever calls.
    /// @dev Emits {ChannelOpened}. The nonce of the authorization is the channel's id, its value the deposit.
    ///
    /// Requirements:
    /// - As {open}, but for the caller.
    function openWithAuthorization(
        Channel calldata channel,
        uint256 amount,
        Authorization calldata authorization
    ) external;

    /// @notice Puts `amount` wei of the caller into a channel, from its allowance.
    /// @dev Emits {ChannelToppedUp}.
    ///
    /// Notes:
    /// - Anyone may, and it moves no clock: neither the expiry nor a close that the payer asked for.
    ///
    /// Requirements:
    /// - The amount is not zero ({TipJar_AmountZero}).
    /// - The channel is open ({TipJar_NotOpen}) and has not ended ({TipJar_Ended}).
    function topUp(Channel calldata channel, uint256 amount) external;

    /// @notice Puts `amount` wei of `funder` into a channel, whoever calls.
    /// @dev Emits {ChannelToppedUp}. The nonce of the authorization is {topUpHash}.
    ///
    /// Requirements:
    /// - As {topUp}.
    function topUpWithAuthorization(
        Channel calldata channel,
        uint256 amount,
        address funder,
        uint256 salt,
        Authorization calldata authorization
    ) external;

    /// @notice Pays the payee what a voucher promises beyond what was settled, as far as the deposit goes.
    /// @dev Emits {ChannelSettled}. Anyone may send it; the payee is paid.
    ///
    /// Notes:
    /// - Without the right secret, or from `lockExpiry`, only the unlocked part counts.
    ///
    /// Requirements:
    /// - The channel is open ({TipJar_NotOpen}) and has not ended ({TipJar_Ended}).
    /// - Its signer signed the voucher ({TipJar_WrongSigner}).
    /// - Something is due ({TipJar_NothingDue}).
    function settle(Settlement calldata item) external;

    /// @notice Settles many vouchers.
    /// @dev Emits {ChannelSettled} or {VoucherSkipped} for each. Neighbours of one payee are paid by one transfer.
    ///
    /// Requirements:
    /// - There is at least one ({TipJar_BatchEmpty}).
    function settleMany(Settlement[] calldata items) external;

    /// @notice Announces that the payer closes: vouchers pay for the notice yet, at most until the expiry.
    /// @dev Emits {CloseRequested}.
    ///
    /// Requirements:
    /// - The caller is the payer ({TipJar_NotAllowed}).
    /// - The channel is open ({TipJar_NotOpen}) and has not ended ({TipJar_Ended}).
    /// - It was not asked for before ({TipJar_AlreadyClosing}).
    function requestClose(Channel calldata channel) external;

    /// @notice Closes a channel and gives the payer what is left.
    /// @dev Emits {ChannelClosed}. The payee may at any time, anyone from the end.
    ///
    /// Requirements:
    /// - The channel is open ({TipJar_NotOpen}).
    /// - The caller is the payee, or the channel has ended ({TipJar_NotEnded}).
    function close(Channel calldata channel) external;

    /// @notice Settles a last voucher, closes the channel and gives the payer what is left.
    /// @dev Emits {ChannelClosed}.
    ///
    /// Requirements:
    /// - The caller is the payee ({TipJar_NotAllowed}).
    /// - As {settle}.
    function closeWith(Settlement calldata item) external;

    /*//////////////////////////////////////////////////////////////////////////
                                        VIEWS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Returns the id of a channel.
    function channelId(Channel calldata channel) external pure returns (bytes32);

    /// @notice Returns what changes about a channel.
    function stateOf(bytes32 channel) external view returns (State memory);

    /// @notice Returns the nonce of the authorization that pays for tips.
    function tipsHash(Tip[] calldata items, uint256 salt) external pure returns (bytes32);

    /// @notice Returns the nonce of the authorization that pays for a top-up.
    function topUpHash(bytes32 channel, uint256 amount, uint256 salt) external pure returns (bytes32);

    /// @notice Returns the hash of the EIP-712 domain ("LIVE VIDEO TipJar", "1").
    function DOMAIN_SEPARATOR() external view returns (bytes32); // solhint-disable-line func-name-mixedcase
}
