"""The HTTP edge of the training service: what may be sent, by whom, and what is answered."""
