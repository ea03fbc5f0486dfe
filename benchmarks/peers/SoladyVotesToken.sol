// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20Votes} from "solady/src/tokens/ERC20Votes.sol";

/// @title A token of Solady with permits and votes on a timestamp clock
contract SoladyVotesToken is ERC20Votes {
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

    /// @notice Votes are counted by the second.
    function clock() public view override returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @notice See ERC-6372.
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    function _constantNameHash() internal pure override returns (bytes32) {
        return keccak256("LIVE VIDEO");
    }
}
