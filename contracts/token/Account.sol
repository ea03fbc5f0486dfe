// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice A holder in one storage word: whom it lets vote (upper 160 bits) and what it holds in wei (lower 96 bits).
/// @dev One word, because a transfer needs both: a token with votes then reads no more storage than one without.
type Account is uint256;

using AccountLib for Account global;

/// @title Arithmetic on packed holders
library AccountLib {
    uint256 private constant BALANCE_BITS = 96;

    /// @notice Returns what the holder has, in wei.
    function balance(Account self) internal pure returns (uint256) {
        return uint96(Account.unwrap(self));
    }

    /// @notice Returns who votes with the balance; zero: nobody.
    function delegatee(Account self) internal pure returns (address) {
        return address(uint160(Account.unwrap(self) >> BALANCE_BITS));
    }

    /// @notice Tells whether both have chosen the same delegatee, nobody included.
    function votesWith(Account self, Account other) internal pure returns (bool) {
        return (Account.unwrap(self) ^ Account.unwrap(other)) >> BALANCE_BITS == 0;
    }

    /// @notice Adds `amount` wei. The caller makes sure that all balances together stay below 2^96.
    function credit(Account self, uint256 amount) internal pure returns (Account) {
        // Unchecked: the sum of all balances is the supply, below 2^96, so nothing is carried into the delegatee.
        unchecked {
            return Account.wrap(Account.unwrap(self) + amount);
        }
    }

    /// @notice Takes `amount` wei. The caller makes sure that the holder has them.
    function debit(Account self, uint256 amount) internal pure returns (Account) {
        // Unchecked: the amount is not above the balance, so nothing is borrowed from the delegatee.
        unchecked {
            return Account.wrap(Account.unwrap(self) - amount);
        }
    }

    /// @notice Puts a delegatee and a balance of less than 2^96 wei into a word.
    function pack(address newDelegatee, uint256 amount) internal pure returns (Account) {
        return Account.wrap((uint256(uint160(newDelegatee)) << BALANCE_BITS) | amount);
    }
}
