"""Objects in S3, or another server with its protocol."""

from sqsd_adapters.invoker.envelope.s3.store import S3Store

__all__ = ["S3Store"]
