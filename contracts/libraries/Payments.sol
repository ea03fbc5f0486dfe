// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILVOToken} from "../../interfaces/ILVOToken.sol";

/// @notice Payments in memory, written once in the very form in which the token takes them: the calldata of
/// {ILVOToken-transferBatch}. Where it begins.
type Payments is uint256;

using PaymentsLib for Payments global;

/// @title Payments that are built and made without being copied
/// @dev A `Payment[] memory` is an array of pointers, which the compiler walks through again to encode it.
/// Layout, from the pointer: a word that ends in the selector, 32, how many, then receiver and amount of each.
library PaymentsLib {
    uint256 private constant HEAD = 96;
    uint256 private constant ROW = 64;

    /// @notice Makes room for `most` payments.
    function open(uint256 most) internal pure returns (Payments payments) {
        bytes4 selector = ILVOToken.transferBatch.selector;
        // Safe: takes what it writes from the free memory, and `most` is the length of an array in calldata.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            payments := mload(64)
            mstore(64, add(payments, add(HEAD, mul(most, ROW))))
            mstore(payments, shr(224, selector))
            mstore(add(payments, 32), 32)
            mstore(add(payments, 64), 0)
        }
    }

    /// @notice Writes a payment of `amount` wei, below 2^96, at `end` and returns the new end. The caller makes sure
    /// that there is room.
    function add(Payments end, address to, uint256 amount) internal pure returns (Payments next) {
        // Safe: writes the next row of the room that was made.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(add(end, HEAD), to)
            mstore(add(end, 128), amount)
            next := add(end, ROW)
        }
    }

    /// @notice Counts the payments up to their end, and returns how many they are.
    function close(Payments payments, Payments end) internal pure returns (uint256 count) {
        // Safe: writes a word of what was made.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            count := div(sub(end, payments), ROW)
            mstore(add(payments, 64), count)
        }
    }

    /// @notice Pays them all, from this contract; reverts as the token does.
    function pay(Payments payments, ILVOToken token) internal {
        // Safe: reads what was written. The token is a contract, and `transferBatch` returns nothing.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let size := add(68, mul(mload(add(payments, 64)), ROW))
            if iszero(call(gas(), token, 0, add(payments, 28), size, 0, 0)) {
                let free := mload(64)
                returndatacopy(free, 0, returndatasize())
                revert(free, returndatasize())
            }
        }
    }
}
