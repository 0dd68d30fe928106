"""The projector: folds the three logs into cards and cells, each event exactly once, whatever crashes."""
