"""What a build has read of the feeds and not yet folded: events by bucket, in a collection of its own.

A bucket holds all events of some subjects of one partition, as many as fit into memory at once. A page of a
feed is put by as one document a bucket, and then a document of its own says that it is whole: pages always
begin at the same positions, so one that was cut off is put by again under the same ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from zlib import crc32

import msgspec
from bson.binary import Binary
from pymongo import ReplaceOne
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from services.eventkit.commits import GENESIS
from services.eventkit.errors import Refused
from services.eventkit.feed_client import FeedBroken
from services.eventkit.ids import new_id
from services.eventkit.replacing import DUPLICATE_KEY
from services.kpi.domain.facts import SOURCES, Source

Document = dict[str, Any]

#: Events that a bucket should hold about, and bytes that one document may.
BUCKET_EVENTS, DOCUMENT_BYTES = 16_000, 8 * 1024 * 1024
#: Commits of a page: fewer of a short log, so that all processes have some of it.
PAGE, LEAST_PAGE, PAGES_AT_LEAST = 5000, 500, 40

PREFIX = "spool_"


class Spooled(msgspec.Struct, array_like=True, gc=False):
    """An event as `cards.fold` reads it. `data` is its JSON, of version `schema`."""

    id: str
    type: str
    subject: str
    occurred_on: date
    recorded_at: datetime
    sequence: int
    schema: int
    data: bytes


class Plan(msgspec.Struct, frozen=True):
    """What a build takes, fixed when it begins: up to which position of each feed, and how it is cut up."""

    generation: str
    rules: str
    partitions: int
    #: Buckets of a partition.
    buckets: int
    page: int
    target: dict[Source, int]
    #: Which beginning this is: another with the same numbers has not read what this one had.
    begun: str = ""

    @property
    def commits(self) -> int:
        return sum(self.target.values())

    def pages(self) -> list[Page]:
        return [
            Page(source, after, min(self.page, end - after))
            for source, end in self.target.items()
            for after in range(0, end, self.page)
        ]

    def bucket_of(self, subject: str) -> int:
        """Those of a partition follow each other."""
        hash_ = crc32(subject.encode())
        return hash_ % self.partitions * self.buckets + hash_ // self.partitions % self.buckets

    def buckets_of(self, partition: int) -> range:
        return range(partition * self.buckets, (partition + 1) * self.buckets)


class Page(NamedTuple):
    source: Source
    after: int
    limit: int


class Read(NamedTuple):
    """A page put by: how many events, what its first line names as `prev`, and the hash of its last."""

    events: int
    prev: str
    hash: str


def planned(generation: str, rules: str, partitions: int, target: Mapping[str, int]) -> Plan:
    total = sum(target.values())
    page = min(max(total // PAGES_AT_LEAST, LEAST_PAGE), PAGE)
    buckets = max(round(total / partitions / BUCKET_EVENTS), 1)
    return Plan(
        generation, rules, partitions, buckets, page, {s: target[s] for s in SOURCES if target.get(s)}
    )


class Spool:
    def __init__(self, database: Database[Document], generation: str) -> None:
        # What a new primary has lost of it is missing as whole pages, and read again: see `missing`.
        self._collection: Collection[Document] = database.get_collection(
            f"{PREFIX}{generation}",
            write_concern=WriteConcern(w=1),
            read_concern=ReadConcern("majority"),
        )

    def plan(self) -> Plan | None:
        """That of a build under way, or cut off."""
        found = self._collection.find_one({"_id": "plan"}, {"_id": 0})
        return None if found is None else msgspec.convert(found, Plan)

    def begin(self, plan: Plan) -> Plan:
        """Forget what is there; whatever follows is of the plan returned."""
        self._collection.drop()
        begun = msgspec.structs.replace(plan, begun=new_id())
        self._collection.insert_one({"_id": "plan", **msgspec.to_builtins(begun)})
        return begun

    def ensure(self, plan: Plan) -> None:
        """What was read of the spool until now was all there. Raises `Refused` when it may not have been:
        another process has ended this plan, because this one had fallen silent."""
        if self.plan() != plan:
            raise Refused("Another process goes on with this build, because this one fell silent.")

    def drop(self) -> None:
        self._collection.drop()

    def put(self, page: Page, events: Mapping[int, Sequence[Spooled]], read: Read) -> None:
        """`events` by bucket. Again, it changes nothing."""
        slot = SOURCES.index(page.source)
        documents = [
            {"_id": f"{bucket:08}|{slot}|{page.after:012}|{number:06}", "events": Binary(piece)}
            for bucket, found in events.items()
            for number, piece in enumerate(_pieces(found))
        ]
        documents.append({"_id": _page_id(page.source, page.after), **read._asdict()})
        try:
            self._collection.insert_many(documents)
        except BulkWriteError as error:
            _only_duplicates(error)
            self._collection.bulk_write([ReplaceOne({"_id": d["_id"]}, d, upsert=True) for d in documents])

    def missing(self, plan: Plan) -> list[Page]:
        """The pages that are not there yet, whole and for good."""
        settled = self._collection.with_options(write_concern=WriteConcern(w="majority"))
        settled.update_one({"_id": "plan"}, {"$inc": {"looks": 1}})
        done = self.pages()
        return [page for page in plan.pages() if (page.source, page.after) not in done]

    def pages(self) -> dict[tuple[str, int], Read]:
        """By (source, position before it): the pages that are whole."""
        found = self._collection.find({"_id": {"$gte": "page|", "$lt": "page}"}})
        read = {}
        for each in found:
            _, source, after = each["_id"].split("|")
            read[source, int(after)] = Read(each["events"], each["prev"], each["hash"])
        return read

    def check(self, plan: Plan) -> int:
        """Whether the pages follow each other as the lines of each do; how many events they hold.

        Raises `FeedBroken`, naming the first seam that does not hold.
        """
        pages, hash_ = self.pages(), GENESIS
        for page in plan.pages():
            read = pages[page.source, page.after]
            if read.prev != (hash_ if page.after else GENESIS):
                raise FeedBroken(
                    f"The commit of {page.source} at position {page.after + 1} does not follow the one at "
                    f"{page.after}: its `prev` is not that one's hash. Verify that log (sxsh verify)."
                )
            hash_ = read.hash
        return sum(read.events for read in pages.values())

    def bucket(self, bucket: int) -> Iterator[tuple[Source, list[Spooled]]]:
        """Its events, those of one source after the other, in order."""
        ids = {"$gte": f"{bucket:08}|", "$lt": f"{bucket:08}}}"}
        for document in self._collection.find({"_id": ids}).sort("_id", 1):
            yield SOURCES[int(document["_id"].split("|")[1])], _decoder.decode(document["events"])


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Spooled])


def _pieces(events: Sequence[Spooled]) -> Iterator[bytes]:
    whole = _encoder.encode(events)
    if len(whole) <= DOCUMENT_BYTES or len(events) == 1:
        yield whole
    else:
        half = len(events) // 2
        yield from _pieces(events[:half])
        yield from _pieces(events[half:])


def _page_id(source: str, after: int) -> str:
    return f"page|{source}|{after:012}"


def insert(collection: Collection[Document], documents: list[Document]) -> None:
    """Insert many; what an attempt that was cut off has left is replaced, what was flushed since is not:
    then another process has filled this, and the generation may be live."""
    if not documents:
        return
    try:
        collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        again = [documents[each["index"]] for each in _only_duplicates(error)]
        older = [ReplaceOne({"_id": d["_id"], "flush": {"$lte": d["flush"]}}, d) for d in again]
        collection.bulk_write(older, ordered=False)


def _only_duplicates(error: BulkWriteError) -> list[Document]:
    """The writes that failed because their ids are taken; raises the error when anything else went wrong."""
    failed: list[Document] = error.details["writeErrors"]
    if error.details.get("writeConcernErrors") or any(each["code"] != DUPLICATE_KEY for each in failed):
        raise error
    return failed
