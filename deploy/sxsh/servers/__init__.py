"""The real servers for a machine without its own, as the launcher, the tests and the benchmarks start them.

All of them listen on 127.0.0.1 only.
"""

from deploy.sxsh.servers.apache import ApacheKafka
from deploy.sxsh.servers.choice import ServerChoice
from deploy.sxsh.servers.kafka import Broker, kafka_answers
from deploy.sxsh.servers.mongo import MongoReplicaSet, MongoServer
from deploy.sxsh.servers.programs import java_program, mongod_program, tansu_program
from deploy.sxsh.servers.tansu import KafkaBroker

__all__ = [
    "ApacheKafka",
    "Broker",
    "KafkaBroker",
    "MongoReplicaSet",
    "MongoServer",
    "ServerChoice",
    "java_program",
    "kafka_answers",
    "mongod_program",
    "tansu_program",
]
