"""Create a Spark pool, or change one, and nothing else of it."""

from tui.domain.difference import describe
from tui.domain.errors import Problem, ProblemKind
from tui.domain.merge import Whose, diverging
from tui.domain.pool_change import PoolChange, pool_body
from tui.domain.pool_creation import PoolCreation
from tui.domain.ports import Finished
from tui.domain.spark import SparkPool
from tui.operations.reconcile import found_or_none
from tui.operations.run import OperationFailed, Run
from tui.operations.single_write import SingleWrite


async def change_pool(run: Run, change: PoolChange) -> SparkPool | None:
    """Change a Spark pool, from the start or from where an earlier program stopped.

    Its operations have no ETag, so it is read again just before the write and compared with what the user saw. If
    someone else has changed it, nothing is sent.

    Raises:
        OperationFailed: If it is not changed as requested, or the outcome is unknown.
    """
    return await _Change(run, change).perform()


async def create_pool(run: Run, creation: PoolCreation) -> SparkPool | None:
    """Create a Spark pool, from the start or from where an earlier program stopped.

    Raises:
        OperationFailed: If it is not created as requested, or the outcome is unknown.
    """
    return await _Creation(run, creation).perform()


class _PoolWrite(SingleWrite[SparkPool]):
    noun = "Spark pool"

    async def read(self) -> SparkPool:
        return await self.run.azure.spark_pool(self.target)


class _Change(_PoolWrite):
    checking = "the Spark pool is read again before anything is sent"

    def __init__(self, run: Run, change: PoolChange) -> None:
        super().__init__(run, change.id, change.pool, change.document())
        self._change = change
        self._body = change.document()

    async def check(self) -> SparkPool:
        change = self._change
        pool = await found_or_none(self.read)
        if pool is None:
            raise Problem(
                ProblemKind.CHANGED,
                f"The Spark pool {change.name} is no longer in {change.id.parent.name}.",
                advice="Nothing was sent. Create it again if that is what you want.",
            )
        if None not in (pool.created, change.pool.created) and pool.created != change.pool.created:
            raise Problem(
                ProblemKind.CHANGED,
                f"{change.name} is not the Spark pool that you opened: it was deleted and created again since.",
                advice="Nothing was sent. Open it again.",
            )
        if _is_overtaken(change, pool):
            overtaken = Problem(
                ProblemKind.CHANGED,
                f"Someone else has changed the Spark pool {change.name} since you opened it.",
                advice="Nothing was sent. Open the form again: it has your changes and the current values.",
            )
            raise OperationFailed(overtaken, found=pool)
        self._body = change.on(pool).document()
        return pool

    async def send(self, token: str | None = None) -> Finished[SparkPool]:
        doing = f"change the Spark pool {self._change.name}"
        return await self.run.azure.put_spark_pool(self.target, self._body, doing, self.run.polled, token)

    def differences(self, after: SparkPool | None) -> tuple[str, ...]:
        if after is None:
            return (f"there is no Spark pool {self._change.name}",)
        return tuple(describe(change) for change in self._change.remaining_changes(after))


class _Creation(_PoolWrite):
    checking = "the Synapse workspace and the name are read again before anything is sent"

    def __init__(self, run: Run, creation: PoolCreation) -> None:
        super().__init__(run, creation.id, document=creation.document())
        self._creation = creation

    async def check(self) -> SparkPool | None:
        creation = self._creation
        await self.run.azure.synapse_workspace(creation.workspace.id)
        pool = await found_or_none(self.read)
        if pool is None or pool.was_never_created:
            return pool
        raise Problem(
            ProblemKind.CHANGED,
            f"There is already a Spark pool {creation.name} in {creation.workspace.name}.",
            advice="Nothing was sent. Choose another name, or change that Spark pool.",
        )

    async def send(self, token: str | None = None) -> Finished[SparkPool]:
        creation = self._creation
        doing = f"create the Spark pool {creation.name}"
        return await self.run.azure.put_spark_pool(self.target, creation.document(), doing, self.run.polled, token)

    def differences(self, after: SparkPool | None) -> tuple[str, ...]:
        if after is None:
            return (f"there is no Spark pool {self._creation.name}",)
        return self._creation.differences(after)


def _is_overtaken(change: PoolChange, current: SparkPool) -> bool:
    """Whether someone else has changed a member in a way that the user must see."""
    found = diverging(pool_body(change.pool.raw), pool_body(current.raw), change.document())
    return any(one.whose in (Whose.THEIRS, Whose.BOTH) for one in found)
