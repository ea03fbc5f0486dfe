// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAdLedger} from "../../interfaces/IAdLedger.sol";

/// @notice What the ledger keeps of a campaign, in one storage word; see {IAdLedger-CampaignState}.
/// @dev From the lowest bit: remaining (96), price (72), epochCap (24), booked (24), stop (24), lateEpochs (8), status
/// (8). One word, because every line that is booked needs all of it.
type Budget is uint256;

using BudgetLib for Budget global;

/// @title Arithmetic on packed campaigns
library BudgetLib {
    uint256 private constant PRICE_AT = 96;
    uint256 private constant CAP_AT = 168;
    uint256 private constant BOOKED_AT = 192;
    uint256 private constant STOP_AT = 216;
    uint256 private constant LATE_AT = 240;
    uint256 private constant STATUS_AT = 248;

    /// @notice Packs a campaign.
    function pack(IAdLedger.CampaignState memory state) internal pure returns (Budget) {
        return
            Budget.wrap(
                uint256(state.remaining) |
                    (uint256(state.price) << PRICE_AT) |
                    (uint256(state.epochCap) << CAP_AT) |
                    (uint256(state.booked) << BOOKED_AT) |
                    (uint256(state.stop) << STOP_AT) |
                    (uint256(state.lateEpochs) << LATE_AT) |
                    (uint256(state.status) << STATUS_AT)
            );
    }

    /// @notice Unpacks a campaign.
    function unpack(Budget self) internal pure returns (IAdLedger.CampaignState memory) {
        return
            IAdLedger.CampaignState({
                remaining: uint96(self.remaining()),
                price: uint72(self.price()),
                epochCap: uint24(self.epochCap()),
                booked: uint24(self.booked()),
                stop: uint24(self.stop()),
                lateEpochs: uint8(self.lateEpochs()),
                status: self.status()
            });
    }

    /// @notice Returns what is escrowed and not booked, in wei.
    function remaining(Budget self) internal pure returns (uint256) {
        return uint96(Budget.unwrap(self));
    }

    /// @notice Returns what a unit costs, in wei.
    function price(Budget self) internal pure returns (uint256) {
        return uint72(Budget.unwrap(self) >> PRICE_AT);
    }

    /// @notice Returns what a line may come to, in whole LVO.
    function epochCap(Budget self) internal pure returns (uint256) {
        return uint24(Budget.unwrap(self) >> CAP_AT);
    }

    /// @notice Returns the last epoch that was booked or let go.
    function booked(Budget self) internal pure returns (uint256) {
        return uint24(Budget.unwrap(self) >> BOOKED_AT);
    }

    /// @notice Returns the first epoch that does not count.
    function stop(Budget self) internal pure returns (uint256) {
        return uint24(Budget.unwrap(self) >> STOP_AT);
    }

    /// @notice Returns how many epochs after the stop lines may be booked.
    function lateEpochs(Budget self) internal pure returns (uint256) {
        return uint8(Budget.unwrap(self) >> LATE_AT);
    }

    /// @notice Returns where the campaign stands.
    function status(Budget self) internal pure returns (IAdLedger.Status) {
        return IAdLedger.Status(Budget.unwrap(self) >> STATUS_AT);
    }

    /// @notice Adds `amount` wei. The caller makes sure that all budgets together stay below 2^96.
    function credit(Budget self, uint256 amount) internal pure returns (Budget) {
        // Unchecked: budgets are LVO in the ledger, less than 2^96 in all, so nothing is carried into the price.
        unchecked {
            return Budget.wrap(Budget.unwrap(self) + amount);
        }
    }

    /// @notice Takes `amount` wei. The caller makes sure that so much remains.
    function debit(Budget self, uint256 amount) internal pure returns (Budget) {
        // Unchecked: the amount is not above what remains, so nothing is borrowed from the price.
        unchecked {
            return Budget.wrap(Budget.unwrap(self) - amount);
        }
    }

    /// @notice Lets go of every epoch up to `epoch`. The caller makes sure that it fits 24 bits.
    function withBooked(Budget self, uint256 epoch) internal pure returns (Budget) {
        return Budget.wrap((Budget.unwrap(self) & ~(uint256(type(uint24).max) << BOOKED_AT)) | (epoch << BOOKED_AT));
    }

    /// @notice Moves the stop to `epoch`. The caller makes sure that it fits 24 bits.
    function withStop(Budget self, uint256 epoch) internal pure returns (Budget) {
        return Budget.wrap((Budget.unwrap(self) & ~(uint256(type(uint24).max) << STOP_AT)) | (epoch << STOP_AT));
    }

    /// @notice Moves the campaign to another status.
    function withStatus(Budget self, IAdLedger.Status next) internal pure returns (Budget) {
        return
            Budget.wrap(
                (Budget.unwrap(self) & ~(uint256(type(uint8).max) << STATUS_AT)) | (uint256(next) << STATUS_AT)
            );
    }
}
