// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "solmate/src/tokens/ERC20.sol";

/// @title A plain token of solmate
contract SolmateToken is ERC20 {
    /// @notice Gives `supply` wei to `holder`.
    constructor(address holder, uint256 supply) ERC20("LIVE VIDEO", "LVO", 18) {
        _mint(holder, supply);
    }
}
