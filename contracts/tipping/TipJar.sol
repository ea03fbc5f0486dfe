// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {ILVOToken} from "../../interfaces/ILVOToken.sol";
import {ITipJar} from "../../interfaces/ITipJar.sol";
import {TokenIntake} from "../settlement/TokenIntake.sol";
import {Purse, PurseLib} from "./Purse.sol";

/// @title Tips: one transaction when it matters, none when it streams
/// @notice See {ITipJar}.
contract TipJar is ITipJar, TokenIntake, EIP712 {
    uint256 private constant LEAST_NOTICE = 1 hours;
    uint256 private constant MOST_NOTICE = 30 days;
    uint256 private constant MOST_LIFE = 1_461 days;
    bytes32 private constant VOUCHER_TYPEHASH = keccak256(
        "Voucher(bytes32 channel,uint256 cumulative,bytes32 memoHash,bytes32 lock,uint256 locked,uint256 lockExpiry)"
    );

    /// @dev Only so that the word has a place that can be passed on: finding it twice is hashing its id twice.
    struct Slot {
        Purse purse;
    }

    /// @dev A word each, never deleted: the id of a closed channel stays taken.
    mapping(bytes32 channel => Slot slot) private _slots;

    /// @notice Carries and keeps `lvo`, for ever.
    constructor(ILVOToken lvo) TokenIntake(lvo) EIP712("LIVE VIDEO TipJar", "1") {}

    /*//////////////////////////////////////////////////////////////////////////
                                        TIPS
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc ITipJar
    function tip(address creator, bytes32 contentId, uint256 amount, Kind kind, bytes32 memoHash) external {
        _checkTip(creator, amount);
        emit Tipped(msg.sender, creator, contentId, amount, kind, memoHash);
        LVO.transferFrom(msg.sender, creator, amount);
    }

    /// @inheritdoc ITipJar
    function tipMany(Tip[] calldata items) external {
        if (items.length == 0) revert TipJar_BatchEmpty();
        for (uint256 i = 0; i < items.length; ++i) {
            (address creator, uint256 amount) = _announce(msg.sender, items[i]);
            LVO.transferFrom(msg.sender, creator, amount);
        }
    }

    /// @inheritdoc ITipJar
    function tipManyWithAuthorization(
        address viewer,
        Tip[] calldata items,
        uint256 salt,
        Authorization calldata authorization
    ) external {
        if (items.length == 0) revert TipJar_BatchEmpty();
        ILVOToken.Payment[] memory payments = new ILVOToken.Payment[](items.length);
        uint256 sum = 0;
        for (uint256 i = 0; i < items.length; ++i) {
            (address creator, uint256 amount) = _announce(viewer, items[i]);
            sum += amount;
            payments[i] = ILVOToken.Payment(creator, uint96(amount));
        }
        // The token hands it to this contract first: an authorization that pays the creator could be used without it.
        _pullAuthorized(viewer, sum, tipsHash(items, salt), authorization);
        LVO.transferBatch(payments);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      CHANNELS
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc ITipJar
    function open(Channel calldata channel, uint256 amount) external {
        bytes32 id = channelId(channel);
        if (msg.sender != channel.payer) revert TipJar_NotAllowed(id, msg.sender, channel.payer);
        _open(id, channel, amount, msg.sender);
        _pull(msg.sender, amount);
    }

    /// @inheritdoc ITipJar
    function openWithAuthorization(
        Channel calldata channel,
        uint256 amount,
        Authorization calldata authorization
    ) external {
        bytes32 id = channelId(channel);
        _open(id, channel, amount, channel.payer);
        _pullAuthorized(channel.payer, amount, id, authorization);
    }

    /// @inheritdoc ITipJar
    function topUp(Channel calldata channel, uint256 amount) external {
        _topUp(channelId(channel), channel, amount, msg.sender);
        _pull(msg.sender, amount);
    }

    /// @inheritdoc ITipJar
    function topUpWithAuthorization(
        Channel calldata channel,
        uint256 amount,
        address funder,
        uint256 salt,
        Authorization calldata authorization
    ) external {
        bytes32 id = channelId(channel);
        _topUp(id, channel, amount, funder);
        _pullAuthorized(funder, amount, topUpHash(id, amount, salt), authorization);
    }

    /// @inheritdoc ITipJar
    function settle(Settlement calldata item) external {
        bytes32 id = channelId(item.channel);
        Slot storage slot = _slots[id];
        (uint256 amount, Purse purse) = _check(id, slot, item);
        _book(id, slot, purse, item.voucher.memoHash);
        LVO.transfer(item.channel.payee, amount);
    }

    /// @inheritdoc ITipJar
    function settleMany(Settlement[] calldata items) external {
        if (items.length == 0) revert TipJar_BatchEmpty();
        bytes32 domain = _domainSeparatorV4();
        address payee = address(0);
        uint256 sum = 0;
        for (uint256 i = 0; i < items.length; ++i) {
            Settlement calldata item = items[i];
            bytes32 id = channelId(item.channel);
            Slot storage slot = _slots[id];
            (uint256 amount, Purse purse) = _judge(id, slot, item, domain);
            if (amount == 0) {
                emit VoucherSkipped(id, _fault(item, purse));
                continue;
            }
            _book(id, slot, purse, item.voucher.memoHash);
            address next = item.channel.payee;
            if (next != payee) {
                if (sum != 0) LVO.transfer(payee, sum);
                (payee, sum) = (next, 0);
            }
            // Unchecked: what many channels hold together is below 2^96.
            unchecked {
                sum += amount;
            }
        }
        if (sum != 0) LVO.transfer(payee, sum);
    }

    /// @inheritdoc ITipJar
    function requestClose(Channel calldata channel) external {
        bytes32 id = channelId(channel);
        if (msg.sender != channel.payer) revert TipJar_NotAllowed(id, msg.sender, channel.payer);
        Slot storage slot = _slots[id];
        Purse purse = _running(id, slot, channel);
        if (purse.closeAt() != 0) revert TipJar_AlreadyClosing(id, purse.closeAt());
        uint256 closeAt = block.timestamp + channel.notice;
        if (closeAt > channel.expiry) closeAt = channel.expiry;
        slot.purse = purse.endAt(closeAt);
        emit CloseRequested(id, closeAt);
    }

    /// @inheritdoc ITipJar
    function close(Channel calldata channel) external {
        bytes32 id = channelId(channel);
        Slot storage slot = _slots[id];
        Purse purse = slot.purse;
        if (!purse.isOpen()) revert TipJar_NotOpen(id);
        uint256 end = _end(channel, purse);
        if (block.timestamp < end && msg.sender != channel.payee) revert TipJar_NotEnded(id, block.timestamp, end);
        _close(id, slot, purse, channel, bytes32(0));
    }

    /// @inheritdoc ITipJar
    function closeWith(Settlement calldata item) external {
        Channel calldata channel = item.channel;
        bytes32 id = channelId(channel);
        address payee = channel.payee;
        if (msg.sender != payee) revert TipJar_NotAllowed(id, msg.sender, payee);
        Slot storage slot = _slots[id];
        (uint256 amount, Purse purse) = _check(id, slot, item);
        _close(id, slot, purse, channel, item.voucher.memoHash);
        LVO.transfer(payee, amount);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                        VIEWS
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc ITipJar
    function stateOf(bytes32 channel) external view returns (State memory) {
        Purse purse = _slots[channel].purse;
        return State(uint96(purse.deposit()), uint96(purse.settled()), uint40(purse.closeAt()), purse.isClosed());
    }

    /// @inheritdoc ITipJar
    // solhint-disable-next-line func-name-mixedcase
    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// @inheritdoc ITipJar
    function channelId(Channel calldata channel) public pure returns (bytes32 id) {
        // Hashes the five words as they are in calldata; abi.encode checks and moves them one by one. Safe: writes only
        // above the free memory pointer, and a word with dirty upper bits makes an id that nothing was opened under,
        // because opening reads every field, which refuses them.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let memory_ := mload(0x40)
            calldatacopy(memory_, channel, 0xa0)
            id := keccak256(memory_, 0xa0)
        }
    }

    /// @inheritdoc ITipJar
    function tipsHash(Tip[] calldata items, uint256 salt) public pure returns (bytes32) {
        return keccak256(abi.encode(items, salt));
    }

    /// @inheritdoc ITipJar
    function topUpHash(bytes32 channel, uint256 amount, uint256 salt) public pure returns (bytes32) {
        return keccak256(abi.encode(channel, amount, salt));
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      PRIVATE
    //////////////////////////////////////////////////////////////////////////*/

    function _announce(address viewer, Tip calldata item) private returns (address creator, uint256 amount) {
        (creator, amount) = (item.creator, item.amount);
        _checkTip(creator, amount);
        emit Tipped(viewer, creator, item.contentId, amount, item.kind, item.memoHash);
    }

    function _open(bytes32 id, Channel calldata channel, uint256 amount, address payer) private {
        if (amount == 0) revert TipJar_AmountZero();
        (address payee, address signer) = (channel.payee, channel.signer);
        _checkReceiver(payee);
        if (signer == address(0)) revert TipJar_SignerZero();
        (uint256 notice, uint256 expiry) = (channel.notice, channel.expiry);
        if (notice < LEAST_NOTICE || notice > MOST_NOTICE) {
            revert TipJar_NoticeOutOfBounds(notice, LEAST_NOTICE, MOST_NOTICE);
        }
        if (expiry <= block.timestamp || expiry > block.timestamp + MOST_LIFE) {
            revert TipJar_ExpiryOutOfBounds(expiry, block.timestamp, block.timestamp + MOST_LIFE);
        }
        Slot storage slot = _slots[id];
        if (slot.purse.isKnown()) revert TipJar_ChannelKnown(id);
        // Nobody has 96 bits of wei or more, so an amount that reaches other fields here fails at the token.
        slot.purse = PurseLib.fresh(amount);
        emit ChannelOpened(id, payer, payee, signer, notice, expiry, amount);
    }

    function _topUp(bytes32 id, Channel calldata channel, uint256 amount, address funder) private {
        if (amount == 0) revert TipJar_AmountZero();
        Slot storage slot = _slots[id];
        // As in opening: no more than there is can be added.
        slot.purse = _running(id, slot, channel).add(amount);
        emit ChannelToppedUp(id, funder, amount);
    }

    /// @dev What a voucher pays, and the purse once that is booked in it; a voucher that pays nothing reverts.
    function _check(
        bytes32 id,
        Slot storage slot,
        Settlement calldata item
    ) private view returns (uint256 amount, Purse purse) {
        bytes32 domain = _domainSeparatorV4();
        (amount, purse) = _judge(id, slot, item, domain);
        if (amount != 0) return (amount, purse);
        _running(id, slot, item.channel);
        if (_fault(item, purse) == Fault.WrongSigner) {
            revert TipJar_WrongSigner(id, _signer(id, item, domain), item.channel.signer);
        }
        revert TipJar_NothingDue(id, _payable(item, purse), purse.settled());
    }

    /// @dev What a voucher pays, zero if there is a fault, and the purse once that is booked in it. Nothing reverts, so
    /// that no item can stop a batch.
    function _judge(
        bytes32 id,
        Slot storage slot,
        Settlement calldata item,
        bytes32 domain
    ) private view returns (uint256 amount, Purse purse) {
        purse = slot.purse;
        if (!purse.isOpen() || block.timestamp >= _end(item.channel, purse)) return (0, purse);
        uint256 total = _payable(item, purse);
        uint256 settled = purse.settled();
        if (total <= settled || _signer(id, item, domain) != item.channel.signer) return (0, purse);
        // Unchecked: compared above.
        unchecked {
            amount = total - settled;
        }
        purse = purse.pay(amount);
    }

    /// @dev Why {_judge} said zero: what it did not stumble over before was the signature.
    function _fault(Settlement calldata item, Purse purse) private view returns (Fault) {
        if (!purse.isOpen()) return Fault.NotOpen;
        if (block.timestamp >= _end(item.channel, purse)) return Fault.Ended;
        return _payable(item, purse) <= purse.settled() ? Fault.NothingDue : Fault.WrongSigner;
    }

    function _book(bytes32 id, Slot storage slot, Purse purse, bytes32 memoHash) private {
        slot.purse = purse;
        emit ChannelSettled(id, purse.settled(), memoHash);
    }

    function _close(bytes32 id, Slot storage slot, Purse purse, Channel calldata channel, bytes32 memoHash) private {
        (uint256 deposit, uint256 settled) = (purse.deposit(), purse.settled());
        slot.purse = purse.close();
        emit ChannelClosed(id, settled, memoHash);
        if (deposit != settled) LVO.transfer(channel.payer, deposit - settled);
    }

    function _checkTip(address creator, uint256 amount) private view {
        if (amount == 0) revert TipJar_AmountZero();
        _checkReceiver(creator);
    }

    function _running(bytes32 id, Slot storage slot, Channel calldata channel) private view returns (Purse purse) {
        purse = slot.purse;
        if (!purse.isOpen()) revert TipJar_NotOpen(id);
        uint256 end = _end(channel, purse);
        if (block.timestamp >= end) revert TipJar_Ended(id, block.timestamp, end);
    }

    /// @dev Who signed; zero: nobody. No open channel has the signer zero.
    function _signer(bytes32 id, Settlement calldata item, bytes32 domain) private pure returns (address signer) {
        Voucher calldata voucher = item.voucher;
        bytes32 typeHash = VOUCHER_TYPEHASH;
        bytes32 digest;
        // The struct's hash straight from calldata, and the EIP-712 digest over it. Safe: written only above the free
        // memory pointer, which stays where it is.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let memory_ := mload(0x40)
            mstore(memory_, typeHash)
            mstore(add(memory_, 0x20), id)
            calldatacopy(add(memory_, 0x40), voucher, 0xa0)
            mstore(add(memory_, 0x22), keccak256(memory_, 0xe0))
            mstore(memory_, hex"1901")
            mstore(add(memory_, 0x02), domain)
            digest := keccak256(memory_, 0x42)
        }
        (signer, , ) = ECDSA.tryRecover(digest, item.r, item.vs);
    }

    /// @dev What a voucher pays in all, at the present time, with the secret that comes with it, and at most the
    /// deposit, in wei.
    function _payable(Settlement calldata item, Purse purse) private view returns (uint256 total) {
        Voucher calldata voucher = item.voucher;
        uint256 deposit = purse.deposit();
        total = voucher.cumulative;
        if (total >= deposit) return deposit;
        uint256 locked = voucher.locked;
        if (locked == 0 || block.timestamp >= voucher.lockExpiry) return total;
        if (keccak256(abi.encode(item.secret)) != voucher.lock) return total;
        // Compared without adding, because a sum of any two words may overflow.
        return locked < deposit - total ? total + locked : deposit;
    }

    function _end(Channel calldata channel, Purse purse) private pure returns (uint256) {
        uint256 closeAt = purse.closeAt();
        return closeAt == 0 ? channel.expiry : closeAt;
    }
}
