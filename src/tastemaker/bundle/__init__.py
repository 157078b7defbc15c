"""One folder with all that serving needs: written whole, checksummed, verified on loading, no pickle in it."""

from tastemaker.bundle.folder import Bundle, Manifest, load_bundle, verify_bundle, write_bundle

__all__ = ["Bundle", "Manifest", "load_bundle", "verify_bundle", "write_bundle"]
