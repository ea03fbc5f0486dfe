"""A small chain interface with two backends: Ganache through Brownie, and an EVM inside the process.

Machines and differential tests are written once against :class:`tests.chain.interface.Chain` and run on both.
"""
