"""The settings of where films are stored, and of who sends them to players."""

from collections.abc import Iterator
from dataclasses import dataclass

from videoflix import setting_rules as rules
from videoflix import setting_types as types
from videoflix.setting_variables import variable


@dataclass(frozen=True, kw_only=True)
class DeliverySettings:
    """A part of Settings. Lifetimes are in seconds, sizes in bytes."""

    storage: tuple[str, ...] = variable(
        "STORAGE",
        "local",
        types.storages,
        help="Where films are stored: `local`, in the data folder, or `s3`, in a bucket of an S3 store. While films "
        "are moved: `s3,local` or `local,s3`; new ones are stored in the first, and all are read from both.",
    )
    s3_bucket: str = variable("S3_BUCKET", "", help="The bucket, which has to exist.")
    s3_endpoint: str = variable(
        "S3_ENDPOINT",
        "",
        types.store_address,
        help="Address of a store other than that of Amazon: `https://s3.example.org`.",
    )
    s3_region: str = variable("S3_REGION", "us-east-1", help="Region of the bucket.")
    s3_access_key_id: str = variable(
        "S3_ACCESS_KEY_ID",
        "",
        help="Without keys here, those of the environment are used: `AWS_…` variables, or the role of the host.",
    )
    s3_secret_access_key: str = variable("S3_SECRET_ACCESS_KEY", "", secret=True, help="The secret of the key.")
    s3_prefix: str = variable(
        "S3_PREFIX", "", types.key_prefix, help="Prefix of all keys, if the bucket has other contents as well."
    )
    s3_cache_size: int = variable(
        "S3_CACHE_SIZE",
        "20G",
        types.size,
        help="Space for copies of originals on each host that encodes; one that is larger is copied anyway.",
    )

    delivery: str = variable(
        "DELIVERY",
        "web",
        types.choice(web="web", nginx="nginx", redirect="redirect", cdn="cdn"),
        also="FILES_SENT_BY",
        help="Who sends segments: `web`, the web server; `nginx`, which it tells so with `X-Accel-Redirect`; "
        "`redirect`, the object store; `cdn`, whose signed addresses are in playlists. Older name: `FILES_SENT_BY`.",
    )
    cdn_url: str = variable(
        "CDN_URL",
        "",
        types.cdn_address,
        help="For `DELIVERY=cdn`: the address of the CDN, `https://cdn.example.org`.",
    )
    cdn_secret: str = variable(
        "CDN_SECRET",
        "",
        secret=True,
        help="For `DELIVERY=cdn`: what the CDN checks addresses with; 16 letters, digits, `-` and `_` or more.",
    )
    cdn_tokens: str = variable(
        "CDN_TOKENS",
        "nginx",
        types.choice(nginx="nginx", bunny="bunny"),
        help="How addresses are signed: for `nginx` (`deploy/cdn.conf.template`), or for `bunny` (bunny.net).",
    )
    signed_lifetime: int = variable(
        "SIGNED_LIFETIME",
        "600",
        types.number(60, 86_400),
        help="How long signed addresses are valid, in seconds. Those of a complete film are valid for its duration "
        "and two hours more, because players load its playlist only once.",
    )

    @property
    def media_origins(self) -> tuple[str, ...]:
        """Where players load segments from, besides this server."""
        if self.delivery == "redirect":
            return (types.origin(self.s3_endpoint or f"https://s3.{self.s3_region}.amazonaws.com"),)
        return (self.cdn_url,) if self.delivery == "cdn" else ()

    def delivery_problems(self) -> Iterator[str]:
        """What is wrong with these settings together."""
        if self.delivery == "cdn":
            yield from rules.cdn(self.cdn_url, self.cdn_secret)
        if self.delivery == "redirect" and "s3" not in self.storage:
            yield "DELIVERY=redirect requires STORAGE=s3: it redirects to the store"
        if "s3" in self.storage:
            yield from rules.s3(self.s3_bucket, self.s3_access_key_id, self.s3_secret_access_key)
        if self.delivery == "nginx" and "local" not in self.storage:
            yield "DELIVERY=nginx requires films on a disk; with STORAGE=s3 use web, redirect or cdn"
