"""A device with a passkey, in software: answers the options of the server as browsers do."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes as decoded
from webauthn.helpers import bytes_to_base64url as encoded

PRESENT, VERIFIED, HAS_CREDENTIAL = 0x01, 0x04, 0x40
Json = dict[str, Any]


@dataclass
class SoftwarePasskey:
    """`flags` say whether the user was there and was verified."""

    origin: str = "http://localhost"
    flags: int = PRESENT | VERIFIED
    count: int = 1
    handle: str = ""
    credential_id: bytes = field(default_factory=lambda: token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: Json) -> Json:
        self.handle = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        about = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(public)
        data = self._data(options["rp"]["id"], HAS_CREDENTIAL) + about
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options)
        return self._credential(clientDataJSON=encoded(client), attestationObject=encoded(attestation))

    def get(self, options: Json) -> Json:
        self.count += 1
        client, data = self._client("webauthn.get", options), self._data(options["rpId"])
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._credential(
            clientDataJSON=encoded(client),
            authenticatorData=encoded(data),
            signature=encoded(signature),
            userHandle=self.handle,
        )

    def _client(self, kind: str, options: Json) -> bytes:
        assert decoded(options["challenge"])
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": self.origin}).encode()

    def _data(self, host: str, more: int = 0) -> bytes:
        return sha256(host.encode()).digest() + bytes([self.flags | more]) + self.count.to_bytes(4, "big")

    def _credential(self, **response: str) -> Json:
        name = encoded(self.credential_id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}
