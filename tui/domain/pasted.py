"""Resource ids as people paste them: in quotes, without the first slash, or inside the address of a portal's page."""

from urllib.parse import unquote

_AROUND = " \t\r\n\"'`,;"
_ADDRESSES = ("http://", "https://")
_FIRST = "subscriptions/"
_BEFORE_SEGMENTS = 6


def looks_like_id(text: str) -> bool:
    """Whether a text is meant as a resource id, and not as letters to search for.

    Args:
        text: What was typed or pasted.
    """
    bare = text.strip(_AROUND).lower()
    return bare.startswith(("/", _FIRST, *_ADDRESSES))


def bare_id(text: str, wanted_type: str) -> str:
    """The resource id that a text holds, without what stands around it.

    Args:
        text: What was typed or pasted.
        wanted_type: The full type that it is to have; the address of a page names the page's parts behind it.

    Returns:
        The id, or the text as it is where it holds none.
    """
    bare = text.strip(_AROUND)
    is_address = bare.lower().startswith(_ADDRESSES)
    whole = unquote(bare) if is_address else bare
    if not is_address:
        return f"/{whole}" if whole.lower().startswith(_FIRST) else whole
    start = whole.lower().find(f"/{_FIRST}")
    if start < 0:
        return bare
    found = whole[start:]
    for end in "?&#":
        found = found.partition(end)[0]
    parts = found.strip("/").split("/")
    return "/" + "/".join(parts[: _BEFORE_SEGMENTS + 2 * wanted_type.count("/")])
