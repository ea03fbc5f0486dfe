// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITokenIntake} from "./ITokenIntake.sol";

/// @title Escrow between a shopper and a merchant, under an agreement that both signed
/// @notice Holds the price of an order until the buyer confirms, a window that both signed passes, both agree on a
/// split, or the arbiter whom both named rules.
/// @dev The agreement is an `Order`, signed (EIP-712) by both sides; the side that sends it needs no signature. It is
/// passed in calldata with every call. The contract stores one word for it, under its EIP-712 hash:
///
///   remaining (96 bits) | deadline (40) | round (32) | state (8)
///
/// and that word stays when the order is closed, so that no order can be carried out twice.
///
/// An order moves through these states, each with one deadline:
///
///   None --fund--> Funded --ship--> Shipped --dispute--> Disputed
///     |              |                 |                     |
///     +--------------+-----------------+---------------------+--> Closed
///
/// *Time has no gaps.* Acts are possible while `now < deadline`, and {timeout}, by anyone, from `now >= deadline`.
/// Only {ship} and {dispute} set a new deadline, each once: no offer, refund or confirmation moves one.
///
/// *Silence.* Of the merchant in Funded: what remains to the buyer, and its bond too, as far as {timeout} says. Of the
/// buyer in Shipped: everything to the merchant. Of the arbiter in Disputed: the claim is split by the signed
/// `silentBuyerBps`, bonds go home. So all money leaves by {timeout} alone.
///
/// *Money.* `remaining` is what is left of the price; it never grows. All of it goes to buyer and merchant, in parts;
/// of what the merchant gets `feeBps` go to `feeTo`, rounded down. Bonds are never charged a fee. The arbiter, being
/// neither buyer, merchant nor `feeTo`, can never receive anything.
///
/// *Faults.* The bond of the side at fault (who did not ship in time, or whom the arbiter blames) pays the other side,
/// at most as much as that side is awarded of what remained; the rest of it goes home. Without a fault every bond goes
/// home.
///
/// Amounts are in wei (10^-18 LVO), times in Unix seconds, windows in seconds, shares in basis points (1/10,000).
interface IRetailEscrow is ITokenIntake {
    /// @notice Where an order stands.
    /// @param None Never funded and not canceled.
    /// @param Funded Paid; the merchant has to ship.
    /// @param Shipped On its way; the buyer has to look at it.
    /// @param Disputed A claim is frozen; first the sides, then the arbiter, have the word.
    /// @param Closed Nothing is left of it, or it was canceled before it was funded. For ever.
    enum State {
        None,
        Funded,
        Shipped,
        Disputed,
        Closed
    }

    /// @notice Who is to blame, as the arbiter sees it.
    /// @param None Nobody.
    /// @param Merchant The merchant, whose bond pays the buyer.
    /// @param Buyer The buyer, whose dispute bond pays the merchant.
    enum Fault {
        None,
        Merchant,
        Buyer
    }

    /// @notice How an order was closed.
    /// @param Confirmed The buyer confirmed what remained.
    /// @param Accepted The buyer was silent after the shipment: everything to the merchant.
    /// @param Canceled The merchant canceled before it shipped: everything home.
    /// @param Unshipped The merchant was silent: everything to the buyer, with its bond.
    /// @param Refunded The merchant paid back what remained.
    /// @param MerchantConceded The merchant gave in: the claim to the buyer.
    /// @param BuyerConceded The buyer gave in: the claim to the merchant.
    /// @param Ruled The arbiter ruled.
    /// @param Unruled The arbiter was silent: the claim split as signed.
    /// @param Settled Both signed a split.
    enum Outcome {
        Confirmed,
        Accepted,
        Canceled,
        Unshipped,
        Refunded,
        MerchantConceded,
        BuyerConceded,
        Ruled,
        Unruled,
        Settled
    }

    /// @notice What both sides sign.
    /// @dev The signed type is
    ///
    ///   Order(address buyer,address merchant,address arbiter,address feeTo,uint256 price,uint256 merchantBond,
    ///   uint256 disputeBond,uint256 feeBps,uint256 silentBuyerBps,uint256 fundBy,uint256 shipWindow,
    ///   uint256 inspectWindow,uint256 rulingWindow,Item[] items,bytes32 termsHash,uint256 salt)
    ///   Item(string sku,uint256 quantity,uint256 price)
    ///
    /// in one line: wallets show every item. In calldata stands only what EIP-712 makes of the list, `itemsHash`.
    /// @param buyer Pays the price, and gets back what the merchant does not get.
    /// @param merchant Ships, and is paid.
    /// @param arbiter Rules if they disagree; neither zero nor one of the others.
    /// @param feeTo Gets the fee; may be zero if `feeBps` is.
    /// @param price What the buyer pays, in wei, from 1 to 2^96 - 1.
    /// @param merchantBond What the merchant pledges when the order is funded, in wei.
    /// @param disputeBond What the buyer pledges when it disputes, in wei.
    /// @param feeBps Share of whatever the merchant receives of the price that goes to `feeTo`, rounded down.
    /// @param silentBuyerBps Share of the claim that the buyer gets, rounded down, if the arbiter is silent.
    /// @param fundBy Unix seconds; the order can be funded while `now < fundBy`.
    /// @param shipWindow Seconds from the funding in which the merchant ships, from 1 to 400 days.
    /// @param inspectWindow Seconds from the shipment in which the buyer confirms or disputes, from 1 to 400 days.
    /// @param rulingWindow Seconds from the dispute, from 1 to 400 days. In its first half (rounded down) either side
    /// may concede, in the second the arbiter rules.
    /// @param itemsHash EIP-712 hash of `Item[] items`. The contract does not look into it: the sides confirm and
    /// dispute amounts, which they take from the list.
    /// @param termsHash Hash of whatever else both agreed on; the contract does not look at it.
    /// @param salt Makes orders different that are otherwise the same.
    struct Order {
        address buyer;
        address merchant;
        address arbiter;
        address feeTo;
        uint256 price;
        uint256 merchantBond;
        uint256 disputeBond;
        uint256 feeBps;
        uint256 silentBuyerBps;
        uint256 fundBy;
        uint256 shipWindow;
        uint256 inspectWindow;
        uint256 rulingWindow;
        bytes32 itemsHash;
        bytes32 termsHash;
        uint256 salt;
    }

    /// @notice What is stored of an order.
    /// @param remaining What is left of the price, in wei; the claim while the order is disputed.
    /// @param deadline Unix seconds; from then on {timeout} closes the order. Zero before it is funded and when closed.
    /// @param round What signed offers must name to count; {voidOffers} raises it.
    /// @param state Where the order stands.
    struct Position {
        uint96 remaining;
        uint40 deadline;
        uint32 round;
        State state;
    }

    /// @notice A split on which both sides agree, signed by them as
    /// `Settlement(bytes32 order,uint256 remaining,uint256 toBuyer,uint256 round,uint256 expiry)`.
    /// @param remaining What must be left of the order, in wei: once anything moved the agreement is void.
    /// @param toBuyer What of it the buyer gets, in wei; the merchant gets the rest, less the fee. Bonds go home.
    /// @param round The order's present round.
    /// @param expiry Unix seconds; valid while `now < expiry`.
    struct Settlement {
        uint256 remaining;
        uint256 toBuyer;
        uint256 round;
        uint256 expiry;
    }

    /// @notice A buyer's confirmation that anyone may carry to the chain, signed by it as
    /// `Confirmation(bytes32 order,uint256 remaining,uint256 amount,uint256 round,uint256 expiry)`.
    /// @param remaining What must be left of the order, in wei: so it counts once.
    /// @param amount What is confirmed, in wei, from 1 to `remaining`.
    /// @param round The order's present round.
    /// @param expiry Unix seconds; valid while `now < expiry`.
    struct Confirmation {
        uint256 remaining;
        uint256 amount;
        uint256 round;
        uint256 expiry;
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      EVENTS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Emitted when an order was funded, with all of it, so that anyone can close it when its time has come.
    event OrderFunded(
        bytes32 indexed id,
        address indexed buyer,
        address indexed merchant,
        Order order,
        uint256 deadline
    );

    /// @notice Emitted when a party canceled an order before it was funded.
    event OrderCanceled(bytes32 indexed id, address indexed by);

    /// @notice Emitted when the merchant shipped.
    event OrderShipped(bytes32 indexed id, bytes32 trackingHash, uint256 deadline);

    /// @notice Emitted when the buyer confirmed a part, and `remaining` wei are left.
    event PartConfirmed(bytes32 indexed id, uint256 toMerchant, uint256 fee, uint256 remaining);

    /// @notice Emitted when the merchant paid `amount` wei back, and `remaining` wei are left.
    event PartRefunded(bytes32 indexed id, uint256 amount, uint256 remaining);

    /// @notice Emitted when the buyer disputed `claim` wei, and the merchant was paid the rest.
    event OrderDisputed(
        bytes32 indexed id,
        uint256 claim,
        bytes32 evidenceHash,
        uint256 toMerchant,
        uint256 fee,
        uint256 deadline
    );

    /// @notice Emitted when the arbiter ruled, right before the order is closed.
    event OrderRuled(bytes32 indexed id, uint256 buyerAward, Fault fault);

    /// @notice Emitted when the bond of the side at fault paid `penalty` wei to the other, right before the order is
    /// closed. All else of the bonds goes home.
    event BondForfeited(bytes32 indexed id, Fault fault, uint256 penalty);

    /// @notice Emitted when an order was closed, with what went where of what remained, in wei.
    event OrderClosed(bytes32 indexed id, Outcome outcome, uint256 toBuyer, uint256 toMerchant, uint256 fee);

    /// @notice Emitted when a party made all offers on an order void; from now on they must name `round`.
    event OffersVoided(bytes32 indexed id, address indexed by, uint256 round);

    /// @notice Emitted when a batch left out an order that could not be closed.
    event OrderSkipped(bytes32 indexed id);

    /*//////////////////////////////////////////////////////////////////////////
                                      ERRORS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Thrown when buyer and merchant are the same.
    error RetailEscrow_PartiesEqual(address account);

    /// @notice Thrown when the arbiter is zero, the buyer, the merchant or who gets the fee.
    error RetailEscrow_ArbiterNotNeutral(address arbiter);

    /// @notice Thrown when a price is zero or does not fit 96 bits, in wei.
    error RetailEscrow_PriceOutOfBounds(uint256 price, uint256 most);

    /// @notice Thrown when a share is above the whole, in basis points.
    error RetailEscrow_BpsOutOfBounds(uint256 bps, uint256 most);

    /// @notice Thrown when a window is zero or too long, in seconds.
    error RetailEscrow_WindowOutOfBounds(uint256 window, uint256 most);

    /// @notice Thrown when an order is not in a state in which this can be done.
    error RetailEscrow_WrongState(bytes32 id, State state);

    /// @notice Thrown when the caller is not who alone may do this.
    error RetailEscrow_NotAllowed(address caller, address allowed);

    /// @notice Thrown when something was signed by `signer` (zero: by nobody) and not by `account`.
    error RetailEscrow_InvalidSigner(address signer, address account);

    /// @notice Thrown when something is done at its deadline or later.
    error RetailEscrow_TooLate(bytes32 id, uint256 time, uint256 deadline);

    /// @notice Thrown when something is done before its time.
    error RetailEscrow_TooEarly(bytes32 id, uint256 time, uint256 from);

    /// @notice Thrown when an amount is zero or above what remains, in wei.
    error RetailEscrow_AmountOutOfBounds(bytes32 id, uint256 amount, uint256 most);

    /// @notice Thrown when the buyer's part is above what remains, in wei.
    error RetailEscrow_AwardOutOfBounds(bytes32 id, uint256 award, uint256 most);

    /// @notice Thrown when an offer was signed for another amount than remains, in wei.
    error RetailEscrow_RemainingDiffers(bytes32 id, uint256 signed, uint256 remaining);

    /// @notice Thrown when an offer was signed for another round.
    error RetailEscrow_RoundDiffers(bytes32 id, uint256 signed, uint256 round);

    /// @notice Thrown when a batch is empty.
    error RetailEscrow_BatchEmpty();

    /*//////////////////////////////////////////////////////////////////////////
                                     FUNDING
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Funds an order: the price comes from the buyer's allowance, the bond from the merchant's.
    /// @dev Emits {OrderFunded}.
    ///
    /// Notes:
    /// - Anyone may send it. The signature of a side that sends it itself is not looked at.
    ///
    /// Requirements:
    /// - Buyer and merchant can be paid ({ITokenIntake-TokenIntake_InvalidReceiver}) and are two
    ///   ({RetailEscrow_PartiesEqual}); so can `feeTo` be, unless there is no fee.
    /// - The arbiter is nobody of them, and not zero ({RetailEscrow_ArbiterNotNeutral}).
    /// - Price, shares and windows are within bounds ({RetailEscrow_PriceOutOfBounds}, {RetailEscrow_BpsOutOfBounds},
    ///   {RetailEscrow_WindowOutOfBounds}).
    /// - The order was neither funded nor canceled ({RetailEscrow_WrongState}).
    /// - `now < fundBy` ({RetailEscrow_TooLate}).
    /// - Each side signed the order or is the caller ({RetailEscrow_InvalidSigner}).
    /// - Both have the money and allowed it (the token's errors).
    function fund(Order calldata order, bytes calldata buyerSignature, bytes calldata merchantSignature) external;

    /// @notice Funds an order; the price comes by the buyer's authorization (ERC-3009), whose nonce is the order's id.
    /// @dev Emits {OrderFunded}. The authorization names the order and is the buyer's consent to it. The merchant's
    /// bond comes from its allowance. Requirements as for {fund}; the token checks the authorization.
    function fundWithAuthorization(
        Order calldata order,
        Authorization calldata authorization,
        bytes calldata merchantSignature
    ) external;

    /// @notice Cancels an order: before it is funded, either side, for good; until it is shipped, the merchant.
    /// @dev Emits {OrderCanceled} or {OrderClosed}. Once funded, price and bond go home.
    ///
    /// Requirements:
    /// - The order is not funded and the caller is buyer or merchant, or it is funded and the caller the merchant
    ///   ({RetailEscrow_NotAllowed}, {RetailEscrow_WrongState}).
    /// - If it is funded, `now < deadline` ({RetailEscrow_TooLate}).
    function cancel(Order calldata order) external;

    /*//////////////////////////////////////////////////////////////////////////
                                 SHIPPING, RECEIPT
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Says that the goods are on their way; `trackingHash` is the hash of the tracking number, or of anything.
    /// @dev Emits {OrderShipped}.
    ///
    /// Requirements:
    /// - The caller is the merchant ({RetailEscrow_NotAllowed}).
    /// - The order is funded ({RetailEscrow_WrongState}) and `now < deadline` ({RetailEscrow_TooLate}).
    function ship(Order calldata order, bytes32 trackingHash) external;

    /// @notice Confirms everything that remains: the merchant is paid and its bond goes home.
    /// @dev Emits {OrderClosed}.
    ///
    /// Requirements:
    /// - The caller is the buyer ({RetailEscrow_NotAllowed}).
    /// - The order is shipped ({RetailEscrow_WrongState}) and `now < deadline` ({RetailEscrow_TooLate}).
    function confirm(Order calldata order) external;

    /// @notice Confirms `amount` wei, such as the price of some items; the rest stays.
    /// @dev Emits {PartConfirmed}, or {OrderClosed} if it is everything. Requirements as for {confirm}, and:
    /// - The amount is from 1 to what remains ({RetailEscrow_AmountOutOfBounds}).
    function confirmPart(Order calldata order, uint256 amount) external;

    /// @notice Confirms what the buyer signed, whoever sends it.
    /// @dev Emits {PartConfirmed}, or {OrderClosed} if it is everything.
    ///
    /// Requirements:
    /// - The order is shipped ({RetailEscrow_WrongState}) and `now < deadline` ({RetailEscrow_TooLate}).
    /// - The confirmation is of the present round ({RetailEscrow_RoundDiffers}), for what remains
    ///   ({RetailEscrow_RemainingDiffers}), and has not expired ({RetailEscrow_TooLate}).
    /// - The amount is from 1 to what remains ({RetailEscrow_AmountOutOfBounds}).
    /// - The buyer signed it ({RetailEscrow_InvalidSigner}).
    function confirmBySig(
        Order calldata order,
        Confirmation calldata confirmation,
        bytes calldata buyerSignature
    ) external;

    /// @notice Confirms everything that remains of many orders of the caller.
    /// @dev Emits {OrderClosed} or {OrderSkipped} for each: what {confirm} would refuse is left out.
    ///
    /// Requirements:
    /// - There is at least one ({RetailEscrow_BatchEmpty}).
    function confirmMany(Order[] calldata orders) external;

    /// @notice Pays `amount` wei back to the buyer, such as the price of an item that is not in stock.
    /// @dev Emits {PartRefunded}, or {OrderClosed} if it is everything: then the bond goes home.
    ///
    /// Requirements:
    /// - The caller is the merchant ({RetailEscrow_NotAllowed}).
    /// - The order is funded or shipped ({RetailEscrow_WrongState}) and `now < deadline` ({RetailEscrow_TooLate}).
    /// - The amount is from 1 to what remains ({RetailEscrow_AmountOutOfBounds}).
    function refund(Order calldata order, uint256 amount) external;

    /*//////////////////////////////////////////////////////////////////////////
                                     DISPUTE
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Disputes `claim` wei: freezes them with the dispute bond, and pays the merchant the rest at once.
    /// @dev Emits {OrderDisputed}. The bond comes from the buyer's allowance.
    ///
    /// Requirements:
    /// - The caller is the buyer ({RetailEscrow_NotAllowed}).
    /// - The order is shipped ({RetailEscrow_WrongState}) and `now < deadline` ({RetailEscrow_TooLate}).
    /// - The claim is from 1 to what remains ({RetailEscrow_AmountOutOfBounds}).
    function dispute(Order calldata order, uint256 claim, bytes32 evidenceHash) external;

    /// @notice Disputes for the buyer, whose authorization (ERC-3009) pays the bond, whoever sends it.
    /// @dev Emits {OrderDisputed}. The nonce of the authorization is the EIP-712 hash of
    /// `Dispute(bytes32 order,uint256 claim,bytes32 evidenceHash)`; it is needed also if the bond is zero. Requirements
    /// as for {dispute}, whoever calls; the token checks the authorization.
    function disputeWithAuthorization(
        Order calldata order,
        uint256 claim,
        bytes32 evidenceHash,
        Authorization calldata authorization
    ) external;

    /// @notice Gives in: the claim goes to the other side and all bonds go home.
    /// @dev Emits {OrderClosed}.
    ///
    /// Requirements:
    /// - The caller is buyer or merchant ({RetailEscrow_NotAllowed}).
    /// - The order is disputed ({RetailEscrow_WrongState}), and the arbiter's half of the window has not begun
    ///   ({RetailEscrow_TooLate}).
    function concede(Order calldata order) external;

    /// @notice Rules: `buyerAward` wei of the claim to the buyer, the rest to the merchant, and who is to blame.
    /// @dev Emits {OrderRuled} and {OrderClosed}.
    ///
    /// Requirements:
    /// - The caller is the arbiter ({RetailEscrow_NotAllowed}).
    /// - The order is disputed ({RetailEscrow_WrongState}) and the second half of the window has begun
    ///   ({RetailEscrow_TooEarly}) and not ended ({RetailEscrow_TooLate}).
    /// - The award is not above the claim ({RetailEscrow_AwardOutOfBounds}).
    function rule(Order calldata order, uint256 buyerAward, Fault fault) external;

    /// @notice Splits what remains as both sides signed; all bonds go home.
    /// @dev Emits {OrderClosed}.
    ///
    /// Notes:
    /// - The signature of a side that sends it itself is not looked at.
    /// - An agreement changes no deadline, and cannot be used once the deadline has come.
    ///
    /// Requirements:
    /// - The order is funded, shipped or disputed ({RetailEscrow_WrongState}) and `now < deadline`
    ///   ({RetailEscrow_TooLate}).
    /// - The settlement is of the present round ({RetailEscrow_RoundDiffers}), for what remains
    ///   ({RetailEscrow_RemainingDiffers}), and has not expired ({RetailEscrow_TooLate}).
    /// - The buyer's part is not above what remains ({RetailEscrow_AwardOutOfBounds}).
    /// - Each side signed it or is the caller ({RetailEscrow_InvalidSigner}).
    function settle(
        Order calldata order,
        Settlement calldata settlement,
        bytes calldata buyerSignature,
        bytes calldata merchantSignature
    ) external;

    /// @notice Makes every settlement and confirmation void that was signed for this order so far.
    /// @dev Emits {OffersVoided}.
    ///
    /// Requirements:
    /// - The caller is buyer or merchant ({RetailEscrow_NotAllowed}).
    /// - The order is funded, shipped or disputed ({RetailEscrow_WrongState}).
    function voidOffers(Order calldata order) external;

    /*//////////////////////////////////////////////////////////////////////////
                                     SILENCE
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Closes an order whose deadline has come, as both signed; anyone may call.
    /// @dev Emits {OrderClosed}.
    ///
    /// Requirements:
    /// - The order is funded, shipped or disputed ({RetailEscrow_WrongState}).
    /// - `now >= deadline` ({RetailEscrow_TooEarly}).
    function timeout(Order calldata order) external;

    /// @notice Closes many orders whose deadlines have come.
    /// @dev Emits {OrderClosed} or {OrderSkipped} for each: what {timeout} would refuse is left out.
    ///
    /// Requirements:
    /// - There is at least one ({RetailEscrow_BatchEmpty}).
    function timeoutMany(Order[] calldata orders) external;

    /*//////////////////////////////////////////////////////////////////////////
                                      VIEWS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Returns the id of an order: what both sides sign, and under which it is stored.
    function orderId(Order calldata order) external view returns (bytes32);

    /// @notice Returns what is stored of an order.
    function positions(bytes32 id) external view returns (Position memory);

    /// @notice Returns the hash of the EIP-712 domain ("LIVE VIDEO RetailEscrow", "1").
    function DOMAIN_SEPARATOR() external view returns (bytes32); // solhint-disable-line func-name-mixedcase
}
