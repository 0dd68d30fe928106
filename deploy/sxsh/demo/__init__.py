"""A demonstration province, loaded through the public APIs. README.md says what of it is real."""

from deploy.sxsh.demo.run import run

__all__ = ["run"]
