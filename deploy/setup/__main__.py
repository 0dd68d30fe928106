"""`python -m deploy.setup mongo` makes the replica set and its users, `python -m deploy.setup brokers` the
users of Kafka and their rights, `python -m deploy.setup topics` the topics.

Settings by environment variable; what is missing is named, and the exit code is 2. When the server does not
answer it is 1: run it again.
"""

from __future__ import annotations

import os
import sys

from kafka.errors import KafkaError
from pymongo.errors import PyMongoError

from deploy.setup.brokers import set_up_brokers
from deploy.setup.mongo import set_up_mongo
from deploy.setup.topics import set_up_topics

STEPS = {"mongo": set_up_mongo, "brokers": set_up_brokers, "topics": set_up_topics}


def main(arguments: list[str]) -> int:
    step = STEPS.get(arguments[0]) if len(arguments) == 1 else None
    if step is None:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    try:
        for done in step(os.environ):
            sys.stdout.write(f"{done}\n")
    except KeyError as missing:
        sys.stderr.write(f"{missing.args[0]} is not set.\n")
        return 2
    except (PyMongoError, KafkaError, OSError, ValueError) as error:
        sys.stderr.write(f"{arguments[0]}: {type(error).__name__}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
