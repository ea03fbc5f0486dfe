// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {ILVOToken} from "../../interfaces/ILVOToken.sol";
import {IRetailEscrow} from "../../interfaces/IRetailEscrow.sol";
import {Signatures} from "../libraries/Signatures.sol";
import {TokenIntake} from "../settlement/TokenIntake.sol";
import {Standing, StandingLib} from "./Standing.sol";

/// @title Escrow between a shopper and a merchant, under an agreement that both signed
/// @notice See {IRetailEscrow}.
contract RetailEscrow is IRetailEscrow, TokenIntake, EIP712 {
    uint256 private constant WHOLE = 10_000;
    uint256 private constant MOST_WINDOW = 400 days;
    bytes32 private constant ORDER_TYPEHASH = keccak256(
        "Order(address buyer,address merchant,address arbiter,address feeTo,uint256 price,uint256 merchantBond,uint256 disputeBond,uint256 feeBps,uint256 silentBuyerBps,uint256 fundBy,uint256 shipWindow,uint256 inspectWindow,uint256 rulingWindow,Item[] items,bytes32 termsHash,uint256 salt)Item(string sku,uint256 quantity,uint256 price)"
    );
    bytes32 private constant SETTLEMENT_TYPEHASH = keccak256(
        "Settlement(bytes32 order,uint256 remaining,uint256 toBuyer,uint256 round,uint256 expiry)"
    );
    bytes32 private constant CONFIRMATION_TYPEHASH = keccak256(
        "Confirmation(bytes32 order,uint256 remaining,uint256 amount,uint256 round,uint256 expiry)"
    );
    bytes32 private constant DISPUTE_TYPEHASH = keccak256("Dispute(bytes32 order,uint256 claim,bytes32 evidenceHash)");

    /// @dev One word for each order; a closed one keeps its state, so that nothing can be replayed.
    mapping(bytes32 id => Standing standing) private _standings;

    /// @notice Takes and pays `lvo`, for ever.
    constructor(ILVOToken lvo) TokenIntake(lvo) EIP712("LIVE VIDEO RetailEscrow", "1") {}

    /*//////////////////////////////////////////////////////////////////////////
                                     FUNDING
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IRetailEscrow
    function fund(Order calldata order, bytes calldata buyerSignature, bytes calldata merchantSignature) external {
        bytes32 id = _checkNew(order);
        _checkConsent(order.buyer, id, buyerSignature);
        _checkConsent(order.merchant, id, merchantSignature);
        _fund(order, id);
        _pull(order.buyer, order.price);
        if (order.merchantBond != 0) _pull(order.merchant, order.merchantBond);
    }

    /// @inheritdoc IRetailEscrow
    function fundWithAuthorization(
        Order calldata order,
        Authorization calldata authorization,
        bytes calldata merchantSignature
    ) external {
        bytes32 id = _checkNew(order);
        _checkConsent(order.merchant, id, merchantSignature);
        _fund(order, id);
        _pullAuthorized(order.buyer, order.price, id, authorization);
        if (order.merchantBond != 0) _pull(order.merchant, order.merchantBond);
    }

    /// @inheritdoc IRetailEscrow
    function cancel(Order calldata order) external {
        (bytes32 id, Standing standing) = _read(order);
        if (standing.isIn(State.None)) {
            if (msg.sender != order.buyer) _checkCaller(order.merchant);
            _standings[id] = StandingLib.closed();
            emit OrderCanceled(id, msg.sender);
            return;
        }
        _checkCaller(order.merchant);
        if (!standing.isIn(State.Funded)) revert RetailEscrow_WrongState(id, standing.state());
        _checkInTime(id, standing.deadline());
        _close(order, id, standing, Outcome.Canceled, standing.remaining());
    }

    /*//////////////////////////////////////////////////////////////////////////
                                 SHIPPING, RECEIPT
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IRetailEscrow
    function ship(Order calldata order, bytes32 trackingHash) external {
        _checkCaller(order.merchant);
        (bytes32 id, Standing standing) = _readIn(order, State.Funded);
        uint256 deadline = block.timestamp + order.inspectWindow;
        _standings[id] = StandingLib.pack(standing.remaining(), deadline, standing.round(), State.Shipped);
        emit OrderShipped(id, trackingHash, deadline);
    }

    /// @inheritdoc IRetailEscrow
    function confirm(Order calldata order) external {
        _checkCaller(order.buyer);
        (bytes32 id, Standing standing) = _readIn(order, State.Shipped);
        _close(order, id, standing, Outcome.Confirmed, 0);
    }

    /// @inheritdoc IRetailEscrow
    function confirmPart(Order calldata order, uint256 amount) external {
        _checkCaller(order.buyer);
        (bytes32 id, Standing standing) = _readIn(order, State.Shipped);
        _confirmPart(order, id, standing, amount);
    }

    /// @inheritdoc IRetailEscrow
    function confirmBySig(
        Order calldata order,
        Confirmation calldata confirmation,
        bytes calldata buyerSignature
    ) external {
        (bytes32 id, Standing standing) = _readIn(order, State.Shipped);
        _checkOffer(id, standing, confirmation.remaining, confirmation.round, confirmation.expiry);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(CONFIRMATION_TYPEHASH, id, confirmation)));
        _checkSignature(order.buyer, digest, buyerSignature);
        _confirmPart(order, id, standing, confirmation.amount);
    }

    /// @inheritdoc IRetailEscrow
    function confirmMany(Order[] calldata orders) external {
        if (orders.length == 0) revert RetailEscrow_BatchEmpty();
        for (uint256 i = 0; i < orders.length; ++i) {
            Order calldata order = orders[i];
            (bytes32 id, Standing standing) = _read(order);
            bool open = standing.isIn(State.Shipped) && block.timestamp < standing.deadline();
            if (open && msg.sender == order.buyer) _close(order, id, standing, Outcome.Confirmed, 0);
            else emit OrderSkipped(id);
        }
    }

    /// @inheritdoc IRetailEscrow
    function refund(Order calldata order, uint256 amount) external {
        _checkCaller(order.merchant);
        (bytes32 id, Standing standing) = _read(order);
        if (!standing.isIn(State.Funded) && !standing.isIn(State.Shipped)) {
            revert RetailEscrow_WrongState(id, standing.state());
        }
        _checkInTime(id, standing.deadline());
        _checkAmount(id, amount, standing.remaining());
        if (amount == standing.remaining()) {
            _close(order, id, standing, Outcome.Refunded, amount);
            return;
        }
        standing = standing.debit(amount);
        _standings[id] = standing;
        emit PartRefunded(id, amount, standing.remaining());
        _send(order.buyer, amount);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                     DISPUTE
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IRetailEscrow
    function dispute(Order calldata order, uint256 claim, bytes32 evidenceHash) external {
        _checkCaller(order.buyer);
        (bytes32 id, Standing standing) = _readIn(order, State.Shipped);
        (uint256 toMerchant, uint256 fee) = _dispute(order, id, standing, claim, evidenceHash);
        if (order.disputeBond != 0) _pull(order.buyer, order.disputeBond);
        _pay(order, 0, toMerchant, fee);
    }

    /// @inheritdoc IRetailEscrow
    function disputeWithAuthorization(
        Order calldata order,
        uint256 claim,
        bytes32 evidenceHash,
        Authorization calldata authorization
    ) external {
        (bytes32 id, Standing standing) = _readIn(order, State.Shipped);
        (uint256 toMerchant, uint256 fee) = _dispute(order, id, standing, claim, evidenceHash);
        bytes32 action = _hashTypedDataV4(keccak256(abi.encode(DISPUTE_TYPEHASH, id, claim, evidenceHash)));
        _pullAuthorized(order.buyer, order.disputeBond, action, authorization);
        _pay(order, 0, toMerchant, fee);
    }

    /// @inheritdoc IRetailEscrow
    function concede(Order calldata order) external {
        bool byMerchant = msg.sender == order.merchant;
        if (!byMerchant) _checkCaller(order.buyer);
        (bytes32 id, Standing standing) = _readIn(order, State.Disputed);
        _checkInTime(id, _rulingFrom(order, standing));
        if (byMerchant) _close(order, id, standing, Outcome.MerchantConceded, standing.remaining());
        else _close(order, id, standing, Outcome.BuyerConceded, 0);
    }

    /// @inheritdoc IRetailEscrow
    function rule(Order calldata order, uint256 buyerAward, Fault fault) external {
        _checkCaller(order.arbiter);
        (bytes32 id, Standing standing) = _readIn(order, State.Disputed);
        uint256 from = _rulingFrom(order, standing);
        if (block.timestamp < from) revert RetailEscrow_TooEarly(id, block.timestamp, from);
        _checkAward(id, buyerAward, standing.remaining());
        emit OrderRuled(id, buyerAward, fault);
        _closeByFault(order, id, standing, Outcome.Ruled, buyerAward, fault);
    }

    /// @inheritdoc IRetailEscrow
    function settle(
        Order calldata order,
        Settlement calldata settlement,
        bytes calldata buyerSignature,
        bytes calldata merchantSignature
    ) external {
        (bytes32 id, Standing standing) = _readLive(order);
        _checkInTime(id, standing.deadline());
        _checkOffer(id, standing, settlement.remaining, settlement.round, settlement.expiry);
        _checkAward(id, settlement.toBuyer, standing.remaining());
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(SETTLEMENT_TYPEHASH, id, settlement)));
        _checkConsent(order.buyer, digest, buyerSignature);
        _checkConsent(order.merchant, digest, merchantSignature);
        _close(order, id, standing, Outcome.Settled, settlement.toBuyer);
    }

    /// @inheritdoc IRetailEscrow
    function voidOffers(Order calldata order) external {
        if (msg.sender != order.buyer) _checkCaller(order.merchant);
        (bytes32 id, Standing standing) = _readLive(order);
        // One voiding a second would take 136 years to come round.
        uint256 round = uint32(standing.round() + 1);
        _standings[id] = StandingLib.pack(standing.remaining(), standing.deadline(), round, standing.state());
        emit OffersVoided(id, msg.sender, round);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                     SILENCE
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IRetailEscrow
    function timeout(Order calldata order) external {
        (bytes32 id, Standing standing) = _readLive(order);
        if (block.timestamp < standing.deadline())
            revert RetailEscrow_TooEarly(id, block.timestamp, standing.deadline());
        _timeout(order, id, standing);
    }

    /// @inheritdoc IRetailEscrow
    function timeoutMany(Order[] calldata orders) external {
        if (orders.length == 0) revert RetailEscrow_BatchEmpty();
        for (uint256 i = 0; i < orders.length; ++i) {
            (bytes32 id, Standing standing) = _read(orders[i]);
            if (standing.isLive() && block.timestamp >= standing.deadline()) _timeout(orders[i], id, standing);
            else emit OrderSkipped(id);
        }
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      VIEWS
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IRetailEscrow
    function orderId(Order calldata order) external view returns (bytes32) {
        return _orderId(order);
    }

    /// @inheritdoc IRetailEscrow
    function positions(bytes32 id) external view returns (Position memory) {
        Standing standing = _standings[id];
        return
            Position(
                uint96(standing.remaining()),
                uint40(standing.deadline()),
                uint32(standing.round()),
                standing.state()
            );
    }

    /// @inheritdoc IRetailEscrow
    // solhint-disable-next-line func-name-mixedcase
    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /*//////////////////////////////////////////////////////////////////////////
                                 PRIVATE: EFFECTS
    //////////////////////////////////////////////////////////////////////////*/

    /// @dev Books an order as funded; whoever calls this pulls the money.
    function _fund(Order calldata order, bytes32 id) private {
        // Price and window were checked: the deadline fits 40 bits for 34,000 years.
        uint256 deadline = block.timestamp + order.shipWindow;
        _standings[id] = StandingLib.pack(order.price, deadline, 0, State.Funded);
        emit OrderFunded(id, order.buyer, order.merchant, order, deadline);
    }

    function _confirmPart(Order calldata order, bytes32 id, Standing standing, uint256 amount) private {
        _checkAmount(id, amount, standing.remaining());
        if (amount == standing.remaining()) {
            _close(order, id, standing, Outcome.Confirmed, 0);
            return;
        }
        standing = standing.debit(amount);
        _standings[id] = standing;
        uint256 fee = _fee(order, amount);
        emit PartConfirmed(id, amount - fee, fee, standing.remaining());
        _pay(order, 0, amount - fee, fee);
    }

    /// @dev Books a dispute; whoever calls this pulls the bond and pays the rest.
    function _dispute(
        Order calldata order,
        bytes32 id,
        Standing standing,
        uint256 claim,
        bytes32 evidenceHash
    ) private returns (uint256 toMerchant, uint256 fee) {
        _checkAmount(id, claim, standing.remaining());
        toMerchant = standing.remaining() - claim;
        fee = _fee(order, toMerchant);
        toMerchant -= fee;
        uint256 deadline = block.timestamp + order.rulingWindow;
        _standings[id] = StandingLib.pack(claim, deadline, standing.round(), State.Disputed);
        emit OrderDisputed(id, claim, evidenceHash, toMerchant, fee, deadline);
    }

    /// @dev The deadline of a live order has come.
    function _timeout(Order calldata order, bytes32 id, Standing standing) private {
        if (standing.isIn(State.Funded)) {
            _closeByFault(order, id, standing, Outcome.Unshipped, standing.remaining(), Fault.Merchant);
        } else if (standing.isIn(State.Shipped)) {
            _close(order, id, standing, Outcome.Accepted, 0);
        } else {
            uint256 toBuyer = (standing.remaining() * order.silentBuyerBps) / WHOLE;
            _close(order, id, standing, Outcome.Unruled, toBuyer);
        }
    }

    /// @dev Ends a live order with nobody at fault: `toBuyer` of what remains to the buyer, the rest to the merchant.
    function _close(Order calldata order, bytes32 id, Standing standing, Outcome outcome, uint256 toBuyer) private {
        // Unchecked: every caller makes sure of it.
        unchecked {
            uint256 toMerchant = standing.remaining() - toBuyer;
            _finish(order, id, outcome, toBuyer, toMerchant, _disputeBond(order, standing), order.merchantBond);
        }
    }

    /// @dev The same, but the bond of the side at fault pays the other, at most what that side is awarded.
    function _closeByFault(
        Order calldata order,
        bytes32 id,
        Standing standing,
        Outcome outcome,
        uint256 toBuyer,
        Fault fault
    ) private {
        uint256 toMerchant = standing.remaining() - toBuyer;
        uint256 bondToBuyer = _disputeBond(order, standing);
        uint256 bondToMerchant = order.merchantBond;
        uint256 penalty = 0;
        if (fault == Fault.Merchant) {
            penalty = bondToMerchant < toBuyer ? bondToMerchant : toBuyer;
            bondToBuyer += penalty;
            bondToMerchant -= penalty;
        } else if (fault == Fault.Buyer) {
            penalty = bondToBuyer < toMerchant ? bondToBuyer : toMerchant;
            bondToBuyer -= penalty;
            bondToMerchant += penalty;
        }
        if (penalty != 0) emit BondForfeited(id, fault, penalty);
        _finish(order, id, outcome, toBuyer, toMerchant, bondToBuyer, bondToMerchant);
    }

    /// @dev Leaves the tombstone and pays; `toMerchant` is before the fee.
    function _finish(
        Order calldata order,
        bytes32 id,
        Outcome outcome,
        uint256 toBuyer,
        uint256 toMerchant,
        uint256 bondToBuyer,
        uint256 bondToMerchant
    ) private {
        uint256 fee = _fee(order, toMerchant);
        _standings[id] = StandingLib.closed();
        // Unchecked: the fee is not above the whole, and all of it was pulled from a supply below 2^90.
        unchecked {
            toMerchant -= fee;
            emit OrderClosed(id, outcome, toBuyer, toMerchant, fee);
            _pay(order, toBuyer + bondToBuyer, toMerchant + bondToMerchant, fee);
        }
    }

    function _pay(Order calldata order, uint256 toBuyer, uint256 toMerchant, uint256 fee) private {
        if (toBuyer != 0) _send(order.buyer, toBuyer);
        if (toMerchant != 0) _send(order.merchant, toMerchant);
        if (fee != 0) _send(order.feeTo, fee);
    }

    /// @dev LVO.transfer(to, amount), 190 gas cheaper, twice in every confirmation.
    function _send(address to, uint256 amount) private {
        address lvo = address(LVO);
        bytes4 selector = ILVOToken.transfer.selector;
        // Safe: the token either reverts, which is handed on, or has paid; it never returns false. The free memory is
        // only scratched, and `to` has been read from calldata, where dirty upper bits revert.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, selector)
            mstore(add(free, 0x04), to)
            mstore(add(free, 0x24), amount)
            if iszero(call(gas(), lvo, 0, free, 0x44, 0, 0)) {
                returndatacopy(free, 0, returndatasize())
                revert(free, returndatasize())
            }
        }
    }

    /*//////////////////////////////////////////////////////////////////////////
                                 PRIVATE: CHECKS
    //////////////////////////////////////////////////////////////////////////*/

    function _orderId(Order calldata order) private view returns (bytes32) {
        bytes32 typehash = ORDER_TYPEHASH;
        bytes32 structHash;
        // keccak256(abi.encode(ORDER_TYPEHASH, order)) without reading the fields one by one, which costs more.
        // Safe: every field is one word and the struct is contiguous in calldata; the free memory is only scratched.
        // An address with dirty upper bits gives an id that nothing can be funded under, since reading it reverts.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typehash)
            calldatacopy(add(free, 0x20), order, 0x200)
            structHash := keccak256(free, 0x220)
        }
        return _hashTypedDataV4(structHash);
    }

    function _read(Order calldata order) private view returns (bytes32 id, Standing standing) {
        id = _orderId(order);
        standing = _standings[id];
    }

    function _readLive(Order calldata order) private view returns (bytes32 id, Standing standing) {
        (id, standing) = _read(order);
        if (!standing.isLive()) revert RetailEscrow_WrongState(id, standing.state());
    }

    /// @dev Of an order in this state, before its deadline.
    function _readIn(Order calldata order, State state) private view returns (bytes32 id, Standing standing) {
        (id, standing) = _read(order);
        if (!standing.isIn(state)) revert RetailEscrow_WrongState(id, standing.state());
        _checkInTime(id, standing.deadline());
    }

    /// @dev Of an order that can be funded, but for the consents and the money.
    function _checkNew(Order calldata order) private view returns (bytes32 id) {
        _checkTerms(order);
        id = _orderId(order);
        Standing standing = _standings[id];
        if (!standing.isIn(State.None)) revert RetailEscrow_WrongState(id, standing.state());
        _checkInTime(id, order.fundBy);
    }

    function _checkTerms(Order calldata order) private view {
        _checkReceiver(order.buyer);
        _checkReceiver(order.merchant);
        if (order.feeBps != 0) _checkReceiver(order.feeTo);
        if (order.buyer == order.merchant) revert RetailEscrow_PartiesEqual(order.buyer);
        address arbiter = order.arbiter;
        if (arbiter == address(0) || arbiter == order.buyer || arbiter == order.merchant || arbiter == order.feeTo) {
            revert RetailEscrow_ArbiterNotNeutral(arbiter);
        }
        if (order.price == 0 || order.price > type(uint96).max) {
            revert RetailEscrow_PriceOutOfBounds(order.price, type(uint96).max);
        }
        _checkBps(order.feeBps);
        _checkBps(order.silentBuyerBps);
        _checkWindow(order.shipWindow);
        _checkWindow(order.inspectWindow);
        _checkWindow(order.rulingWindow);
    }

    function _checkSignature(address account, bytes32 digest, bytes calldata signature) private view {
        (bool valid, address signer) = Signatures.check(account, digest, signature);
        if (!valid) revert RetailEscrow_InvalidSigner(signer, account);
    }

    /// @dev Who calls agrees.
    function _checkConsent(address account, bytes32 digest, bytes calldata signature) private view {
        if (msg.sender != account) _checkSignature(account, digest, signature);
    }

    function _checkOffer(bytes32 id, Standing standing, uint256 remaining, uint256 round, uint256 expiry) private view {
        if (round != standing.round()) revert RetailEscrow_RoundDiffers(id, round, standing.round());
        if (remaining != standing.remaining())
            revert RetailEscrow_RemainingDiffers(id, remaining, standing.remaining());
        _checkInTime(id, expiry);
    }

    function _checkInTime(bytes32 id, uint256 deadline) private view {
        if (block.timestamp >= deadline) revert RetailEscrow_TooLate(id, block.timestamp, deadline);
    }

    function _checkCaller(address allowed) private view {
        if (msg.sender != allowed) revert RetailEscrow_NotAllowed(msg.sender, allowed);
    }

    function _checkAmount(bytes32 id, uint256 amount, uint256 most) private pure {
        if (amount == 0 || amount > most) revert RetailEscrow_AmountOutOfBounds(id, amount, most);
    }

    function _checkAward(bytes32 id, uint256 award, uint256 most) private pure {
        if (award > most) revert RetailEscrow_AwardOutOfBounds(id, award, most);
    }

    function _checkBps(uint256 bps) private pure {
        if (bps > WHOLE) revert RetailEscrow_BpsOutOfBounds(bps, WHOLE);
    }

    function _checkWindow(uint256 window) private pure {
        if (window == 0 || window > MOST_WINDOW) revert RetailEscrow_WindowOutOfBounds(window, MOST_WINDOW);
    }

    /// @dev The first half is rounded down, the second is the rest, which ends at the deadline.
    function _rulingFrom(Order calldata order, Standing standing) private pure returns (uint256) {
        return standing.deadline() - (order.rulingWindow - order.rulingWindow / 2);
    }

    /// @dev What the buyer has pledged so far.
    function _disputeBond(Order calldata order, Standing standing) private pure returns (uint256) {
        return standing.isIn(State.Disputed) ? order.disputeBond : 0;
    }

    function _fee(Order calldata order, uint256 amount) private pure returns (uint256) {
        // Unchecked: at most 2^96 times 10,000.
        unchecked {
            return (amount * order.feeBps) / WHOLE;
        }
    }
}
