// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {VestingWalletUpgradeable} from "@openzeppelin/contracts-upgradeable/finance/VestingWalletUpgradeable.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title Makes and funds vesting wallets of OpenZeppelin as minimal clones
contract VestingWalletFactory {
    /// @notice What is cloned.
    address public immutable wallet;

    /// @notice Takes the wallet to clone.
    constructor(address wallet_) {
        wallet = wallet_;
    }

    /// @notice Locks `amount` wei of the caller's `token` for `beneficiary`.
    function create(IERC20 token, address beneficiary, uint64 start, uint64 duration, uint256 amount) external {
        address clone = Clones.clone(wallet);
        VestingWalletUpgradeable(payable(clone)).initialize(beneficiary, start, duration);
        token.transferFrom(msg.sender, clone, amount);
    }
}
