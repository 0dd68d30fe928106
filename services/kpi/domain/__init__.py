"""What the indicators mean: rules as data, cards of dated facts, and the deltas they contribute. Pure."""
