// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

/// @title A token of OpenZeppelin with permits and votes on a timestamp clock
contract OpenZeppelinVotesToken is ERC20, ERC20Permit, ERC20Votes {
    /// @notice Gives `supply` wei to `holder`.
    constructor(address holder, uint256 supply) ERC20("LIVE VIDEO", "LVO") ERC20Permit("LIVE VIDEO") {
        _mint(holder, supply);
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

    /// @notice The next nonce of `owner`.
    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }
}
