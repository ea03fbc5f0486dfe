// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A plain token of OpenZeppelin
contract OpenZeppelinToken is ERC20 {
    /// @notice Gives `supply` wei to `holder`.
    constructor(address holder, uint256 supply) ERC20("LIVE VIDEO", "LVO") {
        _mint(holder, supply);
    }
}
