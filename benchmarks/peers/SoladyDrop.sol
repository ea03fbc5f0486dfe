// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleProofLib} from "solady/src/utils/MerkleProofLib.sol";
import {SafeTransferLib} from "solady/src/utils/SafeTransferLib.sol";

/// @title Cumulative claims by one Merkle root, of Solady's parts and nothing else
contract SoladyDrop {
    using SafeTransferLib for address;

    /// @notice What a list gives an account in all.
    struct Entitlement {
        address account;
        uint256 cumulative;
    }

    /// @notice What is paid.
    address public immutable token;
    /// @notice The root that counts.
    bytes32 public root;
    /// @notice What was paid to an account.
    mapping(address account => uint256 amount) public paid;

    /// @notice Emitted when `account` was paid.
    event Claimed(address indexed account, uint256 amount);

    error InvalidProof();
    error NothingDue();

    /// @notice Pays `token_`.
    constructor(address token_) {
        token = token_;
    }

    /// @notice Sets the root; here by anybody.
    function setRoot(bytes32 root_) external {
        root = root_;
    }

    /// @notice Pays `account` what is due.
    function claim(address account, uint256 cumulative, bytes32[] calldata proof) external {
        if (!MerkleProofLib.verifyCalldata(proof, root, _leaf(account, cumulative))) revert InvalidProof();
        uint256 before = paid[account];
        if (cumulative <= before) revert NothingDue();
        paid[account] = cumulative;
        token.safeTransfer(account, cumulative - before);
        emit Claimed(account, cumulative - before);
    }

    /// @notice Pays many accounts what is due.
    function claimMany(
        Entitlement[] calldata rows,
        bytes32[] calldata proof,
        bool[] calldata flags
    ) external {
        bytes32[] memory leaves = new bytes32[](rows.length);
        for (uint256 i = 0; i < rows.length; ++i) leaves[i] = _leaf(rows[i].account, rows[i].cumulative);
        if (!MerkleProofLib.verifyMultiProof(proof, root, leaves, flags)) revert InvalidProof();
        for (uint256 i = 0; i < rows.length; ++i) {
            (address account, uint256 cumulative) = (rows[i].account, rows[i].cumulative);
            uint256 before = paid[account];
            if (cumulative <= before) continue;
            paid[account] = cumulative;
            token.safeTransfer(account, cumulative - before);
            emit Claimed(account, cumulative - before);
        }
    }

    function _leaf(address account, uint256 cumulative) private view returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(address(this), block.chainid, account, cumulative))));
    }
}
