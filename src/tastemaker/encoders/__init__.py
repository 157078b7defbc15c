"""Text to unit vectors: the reference encoder, the fast ones, their disk cache and their files.

Vectors carry the id of the encoder that made them; vectors of two encoders are never mixed.
"""

from tastemaker.encoders.cache import VectorCache
from tastemaker.encoders.encoder import Encoder, require_same
from tastemaker.encoders.home import cache_home
from tastemaker.encoders.loading import load_encoder
from tastemaker.encoders.many import encode_many
from tastemaker.encoders.packing import pack_encoder, unpack_encoder
from tastemaker.encoders.vectors import VectorTable, read_vectors, write_vectors

__all__ = [
    "Encoder",
    "VectorCache",
    "VectorTable",
    "cache_home",
    "encode_many",
    "load_encoder",
    "pack_encoder",
    "read_vectors",
    "require_same",
    "unpack_encoder",
    "write_vectors",
]
