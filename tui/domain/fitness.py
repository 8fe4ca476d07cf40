"""Whether a Spark pool and its runtime can run jobs, as facts; `phrases` has the sentences."""

from datetime import date
from typing import NamedTuple

from tui.domain.resource_id import ResourceId
from tui.domain.runtimes import Support, support
from tui.domain.spark import SparkPool
from tui.domain.states import ProvisioningState, Tone


class Fitness(NamedTuple):
    """The state of a Spark pool and how long Azure supports its Spark version."""

    pool: ResourceId
    state: ProvisioningState
    runtime: Support

    @property
    def state_tone(self) -> Tone:
        """What the state means for jobs: a state that is neither good nor bad is a doubt."""
        return self.state.tone if self.state.tone in (Tone.GOOD, Tone.BAD) else Tone.WARNING


def fitness_of(pool: SparkPool, today: date) -> Fitness:
    """Judge a Spark pool, with its runtime as of `today`."""
    return Fitness(pool.id, pool.state, support(pool.settings.version, today))
