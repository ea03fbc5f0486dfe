// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IContentReview} from "../../interfaces/IContentReview.sol";

/// @title What a place of review can be made with
/// @notice The bounds of {IContentReview-Terms}: wide enough for any market, and never so that money could be locked, a
/// window missed by every block, or a penalty rounded to nothing.
library TermBounds {
    /// @notice Reverts when a term is out of bounds.
    function check(IContentReview.Terms memory terms) internal pure {
        _check(2, terms.minStake, 1e6, type(uint96).max);
        // A hundred times as much, the third round's least bid at the highest factor, is the supply.
        _check(3, terms.minBid, 1e6, 1e25);
        _check(4, terms.biddingWindow, 10 minutes, 30 days);
        _check(5, terms.snipeWindow, 0, 1 days);
        _check(6, terms.snipeCap, 0, 1 days);
        _check(7, terms.commitWindow, 10 minutes, 30 days);
        _check(8, terms.revealWindow, 10 minutes, 30 days);
        _check(9, terms.appealWindow, 10 minutes, 30 days);
        _check(10, terms.appeals, 0, 2);
        _check(11, terms.bidFactor, 1, 10);
        _check(12, terms.stepBps, 1, 5_000);
        _check(13, terms.feeBps, 1, 5_000);
        _check(14, terms.bondBps, 5_000, 50_000);
        _check(15, terms.rejectBps, 0, 5_000);
        _check(16, terms.noShowBps, 1_000, 10_000);
        _check(17, terms.minorityBps, 0, 5_000);
        _check(18, terms.refundBps, 0, 10_000);
    }

    function _check(uint256 place, uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) {
            revert IContentReview.ContentReview_TermOutOfBounds(place, value, least, most);
        }
    }
}
