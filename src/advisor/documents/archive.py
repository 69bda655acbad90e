"""Office files are archives; here they are packed anew, so that the same content gives the same bytes."""

from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first day that an archive can name


def repacked(content: bytes, instead: Mapping[str, bytes] | None = None) -> bytes:
    """An archive without times and in a fixed compression; `instead` are contents that take the place of some."""
    made = BytesIO()
    with ZipFile(BytesIO(content)) as before, ZipFile(made, "w") as after:
        for name in before.namelist():
            entry = ZipInfo(name, _LONG_AGO)
            entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o600 << 16
            after.writestr(entry, (instead or {}).get(name, before.read(name)), compresslevel=6)
    return made.getvalue()
