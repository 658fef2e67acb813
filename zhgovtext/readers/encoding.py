"""Bytes → text: byte order mark, then what the file declares, then detection among the encodings of Chinese."""

from __future__ import annotations

import codecs
import re
from itertools import islice

from zhgovtext.errors import InputError

# The commonest characters of official prose in both scripts: of two encodings that can decode the same
# bytes, the wrong one yields rare characters. They are counted, never matched as words.
_COMMON = frozenset(
    "的一是在和有大中人公开政府信息工作年度报告申请条件数市县区国办部门行法主动依答复机关统计管理"
    "服务规定制度建设会议开展进加强及各级为了对不以上下等发布網站務開資訊報請條數縣區國辦門動複機關統"
    "計規設會議進強級為對發與將來學業電話們"
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# How much commoner the characters of the other encoding must be before a declaration is overruled.
_DECLARED = 1.25
_WIDE = re.compile("[^\x00-\x7f]+")
_CONTROL = bytes([*range(9), *range(14, 32), 127])
# Of the non-ASCII characters of official prose about half are in `_COMMON`; of other bytes read as UTF-16 few are.
_COMMON_SHARE = 0.2
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def decode(data: bytes, *, path: str = "", declared: str | None = None) -> tuple[str, str]:
    """Detect the encoding of a Chinese text file: (encoding, text).

    A byte order mark decides; then UTF-8, if all of it is valid; then whichever of GB18030 and Big5 decodes
    it into the commoner characters, where the one that the file has `declared` is given an advantage.

    >>> decode("政府信息公开工作年度报告".encode("gbk"))
    ('gb18030', '政府信息公开工作年度报告')
    >>> decode("政府資訊公開年度報告".encode("big5"))
    ('big5', '政府資訊公開年度報告')
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError as error:
                raise _undecodable(path, f"begins as {encoding} but is not", error.start) from error
            return ("utf-8" if encoding == "utf-8-sig" else encoding), text
    if b"\x00" in data:
        wide = _wide(data)
        if wide is not None:
            return "utf-16", wide
        raise InputError(
            "binary",
            "is not a text file",
            path=path,
            hint="it holds zero bytes; give it the suffix of its format, or save it as text",
        )
    try:
        return "utf-8", _checked(data, data.decode("utf-8"), path)
    except UnicodeDecodeError as error:
        bad = error.start
    if _is_damaged_utf8(data):
        raise _undecodable(path, "is UTF-8 with damaged bytes", bad)
    candidates: list[tuple[float, str, str]] = []
    for encoding, codec in (("gb18030", "gb18030"), ("big5", "big5hkscs"), ("big5", "cp950")):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        candidates.append((_commonness(text) * (_DECLARED if encoding == declared else 1), encoding, text))
    if not candidates:
        raise _undecodable(path, "is in no known encoding (UTF-8, UTF-16, GB18030, Big5)", bad)
    best = max(candidates, key=lambda candidate: candidate[0])
    return best[1], _checked(data, best[2], path)


def _commonness(text: str) -> float:
    sample = "".join(found[0] for found in islice(_WIDE.finditer(text), 2_000))[:20_000]
    return sum(char in _COMMON for char in sample) / max(len(sample), 1)


def _is_damaged_utf8(data: bytes) -> bool:
    """Most of the text is UTF-8 of Chinese: GB18030 would turn it into other, real-looking characters."""
    kept = data.decode("utf-8", "ignore")
    return len(_HAN.findall(kept)) * 3 > 0.8 * sum(byte > 0x7F for byte in data)


def _undecodable(path: str, message: str, at: int) -> InputError:
    return InputError("encoding", message, path=path, place=f"byte {at}", hint="save it again as UTF-8 and retry")


def _wide(data: bytes) -> str | None:
    """UTF-16 without a byte order mark: the reading of the two whose characters are common ones, if one is."""
    for codec in ("utf-16-le", "utf-16-be"):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text and _commonness(text) > _COMMON_SHARE:
            return text
    return None


def _checked(data: bytes, text: str, path: str) -> str:
    if len(data) - len(data.translate(None, _CONTROL)) > 0.01 * len(text):
        raise InputError("binary", "is not a text file", path=path, hint="it holds control bytes")
    return text
