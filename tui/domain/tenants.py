"""Microsoft Entra tenants, and what they are called."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant that the signed-in person is in.

    Attributes:
        id: Its GUID.
        display_name: Its name for people; empty where Azure did not say, as it does not to every caller.
        default_domain: Such as `contoso.com`; empty where Azure did not say.
    """

    id: str
    display_name: str = ""
    default_domain: str = ""

    @property
    def name(self) -> str:
        """What to call it; its GUID where Azure says no more."""
        return self.display_name or self.default_domain or self.id
