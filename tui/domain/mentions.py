"""What a sentence may mention that the user can do, by names: only the front end knows the keys."""

from enum import Enum


class Mention(Enum):
    """An action that advice mentions; as text it is in angle quotes, which a screen replaces by the user's own key.

    Where no screen shows the sentence, as in the log or in what is copied, the name is read as it is.
    """

    FIX = "fix"
    MESSAGE = "message"
    ROLES_OF_IT = "roles of it"
    ROLES = "roles"
    OPERATIONS = "operations"
    CONTINUE = "continue"
    LET_GO = "let go"
    SIGN_IN = "sign in"
    RENEW = "new token"
    TENANT = "tenant"

    def __str__(self) -> str:
        """The name in angle quotes."""
        return f"‹{self.value}›"
