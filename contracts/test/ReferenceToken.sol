// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

/// @title The token as OpenZeppelin would build it
/// @notice What LVOToken is compared with, call by call; never deployed.
contract ReferenceToken is ERC20, ERC20Permit, ERC20Votes {
    constructor(address holder) ERC20("LIVE VIDEO", "LVO") ERC20Permit("LIVE VIDEO") {
        _mint(holder, 1_000_000_000e18);
    }

    /// @notice Uses up the caller's next nonce, as LVOToken lets everyone do.
    function cancelNonce(uint256 nonce) external {
        _useCheckedNonce(msg.sender, nonce);
    }

    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    function clock() public view override returns (uint48) {
        return uint48(block.timestamp);
    }

    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }
}
