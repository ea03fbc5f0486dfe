// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IRetailEscrow} from "../../interfaces/IRetailEscrow.sol";

/// @notice An {IRetailEscrow-Position} in one word: remaining (96 bits, the lowest) | deadline (40) | round (32) |
/// state (8).
/// @dev A struct is read and written member by member; a word once.
type Standing is uint256;

using StandingLib for Standing global;

/// @title What is stored of an order, packed
library StandingLib {
    uint256 private constant DEADLINE_AT = 96;
    uint256 private constant ROUND_AT = 136;
    uint256 private constant STATE_AT = 168;

    /// @notice Packs. The caller makes sure that `remaining_` fits 96 bits and `deadline_` 40.
    function pack(
        uint256 remaining_,
        uint256 deadline_,
        uint256 round_,
        IRetailEscrow.State state_
    ) internal pure returns (Standing) {
        return
            Standing.wrap(
                remaining_ | (deadline_ << DEADLINE_AT) | (round_ << ROUND_AT) | (uint256(state_) << STATE_AT)
            );
    }

    /// @notice Returns the tombstone: no money, no deadline, no round.
    function closed() internal pure returns (Standing) {
        return pack(0, 0, 0, IRetailEscrow.State.Closed);
    }

    /// @notice Returns what is left of the price, in wei.
    function remaining(Standing self) internal pure returns (uint256) {
        return uint96(Standing.unwrap(self));
    }

    /// @notice Returns from when on the order can be closed by anyone, Unix seconds.
    function deadline(Standing self) internal pure returns (uint256) {
        return uint40(Standing.unwrap(self) >> DEADLINE_AT);
    }

    /// @notice Returns what signed offers must name.
    function round(Standing self) internal pure returns (uint256) {
        return uint32(Standing.unwrap(self) >> ROUND_AT);
    }

    /// @notice Returns where the order stands.
    function state(Standing self) internal pure returns (IRetailEscrow.State) {
        return IRetailEscrow.State(uint8(Standing.unwrap(self) >> STATE_AT));
    }

    /// @notice Tells whether the order stands there; cheaper than to compare with {state}, which checks its range.
    function isIn(Standing self, IRetailEscrow.State state_) internal pure returns (bool) {
        return Standing.unwrap(self) >> STATE_AT == uint256(state_);
    }

    /// @notice Tells whether the order holds money.
    function isLive(Standing self) internal pure returns (bool) {
        return self.deadline() != 0;
    }

    /// @notice Takes `amount` wei out. The caller makes sure that they are there.
    function debit(Standing self, uint256 amount) internal pure returns (Standing) {
        // Unchecked: not above what remains, the lowest bits, so nothing is borrowed from the deadline.
        unchecked {
            return Standing.wrap(Standing.unwrap(self) - amount);
        }
    }
}
