// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IContentReview} from "../../interfaces/IContentReview.sol";
import {SeatOrder} from "../libraries/SeatOrder.sol";

/// @notice What is stored of a submission's present round, in one word; see {IContentReview-Course}.
/// @dev From the lowest bit: votes 48, order 24, round 8, filled 8, extended 8, settled 8, since 40, openedAt 40,
/// closesAt 40, author 32: the lowest bits of who submitted it. A submission that does not exist has none of it.
type Docket is uint256;

using DocketLib for Docket global;

/// @title Reading and writing a docket
library DocketLib {
    using SeatOrder for uint256;

    uint256 private constant ORDER_AT = 48;
    uint256 private constant ROUND_AT = 72;
    uint256 private constant FILLED_AT = 80;
    uint256 private constant EXTENDED_AT = 88;
    uint256 private constant SETTLED_AT = 96;
    uint256 private constant SINCE_AT = 104;
    uint256 private constant OPENED_AT = 144;
    uint256 private constant CLOSES_AT = 184;
    uint256 private constant AUTHOR_AT = 224;
    uint256 private constant CLOSE = uint256(type(uint40).max) << CLOSES_AT;
    /// @dev The bits of votes, since and author.
    uint256 private constant KEPT =
        uint256(type(uint48).max) | (uint256(type(uint40).max) << SINCE_AT) | (uint256(type(uint32).max) << AUTHOR_AT);
    /// @dev The bits of order and filled.
    uint256 private constant SEATING =
        (uint256(type(uint24).max) << ORDER_AT) | (uint256(type(uint8).max) << FILLED_AT);

    /// @notice Returns the docket of a new submission: the first round, with nobody seated.
    function open(address author, uint256 time, uint256 openedTime, uint256 closeTime) internal pure returns (Docket) {
        uint256 authorBits = uint256(uint160(author)) << AUTHOR_AT;
        return Docket.wrap(authorBits | (closeTime << CLOSES_AT) | (openedTime << OPENED_AT) | (time << SINCE_AT));
    }

    /// @notice Returns the docket of the next round: nobody seated, earlier votes kept.
    function next(Docket docket, uint256 openedTime, uint256 closeTime) internal pure returns (Docket) {
        uint256 kept = Docket.unwrap(docket) & KEPT;
        uint256 number = docket.round() + 1;
        return Docket.wrap(kept | (closeTime << CLOSES_AT) | (openedTime << OPENED_AT) | (number << ROUND_AT));
    }

    /// @notice Returns the docket with the next seat taken, whose number is how many were taken before.
    function joined(Docket docket) internal pure returns (Docket) {
        uint256 taken = docket.filled();
        return _with(docket, docket.order().append(taken, taken), taken + 1);
    }

    /// @notice Returns the docket with the seat at `place` of its order moved to the end.
    function renewed(Docket docket, uint256 place) internal pure returns (Docket) {
        uint256 taken = docket.filled();
        return _with(docket, docket.order().renew(taken, place), taken);
    }

    /// @notice Returns the docket with a later close.
    function closing(Docket docket, uint256 closeTime) internal pure returns (Docket) {
        return Docket.wrap((Docket.unwrap(docket) & ~CLOSE) | (closeTime << CLOSES_AT));
    }

    /// @notice Returns the docket of a panel that is given a second window of so many seconds.
    function prolonged(Docket docket, uint256 window) internal pure returns (Docket) {
        return Docket.wrap((Docket.unwrap(docket) | (1 << EXTENDED_AT)) + (window << CLOSES_AT));
    }

    /// @notice Returns the docket with a seat's vote set, which had none.
    function voted(Docket docket, uint256 newVotes) internal pure returns (Docket) {
        return Docket.wrap(Docket.unwrap(docket) | newVotes);
    }

    /// @notice Returns the docket of a submission that was paid out.
    function closed(Docket docket) internal pure returns (Docket) {
        return Docket.wrap(Docket.unwrap(docket) | (1 << SETTLED_AT));
    }

    /// @notice Returns the votes of all rounds; see {PanelVotes}.
    function votes(Docket docket) internal pure returns (uint256) {
        return uint48(Docket.unwrap(docket));
    }

    /// @notice Returns the seats in the order in which they were taken; see {SeatOrder}.
    function order(Docket docket) internal pure returns (uint256) {
        return uint24(Docket.unwrap(docket) >> ORDER_AT);
    }

    /// @notice Returns the number of the round.
    function round(Docket docket) internal pure returns (uint256) {
        return uint8(Docket.unwrap(docket) >> ROUND_AT);
    }

    /// @notice Returns how many seats are taken.
    function filled(Docket docket) internal pure returns (uint256) {
        return uint8(Docket.unwrap(docket) >> FILLED_AT);
    }

    /// @notice Tells whether a bid came in the second bidding window.
    function extended(Docket docket) internal pure returns (bool) {
        return uint8(Docket.unwrap(docket) >> EXTENDED_AT) != 0;
    }

    /// @notice Tells whether everyone was paid.
    function settled(Docket docket) internal pure returns (bool) {
        return uint8(Docket.unwrap(docket) >> SETTLED_AT) != 0;
    }

    /// @notice Tells whether an account has the lowest bits of the author.
    function mayBeAuthor(Docket docket, address account) internal pure returns (bool) {
        return uint32(Docket.unwrap(docket) >> AUTHOR_AT) == uint32(uint160(account));
    }

    /// @notice Returns when the content was announced, or else submitted.
    function since(Docket docket) internal pure returns (uint256) {
        return uint40(Docket.unwrap(docket) >> SINCE_AT);
    }

    /// @notice Returns when the round began.
    function openedAt(Docket docket) internal pure returns (uint256) {
        return uint40(Docket.unwrap(docket) >> OPENED_AT);
    }

    /// @notice Returns when its bidding ends, as far as bids have moved it.
    function closesAt(Docket docket) internal pure returns (uint256) {
        return uint40(Docket.unwrap(docket) >> CLOSES_AT);
    }

    /// @notice Unpacks it for readers.
    function unpack(Docket docket) internal pure returns (IContentReview.Course memory) {
        return
            IContentReview.Course({
                since: uint40(docket.since()),
                openedAt: uint40(docket.openedAt()),
                closesAt: uint40(docket.closesAt()),
                votes: uint48(docket.votes()),
                order: uint24(docket.order()),
                round: uint8(docket.round()),
                filled: uint8(docket.filled()),
                extended: docket.extended(),
                settled: docket.settled()
            });
    }

    function _with(Docket docket, uint256 newOrder, uint256 newFilled) private pure returns (Docket) {
        return Docket.wrap((Docket.unwrap(docket) & ~SEATING) | (newOrder << ORDER_AT) | (newFilled << FILLED_AT));
    }
}
