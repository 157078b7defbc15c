"""Tables in, checked tables out: ingest with a report of each rejected row, the catalogue, its buckets."""

from tastemaker.sources.buckets import bucket_of, bucketise
from tastemaker.sources.catalogue import Catalogue
from tastemaker.sources.ingestion import ingest
from tastemaker.sources.reading import RIGHTS
from tastemaker.sources.reasons import Reason, Refusal, RefusedInputError
from tastemaker.sources.register import data_register, read_rights
from tastemaker.sources.report import IngestReport, TableReport

__all__ = [
    "RIGHTS",
    "Catalogue",
    "IngestReport",
    "Reason",
    "Refusal",
    "RefusedInputError",
    "TableReport",
    "bucket_of",
    "bucketise",
    "data_register",
    "ingest",
    "read_rights",
]
