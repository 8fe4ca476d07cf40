"""Whether a Spark pool and its runtime can run jobs: the one judgement, as facts. `phrases` has the sentences."""

from datetime import date
from typing import NamedTuple

from tui.domain.resource_id import ResourceId
from tui.domain.runtimes import Support, support
from tui.domain.spark import SparkPool
from tui.domain.states import ProvisioningState, Tone


class Fitness(NamedTuple):
    """How a Spark pool is.

    Attributes:
        pool: Its resource id.
        state: Its provisioning state.
        runtime: How long Azure supports its Spark version.
    """

    pool: ResourceId
    state: ProvisioningState
    runtime: Support

    @property
    def state_tone(self) -> Tone:
        """What the state means for jobs: a state that is neither good nor bad is a doubt."""
        return self.state.tone if self.state.tone in (Tone.GOOD, Tone.BAD) else Tone.WARNING


def fitness_of(pool: SparkPool, today: date) -> Fitness:
    """Judge a Spark pool.

    Args:
        pool: What was read of it.
        today: The day to judge its runtime by.
    """
    return Fitness(pool.id, pool.state, support(pool.settings.version, today))
