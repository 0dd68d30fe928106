"""Query models of the training service: one document a stream, rebuilt from the log at any time."""
