"""Makes the bucket of the store where it is missing: `python deploy/bucket.py`, once, before the servers start."""

import sys
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from adapters.s3_store import s3_client
from settings import settings


def main() -> int:
    """0 where the bucket of `CARBUROAM_STORE_URL` is there at the end, made or found."""
    store = urlsplit(settings().store)
    if store.scheme != "s3":
        print(f"CARBUROAM_STORE_URL names no bucket: {settings().store}", file=sys.stderr)
        return 2
    client = s3_client(settings().s3_endpoint)
    there = {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
    if store.netloc not in there:
        client.create_bucket(Bucket=store.netloc)
        print(f"made the bucket {store.netloc}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
