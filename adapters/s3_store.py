"""The object store as a bucket of any S3 service that knows conditional writes."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from adapters.storage import Stored, checked, most_bytes
from errors import SettingsInvalid, StoreConflict, StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONNECT_S, READ_S, TRIES = 3, 5, 2
# What services answer when an object is not at the version that a request named.
LOST_RACE = {"PreconditionFailed", "ConditionalRequestConflict", "OperationAborted", "409", "412"}
ABSENT = {"NoSuchKey", "404"}


class S3Store:
    """Objects in a bucket of any service that knows conditional writes."""

    def __init__(self, client: "S3Client", bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""

    def read(self, key: str) -> Stored | None:
        name = self._name(key)
        try:
            with _plain_answers(key):
                answer = self._client.get_object(Bucket=self._bucket, Key=name)
                with answer["Body"] as body:
                    return Stored(body.read(most_bytes(key)), answer["ETag"])
        except _Absent:
            return None

    def write(self, key: str, body: bytes, *, if_version: str | None) -> str:
        name = self._name(key)
        try:
            with _plain_answers(key):
                if if_version is None:
                    answer = self._client.put_object(Bucket=self._bucket, Key=name, Body=body, IfNoneMatch="*")
                else:
                    answer = self._client.put_object(Bucket=self._bucket, Key=name, Body=body, IfMatch=if_version)
                return answer["ETag"]
        except (StoreConflict, _Absent) as error:
            # A first try may have arrived and its answer been lost: the second then finds what we wrote ourselves.
            found = self.read(key)
            if found is not None and found.body == body:
                return found.version
            raise StoreConflict(key) from error

    def delete(self, key: str, *, if_version: str) -> None:
        name = self._name(key)
        # Services that do not know IfMatch here ignore it, and an absent object is no error to them: we look first.
        found = self.read(key)
        if found is None or found.version != if_version:
            raise StoreConflict(key)
        with contextlib.suppress(_Absent), _plain_answers(key):
            self._client.delete_object(Bucket=self._bucket, Key=name, IfMatch=if_version)

    def names(self, prefix: str) -> Iterator[tuple[str, str]]:
        start = self._name(prefix.rstrip("/")) + "/"
        with _plain_answers(prefix):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=start):
                for entry in page.get("Contents", []):
                    below = entry["Key"].removeprefix(start)
                    if below and "/" not in below and not below.startswith("."):
                        yield f"{prefix}{below}", entry["ETag"]

    def _name(self, key: str) -> str:
        return self._prefix + checked(key)


@lru_cache(maxsize=4)
def s3_client(endpoint: str = "") -> "S3Client":
    """A client with bounded patience; its keys come from boto3's own environment."""
    # Imported here: 20 MB that a store in a folder does not need.
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    config = Config(
        connect_timeout=CONNECT_S,
        read_timeout=READ_S,
        retries={"total_max_attempts": TRIES, "mode": "standard"},
        # Services other than Amazon's stumble over the newer checksums, and over buckets in the host name.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path"} if endpoint else None,
    )
    try:
        session = boto3.session.Session()
        region = session.region_name or "us-east-1"
        return session.client("s3", endpoint_url=endpoint or None, region_name=region, config=config)
    except (BotoCoreError, ValueError) as error:
        raise SettingsInvalid(f"CARBUROAM_S3_ENDPOINT or the AWS_* variables cannot be used: {error}") from error


class _Absent(Exception):
    """The service says that there is no such object."""


@contextmanager
def _plain_answers(key: str) -> Iterator[None]:
    """Say in our words what the service answered."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as in `s3_client`

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in ABSENT:
            raise _Absent(key) from error
        if code in LOST_RACE:
            raise StoreConflict(key) from error
        raise StoreUnavailable(f"the credentials store refused: {code or error}") from error
    except (BotoCoreError, OSError) as error:
        raise StoreUnavailable(f"the credentials store cannot be reached: {type(error).__name__}") from error
