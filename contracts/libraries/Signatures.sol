// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title Who signed?
/// @notice Accepts the signature of an account's own key, and of a contract wallet by ERC-1271.
/// @dev The key is tried first: an account that is delegated to code (EIP-7702) can sign either way, and nobody knows a
/// key whose address is a deployed contract. Only 65-byte signatures with a low `s` count as a key's.
library Signatures {
    /// @notice Tells whether `account` signed `digest`, and which key did (zero: none).
    function check(
        address account,
        bytes32 digest,
        bytes memory signature
    ) internal view returns (bool valid, address signer) {
        (signer, , ) = ECDSA.tryRecover(digest, signature);
        // `signer` is zero for a malformed signature, and nobody signs for the zero address.
        if (signer != address(0) && signer == account) return (true, signer);
        if (account.code.length == 0) return (false, signer);
        return (SignatureChecker.isValidERC1271SignatureNow(account, digest, signature), signer);
    }

    /// @notice Same for a signature in three parts.
    function check(
        address account,
        bytes32 digest,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) internal view returns (bool valid, address signer) {
        (signer, , ) = ECDSA.tryRecover(digest, v, r, s);
        if (signer != address(0) && signer == account) return (true, signer);
        if (account.code.length == 0) return (false, signer);
        return (SignatureChecker.isValidERC1271SignatureNow(account, digest, abi.encodePacked(r, s, v)), signer);
    }
}
