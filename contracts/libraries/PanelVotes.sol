// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IContentReview} from "../../interfaces/IContentReview.sol";

/// @title What seven seats voted
/// @notice Two bits a seat, fourteen a panel, three panels in one number.
library PanelVotes {
    uint256 internal constant SEATS = 7;
    uint256 private constant MAJORITY = 5;

    /// @notice Returns the votes in which only one seat has voted.
    function one(uint256 round, uint256 seat, uint256 choice) internal pure returns (uint256) {
        return choice << _place(round, seat);
    }

    /// @notice Returns what a seat voted.
    function at(uint256 votes, uint256 round, uint256 seat) internal pure returns (IContentReview.Choice) {
        return IContentReview.Choice((votes >> _place(round, seat)) & 3);
    }

    /// @notice Returns how many seats of a panel voted yes and how many no.
    function count(uint256 votes, uint256 round) internal pure returns (uint256 yes, uint256 no) {
        for (uint256 seat = 0; seat < SEATS; ++seat) {
            IContentReview.Choice choice = at(votes, round, seat);
            if (choice == IContentReview.Choice.Yes) ++yes;
            else if (choice == IContentReview.Choice.No) ++no;
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

    function _place(uint256 round, uint256 seat) private pure returns (uint256) {
        return 2 * (SEATS * round + seat);
    }
}
