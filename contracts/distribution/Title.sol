// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Who is paid (lower 160 bits) and what the grant promises in all, in wei (upper 96 bits).
/// @dev Packed by hand, as {Terms}: the compiler would read and write the slot again for every member of a struct.
type Title is uint256;

using TitleLib for Title global;

/// @title Arithmetic on packed titles
library TitleLib {
    uint256 private constant TOTAL_AT = 160;

    /// @notice Packs a title; `amount` is below 2^96 wei.
    function pack(address payee, uint256 amount) internal pure returns (Title) {
        return Title.wrap((amount << TOTAL_AT) | uint160(payee));
    }

    /// @notice Returns who is paid.
    function beneficiary(Title self) internal pure returns (address) {
        return address(uint160(Title.unwrap(self)));
    }

    /// @notice Returns what is promised in all, in wei.
    function total(Title self) internal pure returns (uint256) {
        return Title.unwrap(self) >> TOTAL_AT;
    }
}
