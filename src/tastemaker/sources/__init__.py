"""Tables in, checked tables out: ingest with a report of each rejected row, the catalogue, its buckets."""

from tastemaker.sources.buckets import bucket_of, bucketise
from tastemaker.sources.catalogue import Catalogue

__all__ = ["Catalogue", "bucket_of", "bucketise"]
