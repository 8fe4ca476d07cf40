"""What a sentence may tell the person to do here, by names: only the screens know which keys these have."""

from enum import Enum


class Action(Enum):
    """An action that advice names; as text it stands in angle quotes, for which the screens put the person's own key.

    Where no screen shows the sentence, as in the log or in what is copied, the name is read as it stands.
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
