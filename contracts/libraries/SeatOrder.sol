// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title The order in which seats were taken
/// @notice A list of up to seven seat numbers, three bits each, the oldest in the lowest bits.
library SeatOrder {
    /// @notice Returns the number at a place of the list.
    function at(uint256 order, uint256 place) internal pure returns (uint256) {
        // Unchecked here and below: at most seven places.
        unchecked {
            return (order >> (3 * place)) & 7;
        }
    }

    /// @notice Returns the list with a number added at its end, `length`.
    function append(uint256 order, uint256 length, uint256 number) internal pure returns (uint256) {
        unchecked {
            return order | (number << (3 * length));
        }
    }

    /// @notice Returns the list with the number at `place` moved to its end.
    function renew(uint256 order, uint256 length, uint256 place) internal pure returns (uint256) {
        unchecked {
            uint256 older = order & ((1 << (3 * place)) - 1);
            uint256 newer = (order >> (3 * (place + 1))) << (3 * place);
            return append(older | newer, length - 1, at(order, place));
        }
    }
}
