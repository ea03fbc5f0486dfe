// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IContentReview} from "../../interfaces/IContentReview.sol";
import {PanelVotes} from "../libraries/PanelVotes.sol";
import {SeatWord} from "./SeatWord.sol";

/// @title What a panel of seven gets and loses in the end
/// @notice Collateral less penalties, and a share of the fee. What goes in comes out: the payouts, the finders' halves,
/// what is lost by the minority and what nobody earned sum to the bids and the fee.
library Reckoning {
    using PanelVotes for uint256;

    uint256 private constant WHOLE_BPS = 10_000;

    /// @notice How a panel comes out.
    /// @param verdict What it said.
    /// @param nobodyRevealed Whether no seat revealed a vote.
    /// @param punished Whether its minority loses collateral.
    /// @param side The bits `1 << choice` of those who are paid: the larger side, both where they are equal, nobody
    /// where the panel is overturned.
    /// @param winners How many they are.
    /// @param collateral The lowest bid, wei.
    /// @param pot What they share: the fee, and what no-shows and leaks lost, wei.
    /// @param share What each of them gets of it, wei, rounded down; the first gets the rest too.
    /// @param forfeited What the minority lost, wei.
    /// @param payouts What each seat is paid, wei, its collateral among it.
    struct Panel {
        IContentReview.Choice verdict;
        bool nobodyRevealed;
        bool punished;
        uint256 side;
        uint256 winners;
        uint256 collateral;
        uint256 pot;
        uint256 share;
        uint256 forfeited;
        uint256[7] payouts;
    }

    /// @notice Reckons a full panel up. `outcome` is what the submission came to; `contested`, whether panels said both
    /// Yes and No; `noShowBps` and `minorityBps` are the penalties.
    function reckon(
        SeatWord[7] memory seats,
        uint256 votes,
        uint256 round,
        uint256 fee,
        IContentReview.Status outcome,
        bool contested,
        uint256 noShowBps,
        uint256 minorityBps
    ) internal pure returns (Panel memory panel) {
        _judge(panel, votes, round, outcome, contested);
        panel.collateral = lowest(seats);
        panel.pot = fee;
        // Unchecked: amounts of 96 bits; no bid is below the collateral, and nobody loses more than that.
        unchecked {
            for (uint256 i = 0; i < PanelVotes.SEATS; ++i) {
                panel.payouts[i] = seats[i].bid() - _lose(panel, votes.at(round, i), noShowBps, minorityBps);
            }
            if (panel.winners == 0) return panel;
            uint256 share = panel.pot / panel.winners;
            uint256 dust = panel.pot % panel.winners;
            for (uint256 i = 0; i < PanelVotes.SEATS; ++i) {
                if (!_wins(panel, votes.at(round, i))) continue;
                panel.payouts[i] += share + dust;
                dust = 0;
            }
            panel.share = share;
        }
    }

    /// @notice Returns `bps` of `amount`, rounded down.
    function part(uint256 amount, uint256 bps) internal pure returns (uint256) {
        // Unchecked: an amount of 96 bits, at most 50,000 bps.
        unchecked {
            return (amount * bps) / WHOLE_BPS;
        }
    }

    /// @notice Returns the lowest bid of seven.
    function lowest(SeatWord[7] memory seats) internal pure returns (uint256 least) {
        least = seats[0].bid();
        for (uint256 i = 1; i < PanelVotes.SEATS; ++i) if (seats[i].bid() < least) least = seats[i].bid();
    }

    function _judge(
        Panel memory panel,
        uint256 votes,
        uint256 round,
        IContentReview.Status outcome,
        bool contested
    ) private pure {
        (uint256 yes, uint256 no) = votes.count(round);
        panel.nobodyRevealed = yes + no == 0;
        panel.verdict = votes.verdict(round);
        IContentReview.Choice right =
            outcome == IContentReview.Status.Published
                ? IContentReview.Choice.Yes
                : outcome == IContentReview.Status.Rejected
                    ? IContentReview.Choice.No
                    : IContentReview.Choice.None;
        if (panel.verdict != IContentReview.Choice.None && right != IContentReview.Choice.None) {
            // Overturned: nobody is paid.
            if (panel.verdict != right) return;
            panel.punished = !contested;
        }
        if (yes >= no) (panel.side, panel.winners) = (1 << uint256(IContentReview.Choice.Yes), yes);
        if (no >= yes) {
            panel.side |= 1 << uint256(IContentReview.Choice.No);
            panel.winners += no;
        }
    }

    function _lose(
        Panel memory panel,
        uint256 choice,
        uint256 noShowBps,
        uint256 minorityBps
    ) private pure returns (uint256 loss) {
        // Unchecked: sums of amounts of 96 bits.
        unchecked {
            if (choice == uint256(IContentReview.Choice.None)) {
                loss = part(panel.collateral, noShowBps);
                panel.pot += loss;
            } else if (choice == uint256(IContentReview.Choice.Leaked)) {
                loss = panel.collateral;
                // The finder gets the other half, rounded down.
                panel.pot += loss - loss / 2;
            } else if (panel.punished && !_wins(panel, choice)) {
                loss = part(panel.collateral, minorityBps);
                panel.forfeited += loss;
            }
        }
    }

    function _wins(Panel memory panel, uint256 choice) private pure returns (bool) {
        return (panel.side >> choice) & 1 == 1;
    }
}
