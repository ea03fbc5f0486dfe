// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What changes about a channel, in one storage word: its deposit (lowest 96 bits) and what of it was settled
/// (96), both in wei; when it ends because the payer asked (40), Unix seconds; and its phase (8).
/// @dev One word, because opening a channel then writes one slot and settling it reads and writes one.
type Purse is uint256;

using PurseLib for Purse global;

/// @title Arithmetic on what changes about a channel
library PurseLib {
    uint256 private constant SETTLED = 96;
    uint256 private constant CLOSE_AT = 192;
    uint256 private constant PHASE = 232;
    uint256 private constant OPEN = 1;
    uint256 private constant CLOSED = 2;

    /// @notice Returns the purse of a channel that was just opened. The caller makes sure that `amount` is below 2^96.
    function fresh(uint256 amount) internal pure returns (Purse) {
        return Purse.wrap((OPEN << PHASE) | amount);
    }

    /// @notice Tells whether the channel was ever opened.
    function isKnown(Purse self) internal pure returns (bool) {
        return Purse.unwrap(self) != 0;
    }

    /// @notice Tells whether the channel was opened and not closed.
    function isOpen(Purse self) internal pure returns (bool) {
        return Purse.unwrap(self) >> PHASE == OPEN;
    }

    /// @notice Tells whether the channel is over for ever.
    function isClosed(Purse self) internal pure returns (bool) {
        return Purse.unwrap(self) >> PHASE == CLOSED;
    }

    /// @notice Returns what was put in, in wei.
    function deposit(Purse self) internal pure returns (uint256) {
        return uint96(Purse.unwrap(self));
    }

    /// @notice Returns what the payee was paid, in wei.
    function settled(Purse self) internal pure returns (uint256) {
        return uint96(Purse.unwrap(self) >> SETTLED);
    }

    /// @notice Returns when the channel ends because the payer asked, Unix seconds; zero: it did not.
    function closeAt(Purse self) internal pure returns (uint256) {
        return uint40(Purse.unwrap(self) >> CLOSE_AT);
    }

    /// @notice Adds to the deposit. The caller makes sure that it stays below 2^96.
    function add(Purse self, uint256 amount) internal pure returns (Purse) {
        // Unchecked: the caller's promise is stronger than what could be checked here.
        unchecked {
            return Purse.wrap(Purse.unwrap(self) + amount);
        }
    }

    /// @notice Adds to what was settled.
    function pay(Purse self, uint256 amount) internal pure returns (Purse) {
        // Unchecked: what was settled is at most the deposit, so nothing is carried into the next field.
        unchecked {
            return Purse.wrap(Purse.unwrap(self) + (amount << SETTLED));
        }
    }

    /// @notice Sets the end, of a purse that has none.
    function endAt(Purse self, uint256 time) internal pure returns (Purse) {
        return Purse.wrap(Purse.unwrap(self) | (time << CLOSE_AT));
    }

    /// @notice Closes an open purse; what was paid in and settled stays to be read.
    function close(Purse self) internal pure returns (Purse) {
        return Purse.wrap(Purse.unwrap(self) ^ ((OPEN ^ CLOSED) << PHASE));
    }
}
