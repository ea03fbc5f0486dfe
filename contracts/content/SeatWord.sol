// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice A seat in one word: its reviewer in the lowest 160 bits, its bid in wei above. Zero: a free seat.
type SeatWord is uint256;

using SeatWordLib for SeatWord global;

/// @title Reading and writing a seat
/// @dev A struct in memory costs an allocation and two stores for each of the seven that a bid looks at.
library SeatWordLib {
    /// @notice Packs a seat.
    function pack(address holder, uint256 amount) internal pure returns (SeatWord) {
        return SeatWord.wrap(uint256(uint160(holder)) | (amount << 160));
    }

    /// @notice Returns who holds it.
    function reviewer(SeatWord seat) internal pure returns (address) {
        return address(uint160(SeatWord.unwrap(seat)));
    }

    /// @notice Returns its collateral, wei.
    function bid(SeatWord seat) internal pure returns (uint256) {
        return SeatWord.unwrap(seat) >> 160;
    }
}
