"""Payment channels over TipJar: thousands of tips a minute without a transaction."""
