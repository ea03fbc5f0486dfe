// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IContentReview} from "../../interfaces/IContentReview.sol";

/// @title What seven seats voted
/// @notice Two bits a seat, a {IContentReview-Choice}; fourteen a panel; three panels in one number.
library PanelVotes {
    uint256 internal constant SEATS = 7;
    uint256 private constant MAJORITY = 5;
    uint256 private constant BITS = 2 * SEATS;
    /// @dev The lower bit of each seat.
    uint256 private constant LOWER = 0x1555;

    /// @notice Returns the votes in which only one seat has voted.
    function one(uint256 round, uint256 seat, uint256 choice) internal pure returns (uint256) {
        // Unchecked here and below: three rounds of seven seats.
        unchecked {
            return choice << (BITS * round + 2 * seat);
        }
    }

    /// @notice Returns what a seat voted, as the number of the choice.
    function at(uint256 votes, uint256 round, uint256 seat) internal pure returns (uint256) {
        unchecked {
            return (votes >> (BITS * round + 2 * seat)) & 3;
        }
    }

    /// @notice Returns how many seats of a panel voted yes and how many no.
    function count(uint256 votes, uint256 round) internal pure returns (uint256 yes, uint256 no) {
        unchecked {
            uint256 panel = votes >> (BITS * round);
            return (_ones(panel & ~(panel >> 1) & LOWER), _ones((panel >> 1) & ~panel & LOWER));
        }
    }

    /// @notice Returns how many votes of the first `panels` panels leaked.
    function leaks(uint256 votes, uint256 panels) internal pure returns (uint256 leaked) {
        for (uint256 round = 0; round < panels; ++round) {
            uint256 panel = votes >> (BITS * round);
            leaked += _ones(panel & (panel >> 1) & LOWER);
        }
    }

    /// @notice Returns what a panel said: five of its seven, or nothing.
    function verdict(uint256 votes, uint256 round) internal pure returns (IContentReview.Choice) {
        (uint256 yes, uint256 no) = count(votes, round);
        if (yes >= MAJORITY) return IContentReview.Choice.Yes;
        return no >= MAJORITY ? IContentReview.Choice.No : IContentReview.Choice.None;
    }

    /// @notice Returns how many of the first `panels` panels said yes and how many no.
    function verdicts(uint256 votes, uint256 panels) internal pure returns (uint256 yes, uint256 no) {
        for (uint256 round = 0; round < panels; ++round) {
            IContentReview.Choice said = verdict(votes, round);
            if (said == IContentReview.Choice.Yes) ++yes;
            else if (said == IContentReview.Choice.No) ++no;
        }
    }

    /// @dev Counts the ones among the lower bits of seven seats. Adding neighbours leaves a sum of at most two in each
    /// of four hexadecimal digits, and a number is the sum of its hexadecimal digits modulo 15, because 16 is 1.
    function _ones(uint256 bits) private pure returns (uint256) {
        unchecked {
            return ((bits & 0x3333) + ((bits >> 2) & 0x3333)) % 15;
        }
    }
}
