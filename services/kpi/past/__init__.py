"""Moments of the past: generations of the projection that hold what was recorded by then."""
