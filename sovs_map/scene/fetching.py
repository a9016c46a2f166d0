"""What we fetch from the network ourselves: small documents, and which version of a file a server holds."""

from __future__ import annotations

import time
from http.client import HTTPException, HTTPResponse, IncompleteRead
from urllib import request
from urllib.error import HTTPError
from urllib.parse import quote, urljoin, urlsplit

from sovs_map.errors import SceneError
from sovs_map.scene.remote import PAUSES_S, patience_s

LONGEST_S = 120.0
"""A document that has not come within this time is given up [s]."""

REDIRECTS = 10
"""Most redirects that are followed."""

# No handler of files, FTP or redirects: where an answer sends us is looked at before it is followed.
_opener = request.OpenerDirector()
for _handler in (
    request.ProxyHandler(),
    request.HTTPHandler(),
    request.HTTPSHandler(),
    request.HTTPDefaultErrorHandler(),
    request.HTTPErrorProcessor(),
    request.UnknownHandler(),
):
    _opener.add_handler(_handler)


def is_fetched(href: str) -> bool:
    """Tell whether a reference is one that we fetch: http or https."""
    return href.lower().startswith(("http://", "https://"))


def fetch(url: str, *, limit: int) -> bytes:
    """Return the body of a document.

    Args:
        url: http or https.
        limit: most bytes that are taken.

    Raises:
        SceneError: it is larger, missing, or its server did not answer in time.
    """
    for pause in PAUSES_S:
        time.sleep(pause)
        try:
            return _body(url, limit)
        except SceneError:
            raise
        except (OSError, HTTPException, ValueError) as error:
            problem = error
            if isinstance(error, ValueError) or (isinstance(error, HTTPError) and error.code < 500):
                break
    raise SceneError(
        f"{url} cannot be fetched ({str(problem) or type(problem).__name__}); needed is a server that answers. Look at "
        f"it with: curl -L '{url}'"
    ) from problem


def remote_version(path: str) -> str:
    """Return what tells the present version of a remote file from others: its size and when it changed, or its ETag.

    Empty for files that are not fetched by http or https, and where a server tells neither; the sample of pixels in
    `Scene.identity` is then all that notices a change. A file must not change while a process reads it: GDAL goes on with
    what it has of it, and the next process notices.

    Args:
        path: as GDAL takes it.
    """
    url = path.removeprefix("/vsicurl/")
    if not is_fetched(url):
        return ""
    try:
        # Signed addresses allow GET and nothing else, so one byte is asked for instead of a HEAD.
        with _answer(url, {"Range": "bytes=0-0"}) as answer:
            headers = answer.headers
    except (OSError, HTTPException, ValueError):
        return ""
    changed = headers.get("Last-Modified") or headers.get("ETag")
    size = headers.get("Content-Range", "").rpartition("/")[2] or headers.get("Content-Length", "")
    return f"{size} {changed}" if changed else ""


def _body(url: str, limit: int) -> bytes:
    end = time.monotonic() + LONGEST_S
    body = bytearray()
    with _answer(url, {"Accept": "application/geo+json, application/json"}) as answer:
        while part := answer.read1(65536):
            body += part
            if len(body) > limit:
                raise SceneError(f"{url} is larger than {limit / 1e6:.0f} MB; needed is a smaller document")
            if time.monotonic() > end:
                raise SceneError(f"{url} did not come within {LONGEST_S:.0f} s; needed is a server that answers")
        if answer.length:
            raise IncompleteRead(bytes(body), answer.length)
    return bytes(body)


def _answer(url: str, headers: dict[str, str]) -> HTTPResponse:
    """Return the open answer of a server, or of the one that it redirects to by http or https."""
    for _ in range(REDIRECTS + 1):
        try:
            return _opener.open(_request(url, headers), timeout=patience_s())
        except HTTPError as error:
            error.close()
            target = error.headers.get("Location")
            if target is None or error.code not in (301, 302, 303, 307, 308):
                raise
            url = urljoin(url, target)
            if not is_fetched(url):
                raise ValueError(f"it redirects to {url[:200]!r}, out of the network") from error
    raise ValueError(f"it redirects more than {REDIRECTS} times")


def _request(url: str, headers: dict[str, str]) -> request.Request:
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError("it names no server")
    return request.Request(quote(url, safe="%/:=&?~#+!$,;'@()*[]"), headers=headers)  # noqa: S310 - the opener knows HTTP only
