"""Empty restic repositories whose key is cheap to derive.

`restic init` takes 2 to 3 seconds and gives the key a scrypt cost of half a second, which every later command pays
again. The repositories made here differ in nothing but that cost (16 instead of about 32768). The layout and the
encryption are those of restic's own design document (doc/design.rst, "Repository Layout" and "Keys, Encryption and
MAC"): AES-256 in counter mode with a Poly1305-AES MAC. Slow and not constant-time: for tests only.
`tests/integration/support/test_repositories.py` proves them with `restic check` of every version.
"""

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

SCRYPT_COST = 16
CHUNKER_POLYNOMIAL = "3da3358b4dc173"  # from restic's design document; any irreducible one of degree 53 will do
FOLDERS = ("keys", "snapshots", "index", "locks", "data", *(f"data/{number:02x}" for number in range(256)))


def make(path: Path, password: str) -> None:
    """Writes an empty repository of format 2 with a fresh id and a fresh master key, in folders 0700 and files 0400."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in FOLDERS:
        (path / folder).mkdir(mode=0o700, parents=True)
    master = os.urandom(64)
    salt = os.urandom(64)
    user_key = hashlib.scrypt(password.encode(), salt=salt, n=SCRYPT_COST, r=8, p=1, dklen=64)
    key_file = json.dumps(
        {
            "created": "2026-01-01T00:00:00Z",
            "username": "immich",
            "hostname": "photos",
            "kdf": "scrypt",
            "N": SCRYPT_COST,
            "r": 8,
            "p": 1,
            "salt": _text(salt),
            "data": _text(_encrypt(user_key, json.dumps(_master_key(master)).encode())),
        }
    ).encode()
    _write(path / "keys" / hashlib.sha256(key_file).hexdigest(), key_file)
    config = {"version": 2, "id": os.urandom(32).hex(), "chunker_polynomial": CHUNKER_POLYNOMIAL}
    _write(path / "config", _encrypt(master, json.dumps(config).encode()))


def write_lock(path: Path, password: str, lock: Mapping[str, object]) -> None:
    """Puts a lock into a repository that :func:`make` wrote, as a restic on another machine would."""
    (key_file,) = (path / "keys").iterdir()
    key = json.loads(key_file.read_bytes())
    salt, data = base64.b64decode(key["salt"]), base64.b64decode(key["data"])
    user_key = hashlib.scrypt(password.encode(), salt=salt, n=SCRYPT_COST, r=8, p=1, dklen=64)
    master = json.loads(_apply(user_key, data[:16], data[16:-16]))
    mac = b"".join(base64.b64decode(master["mac"][part]) for part in ("k", "r"))
    content = _encrypt(base64.b64decode(master["encrypt"]) + mac, json.dumps(lock).encode())
    _write(path / "locks" / hashlib.sha256(content).hexdigest(), content)


def _write(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    file.chmod(0o400)


def _master_key(key: bytes) -> dict[str, object]:
    return {"mac": {"k": _text(key[32:48]), "r": _text(key[48:64])}, "encrypt": _text(key[:32])}


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _encrypt(key: bytes, plaintext: bytes) -> bytes:
    """IV, ciphertext and MAC under a key of 64 bytes: AES key, then the MAC's AES key and its Poly1305 part."""
    iv = os.urandom(16)
    ciphertext = _apply(key, iv, plaintext)
    pad = _encrypt_block(_expand_key(key[32:48]), iv)
    return iv + ciphertext + _poly1305(key[48:64], pad, ciphertext)


def _apply(key: bytes, iv: bytes, text: bytes) -> bytes:
    """The stream that the counter makes, over a text: encrypts and decrypts alike."""
    round_keys = _expand_key(key[:32])
    result = bytearray()
    for offset in range(0, len(text), 16):
        counter = (int.from_bytes(iv) + offset // 16) % (1 << 128)
        block = text[offset : offset + 16]
        result += bytes(a ^ b for a, b in zip(block, _encrypt_block(round_keys, counter.to_bytes(16)), strict=False))
    return bytes(result)


def _poly1305(r_bytes: bytes, pad: bytes, message: bytes) -> bytes:
    r = int.from_bytes(r_bytes, "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for offset in range(0, len(message), 16):
        total = (total + int.from_bytes(message[offset : offset + 16] + b"\x01", "little")) * r % ((1 << 130) - 5)
    return ((total + int.from_bytes(pad, "little")) % (1 << 128)).to_bytes(16, "little")


def _double(value: int) -> int:
    return ((value << 1) ^ 0x11B if value & 0x80 else value << 1) & 0xFF


def _substitution_box() -> list[int]:
    box = [0x63] * 256
    p = q = 1
    while True:
        p ^= _double(p)  # times 3
        for shift in (1, 2, 4):  # divided by 3
            q ^= q << shift & 0xFF
        q ^= 0x09 if q & 0x80 else 0
        box[p] = 0x63 ^ q ^ _rotate(q, 1) ^ _rotate(q, 2) ^ _rotate(q, 3) ^ _rotate(q, 4)
        if p == 1:
            return box


def _rotate(value: int, bits: int) -> int:
    return (value << bits | value >> 8 - bits) & 0xFF


_SBOX = _substitution_box()


def _expand_key(key: bytes) -> list[bytes]:
    words = [key[i : i + 4] for i in range(0, len(key), 4)]
    length = len(words)
    constant = 1
    for i in range(length, 4 * (length + 7)):
        word = words[-1]
        if i % length == 0:
            word = bytes(_SBOX[b] for b in word[1:] + word[:1])
            word = bytes([word[0] ^ constant]) + word[1:]
            constant = _double(constant)
        elif length == 8 and i % length == 4:
            word = bytes(_SBOX[b] for b in word)
        words.append(bytes(a ^ b for a, b in zip(word, words[i - length], strict=True)))
    return [b"".join(words[i : i + 4]) for i in range(0, len(words), 4)]


def _encrypt_block(round_keys: list[bytes], block: bytes) -> bytes:
    state = bytes(a ^ b for a, b in zip(block, round_keys[0], strict=True))
    for number, round_key in enumerate(round_keys[1:], start=1):
        state = bytes(_SBOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16))
        if number < len(round_keys) - 1:
            state = _mix_columns(state)
        state = bytes(a ^ b for a, b in zip(state, round_key, strict=True))
    return state


def _mix_columns(state: bytes) -> bytes:
    mixed = bytearray()
    for i in range(0, 16, 4):
        column = state[i : i + 4]
        every = column[0] ^ column[1] ^ column[2] ^ column[3]
        mixed += bytes(column[j] ^ every ^ _double(column[j] ^ column[(j + 1) % 4]) for j in range(4))
    return bytes(mixed)
