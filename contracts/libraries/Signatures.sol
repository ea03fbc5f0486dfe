// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title Who signed?
/// @notice Accepts the signature of an account's own key, and of a contract wallet by ERC-1271.
/// @dev The key is tried first: an account that is delegated to code (EIP-7702) can sign either way, and nobody knows a
/// key whose address is a deployed contract. Only 65-byte signatures with a low `s` count as a key's.
library Signatures {
    /// @dev Half of the order of secp256k1: a key's `s` is not above it.
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

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

    /// @notice Tells whether the key of `account` signed `digest`. If not, {check} still has to ask for a wallet.
    /// @dev In assembly: 174 gas less than by `ecrecover`. Safe: only free memory and the first scratch word are
    /// written. That word stays zero unless the precompile recovers a key, and zero is no account that signs. Dirty
    /// upper bits in an argument, or too little gas for the precompile, can only make the answer "no".
    function isByKey(
        address account,
        bytes32 digest,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) internal view returns (bool valid) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, digest)
            mstore(add(free, 0x20), v)
            mstore(add(free, 0x40), r)
            mstore(add(free, 0x60), s)
            mstore(0x00, 0)
            pop(staticcall(gas(), 1, free, 0x80, 0x00, 0x20))
            // The same key, and neither the zero address nor a high `s`.
            valid := gt(eq(mload(0x00), account), or(iszero(account), gt(s, HALF_ORDER)))
        }
    }
}
