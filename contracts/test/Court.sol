// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IArbitrable} from "@kleros/erc-792/contracts/IArbitrable.sol";
import {CentralizedArbitratorWithAppeal} from "@kleros/erc-792/contracts/examples/CentralizedArbitratorWithAppeal.sol";

/// @title An arbitrator with appeals
/// @notice Kleros' own example of ERC-792, which the adapter is tested against; and it can forget its manners.
contract Court is CentralizedArbitratorWithAppeal {
    /// @notice Rules whatever is asked, whether it may or not.
    function misrule(IArbitrable arbitrable, uint256 disputeId, uint256 ruling) external {
        arbitrable.rule(disputeId, ruling);
    }
}
