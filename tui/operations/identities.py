"""Create a user-assigned identity, and nothing else."""

from tui.domain.errors import Problem, ProblemKind
from tui.domain.identity import UserAssignedIdentity
from tui.domain.identity_creation import NO_GROUP, IdentityCreation, no_group_sentence
from tui.domain.ports import Finished
from tui.operations.run import Run
from tui.operations.single_write import SingleWrite


async def create_identity(run: Run, creation: IdentityCreation) -> UserAssignedIdentity | None:
    """Create a user-assigned identity, from the start or from where an earlier program stopped.

    Raises:
        OperationFailed: If it is not created as requested, or the outcome is unknown.
    """
    return await _Creation(run, creation).perform()


class _Creation(SingleWrite[UserAssignedIdentity]):
    noun = "identity"
    checking = "the name is read again before anything is sent"

    def __init__(self, run: Run, creation: IdentityCreation) -> None:
        super().__init__(run, creation.id, document=creation.document())
        self._creation = creation

    async def read(self) -> UserAssignedIdentity:
        return await self.run.azure.identity(self.target)

    async def check(self) -> None:
        creation = self._creation
        try:
            await self.read()
        except Problem as problem:
            if not problem.is_missing:
                raise
            if problem.code == NO_GROUP:
                problem.title = no_group_sentence(creation.resource_group)
                problem.advice = "Nothing was sent. Choose a resource group that exists."
                raise
        else:
            raise Problem(
                ProblemKind.CHANGED,
                f"There is already an identity {creation.name} in {creation.resource_group}.",
                advice="Nothing was sent. Choose it from the list, or choose another name.",
            )

    async def send(self, token: str | None = None) -> Finished[UserAssignedIdentity]:
        del token  # Azure completes it with the answer, so there is nothing to follow
        creation = self._creation
        doing = f"create the identity {creation.name}"
        return await self.run.azure.put_identity(self.target, creation.document(), doing)

    def differences(self, after: UserAssignedIdentity | None) -> tuple[str, ...]:
        if after is None:
            return (f"there is no identity {self._creation.name}",)
        return self._creation.differences(after)
