// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "solady/src/tokens/ERC20.sol";

/// @title A plain token of Solady
contract SoladyToken is ERC20 {
    /// @notice Gives `supply` wei to `holder`.
    constructor(address holder, uint256 supply) {
        _mint(holder, supply);
    }

    /// @notice The token's name.
    function name() public pure override returns (string memory) {
        return "LIVE VIDEO";
    }

    /// @notice The token's symbol.
    function symbol() public pure override returns (string memory) {
        return "LVO";
    }

    function _constantNameHash() internal pure override returns (bytes32) {
        return keccak256("LIVE VIDEO");
    }
}
