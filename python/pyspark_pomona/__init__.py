# SPDX-License-Identifier: Apache-2.0
"""The Spark data source "pomona": pictures as a DataFrame (docs/spark.md).

spark.read.format("pomona").load("s3://bucket/fruits")

Spark itself finds packages that are called pyspark_*, and imports them wherever any Python data
source is used: what takes time or starts threads is imported when pictures are read.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition

if TYPE_CHECKING:
    import pyarrow as pa
    from pomona.spark.source import Request


class DefaultSource(DataSource):
    """Pictures of a folder, a bucket, tar or Parquet files, by shards of the sorted listing."""

    @classmethod
    def name(cls) -> str:
        return "pomona"

    def schema(self) -> str:
        return self._request().columns

    def reader(self, schema: Any) -> "ShardReader":
        request = self._request()
        request.check_columns(schema.fieldNames())
        return ShardReader(request)

    def _request(self) -> "Request":
        from pomona.spark.source import Request

        return Request.parse(dict(self.options))


class Shard(InputPartition):
    """A run of the listing, as bytes of Arrow's stream format."""

    def __init__(self, listing: bytes) -> None:
        super().__init__(None)
        self.listing = listing


class ShardReader(DataSourceReader):
    """Lists where the query is planned; reads in tasks, which open the source themselves."""

    def __init__(self, request: "Request") -> None:
        self._request = request

    def partitions(self) -> list[Shard]:
        from pomona.spark.source import shards

        return [Shard(listing) for listing in shards(self._request)]

    def read(self, partition: Any) -> Iterator["pa.RecordBatch"]:
        from pomona.spark.source import read

        # Spark makes a partition of its own where there is none.
        return read(self._request, getattr(partition, "listing", b""))
