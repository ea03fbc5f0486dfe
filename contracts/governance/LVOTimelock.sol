// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

import {ICouncilGuard} from "../../interfaces/ICouncilGuard.sol";

/// @title LIVE VIDEO's timelock
/// @notice OpenZeppelin's TimelockController with all its roles given at birth, so that no deployer ever holds one: the
/// governor proposes and cancels, the council's guard cancels while it can, anyone carries out what is ready, and the
/// timelock alone changes roles.
/// @dev The governor is deployed later, at an address that is computed beforehand.
contract LVOTimelock is TimelockController {
    /// @notice Gives the roles; `minDelay` in seconds.
    constructor(
        uint256 minDelay,
        address governor,
        ICouncilGuard guard
    ) TimelockController(minDelay, _only(governor), _only(address(0)), address(0)) {
        _grantRole(CANCELLER_ROLE, address(guard));
    }

    function _only(address account) private pure returns (address[] memory accounts) {
        accounts = new address[](1);
        accounts[0] = account;
    }
}
