"""Proof that a log was only ever added to: a Merkle tree over its commits, signed statements of its root."""
