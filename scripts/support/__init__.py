"""What the scripts share: the console, the records of deployments, reading the chain."""
