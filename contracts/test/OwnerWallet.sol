// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title A contract wallet that behaves
/// @notice Accepts what its owner's key signed; its owner may call anything through it.
contract OwnerWallet is IERC1271 {
    address private immutable _OWNER;

    constructor(address owner) {
        _OWNER = owner;
    }

    /// @notice Calls `target` as the wallet; only the owner may.
    function execute(address target, bytes calldata data) external {
        require(msg.sender == _OWNER, "not the owner");
        (bool success, bytes memory answer) = target.call(data);
        if (success) return;
        // What failed inside fails here with the same words.
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (address signer, , ) = ECDSA.tryRecover(hash, signature);
        return signer == _OWNER ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}
