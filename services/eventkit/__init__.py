"""What the four services share: the event log, the relay, the consumer and the HTTP edge.

Nothing here knows about cleaner production; nothing here imports a service.
"""
