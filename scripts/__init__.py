"""What an operator runs: ``brownie run <script> <verb> [arguments]``."""
