"""A bad network to test against: a proxy that injects faults by a seed, and the exercise that survives them."""
