// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title A contract wallet that behaves
/// @notice Accepts what its owner's key signed; its owner may call anything through it.
contract OwnerWallet is IERC1271 {
    /// @notice Thrown when somebody else than the owner wants to act as the wallet.
    error OwnerWallet_NotOwner(address caller, address owner);

    address private immutable _OWNER;

    constructor(address owner) {
        _OWNER = owner;
    }

    /// @notice Calls `target` as the wallet; only the owner may.
    function execute(address target, bytes calldata data) external {
        if (msg.sender != _OWNER) revert OwnerWallet_NotOwner(msg.sender, _OWNER);
        Address.functionCall(target, data);
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (address signer, , ) = ECDSA.tryRecover(hash, signature);
        return signer == _OWNER ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}
