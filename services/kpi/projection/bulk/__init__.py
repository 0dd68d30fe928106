"""Fills a generation that nobody reads yet, in two passes, by several processes, in bounded memory.

First the feeds are read page by page, and what the fold needs of each event is put by, ordered by subject
(`spool`, `gather`). Then a partition at a time is folded: all events of a card at once, what it counts for
worked out once, card and sums written once (`fold`, `filling`). Pages and partitions that are done are known
in the database, so that whoever goes on after a crash or a pause repeats little.
"""
