"""Which new identities `az identity create` makes without losing or changing anything.

Source: the command's source: it sends the region and the tags in the documented body, with a preview API version, and
reads tags in its own shorthand syntax.
"""

import re

from tui.domain.clouds import CloudProfile
from tui.domain.identity_creation import IdentityCreation, region_problem

_TAG_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)
_TAG_VALUE = re.compile(r"(?!null$)[A-Za-z0-9][A-Za-z0-9_.-]*", re.ASCII)
"""What the shorthand syntax takes as it is: a dot in a name starts a member, and `null` is no text."""


def create_arguments(creation: IdentityCreation, cloud: CloudProfile) -> tuple[str, ...]:
    """The arguments of the create command beside names; empty where it may not do what the plan does."""
    if _why_not(creation, cloud):
        return ()
    tags = " ".join(f"{name}={value}" for name, value in creation.tags.items())
    return (f"--location {creation.location}", *([f"--tags {tags}"] if tags else []))


def identity_notes(creation: IdentityCreation, cloud: CloudProfile) -> tuple[str, ...]:
    """Comments on what the commands do, one sentence each."""
    why = _why_not(creation, cloud)
    return (f"az identity create {why}, so az rest sends the whole document.",) if why else ()


def _why_not(creation: IdentityCreation, cloud: CloudProfile) -> str:
    """Why the create command may not do what the plan does, as the rest of a sentence; empty if it does."""
    if not cloud.is_public:
        return "uses a preview API version, which this cloud may not have"
    if region_problem(creation.location):
        return "may read this region in another way"
    if not all(_TAG_NAME.fullmatch(name) and _TAG_VALUE.fullmatch(value) for name, value in creation.tags.items()):
        return "may read these tags in another way"
    return ""
