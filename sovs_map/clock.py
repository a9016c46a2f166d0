"""The time that results carry."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from sovs_map.errors import OptionError


def now() -> str:
    """Return the time, ISO 8601 with ``Z``; what ``SOURCE_DATE_EPOCH`` says where it is set, for results equal to the byte.

    Raises:
        OptionError: it is no time.

    Source:
        https://reproducible-builds.org/specs/source-date-epoch/
    """
    told = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        moment = datetime.now(UTC) if told is None else datetime.fromtimestamp(int(told), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise OptionError(
            f"SOURCE_DATE_EPOCH is {told!r}; it is a number of seconds since 1970, or unset it"
        ) from error
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
