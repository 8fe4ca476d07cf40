"""Names of actions for sentences from below the screens, which do not know the keys."""

from enum import Enum


class Mention(Enum):
    """An action that advice mentions; as text its name is in angle quotes, which a screen replaces with the user's key.

    In the log, the name stays as it is.
    """

    FIX = "fix"
    MESSAGE = "message"
    ROLES_OF_IT = "roles of it"
    ROLES = "roles"
    POOL = "pool"
    NETWORK = "network"
    OPERATIONS = "operations"
    RESUME = "resume"
    ABANDON = "abandon"
    SIGN_IN = "sign in"
    RENEW = "new token"
    TENANT = "tenant"

    def __str__(self) -> str:
        """The name in angle quotes."""
        return f"‹{self.value}›"
